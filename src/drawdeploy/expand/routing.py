"""The verbs that send requests elsewhere: route, match, mirror."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from drawdeploy.expand.faults import Unable, fault, nearest, quoted
from drawdeploy.expand.structure import LOST
from drawdeploy.expand.take import find, percent_of
from drawdeploy.expand.turn import Turn
from drawdeploy.expand.world import World
from drawdeploy.model import Environment, Move, Node, Phase, Verb, VerbSpec

_WHOLE = Fraction(1)
_CANNOT = {
    "weights": "cannot send a part of the traffic one way and the rest another",
    "match": "cannot route by what a request carries",
    "mirror": "cannot mirror live traffic",
    "affinity": "cannot keep users with the instance that answered them first",
}


def check_able(environment: Environment, node_id: str, ability: str, *, spread: bool = False) -> None:
    """Refuses what a router cannot do.

    Args:
        environment: Where.
        node_id: The router, or the node before several routers.
        ability: What it has to do.
        spread: Whether the pools stand behind several routers, which only the node before those could join.

    Raises:
        DrawDeployError: It cannot.
    """
    node = next((node for node in environment.nodes if node.id == node_id), None)
    if node is not None and (ability not in node.can or spread):
        raise Unable(f"{node.title.en} {_CANNOT[ability]}", _instead(node, ability, spread=spread), ability)


def _instead(node: Node, ability: str, *, spread: bool) -> str:
    if spread:
        return "both versions must stand behind one router for that: choose another placement"
    return f"choose an environment whose router can (its node says 'can: [{ability}]'), or another strategy"


def route(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
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
    shares, lost = _scope_shares(world, verb, turn)
    for pool_id, share in shares.items():
        stand = world.stands[pool_id]
        if share:
            waiting = (Phase.READY,) if world.shares[pool_id] else (Phase.READY, Phase.STANDBY)
            stand.put(stand.numbers(*waiting), Phase.SERVING, turn.number)
            if not stand.serving:
                raise fault(
                    turn.strategy, verb, f"route to pool {stand.spec}, which has nothing ready", "create it before"
                )
        elif pool_id not in world.matches:
            stand.put(stand.numbers(Phase.SERVING), Phase.STANDBY, turn.number)
    _merge(world, turn, shares, lost)
    world.by_serving = False
    return [Move(Verb.ROUTE)]


def _scope_shares(world: World, verb: VerbSpec, turn: Turn) -> tuple[dict[str, Fraction], Fraction]:
    """Weights set by hand, as parts of all traffic: percents of the part that belongs to the scope."""
    part = world.structure.parts[turn.scope]
    shares = dict.fromkeys(turn.pools.values(), Fraction(0))
    lost = Fraction(0)
    for spec, expression in verb.weights:
        if spec not in turn.pools and spec != LOST:
            raise fault(turn.strategy, verb, f"unknown pool {quoted(spec)}", nearest(spec, turn.pools))
        what = "what is lost" if spec == LOST else f"the weight of pool {spec}"
        share = percent_of(expression, world, verb, turn, what) * part
        if spec == LOST:
            lost = share
        else:
            shares[turn.pools[spec]] = share
    total = sum(shares.values(), lost)
    if total != part:
        raise fault(
            turn.strategy,
            verb,
            f"the weights sum to {float(total / part * 100):g} percent",
            "they must sum to 100; a pool that is not named gets 0",
        )
    if sum(map(bool, shares.values())) > 1:
        check_able(turn.environment, world.structure.splitters[turn.scope], "weights")
    return shares, lost


def _merge(world: World, turn: Turn, shares: Mapping[str, Fraction], lost: Fraction) -> None:
    """Sets the shares of all scopes: this one's as given, the others' within their own part as they were."""
    merged, gone = dict(shares), list(world.lost)
    gone[turn.scope] = lost
    for index, pools in enumerate(world.structure.scopes):
        if index == turn.scope:
            continue
        now = sum((world.shares[pool_id] for pool_id in pools.values()), world.lost[index])
        factor = world.structure.parts[index] / now if now else Fraction(0)
        merged.update({p: world.shares[p] * factor for p in pools.values()})
        gone[index] = world.lost[index] * factor
    world.shares = {pool_id: merged[pool_id] for pool_id in world.stands}
    world.lost = gone


def match(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Lets the requests of a rule reach a pool, whatever the weights."""
    stand = find(world, verb, turn)
    pool_id = stand.pool.id
    if verb.off:
        if pool_id not in world.matches:
            raise fault(turn.strategy, verb, f"no rule leads to pool {verb.pool}", "begin it with match before")
        del world.matches[pool_id]
        if not world.shares[pool_id]:
            stand.put(stand.numbers(Phase.SERVING), Phase.STANDBY, turn.number)
        return [Move(Verb.MATCH, pool_id, off=True)]
    _check_near(world, turn, "match")
    if verb.percent is None or not verb.rule:
        raise fault(turn.strategy, verb, "match needs a rule and a percentage", "percent: 5, rule: cookie group=b")
    part = percent_of(verb.percent, world, verb, turn, f"the part of the requests that match {quoted(verb.rule)}")
    if not part:
        raise fault(turn.strategy, verb, f"the rule {quoted(verb.rule)} matches nothing", "off: true ends a match")
    pools = turn.pools.values()
    others = sum((weight for p, (weight, _) in world.matches.items() if p in pools and p != pool_id), Fraction(0))
    if others + part > _WHOLE:
        raise fault(
            turn.strategy,
            verb,
            f"the rules together match {float((others + part) * 100):g} percent of the requests",
            "a request can match one of them only: at most 100",
        )
    if world.by_serving and world.shares[pool_id]:
        hint = "route with percentages before, or to it by the rule alone"
        raise fault(turn.strategy, verb, f"pool {verb.pool} gets its part of all requests by what serves", hint)
    waiting = (Phase.READY,) if world.reached(pool_id) else (Phase.READY, Phase.STANDBY)
    stand.put(stand.numbers(*waiting), Phase.SERVING, turn.number)
    if not stand.serving:
        raise fault(
            turn.strategy, verb, f"a rule leads to pool {verb.pool}, which has nothing ready", "create it before"
        )
    world.matches[pool_id] = (part, verb.rule)
    return [Move(Verb.MATCH, pool_id, value=f"{verb.rule} · {_shown(part)}")]


