"""The report's player in a real browser: one picture that is repainted, every control, links, no script, paper.

Marked `real`: run by `.ci/run` with Chromium from Debian, or by hand with `pytest -m real`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real

LASTS = 1200
"""Milliseconds after which a transition is over."""

# The picture as it stands in the player and the one of the step, without what only the player adds.
SAME = """() => {
  const bare = (picture) => {
    const copy = picture.cloneNode(true);
    for (const node of copy.querySelectorAll('.flow')) node.remove();
    for (const node of [copy, ...copy.querySelectorAll('*')])
      for (const name of ['id', 'tabindex', 'role', 'aria-label', 'style', 'hidden']) node.removeAttribute(name);
    const told = (node) => node.nodeType === 3 ? node.data.trim()
      : node.tagName + [...node.attributes].map((one) => one.name + '=' + one.value).sort()
        + '[' + [...node.childNodes].map(told).join('') + ']';
    return told(copy);
  };
  const number = /step-(\\d+)/.exec(location.hash)[1];
  const page = [...document.querySelectorAll('.page')].find((one) => one.offsetHeight);
  return bare(page.querySelector('.player-stage svg'))
    === bare(page.querySelector(`#${page.lang}-step-${number} .flip svg`));
}"""


@pytest.fixture(scope="module")
def report(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six rounds at two sites in both languages."""
    folder = tmp_path_factory.mktemp("player")
    line = [str(command), "rollout", "--env", "hybrid", "--replicas", "6", "--lang", "en,ko", "-f", "html"]
    subprocess.run([*line, "-o", str(folder)], check=True, capture_output=True, timeout=120)
    return folder / "report.html"


@pytest.fixture(scope="module")
def chrome(require: Callable[..., str]) -> Iterator[Any]:
    program = require("chromium", "chromium-browser", "google-chrome")
    if os.environ.get("DRAWDEPLOY_REQUIRE") != "all":
        pytest.importorskip("playwright.sync_api", reason="needs: pip install -e '.[dev]'")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(chrome: Any, report: Path) -> Iterator[Any]:
    """The report; whatever goes wrong in it, or is asked of a network, fails the test."""
    tab = chrome.new_page(viewport={"width": 1280, "height": 1000})
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else wrong.append(asked.url))
    tab.goto(report.as_uri())
    yield tab
    tab.close()
    assert wrong == []


def title(page: Any) -> str:
    return str(page.evaluate("[...document.querySelectorAll('.player-title')].find(n => n.offsetHeight).textContent"))


def weights(page: Any) -> dict[str, str]:
    """What the labels of the routes read."""
    return dict(
        page.evaluate(
            "[...document.querySelector('.player-stage').querySelectorAll('[data-part^=\"weight:\"]')]"
            ".map(n => [n.dataset.part.slice(7), n.textContent.trim()])"
        )
    )


def test_a_step_repaints_the_same_elements_and_counts_between_the_weights(page: Any) -> None:
    page.evaluate("location.hash = '#step-1'")
    page.wait_for_timeout(LASTS)
    assert page.evaluate(SAME)
    assert weights(page)["elb:old@cloud"] == "100\u00a0%"
    page.evaluate(
        "window.kept = ['pool:old@cloud', 'node:elb', 'weight:elb:old@cloud', 'instance:old@cloud:4']"
        '.map(part => document.querySelector(`.player-stage [data-part="${part}"]`))'
    )
    # Seen from inside, at every frame: a busy machine may show few of them.
    page.evaluate(
        "window.read = []; const look = () => { read.push(kept[2].querySelector('text').textContent);"
        " if (read.length < 400) requestAnimationFrame(look); }; look()"
    )
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(LASTS)
    assert weights(page)["elb:old@cloud"] == "67\u00a0%"
    seen = {int(text.split("\u00a0")[0]) for text in page.evaluate("read")}
    assert {100, 67} <= seen
    assert [value for value in seen if 67 < value < 100], "no label between the two weights"
    assert page.evaluate("kept.every(node => node && node.isConnected)")
    assert page.evaluate(SAME)


