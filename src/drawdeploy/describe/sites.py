"""YAML to a :class:`Kit`: what one kind of place brings along, for the environments that are put together from such."""

from __future__ import annotations

from pathlib import Path

from drawdeploy.describe.fields import document
from drawdeploy.describe.reader import Reader
from drawdeploy.describe.things import NO_TEXT, Things
from drawdeploy.model import Actor, Node, NodeKind, Service, Text, Zone
from drawdeploy.value import Value

OPTIONS = {"onprem": "on-premises", "cloud": "cloud"}
"""The options that choose sites, and the kind of site that each chooses."""


class Kit(Value):
    """A kind of place: what a site of an environment is unless the environment says otherwise.

    Attributes:
        place: ``on-premises`` or ``cloud``.
        capacity: How many instances fit; ``None`` if elastic.
        nodes: At most one of each kind. The router and the store come along by themselves; what stands on the way to
            the site (DNS, CDN, firewall, GSLB) comes where an environment asks for it.
        link: Title and icon of the private link to another site; the icon may be empty.
        actors: Who acts where this is the only place.
        start_seconds: How long an instance takes to start there.
        stop_seconds: How long it takes to stop and remove one.
    """

    id: str
    place: str
    provider: str
    title: Text
    subtitle: Text
    compute: str
    capacity: int | None
    zones: tuple[Zone, ...]
    nodes: tuple[Node, ...]
    link: tuple[Text, str]
    actors: tuple[Actor, ...]
    advice: tuple[Text, ...]
    start_seconds: int
    stop_seconds: int

    def node(self, kind: NodeKind) -> Node | None:
        """What it has of a kind."""
        return next((node for node in self.nodes if node.kind is kind), None)


NOTHING = Kit("", "", "", NO_TEXT, NO_TEXT, "", None, (), (), (NO_TEXT, ""), (), (), 60, 15)
"""Stands for a kit that could not be had, so that one fault does not bring others."""


def read_site(text: str, name: str, service: Service, folder: Path | None = None) -> Kit:
    """A site from its description, for a service.

    Args:
        text: YAML.
        name: Name of the file, for faults.
        service: What is deployed; a capacity may depend on its replicas.
        folder: Where the file lies, for icons of its own.

    Raises:
        DrawDeployError: All faults of the description, each with its position.
    """
    reader = Reader(text, name)
    things = Things(reader, folder)
    fields = document(reader, "Site")
    zones = things.zones(fields)
    nodes: dict[NodeKind, Node] = {}
    for one in fields.mappings("nodes", needed=True):
        node = things.node(one, tuple(zone.id for zone in zones))
        one.done("a node of a site")
        if node.kind in nodes or node.kind is NodeKind.USERS:
            reader.fault(one.where, f"a site brings one node of each kind, and no users: '{node.id}'", "leave it out")
        nodes.setdefault(node.kind, node)
    if nodes and NodeKind.ROUTER not in nodes:
        reader.fault(fields.node("nodes"), "a site needs a router", "- {id: lb, kind: router, …}")
    link = fields.mapping("link")
    times = fields.mapping("times")
    places = sorted(OPTIONS.values())
    kit = Kit(
        id=fields.must("name", reader.slug, ""),
        place=fields.must("place", lambda node, _: reader.choice(node, "place", places), ""),
        provider=fields.read("provider", reader.string, ""),
        title=fields.title("title"),
        subtitle=fields.read("subtitle", reader.title, NO_TEXT),
        compute=things.icon_of(fields, key="compute"),
        capacity=things.capacity(fields, service) if fields.has("capacity") else None,
        zones=zones,
        nodes=tuple(nodes.values()),
        link=(link.read("title", reader.title, NO_TEXT), things.icon_of(link, "")) if link else (NO_TEXT, ""),
        actors=tuple(things.actor(one) for one in fields.mappings("actors")),
        advice=tuple(reader.text(node, "a piece of advice") for node in fields.items("advice")),
        start_seconds=times.read("start", reader.seconds, 60) if times else 60,
        stop_seconds=times.read("stop", reader.seconds, 15) if times else 15,
    )
    for part, what in ((times, "'times'"), (link, "'link'")):
        if part:
            part.done(what)
    fields.done("the site")
    reader.finish()
    return kit
