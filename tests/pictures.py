"""Pictures as tests see them: drawn once for each case, then read back from their SVG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from drawdeploy.describe import load_environment, load_strategy
from drawdeploy.expand import expand
from drawdeploy.ledger import Ledger, keep
from drawdeploy.model import Plan, Service
from drawdeploy.picture import fonts
from drawdeploy.picture.frames import Frame, Sheets, draw
from drawdeploy.picture.layout import Box

PLACES = (("plain", "single"), ("private", "single"), ("hybrid", "across"), ("hybrid", "both"))
STRATEGIES = ("bluegreen", "rollout")


@dataclass(frozen=True)
class Case:
    """What is planned and how it is drawn."""

    strategy: str
    environment: str
    placement: str
    replicas: int = 3
    lang: str = "en"
    theme: str = "light"
    batch: str = ""
    capacity: int | None = None

    def __str__(self) -> str:
        rest = [self.batch, "" if self.capacity is None else f"room{self.capacity}"]
        parts = [self.strategy, self.environment, self.placement, str(self.replicas), self.lang, self.theme, *rest]
        return "-".join(part for part in parts if part)


def _replicas(placement: str, replicas: int) -> int:
    return max(replicas, 2) if placement == "both" else replicas


def _combined(strategy: int, place: int, size: int) -> Iterator[Case]:
    """Three instances in both languages, other sizes in one: each strategy, place and size meets every look."""
    environment, placement = PLACES[place]
    replicas = (1, 3, 12, 200)[size]
    batch = "25%" if strategy and replicas > 3 else ""
    for lang in range(2):
        if replicas == 3 or lang == (strategy + place + size) % 2:
            look = ("en", "ko")[lang], ("light", "dark")[(strategy + place // 2 + size // 2 + lang) % 2]
            yield Case(STRATEGIES[strategy], environment, placement, _replicas(placement, replicas), *look, batch)


EVERY = tuple(
    case
    for strategy in range(len(STRATEGIES))
    for place in range(len(PLACES))
    for size in range(4)
    for case in _combined(strategy, place, size)
)
"""Every strategy, place and size."""
TIGHT = (
    Case("bluegreen", "private", "single", 3, "en", "dark", capacity=5),
    Case("bluegreen", "private", "single", 12, "ko", "light", capacity=20),
    Case("bluegreen", "private", "single", 200, "ko", "dark", capacity=300),
    Case("bluegreen", "hybrid", "both", 12, "en", "light", capacity=6),
    Case("bluegreen", "hybrid", "both", 12, "ko", "dark", capacity=6),
    Case("rollout", "private", "single", 3, "ko", "light", capacity=3),
)
"""Plans that do not fit."""
SIZES = (
    Case("bluegreen", "hybrid", "across", 6, "en", "dark"),
    Case("rollout", "hybrid", "across", 13, "ko", "light", batch="5"),
    Case("rollout", "hybrid", "both", 7, "en", "light", batch="2"),
    Case("bluegreen", "hybrid", "both", 8, "ko", "dark"),
    Case("rollout", "plain", "single", 10, "en", "dark"),
    Case("bluegreen", "private", "single", 1000, "en", "light"),
    Case("bluegreen", "plain", "single", 4, "ko", "dark"),
    Case("bluegreen", "private", "single", 5, "en", "light"),
)
"""Sizes on either side of where another way to draw begins."""
ALL = EVERY + TIGHT + SIZES


@cache
def planned(case: Case) -> tuple[Plan, Ledger]:
    """The plan of a case, with its figures."""
    if (case.lang, case.theme) != ("en", "light"):
        return planned(replace(case, lang="en", theme="light"))
    service = Service(replicas=case.replicas)
    environment = load_environment(case.environment, service, case.capacity)
    parameters = {"batch": case.batch} if case.batch else {}
    plan = expand(load_strategy(case.strategy), environment, service, placement=case.placement, parameters=parameters)
    return plan, keep(plan)


@cache
def drawn(case: Case) -> Sheets:
    """All pictures of a case, its places shared by both languages."""
    return draw(*planned(case), lang=case.lang, langs=("en", "ko"), theme=case.theme)


def frame(sheets: Sheets, name: str) -> Frame:
    return next(one for one in sheets.frames if one.name == name)


# --- read back -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)  # not frozen: there are many, and that makes them twice as quick
class Mark:
    """Something that was drawn.

    Attributes:
        kind: ``text``, ``rect``, ``path``, ``circle`` or ``use``.
        box: The room it takes in the picture.
        size: Of the font, as it is seen.
        parts: ``data-part`` of the groups it is in, from the outermost.
        order: Its place in the order of drawing.
        lines: The straight pieces of a path.
    """

    kind: str
    box: Box
    attributes: dict[str, str]
    text: str
    size: float
    parts: tuple[str, ...]
    order: int
    lines: tuple[tuple[tuple[float, float], tuple[float, float]], ...] = ()

    @property
    def fill(self) -> str:
        return self.attributes.get("fill", "")

    @property
    def solid(self) -> bool:
        """Whether it hides what is below."""
        return self.kind == "rect" and self.fill.startswith("#")

    def of(self, kind: str) -> str:
        """The name of the innermost part of one kind that it is in: ``pool:blue@onprem``."""
        return next((part for part in reversed(self.parts) if part.startswith(f"{kind}:")), "")


@cache
def marks(one: Frame) -> tuple[Mark, ...]:
    """Everything in a picture, in the order in which it is drawn."""
    root = ElementTree.fromstring(f"<svg>{one.body}</svg>")
    found = tuple(_marks(root, (0.0, 0.0, 1.0), ()))
    for index, mark in enumerate(found):
        mark.order = index
    return found


@cache
def texts(one: Frame) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks(one) if mark.kind == "text")


def _marks(node: ElementTree.Element, at: tuple[float, float, float], parts: tuple[str, ...]) -> Iterator[Mark]:
    for child in node:
        if child.tag == "g":
            assert set(child.attrib) <= {"data-part", "transform", "opacity"}, child.attrib
            name = child.get("data-part")
            yield from _marks(child, _moved(at, child.get("transform", "")), (*parts, name) if name else parts)
            continue
        assert child.tag in {"text", "rect", "path", "circle", "use"}, child.tag
        yield _mark(child, at, parts)


def _moved(at: tuple[float, float, float], transform: str) -> tuple[float, float, float]:
    if not transform:
        return at
    found = re.fullmatch(r"translate\((\S+) (\S+)\)(?: scale\((\S+)\))?", transform)
    assert found, f"a test reads no {transform}"
    x, y, scale = at
    return x + float(found[1]) * scale, y + float(found[2]) * scale, scale * float(found[3] or 1)


@cache
def _font() -> Any:
    import uharfbuzz

    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(fonts.font_path()))))


@cache
def ink(text: str) -> tuple[float, float]:
    """How far a text's letters really reach above and below the line, for size 1."""
    font = _font()
    extents = [font.get_glyph_extents(font.get_nominal_glyph(ord(character)) or 0) for character in text]
    tops = [glyph.y_bearing for glyph in extents]
    bottoms = [glyph.y_bearing + glyph.height for glyph in extents]
    return max([0, *tops]) / 1000, min([0, *bottoms]) / 1000


