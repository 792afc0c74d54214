"""Courses of a Canary, and the ways back from their moments."""

from __future__ import annotations

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import REVISIONS, Back, Course, Group, Moment, Subject
from drawdeploy.controllers.flagger.events import abort_by, answers, broken
from drawdeploy.controllers.flagger.notes import notes_of
from drawdeploy.controllers.flagger.simulate import begin, play, updated
from drawdeploy.controllers.flagger.spec import Spec, Status
from drawdeploy.controllers.flagger.state import (
    ALL,
    FAILED,
    FINALISING,
    INITIALIZED,
    PROGRESSING,
    PROMOTING,
    SUCCEEDED,
    WAITING,
    WAITING_PROMOTION,
    Beat,
    State,
    World,
    settled,
)
from drawdeploy.controllers.flagger.steps import complete
from drawdeploy.controllers.flagger.tell import moments
from drawdeploy.controllers.flagger.weights import TOTAL
from drawdeploy.controllers.flagger.workload import full
from drawdeploy.model import Duration, Outcome, Phrase
from drawdeploy.value import replace

START_SECONDS = 30
"""How long an instance takes to start where nobody says."""

GROUPS = (Group("primary", "primary", REVISIONS[0], full=True), Group("canary", "canary", REVISIONS[1]))


def course_of(subject: Subject, asked: Asked) -> Course:
    """The whole run of an update."""
    spec, world = _spec(subject, asked), _world(subject, asked)
    start = begin(spec)
    if spec.status is not None and not asked.from_start:
        beats, here = _live(spec, world, start, asked)
    else:
        beats, here = (Beat(start, "start"), *_played(spec, world, start, asked)), None
    notes = notes_of(spec, beats)
    return Course(GROUPS, moments(spec, beats), _outcome(beats[-1].state), here, notes)


def _played(spec: Spec, world: World, start: State, asked: Asked) -> tuple[Beat, ...]:
    """The run of an update; where Flagger does nothing about it, that it does not."""
    changed = updated(start)
    return play(spec, world, changed, asked.events) or (Beat(changed, "suspended"),)


