"""Draws the ways that requests and data take: live routes with their weights, test routes, links between stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from drawdeploy.ledger import LOST, flows
from drawdeploy.model import Link, Phase, Plan, Route, RouteKind, State
from drawdeploy.picture.canvas import Canvas, Point, arrow, elbow, measure
from drawdeploy.picture.captions import weight
from drawdeploy.picture.layout import Box, Layout
from drawdeploy.picture.moments import Moment, percents
from drawdeploy.picture.scene import Scene
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.words import Words


NOBODY = "nobody"
"""In place of a revision: all that goes this way is lost."""


class Way(Value):
    """One way of live traffic with all that its drawing depends on.

    Attributes:
        look: ``live``, ``match`` (live, for those whom a rule picks), ``zero`` (nothing flows, though it could) or
            ``idle`` (there is nothing at its end, or its source gets nothing).
        part: Its part of all live traffic.
        label: Its part of its source's traffic; empty if its source has no choice.
        revision: The one revision it leads to; empty if both, or ``NOBODY``.
        place: Its place among the routes of its source, from above, and how many there are.
        mirrored: Whether copies of live requests go the same way.
    """

    source: str
    target: str
    look: str
    part: Fraction
    label: str
    revision: str
    place: tuple[int, int]
    mirrored: bool = False


def ways(layout: Layout, state: State, words: Words) -> list[Way]:
    """The ways of live traffic, those that carry nothing first, so that the others lie on top.

    A rule's part and the weight that shares the rest go one way; what is ``lost`` goes nowhere.
    """
    live = [route for route in state.routes if route.kind is RouteKind.LIVE and route.target != LOST]
    arriving = flows(state)
    running = {pool.id: pool.running > 0 for pool in state.pools}
    for route in reversed(live):  # from the pools back to the users
        running[route.source] = running.get(route.source, False) or running.get(route.target, False)
    found = []
    for source in dict.fromkeys(route.source for route in live):
        routes = sorted(
            (route for route in live if route.source == source), key=lambda route: layout.boxes[route.target].cy
        )
        parts = [_own(route, state) for route in routes]
        lost = [route.weight for route in state.routes if (route.source, route.target) == (source, LOST)]
        for index, (route, own, value) in enumerate(zip(routes, parts, percents(parts + lost), strict=False)):
            ends = {(r.source, r.target, r.kind) for r in state.routes if r.kind is not RouteKind.LIVE}
            matched = (source, route.target, RouteKind.MATCH) in ends
            mirrored = (source, route.target, RouteKind.MIRROR) in ends
            idle = "zero" if arriving.get(source) and running.get(route.target) else "idle"
            look = ("match" if matched else "live") if own else idle
            label = weight(value, words) if len(routes) > 1 and look != "idle" else ""
            part = arriving.get(source, Fraction(0)) * own
            revision = _revision(route, live, state)
            found.append(Way(source, route.target, look, part, label, revision, (index, len(routes)), mirrored))
    rank = {"idle": 0, "zero": 1}
    return sorted(found, key=lambda way: rank.get(way.look, 2))


def _own(route: Route, state: State) -> Fraction:
    """The part of its source's traffic that goes a way: what a rule picks first, and its weight of the rest."""
    rules = [r for r in state.routes if r.kind is RouteKind.MATCH and r.source == route.source]
    rest = 1 - sum((r.weight for r in rules), Fraction(0))
    return sum((r.weight for r in rules if r.target == route.target), route.weight * rest)


def _revision(route: Route, live: Sequence[Route], state: State) -> str:
    """The revision that a route's traffic reaches, if it is one only."""
    ends = {route.target}
    for _ in live:
        ends |= {r.target for r in live if r.source in ends and (_own(r, state) or not route.weight)}
    found: set[str] = set()
    for pool in state.pools:
        if pool.id in ends:
            anyone = not route.weight and not pool.serving
            found.update(one.revision for one in pool.instances if anyone or one.phase is Phase.SERVING)
    return found.pop() if len(found) == 1 else "" if found else NOBODY


