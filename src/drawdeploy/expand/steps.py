"""The steps of a plan: scopes as the outer loop, rounds within, each step from its verbs."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.faults import fault_at
from drawdeploy.expand.rollback import derive
from drawdeploy.expand.turn import Turn, turns
from drawdeploy.expand.verbs import apply
from drawdeploy.expand.world import World
from drawdeploy.model import (
    Act,
    Check,
    CheckKind,
    Duration,
    Environment,
    Move,
    Phrase,
    Placement,
    Rollback,
    Round,
    Scalar,
    Service,
    Shift,
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
        parameters: Values,
        begin: World,
    ) -> None:
        self.strategy, self.environment, self.service = strategy, environment, service
        self.placement, self.parameters = placement, parameters
        self.begin, self.world = begin, begin.copy()
        self.steps: list[Step] = []
        self.loops: list[int] = []  # of each step: index of its loop in the body, or _OUTSIDE
        self.rounds: Counter[int] = Counter()  # how many rounds of each loop there were
        self.turns = 0
        self.way_back: tuple[World, Rollback] | None = None  # from where the last step ended, and where it leads


class _Place(Value):
    """Where a step stands: in which loop of the body, or ``_OUTSIDE`` of loops, and in which round."""

    loop: int
    index: int
    site: str
    position: tuple[int, int]
    key: bool


def take_steps(
    strategy: Strategy,
    environment: Environment,
    service: Service,
    placement: Placement,
    parameters: Values,
    begin: World,
) -> tuple[Step, ...]:
    """All steps of a plan."""
    run = _Run(strategy, environment, service, placement, parameters, begin)
    for scope in range(len(placement.rounds)):
        _scope(run, scope)
    pairs = zip(run.steps, run.loops, strict=True)
    return tuple(_of_total(step, run.rounds[loop]) for step, loop in pairs)


def _of_total(step: Step, rounds: int) -> Step:
    """The step, its round knowing how many there are."""
    return replace(step, round=replace(step.round, total=rounds)) if step.round else step


def _scope(run: _Run, scope: int) -> None:
    """Carries out the whole body in one scope."""
    outside = [part for part in run.strategy.body if isinstance(part, StepSpec)]
    several = len(run.placement.rounds) > 1
    site = _site(run.placement, scope) if several else ""
    if outside:
        run.turns += 1
        run.rounds[_OUTSIDE] += 1
    turn = _turn(run, scope)
    baseline = run.world.copy()
    done = 0
    for number, part in enumerate(run.strategy.body):
        if isinstance(part, StepSpec):
            done += 1
            index = run.rounds[_OUTSIDE]
            place = _Place(_OUTSIDE, index, site, (done, len(outside)), key=True) if several else None
            _step(run, part, turn, baseline, place)
        else:
            for begun in turns(part, run.world, lambda: _turn(run, scope)):
                run.turns += 1
                loop_turn = replace(begun, number=run.turns)
                run.rounds[number] += 1
                index, start = run.rounds[number], run.world.copy()
                for position, spec in enumerate(part.steps, 1):
                    key = index == 1 or position == len(part.steps)
                    place = _Place(number, index, site, (position, len(part.steps)), key)
                    _step(run, spec, loop_turn, start, place)


def _site(placement: Placement, scope: int) -> str:
    """The site that a scope is named by: where its new revision stands."""
    sites = dict(placement.rounds[scope])
    return sites.get("new", next(iter(sites.values())))


def _turn(run: _Run, scope: int) -> Turn:
    """The turn that begins now, before its ``let``."""
    numbers: dict[str, Scalar] = {"replicas": int(run.begin.structure.parts[scope] * run.service.replicas)}
    numbers.update((name.replace("-", "_"), value) for name, value in run.parameters)
    return Turn(run.strategy, run.environment, scope, run.begin.structure.scopes[scope], numbers, run.turns)


def _step(run: _Run, spec: StepSpec, turn: Turn, baseline: World, place: _Place | None) -> None:
    """Carries out one step and adds it to the run."""
    world = run.world
    before = run.steps[-1].after if run.steps else run.begin.freeze()
    moves = [move for verb in spec.verbs for move in apply(world, verb, turn)]
    if world.by_serving:
        world.balance()
    _check_end(run, spec)
    after = world.freeze()
    after = before if after == before else after
    if not moves and not spec.checks:
        line, column = _last(spec)
        raise fault_at(
            run.strategy, line, column, f"nothing changes in step {spec.id}", "remove it, or let it wait for a check"
        )
    structure, routes = world.structure, (before.routes, after.routes)
    moves = _timed(moves, structure.switch_seconds(*routes), structure.shifts(*routes))
    rollback = _way_back(run, turn, baseline, same=after is before)
    values = _values(run, turn, place)
    checks = tuple(Check(c.kind, c.who, Phrase(text=c.text, values=values), c.seconds) for c in spec.checks)
    actors = {actor.id for actor in run.environment.actors}
    run.loops.append(place.loop if place else _OUTSIDE)
    run.steps.append(
        Step(
            number=len(run.steps) + 1,
            id=spec.id,
            title=Phrase(text=spec.title, values=values),
            text=Phrase(text=spec.text, values=values),
            acts=tuple(Act(who, Phrase(text=text, values=values)) for who, text in spec.who if who in actors),
            moves=tuple(moves),
            checks=checks,
            round=Round(place.index, place.index, place.site) if place else None,  # the total is known at the end
            in_round=place.position if place else None,
            key=place.key if place else True,
            before=before,
            after=after,
            duration=_duration(moves, checks),
            rollback=replace(rollback, summary=Phrase(text=spec.rollback, values=values))
            if spec.rollback
            else rollback,
        )
    )


def _way_back(run: _Run, turn: Turn, baseline: World, *, same: bool) -> Rollback:
    """The rollback from where the world is; the last step's, if nothing has changed since."""
    if not same or not run.way_back or run.way_back[0] is not baseline:
        run.way_back = (baseline, derive(run.begin, baseline, run.world, run.environment, turn.number))
    return run.way_back[1]


