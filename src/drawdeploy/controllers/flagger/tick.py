"""One look of Flagger's at a Canary: the state before → the state after, and what it was that happened.

Every function here is a branch of flagger's ``advanceCanary`` (``pkg/controller/scheduler.go``) or of its hooks
(``scheduler_hooks.go``), in the order in which they are tried there.
"""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.controllers.flagger.ready import Ready, look
from drawdeploy.controllers.flagger.spec import (
    CONFIRM_INCREASE,
    CONFIRM_PROMOTION,
    CONFIRM_ROLLOUT,
    DURING,
    PRE,
    Spec,
)
from drawdeploy.controllers.flagger.state import (
    FAILED,
    FINALISING,
    PROGRESSING,
    PROMOTING,
    RUNNING,
    SUCCEEDED,
    WAITING,
    WAITING_PROMOTION,
    Beat,
    State,
    World,
    fails,
    opens,
    phased,
    routed,
    settled,
    synced,
)
from drawdeploy.controllers.flagger.weights import TOTAL, advance, max_weight, next_step, shift_back
from drawdeploy.value import replace


def tick(spec: Spec, world: World, state: State) -> Beat:
    """One tick.

    Args:
        spec: The Canary.
        world: What no manifest says.
        state: How it stands, at the time of the tick.
    """
    beat = _advance(spec, world, replace(state, ticks=state.ticks + 1))
    return replace(beat, state=settled(world, beat.state))


def _advance(spec: Spec, world: World, state: State) -> Beat:
    if state.suspend:
        return Beat(state, "suspended")
    if state.phase not in (*RUNNING, WAITING) and not state.differs:
        return Beat(state, "idle")
    if not state.skip and not (ready := primary_ready(spec, state)).ready:
        return _primary_waits(spec, state, ready)
    if state.phase not in RUNNING:
        return _detect(spec, world, state)
    if state.phase in (PROGRESSING, WAITING_PROMOTION) and state.differs:
        return Beat(synced(routed(spec, state, TOTAL, 0, False), PROGRESSING), "restart")
    ready = canary_ready(spec, state)
    if not ready.ready:
        return Beat(state, "canary_waits", (("why", ready.why),)) if ready.retriable else roll_back(spec, state)
    if state.skip:
        return _promote_unseen(spec, state)
    if state.abort and state.phase in (PROGRESSING, WAITING_PROMOTION):
        return roll_back(spec, state)
    if state.phase == PROMOTING:
        return _shift(spec, state)
    if state.phase == FINALISING:
        return Beat(_scaled(phased(spec, state, SUCCEEDED), 0), "finish")
    if state.failed >= spec.analysis.threshold:
        return roll_back(spec, state)
    return _analyse(spec, world, state)


def primary_ready(spec: Spec, state: State) -> Ready:
    """What Flagger makes of the primary. Source: flagger ``IsPrimaryReady``."""
    return look(state.primary, state.now, spec.analysis.primary_ready, spec.deadline, state.changed_at)


def canary_ready(spec: Spec, state: State) -> Ready:
    """What Flagger makes of the target. Source: flagger ``IsCanaryReady``."""
    return look(state.canary, state.now, spec.analysis.canary_ready, spec.deadline, state.changed_at)


def roll_back(spec: Spec, state: State) -> Beat:
    """All traffic to the primary, no canary, Failed. Source: flagger ``rollback``."""
    back = synced(_scaled(routed(spec, state, TOTAL, 0, False), 0), FAILED)
    return Beat(replace(back, abort=False), "rollback", (("failed", state.failed),))


def _primary_waits(spec: Spec, state: State, ready: Ready) -> Beat:
    """The primary is not ready. Once promotion has begun, it is the canary that works: it gets everything, and stays.

    Source: flagger ``advanceCanary``, and its issue 1898.
    """
    if ready.retriable:
        return Beat(state, "primary_waits", (("why", ready.why),))
    if state.phase in (PROMOTING, FINALISING):
        moved = routed(spec, state, 0, TOTAL, False)
        return Beat(synced(moved, FAILED, TOTAL), "promotion_failed")
    return roll_back(spec, state)


def _detect(spec: Spec, world: World, state: State) -> Beat:
    """A change: the gate, then the target scaled up; no weight in this tick. Source: flagger ``checkCanaryStatus``."""
    begun = synced(state, PROGRESSING)
    for gate in spec.analysis.of(CONFIRM_ROLLOUT):
        passed, begun = opens(world, begun, gate)
        if not passed:
            return Beat(phased(spec, begun, WAITING), "rollout_waits", (("hook", gate.name),))
    count = begun.canary.desired or spec.target.canary
    return Beat(_scaled(begun, count), "detect", (("n", count),))


def _promote_unseen(spec: Spec, state: State) -> Beat:
    """Without an analysis: promoted in one tick, while the primary has yet to roll. Source: ``shouldSkipAnalysis``."""
    moved = _copied(routed(spec, state, TOTAL, 0, False))
    return Beat(_scaled(phased(spec, moved, SUCCEEDED), 0), "skip")


