"""Where output goes: sets of files, all or nothing, and single files, whole or not at all."""

from __future__ import annotations

from drawdeploy.files.manifest import MANIFEST
from drawdeploy.files.swap import recover, write_one, write_set

__all__ = ["MANIFEST", "recover", "write_one", "write_set"]
