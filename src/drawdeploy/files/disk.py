"""The disk: everything that changes it, locks, and what its errors mean to the user."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from drawdeploy.errors import DrawDeployError, Exit

_LOCK = ".drawdeploy.lock"


class Disk:
    """Everything that changes a disk, in one place: tests let each of these fail in turn."""

    def mkdir(self, path: Path) -> None:
        """Makes a folder."""
        path.mkdir()

    def write(self, path: Path, data: bytes) -> None:
        """Writes a file and has it on the disk before it returns."""
        with open(path, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def link(self, old: Path, new: Path) -> None:
        """Gives a file a second name; a copy where the file system knows no such thing."""
        try:
            os.link(old, new, follow_symlinks=False)
        except (OSError, NotImplementedError):
            self.write(new, old.read_bytes())

    def replace(self, old: Path, new: Path) -> None:
        """Moves a file over another, in one moment."""
        os.replace(old, new)

    def unlink(self, path: Path) -> None:
        """Removes a file."""
        path.unlink()

    def rmdir(self, path: Path) -> None:
        """Removes an empty folder."""
        path.rmdir()

    def sync(self, folder: Path) -> None:
        """Makes names in a folder survive a power failure, where the file system offers that."""
        with suppress(OSError):
            number = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)


disk = Disk()


def in_the_way(path: Path, why: str) -> DrawDeployError:
    """The error for something that stands where ours should."""
    hint = "move it away, or give another folder with -o"
    return DrawDeployError(f"{path} is in the way: {why}", hint, code=Exit.FAILED)


def make_folders(folder: Path) -> list[Path]:
    """Makes a folder and those above it; gives what was made, the innermost first.

    Raises:
        NotADirectoryError: There is a file in the place of one of them.
    """
    missing: list[Path] = []
    path = folder
    while not os.path.lexists(path):
        missing.append(path)
        path = path.parent
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(path))
    made: list[Path] = []
    try:
        for path in reversed(missing):
            disk.mkdir(path)
            made.insert(0, path)
    except BaseException:
        unmake(made)
        raise
    return made


def unmake(made: Sequence[Path]) -> None:
    """Takes back what :func:`make_folders` did, as far as nothing has been put there."""
    for path in made:
        with suppress(OSError):
            disk.rmdir(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other runs away from a folder; the system lifts the lock of a process that is killed.

    Raises:
        DrawDeployError: Another run is there.
    """
    path = folder / _LOCK
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            if not _lock(number):
                message = f"another run of drawdeploy is writing to {folder}"
                raise DrawDeployError(message, "wait for it, or give another folder with -o", code=Exit.FAILED)
            if _same(number, path):
                break
        except BaseException:
            os.close(number)
            raise
        os.close(number)  # the one who had it has removed it meanwhile
    try:
        yield
    finally:
        if os.name == "posix":  # elsewhere an open file cannot be removed
            with suppress(OSError):
                path.unlink()
        os.close(number)
        if os.name != "posix":
            with suppress(OSError):
                path.unlink()


def _same(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), os.stat(path))
    except FileNotFoundError:
        return False


def _lock(number: int) -> bool:
    """Whether a lock could be had; ``True`` as well where the file system has none."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Says what an error of the system means to the user.

    Raises:
        DrawDeployError: Instead of any ``OSError``.
    """
    try:
        yield
    except OSError as error:
        message, hint = _explanation(place, error)
        raise DrawDeployError(message, hint, code=Exit.FAILED) from error


def _explanation(place: Path, error: OSError) -> tuple[str, str]:
    elsewhere = "give another folder with -o"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{place} cannot be written: the disk is full",
            f"free some space, or {elsewhere}; what was there is whole",
        )
    if error.errno == errno.EROFS:
        return f"{place} cannot be written: the file system is read-only", elsewhere
    if isinstance(error, PermissionError):
        hint = f"close the program that shows it, or {elsewhere}" if os.name == "nt" else elsewhere
        return f"{place} cannot be written: no permission", hint
    if isinstance(error, NotADirectoryError | FileExistsError | IsADirectoryError):
        return f"{error.filename or place} is in the way: {_kind(Path(error.filename or place))}", elsewhere
    if error.errno == errno.ENAMETOOLONG:
        return f"{str(place)[:60]}… cannot be written: the name is too long", elsewhere
    return f"{place} cannot be written: {error.strerror or error}", elsewhere


def _kind(path: Path) -> str:
    return "it is a folder, not a file" if path.is_dir() else "it is a file, not a folder"
