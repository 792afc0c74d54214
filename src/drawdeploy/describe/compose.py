"""Puts environments together: which site uses what, and what that brings along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from drawdeploy.describe.fields import Fields, document
from drawdeploy.describe.reader import Reader
from drawdeploy.describe.sites import NOTHING, OPTIONS, Kit
from drawdeploy.describe.things import NO_TEXT, Things
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Actor, Node, NodeKind, Text, Zone
from drawdeploy.source import MapNode
from drawdeploy.value import Value, replace

_SOMETHING = Node("", NodeKind.USERS, NO_TEXT, "")
_PLAIN = {"onprem": "on-premises site", "cloud": "cloud"}


class Shelf(Protocol):
    """Where the kits come from."""

    def has(self, name: str) -> bool:
        """Whether there is a kit of that name."""

    def names(self) -> tuple[str, ...]:
        """Names of all kits."""

    def load(self, target: str) -> Kit:
        """The kit of that name or at that path."""


class Slot(Value):
    """What a site of an environment is made of, as far as that can be chosen.

    Attributes:
        option: Option that chooses it (``onprem``); empty if it cannot be chosen.
        usual: Name of the kit if nothing is chosen.
    """

    site: str
    option: str
    usual: str


class Place(Value):
    """A site being read.

    Attributes:
        kit: What it is put together from; ``None`` if it is all its own.
    """

    id: str
    fields: Fields
    slot: Slot | None
    kit: Kit | None = None


def slots(text: str, name: str) -> tuple[Slot, ...]:
    """Which sites of an environment can be chosen, without reading the rest of it."""
    reader = Reader(text, name)
    fields = document(reader, "Environment")
    found = (_slot(one, reader) for one in fields.mappings("sites") if one.has("use"))
    return tuple(slot for slot in found if slot.option)


def _slot(fields: Fields, reader: Reader) -> Slot:
    """What a site uses: the name of a kit, or ``{option: name}`` if an option may name another."""
    site, node = getattr(fields.get("id"), "text", ""), fields.node("use")
    if not isinstance(node, MapNode):
        return Slot(site, "", reader.string(node, "'use'"))
    if len(node.entries) != 1:
        reader.fault(node, "'use' names one thing", "use: {onprem: openstack}, or use: openstack")
        return Slot(site, "", "")
    key, value = node.entries[0]
    return Slot(site, reader.choice(key, "option", OPTIONS), reader.string(value, "what is used"))


def read_places(
    fields: Fields, things: Things, shelf: Shelf | None, chosen: Mapping[str, Sequence[str]], ident: str
) -> tuple[Place, ...]:
    """The sites of an environment, each with what it uses.

    Args:
        fields: The environment.
        things: Keeps their ids.
        shelf: Where to find what they use.
        chosen: By option, the names of what they are to use.
        ident: Name of the environment.

    Raises:
        DrawDeployError: A choice that the environment does not offer.
    """
    reader = things.reader
    places = []
    for one in fields.mappings("sites", needed=True):
        slot = _slot(one, reader) if one.has("use") else None
        places.append(Place(things.ident(one), one, slot))
    told = {option: tuple(names) for option, names in chosen.items() if names}
    for option, names in told.items():
        _check_choice(option, names, [place for place in places if place.slot and place.slot.option == option], ident)
    used = _used(places, told)
    return tuple(
        replace(place, kit=_kit(place, used[index], reader, shelf)) if place.slot else place
        for index, place in enumerate(places)
    )


def _check_choice(option: str, names: tuple[str, ...], places: Sequence[Place], ident: str) -> None:
    flag, kind = f"--{option}", _PLAIN[option]
    if not places:
        hint = f"leave {flag} out; `drawdeploy list environments` tells which have one"
        raise DrawDeployError(f"environment '{ident}' has no {kind} to choose", hint)
    if len(names) > len(places):
        hint = f"{flag} {','.join(names[: len(places)])}"
        raise DrawDeployError(f"{flag} names {len(names)}, but environment '{ident}' has {len(places)} to choose", hint)
    if len(set(names)) < len(names):
        raise DrawDeployError(f"{flag} names '{names[0]}' twice", "name two that differ")


def _used(places: Sequence[Place], chosen: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What every site uses: what is chosen first, then the usual ones that are still free."""
    free: dict[str, list[str]] = {}
    for option in OPTIONS:
        told = chosen.get(option, ())
        usual = [place.slot.usual for place in places if place.slot and place.slot.option == option]
        free[option] = [*told, *(name for name in usual if name not in told), *usual] if told else usual
    return [
        free[place.slot.option].pop(0) if place.slot and place.slot.option else place.slot.usual if place.slot else ""
        for place in places
    ]


