"""Templates that were compiled when the wheel was built: compiling takes Jinja2 longer than all else about a report.

The wheel holds each as a module of :data:`PACKAGE`, which Python has compiled too. One is used if it was made of the
template as it stands, by the Jinja2 that is installed; else the template is compiled as ever. A checkout has none.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from jinja2 import FileSystemLoader

PACKAGE = "drawdeploy.report.compiled"


def loader(folder: Path, package: str = PACKAGE) -> FileSystemLoader:
    """Loads the templates of a folder, compiled ones where there are any."""
    from jinja2 import Environment, FileSystemLoader, Template

    class Loader(FileSystemLoader):
        def load(self, environment: Environment, name: str, globals: Any = None) -> Template:
            module = _compiled(folder / name, package)
            if module is None:
                return super().load(environment, name, globals)
            return environment.template_class.from_module_dict(environment, vars(module), globals or {})

    return Loader(folder)


def sources(folder: Path) -> dict[str, str]:
    """The modules to put into a wheel: their names, and Python."""
    from drawdeploy.report.pour import environment

    made = {"__init__": '"""Templates, compiled when this wheel was built."""\n'}
    for path in sorted(folder.glob("*.j2")):
        compiler = environment(html=".html." in path.name)
        # Deferred: the environment is there only when a module is used.
        compiled = compiler.compile(path.read_text("utf-8"), path.name, raw=True, defer_init=True)
        made[_name(path)] = f"{compiled}\nmade = {_mark(path)!r}\n"
    return made


def _compiled(path: Path, package: str) -> ModuleType | None:
    """What was made of a template; ``None`` if it was not, or of another text, or by another Jinja2."""
    try:
        module = import_module(f"{package}.{_name(path)}")
    except ImportError:
        return None
    return module if module.made == _mark(path) else None


def _name(path: Path) -> str:
    return path.name.removesuffix(".j2").replace(".", "_").replace("-", "_")


def _mark(path: Path) -> tuple[str, int]:
    """Of what, and by what, a module is made."""
    from jinja2 import __version__

    return __version__, crc32(path.read_bytes())
