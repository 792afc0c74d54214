"""What is wrong with a plan, or should be known of it: findings, worked out from the plan and its figures alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from fractions import Fraction

from drawdeploy.costs import SWITCHING, Costs, waits
from drawdeploy.errors import Where
from drawdeploy.ledger import Ledger
from drawdeploy.model import (
    CheckKind,
    Duration,
    NodeKind,
    Outcome,
    Phrase,
    Plan,
    RepeatSpec,
    RouteKind,
    Scalar,
    State,
    Step,
    StepSpec,
    Verb,
)
from drawdeploy.value import Value


class Level(StrEnum):
    """How bad it is; the words of SARIF."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Limits(Value):
    """What the user asks for; ``None`` for what they do not.

    Attributes:
        capacity: The least that may serve, as a part of what serves in the beginning.
        exposed: The largest share of users on the new revision before it has passed a check under live traffic.
        rollback: Seconds that the rollback from any step may take.
    """

    capacity: Fraction | None = None
    exposed: Fraction | None = None
    rollback: int | None = None


class Finding(Value):
    """One thing found.

    Attributes:
        rule: Which rule found it, one of ``RULES``.
        message: What is found; values named ``site`` hold ids.
        hint: What to do about it; ``None`` if there is nothing to do.
        detail: More to say, in the author's own words; ``None`` if there is nothing.
        steps: Numbers of the steps it holds in; 0 is the beginning.
        where: Its place in the description; ``None`` if there is none.
    """

    rule: str
    level: Level
    message: Phrase
    hint: Phrase | None = None
    detail: Phrase | None = None
    steps: tuple[int, ...] = ()
    where: Where | None = None


def check(plan: Plan, ledger: Ledger, costs: Costs, limits: Limits | None = None) -> tuple[Finding, ...]:
    """Everything that the rules find, errors first, each level in the order of the rules.

    Args:
        plan: What is looked at.
        ledger: Its figures.
        costs: Its costs.
        limits: What the user asks for.
    """
    case = _Case(plan, ledger, costs, limits or Limits())
    found = [finding for rule in RULES.values() for finding in rule(case)]
    return tuple(sorted(found, key=lambda finding: list(Level).index(finding.level)))


class _Case(Value):
    """What the rules look at."""

    plan: Plan
    ledger: Ledger
    costs: Costs
    limits: Limits

    def exposure(self, number: int) -> Fraction:
        """The share of users on the new revision after a step; of step 0 in the beginning."""
        return self.ledger.steps[number - 1].after.exposure if number else self.ledger.begin.exposure

    def finding(
        self,
        rule: str,
        level: Level,
        steps: tuple[int, ...],
        *,
        say: str = "",
        hint: bool = True,
        detail: Phrase | None = None,
        verbs: frozenset[Verb] = frozenset(),
        **values: Scalar,
    ) -> Finding:
        """A finding of a rule, placed at the first of the verbs in the first of its steps.

        Args:
            rule: Its name.
            level: How bad it is.
            steps: Where it holds.
            say: Key of what it says, where a rule says several things.
            hint: Whether there is something to do.
            detail: More to say.
            verbs: The moves that are to blame; any if not given.
            values: What its texts use.
        """
        key = f"check.{rule.replace('-', '_')}{'.' + say if say else ''}"
        given = tuple(values.items())
        return Finding(
            rule,
            level,
            Phrase(f"{key}.message", values=given),
            Phrase(f"{key}.hint", values=given) if hint else None,
            detail,
            steps,
            self._where(steps, verbs),
        )

    def _where(self, steps: tuple[int, ...], verbs: frozenset[Verb]) -> Where | None:
        first = next((number for number in steps if number), 1)
        source = self.plan.strategy.source
        if not source or not self.plan.steps:
            return None
        wanted = self.plan.steps[first - 1].id
        spec = next((spec for spec in _specs(self.plan) if spec.id == wanted), None)
        placed = [verb for verb in spec.verbs if verb.line] if spec else []
        blamed = [verb for verb in placed if verb.verb in verbs] or placed
        return Where(source, blamed[0].line, blamed[0].column) if blamed else Where(source)


def _specs(plan: Plan) -> Iterator[StepSpec]:
    for part in plan.strategy.body:
        if isinstance(part, RepeatSpec):
            yield from part.steps
        else:
            yield part


# --- room ------------------------------------------------------------------------------------------------------------


def _does_not_fit(case: _Case) -> Iterator[Finding]:
    """More instances at a site than it holds."""
    for index, site in enumerate(case.ledger.begin.sites):
        if site.capacity is None:
            continue
        peaks, before = {0: site.running}, site.running
        for entry in case.ledger.steps:
            after, peak = entry.after.sites[index].running, entry.peaks[index]
            peaks[entry.number] = peak if peak > before else after  # what ran before is the fault of the step before
            before = after
        over = tuple(number for number, count in peaks.items() if count > site.capacity)
        if over:
            yield case.finding(
                "does-not-fit",
                Level.ERROR,
                over,
                verbs=frozenset({Verb.CREATE}),
                site=site.site,
                capacity=site.capacity,
                running=max(peaks.values()),
            )


