"""Amounts as manifests write them: counts or percentages, and Go's durations. Exact, no floats."""

from __future__ import annotations

import re
from fractions import Fraction

IntOrPercent = int | str
"""``3``, or ``"25%"``."""

MAX_SECONDS = 10 * 365 * 24 * 3600

_PERCENT = re.compile(r"(\d{1,6})%", re.ASCII)
_PART = re.compile(r"(\d{1,12}(?:\.\d{1,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)")
_UNITS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}


def percent_of(text: str) -> int | None:
    """The number of a percentage (``"25%"``); ``None`` if it is none."""
    match = _PERCENT.fullmatch(text)
    return int(match[1]) if match else None


def scaled(amount: IntOrPercent, total: int, *, up: bool) -> int:
    """A count, or a percentage of ``total`` rounded to a whole number.

    Raises:
        ValueError: A text that is no percentage.
    """
    if isinstance(amount, int):
        return amount
    percent = percent_of(amount)
    if percent is None:
        raise ValueError(f"neither a number nor a percentage: {amount!r}")
    return ceil_div(total * percent, 100) if up else total * percent // 100


def fenceposts(surge: IntOrPercent, unavailable: IntOrPercent, desired: int) -> tuple[int, int]:
    """How many instances more, and how many fewer, than ``desired`` there may be.

    Surge rounds up, unavailable down; if both come out 0, nothing could ever move, and 1 may be unavailable.
    Source: Kubernetes ``ResolveFenceposts``; Argo Rollouts does the same.

    Raises:
        ValueError: A text that is no percentage.
    """
    more, fewer = scaled(surge, desired, up=True), scaled(unavailable, desired, up=False)
    return (0, 1) if more == 0 and fewer == 0 else (more, fewer)


def max_unavailable(unavailable: int, desired: int) -> int:
    """How many may be unavailable at all: never more than there should be."""
    return min(unavailable, desired)


def ceil_div(number: int, by: int) -> int:
    """Division of whole numbers, rounded up."""
    return -(-number // by)


def round_half_away(value: Fraction) -> int:
    """To the nearest whole number, halves away from zero (Go's ``math.Round``)."""
    whole = abs(value)
    number = (2 * whole.numerator + whole.denominator) // (2 * whole.denominator)
    return number if value >= 0 else -number


def go_seconds(text: str) -> int:
    """Whole seconds of a Go duration (``1h30m``, ``90s``, ``500ms``), rounded up.

    Raises:
        ValueError: It is none ("1d" is not), or too long.
    """
    body = text[1:] if text[:1] == "+" else text
    if body == "0":
        return 0
    total, place = Fraction(0), 0
    while place < len(body):
        match = _PART.match(body, place)
        if match is None:
            raise ValueError(f"no duration: {text!r}")
        total += Fraction(match[1]) * _UNITS[match[2]]
        place = match.end()
    if not body or total > MAX_SECONDS:
        raise ValueError(f"no duration, or too long: {text!r}")
    return ceil_div(total.numerator, total.denominator)


def words_seconds(value: int | str) -> int:
    """Seconds as Argo Rollouts' ``DurationString`` writes them: ``10``, ``"10"``, ``"1m30s"``.

    Raises:
        ValueError: It is none, negative, or too long.
    """
    if isinstance(value, int):
        seconds = value
    elif re.fullmatch(r"-?\d{1,12}", value, re.ASCII):
        seconds = int(value)
    else:
        seconds = go_seconds(value)
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"negative or too long: {value!r}")
    return seconds
