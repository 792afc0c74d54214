"""Where output goes: a set of files that is the old one or the new one, whatever happens in between.

A folder may hold files of the user's own. What is ours stands in its manifest, :data:`MANIFEST`, with a hash of each;
nothing else is ever overwritten or removed.

How :func:`write_set` goes about it, under a lock:

1. All new files are written into a folder of their own inside the target (``.drawdeploy.part/new``; a sibling of the
   target may be on another file system, as when a container mounts just the target). What they replace gets a second
   name there (``old``).
2. A journal says what is to be moved. *From here on the set is the new one*; before, it is the old one.
3. File by file is moved over what it replaces: each is whole at every moment. Then what is no longer made is removed,
   then the files that tell of the others are moved, the manifest last.
4. The journal goes, and the folder of step 1 with it.

An error in step 3 (a file that another program holds open, say) takes everything back, and the journal says so first.
A process that is killed leaves all that behind; whoever comes next to the folder finishes it, or takes it back if it
cannot be finished: :func:`recover`.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from drawdeploy.errors import DrawDeployError
from drawdeploy.files import manifest
from drawdeploy.files.disk import disk, explained, in_the_way, locked, make_folders, unmake
from drawdeploy.files.manifest import MANIFEST, check_conflicts, check_name, digest, digest_of
from drawdeploy.value import Value, replace

_PART = ".drawdeploy.part"
_JOURNAL = "journal.json"
_BACK = "back.json"


class _Journal(Value):
    """What is being done.

    Attributes:
        moves: Names to move from ``new``, in order.
        removes: Names to remove after the first ``before`` moves.
        created: Hashes of those moves that replace nothing.
        back: Whether everything is being taken back.
    """

    moves: tuple[str, ...]
    removes: tuple[str, ...]
    before: int
    created: Mapping[str, str]
    back: bool = False


def write_set(folder: Path, files: Mapping[str, bytes], *, last: Sequence[str] = ()) -> None:
    """Makes a folder hold some files, all or nothing.

    Files of an earlier set that are not in this one are removed, unless the user has changed them.

    Args:
        folder: Where; made if it is missing.
        files: Contents by name; names alone, without a folder.
        last: Names of files that tell of the others, and so are replaced after them, in this order.

    Raises:
        DrawDeployError: A name cannot be a file's; a file of the user's own is in the way; another run writes there;
            or the disk does not allow it. The folder is then as it was.
    """
    for name in files:
        check_name(name)
    with explained(folder):
        made = make_folders(folder)
        try:
            with locked(folder):
                _recover(folder)
                _replace_set(folder, files, last)
        except BaseException:
            unmake(made)
            raise


def recover(folder: Path) -> None:
    """Finishes or takes back what an interrupted run left in a folder; nothing if there is nothing.

    Raises:
        DrawDeployError: Another run writes there, or the disk does not allow it.
    """
    if os.path.lexists(folder / _PART):
        with explained(folder), locked(folder):
            _recover(folder)


def write_one(path: Path, data: bytes) -> None:
    """Writes one file that the user named, whole or not at all.

    What is no plain file (a pipe, ``/dev/stdout``) is written to as it is; a symbolic link stays one.

    Raises:
        DrawDeployError: The disk does not allow it.
    """
    with explained(path):
        if path.parts[:2] == ("/", "dev") or (path.exists() and not path.is_file() and not path.is_dir()):
            with open(path, "ab") as stream:  # /dev/stdout may be a file of the user's
                stream.write(data)
            return
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder", str(path))
        part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
        try:
            disk.write(part, data)
            disk.replace(part, target)
        except BaseException:
            with suppress(OSError):
                disk.unlink(part)
            raise


# --- one set for another ---------------------------------------------------------------------------------------------


def _replace_set(folder: Path, files: Mapping[str, bytes], last: Sequence[str]) -> None:
    ours = manifest.read(folder)
    hashes = {name: digest(data) for name, data in files.items()}
    check_conflicts(folder, ours, hashes)
    contents = {**files, MANIFEST: manifest.dumps(hashes)}
    hashes[MANIFEST] = digest(contents[MANIFEST])
    late = [name for name in dict.fromkeys(last) if name in files]
    early = [name for name in files if name not in late]
    journal = _Journal(
        moves=(*early, *late, MANIFEST),
        removes=tuple(name for name in ours if name not in files and digest_of(folder / name) == ours[name]),
        before=len(early),
        created={name: value for name, value in hashes.items() if not os.path.lexists(folder / name)},
    )
    try:
        _prepare(folder, contents, journal)
    except BaseException:
        with suppress(OSError):  # or else whoever comes next does it
            _clear(folder)
        raise
    try:
        _finish(folder, journal)
    except OSError:
        raise
    except BaseException:  # Ctrl-C: the rest takes a few milliseconds
        with suppress(OSError):
            _recover(folder)
        raise


def _prepare(folder: Path, files: Mapping[str, bytes], journal: _Journal) -> None:
    """Everything up to the moment from which the set is the new one."""
    part = folder / _PART
    for path in (part, part / "new", part / "old"):
        disk.mkdir(path)
    for name in journal.moves:
        disk.write(part / "new" / name, files[name])
    for name in (*journal.moves, *journal.removes):
        if name not in journal.created:
            disk.link(folder / name, part / "old" / name)
    # Both are written now: when the disk is full, nothing needs to be written to go back.
    disk.write(part / _BACK, _dumps(replace(journal, back=True)))
    disk.write(part / (_JOURNAL + ".part"), _dumps(journal))
    disk.sync(part)
    disk.replace(part / (_JOURNAL + ".part"), part / _JOURNAL)


def _finish(folder: Path, journal: _Journal) -> None:
    """Moves what has not been moved yet; takes everything back if that is not possible."""
    part = folder / _PART
    try:
        disk.sync(part)
        for name in journal.moves[: journal.before]:
            _move(part / "new" / name, folder / name)
        for name in journal.removes:
            if os.path.lexists(folder / name):
                disk.unlink(folder / name)
        for name in journal.moves[journal.before :]:
            _move(part / "new" / name, folder / name)
        disk.sync(folder)
    except OSError:
        disk.replace(part / _BACK, part / _JOURNAL)
        _take_back(folder, journal)
        raise
    with suppress(OSError):  # the set is there; whoever comes next clears up
        _clear(folder)


def _take_back(folder: Path, journal: _Journal) -> None:
    """Gives back their places to all that the old set had, and removes what it had not."""
    part = folder / _PART
    for name in (*journal.moves, *journal.removes):
        if name not in journal.created:
            _move(part / "old" / name, folder / name)
        elif digest_of(folder / name) == journal.created[name]:
            disk.unlink(folder / name)
    disk.sync(folder)
    _clear(folder)


def _move(source: Path, target: Path) -> None:
    if os.path.lexists(source):  # or else it was moved before an interruption
        disk.replace(source, target)


def _recover(folder: Path) -> None:
    part = folder / _PART
    if not os.path.lexists(part):
        return
    if part.is_symlink() or not part.is_dir():
        raise in_the_way(part, "drawdeploy keeps unfinished files under that name")
    if not (part / _JOURNAL).exists():
        _clear(folder)
        return
    journal = _loads(part / _JOURNAL)
    if journal.back:
        _take_back(folder, journal)
    else:
        _finish(folder, journal)


def _clear(folder: Path) -> None:
    """Removes the folder of what is in between: the journal first, since without it the rest means nothing."""
    part = folder / _PART
    if not os.path.lexists(part):
        return
    for path in (part / _JOURNAL, part / _BACK, part / (_JOURNAL + ".part")):
        if os.path.lexists(path):
            disk.unlink(path)
    for path in (part / "new", part / "old"):
        if os.path.lexists(path):
            for name in sorted(os.listdir(path)):
                disk.unlink(path / name)
            disk.rmdir(path)
    disk.rmdir(part)


def _dumps(journal: _Journal) -> bytes:
    return json.dumps({name: getattr(journal, name) for name in journal.__match_args__}, indent=1).encode("ascii")


def _loads(path: Path) -> _Journal:
    try:
        fields = json.loads(path.read_bytes())
        journal = _Journal(
            moves=tuple(map(str, fields["moves"])),
            removes=tuple(map(str, fields["removes"])),
            before=int(fields["before"]),
            created={str(name): str(value) for name, value in fields["created"].items()},
            back=bool(fields["back"]),
        )
        for name in (*journal.moves, *journal.removes):
            if name != MANIFEST:
                check_name(name)
    except (ValueError, TypeError, KeyError, AttributeError, DrawDeployError) as error:
        raise in_the_way(path.parent, "it is not what an interrupted run of drawdeploy leaves") from error
    return journal
