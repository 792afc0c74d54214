"""The verbs: each changes the world at work, or says in its description's words why it cannot."""

from __future__ import annotations

from collections.abc import Callable

from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.faults import fault, nearest, quoted
from drawdeploy.expand.marks import bind, flag, migrate
from drawdeploy.expand.routing import match, mirror, route
from drawdeploy.expand.take import find, moved, seconds_of, take
from drawdeploy.expand.turn import Turn
from drawdeploy.expand.world import FREE, RUNNING, Stand, World
from drawdeploy.model import Move, Phase, Verb, VerbSpec


def apply(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Carries out one verb.

    Raises:
        DrawDeployError: Its pre-condition does not hold.
    """
    turns = turn.each()[:1] if verb.verb is Verb.OBSERVE else turn.each()
    return [move for one in turns for move in _VERBS[verb.verb](world, verb, one)]


def _create(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = find(world, verb, turn)
    hint = f"it has {len(stand.slots)} places; remove some first, or create fewer"
    numbers = take(world, verb, turn, stand.numbers(*FREE), "still to be created", hint)
    stand.put(numbers, Phase.READY, turn.number, stand.pool.revision)
    return moved(Verb.CREATE, stand, numbers, turn.environment.start_seconds)


def _test(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = find(world, verb, turn)
    if verb.off:
        if stand.pool.id not in world.tests:
            raise fault(turn.strategy, verb, f"no test of pool {verb.pool} is on", "begin it with test before")
        world.tests.discard(stand.pool.id)
    else:
        if not stand.running:
            raise fault(turn.strategy, verb, f"pool {verb.pool} has nothing to test", "create it before")
        world.tests.add(stand.pool.id)
    return [Move(Verb.TEST, stand.pool.id, off=verb.off)]


def _standby(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = find(world, verb, turn)
    last_first = stand.numbers(Phase.SERVING)[::-1]
    numbers = take(world, verb, turn, last_first, "serving", "ask for at most what serves, as in min(n, pool.serving)")
    stand.put(numbers, Phase.STANDBY, turn.number)
    return moved(Verb.STANDBY, stand, numbers)


def _resume(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = find(world, verb, turn)
    numbers = take(world, verb, turn, stand.numbers(Phase.STANDBY), "on standby", "put some on standby before")
    if numbers and not world.by_serving and not world.reached(stand.pool.id):
        raise fault(turn.strategy, verb, f"nothing is routed to pool {verb.pool}", "route to it instead of resume")
    stand.put(numbers, Phase.SERVING, turn.number)
    return moved(Verb.RESUME, stand, numbers)


def _observe(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    return [Move(Verb.OBSERVE, seconds=seconds_of(verb.seconds, world, turn, verb.line, verb.column, "time"))]


def _update(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Stops instances and starts them again with the other revision; those that wait first, then those that serve."""
    stand = find(world, verb, turn)
    source, target = ("new", "old") if turn.undo else ("old", "new")
    waiting = stand.numbers(Phase.READY, Phase.STANDBY, revision=source)
    serving = stand.numbers(Phase.SERVING, revision=source)
    version = getattr(turn.service, source)
    hint = f"nothing of it runs {version} at this moment"
    numbers = take(world, verb, turn, waiting + serving, f"running with {version}", hint)
    idle, live = numbers[: len(waiting)], numbers[len(waiting) :]
    if live and len(live) == _answering(world, stand):
        if turn.service.replicas == 1:  # which no description can help
            raise DrawDeployError(
                "the only instance would be updated in place, so nobody answers meanwhile",
                "use at least 2 replicas, or a strategy that creates new instances beside the old ones",
            )
        raise fault(
            turn.strategy,
            verb,
            f"update would stop all instances of pool {verb.pool} that serve at once, so nobody answers meanwhile",
            "update fewer at a time, with more replicas, or draw the outage: route: {weights: {lost: 100}}",
        )
    stand.put(idle, Phase.READY, turn.number, target)
    stand.put(live, Phase.SERVING, turn.number, target)
    if numbers and not turn.undo:
        world.batches[stand.pool.id] = max(len(numbers), world.batches.get(stand.pool.id, 0))
    environment = turn.environment
    return moved(Verb.UPDATE, stand, numbers, environment.stop_seconds + environment.start_seconds, target)


def _answering(world: World, stand: Stand) -> int:
    """How many instances answer what this pool answers."""
    if not world.by_serving or stand.pool.id in world.matches:
        return stand.serving
    return sum(other.serving for name, other in world.stands.items() if name not in world.matches)


def _remove(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = find(world, verb, turn)
    phases = RUNNING
    if verb.phase:
        known = [phase.value for phase in RUNNING]
        if verb.phase not in known:
            raise fault(
                turn.strategy, verb, f"nothing that is {quoted(verb.phase)} can be removed", nearest(verb.phase, known)
            )
        phases = (Phase(verb.phase),)
    idle = stand.numbers(*(phase for phase in phases if phase is not Phase.SERVING))
    serving = stand.numbers(Phase.SERVING) if Phase.SERVING in phases else []
    what = "on standby" if verb.phase == Phase.STANDBY else verb.phase or "running"
    numbers = take(world, verb, turn, idle + serving, what, f"nothing of it is {what} at this moment")
    if len(numbers) > len(idle):
        raise fault(
            turn.strategy,
            verb,
            f"remove would end {len(numbers) - len(idle)} instances of pool {verb.pool} that still serve users",
            "put them on standby or route elsewhere before; phase: standby removes only what waits",
        )
    stand.put(numbers, Phase.REMOVED, turn.number)
    if not stand.running:
        world.tests.discard(stand.pool.id)
        world.mirrors.pop(stand.pool.id, None)
    return moved(Verb.REMOVE, stand, numbers, turn.environment.stop_seconds)


_VERBS: dict[Verb, Callable[[World, VerbSpec, Turn], list[Move]]] = {
    Verb.CREATE: _create,
    Verb.TEST: _test,
    Verb.ROUTE: route,
    Verb.STANDBY: _standby,
    Verb.RESUME: _resume,
    Verb.UPDATE: _update,
    Verb.OBSERVE: _observe,
    Verb.REMOVE: _remove,
    Verb.MIRROR: mirror,
    Verb.MATCH: match,
    Verb.FLAG: flag,
    Verb.BIND: bind,
    Verb.MIGRATE: migrate,
}
