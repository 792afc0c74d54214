"""The course of one way over time, as a small SVG: who is on the new revision, and how much serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from html import escape

from drawdeploy.report.charts import number, text
from drawdeploy.report.comparison import Moment

WIDTH = 460
LEFT = 52
RIGHT = 10
TOP = 14
HEIGHT = 96
AXIS = 26
GOOD_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480, 1440)
"""Minutes between marks of the time axis."""


def course(moments: Sequence[Moment], seconds: int, scale: int, name: str, axis: str, prefix: str) -> str:
    """Draws one way.

    Args:
        moments: Its figures where they change.
        seconds: How long it takes.
        scale: The longest time of all ways: the width of the chart.
        name: What it shows, in words.
        axis: What stands below.
        prefix: Put before its pattern's id, which must be unique in a page.
    """
    scale = max(scale, 1)
    highest = max(Fraction(1), *(moment.serving for moment in moments))
    base = TOP + HEIGHT

    def x(second: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * second / scale

    def y(part: Fraction) -> float:
        return base - float(part / highest) * HEIGHT

    parts = []
    for part in (Fraction(0), Fraction(1)):
        kind = "c-base" if not part else "c-grid"
        parts.append(f'<path class="{kind}" d="M{LEFT} {number(y(part))}H{WIDTH - RIGHT}"/>')
        parts.append(text(LEFT - 6, y(part) + 5, f"{round(part * 100)} %", "c-scale", "end"))
    exposed = _line(moments, seconds, x, y, lambda moment: moment.exposure)
    parts.append(f'<path class="c-area c-new" d="{exposed}V{number(base)}H{LEFT}Z"/>')
    if any(moment.lost for moment in moments):
        lost = _line(moments, seconds, x, y, lambda moment: moment.lost)
        hatch = f'fill="url(#{prefix}-lost)"'
        parts.append(f'<path class="c-lost" {hatch} d="{lost}V{number(base)}H{LEFT}Z"/>')
    parts.append(f'<path class="c-line c-all" d="{_line(moments, seconds, x, y, lambda moment: moment.serving)}"/>')
    parts.append(f'<path class="c-line c-new" d="{exposed}"/>')
    parts.append(f'<path class="c-end" d="M{number(x(seconds))} {TOP}V{number(base)}"/>')
    parts += _axis(x, base, scale)
    parts.append(text(WIDTH - RIGHT, base + AXIS + 12, axis, "c-scale", "end"))
    defs = (
        f'<defs><pattern id="{prefix}-lost" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="c-lost-line" d="M0 0V6"/></pattern></defs>'
    )
    head = (
        f'<svg class="chart course" viewBox="0 0 {WIDTH} {base + AXIS + 20}" role="img" '
        f'aria-label="{escape(name, quote=True)}">'
    )
    return f"{head}{defs}{''.join(parts)}</svg>"


def _line(
    moments: Sequence[Moment],
    seconds: int,
    x: Callable[[int], float],
    y: Callable[[Fraction], float],
    value: Callable[[Moment], Fraction],
) -> str:
    """A stepped line from the beginning to the end."""
    line = f"M{number(x(0))} {number(y(value(moments[0])))}"
    for moment in moments[1:]:
        line += f"H{number(x(moment.second))}V{number(y(value(moment)))}"
    return f"{line}H{number(x(seconds))}"


def _axis(x: Callable[[int], float], base: float, scale: int) -> list[str]:
    minutes = scale / 60
    every = next((step for step in GOOD_STEPS if minutes / step <= 6), GOOD_STEPS[-1] * (1 + int(minutes / 8640)))
    parts = []
    mark = 0
    while mark <= minutes:
        place = x(mark * 60)
        parts.append(f'<path class="c-base" d="M{number(place)} {number(base)}v4"/>')
        parts.append(text(place, base + 19, str(mark), "c-scale", "middle"))
        mark += every
    return parts
