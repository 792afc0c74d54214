"""The steps as a table: for a terminal, aligned though Hangul is two columns wide, and for a notebook."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from drawdeploy.ledger import Figures, Ledger, StepFigures
from drawdeploy.model import Plan, RollbackKind, Step, Text
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.words import Words

GAP = "  "
NARROWEST = 16
LONG = 16  # rows that are few enough to show all
SHORT = 4
RIGHT = frozenset({0, 3, 4})  # columns of numbers


class Shape(Enum):
    """How much a table says: what says least goes first, so that a title keeps as much as it can."""

    FULL = "all columns"
    BRIEF = "of a rollback, its time only"
    NARROW = "also without those who act"


class Row(Value):
    """A line of the table: the cells of a step, or one text over all columns."""

    cells: tuple[str, ...] = ()
    heading: str = ""


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fold(text: str, width: int) -> list[str]:
    """`text` in lines of so many columns at most: broken between words, and inside one only if it is longer."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if columns(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if lines[-1] and columns(lines[-1] + character) > width:
                lines.append("")
            lines[-1] += character
    return lines


def align(rows: Sequence[Row], right: frozenset[int] = RIGHT) -> list[str]:
    """Lines in which the cells of a column stand below each other, with plain spaces only."""
    rows = [Row(tuple(cell.replace("\u00a0", " ") for cell in row.cells), row.heading) for row in rows]
    cells = [row.cells for row in rows if row.cells]
    widths = [max(columns(line[index]) for line in cells) for index in range(len(cells[0]))] if cells else []
    lines = []
    for row in rows:
        padded = []
        for index, cell in enumerate(row.cells):
            if not widths[index]:
                continue
            space = " " * (widths[index] - columns(cell))
            padded.append(space + cell if index in right else cell + space)
        lines.append((GAP.join(padded) if row.cells else row.heading).rstrip())
    return lines


def steps_table(plan: Plan, ledger: Ledger, lang: str, *, width: int | None = None, every_step: bool = True) -> str:
    """The table of the steps of a plan, with its sums below. See :meth:`drawdeploy.api.Planned.text`."""
    from drawdeploy.words import Words

    words = Words(lang)
    everything = every_step or len(plan.steps) <= LONG
    lines = align(list(_rows(plan, ledger, words, everything, Shape.FULL)))
    for shape, narrowest in (Shape.FULL, 28), (Shape.BRIEF, 28), (Shape.NARROW, NARROWEST):
        if width is None or max(map(columns, lines)) <= width:
            break
        lines = _fold_titles(list(_rows(plan, ledger, words, everything, shape)), width, narrowest)
    total = words.get(
        "cli.total",
        time=words.duration(ledger.total),
        lowest=words.percent(ledger.lowest_serving),
        peak=ledger.peak_running,
    )
    some = [] if everything else [words.get("cli.all", count=len(plan.steps))]
    told = [line for text in (*some, total) for line in folded(text, width)]
    return "\n".join([*lines, "", *told])


