"""What must hold whenever a step or a stage of a way back ends, and how long its changes of routing take."""

from __future__ import annotations

from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.faults import fault_at
from drawdeploy.expand.world import World
from drawdeploy.model import Move, Shift, Strategy, Verb
from drawdeploy.value import replace

_CAUSES = frozenset({Verb.MATCH, Verb.MIRROR, Verb.STANDBY, Verb.RESUME, Verb.REMOVE})
"""What changes routes besides ``route`` itself."""


def check_end(strategy: Strategy, world: World, place: tuple[int, int], name: str) -> None:
    """All traffic goes somewhere, and only to what serves.

    Raises:
        DrawDeployError: It does not, and no outage is drawn.
    """

    def fault(message: str, hint: str) -> DrawDeployError:
        return fault_at(strategy, *place, f"after {name} {message}", hint)

    if not world.serving and not world.outage:
        hint = "route to something before the last one stops serving, or draw the outage: route: {weights: {lost: 100}}"
        raise fault("nothing serves any more", hint)
    for pool_id, stand in world.stands.items():
        reached = world.reached(pool_id)
        if reached and not stand.serving:
            raise fault(f"traffic goes to pool {stand.spec}, where nothing serves", "route elsewhere in the same step")
        if stand.serving and not reached:
            raise fault(f"pool {stand.spec} serves but no traffic goes there", "route to it, or put it on standby")
        if stand.serving and pool_id in world.mirrors:
            raise fault(
                f"pool {stand.spec} serves and gets mirrored requests too", "end it before: mirror: {off: true}"
            )
    for scope in world.structure.scopes if world.matches else ():
        pools = scope.values()
        if sum(world.matches[pool][0] for pool in pools if pool in world.matches) == 1:
            for pool in pools:
                if world.stands[pool].serving and pool not in world.matches:
                    spec = world.stands[pool].spec
                    hint = "route to what shall have all of them, without a rule"
                    raise fault(f"rules match all requests, so pool {spec} serves and gets none", hint)
    if sum(world.shares.values(), world.outage) != 1:
        raise fault("some traffic goes nowhere", "let the weights sum to 100")


def timed(moves: list[Move], seconds: int, shifts: tuple[Shift, ...]) -> list[Move]:
    """Gives the last move that can change weights the new weights, and the time until they hold."""
    if not seconds and not shifts:
        return moves
    causes = [i for i, move in enumerate(moves) if move.verb is Verb.ROUTE] or [
        i for i, move in enumerate(moves) if move.verb in _CAUSES
    ]
    timed = list(moves)
    for index in causes[-1:]:
        timed[index] = replace(timed[index], seconds=timed[index].seconds + seconds, shifts=shifts)
    return timed
