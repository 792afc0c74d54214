"""What stands in the pictures of a plan, and how much room each thing needs. Nothing is placed yet.

A thing gets the room of its widest text in every state and every language, so that nothing moves between steps, nor
between languages. All lengths are in pixels of the picture's own coordinates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from drawdeploy.model import Node, NodeKind, Plan, RouteKind, State
from drawdeploy.picture import captions, fonts
from drawdeploy.picture.moments import Moment, shares, states, view_pool

if TYPE_CHECKING:
    from drawdeploy.words import Words

TEXT = 14.0
"""The smallest text of a picture. A picture of 1100 × 630 then has 12 points on a slide of 13.3 × 7.5 inches."""
LINE = 18.0
"""Height of a line of it."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A level of detail: how large things are, and what is left out.

    Attributes:
        icon: Side of the icon of a node.
        label: Width of a node's label.
        width: Width of the whole scene that is aimed at.
        height: Its height.
        actors: Whether those who act, and the stores, are drawn.
    """

    icon: float
    label: float
    width: float
    height: float
    actors: bool
    entry_gap: float
    pill_gap: float
    plain_gap: float
    site_pad: float
    site_head: float
    site_gap: float


FULL = Detail(
    icon=52,
    label=92,
    width=1060,
    height=418,
    actors=True,
    entry_gap=40,
    pill_gap=84,
    plain_gap=46,
    site_pad=16,
    site_head=34,
    site_gap=34,
)
BRIEF = Detail(
    icon=36,
    label=72,
    width=500,
    height=250,
    actors=False,
    entry_gap=16,
    pill_gap=62,
    plain_gap=24,
    site_pad=8,
    site_head=25,
    site_gap=10,
)
"""For overviews and rollbacks, where several scenes share one picture."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How the instances of every pool of a plan are drawn: decided once, from the largest pool.

    Attributes:
        mode: ``cells`` (icon over name), ``slots`` (icon beside number), ``dots`` (icon only), or ``stacks`` (a count
            for each phase).
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


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that gets a place.

    Attributes:
        id: Node id, pool id, or ``actors``.
        kind: ``node``, ``store``, ``pool`` or ``actors``.
        site: Id of the site it stands in; empty outside.
        width: What is seen of it.
        height: What is seen of it.
        gap: Free room to the left of it, for routes and their labels.
    """

    id: str
    kind: str
    site: str
    width: float
    height: float
    gap: float


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands where, as an order: things by column, and what leads to what.

    Attributes:
        things: In the order in which they are to stand, from above.
        edges: Pairs of ids, from left to right.
        sites: Ids of the sites that are drawn, from above.
        links: Ids of the environment's links whose both ends are drawn.
    """

    plan: Plan
    detail: Detail
    grid: Grid
    things: tuple[Thing, ...]
    edges: tuple[tuple[str, str], ...]
    sites: tuple[str, ...]
    links: tuple[str, ...]

    def of_site(self, site: str, kind: str) -> list[Thing]:
        """Things of one kind at one site, from above."""
        return [thing for thing in self.things if thing.site == site and thing.kind == kind]


def build(plan: Plan, words: Sequence[Words], detail: Detail) -> Scene:
    """Works out the scene of a plan: one for all its states and all ``words`` languages."""
    used = {pool.site for pool in plan.begin.pools}
    sites = tuple(site for site in plan.environment.sites if site.id in used)
    nodes = {node.id: node for node in plan.environment.nodes}
    grid = _grid(plan, words, detail)
    entry = [nodes[name] for name in plan.environment.entry]
    things = [_node(node, words, detail, detail.entry_gap if index else 0) for index, node in enumerate(entry)]
    edges = [(a.id, b.id) for a, b in zip(entry, entry[1:], strict=False)]
    for index, site in enumerate(sites):
        router = nodes[site.router]
        if site.router not in plan.environment.entry:
            gap = (detail.pill_gap if len(sites) > 1 else detail.entry_gap) + detail.site_pad
            things.append(_node(router, words, detail, gap, site.id))
            edges.append((entry[-1].id, site.router))
        pools = [pool for pool in plan.begin.pools if pool.site == site.id]
        # The pool that is tested stands outermost, so that test traffic never crosses the link between the stores.
        ordered = sorted(pools, key=lambda pool: pool.revision != ("new" if index == 0 < len(sites) - 1 else "old"))
        gap = detail.pill_gap if len(pools) > 1 else detail.plain_gap
        for pool in ordered:
            things.append(Thing(pool.id, "pool", site.id, grid.width, grid.height, gap))
            edges.append((site.router, pool.id))
        if detail.actors and site.store:
            things.append(_node(nodes[site.store], words, detail, 54, site.id))
            edges += [(pool.id, site.store) for pool in ordered]
    if detail.actors and plan.environment.actors:
        things.append(_actors(plan, words, detail))
        ends = [site.store or next(p.id for p in plan.begin.pools if p.site == site.id) for site in sites]
        edges += [(end, "actors") for end in ends]
    placed = {thing.id for thing in things}
    links = tuple(link.id for link in plan.environment.links if {link.source, link.target} <= placed)
    return Scene(plan, detail, grid, tuple(things), tuple(edges), tuple(site.id for site in sites), links)


