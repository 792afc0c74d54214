"""Icons of ``diagrams`` as data URIs, no larger than a picture needs them.

They come as PNGs of 200 to 300 pixels. resvg takes pixels of an image where it needs them, so one that is drawn at less
than half its size gets ragged; and a page would carry some 15 kB for each. So they are halved until another halving
would make them too small, and then brought to size: 3 ms each, as good to the eye as Pillow's best filter.
"""

from __future__ import annotations

from functools import cache

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import raster
from drawdeploy.resources import icon_file

LARGEST = 96
"""Pixels of the longer side: an icon of 40 units at twice the density, and some."""


@cache
def data_uri(dotted: str) -> str:
    """An icon as ``data:image/png;base64,…``, at most :data:`LARGEST` pixels high and wide, its proportions kept.

    Args:
        dotted: Name of a class below ``diagrams`` (``aws.compute.EC2``).

    Raises:
        DrawDeployError: There is no such icon, or its file is damaged.
    """
    path = icon_file(dotted)
    try:
        return _uri(shrink(path.read_bytes()))
    except (OSError, ValueError) as error:
        message = f"the file of the icon '{dotted}' cannot be read"
        raise DrawDeployError(message, "pip install --force-reinstall diagrams", code=Exit.FAILED) from error


def shrink(png: bytes, largest: int = LARGEST) -> bytes:
    """A PNG brought down to a size; unchanged if it is no larger.

    Raises:
        ValueError: It is no PNG.
    """
    width, height = raster.png_size(png)
    while (longest := max(width, height)) > largest:
        factor = 0.5 if longest >= 2 * largest else largest / longest
        width, height = (max(1, round(side * factor)) for side in (width, height))
        image = f'<image width="{width}" height="{height}" preserveAspectRatio="none" xlink:href="{_uri(png)}"/>'
        root = f'width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg"'
        png = raster.png(f'<svg {root} xmlns:xlink="http://www.w3.org/1999/xlink">{image}</svg>')
    return png


def _uri(png: bytes) -> str:
    from base64 import b64encode

    return "data:image/png;base64," + b64encode(png).decode("ascii")
