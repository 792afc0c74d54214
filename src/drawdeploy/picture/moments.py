"""What a picture shows: a state, the state before it, and what changed between the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter

from drawdeploy.ledger import flows
from drawdeploy.model import REVISIONS, Act, Instance, Move, Phase, Plan, Pool, RouteKind, Stage, State, Step
from drawdeploy.value import Value


class Change(StrEnum):
    """What happened to an instance, a pool or a node in this step."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


class Moment(Value):
    """One state to be drawn.

    Attributes:
        before: The state that it followed from; the same object where nothing is to be marked.
        acts: Who acts.
        moves: What they do.
    """

    before: State
    after: State
    acts: tuple[Act, ...] = ()
    moves: tuple[Move, ...] = ()

    @classmethod
    def of(cls, happening: Step | Stage) -> Moment:
        """The moment at the end of a step, or of a stage of a rollback."""
        return cls(happening.before, happening.after, happening.acts, happening.moves)


def states(plan: Plan) -> Iterator[State]:
    """Every state that any picture of a plan may show, the beginning first."""
    yield plan.begin
    for step in plan.steps:
        yield step.after
        for stage in step.rollback.stages:
            yield stage.after


_PHASE = attrgetter("phase")
_KIND = attrgetter("revision", "phase")


class PoolView(Value):
    """A pool in one moment.

    Attributes:
        counts: How many instances are in each phase.
        running: How many of each revision run.
        share: Its part of all live traffic.
        deltas: By how much each phase's count changed.
        changes: What changed, by instance number.
        percent: The same in whole percents, which add up over all pools.
        tag: What to write on the pool; ``None`` if nothing changed.
        part: How many instances the tag is about; 0 if it is about all that is there.
        tested: Whether a test route ends here.
    """

    pool: Pool
    counts: Counter[Phase]
    running: Counter[str]
    share: Fraction
    percent: int
    deltas: dict[Phase, int]
    changes: dict[int, Change]
    tag: Change | None
    part: int
    tested: bool

    @property
    def revisions(self) -> tuple[str, ...]:
        """The revisions that run here, or that its slots are for if nothing does; the old one first."""
        there = self.running
        return tuple(revision for revision in REVISIONS if revision in there) or (self.pool.revision,)

    @property
    def look(self) -> str:
        """The revision whose colours the pool wears: the one that most of its instances run."""
        running = self.running
        return max(self.revisions, key=lambda revision: (running[revision], REVISIONS.index(revision)))

    @property
    def empty(self) -> bool:
        """Nothing runs here, and nothing went in this step."""
        return not self.pool.running and not self.changes


def view_pools(moment: Moment) -> dict[str, PoolView]:
    """Looks at every pool of a moment's state, by its id."""
    pools, reached = moment.after.pools, flows(moment.after)
    parts = [reached.get(pool.id, Fraction(0)) for pool in pools]
    return {
        pool.id: _view(pool, moment, share, whole)
        for pool, share, whole in zip(pools, parts, percents(parts), strict=True)
    }


def _view(pool: Pool, moment: Moment, share: Fraction, percent: int) -> PoolView:
    earlier = moment.before.pool(pool.id)
    counts: Counter[Phase] = Counter()
    running: Counter[str] = Counter()
    for (revision, phase), count in Counter(map(_KIND, pool.instances)).items():
        counts[phase] += count
        if phase.running:
            running[revision] += count
    was = Counter(map(_PHASE, earlier.instances)) if earlier is not pool else counts
    changes = {
        now.number: change
        for now, before in zip(pool.instances, earlier.instances, strict=True)
        if now is not before and (change := _changed(before, now)) is not None
    }
    kinds = set(changes.values())
    tag = None
    if kinds:
        tag = kinds.pop() if len(kinds) == 1 else Change.CHANGED
    beside = running.total() - len(changes) if tag is Change.NEW else running.total() if tag is Change.GONE else 0
    return PoolView(
        pool=pool,
        counts=counts,
        running=running,
        share=share,
        percent=percent,
        deltas={phase: counts[phase] - was[phase] for phase in Phase if counts[phase] != was[phase]},
        changes=changes,
        tag=tag,
        part=len(changes) if beside else 0,
        tested=any(route.kind is RouteKind.TEST and route.target == pool.id for route in moment.after.routes),
    )


def _changed(before: Instance, now: Instance) -> Change | None:
    if before.phase is now.phase and before.generation == now.generation:
        return Change.CHANGED if before.revision != now.revision else None
    if now.phase.running and before.phase.running and before.revision != now.revision:
        return Change.CHANGED
    if now.phase.running and (not before.phase.running or before.generation != now.generation):
        return Change.NEW
    if before.phase.running and not now.phase.running:
        return Change.GONE
    return Change.CHANGED if now.phase.running else None


def rerouted(moment: Moment) -> frozenset[str]:
    """Nodes that somebody changed: their own live weights differ, and there was something to choose."""
    if moment.before is moment.after:
        return frozenset()
    live = [route for route in moment.after.routes if route.kind is RouteKind.LIVE]
    chooses = Counter(route.source for route in live)
    was = {(r.source, r.target): r.weight for r in moment.before.routes if r.kind is RouteKind.LIVE}
    rules = (RouteKind.MATCH, RouteKind.MIRROR)
    before, after = ({r for r in state.routes if r.kind in rules} for state in (moment.before, moment.after))
    return frozenset(
        route.source
        for route in live
        if chooses[route.source] > 1 and was.get((route.source, route.target)) != route.weight
    ) | frozenset(route.source for route in before ^ after)


def percents(weights: list[Fraction]) -> list[int]:
    """Whole percents that add up to the sum of the weights, by largest remainder.

    A weight above 0 never becomes 0, nor one below 1 a whole 100, where there is another to take the difference.
    """
    exact = [weight * 100 for weight in weights]
    whole = [int(value) for value in exact]
    missing = round(sum(exact)) - sum(whole)
    order = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for index in order[:missing]:
        whole[index] += 1
    for index, value in enumerate(exact):
        if value > 0 and whole[index] == 0:
            whole[index] += 1
            whole[max(range(len(whole)), key=lambda i: whole[i])] -= 1
    return whole