def label_lines(node: Node, words: Words, detail: Detail) -> tuple[str, ...]:
    """The label of a node, folded."""
    return fonts.wrap(fonts.printable(words.text(node.title)), TEXT, detail.label, lines=2)


def _node(node: Node, words: Sequence[Words], detail: Detail, gap: float, site: str = "") -> Thing:
    labels = [label_lines(node, language, detail) for language in words]
    widest = max(fonts.width(line, TEXT) for lines in labels for line in lines)
    under = max(len(lines) for lines in labels) * LINE + 4
    # Routes meet the middle of the icon: as much room above it as the label takes below.
    kind = "store" if node.kind is NodeKind.STORE else "node"
    return Thing(node.id, kind, site, max(detail.icon + 8, widest + 4), detail.icon + 2 * under, gap)


ACTOR_ROW = 50.0
ACTOR_ICON = 30.0


def _actors(plan: Plan, words: Sequence[Words], detail: Detail) -> Thing:
    texts = [language.text(actor.title) for language in words for actor in plan.environment.actors]
    acts = [
        language.say(act.text)
        for language in words
        for step in plan.steps
        for happening in (step, *step.rollback.stages)
        for act in happening.acts
    ]
    wide = max([fonts.width(text, TEXT) for text in texts] + [fonts.width(text, TEXT, bold=True) + 18 for text in acts])
    width = min(196.0, max(120.0, ACTOR_ICON + 34 + wide))
    height = 34 + ACTOR_ROW * len(plan.environment.actors)
    return Thing("actors", "actors", "", width, height, detail.site_pad + 34)


def _grid(plan: Plan, words: Sequence[Words], detail: Detail) -> Grid:
    every = _distinct(states(plan))
    peak = max(len(pool.instances) for pool in plan.begin.pools)
    several = len(plan.begin.pools) > 2
    brief = not detail.actors
    columns, most = (6, 12 if not several else 6) if brief else (6, 6) if several else (4, 12)
    if peak > most:
        mode, columns, rows, cell_width, cell_height = "stacks", 3, 1, 104.0, 48.0
        if brief:
            cell_width, cell_height = 66.0, 40.0
    elif brief:
        mode, columns, rows, cell_width, cell_height = "dots", min(peak, columns), -(-peak // columns), 26.0, 26.0
    elif peak <= 4 and not several:
        mode, columns, rows, cell_height = "cells", peak, 1, 92.0
        cell_width = max(68.0, _widest_name(plan, words) + 10)
    else:
        mode, columns, rows, cell_height = "slots", min(peak, columns), -(-peak // columns), 36.0
        cell_width = 40.0 + fonts.width(str(max(i.number for p in plan.begin.pools for i in p.instances)), TEXT)
    gap = 4.0 if brief else 8.0
    pad = 6.0 if brief else 10.0
    head = 24.0 if brief or several else 34.0
    header = 0.0
    for language in words:
        for pool in plan.begin.pools:
            title = fonts.width(_title(plan, pool.id, language), TEXT + (0 if brief else 2), bold=True)
            status = max(fonts.width(_status(state, pool.id, language, mode, brief), TEXT) for state in every)
            header = max(header, title + 14 + status)
    inner = columns * cell_width + (columns - 1) * gap
    bar = (14 if not brief else 10) if mode == "stacks" else 0
    width = max(inner, header) + 2 * pad
    limit = (214.0 if several or len(plan.environment.entry) > 1 else 260.0) if brief else 350.0
    width = min(max(width, 150.0 if brief else 236.0), max(limit, inner + 2 * pad))
    height = head + rows * cell_height + (rows - 1) * gap + pad + bar
    return Grid(mode, columns, rows, cell_width, cell_height, gap, width, height, head, pad)


def _distinct(every: Iterable[State]) -> list[State]:
    """States that read differently, so that long plans are not measured over and over."""
    found: dict[object, State] = {}
    for state in every:
        key = (
            tuple(tuple(sorted((i.phase for i in pool.instances))) for pool in state.pools),
            tuple(route.weight for route in state.routes if route.kind is RouteKind.LIVE),
        )
        found.setdefault(key, state)
    return list(found.values())


def _title(plan: Plan, pool_id: str, words: Words) -> str:
    return fonts.printable(captions.pool_title(plan, plan.begin.pool(pool_id), words))


def _status(state: State, pool_id: str, words: Words, mode: str, brief: bool) -> str:
    part = shares(state).get(pool_id, Fraction(0))
    view = view_pool(state.pool(pool_id), Moment(state, state), part)
    return captions.pool_status(view, words, stacks=mode == "stacks", brief=brief)


def _widest_name(plan: Plan, words: Sequence[Words]) -> float:
    return max(
        fonts.width(instance_name(pool.role, instance.number), TEXT)
        for pool in plan.begin.pools
        for instance in pool.instances
    )


def instance_name(role: str, number: int) -> str:
    """``blue-1``: the same in every language, as it would be called on the machine."""
    return f"{role}-{number}"
