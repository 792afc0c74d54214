"""What the READMEs promise: their commands run, their Python runs, their links and pictures exist, in both languages.

Blocks marked ```console (lines after `$ ` are commands) and ```bash (every line is one) are run in a new folder, one
block after the other line by line, with the code under test as `drawdeploy`. Commands that install something are not
run here but by `.ci/run`; they are listed below, so that none escapes unseen.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = ["README.md", "README.ko.md"]
NOT_RUN_HERE = {
    "pip install .",
    "pip install . && drawdeploy bluegreen --env hybrid",
    "pip install -e '.[test]' && pytest",
    "pip install -e '.[dev]'",
    "pip install '.[pygraphviz]'",
    "bash .ci/run",
    "apt-get install -y --no-install-recommends graphviz",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a README."""

    line: int
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """What a reader would type."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        return [command for line in lines if (command := re.sub(r"\s+#\s.*$", "", line).strip()) and command[0] != "#"]


def text_of(readme: str) -> str:
    return (ROOT / readme).read_text(encoding="utf-8")


def blocks(readme: str) -> list[Block]:
    """All fenced blocks."""
    text = text_of(readme)
    fence = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [Block(text.count("\n", 0, hit.start()) + 1, hit[1], hit[2]) for hit in fence.finditer(text)]


def commands(readme: str) -> list[str]:
    return [command for block in blocks(readme) if block.language in {"console", "bash"} for command in block.commands]


def runnable() -> list[str]:
    """Commands of both READMEs, each once, in the order they are read."""
    both = [command for readme in READMES for command in commands(readme)]
    return [command for command in dict.fromkeys(both) if command not in NOT_RUN_HERE]


def run(arguments: list[str], folder: Path, command: Path) -> None:
    path = os.pathsep.join([str(command.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{arguments[-1]}\nended with {done.returncode}:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("line", runnable())
def test_command_runs(line: str, tmp_path: Path, command: Path) -> None:
    run(["bash", "-euo", "pipefail", "-c", line], tmp_path, command)


PYTHON = {
    block.text: f"{name}:{block.line}" for name in READMES for block in blocks(name) if block.language == "python"
}


@pytest.mark.parametrize("text", PYTHON, ids=PYTHON.values())
def test_python_runs(text: str, tmp_path: Path, command: Path) -> None:
    run([sys.executable, "-c", text], tmp_path, command)


@pytest.mark.parametrize("readme", READMES)
def test_the_two_main_commands_are_there_to_the_letter(readme: str) -> None:
    """`.ci/run` runs exactly these."""
    assert "pip install . && drawdeploy bluegreen --env hybrid" in commands(readme)
    assert "pip install -e '.[test]' && pytest" in commands(readme)
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\npip install -q -e '.[test]' && pytest\n" in ci


def test_both_languages_show_the_same() -> None:
    english, korean = READMES
    assert commands(english) == commands(korean)
    assert [block.language for block in blocks(english)] == [block.language for block in blocks(korean)]
    levels = [
        re.findall(r"^(#+) ", re.sub(r"^```.*?^```$", "", text_of(readme), flags=re.M | re.S), re.M)
        for readme in READMES
    ]
    assert levels[0] == levels[1]


@pytest.mark.parametrize("readme", [*READMES, "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md"])
def test_local_links_and_pictures_exist(readme: str) -> None:
    folder = (ROOT / readme).parent
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"", text_of(readme))
    local = {(a or b).split("#")[0] for a, b in targets if not re.match(r"(?:https?|mailto):|#", a or b)}
    assert [target for target in sorted(local) if not (folder / target).exists()] == []


def test_nothing_that_installs_is_run() -> None:
    """A command that installs must stand in the list above, to the letter."""
    assert [line for line in runnable() if re.search(r"\b(pip|apt|apt-get|npm|brew|curl|wget)\b", line)] == []
