"""What the user asks for, made exact: replicas, placement, and the strategy's parameters as numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.faults import nearest, quoted
from drawdeploy.expand.take import MAX_SECONDS
from drawdeploy.model import Duration, Environment, Parameter, ParameterKind, Placement, Scalar, Service, Strategy
from drawdeploy.value import Value

MAX_REPLICAS = 1000
MAX_STEPS = 50

_TIME = re.compile(r"\s*(\d{1,7})\s*([smhd])\s*", re.ASCII)
_NUMBER = re.compile(r"\s*([+-]?)([0-9]+)(\.[0-9]+)?\s*(%?)\s*", re.ASCII)
_MOST_DIGITS = 9


def check_replicas(service: Service) -> None:
    """Refuses a number of replicas that cannot run or be drawn."""
    if service.replicas < 1:
        raise DrawDeployError(
            f"a service has at least 1 replica, not {quoted(service.replicas)[1:-1]}", "for example 3 replicas"
        )
    if service.replicas > MAX_REPLICAS:
        raise DrawDeployError(
            f"{quoted(service.replicas)[1:-1]} replicas are more than a plan can hold", f"{MAX_REPLICAS} is the most"
        )


def choose_placement(strategy: Strategy, environment: Environment, asked: str | None) -> Placement:
    """The placement that was asked for, else the strategy's favourite if offered, else the environment's first."""
    offered = {placement.id: placement for placement in environment.placements}
    if not offered:
        raise DrawDeployError(f"environment {environment.id} offers no placement", "give it one under placements")
    if asked is not None:
        if asked not in offered:
            raise DrawDeployError(
                f"environment {environment.id} has no placement {quoted(asked)}", nearest(asked, offered)
            )
        return offered[asked]
    return offered.get(strategy.placement, environment.placements[0])


class Given(Value):
    """A parameter made exact.

    Attributes:
        shown: As texts and reports show it.
        worth: As expressions see it: a number, a word, or several numbers.
    """

    id: str
    shown: Scalar
    worth: int | str | tuple[int, ...]


def resolve(strategy: Strategy, service: Service, given: Mapping[str, str]) -> tuple[Given, ...]:
    """Every parameter of the strategy, in the strategy's order."""
    known = [parameter.id for parameter in strategy.parameters]
    for name in given:
        if name not in known:
            raise DrawDeployError(f"{strategy.id} has no parameter {quoted(name)}", nearest(name, known))
    return tuple(_value(p, given.get(p.id), service.replicas) for p in strategy.parameters)


def _value(parameter: Parameter, given: str | None, replicas: int) -> Given:
    text = parameter.default if given is None else given
    kind = parameter.kind
    if kind is ParameterKind.CHOICE:
        word = text.strip()
        if word not in parameter.choices:
            raise DrawDeployError(f"{parameter.id}: unknown choice {quoted(word)}", nearest(word, parameter.choices))
        return Given(parameter.id, word, word)
    if kind is ParameterKind.DURATION:
        seconds = _seconds(parameter, text)
        return Given(parameter.id, Duration(seconds), seconds)
    if kind is ParameterKind.STEPS:
        steps = _steps(parameter, given, replicas)
        unit = "" if parameter.of else " %"
        return Given(parameter.id, ", ".join(f"{step}{unit}" for step in steps), steps)
    number = _percent(parameter, text) if kind is ParameterKind.PERCENT else _count(parameter, given, replicas)
    return Given(parameter.id, number, number)


def _steps(parameter: Parameter, given: str | None, replicas: int) -> tuple[int, ...]:
    """Percentages, or instances, each more than the one before."""
    text = parameter.default if given is None else given
    parts = [part for part in re.split(r"[,\s]+", text.strip()) if part]
    example = "write them in order: 10, 50"
    if not parts:
        raise DrawDeployError(f"{parameter.id}: no step is given", example)
    if len(parts) > MAX_STEPS:
        raise DrawDeployError(f"{parameter.id}: more than {MAX_STEPS} steps", example)
    if not parameter.of:
        steps = [_percent(parameter, part) for part in parts]
        if any(later <= step for step, later in pairwise(steps)):
            raise DrawDeployError(f"{parameter.id}: {quoted(text.strip())} does not rise from step to step", example)
        return tuple(steps)
    counts = [_count(parameter, None if given is None else part, replicas, part) for part in parts]
    if any(later < step for step, later in pairwise(counts)):
        raise DrawDeployError(f"{parameter.id}: {quoted(text.strip())} does not rise from step to step", example)
    return tuple(dict.fromkeys(counts))  # of a small service, several percentages are the same number


