"""The steps of a plan: scopes as the outer loop, rounds within, each step from its verbs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from drawdeploy.expand.ends import check_end, timed
from drawdeploy.expand.faults import fault_at
from drawdeploy.expand.marks import PHASES
from drawdeploy.expand.parameters import Given
from drawdeploy.expand.rollback import derive, no_way_back
from drawdeploy.expand.take import seconds_of
from drawdeploy.expand.turn import Turn, turns
from drawdeploy.expand.undo import undo
from drawdeploy.expand.verbs import apply
from drawdeploy.expand.world import World
from drawdeploy.model import (
    Act,
    Check,
    CheckKind,
    CheckSpec,
    Duration,
    Environment,
    Move,
    Phrase,
    Placement,
    RepeatSpec,
    Rollback,
    Round,
    Scalar,
    Service,
    State,
    Step,
    StepSpec,
    Strategy,
    Values,
    Verb,
)
from drawdeploy.value import Value, replace

_OUTSIDE = -1


class _Run:
    """What all steps of a plan share, and how far it is."""

    def __init__(
        self,
        strategy: Strategy,
        environment: Environment,
        service: Service,
        placement: Placement,
        parameters: tuple[Given, ...],
        begin: World,
    ) -> None:
        self.strategy, self.environment, self.service = strategy, environment, service
        self.placement, self.parameters = placement, parameters
        self.begin, self.world = begin, begin.copy()
        self.steps: list[Step] = []
        self.loops: list[int] = []  # of each step: index of its loop in the body, or _OUTSIDE
        self.rounds: Counter[int] = Counter()  # how many rounds of each loop there were
        self.seen: set[str] = set()  # ids of the steps that rounds have had
        self.turns = 0
        self.way_back: tuple[World, Rollback] | None = None  # from where the last step ended, and where it leads
        self.no_way_back: Rollback | None = None  # once a step cannot be undone


class _Place(Value):
    """Where a step stands: in which loop of the body, or ``_OUTSIDE`` of loops, and in which round."""

    loop: int
    index: int
    site: str


def take_steps(
    strategy: Strategy,
    environment: Environment,
    service: Service,
    placement: Placement,
    parameters: tuple[Given, ...],
    begin: World,
) -> tuple[Step, ...]:
    """All steps of a plan."""
    run = _Run(strategy, environment, service, placement, parameters, begin)
    scopes = range(len(placement.rounds))
    if strategy.together:
        _body(run, partial(_together, run), "")
    else:
        for scope in scopes:
            _body(run, partial(_turn, run, scope), _site(placement, scope) if len(scopes) > 1 else "")
    pairs = zip(run.steps, run.loops, strict=True)
    return tuple(_of_total(step, run.rounds[loop]) for step, loop in pairs)


def _of_total(step: Step, rounds: int) -> Step:
    """The step, its round knowing how many there are."""
    return replace(step, round=replace(step.round, total=rounds)) if step.round else step


def _body(run: _Run, begin: Callable[[], Turn], site: str) -> None:
    """Carries out the whole body, in one scope or in all together."""
    if any(isinstance(part, StepSpec) for part in run.strategy.body):
        run.turns += 1
        run.rounds[_OUTSIDE] += 1
    turn = begin()
    baseline = run.world.copy()
    begun = len(run.steps)
    for number, part in enumerate(run.strategy.body):
        if isinstance(part, StepSpec):
            place = _Place(_OUTSIDE, run.rounds[_OUTSIDE], site) if site else None
            _step(run, part, turn, baseline, place)
        else:
            for loop_turn in turns(part, run.world, begin):
                _round(run, number, part, loop_turn, site)
    if site:
        _number(run, begun, _OUTSIDE, True)


def _round(run: _Run, number: int, loop: RepeatSpec, turn: Turn, site: str) -> None:
    """Carries out one round of a loop."""
    run.turns += 1
    run.rounds[number] += 1
    index, begun = run.rounds[number], len(run.steps)
    turn = replace(turn, number=run.turns)
    baseline = run.world.copy()
    for spec in loop.steps:
        _step(run, spec, turn, baseline, _Place(number, index, site))
    if len(run.steps) == begun:
        run.rounds[number] -= 1
    _number(run, begun, number, index == 1)


def _number(run: _Run, begun: int, loop: int, every: bool) -> None:
    """Tells the steps of a round their positions, now that it is known which of them take place.

    All of them are drawn if ``every``; else the last, and those that no round had before.
    """
    indices = [index for index in range(begun, len(run.steps)) if run.loops[index] == loop]
    for position, index in enumerate(indices, 1):
        step = run.steps[index]
        key = every or position == len(indices) or step.id not in run.seen
        run.steps[index] = replace(step, in_round=(position, len(indices)), key=key)
    run.seen.update(run.steps[index].id for index in indices)


def _site(placement: Placement, scope: int) -> str:
    """The site that a scope is named by: where its new revision stands."""
    sites = dict(placement.rounds[scope])
    return sites.get("new", next(iter(sites.values())))


def _turn(run: _Run, scope: int) -> Turn:
    """The turn that begins now, before its ``let``."""
    numbers: dict[str, Any] = {
        "replicas": int(run.begin.structure.parts[scope] * run.service.replicas),
        "environment": run.environment.id,
        "placement": run.placement.id,
        "sites": len(run.placement.rounds),
        "site_number": scope + 1,
        "service": run.service,
    }
    numbers.update((value.id.replace("-", "_"), value.worth) for value in run.parameters)
    return Turn(
        run.strategy, run.environment, run.service, scope, run.begin.structure.scopes[scope], numbers, run.turns
    )


def _together(run: _Run) -> Turn:
    """A turn of all scopes at once."""
    sites = tuple(_turn(run, scope) for scope in range(len(run.placement.rounds)))
    numbers = {**sites[-1].numbers, "replicas": run.service.replicas}
    return replace(sites[0], numbers=numbers, sites=sites if len(sites) > 1 else ())


def _step(run: _Run, spec: StepSpec, turn: Turn, baseline: World, place: _Place | None) -> None:
    """Carries out one step and adds it to the run, unless it does not take place."""
    world = run.world
    if spec.when is not None and not turn.evaluate(spec.when, world, *_last(spec)):
        return
    before = run.steps[-1].after if run.steps else run.begin.freeze()
    moves = [move for verb in spec.verbs for move in apply(world, verb, turn)]
    if world.by_serving:
        world.balance()
    check_end(run.strategy, world, _last(spec), f"step {spec.id}")
    after = world.freeze()
    after = before if after == before else after
    idle = after is before and all(move.verb is Verb.ROUTE for move in moves)
    if idle and not spec.checks:
        if _may_be_nothing(spec, turn):
            return
        raise fault_at(
            run.strategy,
            *_last(spec),
            f"nothing changes in step {spec.id}",
            "remove it, or let it wait for a check",
        )
    structure, routes = world.structure, (before.routes, after.routes)
    moves = timed(moves, structure.switch_seconds(*routes), structure.shifts(*routes))
    values = _values(run, turn, place)
    checks = tuple(_check(check, run.world, turn, spec, values) for check in spec.checks)
    actors = {actor.id for actor in run.environment.actors}
    run.loops.append(place.loop if place else _OUTSIDE)
    run.steps.append(
        Step(
            number=len(run.steps) + 1,
            id=spec.id,
            title=Phrase(text=spec.title, values=values),
            text=Phrase(text=spec.text, values=values),
            acts=_acts(spec, values, actors),
            moves=tuple(moves),
            checks=checks,
            round=Round(place.index, place.index, place.site) if place else None,  # the total is known at the end
            in_round=None,  # known when the round has ended
            key=True,
            before=before,
            after=after,
            duration=_duration(moves, checks),
            rollback=_way_back(run, spec, turn, baseline, values, after, same=after is before),
        )
    )


def _acts(spec: StepSpec, values: Values, actors: set[str]) -> tuple[Act, ...]:
    """Who acts, as described; who makes a check acts too, also where the description does not say so."""
    acts = {who: Act(who, Phrase(text=text, values=values)) for who, text in spec.who if who in actors}
    for check in spec.checks:
        if check.who in actors and check.who not in acts:
            key = "expand.act.test" if check.kind is CheckKind.MANUAL else "expand.act.check"
            acts[check.who] = Act(check.who, Phrase(key))
    return tuple(acts.values())


def _may_be_nothing(spec: StepSpec, turn: Turn) -> bool:
    """Whether it is in order that a step does nothing this time: its counts came out as 0, or it is done already."""
    counted = any(verb.count is not None and not verb.count.source.isdecimal() for verb in spec.verbs)
    once = any(verb.verb in (Verb.FLAG, Verb.BIND, Verb.MIGRATE) for verb in spec.verbs)
    return counted or (once and turn.number > 1)


def _check(check: CheckSpec, world: World, turn: Turn, spec: StepSpec, values: Values) -> Check:
    """A check, its time worked out."""
    return Check(
        kind=check.kind,
        who=check.who,
        text=Phrase(text=check.text, values=values),
        seconds=seconds_of(check.seconds, world, turn, *_last(spec), "time"),
        success=Phrase(text=check.success, values=values) if check.success else None,
        failure=Phrase(text=check.failure, values=values) if check.failure else None,
    )


def _way_back(
    run: _Run, spec: StepSpec, turn: Turn, baseline: World, values: Values, state: State, *, same: bool
) -> Rollback:
    """The rollback from where the world is; the last step's, if nothing has changed since."""
    if spec.irreversible:
        run.no_way_back = no_way_back(Phrase(text=spec.irreversible, values=values))
    elif run.world.schema == PHASES[-1] and not run.no_way_back:
        run.no_way_back = no_way_back(None)
    if run.no_way_back:
        return run.no_way_back
    summary = Phrase(text=spec.rollback, values=values) if spec.rollback else None
    if spec.undo:
        run.way_back = None  # the one worked out last leads from another state
        return undo(spec, run.begin, run.world, turn, summary)
    if not same or not run.way_back or run.way_back[0] is not baseline:
        run.way_back = (baseline, derive(run.begin, baseline, run.world, state, run.environment, turn.number))
    return replace(run.way_back[1], summary=summary) if summary else run.way_back[1]


