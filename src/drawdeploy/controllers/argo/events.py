"""What people and circumstances do to a Rollout on the way."""

from __future__ import annotations

from collections.abc import Callable

from drawdeploy.controllers.argo.shared import aborted
from drawdeploy.controllers.argo.spec import Canary, Spec
from drawdeploy.controllers.argo.world import FAILED, INCONCLUSIVE, RUNNING, Pods, Timing, World, put, scale, spoil
from drawdeploy.controllers.asked import Event
from drawdeploy.controllers.course import REVISIONS
from drawdeploy.errors import DrawDeployError, nearest
from drawdeploy.value import replace

_Apply = Callable[[Spec, World, Event, Timing], World]


def happen(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    """The world after something has happened to it, before the controller has seen it.

    Raises:
        DrawDeployError: It cannot happen here.
    """
    apply = _EVENTS.get(event.what)
    if apply is None:
        known = ", ".join(sorted(_EVENTS))
        raise DrawDeployError(f"Argo Rollouts has no '{event.what}'", nearest(event.what, _EVENTS) or known)
    made = apply(spec, world, event, timing)
    return replace(made, turn=world.turn + 1, waits=False)


def update(world: World, key: str) -> World:
    """Another template is applied."""
    number = 1 + max(pods.number for pods in world.sets)
    return replace(world, sets=(*world.sets, Pods(key, number)), current=key, event="")


def _update(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    free = [key for key in REVISIONS if world.pods(key) is None]
    if not free:
        raise DrawDeployError(f"at most {len(REVISIONS) - 1} updates can be drawn in one run", "leave one 'update' out")
    return update(world, free[0])


def _abort(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    if world.promoted:
        raise DrawDeployError("there is nothing to abort: it is promoted", "'undo' applies the template of before")
    return aborted(world)


def _retry(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    if not world.aborted:
        raise DrawDeployError("there is nothing to retry: it is not aborted", "'at step 1: abort' comes first")
    return replace(world, aborted=False, runs=(), late=False, moved=world.now, event="")


def _promote(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    index = world.index
    if world.pause == INCONCLUSIVE:
        over = index if index is None or not isinstance(spec.strategy, Canary) else index + 1
        kept = tuple(run for run in world.runs if run.state != INCONCLUSIVE)
        return replace(world, pause="", runs=kept, index=over, event="")
    if world.pause:
        return replace(world, pause="", resumed=True, event="")
    if isinstance(spec.strategy, Canary) and index is not None and index < len(spec.strategy.steps):
        return replace(world, halted=False, index=index + 1, resumed=False, event="")
    return replace(world, halted=False, event="")


def _full(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    return world if world.promoted else replace(world, full=True, aborted=False, pause="", event="full")


def _undo(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    """The template of the revision before is applied again: its ReplicaSet gets a new number."""
    new = world.new
    earlier = [one for one in world.sets if new is None or one.number < new.number]
    if not earlier:
        raise DrawDeployError("there is no revision before this one to go back to")
    target = max(earlier, key=lambda one: one.number)
    between = sum(one.number > target.number for one in world.sets)
    number = 1 + max(one.number for one in world.sets)
    world = put(world, replace(target, number=number))
    return replace(world, current=target.key, quick=0 < between <= spec.window, event="")


def _scale(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    return replace(world, replicas=int(event.value), event="scale")


def _never_ready(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    new = world.new
    if new is None:
        return world
    return replace(put(world, spoil(new, world.now, timing, bad=True)), moved=world.now, event="never-ready")


def _ready(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    new = world.new
    if new is None:
        return world
    return replace(put(world, spoil(new, world.now, timing, bad=False)), late=False, moved=world.now, event="")


def _judge(state: str) -> _Apply:
    def judge(spec: Spec, world: World, event: Event, timing: Timing) -> World:
        running = [run for run in world.runs if run.state == RUNNING]
        if world.test is not None and world.test.state == RUNNING and not running and state == FAILED:
            return aborted(world)
        if not running:
            raise DrawDeployError(f"nothing is analysed at that moment, so nothing can {_VERBS[state]}", _RUNNING)
        last = running[-1]
        return replace(world, runs=tuple(replace(run, state=state) if run is last else run for run in world.runs))

    return judge


def _pause(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    return replace(world, halted=True, event="halted")


def _resume(spec: Spec, world: World, event: Event, timing: Timing) -> World:
    return replace(world, halted=False, moved=world.now, event="")


_VERBS = {FAILED: "fail", INCONCLUSIVE: "be inconclusive"}
_RUNNING = "name a step with an analysis, or one beside which the background analysis runs"
_EVENTS: dict[str, _Apply] = {
    "abort": _abort,
    "retry": _retry,
    "promote": _promote,
    "promote full": _full,
    "pause": _pause,
    "resume": _resume,
    "undo": _undo,
    "scale": _scale,
    "fail": _judge(FAILED),
    "inconclusive": _judge(INCONCLUSIVE),
    "never ready": _never_ready,
    "ready": _ready,
    "update": _update,
}


def grown(pods: Pods, count: int, now: int, timing: Timing) -> Pods:
    """A ReplicaSet with so many Pods, all of them available: how things stand before anything happens."""
    return replace(scale(pods, count, now, timing), available=count, starting=())
