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
    assert run(["init", kind, "-o", "new.yaml"]) == 0
    assert Path("new.yaml").read_text(encoding="utf-8") == EXAMPLES[kind]
    Path("new.yaml").write_text("mine", encoding="utf-8")
    capsys.readouterr()
    assert run(["init", kind, "-o", "new.yaml"]) == 2
    assert "new.yaml is there already" in capsys.readouterr().err
    assert Path("new.yaml").read_text(encoding="utf-8") == "mine"


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
