"""Mappings being read: which keys are there, which must be, and which nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from drawdeploy import source
from drawdeploy.describe.reader import Reader
from drawdeploy.errors import DrawDeployError, Where, nearest
from drawdeploy.model import Text
from drawdeploy.source import ListNode, MapNode, Node, ScalarNode

T = TypeVar("T")

API_VERSION = "drawdeploy/v1"
DOCUMENTS = ("Strategy", "Environment", "Service", "Site")
"""What a document may describe."""

_USED = {
    "Environment": "give it with --env",
    "Service": "give it with --service",
    "Site": "give it with --onprem or --cloud",
    "Strategy": "name it as what is to be drawn",
}
"""What each kind of document is for, for those who give it elsewhere."""

_NO_TEXT = Text("", "")


class Fields:
    """A mapping being read: keys asked for are known, all others are faults."""

    def __init__(self, reader: Reader, node: MapNode) -> None:
        self.reader = reader
        self.where = node.where
        self._nodes = {key.text: value for key, value in node.entries}
        self._keys = {key.text: key for key, _ in node.entries}
        self._asked: dict[str, None] = {}

    def has(self, key: str) -> bool:
        """Whether a key is there; asking makes it known."""
        self._asked[key] = None
        return key in self._nodes

    def need(self, key: str) -> bool:
        """Whether a key is there; if not, that is a fault."""
        if self.has(key):
            return True
        self.reader.fault(self.where, f"'{key}' is missing", f"add '{key}: …'")
        return False

    def node(self, key: str) -> Node:
        """The value of a key that is there."""
        return self._nodes[key]

    def get(self, key: str) -> Node | None:
        """The value of a key, if it is there; does not make it known."""
        return self._nodes.get(key)

    @property
    def written(self) -> tuple[str, ...]:
        """The keys, in the order written."""
        return tuple(self._nodes)

    def read(self, key: str, how: Callable[..., T], default: T, *more: Any) -> T:
        """The value of an optional key, read by a method of the reader."""
        return how(self._nodes[key], f"'{key}'", *more) if self.has(key) else default

    def must(self, key: str, how: Callable[..., T], default: T, *more: Any) -> T:
        """The value of a key that must be there."""
        return self.read(key, how, default, *more) if self.need(key) else default

    def string(self, key: str) -> str:
        """A text that must be there."""
        return self.must(key, self.reader.string, "")

    def title(self, key: str, scope: Iterable[str] = ()) -> Text:
        """A title that must be there."""
        return self.must(key, self.reader.title, _NO_TEXT, scope)

    def items(self, key: str, *, needed: bool = False) -> Iterator[Node]:
        """The items of a list; none if it is not there."""
        if not (self.need(key) if needed else self.has(key)):
            return
        node = self._nodes[key]
        if not isinstance(node, ListNode):
            self.reader.fault(node, f"'{key}' must be a list", "one item a line, each after '- '")
        elif needed and not node.items:
            self.reader.fault(node, f"'{key}' is empty", "one item a line, each after '- '")
        else:
            yield from node.items

    def mappings(self, key: str, *, needed: bool = False) -> Iterator[Fields]:
        """The items of a list of mappings."""
        for node in self.items(key, needed=needed):
            if isinstance(node, MapNode):
                yield Fields(self.reader, node)
            else:
                self.reader.fault(node, f"an item of '{key}' must be a mapping", "{id: …, …}")

    def mapping(self, key: str, *, needed: bool = False) -> Fields | None:
        """A mapping; ``None`` if it is not there or is none."""
        if not (self.need(key) if needed else self.has(key)):
            return None
        node = self._nodes[key]
        if isinstance(node, MapNode):
            return Fields(self.reader, node)
        self.reader.fault(node, f"'{key}' must be a mapping", f"{key}: {{…: …}}")
        return None

    def entries(self) -> Iterator[tuple[ScalarNode, Node]]:
        """Keys and values, for mappings whose keys the author chooses."""
        for key, node in self._nodes.items():
            self._asked[key] = None
            yield self._keys[key], node

    def done(self, what: str) -> None:
        """Notes every key that nobody asked for."""
        for key, node in self._keys.items():
            if key not in self._asked:
                hint = nearest(key, self._asked)
                self.reader.fault(node, f"unknown key '{key[:60]}' in {what}", hint)


def document(reader: Reader, kind: str, which: str = "") -> Fields:
    """The fields of the one document of a kind in a text, which may hold others of other kinds.

    Args:
        reader: Where faults go.
        kind: ``Strategy``, ``Environment``, ``Service``, ``Site``.
        which: Name of the one that is meant, if there are several.

    Raises:
        DrawDeployError: There is no such document, or there are several.
    """
    documents = source.load(reader.source, reader.name)
    begin = f"it begins with 'apiVersion: {API_VERSION}' and 'kind: {kind}'"
    if not documents:
        raise DrawDeployError("nothing is described here", begin, Where(reader.name))
    found = [node for node in documents if _said(node, "kind") == kind]
    named = [node for node in found if not which or _said(node, "name") == which]
    if len(documents) > 1:
        for node in documents:
            if _said(node, "kind") not in DOCUMENTS:
                known = ", ".join(DOCUMENTS)
                reader.fault(node, "a document that does not say what it describes", f"'kind: …', one of {known}")
        reader.finish()
    if found and len(named) != 1:
        names = ", ".join(_said(node, "name") or "?" for node in found)
        what = f"no {kind} here is called '{which[:40]}'" if which else f"there are {len(found)} of the kind {kind}"
        raise DrawDeployError(
            f"{what}: {names}", f"name one of them: {reader.name}#{_said(found[0], 'name')}", found[0].where
        )
    first = named[0] if named else documents[0]
    if not isinstance(first, MapNode):
        reader.fault(first, f"a {kind} must be a mapping", begin)
        raise reader.error()
    fields = Fields(reader, first)
    version, said = fields.string("apiVersion"), fields.string("kind")
    if version and version != API_VERSION:
        reader.fault(
            fields.node("apiVersion"), f"unknown version '{version[:60]}'", f"this release reads '{API_VERSION}'"
        )
    if said and said != kind:
        reader.fault(fields.node("kind"), f"this describes {_a(said[:60])}, not {_a(kind)}", _USED.get(said, begin))
        raise reader.error()
    return fields


def _a(noun: str) -> str:
    """A noun with its article."""
    return f"{'an' if noun[:1] in 'AEIOUaeiou' else 'a'} {noun}"


def _said(node: Node, key: str) -> str:
    """What a document says of itself; empty if it does not."""
    value = node.get(key) if isinstance(node, MapNode) else None
    return value.text if isinstance(value, ScalarNode) else ""


def names_of(text: str, name: str) -> tuple[tuple[str, str], ...]:
    """Kind and name of every document of a text.

    Raises:
        DrawDeployError: It is no YAML.
    """
    return tuple((_said(node, "kind"), _said(node, "name")) for node in source.load(text, name))
