"""Places a scene: once for all its states. The only importer of ``diagrams``.

``diagrams`` and Graphviz decide in which column each thing stands. They know nothing of frames that line up, or of a
router that stands level with the middle of its pools: so what they find is then snapped to the columns and rows of the
picture. That also makes the result the same for every engine that agrees on the ranks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import engine
from drawdeploy.picture.aside import Answer, Aside
from drawdeploy.picture.scene import ZONE_HEAD, ZONE_PAD, Scene, Thing
from drawdeploy.value import Value

Centres = dict[str, tuple[float, float]]
"""The centre of every node, by its id."""


class Box(Value):
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    @property
    def cx(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2

    @property
    def cy(self) -> float:
        """The y of its middle."""
        return self.y + self.height / 2

    def moved(self, dx: float, dy: float) -> Box:
        """The same rectangle elsewhere."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def grown(self, by: float) -> Box:
        """The rectangle with a margin of ``by`` around it."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)


class Layout(Value):
    """Where everything stands, from (0, 0).

    Attributes:
        boxes: What is seen of each thing, by its id.
        sites: The frame of each site, by its id.
        zones: The frame of each network zone that is drawn, by site and zone.
    """

    scene: Scene
    boxes: Mapping[str, Box]
    sites: Mapping[str, Box]
    width: float
    height: float
    zones: Mapping[tuple[str, str], Box] = MappingProxyType({})


def load() -> None:
    """Loads what a layout takes long to load."""
    import subprocess  # noqa: F401 - what most engines need

    import diagrams  # noqa: F401


def begin(scene: Scene, engine_name: str, beside: Aside) -> Answer[Centres]:
    """Has another process ask the engine for what :func:`place` needs."""
    return beside.ask(_find, scene.things, scene.sites, scene.edges, engine_name)


def place(scene: Scene, engine_name: str = "auto", begun: Answer[Centres] | None = None) -> Layout:
    """Lays a scene out.

    Args:
        scene: What stands where.
        engine_name: What finds the columns.
        begun: What :func:`begin` gave for the same scene and engine.

    Raises:
        DrawDeployError: No layout engine is to be had, or what it gave cannot be read.
    """
    centres = begun.get() if begun else _find(scene.things, scene.sites, scene.edges, engine_name)
    missing = [thing.id for thing in scene.things if thing.id not in centres]
    if missing:
        raise DrawDeployError(
            f"the layout engine lost {', '.join(missing)}", "try another one: --engine pygraphviz", code=Exit.FAILED
        )
    columns = _columns(scene, centres)
    boxes, width = _snap_columns(scene, columns)
    return _snap_rows(scene, boxes, width)


def _find(things: Sequence[Thing], sites: Sequence[str], edges: Sequence[tuple[str, str]], engine_name: str) -> Centres:
    return _centres(engine.layout_svg(_dot(things, sites, edges), engine_name))


def dot(scene: Scene) -> str:
    """The DOT that ``diagrams`` makes of a scene. Lengths are in points, one to a pixel."""
    return _dot(scene.things, scene.sites, scene.edges)


def _dot(things: Sequence[Thing], sites: Sequence[str], edges: Sequence[tuple[str, str]]) -> str:
    from diagrams import Cluster, Diagram, Edge, Node, setcluster, setdiagram  # 60 ms, and only pictures need it

    class Unrendered(Diagram):  # type: ignore[misc]  # diagrams has no types
        """A diagram that is not drawn, and that lets go of its context whatever happens inside."""

        def __exit__(self, *_: object) -> None:
            setcluster(None)
            setdiagram(None)

    attributes = {"pad": "0", "splines": "line", "nodesep": "0.3", "ranksep": "0.28", "ordering": "out", "label": ""}
    made: dict[str, Any] = {}

    def node(thing: Thing) -> None:
        size = {"width": f"{(thing.width + thing.gap) / 72:.4f}", "height": f"{thing.height / 72:.4f}"}
        made[thing.id] = Node("", nodeid=thing.id, id=thing.id, shape="box", style="solid", fixedsize="true", **size)

    with Unrendered("drawdeploy", show=False, direction="LR", graph_attr=attributes) as diagram:
        for thing in things:
            if not thing.site:
                node(thing)
        for site in sites:
            cluster = Cluster(site)
            cluster.name = cluster.dot.name = f"cluster_{site}"
            with cluster:
                for thing in things:
                    if thing.site == site:
                        node(thing)
        for source, target in edges:
            diagram.connect(made[source], made[target], Edge(forward=True))
    return str(diagram.dot.source)


_NODE = re.compile(r'<g id="([^"]+)" class="node">(.*?)</g>', re.S)
_POINTS = re.compile(r'points="([^"]+)"')


def _centres(svg: str) -> Centres:
    """The centre of every node of an engine's SVG."""
    import html

    found = {}
    for name, inside in _NODE.findall(svg):
        points = _POINTS.search(inside)
        if points is None:
            continue
        pairs = [tuple(map(float, pair.split(","))) for pair in points[1].split()]
        xs, ys = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        found[html.unescape(name)] = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    return found


