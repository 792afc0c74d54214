"""Draws a pool: its frame and header, and its instances as cells or as stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawdeploy.model import Instance, Phase, Plan
from drawdeploy.picture import captions
from drawdeploy.picture.canvas import Canvas, elbow
from drawdeploy.picture.layout import Box
from drawdeploy.picture.moments import Change, PoolView
from drawdeploy.picture.scene import TEXT, Grid, instance_name
from drawdeploy.picture.theme import Shade

if TYPE_CHECKING:
    from drawdeploy.words import Words

STACKED = (Phase.SERVING, Phase.STANDBY, Phase.READY)
"""What has a place of its own where a pool is drawn as stacks."""
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

    Args:
        over: Numbers of the instances that do not fit the site.
        used: Takes up what a legend has to explain.
    """
    pool = view.pool
    shade = canvas.theme.revisions[pool.revision]
    icon = next(site.compute for site in plan.environment.sites if site.id == pool.site)
    with canvas.group(f"pool:{pool.id}"):
        whole = bool(view.changes) and (
            len(view.changes) >= sum(i.phase.running or i.number in view.changes for i in pool.instances)
            or grid.mode == "stacks"
        )
        if whole and not brief:
            used.add("changed")
            canvas.rect(box.grown(4.5), line=canvas.theme.halo, width=5, radius=RADIUS + 4)
        _frame(canvas, box, shade, view)
        _header(canvas, plan, box, grid, view, words, shade, brief=brief)
        if view.empty:
            _nothing(canvas, box, grid, view, used)
        elif grid.mode == "stacks":
            _stacks(canvas, box, grid, view, words, icon, shade, used, brief=brief)
        else:
            _cells(canvas, box, grid, view, words, icon, shade, over, used, halo=not whole and not brief)
        if view.tag and not brief:
            theme = canvas.theme
            used.add("changed")
            canvas.pill(box.cx, box.y - 5, words.get(f"picture.tag.{view.tag}"), fill=theme.tag, ink=theme.on_tag)


def _frame(canvas: Canvas, box: Box, shade: Shade, view: PoolView) -> None:
    if view.pool.running:
        canvas.rect(box, fill=shade.tint, line=shade.line, width=2.2 if view.pool.serving else 1.2, radius=RADIUS)
    else:
        canvas.rect(box, fill=canvas.theme.card, line=canvas.theme.edge, width=1.2, radius=RADIUS, dash="5 4")


def _header(
    canvas: Canvas, plan: Plan, box: Box, grid: Grid, view: PoolView, words: Words, shade: Shade, *, brief: bool
) -> None:
    status = captions.pool_status(view, words, stacks=grid.mode == "stacks", brief=brief)
    inner = box.width - 2 * grid.pad
    size = TEXT if brief else TEXT + 2
    baseline = box.y + (17 if grid.head < 30 else 22)
    title = captions.pool_title(plan, view.pool, words)
    taken = 0.0
    if status:
        taken = canvas.text(box.right - grid.pad, baseline, status, anchor="end", max_width=inner * 0.72) + 10
    canvas.text(box.x + grid.pad, baseline, title, size=size, fill=shade.text, bold=True, max_width=inner - taken)


def _inside(box: Box, grid: Grid) -> Box:
    """The part of a pool below its header."""
    return Box(box.x + grid.pad, box.y + grid.head, box.width - 2 * grid.pad, box.height - grid.head - grid.pad)


def _nothing(canvas: Canvas, box: Box, grid: Grid, view: PoolView, used: set[str]) -> None:
    """An empty frame with "0 / 12", not twelve ghosts."""
    used.add("planned")
    inside = _inside(box, grid)
    canvas.rect(inside, line=canvas.theme.faint, width=1.2, radius=7, dash="4 4")
    canvas.text(inside.cx, inside.cy + 5, f"0 / {len(view.pool.instances)}", fill=canvas.theme.soft, anchor="middle")


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
        _cell(canvas, cell, grid, instance, view, change, icon, shade, words, used)
        if instance.number in over:
            used.add("over")
            _over(canvas, cell)


def _cell(
    canvas: Canvas,
    cell: Box,
    grid: Grid,
    instance: Instance,
    view: PoolView,
    change: Change | None,
    icon: str,
    shade: Shade,
    words: Words,
    used: set[str],
) -> None:
    theme, phase = canvas.theme, instance.phase
    gone = change is Change.GONE
    if not phase.running and not gone:
        used.add("planned")
        canvas.rect(cell, line=theme.edge, width=1, radius=7, dash="3 4")
        return
    look = "removed" if gone else str(phase)
    used.add(look)
    dim = {"removed": 0.3, "standby": 0.5, "stopping": 0.5}.get(look, 1.0)
    with canvas.group(f"instance:{view.pool.id}:{instance.number}"):
        _plate(canvas, cell, look, shade)
        name = instance_name(view.pool.role, instance.number)
        if grid.mode == "cells":
            canvas.icon(icon, Box(cell.cx - 21, cell.y + 19, 42, 42), opacity=dim, chip=not gone)
            ink = theme.soft if dim < 1 else theme.ink
            canvas.text(
                cell.cx, cell.bottom - 10, name, anchor="middle", fill=ink, strike=gone, max_width=cell.width - 4
            )
            _badge(canvas, cell, look, shade, words)
        elif grid.mode == "slots":
            canvas.icon(icon, Box(cell.x + 6, cell.cy - 11, 22, 22), opacity=dim, chip=not gone)
            ink = theme.soft if dim < 1 else theme.ink
            canvas.text(cell.x + 33, cell.cy + 5, str(instance.number), fill=ink, strike=gone)
        else:
            canvas.icon(icon, Box(cell.cx - 9, cell.cy - 9, 18, 18), opacity=dim, chip=False)
        if look == "standby" and grid.mode != "cells":
            _pause(canvas, cell)
        if gone or look == "failed":
            line = theme.red if look == "failed" else theme.edge
            inner = cell.grown(-5)
            canvas.path(elbow([(inner.x, inner.bottom), (inner.right, inner.y)]), line=line, width=1.6)


