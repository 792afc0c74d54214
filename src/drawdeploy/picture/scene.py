"""What stands in the pictures of a plan, and how much room each thing needs. Nothing is placed yet.

A thing gets the room of its widest text in every state and every language, so that nothing moves between steps, nor
between languages. All lengths are in pixels of the picture's own coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from drawdeploy.model import Node, NodeKind, Plan
from drawdeploy.picture import fonts
from drawdeploy.picture.grid import LINE, TEXT, Grid, decide
from drawdeploy.value import Value, replace

if TYPE_CHECKING:
    from drawdeploy.words import Words


class Detail(Value):
    """A level of detail: how large things are, and what is left out.

    Attributes:
        icon: Side of the icon of a node.
        label: Width of a node's label.
        width: Width of the whole scene that is aimed at.
        most: Width from which on text would be too small, so that things come closer together.
        height: Its height.
        actors: Whether those who act, and the stores, are drawn.
    """

    icon: float
    label: float
    width: float
    most: float
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
    most=1078,
    height=418,
    actors=True,
    entry_gap=34,
    pill_gap=76,
    plain_gap=46,
    site_pad=16,
    site_head=31,
    site_gap=30,
)
BRIEF = Detail(
    icon=36,
    label=62,
    width=448,
    most=482,
    height=250,
    actors=False,
    entry_gap=12,
    pill_gap=50,
    plain_gap=22,
    site_pad=8,
    site_head=24,
    site_gap=8,
)
"""For overviews and rollbacks, where several scenes share one picture."""


class Thing(Value):
    """Something that gets a place.

    Attributes:
        id: Node id, pool id, or ``actors``.
        kind: ``node``, ``store``, ``pool`` or ``actors``.
        site: Id of the site it stands in; empty outside.
        width: What is seen of it.
        height: What is seen of it.
        gap: Free room to the left of it, for routes and their labels.
        zone: Id of the network zone it stands in; empty if none is drawn around it.
    """

    id: str
    kind: str
    site: str
    width: float
    height: float
    gap: float
    zone: str = ""


class Scene(Value):
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
    grid = decide(plan, words, brief=not detail.actors)
    entry = [nodes[name] for name in plan.environment.entry]
    things = [
        _node(node, words, detail, _entry_gap(before, node, detail, len(entry)), node.site)
        for before, node in pairwise([None, *entry])
        if node is not None
    ]
    edges = [(a.id, b.id) for a, b in pairwise(entry)]
    for index, site in enumerate(sites):
        router = nodes[site.router]
        if site.router not in plan.environment.entry:
            wide = detail.pill_gap + detail.site_pad
            gap = wide if len(sites) > 1 else _entry_gap(entry[-1], router, detail, len(entry))
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
    if detail.actors and len(sites) == 1:  # with several, there is no room for the titles of zones
        zoned = _zoned(plan, things, words)
        roomy = replace(detail, site_pad=ZONE_PAD + 12)
        in_a_row = [thing for thing in zoned if thing.kind != "pool" or thing.id == ordered[0].id]
        taken = sum(thing.width + thing.gap for thing in in_a_row) + roomy.site_pad
        if zoned != things and taken <= detail.width:
            things, detail = zoned, roomy
    placed = {thing.id for thing in things}
    links = tuple(link.id for link in plan.environment.links if {link.source, link.target} <= placed)
    return Scene(plan, detail, grid, tuple(things), tuple(edges), tuple(site.id for site in sites), links)


ZONE_PAD = 14.0
"""What the frame of a network zone leaves free around what stands in it."""
ZONE_HEAD = 28.0
"""Room for its title."""
INTERNAL = "internal"
"""Zone that instances stand in, where there is one."""


def _zoned(plan: Plan, things: Sequence[Thing], words: Sequence[Words]) -> list[Thing]:
    """The things, those of a site with network zones knowing theirs, and wide enough for the title of it."""
    zones = {node.id: node.zone for node in plan.environment.nodes if node.site}
    titles = {zone.id: zone.title for zone in plan.environment.zones}
    sites = {thing.site for thing in things if zones.get(thing.id)}
    inside = INTERNAL if INTERNAL in titles else ""
    made: list[Thing] = []
    for thing in things:
        zone = "" if thing.site not in sites else inside if thing.kind == "pool" else zones.get(thing.id, "")
        if not zone:
            made.append(thing)
            continue
        first = all((other.site, other.zone) != (thing.site, zone) for other in made)
        title = max(fonts.width(one.text(titles[zone]), TEXT) for one in words) if first else 0.0
        gap = thing.gap + (ZONE_PAD if first else 0.0)
        made.append(replace(thing, zone=zone, width=max(thing.width, title), gap=gap))
    return made


def _entry_gap(before: Node | None, node: Node, detail: Detail, count: int) -> float:
    """Free room before a node on the way in: more where the way enters a site, less where many stand on it."""
    if before is None:
        return 0.0
    gap = detail.entry_gap * (1 if count < 3 else 0.25)
    return gap + (detail.site_pad if node.site and node.site != before.site else 0.0)


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
    said = {act.text: None for step in plan.steps for act in step.acts}
    acts = [language.say(text) for language in words for text in said]
    wide = max([fonts.width(text, TEXT) for text in texts] + [fonts.width(text, TEXT, bold=True) + 18 for text in acts])
    width = min(180.0, max(120.0, ACTOR_ICON + 34 + wide))
    height = 34 + ACTOR_ROW * len(plan.environment.actors)
    return Thing("actors", "actors", "", width, height, detail.site_pad + 34)