def _columns(scene: Scene, centres: Mapping[str, tuple[float, float]]) -> list[list[Thing]]:
    """Things by rank, from the left. Graphviz centres what shares a rank on one vertical line."""
    columns: list[list[Thing]] = []
    at = float("-inf")
    for thing in sorted(scene.things, key=lambda thing: centres[thing.id][0]):
        x = centres[thing.id][0]
        if x - at > 2:
            columns.append([])
        columns[-1].append(thing)
        at = x
    return columns


def _snap_columns(scene: Scene, columns: list[list[Thing]]) -> tuple[dict[str, Box], float]:
    """Gives every column its x, and spreads what is left of the width over the gaps between them."""
    detail = scene.detail
    widths = [max(thing.width for thing in column) for column in columns]
    gaps = [max(thing.gap for thing in column) for column in columns]
    # A frame of a site sticks out on the right of its last column; on the left its margin is part of the gap.
    tail = 0.0 if columns[-1][0].id == "actors" else detail.site_pad
    lead = detail.site_pad if columns[0][0].site else 0.0
    used = sum(widths) + sum(gaps) + tail + lead
    if used > detail.most:  # a little closer together, rather than smaller as a whole
        closer = max(0.86, 1 - (used - detail.most) / sum(gaps))
        gaps = [gap * closer for gap in gaps]
        used = sum(widths) + sum(gaps) + tail + lead
    slack = max(0.0, detail.width - used)
    share = slack / max(1, len(columns) - 1)
    boxes: dict[str, Box] = {}
    x = lead
    for index, (column, width, gap) in enumerate(zip(columns, widths, gaps, strict=True)):
        x += gap + (share if index else 0)
        for thing in column:
            boxes[thing.id] = Box(x + (width - thing.width) / 2, 0, thing.width, thing.height)
        x += width
    return boxes, x + tail


TAG = 14.0
"""What the tag of a pool ("NEW") sticks out above it."""


def _foot(scene: Scene, site: str, pools: list[Thing]) -> float:
    """Free room below the pools of a site: labels of nodes may reach further down."""
    detail = scene.detail
    stack = sum(pool.height for pool in pools) + (TAG if detail.actors else 5.0) * (len(pools) - 1)
    standing = [*scene.of_site(site, "node"), *scene.of_site(site, "store")]
    below = max([thing.height / 2 for thing in standing] + [0.0]) - stack / 2
    return max(12.0 if detail.actors else 6.0, below + 5)


