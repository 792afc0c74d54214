"""What stands around a scene: banner, figures, what is checked next, legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drawdeploy.model import Check, CheckKind
from drawdeploy.picture.canvas import Canvas, arrow, elbow, measure, number
from drawdeploy.picture.layout import Box
from drawdeploy.picture.theme import Shade
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.words import Words

MARGIN = 20.0
BANNER = 60.0
FIGURES = 46.0
NEXT = 32.0
LEGEND = 22.0


def banner(
    canvas: Canvas,
    width: float,
    pill: str,
    title: str,
    subtitle: str,
    *,
    aside: str = "",
    dots: tuple[int, int] = (0, 0),
    alarm: bool = False,
) -> None:
    """The head of a picture.

    ``pill`` says where in the plan this is ("2 / 4"), ``aside`` more of that ("round 1 of 3"), ``dots`` are the step
    that was reached and how many there are, and ``alarm`` marks a rollback.
    """
    with canvas.group("banner"):
        theme = canvas.theme
        canvas.rect(Box(0, 0, width, BANNER), fill=theme.red_band if alarm else theme.band)
        canvas.rect(Box(0, BANNER - 1, width, 1), fill=theme.red if alarm else theme.rule)
        left = MARGIN
        if pill:
            fill, ink = (theme.red, theme.on_red) if alarm else (theme.pill, theme.on_pill)
            wide = max(64.0, measure(pill, 18, bold=True) + 26)
            box = Box(MARGIN, BANNER / 2 - 16, wide, 32)
            canvas.rect(box, fill=fill, radius=16)
            canvas.text(box.cx, box.cy + 6.5, pill, size=18, fill=ink, bold=True, anchor="middle")
            left = box.right + 18
        right = width - MARGIN
        now, total = dots
        if 1 < total <= 24:
            step = 15.0
            for index in reversed(range(total)):
                here = index + 1 == now
                colour = (theme.red if alarm else theme.ink) if index < now else theme.faint
                canvas.circle((right - 5 - (total - 1 - index) * step, BANNER / 2), 5.5 if here else 4, fill=colour)
            right -= step * total + 14
        if aside:
            taken = measure(aside) + 22
            place = Box(right - taken, BANNER / 2 - 12, taken, 24)
            canvas.rect(place, fill=theme.card, line=theme.red if alarm else theme.rule, radius=12)
            canvas.text(place.cx, place.cy + 5, aside, anchor="middle", fill=theme.ink)
            right = place.x - 16
        canvas.text(
            left, 28, title, size=21, bold=True, max_width=right - left, fill=theme.red_text if alarm else theme.ink
        )
        canvas.text(left, 49, subtitle, fill=theme.soft, max_width=right - left)


class Card(Value):
    """A figure: what it is, its value, and what to hold it against."""

    label: str
    value: str
    note: str
    alarm: bool = False


def figures(canvas: Canvas, y: float, width: float, cards: Sequence[Card]) -> None:
    """A row of cards of equal width."""
    with canvas.group("figures"):
        theme, gap = canvas.theme, 10.0
        wide = (width - 2 * MARGIN - gap * (len(cards) - 1)) / len(cards)
        for index, card in enumerate(cards):
            box = Box(MARGIN + index * (wide + gap), y, wide, FIGURES)
            canvas.rect(box, fill=theme.card, line=theme.red if card.alarm else theme.rule, width=1.2, radius=9)
            left = box.x + 12
            canvas.text(left, box.y + 18, card.label, fill=theme.soft, max_width=wide - 24)
            beside = measure(card.note) + 10 if card.note else 0  # a long value gives way to what stands beside it
            size = next((size for size in (18, 16.5) if measure(card.value, size, bold=True) + beside <= wide - 24), 15)
            taken = canvas.text(left, box.y + 38, card.value, size=size, bold=True, max_width=wide - 24)
            ink = theme.red_text if card.alarm else theme.soft
            room = wide - 24 - taken - 10
            if measure(card.note) <= room:
                canvas.text(box.right - 12, box.y + 38, card.note, anchor="end", fill=ink)
            elif room > 40:
                canvas.text(box.right - 12, box.y + 38, card.note, anchor="end", fill=ink, max_width=room)


def next_row(
    canvas: Canvas, y: float, width: float, head: str, checks: Sequence[tuple[Check, str]], text: str, words: Words
) -> None:
    """What is checked before the plan goes on, each check with what it says; without checks, ``text``."""
    with canvas.group("next"):
        theme = canvas.theme
        box = Box(MARGIN, y, width - 2 * MARGIN, NEXT)
        canvas.rect(box, fill=theme.card, line=theme.rule, width=1.2, radius=9)
        left = box.x + 12
        left += canvas.text(left, box.cy + 5, head, fill=theme.soft) + 14
        if not checks:
            canvas.text(left, box.cy + 5, text, max_width=box.right - 12 - left)
            return
        kinds = [words.get(f"picture.check.{check.kind}") for check, _ in checks]
        fixed = sum(measure(kind, bold=True) + 52 for kind in kinds)
        room = box.right - 4 - left - fixed
        wanted = [measure(said) + 4 for _, said in checks]
        share = _shares(wanted, room)
        for (check, said), kind, wide in zip(checks, kinds, share, strict=True):
            capsule = measure(kind, bold=True) + 34
            place = Box(left, box.cy - 11, capsule, 22)
            canvas.rect(place, fill=theme.band, line=theme.edge, width=1, radius=11)
            _glyph(canvas, check.kind, place.x + 14, place.cy)
            canvas.text(place.x + 25, place.cy + 5, kind, bold=True)
            left = place.right + 7
            canvas.text(left, box.cy + 5, said, max_width=wide)
            left += wide + 11


def _shares(wanted: Sequence[float], room: float) -> list[float]:
    """Divides room: nobody gets more than they want, and those who want much share what is left."""
    given = [0.0] * len(wanted)
    left, open_ = room, sorted(range(len(wanted)), key=lambda index: wanted[index])
    while open_:
        index = open_.pop(0)
        given[index] = max(0.0, min(wanted[index], left / (len(open_) + 1)))
        left -= given[index]
    return given


def _glyph(canvas: Canvas, kind: CheckKind, x: float, y: float) -> None:
    """A person for what people check, a gear for what machines check."""
    ink = canvas.theme.ink
    if kind is CheckKind.MANUAL:
        canvas.circle((x, y - 3.2), 2.9, fill=ink)
        shoulders = [(x - 5.2, y + 6), (x - 5, y + 0.8), (x, y + 0.8), (x + 5, y + 0.8), (x + 5.2, y + 6)]
        one, two, three, four, five = (f"{number(a)} {number(b)}" for a, b in shoulders)
        canvas.path(f"M{one}Q{two} {three}Q{four} {five}Z", fill=ink)
        return
    canvas.circle((x, y), 3.7, line=ink, width=2)
    for dx, dy in ((0, 1), (0, -1), (1, 0), (-1, 0), (0.71, 0.71), (-0.71, 0.71), (0.71, -0.71), (-0.71, -0.71)):
        canvas.path(f"M{x + dx * 4.6:.1f} {y + dy * 4.6:.1f}L{x + dx * 6.4:.1f} {y + dy * 6.4:.1f}", line=ink, width=2)


ORDER = (
    "live-old",
    "live-new",
    "live-newer",
    "live-both",
    "match",
    "mirror",
    "lost",
    "zero",
    "test",
    "link",
    "writes",
    "serving",
    "ready",
    "standby",
    "starting",
    "stopping",
    "failed",
    "planned",
    "removed",
    "changed",
    "since",
    "over",
)
"""In this order: first ways, then instances, then marks."""


def legend(canvas: Canvas, x: float, y: float, right: float, used: set[str], words: Words) -> float:
    """What the picture uses, and no more; wraps at ``right`` and returns the y below it."""
    with canvas.group("legend"):
        lit = "old" if "live-old" in used and "live-new" not in used else "new"
        said = [(name, words.get(f"picture.legend.{name}")) for name in ORDER if name in used]
        widths = [34 + measure(text) for _, text in said]
        gap = next((one for one in (18.0, 11.0) if sum(widths) + one * (len(widths) - 1) <= right - x), 5.0)
        left, line = x, y
        for (name, text), wide in zip(said, widths, strict=True):
            if left + wide > right and left > x:
                left, line = x, line + LEGEND
            _sample(canvas, name, Box(left, line + 3, 28, 16), canvas.theme.revisions[lit])
            canvas.text(left + 34, line + 16, text, fill=canvas.theme.soft)
            left += wide + gap
        return line + LEGEND


def _sample(canvas: Canvas, name: str, box: Box, shade: Shade) -> None:
    theme = canvas.theme
    cell = Box(box.cx - 9, box.y, 18, 16)
    match name:
        case "live-old" | "live-new" | "live-newer" | "live-both":
            line = theme.revisions[name[5:]].line if name != "live-both" else theme.ink
            canvas.path(elbow([(box.x, box.cy), (box.right - 8, box.cy)]), line=line, width=4)
            canvas.path(arrow((box.right, box.cy), (1, 0), 11), fill=line)
        case "zero":
            canvas.path(elbow([(box.x, box.cy), (box.right - 6, box.cy)]), line=theme.edge, width=1.4, dash="5 4")
            canvas.path(arrow((box.right, box.cy), (1, 0), 7), fill=theme.edge)
        case "test":
            canvas.path(elbow([(box.x, box.cy), (box.right - 6, box.cy)]), line=theme.violet, width=2, dash="6 4")
            canvas.path(arrow((box.right, box.cy), (1, 0), 9), fill=theme.violet)
        case "link":
            canvas.path(elbow([(box.x, box.cy), (box.right - 6, box.cy)]), line=theme.edge, width=1.8, dash="2 4")
            canvas.path(arrow((box.right, box.cy), (1, 0), 8), fill=theme.edge)
        case "match":
            canvas.path(elbow([(box.x, box.cy), (box.right - 8, box.cy)]), line=shade.line, width=3, dash="9 5")
            canvas.path(arrow((box.right, box.cy), (1, 0), 11), fill=shade.line)
        case "mirror":
            canvas.path(elbow([(box.x, box.cy), (box.right - 8, box.cy)]), line=theme.teal, width=6)
            canvas.path(elbow([(box.x, box.cy), (box.right - 8, box.cy)]), line=theme.band, width=2.4)
            canvas.path(arrow((box.right, box.cy), (1, 0), 12), fill=theme.teal)
        case "lost":
            canvas.path(elbow([(box.x, box.cy), (box.right - 8, box.cy)]), line=theme.red, width=4)
            canvas.path(arrow((box.right, box.cy), (1, 0), 12), fill=theme.red)
        case "writes":
            canvas.path(elbow([(box.x, box.cy), (box.right - 6, box.cy)]), line=theme.edge, width=1.4)
            canvas.path(arrow((box.right, box.cy), (1, 0), 7), fill=theme.edge)
        case "changed" | "since":
            canvas.rect(cell, fill=theme.card, line=theme.halo, width=4, radius=5)
        case "over":
            canvas.rect(cell, fill=theme.card, line=theme.red, width=2, radius=4, dash="6 3")
        case "removed":
            canvas.rect(cell, line=theme.edge, radius=4, dash="4 4")
            canvas.path(
                elbow([(cell.x + 4, cell.bottom - 3), (cell.right - 4, cell.y + 3)]), line=theme.edge, width=1.6
            )
        case "planned":
            canvas.rect(cell, line=theme.edge, radius=4, dash="3 4")
        case _:
            line, width, dash = {
                "serving": (shade.line, 2.4, ""),
                "ready": (shade.line, 1.0, ""),
                "failed": (theme.red, 2.4, ""),
                "starting": (theme.tag, 1.6, "5 3"),
            }.get(name, (theme.edge, 1.2, "" if name == "standby" else "5 3"))
            canvas.rect(cell, fill=theme.card, line=line, width=width, radius=4, dash=dash)
            if name == "standby":
                canvas.hatch(cell, radius=4)
            if name == "failed":
                for start, end in ((cell.y + 4, cell.bottom - 4), (cell.bottom - 4, cell.y + 4)):
                    canvas.path(elbow([(cell.x + 5, start), (cell.right - 5, end)]), line=line, width=1.6)
