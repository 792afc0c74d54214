"""YAML to an :class:`~drawdeploy.model.Environment`: sites of its own, or put together from what is on the shelf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from drawdeploy.describe.compose import (
    Nodes,
    Place,
    Shelf,
    actors_of,
    read_places,
    site_like,
    title_of,
    unusual_kits,
    zones_of,
)
from drawdeploy.describe.fields import Fields, document
from drawdeploy.describe.reader import Reader
from drawdeploy.describe.things import MAX_CAPACITY, NO_TEXT, SITE_KINDS, Things
from drawdeploy.model import Environment, Link, NodeKind, Placement, Service, Site
from drawdeploy.source import MapNode
from drawdeploy.source import Node as Written
from drawdeploy.value import replace

__all__ = ["MAX_CAPACITY", "read_environment"]

MAX_SITES, MAX_NODES, MAX_ACTORS, MAX_ZONES = 8, 24, 8, 6
_REVISIONS = ("old", "new")
_BEFORE = (NodeKind.USERS, NodeKind.DNS, NodeKind.CDN, NodeKind.FIREWALL, NodeKind.GSLB)
"""What the way of the users to a router may lead over."""


def read_environment(
    text: str,
    name: str,
    service: Service,
    capacity: int | None = None,
    *,
    folder: Path | None = None,
    shelf: Shelf | None = None,
    chosen: Mapping[str, Sequence[str]] | None = None,
    called: str = "",
) -> Environment:
    """An environment from its description, for a service.

    Args:
        text: YAML.
        name: Name of the file, for faults.
        service: What is deployed; a capacity may depend on its replicas.
        capacity: As in :func:`drawdeploy.describe.load_environment`.
        folder: Where the file lies, for icons of its own.
        shelf: Where to find what its sites use.
        chosen: By option, the names of what its sites are to use instead of the usual.
        called: The name it must have; empty for any.

    Raises:
        DrawDeployError: All faults of the description, each with its position; or a choice that it does not offer.
    """
    reader = Reader(text, name)
    things = Things(reader, folder)
    fields = document(reader, "Environment")
    ident = fields.must("name", reader.slug, "")
    if called and ident and ident != called:
        message = f"its name is '{ident}', but the file is called '{called}'"
        reader.fault(fields.node("name"), message, "make both the same")
    places = read_places(fields, things, shelf, chosen or {}, ident)
    kits = tuple({place.kit.id: place.kit for place in places if place.kit}.values())
    zones = zones_of(things.zones(fields), kits)
    told = Nodes(things, places, tuple(zone.id for zone in zones))
    for one in fields.mappings("nodes", needed=not kits):
        told.read(one)
    told.add_usual()
    sites = tuple(_site(place, things, service, told) for place in places)
    actors = actors_of(tuple(things.actor(one) for one in fields.mappings("actors")), kits if len(places) == 1 else ())
    links = tuple(link for one in fields.mappings("links") if (link := _link(one, things, places, told)))
    _check_sizes(fields, sites=(sites, MAX_SITES), nodes=(told.all, MAX_NODES), actors=(actors, MAX_ACTORS))
    if len(zones) > MAX_ZONES:
        reader.fault(fields.where, f"more than {MAX_ZONES} zones", "join those that are alike")
    _check_sites(reader, sites, places, {node.id: node.kind for node in told.all})
    times = fields.mapping("times")
    start = max((kit.start_seconds for kit in kits), default=60)
    stop = max((kit.stop_seconds for kit in kits), default=15)
    advice = tuple(reader.text(node, "a piece of advice") for node in fields.items("advice"))
    unusual = unusual_kits(places)
    environment = Environment(
        id="-".join([ident, *(kit.id for kit in unusual)]),
        title=title_of(fields.title("title"), unusual),
        summary=fields.must("summary", reader.text, NO_TEXT),
        sites=_with_capacity(sites, capacity),
        nodes=told.all,
        entry=_entry(fields, told),
        links=links,
        actors=actors,
        placements=_placements(fields, [place.id for place in places]),
        advice=(*advice, *(text for kit in kits for text in kit.advice)),
        start_seconds=times.read("start", reader.seconds, start) if times else start,
        stop_seconds=times.read("stop", reader.seconds, stop) if times else stop,
        zones=zones,
    )
    if times:
        times.done("'times'")
    fields.done("the environment")
    reader.finish()
    return environment


# --- sites -----------------------------------------------------------------------------------------------------------


def _site(place: Place, things: Things, service: Service, nodes: Nodes) -> Site:
    reader, fields, kit = things.reader, place.fields, place.kit
    kind = lambda node, _: reader.choice(node, "kind of site", SITE_KINDS)  # noqa: E731 - two ways to read it
    site = Site(
        id=place.id,
        kind=fields.read("kind", kind, kit.place) if kit else fields.must("kind", kind, ""),
        title=fields.read("title", reader.title, kit.title) if kit else fields.title("title"),
        subtitle=fields.read("subtitle", reader.title, kit.subtitle if kit else NO_TEXT),
        compute=things.icon_of(fields, kit.compute if kit else None, "compute"),
        capacity=things.capacity(fields, service) if fields.has("capacity") else kit.capacity if kit else None,
        router=fields.read("router", reader.slug, "") or nodes.usual.get((place.id, NodeKind.ROUTER), ""),
        store=fields.read("store", reader.slug, "") or nodes.usual.get((place.id, NodeKind.STORE), ""),
        provider=fields.read("provider", reader.string, kit.provider if kit else ""),
    )
    if not kit and not fields.has("router"):
        fields.need("router")
    fields.done("a site")
    return site


def _with_capacity(sites: tuple[Site, ...], capacity: int | None) -> tuple[Site, ...]:
    """The sites, the first with a limit (or else the first of all) holding what the user says it holds."""
    if capacity is None or not sites:
        return sites
    chosen = next((site for site in sites if site.capacity is not None), sites[0])
    return tuple(replace(site, capacity=capacity) if site is chosen else site for site in sites)


def _check_sites(reader: Reader, sites: Sequence[Site], places: Sequence[Place], kinds: Mapping[str, NodeKind]) -> None:
    """Routers and stores of sites are nodes of that kind."""
    for site, place in zip(sites, places, strict=True):
        for key, ident, kind in (("router", site.router, NodeKind.ROUTER), ("store", site.store, NodeKind.STORE)):
            fitting = [node for node, found in kinds.items() if found is kind]
            if ident and ident not in fitting and place.fields.has(key):
                reader.unknown(place.fields.node(key), key, ident, fitting)


def _check_sizes(fields: Fields, **things: tuple[Sequence[object], int]) -> None:
    for what, (found, most) in things.items():
        if len(found) > most:
            place = fields.node(what) if fields.has(what) else fields.where
            fields.reader.fault(place, f"more than {most} {what}", "draw what matters for the deployment only")


# --- nodes -----------------------------------------------------------------------------------------------------------


def _link(fields: Fields, things: Things, places: Sequence[Place], nodes: Nodes) -> Link | None:
    """A link; none if a site has no such node at one of its ends."""
    reader = things.reader
    of = site_like(fields, reader, {place.id: place for place in places})
    kit = next((place.kit for place in places if of and place.id == of), None)
    title, icon = kit.link if kit else (NO_TEXT, "")
    known = [*(node.id for node in nodes.all), *nodes.missing]
    link = Link(
        id=things.ident(fields),
        source=fields.must("from", lambda node, _: reader.choice(node, "node", known), ""),
        target=fields.must("to", lambda node, _: reader.choice(node, "node", known), ""),
        title=fields.read("title", reader.title, title) if title.en else fields.title("title"),
        icon=things.icon_of(fields, icon),
    )
    fields.done("a link")
    return None if {link.source, link.target} & nodes.missing else link


def _entry(fields: Fields, nodes: Nodes) -> tuple[str, ...]:
    reader = fields.reader
    kinds = {node.id: node.kind for node in nodes.all}
    fitting = [*(node for node, kind in kinds.items() if kind in _BEFORE), *nodes.missing]
    found = [
        reader.choice(node, "node on the way of the users", fitting) for node in fields.items("entry", needed=True)
    ]
    if found and found[0] and kinds.get(found[0]) is not NodeKind.USERS:
        reader.fault(fields.node("entry"), "the way begins with the users", "entry: [users, dns]")
    if len(set(found)) < len(found):
        reader.fault(fields.node("entry"), "a node is on the way twice", "name each once, from the users on")
    return tuple(node for node in found if node not in nodes.missing)


# --- the rest --------------------------------------------------------------------------------------------------------


def _placements(fields: Fields, sites: list[str]) -> tuple[Placement, ...]:
    reader = fields.reader
    found: dict[str, Placement] = {}
    for one in fields.mappings("placements", needed=True):
        ident = one.must("id", reader.slug, "")
        if ident in found:
            reader.fault(one.node("id"), f"the placement '{ident}' is there twice", "give one another id")
        rounds = tuple(_round(node, one, sites) for node in one.items("rounds", needed=True))
        split = tuple(reader.choice(node, "site", sites) for node in one.items("split"))
        found[ident] = Placement(ident, one.title("title"), rounds, split or tuple(sites))
        one.done("a placement")
    return tuple(found.values())


def _round(node: Written, placement: Fields, sites: list[str]) -> tuple[tuple[str, str], ...]:
    """One scope: the name of a site for both revisions, or ``{old: …, new: …}``."""
    reader = placement.reader
    if not isinstance(node, MapNode):
        site = reader.choice(node, "site", sites)
        return tuple((revision, site) for revision in _REVISIONS)
    fields = Fields(reader, node)
    scope = tuple((key, fields.must(key, lambda one, _: reader.choice(one, "site", sites), "")) for key in _REVISIONS)
    fields.done("a round")
    return scope
