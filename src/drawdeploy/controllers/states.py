"""Moments to states: pools at their sites, phases, and the routes that weights mean in an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from drawdeploy.controllers import slots as slots_of
from drawdeploy.controllers.course import Course, Group, Moment
from drawdeploy.controllers.slots import Slot, Slots
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.begin import splitter
from drawdeploy.expand.structure import LOST, TESTER, Structure
from drawdeploy.model import Environment, Instance, Phase, Placement, Pool, State
from drawdeploy.value import Value

_PHASES = {
    slots_of.STARTING: Phase.STARTING,
    slots_of.FAILED: Phase.FAILED,
    slots_of.STOPPING: Phase.STOPPING,
}
_NONE = Fraction(0)


class Stage(Value):
    """Where a course takes place.

    Attributes:
        pools: Id of the pool of each group (``stable`` → ``stable@cluster``).
        first: Number of the first instance of each group.
        outage: Whether traffic is lost at any moment.
    """

    groups: tuple[Group, ...]
    pools: Mapping[str, str]
    sites: Mapping[str, str]
    first: Mapping[str, int]
    room: Mapping[str, int]
    structure: Structure


def stage(course: Course, moments: Sequence[Moment], environment: Environment, placement: Placement) -> Stage:
    """Sets up the pools of a course on the sites of an environment.

    Args:
        course: What happens.
        moments: Its moments, and those of all ways back: pools must hold the most that any of them has.
        environment: Where.
        placement: One of its placements, of one round: a controller works in one go.

    Raises:
        DrawDeployError: The placement takes several rounds.
    """
    if len(placement.rounds) != 1:
        one = [p.id for p in environment.placements if len(p.rounds) == 1]
        raise DrawDeployError(
            f"placement {placement.id} works through the sites in turn, but a controller moves all it has at once",
            f"--placement {one[0]}" if one else "use an environment whose placement has one round",
        )
    scope = dict(placement.rounds[0])
    routers = {site.id: site.router for site in environment.sites}
    sites = {group.id: scope["old" if group.revision == "old" else "new"] for group in course.groups}
    pools = {group.id: f"{group.id}@{sites[group.id]}" for group in course.groups}
    room = slots_of.sizes(course.groups, moments)
    first: dict[str, int] = {}
    counted: dict[str, int] = {}
    for group in course.groups:
        first[group.id] = counted.get(group.role, 0) + 1
        counted[group.role] = counted.get(group.role, 0) + room[group.id]
    structure = Structure(
        entry=environment.entry,
        routers={pools[name]: routers[site] for name, site in sites.items()},
        parts=(Fraction(1),),
        scopes=(pools,),
        switch={node.id: node.switch_seconds for node in environment.nodes},
        tester=any(actor.id == TESTER for actor in environment.actors),
        splitters=(splitter(environment, scope, {site.id: site for site in environment.sites}),),
        outage=any(_lost(moment) for moment in moments),
    )
    return Stage(course.groups, pools, sites, first, room, structure)


def freeze(on: Stage, moment: Moment, slots: Slots, turn: int, before: State | None) -> State:
    """The state at a moment; a pool in which nothing changed is the same object as before."""
    live = slots_of.reached(moment)
    known = {pool.id: pool for pool in before.pools} if before else {}
    pools = tuple(_pool(on, group, slots[group.id], group.id in live, turn, known) for group in on.groups)
    shares = {on.pools[name]: part for name, part in _shares(moment, on).items()}
    matches: dict[str, tuple[Fraction, str]] = {}
    for name, rule, part in moment.matches:
        was = matches.get(on.pools[name], (_NONE, ""))
        matches[on.pools[name]] = (was[0] + part, " | ".join(text for text in (was[1], rule) if text))
    routes = on.structure.routes(
        shares,
        (_lost(moment),),
        matches,
        {on.pools[name]: part for name, part in moment.mirrors},
        [on.pools[name] for name in moment.tests],
    )
    services = tuple((name, on.pools[pool]) for name, pool in moment.services if pool in on.pools)
    return State(pools=pools, routes=routes, services=services)


def _pool(on: Stage, group: Group, slots: tuple[Slot, ...], live: bool, turn: int, known: Mapping[str, Pool]) -> Pool:
    name, first = on.pools[group.id], on.first[group.id]
    old = known.get(name)
    made = []
    for index, slot in enumerate(slots):
        phase = _phase(slot, live)
        number, revision, generation = first + index, slot.revision or group.revision, max(1, slot.generation)
        was = old.instances[index] if old else None
        if was and (was.revision, was.phase, was.generation) == (revision, phase, generation):
            made.append(was)
        else:
            made.append(Instance(number, revision, phase, generation, turn))
    if old and all(now is was for now, was in zip(made, old.instances, strict=True)):
        return old
    return Pool(name, group.role, group.revision, on.sites[group.id], tuple(made))


def _phase(slot: Slot, live: bool) -> Phase:
    if not slot.kind:
        return Phase.REMOVED if slot.generation else Phase.PLANNED
    if slot.kind == slots_of.AVAILABLE:
        return Phase.SERVING if live else Phase.STANDBY if slot.served else Phase.READY
    return _PHASES[slot.kind]


def _available(moment: Moment) -> dict[str, int]:
    found: dict[str, int] = {}
    for crowd in moment.crowds:
        found[crowd.pool] = found.get(crowd.pool, 0) + crowd.available
    return found


def _shares(moment: Moment, on: Stage) -> dict[str, Fraction]:
    """The part of the live traffic of each group: its weight, or in proportion to who is available."""
    there = _available(moment)
    if moment.weights:
        given = dict(moment.weights)
        return {name: given.get(name, _NONE) if there.get(name) else _NONE for name in on.pools}
    total = sum(there.values())
    return {name: Fraction(there.get(name, 0), total) if total else _NONE for name in on.pools}


def _lost(moment: Moment) -> Fraction:
    """The part that nobody answers: what a weight sends to a pool without anybody available."""
    there = _available(moment)
    if moment.weights:
        return sum((part for name, part in moment.weights if name == LOST or not there.get(name)), _NONE)
    return Fraction(0 if any(there.values()) else 1)
