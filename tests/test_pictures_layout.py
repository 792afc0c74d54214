"""Everything has its place once and for all: nothing moves between steps, languages and engines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

import drawdeploy
from drawdeploy.errors import DrawDeployError
from drawdeploy.picture import engine, frames, grid, layout, scene
from drawdeploy.picture.frames import Frame
from drawdeploy.picture.layout import Box, Layout
from drawdeploy.words import Words
from pictures import ALL, PLACES, STRATEGIES, Case, drawn, inside, marks, meet, planned

LANGUAGES = ("en", "ko")
GOLDEN = Path(__file__).parent / "golden" / "dot"
WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"  # read here: for the tests themselves it is taken away

COMBINED = [Case(strategy, *place) for strategy in STRATEGIES for place in PLACES]
LARGER = [
    Case("bluegreen", "private", "single", 12, theme="dark"),
    Case("rollout", "hybrid", "both", 12, batch="25%"),
    Case("rollout", "hybrid", "across", 200, batch="25%", theme="dark"),
]


def scene_of(case: Case, detail: scene.Detail = scene.FULL) -> scene.Scene:
    return scene.build(planned(case)[0], [Words(lang) for lang in LANGUAGES], detail)


@cache
def placed(case: Case, detail: scene.Detail) -> Layout:
    return layout.place(scene_of(case, detail))


# --- nothing moves ---------------------------------------------------------------------------------------------------

STANDING = ("pool", "site", "node", "actor", "link")


def places(one: Frame) -> dict[str, Box]:
    """Where the parts that are always there stand: the frame of a pool or site, the icon of a node."""
    found: dict[str, Box] = {}
    for mark in marks(one):
        part = mark.parts[-1] if mark.parts else ""
        kind = part.partition(":")[0]
        if kind in STANDING and mark.kind == ("use" if kind in {"node", "actor"} else "rect"):
            found.setdefault(part, mark.box)
    return found


@pytest.mark.parametrize("case", COMBINED + LARGER, ids=str)
def test_nothing_moves_between_steps_and_languages(case: Case) -> None:
    pictures = [
        one for lang in LANGUAGES for one in drawn(replace(case, lang=lang)).frames if one.kind in {"start", "step"}
    ]
    first = places(pictures[0])
    plan = planned(case)[0]
    assert {pool.id for pool in plan.begin.pools} == {name[5:] for name in first if name.startswith("pool:")}
    assert len(first) > len(plan.begin.pools) + len(plan.environment.actors)
    # A link's name is as wide as it is in its language, so that its frame may differ.
    fixed = {name: box for name, box in first.items() if not name.startswith("link:")}
    for one in pictures[1:]:
        assert {name: box for name, box in places(one).items() if not name.startswith("link:")} == fixed, one.name


@pytest.mark.parametrize("case", COMBINED + LARGER, ids=str)
def test_panels_of_an_overview_are_alike(case: Case) -> None:
    overview = drawn(case).frames[0]
    panels: dict[str, list[tuple[str, float, float]]] = {}
    for mark in marks(overview):
        if mark.parts and mark.parts[0].startswith("panel:") and mark.parts[-1].startswith(("site:", "pool:")):
            panels.setdefault(mark.parts[0], []).append((mark.parts[-1], mark.box.x, mark.box.y))
    seen = []
    for found in panels.values():
        _, x0, y0 = found[0]
        where: dict[str, tuple[float, float]] = {}
        for name, x, y in found:
            where.setdefault(name, (round(x - x0, 1), round(y - y0, 1)))
        seen.append(where)
    assert len(seen) > 3
    assert all(where == seen[0] for where in seen)


def test_a_layout_alone_serves_every_picture_and_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for steps, one for overview and rollbacks: whatever is drawn."""
    asked: list[str] = []
    real = engine.layout_svg
    monkeypatch.setattr(engine, "layout_svg", lambda dot, name="auto": asked.append(dot) or real(dot, name))
    drawing = drawdeploy.draw("rollout", env="hybrid", replicas=4, lang="en,ko", every_step=True)
    pictures = [one for lang in LANGUAGES for one in drawing.sheets(lang).frames]
    assert len(pictures) > 60
    assert len(asked) == len(set(asked)) == 2


