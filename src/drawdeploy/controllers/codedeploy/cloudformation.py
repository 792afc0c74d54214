"""Templates of CloudFormation: intrinsic functions worked out as far as defaults go, and the resources taken apart.

What cannot be known before somebody deploys stays as it is, a mapping such as ``{Ref: X}``, and counts as not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from drawdeploy.source import ListNode, MapNode, Node, ScalarNode

_SUB = re.compile(r"\$\{([^}!][^}]*)\}")
_LITERAL = re.compile(r"\$\{!([^}]*)\}")
_DEEP = 24


def is_unknown(node: Node | None) -> bool:
    """Whether a value is an intrinsic function that could not be worked out."""
    if not isinstance(node, MapNode) or len(node.entries) != 1:
        return False
    name = node.entries[0][0].text
    return name in ("Ref", "Condition") or name.startswith("Fn::")


def is_template(node: Node) -> bool:
    """Whether a document is a template: it has resources, each with a type."""
    resources = node.get("Resources") if isinstance(node, MapNode) else None
    if not isinstance(resources, MapNode) or not isinstance(node, MapNode) or node.get("kind") is not None:
        return False
    return any(isinstance(one, MapNode) and "::" in text(one.get("Type")) for _, one in resources.entries)


def text(node: Node | None) -> str:
    """A text, or nothing."""
    return node.text if isinstance(node, ScalarNode) and node.value is not None else ""


def section(node: Node | None, name: str) -> MapNode | None:
    """A mapping in a mapping."""
    found = node.get(name) if isinstance(node, MapNode) else None
    return found if isinstance(found, MapNode) else None


def with_entry(node: MapNode, name: str, value: Node) -> MapNode:
    """The mapping with one more entry, or another value for it."""
    entries = tuple((key, one) for key, one in node.entries if key.text != name)
    return MapNode((*entries, (ScalarNode(name, name, value.where), value)), node.where)


class Template:
    """A template and what its parameters, mappings and conditions give."""

    def __init__(self, node: MapNode) -> None:
        self.node = node
        self._parameters = section(node, "Parameters")
        self._mappings = section(node, "Mappings")
        self._conditions = section(node, "Conditions")

    def resources(self) -> Iterator[tuple[str, str, MapNode]]:
        """Id, type and node of every resource that is made, as far as conditions are known."""
        for key, node in (section(self.node, "Resources") or MapNode((), self.node.where)).entries:
            if isinstance(node, MapNode) and self.condition(text(node.get("Condition"))) is not False:
                yield key.text, text(node.get("Type")), node

    def resource(self, name: str) -> MapNode | None:
        """The properties of a resource, resolved; ``None`` if there is none of that id."""
        node = section(section(self.node, "Resources"), name)
        found = self.resolve(node) if node is not None else None
        return section(found, "Properties")

    def referred(self, node: Node | None) -> str:
        """Id of the resource that a value names (``!Ref X``, ``!GetAtt X.Name``); empty if it names none."""
        if not is_unknown(node) or not isinstance(node, MapNode):
            return ""
        name, value = node.entries[0][0].text, node.entries[0][1]
        if name == "Fn::GetAtt" and isinstance(value, ListNode) and value.items:
            value = value.items[0]
        found = text(value)
        return found.partition(".")[0] if name in ("Ref", "Fn::GetAtt") else ""

    def condition(self, name: str, depth: int = 0) -> bool | None:
        """Whether a condition holds; ``None`` if nobody can know. No condition holds always."""
        if not name:
            return True
        node = self._conditions.get(name) if self._conditions else None
        return None if node is None or depth > _DEEP else self._truth(node, depth + 1)

    def _truth(self, node: Node, depth: int) -> bool | None:
        if not isinstance(node, MapNode) or len(node.entries) != 1:
            return None
        name, value = node.entries[0][0].text, node.entries[0][1]
        if name == "Condition":
            return self.condition(text(value), depth)
        items = value.items if isinstance(value, ListNode) else ()
        if name == "Fn::Equals" and len(items) == 2:
            sides = [self.resolve(item, depth) for item in items]
            if any(not isinstance(side, ScalarNode) for side in sides):
                return None
            return _same(text(sides[0]), text(sides[1]))
        truths = [self._truth(item, depth + 1) for item in items] if depth <= _DEEP else [None]
        if name == "Fn::Not" and len(truths) == 1:
            return None if truths[0] is None else not truths[0]
        if name == "Fn::And":
            return False if False in truths else None if None in truths else True
        if name == "Fn::Or":
            return True if True in truths else None if None in truths else False
        return None

    def resolve(self, node: Node, depth: int = 0) -> Node | None:
        """The value with its intrinsic functions worked out where defaults allow; ``None`` for ``AWS::NoValue``."""
        if depth > _DEEP:
            return node
        if isinstance(node, ListNode):
            items = (self.resolve(item, depth + 1) for item in node.items)
            return ListNode(tuple(item for item in items if item is not None), node.where)
        if not isinstance(node, MapNode):
            return node
        if is_unknown(node):
            return self._function(node, depth)
        entries = []
        for key, value in node.entries:
            found = self.resolve(value, depth + 1)
            if found is not None:
                entries.append((key, found))
        return MapNode(tuple(entries), node.where)

    def _function(self, node: MapNode, depth: int) -> Node | None:
        name, value = node.entries[0][0].text, node.entries[0][1]
        if name == "Ref":
            return None if text(value) == "AWS::NoValue" else self._parameter(text(value)) or node
        if name == "Fn::If" and isinstance(value, ListNode) and len(value.items) == 3:
            holds = self.condition(text(value.items[0]), depth)
            return node if holds is None else self.resolve(value.items[1 if holds else 2], depth + 1)
        if name == "Fn::Sub":
            return self._substituted(node, value, depth)
        if name == "Fn::FindInMap" and isinstance(value, ListNode) and len(value.items) >= 3:
            found: Node | None = self._mappings
            for item in value.items[:3]:
                key = self.resolve(item, depth + 1)
                found = found.get(text(key)) if isinstance(found, MapNode) and isinstance(key, ScalarNode) else None
            return found or node
        return node

    def _parameter(self, name: str) -> Node | None:
        found = section(self._parameters, name)
        return found.get("Default") if found else None

    def _substituted(self, node: MapNode, value: Node, depth: int) -> Node:
        own: MapNode | None = None
        if isinstance(value, ListNode) and len(value.items) == 2 and isinstance(value.items[1], MapNode):
            own, value = value.items[1], value.items[0]
        missing = False

        def put(match: re.Match[str]) -> str:
            nonlocal missing
            name = match[1].strip()
            found = self.resolve(own.get(name) or node, depth + 1) if own and own.get(name) else self._parameter(name)
            missing = missing or not isinstance(found, ScalarNode)
            return text(found)

        said = _LITERAL.sub(r"${\1}", _SUB.sub(put, text(value)))
        return node if missing or not isinstance(value, ScalarNode) else ScalarNode(said, said, node.where)


def _same(one: str, other: str) -> bool:
    lowered = {one.lower(), other.lower()}
    return one == other or (lowered <= {"true", "false"} and len(lowered) == 1)


def merged(base: Node | None, over: Node | None) -> Node | None:
    """SAM's Globals under a resource's own properties: mappings merge, lists are joined, the rest is replaced."""
    if base is None or over is None:
        return over if base is None else base
    if isinstance(base, MapNode) and isinstance(over, MapNode) and not is_unknown(base) and not is_unknown(over):
        entries = {key.text: (key, value) for key, value in base.entries}
        for key, value in over.entries:
            below = entries.get(key.text)
            found = merged(below[1] if below else None, value)
            entries[key.text] = (key, value if found is None else found)
        return MapNode(tuple(entries.values()), over.where)
    if isinstance(base, ListNode) and isinstance(over, ListNode):
        return ListNode(base.items + over.items, over.where)
    return over