def draw(canvas: Canvas, layout: Layout, moment: Moment, words: Words, used: set[str]) -> None:
    """Draws all live routes, then their weights on top of them."""
    drawn = [(way, _points(layout, way)) for way in ways(layout, moment.after, words)]
    for way, points in drawn:
        _line(canvas, way, points, used, brief=not layout.scene.detail.actors)
    for way, points in drawn:
        if way.label or way.mirrored:
            _label(canvas, way, points, words, brief=not layout.scene.detail.actors)


def _points(layout: Layout, way: Way) -> list[Point]:
    """From the icon of the source to the icon or the frame of the target, turning in the middle of the gap."""
    scene, boxes = layout.scene, layout.boxes
    source, target = boxes[way.source], boxes[way.target]
    half = scene.detail.icon / 2
    index, count = way.place
    spread = min(16.0, scene.detail.icon * 0.6 / max(1, count - 1))
    start = (source.cx + half + 7, source.cy + (index - (count - 1) / 2) * spread)
    kinds = {thing.id: thing for thing in scene.things}
    pool = kinds[way.target].kind == "pool"
    end = (target.x if pool else target.cx - half - 7, target.cy)
    edge = target.x
    site = kinds[way.target].site
    if site and kinds[way.source].site != site:
        edge = layout.sites[site].x
    turn = (source.right + edge) / 2
    if count == 1 and abs(start[1] - end[1]) < 1:
        return [start, end]
    return [start, (turn, start[1]), (turn, end[1]), end]


def _line(canvas: Canvas, way: Way, points: list[Point], used: set[str], *, brief: bool) -> None:
    theme = canvas.theme
    name = f"route:{way.source}:{way.target}"
    if way.look == "live":
        used.update(() if way.revision == NOBODY else {f"live-{way.revision or 'both'}"})
    elif way.look != "idle":
        used.add(way.look)
    with canvas.group(name):
        if way.mirrored:
            used.add("mirror")
            short = elbow([*points[:-1], (points[-1][0] - 8, points[-1][1])])
            canvas.path(short, line=theme.teal, width=6)
            canvas.path(short, line=theme.band, width=2.4)
            canvas.path(arrow(points[-1], (1, 0), 13), fill=theme.teal)
            return
        if way.look in {"live", "match"}:
            line = theme.revisions[way.revision].line if way.revision in theme.revisions else theme.ink
            width = (1.6 if brief else 2) + (2.6 if brief else 4) * float(way.part)
            head = 5 + width * 1.9
            dash = "9 5" if way.look == "match" else ""
            short = elbow([*points[:-1], (points[-1][0] - head * 0.7, points[-1][1])])
            canvas.path(short, line=line, width=max(width, 2.4) if dash else width, dash=dash)
            canvas.path(arrow(points[-1], (1, 0), head), fill=line)
        else:
            line = theme.edge if way.look == "zero" else theme.faint
            canvas.path(elbow([*points[:-1], (points[-1][0] - 6, points[-1][1])]), line=line, width=1.4, dash="5 4")
            canvas.path(arrow(points[-1], (1, 0), 7), fill=line)


def _label(canvas: Canvas, way: Way, points: list[Point], words: Words, *, brief: bool) -> None:
    theme, pad = canvas.theme, 4.0 if brief else 7.0
    if len(points) == 2:
        x, y = (points[0][0] + points[1][0]) / 2 - 4, points[0][1]
    elif abs(points[1][1] - points[2][1]) >= 30:
        x, y = points[1][0], (points[1][1] + points[2][1]) / 2
    elif brief:  # too short a way up or down to carry it: on the way out, so that the tip stays free
        x, y = points[1][0] + 1, points[1][1] + (3.5 if points[2][1] > points[1][1] else -3.5)
    else:
        x, y = points[2][0], points[2][1]
    with canvas.group(f"weight:{way.source}:{way.target}"):
        if way.mirrored:
            canvas.pill(x, y, words.get("picture.mirror"), fill=theme.teal, ink=theme.on_teal, pad=pad)
        elif way.look in {"live", "match"}:
            shade = theme.revisions.get(way.revision)
            fill, ink = (shade.text, shade.on) if shade else (theme.pill, theme.on_pill)
            canvas.pill(x, y, way.label, fill=fill, ink=ink, pad=pad)
        else:
            canvas.pill(x, y, way.label, fill=theme.card, ink=theme.soft, line=theme.rule, bold=False, pad=pad)


