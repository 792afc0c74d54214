"""Reads positioned nodes field by field, and keeps every fault on the way.

A reader never stops at the first fault: it notes it, gives a harmless value, and goes on. :meth:`Reader.finish` then
raises all faults of a file together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from drawdeploy import source
from drawdeploy.errors import DrawDeployError, Fault, Where, nearest
from drawdeploy.model import Expression, Text
from drawdeploy.source import MapNode, Node, ScalarNode
from drawdeploy.words import LANGUAGES, attributes_in, compile_expression, compile_text, names_in

T = TypeVar("T")

MAX_FAULTS = 30
MAX_SECONDS = 30 * 24 * 3600
_TITLE, _TEXT = 80, 400
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME = re.compile(r"(\d{1,7})([smhd])", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_TEMPLATE_WORDS = frozenset({"and", "else", "false", "if", "in", "is", "none", "not", "or", "self", "true"})
_SAMPLES = {"service": "shop", "old": "v1", "new": "v2"}
"""Values that a text is tried with when it is read; all others are numbers."""
_NO_TEXT = Text("", "")
_ZERO = compile_expression("0")
_NO_ATTRIBUTES: Mapping[str, Sequence[str]] = MappingProxyType({})


class Reader:
    """One text being read.

    Args:
        text: The text.
        name: Name of its file, for faults.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.source = text
        self._faults: list[Fault] = []

    # --- faults ------------------------------------------------------------------------------------------------------

    def fault(self, where: Where | Node, message: str, hint: str = "") -> None:
        """Notes a fault."""
        place = where if isinstance(where, Where) else where.where
        self._faults.append(source.fault(self.source, message, place, hint))

    def unknown(self, node: Node, noun: str, name: str, names: Iterable[str]) -> None:
        """Notes a name that nobody knows."""
        shown = name if len(name) <= 60 else name[:59] + "…"
        self.fault(node, f"unknown {noun} '{shown}'", nearest(name, names))

    @property
    def count(self) -> int:
        """How many faults there are so far."""
        return len(self._faults)

    def error(self) -> DrawDeployError:
        """All faults, in the order of the text."""
        faults = sorted(dict.fromkeys(self._faults), key=_place)
        more = len(faults) - MAX_FAULTS
        rest = [Fault(f"{more} more faults", "mend these first", Where(self.name))] if more > 0 else []
        return DrawDeployError(faults=(*faults[:MAX_FAULTS], *rest))

    def finish(self) -> None:
        """Raises all faults, if there are any."""
        if self._faults:
            raise self.error()

    # --- values ------------------------------------------------------------------------------------------------------

    def string(self, node: Node, what: str) -> str:
        """A text that is not empty; numbers count as written."""
        if (
            isinstance(node, ScalarNode)
            and node.value is not None
            and not isinstance(node.value, bool)
            and node.text.strip()
        ):
            return node.text
        self.fault(node, f"{what} must be a text", "" if isinstance(node, ScalarNode) else "write it in one line")
        return ""

    def slug(self, node: Node, what: str) -> str:
        """A name that can be part of a file's name."""
        text = self.string(node, what)
        if text and (len(text) > 40 or not _SLUG.fullmatch(text)):
            self.fault(
                node,
                f"{what} cannot be '{text[:60]}'",
                "small letters, digits and single '-', up to 40: 'switch-traffic'",
            )
            return ""
        return text

    def name_of(self, node: Node, what: str) -> str:
        """A name that expressions can use."""
        text = self.string(node, what)
        if text and (len(text) > 40 or not _NAME.fullmatch(text) or text in _TEMPLATE_WORDS):
            self.fault(
                node,
                f"{what} cannot be '{text[:60]}'",
                "a small letter, then small letters, digits and '_', up to 40: 'canary'",
            )
            return ""
        return text

    def choice(self, node: Node, noun: str, names: Iterable[str]) -> str:
        """One of some names."""
        known = list(names)
        text = self.string(node, f"a {noun}")
        if text and text not in known:
            self.unknown(node, noun, text, known)
            return ""
        return text

    def boolean(self, node: Node, what: str) -> bool:
        """``true`` or ``false``."""
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        self.fault(node, f"{what} must be true or false", "without quotes")
        return False

    def seconds(self, node: Node, what: str) -> int:
        """A time: ``60s``, ``30m``, ``1h``."""
        example = "a number with s, m, h or d: '30m'"
        match = _TIME.fullmatch(node.text) if isinstance(node, ScalarNode) else None
        if not match:
            self.fault(node, f"{what} must be a time", example)
            return 0
        seconds = int(match[1]) * _SECONDS[match[2]]
        if seconds > MAX_SECONDS:
            self.fault(node, f"{what} is longer than 30 days", example)
            return 0
        return seconds

    def text(self, node: Node, what: str, scope: Iterable[str] = (), limit: int = _TEXT) -> Text:
        """A text in both languages: a plain one, or ``{en: …, ko: …}``.

        Args:
            node: Where it stands.
            what: What it is called in a fault.
            scope: Values that it may use.
            limit: Most characters.
        """
        if isinstance(node, ScalarNode):
            one = self._one_text(node, what, scope, limit)
            return Text(one, one)
        if not isinstance(node, MapNode):
            self.fault(node, f"{what} must be a text, or one in each language", "{en: Switch traffic, ko: 트래픽 전환}")
            return _NO_TEXT
        texts = dict.fromkeys(LANGUAGES, "")
        for key, value in node.entries:
            if self.choice(key, "language", LANGUAGES):
                texts[key.text] = self._one_text(value, what, scope, limit)
        for lang in LANGUAGES:
            if node.get(lang) is None:
                self.fault(node, f"{what} is missing in '{lang}'", "{en: Switch traffic, ko: 트래픽 전환}")
        return Text(**texts)

    def title(self, node: Node, what: str, scope: Iterable[str] = ()) -> Text:
        """A text of one line that fits a banner."""
        return self.text(node, what, scope, _TITLE)

    def _one_text(self, node: Node, what: str, scope: Iterable[str], limit: int) -> str:
        text = " ".join(self.string(node, what).split())
        if len(text) > limit:
            self.fault(node, f"{what} is longer than {limit} characters", "shorten it")
        elif not all(character.isprintable() for character in text):
            self.fault(
                node, f"{what} holds a character that cannot be shown", "remove control and direction characters"
            )
        elif text:
            known = list(scope)
            if self._in_scope(node, lambda: names_in(text, expression=False), known, "value"):
                self._try(node, lambda: compile_text(text, str)({name: _SAMPLES.get(name, 1) for name in known}))
        return text

    def expression(
        self, node: Node, what: str, scope: Iterable[str], attributes: Mapping[str, Sequence[str]] = _NO_ATTRIBUTES
    ) -> Expression:
        """An expression over the names in scope; a number is one too.

        Args:
            node: Where it stands.
            what: What it is called in a fault.
            scope: Names it may use.
            attributes: What it may ask of a name, by the name.
        """
        text = self.string(node, what)
        compiled = self._try(node, lambda: compile_expression(text)) if text else None
        if compiled is None or text.isdecimal():
            return compiled or _ZERO
        self._in_scope(node, lambda: names_in(text, expression=True), scope, "name")
        for owner, attribute in attributes_in(text):
            known = attributes.get(owner, ())
            if attribute not in known:
                hint = nearest(attribute, known) if known else f"'{owner}' is a value by itself"
                self.fault(node, f"'{owner}.{attribute}' is unknown", hint)
        return compiled

    def _try(self, node: Node, work: Callable[[], T]) -> T | None:
        """Does some work; what is wrong with it becomes a fault of the node."""
        try:
            return work()
        except DrawDeployError as error:
            self.fault(
                node, error.faults[0].message, error.faults[0].hint or "a value stands in double braces: {{ old }}"
            )
            return None

    def _in_scope(self, node: Node, names: Callable[[], frozenset[str]], scope: Iterable[str], noun: str) -> bool:
        """Whether all names are known; those that are not are faults."""
        known, found = list(scope), self._try(node, names)
        unknown = sorted((found or frozenset()).difference(known))
        for name in unknown:
            if known:
                self.unknown(node, noun, name, known)
            else:
                self.fault(node, f"unknown {noun} '{name}'", "nothing can be named in this place")
        return found is not None and not unknown


def _place(fault: Fault) -> tuple[int, int]:
    return (fault.where.line, fault.where.column) if fault.where else (0, 0)
