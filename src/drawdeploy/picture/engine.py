"""Layout engines: DOT in, positioned SVG out.

They are tried in the order of :data:`ENGINES`. Which is the default, and why, stands in ``docs/dependencies.md``.
Other packages offer an :class:`Engine` through the entry point group ``drawdeploy.engines``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.registry import Registry, unknown
from drawdeploy.value import Value

AUTO: Final = "auto"
ENGINES: Final = (AUTO, "pure", "pygraphviz", "dot")
"""What drawdeploy brings itself; ``auto`` is the first of the others that works."""
TIMEOUT: Final = 60.0
"""Seconds after which a layout that runs as a process is given up."""

_DOT_HINT = "install Graphviz: apt-get install graphviz, brew install graphviz or winget install Graphviz.Graphviz"


class Engine(Value):
    """A program or library that lays out DOT.

    Attributes:
        layout: DOT to SVG. Raises :class:`EngineFailed` with what it said.
        find: Where it is, for people; ``None`` if it is not installed. Quick: it starts nothing.
        version: Its version; empty if it cannot tell. May start it.
        hint: How to install it.
    """

    layout: Callable[[str], str]
    find: Callable[[], str | None]
    version: Callable[[], str]
    hint: str


class EngineStatus(Value):
    """What ``drawdeploy doctor`` says of an engine.

    Attributes:
        version: Empty if it is not installed, or does not work.
        detail: Where it is; or else how to get it.
    """

    name: str
    available: bool
    version: str
    detail: str


class EngineFailed(Exception):
    """An engine is there and did not do it; its text is what the engine said, in one line."""


def layout_svg(dot: str, engine: str = AUTO) -> str:
    """Lays out a graph.

    Args:
        dot: A graph in DOT.
        engine: A name of :func:`names`.

    Returns:
        The SVG as the engine wrote it. Sizes of text in it are not to be relied on.

    Raises:
        DrawDeployError: There is no engine of that name, it is not installed, or it failed.
    """
    if engine != AUTO:
        return _layout(engine, dot)
    failure: DrawDeployError | None = None
    for name in _installed():
        try:
            return _layout(name, dot)
        except DrawDeployError as error:  # a damaged installation, say; another one may work
            failure = failure or error
    raise failure or _missing(AUTO)


def resolve(engine: str) -> str:
    """The name of the engine that will be used: the first that is installed for ``auto``.

    Raises:
        DrawDeployError: There is no engine of that name, or it is not installed.
    """
    if engine == AUTO:
        for name in _installed():
            return name
    elif _get(engine).find() is not None:
        return engine
    raise _missing(engine)


def names() -> tuple[str, ...]:
    """What may be asked for: ``auto``, the built-in engines and those of entry points."""
    return (AUTO, *_registry().names())


def status() -> tuple[EngineStatus, ...]:
    """How each engine is, in the order in which ``auto`` tries them."""
    return tuple(_status(name) for name in _registry().names())


def _status(name: str) -> EngineStatus:
    engine = _get(name)
    where = engine.find()
    if where is None:
        return EngineStatus(name, False, "", engine.hint)
    try:
        return EngineStatus(name, True, engine.version(), where)
    except EngineFailed as error:
        return EngineStatus(name, False, "", f"{where}: {error}")


def _installed() -> Iterator[str]:
    """Those that could be used, one by one: entry points are read only if no built-in engine does."""
    for name in ENGINES[1:]:
        if _get(name).find() is not None:
            yield name
    for name in _registry().names():
        if name not in ENGINES and _get(name).find() is not None:
            yield name


def _get(name: str) -> Engine:
    registry = _registry()
    if name not in registry:
        raise unknown("engine", name, names())
    return registry.get(name)


def _layout(name: str, dot: str) -> str:
    engine = _get(name)
    if engine.find() is None:
        raise _missing(name)
    try:
        svg = engine.layout(dot)
        if "<svg" not in svg:
            raise EngineFailed("it gave no picture")
    except EngineFailed as error:
        other = next((other for other in _installed() if other != name), None)
        hint = f"try --engine {other}" if other else f"install another engine: {_hints(name)}"
        raise DrawDeployError(f"the layout engine '{name}' failed: {error}", hint, code=Exit.FAILED) from error
    return svg


def _missing(name: str) -> DrawDeployError:
    if name == AUTO:
        return DrawDeployError("no layout engine is installed", _hints(), code=Exit.FAILED)
    return DrawDeployError(f"the layout engine '{name}' is not installed", _get(name).hint, code=Exit.FAILED)


def _hints(but: str = AUTO) -> str:
    return "; or ".join(_get(name).hint for name in ENGINES[1:] if name != but)


@cache
def _registry() -> Registry[Engine]:
    registry: Registry[Engine] = Registry("engine", "drawdeploy.engines")
    registry.add("pure", Engine(_lay_out_pure, _find_pure, _version_pure, 'pip install "graphviz-pure>=0.2.1,<0.3"'))
    in_process = Engine(_lay_out_pygraphviz, _find_pygraphviz, _version_pygraphviz, 'pip install "pygraphviz>=2.0"')
    registry.add("pygraphviz", in_process)
    registry.add("dot", Engine(_lay_out_dot, _find_dot, _version_dot, _DOT_HINT))
    return registry


# --- graphviz-pure: one static program that a wheel brings -----------------------------------------------------------


@cache
def _find_pure() -> str | None:
    """The program, though no PATH may name the folder that pip put it in."""
    import os
    import sys
    import sysconfig

    name = "graphviz-pure.exe" if os.name == "nt" else "graphviz-pure"
    folders = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    for folder in filter(None, folders):  # as good as always there, and 30 ms quicker than asking for its package
        path = Path(folder) / name
        if path.is_file():
            return str(path)
    return _recorded(name) or _on_path(name)


def _recorded(name: str) -> str | None:
    """The program as the installed package's own list of files has it (``--user``, ``--target``)."""
    from importlib import metadata  # takes 30 ms

    try:
        files = metadata.files("graphviz-pure") or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate()))
        if file.name == name and path.is_file():
            return str(path.resolve())
    return None


