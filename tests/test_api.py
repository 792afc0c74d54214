"""The Python interface."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import drawdeploy
from drawdeploy.api import example, load, table
from drawdeploy.api.look import Look, look_of
from drawdeploy.ledger import Ledger
from drawdeploy.model import Plan
from drawdeploy.words import Words

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawing() -> drawdeploy.Drawing:
    return drawdeploy.draw("bluegreen", env="hybrid", lang="en,ko", steps=[2], overview=False)


# --- plan ------------------------------------------------------------------------------------------------------------


def test_plan_wraps_plan_and_ledger() -> None:
    planned = drawdeploy.plan("rollout", env="private", replicas=6, batch=2)
    assert isinstance(planned.plan, Plan)
    assert isinstance(planned.ledger, Ledger)
    assert planned.steps == planned.plan.steps
    assert len(planned.steps) == 12
    assert planned.warnings == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.plan = planned.plan  # type: ignore[misc]


@pytest.mark.parametrize(("batch", "steps"), [(1, 24), (2, 12), ("50%", 8), ("100%", 4), (None, 24)])
def test_parameters_are_written_as_on_the_command_line(batch: int | str | None, steps: int) -> None:
    assert len(drawdeploy.plan("rollout", replicas=6, batch=batch).steps) == steps


def test_a_strategy_can_be_loaded_before() -> None:
    assert drawdeploy.plan(load("bluegreen")).plan == drawdeploy.plan("bluegreen").plan


def test_the_table_speaks_the_language_asked_for() -> None:
    planned = drawdeploy.plan("bluegreen", lang="ko")
    assert planned.text() == planned.text("ko") == str(planned)
    assert planned.text("en") == drawdeploy.plan("bluegreen").text()
    assert "롤백" in planned.text()
    assert "Rollback" in planned.text("en")


@pytest.mark.parametrize(("replicas", "rows", "gap"), [(4, 17, False), (8, 12, False), (60, 21, True)])
def test_a_long_table_is_short_unless_asked_for(replicas: int, rows: int, gap: bool) -> None:
    """The first round, the end of each later one, and of very many only the first and the last."""
    planned = drawdeploy.plan("rollout", replicas=replicas)
    short = planned.text(every_step=False)
    numbers = [int(number) for number in re.findall(r"^ *(\d+)  ", short, re.MULTILINE)]
    assert len(numbers) == rows
    assert numbers[:5] == [0, 1, 2, 3, 4]
    assert numbers[-1] == len(planned.steps)
    assert ("… steps" in short) == gap
    assert (f"{len(planned.steps)} steps in all" in short) == (replicas > 4)
    whole = planned.text()
    assert len(re.findall(r"^ *\d+  ", whole, re.MULTILINE)) == len(planned.steps) + 1
    assert short.splitlines()[-1] == whole.splitlines()[-1]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_table_fits_a_terminal(width: int, lang: str) -> None:
    planned = drawdeploy.plan("rollout", env="hybrid", replicas=4, lang=lang)
    lines = planned.text(width=width).splitlines()[:-2]
    assert max(map(table.columns, lines)) <= width
    assert "…" not in "".join(lines)  # folded, and never cut
    assert planned.text(width=200) == planned.text()


def test_a_folded_table_says_all() -> None:
    planned = drawdeploy.plan("rollout", env="hybrid", replicas=4)
    words = " ".join(line[3:24] for line in planned.text(width=60).splitlines())
    for step in planned.steps:
        assert set(Words("en").say(step.title).split()) <= set(words.split())


def test_notes_say_what_to_do() -> None:
    (note,) = drawdeploy.plan("bluegreen", env="private", capacity=4).notes()
    assert note.startswith("Warning: ")
    assert "\n  → " in note


def test_json_has_the_languages_asked_for() -> None:
    both = json.loads(drawdeploy.plan("bluegreen", lang=("en", "ko")).json())
    assert both["schema"] == "drawdeploy/plan/v1"
    text = json.dumps(both, ensure_ascii=False)
    assert "Switch traffic" in text
    assert "전환" in text


def test_a_notebook_shows_an_escaped_table() -> None:
    html = drawdeploy.plan("rollout", new="<b>&")._repr_html_()
    table = ET.fromstring(html)
    assert table.tag == "table"
    assert {child.tag for child in table} == {"tr"}
    assert any("<b>&" in (cell.text or "") for cell in table.iter())


BAD = [
    ({"strategy": "rolout"}, "did you mean 'rollout'?"),
    ({"env": "hybird"}, "did you mean 'hybrid'?"),
    ({"replicas": 0}, "at least 1"),
    ({"replicas": 10**9}, "1000"),
    ({"batch": 4}, "1 to 3"),
    ({"bach": 1}, "batch"),
    ({"capacity": 0}, "capacity"),
    ({"placement": "both"}, "placement"),
    ({"lang": "kr"}, "ko"),
    ({"lang": ()}, "ko"),
    ({"service": ""}, "empty"),
    ({"service": "x" * 65}, "at most 64"),
    ({"old": "v2"}, "v1 and v2"),
]


@pytest.mark.parametrize(("given", "text"), BAD, ids=[str(given)[:40] for given, _ in BAD])
def test_mistakes_are_told(given: dict[str, object], text: str) -> None:
    with pytest.raises(drawdeploy.DrawDeployError) as caught:
        drawdeploy.plan(**{"strategy": "rollout"} | given)  # type: ignore[arg-type]
    assert text in str(caught.value)


# --- draw ------------------------------------------------------------------------------------------------------------


def test_draw_takes_all_that_plan_takes() -> None:
    plan, draw = (inspect.signature(function).parameters for function in (drawdeploy.plan, drawdeploy.draw))
    for name, parameter in plan.items():
        if name == "lang":  # of `draw` it is the plan's own, where a plan is given
            assert draw[name].default is None and draw[name].annotation == f"{parameter.annotation} | None"
            continue
        assert draw[name].default == parameter.default, name
        more = " | Planned" if name == "strategy" else ""
        assert draw[name].annotation == parameter.annotation + more, name


def test_draw_takes_all_of_a_look_with_its_defaults() -> None:
    draw, checked = (inspect.signature(function).parameters for function in (drawdeploy.draw, look_of))
    for name, parameter in checked.items():
        assert name == "lang" or draw[name].default == parameter.default, name
    assert {name.replace("langs", "lang") for name in (field.name for field in dataclasses.fields(Look))} == set(
        checked
    )
    assert look_of() == Look()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"formats": "pgn"}, "did you mean 'png'?"),
        ({"formats": []}, "no format"),
        ({"theme": "drak"}, "did you mean 'dark'?"),
        ({"engine": "dott"}, "did you mean 'dot'?"),
        ({"scale": 0.1}, "0.25 to 8"),
        ({"scale": float("inf")}, "0.25 to 8"),
        ({"steps": [5]}, "steps 1 to 4"),
        ({"steps": "x"}, "2,4"),
        ({"title": "x" * 121}, "at most 120"),
        ({"author": "a\nb"}, "a line break"),
    ],
)
def test_mistakes_in_a_look_are_told(given: dict[str, object], text: str) -> None:
    with pytest.raises(drawdeploy.DrawDeployError) as caught:
        drawdeploy.draw("bluegreen", **given)  # type: ignore[arg-type]
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"strategy": 5}, "strategy is 5, which is not a strategy"),
        ({"strategy": None}, "strategy is None"),
        ({"replicas": "3"}, "replicas is '3', which is not a whole number"),
        ({"replicas": True}, "replicas is True, which is not a whole number"),
        ({"replicas": 3.0, "env": 7}, "env is 7, which is not a name or a path"),
        ({"lang": 5}, "lang is 5"),
        ({"lang": iter(["en"])}, "lang is <list_iterator"),
        ({"steps": [1, "a"]}, "steps is [1, 'a']"),
        ({"scale": "big"}, "scale is 'big', which is not a number"),
        ({"output": 5}, "output is 5"),
        ({"title": None}, "title is None"),
        ({"compact": "yes"}, "compact is 'yes', which is not True or False"),
        ({"service": object()}, "service is <object"),
        ({"batch": [1]}, "batch is [1]"),
    ],
)
def test_wrong_types_are_told(given: dict[str, Any], text: str) -> None:
    """No TypeError, nor an AttributeError from deep inside: what is wrong, and an example of what is right."""
    with pytest.raises(drawdeploy.DrawDeployError) as caught:
        drawdeploy.draw(**{"strategy": "rollout", **given})
    assert text in str(caught.value)
    assert caught.value.message.split(" is ")[0] in given
    assert caught.value.hint.startswith("such as ")


def test_several_wrong_types_are_told_at_once() -> None:
    with pytest.raises(drawdeploy.DrawDeployError) as caught:
        drawdeploy.plan("bluegreen", replicas="3", env=7)  # type: ignore[arg-type]
    assert len(caught.value.faults) == 2


def test_a_plan_can_be_drawn() -> None:
    planned = drawdeploy.plan("bluegreen", env="hybrid", lang="ko")
    drawing = drawdeploy.draw(planned, theme="dark")
    assert drawing.planned is planned
    assert drawing.look.langs == ("ko",)
    assert drawdeploy.draw(planned, lang="en").look.langs == ("en",)
    with pytest.raises(drawdeploy.DrawDeployError, match="replicas, batch"):
        drawdeploy.draw(planned, replicas=4, batch=2)


def test_what_is_given_back_is_short_to_read() -> None:
    planned = drawdeploy.plan("bluegreen", env="hybrid", lang="ko")
    assert repr(planned) == "<Planned bluegreen-hybrid: shop v1 → v2, 4 steps>"
    assert repr(drawdeploy.draw(planned, formats="svg")) == "<Drawing bluegreen-hybrid: svg in ko>"


def test_a_path_may_be_a_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(example("strategy"), encoding="utf-8")
    assert drawdeploy.plan(file).plan == drawdeploy.plan(str(file)).plan


def test_a_plan_shows_itself_in_a_notebook() -> None:
    planned = drawdeploy.plan("bluegreen")
    assert planned._repr_html_().startswith("<table>")
    assert ET.fromstring(planned._repr_svg_()).tag == f"{SVG}svg"


@pytest.mark.parametrize(
    ("given", "lost"),
    [
        ({"service": "가게–α"}, ""),
        ({"service": "🚀🚀shop"}, "🚀 (U+1F680)"),
        ({"title": "שלום"}, "ש (U+05E9), ל (U+05DC), ו (U+05D5), ם (U+05DD)"),
    ],
)
def test_characters_that_the_font_lacks_are_told(given: dict[str, str], lost: str) -> None:
    notes = drawdeploy.draw("bluegreen", **given).notes("en")  # type: ignore[arg-type]
    assert [lost in note for note in notes] == [True] * bool(lost)


def test_nothing_is_written_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawing = drawdeploy.draw("bluegreen", formats="json")
    assert list(drawing.files) == ["plan.json"]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_drawn_that_nobody_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("drawn")

    monkeypatch.setattr("drawdeploy.picture.frames.draw", never)
    drawing = drawdeploy.draw("bluegreen", formats=("md", "json"))
    assert sorted(drawing.make()) == ["plan.json", "report.md"]


def test_files_are_a_mapping_of_names_to_bytes(drawing: drawdeploy.Drawing) -> None:
    assert isinstance(drawing.files, Mapping)
    names = list(drawing.files)
    assert len(drawing.files) == len(names) == len(set(names))
    assert "02-switch-traffic.ko.svg" in drawing.files
    assert "nothing.svg" not in drawing.files
    assert names[-4:] == ["report.en.md", "report.ko.md", "report.html", "plan.json"]
    assert isinstance(drawing.files["report.en.md"], bytes)
    with pytest.raises(KeyError):
        drawing.files["nothing.svg"]


def test_what_is_written_is_what_was_looked_at(drawing: drawdeploy.Drawing, tmp_path: Path) -> None:
    looked = drawing.files["02-switch-traffic.en.png"]
    folder = drawing.write(tmp_path / "deep" / "er")
    assert folder == tmp_path / "deep" / "er"
    assert (folder / "02-switch-traffic.en.png").read_bytes() == looked
    for name, content in drawing.files.items():
        assert (folder / name).read_bytes() == content


def test_pictures_can_be_had_one_by_one(drawing: drawdeploy.Drawing) -> None:
    assert [frame.name for frame in drawing.frames][:1] == ["00-start"]
    root = ET.fromstring(drawing.svg("02-switch-traffic"))
    assert root.tag == f"{SVG}svg"
    assert drawing.svg("02-switch-traffic", "ko") != drawing.svg("02-switch-traffic")
    png = drawing.png("02-switch-traffic")
    frame = drawing.frame("02-switch-traffic")
    assert png == drawing.files["02-switch-traffic.en.png"]
    assert struct.unpack(">II", png[16:24]) == (2 * round(frame.width), 2 * round(frame.height))


def test_an_unknown_picture_is_told(drawing: drawdeploy.Drawing) -> None:
    with pytest.raises(drawdeploy.DrawDeployError, match="did you mean '02-switch-traffic'"):
        drawing.svg("02-switch-trafic")
    with pytest.raises(drawdeploy.DrawDeployError, match="unknown language 'fr'"):
        drawing.svg("02-switch-traffic", "fr")


@pytest.mark.parametrize("scale", [0.5, 2])
def test_scale_makes_pixels(scale: float) -> None:
    drawing = drawdeploy.draw("bluegreen", formats="png", scale=scale, steps=[1], rollbacks=False, overview=False)
    frame = drawing.frame("01-create-and-test")
    width, height = struct.unpack(">II", drawing.png(frame.name)[16:24])
    assert (width, height) == (pytest.approx(frame.width * scale, abs=1), pytest.approx(frame.height * scale, abs=1))


def test_transparent_has_no_background() -> None:
    from io import BytesIO

    from PIL import Image

    corner = {}
    for transparent in (False, True):
        drawing = drawdeploy.draw(
            "bluegreen", formats="png", transparent=transparent, steps=[1], rollbacks=False, overview=False
        )
        image = Image.open(BytesIO(drawing.png("01-create-and-test"))).convert("RGBA")
        corner[transparent] = image.getpixel((1, image.height - 2))[3]
    assert corner == {False: 255, True: 0}


def test_a_notebook_shows_the_overview() -> None:
    drawing = drawdeploy.draw("bluegreen", formats="svg")
    assert drawing._repr_svg_() == drawing.svg("overview")
    html = ET.fromstring(f"<div>{drawing._repr_html_()}</div>")
    assert html.find("img").get("src").startswith("data:image/svg+xml;base64,")
    assert html.find("img").get("alt")
    assert html.find("table") is not None


def test_time_is_told_by_stage(drawing: drawdeploy.Drawing) -> None:
    stages = [stage for stage, _ in drawing.seconds]
    assert stages[:3] == ["describe", "plan", "frames"]
    assert all(seconds >= 0 for _, seconds in drawing.seconds)


@pytest.mark.parametrize(("image", "formats"), [("png", "png,svg,md"), ("svg", "svg,md"), ("", "md")])
@pytest.mark.parametrize(("strategy", "step"), [("bluegreen", 1), ("rollout", 6)])
def test_the_report_shows_pictures_that_are_there(strategy: str, step: int, image: str, formats: str) -> None:
    drawing = drawdeploy.draw(strategy, formats=formats, steps=[step], overview=False)
    report = drawing.files["report.md"].decode()
    shown = re.findall(r"!\[[^]]*\]\(([^)]*)\)", report)
    assert bool(shown) == bool(image)
    assert {Path(name).suffix for name in shown} <= {f".{image}"}
    assert set(shown) <= set(drawing.files)


def test_names_are_looked_up_when_they_are_used() -> None:
    assert set(drawdeploy.__all__) <= set(dir(drawdeploy))
    for name in drawdeploy.__all__:
        assert getattr(drawdeploy, name) is not None
    with pytest.raises(AttributeError):
        drawdeploy.nothing  # noqa: B018 - the look is what is tested


def test_lists() -> None:
    assert {entry.name for entry in drawdeploy.strategies()} >= {"bluegreen", "rollout"}
    assert {entry.name for entry in drawdeploy.environments("ko")} >= {"plain", "private", "hybrid"}
