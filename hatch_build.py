"""Compiles the report's templates into the wheel: see `drawdeploy.report.poured`."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledTemplates(BuildHookInterface):
    """Adds `drawdeploy/report/compiled/` to a wheel; a checkout compiles its templates when they are used."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Is called before the wheel is put together."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from drawdeploy.report.poured import sources

        self._made = TemporaryDirectory(prefix="drawdeploy-templates-")
        for name, text in sources(root / "templates").items():
            path = Path(self._made.name, f"{name}.py")
            path.write_text(text, encoding="utf-8")
            build_data["force_include"][str(path)] = f"drawdeploy/report/compiled/{name}.py"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Is called when the wheel is there."""
        if version != "editable":
            self._made.cleanup()
