"""The ledger as one SVG: small charts below each other over the same steps.

Each chart has its own title, values stand beside the lines, and what differs in colour differs in its hatching, line or
words too. Colours and fonts come from the page's style sheet, by class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from html import escape

from drawdeploy.ledger import SiteFigures
from drawdeploy.report.view import Bar, Point
from drawdeploy.value import Value

WIDTH = 1000
LEFT = 64
RIGHT = 12
TITLE = 44
HEIGHT = 84
GAP = 20
AXIS = 34
LETTER = 8
"""Half a guess at the width of a digit at 14 px: it only decides which labels are left out."""


class Bands(Value):
    """The horizontal bands of the states, one each."""

    count: int

    @property
    def width(self) -> float:
        """Of one band."""
        return (WIDTH - LEFT - RIGHT) / self.count

    def left(self, index: int) -> float:
        """Where a band begins."""
        return LEFT + index * self.width


def number(value: float) -> str:
    """A coordinate, the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, said: str, kind: str, anchor: str = "start") -> str:
    """A label."""
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(said)}</text>'


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A bar."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{kind}" {place}/>'


def frame(bands: Bands, top: float, title: str, scale: Sequence[tuple[float, str]]) -> list[str]:
    """Title, ground line and the labelled heights of one chart; ``scale`` gives parts of its height from below."""
    parts = [text(LEFT, top + 18, title, "c-title")]
    base = top + TITLE + HEIGHT
    for part, label in scale:
        y = base - part * HEIGHT
        kind = "c-base" if part == 0 else "c-grid"
        parts.append(f'<path class="{kind}" d="M{LEFT} {number(y)}H{WIDTH - RIGHT}"/>')
        parts.append(text(LEFT - 8, y + 5, label, "c-scale", "end"))
    return parts


def changes(values: Sequence[Fraction], bands: Bands, width: Callable[[int], float]) -> list[int]:
    """Where a value is worth a label: where it changes, as far as there is place for it."""
    found: list[int] = []
    end = 0.0
    for index, value in enumerate(values):
        changed = index == 0 or value != values[index - 1]
        if changed and bands.left(index) >= end:
            found.append(index)
            end = bands.left(index) + width(index)
    return found


def steps(bands: Bands, top: float, values: Sequence[Fraction], labels: Sequence[str], title: str, kind: str) -> str:
    """A share of every state as a stepped line over an area."""
    highest = max(Fraction(1), *values)
    scale = [(0.0, "0 %"), (float(1 / highest), "100 %")]
    if highest > Fraction(5, 4):
        scale.append((1.0, f"{round(highest * 100)} %"))
    parts = frame(bands, top, title, scale)
    base = top + TITLE + HEIGHT
    heights = [base - float(value / highest) * HEIGHT for value in values]
    line = f"M{LEFT} {number(heights[0])}" + "".join(
        f"H{number(bands.left(i))}V{number(height)}" for i, height in enumerate(heights) if i
    )
    line += f"H{WIDTH - RIGHT}"
    parts.append(f'<path class="c-area {kind}" d="{line}V{number(base)}H{LEFT}Z"/>')
    parts.append(f'<path class="c-line {kind}" d="{line}"/>')
    for index in changes(values, bands, lambda i: len(labels[i]) * LETTER + 12):
        y = heights[index]
        # Above the line, and inside the area where there is no place above.
        y = y + 18 if y - top < TITLE + 14 and values[index] else y - 6
        parts.append(text(bands.left(index) + 6, y, labels[index], "c-value"))
    return "".join(parts)


def stack(bar: Bar) -> list[tuple[str, int]]:
    """The parts of a bar from below: class and number of instances."""
    return [("c-old", bar.old), ("c-new", bar.new), ("c-standby", bar.standby), ("c-other", bar.other)]


