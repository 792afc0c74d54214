"""What a shell offers for the value of an option, while the user is still typing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from drawdeploy import api

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list["CompletionItem"]]
Names = Callable[[], Iterable[str]] | Iterable[str]


def one_of(names: Names, *, files: bool = False) -> Complete:
    """One of a few names, or a file.

    Args:
        names: What may be given; a function, if it takes time to tell.
        files: Whether the path of a description may be given instead.
    """
    return lambda context, parameter, typed: _offered(_all(names), "", typed, files=files)


def some_of(names: Names) -> Complete:
    """Several names with commas between them: what is offered goes on from what is there."""

    def complete(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
        done, comma, last = typed.rpartition(",")
        left = [name for name in _all(names) if name not in done.split(",")]
        return _offered(left, done + comma, last)

    return complete


def placements(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The placements that the environment on the same line offers."""
    name = context.params.get("env") or "plain"
    if not (api.is_path(name) or api.is_environment(name)):
        return []
    return _offered(api.placements(name), "", typed)


def targets(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Strategies; behind a colon, their parameters."""
    name, colon, last = typed.rpartition(":")
    strategy = name.partition(":")[0]
    if colon and api.is_strategy(strategy):
        own = [f"{parameter.id}=" for parameter in api.load(strategy).parameters]
        return _offered(own, name + colon, last)
    return _offered(api.strategy_names(), "", typed, files=True)


def _all(names: Names) -> Iterable[str]:
    return names() if callable(names) else names


def _offered(names: Iterable[str], before: str, typed: str, *, files: bool = False) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    found = [CompletionItem(before + name) for name in names if name.startswith(typed)]
    return [*found, CompletionItem(typed, type="file")] if files and (not found or not typed) else found
