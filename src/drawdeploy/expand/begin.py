"""Where everything stands before the first step: pools at their sites, slots numbered, live routes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.faults import nearest, quoted
from drawdeploy.expand.structure import LOST, TESTER, Structure
from drawdeploy.expand.world import Stand, World
from drawdeploy.model import (
    Environment,
    Instance,
    Phase,
    Placement,
    Pool,
    PoolSpec,
    RepeatSpec,
    Service,
    Site,
    Strategy,
    Verb,
    VerbSpec,
)


def begin(strategy: Strategy, environment: Environment, placement: Placement, service: Service) -> World:
    """The world before the first step.

    Raises:
        DrawDeployError: Fewer replicas than scopes, or a placement that does not fit strategy, environment and service.
    """
    sites = {site.id: site for site in environment.sites}
    replicas = service.replicas
    parts = counted(placement, service, sites) if service.counts else split(environment, placement, replicas)
    scopes = [_scope(strategy, placement, dict(scope), sites) for scope in placement.rounds]
    sizes: dict[tuple[str, str], int] = {}
    for scope, part in zip(scopes, parts, strict=True):
        for spec_id, site in scope.items():
            if (spec_id, site) in sizes:
                raise DrawDeployError(
                    f"placement {placement.id} of {environment.id} uses site {site} for pool {spec_id} twice",
                    "each round of a placement needs sites of its own",
                )
            sizes[spec_id, site] = part
    firsts = _first_numbers(strategy, placement, environment, sizes)
    stands: dict[str, Stand] = {}
    for site_id in sites:
        for spec in strategy.pools:
            if (spec.id, site_id) in sizes:
                pool = _pool(spec, site_id, firsts[spec.id, site_id], sizes[spec.id, site_id])
                stands[pool.id] = Stand(pool, spec.id)
    full = next((spec.id for spec in strategy.pools if spec.begins_full), "")
    if not full:
        raise DrawDeployError(
            f"no pool of {strategy.id} holds the running instances", "let one of its pools begin with all of them"
        )
    verbs = list(_verbs(strategy))
    services = dict.fromkeys(verb.name for verb in verbs if verb.verb is Verb.BIND)
    return World(
        Structure(
            entry=environment.entry,
            routers={name: sites[stand.pool.site].router for name, stand in stands.items()},
            parts=tuple(Fraction(part, replicas) for part in parts),
            scopes=tuple({spec: _pool_id(spec, site) for spec, site in scope.items()} for scope in scopes),
            switch={node.id: node.switch_seconds for node in environment.nodes},
            tester=any(actor.id == TESTER for actor in environment.actors),
            splitters=tuple(splitter(environment, scope, sites) for scope in scopes),
            outage=any(pool == LOST for verb in verbs for pool, _ in verb.weights),
            flags=tuple(dict.fromkeys(verb.name for verb in verbs if verb.verb is Verb.FLAG)),
            services=tuple(
                ((index, name), _pool_id(full, scope[full])) for index, scope in enumerate(scopes) for name in services
            ),
        ),
        stands,
    )


def _verbs(strategy: Strategy) -> Iterator[VerbSpec]:
    """All verbs of a strategy, those of its authors' own ways back included."""
    for part in strategy.body:
        for step in part.steps if isinstance(part, RepeatSpec) else (part,):
            yield from step.verbs
            yield from step.undo


def splitter(environment: Environment, scope: dict[str, str], sites: dict[str, Site]) -> str:
    """The node that divides the traffic of a scope."""
    routers = {sites[site].router for site in scope.values()}
    return routers.pop() if len(routers) == 1 or not environment.entry else environment.entry[-1]