def _mark(node: ElementTree.Element, at: tuple[float, float, float], parts: tuple[str, ...]) -> Mark:
    given = dict(node.attrib)
    dx, dy, scale = at
    text, size, lines = "", 0.0, ()
    if node.tag == "text":
        text, size = node.text or "", float(given["font-size"])
        width = fonts.width(text, size, bold="stroke" in given)
        x = float(given["x"]) - width * {"middle": 0.5, "end": 1.0}.get(given.get("text-anchor", ""), 0.0)
        above, below = ink(text)
        box = Box(x, float(given["y"]) - above * size, width, (above - below) * size)
    elif node.tag == "circle":
        radius = float(given["r"])
        box = Box(float(given["cx"]) - radius, float(given["cy"]) - radius, 2 * radius, 2 * radius)
    elif node.tag == "path":
        points = [(float(a), float(b)) for a, b in re.findall(r"(-?[\d.]+) (-?[\d.]+)", given["d"])]
        (left, right), (top, bottom) = ((min(v), max(v)) for v in zip(*points, strict=True))
        box = Box(left, top, right - left, bottom - top)
        seen = [(dx + x * scale, dy + y * scale) for x, y in points]
        lines = tuple(pairwise(seen))
    else:
        box = Box(*(float(given.get(key, 0)) for key in ("x", "y", "width", "height")))
    box = Box(dx + box.x * scale, dy + box.y * scale, box.width * scale, box.height * scale)
    return Mark(node.tag, box, given, text, size * scale, parts, 0, lines)


def meet(one: Box, other: Box, allowed: float = 1.0) -> bool:
    """Whether two boxes reach into each other by more than ``allowed``, across and down."""
    return (
        one.x + allowed < other.x + other.width
        and other.x + allowed < one.x + one.width
        and one.y + allowed < other.y + other.height
        and other.y + allowed < one.y + one.height
    )


def inside(inner: Box, outer: Box, allowed: float = 1.0) -> bool:
    return (
        inner.x >= outer.x - allowed
        and inner.y >= outer.y - allowed
        and inner.right <= outer.right + allowed
        and inner.bottom <= outer.bottom + allowed
    )


def contains(outer: Box, x: float, y: float) -> bool:
    return 0 <= x - outer.x <= outer.width and 0 <= y - outer.y <= outer.height


@cache
def plates(one: Frame) -> dict[int, Mark]:
    """What each text is written on, by its order: the last filled shape below its middle. None for the page."""
    filled: list[Mark] = []
    found = {}
    for mark in marks(one):
        if mark.kind == "text":
            x, y = mark.box.cx, mark.box.cy
            under = next((other for other in reversed(filled) if contains(other.box, x, y)), None)
            if under:
                found[mark.order] = under
        elif mark.solid or (mark.kind == "circle" and mark.fill.startswith("#")):
            filled.append(mark)
    return found


# --- colour ----------------------------------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return sum(part * value for part, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
