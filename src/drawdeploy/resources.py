"""Finds what ships beside the code: drawings, templates, and the icons of ``diagrams``.

Icons are found by reading the library's source, never by importing it: a description can then name an icon, and be told
that there is none, without running anything that a text chose.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from drawdeploy.errors import DrawDeployError, Exit, nearest

if TYPE_CHECKING:
    import ast

_HERE = Path(__file__).resolve().parent
_DOTTED = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*){1,3}", re.ASCII)


def folder(kind: str) -> Path:
    """The folder of that kind that ships with drawdeploy.

    Args:
        kind: ``drawings`` or ``templates``.

    Raises:
        DrawDeployError: The installation is incomplete.
    """
    # Beside the package in a wheel; at the checkout's root in an editable install.
    for base in (_HERE, _HERE.parent.parent):
        if (base / kind).is_dir():
            return base / kind
    raise DrawDeployError(
        f"the folder '{kind}' is missing from this installation", "install drawdeploy again", code=Exit.FAILED
    )


def icon_file(dotted: str) -> Path:
    """The picture of an icon.

    Args:
        dotted: Name of a class below ``diagrams`` (``aws.compute.EC2``).

    Raises:
        DrawDeployError: There is no such icon; the hint names the nearest.
    """
    module, _, name = dotted.rpartition(".")
    if _DOTTED.fullmatch(dotted):
        place = _icons(module).get(name)
        if place is not None and (path := _library().parent / place).is_file():
            return path
    raise DrawDeployError(f"unknown icon {dotted!r}", _icon_hint(dotted))


def small_icon(dotted: str) -> Path | None:
    """The picture of an icon, brought to size already; ``None`` if it is not one that our own drawings use."""
    if not _DOTTED.fullmatch(dotted):
        return None
    path = _HERE / "picture" / "small" / f"{dotted}.png"
    return path if path.is_file() else None


def check_icon(dotted: str) -> None:
    """Looks whether there is an icon.

    Raises:
        DrawDeployError: There is no such icon; the hint names the nearest.
    """
    if small_icon(dotted) is None:  # or else its library need not be read
        icon_file(dotted)


@cache
def icon_names() -> tuple[str, ...]:
    """Dotted names of all icons, sorted."""
    package = _library()
    base = package.parent
    modules = (
        path.relative_to(package).with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
        for path in package.glob("*/**/*.py")
    )
    places = ((f"{module}.{name}", place) for module in modules for name, place in _icons(module).items())
    return tuple(sorted(dotted for dotted, place in places if (base / place).is_file()))


def _icon_hint(dotted: str) -> str:
    names = icon_names()
    module, _, name = dotted.rpartition(".")
    # The same name elsewhere is a better guess than a like name here ("aws.EC2" for "aws.compute.EC2").
    same = [known for known in names if name and known.rpartition(".")[2].lower() == name.lower()]
    siblings = [known for known in names if known.rpartition(".")[0] == module]
    for candidates in (same, siblings, names):
        if hint := nearest(dotted, candidates):
            return hint if "did you" in hint else f"for example '{candidates[0]}'"
    return "an icon is named like 'aws.compute.EC2' or 'onprem.network.HAProxy'"


@cache
def _library() -> Path:
    """The folder of ``diagrams``."""
    from importlib.util import find_spec  # here: only icons need it

    spec = find_spec("diagrams")
    if spec is None or not spec.submodule_search_locations:
        raise DrawDeployError("the library 'diagrams' is not installed", "pip install diagrams", code=Exit.FAILED)
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def _icons(module: str) -> dict[str, str]:
    """Where the icons of one module lie, by class name; classes without one of their own are left out."""
    found: dict[str, str] = {}
    for name, attributes in _classes(module).items():
        picture, place = attributes.get("_icon"), attributes.get("_icon_dir")
        if picture and place and not name.startswith("_"):
            found[name] = f"{place}/{picture}"
    return found


@cache
def _classes(module: str) -> dict[str, dict[str, str]]:
    """The classes of one module with their attributes ``_icon`` and ``_icon_dir``, inherited ones included."""
    import ast  # here: only icons need it

    package = _library().joinpath(*module.split(".")) if module else _library()
    path = package / "__init__.py" if package.is_dir() else package.with_suffix(".py")
    if not path.is_file() or not module:
        return {}
    classes: dict[str, dict[str, str]] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and statement.level == 1 and not statement.module:
            parent = _classes(module if package.is_dir() else module.rpartition(".")[0])
            classes |= {
                alias.asname or alias.name: parent[alias.name] for alias in statement.names if alias.name in parent
            }
        elif isinstance(statement, ast.ClassDef):
            bases = [classes.get(base.id, {}) for base in statement.bases if isinstance(base, ast.Name)]
            inherited = {key: value for attributes in reversed(bases) for key, value in attributes.items()}
            classes[statement.name] = inherited | _strings(statement)
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            aliases = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            if statement.value.id in classes:
                classes |= dict.fromkeys(aliases, classes[statement.value.id])
    return classes


def _strings(statement: ast.ClassDef) -> dict[str, str]:
    """What a class body assigns to ``_icon`` and ``_icon_dir``."""
    import ast  # here: only icons need it

    return {
        target.id: line.value.value
        for line in statement.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)
        for target in line.targets
        if isinstance(target, ast.Name) and target.id in {"_icon", "_icon_dir"}
    }