def _shift(spec: Spec, state: State) -> Beat:
    """The traffic's way to the promoted primary. Source: flagger ``runPromotionTrafficShift``."""
    promotion = spec.analysis.promotion
    if not spec.plain and promotion and state.canary_weight == 0:  # nothing to move, and nobody says that it is over
        return Beat(state, "shift_waits")
    primary, canary = shift_back(promotion, state.primary_weight, state.canary_weight)
    if spec.plain or primary == TOTAL:
        return Beat(phased(spec, routed(spec, state, TOTAL, 0, False), FINALISING), "finalise")
    moved = routed(spec, state, primary, canary, False)
    return Beat(replace(moved, weight=canary, changed_at=state.now), "shift", _shares(primary))


def _analyse(spec: Spec, world: World, state: State) -> Beat:
    """The checks of this tick, then a step ahead if they pass."""
    analysis = spec.analysis
    _, canary_weight, mirrored = seen_routes(spec, state)
    first = canary_weight == 0 and state.iterations == 0 and not (analysis.mirror and mirrored)
    checks = [hook.name for hook in analysis.of(PRE if first else DURING)]
    if not first:
        checks += [metric.name for metric in analysis.metrics]
    for name in checks:
        if fails(state, name):
            more = state.failed + 1
            values = (("check", name), ("n", more), ("threshold", analysis.threshold))
            return Beat(replace(state, failed=more, changed_at=state.now), "check_fails", values)
    if spec.rounds > 0:
        match = bool(analysis.match) and not spec.plain
        return _match(spec, world, state) if match else _round(spec, world, state)
    return _weigh(spec, world, state)


def seen_routes(spec: Spec, state: State) -> tuple[int, int, bool]:
    """What the router says of the routes; the plain provider says what Flagger would like to hear.

    Source: flagger ``GetRoutes`` of each router.
    """
    if spec.plain:
        return (0, TOTAL, False) if state.iterations > 0 else (TOTAL, 0, False)
    return state.primary_weight, state.canary_weight, state.mirrored


def _weigh(spec: Spec, world: World, state: State) -> Beat:
    """The next weight, or promotion at the maximum. Source: flagger ``runCanary``."""
    analysis, weight = spec.analysis, state.canary_weight
    if next_step(analysis, weight) <= 0:
        return Beat(state, "no_step")
    if not state.mirrored and state.phase != WAITING_PROMOTION:
        for gate in analysis.of(CONFIRM_INCREASE):
            passed, state = opens(world, state, gate)
            if not passed:
                return Beat(state, "increase_waits", (("hook", gate.name),))
    if weight >= max_weight(analysis):
        return _promote(spec, world, state)
    if analysis.mirror and weight == 0 and not state.mirrored:
        moved = routed(spec, state, TOTAL, 0, True)
        return Beat(replace(moved, weight=0, changed_at=state.now), "mirror" if moved.mirrored else "no_mirror")
    primary, canary = advance(analysis, state.primary_weight, weight)
    moved = routed(spec, state, primary, canary, False)
    moved = replace(moved, weight=canary, changed_at=state.now)
    if canary == weight:
        return Beat(moved, "no_end")
    step = 0 if state.step is None else state.step + 1
    return Beat(replace(moved, step=step), "advance", _shares(canary))


def _match(spec: Spec, world: World, state: State) -> Beat:
    """One round of an A/B test: all that matches goes to the canary. Source: flagger ``runAB``."""
    if spec.rounds > state.iterations:
        return _counted(spec, routed(spec, state, 0, TOTAL, False))
    return _promote(spec, world, state)


def _round(spec: Spec, world: World, state: State) -> Beat:
    """One round of a blue/green run, or what follows the last. Source: flagger ``runBlueGreen``."""
    if spec.rounds > state.iterations:
        mirror = spec.analysis.mirror and not state.mirrored
        return _counted(spec, routed(spec, state, TOTAL, 0, True) if mirror else state)
    if state.iterations > spec.rounds:
        return _promote(spec, world, state)
    waits, state = _promotion_gates(spec, world, state)
    if waits is not None:
        return waits
    moved = routed(spec, state, 0, TOTAL, False)
    return Beat(replace(moved, iterations=state.iterations + 1, changed_at=state.now), "switch")


def _counted(spec: Spec, state: State) -> Beat:
    done = state.iterations + 1
    values = (("n", done), ("total", spec.rounds))
    return Beat(replace(state, iterations=done, changed_at=state.now, step=max(0, done - 1)), "round", values)


def _promote(spec: Spec, world: World, state: State) -> Beat:
    """The target's template copied to the primary, once the gates say so. Source: ``runCanary``, ``Promote``."""
    waits, state = _promotion_gates(spec, world, state)
    return waits or Beat(phased(spec, _copied(state), PROMOTING), "promote")


def _promotion_gates(spec: Spec, world: World, state: State) -> tuple[Beat | None, State]:
    """Source: flagger ``runConfirmPromotionHooks``."""
    for gate in spec.analysis.of(CONFIRM_PROMOTION):
        passed, state = opens(world, state, gate)
        if not passed:
            if state.phase == WAITING_PROMOTION:
                held = replace(state, iterations=spec.analysis.iterations - 1, changed_at=state.now)
            else:
                held = phased(spec, state, WAITING_PROMOTION)
            return Beat(held, "promotion_waits", (("hook", gate.name),)), state
    return None, state


def _copied(state: State) -> State:
    return replace(state, primary=replace(state.primary, revision=state.canary.revision), step=None)


def _scaled(state: State, count: int) -> State:
    return replace(state, canary=replace(state.canary, desired=count))


def _shares(percent: int) -> tuple[tuple[str, Fraction], ...]:
    return (("weight", Fraction(percent, TOTAL)),)
