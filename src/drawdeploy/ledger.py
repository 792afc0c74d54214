"""What a plan costs: figures of every state, derived from the plan alone."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from drawdeploy.model import Duration, Phase, Plan, Pool, RouteKind, Site, StageKind, State, Step
from drawdeploy.value import Value


class SiteFigures(Value):
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


class Figures(Value):
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


class StepFigures(Value):
    """The figures of one step.

    Attributes:
        after: Of the state after it.
        elapsed: From the plan's beginning to its end.
        rollback: How many stages of its rollback do something.
        contain: How long the first stage takes.
        restore: How long the second takes.
        stages: Figures after each stage of the rollback, in order.
        fits: Whether every stage of the rollback fits the sites' capacity.
        possible: Whether every stage can be done at all; what cannot takes no time here.
    """

    number: int
    after: Figures
    elapsed: Duration
    rollback: int
    contain: Duration
    restore: Duration
    stages: tuple[Figures, ...]
    fits: bool
    possible: bool = True


class Ledger(Value):
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
    book = _Book(plan)
    begin = book.figures(plan.begin)
    steps = []
    elapsed = Duration()
    for step in plan.steps:
        elapsed += step.duration
        steps.append(book.step(step, elapsed))
    states = [begin, *(step.after for step in steps)]
    return Ledger(
        begin=begin,
        steps=tuple(steps),
        lowest_serving=min(state.serving for state in states),
        peak_running=max(state.running for state in states),
        total=elapsed,
    )


def shares(state: State) -> dict[str, Fraction]:
    """Part of all live traffic that each pool receives, by pool id: the product of the weights along its path."""
    live = [route for route in state.routes if route.kind is RouteKind.LIVE]
    targets = {route.target for route in live}
    # Traffic begins where no live route ends: at the users, or at the only router.
    flow = {route.source: Fraction(1) for route in live if route.source not in targets}
    for _ in live:  # no path is longer than there are routes
        reached = {source: part for source, part in flow.items() if source not in targets}
        for route in live:
            part = flow.get(route.source, Fraction(0)) * route.weight
            reached[route.target] = reached.get(route.target, Fraction(0)) + part
        if reached == flow:
            break
        flow = reached
    return {pool.id: flow.get(pool.id, Fraction(0)) for pool in state.pools}


class _Tally(Value):
    """One pool counted."""

    running: int
    serving: int
    standby: int
    serving_new: int


class _Book:
    """Counts pools; states share most of their pools, so each is counted once."""

    def __init__(self, plan: Plan) -> None:
        self._sites = plan.environment.sites
        self._tallies: dict[int, _Tally] = {}  # by identity: the plan keeps its pools alive
        self._first = sum(self._tally(pool).serving for pool in plan.begin.pools)

    def step(self, step: Step, elapsed: Duration) -> StepFigures:
        """The figures of one step, its rollback included."""
        stages = step.rollback.stages
        times = {stage.kind: stage.duration for stage in stages}
        return StepFigures(
            number=step.number,
            after=self.figures(step.after),
            elapsed=elapsed,
            rollback=sum(bool(stage.moves) for stage in stages),
            contain=times.get(StageKind.CONTAIN, Duration()),
            restore=times.get(StageKind.RESTORE, Duration()),
            stages=tuple(self.figures(stage.after) for stage in stages),
            fits=all(stage.fits for stage in stages),
            possible=all(stage.possible for stage in stages),
        )

    def figures(self, state: State) -> Figures:
        """The figures of one state."""
        tallies = [(pool, self._tally(pool)) for pool in state.pools]
        part = shares(state)
        exposed = (
            part[pool.id] * Fraction(tally.serving_new, tally.serving) for pool, tally in tallies if tally.serving
        )
        return Figures(
            exposure=sum(exposed, Fraction(0)),
            serving=Fraction(sum(tally.serving for _, tally in tallies), self._first or 1),
            running=sum(tally.running for _, tally in tallies),
            sites=tuple(self._site(site, tallies) for site in self._sites),
        )

    def _site(self, site: Site, tallies: list[tuple[Pool, _Tally]]) -> SiteFigures:
        here = [tally for pool, tally in tallies if pool.site == site.id]
        return SiteFigures(
            site=site.id,
            running=sum(tally.running for tally in here),
            serving=sum(tally.serving for tally in here),
            standby=sum(tally.standby for tally in here),
            capacity=site.capacity,
        )

    def _tally(self, pool: Pool) -> _Tally:
        tally = self._tallies.get(id(pool))
        if tally is None:
            phases = Counter((instance.phase, instance.revision) for instance in pool.instances)
            tally = _Tally(
                running=sum(n for (phase, _), n in phases.items() if phase.running),
                serving=sum(n for (phase, _), n in phases.items() if phase is Phase.SERVING),
                standby=sum(n for (phase, _), n in phases.items() if phase is Phase.STANDBY),
                serving_new=phases[Phase.SERVING, "new"],
            )
            self._tallies[id(pool)] = tally
        return tally
