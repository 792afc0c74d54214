"""One sync of a canary, basic or with a traffic router.

Source: argo-rollouts ``canary.go``, ``trafficrouting.go`` and ``experiment.go`` of ``rollout/`` at ``9f8d111d``.
"""

from __future__ import annotations

from drawdeploy.controllers.argo import counts, weights
from drawdeploy.controllers.argo.shared import (
    begun,
    judged,
    linger,
    passed,
    reset,
    scale_new,
    scale_to,
    without_deadlines,
)
from drawdeploy.controllers.argo.spec import Canary, Spec, Step
from drawdeploy.controllers.argo.world import (
    BACKGROUND,
    INCONCLUSIVE,
    PASSED,
    RUNNING,
    STEP,
    Pods,
    Test,
    Timing,
    World,
    put,
    scale,
)
from drawdeploy.value import replace


def sync(spec: Spec, canary: Canary, world: World, timing: Timing) -> World:
    """What the controller makes of things in one sync.

    Args:
        spec: The Rollout.
        canary: Its strategy.
        world: How things stand.
        timing: How long Pods and analyses take.
    """
    if world.seen != world.current:
        return reset(spec, world, len(canary.steps))
    if world.halted:
        return world
    before = world
    world = _traffic(canary, world)
    world = _experiment(canary, world, timing)
    world = _analyses(canary, world, timing)
    if world.pause != INCONCLUSIVE:
        world, scaled = _scale(spec, canary, world, timing)
        if not scaled:
            world = _paused(canary, world)
    return _status(canary, before, world)


def step_of(canary: Canary, index: int | None) -> Step | None:
    """The step in progress; ``None`` past the end."""
    return canary.steps[index] if index is not None and index < len(canary.steps) else None


# --- counts and weights ----------------------------------------------------------------------------------------------


def wanted(canary: Canary, world: World, actual: tuple[int, int] | None) -> tuple[int, int]:
    """How many Pods the canary and stable should have now; without a router, in the next sync."""
    new, steady = world.new, world.steady
    alone = world.stable is None or world.promoted
    if not canary.routed:
        surge, unavailable = counts.limits(canary.surge, canary.unavailable, world.replicas)
        weight = counts.MAX_WEIGHT
        if not alone and not world.full:
            weight = weights.current(canary.turns, world.index, aborted=world.aborted)
        return counts.basic(
            world.replicas,
            weight,
            surge,
            unavailable,
            new.sets if new else None,
            steady.sets if steady and not alone else None,
            [one.sets for one in world.older],
        )
    scale_ = None if world.full or alone else _canary_scale(canary, world)
    if world.full or alone:
        weight = canary.whole
    elif scale_ is not None and scale_.weight is not None and scale_.replicas is None:
        weight = scale_.weight
    else:
        weight = _in_force(canary, world)
    return counts.routed(
        world.replicas,
        weight,
        scale=scale_.replicas if scale_ else None,
        dynamic=canary.dynamic,
        actual=actual,
        aborted=world.aborted,
        minimum=canary.minimum,
        whole=canary.whole,
    )


def _canary_scale(canary: Canary, world: World) -> weights.Scale | None:
    return weights.canary_scale(canary.turns, world.index, aborted=world.aborted, kept_for_ever=canary.abort_delay == 0)


def _in_force(canary: Canary, world: World) -> int:
    new, steady = world.new, world.steady
    return weights.wanted(
        world.replicas,
        canary.turns,
        world.index,
        steady.sets if steady else None,
        new.sets if new else None,
        aborted=world.aborted,
        dynamic=canary.dynamic,
        delay=canary.abort_delay,
        whole=canary.whole,
    )


def _ready(canary: Canary, world: World, actual: tuple[int, int] | None) -> bool:
    """Whether the sets are what the step in progress wants."""
    new, steady = world.new, world.steady
    return counts.at_desired(
        new.sets if new else None,
        steady.sets if steady else None,
        [one.sets for one in world.older],
        wanted(canary, world, actual),
        routed=canary.routed,
        dynamic=canary.dynamic,
        threshold=canary.threshold,
    )


def _actual(canary: Canary, world: World) -> tuple[int, int] | None:
    return (world.weight, canary.whole - world.weight - sum(part for _, part in world.extra)) if canary.routed else None