def _plate(canvas: Canvas, cell: Box, look: str, shade: Shade) -> None:
    """The plate that an instance stands on: its outline tells its phase."""
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
    if theme.chip and fill != "none" and look in {"serving", "ready"} and cell.height < 30:
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
        canvas.pill(cell.cx, cell.y + 1, text, fill=theme.card, ink=shade.text, line=shade.line, bold=False, pad=6)
    else:
        fill, ink = {"failed": (theme.red, theme.on_red), "starting": (theme.tag, theme.on_tag)}.get(
            look, (theme.badge, theme.on_badge)
        )
        canvas.pill(cell.cx, cell.y + 1, text, fill=fill, ink=ink, bold=False, pad=6)


def _pause(canvas: Canvas, cell: Box) -> None:
    """Two bars in the corner: waiting, where there is no room for the word."""
    x, y = cell.right - 5, cell.y + 5
    canvas.circle((x, y), 7, fill=canvas.theme.badge)
    for offset in (-2.2, 0.6):
        canvas.rect(Box(x + offset, y - 3, 1.7, 6), fill=canvas.theme.on_badge)


def _over(canvas: Canvas, cell: Box) -> None:
    """Marks an instance that does not fit."""
    theme, x, y = canvas.theme, cell.right - 4, cell.bottom - 4
    canvas.rect(cell, line=theme.red, width=2, radius=7, dash="6 3")
    canvas.circle((x, y), 8, fill=theme.red)
    canvas.rect(Box(x - 1, y - 5, 2, 6), fill=theme.on_red)
    canvas.rect(Box(x - 1, y + 2.5, 2, 2), fill=theme.on_red)


def _stacks(
    canvas: Canvas,
    box: Box,
    grid: Grid,
    view: PoolView,
    words: Words,
    icon: str,
    shade: Shade,
    used: set[str],
    *,
    brief: bool,
) -> None:
    theme, inside = canvas.theme, _inside(box, grid)
    width = (inside.width - 2 * grid.gap) / 3
    for index, phase in enumerate(STACKED):
        tile = Box(inside.x + index * (width + grid.gap), inside.y, width, grid.cell_height)
        count, delta = view.counts[phase], view.deltas.get(phase, 0)
        ink = theme.ink if count else theme.soft
        if count:
            used.add(str(phase))
            if not brief:
                canvas.rect(Box(tile.x + 4, tile.y - 3, tile.width - 8, 8), fill=theme.card, line=theme.edge, radius=4)
            _plate(canvas, tile, str(phase), shade)
        else:
            canvas.rect(tile, line=theme.faint, width=1, radius=7, dash="3 4")
        left = tile.x + 7
        if not brief:
            canvas.icon(icon, Box(left, tile.cy - 13, 26, 26), opacity=1 if phase is Phase.SERVING and count else 0.4)
            left += 33
        taken = canvas.text(left, tile.y + 20, str(count), size=17, bold=True, fill=ink)
        if delta and not brief:
            sign = f"+{delta}" if delta > 0 else f"−{-delta}"
            canvas.text(
                left + taken + 5, tile.y + 20, sign, fill=theme.red_text if delta < 0 else shade.text, bold=True
            )
        word = words.get(f"picture.phase.{phase}")
        canvas.text(left, tile.y + 36 if brief else tile.y + 39, word, fill=ink, max_width=tile.right - left - 2)
    _bar(canvas, Box(inside.x, inside.bottom - 8, inside.width, 8), view, shade)


def _bar(canvas: Canvas, bar: Box, view: PoolView, shade: Shade) -> None:
    """All slots of a pool in proportion: solid serving, hatched standby, outlined ready, the rest empty."""
    total, x = len(view.pool.instances), bar.x
    canvas.rect(bar, fill=canvas.theme.card, line=canvas.theme.edge, width=1, radius=3)
    for phase in STACKED:
        if not view.counts[phase]:
            continue
        part = Box(x, bar.y, bar.width * view.counts[phase] / total, bar.height)
        if phase is Phase.SERVING:
            canvas.rect(part, fill=shade.line, radius=3)
        elif phase is Phase.STANDBY:
            canvas.rect(part, fill=canvas.theme.faint, line=canvas.theme.edge, radius=3)
            canvas.hatch(part, radius=3)
        else:
            canvas.rect(part, fill=shade.tint, line=shade.line, width=1.4, radius=3)
        x = part.right
