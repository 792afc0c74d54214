"""What stands between every controller and the user: finding what is moved, folding it into a plan, telling of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drawdeploy
from drawdeploy import controllers
from drawdeploy.api import Planned, manifests
from drawdeploy.cli import run
from drawdeploy.controllers import slots
from drawdeploy.controllers.course import Crowd, Group, Moment
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Outcome, Phase, RollbackKind, StageKind, Verb
from plans import check_change, check_shifts, check_state
from pretend import FLEET, known

LIVE = FLEET + "status: {step: 1}\n"
ODD = "apiVersion: v1\nkind: Oddity\nmetadata: {name: x}\n"


@pytest.fixture(autouse=True)
def _pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with known():
        yield


def write(text: str = FLEET, name: str = "fleet.yaml") -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


def planned(text: str = FLEET, **asked: object) -> Planned:
    return drawdeploy.plan(write(text), **asked)


def said(error: pytest.ExceptionInfo[DrawDeployError]) -> str:
    return "\n".join(f"{fault.where or ''} {fault.message} → {fault.hint}" for fault in error.value.faults)


# --- the plan --------------------------------------------------------------------------------------------------------


def check_folded(made: Planned) -> None:
    """What holds of the plan of every controller, whatever happens in it."""
    plan = made.plan
    last = plan.begin
    check_state(last)
    for number, step in enumerate(plan.steps, 1):
        assert (step.number, step.before) == (number, last)
        way = [step.before, *step.through]
        for before, after in pairwise(way):
            check_change(before, after)
            check_state(after)
        assert way[-1] == step.after
        check_shifts(step)
        for stage in step.rollback.stages:
            check_state(stage.after)
            check_change(stage.before, stage.after)
            check_shifts(stage)
            assert bool(stage.moves) == (stage.reason is None)
        assert (step.rollback.kind is RollbackKind.NONE) == (not step.rollback.stages)
        last = step.after


def test_a_course_becomes_steps_with_their_states_and_ways_back() -> None:
    made = planned()
    check_folded(made)
    plan = made.plan
    assert [step.id for step in plan.steps] == ["set-weight", "set-weight", "promote"]
    assert [figures.after.exposure for figures in made.ledger.steps] == [Fraction(1, 4), Fraction(1, 2), 1]
    assert [figures.after.running for figures in made.ledger.steps] == [5, 6, 4]
    assert plan.outcome is Outcome.PROMOTED
    assert (plan.service.name, plan.service.old, plan.service.new) == ("web", "current", "2.0")
    assert plan.strategy.id == "fleet-canary"
    assert plan.slug == "web-fleet-canary-kubernetes"
    assert plan.here is None


def test_times_are_those_of_the_moments() -> None:
    first, second, last = planned(start_time="7s").plan.steps
    assert (first.duration.seconds, first.duration.approvals) == (67, 1)
    assert (second.duration.seconds, second.duration.approvals) == (67, 1)
    assert (last.duration.seconds, last.duration.approvals) == (30, 0)


def test_instances_keep_their_places() -> None:
    plan = planned().plan
    for step in plan.steps:
        canary = next(pool for pool in step.after.pools if pool.role == "canary")
        up = [instance.number for instance in canary.instances if instance.phase.running]
        assert up == list(range(1, len(up) + 1))
        assert {i.generation for i in canary.instances if i.phase.running} == {1}


def test_a_way_back_is_told_in_two_stages() -> None:
    first, _, last = planned().plan.steps
    contain, restore = first.rollback.stages
    assert first.rollback.kind is RollbackKind.CONTROLLER
    assert (contain.kind, restore.kind) == (StageKind.CONTAIN, StageKind.RESTORE)
    assert [move.verb for move in contain.moves if move.verb is Verb.ROUTE]
    assert (contain.duration.seconds, restore.duration.seconds) == (0, 30)
    assert restore.after.pools[1].running == 0
    assert restore.after.pools[0].serving == 4
    assert last.rollback.kind is RollbackKind.NONE


def test_every_sync_is_a_step_if_asked_for() -> None:
    usual, every = planned().plan, planned(every_sync=True).plan
    assert len(every.steps) == 6
    assert [step.id for step in every.steps if step.key] == [step.id for step in usual.steps]
    assert every.steps[-1].after == usual.steps[-1].after
    check_folded(planned(every_sync=True))


def test_what_happens_on_the_way_counts_in_the_figures() -> None:
    """Three instances that start between two steps take up room, though no picture shows them so."""
    made = planned()
    assert made.ledger.peak_running == 8
    assert max(figures.after.running for figures in made.ledger.steps) == 6


def test_a_third_revision_has_a_name_and_a_colour(tmp_path: Path) -> None:
    made = planned(event="at step 1: update 3.0", lang="en,ko")
    check_folded(made)
    canary = made.plan.steps[-1].after.pools[1]
    assert {i.revision for i in canary.instances if i.phase is Phase.SERVING} == {"newer"}
    assert made.plan.service.newer == "3.0"
    assert made.ledger.steps[-1].after.exposure == Fraction(1, 2), "who is newer is new as well"
    told = json.loads(made.json())
    assert told["service"]["newer"] == "3.0"
    assert told["steps"][-1]["state"]["pools"]["canary@cluster"]["revisions"] == {"new": 2, "newer": 1}
    for theme in ("light", "dark"):
        made.draw(formats="svg,md,html", theme=theme).write(tmp_path / theme)
    picture = next((tmp_path / "light").glob("03-update.en.svg")).read_text(encoding="utf-8")
    assert "3.0" in picture
    assert "to the newest" in picture


def test_where_a_live_object_is_shows_everywhere(tmp_path: Path) -> None:
    made = planned(LIVE)
    assert made.plan.here == 2
    assert "50 % to the canary ← you are here" in made.text()
    assert "현재 위치" in made.text("ko")
    assert json.loads(made.json())["here"] == 2
    made.draw(formats="svg,md,html").write(tmp_path / "out")
    for name in ("overview.svg", "report.md", "report.html"):
        assert "you are here" in (tmp_path / "out" / name).read_text(encoding="utf-8").lower(), name


def test_warnings_name_their_field() -> None:
    made = planned(FLEET.replace("weights", "shiny: 1, weights"))
    (warning,) = made.warnings
    assert warning.field == "spec.shiny"
    assert warning.place == "fleet.yaml:4:46"
    assert made.notes()[0].startswith("Warning: fleet.yaml:4:46: spec.shiny: Shiny is not simulated")
    row = json.loads(made.json())["warnings"][0]
    assert row["field"] == "spec.shiny"


def test_capacity_is_watched() -> None:
    made = planned(env="private", capacity=7)
    (warning,) = made.warnings
    assert warning.message.key == "expand.warn.overflow"
    assert warning.steps == (3,), "eight run on the way to its end, where four do"


@pytest.mark.parametrize(("env", "site"), [("hybrid", "onprem"), ("private", "onprem"), ("public", "cloud")])
def test_the_same_plan_elsewhere(env: str, site: str) -> None:
    made = planned(env=env)
    check_folded(made)
    assert made.plan.environment.id == env
    assert any(pool.site == site for pool in made.plan.begin.pools)


def test_a_placement_in_turns_is_refused() -> None:
    with pytest.raises(DrawDeployError) as error:
        planned(env="hybrid", placement="both")
    assert "moves all it has at once" in said(error)


def test_nobody_is_drawn_who_does_nothing_and_no_database_is_made_up() -> None:
    environment = planned().plan.environment
    assert [actor.id for actor in environment.actors] == ["pipeline", "monitoring"]
    assert not [node for node in environment.nodes if node.kind == "store"]


# --- slots -----------------------------------------------------------------------------------------------------------

counts = st.integers(0, 4)
crowd = st.builds(
    Crowd,
    pool=st.just("p"),
    revision=st.sampled_from(["old", "new", "newer"]),
    starting=counts,
    available=counts,
    failed=counts,
    stopping=counts,
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.lists(crowd, max_size=3, unique_by=lambda one: one.revision), min_size=1, max_size=6))
def test_slots_always_hold_what_is_counted(story: list[list[Crowd]]) -> None:
    moments = [Moment(at, tuple(crowds)) for at, crowds in enumerate(story)]
    room = slots.sizes([Group("p", "stable", "old")], moments)
    now = slots.begin(room, moments[0])
    for moment in moments:
        before, now = now, slots.follow(now, moment)
        for one in moment.crowds:
            for kind in slots.KINDS:
                there = sum((slot.revision, slot.kind) == (one.revision, kind) for slot in now["p"])
                assert there == getattr(one, kind)
        for was, is_now in zip(before["p"], now["p"], strict=True):
            assert is_now.generation - was.generation in (0, 1)
            if is_now.generation == was.generation and is_now.kind:
                assert is_now.revision == was.revision


# --- finding ---------------------------------------------------------------------------------------------------------


def test_several_objects_become_several_plans(capsys: pytest.CaptureFixture[str]) -> None:
    items = [FLEET, FLEET.replace("name: web, namespace: shop", "name: web, namespace: other"), ODD]
    path = write("---\n".join(items))
    assert manifests.names(path) == ("fleet.yaml#Fleet/shop/web", "fleet.yaml#Fleet/other/web")
    assert run(["plan", path]) == 0
    out = capsys.readouterr().out
    assert "shop-web · Fleet: canary" in out
    assert "other-web · Fleet: canary" in out
    assert "nobody here moves it: Oddity" in out
    with pytest.raises(DrawDeployError) as error:
        drawdeploy.plan(path)
    assert "name one: fleet.yaml#Fleet/shop/web" in said(error)
    assert drawdeploy.plan(f"{path}#Fleet/other/web").plan.slug == "other-web-fleet-canary-kubernetes"


def test_twins_are_told_apart_by_a_number() -> None:
    path = write(f"{FLEET}---\n{FLEET}")
    assert manifests.names(path) == ("fleet.yaml#Fleet/shop/web", "fleet.yaml#Fleet/shop/web/2")
    assert drawdeploy.plan("fleet.yaml#Fleet/shop/web/2").plan.slug == "shop-web-2-fleet-canary-kubernetes"


def test_each_object_gets_a_folder() -> None:
    path = write("---\n".join([FLEET, FLEET.replace("name: web", "name: api")]))
    assert run(["draw", path, "-f", "svg", "-q"]) == 0
    assert sorted(p.name for p in Path("output").iterdir()) == [
        "api-fleet-canary-kubernetes",
        "web-fleet-canary-kubernetes",
    ]


@pytest.mark.parametrize("wrap", ["List", "FleetList"])
def test_lists_are_opened(wrap: str) -> None:
    body = "\n".join(f"  {line}" for line in FLEET.splitlines())
    path = write(f"apiVersion: v1\nkind: {wrap}\nitems:\n- {body.strip()}\n")
    assert drawdeploy.plan(path).plan.service.name == "web"


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(FLEET.encode())))
    assert run(["plan", "-"]) == 0
    assert "25 % to the canary" in capsys.readouterr().out


def test_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    write(FLEET, "all/web.yaml")
    write(FLEET.replace("name: web", "name: api"), "all/deeper/api.yaml")
    write(ODD, "all/odd.json.yaml")
    write("{{ not: even yaml", "all/.hidden/x.yaml")
    assert run(["plan", "all"]) == 0
    out = capsys.readouterr().out
    assert "web · Fleet" in out
    assert "api · Fleet" in out


@pytest.mark.parametrize(
    ("files", "message", "hint"),
    [
        ({"a/x.yaml": FLEET, "a/kustomization.yaml": "resources: [x.yaml]"}, "Kustomize", "kubectl kustomize ./a |"),
        ({"a/x.yaml": FLEET, "a/Chart.yaml": "name: x"}, "Helm chart", "helm template"),
        (
            {"a": "apiVersion: apps/v1\nkind: Fleet\nmetadata: {name: {{ .Values.name }}}\n"},
            "template",
            "helm template",
        ),
        ({"a.yaml": "{{- if .Values.on }}\napiVersion: v1\n{{- end }}\n"}, "template", "helm template"),
        ({"a.yaml": ODD}, "Oddity", "Deployment"),
        ({"a.yaml": "apiVersion: v1\nkind: Fleet\n  x: [\n"}, "a.yaml:3", ""),
    ],
)
def test_what_cannot_be_planned_is_told_clearly(files: dict[str, str], message: str, hint: str) -> None:
    for name, text in files.items():
        write(text, name)
    with pytest.raises(DrawDeployError) as error:
        drawdeploy.plan(f"./{Path(next(iter(files))).parts[0]}")
    assert message in said(error)
    assert hint in said(error)


def test_kind_alone_does_not_decide() -> None:
    path = write(FLEET.replace("pretend.example/v1", "other.example/v1"))
    with pytest.raises(DrawDeployError) as error:
        drawdeploy.plan(path)
    assert "found: Fleet" in said(error)


def test_faults_of_an_object_come_together() -> None:
    with pytest.raises(DrawDeployError) as error:
        planned(FLEET.replace("replicas: 4", "replicas: many").replace("25,", "250,"))
    assert "spec.replicas: must be a whole number" in said(error)
    assert "spec.weights[0]" in said(error)


# --- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"start_time": "soon"}, "'soon' is no time"),
        ({"event": "at step 1: vanish"}, "no event is called 'vanish'"),
        ({"event": "abort"}, "this is no event"),
        ({"event": ["at step 9: retry"]}, "a Fleet cannot retry"),
        ({"batch": 2}, "a manifest has no option 'batch'"),
        ({"env": "hybird"}, "hybird"),
    ],
)
def test_what_is_asked_is_checked(asked: dict[str, object], message: str) -> None:
    with pytest.raises(DrawDeployError) as error:
        planned(**asked)
    assert message in said(error)


def test_the_command_line_takes_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    path = write(LIVE)
    line = ["plan", path, "--start-time", "5s", "--replicas", "8", "--from-start", "--event", "at step 1: update"]
    assert run(line) == 0
    out = capsys.readouterr().out
    assert "Another update" in out
    assert "8 / 8" in out


@pytest.mark.parametrize("command", ["check", "compare"])
def test_check_and_compare_take_manifests(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(f"{FLEET}---\n{FLEET.replace('name: web', 'name: api')}")
    assert run([command, path, "--start-time", "5s", *(["-o", "out"] if command == "compare" else [])]) in (0, 1)
    out = capsys.readouterr().out
    assert "Fleet/web" in out
    assert "Fleet/api" in out


def test_beside_a_strategy_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", write(), "bluegreen", "-o", "out"]) == 0
    assert "Fleet: canary" in capsys.readouterr().out


def test_controllers_of_packages_are_known_by_their_entry_point() -> None:
    assert controllers.GROUP == "drawdeploy.controllers"
    assert "pretend" in controllers.controllers()