def test_whatever_way_one_goes_the_picture_is_the_steps_own(page: Any) -> None:
    page.focus(".page-en [data-go=next]")
    for key in ("End", "ArrowLeft", "ArrowLeft", "Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(LASTS)
        assert page.evaluate(SAME), key
    for _ in range(6):  # faster than the transitions
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    page.wait_for_timeout(LASTS)
    assert page.evaluate(SAME)


def test_every_control_does_what_it_says(page: Any) -> None:
    def go(name: str) -> None:
        page.click(f".page-en [data-go={name}]")

    place = "location.hash"
    go("next")
    assert page.evaluate(place) == "#step-1"
    go("back")
    assert page.evaluate(place) == "#step-1-rollback"
    assert title(page) == "Rollback from step 1"
    assert page.evaluate("getComputedStyle(document.querySelector('.player-back')).display") == "block"
    go("back")
    assert page.evaluate(place) == "#step-1"
    go("before")
    assert page.evaluate(place) == "#step-0"
    assert page.is_disabled(".page-en [data-go=before]")
    assert page.is_disabled(".page-en [data-go=back]")
    page.click(".page-en .player-ticks li:nth-child(4) button:first-child")
    assert page.evaluate(place) == "#step-3"
    page.click(".page-en .player-ticks li:nth-child(6) .red")
    assert page.evaluate(place) == "#step-8-rollback"
    page.keyboard.press("r")
    assert page.evaluate(place) == "#step-8"
    go("first")
    go("play")
    page.wait_for_timeout(400)
    assert page.evaluate(place) == "#step-1"
    assert page.get_attribute(".page-en [data-go=play]", "aria-pressed") == "true"
    go("play")
    assert page.get_attribute(".page-en [data-go=play]", "aria-pressed") == "false"


@pytest.mark.parametrize(("link", "said"), [("step-3", "3 / 4"), ("step-3-rollback", "Rollback from step 3")])
def test_a_link_leads_to_its_step(chrome: Any, report: Path, link: str, said: str) -> None:
    tab = chrome.new_page()
    tab.goto(f"{report.as_uri()}#{link}")
    assert title(tab).startswith(said)
    assert tab.evaluate("document.querySelector('.player').getBoundingClientRect().top") < 200
    tab.close()


def test_the_other_language_shows_the_same_step(page: Any) -> None:
    page.click(".page-en .player-ticks li:nth-child(3) button:first-child")
    page.click(".page-en .top label[for=lang-ko]")
    page.wait_for_timeout(LASTS)
    assert title(page).startswith("2 / 4 · ")
    assert page.evaluate(SAME)


def test_what_is_pointed_at_explains_itself(page: Any) -> None:
    page.click(".page-en .player-ticks li:nth-child(3) button:first-child")
    page.wait_for_timeout(LASTS)
    page.hover('.page-en .player-stage [data-part="instance:old@cloud:6"]')
    assert page.inner_text(".page-en .player-said") == "Old 6: v1, standby"
    page.hover('.page-en .player-stage [data-part="node:elb"]')
    assert "67\u00a0%" in page.inner_text(".page-en .player-said")


def test_who_wants_no_motion_gets_none(chrome: Any, report: Path) -> None:
    tab = chrome.new_page(reduced_motion="reduce")
    tab.goto(f"{report.as_uri()}#step-1")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(SAME)
    assert tab.evaluate("document.querySelectorAll('.flow').length") == 0
    tab.close()


def test_without_script_all_steps_show_and_on_paper_the_player_does_not(chrome: Any, report: Path) -> None:
    plain = chrome.new_context(java_script_enabled=False)
    tab = plain.new_page()
    tab.goto(report.as_uri())
    assert not tab.is_visible(".page-en .player")
    assert tab.is_visible("#en-step-1 .flip svg") and tab.is_visible("#en-step-24 .back svg")
    plain.close()
    tab = chrome.new_page()
    tab.goto(report.as_uri())
    assert tab.is_visible(".page-en .player")
    tab.emulate_media(media="print")
    assert not tab.is_visible(".page-en .player")
    tab.close()


def test_a_phone_can_play_it(chrome: Any, report: Path) -> None:
    tab = chrome.new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    tab.goto(report.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.tap(".page-en [data-go=next]")
    assert tab.evaluate("location.hash") == "#step-1"
    tab.close()