def _traffic(canary: Canary, world: World) -> World:
    """What the router is told; before anything is scaled, so it lags one sync behind."""
    if not canary.routed:
        return world
    new, steady = world.new, world.steady
    world = replace(world, serving=world.stable or world.serving)
    target = world.current
    extra: tuple[tuple[str, int], ...] = ()
    live = tuple((trial, part) for trial, part in _trials(canary, world))
    back = world.pods(world.target) if world.promoted and world.target != world.current else None
    if world.promoted and canary.dynamic and back is not None and new is not None and new.available < world.replicas:
        # Stable was applied again in mid-run: traffic goes back as fast as stable grows.
        weight, target = _back(canary, world, back), world.target
    elif world.promoted:
        weight = 0
    elif world.aborted:
        weight = _back(canary, world, new)
    else:
        weight = weights.routing(
            world.replicas,
            canary.turns,
            world.index,
            steady.sets if steady else None,
            new.sets if new else None,
            world.weight if world.target == world.current else 0,
            promoted=world.full,
            dynamic=canary.dynamic,
            ready=_ready(canary, world, None),
            whole=canary.whole,
        )
        extra = () if world.full else live
    world = replace(world, rules=_rules(canary, world))
    rest = canary.whole - weight
    if steady is None or not counts.can_carry(steady.available, world.replicas, rest, canary.whole, canary.threshold):
        return world
    return replace(world, weight=weight, target=target, extra=extra)


def _back(canary: Canary, world: World, pods: Pods | None) -> int:
    return weights.going_back(
        world.replicas,
        canary.turns,
        world.steady.sets if world.steady else None,
        pods.sets if pods else None,
        world.weight,
        dynamic=canary.dynamic,
        delay=canary.abort_delay,
        whole=canary.whole,
    )


def _rules(canary: Canary, world: World) -> tuple[tuple[str, int], ...]:
    """The managed routes in force: each step adds its own or takes it away; at the end all go."""
    if world.promoted or world.aborted or world.full:
        return ()
    step, rules = step_of(canary, world.index), world.rules
    if step is None or world.index is None:
        return rules
    for kind, rule in (("header", step.header), ("mirror", step.mirror)):
        if rule is not None:
            kept = tuple(one for one in rules if _rule_name(canary, one) != rule.name)
            rules = kept if rule.off else (*kept, (kind, world.index))
    return rules


def _rule_name(canary: Canary, one: tuple[str, int]) -> str:
    rule = getattr(canary.steps[one[1]], one[0])
    return rule.name if rule else ""


# --- experiments and analyses ----------------------------------------------------------------------------------------


def _trials(canary: Canary, world: World) -> list[tuple[str, int]]:
    """The weights that a running experiment takes out of stable's."""
    test = world.test
    if test is None or not test.live or test.state != RUNNING:
        return []
    experiment = canary.steps[test.at].experiment
    trials = experiment.trials if experiment else ()
    return [(pods.key, trial.weight) for pods, trial in zip(test.pods, trials, strict=True) if trial.weight is not None]


def _experiment(canary: Canary, world: World, timing: Timing) -> World:
    test, step = world.test, step_of(canary, world.index)
    over = world.aborted or world.promoted or world.full or world.index is None
    if test is not None and (over or world.index != test.at):
        return replace(world, test=_ended(test, world.now, timing))
    if step is None or step.experiment is None or world.index is None or over:
        return world
    if test is None or (test.at == world.index and test.state not in (RUNNING, PASSED)):
        pods = tuple(
            scale(Pods(_trial_key(number), 0), trial.replicas, world.now, timing)
            for number, trial in enumerate(step.experiment.trials)
        )
        return replace(world, test=Test(world.index, pods))
    if test.state == RUNNING and not test.live and all(one.available >= one.spec for one in test.pods):
        seconds = step.experiment.seconds
        test = replace(test, live=True, ends=world.now + (timing.analysis or 0 if seconds is None else seconds))
    elif test.state == RUNNING and test.live and test.ends is not None and test.ends <= world.now:
        test = _ended(replace(test, state=PASSED), world.now, timing)
    return replace(world, test=test)


def _trial_key(number: int) -> str:
    return "experiment" if number == 0 else f"experiment-{number + 1}"


def _ended(test: Test, now: int, timing: Timing) -> Test | None:
    """An experiment that is over: its Pods go, and then nothing is left of it."""
    if not any(one.spec or one.available or one.starting or one.stopping for one in test.pods):
        return None if test.state != PASSED else test
    pods = tuple(scale(one, 0, now, timing) if one.spec else one for one in test.pods)
    return replace(test, pods=pods, live=False)


def _analyses(canary: Canary, world: World, timing: Timing) -> World:
    if world.aborted or world.promoted or world.full:
        return replace(world, runs=())
    step = step_of(canary, world.index)
    if world.stable is not None and canary.background is not None and (world.index or 0) >= canary.starting_step:
        world = begun(world, BACKGROUND, replace(canary.background, forever=True), timing)
    if step is not None and step.analysis is not None and world.index is not None:
        world = begun(world, world.index, replace(step.analysis, forever=False), timing)
    return judged(world)


