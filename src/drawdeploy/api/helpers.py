"""Processes that work while the command line is still getting ready.

A run that draws spends half its time on importing. What it will need is known from the first word of its command line,
so one process begins before anything else is loaded: it reads descriptions and works out the plan. Another lays out and
reads the font; it begins when the first has less to do, for there may be no more than two cores. Whatever they cannot
do, or do not do, is done here, and an error is met and told here.

This module is imported before all others: it imports next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from drawdeploy.picture.aside import Aside

if TYPE_CHECKING:
    from drawdeploy.api.manifests import Manifest
    from drawdeploy.api.planned import Planned
    from drawdeploy.model import Strategy


class Helpers:
    """The two processes.

    Use it as ``with Helpers() as helpers: …``, so that they end in time.

    Args:
        target: The strategy that will be asked for first, if that is known.
        environment: The environment that it will be asked for, if that is known.

    Attributes:
        plans: Reads, plans, and makes icons.
    """

    def __init__(self, target: str | None = None, environment: str = "") -> None:
        self._target = target
        self.plans = Aside(_begin_strategies)
        self._strategy = self.plans.ask(_load, target) if target else None
        self.plans.ask(_begin_plans, environment)

    @cached_property
    def draws(self) -> Aside:
        """Lays out, reads the font, and makes icons."""
        return Aside(_begin_pictures)

    def begin_drawing(self) -> None:
        """Begins the second process; it would begin when it is first needed."""
        _ = self.draws

    def load(self, target: str) -> Strategy | Manifest:
        """As :func:`drawdeploy.api.load`."""
        return self._strategy.get() if self._strategy and target == self._target else _load(target)

    def plan(self, strategy: Strategy | Manifest, *, pixels: bool, **given: Any) -> Planned:
        """As :func:`drawdeploy.api.plan`; `pixels` says whether there will be PNGs."""
        answer = self.plans.ask(_plan, strategy, given)
        _begin_drawing(pixels)  # what is needed next, instead of waiting
        return answer.get()

    def __enter__(self) -> Helpers:
        return self

    def __exit__(self, *_: object) -> None:
        self.plans.__exit__()
        if "draws" in vars(self):
            self.draws.__exit__()


def helpers_for(arguments: Sequence[str]) -> Helpers | None:
    """Processes for a command line, if it is one that draws a strategy of ours or of a file.

    A wrong guess costs a few milliseconds, or saves some fewer: nothing else depends on it.
    """
    words = [*arguments[1:]] if arguments[:1] == ["draw"] else [*arguments]
    # What reads standard input, or prints help and ends, is left alone.
    if (
        not words
        or words[0].startswith("-")
        or {"-", "-h", "--help"} & {*words}
        or "_DRAWDEPLOY_COMPLETE" in os.environ
    ):
        return None
    from drawdeploy.resources import folder

    name = words[0]
    if name.endswith((".yaml", ".yml", ".json")) or (
        name.replace("-", "").isalnum() and os.path.isfile(folder("drawings") / "strategies" / f"{name}.yaml")
    ):
        return Helpers(name, _after("--env", words))
    return None


def _after(option: str, words: Sequence[str]) -> str:
    """What a command line gives for an option; empty if it does not."""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        name, sign, value = word.partition("=")
        if name == option:
            return value if sign else following
    return ""


def _begin_strategies() -> None:
    import yaml  # noqa: F401

    from drawdeploy.api import catalogue  # noqa: F401
    from drawdeploy.describe import strategy  # noqa: F401


def _begin_plans(environment: str) -> None:
    from drawdeploy import expand, ledger  # noqa: F401
    from drawdeploy.api import calls  # noqa: F401
    from drawdeploy.describe import load_environment
    from drawdeploy.model import Service

    # It depends on options that are not known yet; but what it is made of has then been looked up.
    load_environment(environment or "plain", Service())


def _begin_pictures() -> None:
    from drawdeploy.picture import fonts, layout

    layout.load()
    fonts.load()


def _begin_drawing(pixels: bool) -> None:
    from drawdeploy.api import drawing, table  # noqa: F401
    from drawdeploy.picture import frames, icons, quick  # noqa: F401

    if pixels:
        quick.load()


def _load(target: str) -> Strategy | Manifest:
    from drawdeploy.api.catalogue import load

    return load(target)


def _plan(strategy: Strategy | Manifest, given: dict[str, Any]) -> Planned:
    from drawdeploy.api.calls import plan

    return plan(strategy, **given)