def _kit(place: Place, name: str, reader: Reader, shelf: Shelf | None) -> Kit:
    slot = place.slot
    if not name or slot is None or shelf is None:
        return NOTHING
    node = place.fields.node("use")
    if name == slot.usual and not shelf.has(name):
        reader.unknown(node, "site", name, shelf.names())
        return NOTHING
    kit = shelf.load(name)
    if slot.option and kit.place != OPTIONS[slot.option]:
        other = next(option for option, place in OPTIONS.items() if place == kit.place)
        what = f"no {_PLAIN[slot.option]}"
        if name == slot.usual:
            reader.fault(node, f"'{name}' is {what}", f"use: {{{other}: {name}}}")
            return NOTHING
        raise DrawDeployError(f"'{name}' is {what}", f"--{other} {name}")
    return kit


# --- nodes -----------------------------------------------------------------------------------------------------------


class Nodes:
    """Gathers the nodes of an environment: those it describes, and those that its sites bring along.

    Attributes:
        usual: Node id by site and kind, for routers and stores that belong to a site by themselves.
        missing: Ids of nodes that a site was asked for and does not have.
    """

    def __init__(self, things: Things, places: Sequence[Place], zones: tuple[str, ...]) -> None:
        self._things = things
        self._places = {place.id: place for place in places if place.id}
        self._zones = zones
        self._way: list[Node] = []
        self._routers: list[Node] = []
        self._stores: list[Node] = []
        self.usual: dict[tuple[str, NodeKind], str] = {}
        self.missing: set[str] = set()

    @property
    def all(self) -> tuple[Node, ...]:
        """The nodes, from the users to the stores."""
        return (*self._way, *self._routers, *self._stores)

    def read(self, fields: Fields) -> None:
        """Reads a node that the environment describes."""
        things, reader = self._things, self._things.reader
        of = site_like(fields, reader, self._places)
        kit = self._places[of].kit if of else None
        like = (kit.node(things.kind(fields)) or _SOMETHING) if kit else _SOMETHING if of else None
        node = things.node(fields, self._zones, like)
        owned = of if node.kind in (NodeKind.ROUTER, NodeKind.STORE) else ""
        site = fields.read("site", lambda one, _: reader.choice(one, "site", list(self._places)), owned)
        fields.done("a node")
        if like is _SOMETHING:
            self.missing.add(node.id)
            return
        if owned:
            self.usual.setdefault((owned, node.kind), node.id)
        self._add(replace(node, site=site))

    def add_usual(self) -> None:
        """Adds the routers and stores of sites that did not describe their own."""
        taken = self._things.taken
        for place in self._places.values():
            for key, kind in (("router", NodeKind.ROUTER), ("store", NodeKind.STORE)):
                like = place.kit.node(kind) if place.kit else None
                if like is None or place.fields.has(key) or (place.id, kind) in self.usual:
                    continue
                ident = like.id if like.id not in taken else f"{like.id}-{place.id}"
                taken[ident] = place.fields.where.line
                self.usual[place.id, kind] = ident
                self._add(replace(like, id=ident, site=place.id))

    def _add(self, node: Node) -> None:
        kept = {NodeKind.ROUTER: self._routers, NodeKind.STORE: self._stores}.get(node.kind, self._way)
        kept.append(node)


def site_like(fields: Fields, reader: Reader, places: Mapping[str, Place]) -> str:
    """The site whose kit a thing takes after; empty for none."""
    using = [ident for ident, place in places.items() if place.slot]
    return fields.read("of", lambda node, _: reader.choice(node, "site that uses something", using), "")


# --- the rest --------------------------------------------------------------------------------------------------------


def zones_of(own: tuple[Zone, ...], kits: Sequence[Kit]) -> tuple[Zone, ...]:
    """The zones of an environment and of what it uses; one that is called alike is the same."""
    found: dict[str, Zone] = {}
    for zone in (*own, *(zone for kit in kits for zone in kit.zones)):
        found.setdefault(zone.id, zone)
    return tuple(found.values())


def unusual_kits(places: Sequence[Place]) -> tuple[Kit, ...]:
    """What the sites that can be chosen use, if any of them uses something else than usual; else nothing."""
    open_ = [(place.slot.usual, place.kit) for place in places if place.slot and place.slot.option and place.kit]
    return tuple(kit for _, kit in open_) if any(usual != kit.id for usual, kit in open_) else ()


def actors_of(own: tuple[Actor, ...], kits: Sequence[Kit]) -> tuple[Actor, ...]:
    """Who acts; the kit knows better where it is the only one."""
    better = {actor.id: actor for kit in kits for actor in kit.actors}
    return (*(better.pop(actor.id, actor) for actor in own), *better.values())


def title_of(title: Text, kits: Sequence[Kit]) -> Text:
    """The title of an environment that uses something unusual: "Hybrid cloud · VMware + Azure"."""
    if not kits:
        return title
    return Text(
        f"{title.en} · {' + '.join(kit.title.en for kit in kits)}",
        f"{title.ko} · {' + '.join(kit.title.ko for kit in kits)}",
    )
