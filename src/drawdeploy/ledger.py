"""What a plan costs: figures of every state, derived from the plan alone."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from drawdeploy.model import Duration, Phase, Plan, Pool, RouteKind, Site, StageKind, State, Step, Verb
from drawdeploy.value import Value

LOST = "lost"
"""Target of live traffic that nobody answers."""


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
        exposure: Share of live traffic that the new revision answers; with feature flags, that meets the new behaviour.
        serving: Serving instances as a part of those that served at the beginning (1 is as many).
        running: Instances that take up capacity, over all sites.
        new: Serving instances of the new revision.
        lost: Share of live traffic that nobody answers.
        mirrored: Share of live traffic that is copied: load, but no exposure.
    """

    exposure: Fraction
    serving: Fraction
    running: int
    sites: tuple[SiteFigures, ...]
    new: int = 0
    lost: Fraction = Fraction(0)
    mirrored: Fraction = Fraction(0)


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
        lowest: The lowest ``serving`` while it lasts: instances that are updated in place do not serve meanwhile.
        peak: The most instances at once while it lasts.
        peaks: The same at each site, in the order of ``after.sites``.
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
    lowest: Fraction = Fraction(1)
    peak: int = 0
    peaks: tuple[int, ...] = ()


class Ledger(Value):
    """The figures of a plan.

    Attributes:
        lowest_serving: The lowest ``serving`` at any time.
        peak_running: The most instances at once.
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
    return Ledger(
        begin=begin,
        steps=tuple(steps),
        lowest_serving=min([begin.serving, *(step.lowest for step in steps)]),
        peak_running=max([begin.running, *(step.peak for step in steps)]),
        total=elapsed,
    )


def shares(state: State) -> dict[str, Fraction]:
    """Part of all live traffic that each pool receives, by pool id: the product of the weights along its path."""
    flow = flows(state)
    return {pool.id: flow.get(pool.id, Fraction(0)) for pool in state.pools}


def flows(state: State) -> dict[str, Fraction]:
    """Part of all live traffic that arrives at each node and pool, and at ``lost``.

    What a ``match`` takes off its source's traffic comes first; the live weights share the rest.
    """
    matched: dict[str, Fraction] = {}
    for route in state.routes:
        if route.kind is RouteKind.MATCH:
            matched[route.source] = matched.get(route.source, Fraction(0)) + route.weight
    edges = [
        (route.source, route.target, route.weight * (1 - matched[route.source]))
        if route.kind is RouteKind.LIVE and route.source in matched
        else (route.source, route.target, route.weight)
        for route in state.routes
        if route.kind in _CARRYING
    ]
    targets = {target for _, target, _ in edges}
    # Traffic begins where no live route ends: at the users, or at the only router.
    flow = {source: Fraction(1) for source, _, _ in edges if source not in targets}
    for _ in edges:  # no path is longer than there are routes
        reached = {source: part for source, part in flow.items() if source not in targets}
        for source, target, weight in edges:
            part = flow.get(source)
            reached[target] = reached.get(target, Fraction(0)) + (part * weight if part and weight else 0)
        if reached == flow:
            break
        flow = reached
    return flow


_CARRYING = frozenset({RouteKind.LIVE, RouteKind.MATCH})


def _most(figures: list[Figures]) -> tuple[int, tuple[int, ...]]:
    """The most instances at once, in all and at every site, of all these moments."""
    sites = zip(*(one.sites for one in figures), strict=True)
    return max(one.running for one in figures), tuple(max(site.running for site in row) for row in sites)


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
        self._figures: dict[int, Figures] = {}  # the same
        self._first = sum(self._tally(pool).serving for pool in plan.begin.pools)

    def step(self, step: Step, elapsed: Duration) -> StepFigures:
        """The figures of one step, its rollback included."""
        stages = step.rollback.stages
        times = {stage.kind: stage.duration for stage in stages}
        before, after = self.figures(step.before), self.figures(step.after)
        on_the_way = [self.figures(state) for state in step.through]
        peak, peaks = _most([before, *on_the_way, after]) if on_the_way else self._peaks(step, before, after)
        return StepFigures(
            number=step.number,
            after=after,
            elapsed=elapsed,
            rollback=sum(bool(stage.moves) for stage in stages),
            contain=times.get(StageKind.CONTAIN, Duration()),
            restore=times.get(StageKind.RESTORE, Duration()),
            stages=tuple(self.figures(stage.after) for stage in stages),
            fits=all(stage.fits for stage in stages),
            possible=all(stage.possible for stage in stages),
            lowest=min(
                [before.serving, after.serving, *(one.serving for one in on_the_way)]
                + ([] if on_the_way else [self._updating(step, before)])
            ),
            peak=peak,
            peaks=peaks,
        )

    def figures(self, state: State) -> Figures:
        """The figures of one state; states follow each other, so most are asked for twice."""
        found = self._figures.get(id(state))
        if found is None:
            found = self._figures[id(state)] = self._count(state)
        return found

    def _count(self, state: State) -> Figures:
        tallies = [(pool, self._tally(pool)) for pool in state.pools]
        flow = flows(state)
        none = Fraction(0)
        exposure = none
        for pool, tally in tallies:
            if tally.serving_new and (part := flow.get(pool.id)):
                exposure += part * Fraction(tally.serving_new, tally.serving)
        for _, part in state.flags:
            exposure *= part
        mirrors = [route for route in state.routes if route.kind is RouteKind.MIRROR]
        return Figures(
            exposure=exposure,
            serving=Fraction(sum(tally.serving for _, tally in tallies), self._first or 1),
            running=sum(tally.running for _, tally in tallies),
            sites=tuple(self._site(site, tallies) for site in self._sites),
            new=sum(tally.serving_new for _, tally in tallies),
            lost=flow.get(LOST, none),
            mirrored=sum((flow.get(route.source, none) * route.weight for route in mirrors), none),
        )

    def _updating(self, step: Step, before: Figures) -> Fraction:
        """The lowest ``serving`` while instances that serve are updated in place, one move after the other."""
        most = 0
        for move in step.moves:
            if move.verb is Verb.UPDATE:
                numbers = set(move.numbers)
                slots = step.before.pool(move.pool).instances
                most = max(most, sum(i.number in numbers and i.phase is Phase.SERVING for i in slots))
        return before.serving - Fraction(most, self._first or 1)

    def _peaks(self, step: Step, before: Figures, after: Figures) -> tuple[int, tuple[int, ...]]:
        """The most at once, in all and at every site, as the moves go one after the other."""
        most = [max(was.running, now.running) for was, now in zip(before.sites, after.sites, strict=True)]
        peak = max(before.running, after.running)
        places = {site.id: index for index, site in enumerate(self._sites)}
        now = [site.running for site in before.sites]
        for move in step.moves:
            if move.verb in (Verb.CREATE, Verb.REMOVE) and move.pool:
                index = places[move.pool.rpartition("@")[2]]
                now[index] += len(move.numbers) if move.verb is Verb.CREATE else -len(move.numbers)
                most[index] = max(most[index], now[index])
                peak = max(peak, sum(now))
        return peak, tuple(most)

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
                serving_new=sum(n for (phase, who), n in phases.items() if phase is Phase.SERVING and who != "old"),
            )
            self._tallies[id(pool)] = tally
        return tally
