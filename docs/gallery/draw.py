"""Draws the pictures of this folder: those of the READMEs, and the contact sheets that are judged before a release.

    pip install -e '.[test]' && python docs/gallery/draw.py

Every strategy in every environment, with 1, 3 and 12 instances, in both languages, and in the dark. Look at them.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

import drawdeploy

HERE = Path(__file__).resolve().parent
STRATEGIES = ("bluegreen", "rollout")
ENVIRONMENTS = ("plain", "private", "hybrid")
SIZES = (1, 3, 12)
THUMB = 380
COLUMNS = 5
COLOURS = 112

SHOWN = {
    ("bluegreen", "hybrid", "en"): ("overview", "01-create-and-test", "02-switch-traffic", "04-remove-old.rollback"),
    ("rollout", "private", "en"): ("overview", "02-shift", "03-check.rollback"),
    ("bluegreen", "hybrid", "ko"): ("overview", "02-switch-traffic"),
    ("rollout", "private", "ko"): ("overview", "02-shift", "03-check.rollback"),
}
"""What the READMEs show."""


def options(strategy: str, environment: str, replicas: int) -> dict[str, object]:
    """A plan of each size: with twelve instances, four rounds."""
    if environment == "hybrid" and strategy == "rollout":
        replicas = max(2, replicas)  # one at each site
    batch = {"batch": "25%"} if strategy == "rollout" and replicas > 4 else {}
    return {"env": environment, "replicas": replicas, **batch}


def save(picture: Image.Image, path: Path) -> None:
    """Few colours: a sheet is there to be looked at, and to be small in the repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(HERE.parent.parent), f"{path.stat().st_size // 1024} kB")


def sheet(strategy: str, environment: str, lang: str, theme: str) -> Image.Image:
    """All pictures of a strategy in an environment, one below the other for each size."""
    rows: list[list[Image.Image]] = []
    for replicas in SIZES:
        drawing = drawdeploy.draw(strategy, lang=lang, theme=theme, scale=1, **options(strategy, environment, replicas))
        thumbs = []
        for frame in drawing.frames:
            picture = Image.open(io.BytesIO(drawing.png(frame.name))).convert("RGB")
            height = round(picture.height * THUMB / picture.width)
            thumbs.append(picture.resize((THUMB, height), Image.Resampling.LANCZOS))
        rows += [thumbs[i : i + COLUMNS] for i in range(0, len(thumbs), COLUMNS)]
    width = COLUMNS * (THUMB + 8) + 8
    height = sum(max(picture.height for picture in row) + 8 for row in rows) + 8
    whole = Image.new("RGB", (width, height), "#9AA3AF")
    y = 8
    for row in rows:
        for column, picture in enumerate(row):
            whole.paste(picture, (8 + column * (THUMB + 8), y))
        y += max(picture.height for picture in row) + 8
    return whole


def main() -> None:
    """Draws everything."""
    for (strategy, environment, lang), names in SHOWN.items():
        drawing = drawdeploy.draw(strategy, env=environment, lang=lang, scale=1.5)
        for name in names:
            picture = Image.open(io.BytesIO(drawing.png(name)))
            save(picture, HERE / f"{strategy}-{environment}" / f"{name}.{lang}.png")
    for strategy in STRATEGIES:
        for environment in ENVIRONMENTS:
            for lang, theme in (("en", "light"), ("ko", "light"), ("ko" if strategy == "rollout" else "en", "dark")):
                picture = sheet(strategy, environment, lang, theme)
                save(picture, HERE / "sheets" / f"{strategy}-{environment}.{lang}.{theme}.png")


if __name__ == "__main__":
    main()
