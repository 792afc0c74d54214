"""The HTML report: whole in one file, safe whatever things are called, the same in every language."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

import drawdeploy
import report_sample as sample
from drawdeploy.model import Plan
from drawdeploy.report import charts, html
from drawdeploy.report.front import build
from drawdeploy.words import Words

VOID = frozenset(["meta", "input", "link", "br", "hr", "img"])


@pytest.fixture(autouse=True)
def _made_up_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page takes icons as the pictures give them; these here have one of their own."""

    def symbols(sheets: sample.Sheets) -> str:
        return "".join(f'<symbol id="icon-{name}"><image href="{uri}"/></symbol>' for name, uri in sheets.icons)

    monkeypatch.setattr("drawdeploy.picture.frames.symbols", symbols)


class Page(HTMLParser):
    """A page taken apart; what is left open, or closed without being open, is a fault."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.words.append(data)

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def render(
    made: Plan, langs: tuple[str, ...] = ("en",), theme: str = "light", alt: str = "A picture", **more: Any
) -> str:
    words = {lang: Words(lang) for lang in langs}
    sheets = {lang: sample.sheets(made, lang=lang, theme=theme, alt=alt) for lang in langs}
    return html.render(made, sample.ledger(made), words, sheets, **more)  # type: ignore[arg-type]  # of the same shape


@pytest.fixture(scope="module")
def text() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("drawdeploy.picture.frames.symbols", lambda sheets: "")
        return render(sample.plan(rounds=3, warn=True), ("en", "ko"))


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_everything_opened_is_closed(page: Page) -> None:
    assert (page.faults, page.open) == ([], [])


def test_ids_are_unique(page: Page) -> None:
    assert [name for name, times in Counter(page.ids).items() if times > 1] == []


def test_every_link_leads_somewhere(page: Page) -> None:
    targets = {a["href"] for a in page.all("a")} | {a["href"] for a in page.all("use")}
    targets |= {"#" + a["for"] for a in page.all("label")}
    targets |= {"#" + name for _, a in page.tags for name in a.get("aria-labelledby", "").split()}
    assert {target[:1] for target in targets} == {"#"}
    assert {target[1:] for target in targets} - set(page.ids) == set()


def test_nothing_is_fetched(text: str) -> None:
    bare = re.sub(r"data:[\w/+.-]+;base64,[\w+/=]+", "data:", text)
    bare = bare.replace(html.policy(""), "")
    code = re.sub(r"<script>.*?</script>", "", bare, flags=re.DOTALL)
    assert "http:" not in bare and "https:" not in bare
    assert "//" not in code
    assert "@import" not in bare
    assert [url for url in re.findall(r"url\(([^)]*)\)", bare) if not url.startswith(("#", "data:"))] == []
    assert [a for _, a in Page(text).tags if {"src", "srcset", "action", "data"} & a.keys()] == []


def test_policy_allows_the_one_script_and_nothing_from_elsewhere(text: str, page: Page) -> None:
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    data = [a for a in page.all("script") if a.get("type") == "application/json"]  # never run
    assert len(scripts) == 1 == len(page.all("script")) - len(data)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert set(rules["img-src"].split()) == set(rules["font-src"].split()) == {"data:"}
    assert [name for _, a in page.tags for name in a if name.startswith("on")] == []


def test_both_languages_are_there_in_full(page: Page) -> None:
    pages = [a for a in page.all("div") if "page" in a.get("class", "").split()]
    assert [a["lang"] for a in pages] == ["en", "ko"]
    english, korean = ([name[2:] for name in page.ids if name.startswith(f"{lang}-")] for lang in ("en", "ko"))
    assert english == korean
    assert "Before the first step" in page.words and "첫 단계 이전" in page.words


def test_every_step_is_there_and_key_steps_in_full(page: Page) -> None:
    made = sample.plan(rounds=3)
    sections = {a["id"] for a in page.all("section") if "id" in a}
    for step in made.steps:
        assert f"en-step-{step.number}" in page.ids
        assert (f"en-step-{step.number}" in sections) == step.key
        assert (f"en-picture-{made.stem(step)}" in page.ids) == step.key


def test_every_picture_has_its_words(page: Page) -> None:
    shown = [a for a in page.all("svg") if a.get("aria-hidden") != "true"]
    assert len(shown) > 10
    assert [a for a in shown if a.get("role") != "img" or not a.get("aria-label")] == []


def test_one_language_has_no_switch() -> None:
    alone = Page(render(sample.plan()))
    assert alone.all("input") == [] == alone.all("label")


HOSTILE = [
    '<script>alert("1")</script>',
    '"><img src=x onerror=x>',
    "</style><b>",
    "</title>",
    "]]>",
    "'",
    "\u202e&amp;\x00",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_change_no_structure(name: str) -> None:
    def shape(made: Page) -> list[tuple[str, list[str]]]:
        return [(tag, list(attributes)) for tag, attributes in made.tags]

    wild = Page(render(sample.plan(name=name, new=name), title=name, author=name, alt=name))
    tame = Page(render(sample.plan(), title="x", author="x"))
    assert wild.faults == []
    assert shape(wild) == shape(tame)


def test_hostile_name_can_be_read() -> None:
    name = "<b>|`"
    assert any(name in word for word in Page(render(sample.plan(name=name))).words)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_is_that_of_the_pictures(theme: str) -> None:
    assert Page(render(sample.plan(), theme=theme)).all("html")[0]["data-theme"] == theme


def test_same_plan_same_bytes() -> None:
    assert render(sample.plan(rounds=2), ("en", "ko")) == render(sample.plan(rounds=2), ("en", "ko"))


def test_every_letter_is_in_the_font(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr("drawdeploy.picture.fonts.font_face", lambda characters: given.append(characters) or "")
    render(sample.plan(name="쇼핑"), ("en", "ko"))
    assert len(given) == 1
    assert {"쇼", "핑", "롤", "S", "≈", "→"} <= set(given[0])
    assert given[0] == "".join(sorted(set(given[0])))


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_told_from_its_ground(text: str, theme: str) -> None:
    """At least 4.5:1, for every colour of text on every ground that it stands on."""
    block = re.search(r":root \{(.*?)\}" if theme == "light" else r'\[data-theme="dark"\] \{(.*?)\}', text, re.DOTALL)
    assert block
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", block[1]))
    pairs = [(ink, ground) for ink in ("ink", "muted", "blue") for ground in ("ground", "card", "soft")]
    pairs += [("red", "red-ground"), ("red", "card"), ("ink", "red-ground"), ("muted", "red-ground"), ("card", "ink")]
    pairs += [("alarm", "alarm-ground"), ("ink", "alarm-ground")]
    for ink, ground in pairs:
        high, low = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{ink} on {ground}"


def test_bars_have_the_colours_of_the_revisions() -> None:
    """Blue is the old revision and green the new, as in the pictures; what only waits has neither."""
    planned = drawdeploy.plan("bluegreen", env="hybrid")
    report = build(planned.plan, planned.ledger, Words("en"), None)
    start, created, switched, _, removed = [[charts.stack(bar) for bar in point.bars] for point in report.points]

    def counts(bars: list[list[tuple[str, int]]]) -> list[dict[str, int]]:
        return [{kind: count for kind, count in bar if count} for bar in bars]

    assert counts(start) == [{"c-old": 3}, {}]
    assert counts(created) == [{"c-old": 3}, {"c-other": 3}]
    assert counts(switched) == [{"c-standby": 3}, {"c-new": 3}]
    assert counts(removed) == [{}, {"c-new": 3}]
