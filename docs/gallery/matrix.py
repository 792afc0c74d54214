"""Draws the contact sheet of the whole matrix: the main step of every strategy in every environment and placement.

    pip install -e '.[test]' && python docs/gallery/matrix.py

What a router cannot do is refused, and the sheet has the reason in that place. Look at it before a release.
"""

from __future__ import annotations

import io
import textwrap
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import drawdeploy
from drawdeploy import api, describe
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Service
from drawdeploy.picture.fonts import font_path

HERE = Path(__file__).resolve().parent
PARTS = {"one-site": ("plain", "private", "public", "kubernetes"), "two-sites": ("hybrid", "multicloud")}
THUMB = (460, 270)
EDGE = 8
COLOURS = 200
GREY = "#9AA3AF"


def main_step(planned: api.Planned) -> int:
    """The step in which most users come to the new version."""
    shares = [0, *(figures.after.exposure for figures in planned.ledger.steps)]
    gained = [after - before for before, after in pairwise(shares)]
    return gained.index(max(gained)) + 1


def thumb(strategy: str, environment: str, placement: str) -> Image.Image:
    """The picture of that step, or why there is none."""
    tile = Image.new("RGB", THUMB, "white")
    try:
        planned = drawdeploy.plan(strategy, env=environment, placement=placement, replicas=4)
    except DrawDeployError as error:
        font = ImageFont.truetype(str(font_path()), 18)
        text = textwrap.fill(f"{strategy} · {environment} · {placement}: {error.faults[0].message}", 46)
        ImageDraw.Draw(tile).multiline_text((20, 20), text, "#5B6676", font, spacing=6)
        return tile
    number = main_step(planned)
    drawing = planned.draw(steps=[number], rollbacks=False, overview=False, scale=1)
    name = next(frame.name for frame in drawing.frames if frame.name.startswith(f"{number:02d}-"))
    picture = Image.open(io.BytesIO(drawing.png(name))).convert("RGB")
    picture.thumbnail(THUMB, Image.Resampling.LANCZOS)
    tile.paste(picture, ((THUMB[0] - picture.width) // 2, (THUMB[1] - picture.height) // 2))
    return tile


def sheet(environments: tuple[str, ...]) -> Image.Image:
    """Strategies from above, places from the left."""
    places = [
        (name, placement.id)
        for name in environments
        for placement in describe.load_environment(name, Service()).placements
    ]
    strategies = api.strategy_names()
    size = len(places) * (THUMB[0] + EDGE) + EDGE, len(strategies) * (THUMB[1] + EDGE) + EDGE
    whole = Image.new("RGB", size, GREY)
    for row, strategy in enumerate(strategies):
        for column, place in enumerate(places):
            at = EDGE + column * (THUMB[0] + EDGE), EDGE + row * (THUMB[1] + EDGE)
            whole.paste(thumb(strategy, *place), at)
    return whole


def main() -> None:
    """Draws both sheets."""
    for name, environments in PARTS.items():
        path = HERE / "sheets" / f"matrix-{name}.en.png"
        sheet(environments).quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        print(path.relative_to(HERE.parent.parent), f"{path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
