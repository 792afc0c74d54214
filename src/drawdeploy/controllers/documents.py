"""The objects of an input: whatever ``kubectl`` prints, in however many documents, each with its place.

Nothing is said here about what the objects mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from drawdeploy.controllers.amounts import percent_of
from drawdeploy.errors import DrawDeployError, Fault, Where, nearest
from drawdeploy.source import ListNode, MapNode, Node, ScalarNode, fault
from drawdeploy.value import Value

_PART = re.compile(r"([^.\[\]]+)|\['([^']*)'\]|\[(\d+)\]")


class Document(Value):
    """One object.

    Attributes:
        api: Its ``apiVersion`` (``apps/v1``).
        kind: Its ``kind``.
        name: ``metadata.name``, or ``metadata.generateName``; may be empty.
        namespace: ``metadata.namespace``; may be empty.
        node: The whole object.
        text: The text it stands in, for faults.
    """

    api: str
    kind: str
    name: str
    namespace: str
    node: MapNode
    text: str

    @property
    def group(self) -> str:
        """The group of its ``apiVersion``: ``apps``; empty for the core group."""
        return self.api.rpartition("/")[0]

    @property
    def where(self) -> Where:
        """Where it stands."""
        return self.node.where


class Documents(Value):
    """All objects of one input, in order."""

    items: tuple[Document, ...]

    def of(self, kind: str, *groups: str) -> tuple[Document, ...]:
        """Those of a kind, whose group is one of ``groups`` (any, if none is given)."""
        return tuple(d for d in self.items if d.kind == kind and (not groups or d.group in groups))

    def find(self, kind: str, name: str, namespace: str = "", *groups: str) -> Document | None:
        """The one of that kind and name; a namespace that either of the two leaves out is no difference."""
        for document in self.of(kind, *groups):
            if document.name == name and (not namespace or document.namespace in ("", namespace)):
                return document
        return None


def objects(node: Node, text: str) -> Iterator[Document]:
    """The objects of one document of a text: itself, or what its ``List`` holds."""
    if not isinstance(node, MapNode):
        return
    items = node.get("items")
    api, kind = _word(node.get("apiVersion")), _word(node.get("kind"))
    if isinstance(items, ListNode) and kind.endswith("List") and node.get("spec") is None:
        for item in items.items:
            yield from objects(item, text)
        return
    metadata = node.get("metadata")
    name = namespace = ""
    if isinstance(metadata, MapNode):
        name = _word(metadata.get("name")) or _word(metadata.get("generateName"))
        namespace = _word(metadata.get("namespace"))
    yield Document(api, kind, name, namespace, node, text)


def _word(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, ScalarNode) and node.value is not None else ""


class Fields:
    """Reads the fields of one object by their path, and keeps every fault on the way; as ``describe``'s reader does.

    What is wrong becomes a fault with the field's path and place; the value given is then harmless, so that reading
    goes on. ``finish`` raises all of them together. Unknown fields are no faults: whether one matters is for the
    controller to say.

    Args:
        document: The object.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []

    def fault(self, path: str, message: str, hint: str = "", at: Node | Where | None = None) -> None:
        """Notes a fault of a field."""
        where = at if isinstance(at, Where) else at.where if at is not None else self.where(path)
        said = f"{path}: {message}" if path else message
        self.faults.append(fault(self.document.text, said, where, hint))

    def finish(self) -> None:
        """Raises all faults, in the order of the text, if there are any."""
        if self.faults:
            found = dict.fromkeys(self.faults)
            raise DrawDeployError(faults=tuple(sorted(found, key=lambda f: _place(f.where))))

    def node(self, path: str) -> Node | None:
        """The node of a path (``spec.strategy.canary.steps[2].pause``); ``None`` if it is not there, or is null."""
        node: Node | None = self.document.node
        for part in _parts(path):
            if isinstance(part, int):
                items = node.items if isinstance(node, ListNode) else ()
                node = items[part] if part < len(items) else None
            else:
                node = node.get(part) if isinstance(node, MapNode) else None
        return None if isinstance(node, ScalarNode) and node.value is None else node

    def where(self, path: str) -> Where:
        """Where a field stands, or the nearest above it that is there."""
        parts = _parts(path)
        for length in range(len(parts), 0, -1):
            node = self.node(_joined(parts[:length]))
            if node is not None:
                return node.where
        return self.document.where

    def has(self, path: str) -> bool:
        """Whether the field is there, be it an empty mapping."""
        parts = _parts(path)
        above = self.node(_joined(parts[:-1])) if len(parts) > 1 else self.document.node
        last = parts[-1]
        if isinstance(last, int):
            return isinstance(above, ListNode) and last < len(above.items)
        return isinstance(above, MapNode) and above.get(last) is not None

    def keys(self, path: str) -> tuple[str, ...]:
        """The names in a mapping, in order; none if it is not there. Anything but a mapping is a fault."""
        node = self.node(path)
        if node is not None and not isinstance(node, MapNode):
            self.fault(path, "must be a mapping", at=node)
        return tuple(key.text for key, _ in node.entries) if isinstance(node, MapNode) else ()

    def length(self, path: str) -> int:
        """How many items a list has; 0 if it is not there. Anything but a list is a fault."""
        node = self.node(path)
        if node is not None and not isinstance(node, ListNode):
            self.fault(path, "must be a list", at=node)
        return len(node.items) if isinstance(node, ListNode) else 0

    def text(self, path: str, default: str = "") -> str:
        """A text; numbers and truth values count as written."""
        node = self.node(path)
        if node is None:
            return default
        if isinstance(node, ScalarNode):
            return node.text
        self.fault(path, "must be a text", at=node)
        return default

    def integer(self, path: str, default: int | None = None, *, least: int = 0, most: int = 2**31 - 1) -> int | None:
        """A whole number within bounds."""
        node = self.node(path)
        if node is None:
            return default
        value = node.value if isinstance(node, ScalarNode) else None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(path, "must be a whole number", at=node)
            return default
        if not least <= value <= most:
            self.fault(path, f"must be between {least} and {most}, and is {value}", at=node)
            return default
        return value

    def boolean(self, path: str, default: bool = False) -> bool:
        """``true`` or ``false``."""
        node = self.node(path)
        if node is None:
            return default
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        self.fault(path, "must be true or false", at=node)
        return default

    def amount(self, path: str, default: int | str) -> int | str:
        """A count, or a percentage (``"25%"``) as text. Whether it is one is checked."""
        node = self.node(path)
        if node is None:
            return default
        value = node.value if isinstance(node, ScalarNode) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
            return value
        if isinstance(value, str) and percent_of(value) is not None:
            return value
        self.fault(path, "must be a count or a percentage", "such as 1 or '25%'", at=node)
        return default

    def choice(self, path: str, names: Iterable[str], default: str = "") -> str:
        """One of some names."""
        known = tuple(names)
        text = self.text(path, default)
        if text and text not in known:
            self.fault(path, f"cannot be '{text[:60]}'", nearest(text, known))
            return default
        return text


def _parts(path: str) -> list[str | int]:
    """``a.b[2].c`` taken apart. Names that hold a dot are written in brackets and quotes: ``a['x.y/z']``."""
    parts: list[str | int] = []
    for name, quoted, index in _PART.findall(path):
        parts.append(int(index) if index else quoted or name)
    return parts


def _joined(parts: list[str | int]) -> str:
    out = ""
    for part in parts:
        if isinstance(part, int):
            out += f"[{part}]"
        elif "." in part or "[" in part:
            out += f"['{part}']"
        else:
            out += f".{part}" if out else part
    return out


def _place(where: Where | None) -> tuple[str, int, int]:
    return (where.file, where.line, where.column) if where else ("", 0, 0)
