"""A folder holds the old set of files or the new one, whatever fails and whenever the process ends."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drawdeploy import files
from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.files import disk as disk_module
from drawdeploy.files.disk import Disk

OLD = {"00-start.png": b"old start", "01-gone.png": b"old gone", "report.md": b"old report", "plan.json": b"old plan"}
NEW = {"00-start.png": b"new start", "02-more.png": b"new more", "report.md": b"new report", "plan.json": b"new plan"}
LAST = ("report.md", "plan.json")
OPERATIONS = ("mkdir", "write", "link", "replace", "unlink", "rmdir", "sync")


def hashes(folder: Path) -> dict[str, str] | None:
    """Of every file below a folder, hidden ones too; None where there is no folder."""
    if not folder.exists():
        return None
    paths = sorted(path for path in folder.rglob("*") if not path.is_dir())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def old_set(folder: Path) -> None:
    files.write_set(folder, OLD, last=LAST)


def no_set(folder: Path) -> None:
    """The folder is not there yet."""


def foreign_files(folder: Path) -> None:
    """The set stands among files of the user's own."""
    old_set(folder)
    (folder / "notes.txt").write_text("mine")
    (folder / "sub").mkdir()
    (folder / "sub" / "00-start.png").write_text("mine too")


@pytest.fixture(autouse=True)
def _nobody_cuts_the_power(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thirds of the time of these tests would be waiting for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


BEGINNINGS = [no_set, old_set, foreign_files]


def expected(tmp_path: Path, begin: Callable[[Path], None]) -> tuple[Any, Any]:
    """Hashes of the old and of the new set."""
    folder = tmp_path / "expected"
    begin(folder)
    before = hashes(folder)
    files.write_set(folder, NEW, last=LAST)
    return before, hashes(folder)


class Failing:
    """Counts the operations on the disk, and makes the one of a number fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException, *, forever: bool) -> None:
        self.count = 0
        for name in OPERATIONS:
            original = getattr(Disk, name)

            def operation(*arguments: Any, original: Any = original) -> Any:
                self.count += 1
                if self.count == number or (forever and self.count > number):
                    raise error
                return original(*arguments)

            monkeypatch.setattr(Disk, name, operation)


def every(number_of: Callable[[int], int]) -> Iterator[int]:
    """Numbers of operations, until one is asked for that does not come."""
    number = 1
    while number_of(number) >= number:
        yield number
        number += 1
    assert number > 10  # or else nothing was counted


@pytest.mark.parametrize("begin", BEGINNINGS)
@pytest.mark.parametrize("forever", [False, True], ids=["once", "from-then-on"])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), PermissionError(errno.EACCES, "no"), KeyboardInterrupt()]
)
def test_each_operation_on_the_disk_fails_in_turn(
    tmp_path: Path, begin: Callable[[Path], None], forever: bool, error: BaseException
) -> None:
    """The error comes out, and the folder is as it was or as it was to be: at once, or else after a recovery."""
    before, after = expected(tmp_path, begin)
    seen = set()

    def attempt(number: int) -> int:
        folder = tmp_path / f"at-{number}"
        begin(folder)
        with pytest.MonkeyPatch.context() as patch:
            failing = Failing(patch, number, error, forever=forever)
            try:
                files.write_set(folder, NEW, last=LAST)
                failed = False
            except DrawDeployError as told:
                failed = True
                assert told.code == Exit.FAILED and told.faults[0].hint
            except KeyboardInterrupt:
                failed = True
        if not forever and failed:
            assert hashes(folder) in (before, after), number
        files.recover(folder)
        now = hashes(folder)
        assert now in (before, after) or (before is None and now == {}), number
        if not failed:
            assert now == after
        seen.add(now == after)
        return failing.count

    list(every(attempt))
    assert seen == {True, False}


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
@pytest.mark.filterwarnings("ignore:This process")  # pytest-xdist has threads; the child only touches files
@pytest.mark.parametrize("begin", BEGINNINGS)
def test_the_process_is_killed_at_each_operation(tmp_path: Path, begin: Callable[[Path], None]) -> None:
    """Killed for real, without a chance to clear up; the next run then makes a set that has nothing left over."""
    before, after = expected(tmp_path, begin)
    seen = set()

    def attempt(number: int) -> int:
        folder = tmp_path / f"at-{number}"
        begin(folder)
        was_killed = killed(lambda: files.write_set(folder, NEW, last=LAST), number)
        for name, content in OLD.items():  # each file is whole, even now
            path = folder / name
            assert not path.exists() or path.read_bytes() in (content, NEW.get(name)), number
        files.recover(folder)
        (folder / ".drawdeploy.lock").unlink(missing_ok=True)
        now = hashes(folder)
        assert now in (before, after) or (before is None and now == {}), number
        seen.add(now == after)
        files.write_set(folder, NEW, last=LAST)
        assert hashes(folder) == after
        return number if was_killed else 0

    list(every(attempt))
    assert seen == {True, False}


class Kill(Failing):
    """Ends the process in the middle of an operation, half of a file written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int, fails: int = 0) -> None:
        self.count = 0
        for name in OPERATIONS:
            original = getattr(Disk, name)

            def operation(*arguments: Any, name: str = name, original: Any = original) -> Any:
                self.count += 1
                if self.count == number:
                    if name == "write":
                        arguments[1].write_bytes(arguments[2][: len(arguments[2]) // 2])
                    os.kill(os.getpid(), signal.SIGKILL)
                if self.count == fails:
                    raise OSError(errno.EACCES, "no")
                return original(*arguments)

            monkeypatch.setattr(Disk, name, operation)


def killed(work: Callable[[], None], number: int, fails: int = 0) -> bool:
    """Does something in a process that is killed at the operation of a number; whether it came so far.

    ``fails`` is the number of one that fails before.
    """
    if not (pid := os.fork()):
        try:
            with pytest.MonkeyPatch.context() as patch:
                Kill(patch, number, fails)
                work()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
@pytest.mark.filterwarnings("ignore:This process")
def test_the_recovery_is_killed_too(tmp_path: Path) -> None:
    before, after = expected(tmp_path, old_set)
    for first in (12, 16, 20, 24):
        for second in range(1, 30):
            folder = tmp_path / f"at-{first}-{second}"
            old_set(folder)
            killed(lambda folder=folder: files.write_set(folder, NEW, last=LAST), first)
            was_killed = killed(lambda folder=folder: files.recover(folder), second)
            files.recover(folder)
            (folder / ".drawdeploy.lock").unlink(missing_ok=True)
            assert hashes(folder) in (before, after)
            if not was_killed:
                break


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
@pytest.mark.filterwarnings("ignore:This process")
def test_killed_while_it_takes_back_what_failed(tmp_path: Path) -> None:
    """A file that another program holds open, say: half of the new set is there already, and then the power goes."""
    before, after = expected(tmp_path, old_set)
    seen = []
    for fails in range(14, 30, 3):
        for number in range(fails + 1, fails + 30):
            folder = tmp_path / f"at-{fails}-{number}"
            old_set(folder)
            was_killed = killed(lambda folder=folder: files.write_set(folder, NEW, last=LAST), number, fails)
            files.recover(folder)
            (folder / ".drawdeploy.lock").unlink(missing_ok=True)
            seen.append(hashes(folder))
            assert seen[-1] in (before, after), (fails, number)
            if not was_killed:
                break
    assert seen.count(before) > 10


def test_the_order_is_pictures_then_removals_then_report_and_plan_then_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    old_set(folder)
    seen: list[str] = []
    for name in ("replace", "unlink"):
        original = getattr(Disk, name)

        def operation(*paths: Any, name: str = name, original: Any = original) -> Any:
            if paths[-1].parent == folder:
                seen.append(f"{name} {paths[-1].name}")
            return original(*paths)

        monkeypatch.setattr(Disk, name, operation)
    files.write_set(folder, {"plan.json": b"", "report.md": b"", "a.png": b"", "b.png": b""}, last=LAST)
    assert seen == [
        "replace a.png",
        "replace b.png",
        "unlink 00-start.png",
        "unlink 01-gone.png",
        "replace report.md",
        "replace plan.json",
        f"replace {files.MANIFEST}",
    ]


def test_a_second_set_replaces_the_first_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    old_set(folder)
    files.write_set(folder, NEW, last=LAST)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != files.MANIFEST} == NEW
    assert sorted(os.listdir(folder.parent)) == ["out"]


def test_the_manifest_does_not_depend_on_the_order_of_the_files(tmp_path: Path) -> None:
    files.write_set(tmp_path / "a", NEW)
    files.write_set(tmp_path / "b", dict(reversed(NEW.items())))
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_a_file_of_the_users_own_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("mine")
    before = hashes(tmp_path)
    with pytest.raises(DrawDeployError, match=r"report\.md in .*not written by drawdeploy") as caught:
        files.write_set(tmp_path, NEW)
    assert "-o" in caught.value.faults[0].hint
    assert hashes(tmp_path) == before


def test_the_same_content_is_no_conflict(tmp_path: Path) -> None:
    """The manifest was lost, say, and everything else is as we left it."""
    old_set(tmp_path)
    (tmp_path / files.MANIFEST).unlink()
    old_set(tmp_path)
    assert files.MANIFEST in os.listdir(tmp_path)


def test_what_is_no_longer_made_stays_if_the_user_changed_it(tmp_path: Path) -> None:
    old_set(tmp_path)
    (tmp_path / "01-gone.png").write_text("painted over")
    files.write_set(tmp_path, NEW)
    assert (tmp_path / "01-gone.png").read_text() == "painted over"
    with pytest.raises(DrawDeployError, match="not written by drawdeploy"):  # it is the user's now
        files.write_set(tmp_path, OLD)


def test_a_file_of_ours_that_became_a_folder_or_a_link_is_handled(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("safe")
    old_set(tmp_path / "out")
    (tmp_path / "out" / "report.md").unlink()
    (tmp_path / "out" / "report.md").symlink_to(outside)
    files.write_set(tmp_path / "out", NEW)
    assert outside.read_text() == "safe"  # the link is replaced, not what it points to
    assert (tmp_path / "out" / "report.md").read_bytes() == b"new report"
    (tmp_path / "out" / "report.md").unlink()
    (tmp_path / "out" / "report.md").mkdir()
    with pytest.raises(DrawDeployError, match=r"report\.md"):
        files.write_set(tmp_path / "out", NEW)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/etc/x",
        "a\nb",
        "a\0b",
        ".hidden",
        "c:x",
        "x" * 256,
        "x.",
        "\u202ex",
        "\ud800",
    ],
)
def test_names_that_are_no_files_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DrawDeployError, match="cannot be the name of a file"):
        files.write_set(tmp_path / "out", {name: b""})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["out", "out/deeper"])
