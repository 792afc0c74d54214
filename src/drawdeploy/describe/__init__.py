"""Our own YAML to the values of the model: strategies and environments, built in, installed, or a user's own file.

A *target* is a name, or a path if it has a suffix or a separator, or is ``-`` for standard input.
"""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from drawdeploy import registry, resources, source
from drawdeploy.errors import DrawDeployError, Where

if TYPE_CHECKING:  # `drawdeploy --help` asks for names only, and the vocabulary takes 20 ms
    from collections.abc import Sequence

    from drawdeploy.describe.compose import Slot
    from drawdeploy.describe.sites import Kit
    from drawdeploy.model import Environment, Service, Strategy

GROUP = "drawdeploy.drawings"
"""Entry point group: each names a folder (a path, or a package) that holds ``strategies/``, ``environments/`` and
``sites/``."""

RESERVED = frozenset(
    {"build", "check", "compare", "completion", "diff", "doctor", "draw", "environments", "explain", "export"}
    | {"gallery", "help", "import", "init", "list", "new", "plan", "report", "runbook", "schema", "serve", "simulate"}
    | {"strategies", "test", "validate", "version", "watch"}
)
"""Names of commands, present and to come, that no strategy may have."""

KINDS = ("strategy", "environment", "service", "site")
"""What can be described."""

STDIN = "<stdin>"
_MAY_BE_CALLED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*").fullmatch
_SUFFIX = ".yaml"


def strategy_names() -> tuple[str, ...]:
    """Names of all strategies, sorted, the built-in ones first; no description is read for it."""
    return tuple(name for name in _files("strategies") if name not in RESERVED)


def environment_names() -> tuple[str, ...]:
    """Names of all environments, sorted, the built-in ones first; no description is read for it."""
    return tuple(_files("environments"))


def load_strategy(target: str) -> Strategy:
    """The strategy of that name, or at that path.

    Raises:
        DrawDeployError: There is none (the hint gives the nearest name), or it has faults: all of them, with positions.
    """
    from drawdeploy.describe.strategy import read_strategy

    path, _, which = _parted(target)
    text, name, ident, _ = _find("strategies", "strategy", path)
    strategy = read_strategy(text, name, RESERVED, which)
    _check_name(strategy.id, ident, name)
    return strategy


def schema_text(kind: str) -> str:
    """The JSON Schema of a kind of description.

    Raises:
        DrawDeployError: There is no such kind.
    """
    if kind not in KINDS:
        raise registry.unknown("kind of description", kind, KINDS)
    from drawdeploy.describe.schema import dumps

    return dumps(kind)


def example(kind: str, called: str = "") -> str:
    """A description to begin with: valid, and commented.

    Args:
        kind: ``strategy``, ``environment`` or ``service``.
        called: The name it is to have (``my-canary``); its own if not given, or if it can be no name.

    Raises:
        DrawDeployError: There is no such kind, or none of it.
    """
    known = [one for one in KINDS if (resources.folder("templates") / "init" / f"{one}{_SUFFIX}").is_file()]
    if kind not in known:
        raise registry.unknown("kind of description", kind, known)
    text = source.read(resources.folder("templates") / "init" / f"{kind}{_SUFFIX}", kind)
    usual = {"strategy": "my-strategy", "environment": "my-environment"}.get(kind, "")
    return text.replace(usual, called) if usual and _MAY_BE_CALLED(called) and called not in RESERVED else text


def load_service(target: str) -> Service:
    """The service at that path, or of that name in a folder ``services`` of drawings.

    Raises:
        DrawDeployError: There is none, or it has faults: all of them, with positions.
    """
    from drawdeploy.describe.service import read_service

    text, name, _, _ = _find("services", "service", target)
    return read_service(text, name)


def site_names() -> tuple[str, ...]:
    """Names of all kinds of site that environments can be put together from, sorted, the built-in ones first."""
    return tuple(_files("sites"))


def is_site(name: str) -> bool:
    """Whether there is a kind of site of that name; what is installed is looked through only if need be."""
    return bool(_near("sites", name)) or name in _shared("sites")


def site_names_for(option: str) -> tuple[str, ...]:
    """Names of those that an option may choose; each description is read for it."""
    from drawdeploy.describe.sites import OPTIONS
    from drawdeploy.model import Service

    return tuple(name for name in site_names() if load_site(name, Service()).place == OPTIONS[option])