@pytest.mark.parametrize(("wanted", "layouts"), [({"overview": False, "rollbacks": False}, 1), ({}, 2)])
def test_no_layout_that_no_picture_needs(
    monkeypatch: pytest.MonkeyPatch, wanted: dict[str, bool], layouts: int
) -> None:
    asked: list[str] = []
    real = engine.layout_svg
    monkeypatch.setattr(engine, "layout_svg", lambda dot, name="auto": asked.append(dot) or real(dot, name))
    frames.draw(*planned(COMBINED[0]), lang="en", **wanted)  # type: ignore[arg-type]  # flags of draw()
    assert len(asked) == layouts


def test_heavy_libraries_are_loaded_when_something_is_drawn() -> None:
    heavy = ["diagrams", "graphviz", "uharfbuzz", "resvg", "thorvg_cython", "brotli", "fontTools", "pygraphviz"]
    code = "import sys; from drawdeploy.picture import frames, raster, strip, overview, icons; "
    code += f"print([name for name in {heavy!r} if name in sys.modules])"
    path = {**os.environ, "PYTHONPATH": str(Path(drawdeploy.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path, check=True)
    assert done.stdout.strip() == "[]"


# --- where things stand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("detail", [scene.FULL, scene.BRIEF], ids=["full", "brief"])
@pytest.mark.parametrize("case", ALL, ids=str)
def test_things_stand_apart_and_in_their_sites(case: Case, detail: scene.Detail) -> None:
    found = placed(replace(case, lang="en", theme="light"), detail)
    things = {thing.id: thing for thing in found.scene.things}
    assert things.keys() == found.boxes.keys()
    for one, other in combinations(things, 2):
        # The upper half of a node's box is kept free only so that routes meet its middle.
        assert not meet(seen(found, one), seen(found, other)), f"{one} and {other}"
    for one, other in combinations(found.sites, 2):
        assert not meet(found.sites[one], found.sites[other], 0)
    whole = Box(0, 0, found.width, found.height)
    for name, thing in things.items():
        assert inside(seen(found, name), found.sites[thing.site] if thing.site else whole), name
    assert all(inside(frame, whole) for frame in found.sites.values())


def seen(found: Layout, name: str) -> Box:
    box = found.boxes[name]
    if all(thing.kind in {"pool", "actors"} for thing in found.scene.things if thing.id == name):
        return box
    top = box.cy - found.scene.detail.icon / 2
    return Box(box.x, top, box.width, box.bottom - top)


@pytest.mark.parametrize("case", COMBINED, ids=str)
def test_requests_go_from_left_to_right(case: Case) -> None:
    for detail in (scene.FULL, scene.BRIEF):
        found = placed(case, detail)
        assert [pair for pair in found.scene.edges if found.boxes[pair[0]].right >= found.boxes[pair[1]].x] == []


# --- engines ---------------------------------------------------------------------------------------------------------


@cache
def bodies(case: Case, name: str) -> list[tuple[str, str]]:
    return [(one.name, one.body) for one in frames.draw(*planned(case), lang="ko", engine=name).frames]


@pytest.mark.parametrize("case", COMBINED, ids=str)
def test_pygraphviz_gives_the_same_bytes(case: Case) -> None:
    pytest.importorskip("pygraphviz", reason="an extra of drawdeploy")
    assert bodies(case, "pygraphviz") == bodies(case, "pure")


@pytest.mark.real
@pytest.mark.parametrize("case", COMBINED, ids=str)
def test_an_installed_graphviz_gives_the_same_bytes(case: Case, require: Callable[..., str]) -> None:
    require("dot")
    assert bodies(case, "dot") == bodies(case, "pure")


def test_an_engine_that_loses_something_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "layout_svg", lambda *_: "<svg></svg>")
    with pytest.raises(DrawDeployError, match="lost users") as caught:
        frames.draw(*planned(COMBINED[0]), lang="en")
    assert "--engine" in caught.value.faults[0].hint


# --- the golden DOT --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [COMBINED[2], COMBINED[7]], ids=["bluegreen-hybrid", "rollout-hybrid"])
def test_golden_dot(case: Case) -> None:
    """`DRAWDEPLOY_GOLDEN=write pytest tests/test_pictures_layout.py` writes them anew."""
    for name, detail in (("", scene.FULL), (".brief", scene.BRIEF)):
        path = GOLDEN / f"{case.strategy}-{case.environment}-{case.placement}{name}.dot"
        found = unstyled(layout.dot(scene_of(case, detail)))
        if WRITE:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found, encoding="utf-8")
        assert found == path.read_text(encoding="utf-8")