def _rollback_does_not_fit(case: _Case) -> Iterator[Finding]:
    """A rollback for which there is no room at all."""
    over = tuple(entry.number for entry in case.ledger.steps if not entry.fits)
    if over:
        yield case.finding("rollback-does-not-fit", Level.WARNING, over, verbs=frozenset({Verb.REMOVE}))


def _capacity_dips(case: _Case) -> Iterator[Finding]:
    """Less serves than in the beginning, or less than the user allows."""
    limit = case.limits.capacity
    least = Fraction(1) if limit is None else limit
    low = tuple(entry.number for entry in case.ledger.steps if entry.lowest < least)
    if low:
        level, say = (Level.WARNING, "dip") if limit is None else (Level.ERROR, "limit")
        verbs = frozenset({Verb.UPDATE, Verb.STANDBY, Verb.REMOVE})
        yield case.finding(
            "capacity-dips", level, low, say=say, verbs=verbs, lowest=case.ledger.lowest_serving, limit=least
        )


def _outage(case: _Case) -> Iterator[Finding]:
    """Users whom nobody answers; an error, unless the user has said that no capacity is needed."""
    steps = tuple(entry.number for entry in case.ledger.steps if entry.after.lost)
    if steps:
        level = Level.NOTE if case.limits.capacity == 0 else Level.ERROR
        seconds = case.costs.total.outage
        yield case.finding(
            "outage", level, steps, lost=case.costs.lost, time=Duration(seconds), verbs=frozenset({Verb.ROUTE})
        )


def _overload(case: _Case) -> Iterator[Finding]:
    """Instances that receive more than they can serve."""
    load = case.costs.load
    if load is not None and load > 1:
        yield case.finding("overload", Level.WARNING, (), load=load)


# --- users -----------------------------------------------------------------------------------------------------------


def _unchecked_shift(case: _Case) -> Iterator[Finding]:
    """More users come to the new revision, and since the last time more came nothing has been checked."""
    unchecked: list[int] = []
    checked = False
    for step in case.plan.steps:
        if case.exposure(step.number) > case.exposure(step.number - 1):
            if not checked:
                unchecked.append(step.number)
            checked = False
        checked = checked or waits(step)
    if unchecked:
        yield case.finding("unchecked-shift", Level.WARNING, tuple(unchecked), verbs=SWITCHING | {Verb.UPDATE})


def _exposed(case: _Case) -> Iterator[Finding]:
    """More users than allowed on a revision that has not passed a check under live traffic."""
    limit, share = case.limits.exposed, case.costs.unproven
    if limit is None or share <= limit:
        return
    until = case.costs.proof or len(case.plan.steps)
    steps = tuple(number for number in range(1, until + 1) if case.exposure(number) > limit)
    say = "before" if case.costs.proof else "never"
    yield case.finding("max-exposed", Level.ERROR, steps, say=say, verbs=SWITCHING, share=share, limit=limit)


def _dns_ttl(case: _Case) -> Iterator[Finding]:
    """The last instance of a site is removed while answers of the DNS still send users there."""
    nodes = {node.id: node for node in case.plan.environment.nodes}
    routers = {site.router: site.id for site in case.plan.environment.sites}
    names = [node.id for node in nodes.values() if node.kind in (NodeKind.DNS, NodeKind.GSLB) and node.switch_seconds]
    for name in names:
        for step in case.plan.steps:
            for router in _left(step, name):
                gone = _emptied(case.plan, step, routers.get(router, ""))
                ttl = nodes[name].switch_seconds
                if gone and (waited := _between(case.plan, step, gone)) < ttl:
                    yield case.finding(
                        "dns-ttl",
                        Level.WARNING,
                        (gone.number,),
                        verbs=frozenset({Verb.REMOVE}),
                        site=routers[router],
                        ttl_time=Duration(ttl),
                        waited_time=Duration(waited),
                    )


def _left(step: Step, name: str) -> list[str]:
    """The routers that a name led to before a step and does not after it."""
    before, after = (
        {
            route.target
            for route in state.routes
            if route.source == name and route.kind is RouteKind.LIVE and route.weight
        }
        for state in (step.before, step.after)
    )
    return sorted(before - after)


def _emptied(plan: Plan, since: Step, site: str) -> Step | None:
    """The step in which the last instance of a site goes, from a step on; ``None`` if users come back before."""
    for step in plan.steps[since.number - 1 :]:
        if step is not since and _serving(step.after, site):
            return None
        if _running(step.before, site) and not _running(step.after, site):
            return step
    return None