def load_site(target: str, service: Service) -> Kit:
    """The kind of site of that name, or at that path.

    Raises:
        DrawDeployError: There is none (the hint gives the nearest name), or it has faults: all of them, with positions.
    """
    from drawdeploy.describe.sites import read_site

    text, name, ident, folder = _find("sites", "site", target)
    kit = read_site(text, name, service, folder)
    _check_name(kit.id, ident, name)
    return kit


def slots(target: str) -> tuple[Slot, ...]:
    """Which sites of an environment can be chosen, and what they are if they are not."""
    from drawdeploy.describe import compose

    text, name, _, _ = _find("environments", "environment", target)
    return compose.slots(text, name)


def load_environment(
    target: str,
    service: Service,
    capacity: int | None = None,
    *,
    onprem: Sequence[str] = (),
    cloud: Sequence[str] = (),
) -> Environment:
    """The environment of that name, or at that path, for a service.

    Args:
        target: Name or path.
        service: What is deployed; capacities may depend on its replicas.
        capacity: How many instances fit the site whose capacity is limited (the first, if there are several) instead
            of what the description says. If none is limited, the first site becomes so.
        onprem: What its sites on-premises are (``vmware``), names or paths, instead of what they usually are.
        cloud: What its clouds are (``azure``).

    Raises:
        DrawDeployError: There is none (the hint gives the nearest name), or it has faults: all of them, with positions.
    """
    from drawdeploy.describe.environment import MAX_CAPACITY, read_environment

    if capacity is not None and not 1 <= capacity <= MAX_CAPACITY:
        hint = f"{MAX_CAPACITY} is the most" if capacity > 0 else "a site holds at least 1 instance: --capacity 4"
        raise DrawDeployError(f"a capacity of {str(capacity)[:40]}", hint)
    text, name, ident, folder = _find("environments", "environment", target)
    return read_environment(
        text,
        name,
        service,
        capacity,
        folder=folder,
        shelf=_Shelf(service),
        chosen={"onprem": onprem, "cloud": cloud},
        called=ident,
    )


class _Shelf:
    """The kinds of site, for a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def has(self, name: str) -> bool:
        """Whether there is one of that name."""
        return is_site(name)

    def names(self) -> tuple[str, ...]:
        """Names of all of them."""
        return site_names()

    def load(self, target: str) -> Kit:
        """The one of that name, or at that path."""
        return load_site(target, self._service)


def unknown_environment(target: str) -> DrawDeployError:
    """The error for an environment that nobody knows; what it might be made of (``vmware-azure``) gives the hint."""
    from itertools import groupby

    parts = target.split("-") if len(target) < 100 else []
    environment, sites = (parts[0], parts[1:]) if parts[0:1] and parts[0] in _files("environments") else ("", parts)
    choices = {option: site_names_for(option) for option in ("onprem", "cloud")} if all(map(is_site, sites)) else {}
    options = [(option, name) for name in sites for option, names in choices.items() if name in names]
    if not options:
        return registry.unknown("environment", target, _files("environments"))
    told = {option: ",".join(name for _, name in group) for option, group in groupby(options, lambda pair: pair[0])}
    usual = "hybrid" if len(told) > 1 else "private" if "onprem" in told else "public"
    usual = "multicloud" if usual == "public" and len(options) > 1 else usual
    hint = " ".join(["--env", environment or usual, *(f"--{option} {names}" for option, names in told.items())])
    return DrawDeployError(f"unknown environment '{target}'", f"did you mean {hint}?")


def is_path(target: str) -> bool:
    """Whether a target is a path and not a name."""
    return target in ("-", STDIN) or any(mark in target for mark in "/\\.")


def _find(kind: str, noun: str, target: str) -> tuple[str, str, str, Path | None]:
    """Text of a description, what it is called in faults, the name it must have (empty: any), and its folder."""
    if target in ("-", STDIN):
        return standard_input(), STDIN, "", None
    if is_path(target):
        name = "".join(character if character.isprintable() else "?" for character in target)
        return source.read(Path(target), name), name, "", Path(target).parent
    path = _near(kind, target) or _shared(kind).get(target)
    if path is None:
        raise unknown_environment(target) if kind == "environments" else registry.unknown(noun, target, _files(kind))
    name = f"drawings/{kind}/{path.name}"
    return source.read(path, name), name, target, path.parent


def standard_input() -> str:
    """What comes in: descriptions, or manifests; read once."""
    return _all_of(sys.stdin)


@lru_cache(maxsize=1)
def _all_of(stream: TextIO) -> str:
    """All of a stream, which can be read once only; kept with the stream, so that another one is read anew."""
    return source.decode(stream.buffer.read(source.MAX_BYTES + 1), STDIN)


def _parted(target: str) -> tuple[str, str, str]:
    """A path and the name of one of the descriptions in it: ``plans.yaml#canary``."""
    if "#" in target and not Path(target).exists():
        return target.rpartition("#")
    return target, "", ""


