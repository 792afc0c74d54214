"""The package as a whole: what it declares, what it ships and what it must not contain."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from drawdeploy.controllers import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent
LANGS = ("en", "ko")
SOURCE = ROOT / "src" / "drawdeploy"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES = sorted(SOURCE.rglob("*.py"))

# Names to import, where they are not the name of the distribution.
DISTRIBUTION = {
    "yaml": "pyyaml",
    "fontTools": "fonttools",
    "graphviz_pure": "graphviz-pure",
    "pylopdf_fonts_ko": "pylopdf-fonts-ko",
    "resvg_py": "resvg-py",
    "thorvg_cython": "thorvg-cython",
}
# Declared, but not imported under their own name.
PROGRAMS = {
    "graphviz-pure": "a program, started by picture.engine",
    "graphviz": "diagrams makes its DOT with it; the bound on its version is ours",
    "pylopdf-fonts-ko": "a font, found by picture.fonts as a file",
}


def names(requirements: list[str]) -> set[str]:
    """Names of distributions, without their versions."""
    return {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}


def imported() -> set[str]:
    """Distributions that the code imports, anywhere, at any time."""
    found: set[str] = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return {DISTRIBUTION.get(name, name) for name in found - sys.stdlib_module_names - {"drawdeploy"}}


def test_all_that_is_imported_is_declared() -> None:
    declared = names(PROJECT["project"]["dependencies"])
    optional = names(PROJECT["project"]["optional-dependencies"]["pygraphviz"])
    assert imported() - declared - optional == set()


def test_all_that_is_declared_is_used() -> None:
    assert names(PROJECT["project"]["dependencies"]) - imported() - PROGRAMS.keys() == set()


def test_version_is_said_once() -> None:
    import drawdeploy

    assert drawdeploy.__version__ == PROJECT["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{drawdeploy.__version__}]" in changelog


def test_types_are_shipped() -> None:
    assert (SOURCE / "py.typed").exists()


# Where a strategy's name is another thing: a role that a catalogue titles, what somebody does in a rollback.
ORDINARY = {"canary": {"reader.py"}, "recreate": {"rollback.py"}}
FOREIGN = {"canary", "rollout"}


@pytest.mark.parametrize("strategy", [path.stem for path in sorted((ROOT / "drawings").glob("strategies/*.yaml"))])
def test_no_strategy_is_wired_into_the_code(strategy: str) -> None:
    """Strategies are files of `drawings/`. Code or catalogue that knows one by name would treat it as special."""
    modules = [path for path in MODULES if path.name != "value.py"]
    if strategy in FOREIGN:  # a pool of a controller, and a type of its webhooks
        modules = [path for path in modules if not path.is_relative_to(SOURCE / "controllers")]
    assert len(modules) > 10
    named = re.compile(rf"""["']{re.escape(strategy)}["']""")
    # Roles and phases of pools are ordinary words, some of which are strategies too ("canary"): catalogues title them.
    found = {path.name for path in modules if named.search(path.read_text(encoding="utf-8"))}
    assert found <= ORDINARY.get(strategy, set())


@pytest.mark.parametrize("strategy", ["bluegreen", "rollout"])
def test_no_word_of_the_seeds_is_in_the_code(strategy: str) -> None:
    """These are no words of the language, so not even a comment has a reason to name them.

    A kind of Argo's has the name of one, and a field of it that of the other: the room that reads manifests says those.
    """
    foreign = [
        SOURCE / "controllers",
        *(SOURCE / "words" / lang / f"{name}.toml" for lang in LANGS for name in BUILT_IN),
    ]
    texts = [path for path in SOURCE.rglob("*") if path.suffix in {".py", ".toml", ".json", ".j2", ".yaml"}]
    texts = [path for path in texts if not any(path.is_relative_to(place) for place in foreign)]
    assert [path.name for path in texts if strategy in path.read_text(encoding="utf-8").lower()] == []


def test_both_seed_strategies_are_descriptions() -> None:
    """Keeps the test above from passing for want of strategies."""
    assert {"bluegreen", "rollout"} <= {path.stem for path in (ROOT / "drawings" / "strategies").glob("*.yaml")}


HEAVY = [
    "diagrams",
    "graphviz",
    "jinja2",
    "yaml",
    "fontTools",
    "resvg",
    "thorvg_cython",
    "pylopdf_fonts_ko",
    "multiprocessing",
    "asyncio",
]


def loaded_by(code: str, tmp_path: Path) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after some code."""
    program = f"import sys, json\nsys.path.insert(0, {str(SOURCE.parent)!r})\n{code}\n"
    program += "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded_by("import drawdeploy", tmp_path).isdisjoint(HEAVY)


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """`--help` has 150 ms, and `diagrams` alone takes most of that."""
    code = "from drawdeploy.cli import main\nsys.argv = ['drawdeploy', '--help']\n"
    code += "try:\n    main()\nexcept SystemExit:\n    pass"
    assert loaded_by(code, tmp_path).isdisjoint({*HEAVY} - {"yaml"})


def test_output_is_ignored_but_there() -> None:
    assert (ROOT / "output" / ".gitkeep").exists()
    assert "output/*" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
