"""YAML to an :class:`~drawdeploy.model.Environment`."""

from __future__ import annotations

from collections.abc import Mapping

from drawdeploy import resources
from drawdeploy.describe.fields import Fields, document
from drawdeploy.describe.reader import Reader
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Actor, Environment, Link, Node, NodeKind, Placement, Service, Site, Text
from drawdeploy.source import MapNode
from drawdeploy.source import Node as Written
from drawdeploy.value import replace

SITE_KINDS = ("plain", "on-premises", "cloud")
MAX_SITES, MAX_NODES, MAX_ACTORS = 8, 24, 8
MAX_CAPACITY = 1_000_000
_REVISIONS = ("old", "new")
_NO_TEXT = Text("", "")


def read_environment(text: str, name: str, service: Service, capacity: int | None = None) -> Environment:
    """An environment from its description, for a service.

    Args:
        text: YAML.
        name: Name of the file, for faults.
        service: What is deployed; a capacity may depend on its replicas.
        capacity: As in :func:`drawdeploy.describe.load_environment`.

    Raises:
        DrawDeployError: All faults of the description, each with its position.
    """
    reader = Reader(text, name)
    fields = document(reader, "Environment")
    ident = fields.must("name", reader.slug, "")
    taken: dict[str, int] = {}
    sites = tuple(_site(one, taken, service) for one in fields.mappings("sites", needed=True))
    nodes = tuple(_node(one, taken, [site.id for site in sites]) for one in fields.mappings("nodes", needed=True))
    actors = tuple(_actor(one, taken) for one in fields.mappings("actors"))
    links = tuple(_link(one, taken, [node.id for node in nodes]) for one in fields.mappings("links"))
    for things, most, what in (
        (sites, MAX_SITES, "sites"),
        (nodes, MAX_NODES, "nodes"),
        (actors, MAX_ACTORS, "actors"),
    ):
        if len(things) > most:
            reader.fault(fields.node(what), f"more than {most} {what}")
    _check_sites(fields, sites, {node.id: node.kind for node in nodes})
    times = fields.mapping("times")
    environment = Environment(
        id=ident,
        title=fields.title("title"),
        summary=fields.must("summary", reader.text, _NO_TEXT),
        sites=_with_capacity(sites, capacity),
        nodes=nodes,
        entry=_entry(fields, {node.id: node.kind for node in nodes}),
        links=links,
        actors=actors,
        placements=_placements(fields, [site.id for site in sites]),
        advice=tuple(reader.text(node, "a piece of advice") for node in fields.items("advice")),
        start_seconds=times.read("start", reader.seconds, 60) if times else 60,
        stop_seconds=times.read("stop", reader.seconds, 15) if times else 15,
    )
    if times:
        times.done("'times'")
    fields.done("the environment")
    reader.finish()
    return environment


def _ident(fields: Fields, taken: dict[str, int]) -> str:
    """An id; sites, nodes, actors and links share one set of them, since texts and routes name them all."""
    reader = fields.reader
    ident = fields.must("id", reader.slug, "")
    if ident in taken:
        reader.fault(fields.node("id"), f"the id '{ident}' is taken", f"by what stands in line {taken[ident]}")
    elif ident:
        taken[ident] = fields.where.line
    return ident


def _icon(node: Written, fields: Fields) -> str:
    """The dotted name of an icon that exists."""
    name = fields.reader.string(node, "an icon")
    try:
        if name:
            resources.icon_file(name)
    except DrawDeployError as error:
        fields.reader.fault(node, error.faults[0].message, error.faults[0].hint)
        return ""
    return name


def _site(fields: Fields, taken: dict[str, int], service: Service) -> Site:
    reader = fields.reader
    site = Site(
        id=_ident(fields, taken),
        kind=fields.must("kind", lambda node, _: reader.choice(node, "kind of site", SITE_KINDS), ""),
        title=fields.title("title"),
        subtitle=fields.read("subtitle", reader.title, _NO_TEXT),
        compute=fields.must("compute", lambda node, _: _icon(node, fields), ""),
        capacity=_capacity(fields, service) if fields.has("capacity") else None,
        router=fields.must("router", reader.slug, ""),
        store=fields.read("store", reader.slug, ""),
    )
    fields.done("a site")
    return site