def bars(
    bands: Bands,
    top: float,
    sites: Sequence[SiteFigures],
    stacks: Sequence[Bar],
    title: str,
    note: str,
    hatch: str,
) -> str:
    """The instances at one site, by what they do, against what the site holds."""
    limit = sites[0].capacity
    highest = max(1, *(site.running for site in sites), limit or 0)
    base = top + TITLE + HEIGHT
    unit = HEIGHT / highest
    parts = frame(bands, top, title, [(0.0, "0")])
    width = min(bands.width * 0.62, 56)
    labelled = bands.width >= 2.4 * LETTER
    for index, (site, held) in enumerate(zip(sites, stacks, strict=True)):
        x = bands.left(index) + (bands.width - width) / 2
        y = base
        for kind, count in stack(held):
            if count:
                y -= count * unit
                fill = f' fill="url(#{hatch})"' if kind == "c-standby" else ""
                bar = rect(x, y, width, count * unit, kind)
                parts.append(bar.replace("/>", f"{fill}/>") if fill else bar)
        if site.overflow:
            parts.append(rect(x - 1.5, y, width + 3, site.overflow * unit, "c-over"))
        if labelled and site.running:
            kind = "c-value c-alarm" if site.overflow else "c-value"
            parts.append(text(x + width / 2, y - 5, str(site.running), kind, "middle"))
    if limit is not None:
        y = base - limit * unit
        parts.append(f'<path class="c-limit" d="M{LEFT} {number(y)}H{WIDTH - RIGHT}"/>')
        parts.append(text(LEFT - 8, y + 5, str(limit), "c-scale c-alarm", "end"))
    if note:
        parts.append(text(WIDTH - RIGHT, top + 18, note, "c-scale", "end"))
    return "".join(parts)


def axis(bands: Bands, y: float, labels: Sequence[str], said: str) -> str:
    """The states' labels below all charts, as many as there is place for."""
    every = 1
    while every * bands.width < max(len(label) for label in labels[1:] or labels) * LETTER + 8:
        every += 1
    parts = [text(LEFT - 8, y, said, "c-scale", "end")] if len(said) * LETTER < LEFT else []
    end = 0.0
    for index, label in enumerate(labels):
        x = bands.left(index) + bands.width / 2
        # A long word ("Start") may be wider than its band: it begins at the band's edge, and its neighbour gives way.
        if index == 0 and len(label) * LETTER > bands.width:
            parts.append(text(bands.left(0), y, label, "c-scale"))
            end = bands.left(0) + len(label) * LETTER + 8
        elif (index == 0 or index % every == 0) and x - len(label) * LETTER / 2 >= end:
            parts.append(text(x, y, label, "c-scale", "middle"))
    return "".join(parts)


def ledger(
    points: Sequence[Point],
    sites: Sequence[tuple[str, str]],
    clouds: frozenset[str],
    say: Callable[..., str],
    *,
    new: str,
    prefix: str,
) -> str:
    """Draws the figures of all states.

    Args:
        points: The states, the first one before the first step.
        sites: Ids and titles of the sites.
        clouds: Ids of those that are clouds: what has no limit there is elastic, and elsewhere only not known.
        say: Gives the texts of ``report.chart``.
        new: Name of the new revision.
        prefix: Put before every id, which must be unique in a page.

    Returns:
        An ``<svg>`` of 1000 px width, for inside an HTML page that has the style sheet.
    """
    bands = Bands(len(points))
    hatch = f"{prefix}-hatch"
    shares = ([p.share for p in points], [p.exposure for p in points], say("share", new=new), "c-new")
    levels = ([p.level for p in points], [p.capacity for p in points], say("level"), "c-all")

    def note(index: int, site: str) -> str:
        capacity = points[0].sites[index].capacity
        if capacity is None:
            return say("elastic") if site in clouds else ""
        return say("capacity", n=capacity)

    drawn = [partial(steps, bands, values=v, labels=w, title=t, kind=k) for v, w, t, k in (shares, levels)]
    drawn += [
        partial(
            bars,
            bands,
            sites=[p.sites[i] for p in points],
            stacks=[p.bars[i] for p in points],
            title=say("site", site=title),
            note=note(i, site),
            hatch=hatch,
        )
        for i, (site, title) in enumerate(sites)
    ]
    parts: list[str] = []
    top = 0.0
    for draw in drawn:
        parts.append(draw(top=top))
        top += TITLE + HEIGHT + GAP
    parts.append(axis(bands, top + 4, [point.label for point in points], say("steps")))
    height = number(top + AXIS - 16)
    lines = (
        f'<defs><pattern id="{hatch}" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="c-hatch-ground" width="7" height="7"/>'
        '<path class="c-hatch-line" d="M0 0V7"/></pattern></defs>'
    )
    name = escape(say("name", new=new), quote=True)
    head = f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}">'
    return f"{head}{lines}{''.join(parts)}</svg>"


def swatch(kind: str, prefix: str) -> str:
    """A small sample of a bar, for the legend."""
    fill = f' fill="url(#{prefix}-hatch)"' if kind == "c-standby" else ""
    return (
        '<svg class="swatch" viewBox="0 0 22 16" aria-hidden="true">'
        f'<rect class="{kind}" x="1.5" y="1.5" width="19" height="13"{fill}/></svg>'
    )
