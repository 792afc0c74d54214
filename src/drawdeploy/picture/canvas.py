"""The pen of the pictures: rectangles, lines, texts and icons as SVG, and what was used of fonts and icons.

SVG is written with presentation attributes only, and nothing in a picture has an ``id``: so any number of pictures may
stand in one page. What they share (icons, hatching) is defined once, by ``frames.symbols``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

from drawdeploy.picture import fonts
from drawdeploy.picture.grid import LINE, TEXT
from drawdeploy.picture.layout import Box
from drawdeploy.picture.theme import Theme

Point = tuple[float, float]


def number(value: float) -> str:
    """A length, to a tenth of a pixel."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def icon_id(dotted: str) -> str:
    """The id of an icon's symbol; for a picture of the user's own, one made of what is in it."""
    if dotted.startswith("data:"):
        from hashlib import sha256  # here: few have such

        return "icon-own-" + sha256(dotted.encode()).hexdigest()[:16]
    return "icon-" + dotted.replace(".", "-").replace("_", "-")


def measure(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """How wide a text is once it is drawn."""
    return fonts.width(fonts.printable(text), size, bold=bold)


class Canvas:
    """Collects the SVG of one picture.

    Attributes:
        characters: Every character that was written.
        icons: Dotted names of the icons used, in the order of their first use.
    """

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.characters: set[str] = set()
        self.icons: dict[str, None] = {}
        self._parts: list[str] = []

    @property
    def body(self) -> str:
        """All that was drawn."""
        return "".join(self._parts)

    @contextmanager
    def group(self, name: str = "", *, at: Point = (0, 0), scale: float = 1, opacity: float = 1) -> Iterator[None]:
        """Draws into a group; ``name`` says what it is (``pool:blue@onprem``), for programs that animate pictures."""
        attributes = f' data-part="{escape(name)}"' if name else ""
        if any(at) or scale != 1:
            size = f" scale({scale:.4f})" if scale != 1 else ""
            attributes += f' transform="translate({number(at[0])} {number(at[1])}){size}"'
        if opacity != 1:
            attributes += f' opacity="{opacity}"'
        self._parts.append(f"<g{attributes}>")
        try:
            yield
        finally:
            self._parts.append("</g>\n")

    def rect(
        self,
        box: Box,
        *,
        fill: str = "none",
        line: str = "",
        width: float = 1,
        radius: float = 0,
        dash: str = "",
    ) -> None:
        """A rectangle, rounded by ``radius``."""
        place = f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
        round_ = f' rx="{number(radius)}"' if radius else ""
        self._parts.append(f'<rect {place}{round_} fill="{fill}"{_stroke(line, width, dash)}/>')

    def path(self, d: str, *, line: str = "", width: float = 1, dash: str = "", fill: str = "none") -> None:
        """A path; round joins and ends, as everything here."""
        ends = ' stroke-linecap="round" stroke-linejoin="round"' if not dash and line else ""
        self._parts.append(f'<path d="{d}" fill="{fill}"{_stroke(line, width, dash)}{ends}/>')

    def circle(self, centre: Point, radius: float, *, fill: str = "none", line: str = "", width: float = 1) -> None:
        """A circle."""
        place = f'cx="{number(centre[0])}" cy="{number(centre[1])}" r="{number(radius)}"'
        self._parts.append(f'<circle {place} fill="{fill}"{_stroke(line, width, "")}/>')

    def text(
        self,
        x: float,
        baseline: float,
        text: str,
        *,
        size: float = TEXT,
        fill: str = "",
        bold: bool = False,
        anchor: str = "start",
        max_width: float = 0,
        strike: bool = False,
    ) -> float:
        """A line of text; returns how wide it is. What is wider than ``max_width`` ends in "…"."""
        text = fonts.printable(text)
        if max_width:
            text = fonts.fit(text, size, max_width, bold=bold)
        self.characters.update(text)
        fill = fill or self.theme.ink
        weight = f' stroke="{fill}" stroke-width="{number(size * fonts.BOLD_STROKE)}"' if bold else ""
        align = "" if anchor == "start" else f' text-anchor="{anchor}"'
        if strike:
            align += ' text-decoration="line-through"'
        place = f'x="{number(x)}" y="{number(baseline)}" font-size="{number(size)}"'
        self._parts.append(f'<text {place} fill="{fill}"{weight}{align}>{escape(text)}</text>')
        return fonts.width(text, size, bold=bold)

    def lines(self, x: float, baseline: float, lines: Sequence[str], **how: object) -> None:
        """Several lines of text."""
        for index, line in enumerate(lines):
            self.text(x, baseline + index * LINE, line, **how)  # type: ignore[arg-type]  # as in text()

    def pill(
        self,
        cx: float,
        cy: float,
        text: str,
        *,
        fill: str,
        ink: str,
        line: str = "",
        size: float = TEXT,
        bold: bool = True,
        pad: float = 8,
        max_width: float = 0,
    ) -> Box:
        """A text in a capsule around (``cx``, ``cy``)."""
        text = fonts.printable(text)
        if max_width:
            text = fonts.fit(text, size, max_width - 2 * pad, bold=bold)
        box = pill_box(cx, cy, text, size=size, bold=bold, pad=pad)
        self.rect(box, fill=fill, line=line, radius=box.height / 2)
        self.text(cx, cy + size * 0.36, text, size=size, fill=ink, bold=bold, anchor="middle")
        return box

    def icon(self, dotted: str, box: Box, *, opacity: float = 1, chip: bool = True) -> None:
        """An icon of ``diagrams``; on a light chip where the page is dark."""
        if not dotted:
            return
        self.icons[dotted] = None
        if self.theme.chip and chip:
            margin = 3 if box.width > 24 else 1.5
            self.rect(box.grown(margin), fill=self.theme.chip, radius=4 + margin)
        seen = f' opacity="{opacity}"' if opacity != 1 else ""
        place = f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
        self._parts.append(f'<use href="#{icon_id(dotted)}" {place}{seen}/>')

    def hatch(self, box: Box, *, radius: float = 0) -> None:
        """Diagonal lines over a rectangle: what is on standby."""
        self.rect(box, fill=f"url(#hatch-{self.theme.name})", radius=radius)


def pill_box(cx: float, cy: float, text: str, *, size: float = TEXT, bold: bool = True, pad: float = 8) -> Box:
    """The room that a pill takes."""
    width, height = fonts.width(text, size, bold=bold) + 2 * pad, size + 7
    return Box(cx - width / 2, cy - height / 2, max(width, height), height)


def _stroke(line: str, width: float, dash: str) -> str:
    if not line:
        return ""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f' stroke="{line}" stroke-width="{number(width)}"{dashed}'


def elbow(points: Sequence[Point], radius: float = 8) -> str:
    """A path through points, along the axes, with rounded corners."""
    d = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = _towards(corner, before, radius), _towards(corner, after, radius)
        d.append(f"L{number(into[0])} {number(into[1])}")
        d.append(f"Q{number(corner[0])} {number(corner[1])} {number(out[0])} {number(out[1])}")
    d.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return "".join(d)


def _towards(corner: Point, other: Point, radius: float) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    part = min(radius, length / 2) / length if length else 0
    return corner[0] + dx * part, corner[1] + dy * part


def arrow(tip: Point, direction: Point, size: float) -> str:
    """A triangle that points along ``direction`` (a unit vector along an axis) and ends at ``tip``."""
    (x, y), (dx, dy) = tip, direction
    back = (x - dx * size, y - dy * size)
    side = (-dy * size * 0.55, dx * size * 0.55)
    corners = [tip, (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
    return "M" + "L".join(f"{number(a)} {number(b)}" for a, b in corners) + "Z"