def test_a_file_in_the_folders_place(tmp_path: Path, place: str) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(DrawDeployError, match="is a file, not a folder") as caught:
        files.write_set(tmp_path / place, NEW)
    assert caught.value.code == Exit.FAILED
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_not_writable(tmp_path: Path) -> None:
    old_set(tmp_path)
    before = hashes(tmp_path)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(DrawDeployError, match="no permission"):
            files.write_set(tmp_path, NEW)
    finally:
        tmp_path.chmod(0o755)
    assert hashes(tmp_path) == before


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no permission"),
        (errno.EIO, "cannot be written"),
    ],
)
def test_errors_of_the_disk_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    Failing(monkeypatch, 3, OSError(number, os.strerror(number)), forever=True)
    with pytest.raises(DrawDeployError, match=said) as caught:
        files.write_set(tmp_path / "out", NEW)
    assert "-o" in caught.value.faults[0].hint


def test_what_the_disk_did_not_take_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system may say only then that it is full."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    old_set(tmp_path)
    before = hashes(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DrawDeployError, match="disk is full"):
        files.write_set(tmp_path, NEW)
    assert hashes(tmp_path) == before


def test_a_failure_leaves_no_empty_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Disk, "write", full)
    with pytest.raises(DrawDeployError):
        files.write_set(tmp_path / "a" / "b", NEW)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="another kind of lock")
