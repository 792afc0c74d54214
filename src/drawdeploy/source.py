"""Text to positioned nodes: YAML (and so JSON), read safely.

Only events of the parser are used: nothing is constructed, no tag is obeyed, and size, depth and aliases are counted as
they come. Plain scalars mean what YAML 1.2 says: ``on``, ``no`` and ``1:30`` are texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drawdeploy.errors import DrawDeployError, Fault, Where
from drawdeploy.value import Value

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 100_000
"""Nodes of a text once its aliases are followed."""

_EXCERPT = 120
_QUOTES = "put a text that begins with '{' or '[' in quotes"
_HINTS = {
    "mapping values are not allowed": "put a text that holds ': ' in quotes",
    "expected ','": "close every '[' and '{', or put a text that begins with one in quotes",
    "expected key": "indent all keys of a mapping alike",
    "expected '-' indicator": "indent all items of a list alike",
    "could not find expected ':'": "a key ends with ': '",
    "unexpected end of stream": "close what is open: a quote, '[' or '{'",
    "cannot start any token": "put a text that begins with this character in quotes",
}
"""What the parser says, or a part of it, and what to do about it."""
_TAG = "tag:yaml.org,2002:"
_SHORT = re.compile(r"![A-Za-z][A-Za-z0-9:]{0,60}", re.ASCII)
_INT = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\d{1,18}\.\d{0,18}|\.\d{1,18}|\d{1,18}(?=[eE]))([eE][-+]?\d{1,2})?", re.ASCII)


class ScalarNode(Value):
    """A single value.

    Attributes:
        value: What YAML 1.2 makes of it.
        text: As written, without quotes.
    """

    value: str | int | float | bool | None
    text: str
    where: Where


class ListNode(Value):
    """A list, in order."""

    items: tuple[Node, ...]
    where: Where


class MapNode(Value):
    """A mapping, in the order written; keys are texts and differ."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    where: Where

    def get(self, key: str) -> Node | None:
        """The value of a key; ``None`` if it is not there."""
        return next((node for name, node in self.entries if name.text == key), None)


Node = ScalarNode | ListNode | MapNode


