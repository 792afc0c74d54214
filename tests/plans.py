"""What must hold of every plan, whatever made it; used by the property tests of `expand` and of the drawings."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise

from drawdeploy.ledger import flows, keep, shares
from drawdeploy.model import (
    Instance,
    Outcome,
    Phase,
    Plan,
    RollbackKind,
    RouteKind,
    Stage,
    StageKind,
    State,
    Step,
    Verb,
)

# The table of the design: what an instance may become.
ALLOWED = {
    Phase.PLANNED: {Phase.STARTING},
    Phase.STARTING: {Phase.READY, Phase.FAILED, Phase.STOPPING},
    Phase.READY: {Phase.SERVING, Phase.STOPPING, Phase.FAILED},
    Phase.SERVING: {Phase.STANDBY, Phase.STOPPING, Phase.FAILED},
    Phase.STANDBY: {Phase.SERVING, Phase.STOPPING, Phase.FAILED},
    Phase.FAILED: {Phase.STOPPING},
    Phase.STOPPING: {Phase.REMOVED},
    Phase.REMOVED: set(),
}


def reachable(phase: Phase) -> set[Phase]:
    found, todo = {phase}, [phase]
    while todo:
        for following in ALLOWED[todo.pop()] - found:
            found.add(following)
            todo.append(following)
    return found


REACHABLE = {phase: reachable(phase) for phase in Phase}


def check_plan(plan: Plan) -> None:
    """All invariants of a plan; fails with what is broken and where."""
    check_state(plan.begin)
    last = plan.begin
    past = False
    for number, step in enumerate(plan.steps, 1):
        assert step.number == number
        assert step.before == last, f"step {number} does not begin where the one before ended"
        check_state(step.after)
        check_change(step.before, step.after)
        check_shifts(step)
        idle = step.before == step.after and all(move.verb is Verb.ROUTE for move in step.moves)
        assert not idle or step.checks, f"step {number} neither changes anything nor waits"
        check_rollback(plan, step.after, number)
        past = past or step.rollback.kind is RollbackKind.NONE
        assert past == (step.rollback.kind is RollbackKind.NONE), f"step {number} leads back past what cannot be undone"
        last = step.after
    check_rounds(plan)
    first = [instance for pool in plan.begin.pools for instance in pool.instances if instance.phase.running]
    assert all(instance.revision == "old" and instance.phase is Phase.SERVING for instance in first)
    running = [instance for pool in last.pools for instance in pool.instances if instance.phase.running]
    promoted = all(instance.revision == "new" and instance.phase is Phase.SERVING for instance in running)
    if plan.outcome is Outcome.PROMOTED:
        assert promoted
        assert running
    assert (plan.outcome is Outcome.UNCHANGED) == (last == plan.begin)
    ledger = keep(plan)
    assert ledger.total.seconds == sum(step.duration.seconds for step in plan.steps)
    assert all(0 <= figures.after.exposure <= 1 for figures in ledger.steps)


def check_rounds(plan: Plan) -> None:
    """Rounds are counted without a gap, and so are the steps in them."""
    for step, following in pairwise([*plan.steps, None]):
        assert step is not None
        assert (step.round is None) == (step.in_round is None)
        if step.round is None or step.in_round is None:
            continue
        assert 1 <= step.round.index <= step.round.total
        assert 1 <= step.in_round[0] <= step.in_round[1]
        if following is not None and following.round == step.round and following.in_round is not None:
            same_loop = following.in_round[1] == step.in_round[1]  # steps outside loops and in them count apart
            assert not same_loop or following.in_round[0] in (1, step.in_round[0] + 1)


def lost(state: State) -> Fraction:
    """Part of the live traffic that nobody answers."""
    return flows(state).get("lost", Fraction(0))


def check_state(state: State) -> None:
    live = [route for route in state.routes if route.kind is RouteKind.LIVE]
    by_source: dict[str, Fraction] = {}
    for route in live:
        assert 0 <= route.weight <= 1
        by_source[route.source] = by_source.get(route.source, Fraction(0)) + route.weight
    reached = {route.target for route in live if route.weight} | {live[0].source}
    for source, total in by_source.items():
        assert total == (1 if source in reached else 0), f"weights of {source} sum to {total}"
    part = shares(state)
    assert sum(part.values(), lost(state)) == 1
    for pool in state.pools:
        assert bool(part[pool.id]) == bool(pool.serving), f"{pool.id}: {part[pool.id]} of traffic, {pool.serving} serve"
    assert lost(state) or any(pool.serving for pool in state.pools)
    for route in state.routes:
        match route.kind:
            case RouteKind.TEST:
                assert route.weight == 0
                assert state.pool(route.target).running
            case RouteKind.MIRROR:
                assert 0 < route.weight <= 1
                assert state.pool(route.target).running
                assert not state.pool(route.target).serving, "mirrored requests are no exposure"
            case RouteKind.MATCH:
                assert 0 < route.weight <= 1
                assert route.rule
                assert state.pool(route.target).serving
    assert all(0 <= part <= 1 for _, part in state.flags)
    assert all(state.pool(pool) for _, pool in state.services)


def check_change(before: State, after: State) -> None:
    assert [pool.id for pool in before.pools] == [pool.id for pool in after.pools]
    live = [[(r.source, r.target) for r in state.routes if r.kind is RouteKind.LIVE] for state in (before, after)]
    assert live[0] == live[1], "live routes keep their order"
    assert [name for name, _ in before.flags] == [name for name, _ in after.flags]
    assert [name for name, _ in before.services] == [name for name, _ in after.services]
    for old, new in zip(before.pools, after.pools, strict=True):
        for was, now in zip(old.instances, new.instances, strict=True):
            check_move(was, now)


def check_shifts(happening: Step | Stage) -> None:
    """Whoever carries it out can read which weights to set where: followed in order, they lead to what comes after."""
    weights = {(r.source, r.target): r.weight for r in happening.before.routes if r.kind is RouteKind.LIVE}
    for shift in (shift for move in happening.moves for shift in move.shifts):
        assert weights[shift.source, shift.target] == shift.before != shift.after
        weights[shift.source, shift.target] = shift.after
    sources = Counter(source for source, _ in weights)
    for route in happening.after.routes:
        if route.kind is RouteKind.LIVE and sources[route.source] > 1:
            assert weights[route.source, route.target] == route.weight, f"{route.source} → {route.target} is not told"


def check_move(was: Instance, now: Instance) -> None:
    assert was.number == now.number
    if now.generation == was.generation:
        assert (
            was.revision == now.revision or was.phase is Phase.PLANNED
        )  # whom a place is for is known when it is taken
        assert now.phase in REACHABLE[was.phase], f"{was.phase} → {now.phase}"
    else:
        assert now.generation > was.generation
        assert Phase.REMOVED in REACHABLE[was.phase]


def check_rollback(plan: Plan, state: State, number: int) -> None:
    """It ends with the routing and capacity of the first state, or says why not; no step in between loses users."""
    rollback = plan.steps[number - 1].rollback
    assert rollback.summary
    if rollback.kind is RollbackKind.NONE:
        assert rollback.stages == ()
        return
    contain, restore = rollback.stages
    assert (contain.kind, restore.kind) == (StageKind.CONTAIN, StageKind.RESTORE)
    assert contain.before == state
    assert restore.before == contain.after
    for stage in (contain, restore):
        check_state(stage.after)
        check_change(stage.before, stage.after)
        check_shifts(stage)
        assert bool(stage.moves) == (stage.reason is None)
        assert (stage.before == stage.after) == (not stage.moves)
    created = 0
    for was_pool, now_pool in zip(restore.before.pools, restore.after.pools, strict=True):
        pairs = zip(was_pool.instances, now_pool.instances, strict=True)
        created += sum(now.generation > was.generation for was, now in pairs if not was.phase.running)
    assert contain.created == 0
    if rollback.kind is RollbackKind.DERIVED:
        assert restore.created == created
        serving = [sum(pool.serving for pool in s.pools) for s in (plan.begin, state, contain.after)]
        assert serving[2] >= min(serving[:2]), "containing takes capacity away"
    assert restore.after.routes == plan.begin.routes
    assert (restore.after.flags, restore.after.services) == (plan.begin.flags, plan.begin.services)
    assert restore.after.schema == plan.begin.schema
    for first, last in zip(plan.begin.pools, restore.after.pools, strict=True):
        for was, now in zip(first.instances, last.instances, strict=True):
            if was.phase is Phase.SERVING:
                assert now.phase is Phase.SERVING
                assert now.revision == was.revision
            else:
                assert now.phase in (Phase.PLANNED, Phase.REMOVED)
