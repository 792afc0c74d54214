"""The short texts on a picture that change from step to step, said once for measuring and for drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawdeploy.model import Phase, Plan, RepeatSpec, Round, Scalar, Site, State, Step
from drawdeploy.picture.moments import PoolView
from drawdeploy.words import names, role_title

if TYPE_CHECKING:
    from drawdeploy.words import Words

# The order in which a pool's header speaks of its instances, the live ones first.
SPOKEN = (Phase.SERVING, Phase.STANDBY, Phase.READY, Phase.STARTING, Phase.STOPPING, Phase.FAILED)


def pool_title(plan: Plan, view: PoolView, words: Words) -> str:
    """``Blue · v1``; while a pool is updated in place, ``App · v1 + v2``."""
    said = " + ".join(plan.service.named(revision) for revision in view.revisions)
    return f"{words.text(role_title(view.pool.role))} · {said}"


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
    if len(view.revisions) > 1:
        fresh = sum(
            instance.revision == view.revisions[-1] and instance.phase.running for instance in view.pool.instances
        )
        parts = [words.get("picture.on_new", n=fresh)] + ([] if brief or len(parts) > 1 else parts)
    live = view.counts[Phase.SERVING] or view.counts[Phase.STANDBY]
    if (view.share and not view.tested) if brief else (view.share or live):
        parts.append(weight(view.percent, words))
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


def weight(value: int, words: Words) -> str:
    """A route's own weight, or a pool's share, in whole percent."""
    return words.get("common.percent", n=value)


def progress(plan: Plan, step: Step, words: Words) -> tuple[str, str, tuple[int, int]]:
    """Where in the plan a step stands: for the pill, beside it, and as dots."""
    total = len(plan.steps)
    index, length = place = plan.place(step)
    parts = [round_name(plan, step.round, words)] if step.round is not None and step.round.total > 1 else []
    if place != (step.number, total):
        parts.append(words.get("picture.of_all", n=step.number, total=total))
    return f"{index} / {length}", " · ".join(parts), place


def round_name(plan: Plan, turn: Round, words: Words) -> str:
    """``round 2 of 3``, with the site where there are several; ``Cloud · 1 of 2`` where only sites take turns."""
    values: dict[str, Scalar] = {"n": turn.index, "total": turn.total}
    if not turn.site:
        return words.get("picture.round", **values)
    loops = any(isinstance(part, RepeatSpec) for part in plan.strategy.body)
    key = "picture.round_at" if loops else "picture.place_at"
    return words.get(key, site=words.text(names(plan)[turn.site]), **values)
