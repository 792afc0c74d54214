"""Pictures as files: well-formed, complete, the same every time, safe whatever is in a name, and true as PNG."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops

import drawdeploy
from drawdeploy.describe import load_environment, load_strategy
from drawdeploy.expand import expand
from drawdeploy.ledger import keep
from drawdeploy.model import Service
from drawdeploy.picture import fonts, frames, raster
from drawdeploy.picture.frames import Frame, Sheets
from drawdeploy.picture.layout import Box
from drawdeploy.picture.theme import THEMES
from pictures import ALL, PLACES, STRATEGIES, Case, drawn, frame, inside, marks, meet, texts

SVG = "{http://www.w3.org/2000/svg}"
HYBRID = Case("bluegreen", "hybrid", "across")
LOOKS = [
    Case("bluegreen", "plain", "single", theme="dark"),
    replace(HYBRID, lang="ko"),
    Case("rollout", "hybrid", "both", 12, lang="ko", theme="dark", batch="25%"),
    Case("rollout", "private", "single", 200, batch="25%"),
]


@cache
def document(case: Case, name: str) -> str:
    sheets = drawn(case)
    return frames.document(frame(sheets, name), sheets)


# --- bodies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ALL, ids=str)
def test_any_number_of_pictures_may_stand_in_a_page(case: Case) -> None:
    """A body has no id of its own, and refers to nothing but what `symbols` defines once for all of them."""
    sheets = drawn(case)
    defined = set(re.findall(r'\bid="([^"]+)"', frames.symbols(sheets)))
    assert f"hatch-{case.theme}" in defined
    for one in sheets.frames:
        used = set()
        for mark in marks(one):
            assert not mark.attributes.keys() & {"id", "class", "style"}, "a page's own styles must not reach it"
            for name, value in mark.attributes.items():
                reference = re.fullmatch(r"#(icon-.+)|url\(#(hatch-.+)\)", value)
                if reference and reference.group(0).count("(") + (name == "href"):
                    used.add(reference[1] or reference[2])
                assert "url(" not in value or reference
                assert name != "href" or reference
        assert used <= defined, one.name
        assert {name for name in used if name.startswith("icon-")} == set(one.icons), one.name


@pytest.mark.parametrize("case", ALL, ids=str)
def test_names_and_sizes_of_pictures(case: Case) -> None:
    found = drawn(case).frames
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert re.fullmatch(r"overview|\d{2,}-[a-z0-9-]+(\.rollback)?", one.name)
        assert one.width == int(one.width) and one.height == int(one.height)
        assert one.title
        right = max(mark.box.right for mark in marks(one))
        bottom = max(mark.box.bottom for mark in marks(one))
        assert right <= one.width + 1 and bottom <= one.height + 1


# --- documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", LOOKS, ids=str)
def test_a_document_stands_alone(case: Case) -> None:
    sheets = drawn(case)
    for one in sheets.frames[:4]:
        text = frames.document(one, sheets)
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert (root.get("width"), root.get("height")) == (str(one.width), str(one.height))
        assert (root.get("role"), root.get("aria-label"), root.get("lang")) == ("img", one.alt, case.lang)
        assert root.findtext(f"{SVG}title") == one.title
        ids = [node.get("id") for node in root.iter() if node.get("id")]
        assert len(set(ids)) == len(ids)
        for node in root.iter():
            href = node.get("href", "")
            assert (
                href.startswith("data:image/png;base64,")
                if node.tag == f"{SVG}image"
                else href.lstrip("#") in {"", *ids}
            )
        plain = re.sub(r"data:[a-z/0-9]+;base64,[A-Za-z0-9+/=]+", "data:", text)
        assert re.findall(r"url\(([^)]*)\)", plain).count("data:") == 1
        assert set(re.findall(r"\w+://[^\"' )]*", plain)) == {"http://www.w3.org/2000/svg"}
        assert not re.search(r"/(home|root|usr|tmp|work|var|opt)/|\\\\|file:", plain)
        assert "<script" not in plain and not re.search(r"\son\w+=", plain)


def test_without_the_font_it_is_the_same_but_for_the_style() -> None:
    sheets = drawn(HYBRID)
    one = sheets.frames[1]
    whole, bare = frames.document(one, sheets), frames.document(one, sheets, font=False)
    assert len(bare) < len(whole) - 5000
    assert re.sub(r"<style>[^<]*</style>", "", whole) == bare
    assert fonts.FAMILY in bare


@pytest.mark.parametrize("theme", THEMES)
def test_a_transparent_picture_has_no_page(theme: str) -> None:
    sheets = drawn(replace(HYBRID, theme=theme))
    one = sheets.frames[1]
    page = f'<rect width="{one.width}" height="{one.height}" fill="{THEMES[theme].page}"/>'
    opaque, clear = (frames.document(one, sheets, font=False, transparent=flag) for flag in (False, True))
    assert opaque.count(page) == 1
    assert opaque.replace(page, "") == clear
    corners = [image(raster.png(text, scale=0.25)).getpixel((2, 40)) for text in (opaque, clear)]
    assert [corner[3] for corner in corners] == [255, 0]


# --- the same every time ---------------------------------------------------------------------------------------------

RUN = """
import hashlib
from pictures import Case, drawn
from drawdeploy.picture import frames
for case in (Case("bluegreen", "hybrid", "across", lang="ko"), Case("rollout", "hybrid", "both", 12, theme="dark")):
    sheets = drawn(case)
    for one in sheets.frames:
        print(one.name, hashlib.sha256(frames.document(one, sheets).encode()).hexdigest())
