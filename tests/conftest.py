"""What all tests share: no setting of the machine they run on may reach them, and real programs are asked for here."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ("COLUMNS", "FORCE_COLOR", "LANG", "LANGUAGE", "LC_ALL", "NO_COLOR", "SOURCE_DATE_EPOCH")


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """`DRAWDEPLOY_*` mirror the flags, so one that is set would change what every test sees."""
    for name in [*os.environ]:
        if name in SETTINGS or (name.startswith("DRAWDEPLOY_") and name != "DRAWDEPLOY_REQUIRE"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program `drawdeploy` in a folder of its own, running the code under test with this interpreter."""
    program = tmp_path_factory.mktemp("bin") / "drawdeploy"
    lines = [f"#!{sys.executable}", "import sys", f"sys.path.insert(0, {str(ROOT / 'src')!r})"]
    lines += ["from drawdeploy.cli import main", "sys.exit(main())"]
    program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture(scope="session")
def require() -> Callable[..., str]:
    """Path of an installed program; skips the test where there is none, unless DRAWDEPLOY_REQUIRE=all."""

    def find(*names: str) -> str:
        for name in names:
            if path := shutil.which(name):
                return path
        reason = f"needs an installed {' or '.join(names)}"
        if os.environ.get("DRAWDEPLOY_REQUIRE") == "all":
            pytest.fail(f"DRAWDEPLOY_REQUIRE=all: {reason}")
        pytest.skip(reason)

    return find
