"""All steps of a plan in one figure, two to a row: what goes into the homework, on a page of A4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from drawdeploy.ledger import Figures, Ledger
from drawdeploy.model import Plan, RollbackKind, Step, Text
from drawdeploy.picture import captions, chrome, fonts, parts
from drawdeploy.picture.canvas import Canvas, measure
from drawdeploy.picture.grid import LINE, TEXT
from drawdeploy.picture.layout import Box, Layout
from drawdeploy.picture.moments import Moment
from drawdeploy.value import Value
from drawdeploy.words import names

if TYPE_CHECKING:
    from drawdeploy.words import Words

GAP = 10.0
NUMBERED = 47.0
"""Where the text of a row begins, behind its number."""
HEAD = 38.0
MOST = 7
"""Panels of an overview; a plan of more drawn steps shows its first round, then rounds at even distances."""


class Panel(Value):
    """One state of the overview. ``step`` is ``None`` for the beginning."""

    step: Step | None
    moment: Moment
    figures: Figures


def panels(layout: Layout, ledger: Ledger, chosen: Sequence[Step]) -> list[Panel]:
    """The beginning, and the steps that are shown."""
    begin = layout.scene.plan.begin
    found = [Panel(None, Moment(begin, begin), ledger.begin)]
    for step in thinned(chosen, MOST - 1, layout.scene.plan.here):
        # What changed since the panel before this one is marked, even if steps between them are not shown.
        found.append(
            Panel(step, Moment(found[-1].moment.after, step.after, step.acts), ledger.steps[step.number - 1].after)
        )
    return found


def thinned(steps: Sequence[Step], most: int, here: int | None = None) -> list[Step]:
    """At most so many steps: those of the first round, the last one, what lies evenly between, and where it is now."""
    if len(steps) <= most:
        return list(steps)
    first = [step for step in steps if step.round is None or step.round.index == 1][: most - 1]
    rest = [step for step in steps if step not in first]
    room = most - len(first)
    chosen = first + [rest[(index + 1) * len(rest) // room - 1] for index in range(room)]
    now = [step for step in steps if step.number == here and step not in chosen]
    if now:  # in place of the nearest that is not the last
        nearest = min(chosen[:-1], key=lambda step: abs(step.number - now[0].number))
        chosen[chosen.index(nearest)] = now[0]
    return sorted(chosen, key=lambda step: step.number)


def draw(
    canvas: Canvas,
    layout: Layout,
    ledger: Ledger,
    chosen: Sequence[Step],
    words: Words,
    title: str = "",
    author: str = "",
) -> tuple[float, float, int]:
    """Draws the overview. ``title`` stands in place of the strategy's and the environment's.

    Returns:
        Its width and height, and how many panels it has.
    """
    plan = layout.scene.plan
    own = f"{words.text(plan.strategy.title)} · {words.text(plan.environment.title)}"
    shown = panels(layout, ledger, chosen)
    wide = layout.width + 12
    width = 2 * wide + GAP + 2 * 8
    used: set[str] = set()
    service = plan.service
    said = words.get("picture.subtitle", service=service.name, old=service.old, new=service.new)
    beside = own if title else _shortest(words, words.text(plan.strategy.summary), width - 60 - measure(said))
    chrome.banner(canvas, width, "", title or own, " · ".join(filter(None, (said, beside))), aside=author)
    tall = HEAD + layout.height + 8
    top = chrome.BANNER + 8
    for index, panel in enumerate(shown):
        row, column = divmod(index, 2)
        box = Box(8 + column * (wide + GAP), top + row * (tall + GAP), wide, tall)
        _panel(canvas, layout, box, panel, words, used)
    rows = -(-len(shown) // 2)
    y = top + rows * (tall + GAP)
    if len(shown) % 2:
        box = Box(8 + wide + GAP, top + (rows - 1) * (tall + GAP), wide, tall)
        below = _closing(canvas, box.x, box.y, box.right, ledger, shown, words, used, plan)
        if below > box.bottom:  # it does not fit beside the last panel: what was drawn there grows downwards
            y = below + GAP
    else:
        y = _closing(canvas, 8, y, width - 8, ledger, shown, words, used, plan) + 6
    return width, y, len(shown)


def _shortest(words: Words, summary: str, room: float) -> str:
    """The first sentence of a summary; in English as many of its parts as there is room for, else all or none of it."""
    said = summary.partition(". ")[0].rstrip(".")
    while said and measure(said) > room:
        end = max(said.rfind(mark) for mark in (": ", ", ", "; "))
        said = said[:end] if end > 0 and words.lang == "en" else ""
    return said


def _panel(canvas: Canvas, layout: Layout, box: Box, panel: Panel, words: Words, used: set[str]) -> None:
    theme, plan = canvas.theme, layout.scene.plan
    canvas.rect(box, fill=theme.page, line=theme.rule, width=1.4, radius=14)
    if panel.step is None:
        label, title = (
            words.get("picture.start"),
            words.get("picture.start_title", service=plan.service.name, old=plan.service.old),
        )
    else:
        label, title = str(panel.step.number), words.say(panel.step.title, names(plan))
    pill = max(30.0, measure(label, 15, bold=True) + 18)
    place = Box(box.x + 10, box.y + 8, pill, 25)
    canvas.rect(place, fill=theme.pill, radius=12.5)
    canvas.text(place.cx, place.cy + 5.5, label, size=15, bold=True, fill=theme.on_pill, anchor="middle")
    right = box.right - 12
    if panel.step is not None and panel.step.round is not None and panel.step.round.total > 1:
        said = captions.round_name(plan, panel.step.round, words)
        right -= canvas.text(right, place.cy + 5, said, anchor="end", fill=theme.soft) + 10
    if plan.here == (panel.step.number if panel.step else 0):
        said = words.get("picture.here")
        half = measure(said, bold=True) / 2 + 9
        canvas.pill(right - half, place.cy, said, fill=theme.tag, ink=theme.on_tag, pad=9)
        right -= 2 * half + 10
    canvas.text(place.right + 9, place.cy + 5.5, title, size=15, bold=True, max_width=right - place.right - 9)
    with canvas.group(f"panel:{panel.step.number if panel.step else 0}", at=(box.cx - layout.width / 2, box.y + HEAD)):
        parts.draw(canvas, layout, panel.moment, words, used)


def _closing(
    canvas: Canvas,
    x: float,
    y: float,
    right: float,
    ledger: Ledger,
    shown: Sequence[Panel],
    words: Words,
    used: set[str],
    plan: Plan,
) -> float:
    """What is not shown, the way back from every step that is, and the legend."""
    theme, titles = canvas.theme, names(plan)
    steps = [panel.step for panel in shown if panel.step]
    if len(steps) < len(plan.steps):
        note = words.get("picture.more", n=len(plan.steps) - len(steps), total=len(plan.steps))
        canvas.text(x + 2, y + 15, note, fill=theme.soft, max_width=right - x - 4)
        y += 22
    if steps:
        rows = [_back(ledger, step, words, titles, right - x) for step in steps]
        height = 36 + sum(LINE * len(lines) + 4 for lines, _, _ in rows) + 4
        canvas.rect(Box(x, y, right - x, height), fill=theme.red_band, line=theme.rule, width=1.2, radius=14)
        canvas.text(x + 14, y + 24, words.get("picture.overview_back"), size=15, bold=True, fill=theme.red_text)
        line = y + 49
        for step, (lines, time, fits) in zip(steps, rows, strict=True):
            canvas.pill(x + 27, line - 5, str(step.number), fill=theme.red, ink=theme.on_red, pad=7)
            ink = theme.soft if fits else theme.red_text
            canvas.text(right - 14, line, time, anchor="end", fill=ink, bold=not fits)
            canvas.lines(x + NUMBERED, line, lines)
            line += LINE * len(lines) + 4
        y += height + 8
    # Changes are those since the panel before; test traffic is the word itself here, without a line.
    used = {"since" if name == "changed" else name for name in used - {"test"}}
    return chrome.legend(canvas, x, y, right, used, words)


def _back(
    ledger: Ledger, step: Step, words: Words, titles: Mapping[str, Text], wide: float
) -> tuple[tuple[str, ...], str, bool]:
    """How to get back from a step, folded, how long that takes, and whether it is possible at all."""
    kept = ledger.steps[step.number - 1]
    bad = "picture.not_fits" if not kept.fits else None
    bad = "picture.figure.rollback_none" if step.rollback.kind is RollbackKind.NONE else bad
    time = words.get(bad) if bad else words.duration(kept.contain + kept.restore)
    summary = fonts.printable(words.say(step.rollback.summary, titles))
    return (
        fonts.wrap(summary, TEXT, wide - NUMBERED - 14 - measure(time, bold=bad is not None) - 14, lines=3),
        time,
        bad is None,
    )
