"""Whoever looks at a picture can read it: on a slide, on a page of A4, in both languages and themes, at every size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drawdeploy.picture import fonts
from drawdeploy.picture.frames import Frame
from drawdeploy.picture.layout import Box
from drawdeploy.picture.theme import THEMES, Theme
from pictures import ALL, Case, contains, contrast, drawn, inside, marks, meet, plates, texts

SLIDE = (960.0, 540.0)
"""Points of a slide of 13.333 × 7.5 inches."""
A4 = (510.0, 757.0)
"""Points of a page of A4 with margins of 15 mm."""

every_case = pytest.mark.parametrize("case", ALL, ids=str)


def nothing(found: Iterator[str]) -> None:
    """Fails with the first few of the faults that were found."""
    faults = sorted(set(found))
    if faults:
        pytest.fail("\n".join([f"{len(faults)} faults:", *faults[:12]]), pytrace=False)


def on_paper(one: Frame) -> tuple[float, float, float]:
    """By how much a picture is scaled on the page it is made for, its smallest text there, and what is allowed."""
    page, least = (A4, 7.0) if one.kind == "overview" else (SLIDE, 12.0)
    scale = min(page[0] / one.width, page[1] / one.height)
    return scale, min(mark.size for mark in texts(one)) * scale, least


@every_case
def test_text_is_large_enough(case: Case) -> None:
    def found() -> Iterator[str]:
        for one in drawn(case).frames:
            scale, smallest, least = on_paper(one)
            if smallest < least:
                yield f"{one.name}: {smallest:.2f} pt at {scale:.2f} of {one.width} × {one.height}"

    nothing(found())


@every_case
def test_text_is_inside_the_picture_and_inside_what_it_stands_in(case: Case) -> None:
    """The innermost of the rectangles around its middle is what it stands in: a pill, a cell, a pool, a card."""

    def found() -> Iterator[str]:
        for one in drawn(case).frames:
            rects = [mark for mark in marks(one) if mark.kind == "rect"]
            for text in texts(one):
                if not (text.box.x >= 0 and text.box.right <= one.width and text.box.y >= 0):
                    yield f"{one.name}: {text.text!r} leaves the picture at the side"
                if text.box.bottom > one.height:
                    yield f"{one.name}: {text.text!r} leaves the picture below"
                x, y = text.box.cx, text.box.cy
                around = [r for r in rects if r.order < text.order and contains(r.box, x, y)]
                inner = min(around, key=lambda r: r.box.width * r.box.height, default=None)
                if inner and not inside(text.box, inner.box):
                    yield f"{one.name}: {text.text!r} in {text.parts[-1:]} leaves {inner.box}: {text.box}"

    nothing(found())


@every_case
def test_no_text_is_cut(case: Case) -> None:
    """Names are made for their places, and places for the widest name."""

    def found() -> Iterator[str]:
        for one in drawn(case).frames:
            yield from (f"{one.name}: {text.text!r}" for text in texts(one) if text.text.endswith(fonts.ELLIPSIS))

    nothing(found())


@every_case
def test_no_text_on_another(case: Case) -> None:
    def found() -> Iterator[str]:
        for one in drawn(case).frames:
            ordered = sorted(texts(one), key=lambda mark: mark.box.x)
            for index, text in enumerate(ordered):
                for other in ordered[index + 1 :]:
                    if other.box.x >= text.box.right:
                        break
                    if meet(text.box, other.box):
                        yield f"{one.name}: {text.text!r} and {other.text!r}"

    nothing(found())


@every_case
def test_nothing_is_drawn_over_a_text(case: Case) -> None:
    def found() -> Iterator[str]:
        for one in drawn(case).frames:
            above = [mark for mark in marks(one) if mark.solid or mark.kind == "use"]
            for text in texts(one):
                for mark in above:
                    if mark.order > text.order and meet(mark.box, text.box):
                        yield f"{one.name}: {mark.attributes.get('href', mark.kind)} of {mark.parts} over {text.text!r}"

    nothing(found())


@every_case
def test_no_text_on_an_icon(case: Case) -> None:
    """But on a plate that hides the icon: the badges of cells."""

    def found() -> Iterator[str]:
        for one in drawn(case).frames:
            below = [mark for mark in marks(one) if mark.kind == "use"]
            for text in texts(one):
                plate = plates(one).get(text.order)
                since = plate.order if plate else 0
                for icon in below:
                    if since < icon.order < text.order and meet(icon.box, text.box):
                        yield f"{one.name}: {text.text!r} on {icon.attributes['href']}"

    nothing(found())


@every_case
def test_no_line_through_a_text(case: Case) -> None:
    """What is struck through because it is gone is meant."""

    def found() -> Iterator[str]:
        for one in drawn(case).frames:
            paths = [mark for mark in marks(one) if mark.kind == "path" and not mark.of("instance")]
            for text in texts(one):
                plate = plates(one).get(text.order)
                since = plate.order if plate else 0
                for path in paths:
                    near = path.order > since and crosses(
                        ((path.box.x, path.box.y), (path.box.right, path.box.bottom)), text.box
                    )
                    if near and any(crosses(line, text.box) for line in path.lines):
                        yield f"{one.name}: {path.parts[-1:]} through {text.text!r}"

    nothing(found())


def crosses(line: tuple[tuple[float, float], tuple[float, float]], box: Box) -> bool:
    """Whether a line along an axis enters a box by more than a pixel; a short slanted one counts as its box."""
    (ax, ay), (bx, by) = line
    left, right = (ax, bx) if ax < bx else (bx, ax)
    top, bottom = (ay, by) if ay < by else (by, ay)
    return left < box.right - 1 and right > box.x + 1 and top < box.bottom - 1 and bottom > box.y + 1


@every_case
def test_every_character_has_a_glyph(case: Case) -> None:
    sheets = drawn(case)
    written = {character for one in sheets.frames for text in texts(one) for character in text.text}
    assert [character for character in sorted(written) if not fonts.has(character)] == []
    assert written <= set(sheets.characters), "the font that an SVG carries lacks some"
    assert any("가" <= character <= "힣" for character in written) == (case.lang == "ko")


# --- contrast --------------------------------------------------------------------------------------------------------

PAIRS = [
    ("ink", "page"), ("ink", "band"), ("ink", "card"), ("ink", "red_band"),
    ("soft", "page"), ("soft", "band"), ("soft", "card"), ("soft", "red_band"),
    ("red_text", "red_band"), ("red_text", "card"), ("red_text", "page"),
    ("on_tag", "tag"), ("on_pill", "pill"), ("on_badge", "badge"), ("on_violet", "violet"), ("on_red", "red"),
]  # fmt: skip
SHADES = [("text", "tint"), ("on", "text")]


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_colours_of_text_are_legible(theme: Theme) -> None:
    pairs = [(f"{a} on {b}", getattr(theme, a), getattr(theme, b)) for a, b in PAIRS]
    for name, shade in theme.revisions.items():
        pairs += [(f"{name} {a} on {b}", getattr(shade, a), getattr(shade, b)) for a, b in SHADES]
        pairs += [(f"{name} text on card", shade.text, theme.card), (f"ink on {name} tint", theme.ink, shade.tint)]
        pairs += [(f"soft on {name} tint", theme.soft, shade.tint)]
    assert [f"{name}: {contrast(a, b):.2f}" for name, a, b in pairs if contrast(a, b) < 4.5] == []


@every_case
def test_text_as_drawn_is_legible(case: Case) -> None:
    """Whatever the table forgot: each text against what really lies behind it."""

    def found() -> Iterator[str]:
        page = THEMES[case.theme].page
        for one in drawn(case).frames:
            for text in texts(one):
                plate = plates(one).get(text.order)
                under = plate.fill if plate else page
                if contrast(text.fill, under) < 4.5:
                    yield f"{one.name}: {text.text!r} {text.fill} on {under}: {contrast(text.fill, under):.2f}"

    nothing(found())
