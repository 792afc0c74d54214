"""What `drawdeploy check` does: plans, and the rules that look at them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from drawdeploy.api import options
from drawdeploy.errors import DrawDeployError
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.check import Finding, Limits
    from drawdeploy.report.findings import Judged

_PERCENT = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*%?", re.ASCII)
_TIME = re.compile(r"(\d{1,7})\s*([smh]?)", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Verdict(Value):
    """What was found in one plan or several.

    Attributes:
        judged: Every plan with its findings.
        langs: Languages it speaks, the first by default.
    """

    judged: tuple[Judged, ...]
    langs: tuple[str, ...] = ("en",)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all plans."""
        return tuple(finding for one in self.judged for finding in one.findings)

    @property
    def ok(self) -> bool:
        """Whether there is neither an error nor a warning; notes are no objection."""
        return all(finding.level.value == "note" for finding in self.findings)

    def lines(self, lang: str | None = None) -> list[tuple[str, str]]:
        """What to print, and the level of each line."""
        from drawdeploy.report.findings import lines
        from drawdeploy.words import Words

        return lines(self.judged, Words(lang or self.langs[0]))

    def text(self, lang: str | None = None) -> str:
        """The findings in words."""
        return "\n".join(line for line, _ in self.lines(lang))

    def json(self) -> str:
        """The findings for programs; see ``docs/check.md``."""
        from drawdeploy.report.findings import dumps
        from drawdeploy.words import Words

        return dumps(self.judged, {lang: Words(lang) for lang in self.langs})

    def sarif(self, lang: str | None = None) -> str:
        """The findings as SARIF 2.1.0."""
        from drawdeploy import __version__
        from drawdeploy.report.findings import sarif
        from drawdeploy.words import Words

        return sarif(self.judged, Words(lang or self.langs[0]), __version__)

    def __str__(self) -> str:
        return self.text()


def check(
    *targets: str,
    min_capacity: str | None = None,
    max_exposed: str | None = None,
    max_rollback: str | None = None,
    lang: str | Iterable[str] = "en",
    **given: Any,
) -> Verdict:
    """Looks for what is wrong with plans, or should be known of them.

    Args:
        targets: Strategies by name or path, each with options of its own behind colons (``"NAME:batch=2"``).
        min_capacity: The least that must serve at any time, of what serves in the beginning: ``"90%"``.
        max_exposed: The most users on the new version before it has passed a check under live traffic: ``"10%"``.
        max_rollback: How long a rollback may take: ``"60s"``, ``"5m"``.
        lang: Language or languages.
        given: What :func:`drawdeploy.plan` takes besides.

    Raises:
        DrawDeployError: Something given is not valid.
    """
    from drawdeploy.api.chosen import plans
    from drawdeploy.check import check as look
    from drawdeploy.report.findings import Judged

    if not targets:
        raise DrawDeployError("say what to check", "`drawdeploy list` names the strategies")
    limits = limits_of(min_capacity, max_exposed, max_rollback)
    langs = options.languages(lang)
    made = plans(targets, {**given, "lang": langs})
    judged = tuple(
        Judged(target.text, planned.plan, look(planned.plan, planned.ledger, planned.costs, limits))
        for target, planned in made
    )
    return Verdict(judged, langs)


def limits_of(min_capacity: str | None, max_exposed: str | None, max_rollback: str | None) -> Limits:
    """The limits as the user wrote them."""
    from drawdeploy.check import Limits

    return Limits(
        None if min_capacity is None else percent(min_capacity),
        None if max_exposed is None else percent(max_exposed),
        None if max_rollback is None else seconds(max_rollback),
    )


def percent(value: str) -> Fraction:
    """A share: ``90%``."""
    match = _PERCENT.fullmatch(str(value).strip())
    share = Fraction(match[1]) / 100 if match else Fraction(-1)
    if not 0 <= share <= 1:
        raise DrawDeployError(f"{options.quoted(str(value))} is not a percentage from 0 to 100", "write it such as 90%")
    return share


def seconds(value: str) -> int:
    """A time: ``60s``, ``5m``, ``1h``."""
    match = _TIME.fullmatch(str(value).strip())
    if not match:
        raise DrawDeployError(f"{options.quoted(str(value))} is not a time", "a number with s, m or h: 60s")
    return int(match[1]) * _UNITS[match[2]]