"""


def test_two_runs_give_the_same_bytes_from_anywhere(tmp_path: Path) -> None:
    found = []
    for seed, folder in (("1", tmp_path), ("2", Path("/"))):
        paths = os.pathsep.join([str(Path(drawdeploy.__file__).parents[1]), str(Path(__file__).parent)])
        setting = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", RUN]
        found.append(
            subprocess.run(command, capture_output=True, text=True, env=setting, cwd=folder, check=True).stdout
        )
    assert found[0].count("\n") > 20
    assert found[0] == found[1]


def test_a_picture_does_not_depend_on_which_others_are_drawn() -> None:
    case = Case("rollout", "plain", "single")
    plan = expand(load_strategy("rollout"), load_environment("plain", Service(), None), Service())
    alone = frames.draw(plan, keep(plan), lang="en", langs=("en", "ko"), steps=[4], rollbacks=False, overview=False)
    assert [one.name for one in alone.frames] == ["00-start", "04-remove-waiting"]
    assert alone.frames[1] == frame(drawn(case), "04-remove-waiting")


# --- names that mean harm --------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'&<>]]>--><!--",
    "</text></svg>",
    "&#60;b&#62; &amp; &nbsp;",
    "{{ 7 * 7 }} {% raw %} ${x}",
    "m" * 300,
    "배" * 300,
    "one\ntwo\ttab\x00nul\x1b[31m",
    "\u202eright to left\u202c \u200b\ufeff",
    "🚀 שלום 你好",
    " ",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("place", [PLACES[0], PLACES[3]], ids="-".join)
def test_hostile_names_stay_text_inside_the_picture(name: str, place: tuple[str, str]) -> None:
    service = Service(name=name, old=name, new=f"{name}2", replicas=4)
    environment = load_environment(place[0], service, None)
    plan = expand(load_strategy(STRATEGIES[0]), environment, service, placement=place[1])
    sheets = frames.draw(plan, keep(plan), lang="en", title=name)
    seen = fonts.printable(name)
    for one in sheets.frames:
        root = ElementTree.fromstring(frames.document(one, sheets, font=False))
        assert {node.tag.removeprefix(SVG) for node in root.iter()} <= ALLOWED
        for text in texts(one):
            assert text.text.replace("\u00a0", " ").isprintable() and all(map(fonts.has, text.text))
            assert inside(text.box, Box(0, 0, one.width, one.height)), f"{one.name}: {text.text!r}"
        found = texts(one)
        crowded = [(a.text, b.text) for i, a in enumerate(found) for b in found[i + 1 :] if meet(a.box, b.box)]
        assert crowded == [], one.name
    if 0 < len(seen) < 60:
        assert any(seen in text.text for text in texts(frame(sheets, "00-start")))


ALLOWED = {"svg", "title", "defs", "pattern", "symbol", "image", "g", "rect", "path", "circle", "text", "use"}


# --- as PNG ----------------------------------------------------------------------------------------------------------


def image(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as found:
        return found.convert("RGBA")


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("name", ["overview", "00-start", "02-switch-traffic.rollback"])
def test_a_png_has_the_size_of_its_picture(name: str, scale: float) -> None:
    one = frame(drawn(HYBRID), name)
    found = image(raster.png(frames.document(one, drawn(HYBRID), font=False), scale=scale))
    assert found.size == (round(one.width * scale), round(one.height * scale))
    assert len(found.getcolors(found.width * found.height) or []) > 100


HANGUL = re.compile("[가-힣]")
BOX = "\ue000"
"""A character of no font: drawn as a box."""


def boxed(sheets: Sheets, one: Frame, text: str, found: Image.Image) -> list[str]:
    """Texts whose syllables look like boxes in a picture, once drawn with boxes for comparison."""
    boxes = image(raster.png(HANGUL.sub(BOX, text)))
    faults = []
    for mark in texts(one):
        for index, syllable in enumerate(mark.text):
            if not HANGUL.match(syllable):
                continue
            bold = "stroke" in mark.attributes
            left = mark.box.x + fonts.width(mark.text[:index], mark.size, bold=bold)
            area = tuple(round(v) for v in (left, mark.box.y, left + mark.size * 0.9, mark.box.bottom))
            own = found.crop(area)
            plain = len(own.getcolors(own.width * own.height) or []) < 3
            if plain or ImageChops.difference(own, boxes.crop(area)).convert("RGB").getbbox() is None:
                faults.append(f"{syllable} of {mark.text}")
    return faults


def test_hangul_is_drawn_as_letters_and_not_as_boxes() -> None:
    case = replace(HYBRID, lang="ko")
    sheets = drawn(case)
    one = frame(sheets, "02-switch-traffic")
    text = frames.document(one, sheets, font=False)
    assert sum(bool(HANGUL.search(mark.text)) for mark in texts(one)) > 20
    assert boxed(sheets, one, text, image(raster.png(text))) == []


def test_a_box_would_be_noticed() -> None:
    case = replace(HYBRID, lang="ko")
    sheets = drawn(case)
    one = frame(sheets, "00-start")
    text = frames.document(one, sheets, font=False)
    broken = HANGUL.sub(BOX, text)
    assert len(boxed(sheets, one, text, image(raster.png(broken)))) > 40
