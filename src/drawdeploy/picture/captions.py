"""The short texts on a picture that change from step to step, said once for measuring and for drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawdeploy.model import Phase, Plan, Pool, Site, State
from drawdeploy.picture.moments import PoolView
from drawdeploy.words import role_title

if TYPE_CHECKING:
    from drawdeploy.words import Words

# The order in which a pool's header speaks of its instances, the live ones first.
SPOKEN = (Phase.SERVING, Phase.STANDBY, Phase.READY, Phase.STARTING, Phase.STOPPING, Phase.FAILED)


def pool_title(plan: Plan, pool: Pool, words: Words) -> str:
    """``Blue · v1``."""
    revision = plan.service.old if pool.revision == "old" else plan.service.new
    return f"{words.text(role_title(pool.role))} · {revision}"


def pool_status(view: PoolView, words: Words, *, mode: str, brief: bool) -> str:
    """``2 serving · 1 standby · 67 %``: what stands in the pool's header, beside its title.

    Args:
        view: The pool.
        words: The language.
        mode: How its instances are drawn. Stacks say the counts themselves.
        brief: Leave out what can be seen from full, solid cells, that what is on standby gets nothing, and the share
            of what is tested: the word "test" stands there.
    """
    parts = []
    if mode == "stacks":
        if view.pool.running:
            parts = [words.get("picture.running", n=view.pool.running)]
    else:
        phases = SPOKEN[1:] if brief else SPOKEN
        parts = [words.get(f"picture.count.{phase}", n=view.counts[phase]) for phase in phases if view.counts[phase]]
    live = view.counts[Phase.SERVING] or view.counts[Phase.STANDBY]
    if (view.share and not view.tested) if brief else (view.share or live):
        parts.append(words.percent(view.share))
    return " · ".join(parts)


def site_status(site: Site, state: State, words: Words) -> tuple[str, int]:
    """``headroom 2 of 6``, and how many instances do not fit."""
    running = sum(pool.running for pool in state.pools if pool.site == site.id)
    if site.capacity is None:
        return (words.get("picture.elastic") if site.kind == "cloud" else "", 0)
    over = max(0, running - site.capacity)
    if over:
        return words.get("picture.over", n=over, capacity=site.capacity), over
    return words.get("picture.headroom", n=site.capacity - running, capacity=site.capacity), 0


def weight(value: int) -> str:
    """A route's own weight in whole percent."""
    return f"{value} %"
