"""Which strategies and environments there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Environment, Service, Strategy

RESERVED = frozenset(
    {
        "author",
        "capacity",
        "compact",
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


@dataclass(frozen=True, slots=True)
class Entry:
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


def environment_names() -> tuple[str, ...]:
    """Names of the environments that are built in or installed."""
    from drawdeploy import describe

    return describe.environment_names()


def load(target: str) -> Strategy:
    """A strategy by its name or path.

    Raises:
        DrawDeployError: There is none, or it is not valid.
    """
    from drawdeploy import describe

    strategy = describe.load_strategy(target)
    for parameter in strategy.parameters:
        if parameter.id in RESERVED:
            raise DrawDeployError(
                f"{strategy.source or target}: parameter {parameter.id!r} has the name of an option of every strategy",
                "rename it",
            )
    return strategy


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
        details = tuple((placement.id, words.text(placement.title)) for placement in one.placements)
        entries.append(Entry(name, words.text(one.title), words.text(one.summary), details if len(details) > 1 else ()))
    return tuple(entries)


def load_environment(name: str) -> Environment:
    """An environment as its description has it, for the usual service."""
    from drawdeploy import describe

    return describe.load_environment(name, Service())


def is_path(target: str) -> bool:
    """Whether a target is a path: it has a suffix or a separator, is a folder, or is ``-``."""
    path = Path(target)
    return target == "-" or bool(path.suffix) or "/" in target or "\\" in target or path.is_dir()


def title_of(name: str) -> str:
    """The English title of a built-in strategy, read without working out its description; empty if it has none there.

    For the list of commands, which must be quick: templates and expressions are not compiled.
    """
    import re

    from drawdeploy import source
    from drawdeploy.resources import folder

    path = folder("drawings") / "strategies" / f"{name}.yaml"
    found = re.search(r"^title:.*\n(?:[ \t].*\n)*", source.read(path, name), re.MULTILINE) if path.is_file() else None
    for node in source.load(found[0], name) if found else ():
        title = node.get("title") if isinstance(node, source.MapNode) else None
        text = title.get("en") if isinstance(title, source.MapNode) else title
        if isinstance(text, source.ScalarNode):
            return text.text
    return ""
