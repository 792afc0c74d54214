"""SVG to PNG, with nothing but our own font.

Pictures of ours are drawn by ThorVG (:mod:`drawdeploy.picture.quick`); all others, and what it does not know, by resvg.
For that the font is cut down to the characters of the picture: a third of resvg's time for a text went into reading the
whole font, again for every text. What is drawn is what a browser draws with :func:`drawdeploy.picture.fonts.font_face`,
to the same advances.

resvg holds Python's lock, so several pictures are drawn in several processes (:func:`begin`).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Final

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import fonts, outlines, quick
from drawdeploy.picture.workers import Pending, begin_all

MAX_PIXELS: Final = 80_000_000
"""Of one picture: 320 MB while it is drawn."""

_ASCII = "".join(map(chr, range(0x20, 0x7F)))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


def png(svg: str, *, scale: float = 1.0, background: str | None = None) -> bytes:
    """Draws a picture.

    Args:
        svg: A whole document with ``width`` and ``height``; text in :data:`fonts.FAMILY`.
        scale: Pixels for each unit of its width and height.
        background: ``#rrggbb`` or ``#rrggbbaa`` behind it; transparent without.

    Returns:
        A PNG with 8 bits of red, green, blue and alpha: the same bytes for the same arguments, on one machine.

    Raises:
        DrawDeployError: It would have more than :data:`MAX_PIXELS`, ``scale`` is no positive number, or resvg cannot
            read the picture.
    """
    if background is None and (size := quick.size(svg)):
        quickly = quick.png(svg, *_pixels(*size, scale))
        if quickly is not None:
            return quickly
    resvg = load()
    options = resvg.usvg.Options.default()
    if "<text" in svg:
        options.load_font_data(_font(characters(svg)))
        options.font_family = fonts.FAMILY
    try:
        tree = resvg.usvg.Tree.from_str(svg, options)
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # Rust's, no Exception
            raise
        raise DrawDeployError(f"a picture cannot be drawn: {error}", code=Exit.FAILED) from error
    width, height = tree.int_size()
    columns, rows = _pixels(width, height, scale)
    return bytes(
        resvg.render(
            tree,
            (columns / width, 0.0, 0.0, 0.0, rows / height, 0.0),
            bg_size=(columns, rows),
            bg_color=_colour(background),
        )
    )


def png_many(
    svgs: Sequence[str], *, scale: float = 1.0, background: str | None = None, jobs: int | None = None
) -> list[bytes]:
    """Draws pictures as :func:`png` does, on all cores.

    Args:
        svgs: What to draw.
        scale: As in :func:`png`.
        background: As in :func:`png`.
        jobs: How many processes; as many as there are cores without. With 1, this process does it all.

    Returns:
        The PNGs, in the order of ``svgs``.

    Raises:
        DrawDeployError: As :func:`png`.
    """
    with begin(svgs, scale=scale, background=background, jobs=jobs) as pending:
        return pending.result()


def begin(
    svgs: Sequence[str],
    *,
    scale: float = 1.0,
    background: str | None = None,
    jobs: int | None = None,
) -> Pending:
    """Begins what :func:`png_many` does, and returns at once: the caller can write a report meanwhile.

    Use it as ``with begin(…) as pending: …; pngs = pending.result()``, so that nothing is left running.
    """
    from functools import partial

    if quick.load() is None:  # here, so that no worker has to
        load()
    else:
        outlines.load()
    return begin_all(partial(png, scale=scale, background=background), svgs, jobs)


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels.

    Raises:
        ValueError: It is none.
    """
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 24:
        raise ValueError("not a PNG")
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def characters(svg: str) -> str:
    """All characters that a picture could draw, sorted: every printable one of ASCII, and all others that are in it."""
    found = set(_ASCII).union(*_NOT_ASCII.findall(svg))
    found |= {chr(int(hexa, 16) if hexa else int(decimal)) for hexa, decimal in _REFERENCE.findall(svg)}
    return "".join(sorted(found))


@cache
def load() -> Any:
    """The binding of resvg, without the package around it.

    That package imports ``importlib.metadata`` to tell its own version, which takes three times as long as all the rest
    of it. Where the binding does not stand in it under the name we know, the package is what is left.
    """
    import sys
    from importlib.machinery import PathFinder
    from importlib.util import find_spec, module_from_spec

    package, name = find_spec("resvg"), "resvg._resvg"
    spec = PathFinder.find_spec(name, package.submodule_search_locations) if package else None
    if name not in sys.modules and spec and spec.loader:
        module = sys.modules[name] = module_from_spec(spec)  # for whoever imports the package later
        spec.loader.exec_module(module)
    if hasattr(sys.modules.get(name), "render"):
        return sys.modules[name]
    import resvg

    return resvg


@lru_cache(maxsize=8)
def _font(wanted: str) -> bytes:
    return fonts.subset(wanted)


def _pixels(width: float, height: float, scale: float) -> tuple[int, int]:
    """Columns and rows of a picture of that size."""
    if not (math.isfinite(scale) and scale > 0):
        raise DrawDeployError(f"--scale {scale:g}: a positive number is needed", "for example --scale 2")
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
    if columns * rows > MAX_PIXELS:
        largest = math.floor(math.sqrt(MAX_PIXELS / (width * height)) * 100 - 0.5) / 100  # whatever is rounded up
        asked, limit = columns * rows / 1e6, MAX_PIXELS / 1e6
        raise DrawDeployError(
            f"--scale {scale:g}: a picture of {columns} × {rows} pixels is too large "
            f"({asked:,.0f} megapixels; the limit is {limit:.0f})",
            f"the largest that works here is --scale {largest:g}; an SVG has no such limit",
        )
    return columns, rows


def _colour(text: str | None) -> tuple[int, int, int, int] | None:
    """Red, green, blue and alpha, from 0 to 255."""
    if text is None:
        return None
    if not _COLOUR.fullmatch(text):
        raise ValueError(f"{text!r} is not like #rrggbb")
    red, green, blue, *alpha = bytes.fromhex(text[1:])
    return red, green, blue, alpha[0] if alpha else 255