def _lay_out_pure(dot: str) -> str:
    return _run([_find_pure() or "", "-Tsvg"], dot)


def _version_pure() -> str:
    return _version_of(_find_pure())


# --- an installed Graphviz -------------------------------------------------------------------------------------------


def _find_dot() -> str | None:
    return _on_path("dot")


def _lay_out_dot(dot: str) -> str:
    return _run([_find_dot() or "", "-Tsvg"], dot)


def _version_dot() -> str:
    return _version_of(_find_dot())


# --- pygraphviz: Graphviz in this process ----------------------------------------------------------------------------


def _find_pygraphviz() -> str | None:
    import sys
    from importlib.util import find_spec

    if sys.modules.get("pygraphviz", ...) is None:  # somebody forbade it; find_spec would raise
        return None
    spec = find_spec("pygraphviz")
    return str(Path(spec.origin).parent) if spec and spec.origin else None


def _lay_out_pygraphviz(dot: str) -> str:
    module = _pygraphviz()
    with _Silence() as silence:
        try:
            graph = module.AGraph(string=dot)
            svg = bytes(graph.draw(format="svg", prog="dot"))
        except Exception as error:  # it has no common error: OSError, ValueError, DotError …
            raise EngineFailed(_said(silence.read()) or str(error) or type(error).__name__) from error
    return svg.decode("utf-8")


def _version_pygraphviz() -> str:
    return str(getattr(_pygraphviz(), "__version__", ""))


def _pygraphviz() -> Any:
    try:
        import pygraphviz
    except Exception as error:  # a damaged installation, or a library of the system that is missing
        raise EngineFailed(f"it cannot be imported: {error}") from error
    return pygraphviz


class _Silence:
    """Takes what a C library writes to standard error, which Python's own ``sys.stderr`` knows nothing of."""

    def __enter__(self) -> _Silence:
        import os
        import tempfile

        self._file = tempfile.TemporaryFile()
        self._kept = os.dup(2)
        os.dup2(self._file.fileno(), 2)
        return self

    def read(self) -> str:
        self._file.seek(0)
        return self._file.read().decode("utf-8", "replace")

    def __exit__(self, *_: object) -> None:
        import os

        os.dup2(self._kept, 2)
        os.close(self._kept)
        self._file.close()


# --- processes -------------------------------------------------------------------------------------------------------


def _on_path(name: str) -> str | None:
    import shutil

    return shutil.which(name)


def _run(command: list[str], dot: str) -> str:
    code, out, said = _start(command, dot.encode("utf-8"))
    if code:
        raise EngineFailed(_said(said) or f"it ended with {code}")
    return out.decode("utf-8", "replace")


def _version_of(program: str | None) -> str:
    """From lines like "dot - graphviz version 2.43.0 (0)", which some write to standard error."""
    import re

    code, out, said = _start([program or "", "-V"], b"")
    found = re.search(r"version (\S+)", out.decode("utf-8", "replace") + said)
    if code or not found:
        raise EngineFailed(_said(said) or f"it ended with {code}")
    return found[1]


def _start(command: list[str], given: bytes) -> tuple[int, bytes, str]:
    """Runs a program to its end: its code, output and what it said on standard error.

    Warnings go no further: of text that is measured wrongly, for instance, which nobody relies on.
    """
    import subprocess

    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise EngineFailed(f"it was not done after {TIMEOUT:.0f} s") from error
    except OSError as error:
        raise EngineFailed(f"it cannot be started: {error.strerror or error}") from error
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def _said(text: str) -> str:
    """The line that tells most: the first error, or else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and "Fontconfig" not in line]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors[:1] or lines[-1:] or [""])[0][:200]
