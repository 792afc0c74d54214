"""Which strategies and environments there are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from drawdeploy.errors import DrawDeployError, Fault
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.api.manifests import Manifest
    from drawdeploy.model import Environment, Strategy

RESERVED = frozenset(
    {
        "author",
        "capacity",
        "cloud",
        "compact",
        "interval",
        "debug",
        "engine",
        "env",
        "every-step",
        "format",
        "formats",
        "help",
        "json",
        "lang",
        "new",
        "no-overview",
        "no-rollback",
        "old",
        "onprem",
        "open",
        "output",
        "overview",
        "placement",
        "quiet",
        "replicas",
        "rollbacks",
        "scale",
        "service",
        "steps",
        "strategy",
        "theme",
        "title",
        "transparent",
        "verbose",
        "version",
    }
)
"""Names of options and arguments, which no parameter of a strategy may take."""


class Entry(Value):
    """A strategy or an environment, as a list shows it.

    Attributes:
        name: What a command takes.
        title: Short.
        summary: One or two sentences.
        details: Names and texts: a strategy's parameters, an environment's placements.
    """

    name: str
    title: str
    summary: str
    details: tuple[tuple[str, str], ...] = ()


def strategy_names() -> tuple[str, ...]:
    """Names of the strategies that are built in or installed."""
    from drawdeploy import describe

    return describe.strategy_names()


def unknown_environment(name: str) -> DrawDeployError:
    """The error for an environment that nobody knows, with a hint."""
    from drawdeploy import describe

    return describe.unknown_environment(name)


def environment_names() -> tuple[str, ...]:
    """Names of the environments that are built in or installed."""
    from drawdeploy import describe

    return describe.environment_names()


def load(target: str) -> Strategy | Manifest:
    """A strategy by its name or path, or what a manifest at that path says.

    Raises:
        DrawDeployError: There is none, or it is not valid.
    """
    from drawdeploy import describe

    if is_path(target):
        from drawdeploy.api import manifests

        if manifests.is_manifest(target):
            return manifests.load(target)
    strategy = describe.load_strategy(target)
    for parameter in strategy.parameters:
        if parameter.id in RESERVED:
            raise DrawDeployError(
                f"{strategy.source or target}: parameter {parameter.id!r} has the name of an option of every strategy",
                "rename it",
            )
    return strategy


def load_all(targets: Iterable[str]) -> list[Strategy | Manifest]:
    """Several strategies.

    Raises:
        DrawDeployError: Something is wrong with one or several of them: all of it.
    """
    found: list[Strategy | Manifest] = []
    faults: list[Fault] = []
    for target in targets:
        try:
            found.append(load(target))
        except DrawDeployError as error:
            faults += error.faults
    if faults:
        raise DrawDeployError(faults=tuple(dict.fromkeys(faults)))
    return found


def owners(parameter: str) -> tuple[str, ...]:
    """Names of the strategies that have a parameter of this name."""
    return tuple(name for name in strategy_names() if any(one.id == parameter for one in load(name).parameters))


def strategies(lang: str = "en") -> tuple[Entry, ...]:
    """The strategies, described in a language."""
    from drawdeploy.words import Words

    words = Words(lang)
    entries = []
    for name in strategy_names():
        strategy = load(name)
        details = tuple((f"--{one.id}", f"{words.text(one.help)} [{one.default}]") for one in strategy.parameters)
        entries.append(Entry(name, words.text(strategy.title), words.text(strategy.summary), details))
    return tuple(entries)


def environments(lang: str = "en") -> tuple[Entry, ...]:
    """The environments, described in a language."""
    from drawdeploy.words import Words

    words = Words(lang)
    entries = []
    for name in environment_names():
        one = load_environment(name)
        placements = [(f"--placement {placement.id}", words.text(placement.title)) for placement in one.placements]
        choices = _choices(name) + (placements if len(placements) > 1 else [])
        entries.append(Entry(name, words.text(one.title), words.text(one.summary), tuple(choices)))
    return tuple(entries)


def placements(environment: str) -> tuple[str, ...]:
    """Names of the placements that an environment offers."""
    return tuple(placement.id for placement in load_environment(environment).placements)


def _choices(name: str) -> list[tuple[str, str]]:
    """The options that say what the sites of an environment are, and the names that each may take."""
    from drawdeploy import describe

    usual: dict[str, list[str]] = {}
    for slot in describe.slots(name):
        usual.setdefault(slot.option, []).append(slot.usual)
    return [(f"--{option}", f"{', '.join(site_names(option))} [{','.join(names)}]") for option, names in usual.items()]


def site_names(option: str = "") -> tuple[str, ...]:
    """Names of the kinds of site that environments are put together from.

    Args:
        option: ``onprem`` or ``cloud`` for those that it may choose; all if not given.
    """
    from drawdeploy import describe

    return describe.site_names_for(option) if option else describe.site_names()


def sites(lang: str = "en") -> tuple[Entry, ...]:
    """The kinds of site, described in a language: what their routers can do."""
    from drawdeploy import describe
    from drawdeploy.describe.sites import OPTIONS
    from drawdeploy.model import NodeKind, Service
    from drawdeploy.words import Words

    words = Words(lang)
    entries = []
    for name in site_names():
        kit = describe.load_site(name, Service())
        router = kit.node(NodeKind.ROUTER)
        option = next(option for option, place in OPTIONS.items() if place == kit.place)
        able = f"{words.text(router.title)}: {', '.join(router.can)}" if router else ""
        entries.append(Entry(name, words.text(kit.title), f"--{option} {name} · {able}"))
    return tuple(entries)


def icons(search: str = "") -> tuple[str, ...]:
    """Names of the icons that a description may use.

    Args:
        search: Words that a name must hold, in any order; letters may be small.
    """
    from drawdeploy.resources import icon_names

    wanted = search.lower().split()
    return tuple(name for name in icon_names() if all(word in name.lower() for word in wanted))


def like_icon(search: str) -> str:
    """A hint for words that no icon's name holds: the nearest name."""
    from drawdeploy.errors import nearest
    from drawdeploy.resources import icon_names

    hint = nearest(search, (name.rpartition(".")[2] for name in icon_names()))
    return hint or "icons are named like aws.compute.EC2"