def _values(run: _Run, turn: Turn, place: _Place | None) -> Values:
    """What the texts of a step may use."""
    values: dict[str, Scalar] = {"service": run.service.name, "old": run.service.old, "new": run.service.new}
    values["replicas"] = turn.numbers["replicas"]
    values.update((value.id.replace("-", "_"), value.shown) for value in run.parameters)
    values.update(turn.let)
    if place and place.site:
        values["site"] = place.site
    return tuple(values.items())


def _last(spec: StepSpec) -> tuple[int, int]:
    """Place of the last verb of a step, for faults of the step as a whole."""
    return (spec.verbs[-1].line, spec.verbs[-1].column) if spec.verbs else (0, 0)


def _side_by_side(moves: list[Move]) -> list[list[Move]]:
    """The moves, those together that several sites make of one verb at the same time."""
    groups: list[list[Move]] = []
    for move in moves:
        last = groups[-1][-1] if groups else None
        same = last and move.pool and (last.verb, _spec(last), last.off) == (move.verb, _spec(move), move.off)
        if same and all(other.pool != move.pool for other in groups[-1]):
            groups[-1].append(move)
        elif move.verb is not Verb.OBSERVE:
            groups.append([move])
    return groups


def _spec(move: Move) -> str:
    return move.pool.partition("@")[0]


def _longest(moves: list[Move]) -> int:
    return max(move.seconds for move in moves)


def _duration(moves: list[Move], checks: tuple[Check, ...]) -> Duration:
    """Verbs one after another; checks run while it is observed, so only what takes longer counts."""
    observed = sum(move.seconds for move in moves if move.verb is Verb.OBSERVE)
    moved = sum(map(_longest, _side_by_side(moves)))
    longest = max((check.seconds for check in checks), default=0)
    approvals = sum(check.kind is CheckKind.MANUAL for check in checks)
    return Duration(moved + max(observed, longest), approvals)