def folded(text: str, width: int | None, indent: str = "") -> list[str]:
    """A sentence in as many lines as a terminal needs, with plain spaces only; all but the first are indented."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    room = max(NARROWEST, width - len(lead)) if width else columns(text)
    first, *rest = fold(text[len(lead) :], room)
    more = fold(" ".join(rest), max(NARROWEST, width - columns(indent))) if rest and width else []
    return [line.replace("\u00a0", " ") for line in (lead + first, *(indent + line for line in more))]


def _fold_titles(rows: list[Row], width: int, narrowest: int) -> list[str]:
    """Lines with titles folded as far as needed, but into none narrower than `narrowest`."""
    over = max(map(columns, align(rows))) - width
    limit = max(narrowest, max(columns(row.cells[1]) for row in rows if row.cells) - max(over, 0))
    lines = []
    for row in rows:
        title, *more = fold(row.cells[1], limit) if row.cells else [""]
        lines.append(Row((row.cells[0], title, *row.cells[2:])) if row.cells else row)
        lines += (Row(("", line, *("" for _ in row.cells[2:]))) for line in more)
    return align(lines)


def _rows(plan: Plan, ledger: Ledger, words: Words, everything: bool, shape: Shape) -> Iterator[Row]:
    names = _names(plan)
    yield Row(header(plan, words, shape))
    start = _marked(words.get("cli.table.start"), plan, 0, words)
    yield Row(("0", start, "", *_figures(ledger.begin, words), "", ""))
    pairs = list(zip(plan.steps, ledger.steps, strict=True))
    shown = pairs if everything else [pair for pair in pairs if pair[0].key]
    if not everything and len(shown) > LONG + SHORT:
        shown = [*shown[:LONG], *shown[-SHORT:]]
    number, turn = 0, None
    for step, figures in shown:
        if step.number - number > LONG:  # more than a few rounds
            yield Row(heading=words.get("cli.more", first=number + 1, last=step.number - 1))
        if step.round is not None and step.round != turn and everything and step.round.total > 1:
            yield Row(heading=_round(step, words, names))
        number, turn = step.number, step.round
        number_cell, title, *rest = cells(step, figures, words, names, shape)
        yield Row((number_cell, _marked(title, plan, step.number, words), *rest))


def _marked(title: str, plan: Plan, number: int, words: Words) -> str:
    """The title of a step, and whether a live object stands there."""
    return f"{title} {words.get('cli.table.here')}" if plan.here == number else title


def header(plan: Plan, words: Words, shape: Shape) -> tuple[str, ...]:
    """Titles of the columns."""
    keys = ("number", "step", "who", "instances", "traffic", "rollback", "time")
    titles = (words.get(f"cli.table.{key}", new=plan.service.new) for key in keys)
    return tuple(
        "" if shape is Shape.NARROW and key == "who" else title for key, title in zip(keys, titles, strict=True)
    )


def cells(step: Step, figures: StepFigures, words: Words, names: Mapping[str, Text], shape: Shape) -> tuple[str, ...]:
    """The columns of one step."""
    who = dict.fromkeys(words.text(names[act.actor]) if act.actor in names else act.actor for act in step.acts)
    return (
        str(step.number),
        words.say(step.title, names),
        "" if shape is Shape.NARROW else ", ".join(who),
        *_figures(figures.after, words),
        _rollback(step, figures, words, brief=shape is not Shape.FULL),
        words.duration(step.duration),
    )


def _figures(figures: Figures, words: Words) -> tuple[str, str]:
    serving = sum(site.serving for site in figures.sites)
    return f"{serving} / {figures.running}", words.percent(figures.exposure)


def _rollback(step: Step, figures: StepFigures, words: Words, *, brief: bool) -> str:
    if step.rollback.kind is RollbackKind.NONE:
        return words.get("cli.rollback.none")
    if not figures.rollback:
        return words.get("cli.rollback.nothing")
    if not figures.possible:
        return words.get("cli.rollback.stuck")
    if not figures.fits:
        return words.get("cli.rollback.tight")
    time = words.duration(figures.contain + figures.restore)
    return time if brief else words.get("cli.rollback.stages", count=figures.rollback, time=time)


def _round(step: Step, words: Words, names: Mapping[str, Text]) -> str:
    assert step.round is not None  # the caller looked
    index, total, site = step.round.index, step.round.total, step.round.site
    if site and site in names:
        return words.get("cli.table.round_at", index=index, total=total, where=words.text(names[site]))
    return words.get("cli.table.round", index=index, total=total)


def _names(plan: Plan) -> Mapping[str, Text]:
    from drawdeploy import words

    return words.names(plan)


def notes(plan: Plan, lang: str, width: int | None = None) -> tuple[str, ...]:
    """The warnings of a plan, each as "Warning: what (step 1, 2)" and a line with what to do instead."""
    from drawdeploy.words import Words

    words, names = Words(lang), _names(plan)
    told = []
    for warning in plan.warnings:
        message = words.say(warning.message, names)
        if warning.field:
            message = f"{': '.join(part for part in (warning.place, warning.field) if part)}: {message}"
        text = words.get("cli.warning", message=message)
        if warning.steps:
            text += " " + words.get("cli.in_steps", steps=ranges(warning.steps), several=len(warning.steps) > 1)
        hint = words.say(warning.hint, names)
        lines = folded(text, width, "  ")
        if hint:
            lines += folded(f"  {words.get('cli.hint', hint=hint)}", width, "    ")
        told.append("\n".join(lines))
    return tuple(told)


def unseen(plan: Plan, given: Sequence[str], lang: str, width: int | None = None) -> tuple[str, ...]:
    """A warning of characters that pictures cannot show, if there are any in names and titles."""
    from drawdeploy.picture.fonts import missing
    from drawdeploy.words import Words

    words, names = Words(lang), _names(plan)
    said = [*given, plan.service.name, plan.service.old, plan.service.new, *map(words.text, names.values())]
    said += [words.text(plan.strategy.title), words.text(plan.environment.title)]
    said += [words.say(step.title, names) for step in plan.steps if step.key]
    lost = missing("".join(said))
    if not lost:
        return ()
    shown = ", ".join(f"{character} (U+{ord(character):04X})" for character in lost[:SHORT]) + " …" * (
        len(lost) > SHORT
    )
    message = words.get("cli.unseen", characters=shown)
    return ("\n".join(folded(words.get("cli.warning", message=message), width, "  ")),)


def ranges(numbers: Sequence[int]) -> str:
    """Numbers as people write them: ``1–3, 7``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def html_table(plan: Plan, ledger: Ledger, lang: str) -> str:
    """The table for a notebook; everything in it is escaped."""
    from html import escape

    from drawdeploy.words import Words

    words = Words(lang)
    lines = ["<table>"]
    for row in _rows(plan, ledger, words, True, Shape.FULL):
        tag = "th" if len(lines) == 1 else "td"
        inner = "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row.cells)
        if not row.cells:
            inner = f'<th colspan="{len(header(plan, words, Shape.FULL))}">{escape(row.heading)}</th>'
        lines.append(f"<tr>{inner}</tr>")
    return "\n".join([*lines, "</table>"])
