"""What environments and sites are both made of: nodes, actors, zones, icons."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from drawdeploy import resources
from drawdeploy.describe.fields import Fields
from drawdeploy.describe.reader import Reader
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Actor, Expression, Node, NodeKind, Service, Text, Zone
from drawdeploy.source import Node as Written
from drawdeploy.source import ScalarNode

SITE_KINDS = ("plain", "on-premises", "cloud")
ABILITIES = ("weights", "match", "mirror", "affinity")
"""What a router may be able to do besides sending all traffic one way."""
MAX_CAPACITY = 1_000_000
MAX_ICON_BYTES = 300_000
MAX_ICON_PIXELS = 2048
NO_TEXT = Text("", "")
_OWN = re.compile(r"\./[A-Za-z0-9_][A-Za-z0-9_. -]*", re.ASCII)
_PNG = b"\x89PNG\r\n\x1a\n"


class Things:
    """Reads the things of one description.

    Args:
        reader: Where faults go.
        folder: The folder the description lies in, for icons of its own; ``None`` if it lies in none.

    Attributes:
        taken: Every id so far and the line of what has it: sites, nodes, actors, links and zones share one set, since
            texts and routes name them all.
    """

    def __init__(self, reader: Reader, folder: Path | None = None) -> None:
        self.reader = reader
        self.folder = folder
        self.taken: dict[str, int] = {}

    def ident(self, fields: Fields) -> str:
        """An id that nothing else has."""
        ident = fields.must("id", self.reader.slug, "")
        if ident in self.taken:
            hint = f"by what stands in line {self.taken[ident]}"
            self.reader.fault(fields.node("id"), f"the id '{ident}' is taken", hint)
        elif ident:
            self.taken[ident] = fields.where.line
        return ident

    def zones(self, fields: Fields) -> tuple[Zone, ...]:
        """The network zones that a description tells of."""
        found = []
        for one in fields.mappings("zones"):
            found.append(Zone(self.ident(one), one.title("title")))
            one.done("a zone")
        return tuple(found)

    def actor(self, fields: Fields) -> Actor:
        """Somebody who acts."""
        actor = Actor(self.ident(fields), fields.title("title"), self.icon_of(fields))
        fields.done("an actor")
        return actor

    def node(self, fields: Fields, zones: tuple[str, ...], like: Node | None = None) -> Node:
        """A node; the caller reads what else it may have, and says when it is done.

        Args:
            fields: Its fields.
            zones: Zones it may stand in.
            like: What it takes after where it says nothing itself.
        """
        reader = self.reader
        ident, kind = self.ident(fields), self.kind(fields)
        return Node(
            id=ident,
            kind=kind,
            title=fields.read("title", reader.title, like.title) if like else fields.title("title"),
            icon=self.icon_of(fields, like.icon if like else None),
            switch_seconds=fields.read("switch", reader.seconds, like.switch_seconds if like else 0),
            can=self._can(fields, kind, like),
            zone=fields.read("zone", lambda node, _: reader.choice(node, "zone", zones), like.zone if like else ""),
        )

    def kind(self, fields: Fields) -> NodeKind:
        """The kind of a node; users if it is wrong, who may stand anywhere: one fault does not bring another."""
        kinds = [one.value for one in NodeKind]
        kind = fields.must("kind", lambda node, _: self.reader.choice(node, "kind of node", kinds), "")
        return NodeKind(kind or "users")

    def _can(self, fields: Fields, kind: NodeKind, like: Node | None) -> tuple[str, ...]:
        if not fields.has("can"):
            return like.can if like else ("weights",)
        if kind in (NodeKind.USERS, NodeKind.STORE, NodeKind.FIREWALL):
            self.reader.fault(fields.node("can"), f"'can' is for what routes, not for {kind.value}", "leave it out")
        told = [self.reader.choice(node, "ability", ABILITIES) for node in fields.items("can")]
        return tuple(ability for ability in ABILITIES if ability in told)

    def icon_of(self, fields: Fields, like: str | None = None, key: str = "icon") -> str:
        """The icon of a thing: that of ``like`` if it names none; a fault if there is neither."""
        if like is not None:
            return fields.read(key, lambda node, _: self.icon(node), like)
        return fields.must(key, lambda node, _: self.icon(node), "")

    def icon(self, node: Written) -> str:
        """The dotted name of an icon that exists, or a picture of the user's own as a data URI."""
        name = self.reader.string(node, "an icon")
        try:
            if name and ("/" in name or "\\" in name or name.lower().endswith(".png")):
                return self._own(name)
            if name:
                resources.check_icon(name)
        except DrawDeployError as error:
            self.reader.fault(node, error.faults[0].message, error.faults[0].hint)
            return ""
        return name

    def _own(self, name: str) -> str:
        """A PNG that lies beside the description. Nothing else on the disk can be named, not even by a link."""
        shown = "".join(character if character.isprintable() else "?" for character in name[:60])
        if not _OWN.fullmatch(name) or self.folder is None:
            what = "lies beside no file" if self.folder is None else "is not beside the description"
            raise DrawDeployError(
                f"the icon '{shown}' {what}", "an icon of your own is './logo.png', in the same folder"
            )
        if not name.lower().endswith(".png"):
            raise DrawDeployError(f"the icon '{shown}' is no PNG", "save it as './logo.png'")
        try:
            base = self.folder.resolve()
            path = (base / name[2:]).resolve()
            if path.parent != base:
                raise DrawDeployError(f"the icon '{shown}' leads out of the folder", "put the picture itself there")
            if not path.is_file():  # a pipe would wait for ever
                raise DrawDeployError(f"there is no icon '{shown}' beside the description", "check its name")
            with path.open("rb") as file:
                data = file.read(MAX_ICON_BYTES + 1)
        except OSError as error:
            raise DrawDeployError(f"the icon '{shown}' cannot be read: {error.strerror}", "check its name") from None
        if len(data) > MAX_ICON_BYTES:
            raise DrawDeployError(f"the icon '{shown}' is larger than {MAX_ICON_BYTES:,} bytes", "96 × 96 pixels do")
        sides = [int.from_bytes(data[at : at + 4], "big") for at in (16, 20)]
        if data[:8] != _PNG or data[12:16] != b"IHDR" or not all(0 < side <= MAX_ICON_PIXELS for side in sides):
            raise DrawDeployError(
                f"the icon '{shown}' is no PNG of at most {MAX_ICON_PIXELS} × {MAX_ICON_PIXELS} pixels", "96 × 96 do"
            )
        return "data:image/png;base64," + base64.b64encode(data).decode("ascii")

    def capacity(self, fields: Fields, service: Service) -> int | None:
        """How many instances fit: a number, an expression over ``replicas``, or ``elastic``."""
        reader, node = self.reader, fields.node("capacity")
        if isinstance(node, ScalarNode) and node.text == "elastic":
            return None
        before = reader.count
        expression: Expression = reader.expression(node, "'capacity'", ["replicas"])
        if reader.count > before:
            return None
        try:
            value = expression.evaluate({"replicas": service.replicas})
        except DrawDeployError as error:
            reader.fault(node, error.faults[0].message, error.faults[0].hint or "such as 2 * replicas")
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_CAPACITY:
            reader.fault(
                node,
                f"the capacity is {str(value)[:40]} for {service.replicas} replicas",
                "a whole number from 1, or 'elastic'",
            )
            return None
        return value
