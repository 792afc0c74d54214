"""Text is measured as it is drawn, every letter has a glyph, and a page carries what it needs of the font."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import fonts

SAMPLES = [
    "Switch traffic to green",
    "블루 그린 배포: 새 버전 12/12",
    "WWW…iii",
    "≈ 12 min + 1 approval",
    "70 % · −5 → +5",
    "",
]


@cache
def reference() -> tuple[dict[int, str], dict[str, tuple[int, int]], int]:
    """The font as fontTools reads it: glyphs by code point, advances by glyph, units per em."""
    from fontTools.ttLib import TTFont

    font = TTFont(fonts.font_path(), lazy=True)
    return font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm


@pytest.mark.parametrize("text", SAMPLES)
def test_width_is_the_sum_of_the_advances_of_another_reader_of_the_font(text: str) -> None:
    glyphs, advances, per_em = reference()
    expected = sum(advances[glyphs[ord(character)]][0] for character in text) * 13.5 / per_em
    assert fonts.width(text, 13.5) == pytest.approx(expected)


def test_the_table_of_advances_is_what_the_font_says() -> None:
    """If the font has changed: another SIZE, and the numbers that this prints."""
    from drawdeploy.picture import advances

    glyphs, metrics, per_em = reference()
    assert (fonts.font_path().stat().st_size, per_em) == (advances.SIZE, advances.PER_EM)
    read = {chr(point): metrics[glyph][0] for point, glyph in glyphs.items()}
    listed = {character: advances.usual(character) for character in map(chr, range(0x11_0000))}
    known = {character: advance for character, advance in listed.items() if advance is not None}
    assert known == {character: read.get(character) for character in known}
    assert len(known) > 11_172 + 95


def test_another_font_file_is_measured_with_what_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*SAMPLES, "✗ ⌘ \u1100"]
    usual = [(fonts.width(text, 10), fonts.printable(text)) for text in texts]
    monkeypatch.setattr(fonts.advances, "SIZE", 1)
    kept = (fonts._is_known, fonts._units_per_em, fonts._advance, fonts._glyph)
    for one in kept:
        one.cache_clear()
    try:
        assert [(fonts.width(text, 10), fonts.printable(text)) for text in texts] == usual
    finally:
        for one in kept:
            one.cache_clear()


def test_width_grows_with_the_size_and_a_little_with_bold() -> None:
    assert fonts.width("배포", 24) == pytest.approx(2 * fonts.width("배포", 12))
    regular, bold = fonts.width("배포", 12), fonts.width("배포", 12, bold=True)
    assert regular < bold < 1.05 * regular


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain text 1/2", "plain text 1/2"),
        ("두\n줄\t사이", "두 줄 사이"),
        ("  much \u2003 space \r\n", "much space"),
        ("12\u00a0min", "12\u00a0min"),
        ("abc\u202edef\u2066g\u200b\ufeff", "abcdefg"),  # bidirectional marks, zero width
        ("\x00\x1b[31mred", "[31mred"),
        ("🚀 up", "? up"),
        ("\u2764\ufe0f", "?"),  # a heart, and the selector that makes it an emoji
        ("\u1100\u1161\u11a8", "각"),  # decomposed, as macOS names files
        ("\u3164\u115f", ""),  # Hangul that is empty to the eye
        ("עברית", "?????"),
        ("\ud800\uffff", "??"),  # no XML may hold these
        ("e\u0301", "é"),
        ("a\u2028b", "a b"),
    ],
)
def test_what_cannot_be_drawn_is_replaced_or_dropped(text: str, drawn: str) -> None:
    assert fonts.printable(text) == drawn


@given(st.text(max_size=60))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_printable_text_has_a_glyph_for_every_character_and_stays_as_it_is(text: str) -> None:
    drawn = fonts.printable(text)
    assert all(map(fonts.has, drawn))
    assert drawn.isprintable() or "\u00a0" in drawn
    assert fonts.printable(drawn) == drawn


WORDS = st.lists(st.sampled_from(["green", "블루", "a", "payments-service-v2", "전환합니다", "W" * 30]), max_size=8)


@given(WORDS.map(" ".join), st.floats(20, 400), st.booleans(), st.integers(1, 4))
@settings(derandomize=True, max_examples=200, deadline=None)
@example("", 50.0, False, 2)
def test_wrapped_lines_fit_and_lose_nothing_unless_they_say_so(text: str, room: float, bold: bool, lines: int) -> None:
    wrapped = fonts.wrap(text, 12, room, bold, lines)
    assert 1 <= len(wrapped) <= lines
    assert all(fonts.width(line, 12, bold) <= room for line in wrapped)
    shown, whole = "".join(wrapped).replace(" ", ""), text.replace(" ", "")
    assert shown == whole or (wrapped[-1].endswith("…") and whole.startswith(shown[:-1]))


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("Switch the traffic to green", 100, ("Switch the traffic", "to green")),
        ("새 버전을 만들고 시험합니다", 70, ("새 버전을", "만들고 시험…")),
        ("payments-service-v2", 70, ("payments-", "service-v2")),
        ("무중단배포전략", 50, ("무중단배", "포전략")),
        ("one two three four five six", 60, ("one two", "three fo…")),
    ],
)
def test_where_lines_are_broken(text: str, room: float, lines: tuple[str, ...]) -> None:
    assert fonts.wrap(text, 12, room) == lines


def test_fit_cuts_as_little_as_needed() -> None:
    text = "Switch the traffic"
    cuts = [fonts.fit(text, 12, room) for room in range(0, 130)]
    assert cuts[0] == "" and cuts[-1] == text
    assert all(len(a) <= len(b) for a, b in pairwise(cuts))
    assert all(fonts.width(cut, 12) <= room for room, cut in enumerate(cuts))
    assert {"S…", "Switch…", "Switch the…"} <= set(cuts)


def embedded(rule: str) -> Any:
    """The font inside an ``@font-face`` rule, as fontTools reads it."""
    from fontTools.ttLib import TTFont

    found = re.fullmatch(
        r"@font-face\{font-family:'Noto Sans KR';.*src:url\(data:font/woff2;base64,([\w+/=]+)\) format\('woff2'\)\}",
        rule,
    )
    assert found
    return TTFont(io.BytesIO(base64.b64decode(found[1])))


def test_the_embedded_font_has_the_characters_and_no_more() -> None:
    font = embedded(fonts.font_face("블루 green! 🚀"))
    assert font.flavor == "woff2"
    assert {chr(code) for code in font.getBestCmap()} == set("블루 green!…")


def test_the_embedded_font_has_the_outlines_advances_and_licence_of_the_whole() -> None:
    from fontTools.pens.recordingPen import RecordingPen
    from fontTools.ttLib import TTFont

    whole, part = TTFont(fonts.font_path(), lazy=True), embedded(fonts.font_face("배포g"))
    for character in "배포g":
        drawn = []
        for font in (whole, part):
            pen = RecordingPen()
            font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
            drawn.append(pen.value)
        assert drawn[0] == drawn[1] and drawn[0]
        advances = [font["hmtx"][font.getBestCmap()[ord(character)]][0] for font in (whole, part)]
        assert advances[0] == advances[1]
    assert "Open Font License" in part["name"].getDebugName(13)


def test_the_same_characters_in_any_order_give_the_same_bytes_in_any_process() -> None:
    rule = fonts.font_face("가나다 abc")
    assert fonts.font_face("cba다나가 가") == rule
    code = "from drawdeploy.picture import fonts; print(fonts.font_face('나c가b다a '))"
    source = Path(fonts.__file__).parents[2]
    environment = {"PYTHONPATH": f"{source}", "PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == rule


def test_an_embedded_font_is_small() -> None:
    hangul = "".join(map(chr, range(0xAC00, 0xAC00 + 300)))
    assert len(fonts.font_face("".join(map(chr, range(0x20, 0x7F))) + hangul)) < 60_000


def test_without_the_fonts_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_PACKAGE", "no_such_package_of_fonts")
    with pytest.raises(DrawDeployError, match="not installed") as caught:
        fonts.font_path.__wrapped__()
    assert caught.value.code == Exit.FAILED
    assert caught.value.faults[0].hint.startswith("pip install ")


@pytest.mark.real
def test_a_browser_takes_the_embedded_font_and_draws_it_as_wide_as_it_was_measured(
    tmp_path: Path, require: Callable[..., str]
) -> None:
    browser = require("chromium", "chromium-browser", "google-chrome")
    text = "블루 그린 Hello"
    page = tmp_path / "page.html"
    page.write_text(
        f"""<meta charset=utf-8><style>{fonts.font_face(text)}</style>
        <span id=text style="font: 100px '{fonts.FAMILY}'; font-kerning: none">{text}</span><pre id=out></pre><script>
        document.fonts.load("100px '{fonts.FAMILY}'", "블루").then(found => {{
          const width = document.getElementById("text").getBoundingClientRect().width
          document.getElementById("out").textContent = `status=${{found[0].status}} width=${{width}};`
        }})</script>""",
        encoding="utf-8",
    )
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    said = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r"status=loaded width=([\d.]+);", said)
    assert found, said[-300:]
    assert float(found[1]) == pytest.approx(fonts.width(text, 100), abs=0.1)
