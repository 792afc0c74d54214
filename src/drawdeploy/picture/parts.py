"""Draws a whole scene in one moment: sites, nodes, routes, pools, and those who act."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from drawdeploy.model import Node, Plan, RouteKind, Site, State, Verb
from drawdeploy.picture import captions, pools, routes
from drawdeploy.picture.canvas import Canvas, Point, measure
from drawdeploy.picture.grid import LINE, TEXT
from drawdeploy.picture.layout import Box, Layout
from drawdeploy.picture.moments import Moment, rerouted, view_pools
from drawdeploy.picture.scene import ACTOR_ICON, ACTOR_ROW, label_lines
from drawdeploy.words import names

if TYPE_CHECKING:
    from drawdeploy.words import Words


def draw(canvas: Canvas, layout: Layout, moment: Moment, words: Words, used: set[str], *, alarm: bool = False) -> None:
    """Draws the scene of a layout in one moment.

    ``used`` takes up what a legend has to explain; ``alarm`` says that what is done here is done because of a problem.
    """
    scene, plan = layout.scene, layout.scene.plan
    brief = not scene.detail.actors
    first = min(layout.sites, key=lambda name: layout.sites[name].y)
    flags = 0.0 if brief else sum(_flag_width(*flag, words) + 8 for flag in moment.after.flags)
    for site in plan.environment.sites:
        if site.id in layout.sites:
            taken = flags if site.id == first else 0.0
            _site(canvas, layout, site, moment.after, words, used, brief=brief, taken=taken)
    _zones(canvas, layout, words)
    nodes = {node.id: node for node in plan.environment.nodes}
    heights = {t.id: len(label_lines(nodes[t.id], words, scene.detail)) * LINE for t in scene.things if t.id in nodes}
    rows = _rows(layout)
    if not brief:
        routes.draw_stores(canvas, layout, moment.after)
        routes.draw_writes(canvas, layout, moment.after, used)
        routes.draw_links(canvas, layout, plan, words, heights, used)
    changed = rerouted(moment)
    for thing in scene.things:
        if thing.id in nodes and thing.id in changed and not brief:
            _halo(canvas, layout, thing.id, heights[thing.id], used)
    views = view_pools(moment)
    for view in views.values():
        pools.halo(canvas, layout.boxes[view.pool.id], scene.grid, view, used, brief=brief)
    routes.draw(canvas, layout, moment, words, used)
    routes.draw_lost(canvas, layout, moment.after, words, heights, used)
    for thing in scene.things:
        if thing.id in nodes:
            _node(canvas, layout, nodes[thing.id], words, thing.id in changed and not brief)
    over = overflowing(plan, moment.after)
    for pool in moment.after.pools:
        view = views[pool.id]
        pools.draw(
            canvas,
            plan,
            layout.boxes[pool.id],
            scene.grid,
            view,
            words,
            over.get(pool.id, frozenset()),
            used,
            brief=brief,
        )
    if not brief:
        routes.draw_tests(canvas, layout, moment, words, rows, used)
        _states(canvas, layout, moment, words, heights)
    if "actors" in layout.boxes:
        _hands(canvas, layout, moment, changed, words.get("picture.tag.changed"))
        _actors(canvas, layout, moment, words, rows, alarm=alarm)


HANDS = {
    Verb.CREATE: "pipeline",
    Verb.UPDATE: "pipeline",
    Verb.REMOVE: "pipeline",
    Verb.ROUTE: "operator",
    Verb.OBSERVE: "monitoring",
}
"""Who, if they act in a step, is drawn small beside what the verb changes."""


def _hands(canvas: Canvas, layout: Layout, moment: Moment, changed: frozenset[str], tag: str) -> None:
    """Draws those who act once more, small, where they act: on what they changed or watch."""
    acting = {act.actor for act in moment.acts}
    icons = {actor.id: actor.icon for actor in layout.scene.plan.environment.actors if actor.id in acting}
    places: list[tuple[str, Point]] = []
    for move in moment.moves:
        who = HANDS.get(move.verb, "")
        if move.verb is Verb.ROUTE:
            half = layout.scene.detail.icon / 2
            boxes = [layout.boxes[name] for name in sorted(changed)]
            beside = measure(tag, bold=True) / 2 + 20  # clear of the tag above the node
            places += [(who, (min(box.x - 8, box.cx - beside), box.cy - half - 14)) for box in boxes]
        elif move.verb is Verb.OBSERVE:
            watched = [pool for pool in moment.after.pools if pool.revision == "new" and pool.serving]
            places += [(who, (layout.boxes[pool.id].x - 4, layout.boxes[pool.id].y - 4)) for pool in watched]
        elif move.pool in layout.boxes and not move.off:
            box = layout.boxes[move.pool]
            places.append((who, (box.x - 4, box.y - 4)))
    for who, (x, y) in dict.fromkeys(places):
        if who not in icons:
            continue
        with canvas.group(f"hand:{who}:{x:.0f}:{y:.0f}"):
            canvas.circle((x, y), 13, fill=canvas.theme.chip or canvas.theme.card, line=canvas.theme.soft, width=1.2)
            canvas.icon(icons[who], Box(x - 8.5, y - 8.5, 17, 17), chip=False)


def _states(canvas: Canvas, layout: Layout, moment: Moment, words: Words, heights: Mapping[str, float]) -> None:
    """Says what is no thing of its own: rules and named services at their pools, the schema at the stores, flags."""
    theme, state, was = canvas.theme, moment.after, moment.before

    def chip(x: float, y: float, text: str, *, changed: bool, most: float) -> float:
        fill, ink = (theme.tag, theme.on_tag) if changed else (theme.card, theme.ink)
        wide = min(most, measure(text, bold=changed) + 18)
        line = "" if changed else theme.edge
        with canvas.group(f"chip:{x:.0f}:{y:.0f}"):
            canvas.pill(x + wide / 2, y, text, fill=fill, ink=ink, line=line, bold=changed, max_width=most)
        return wide + 6

    for pool in state.pools:
        box = layout.boxes[pool.id]
        left, most = box.x + 8, box.width - 16
        rules = [route for route in state.routes if route.kind is RouteKind.MATCH and route.target == pool.id]
        for route in rules:
            left += chip(left, box.bottom + 1, route.rule, changed=route not in was.routes, most=most)
        for name, bound in state.services:
            if bound == pool.id:
                text = words.get("picture.service", name=name)
                left += chip(left, box.bottom + 1, text, changed=(name, bound) not in was.services, most=most)
    if state.schema:
        for thing in layout.scene.things:
            if thing.kind == "store":
                box = layout.boxes[thing.id]
                text = words.get(f"picture.schema.{state.schema}")
                y = box.cy + layout.scene.detail.icon / 2 + heights[thing.id] + 16
                wide = measure(text, bold=True) + 18
                left = min(box.cx - wide / 2, layout.sites[thing.site].right - 6 - wide)
                chip(left, y, text, changed=state.schema != was.schema, most=190)
    first = min(layout.sites.values(), key=lambda frame: frame.y)
    right = first.right - 14
    for name, share in reversed(state.flags):
        text = words.get("picture.flag", name=name, share=words.percent(share))
        wide = _flag_width(name, share, words)
        chip(right - wide, first.y + 18, text, changed=(name, share) not in was.flags, most=260)
        right -= wide + 8


def _flag_width(name: str, share: Fraction, words: Words) -> float:
    """Room that the chip of a flag takes."""
    return measure(words.get("picture.flag", name=name, share=words.percent(share)), bold=True) + 18


def overflowing(plan: Plan, state: State) -> dict[str, frozenset[int]]:
    """Numbers of the instances that do not fit their site, by pool: the newest ones of the new revision first."""
    found: dict[str, frozenset[int]] = {}
    for site in plan.environment.sites:
        _, over = _status(site, state)
        standing = [pool for pool in state.pools if pool.site == site.id]
        for pool in sorted(standing, key=lambda pool: pool.revision != "new"):
            numbers = [instance.number for instance in pool.instances if instance.phase.running]
            taken = numbers[len(numbers) - min(over, len(numbers)) :]
            over -= len(taken)
            if taken:
                found[pool.id] = frozenset(taken)
    return found


def _status(site: Site, state: State) -> tuple[int, int]:
    running = sum(pool.running for pool in state.pools if pool.site == site.id)
    return running, 0 if site.capacity is None else max(0, running - site.capacity)


def _site(
    canvas: Canvas,
    layout: Layout,
    site: Site,
    state: State,
    words: Words,
    used: set[str],
    *,
    brief: bool,
    taken: float,
) -> None:
    """The frame of a site and its title; ``taken`` is what something else needs at the right end of that line."""
    theme, box = canvas.theme, layout.sites[site.id]
    with canvas.group(f"site:{site.id}"):
        text, over = captions.site_status(site, state, words)
        canvas.rect(box, fill=theme.band, line=theme.red if over else theme.rule, width=1.6 if over else 1.2, radius=14)
        baseline = box.y + (18 if brief else 23)
        right = box.right - (8 if brief else 16) - taken
        if over:
            used.add("over")
            width = measure(text, bold=True) + 16
            canvas.pill(right - width / 2, baseline - 5, text, fill=theme.red, ink=theme.on_red)
            right -= width + 12
        left = box.x + (10 if brief else 16)
        size = TEXT if brief else TEXT + 2
        left += canvas.text(left, baseline, words.text(site.title), size=size, bold=True, max_width=right - left) + 12
        said = [] if brief else [words.text(site.subtitle)]
        said += [] if over else [text]
        while len(said) > 1 and measure(" · ".join(said)) > right - left:
            said.pop(0)  # what it is made of is told elsewhere too; how much room there is, is not
        line = " · ".join(part for part in said if part)
        if line and right - left > 40:  # all on the left: the links between the stores run on the right
            canvas.text(left, baseline, line, fill=theme.soft, max_width=right - left)


def _zones(canvas: Canvas, layout: Layout, words: Words) -> None:
    """The network zones, as fine frames in those of their sites."""
    titles = {zone.id: zone.title for zone in layout.scene.plan.environment.zones}
    for (site, zone), box in layout.zones.items():
        with canvas.group(f"zone:{site}:{zone}"):
            canvas.rect(box, line=canvas.theme.rule, width=1.2, radius=10)
            title = words.text(titles[zone])
            canvas.text(box.x + 12, box.y + 19, title, fill=canvas.theme.soft, max_width=box.width - 20)


def _halo(canvas: Canvas, layout: Layout, name: str, label: float, used: set[str]) -> None:
    used.add("changed")
    seen = _seen(layout, name, label)
    box = Box(seen.x - 7, seen.y - 19, seen.width + 14, seen.height + 26)
    with canvas.group(f"halo:{name}"):
        canvas.rect(box, fill=canvas.theme.card, line=canvas.theme.halo, width=4.5, radius=12)


def _seen(layout: Layout, name: str, label: float) -> Box:
    """A node's icon and the label under it."""
    box, side = layout.boxes[name], layout.scene.detail.icon
    return Box(box.x, box.cy - side / 2, box.width, side + label + 4)


