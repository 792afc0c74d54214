"""The verbs: each changes the world at work, or says in its description's words why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from drawdeploy.expand.faults import fault, nearest, quoted
from drawdeploy.expand.turn import Turn, exact
from drawdeploy.expand.world import FREE, RUNNING, Stand, World
from drawdeploy.model import Move, Phase, Verb, VerbSpec


def apply(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Carries out one verb.

    Raises:
        DrawDeployError: Its pre-condition does not hold.
    """
    act = _VERBS.get(verb.verb)
    if act is None:
        done = ", ".join(_VERBS)
        raise fault(turn.strategy, verb, f"{verb.verb} is not in this release yet", f"there are {done}")
    return act(world, verb, turn)


def _stand(world: World, verb: VerbSpec, turn: Turn) -> Stand:
    if verb.pool not in turn.pools:
        raise fault(turn.strategy, verb, f"unknown pool {quoted(verb.pool)}", nearest(verb.pool, turn.pools))
    return world.stands[turn.pools[verb.pool]]


def _take(world: World, verb: VerbSpec, turn: Turn, candidates: list[int], what: str, hint: str) -> list[int]:
    """As many of the candidates, from the first on, as the verb asks for."""
    if verb.count is None:
        if not candidates:
            raise fault(turn.strategy, verb, f"pool {verb.pool} has nothing that is {what}", hint)
        return candidates
    value = turn.evaluate(verb.count, world, verb.line, verb.column)
    count = exact(value)
    if not isinstance(count, int) or isinstance(count, bool):
        raise fault(
            turn.strategy,
            verb,
            f"{quoted(verb.count.source, 80)} gives {quoted(value)}, which is no whole number of instances",
            "round it: // divides without a remainder",
        )
    if count < 0:
        raise fault(
            turn.strategy, verb, f"{quoted(verb.count.source, 80)} gives {count} instances", "it must be 0 or more"
        )
    if count > len(candidates):
        raise fault(
            turn.strategy,
            verb,
            f"pool {verb.pool} has only {len(candidates)} of {count} instances that are {what}",
            hint,
        )
    return candidates[:count]


def _moved(verb: Verb, stand: Stand, numbers: list[int], seconds: int = 0) -> list[Move]:
    return [Move(verb, stand.pool.id, tuple(sorted(numbers)), seconds)] if numbers else []


def _create(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = _stand(world, verb, turn)
    hint = f"it has {len(stand.slots)} places; remove some first, or create fewer"
    numbers = _take(world, verb, turn, stand.numbers(*FREE), "still to be created", hint)
    stand.put(numbers, Phase.READY, turn.number)
    return _moved(Verb.CREATE, stand, numbers, turn.environment.start_seconds)


def _test(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = _stand(world, verb, turn)
    if verb.off:
        if stand.pool.id not in world.tests:
            raise fault(turn.strategy, verb, f"no test of pool {verb.pool} is on", "begin it with test before")
        world.tests.discard(stand.pool.id)
    else:
        if not stand.running:
            raise fault(turn.strategy, verb, f"pool {verb.pool} has nothing to test", "create it before")
        world.tests.add(stand.pool.id)
    return [Move(Verb.TEST, stand.pool.id, off=verb.off)]


def _route(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Changes the weights. Its seconds are set at the end of the step, when all changes of weights are known."""
    if verb.by_serving:
        for pool_id in turn.pools.values():
            stand = world.stands[pool_id]
            stand.put(stand.numbers(Phase.READY), Phase.SERVING, turn.number)
        world.by_serving = True
        if not world.serving:
            raise fault(turn.strategy, verb, "there is nothing to route to", "create or resume something before")
        world.balance()
        return [Move(Verb.ROUTE)]
    shares = _scope_shares(world, verb, turn)
    for pool_id, share in shares.items():
        stand = world.stands[pool_id]
        if share:
            waiting = (Phase.READY,) if world.shares[pool_id] else (Phase.READY, Phase.STANDBY)
            stand.put(stand.numbers(*waiting), Phase.SERVING, turn.number)
            if not stand.serving:
                raise fault(
                    turn.strategy, verb, f"route to pool {stand.spec}, which has nothing ready", "create it before"
                )
        else:
            stand.put(stand.numbers(Phase.SERVING), Phase.STANDBY, turn.number)
    world.shares = _merge(world, turn, shares)
    world.by_serving = False
    return [Move(Verb.ROUTE)]


def _scope_shares(world: World, verb: VerbSpec, turn: Turn) -> dict[str, Fraction]:
    """Weights set by hand, as parts of all traffic: percents of the part that belongs to the scope."""
    part = world.structure.parts[turn.scope]
    shares = dict.fromkeys(turn.pools.values(), Fraction(0))
    for spec, expression in verb.weights:
        if spec not in turn.pools:
            raise fault(turn.strategy, verb, f"unknown pool {quoted(spec)}", nearest(spec, turn.pools))
        value = turn.evaluate(expression, world, verb.line, verb.column)
        weight = exact(value)
        if isinstance(weight, str | bool) or weight is None or not 0 <= weight <= 100:
            raise fault(
                turn.strategy,
                verb,
                f"the weight of pool {spec} is {quoted(value)}",
                "it is a percentage, a number from 0 to 100",
            )
        shares[turn.pools[spec]] = Fraction(weight) / 100 * part
    total = sum(shares.values(), Fraction(0))
    if total != part:
        raise fault(
            turn.strategy,
            verb,
            f"the weights sum to {float(total / part * 100):g} percent",
            "they must sum to 100; a pool that is not named gets 0",
        )
    return shares


def _merge(world: World, turn: Turn, shares: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The shares of all scopes: this one's as given, the others' within their own part as they were."""
    merged = dict(shares)
    for index, pools in enumerate(world.structure.scopes):
        if index == turn.scope:
            continue
        now = sum((world.shares[pool_id] for pool_id in pools.values()), Fraction(0))
        part = world.structure.parts[index]
        merged.update({p: world.shares[p] * part / now if now else Fraction(0) for p in pools.values()})
    return {pool_id: merged[pool_id] for pool_id in world.stands}


def _standby(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = _stand(world, verb, turn)
    last_first = stand.numbers(Phase.SERVING)[::-1]
    numbers = _take(world, verb, turn, last_first, "serving", "ask for at most what serves, as in min(n, pool.serving)")
    stand.put(numbers, Phase.STANDBY, turn.number)
    return _moved(Verb.STANDBY, stand, numbers)


def _resume(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = _stand(world, verb, turn)
    numbers = _take(world, verb, turn, stand.numbers(Phase.STANDBY), "on standby", "put some on standby before")
    if numbers and not world.by_serving and not world.shares[stand.pool.id]:
        raise fault(turn.strategy, verb, f"nothing is routed to pool {verb.pool}", "route to it instead of resume")
    stand.put(numbers, Phase.SERVING, turn.number)
    return _moved(Verb.RESUME, stand, numbers)


def _observe(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    return [Move(Verb.OBSERVE, seconds=verb.seconds)]


def _remove(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    stand = _stand(world, verb, turn)
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
    numbers = _take(world, verb, turn, idle + serving, what, f"nothing of it is {what} at this moment")
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
    return _moved(Verb.REMOVE, stand, numbers, turn.environment.stop_seconds)


_VERBS: dict[Verb, Callable[[World, VerbSpec, Turn], list[Move]]] = {
    Verb.CREATE: _create,
    Verb.TEST: _test,
    Verb.ROUTE: _route,
    Verb.STANDBY: _standby,
    Verb.RESUME: _resume,
    Verb.OBSERVE: _observe,
    Verb.REMOVE: _remove,
}
