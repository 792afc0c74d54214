"""Animations of the steps: GIF, WebP and APNG."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from drawdeploy.exports import Material, needed

_WIDEST = 1280
"""Pixels: an animation is looked at in a page or a chat."""


def make(material: Material, kind: str) -> dict[str, bytes]:
    """The file.

    Raises:
        DrawDeployError: Pillow is not installed.
    """
    image: Any = needed("PIL.Image", "animation")
    pictures = [image.open(BytesIO(material.png(frame.name))).convert("RGB") for frame in material.steps]
    wide, high = max(p.width for p in pictures), max(p.height for p in pictures)
    scale = min(1.0, _WIDEST / wide)
    size = (round(wide * scale), round(high * scale))
    frames = []
    for picture in pictures:
        page = image.new("RGB", (wide, high), picture.getpixel((picture.width - 1, picture.height - 1)))
        page.paste(picture, (0, 0))
        frames.append(page.resize(size, image.Resampling.LANCZOS))
    return {f"steps{material.suffix}.{kind}": _save(frames, kind, round(material.interval * 1000), image)}


def _save(frames: list[Any], kind: str, milliseconds: int, image: Any) -> bytes:
    out = BytesIO()
    durations = [milliseconds] * (len(frames) - 1) + [2 * milliseconds]  # the last one rests
    how: dict[str, Any] = {"save_all": True, "duration": durations, "loop": 0}
    if kind == "gif":  # one palette for all, so that nothing flickers
        strip = image.new("RGB", (frames[0].width, frames[0].height * len(frames)))
        for index, frame in enumerate(frames):
            strip.paste(frame, (0, index * frame.height))
        palette = strip.quantize(256, method=image.Quantize.MEDIANCUT)
        frames = [frame.quantize(palette=palette, dither=image.Dither.NONE) for frame in frames]
        how |= {"optimize": False, "disposal": 1}
    elif kind == "webp":
        how |= {"lossless": True, "quality": 60, "method": 3}
    frames[0].save(out, format="PNG" if kind == "apng" else kind.upper(), append_images=frames[1:], **how)
    return out.getvalue()
