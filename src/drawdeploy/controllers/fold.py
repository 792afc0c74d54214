"""A controller's course folded into a plan: the steps a person would list, each with its states and its way back.

Every sync of the simulation is a moment. Moments with an ``id`` end a step; those between belong to the next one, and
their states go along as ``Step.through``, so that no dip of capacity on the way is lost from the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drawdeploy.controllers import slots as slots_of
from drawdeploy.controllers import who
from drawdeploy.controllers.course import Back, Course, Moment, Note, Subject
from drawdeploy.controllers.moves import of_step
from drawdeploy.controllers.slots import Slots
from drawdeploy.controllers.states import Stage as Scenery
from drawdeploy.controllers.states import freeze, stage
from drawdeploy.controllers.ways import way_back
from drawdeploy.expand.warn import misfits
from drawdeploy.model import (
    REVISIONS,
    Act,
    Duration,
    Environment,
    Move,
    Phrase,
    Placement,
    Plan,
    PoolSpec,
    RouteKind,
    Service,
    State,
    Step,
    Strategy,
    Verb,
    Warning,
)
from drawdeploy.model import Stage as Way
from drawdeploy.value import replace


def fold(
    subject: Subject,
    course: Course,
    back: Callable[[int], Back],
    environment: Environment,
    placement: Placement,
    service: Service,
    *,
    every_sync: bool = False,
    name: str = "",
) -> Plan:
    """Makes the plan.

    Args:
        subject: What was read.
        course: What happens.
        back: Gives the way back from a moment, by its index.
        environment: Where it is drawn.
        placement: One of its placements.
        service: Name, revisions and replicas.
        every_sync: Make every moment a step of its own.
        name: What tells it from the plans of other objects; a slug.

    Raises:
        DrawDeployError: The placement does not go with a controller.
    """
    ends = [i for i, moment in enumerate(course.moments) if i and (moment.id or every_sync)]
    ways = {index: back(index) for index in ends}
    everything = [*course.moments, *(moment for way in ways.values() for moment in way.moments)]
    if hand := who(subject.controller):
        actors = (hand if actor.id == hand.id else actor for actor in environment.actors)
        environment = replace(environment, actors=tuple(actors))
    on = stage(course, everything, environment, placement)
    slots, states = _states(on, course.moments)
    steps: list[Step] = []
    last = 0
    for index in ends:
        span = slice(last + 1, index + 1)
        number = len(steps) + 1
        values = _values(service)
        rollback = way_back(on, ways[index], slots[index], states[index], environment, values, number)
        steps.append(
            _step(
                on,
                number,
                course.moments[last],
                course.moments[span],
                (states[last], *states[span]),
                values,
                environment,
                rollback,
            )
        )
        last = index
    here = None if course.here is None else sum(index <= course.here for index in ends)
    return Plan(
        service=service,
        strategy=_strategy(subject, course),
        environment=_staffed(environment, steps),
        placement=placement,
        parameters=(),
        begin=states[0],
        steps=tuple(steps),
        outcome=course.outcome,
        warnings=(
            *(_warning(note, _values(service)) for note in (*subject.notes, *course.notes)),
            *misfits(environment, states[0], tuple(steps)),
        ),
        here=here,
        name=name,
    )


def _states(on: Scenery, moments: Sequence[Moment]) -> tuple[list[Slots], list[State]]:
    """Slots and state of every moment."""
    slots = [slots_of.begin(on.room, moments[0])]
    states = [freeze(on, moments[0], slots[0], 0, None)]
    for turn, moment in enumerate(moments[1:], 1):
        slots.append(slots_of.follow(slots[-1], moment))
        state = freeze(on, moment, slots[-1], turn, states[-1])
        states.append(states[-1] if state == states[-1] else state)
    return slots, states


def _step(
    on: Scenery,
    number: int,
    before: Moment,
    moments: Sequence[Moment],
    states: Sequence[State],
    values: dict[str, Any],
    environment: Environment,
    rollback: Any,
) -> Step:
    """One step: what was done on the way to its last moment, and what is waited for there."""
    end = moments[-1]
    checks = tuple(replace(check, text=_said(check.text, values)) for moment in moments for check in moment.checks)
    moves = list(of_step(on, states))
    if end.hold.seconds:
        moves.append(Move(Verb.OBSERVE, seconds=end.hold.seconds))
    title = end.title if end.id else end.said
    return Step(
        number=number,
        id=end.id or "sync",
        title=_said(title, values),
        text=_said(end.text if end.id else end.said, values),
        acts=_acts(moments, environment, values),
        moves=tuple(moves),
        checks=checks,
        round=None,
        in_round=None,
        key=bool(end.id),
        before=states[0],
        after=states[-1],
        duration=_between(before, moments),
        rollback=rollback,
        through=tuple(states[1:]),
    )


def _between(before: Moment, moments: Sequence[Moment]) -> Duration:
    """From the end of one moment to that of the last of those after it, what is waited for included."""
    end = moments[-1]
    seconds = end.at + end.hold.seconds - before.at - before.hold.seconds
    return Duration(max(0, seconds), sum(moment.hold.approvals for moment in moments))


def _acts(moments: Sequence[Moment], environment: Environment, values: dict[str, Any]) -> tuple[Act, ...]:
    """Who acts, as far as the environment has them; who checks acts too."""
    there = {actor.id for actor in environment.actors}
    acts: dict[tuple[str, Phrase], Act] = {}
    for moment in moments:
        for act in moment.acts:
            if act.actor in there:
                acts[act.actor, act.text] = replace(act, text=_said(act.text, values))
    busy = {actor for actor, _ in acts}
    for check in (check for moment in moments for check in moment.checks):
        if check.who in there and check.who not in busy:
            text = Phrase("expand.act.test" if check.kind == "manual" else "expand.act.check")
            acts[check.who, text] = Act(check.who, text)
    return tuple(acts.values())


def _values(service: Service) -> dict[str, Any]:
    """What every text may use."""
    named = {revision: service.named(revision) for revision in REVISIONS}
    return {"service": service.name, "replicas": service.replicas, **named}


def _said(phrase: Phrase, values: dict[str, Any]) -> Phrase:
    """The phrase, with what every text may use."""
    if not phrase.key and phrase.text is None:
        return phrase
    return replace(phrase, values=tuple((values | dict(phrase.values)).items()))


def _staffed(environment: Environment, steps: Sequence[Step]) -> Environment:
    """The environment with those only who have something to do."""
    happening: list[Step | Way] = [*steps, *(way for step in steps for way in step.rollback.stages)]
    busy = {act.actor for one in happening for act in one.acts}
    busy |= {route.source for one in happening for route in one.after.routes if route.kind is RouteKind.TEST}
    return replace(environment, actors=tuple(actor for actor in environment.actors if actor.id in busy))


def _strategy(subject: Subject, course: Course) -> Strategy:
    """What the plan is called: the controller's way, as if somebody had described it."""
    return Strategy(
        id=subject.strategy,
        title=subject.title,
        summary=subject.summary,
        parameters=(),
        pools=tuple(PoolSpec(g.id, g.role, "old" if g.revision == "old" else "new", g.full) for g in course.groups),
        body=(),
        cites=subject.cites,
        source=str(subject.where),
    )


def _warning(note: Note, values: dict[str, Any]) -> Warning:
    place = str(note.where) if note.where else ""
    return Warning(_said(note.message, values), _said(note.hint, values), field=note.field, place=place)
