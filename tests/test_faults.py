"""What happens when the machine does not do as it should: what was there before stays whole, and the user is told."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drawdeploy import cli
from drawdeploy.errors import Exit
from drawdeploy.files.disk import Disk

FIRST = ["bluegreen", "--steps", "1", "--no-rollback", "--no-overview", "-f", "png,svg,md,html,json", "-o", "out", "-q"]
SECOND = [*FIRST, "--service", "other"]


def hashes(folder: Path) -> dict[str, str]:
    """What a folder holds."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def sets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders: what `out` holds after the first command, and after the second."""
    folders = []
    for line in (FIRST, SECOND):
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path_factory.mktemp("set"))
            assert cli.run(line) == 0
            folders.append(Path("out").resolve())
    return folders[0], folders[1]


@pytest.fixture
def folder(sets: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`out` in the current folder, with the first set of files in it."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(sets[0], tmp_path / "out"))


@pytest.fixture
def second_set(sets: tuple[Path, Path]) -> dict[str, str]:
    """What `out` holds after the second command."""
    return hashes(sets[1])


# --- places that cannot be written to --------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["file", "file/below", "file/far/below"])
def test_a_file_in_the_place_of_the_folder(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("mine")
    assert cli.run(["bluegreen", "-f", "json", "-o", output]) == Exit.FAILED
    assert "file" in capsys.readouterr().err
    assert Path("file").read_text() == "mine"


def test_a_folder_in_the_place_of_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "overview.svg").mkdir()
    (folder / "overview.svg" / "mine").write_text("mine")
    before = hashes(folder)
    assert cli.run(["bluegreen", "-f", "svg", "-o", "out"]) == Exit.FAILED
    assert "overview.svg" in capsys.readouterr().err
    assert hashes(folder) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("locked").mkdir(mode=0o555)
    assert cli.run(["bluegreen", "-f", "json", "-o", "locked/out"]) == Exit.FAILED
    assert "locked" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_place_where_nothing_can_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bluegreen", "-f", "json", "-o", "/proc/drawdeploy"]) == Exit.FAILED
    said = capsys.readouterr().err
    assert "/proc/drawdeploy" in said
    assert "should not happen" not in said


def test_a_path_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["bluegreen", "-f", "json", "-o", "x" * 300]) == Exit.FAILED
    assert "should not happen" not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["", "  "])
def test_a_folder_without_a_name(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bluegreen", "-f", "json", "-o", output]) == Exit.BAD_INPUT
    assert "no name" in capsys.readouterr().err


# --- a disk that fails in the middle ---------------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, method: str, turn: int, error: BaseException) -> list[int]:
    """Lets the n-th use of a method of the disk fail, once; gives a list that grows with every use."""
    real: Callable[..., None] = getattr(Disk, method)
    uses: list[int] = []

    def use(self: Disk, *arguments: object) -> None:
        uses.append(1)
        if len(uses) == turn:
            raise error
        real(self, *arguments)

    monkeypatch.setattr(Disk, method, use)
    return uses


@pytest.mark.parametrize("turn", [1, 4])
@pytest.mark.parametrize("method", ["write", "replace"])
def test_a_full_disk_leaves_the_old_set(
    method: str, turn: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashes(folder)
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")
    with monkeypatch.context() as patch:
        uses = failing(patch, method, turn, error)
        assert cli.run(SECOND) == Exit.FAILED
        assert len(uses) >= turn
    said = capsys.readouterr().err
    assert "space" in said or "full" in said
    assert "Traceback" not in said
    assert hashes(folder) == before


@pytest.mark.parametrize("turn", [1, 3])
@pytest.mark.parametrize("method", ["write", "replace"])
def test_an_interruption_leaves_the_old_set_or_the_new(
    method: str,
    turn: int,
    folder: Path,
    second_set: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = hashes(folder)
    with monkeypatch.context() as patch:
        failing(patch, method, turn, KeyboardInterrupt())
        assert cli.run(SECOND) == Exit.INTERRUPTED
    assert "interrupted" in capsys.readouterr().err
    assert hashes(folder) in (before, second_set)
    assert cli.run(SECOND) == 0
    assert hashes(folder) == second_set


STAGES = [
    "drawdeploy.expand.expand",
    "drawdeploy.picture.frames.draw",
    "drawdeploy.picture.frames.document",
    "drawdeploy.picture.raster.begin",
    "drawdeploy.report.markdown.render",
    "drawdeploy.report.html.render",
    "drawdeploy.report.plan_json.dumps",
    "drawdeploy.files.write_set",
]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EMFILE, "Too many open files")])
@pytest.mark.parametrize("stage", STAGES)
def test_failing_at_any_stage_leaves_the_old_set(
    stage: str, error: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashes(folder)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(stage, fail)
    code = cli.run(SECOND)
    assert code == (Exit.INTERRUPTED if isinstance(error, KeyboardInterrupt) else Exit.FAILED)
    assert hashes(folder) == before
    assert hashes(folder.parent) == {f"out/{name}": value for name, value in before.items()}
    said = capsys.readouterr().err
    assert said
    assert "Traceback" not in said


def test_a_missing_engine_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from drawdeploy.picture import engine

    before = hashes(folder)
    monkeypatch.setattr(engine, "_on_path", lambda _: None)
    assert cli.run([*SECOND, "--engine", "dot"]) == Exit.FAILED
    assert "install Graphviz" in capsys.readouterr().err
    assert hashes(folder) == before


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("delay", [0.3, 0.6])
def test_control_c_in_a_real_process(delay: float, command: Path, folder: Path, second_set: dict[str, str]) -> None:
    """Wherever it strikes: 130 or done, one line or none, the old set or the new, and nothing left running."""
    before = hashes(folder)
    line = [sys.executable, str(command), *SECOND]
    process = subprocess.Popen(
        line, cwd=folder.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    out, said = process.communicate(timeout=30)
    # Python itself tells of an interruption while it is still starting, before a line of ours has run.
    early = ("Traceback" in said and ", in run" not in said) or (process.returncode < 0 and not said)
    assert process.returncode in ((-signal.SIGINT, 1) if early else (130, 0)), said
    assert early or len(said.splitlines()) <= 2
    assert out == ""
    now = hashes(folder)
    if process.returncode == 0:
        assert now == second_set
    else:
        assert now in (before, second_set) or cli.run(SECOND) == 0
    # A helper that is in the middle of an import sees the end of its parent when that is done.
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("something is left running")
