"""A comparison as a table for a terminal, and its recommendation in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawdeploy.api.table import Row, align, columns, folded

if TYPE_CHECKING:
    from drawdeploy.report.comparison import Sheet

MARK = "*"


def table(sheet: Sheet, width: int | None = None) -> str:
    """The table and what follows from it.

    Args:
        sheet: What to tell.
        width: Columns of the terminal; ``None`` for as many as it takes.
    """
    from drawdeploy.words import Words

    words = Words(sheet.lang)

    def get(key: str) -> str:
        return words.get(f"compare.{key}").replace("\u00a0", " ")

    lines = _turned(sheet) if width and _width(_straight(sheet)) > width else _straight(sheet)
    told = [*lines, "", f"{MARK} {get('best_mark')}", "", sheet.verdict, *(f"  • {text}" for text in sheet.reasons)]
    for key, texts in (("others", sheet.others), ("against", sheet.against)):
        if texts:
            told += ["", f"{get(f'heading.{key}')}:", *(f"  • {text}" for text in texts)]
    if sheet.people:
        told += ["", sheet.people]
    head, tail = told[: len(lines)], told[len(lines) :]
    return "\n".join([*head, *(line for text in tail for line in _folded(text, width))])


def _folded(text: str, width: int | None) -> list[str]:
    return folded(text, width, "    " if text.startswith("  • ") else "")


def _straight(sheet: Sheet) -> list[str]:
    """A column a way."""
    rows = [Row(("", *(way.target for way in sheet.ways)))]
    for row in sheet.rows:
        cells = (f"{cell.text} {MARK}" if cell.best else cell.text for cell in row.cells)
        rows.append(Row((row.label, *cells)))
    return align(rows, frozenset())


def _turned(sheet: Sheet) -> list[str]:
    """A block a way, for a terminal that is too narrow for columns."""
    rows = []
    for index, way in enumerate(sheet.ways):
        rows.append(Row(heading=("\n" if index else "") + way.target))
        for row in sheet.rows:
            cell = row.cells[index]
            rows.append(Row((f"  {row.label}", f"{cell.text} {MARK}" if cell.best else cell.text)))
    return align(rows, frozenset())


def _width(lines: list[str]) -> int:
    return max(map(columns, lines))
