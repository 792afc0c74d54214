"""Strategy × environment × service → the exact plan.

:func:`expand` is pure: it takes described values and gives a :class:`~drawdeploy.model.Plan`, in which every state,
every rollback and every time is worked out. Steps are taken on a mutable state at work (``world``) that stays inside
this room.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drawdeploy.expand.begin import begin
from drawdeploy.expand.parameters import check_replicas, choose_placement, resolve
from drawdeploy.expand.quiet import without_lost
from drawdeploy.expand.routing import check_able
from drawdeploy.expand.steps import take_steps
from drawdeploy.expand.structure import LOST
from drawdeploy.expand.warn import warnings
from drawdeploy.model import Environment, Outcome, Phase, Plan, Service, State, Step, Strategy
from drawdeploy.value import replace

__all__ = ["expand"]

_NONE: Mapping[str, str] = MappingProxyType({})


def expand(
    strategy: Strategy,
    environment: Environment,
    service: Service,
    *,
    placement: str | None = None,
    parameters: Mapping[str, str] = _NONE,
) -> Plan:
    """Works out every step from the old revision to the new.

    Args:
        strategy: What is done.
        environment: Where.
        service: To what, with its number of replicas.
        placement: Id of one of the environment's placements; ``None`` for the strategy's favourite if the environment
            offers it, else the environment's first.
        parameters: The strategy's parameters as the user wrote them (``{"batch": "25%"}``); defaults for the rest.

    Raises:
        DrawDeployError: A number, name or description that does not work, with a hint.
    """
    check_replicas(service)
    chosen = choose_placement(strategy, environment, placement)
    resolved = resolve(strategy, service, parameters)
    if service.start_seconds is not None:
        environment = replace(environment, start_seconds=service.start_seconds)
    world = begin(strategy, environment, chosen, service)
    if service.affinity:
        for node in dict.fromkeys(world.structure.routers.values()):
            check_able(environment, node, "affinity")
    steps = take_steps(strategy, environment, service, chosen, resolved, world)
    state = world.freeze()
    if world.structure.outage:
        state, steps = without_lost(state, steps)
    return Plan(
        service=service,
        strategy=strategy,
        environment=environment,
        placement=chosen,
        parameters=tuple((value.id, value.shown) for value in resolved),
        begin=state,
        steps=steps,
        outcome=_outcome(state, steps),
        warnings=warnings(strategy, environment, resolved, state, steps),
        asked=tuple((one.id, parameters.get(one.id, one.default).strip()) for one in strategy.parameters),
    )


def _outcome(first: State, steps: tuple[Step, ...]) -> Outcome:
    """How the plan ends if nothing goes wrong."""
    last = steps[-1].after if steps else first
    if last == first:
        return Outcome.UNCHANGED
    if any(route.target == LOST and route.weight for route in last.routes):
        return Outcome.FAILED
    running = [i for pool in last.pools for i in pool.instances if i.phase.running]
    promoted = all(i.revision == "new" and i.phase is Phase.SERVING for i in running)
    return Outcome.PROMOTED if promoted else Outcome.WAITING
