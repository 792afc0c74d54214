"""Whether everything that drawdeploy needs is there, and how to get what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from drawdeploy.errors import DrawDeployError
from drawdeploy.value import Value

LIBRARIES = (
    "click",
    "jinja2",
    "pyyaml",
    "diagrams",
    "graphviz",
    "graphviz-pure",
    "resvg",
    "thorvg-cython",
    "pylopdf-fonts-ko",
    "uharfbuzz",
    "brotli",
)
"""Distributions to look for, if drawdeploy itself is not installed and so cannot tell what it depends on."""


class Finding(Value):
    """One thing that was looked at.

    Attributes:
        area: ``engines``, ``libraries``, ``font``, ``icons``, ``raster``, ``strategies`` or ``environments``.
        name: What was looked at.
        ok: Whether it is there and works.
        needed: Whether drawdeploy can do without; of the engines, one is enough.
        detail: Its version or place, or what is wrong.
        get: The line that installs it; empty if it is there.
    """

    area: str
    name: str
    ok: bool
    needed: bool
    detail: str
    get: str = ""


def health(lang: str = "en") -> tuple[Finding, ...]:
    """Looks at everything; starts every layout engine once, and draws a small picture.

    Args:
        lang: Language of the titles of strategies and environments.
    """
    return (*_engines(), *_libraries(), _font(), _icons(), _raster(), *_drawings(lang))


def _engines() -> Iterator[Finding]:
    from drawdeploy.picture.engine import status

    found = status()
    none = not any(engine.available for engine in found)
    for index, engine in enumerate(found):
        detail = " · ".join(part for part in (engine.version, engine.detail) if part)
        if engine.available:
            yield Finding("engines", engine.name, True, False, detail)
        else:
            yield Finding("engines", engine.name, False, none and index == 0, "", engine.detail)


def _libraries() -> Iterator[Finding]:
    import re
    from importlib import metadata

    try:
        requirements = [line for line in metadata.requires("drawdeploy") or () if "extra ==" not in line]
    except metadata.PackageNotFoundError:  # run from a checkout
        requirements = list(LIBRARIES)
    for requirement in requirements:
        wanted = requirement.partition(";")[0].strip()
        name = re.split(r"[^\w.-]", wanted)[0]
        try:
            yield Finding("libraries", name, True, True, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding("libraries", name, False, True, "", f'pip install "{wanted}"')


def _font() -> Finding:
    def look() -> str:
        from drawdeploy.picture import fonts

        if not (fonts.has("가") and fonts.has("A")):
            raise DrawDeployError(f"{fonts.font_path().name} has no Hangul", 'pip install "pylopdf-fonts-ko"')
        return f"{fonts.FAMILY} · {fonts.font_path().name}"

    return _look("font", "", look)


def _icons() -> Finding:
    def look() -> str:
        from drawdeploy.resources import icon_names

        return str(len(icon_names()))

    return _look("icons", "diagrams", look)


def _raster() -> Finding:
    def look() -> str:
        from drawdeploy.picture import raster

        picture = raster.png('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>')
        if not picture.startswith(b"\x89PNG"):
            raise DrawDeployError("the test picture is no PNG", 'pip install "resvg>=0.2,<0.3"')
        return ""

    return _look("raster", "resvg", look)


def _drawings(lang: str) -> Iterator[Finding]:
    from drawdeploy.api import catalogue
    from drawdeploy.words import Words

    words = Words(lang)

    def strategy(name: str) -> str:
        return words.text(catalogue.load(name).title)

    def environment(name: str) -> str:
        return words.text(catalogue.load_environment(name).title)

    for area, names, show in (
        ("strategies", catalogue.strategy_names, strategy),
        ("environments", catalogue.environment_names, environment),
    ):
        try:
            for name in names():
                yield _look(area, name, partial(show, name))
        except DrawDeployError as error:
            yield _failed(area, "", error)


def _look(area: str, name: str, look: Callable[[], str]) -> Finding:
    """What `look` finds; whatever goes wrong in it is the finding."""
    try:
        return Finding(area, name, True, True, look())
    except Exception as error:  # a broken library may raise anything, and the doctor must go on
        return _failed(area, name, error)


def _failed(area: str, name: str, error: Exception) -> Finding:
    if isinstance(error, DrawDeployError):
        fault = error.faults[0]
        where = f"{fault.where}: " if fault.where else ""
        return Finding(area, name, False, True, where + fault.message, fault.hint)
    return Finding(
        area, name, False, True, f"{type(error).__name__}: {error}", "pip install --force-reinstall drawdeploy"
    )
