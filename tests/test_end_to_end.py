"""From a command to its files, for every strategy and environment, and for a strategy nobody has seen before."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

import drawdeploy
from drawdeploy import cli
from drawdeploy.api import environment_names, strategy_names

ROOT = Path(__file__).resolve().parent.parent
SVG = "{http://www.w3.org/2000/svg}"
SEEDS = ("bluegreen", "rollout")
ENVIRONMENTS = environment_names()
# The strategies of the assignment in its environments, and every other strategy in one of all environments, in turn.
EVERY = [(strategy, environment) for strategy in SEEDS for environment in ("plain", "private", "hybrid")]
OTHERS = [strategy for strategy in strategy_names() if strategy not in SEEDS]
# Mirroring needs a router that can; the environment made for that has one.
EVERY += [(s, "kubernetes" if s == "shadow" else ENVIRONMENTS[i % len(ENVIRONMENTS)]) for i, s in enumerate(OTHERS)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """All of every strategy in every environment, in both languages, as SVG and reports."""
    base = tmp_path_factory.mktemp("outputs")
    drawn = {}
    for strategy, environment in EVERY:
        drawing = drawdeploy.draw(strategy, env=environment, lang="en,ko", formats="svg,md,html,json")
        drawn[strategy, environment] = drawing.write(base / f"{strategy}-{environment}")
    return drawn


# --- what there is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strategy", "environment"), EVERY)
def test_every_step_has_its_pictures(strategy: str, environment: str, outputs: dict[tuple[str, str], Path]) -> None:
    folder = outputs[strategy, environment]
    names = set(os.listdir(folder))
    planned = drawdeploy.plan(strategy, env=environment)
    for lang in ("en", "ko"):
        assert {
            f"overview.{lang}.svg",
            f"00-start.{lang}.svg",
            f"report.{lang}.md",
            "report.html",
            "plan.json",
        } <= names
        for step in planned.steps:
            assert (f"{planned.plan.stem(step)}.{lang}.svg" in names) == step.key
            assert (f"{planned.plan.stem(step)}.rollback.{lang}.svg" in names) == step.key
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert len(plan["steps"]) == len(planned.steps)


def test_the_assignment_to_the_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one command of the README, and what a student pastes into the homework."""
    monkeypatch.chdir(tmp_path)
    assert cli.run(["bluegreen", "--env", "hybrid"]) == 0
    folder = tmp_path / "output" / "bluegreen-hybrid"
    stems = ["00-start", "01-create-and-test", "02-switch-traffic", "03-watch", "04-remove-blue", "overview"]
    stems += [f"{stem}.rollback" for stem in stems[1:5]]
    wanted = {f"{stem}.{kind}" for stem in stems for kind in ("png", "svg")} | {"report.md", "report.html", "plan.json"}
    found = {name for name in os.listdir(folder) if not name.startswith(".")}
    assert {re.sub(r"^04-[\w-]+", "04-remove-blue", name) for name in found} == wanted
    for name in found:
        if name.endswith(".png"):
            assert (folder / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_rollout_draws_the_first_round_and_the_end_of_each(outputs: dict[tuple[str, str], Path]) -> None:
    def numbers(folder: Path) -> list[int]:
        names = [name for name in os.listdir(folder) if re.fullmatch(r"\d\d-[a-z-]+\.en\.svg", name)]
        return sorted(int(name[:2]) for name in names)

    assert numbers(outputs["rollout", "plain"]) == [0, 1, 2, 3, 4, 8, 12]
    every = drawdeploy.draw("rollout", every_step=True, formats="svg", rollbacks=False, overview=False)
    assert [frame.number for frame in every.frames] == list(range(13))


# --- files that stand alone ------------------------------------------------------------------------------------------

ADDRESS = re.compile(r"""(?:https?:|file:|//)[^\s"'<>)]*""")
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xhtml"}
OF_A_MACHINE = re.compile(rf"{re.escape(str(ROOT))}|/tmp/|/home/|/root/|/usr/|site-packages|[A-Z]:\\\\")


LEADING = {"href", "xlink:href", "src", "srcset", "action", "data", "poster"}


class References(HTMLParser):
    """Whatever an HTML page would load or lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            v or "" for k, v in attrs if k in {"href", "xlink:href", "src", "srcset", "action", "data", "poster"}
        ]

    handle_startendtag = handle_starttag


@pytest.mark.parametrize(("strategy", "environment"), EVERY)
def test_pictures_and_pages_stand_alone(strategy: str, environment: str, outputs: dict[tuple[str, str], Path]) -> None:
    """Nothing is loaded from anywhere, and no path of the machine that drew them is in them."""
    for path in outputs[strategy, environment].iterdir():
        text = path.read_text(encoding="utf-8")
        assert not OF_A_MACHINE.search(re.sub(r"data:[\w/+;,=.-]+", "", text)), path.name
        bare = re.sub(r"data:[\w/+-]+;base64,[\w+/=]+", "data:", text)
        for inside in re.findall(r"url\(\s*[\"']?([^)\"']*)", bare):
            assert inside.startswith(("#", "data:")), f"{path.name}: {inside}"
        assert "@import" not in bare
        if path.suffix == ".svg":
            root = ET.fromstring(text)
            for element in root.iter():
                for key, value in element.attrib.items():
                    if key.endswith("href"):
                        assert value.startswith(("#", "data:image/png;base64,")), path.name
            ids = [element.get("id") for element in root.iter() if element.get("id")]
            assert len(ids) == len(set(ids)), path.name
            used = {v[1:] for e in root.iter() for k, v in e.attrib.items() if k.endswith("href") and v.startswith("#")}
            assert used <= set(ids), path.name
            assert set(ADDRESS.findall(bare)) <= NAMESPACES, path.name
        if path.suffix == ".html":
            assert [to for to in References(text).found if not to.startswith(("#", "data:"))] == []


# --- the same input, the same bytes ----------------------------------------------------------------------------------


def test_two_runs_give_the_same_bytes(command: Path, tmp_path: Path) -> None:
    """Also from another folder, with another order of hashes, in another locale and time zone."""
    made = []
    for index, cwd in enumerate(("a", "b/c")):
        folder = tmp_path / cwd
        folder.mkdir(parents=True)
        output = "out" if index else str(folder / "out")
        environment = os.environ | {"PYTHONHASHSEED": str(index + 1), "TZ": ("UTC", "Asia/Seoul")[index]}
        environment |= {"LC_ALL": ("C.UTF-8", "C")[index], "HOME": str(folder)}
        line = [str(command), "rollout", "--env", "hybrid", "--lang", "ko", "--steps", "2,8", "-o", output, "-q"]
        subprocess.run(line, cwd=folder, env=environment, check=True, timeout=120)
        made.append(contents(folder / "out"))
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


def test_drawing_again_over_it_changes_nothing(tmp_path: Path) -> None:
    first = contents(drawdeploy.draw("bluegreen", formats="svg,md,json").write(tmp_path))
    assert contents(drawdeploy.draw("bluegreen", formats="svg,md,json").write(tmp_path)) == first


def test_files_of_the_users_own_stay(tmp_path: Path) -> None:
    (tmp_path / "homework.docx").write_bytes(b"mine")
    drawdeploy.draw("bluegreen", formats="svg,json").write(tmp_path)
    drawdeploy.draw("rollout", formats="json").write(tmp_path)
    assert (tmp_path / "homework.docx").read_bytes() == b"mine"
    assert not list(tmp_path.glob("*.svg"))


# --- capacity --------------------------------------------------------------------------------------------------------


def test_capacity_of_twice_the_replicas_is_the_edge() -> None:
    """At 2n - 1 blue-green no longer fits: plan, picture, rollback and report all say so; at 2n nothing does."""
    tight, enough, roomy = (
        drawdeploy.draw("bluegreen", env="private", replicas=3, capacity=capacity, formats="svg,md,html,json")
        for capacity in (5, 6, 7)
    )
    assert len(tight.planned.warnings) >= 1
    assert enough.planned.warnings == roomy.planned.warnings == ()

    over = {site.overflow for figures in tight.planned.ledger.steps for site in figures.after.sites}
    assert max(over) == 1
    batches = {  # after the last step, the old ones must be created again beside the new: one by one, or all at once
        drawing: drawing.planned.steps[-1].rollback.stages[-1].batches for drawing in (tight, enough, roomy)
    }
    assert batches[tight] > 1
    assert batches[enough] == batches[roomy] == 1

    for name in ("01-create-and-test", "01-create-and-test.rollback", "overview"):
        assert tight.svg(name) != enough.svg(name), name
    last = (
        tight.frames[-1].name
        if tight.frames[-1].kind == "rollback"
        else tight.planned.plan.stem(tight.planned.steps[-1]) + ".rollback"
    )
    words = {drawing: " ".join(ET.fromstring(drawing.svg(last)).itertext()) for drawing in (tight, enough)}
    assert words[tight] != words[enough]

    for name in ("report.md", "report.html", "plan.json"):
        assert tight.files[name] != enough.files[name], name
    message = drawdeploy.plan("bluegreen", env="private", capacity=5).notes()[0].splitlines()[0]
    numbers = re.findall(r"\d+", message)
    assert {"5", "6"} <= set(numbers)
    assert all(number in tight.files["report.md"].decode() for number in numbers)
    assert enough.planned.text() == roomy.planned.text()


# --- a strategy nobody has seen --------------------------------------------------------------------------------------

INVENTED = """\
apiVersion: drawdeploy/v1
kind: Strategy
name: quarter
title: {en: By quarters, ko: 4분의 1씩}
summary: {en: A quarter first and then the rest., ko: 4분의 1을 먼저 하고 나머지를 합니다.}
parameters:
  first:
    type: count-or-percent
    of: replicas
    default: 25%
    help: {en: How many come first, ko: 먼저 하는 개수}
pools:
  calm: {revision: old, begin: all}
  brave: {revision: new}
onProblem: rollback
steps:
- id: try-some
  title: {en: "Try {{ first }} of {{ new }}", ko: "{{ new }} {{ first }}개 시도"}
  text: {en: A few come first., ko: 먼저 몇 개를 만듭니다.}
  who:
    pipeline: {en: creates, ko: 생성}
  do:
  - create: {pool: brave, count: first}
  - route: {weights: by-serving}
  checks:
  - manual: {en: Looks good, ko: 확인}
- id: the-rest
  title: {en: The rest, ko: 나머지}
  text: {en: The others follow., ko: 나머지를 만듭니다.}
  who:
    pipeline: {en: creates, ko: 생성}
  do:
  - create: {pool: brave, count: "calm.serving - brave.serving"}
  - route: {weights: {calm: 0, brave: 100}}
- id: clean-up
  title: {en: Clean up, ko: 정리}
  text: {en: The old ones go., ko: 이전 것을 제거합니다.}
  who:
    operator: {en: removes, ko: 제거}
  do:
  - remove: {pool: calm}
"""


@pytest.fixture
def invented(tmp_path: Path) -> Path:
    path = tmp_path / "quarter.yaml"
    path.write_text(INVENTED, encoding="utf-8")
    return path


@pytest.mark.parametrize("environment", environment_names())
def test_an_invented_strategy_expands_and_rolls_back(invented: Path, environment: str) -> None:
    planned = drawdeploy.plan(str(invented), env=environment, replicas=8)
    assert planned.plan.slug == f"quarter-{environment}"
    assert planned.plan.outcome.value == "promoted"
    begin = planned.ledger.begin
    for step, figures in zip(planned.steps, planned.ledger.steps, strict=True):
        assert step.rollback.stages, step.id
        back = figures.stages[-1]
        assert (back.exposure, back.running, back.serving) == (0, begin.running, 1), step.id
    assert planned.ledger.steps[-1].after.exposure == 1


def test_an_invented_strategy_is_drawn(
    invented: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(invented.parent)
    line = [
        "./quarter.yaml",
        "--env",
        "private",
        "--replicas",
        "8",
        "--first",
        "50%",
        "--lang",
        "ko",
        "-f",
        "svg,md,html,json",
    ]
    assert cli.run(line) == 0
    assert "v2 4개 시도" in capsys.readouterr().out
    folder = Path("output/quarter-private")
    names = {name for name in os.listdir(folder) if name.endswith(".svg")}
    stems = ["01-try-some", "02-the-rest", "03-clean-up"]
    assert names == {"00-start.svg", "overview.svg", *(f"{s}{r}.svg" for s in stems for r in ("", ".rollback"))}
    for name in names:
        ET.parse(folder / name)


def test_its_help_tells_of_its_own_parameter(invented: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["draw", str(invented), "--help"]) == 0
    assert re.search(r"--first N\|N% +How many come first +\[default: 25%\]", capsys.readouterr().out)
    assert cli.run(["plan", str(invented), "--first", "400%"]) == 2
    assert "first: 400%" in capsys.readouterr().err


def test_a_parameter_with_the_name_of_an_option_is_refused(invented: Path, capsys: pytest.CaptureFixture[str]) -> None:
    invented.write_text(INVENTED.replace("first", "theme"), encoding="utf-8")
    assert cli.run(["plan", str(invented)]) == 2
    assert "parameter 'theme' has the name of an option" in capsys.readouterr().err


def test_an_invented_environment_is_drawn(invented: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(invented.parent)
    plain = (ROOT / "drawings" / "environments" / "plain.yaml").read_text(encoding="utf-8")
    Path("attic.yaml").write_text(re.sub(r"^name: .*$", "name: attic", plain, flags=re.M), encoding="utf-8")
    assert cli.run(["./quarter.yaml", "--env", "./attic.yaml", "--replicas", "4", "-f", "svg", "-q"]) == 0
    assert Path("output/quarter-attic/overview.svg").exists()
