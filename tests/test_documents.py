"""Several strategies at once, several descriptions in a file, services from files, and what one begins with."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import drawdeploy
from drawdeploy import api
from drawdeploy.cli import run
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Service

EXAMPLES = {kind: api.example(kind) for kind in ("strategy", "environment", "service")}
ALL = "\n---\n".join(EXAMPLES.values())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def named(name: str) -> str:
    return EXAMPLES["strategy"].replace("name: my-strategy", f"name: {name}")


@pytest.mark.parametrize("kind", EXAMPLES)
def test_init_prints_an_example_or_writes_it_once(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", kind]) == 0
    assert capsys.readouterr().out == EXAMPLES[kind]
    assert run(["init", kind, "-o", "fresh.yaml"]) == 0
    assert Path("fresh.yaml").read_text(encoding="utf-8") == EXAMPLES[kind].replace("my-" + kind, "fresh")
    Path("fresh.yaml").write_text("mine", encoding="utf-8")
    capsys.readouterr()
    assert run(["init", kind, "-o", "fresh.yaml"]) == 2
    assert "fresh.yaml is there already" in capsys.readouterr().err
    assert Path("fresh.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("kind", ["strategy", "environment", "service", "site"])
def test_schema_prints_the_published_one(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", kind]) == 0
    published = Path(__file__).parent.parent / "docs" / "schema" / f"{kind}.schema.json"
    assert capsys.readouterr().out == published.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["init", "schema"])
def test_a_kind_that_nobody_knows(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "stratgy"]) == 2
    assert "did you mean 'strategy'?" in capsys.readouterr().err


def test_a_file_may_hold_a_strategy_its_environment_and_its_service() -> None:
    plan = drawdeploy.plan(write("all.yaml", ALL)).plan
    assert (plan.environment.id, plan.service.requests) == ("my-environment", 300)
    elsewhere = drawdeploy.plan("all.yaml", env="plain", service="cart", replicas=5).plan
    assert (elsewhere.environment.id, elsewhere.service) == ("plain", Service(name="cart", replicas=5))


def test_so_may_what_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ALL.encode())))
    assert drawdeploy.plan("-").plan.environment.id == "my-environment"


def test_a_service_from_a_file_and_what_is_given_besides() -> None:
    write("shop.yaml", EXAMPLES["service"].replace("replicas: 3", "counts: {onprem: 4, cloud: 2}"))
    plan = drawdeploy.plan("rollout", env="hybrid", service="shop.yaml", new="v7").plan
    assert (plan.service.new, plan.service.replicas, plan.environment.start_seconds) == ("v7", 6, 40)
    sizes = {pool.id: len(pool.instances) for pool in plan.begin.pools}
    assert sizes == {"old@onprem": 4, "new@onprem": 4, "old@cloud": 2, "new@cloud": 2}
    fewer = drawdeploy.plan("rollout", env="hybrid", service="shop.yaml", replicas=4).plan
    assert [len(pool.instances) for pool in fewer.begin.pools] == [2, 2, 2, 2], "one's own number is split evenly"
    with pytest.raises(DrawDeployError, match="has instances at cloud, where placement across has none of the old"):
        drawdeploy.plan("rollout", env="hybrid", placement="across", service="shop.yaml")
    with pytest.raises(DrawDeployError, match="counts instances at an unknown site 'onprem'"):
        drawdeploy.plan("rollout", env="plain", service="shop.yaml")


def test_sessions_need_a_router_that_keeps_them() -> None:
    write("shop.yaml", EXAMPLES["service"].replace("affinity: false", "affinity: true"))
    write("env.yaml", EXAMPLES["environment"])
    with pytest.raises(DrawDeployError, match="NGINX ×2 cannot keep users with the instance that answered them first"):
        drawdeploy.plan("rollout", env="env.yaml", service="shop.yaml")


def test_several_strategies_in_a_file_are_all_meant_or_one_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    write("two.yaml", named("one") + "\n---\n" + named("other"))
    assert run(["plan", "two.yaml"]) == 0
    assert capsys.readouterr().out.count("My canary\n") == 2
    assert run(["plan", "two.yaml#other", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["strategy"]["id"] == "other"
    assert run(["plan", "two.yaml#none"]) == 2
    assert "no Strategy here is called 'none': one, other" in capsys.readouterr().err


def test_several_targets_go_to_folders_of_their_own_below_the_one_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["draw", "bluegreen", write("mine.yaml", named("mine")), "-o", "out", "-f", "md,svg", "-q"]) == 0
    assert {path.name for path in Path("out").iterdir()} == {"bluegreen-plain", "mine-plain"}
    assert run(["bluegreen", "mine.yaml", "--env", "private", "-f", "md,svg", "-q"]) == 0
    assert {path.name for path in Path("output").iterdir()} == {"bluegreen-private", "mine-private"}
    assert capsys.readouterr() == ("", "")


def test_nothing_is_written_if_one_of_them_cannot_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    broken = named("mine").replace("stable: {revision: old, begin: all}", "stable: {revision: old}")
    assert run(["draw", "bluegreen", write("mine.yaml", broken), "-o", "out", "-q"]) == 2
    assert "no pool holds the running instances" in capsys.readouterr().err
    assert run(["draw", "bluegreen", "shadow", "--env", "private", "-o", "out", "-q"]) == 2
    assert "cannot mirror live traffic" in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_document_of_no_kind_is_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", write("odd.yaml", ALL + "\n---\nhello: there\n")]) == 2
    assert "a document that does not say what it describes" in capsys.readouterr().err


def test_what_init_writes_into_the_drawings_of_a_project_is_found_by_its_name() -> None:
    for kind in ("strategy", "environment"):
        folder = {"strategy": "strategies", "environment": "environments"}[kind]
        assert run(["init", kind, "-o", f"drawings/{folder}/acme.yaml"]) == 0
    assert drawdeploy.plan("acme", env="acme").plan.slug == "acme-acme"


def test_files_of_environments_and_services_may_stand_beside_strategies(capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(f"{kind}.yaml", text.replace("replicas: 3", "replicas: 5")) for kind, text in EXAMPLES.items()]
    for order in (files, files[::-1]):
        assert run(["plan", *order, "--json"]) == 0
        plan = json.loads(capsys.readouterr().out)
        assert (plan["environment"]["id"], plan["service"]["replicas"]) == ("my-environment", 5)
    assert run(["plan", "bluegreen", "environment.yaml", "--env", "plain"]) == 2
    assert "environment.yaml: --env is given already" in capsys.readouterr().err
    assert run(["plan", "environment.yaml", "service.yaml"]) == 2
    assert "no strategy is named beside environment.yaml, service.yaml" in capsys.readouterr().err
    assert run(["plan", "environment.yaml"]) == 2
    assert "describes an Environment, not a Strategy\n    kind: Environment\n  hint: give it with --env" in (
        capsys.readouterr().err
    )


def test_the_faults_of_all_files_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one.yaml", "two.yaml"):
        write(name, named("x").replace("create: {pool: canary, count: n}", "crate: {pool: canary}"))
    assert run(["draw", "one.yaml", "two.yaml"]) == 2
    told = capsys.readouterr().err
    assert all(f"{name}:37:9: unknown verb 'crate'" in told for name in ("one.yaml", "two.yaml")), told
    assert not Path("output").exists()


def test_what_comes_out_when_the_plan_is_worked_out_shows_its_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    write("bad.yaml", named("bad").replace('stable: "100 - w", canary: w', 'stable: "90 - w", canary: w'))
    assert run(["draw", "bad.yaml"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("bad.yaml:") and "the weights sum to 90 percent" in told[0]
    assert told[1].startswith("    - route: {weights: {stable:")
    assert told[2].startswith("  hint: ")
