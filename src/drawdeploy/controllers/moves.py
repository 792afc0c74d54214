"""What was done between two states, as moves: who was created and removed, what was routed where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from drawdeploy.controllers.states import Stage
from drawdeploy.model import Instance, Move, Phase, Pool, Route, RouteKind, State, Verb
from drawdeploy.value import replace

_UP = (Phase.STARTING, Phase.READY, Phase.SERVING, Phase.STANDBY, Phase.FAILED)


def of_step(on: Stage, states: Sequence[State]) -> tuple[Move, ...]:
    """The moves of a step that went through several states: what is done again and again is told once.

    Args:
        on: Where it takes place.
        states: The state before, those on the way, and the one after.
    """
    known: dict[tuple[Verb, str], Move] = {}
    for before, after in pairwise(states):
        for move in _all_instances(before, after):
            old = known.get((move.verb, move.pool))
            numbers = tuple(dict.fromkeys((*old.numbers, *move.numbers))) if old else move.numbers
            known[move.verb, move.pool] = replace(move, numbers=tuple(sorted(numbers)))
    return (*known.values(), *_routing(on, states[0], states[-1]))


def _all_instances(before: State, after: State) -> list[Move]:
    moves: list[Move] = []
    for was, now in zip(before.pools, after.pools, strict=True):
        if was is not now:
            moves += _instances(was, now)
    # First who comes, then who goes: so do controllers.
    order = {Verb.CREATE: 0, Verb.UPDATE: 1, Verb.RESUME: 2, Verb.STANDBY: 3, Verb.REMOVE: 4}
    return sorted(moves, key=lambda move: order[move.verb])


def _instances(was: Pool, now: Pool) -> Iterator[Move]:
    pairs = list(zip(was.instances, now.instances, strict=True))

    def those(verb: Verb, test: Callable[[Instance, Instance], bool]) -> Iterator[Move]:
        numbers = tuple(new.number for old, new in pairs if test(old, new))
        if numbers:
            yield Move(verb, now.id, numbers)

    def other(old: Instance, new: Instance) -> bool:
        return old.generation != new.generation and new.phase.running

    yield from those(
        Verb.CREATE,
        lambda old, new: new.phase.running and (not old.phase.running or other(old, new)) and _fresh(old, new),
    )
    yield from those(Verb.UPDATE, lambda old, new: old.phase.running and other(old, new) and not _fresh(old, new))
    yield from those(Verb.RESUME, lambda old, new: old.phase is Phase.STANDBY and new.phase is Phase.SERVING)
    yield from those(Verb.STANDBY, lambda old, new: old.phase is Phase.SERVING and new.phase is Phase.STANDBY)
    yield from those(
        Verb.REMOVE,
        lambda old, new: (
            (old.phase in _UP and new.phase is Phase.STOPPING) or (old.phase in _UP and not new.phase.running)
        ),
    )


def _fresh(old: Instance, new: Instance) -> bool:
    """Whether the new one took an empty place, or that of one of its own revision."""
    return not old.phase.running or old.revision == new.revision


def _routing(on: Stage, before: State, after: State) -> Iterator[Move]:
    shifts = on.structure.shifts(before.routes, after.routes)
    seconds = on.structure.switch_seconds(before.routes, after.routes)
    for kind, verb in ((RouteKind.TEST, Verb.TEST), (RouteKind.MIRROR, Verb.MIRROR), (RouteKind.MATCH, Verb.MATCH)):
        old, new = (_of(state, kind) for state in (before, after))
        for target, route in new.items():
            if target not in old or (route.weight, route.rule) != (old[target].weight, old[target].rule):
                yield Move(verb, target, value=_value(route))
        yield from (Move(verb, target, off=True) for target in old if target not in new)
    if shifts:
        yield Move(Verb.ROUTE, seconds=seconds, shifts=shifts)
    bound = dict(before.services)
    for name, pool in after.services:
        if bound.get(name) != pool:
            yield Move(Verb.BIND, pool, value=name)


def _of(state: State, kind: RouteKind) -> dict[str, Route]:
    return {route.target: route for route in state.routes if route.kind is kind}


def _value(route: Route) -> str:
    if route.kind is RouteKind.MATCH:
        return route.rule
    return f"{float(route.weight * 100):g} %" if route.kind is RouteKind.MIRROR else ""