def _node(canvas: Canvas, layout: Layout, node: Node, words: Words, changed: bool) -> None:
    theme, box, side = canvas.theme, layout.boxes[node.id], layout.scene.detail.icon
    with canvas.group(f"node:{node.id}"):
        canvas.icon(node.icon, Box(box.cx - side / 2, box.cy - side / 2, side, side))
        lines = label_lines(node, words, layout.scene.detail)
        canvas.lines(box.cx, box.cy + side / 2 + 18, lines, anchor="middle")
        if changed:
            y = box.cy - side / 2 - 19
            canvas.pill(box.cx, y, words.get("picture.tag.changed"), fill=theme.tag, ink=theme.on_tag)


def _rows(layout: Layout) -> dict[str, Point]:
    """Where the row of each actor begins, in the middle of its left side."""
    if "actors" not in layout.boxes:
        return {}
    box = layout.boxes["actors"]
    actors = layout.scene.plan.environment.actors
    space = (box.height - 34 - 8) / len(actors)
    space = min(space, ACTOR_ROW * 1.8)
    return {actor.id: (box.x, box.y + 34 + space * (index + 0.5)) for index, actor in enumerate(actors)}


def _actors(
    canvas: Canvas, layout: Layout, moment: Moment, words: Words, rows: dict[str, Point], *, alarm: bool
) -> None:
    theme, box = canvas.theme, layout.boxes["actors"]
    with canvas.group("actors"):
        canvas.rect(box, fill=theme.card, line=theme.rule, width=1.2, radius=14)
        canvas.text(box.x + 14, box.y + 23, words.get("picture.actors"), fill=theme.soft, max_width=box.width - 20)
    doing: dict[str, list[str]] = {}
    named = names(layout.scene.plan)
    for act in moment.acts:
        said = words.say(act.text, named)
        if said not in doing.setdefault(act.actor, []):
            doing[act.actor].append(said)
    for actor in layout.scene.plan.environment.actors:
        x, y = rows[actor.id]
        acts = doing.get(actor.id, [])
        left = x + 14 + ACTOR_ICON + 10
        room = box.right - left - 8
        with canvas.group(f"actor:{actor.id}"):
            icon = Box(x + 14, y - ACTOR_ICON / 2, ACTOR_ICON, ACTOR_ICON)
            canvas.icon(actor.icon, icon, opacity=1 if acts else 0.35)
            title = words.text(actor.title)
            if not acts:
                canvas.text(left, y + 5, title, fill=theme.soft, max_width=room)
                continue
            canvas.text(left, y - 6, title, bold=True, max_width=room)
            said = " · ".join(acts)
            fill, ink = (theme.red, theme.on_red) if alarm else (theme.pill, theme.on_pill)
            pill = min(room, measure(said, bold=True) + 16)
            canvas.pill(left + pill / 2, y + 11, said, fill=fill, ink=ink, max_width=room, pad=8)