def counted(placement: Placement, service: Service, sites: dict[str, Site]) -> tuple[int, ...]:
    """How many replicas belong to each scope, if the service says how many stand at each site.

    Raises:
        DrawDeployError: The counts do not add up, or do not go with the placement.
    """
    counts = dict(service.counts)
    for site in counts:
        if site not in sites:
            raise DrawDeployError(
                f"the service counts instances at an unknown site {quoted(site)}", nearest(site, sites)
            )
    total = sum(counts.values())
    if total != service.replicas:
        raise DrawDeployError(
            f"the service counts {total} instances over its sites, but has {service.replicas} replicas",
            "let both be the same, or leave the replicas out",
        )
    homes = [dict(scope).get("old", "") for scope in placement.rounds]
    parts = tuple(counts.pop(home, 0) for home in homes)
    if stray := [site for site, count in counts.items() if count]:
        raise DrawDeployError(
            f"the service has instances at {stray[0]}, where placement {placement.id} has none of the old version",
            "use a placement in which the old version stands at all of its sites",
        )
    if 0 in parts:
        raise DrawDeployError(
            f"the service has no instance at {homes[parts.index(0)]}, where placement {placement.id} needs one",
            "count at least 1 there, or use another placement",
        )
    return parts


def split(environment: Environment, placement: Placement, replicas: int) -> tuple[int, ...]:
    """How many replicas belong to each scope: nearly even, the larger parts first in the order of ``split``."""
    scopes = len(placement.rounds)
    if not scopes:
        raise DrawDeployError(f"placement {placement.id} names no site", "give it at least one round")
    if replicas < scopes:
        others = [f"--placement {other.id}" for other in environment.placements if 0 < len(other.rounds) <= replicas]
        raise DrawDeployError(
            f"{replicas} replica{'s' if replicas != 1 else ''} cannot be split over {scopes} sites",
            " or ".join([f"use at least {scopes} replicas", *others]),
        )
    order = sorted(range(scopes), key=lambda index: _rank(placement, index))
    small, larger = divmod(replicas, scopes)
    parts = [small] * scopes
    for index in order[:larger]:
        parts[index] += 1
    return tuple(parts)


def _rank(placement: Placement, index: int) -> int:
    places = [placement.split.index(site) for _, site in placement.rounds[index] if site in placement.split]
    return min(places, default=len(placement.split))


def _scope(strategy: Strategy, placement: Placement, scope: dict[str, str], sites: dict[str, Site]) -> dict[str, str]:
    """The site of each of the strategy's pools in one scope."""
    for spec in strategy.pools:
        if spec.revision not in scope:
            raise DrawDeployError(
                f"placement {placement.id} has no site for revision {quoted(spec.revision)} of pool {spec.id}",
                nearest(spec.revision, scope),
            )
        if scope[spec.revision] not in sites:
            raise DrawDeployError(
                f"placement {placement.id} names an unknown site {quoted(scope[spec.revision])}",
                nearest(scope[spec.revision], sites),
            )
    return {spec.id: scope[spec.revision] for spec in strategy.pools}


def _first_numbers(
    strategy: Strategy, placement: Placement, environment: Environment, sizes: dict[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """Number of the first instance of each pool: numbers count over a role, sites in the order of ``split``."""
    rest = [site.id for site in environment.sites if site.id not in placement.split]
    firsts: dict[tuple[str, str], int] = {}
    counted: dict[str, int] = {}
    for site_id in [*placement.split, *rest]:
        for spec in strategy.pools:
            if (spec.id, site_id) in sizes:
                firsts[spec.id, site_id] = counted.get(spec.role, 0) + 1
                counted[spec.role] = counted.get(spec.role, 0) + sizes[spec.id, site_id]
    return firsts


def _pool_id(spec_id: str, site_id: str) -> str:
    return f"{spec_id}@{site_id}"


def _pool(spec: PoolSpec, site_id: str, first: int, size: int) -> Pool:
    phase = Phase.SERVING if spec.begins_full else Phase.PLANNED
    slots = tuple(Instance(number, spec.revision, phase) for number in range(first, first + size))
    return Pool(_pool_id(spec.id, site_id), spec.role, spec.revision, site_id, slots)
