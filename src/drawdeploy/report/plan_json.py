"""A plan as JSON, for other programs. Its fields are described in ``docs/plan-json.md``."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from drawdeploy.costs import Costs, Spell, StepCosts, tally
from drawdeploy.ledger import Figures, Ledger, StepFigures, shares
from drawdeploy.model import (
    REVISIONS,
    Act,
    Check,
    Duration,
    Move,
    Phase,
    Phrase,
    Plan,
    Rollback,
    Round,
    Route,
    RouteKind,
    Scalar,
    Stage,
    State,
    Step,
    Text,
)
from drawdeploy.words import Words, names

SCHEMA = "drawdeploy/plan/v1"

_DIGITS = 6
_WIDTH = 100
_LEAF = re.compile(r'[\[{]\n(?:"(?:[^"\\]|\\.)*+"|[^\[\]{}"])*+[\]}]')  # brackets inside a string are none

Json = dict[str, Any]


def dumps(plan: Plan, ledger: Ledger, words: Mapping[str, Words]) -> str:
    """A plan and its figures as indented JSON.

    Args:
        plan: What happens.
        ledger: Its figures.
        words: The languages that texts are given in, by their name (``en``, ``ko``).

    Returns:
        The same text for the same plan, ending in a newline.
    """
    text = json.dumps(_Writer(plan, words).plan(ledger), indent=2, ensure_ascii=False)
    return _LEAF.sub(_on_one_line, text) + "\n"


def _on_one_line(leaf: re.Match[str]) -> str:
    """An object or list without others in it, on one line if that is short. No string holds a raw line break."""
    row = " ".join(line.strip() for line in leaf[0].split("\n"))
    row = row[0] + row[2:-2] + row[-1]
    return row if len(row) <= _WIDTH else leaf[0]


class _Writer:
    """Writes the parts of a plan; a text becomes an object with one entry a language."""

    def __init__(self, plan: Plan, words: Mapping[str, Words]) -> None:
        self._plan = plan
        self._words = words
        self._names = names(plan)

    def plan(self, ledger: Ledger) -> Json:
        plan = self._plan
        costs = tally(plan, ledger)
        rows = zip(plan.steps, ledger.steps, costs.steps, strict=True)
        return {
            "schema": SCHEMA,
            "service": {
                "name": plan.service.name,
                "old": plan.service.old,
                "new": plan.service.new,
                **({"newer": plan.service.newer} if plan.service.newer else {}),
                "replicas": plan.service.replicas,
            },
            "strategy": {"id": plan.strategy.id, "title": self._text(plan.strategy.title)},
            "environment": {
                "id": plan.environment.id,
                "title": self._text(plan.environment.title),
                "sites": [
                    {"id": site.id, "kind": site.kind, "title": self._text(site.title), "capacity": site.capacity}
                    for site in plan.environment.sites
                ],
            },
            "placement": {"id": plan.placement.id, "title": self._text(plan.placement.title)},
            "parameters": {name: _plain(value) for name, value in plan.parameters},
            "outcome": plan.outcome.value,
            **({} if plan.here is None else {"here": plan.here}),
            "totals": {
                "steps": len(plan.steps),
                "duration": _duration(ledger.total),
                "lowest_serving": _number(ledger.lowest_serving),
                "peak_running": ledger.peak_running,
                "costs": _costs(costs),
            },
            "warnings": [
                {"message": self._say(w.message), "hint": self._say(w.hint), "steps": list(w.steps)}
                | ({"field": w.field} if w.field else {})
                for w in plan.warnings
            ],
            "begin": {"state": _state(plan.begin), "figures": _figures(ledger.begin)},
            "steps": [self._step(*row) for row in rows],
        }

    def _step(self, step: Step, figures: StepFigures, costs: StepCosts) -> Json:
        return {
            "number": step.number,
            "id": step.id,
            "slug": self._plan.stem(step),
            "title": self._say(step.title),
            "text": self._say(step.text),
            "round": _round(step.round, step.in_round),
            "key": step.key,
            "acts": self._acts(step.acts),
            "moves": [_move(move) for move in step.moves],
            "checks": [self._check(check) for check in step.checks],
            "duration": _duration(step.duration),
            "elapsed": _duration(figures.elapsed),
            "state": _state(step.after),
            "figures": _figures(figures.after),
            "costs": {
                **_spell(costs.spell),
                "lowest_serving": _number(figures.lowest),
                "peak_running": figures.peak,
                "safe": _maybe(costs.safe),
            },
            "rollback": self._rollback(step.rollback, figures.stages, costs.needs),
        }

    def _rollback(self, rollback: Rollback, figures: tuple[Figures, ...], needs: tuple[tuple[int, ...], ...]) -> Json:
        return {
            "kind": rollback.kind.value,
            "summary": self._say(rollback.summary),
            "stages": [self._stage(*row) for row in zip(rollback.stages, figures, needs, strict=True)],
        }

    def _stage(self, stage: Stage, figures: Figures, needs: tuple[int, ...]) -> Json:
        return {
            "kind": stage.kind.value,
            "title": self._say(stage.title),
            "reason": self._say(stage.reason) if stage.reason else None,
            "acts": self._acts(stage.acts),
            "moves": [_move(move) for move in stage.moves],
            "duration": _duration(stage.duration) if stage.possible else None,
            "created": stage.created,
            "batches": stage.batches,
            "fits": stage.fits,
            "needs": {site.site: n for site, n in zip(figures.sites, needs, strict=True)},
            "pools": _pools(stage.after),
            "exposure": _number(figures.exposure),
            "serving": _number(figures.serving),
            "running": figures.running,
        }

    def _acts(self, acts: Iterable[Act]) -> list[Json]:
        return [{"actor": act.actor, "text": self._say(act.text)} for act in acts]

    def _check(self, check: Check) -> Json:
        return {
            "kind": check.kind.value,
            "who": check.who,
            "text": self._say(check.text),
            "seconds": check.seconds,
            **{key: self._say(text) for key in ("success", "failure") if (text := getattr(check, key))},
        }

    def _say(self, phrase: Phrase) -> Json:
        return {lang: words.say(phrase, self._names) for lang, words in self._words.items()}

    def _text(self, text: Text) -> Json:
        return {lang: words.text(text) for lang, words in self._words.items()}


def _state(state: State) -> Json:
    live: dict[str, Json] = {}
    for route in state.routes:
        if route.kind is RouteKind.LIVE:
            live.setdefault(route.source, {})[route.target] = _number(route.weight)
    tests = [route.target for route in state.routes if route.kind is RouteKind.TEST]
    row: Json = {"pools": _pools(state), "live": live, "test": tests}
    for kind in (RouteKind.MATCH, RouteKind.MIRROR):
        if found := [_way(route) for route in state.routes if route.kind is kind]:
            row[kind.value] = found
    if state.services:
        row["services"] = [{"name": name, "pool": pool} for name, pool in state.services]
    if state.flags:
        row["flags"] = {name: _number(part) for name, part in state.flags}
    if state.schema:
        row["schema"] = state.schema
    return row


def _way(route: Route) -> Json:
    """A route of requests that match a rule, or of mirrored ones."""
    way = {"source": route.source, "target": route.target, "weight": _number(route.weight)}
    return {**way, "rule": route.rule} if route.rule else way


def _pools(state: State) -> Json:
    """Share of traffic and the phases that occur, with their counts, by pool id."""
    part = shares(state)
    rows: Json = {}
    for pool in state.pools:
        counts = {phase.value: pool.count(phase) for phase in Phase}
        rows[pool.id] = {"share": _number(part[pool.id]), **{phase: n for phase, n in counts.items() if n}}
        running = Counter(instance.revision for instance in pool.instances if instance.phase.running)
        if set(running) - {pool.revision}:  # updated in place
            rows[pool.id]["revisions"] = {name: running[name] for name in REVISIONS if running[name]}
    return rows


def _figures(figures: Figures) -> Json:
    return {
        "exposure": _number(figures.exposure),
        "serving": _number(figures.serving),
        "running": figures.running,
        "new": figures.new,
        "lost": _number(figures.lost),
        "mirrored": _number(figures.mirrored),
        "sites": {
            site.site: {"running": site.running, "serving": site.serving, "standby": site.standby}
            for site in figures.sites
        },
    }


def _costs(costs: Costs) -> Json:
    return {
        **_spell(costs.total),
        "surge": costs.surge,
        "lost": _number(costs.lost),
        "mirrored": _number(costs.mirrored),
        "unproven": _number(costs.unproven),
        "leap": _number(costs.leap),
        "back": _maybe(costs.back),
        "end": _maybe(costs.end),
        "no_return": costs.no_return or None,
        "load": None if costs.load is None else _number(costs.load),
        "requests_exposed": costs.requests(costs.total.exposed),
        "requests_lost": costs.requests(costs.total.lost),
    }


def _spell(spell: Spell) -> Json:
    return {
        "exposed_seconds": _number(spell.exposed),
        "instance_seconds": spell.instances,
        "lost_seconds": _number(spell.lost),
        "outage_seconds": spell.outage,
        "mirrored_seconds": _number(spell.mirrored),
    }


def _maybe(duration: Duration | None) -> Json | None:
    return None if duration is None else _duration(duration)


def _round(turn: Round | None, position: tuple[int, int] | None) -> Json | None:
    if turn is None or position is None:
        return None
    place = {"index": turn.index, "total": turn.total, "step": position[0], "steps": position[1]}
    return {**place, "site": turn.site} if turn.site else place


def _move(move: Move) -> Json:
    """A move; of what does not apply to its verb nothing is written."""
    row: Json = {"verb": move.verb.value}
    if move.pool:
        row["pool"] = move.pool
    if move.numbers:
        row |= {"count": len(move.numbers), "instances": ranges(move.numbers)}
    if move.value:
        row["value"] = move.value
    if move.off:
        row["off"] = True
    if move.seconds:
        row["seconds"] = move.seconds
    if move.batches:
        row["batches"] = "-".join(map(str, dict.fromkeys(move.batches)))
    if move.shifts:
        row["changes"] = [
            {"source": s.source, "target": s.target, "before": _number(s.before), "after": _number(s.after)}
            for s in move.shifts
        ]
    return row


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers in short: ``1-3,5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)


def _duration(duration: Duration) -> Json:
    return {"seconds": duration.seconds, "approvals": duration.approvals}


def _number(share: Fraction) -> int | float:
    """A share as a number, rounded to six digits."""
    return share.numerator if share.denominator == 1 else round(float(share), _DIGITS)


def _plain(value: Scalar) -> str | int | float | bool:
    if isinstance(value, Duration):
        return value.seconds
    return _number(value) if isinstance(value, Fraction) else value