def draw_lost(
    canvas: Canvas, layout: Layout, state: State, words: Words, heights: Mapping[str, float], used: set[str]
) -> None:
    """Draws live traffic that nobody answers: it ends below the node that has nowhere to send it."""
    theme, half = canvas.theme, layout.scene.detail.icon / 2
    for route in state.routes:
        if route.target == LOST and route.weight and route.source in layout.boxes:
            used.add("lost")
            box = layout.boxes[route.source]
            top = box.cy + half + heights[route.source] + 6
            text = words.get("picture.lost", share=weight(percents([route.weight])[0], words))
            frame = layout.sites.get(_site(layout.scene, route.source))
            if frame and top + 43 > frame.bottom and not layout.scene.detail.actors:  # no room below: it ends above
                top = box.cy - half - 3
                with canvas.group(f"route:{route.source}:{LOST}"):
                    canvas.path(arrow((box.cx, top - 12), (0, -1), 12), fill=theme.red)
                    canvas.pill(box.cx, top - 23, text, fill=theme.red, ink=theme.on_red)
                continue
            with canvas.group(f"route:{route.source}:{LOST}"):
                canvas.path(f"M{box.cx:.1f} {top:.1f}L{box.cx:.1f} {top + 8:.1f}", line=theme.red, width=4)
                canvas.path(arrow((box.cx, top + 20), (0, 1), 13), fill=theme.red)
                canvas.pill(box.cx, top + 32, text, fill=theme.red, ink=theme.on_red)


def draw_stores(canvas: Canvas, layout: Layout, state: State) -> None:
    """Draws what leads from the pools to the stores of their sites."""
    scene = layout.scene
    for site in scene.sites:
        stores = scene.of_site(site, "store")
        pools = sorted(scene.of_site(site, "pool"), key=lambda pool: layout.boxes[pool.id].cy)
        if not stores:
            continue
        store = layout.boxes[stores[0].id]
        end_x = store.cx - scene.detail.icon / 2 - 7
        for index, thing in enumerate(pools):
            pool, box = state.pool(thing.id), layout.boxes[thing.id]
            end = (end_x, store.cy + (index - (len(pools) - 1) / 2) * 16)
            turn = (box.right + store.x) / 2
            line = canvas.theme.edge if pool.running else canvas.theme.faint
            dash = "" if pool.serving else "3 4"
            points = [(box.right, box.cy), (turn, box.cy), (turn, end[1]), (end[0] - 6, end[1])]
            if abs(box.cy - end[1]) < 1:
                points = [points[0], points[-1]]
            with canvas.group(f"data:{pool.id}"):
                canvas.path(elbow(points), line=line, width=1.4, dash=dash)
                canvas.path(arrow(end, (1, 0), 7), fill=line)


def draw_writes(canvas: Canvas, layout: Layout, state: State, used: set[str]) -> None:
    """Draws where a site whose store is a replica writes to: the store that the replica follows."""
    scene, environment = layout.scene, layout.scene.plan.environment
    for link in environment.links:
        site = next((site for site in environment.sites if site.store == link.target), None)
        if link.id not in scene.links or site is None:
            continue
        pools = [state.pool(thing.id) for thing in scene.of_site(site.id, "pool")]
        if not any(pool.serving for pool in pools):
            continue
        used.add("writes")
        box, replica, primary = layout.boxes[pools[0].id], layout.boxes[link.target], layout.boxes[link.source]
        up = primary.cy < replica.cy
        edge = (
            min(layout.boxes[pool.id].cy for pool in pools) if up else max(layout.boxes[pool.id].cy for pool in pools)
        )
        turn = (box.right + replica.x) / 2 + 11
        end = (primary.cx - scene.detail.icon / 2 - 7, primary.cy + (20 if up else -20))
        start = (box.right, edge + (-12 if up else 12))
        with canvas.group(f"writes:{site.id}"):
            canvas.path(
                elbow([start, (turn, start[1]), (turn, end[1]), (end[0] - 6, end[1])]),
                line=canvas.theme.edge,
                width=1.4,
            )
            canvas.path(arrow(end, (1, 0), 7), fill=canvas.theme.edge)


