"""The processes of the command line change nothing but how long it takes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import drawdeploy
from drawdeploy import api
from drawdeploy.api import helpers
from drawdeploy.errors import DrawDeployError
from drawdeploy.words.templates import compile_expression

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only there are forks used")


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        (["bluegreen", "--env", "hybrid"], "bluegreen"),
        (["draw", "bluegreen-db"], "bluegreen-db"),
        (["./mine.yaml", "-o", "x"], "./mine.yaml"),
        (["bluegreen", "--help"], None),
        (["draw", "bluegreen", "-h"], None),
        (["-"], None),
        (["bluegreen", "--service", "-"], None),
        (["plan", "bluegreen"], None),
        (["list"], None),
        (["--version"], None),
        (["no-such"], None),
        (["../strategies/bluegreen"], None),
        (["draw"], None),
        ([], None),
    ],
)
def test_only_what_draws_begins_with_helpers(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], target: str | None
) -> None:
    monkeypatch.setattr(helpers, "Helpers", lambda target, environment: target)
    assert helpers.helpers_for(arguments) == target
    monkeypatch.setenv("_DRAWDEPLOY_COMPLETE", "bash_complete")
    assert helpers.helpers_for(arguments) is None


@pytest.mark.parametrize("strategy", api.strategy_names())
def test_strategies_and_plans_can_be_sent(strategy: str) -> None:
    loaded = api.load(strategy)
    sent = pickle.loads(pickle.dumps(loaded))
    assert sent == loaded
    for environment in ("plain", "hybrid"):
        try:
            planned = drawdeploy.plan(sent, env=environment)
        except DrawDeployError:
            continue  # not every strategy fits every environment
        again = pickle.loads(pickle.dumps(planned))
        assert again == planned
        assert again.json() == drawdeploy.plan(loaded, env=environment).json()


def test_an_expression_that_was_sent_still_works() -> None:
    for source, value in (("n", 3), ("2 * n", 6), ("min(n, 2)", 2)):
        sent = pickle.loads(pickle.dumps(compile_expression(source)))
        assert sent.evaluate({"n": 3}) == value


@LINUX
@pytest.mark.parametrize("target", ["bluegreen", "MINE.yaml", "BROKEN.yaml"])
def test_files_and_errors_are_the_same_without_helpers(tmp_path: Path, target: str) -> None:
    from drawdeploy import resources

    text = (resources.folder("drawings") / "strategies" / "bluegreen.yaml").read_text(encoding="utf-8")
    (tmp_path / "MINE.yaml").write_text(text.replace("name: bluegreen", "name: mine"), encoding="utf-8")
    (tmp_path / "BROKEN.yaml").write_text(text.replace("do:", "dou:"), encoding="utf-8")
    command = "import sys; sys.argv[0] = 'drawdeploy'; from drawdeploy.__main__ import main; main()"
    without = f"import drawdeploy.picture.aside as a; a.can_fork = lambda: False\n{command}"
    told = []
    for folder, code in (("with", command), ("without", without)):
        arguments = [target, "--env", "hybrid", "--steps", "2", "--lang", "en,ko", "-o", "out"]
        (tmp_path / folder).mkdir()
        for name in ("MINE.yaml", "BROKEN.yaml"):
            (tmp_path / folder / name).write_bytes((tmp_path / name).read_bytes())
        environment = {**os.environ, "PYTHONPATH": str(Path(drawdeploy.__file__).parents[1])}
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path / folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        out = tmp_path / folder / "out"
        files = {path.name: path.read_bytes() for path in out.iterdir()} if out.is_dir() else {}
        told.append((done.returncode, done.stdout, done.stderr, files))
    assert told[0] == told[1]
    assert (told[0][0] == 0) == (target != "BROKEN.yaml")
    assert bool(told[0][3]) == (target != "BROKEN.yaml")