def read(path: Path, name: str) -> str:
    """The text of a file.

    Args:
        path: The file.
        name: As the user calls it, for errors.

    Raises:
        DrawDeployError: It cannot be read, is too large, or is no UTF-8 text.
    """
    where = Where(name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DrawDeployError("there is no such file", "check the path", where) from None
    except IsADirectoryError:
        raise DrawDeployError("this is a folder, not a file", "name a file in it", where) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise DrawDeployError(f"cannot be read: {getattr(error, 'strerror', None) or error}", "", where) from None
    return decode(data, name)


def decode(data: bytes, name: str) -> str:
    """The text of some bytes.

    Raises:
        DrawDeployError: They are too many, or no UTF-8 text.
    """
    if len(data) > MAX_BYTES:
        raise DrawDeployError(f"larger than {MAX_BYTES:,} bytes", "a description takes a few thousand", Where(name))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise DrawDeployError("this is not UTF-8 text", "save the file as UTF-8", Where(name, line, column)) from None


def load(text: str, name: str, *, tags: bool = False) -> list[Node]:
    """The documents of a YAML text, empty ones left out.

    Args:
        text: The text.
        name: Name of its file as the user gave it, for errors.
        tags: Let tags stand. CloudFormation's short ones become what they are short for (``!Ref X`` → ``{Ref: X}``);
            nothing is obeyed.

    Raises:
        DrawDeployError: It is not YAML, or beyond the limits; several keys that occur twice are told at once.
    """
    import yaml  # here: only descriptions need it

    if len(text) > MAX_BYTES:
        raise DrawDeployError(
            f"larger than {MAX_BYTES:,} characters", "a description takes a few thousand", Where(name)
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        where = at(text, name, error.start)
        raise DrawDeployError("half a character (a lone surrogate)", "save the file as UTF-8", where) from None
    builder = _Builder(text, name, tags=tags)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Where(name, mark.line + 1, mark.column + 1) if mark else Where(name)
        message = f"this is not YAML: {error.problem or error.context}"
        raise DrawDeployError(
            faults=(fault(text, message, where, _yaml_hint(text, str(error.problem), where)),)
        ) from None
    except yaml.reader.ReaderError as error:
        where = at(text, name, error.position if isinstance(error.position, int) else 0)
        message = "a character that YAML does not allow"
        raise DrawDeployError(message, "remove it, or write it as an escape in double quotes", where) from None
    if builder.faults:
        raise DrawDeployError(faults=tuple(builder.faults))
    return builder.documents


def fault(text: str, message: str, where: Where, hint: str = "") -> Fault:
    """A fault with the line of the text it stands in."""
    lines = text.splitlines()
    line = lines[where.line - 1].rstrip() if 0 < where.line <= len(lines) else ""
    if len(line) > _EXCERPT:
        start = max(0, min(where.column - 1 - _EXCERPT // 2, len(line) - _EXCERPT))
        line = ("…" if start else "") + line[start : start + _EXCERPT] + ("…" if start + _EXCERPT < len(line) else "")
    return Fault(message, hint, where, "".join(c if c.isprintable() else " " for c in line).strip())


def at(text: str, name: str, position: int) -> Where:
    """The place of a character of a text."""
    before = text[:position]
    return Where(name, before.count("\n") + 1, position - before.rfind("\n"))


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it, keys left out."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ListNode):
            stack.extend(reversed(node.items))
        elif isinstance(node, MapNode):
            stack.extend(child for _, child in reversed(node.entries))


def _yaml_hint(text: str, problem: str, where: Where) -> str:
    """What is most likely wrong, and how to mend it."""
    lines = text.splitlines()
    line = lines[where.line - 1] if 0 < where.line <= len(lines) else ""
    if "tab" in problem or "'\\t'" in problem or line[where.column - 1 : where.column] == "\t":
        return "indent with spaces, not with tabs"
    return next((hint for part, hint in _HINTS.items() if part in problem), "check indentation, brackets and quotes")


class _Open:
    """A list or mapping that is not yet closed."""

    def __init__(self, where: Where, anchor: str | None, mapping: bool, tag: str | None = None) -> None:
        self.where, self.anchor, self.mapping, self.tag = where, anchor, mapping, tag
        self.nodes: list[Node] = []
        self.size = 1


class _Builder:
    """Takes the parser's events, one by one, and keeps the documents."""

    def __init__(self, text: str, name: str, *, tags: bool) -> None:
        self._tags = tags
        self.documents: list[Node] = []
        self.faults: list[Fault] = []
        self._text, self._name = text, name
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}

    def take(self, event: Any) -> None:
        """Takes one event."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            where = self._where(event)
            self._check_tag(event, where)
            self._put(self._tagged(ScalarNode(_value(event), event.value, where), event.tag), event.anchor, 1)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            where = self._where(event)
            self._check_tag(event, where)
            if len(self._open) >= MAX_DEPTH:
                self._stop(where, f"nested more than {MAX_DEPTH} deep", "a description needs no more than ten")
            self._open.append(_Open(where, event.anchor, kind == "MappingStartEvent", event.tag))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = self._open.pop()
            self._put(self._tagged(self._close(done), done.tag), done.anchor, done.size)
        elif kind == "AliasEvent":
            self._alias(event)
        elif kind == "DocumentStartEvent":
            self._anchors = {}

    def _where(self, event: Any) -> Where:
        return Where(self._name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _stop(self, where: Where, message: str, hint: str) -> None:
        raise DrawDeployError(faults=(*self.faults, fault(self._text, message, where, hint)))

    def _check_tag(self, event: Any, where: Where) -> None:
        tag = event.tag
        if self._tags:
            return
        if tag and tag != "!" and tag.removeprefix(_TAG) not in ("str", "int", "float", "bool", "null", "map", "seq"):
            message = f"the tag {tag.replace(_TAG, '!!')!r} is not allowed"
            self.faults.append(fault(self._text, message, where, "descriptions hold plain data only; remove the tag"))

    def _tagged(self, node: Node, tag: str | None) -> Node:
        """A node as its short tag means it; only where tags may stand."""
        if not self._tags or not tag or not _SHORT.fullmatch(tag):
            return node
        name = tag[1:] if tag in ("!Ref", "!Condition") else f"Fn::{tag[1:]}"
        return MapNode(((ScalarNode(name, name, node.where), node),), node.where)

    def _alias(self, event: Any) -> None:
        where = self._where(event)
        if event.anchor not in self._anchors:
            inside = any(event.anchor == part.anchor for part in self._open)
            message = f"the alias '*{event.anchor}' " + ("contains itself" if inside else "has no anchor")
            self._stop(
                where, message, "leave it out" if inside else f"write '&{event.anchor}' before what it stands for"
            )
        node, size = self._anchors[event.anchor]
        self._put(node, None, size, where)

    def _put(self, node: Node, anchor: str | None, size: int, where: Where | None = None) -> None:
        """Puts a finished node where it belongs."""
        if anchor:
            self._anchors[anchor] = (node, size)
        if not self._open:
            if not (isinstance(node, ScalarNode) and node.value is None):
                self.documents.append(node)
            return
        parent = self._open[-1]
        parent.nodes.append(node)
        parent.size += size
        if parent.size > MAX_NODES:
            self._stop(where or node.where, f"more than {MAX_NODES:,} values", "aliases multiply what they stand for")

    def _close(self, done: _Open) -> Node:
        if not done.mapping:
            return ListNode(tuple(done.nodes), done.where)
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        merged: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in zip(done.nodes[::2], done.nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                self.faults.append(fault(self._text, "a list or mapping cannot be a key", key.where, _QUOTES))
            elif key.text == "<<" and isinstance(value, MapNode):
                merged |= {name.text: (name, node) for name, node in value.entries}
            elif key.text in entries:
                first = entries[key.text][0].where.line
                message = f"the key '{key.text}' occurs twice"
                self.faults.append(fault(self._text, message, key.where, f"the first is in line {first}; remove one"))
            else:
                entries[key.text] = (key, value)
        return MapNode(tuple((merged | entries).values()), done.where)


def _value(event: Any) -> str | int | float | bool | None:
    """What YAML 1.2 makes of a scalar."""
    text: str = event.value
    tag = (event.tag or "").removeprefix(_TAG)
    if not event.implicit[0] and tag in ("", "!", "str"):  # in quotes, or said to be a text
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text.lower() in ("true", "false") and (text.islower() or text.isupper() or text.istitle()):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
