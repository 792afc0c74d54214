"""A picture taken apart: every rectangle, circle, line, text and icon with its place, for formats that are edited.

It reads the SVG that this room has written, so whatever is drawn can be exported, at the same positions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from drawdeploy.picture.frames import Frame
from drawdeploy.picture.layout import Box
from drawdeploy.value import Value

Point = tuple[float, float]
_PLACE = re.compile(r"translate\((-?[\d.]+) (-?[\d.]+)\)(?: scale\(([\d.]+)\))?")
_PIECE = re.compile(r"([MLQZ])([^MLQZ]*)")


class Shape(Value):
    """One thing that is drawn.

    Attributes:
        kind: ``rect``, ``circle``, ``line`` (an open path), ``area`` (a closed one), ``text`` or ``icon``.
        box: The room it takes. Of a text: from its baseline up by its size, ``width`` 0.
        parts: Names of the groups it stands in, from the outermost (``pool:blue@onprem``).
        fill: Colour, ``none``, or ``url(#hatch…)``.
        line: Colour of its outline; empty if it has none.
        width: Of the outline.
        dash: Of the outline; empty if it is solid.
        radius: Of its corners.
        opacity: 0 to 1.
        text: What it says.
        size: Of the font, in pixels.
        bold: Whether it is bold.
        anchor: ``start``, ``middle`` or ``end``.
        struck: Whether it is struck through.
        icon: Id of the icon.
        points: Corners of a path; rounded corners are told as one point.
    """

    kind: str
    box: Box
    parts: tuple[str, ...]
    fill: str = "none"
    line: str = ""
    width: float = 0
    dash: str = ""
    radius: float = 0
    opacity: float = 1
    text: str = ""
    size: float = 0
    bold: bool = False
    anchor: str = "start"
    struck: bool = False
    icon: str = ""
    points: tuple[Point, ...] = ()


@lru_cache(maxsize=64)
def shapes(frame: Frame) -> tuple[Shape, ...]:
    """Everything in a picture, in the order in which it is drawn."""
    root = ElementTree.fromstring(f"<svg>{frame.body}</svg>")
    return tuple(_shapes(root, (0.0, 0.0, 1.0), (), 1.0))


def _shapes(
    group: ElementTree.Element, at: tuple[float, float, float], parts: tuple[str, ...], opacity: float
) -> Iterator[Shape]:
    for element in group:
        seen = opacity * float(element.get("opacity", 1))
        if element.tag == "g":
            name = element.get("data-part")
            inner = (*parts, name) if name else parts
            yield from _shapes(element, _moved(at, element.get("transform", "")), inner, seen)
        elif (shape := _shape(element, at, parts, seen)) is not None:
            yield shape


def _moved(at: tuple[float, float, float], transform: str) -> tuple[float, float, float]:
    hit = _PLACE.fullmatch(transform)
    if hit is None:
        return at
    x, y, scale = at
    return x + float(hit[1]) * scale, y + float(hit[2]) * scale, scale * float(hit[3] or 1)


def _shape(
    element: ElementTree.Element, at: tuple[float, float, float], parts: tuple[str, ...], opacity: float
) -> Shape | None:
    x, y, scale = at
    get = element.get

    def length(name: str) -> float:
        return float(get(name, 0)) * scale

    look: Any = {
        "fill": get("fill", "none"),
        "line": get("stroke", ""),
        "width": length("stroke-width"),
        "dash": get("stroke-dasharray", ""),
        "opacity": opacity,
    }
    if element.tag in ("rect", "use"):
        box = Box(x + length("x"), y + length("y"), length("width"), length("height"))
        if element.tag == "use":
            return Shape("icon", box, parts, icon=get("href", "#")[1:], opacity=opacity)
        return Shape("rect", box, parts, radius=length("rx"), **look)
    if element.tag == "circle":
        radius = length("r")
        box = Box(x + length("cx") - radius, y + length("cy") - radius, 2 * radius, 2 * radius)
        return Shape("circle", box, parts, **look)
    if element.tag == "text":
        size = length("font-size")
        box = Box(x + length("x"), y + length("y") - size, 0, size)
        return Shape(
            "text",
            box,
            parts,
            fill=get("fill", "#000000"),
            opacity=opacity,
            text="".join(element.itertext()),
            size=size,
            bold="stroke" in element.attrib,
            anchor=get("text-anchor", "start"),
            struck="text-decoration" in element.attrib,
        )
    if element.tag == "path":
        d = get("d", "")
        points = tuple((x + px * scale, y + py * scale) for px, py in _corners(d))
        left, top = min(p[0] for p in points), min(p[1] for p in points)
        box = Box(left, top, max(p[0] for p in points) - left, max(p[1] for p in points) - top)
        return Shape("area" if d.endswith("Z") else "line", box, parts, points=points, **look)
    return None


def _corners(d: str) -> Iterator[Point]:
    """The corners of a path; of a rounded one, the point that it is bent around."""
    pieces = [(command, [float(n) for n in re.findall(r"-?[\d.]+", rest)]) for command, rest in _PIECE.findall(d)]
    for index, (command, numbers) in enumerate(pieces):
        following = pieces[index + 1][0] if index + 1 < len(pieces) else ""
        if command == "Q" or (command in "ML" and not (command == "L" and following == "Q")):
            yield numbers[0], numbers[1]