def mirror(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Copies live requests to a pool, whose answers nobody gets."""
    stand = find(world, verb, turn)
    pool_id = stand.pool.id
    if verb.off:
        if pool_id not in world.mirrors:
            raise fault(turn.strategy, verb, f"nothing is mirrored to pool {verb.pool}", "begin it with mirror before")
        del world.mirrors[pool_id]
        return [Move(Verb.MIRROR, pool_id, off=True)]
    _check_near(world, turn, "mirror")
    part = percent_of(verb.percent, world, verb, turn, "the part that is mirrored") if verb.percent else _WHOLE
    if not part:
        raise fault(turn.strategy, verb, "0 percent of the requests are mirrored", "off: true ends it")
    if not stand.running:
        raise fault(turn.strategy, verb, f"mirror to pool {verb.pool}, which has nothing running", "create it before")
    world.mirrors[pool_id] = part
    return [Move(Verb.MIRROR, pool_id, value=_shown(part))]


def _check_near(world: World, turn: Turn, ability: str) -> None:
    """Whether the pools of a scope stand behind one router, and it has the ability."""
    routers = {world.structure.routers[pool_id] for pool_id in turn.pools.values()}
    check_able(turn.environment, world.structure.splitters[turn.scope], ability, spread=len(routers) > 1)


def _shown(part: Fraction) -> str:
    return f"{float(part * 100):g} %"
