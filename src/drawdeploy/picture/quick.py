"""SVG to PNG with ThorVG, in half the time that resvg takes: it gives pixels, and zlib packs them quicker.

It reads what :class:`drawdeploy.picture.canvas.Canvas` writes, once two things are put in another way: texts, since it
has no font, and hatching, since it knows no patterns. Whatever else a picture holds that it might not know, or if it is
not installed, :func:`png` gives ``None`` and the caller draws with resvg.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from html import unescape
from math import sqrt
from typing import Any, Final

from drawdeploy.picture import fonts, outlines

LEVEL: Final = 2
"""Of zlib: a sixth larger than its usual 6, in a third of the time."""

_SIZE = re.compile(r'<svg xmlns="[^"]*" width="([\d.]+)" height="([\d.]+)" viewBox="0 0 \1 \2" role="img"')
_TEXT = re.compile(
    r'<text x="([-\d.]+)" y="([-\d.]+)" font-size="([\d.]+)" fill="([^"]*)"'
    r'(?: stroke="([^"]*)" stroke-width="([\d.]+)")?(?: text-anchor="(middle|end)")?'
    r'( text-decoration="line-through")?>([^<]*)</text>'
)
_PATTERN = re.compile(
    r'<pattern id="([^"]+)" width="([\d.]+)"[^>]*rotate\(45\)"><rect width="([\d.]+)" height="\2" '
    r'fill="([^"]+)" opacity="([\d.]+)"/></pattern>'
)
_HATCHED = re.compile(
    r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"( rx="[\d.]+")? fill="url\(#([^)]+)\)"/>'
)
_STRIKE = (0.325, 0.05)  # the upper edge of a line through a text, and how thick it is, in em
_ROWS: Final = 64
_STRAIGHT: Final = 2  # ABGR8888S: red, green, blue, alpha in memory, colours not multiplied by alpha


def size(svg: str) -> tuple[float, float] | None:
    """Width and height of a picture of ours; ``None`` for any other SVG."""
    found = _SIZE.match(svg)
    return (float(found[1]), float(found[2])) if found else None


def png(svg: str, columns: int, rows: int) -> bytes | None:
    """Draws a picture.

    Args:
        svg: A whole document, as :func:`drawdeploy.picture.frames.document` makes it.
        columns: Pixels across.
        rows: Pixels down.

    Returns:
        A PNG with 8 bits of red, green, blue and alpha; ``None`` if it cannot be drawn so.
    """
    if load() is None or (plain := _simplified(svg)) is None:
        return None
    library, _ = load()
    picture = library.Picture()
    if picture.load_data(plain.encode(), "svg", "", True) or picture.set_size(columns, rows):
        return None
    canvas = library.SwCanvas(columns, rows, _STRAIGHT)
    if canvas.add(picture) or canvas.update() or canvas.draw(True) or canvas.sync():
        return None
    return _packed(memoryview(canvas).cast("B"), columns, rows)


@cache
def load() -> Any:
    """The library and its engine; ``None`` if it is not there, or does not work here."""
    try:
        import thorvg_cython  # takes 9 ms
    except Exception:  # an extension module that does not fit may raise anything
        return None
    # Without threads: a process with threads cannot be forked. It ends when nobody holds it.
    return thorvg_cython, thorvg_cython.Engine(0)


def _packed(pixels: memoryview, columns: int, rows: int) -> bytes:
    """Pixels as a PNG; every row is left as it is, which serves flat colours best."""
    width = 4 * columns
    packer, packed = zlib.compressobj(LEVEL), []
    for top in range(0, rows, _ROWS):  # not all at once: they are copied
        lines: list[bytes | memoryview] = []
        for at in range(top * width, min(top + _ROWS, rows) * width, width):
            lines += (b"\0", pixels[at : at + width])
        packed.append(packer.compress(b"".join(lines)))
    packed.append(packer.flush())
    head = struct.pack(">IIBBBBB", columns, rows, 8, 6, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", b"".join(packed)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


# --- what it does not know -------------------------------------------------------------------------------------------


def _simplified(svg: str) -> str | None:
    """The picture without texts and patterns; ``None`` if any are left."""
    hatches = {name: tuple(map(str, rest)) for name, *rest in _PATTERN.findall(svg)}
    svg = _TEXT.sub(_outlined, _PATTERN.sub("", svg))
    if hatches:
        clips: list[str] = []
        svg = _HATCHED.sub(lambda match: _striped(match, hatches, clips), svg)
    unknown = "<text" in svg or "<pattern" in svg or "<style" in svg or 'fill="url(' in svg
    return None if unknown else svg


def _outlined(match: re.Match[str]) -> str:
    """A text as a path."""
    x, y, size, fill, stroke, width, anchor, struck, text = match.groups()
    path, length = outlines.outline(unescape(text))
    scale = float(size) / fonts.units()
    left = float(x) - length * scale * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
    if struck:
        up, thick = (round(part * fonts.units()) for part in _STRIKE)
        path += f"M0 {up}h{length}v{-thick}h{-length}z"
    bold = f' stroke="{stroke}" stroke-width="{float(width) / scale:.1f}"' if stroke else ""
    return f'<path transform="matrix({scale:g} 0 0 {-scale:g} {left:.3f} {y})" d="{path}" fill="{fill}"{bold}/>'


def _striped(match: re.Match[str], hatches: dict[str, tuple[str, ...]], clips: list[str]) -> str:
    """A hatched rectangle as stripes, cut off at its edge."""
    *numbers, radius, name = match.groups()
    if name not in hatches:
        return match[0]
    x, y, width, height = map(float, numbers)
    step, thick, fill, opacity = hatches[name]
    lines = " ".join(
        f"M{at - y - height:.2f} {y + height:.2f}L{at - y:.2f} {y:.2f}"
        for at in _crossings(x + y, x + y + width + height, float(step), float(thick))
    )
    clips.append(name)
    clip = f"{name}-{len(clips)}"
    place = f'x="{numbers[0]}" y="{numbers[1]}" width="{numbers[2]}" height="{numbers[3]}"{radius or ""}'
    return (
        f'<clipPath id="{clip}"><rect {place}/></clipPath><g clip-path="url(#{clip})">'
        f'<path d="{lines}" fill="none" stroke="{fill}" stroke-opacity="{opacity}" stroke-width="{thick}"/></g>'
    )


def _crossings(low: float, high: float, step: float, thick: float) -> Iterator[float]:
    """Where the middles of the stripes cross the horizontal axis: x + y there, which along a stripe is the same."""
    number = int(low / sqrt(2) // step) - 1
    while (at := (number * step + thick / 2) * sqrt(2)) < high + step * sqrt(2):
        yield at
        number += 1
