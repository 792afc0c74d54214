"""Which syncs belong together: the steps that a person would list, each a run of worlds."""

from __future__ import annotations

from drawdeploy.controllers.argo.spec import Canary, Spec, Step
from drawdeploy.controllers.argo.world import World
from drawdeploy.value import Value


class Chapter(Value):
    """A step of the plan.

    Attributes:
        turn: How often somebody had interfered before it.
        kind: ``group`` (steps of the manifest), ``promote``, ``retire``, ``abort``, ``cleanup``, ``preview``, ``grow``,
            ``switch``, or an event.
        step: Index of the first of the manifest's steps that it is made of.
    """

    turn: int
    kind: str
    step: int = 0


def chapter(spec: Spec, before: World, world: World) -> Chapter:
    """The step that a sync belongs to."""
    turn = world.turn
    if world.event in ("scale", "never-ready", "halted") and not world.aborted:
        return Chapter(turn, world.event)
    if world.aborted:
        return Chapter(turn, "abort" if _aborting(spec, before) else "cleanup")
    if before.promoted and world.promoted:
        basic = isinstance(spec.strategy, Canary) and not spec.strategy.routed
        return Chapter(turn, "promote" if basic else "retire")
    if not isinstance(spec.strategy, Canary):
        if world.active == world.current:
            return Chapter(turn, "switch")
        return Chapter(turn, "grow" if world.checked else "preview")
    return _canary(spec.strategy, before, world)


def _aborting(spec: Spec, before: World) -> bool:
    """Whether an abort is not over with what came before: what is left then is only removed."""
    if not before.aborted:
        return True
    if not isinstance(spec.strategy, Canary):
        return False
    return not spec.strategy.routed or bool(before.weight)


def _canary(canary: Canary, before: World, world: World) -> Chapter:
    steps = canary.steps
    index = before.index if before.seen == before.current and before.turn == world.turn else world.index
    if index is not None and index < len(steps) and steps[index].waits and quiet(before, world):
        index = world.index  # it only stopped waiting: what comes now is the next one's
    if index is None or index >= len(steps) or world.full:
        return Chapter(world.turn, "promote")
    return Chapter(world.turn, "group", group_of(steps, index))


def group_of(steps: tuple[Step, ...], index: int) -> int:
    """Index of the step that begins the group of another: what waits belongs to what was done before it."""
    while index and steps[index].waits:
        index -= 1
    return index


def quiet(before: World, world: World) -> bool:
    """Whether a sync has moved nothing that a picture shows."""
    return _visible(before) == _visible(world)


def _visible(world: World) -> tuple[object, ...]:
    tests = world.test.pods if world.test is not None else ()
    counts = tuple((pods.key, pods.spec, pods.available) for pods in (*world.sets, *tests))
    return (counts, world.weight, world.target, world.extra, world.rules, world.serving, world.active, world.preview)
