"""How the instances of a plan's pools are drawn: decided once, from the largest pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from drawdeploy.model import Phase, Plan, State
from drawdeploy.picture import captions, fonts
from drawdeploy.picture.moments import Moment, PoolView, states, view_pools
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.words import Words

TEXT = 14.0
"""The smallest text of a picture. A picture of 1100 × 630 then has 12 points on a slide of 13.3 × 7.5 inches."""
LINE = 18.0
"""Height of a line of it."""

TEST_PAD = 5.0
"""On either side of the word "test" in a small scene."""


def test_width(word: str) -> float:
    """The room for that word on the edge of a pool, between its title and its status."""
    return fonts.width(word, TEXT, bold=True) + 2 * TEST_PAD + 6


STACKED = (Phase.SERVING, Phase.STANDBY, Phase.READY)
"""What has a place of its own where a pool is drawn as stacks, if nothing else is ever in it."""
_ALL_STACKED = (Phase.SERVING, Phase.STARTING, Phase.READY, Phase.STANDBY, Phase.FAILED, Phase.STOPPING)
_MOST_STACKS = 4


class Grid(Value):
    """Sizes of a pool and of what is in it.

    Attributes:
        mode: ``cells`` (icon over name), ``slots`` (icon beside number), ``dots`` (icon only), ``stacks`` (a tile with
            a count for each phase and a bar), or ``bar`` (a bar only).
        columns: Of cells or tiles.
        rows: Of cells.
        gap: Between cells.
        width: Of the pool.
        height: Of the pool.
        head: Height of its header.
        pad: Between its frame and what is in it.
        bar: Height of the bar of stacks.
        phases: What has a stack of its own, in order.
    """

    mode: str
    columns: int
    rows: int
    cell_width: float
    cell_height: float
    gap: float
    width: float
    height: float
    head: float
    pad: float
    bar: float = 0.0
    phases: tuple[Phase, ...] = STACKED


def decide(plan: Plan, words: Sequence[Words], *, brief: bool) -> Grid:
    """Chooses how to draw the pools of a plan.

    Args:
        plan: The plan, of which every state counts.
        words: The languages whose texts must fit.
        brief: For a small scene, one of several in a picture.
    """
    peak = max(len(pool.instances) for pool in plan.begin.pools)
    several = len(plan.begin.pools) > 2
    grid = _small(peak, several) if brief else _large(plan, peak, several)
    header = _widest_header(plan, words, grid.mode, brief)
    inner = grid.columns * grid.cell_width + (grid.columns - 1) * grid.gap
    way = len(plan.environment.entry)
    limit = (194.0 if way > 2 else 214.0 if several or way > 1 else 260.0) if brief else 350.0
    width = min(max(inner, header, 140.0 if brief else 216.0) + 2 * grid.pad, max(limit, inner + 2 * grid.pad))
    cells = grid.rows * grid.cell_height + (grid.rows - 1) * grid.gap
    height = grid.head + cells + (grid.bar + grid.gap if grid.bar else 0) + grid.pad
    return Grid(
        grid.mode,
        grid.columns,
        grid.rows,
        grid.cell_width,
        grid.cell_height,
        grid.gap,
        width,
        height,
        grid.head,
        grid.pad,
        grid.bar,
        _stacked(plan) if grid.mode == "stacks" else STACKED,
    )


def _stacked(plan: Plan) -> tuple[Phase, ...]:
    """What is in a pool in any picture of the plan: a controller's pictures show Pods that start and stop, too."""
    pools = {id(pool): pool for state in states(plan) for pool in state.pools}  # most are the same in many states
    seen = {instance.phase for pool in pools.values() for instance in pool.instances}
    if not seen & {Phase.STARTING, Phase.FAILED, Phase.STOPPING}:
        return STACKED
    return tuple(phase for phase in _ALL_STACKED if phase in seen or phase is Phase.SERVING)[:_MOST_STACKS]


def _small(peak: int, several: bool) -> Grid:
    """For overviews and rollbacks. Two pools have room for two rows, four for one."""
    columns, most = 6, 6 if several else 12
    if peak > most:
        return Grid("bar", 1, 1, 150, 19, 0, 0, 0, 21, 6)
    columns = min(peak, columns)
    rows = -(-peak // columns)
    width = min(46.0, max(25.0, (170.0 - 4 * (columns - 1)) / columns))
    return Grid("dots", columns, rows, width, 24.0 if several or rows > 1 else 34.0, 4, 0, 0, 21, 6)


def _large(plan: Plan, peak: int, several: bool) -> Grid:
    """For steps. At most four columns, or six where four pools stand above one another and have one row each."""
    columns, most = (6, 6) if several else (4, 12)
    tight = len({pool.site for pool in plan.begin.pools}) > 1
    numbers = [instance.number for pool in plan.begin.pools for instance in pool.instances]
    if peak > most:
        if several:
            return Grid("stacks", 3, 1, 98, 31, 3, 0, 0, 20, 5, 4)
        # As high as a store with its label, so that test traffic passes below that.
        narrow = tight or len(plan.environment.entry) > 1
        return Grid("stacks", 3, 1, 100 if narrow else 120, 52, 8, 0, 0, 40, 10, 14)
    if tight and peak > 8:  # two sites stand above one another: two rows each, not three
        columns = 6
    columns = min(peak, columns)
    rows = -(-peak // columns)
    if peak <= 4 and not several:
        names = [instance_name(pool.role, i.number) for pool in plan.begin.pools for i in pool.instances]
        width = max(68.0, max(fonts.width(name, TEXT) for name in names) + 10)
        return Grid("cells", columns, rows, width, 92, 8, 0, 0, 40, 10)
    width = 32.0 + fonts.width(str(max(numbers)), TEXT)
    if several:
        return Grid("slots", columns, rows, width, 32, 4, 0, 0, 24, 7)
    return Grid("slots", columns, rows, width + (4 if columns < 6 else 0), 36, 8, 0, 0, 34, 10)


def _widest_header(plan: Plan, words: Sequence[Words], mode: str, brief: bool) -> float:
    """The widest that title and status of any pool become, in any state and language."""
    seen = [view_pools(Moment(state, state)) for state in _distinct(states(plan))]
    found = 0.0
    for language in words:
        for views in seen:
            for view in views.values():
                said = fonts.printable(captions.pool_title(plan, view, language))
                title = fonts.width(said, TEXT + (0 if brief else 2), bold=True)
                found = max(found, title + 10.1 + _beside_title(view, language, mode, brief))  # a tenth for rounding
    return found


def _beside_title(view: PoolView, words: Words, mode: str, brief: bool) -> float:
    """Room for a pool's status, and in a small scene for the word "test" between that and the title."""
    width = fonts.width(captions.pool_status(view, words, mode=mode, brief=brief), TEXT)
    return width + (test_width(words.get("picture.test")) if brief and view.tested else 0.0)


_KIND = attrgetter("phase", "revision")


def _distinct(every: Iterable[State]) -> list[State]:
    """States that read differently, so that long plans are not measured over and over."""
    found: dict[object, State] = {}
    for state in every:
        counts = tuple(frozenset(Counter(map(_KIND, pool.instances)).items()) for pool in state.pools)
        routes = tuple((route.target, route.kind, route.weight) for route in state.routes)
        found.setdefault((counts, routes), state)
    return list(found.values())


def instance_name(role: str, number: int) -> str:
    """``blue-1``: the same in every language, as it would be called on the machine."""
    return f"{role}-{number}"
