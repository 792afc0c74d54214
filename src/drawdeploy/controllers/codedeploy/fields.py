"""Reads a template's resource: what nobody can know yet is no fault, but noted."""

from __future__ import annotations

from drawdeploy.controllers.codedeploy.cloudformation import is_unknown
from drawdeploy.controllers.course import Note
from drawdeploy.controllers.documents import Document, Fields
from drawdeploy.model import Phrase
from drawdeploy.source import ListNode, Node, ScalarNode


class Properties(Fields):
    """Like ``Fields``; intrinsic functions that could not be worked out count as not there, and are remembered."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.unknown: dict[str, Node] = {}

    def node(self, path: str) -> Node | None:
        """The node of a path; ``None`` if it is not there, null, or not known."""
        found = super().node(path)
        if is_unknown(found) and found is not None:
            self.unknown[path] = found
            return None
        return found

    def raw(self, path: str) -> Node | None:
        """The node of a path, known or not."""
        return super().node(path)

    def boolean(self, path: str, default: bool = False) -> bool:
        """``true`` or ``false``; CloudFormation takes them as texts too."""
        node = self.node(path)
        if isinstance(node, ScalarNode) and node.text.lower() in ("true", "false"):
            return node.text.lower() == "true"
        return super().boolean(path, default)

    def integer(self, path: str, default: int | None = None, *, least: int = 0, most: int = 2**31 - 1) -> int | None:
        """A whole number; CloudFormation takes one as a text too."""
        node = self.node(path)
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.text.isascii() and node.text.isdigit():
            value = int(node.text[:12])
            if least <= value <= most:
                return value
            self.fault(path, f"must be between {least} and {most}, and is {value}", at=node)
            return default
        return super().integer(path, default, least=least, most=most)

    def texts(self, path: str) -> tuple[str, ...]:
        """The texts of a list; what is not known shows as ``?``."""
        if not isinstance(self.node(path), ListNode):
            return ()
        count = self.length(path)
        return tuple(self.text(f"{path}[{index}]") or "?" for index in range(count))

    def notes(self, *fields: str) -> tuple[Note, ...]:
        """Those of some fields that are not known, for the user to hear of."""
        return tuple(
            Note(
                Phrase("codedeploy.note.unknown", values=(("field", path),)),
                Phrase("codedeploy.hint.unknown"),
                node.where,
                path,
            )
            for path, node in self.unknown.items()
            if any(path == field or path.startswith(f"{field}.") for field in fields)
        )
