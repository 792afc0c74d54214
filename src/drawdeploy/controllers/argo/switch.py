"""One sync of a blueGreen.

Source: argo-rollouts ``rollout/bluegreen.go``, ``rollout/service.go`` and ``rollout/pause.go`` at ``9f8d111d``.
"""

from __future__ import annotations

from drawdeploy.controllers.argo import counts
from drawdeploy.controllers.argo.shared import (
    begun,
    judged,
    linger,
    passed,
    reset,
    scale_down_delay,
    scale_new,
    scale_to,
    without_deadlines,
)
from drawdeploy.controllers.argo.spec import Spec, Switch
from drawdeploy.controllers.argo.world import AFTER, BEFORE, INCONCLUSIVE, SWITCH, Timing, World, put
from drawdeploy.value import replace


def sync(spec: Spec, switch: Switch, world: World, timing: Timing) -> World:
    """What the controller makes of things in one sync; the arguments are those of a canary's."""
    if switch.preview and world.new is not None:
        world = replace(world, preview=world.current)
    if world.seen != world.current:
        return reset(spec, world, 0)
    fast = bool(world.new and world.new.deadline is not None and not world.aborted) or world.full or world.quick
    world = _scale(spec, switch, world, timing)
    if world.halted:
        return world
    world = _paused(switch, world, fast=fast)
    world = _switched(switch, world, fast=fast)
    world = _analyses(switch, world, timing, fast=fast)
    return _status(switch, world, fast=fast)


def count_of(switch: Switch, world: World) -> int:
    """How many Pods the new set should have now."""
    return counts.preview(
        world.replicas,
        switch.preview_count,
        active=world.active in ("", world.current),
        checked=world.checked and not world.pause,
        promote_full=world.full,
    )


def _scale(spec: Spec, switch: Switch, world: World, timing: Timing) -> World:
    world = without_deadlines(spec, world)
    world, _ = scale_to(world, world.pods(world.active), world.replicas, timing)
    world, _ = scale_new(spec, world, count_of(switch, world), timing)
    if world.pause == INCONCLUSIVE:
        return world
    kept = 0
    for pods in world.older:
        if not pods.spec or pods.key in (world.active, world.preview if switch.preview else ""):
            continue
        stays, kept, gone = linger(world, pods, scale_down_delay(spec), switch.scale_down_limit, kept)
        world = put(world, stays)
        if gone:
            world, _ = scale_to(world, stays, 0, timing)
    return world


def _up(switch: Switch, world: World) -> bool:
    """Whether the new set has what it should have for now, and all of it is available."""
    new = world.new
    return new is not None and new.spec == new.available == count_of(switch, world)


def _tested(switch: Switch, world: World) -> bool:
    return switch.before is None or world.promoted or passed(world, BEFORE)


def _free(switch: Switch, world: World) -> bool:
    """Whether no pause holds the switch back (any more)."""
    return not switch.waits or world.resumed


def _paused(switch: Switch, world: World, *, fast: bool) -> World:
    if world.aborted or not _up(switch, world) or world.pause == INCONCLUSIVE:
        return world
    if fast or world.active in ("", world.current) or world.checked or not switch.waits:
        return replace(world, pause="")
    if not _tested(switch, world) or world.resumed:
        return world
    if world.pause != SWITCH:
        return replace(world, pause=SWITCH, since=world.now)
    if switch.auto and world.now >= world.since + switch.auto_seconds:
        return replace(world, pause="", resumed=True)
    return world


def _switched(switch: Switch, world: World, *, fast: bool) -> World:
    """The active service, once the new set is complete."""
    new = world.new
    if new is None or not (_up(switch, world) and new.spec == world.replicas):
        return world
    if world.aborted:
        return replace(world, active=world.stable or world.active)
    if fast or world.active == "" or (_free(switch, world) and _tested(switch, world) and not world.pause):
        return replace(world, active=world.current)
    return world


def _analyses(switch: Switch, world: World, timing: Timing, *, fast: bool) -> World:
    if world.aborted or world.promoted or fast:
        return replace(world, runs=())
    if switch.before is not None and world.active != world.current and _up(switch, world):
        world = begun(world, BEFORE, replace(switch.before, forever=False), timing)
    if switch.after is not None and world.active == world.current and world.stable is not None:
        world = begun(world, AFTER, replace(switch.after, forever=False), timing)
    return judged(world)


def _status(switch: Switch, world: World, *, fast: bool) -> World:
    if fast and world.full:
        world = replace(world, pause="")
    if world.active == world.current and not world.aborted and not world.promoted and world.pause != INCONCLUSIVE:
        ready = world.new is not None and world.new.available >= world.replicas
        if ready and (fast or world.stable is None or switch.after is None or passed(world, AFTER)):
            return replace(
                world,
                stable=world.current,
                full=False,
                quick=False,
                pause="",
                resumed=False,
                checked=False,
                runs=(),
                event="",
            )
    if switch.preview_count is not None and not world.checked and not world.aborted:
        new = world.new
        available = new is not None and new.available == switch.preview_count
        if available and _tested(switch, world) and _free(switch, world) and not world.pause and not world.promoted:
            return replace(world, checked=True)
    return world