def _capacity(fields: Fields, service: Service) -> int | None:
    """How many instances fit: a number, an expression over ``replicas``, or ``elastic``."""
    reader, node = fields.reader, fields.node("capacity")
    if getattr(node, "text", "") == "elastic":
        return None
    before = reader.count
    expression = reader.expression(node, "'capacity'", ["replicas"])
    if reader.count > before:
        return None
    try:
        value = expression.evaluate({"replicas": service.replicas})
    except DrawDeployError as error:
        reader.fault(node, error.faults[0].message)
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_CAPACITY:
        reader.fault(
            node,
            f"the capacity is {str(value)[:40]} for {service.replicas} replicas",
            "a whole number from 1, or 'elastic'",
        )
        return None
    return value


def _with_capacity(sites: tuple[Site, ...], capacity: int | None) -> tuple[Site, ...]:
    """The sites, the first with a limit (or else the first of all) holding what the user says it holds."""
    if capacity is None or not sites:
        return sites
    chosen = next((site for site in sites if site.capacity is not None), sites[0])
    return tuple(replace(site, capacity=capacity) if site is chosen else site for site in sites)


def _node(fields: Fields, taken: dict[str, int], sites: list[str]) -> Node:
    reader = fields.reader
    kind = fields.must("kind", lambda node, _: reader.choice(node, "kind of node", [one.value for one in NodeKind]), "")
    node = Node(
        id=_ident(fields, taken),
        kind=NodeKind(kind or "users"),  # users may stand anywhere: one fault does not bring another
        title=fields.title("title"),
        icon=fields.must("icon", lambda node, _: _icon(node, fields), ""),
        site=fields.read("site", lambda node, _: reader.choice(node, "site", sites), ""),
        switch_seconds=fields.read("switch", reader.seconds, 0),
    )
    fields.done("a node")
    return node


def _actor(fields: Fields, taken: dict[str, int]) -> Actor:
    actor = Actor(
        _ident(fields, taken), fields.title("title"), fields.must("icon", lambda node, _: _icon(node, fields), "")
    )
    fields.done("an actor")
    return actor


def _link(fields: Fields, taken: dict[str, int], nodes: list[str]) -> Link:
    reader = fields.reader
    link = Link(
        id=_ident(fields, taken),
        source=fields.must("from", lambda node, _: reader.choice(node, "node", nodes), ""),
        target=fields.must("to", lambda node, _: reader.choice(node, "node", nodes), ""),
        title=fields.title("title"),
        icon=fields.read("icon", lambda node, _: _icon(node, fields), ""),
    )
    fields.done("a link")
    return link


def _check_sites(fields: Fields, sites: tuple[Site, ...], kinds: Mapping[str, NodeKind]) -> None:
    """Routers and stores of sites are nodes of that kind."""
    reader = fields.reader
    for site, one in zip(sites, fields.mappings("sites"), strict=False):
        for key, ident, kind in (("router", site.router, NodeKind.ROUTER), ("store", site.store, NodeKind.STORE)):
            fitting = [node for node, found in kinds.items() if found is kind]
            if ident and ident not in fitting and one.has(key):
                reader.unknown(one.node(key), key, ident, fitting)


def _entry(fields: Fields, kinds: Mapping[str, NodeKind]) -> tuple[str, ...]:
    reader = fields.reader
    before = (NodeKind.USERS, NodeKind.DNS, NodeKind.GSLB)
    fitting = [node for node, kind in kinds.items() if kind in before]
    found = [
        reader.choice(node, "node on the way of the users", fitting) for node in fields.items("entry", needed=True)
    ]
    if found and found[0] and kinds[found[0]] is not NodeKind.USERS:
        reader.fault(fields.node("entry"), "the way begins with the users", "entry: [users, dns]")
    if len(set(found)) < len(found):
        reader.fault(fields.node("entry"), "a node is on the way twice")
    return tuple(found)


def _placements(fields: Fields, sites: list[str]) -> tuple[Placement, ...]:
    reader = fields.reader
    found: dict[str, Placement] = {}
    for one in fields.mappings("placements", needed=True):
        ident = one.must("id", reader.slug, "")
        if ident in found:
            reader.fault(one.node("id"), f"the placement '{ident}' is there twice")
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
