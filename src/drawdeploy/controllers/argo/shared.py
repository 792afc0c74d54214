"""What both strategies do with ReplicaSets in a sync: scale the new one, even while aborting, and shrink old ones.

Source: argo-rollouts ``rollout/replicaset.go``, ``rollout/sync.go`` and ``rollout/pause.go`` at ``9f8d111d``.
"""

from __future__ import annotations

from drawdeploy.controllers.argo.spec import SCALE_DOWN_SECONDS, Analysis, Canary, Spec
from drawdeploy.controllers.argo.world import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    RUNNING,
    Pods,
    Run,
    Timing,
    World,
    put,
    scale,
)
from drawdeploy.value import replace

ABORT_SECONDS = 30


def reset(spec: Spec, world: World, steps: int) -> World:
    """Another template is applied: the status begins anew; stable applied again skips all steps."""
    done = world.promoted or (world.quick and bool(world.new and world.new.spec))
    return replace(
        world,
        seen=world.current,
        index=(steps if done else 0) if steps else None,
        aborted=False,
        full=False,
        pause="",
        resumed=False,
        checked=False,
        runs=(),
        late=False,
        moved=world.now,
    )


def abort_delay(spec: Spec, world: World) -> int | None:
    """Seconds the new set stays after an abort; 0 for ever, ``None`` if the counts alone decide."""
    given = spec.strategy.abort_delay
    if not world.aborted or world.stable is None or world.promoted:
        return None
    if isinstance(spec.strategy, Canary) and (not spec.strategy.routed or (spec.strategy.dynamic and given is None)):
        return None
    return ABORT_SECONDS if given is None else given


def without_deadlines(spec: Spec, world: World) -> World:
    """The new set and the stable one are needed: they are not to be scaled down."""
    for pods in (world.steady, None if abort_delay(spec, world) else world.new):
        if pods is not None and pods.deadline is not None:
            world = put(world, replace(pods, deadline=None))
    return world


def scale_to(world: World, pods: Pods | None, count: int, timing: Timing) -> tuple[World, bool]:
    """Tells a ReplicaSet how many Pods to have; whether that is another number."""
    if pods is None or pods.spec == count:
        return world, False
    return put(world, scale(pods, count, world.now, timing)), True


def scale_new(spec: Spec, world: World, count: int, timing: Timing) -> tuple[World, bool]:
    """Scales the new set; after an abort it stays until stable is complete, and its delay after that."""
    pods = world.new
    if pods is None:
        return world, False
    delay = abort_delay(spec, world)
    if delay is not None:
        if delay == 0:
            return world, False
        if pods.deadline is None:
            steady = world.steady
            if pods.spec and steady is not None and steady.available == world.replicas:
                world = put(world, replace(pods, deadline=world.now + delay))
            return world, False
        if world.now < pods.deadline:
            return world, False
        count = 0
    return scale_to(world, pods, count, timing)


def linger(world: World, pods: Pods, delay: int, limit: int | None, kept: int) -> tuple[Pods, int, bool]:
    """An old set that may stay for a while.

    Args:
        world: How things stand.
        pods: The set.
        delay: How many seconds.
        limit: How many sets may stay at most.
        kept: How many do so far.

    Returns:
        The set, with its deadline; how many stay now; and whether it goes.
    """
    if pods.deadline is None:
        if delay <= 0 or (limit is not None and kept >= limit):
            return pods, kept, True
        return replace(pods, deadline=world.now + delay), kept + 1, False
    kept += 1
    return pods, kept, (limit is not None and kept > limit) or world.now >= pods.deadline


def scale_down_delay(spec: Spec) -> int:
    """Seconds that an old set stays."""
    given = spec.strategy.scale_down
    return SCALE_DOWN_SECONDS if given is None else given


# --- analyses --------------------------------------------------------------------------------------------------------


def begun(world: World, at: str | int, analysis: Analysis, timing: Timing) -> World:
    """Begins an analysis, if it has not been."""
    if world.run(at) is not None:
        return world
    seconds = analysis.seconds if analysis.seconds is not None else timing.analysis or 0
    ends = None if analysis.forever else world.now + seconds
    return replace(world, runs=(*world.runs, Run(at, world.now, ends)))


def judged(world: World) -> World:
    """Analyses whose time has come have passed; one that has failed aborts, one without an answer pauses."""
    runs = tuple(
        replace(run, state=PASSED) if run.state == RUNNING and run.ends is not None and run.ends <= world.now else run
        for run in world.runs
    )
    world = replace(world, runs=runs)
    states = {run.state for run in runs}
    if FAILED in states:
        return aborted(world)
    if INCONCLUSIVE in states and not world.pause:
        return replace(world, pause=INCONCLUSIVE, since=world.now)
    return world


def aborted(world: World) -> World:
    """An abort: no pause, no analysis any more."""
    return replace(world, aborted=True, full=False, pause="", resumed=False, runs=(), event="")


def passed(world: World, at: str | int) -> bool:
    """Whether an analysis has been begun and has passed."""
    run = world.run(at)
    return run is not None and run.state == PASSED