# --- ReplicaSets -----------------------------------------------------------------------------------------------------


def _scale(spec: Spec, canary: Canary, world: World, timing: Timing) -> tuple[World, bool]:
    """One ReplicaSet at most is scaled: stable, then the canary, then an older one."""
    before = world
    world = without_deadlines(spec, world)
    if world.stable is not None and not world.promoted:
        # The weights of before this sync: stable follows the traffic, never the other way round.
        world, scaled = scale_to(world, world.steady, wanted(canary, world, _actual(canary, before))[1], timing)
        if scaled:
            return world, True
    world, scaled = scale_new(spec, world, wanted(canary, world, _actual(canary, world))[0], timing)
    if scaled:
        return world, True
    shrunk = _older_routed(spec, canary, world, timing) if canary.routed else _older_basic(canary, world, timing)
    changed = any(one.spec != was.spec for one, was in zip(shrunk.sets, world.sets, strict=True))
    return shrunk, changed


def _older_basic(canary: Canary, world: World, timing: Timing) -> World:
    """Without a router old Pods take traffic, so they go as fast as availability allows."""
    _, unavailable = counts.limits(canary.surge, canary.unavailable, world.replicas)
    older = world.older
    available = sum(one.available for one in world.sets)
    left = counts.shrink_older([one.sets for one in older], available, world.replicas, unavailable)
    for pods, count in zip(older, left, strict=True):
        world, _ = scale_to(world, pods, min(count, pods.spec), timing)
    return world


def _older_routed(spec: Spec, canary: Canary, world: World, timing: Timing) -> World:
    """Old sets have no traffic: the last stable one stays for its delay, those in between go at once."""
    _, unavailable = counts.limits(canary.surge, canary.unavailable, world.replicas)
    for pods in world.older:
        if pods.spec > pods.available:  # those that are not healthy go first, whatever the delay
            world, _ = scale_to(world, pods, pods.available, timing)
    if sum(one.available for one in world.sets) <= world.replicas - unavailable:
        return world
    kept = 0
    for pods in world.older:
        if not pods.spec or (pods.key == world.target and world.weight):
            continue
        if not (world.promoted or pods.deadline is not None) or canary.dynamic:
            world, _ = scale_to(world, pods, 0, timing)
            continue
        stays, kept, gone = linger(world, pods, canary.scale_down, canary.scale_down_limit, kept)
        world = put(world, stays)
        if gone:
            world, _ = scale_to(world, stays, 0, timing)
    return world


# --- pauses and status -----------------------------------------------------------------------------------------------


def _paused(canary: Canary, world: World) -> World:
    step = step_of(canary, world.index)
    if step is None or step.pause is None or world.full or world.pause or world.resumed or world.aborted:
        return world
    return replace(world, pause=STEP, since=world.now)


def _status(canary: Canary, before: World, world: World) -> World:
    steps = len(canary.steps)
    if world.full or world.quick:
        world = replace(world, pause="", aborted=False, index=steps or None)
    if _promotes(canary, world):
        done = not world.promoted
        return replace(
            world,
            stable=world.current,
            index=steps or None,
            full=False,
            quick=False,
            pause="",
            runs=(),
            event="",
            swapped=world.swapped != (done and canary.ping_pong),
        )
    if world.aborted:
        return replace(world, index=(steps if world.promoted else 0) if steps else None)
    if world.index is not None and world.index == before.index and _completed(canary, before, world):
        return replace(world, index=world.index + 1, pause="", resumed=False, event="")
    return world


def _promotes(canary: Canary, world: World) -> bool:
    """Whether the new set becomes stable: all steps done, and as many available as there should be."""
    new = world.new
    if new is None or world.aborted or world.promoted or new.available < world.replicas or world.pause == INCONCLUSIVE:
        return False
    return world.stable is None or world.full or world.quick or step_of(canary, world.index) is None


def _completed(canary: Canary, before: World, world: World) -> bool:
    """Whether the step in progress is done, as far as this sync saw."""
    step = step_of(canary, world.index)
    if step is None:
        return False
    if step.pause is not None:
        over = step.pause.seconds is not None and world.now >= before.since + step.pause.seconds
        return before.resumed or (before.pause == STEP and over)
    if step.weight is not None or step.scale is not None:
        return _ready(canary, world, _actual(canary, world))
    if step.experiment is not None:
        return world.test is not None and world.test.at == world.index and world.test.state == PASSED
    if step.analysis is not None:
        return passed(world, world.index or 0)
    return True