def load_environment(name: str) -> Environment:
    """An environment as its description has it, for the usual service."""
    from drawdeploy import describe
    from drawdeploy.model import Service

    return describe.load_environment(name, Service())


def targets(target: str) -> tuple[str, ...]:
    """Every strategy that a target stands for: itself, but if it is a file that describes several."""
    from drawdeploy import describe

    if is_path(target):
        from drawdeploy.api import manifests

        if manifests.is_manifest(target):
            return manifests.names(target)
    return describe.targets(target)


def option_for(target: str) -> str:
    """The option that a file is for: ``env``, ``service``; empty if it is a name, or describes a strategy."""
    from drawdeploy import describe

    kinds = describe.kinds(target) if describe.is_path(target) else frozenset()
    if "Strategy" in kinds:
        return ""
    return "env" if "Environment" in kinds else "service" if "Service" in kinds else ""


def example(kind: str, name: str = "") -> str:
    """A commented description to begin with: ``strategy``, ``environment``, ``service``; with a name of its own."""
    from drawdeploy import describe

    return describe.example(kind, name)


def schema(kind: str) -> str:
    """The JSON Schema of a kind of description: ``strategy``, ``environment``, ``service``, ``site``."""
    from drawdeploy import describe

    return describe.schema_text(kind)


def is_path(target: str) -> bool:
    """Whether a target is a path and not a name; a folder may look like one, but strategies come first."""
    from drawdeploy import describe
    from drawdeploy.api import manifests

    return describe.is_path(target) or (manifests.is_folder(target) and not is_strategy(target))


def is_strategy(name: str) -> bool:
    """Whether there is a strategy of that name."""
    return _built_in("strategies", name).is_file() or name in strategy_names()


def is_environment(name: str) -> bool:
    """Whether there is an environment of that name."""
    return _built_in("environments", name).is_file() or name in environment_names()


def _built_in(kind: str, name: str) -> Path:
    """Where a description would be if it were built in: a look there is quicker than one at all that is installed."""
    from drawdeploy.resources import folder

    return folder("drawings") / kind / f"{name}.yaml"


def built_in_strategies() -> tuple[tuple[str, str], ...]:
    """Names and English titles of the strategies that come along, and of the project's own.

    For the list of commands, which must be quick: it asks no package that is installed, which takes 40 ms.
    """
    paths = [*_built_in("strategies", "*").parent.glob("*.yaml"), *Path("drawings", "strategies").glob("*.yaml")]
    found = {path.stem: path for path in paths}
    return tuple((name, _title(found[name])) for name in sorted(found))


def _title(path: Path) -> str:
    """The English title, read without working out the rest of the description."""
    import re

    from drawdeploy import source

    try:
        found = re.search(r"^title:.*\n(?:[ \t].*\n)*", source.read(path, path.name), re.MULTILINE)
        nodes = source.load(found[0], path.name) if found else []
    except DrawDeployError:  # whoever uses it is told; a list of commands goes on
        return ""
    for node in nodes:
        title = node.get("title") if isinstance(node, source.MapNode) else None
        text = title.get("en") if isinstance(title, source.MapNode) else title
        if isinstance(text, source.ScalarNode):
            return text.text
    return ""
