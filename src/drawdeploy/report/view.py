"""What both reports show, in one language: plain strings and figures, ready to be laid out.

:mod:`drawdeploy.report.front` builds it. Everything said here may come from a user (a service's name, a description's
texts). Nothing is escaped yet: that is the business of the format (:mod:`drawdeploy.report.pour`).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from drawdeploy.ledger import SiteFigures
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.picture.frames import Frame


class Acting(Value):
    """Who acts, and what they do."""

    who: str
    text: str


class Checking(Value):
    """A check: ``kind`` is ``manual`` or ``automatic``, ``label`` says it, ``time`` may be empty."""

    kind: str
    label: str
    who: str
    text: str
    time: str


class Bar(Value):
    """The instances at one site, by what they do: serving by revision, on standby, and all others that run."""

    old: int
    new: int
    standby: int
    other: int


class Point(Value):
    """The figures of one state, as texts and as numbers.

    Attributes:
        label: Of the state: a step's number, or "Start".
        exposure: Share of the new revision, in words; ``share`` is the number.
        capacity: Serving capacity, in words; ``level`` is the number, 1 as many as at the start.
    """

    label: str
    exposure: str
    capacity: str
    serving: int
    standby: int
    running: int
    share: Fraction
    level: Fraction
    sites: tuple[SiteFigures, ...]
    bars: tuple[Bar, ...]

    @property
    def overflow(self) -> int:
        """How many instances do not fit, over all sites."""
        return sum(site.overflow for site in self.sites)


class Staging(Value):
    """One stage of a rollback; ``reason`` is empty unless there is nothing to do in it."""

    kind: str
    label: str
    title: str
    reason: str
    time: str
    moves: tuple[str, ...]
    acts: tuple[Acting, ...]
    notes: tuple[str, ...]
    fits: bool
    result: str


class Returning(Value):
    """A rollback.

    Attributes:
        contain: How long the first stage takes; "–" if it does nothing, "does not fit" if it does not.
        restore: How long the second takes.
    """

    summary: str
    contain: str
    restore: str
    stages: tuple[Staging, ...]
    possible: bool
    fits: bool
    picture: Frame | None


class Stepping(Value):
    """One step.

    Attributes:
        badge: "2 / 4"; in a loop its place in the round.
        unchecked: What to say if there is no check.
        warnings: Messages of the plan's warnings that hold in this step.
        here: Whether a live object is at this step.
    """

    number: int
    badge: str
    title: str
    text: str
    acts: tuple[Acting, ...]
    who: str
    moves: tuple[str, ...]
    checks: tuple[Checking, ...]
    unchecked: str
    before: Point
    after: Point
    time: str
    elapsed: str
    rollback: Returning
    warnings: tuple[str, ...]
    drawn: bool
    picture: Frame | None
    here: bool = False


class Block(Value):
    """Either one drawn step, or a run of steps that are only listed."""

    drawn: Stepping | None
    listed: tuple[Stepping, ...]


class Group(Value):
    """The steps of one round; ``title`` is empty outside loops."""

    title: str
    steps: tuple[Stepping, ...]

    @property
    def blocks(self) -> Iterator[Block]:
        """The steps in order, neighbours that are not drawn taken together."""
        for drawn, run in groupby(self.steps, key=lambda step: step.drawn):
            if drawn:
                yield from (Block(step, ()) for step in run)
            else:
                yield Block(None, tuple(run))


class Alarm(Value):
    """A warning, what to do instead, in which steps it holds ("Steps 1–2"; may be empty), and a field's path or ""."""

    message: str
    hint: str
    steps: str
    field: str = ""


class Report(Value):
    """All that a report in one language says, but for the fixed words of its headings.

    Attributes:
        kind: What the page is; the made title, where the user gave one of their own.
    """

    lang: str
    kind: str
    title: str
    author: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    highlights: tuple[tuple[str, str, str], ...]
    alarms: tuple[Alarm, ...]
    overview: Frame | None
    start: Frame | None
    points: tuple[Point, ...]
    groups: tuple[Group, ...]
    sites: tuple[tuple[str, str], ...]
    clouds: frozenset[str]
    advice: tuple[str, ...]
    assumptions: tuple[str, ...]
    old: str
    new: str
    environment: str

    @property
    def steps(self) -> tuple[Stepping, ...]:
        """The steps of all groups."""
        return tuple(step for group in self.groups for step in group.steps)
