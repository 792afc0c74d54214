"""What each part of a picture is, in words: for whoever points at it in the player, or reads the page by ear.

Parts carry the names that the pictures give them (``pool:blue@onprem``); a text is told for the first step it is true
in, and holds until another is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from drawdeploy.ledger import flows
from drawdeploy.model import Phase, Plan, Pool, RouteKind, State
from drawdeploy.words import names, role_title

if TYPE_CHECKING:
    from markupsafe import Markup

    from drawdeploy.words import Words

_NAMED = 12
"""Pools with more instances draw them as stacks, in which no single one can be pointed at."""


def told(plan: Plan, words: Words) -> Markup:
    """The texts of every step by its number, as JSON that may stand in a ``<script>``; 0 is the start.

    A step has only what differs from the one before.
    """
    from markupsafe import Markup  # comes with jinja2: not for `--help`

    known: dict[str, str] = {}
    out: dict[str, dict[str, str]] = {}
    for number, state in enumerate((plan.begin, *(step.after for step in plan.steps))):
        said = dict(_parts(plan, state, words))
        out[str(number)] = {part: text for part, text in said.items() if known.get(part) != text}
        known |= said
    text = json.dumps(out, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _parts(plan: Plan, state: State, words: Words) -> Iterator[tuple[str, str]]:
    """Every part that can be pointed at, and what it is now."""
    title = {name: words.text(text) for name, text in names(plan).items()}
    arriving = flows(state)
    for pool in state.pools:
        share = words.percent(arriving.get(pool.id, Fraction(0)))
        counts = ", ".join(_counts(pool, words)) or words.get("report.player.nothing")
        yield f"pool:{pool.id}", words.get("report.player.pool", title=title[pool.id], counts=counts, share=share)
        if len(pool.instances) <= _NAMED:
            yield from _instances(plan, pool, words)
    for node in plan.environment.nodes:
        ways = [r for r in state.routes if r.source == node.id and r.kind is RouteKind.LIVE]
        said = title.get(node.id, node.id)
        if len(ways) > 1:
            shares = ", ".join(f"{title.get(r.target, r.target)} {words.percent(r.weight)}" for r in ways)
            said = words.get("report.player.router", title=said, shares=shares)
        yield f"node:{node.id}", said


def _counts(pool: Pool, words: Words) -> list[str]:
    phases = (Phase.SERVING, Phase.STANDBY, Phase.READY, Phase.STARTING, Phase.STOPPING, Phase.FAILED)
    return [words.get(f"picture.count.{phase}", n=n) for phase in phases if (n := pool.count(phase))]


def _instances(plan: Plan, pool: Pool, words: Words) -> Iterator[tuple[str, str]]:
    role = words.text(role_title(pool.role))
    for instance in pool.instances:
        if instance.phase is Phase.PLANNED:
            continue
        yield (
            f"instance:{pool.id}:{instance.number}",
            words.get(
                "report.player.instance",
                role=role,
                n=instance.number,
                revision=plan.service.named(instance.revision),
                phase=words.get(f"picture.phase.{instance.phase}"),
            ),
        )