def _percent(parameter: Parameter, text: str) -> int:
    """A whole percentage, with or without its sign."""
    example = "write a percentage: 10"
    match = _NUMBER.fullmatch(text)
    if not match or match[3]:
        raise DrawDeployError(f"{parameter.id}: {quoted(text.strip())} is not a whole percentage", example)
    low = 1 if parameter.minimum is None else parameter.minimum
    high = 100 if parameter.maximum is None else parameter.maximum
    digits = match[2].lstrip("0")
    number = int(digits[:_MOST_DIGITS] or "0") * (-1 if match[1] == "-" else 1)
    if len(digits) > _MOST_DIGITS or not low <= number <= high:
        raise DrawDeployError(
            f"{parameter.id}: {quoted(text.strip())[1:-1]} is not from {low} to {high} percent", example
        )
    return number


def _seconds(parameter: Parameter, text: str) -> int:
    """A time in seconds."""
    example = "write a time: 90s, 10m, 1h"
    match = _TIME.fullmatch(text)
    if not match:
        raise DrawDeployError(f"{parameter.id}: {quoted(text.strip())} is not a time", example)
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    low = 0 if parameter.minimum is None else parameter.minimum
    high = MAX_SECONDS if parameter.maximum is None else parameter.maximum
    if not low <= seconds <= high:
        message = f"{parameter.id}: {quoted(text.strip())[1:-1]} is not from {low} to {high} seconds"
        raise DrawDeployError(message, example)
    return seconds


def _count(parameter: Parameter, given: str | None, replicas: int, default: str = "") -> int:
    """A number of instances; a default shrinks to what there is, a user's own value does not."""
    value = (default or parameter.default) if given is None else given
    percents = parameter.kind is not ParameterKind.COUNT
    low = 1 if parameter.minimum is None else parameter.minimum
    high = replicas if parameter.maximum is None else min(parameter.maximum, replicas)
    example = f"write a number ({max(low, 1)})" + (" or a part of all replicas (25%)" if percents else "")
    match = _NUMBER.fullmatch(value)
    if not match:
        raise DrawDeployError(f"{parameter.id}: {quoted(value)} is not a number", example)
    sign, digits, decimals, percent = match.groups()
    shown = quoted(value.strip())[1:-1]
    if percent and not percents:
        raise DrawDeployError(f"{parameter.id}: a percentage ({shown}) is not possible here", example)
    if decimals and not percent:
        raise DrawDeployError(f"{parameter.id}: {shown} instances are not possible", example)
    amount = Fraction(digits[:_MOST_DIGITS] + (decimals or "")[:_MOST_DIGITS])
    too_long = len(digits.lstrip("0")) > _MOST_DIGITS
    if (sign == "-" and amount) or (amount == 0 and low > 0):
        raise DrawDeployError(f"{parameter.id}: {shown} is too small: it is at least {low}", example)
    if percent:
        if too_long or amount > 100:
            raise DrawDeployError(f"{parameter.id}: {shown} is more than all replicas (100%)", example)
        rounded = floor if parameter.rounds == "down" else ceil
        return max(low, min(high, rounded(replicas * amount / 100)))
    if given is None:
        return replicas if too_long else max(min(low, replicas), min(int(amount), high))
    if too_long or amount > high:
        all_of_them = "the replicas" if high == replicas else "the most there may be"
        raise DrawDeployError(
            f"{parameter.id}: {shown} is more than {all_of_them} ({high})", f"write a number from {low} to {high}"
        )
    if amount < low:
        raise DrawDeployError(f"{parameter.id}: {shown} is too small: it is at least {low}", example)
    return int(amount)
