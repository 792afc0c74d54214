"""Formats for other programs: slides, documents, editable drawings, animations, text.

Each is a module with ``make(material) -> {name: bytes}``; entry points of the group ``drawdeploy.formats`` add more.
What one needs besides drawdeploy is an extra, and is imported when the format is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.exports.names import BUILT_IN
from drawdeploy.registry import Registry
from drawdeploy.value import Value

if TYPE_CHECKING:
    from types import ModuleType

    from drawdeploy.ledger import Ledger
    from drawdeploy.model import Plan
    from drawdeploy.picture.frames import Frame, Sheets
    from drawdeploy.report.view import Report
    from drawdeploy.words import Words

GROUP = "drawdeploy.formats"
"""Entry point group: each names a function like `Maker`."""


class Material(Value):
    """What a format is made of, in one language.

    Attributes:
        plan: What happens.
        ledger: Its figures.
        words: The language.
        sheets: The pictures.
        report: What a report says of it.
        suffix: What names of files end in, before their ending: ``.en`` if there are several languages.
        svg: Gives a picture as a whole SVG, by its name.
        png: Gives a picture as PNG, by its name.
        interval: Seconds that an animation shows a picture.
    """

    plan: Plan
    ledger: Ledger
    words: Words
    sheets: Sheets
    report: Report
    suffix: str
    svg: Callable[[str], str]
    png: Callable[[str], bytes]
    interval: float = 2.0

    @property
    def steps(self) -> tuple[Frame, ...]:
        """The pictures of the start and of the steps, in order."""
        return tuple(frame for frame in self.sheets.frames if frame.kind in ("start", "step"))


Maker = Callable[[Material], Mapping[str, bytes]]


@cache
def formats() -> Registry[Maker]:
    """All of them by name; nothing heavy is imported before one is asked for."""
    found: Registry[Maker] = Registry("format", GROUP)
    for name in BUILT_IN:
        found.add(name, _maker(name))
    return found


def _maker(name: str) -> Maker:
    def make(material: Material) -> Mapping[str, bytes]:
        module = import_module(f"{__name__}.{'moving' if name in ('gif', 'webp', 'apng') else name}")
        return dict(module.make(material, name) if name in ("gif", "webp", "apng") else module.make(material))

    return make


def needed(name: str, extra: str) -> ModuleType:
    """A library that an extra brings.

    Raises:
        DrawDeployError: It is not installed; the hint says how to install it.
    """
    try:
        return import_module(name)
    except ImportError:
        message = f"this format needs '{name}', which is not installed"
        raise DrawDeployError(message, f"pip install 'drawdeploy[{extra}]'", code=Exit.FAILED) from None


def icons(material: Material) -> dict[str, bytes]:
    """The icons of the pictures as PNG, by their ids."""
    from base64 import b64decode

    return {name: b64decode(uri.partition(",")[2]) for name, uri in material.sheets.icons}


def steady(archive: bytes) -> bytes:
    """A ZIP archive, the same on every machine and day: no times, and its members in their order."""
    from io import BytesIO
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    out = BytesIO()
    with ZipFile(BytesIO(archive)) as old, ZipFile(out, "w") as new:
        for member in old.infolist():
            info = ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            info.create_system = 0
            new.writestr(info, old.read(member))
    return out.getvalue()