def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    with disk_module.locked(tmp_path), pytest.raises(DrawDeployError, match="another run"):
        files.write_set(tmp_path, NEW)
    files.write_set(tmp_path, NEW)
    assert not (tmp_path / ".drawdeploy.lock").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "files": {}}', '{"format": 1, "files": {"../x": "0"}}']
)
def test_a_manifest_that_is_none_of_ours_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / files.MANIFEST).write_text(text)
    with pytest.raises(DrawDeployError, match="in the way"):
        files.write_set(tmp_path, NEW)
    assert (tmp_path / files.MANIFEST).read_text() == text


def test_unfinished_files_that_are_none_of_ours_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".drawdeploy.part").symlink_to(tmp_path / "precious")
    with pytest.raises(DrawDeployError, match="in the way"):
        files.write_set(tmp_path / "out", NEW)
    assert (tmp_path / "precious" / "file").read_text() == "mine"


def test_recovery_of_a_folder_that_is_not_there_does_nothing(tmp_path: Path) -> None:
    files.recover(tmp_path / "none")
    assert os.listdir(tmp_path) == []


def test_one_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    files.write_one(path, b"old")
    for number in (1, 2):
        with pytest.MonkeyPatch.context() as patch:
            Failing(patch, number, OSError(errno.ENOSPC, "full"), forever=False)
            with pytest.raises(DrawDeployError, match="disk is full"):
                files.write_one(path, b"new")
        assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["plan.json"]
    files.write_one(path, b"new")
    assert path.read_bytes() == b"new"


def test_one_file_keeps_a_link_and_the_modes_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    files.write_one(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_bytes() == b"x"
    (tmp_path / "plain").write_bytes(b"")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "target")}
    assert len(modes) == 1
    with pytest.raises(DrawDeployError, match="folder, not a file"):
        files.write_one(tmp_path, b"x")