def back_of(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The way back from one moment: Flagger's own, if it has one from there.

    Before promotion that is the rollback webhook, or checks that fail until the threshold; where nothing is checked,
    the old revision applied again. Once the primary rolls there is none: all that Flagger can do is to keep the canary.
    """
    spec, world = _spec(subject, asked), _world(subject, asked)
    moment = course.moments[index]
    state: State = moment.state
    if index == 0 or state.phase in (INITIALIZED, WAITING):
        return Back("controller", Phrase("flagger.back.nothing"), (moment,))
    if state.phase == FAILED:
        kept = state.canary_weight > 0 or REVISIONS[0] != state.primary.revision
        if kept:
            return Back("none", Phrase("flagger.back.by_hand"))
        return _back("controller", "flagger.back.already", spec, world, moment, state)
    if state.phase in (PROMOTING, FINALISING) and not complete(state) and not spec.plain:
        return _back("controller", "flagger.back.stuck", spec, world, moment, broken(state))
    way = abort_by(spec, state) if state.phase in (PROGRESSING, WAITING_PROMOTION) else ""
    if way == "hook":
        return _back("controller", "flagger.back.hook", spec, world, moment, replace(state, abort=True))
    if way == "checks":
        key = "flagger.back.checks.one" if spec.analysis.threshold == 1 else "flagger.back.checks.many"
        return _back("controller", key, spec, world, moment, replace(state, failing=(ALL,)))
    undone = replace(state, canary=replace(state.canary, revision=REVISIONS[0]))
    return _back("operator", "flagger.back.undo", spec, world, moment, undone)


def _back(kind: str, key: str, spec: Spec, world: World, moment: Moment, state: State) -> Back:
    state = settled(world, state)
    # what people opened or broke on the way is over: a way back that waits for them would not be one
    beats = (Beat(state, "start"), *play(spec, replace(world, answered=True), replace(state, suspend=False)))
    seconds = beats[-1].state.now - moment.at
    values = (
        ("n", spec.analysis.threshold),
        ("seconds", Duration(seconds)),
        ("name", spec.name),
        ("target", spec.target.name),
    )
    delay = Phrase("flagger.back.delay.tick" if key.endswith((".hook", ".undo")) else "flagger.back.delay.checks")
    return Back(kind, Phrase(key, values=values), (moment, *moments(spec, beats)[1:]), delay)


def _spec(subject: Subject, asked: Asked) -> Spec:
    """The Canary with the number of instances that the user gives."""
    spec: Spec = subject.spec
    if asked.replicas is None:
        return spec
    target = spec.target
    canary = target.canary if target.scaled and target.known else asked.replicas
    return replace(spec, target=replace(target, primary=asked.replicas, canary=canary, known=True))


def _world(subject: Subject, asked: Asked) -> World:
    start = asked.start_seconds if asked.start_seconds is not None else subject.start_seconds
    spec: Spec = subject.spec
    return World(
        start=(START_SECONDS if start is None else start) + spec.min_ready,
        stop=asked.stop_seconds,
        pause=asked.pause_seconds or 0,
        answered=not any(answers(spec, event) for event in asked.events),
    )


def _outcome(last: State) -> Outcome:
    if last.phase == SUCCEEDED:
        if not complete(last):
            return Outcome.FAILED
        return Outcome.ABORTED if last.primary.revision == REVISIONS[0] else Outcome.PROMOTED
    if last.phase == FAILED:
        untouched = last.canary_weight == 0 and last.primary.revision == REVISIONS[0]
        return Outcome.ABORTED if untouched else Outcome.FAILED
    return Outcome.WAITING if last.phase != INITIALIZED or last.differs else Outcome.UNCHANGED


# --- live objects ----------------------------------------------------------------------------------------------------


def _live(spec: Spec, world: World, start: State, asked: Asked) -> tuple[tuple[Beat, ...], int]:
    """The run that a live object is in, and where it is in it; one that has come to its end stands before the next."""
    status = spec.status
    assert status is not None  # the caller has looked
    if status.phase == FAILED and status.weight == TOTAL:
        there = _there(spec, world, start, status)
        return (Beat(start, "start"), Beat(there, "promotion_failed")), 1
    if status.phase not in (WAITING, PROGRESSING, WAITING_PROMOTION, PROMOTING, FINALISING):
        return (Beat(start, "start"), *_played(spec, world, start, asked)), 0
    healthy = play(spec, world, updated(start))
    found = next((i for i, beat in enumerate(healthy) if _is(beat.state, status)), None)
    if found is None:
        before: tuple[Beat, ...] = (Beat(start, "start"),)
        there = _there(spec, world, start, status)
    else:
        before = (Beat(start, "start"), *healthy[:found])
        there = replace(healthy[found].state, failed=status.failed)
    name = "here" if found is None else healthy[found].what
    now = Beat(there, name, healthy[found].values if found is not None else ())
    return (*before, now, *play(spec, world, there, asked.events)), len(before)


def _is(state: State, status: Status) -> bool:
    """Whether a state is what a status says."""
    same = state.phase == status.phase and state.weight == status.weight and state.iterations == status.iterations
    return same and (state.phase != PROGRESSING or state.canary.available(state.now) == state.canary.desired)


def _there(spec: Spec, world: World, start: State, status: Status) -> State:
    """A state made of nothing but a status: no run that nothing happens to comes by it."""
    count = spec.target.canary
    canary = replace(
        start.canary, revision=REVISIONS[1], desired=count, lots=full(spec.target.kind, REVISIONS[1], count)
    )
    weight = min(TOTAL, max(0, status.weight))
    promoting = status.phase in (PROMOTING, FINALISING, FAILED)
    primary = replace(start.primary, revision=REVISIONS[1]) if promoting else start.primary
    now = spec.analysis.interval
    there = replace(
        start,
        now=now,
        phase=status.phase,
        weight=status.weight,
        failed=status.failed,
        iterations=status.iterations,
        applied=REVISIONS[1],
        changed_at=now,
        primary=primary,
        canary=canary,
        broken=status.phase == FAILED,
    )
    if not spec.plain:
        there = replace(there, primary_weight=TOTAL - weight, canary_weight=weight)
    return settled(world, there)
