"""Draws a pool: its frame and header, and its instances as cells or as stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawdeploy.model import Instance, Phase, Plan
from drawdeploy.picture import captions
from drawdeploy.picture.canvas import Canvas, elbow, measure
from drawdeploy.picture.grid import TEST_PAD, TEXT, Grid, instance_name, test_width
from drawdeploy.picture.layout import Box
from drawdeploy.picture.moments import Change, PoolView
from drawdeploy.picture.theme import Shade

if TYPE_CHECKING:
    from drawdeploy.words import Words

BARRED = (Phase.SERVING, Phase.STANDBY, Phase.READY, Phase.STARTING, Phase.FAILED, Phase.STOPPING)
"""What a bar shows, from the left."""
RADIUS = 10.0


def draw(
    canvas: Canvas,
    plan: Plan,
    box: Box,
    grid: Grid,
    view: PoolView,
    words: Words,
    over: frozenset[int],
    used: set[str],
    *,
    brief: bool,
) -> None:
    """Draws a pool as it is in one moment.

    ``over`` holds the numbers of the instances that do not fit the site; ``used`` takes up what a legend explains.
    """
    pool = view.pool
    shade = canvas.theme.revisions[view.look]
    icon = next(site.compute for site in plan.environment.sites if site.id == pool.site)
    with canvas.group(f"pool:{pool.id}"):
        _frame(canvas, box, shade, view)
        _header(canvas, plan, box, grid, view, words, shade, used, brief=brief)
        if view.empty:
            _nothing(canvas, box, grid, view, words, used)
        elif grid.mode == "stacks":
            _stacks(canvas, box, grid, view, words, icon, shade, used)
        elif grid.mode == "bar":
            used.update(str(phase) for phase in BARRED if view.counts[phase])
            inside = _inside(box, grid)
            _bar(canvas, Box(inside.x, inside.y + 3, inside.width, inside.height - 4), view, shade)
        else:
            _cells(canvas, box, grid, view, words, icon, shade, over, used, halo=not _whole(view, grid) and not brief)
        if view.tag and not brief:
            theme = canvas.theme
            used.add("changed")
            text = words.get(f"picture.tag.{view.tag}")
            if view.part and view.tag is not Change.CHANGED:
                text = words.get("picture.tag.some", n=view.part, tag=text)
            canvas.pill(box.cx, box.y - 7, text, fill=theme.tag, ink=theme.on_tag)


def halo(canvas: Canvas, box: Box, grid: Grid, view: PoolView, used: set[str], *, brief: bool) -> None:
    """Marks a pool that changed as a whole; drawn before the routes, whose arrows end on it."""
    if view.changes and (brief or _whole(view, grid)):
        used.add("changed")
        grown, width = (3.0, 3.5) if brief else (4.5, 5.0)
        with canvas.group(f"halo:{view.pool.id}"):
            canvas.rect(box.grown(grown), line=canvas.theme.halo, width=width, radius=RADIUS + grown)


def _whole(view: PoolView, grid: Grid) -> bool:
    """Whether all that is there changed; otherwise its cells are marked one by one."""
    there = sum(i.phase.running or i.number in view.changes for i in view.pool.instances)
    return bool(view.changes) and (grid.mode in {"stacks", "bar"} or len(view.changes) >= there)


def _frame(canvas: Canvas, box: Box, shade: Shade, view: PoolView) -> None:
    if view.pool.running:
        canvas.rect(box, fill=shade.tint, line=shade.line, width=2.2 if view.pool.serving else 1.2, radius=RADIUS)
    else:
        canvas.rect(box, fill=canvas.theme.card, line=canvas.theme.edge, width=1.2, radius=RADIUS, dash="5 4")


def _header(
    canvas: Canvas,
    plan: Plan,
    box: Box,
    grid: Grid,
    view: PoolView,
    words: Words,
    shade: Shade,
    used: set[str],
    *,
    brief: bool,
) -> None:
    """Title and status; between them, where those who test are not drawn, the word for test traffic."""
    status = captions.pool_status(view, words, mode=grid.mode, brief=brief)
    inner = box.width - 2 * grid.pad
    size = TEXT if brief else TEXT + 2
    baseline = box.y + (16 if grid.head < 23 else 18 if grid.head < 30 else 22)
    title = captions.pool_title(plan, view, words)
    left, right = box.x + grid.pad, box.right - grid.pad
    word = words.get("picture.test") if brief and view.tested else ""
    room = test_width(word) if word else 0.0
    if brief:
        status = _shortened(status, inner - measure(title, size=size, bold=True) - room - 11)
    if status:
        right -= canvas.text(right, baseline, status, anchor="end", max_width=inner * 0.72) + 10
    left += canvas.text(left, baseline, title, size=size, fill=shade.text, bold=True, max_width=right - left - room)
    if word:
        used.add("test")
        with canvas.group(f"test:{view.pool.id}"):
            theme = canvas.theme
            x = (left + right + 10) / 2 if status else left + room / 2
            canvas.pill(x, box.y + 1, word, fill=theme.violet, ink=theme.on_violet, pad=TEST_PAD)


def _shortened(status: str, room: float) -> str:
    """A status that leaves the title its room: the share stays longest, and cells tell of phases by themselves."""
    parts = status.split(" · ")
    while len(parts) > 1 and measure(" · ".join(parts)) > room:
        parts.pop(0 if parts[-1].endswith("%") else -1)
    return " · ".join(parts)


def _inside(box: Box, grid: Grid) -> Box:
    """The part of a pool below its header."""
    return Box(box.x + grid.pad, box.y + grid.head, box.width - 2 * grid.pad, box.height - grid.head - grid.pad)


def _nothing(canvas: Canvas, box: Box, grid: Grid, view: PoolView, words: Words, used: set[str]) -> None:
    """An empty frame with "0 / 12", not twelve ghosts; what has been here before says so."""
    inside = _inside(box, grid)
    if view.counts[Phase.REMOVED]:
        text = words.get("picture.phase.removed")
    else:
        text = f"0 / {len(view.pool.instances)}"
        used.add("planned")
        canvas.rect(inside, line=canvas.theme.faint, width=1.2, radius=7, dash="4 4")
    canvas.text(inside.cx, inside.cy + 5, text, fill=canvas.theme.soft, anchor="middle", max_width=inside.width - 8)


def _cells(
    canvas: Canvas,
    box: Box,
    grid: Grid,
    view: PoolView,
    words: Words,
    icon: str,
    shade: Shade,
    over: frozenset[int],
    used: set[str],
    *,
    halo: bool,
) -> None:
    inside = _inside(box, grid)
    wide = grid.columns * grid.cell_width + (grid.columns - 1) * grid.gap
    left = inside.x + (inside.width - wide) / 2 if grid.mode == "cells" else inside.x
    for index, instance in enumerate(view.pool.instances):
        row, column = divmod(index, grid.columns)
        cell = Box(
            left + column * (grid.cell_width + grid.gap),
            inside.y + row * (grid.cell_height + grid.gap),
            grid.cell_width,
            grid.cell_height,
        )
        change = view.changes.get(instance.number)
        if change and halo:
            used.add("changed")
            canvas.rect(cell.grown(2.5), line=canvas.theme.halo, width=4, radius=9)
        _cell(canvas, cell, grid, instance, view, change, icon, words, used, over=instance.number in over)


def _cell(
    canvas: Canvas,
    cell: Box,
    grid: Grid,
    instance: Instance,
    view: PoolView,
    change: Change | None,
    icon: str,
    words: Words,
    used: set[str],
    *,
    over: bool,
) -> None:
    theme, phase, shade = canvas.theme, instance.phase, canvas.theme.revisions[instance.revision]
    gone = change is Change.GONE
    if phase is Phase.REMOVED and not gone:
        return  # its place stays empty
    if not phase.running and not gone:
        used.add("planned")
        canvas.rect(cell, line=theme.edge, width=1, radius=7, dash="3 4")
        return
    look = "removed" if gone else str(phase)
    used.add(look)
    dim = {"removed": 0.3, "standby": 0.5, "stopping": 0.5}.get(look, 1.0)
    with canvas.group(f"instance:{view.pool.id}:{instance.number}"):
        _plate(canvas, cell, look, shade, bare=grid.mode == "dots")
        if over:
            used.add("over")
            _over(canvas, cell)
        name = instance_name(view.pool.role, instance.number)
        if grid.mode == "cells":
            canvas.icon(icon, Box(cell.cx - 21, cell.y + 19, 42, 42), opacity=dim, chip=not gone)
            ink = theme.soft if dim < 1 else theme.ink
            canvas.text(
                cell.cx, cell.bottom - 10, name, anchor="middle", fill=ink, strike=gone, max_width=cell.width - 4
            )
            _badge(canvas, cell, look, shade, words)
        elif grid.mode == "slots":
            canvas.icon(icon, Box(cell.x + 4, cell.cy - 10, 20, 20), opacity=dim, chip=not gone)
            ink = theme.soft if dim < 1 else theme.ink
            canvas.text(cell.x + 28, cell.cy + 5, str(instance.number), fill=ink, strike=gone)
        else:
            side = min(cell.height, cell.width) - 8
            canvas.icon(icon, Box(cell.cx - side / 2, cell.cy - side / 2, side, side), opacity=dim, chip=False)
        if look == "standby" and grid.mode != "cells":
            _pause(canvas, cell.x + 4 if grid.mode == "slots" else cell.right - 5, cell.y + 5)
        if gone or look == "failed":
            line = theme.red if look == "failed" else theme.edge
            inner = cell.grown(-5)
            canvas.path(elbow([(inner.x, inner.bottom), (inner.right, inner.y)]), line=line, width=1.6)
            if look == "failed":  # a cross; what is gone is struck through once
                canvas.path(elbow([(inner.x, inner.y), (inner.right, inner.bottom)]), line=line, width=1.6)


def _plate(canvas: Canvas, cell: Box, look: str, shade: Shade, *, bare: bool = False) -> None:
    """The plate that an instance stands on: its outline tells its phase. ``bare``: an icon and nothing else."""
    theme = canvas.theme
    fill = "none" if look == "removed" else theme.card
    line, width, dash = {
        "serving": (shade.line, 2.2, ""),
        "ready": (shade.line, 1.0, ""),
        "standby": (theme.edge, 1.2, ""),
        "starting": (theme.tag, 1.6, "5 3"),
        "stopping": (theme.edge, 1.4, "5 3"),
        "failed": (theme.red, 2.4, ""),
    }.get(look, (theme.edge, 1.2, "4 4"))
    if theme.chip and bare and fill != "none":
        fill = theme.chip
    canvas.rect(cell, fill=fill, line=line, width=width, radius=7, dash=dash)
    if look == "standby":
        canvas.hatch(cell, radius=7)


def _badge(canvas: Canvas, cell: Box, look: str, shade: Shade, words: Words) -> None:
    """The word for a phase, on the upper edge of its cell; serving is what needs none."""
    theme = canvas.theme
    if look in {"serving", "removed"}:
        return
    text = words.get(f"picture.phase.{look}")
    if look == "ready":
        canvas.pill(cell.cx, cell.y + 2, text, fill=theme.card, ink=shade.text, line=shade.line, bold=False, pad=6)
    else:
        fill, ink = {"failed": (theme.red, theme.on_red), "starting": (theme.tag, theme.on_tag)}.get(
            look, (theme.badge, theme.on_badge)
        )
        canvas.pill(cell.cx, cell.y + 2, text, fill=fill, ink=ink, bold=False, pad=6)


def _pause(canvas: Canvas, x: float, y: float) -> None:
    """Two bars in the corner: waiting, where there is no room for the word."""
    canvas.circle((x, y), 7, fill=canvas.theme.badge)
    for offset in (-2.2, 0.6):
        canvas.rect(Box(x + offset, y - 3, 1.7, 6), fill=canvas.theme.on_badge)


def _over(canvas: Canvas, cell: Box) -> None:
    """Marks an instance that does not fit."""
    theme, x, y = canvas.theme, cell.right + 1, cell.bottom + 1
    canvas.rect(cell, line=theme.red, width=2, radius=7, dash="6 3")
    canvas.circle((x, y), 8, fill=theme.red)
    canvas.rect(Box(x - 1, y - 5, 2, 6), fill=theme.on_red)
    canvas.rect(Box(x - 1, y + 2.5, 2, 2), fill=theme.on_red)


def _stacks(
    canvas: Canvas, box: Box, grid: Grid, view: PoolView, words: Words, icon: str, shade: Shade, used: set[str]
) -> None:
    """A tile for each phase at its fixed place, and all of them in proportion."""
    inside = _inside(box, grid)
    width = (inside.width - (len(grid.phases) - 1) * grid.gap) / len(grid.phases)
    for index, phase in enumerate(grid.phases):
        tile = Box(inside.x + index * (width + grid.gap), inside.y, width, grid.cell_height)
        if view.counts[phase]:
            used.add(str(phase))
            if grid.cell_height > 40:  # one more behind it: this is a stack
                back = Box(tile.x + 4, tile.y - 3, tile.width - 8, 8)
                canvas.rect(back, fill=canvas.theme.card, line=canvas.theme.edge, radius=4)
            _plate(canvas, tile, str(phase), shade)
        else:
            canvas.rect(tile, line=canvas.theme.faint, width=1, radius=7, dash="3 4")
        _tile(canvas, tile, view, phase, words, icon, shade)
    _bar(canvas, Box(inside.x, inside.bottom - grid.bar, inside.width, grid.bar), view, shade)


def _tile(canvas: Canvas, tile: Box, view: PoolView, phase: Phase, words: Words, icon: str, shade: Shade) -> None:
    """A count, by how much it changed, and what it counts."""
    theme, count, delta = canvas.theme, view.counts[phase], view.deltas.get(phase, 0)
    ink = theme.ink if count else theme.soft
    upper, lower = (tile.y + 20, tile.y + 40) if tile.height > 40 else (tile.y + 13, tile.y + 27.5)
    left = tile.x + 7
    side = 16.0
    taken = canvas.text(left, upper, str(count), size=16 if tile.height > 40 else TEXT, bold=True, fill=ink)
    if delta:
        sign = f"+{delta}" if delta > 0 else f"−{-delta}"
        canvas.text(left + taken + 5, upper, sign, fill=theme.red_text if delta < 0 else shade.text, bold=True)
    if tile.width > 90:  # else there is room for the word alone
        canvas.icon(icon, Box(left, lower - 13, side, side), opacity=1 if count else 0.4, chip=False)
        left += side + 6
    word = words.get(f"picture.phase.{phase}")
    canvas.text(left, lower, word, fill=ink, max_width=tile.right - left - 2)


def _bar(canvas: Canvas, bar: Box, view: PoolView, shade: Shade) -> None:
    """All slots of a pool in proportion: solid serving, hatched standby, outlined as on their tiles, the rest empty."""
    total, x = len(view.pool.instances), bar.x
    canvas.rect(bar, fill=canvas.theme.card, line=canvas.theme.edge, width=1, radius=3)
    for phase in BARRED:
        if not view.counts[phase]:
            continue
        part = Box(x, bar.y, bar.width * view.counts[phase] / total, bar.height)
        if phase is Phase.SERVING:
            canvas.rect(part, fill=shade.line, radius=3)
        elif phase is Phase.STANDBY:
            canvas.rect(part, fill=canvas.theme.faint, line=canvas.theme.edge, radius=3)
            canvas.hatch(part, radius=3)
        elif phase is Phase.READY:
            canvas.rect(part, fill=shade.tint, line=shade.line, width=1.4, radius=3)
        else:
            edge = {Phase.STARTING: canvas.theme.tag, Phase.FAILED: canvas.theme.red}.get(phase, canvas.theme.edge)
            dash = "" if phase is Phase.FAILED else "4 3"
            canvas.rect(part, fill="none", line=edge, width=1.4, radius=3, dash=dash)
        x = part.right
