"""The controller's loop on a clock of events: sync until nothing changes, then on to whatever happens next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drawdeploy.controllers.argo import canary, switch
from drawdeploy.controllers.argo.events import grown, happen, update
from drawdeploy.controllers.argo.shared import aborted
from drawdeploy.controllers.argo.spec import Canary, Spec
from drawdeploy.controllers.argo.world import INCONCLUSIVE, RUNNING, STEP, SWITCH, Pods, Timing, World, later
from drawdeploy.controllers.asked import Event
from drawdeploy.controllers.course import REVISIONS
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Outcome
from drawdeploy.value import replace

MOST = 20_000
"""Syncs of one run at most."""


def begin(spec: Spec, timing: Timing) -> World:
    """How things stand before the update: one revision, complete and stable."""
    first = REVISIONS[0]
    pods = grown(Pods(first, 1), spec.replicas, 0, timing)
    steps = len(spec.strategy.steps) if isinstance(spec.strategy, Canary) else 0
    return World(
        now=0,
        replicas=spec.replicas,
        sets=(pods,),
        current=first,
        seen=first,
        stable=first,
        index=steps or None,
        target=first,
        serving=first,
        active=first,
        preview=first,
        halted=spec.halted,
    )


def updated(world: World) -> World:
    """The update that a manifest brings."""
    return update(world, REVISIONS[1])


def sync(spec: Spec, world: World, timing: Timing) -> World:
    """One sync."""
    if isinstance(spec.strategy, Canary):
        return canary.sync(spec, spec.strategy, world, timing)
    return switch.sync(spec, spec.strategy, world, timing)


def run(spec: Spec, world: World, timing: Timing, events: Sequence[Event] = (), *, people: bool = True) -> list[World]:
    """All worlds from one to the end, each of them after a sync that changed something.

    Args:
        spec: The Rollout.
        world: How things stand; the first of what is given back.
        timing: How long things take.
        events: What happens on the way.
        people: Where it waits for a person for ever, one comes and promotes it.

    Raises:
        DrawDeployError: An event cannot happen, or it never comes to an end.
    """
    worlds = [world]
    queue = list(events)
    for _ in range(MOST):
        due = _due(spec, worlds, world, queue, still=False)
        if due is not None:
            queue.remove(due)
            world = happen(spec, world, due, timing)
        after = sync(spec, world, timing)
        if not _same(after, worlds[-1]):
            after = replace(after, moved=after.now, waits=False)
            worlds.append(after)
            world = after
            continue
        world = replace(after, waits=False)
        due = _due(spec, worlds, world, queue, still=True)
        if due is not None:
            queue.remove(due)
            world = happen(spec, world, due, timing)
            continue
        coming = _next(spec, world, queue)
        if coming is not None:
            world = later(world, coming)
            if _late(spec, world):
                world = _timed_out(spec, world)
            continue
        due = next((event for event in queue if event.unit == "end"), None)
        if people and _waits(spec, world):
            worlds[-1] = replace(worlds[-1], waits=True)
            world = later(replace(world, pause="", resumed=True), world.now + (timing.pause or 0))
        elif due is not None:
            queue.remove(due)
            world = happen(spec, world, due, timing)
        elif queue:
            raise _never(spec, queue[0], world)
        else:
            return worlds
    raise DrawDeployError(
        f"after {MOST} syncs it had not come to an end", "ask for fewer replicas or a larger maxSurge"
    )


def settled(spec: Spec, world: World, timing: Timing) -> World:
    """The world once the controller has done all that it does at this very moment."""
    for _ in range(MOST):
        after = sync(spec, world, timing)
        if _same(after, world):
            return after
        world = after
    return world


def outcome(world: World) -> Outcome:
    """How a run has ended."""
    new = world.new
    if world.aborted or (world.promoted and world.current == REVISIONS[0]):
        return Outcome.ABORTED
    if world.promoted and new is not None and new.available >= world.replicas:
        return Outcome.PROMOTED
    return Outcome.FAILED if world.late else Outcome.WAITING


# --- events ----------------------------------------------------------------------------------------------------------


def _due(spec: Spec, worlds: list[World], world: World, queue: list[Event], *, still: bool) -> Event | None:
    """The first event whose time has come."""
    for event in queue:
        if event.unit == "sync" and len(worlds) - 1 >= event.number:
            return event
        if event.unit == "seconds" and world.now >= event.number:
            return event
        if event.unit == "step":
            _check_step(spec, event)
            if world.seen != world.current or world.index is None or (world.aborted and event.what != "retry"):
                continue
            under = not world.promoted or event.what in ("undo", "update", "scale")
            if under and (world.index > event.number or (still and world.index == event.number)):
                return event
    return None


def _check_step(spec: Spec, event: Event) -> None:
    steps = len(spec.strategy.steps) if isinstance(spec.strategy, Canary) else 0
    if event.number >= max(steps, 0):
        message = f"there is no step {event.number} at which to {event.what}"
        hint = f"steps are counted from 0 to {steps - 1}" if steps else "without steps say 'at 90s' or 'at sync 3'"
        raise DrawDeployError(message, hint)


def _never(spec: Spec, event: Event, world: World) -> DrawDeployError:
    place = f"{event.unit} {event.number}" if event.unit != "seconds" else f"{event.number}s"
    return DrawDeployError(f"'at {place}: {event.what}' never comes", f"the run ends at {world.now}s; 'at end: …'")


# --- time ------------------------------------------------------------------------------------------------------------


def _next(spec: Spec, world: World, queue: Sequence[Event]) -> int | None:
    """When something happens next."""
    times = [event.number for event in queue if event.unit == "seconds"]
    times += _times(spec, world)
    return min((time for time in times if time > world.now), default=None)


def _times(spec: Spec, world: World) -> Iterator[int]:
    for pods in (*world.sets, *(world.test.pods if world.test else ())):
        yield from (ready for ready, _ in pods.starting if ready is not None)
        yield from (gone for gone, _ in pods.stopping)
        if pods.deadline is not None:
            yield pods.deadline
    yield from (run.ends for run in world.runs if run.state == RUNNING and run.ends is not None)
    if world.test is not None and world.test.ends is not None:
        yield world.test.ends
    strategy = spec.strategy
    if isinstance(strategy, Canary):
        step = canary.step_of(strategy, world.index)
        if world.pause == STEP and step is not None and step.pause is not None and step.pause.seconds is not None:
            yield world.since + step.pause.seconds
    elif world.pause == SWITCH and strategy.auto:
        yield world.since + strategy.auto_seconds
    if _impatient(world):
        yield world.moved + spec.deadline


def _impatient(world: World) -> bool:
    """Whether Pods are waited for, so that the progress deadline counts."""
    new = world.new
    unready = new is not None and new.coming > 0
    return unready and not (world.late or world.aborted or world.pause or world.halted)


def _late(spec: Spec, world: World) -> bool:
    return _impatient(world) and world.now >= world.moved + spec.deadline


def _timed_out(spec: Spec, world: World) -> World:
    world = replace(world, late=True)
    if spec.deadline_aborts and not world.promoted:
        return replace(aborted(world), turn=world.turn + 1)
    return world


def _waits(spec: Spec, world: World) -> bool:
    """Whether only a person lets it go on, and promoting it does."""
    return world.pause in (STEP, SWITCH) and not world.halted and world.pause != INCONCLUSIVE


def _same(one: World, other: World) -> bool:
    """Whether two worlds differ in nothing but the clock."""
    if one.now == other.now:
        return replace(one, moved=0, waits=False) == replace(other, moved=0, waits=False)
    return replace(one, moved=0, waits=False, now=other.now) == replace(other, moved=0, waits=False)