def _running(state: State, site: str) -> int:
    return sum(pool.running for pool in state.pools if pool.site == site)


def _serving(state: State, site: str) -> int:
    return sum(pool.serving for pool in state.pools if pool.site == site)


def _between(plan: Plan, switched: Step, gone: Step) -> int:
    """Seconds from when routing has changed until a later step begins, without those that people take."""
    if switched is gone:
        return 0
    last = max((index for index, move in enumerate(switched.moves) if move.verb in SWITCHING), default=-1)
    rest = switched.duration.seconds - sum(move.seconds for move in switched.moves[: last + 1])
    return rest + sum(step.duration.seconds for step in plan.steps[switched.number : gone.number - 1])


# --- the way back ----------------------------------------------------------------------------------------------------


def _irreversible_before_bake(case: _Case) -> Iterator[Finding]:
    """There is no way back any more before the new revision has been watched under live traffic."""
    number = case.costs.no_return
    if number and not _baked(case, number, Fraction(0)):
        yield case.finding(
            "irreversible-before-bake", Level.ERROR, (number,), detail=_reason(case, number), verbs=_LASTING, n=number
        )


def _no_way_back(case: _Case) -> Iterator[Finding]:
    """There is no way back from a step on: to be known, once all users have been watched on the new revision."""
    number = case.costs.no_return
    if number and _baked(case, number, Fraction(0)):
        highest = max(entry.after.exposure for entry in case.ledger.steps)
        level = Level.NOTE if _baked(case, number, highest) else Level.WARNING
        yield case.finding(
            "no-way-back", level, (number,), detail=_reason(case, number), hint=False, verbs=_LASTING, n=number
        )


_LASTING = frozenset({Verb.MIGRATE, Verb.REMOVE})


def _reason(case: _Case, number: int) -> Phrase:
    return case.plan.steps[number - 1].rollback.summary


def _baked(case: _Case, number: int, share: Fraction) -> bool:
    """Whether a step before one watches the new revision, or asks a person about it, at a share of users or more."""
    for step in case.plan.steps[: number - 1]:
        exposure = case.exposure(step.number)
        timed = any(move.verb is Verb.OBSERVE and move.seconds for move in step.moves)
        asked = any(check.seconds or check.kind is CheckKind.MANUAL for check in step.checks)
        if exposure and exposure >= share and (timed or asked):
            return True
    return False


def _recreate(case: _Case) -> Iterator[Finding]:
    """From a step on, going back means to create instances again: slower, and it needs room."""
    for step in case.plan.steps:
        created = sum(stage.created for stage in step.rollback.stages)
        if created:
            entry = case.ledger.steps[step.number - 1]
            if not entry.possible:  # another rule tells that there is no room
                return
            seconds = entry.contain.seconds + entry.restore.seconds
            yield case.finding(
                "recreates",
                Level.NOTE,
                (step.number,),
                hint=False,
                verbs=frozenset({Verb.REMOVE, Verb.UPDATE}),
                n=step.number,
                created=created,
                time=Duration(seconds),
            )
            return


def _rollback_limit(case: _Case) -> Iterator[Finding]:
    """A rollback that takes longer than allowed."""
    limit = case.limits.rollback
    if limit is None:
        return
    times = {entry.number: (entry.contain + entry.restore).seconds for entry in case.ledger.steps}
    slow = tuple(number for number, seconds in times.items() if seconds > limit)
    if slow:
        worst = max(slow, key=lambda number: times[number])
        yield case.finding(
            "max-rollback",
            Level.ERROR,
            slow,
            verbs=frozenset({Verb.REMOVE, Verb.UPDATE}),
            n=worst,
            time=Duration(times[worst]),
            limit_time=Duration(limit),
        )


# --- the end ---------------------------------------------------------------------------------------------------------


def _unfinished(case: _Case) -> Iterator[Finding]:
    """The plan does not end with the new revision alone."""
    if case.plan.outcome is not Outcome.PROMOTED:
        steps = (len(case.plan.steps),) if case.plan.steps else ()
        yield case.finding("unfinished", Level.NOTE, steps, say=case.plan.outcome.value, hint=False)


RULES: dict[str, Callable[[_Case], Iterator[Finding]]] = {
    "does-not-fit": _does_not_fit,
    "rollback-does-not-fit": _rollback_does_not_fit,
    "capacity-dips": _capacity_dips,
    "outage": _outage,
    "overload": _overload,
    "unchecked-shift": _unchecked_shift,
    "max-exposed": _exposed,
    "dns-ttl": _dns_ttl,
    "irreversible-before-bake": _irreversible_before_bake,
    "no-way-back": _no_way_back,
    "recreates": _recreate,
    "max-rollback": _rollback_limit,
    "unfinished": _unfinished,
}
"""Every rule by its name, in the order in which it speaks."""