def _snap_rows(scene: Scene, boxes: dict[str, Box], width: float) -> Layout:
    """Gives every site an equal part of the height, every pool its row in it, and centres the rest on those."""
    detail = scene.detail
    # In a column, things stand in the scene's order: engines keep it for some graphs and turn it around for others.
    rows = {site: scene.of_site(site, "pool") for site in scene.sites}
    foot = {site: _foot(scene, site, pools) for site, pools in rows.items()}
    tag = TAG if detail.actors else 5.0
    heads = dict.fromkeys(rows, detail.site_head)
    needs = [heads[site] + sum(pool.height + tag for pool in pools) + foot[site] for site, pools in rows.items()]
    gaps = detail.site_gap * (len(rows) - 1)
    actors = next((thing.height for thing in scene.things if thing.kind == "actors"), 0.0)
    zoned = _zones(scene, boxes)
    room = [(ZONE_HEAD + _ZONE_FOOT) * any(name == site for name, _ in zoned) for site in rows]
    if sum(needs) + sum(room) + gaps <= max(detail.height, actors):
        needs = [need + more for need, more in zip(needs, room, strict=True)]
        heads = {site: heads[site] + (ZONE_HEAD if more else 0.0) for site, more in zip(rows, room, strict=True)}
        foot = {site: foot[site] + (_ZONE_FOOT if more else 0.0) for site, more in zip(rows, room, strict=True)}
    else:  # text that can be read comes first
        zoned = {}
    height = max(
        sum(needs) + gaps, actors, min(detail.height, sum(needs) * 1.35 + gaps) if not detail.actors else detail.height
    )
    free = (height - sum(needs) - gaps) / len(needs)
    sites: dict[str, Box] = {}
    y = 0.0
    for (site, pools), need in zip(rows.items(), needs, strict=True):
        sites[site] = Box(0, y, 0, need + free)
        stacked = sum(pool.height + tag for pool in pools)
        space = (need + free - heads[site] - foot[site] - stacked) / (len(pools) + 1)
        at = y + heads[site]
        for pool in pools:
            at += space + tag
            boxes[pool.id] = boxes[pool.id].moved(0, at)
            at += pool.height
        y += need + free + detail.site_gap
    for site, pools in rows.items():
        middle = sum(boxes[pool.id].cy for pool in pools) / len(pools)
        standing = [*scene.of_site(site, "node"), *scene.of_site(site, "store")]
        for thing in standing:
            boxes[thing.id] = boxes[thing.id].moved(0, middle - thing.height / 2)
        inside = [boxes[thing.id] for thing in [*standing, *pools]]
        left = min(box.x for box in inside) - detail.site_pad
        right = max(box.right for box in inside) + detail.site_pad
        sites[site] = Box(left, sites[site].y, right - left, sites[site].height)
    left, right = min(frame.x for frame in sites.values()), max(frame.right for frame in sites.values())
    sites = {site: Box(left, box.y, right - left, box.height) for site, box in sites.items()}
    middles = [boxes[pools[0].id].cy / 2 + boxes[pools[-1].id].cy / 2 for pools in rows.values()]
    middle = sum(middles) / len(middles)
    for thing in scene.things:
        if thing.kind == "actors":
            boxes[thing.id] = Box(boxes[thing.id].x, 0, thing.width, height)
        elif not thing.site:
            boxes[thing.id] = boxes[thing.id].moved(0, middle - thing.height / 2)
    zones = {
        (site, zone): Box(box.x, sites[site].y + detail.site_head, box.width, sites[site].height - detail.site_head - 9)
        for (site, zone), box in zoned.items()
    }
    return Layout(scene, boxes, {site: sites[site] for site in scene.sites}, width, height, zones)


_ZONE_FOOT = 8.0


def _zones(scene: Scene, boxes: Mapping[str, Box]) -> dict[tuple[str, str], Box]:
    """From where to where the network zones reach, if they stand side by side."""
    found: dict[tuple[str, str], Box] = {}
    for thing in scene.things:
        if thing.zone:
            box = boxes[thing.id].grown(ZONE_PAD)
            before = found.get((thing.site, thing.zone), box)
            left, right = min(before.x, box.x), max(before.right, box.right)
            found[thing.site, thing.zone] = Box(left, 0, right - left, 0)
    apart = all(
        boxes[thing.id].right <= box.x or box.right <= boxes[thing.id].x
        for (site, zone), box in found.items()
        for thing in scene.things
        if thing.site == site and thing.zone != zone
    )
    return found if apart else {}
