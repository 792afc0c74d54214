"""Icons of ``diagrams`` as data URIs, no larger than a picture needs them.

They come as PNGs of 200 to 300 pixels. resvg takes pixels of an image where it needs them, so one that is drawn at less
than half its size gets ragged; and a page would carry some 15 kB for each. So they are halved, every pixel the mean of
four, until another halving would make them too small, and then brought to size: as good to the eye as Pillow's best
filter. That takes 4 ms each. So those that our own drawings use lie in ``small/``, made by this module (a test compares
them, and writes them); and :func:`prepare` has another process make others.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import raster
from drawdeploy.picture.aside import Answer, Aside
from drawdeploy.resources import icon_file, small_icon

LARGEST = 96
"""Pixels of the longer side: an icon of 40 units at twice the density, and some."""

_HEAD = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_begun: dict[str, Answer[bytes]] = {}


def load() -> None:
    """Loads what icons take long to load."""
    import base64  # noqa: F401

    raster.load()


def prepare(dotted: Iterable[str], beside: Aside) -> None:
    """Has icons made by another process, so that they are there when :func:`data_uri` is asked for them.

    Args:
        dotted: Names as for :func:`data_uri`. One that is wrong is told there.
        beside: The process.
    """
    for name in dotted:
        if name and not name.startswith(_OWN) and name not in _begun and small_icon(name) is None:
            with suppress(DrawDeployError):
                _begun[name] = beside.ask(_shrunk, icon_file(name))


@cache
def data_uri(dotted: str) -> str:
    """An icon as ``data:image/png;base64,…``, at most :data:`LARGEST` pixels high and wide, its proportions kept.

    Args:
        dotted: Name of a class below ``diagrams`` (``aws.compute.EC2``), or a data URI of the user's own.

    Raises:
        DrawDeployError: There is no such icon, or its file is damaged.
    """
    return _uri(_make(dotted))


def shrink(png: bytes, largest: int = LARGEST) -> bytes:
    """A PNG brought down to a size; unchanged if it is no larger.

    Raises:
        ValueError: It is no PNG.
    """
    width, height = raster.png_size(png)
    while (longest := max(width, height)) > largest:
        halve = longest >= 2 * largest
        factor = 0.5 if halve else largest / longest
        width, height = (max(1, round(side * factor)) for side in (width, height))
        # Halfway between four pixels, "smooth" is their mean; for the last step resvg's own choice is sharper.
        style = 'style="image-rendering:smooth" ' if halve else ""
        size = f'width="{width}" height="{height}"'
        image = f'<image {style}{size} preserveAspectRatio="none" xlink:href="{_uri(png)}"/>'
        png = raster.png(f"<svg {size} {_HEAD}>{image}</svg>")
    return png


_OWN = "data:image/png;base64,"


def _make(dotted: str) -> bytes:
    if dotted.startswith(_OWN):
        return _make_own(dotted)
    try:
        if small := small_icon(dotted):
            return small.read_bytes()
        return _begun[dotted].get() if dotted in _begun else _shrunk(icon_file(dotted))
    except (OSError, ValueError) as error:
        message = f"the file of the icon '{dotted}' cannot be read"
        raise DrawDeployError(message, "pip install --force-reinstall diagrams", code=Exit.FAILED) from error


def _shrunk(path: Path) -> bytes:
    return shrink(path.read_bytes())


def _make_own(uri: str) -> bytes:
    from base64 import b64decode

    try:
        return shrink(b64decode(uri.removeprefix(_OWN)))
    except (ValueError, DrawDeployError) as error:
        raise DrawDeployError("an icon of the description's own cannot be read", "save it as a PNG again") from error


def _uri(png: bytes) -> str:
    from base64 import b64encode

    return "data:image/png;base64," + b64encode(png).decode("ascii")
