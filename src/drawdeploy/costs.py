"""What a plan costs over time, and what its way back needs: worked out from the plan and its ledger alone.

How the time of a step is counted: what comes before the first move that changes where users go counts at the figures
before it; while routing changes, the worse of both counts; the rest counts at the figures after. An update in place
counts at the figures before until it is done. People's time is not known, so all times are the least.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from drawdeploy.ledger import Figures, Ledger, flows
from drawdeploy.model import Duration, Phase, Plan, RollbackKind, RouteKind, Service, Stage, State, Step, Verb
from drawdeploy.value import Value

SWITCHING = frozenset({Verb.ROUTE, Verb.STANDBY, Verb.RESUME, Verb.MATCH, Verb.FLAG, Verb.BIND})
"""Moves that change where users go."""


class Spell(Value):
    """What a stretch of time costs.

    Attributes:
        exposed: Share of the users on the new revision, times seconds: 60 s at 1/2 are 30.
        instances: Serving instances of the new revision, times seconds.
        lost: Share of the users whom nobody answers, times seconds.
        outage: Seconds in which there are such users.
        mirrored: Share of the traffic that is copied, times seconds.
    """

    exposed: Fraction = Fraction(0)
    instances: int = 0
    lost: Fraction = Fraction(0)
    outage: int = 0
    mirrored: Fraction = Fraction(0)

    def __add__(self, other: Spell) -> Spell:
        return Spell(
            self.exposed + other.exposed,
            self.instances + other.instances,
            self.lost + other.lost,
            self.outage + other.outage,
            self.mirrored + other.mirrored,
        )


class StepCosts(Value):
    """The costs of one step.

    Attributes:
        spell: Of the step alone.
        until: Of everything until its end.
        needs: For each stage of its rollback, the most instances at once at each site, in the environment's order.
        safe: How long the rollback takes until no user is on the new revision or lost; ``None`` if it never is so.
    """

    number: int
    spell: Spell
    until: Spell
    needs: tuple[tuple[int, ...], ...]
    safe: Duration | None


class Costs(Value):
    """The costs of a plan.

    Attributes:
        total: Of all steps.
        surge: Instances at once beyond those of the beginning.
        lost: The largest share of users whom nobody answers.
        mirrored: The largest share of traffic that is copied.
        unproven: The largest share of users on the new revision before it has passed a check under live traffic.
        leap: The largest share of users that one step moves to the new revision.
        proof: Number of the first step that checks the new revision under live traffic; 0 if none does.
        last_check: Number of the last such step; 0 if none does.
        back: How long it takes, at the longest, until nobody is on the new revision any more, from the steps up to the
            last check under live traffic; ``None`` if there is no way back from one of them.
        end: The same from the last step.
        load: The highest load of an instance as a part of what it can serve; ``None`` if that is not known.
        rate: Live requests per second; 0 if not known.
        no_return: Number of the first step from which there is no way back; 0 if there always is.
    """

    steps: tuple[StepCosts, ...]
    total: Spell
    surge: int
    lost: Fraction
    mirrored: Fraction
    unproven: Fraction
    leap: Fraction
    proof: int
    last_check: int
    back: Duration | None
    end: Duration | None
    load: Fraction | None
    rate: int
    no_return: int

    def requests(self, share_seconds: Fraction) -> int | None:
        """How many requests a share of the users makes in a time; ``None`` if the rate is not known."""
        return round(share_seconds * self.rate) if self.rate else None


def tally(plan: Plan, ledger: Ledger) -> Costs:
    """Works out the costs of a plan."""
    rows: list[StepCosts] = []
    until = Spell()
    before = ledger.begin
    for step, entry in zip(plan.steps, ledger.steps, strict=True):
        spell = _spell(step, before, entry.after)
        until += spell
        needs = tuple(_needs(plan, stage) for stage in step.rollback.stages)
        rows.append(StepCosts(step.number, spell, until, needs, _safe(step, entry.after, entry.stages)))
        before = entry.after
    states = [ledger.begin, *(entry.after for entry in ledger.steps)]
    checked = [n for n, step in enumerate(plan.steps, 1) if waits(step) and states[n].exposure]
    proof, last = (checked[0], checked[-1]) if checked else (0, 0)
    exposed = [row for row in rows if states[row.number].exposure or states[row.number].lost]
    return Costs(
        steps=tuple(rows),
        total=until,
        surge=ledger.peak_running - ledger.begin.running,
        lost=max(state.lost for state in states),
        mirrored=max(state.mirrored for state in states),
        unproven=max(state.exposure for state in states[: proof + 1 if proof else None]),
        leap=max([Fraction(0), *(now.exposure - was.exposure for was, now in pairwise(states))]),
        proof=proof,
        last_check=last,
        back=_slowest([row.safe for row in exposed if row.number <= (last or len(rows))]),
        end=rows[-1].safe if rows else Duration(),
        load=_load(plan),
        rate=plan.service.requests,
        no_return=next((step.number for step in plan.steps if step.rollback.kind is RollbackKind.NONE), 0),
    )


def waits(step: Step) -> bool:
    """Whether somebody or something looks at the result of a step before the next."""
    return bool(step.checks) or any(move.verb is Verb.OBSERVE and move.seconds for move in step.moves)


# --- time ------------------------------------------------------------------------------------------------------------


def _spell(step: Step, before: Figures, after: Figures) -> Spell:
    first, mixed, rest = parts(step)
    return _over(first, before, before) + _over(mixed, before, after) + _over(rest, after, after)


def _over(seconds: int, one: Figures, other: Figures) -> Spell:
    """So many seconds at the worse of two figures."""
    if not seconds:
        return Spell()
    lost = max(one.lost, other.lost)
    return Spell(
        exposed=max(one.exposure, other.exposure) * seconds,
        instances=max(one.new, other.new) * seconds,
        lost=lost * seconds,
        outage=seconds if lost else 0,
        mirrored=max(one.mirrored, other.mirrored) * seconds,
    )


def parts(step: Step) -> tuple[int, int, int]:
    """Seconds of a step before, while and after users go elsewhere; all in the middle if they do not."""
    total = step.duration.seconds
    switching = [index for index, move in enumerate(step.moves) if move.verb in SWITCHING]
    updating = [index for index, move in enumerate(step.moves) if move.verb is Verb.UPDATE]
    if switching:
        first = sum(move.seconds for move in step.moves[: switching[0]])
        mixed = sum(move.seconds for move in step.moves[switching[0] : switching[-1] + 1])
        return first, mixed, max(0, total - first - mixed)
    if updating:
        first = sum(move.seconds for move in step.moves[: updating[-1] + 1])
        return first, 0, max(0, total - first)
    return 0, total, 0


# --- the way back ----------------------------------------------------------------------------------------------------


def _safe(step: Step, after: Figures, stages: Sequence[Figures]) -> Duration | None:
    if not after.exposure and not after.lost:
        return Duration()
    if step.rollback.kind is RollbackKind.NONE:
        return None
    taken = Duration()
    for stage, figures in zip(step.rollback.stages, stages, strict=True):
        taken += stage.duration
        if not figures.exposure and not figures.lost:
            return taken
    return None


def _slowest(times: Sequence[Duration | None]) -> Duration | None:
    if any(time is None for time in times):
        return None
    return max((time for time in times if time), key=lambda time: (time.seconds, time.approvals), default=Duration())


def _needs(plan: Plan, stage: Stage) -> tuple[int, ...]:
    """The most instances at once at each site while a stage of a rollback lasts."""
    found = []
    for site in plan.environment.sites:
        before, after = (_running(state, site.id) for state in (stage.before, stage.after))
        created = early = 0
        for move in stage.moves:
            if move.pool.endswith(f"@{site.id}"):
                if move.verb is Verb.CREATE:
                    created += len(move.numbers)
                elif move.verb is Verb.REMOVE and not created:
                    early += len(move.numbers)
        peak = before - early + created if created else before
        if created and stage.batches > 1 and site.capacity is not None:
            # Batches keep to what the site holds; one more than runs must fit at least.
            peak = max(before - early + 1, min(peak, site.capacity))
        found.append(max(before, peak, after))
    return tuple(found)


def _running(state: State, site: str) -> int:
    return sum(pool.running for pool in state.pools if pool.site == site)


# --- load ------------------------------------------------------------------------------------------------------------


def _load(plan: Plan) -> Fraction | None:
    """The highest load of any instance in any state, mirrored traffic included."""
    service = plan.service
    if not service.requests or not service.per_instance:
        return None
    return max(_heaviest(state, service) for state in (plan.begin, *(step.after for step in plan.steps)))


def _heaviest(state: State, service: Service) -> Fraction:
    flow = flows(state)
    parts = {pool.id: flow.get(pool.id, Fraction(0)) for pool in state.pools}
    for route in state.routes:
        if route.kind is RouteKind.MIRROR and route.target in parts:
            parts[route.target] += flow.get(route.source, Fraction(0)) * route.weight
    loads = [Fraction(0)]
    for pool in state.pools:
        # What receives only copies is ready, and serves nobody.
        working = pool.serving or pool.count(Phase.READY, Phase.STANDBY)
        if parts[pool.id] and working:
            loads.append(parts[pool.id] * service.requests / (working * service.per_instance))
    return max(loads)