def draw_links(
    canvas: Canvas, layout: Layout, plan: Plan, words: Words, label_heights: Mapping[str, float], used: set[str]
) -> None:
    """Draws the data paths between stores: a dotted line through the gap between the sites, with its name there."""
    links = [link for link in plan.environment.links if link.id in layout.scene.links]
    for link in links:
        used.add("link")
        _link(canvas, layout, link, words, label_heights)


def _link(canvas: Canvas, layout: Layout, link: Link, words: Words, label_heights: Mapping[str, float]) -> None:
    theme, half = canvas.theme, layout.scene.detail.icon / 2
    ends = sorted((link.source, link.target), key=lambda name: layout.boxes[name].cy)
    upper, lower = (layout.boxes[name] for name in ends)
    top, bottom = upper.cy + half + label_heights[ends[0]] + 6, lower.cy - half - 7
    down = ends[1] == link.target
    with canvas.group(f"link:{link.id}"):
        x = upper.cx
        line = [(x, top + (0 if down else 7)), (x, bottom - (7 if down else 0))]
        canvas.path(elbow(line), line=theme.edge, width=1.8, dash="2 4")
        canvas.path(arrow((x, bottom) if down else (x, top), (0, 1 if down else -1), 8), fill=theme.edge)
        frames = [box for box in layout.sites.values() if box.bottom <= lower.cy]
        gap_top = max(box.bottom for box in frames) if frames else (top + bottom) / 2 - layout.scene.detail.site_gap / 2
        y = gap_top + layout.scene.detail.site_gap / 2
        title = words.text(link.title)
        width = min(190.0, measure(title) + 22 + (24 if link.icon else 0))
        limit = max(frame.right for frame in layout.sites.values()) - 8  # beyond it runs the test traffic
        box = Box(min(x - width / 2, limit - width), y - 13, width, 26)
        canvas.rect(box, fill=theme.card, line=theme.rule, radius=13)
        left = box.x + 11
        if link.icon:
            canvas.icon(link.icon, Box(left, y - 9, 18, 18))
            left += 24
        canvas.text(left, y + 5, title, max_width=box.right - 9 - left)


def draw_tests(
    canvas: Canvas, layout: Layout, moment: Moment, words: Words, rows: Mapping[str, Point], used: set[str]
) -> None:
    """Draws test traffic from whoever tests to the pool, around the store and never across another line.

    ``rows`` says where the row of each actor begins in the lane of those who act.
    """
    for route in moment.after.routes:
        if route.kind is not RouteKind.TEST or route.target not in layout.boxes:
            continue
        used.add("test")
        theme, scene = canvas.theme, layout.scene
        box = layout.boxes[route.target]
        above = _outer_side(scene, layout, route.target)
        y = box.cy + (-1 if above else 1) * (box.height / 2 - 12)
        with canvas.group(f"test:{route.target}"):
            if route.source in rows:
                start = rows[route.source]
                turn = (max(frame.right for frame in layout.sites.values()) + layout.boxes["actors"].x) / 2
                points = [start, (turn, start[1]), (turn, y), (box.right + 8, y)]
                store = next(
                    (t for t in scene.things if t.kind == "store" and t.site == _site(scene, route.target)), None
                )
                x = (box.right + 12 + (layout.boxes[store.id].x if store else turn)) / 2
                canvas.path(elbow(points), line=theme.violet, width=2, dash="6 4")
            else:
                x, y = box.cx + 4, box.y + 1
            if route.source in rows:
                canvas.path(arrow((box.right + 1, y), (-1, 0), 9), fill=theme.violet)
            canvas.pill(x, y, words.get("picture.test"), fill=theme.violet, ink=theme.on_violet)


def _site(scene: Scene, thing: str) -> str:
    return next(t.site for t in scene.things if t.id == thing)


def _outer_side(scene: Scene, layout: Layout, pool: str) -> bool:
    """Whether a pool's upper edge is the one that is away from its store and from the other site."""
    site = _site(scene, pool)
    beside = [layout.boxes[thing.id].cy for thing in scene.of_site(site, "pool")]
    if len(beside) > 1:
        return layout.boxes[pool].cy < sum(beside) / len(beside)
    frames = sorted(layout.sites, key=lambda name: layout.sites[name].y)
    return frames.index(site) == 0 and len(frames) > 1
