"""The rollback from a step as one picture: its two stages side by side, contain before restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from drawdeploy.ledger import Figures, Ledger
from drawdeploy.model import Stage, StageKind, Step, Text
from drawdeploy.picture import chrome, fonts, parts
from drawdeploy.picture.canvas import Canvas, arrow, measure
from drawdeploy.picture.grid import LINE, TEXT
from drawdeploy.picture.layout import Box, Layout
from drawdeploy.picture.moments import Moment
from drawdeploy.words import names

if TYPE_CHECKING:
    from drawdeploy.words import Words

WIDTH = 1100.0
GAP = 30.0
HEAD = 56.0
FOOT = 58.0
TALL = 346.0
"""Height of a scene that leaves the whole picture as high as that of a step."""
NARROW = 250.0
"""Width of a stage that has nothing to do."""


def draw(
    canvas: Canvas, layout: Layout, ledger: Ledger, step: Step, words: Words, subtitle: str
) -> tuple[str, float, float]:
    """Draws the rollback from a step.

    Returns:
        Its headline, and the width and height of the picture.
    """
    plan = layout.scene.plan
    titles = names(plan)
    headline = words.get("picture.rollback_title", n=step.number)
    name = words.say(step.title, titles)
    summary = words.say(step.rollback.summary, titles)
    width = max(WIDTH, 2 * layout.width + GAP + 2 * chrome.MARGIN + 4 * 12)
    inner = width - 2 * chrome.MARGIN
    stages = step.rollback.stages
    if not stages:
        return headline, *_no_way_back(canvas, summary, words, headline, f"{name} · {subtitle}")
    widths = _widths(stages, inner)
    scales = [_scale(layout, wide) if stage.moves else 1.0 for stage, wide in zip(stages, widths, strict=True)]
    tall = max([layout.height * s for s, stage in zip(scales, stages, strict=True) if stage.moves] or [150.0])
    body = HEAD + tall + FOOT + 24
    y = chrome.BANNER + 46
    used: set[str] = set()
    chrome.banner(canvas, width, words.get("picture.rollback"), headline, f"{name} · {subtitle}", alarm=True)
    canvas.text(chrome.MARGIN, chrome.BANNER + 29, summary, size=17, bold=True, max_width=inner)
    figures = ledger.steps[step.number - 1].stages
    x = chrome.MARGIN
    for index, (stage, wide, scale) in enumerate(zip(stages, widths, scales, strict=True)):
        box = Box(x, y, wide, body)
        after = figures[index] if index < len(figures) else None
        _stage(canvas, layout, box, stage, scale, words, used, after)
        if index:
            canvas.path(arrow((x - 6, y + body / 2), (1, 0), 17), fill=canvas.theme.red)
        x += wide + GAP
    y = chrome.legend(canvas, chrome.MARGIN, y + body + 10, width - chrome.MARGIN, used, words)
    return headline, width, y + 8


def _no_way_back(canvas: Canvas, summary: str, words: Words, headline: str, subtitle: str) -> tuple[float, float]:
    """A picture that says that there is no rollback, and why."""
    theme = canvas.theme
    chrome.banner(canvas, WIDTH, words.get("picture.rollback"), headline, subtitle, alarm=True)
    box = Box(chrome.MARGIN, chrome.BANNER + 20, WIDTH - 2 * chrome.MARGIN, 150)
    canvas.rect(box, fill=theme.red_band, line=theme.red, width=2, radius=14)
    centre = (box.x + 64, box.cy)
    canvas.circle(centre, 34, line=theme.red, width=6)
    canvas.path(
        f"M{centre[0] - 23:.1f} {centre[1] + 23:.1f}L{centre[0] + 23:.1f} {centre[1] - 23:.1f}", line=theme.red, width=6
    )
    left = box.x + 128
    canvas.text(left, box.y + 52, words.get("picture.no_way_back"), size=21, bold=True, fill=theme.red_text)
    reason = fonts.printable(summary)
    canvas.lines(left, box.y + 82, fonts.wrap(reason, TEXT, box.right - left - 20, lines=3))
    return WIDTH, box.bottom + 20


def _widths(stages: tuple[Stage, ...], inner: float) -> list[float]:
    """Stages of equal width; one with nothing to do leaves its room to the other."""
    free = inner - GAP * (len(stages) - 1)
    idle = [not stage.moves for stage in stages]
    if len(stages) == 2 and idle[0] != idle[1]:
        return [NARROW if nothing else free - NARROW for nothing in idle]
    return [free / len(stages)] * len(stages)


def _scale(layout: Layout, wide: float) -> float:
    return min(1.5, (wide - 24) / layout.width, TALL / layout.height)


def _stage(
    canvas: Canvas,
    layout: Layout,
    box: Box,
    stage: Stage,
    scale: float,
    words: Words,
    used: set[str],
    figures: Figures | None,
) -> None:
    theme, plan = canvas.theme, layout.scene.plan
    titles = names(plan)
    canvas.rect(
        box,
        fill=theme.page,
        line=theme.rule if stage.moves else theme.faint,
        width=1.4,
        radius=14,
        dash="" if stage.moves else "5 5",
    )
    n = 1 if stage.kind is StageKind.CONTAIN else 2
    kind = words.get(f"report.stage.{stage.kind}") if words.has(f"report.stage.{stage.kind}") else str(stage.kind)
    label = f"{n} · {kind}"
    left = box.x + 14
    pill = measure(label, bold=True) + 20
    fill, ink = (theme.red, theme.on_red) if stage.moves else (theme.badge, theme.on_badge)
    canvas.pill(left + pill / 2, box.y + 22, label, fill=fill, ink=ink, pad=10)
    title = words.say(stage.title, titles)
    if not stage.moves:
        _reason(canvas, box, stage, title, words, titles)
        return
    if stage.fits:
        taken = canvas.text(box.right - 14, box.y + 27, words.duration(stage.duration), anchor="end", fill=theme.soft)
    else:  # a time would say that it can be done
        said = words.get("picture.not_fits")
        taken = measure(said, bold=True) + 16
        canvas.pill(box.right - 14 - taken / 2, box.y + 22, said, fill=theme.red, ink=theme.on_red)
    canvas.text(left + pill + 10, box.y + 27, title, bold=True, max_width=box.width - 28 - pill - 20 - taken)
    place = (box.cx - layout.width * scale / 2, box.y + HEAD)
    with canvas.group(f"stage:{stage.kind}", at=place, scale=scale):
        parts.draw(canvas, layout, Moment.of(stage), words, used)
    _foot(canvas, layout, box, stage, words, figures)


def _reason(canvas: Canvas, box: Box, stage: Stage, title: str, words: Words, titles: Mapping[str, Text]) -> None:
    """Why there is nothing to do."""
    room = box.width - 28
    reason = words.say(stage.reason, titles) if stage.reason else ""
    folded = [(bold, _folded(text, room, bold=bold)) for text, bold in ((title, True), (reason, False)) if text]
    y = box.cy - LINE * sum(len(lines) for _, lines in folded) / 2
    for bold, lines in folded:
        for line in lines:
            canvas.text(box.x + 14, y, line, bold=bold, fill=canvas.theme.ink if bold else canvas.theme.soft)
            y += LINE
        y += 4


def _folded(text: str, room: float, *, bold: bool) -> tuple[str, ...]:
    return fonts.wrap(fonts.printable(text), TEXT, room, bold=bold, lines=6)


def _foot(canvas: Canvas, layout: Layout, box: Box, stage: Stage, words: Words, figures: Figures | None) -> None:
    """Who does it, and the figures once it is done."""
    theme, plan = canvas.theme, layout.scene.plan
    titles = names(plan)
    y = box.bottom - FOOT
    canvas.rect(Box(box.x + 14, y - 4, box.width - 28, 1), fill=theme.rule)
    actors = {actor.id: words.text(actor.title) for actor in plan.environment.actors}
    icons = {actor.id: actor.icon for actor in plan.environment.actors}
    acts = [(act.actor, words.say(act.text, titles)) for act in stage.acts if act.actor in actors]
    left, limit = box.x + 14, box.right - 14
    wanted = sum(53 + measure(actors[who], bold=True) + measure(said) for who, said in acts) - 18
    near, far = (6, 18) if wanted <= limit - left else (3, 9)
    for who, said in acts:
        if left > limit - 80:
            break
        canvas.icon(icons[who], Box(left, y + 4, 22, 22))
        left += 23 + near
        left += canvas.text(left, y + 20, actors[who], bold=True, max_width=limit - left) + near
        left += canvas.text(left, y + 20, said, fill=theme.soft, max_width=max(20, limit - left)) + far
    if figures is None:
        return
    said = " · ".join(
        (
            f"{words.get('picture.figure.exposure')} {words.percent(figures.exposure)}",
            f"{words.get('picture.figure.serving')} {words.percent(figures.serving)}",
            words.get("picture.running", n=figures.running),
        )
    )
    right = box.right - 14
    canvas.text(box.x + 14, y + 44, said, fill=theme.soft, max_width=right - box.x - 14)
