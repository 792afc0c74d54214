"""Which files of a folder are ours: nothing else is ever overwritten or removed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.files.disk import in_the_way

MANIFEST: Final = ".drawdeploy.json"
"""Names and hashes of the files of a folder that are ours."""

_FORMAT = 1
_LONGEST_NAME = 255  # bytes, on every common file system


def dumps(hashes: Mapping[str, str]) -> bytes:
    """The manifest of a set of files."""
    return json.dumps({"format": _FORMAT, "files": dict(hashes)}, indent=1, sort_keys=True).encode("ascii") + b"\n"


def read(folder: Path) -> dict[str, str]:
    """Hashes of the files that are ours, by name; empty for a folder without a manifest.

    Raises:
        DrawDeployError: There is a manifest, and it is none of ours.
    """
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return {}
    try:
        fields = json.loads(path.read_bytes())
        files = {str(name): str(value) for name, value in fields["files"].items()}
        if fields["format"] != _FORMAT:
            raise ValueError(fields["format"])
        for name in files:
            check_name(name)
    except (ValueError, TypeError, KeyError, AttributeError, DrawDeployError) as error:
        raise in_the_way(path, "it is not a list of files that this drawdeploy wrote") from error
    return files


def check_conflicts(folder: Path, ours: Mapping[str, str], hashes: Mapping[str, str]) -> None:
    """Refuses to overwrite what is not ours; the same content is no conflict.

    Raises:
        DrawDeployError: Files of the user's own are in the way.
    """
    names = [
        name
        for name, wanted in hashes.items()
        if os.path.lexists(path := folder / name)
        and (path.is_dir() or (name not in ours and digest_of(path) != wanted))
    ]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        what = f"{', '.join(names[:3])}{more} in {folder}"
        hint = "move it away, or give another folder with -o"
        raise DrawDeployError(
            f"{what}: not written by drawdeploy, so it will not be overwritten", hint, code=Exit.FAILED
        )


def check_name(name: str) -> None:
    """Refuses a name that is not that of one file, in the folder itself, on every system.

    Raises:
        DrawDeployError: It is not.
    """
    fine = (
        name.isprintable()
        and name.strip(". ") == name != ""
        and not set(name) & set('/\\:*?"<>|')
        and len(name.encode("utf-8")) <= _LONGEST_NAME
    )
    if not fine:
        shown = name if len(name) <= 60 else name[:59] + "…"
        raise DrawDeployError(f"{shown!r} cannot be the name of a file", "use letters, digits, '-' and '.'")


def digest(data: bytes) -> str:
    """A hash of some content."""
    from hashlib import sha256  # here: only what is written needs it

    return sha256(data).hexdigest()


def digest_of(path: Path) -> str:
    """Of a plain file's content; empty for anything else."""
    return digest(path.read_bytes()) if path.is_file() and not path.is_symlink() else ""
