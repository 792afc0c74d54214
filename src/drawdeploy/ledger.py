"""What a plan costs: figures of every state, derived from the plan alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from drawdeploy.model import Duration, Plan


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """Instances at one site.

    Attributes:
        capacity: How many fit; ``None`` if elastic or not limited.
    """

    site: str
    running: int
    serving: int
    standby: int
    capacity: int | None

    @property
    def overflow(self) -> int:
        """How many do not fit."""
        return 0 if self.capacity is None else max(0, self.running - self.capacity)

    @property
    def headroom(self) -> int | None:
        """How many more would fit; ``None`` if elastic."""
        return None if self.capacity is None else max(0, self.capacity - self.running)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one state.

    Attributes:
        exposure: Share of live traffic that the new revision answers.
        serving: Serving instances as a part of those that served at the beginning (1 is as many).
        running: Instances that take up capacity, over all sites.
    """

    exposure: Fraction
    serving: Fraction
    running: int
    sites: tuple[SiteFigures, ...]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """The figures of one step.

    Attributes:
        after: Of the state after it.
        elapsed: From the plan's beginning to its end.
        rollback: How many stages of its rollback do something.
        contain: How long the first stage takes.
        restore: How long the second takes.
        stages: Figures after each stage of the rollback, in order.
        fits: Whether every stage of the rollback fits the sites' capacity.
    """

    number: int
    after: Figures
    elapsed: Duration
    rollback: int
    contain: Duration
    restore: Duration
    stages: tuple[Figures, ...]
    fits: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """The figures of a plan.

    Attributes:
        lowest_serving: The lowest ``serving`` of all states.
        peak_running: The highest ``running`` of all states.
        total: From the beginning to the end, if nothing goes wrong.
    """

    begin: Figures
    steps: tuple[StepFigures, ...]
    lowest_serving: Fraction
    peak_running: int
    total: Duration


def keep(plan: Plan) -> Ledger:
    """Works out the figures of every state of a plan."""
    raise NotImplementedError
