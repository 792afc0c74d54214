"""The course of an update, and the operator's way back from any of its moments."""

from __future__ import annotations

from itertools import pairwise

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Moment, Note, Subject
from drawdeploy.controllers.kubernetes import pods, rules, tell
from drawdeploy.controllers.kubernetes.live import LATER
from drawdeploy.controllers.kubernetes.pods import Pace
from drawdeploy.controllers.kubernetes.simulate import HERE, RESUME, UNDO, Sync, before, pace, run
from drawdeploy.controllers.kubernetes.spec import RECREATE, Batch, Deployment, Live, ReplicaSet, State
from drawdeploy.controllers.kubernetes.sync import unavailable
from drawdeploy.model import Outcome, Phrase
from drawdeploy.value import replace


def course(subject: Subject, asked: Asked) -> Course:
    """What happens to a Deployment once its template changes.

    Raises:
        DrawDeployError: An event that it cannot have, or too many syncs.
    """
    deployment: Deployment = subject.spec
    log, here = _log(deployment, asked, subject.replicas if asked.replicas is None else asked.replicas)
    return Course(
        groups=tell.groups(log),
        moments=tell.moments(deployment, asked, log),
        outcome=tell.outcome(log),
        here=here,
        notes=_notes(deployment, log),
    )


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The way back from a moment: a Deployment has none of its own, so somebody undoes it.

    Source: ``kubectl rollout undo``, which puts the template of the revision before in place of the present one.
    """
    deployment: Deployment = subject.spec
    moment: Moment = course.moments[index]
    state: State = moment.state
    quiet = replace(asked, events=(), pause_seconds=None)
    if state.template == "old" and rules.complete(state.replicas, pods.status(state)):
        return Back("none", Phrase(f"{tell.ROOM}.back.nothing"))
    if state.template == "old":
        log = run(deployment, state, quiet, ())
        key = "on_its_way"
    else:
        log = run(deployment, state, quiet, (RESUME, UNDO) if state.paused else (UNDO,))
        key = _way(deployment, state)
    told = tell.moments(deployment, quiet, log)
    created = sum(
        max(0, c.after - c.before) for one in log for c in one.changes if c.revision == log[-1].state.template
    )
    values = (("n", created), ("least", state.replicas - unavailable(deployment, state.replicas)))
    many = "none" if not created else "one" if created == 1 else "many"
    key += f".{many}" if key in ("undo", "paused", "apply") else ""
    return Back("operator", Phrase(f"{tell.ROOM}.back.{key}", values=values), (moment, *told[1:]))


def _way(deployment: Deployment, state: State) -> str:
    if state.paused:
        return "paused"
    if deployment.strategy == RECREATE:
        return "stop" if state.new is not None else "stopped"
    return "undo" if state.old and state.new is not None else "apply"


def _log(deployment: Deployment, asked: Asked, replicas: int) -> tuple[list[Sync], int | None]:
    """All syncs, and where a live object is among them."""
    begin = before(deployment, replicas)
    live = None if asked.from_start else deployment.live
    if live is None:
        return run(deployment, begin, asked), None
    if not live.observed or not live.current:
        return run(deployment, begin, asked), 0
    there = _standing(live, replicas, pace(deployment, asked), deployment.paused)
    if rules.complete(replicas, pods.status(there)):
        log = run(deployment, begin, asked)
        return log, len(log) - 1
    if not live.exceeded:
        log = run(deployment, begin, asked)
        for index, sync in enumerate(log[1:], 1):
            if _counts(sync.state) == _counts(there):
                return log, index
    past = [Sync(begin), Sync(there, causes=(HERE,))]
    return run(deployment, there, asked, (), past), 1


def _standing(live: Live, replicas: int, pace: Pace, paused: bool) -> State:
    """The state that a live object is in; Pods that are not ready have all their time before them."""
    sets = tuple(_timed(one, pace, live.exceeded and one.revision == "new") for one in live.sets)
    reason = rules.EXCEEDED if live.exceeded else rules.UPDATED
    stuck = ("new",) if live.exceeded else ()
    return State(0, replicas, sets, "new", sets[-1].born, paused, stuck, reason=reason)


def _timed(one: ReplicaSet, pace: Pace, failed: bool) -> ReplicaSet:
    if failed:
        return replace(one, rising=(), failed=one.spec - one.available)
    ready = [0 if batch.ready == 0 else pace.start for batch in one.rising]
    assert all(batch.available == LATER for batch in one.rising), "times are given here"
    return replace(
        one,
        rising=tuple(Batch(batch.count, at, at + pace.min_ready) for batch, at in zip(one.rising, ready, strict=True)),
    )


def _counts(state: State) -> tuple[int, ...]:
    """What tells two states of one update apart."""
    old, new = state.old, state.new
    return (
        sum(one.spec for one in old),
        sum(one.available for one in old),
        new.spec if new else 0,
        new.available if new else 0,
        pods.ready(new, state) if new else 0,
    )


def _notes(deployment: Deployment, log: list[Sync]) -> tuple[Note, ...]:
    """What the run showed."""
    late = any(was.state.reason != rules.EXCEEDED and now.state.reason == rules.EXCEEDED for was, now in pairwise(log))
    if not late or tell.outcome(log) not in (Outcome.PROMOTED, Outcome.ABORTED):
        return ()
    values = (("deadline", deployment.deadline or 0),)
    return (Note(Phrase(f"{tell.ROOM}.note.late", values=values), Phrase(f"{tell.ROOM}.hint.late")),)