def with_lines(error: DrawDeployError, strategy: Strategy) -> DrawDeployError:
    """An error whose faults show the lines of the strategy's text that they stand in.

    What works plans out knows places only; the text is asked for when something is wrong, and not before.
    """
    name = strategy.source
    if not any(one.where and one.where.file == name and one.where.line and not one.excerpt for one in error.faults):
        return error
    try:
        if name == STDIN:
            text = standard_input()
        else:
            text = source.read(Path(name) if Path(name).is_file() else _files("strategies")[strategy.id], name)
    except (DrawDeployError, KeyError):  # it is gone, or was never a file
        return error
    faults = (
        source.fault(text, one.message, one.where, one.hint)
        if one.where and one.where.file == name and not one.excerpt
        else one
        for one in error.faults
    )
    return DrawDeployError(code=error.code, faults=tuple(faults))


def targets(target: str) -> tuple[str, ...]:
    """Every strategy that a target stands for: itself, but if it is a file of several (``f.yaml#a``, ``f.yaml#b``)."""
    if not is_path(target) or _parted(target)[2]:
        return (target,)
    text, name, _, _ = _find("strategies", "strategy", target)
    if not _several(text):
        return (target,)
    names = [ident for kind, ident in names_of(text, name) if kind == "Strategy"]
    return tuple(f"{target}#{ident}" for ident in names) if len(names) > 1 else (target,)


def kinds(target: str) -> frozenset[str]:
    """What a file describes (``Strategy``, ``Environment`` …); nothing if it cannot be read: its reader tells why."""
    try:
        text, name, _, _ = _find("strategies", "strategy", _parted(target)[0])
        return frozenset(kind for kind, _ in names_of(text, name))
    except DrawDeployError:
        return frozenset()


def beside(strategy: Strategy, kind: str) -> str | None:
    """The file that a strategy was read from, if it describes an environment or a service too; else ``None``."""
    file = strategy.source
    if not file or (file != STDIN and not Path(file).is_file()):
        return None
    text = standard_input() if file == STDIN else source.read(Path(file), file)
    return file if _several(text) and kind in dict(names_of(text, file)) else None


def _several(text: str) -> bool:
    """Whether a text may hold several documents: a look that costs nothing."""
    return "\n---" in text


def names_of(text: str, name: str) -> tuple[tuple[str, str], ...]:
    """Kind and name of every document of a text."""
    from drawdeploy.describe.fields import names_of

    return names_of(text, name)


def _near(kind: str, name: str) -> Path | None:
    """A description of the project or a built-in one: no look at the packages that are installed is needed."""
    return _project(kind).get(name) or _folder_files(resources.folder("drawings") / kind).get(name)


def _check_name(found: str, ident: str, name: str) -> None:
    if ident and found != ident:
        raise DrawDeployError(
            f"its name is '{found}', but the file is called '{ident}'", "make both the same", Where(name)
        )


def _files(kind: str) -> dict[str, Path]:
    """All descriptions of a kind by name: built in, installed, and the project's own, which win."""
    return _shared(kind) | _project(kind)


def _project(kind: str) -> dict[str, Path]:
    """The descriptions of a kind in the folder ``drawings`` of the project, that is, of the working folder."""
    return {path.stem: path for path in sorted(Path("drawings", kind).glob(f"*{_SUFFIX}"), key=lambda path: path.stem)}


@cache
def _shared(kind: str) -> dict[str, Path]:
    """What is built in, and what packages bring; a name that is taken stays with its first owner."""
    files = dict(_folder_files(resources.folder("drawings") / kind))
    for name, offer in registry.offered(GROUP):
        for ident, path in _folder_files(_folder_of(name, offer) / kind).items():
            files.setdefault(ident, path)
    return files


@cache
def _folder_files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stem)}


def _folder_of(name: str, offer: object) -> Path:
    """The folder that an entry point stands for: a path, or a package."""
    if isinstance(offer, (str, Path)):
        return Path(offer)
    places = getattr(offer, "__path__", None)
    if places:
        return Path(next(iter(places)))
    raise DrawDeployError(f"entry point '{name}' of '{GROUP}' is neither a folder nor a package", "uninstall it")
