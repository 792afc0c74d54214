"""How a plan is to be drawn."""

from __future__ import annotations

from collections.abc import Iterable

from drawdeploy.api import options
from drawdeploy.value import Value


class Look(Value):
    """How a plan is to be drawn.

    Attributes:
        langs: Languages, in order; names of files end in them if there are several.
        formats: Some of `options.FORMATS`, in that order.
        theme: One of `options.THEMES`.
        engine: Layout engine; ``auto`` for the first that works.
        scale: Pixels of a PNG for one unit of its SVG.
        transparent: No background.
        title: Title of the pictures and the report, instead of the strategy's.
        author: Named in the reports.
        steps: Numbers of the steps to draw; ``None`` for the usual choice.
        every_step: Also the steps of later rounds.
        rollbacks: Draw the way back from every step drawn.
        overview: Draw the figure of all steps.
        compact: Without figures and next checks.
        interval: Seconds that an animation shows each picture.
    """

    langs: tuple[str, ...] = ("en",)
    formats: tuple[str, ...] = options.FORMATS
    theme: str = "light"
    engine: str = "auto"
    scale: float = 2.0
    transparent: bool = False
    title: str = ""
    author: str = ""
    steps: tuple[int, ...] | None = None
    every_step: bool = False
    rollbacks: bool = True
    overview: bool = True
    compact: bool = False
    interval: float = 2.0


def look_of(
    *,
    lang: str | Iterable[str] = "en",
    formats: str | Iterable[str] = options.FORMATS,
    theme: str = "light",
    engine: str = "auto",
    scale: float = 2.0,
    transparent: bool = False,
    title: str = "",
    author: str = "",
    steps: str | Iterable[int] | None = None,
    every_step: bool = False,
    rollbacks: bool = True,
    overview: bool = True,
    compact: bool = False,
    interval: float = 2.0,
) -> Look:
    """Checks how to draw; the arguments are those of `draw`."""
    return Look(
        langs=options.languages(lang),
        formats=options.formats(formats),
        theme=options.theme(theme),
        engine=options.engine(engine),
        scale=options.scale(scale),
        transparent=transparent,
        title=options.label("title", title, options.TITLE_LIMIT, empty=True),
        author=options.label("author", author, options.TITLE_LIMIT, empty=True),
        steps=None if steps is None else options.steps(steps),
        every_step=every_step,
        rollbacks=rollbacks,
        overview=overview,
        compact=compact,
        interval=options.interval(interval),
    )
