"""A state as a small graph of texts, for formats that lay out themselves or have no pictures."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from drawdeploy.ledger import LOST, shares
from drawdeploy.model import Phase, Plan, Pool, RouteKind, State
from drawdeploy.value import Value
from drawdeploy.words import names, role_title

if TYPE_CHECKING:
    from drawdeploy.words import Words

PHASES = (Phase.SERVING, Phase.STANDBY, Phase.READY, Phase.STARTING, Phase.STOPPING, Phase.FAILED)


class Dot(Value):
    """A thing.

    Attributes:
        id: As in the plan.
        lines: What it says.
        icon: Dotted name of its icon; empty if it has none.
        site: Id of the site it stands in; empty if outside.
        revision: Of a pool, the revision that most of its instances run; empty for anything else, and for empty pools.
        counts: Of a pool, how many are in each phase.
    """

    id: str
    lines: tuple[str, ...]
    icon: str = ""
    site: str = ""
    revision: str = ""
    counts: tuple[tuple[Phase, int], ...] = ()


class Arrow(Value):
    """A way that requests take.

    Attributes:
        kind: ``live``, ``idle`` (a live route at weight 0), ``test``, ``mirror`` or ``match``.
        label: Weight or rule; may be empty.
        share: Part of its source's traffic.
    """

    source: str
    target: str
    kind: str
    label: str
    share: Fraction


class Graph(Value):
    """Everything, sites by id and title."""

    dots: tuple[Dot, ...]
    arrows: tuple[Arrow, ...]
    sites: tuple[tuple[str, str], ...]


def graph(plan: Plan, state: State, words: Words) -> Graph:
    """The graph of a state."""
    titles = {name: words.text(text) for name, text in names(plan).items()}
    ends = {end for route in state.routes for end in (route.source, route.target)}
    dots = [
        Dot(node.id, (words.text(node.title),), node.icon, node.site)
        for node in plan.environment.nodes
        if node.id in ends
    ]
    icons = {site.id: site.compute for site in plan.environment.sites}
    arriving = shares(state)
    dots += [_pool(plan, pool, arriving[pool.id], icons[pool.site], words) for pool in state.pools]
    dots += [Dot(a.id, (words.text(a.title),), a.icon) for a in plan.environment.actors if a.id in ends]
    if any(route.target == LOST and route.weight for route in state.routes):
        dots.append(Dot(LOST, (words.get("exports.lost"),)))
    known = {dot.id for dot in dots}
    chooses = [route.source for route in state.routes if route.kind is RouteKind.LIVE]
    arrows = []
    for route in state.routes:
        if route.source not in known or route.target not in known:
            continue
        kind = str(route.kind) if route.kind is not RouteKind.LIVE or route.weight else "idle"
        label = words.percent(route.weight) if route.kind is not RouteKind.TEST else words.get("picture.test")
        if route.kind is RouteKind.LIVE and chooses.count(route.source) == 1:
            label = ""
        if route.kind is RouteKind.MATCH:
            label = f"{route.rule} · {label}"
        arrows.append(Arrow(route.source, route.target, kind, label, route.weight))
    used = {dot.site for dot in dots if dot.site}
    return Graph(
        tuple(dots), tuple(arrows), tuple((s.id, titles[s.id]) for s in plan.environment.sites if s.id in used)
    )


def _pool(plan: Plan, pool: Pool, share: Fraction, icon: str, words: Words) -> Dot:
    running = [i.revision for i in pool.instances if i.phase.running]
    revision = max(dict.fromkeys(running), key=running.count) if running else ""
    named = {"old": plan.service.old, "new": plan.service.new}
    title = f"{words.text(role_title(pool.role))} · {named.get(revision or pool.revision, revision or pool.revision)}"
    counts = tuple((phase, n) for phase in PHASES if (n := pool.count(phase)))
    said = [words.get(f"picture.count.{phase}", n=n) for phase, n in counts]
    lines = (title, ", ".join(said) or f"0 / {len(pool.instances)}", words.percent(share))
    return Dot(pool.id, lines, icon, pool.site, revision, counts)