def unstyled(dot: str) -> str:
    """Without the colours and fonts of `diagrams`, which say nothing here and differ between its releases."""
    return re.sub(r' ?\b(bgcolor|color|fontcolor|fontname|fontsize|pencolor)=("[^"]*"|[^] ]+)', "", dot)


# --- counts ----------------------------------------------------------------------------------------------------------

# Placement, replicas → how instances are drawn in a step and in an overview, and in how many columns and rows.
MODES = [
    ("single", 1, "cells", (1, 1), "dots", (1, 1)),
    ("single", 3, "cells", (3, 1), "dots", (3, 1)),
    ("single", 4, "cells", (4, 1), "dots", (4, 1)),
    ("single", 5, "slots", (4, 2), "dots", (5, 1)),
    ("single", 8, "slots", (4, 2), "dots", (6, 2)),
    ("single", 12, "slots", (4, 3), "dots", (6, 2)),
    ("single", 13, "stacks", (3, 1), "bar", (1, 1)),
    ("single", 1000, "stacks", (3, 1), "bar", (1, 1)),
    ("across", 4, "cells", (4, 1), "dots", (4, 1)),
    ("across", 8, "slots", (4, 2), "dots", (6, 2)),
    ("across", 12, "slots", (6, 2), "dots", (6, 2)),
    ("across", 13, "stacks", (3, 1), "bar", (1, 1)),
    ("both", 2, "slots", (1, 1), "dots", (1, 1)),
    ("both", 12, "slots", (6, 1), "dots", (6, 1)),
    ("both", 13, "stacks", (3, 1), "bar", (1, 1)),
]


@pytest.mark.parametrize(("placement", "replicas", "mode", "shape", "brief", "small"), MODES)
def test_how_instances_are_drawn(
    placement: str, replicas: int, mode: str, shape: tuple[int, int], brief: str, small: tuple[int, int]
) -> None:
    where = next(place for place in PLACES if place[1] == placement)
    plan = planned(Case("bluegreen", *where, replicas))[0]
    words = [Words(lang) for lang in LANGUAGES]
    large, little = (grid.decide(plan, words, brief=flag) for flag in (False, True))
    assert (large.mode, (large.columns, large.rows)) == (mode, shape)
    assert (little.mode, (little.columns, little.rows)) == (brief, small)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_neither_shape_nor_cost_grow_with_the_count(strategy: str, place: tuple[str, str]) -> None:
    batch = "25%" if strategy == "rollout" else ""
    small, large = (Case(strategy, *place, replicas, batch=batch) for replicas in (200, 1000))
    sizes = [
        {(one.width, one.height) for one in drawn(case).frames if one.kind in {"start", "step"}}
        for case in (small, large)
    ]
    assert sizes[0] == sizes[1]
    lines = [layout.dot(scene_of(case)).count("\n") for case in (small, large, replace(small, replicas=14))]
    assert lines[0] == lines[1] == lines[2]
    marked = [len(marks(drawn(case).frames[1])) for case in (small, large)]
    assert marked[0] == marked[1]