def _values(run: _Run, turn: Turn, place: _Place | None) -> Values:
    """What the texts of a step may use."""
    values: dict[str, Scalar] = {"service": run.service.name, "old": run.service.old, "new": run.service.new}
    values.update(turn.numbers)
    values.update(turn.let)
    if place and place.site:
        values["site"] = place.site
    return tuple(values.items())


def _check_end(run: _Run, spec: StepSpec) -> None:
    """What must hold whenever a step ends: all traffic goes somewhere, and only to what serves."""
    world = run.world

    def fault(message: str, hint: str) -> DrawDeployError:
        return fault_at(run.strategy, *_last(spec), f"after step {spec.id} {message}", hint)

    if not world.serving:
        raise fault("nothing serves any more", "route to something before the last one stops serving")
    for pool_id, stand in world.stands.items():
        if world.shares[pool_id] and not stand.serving:
            raise fault(f"traffic goes to pool {stand.spec}, where nothing serves", "route elsewhere in the same step")
        if stand.serving and not world.shares[pool_id]:
            raise fault(f"pool {stand.spec} serves but no traffic goes there", "route to it, or put it on standby")
    if sum(world.shares.values(), Fraction(0)) != 1:
        raise fault("some traffic goes nowhere", "let the weights sum to 100")


def _last(spec: StepSpec) -> tuple[int, int]:
    """Place of the last verb of a step, for faults of the step as a whole."""
    return (spec.verbs[-1].line, spec.verbs[-1].column) if spec.verbs else (0, 0)


def _timed(moves: list[Move], seconds: int, shifts: tuple[Shift, ...]) -> list[Move]:
    """Gives the last move that can change weights the new weights, and the time until they hold."""
    if not seconds and not shifts:
        return moves
    causes = [i for i, move in enumerate(moves) if move.verb is Verb.ROUTE] or [
        i for i, move in enumerate(moves) if move.verb in (Verb.STANDBY, Verb.RESUME, Verb.REMOVE)
    ]
    timed = list(moves)
    for index in causes[-1:]:
        timed[index] = replace(timed[index], seconds=timed[index].seconds + seconds, shifts=shifts)
    return timed


def _duration(moves: list[Move], checks: tuple[Check, ...]) -> Duration:
    """Verbs one after another; checks run while it is observed, so only what takes longer counts."""
    observed = sum(move.seconds for move in moves if move.verb is Verb.OBSERVE)
    moved = sum(move.seconds for move in moves if move.verb is not Verb.OBSERVE)
    longest = max((check.seconds for check in checks), default=0)
    approvals = sum(check.kind is CheckKind.MANUAL for check in checks)
    return Duration(moved + max(observed, longest), approvals)
