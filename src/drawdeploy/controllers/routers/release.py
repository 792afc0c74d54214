"""A rollout of Google Cloud Deploy as a state machine, and its moments.

Source: Cloud Deploy documentation, "Use a canary deployment strategy", "Manage rollouts", "Roll back a target".
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from drawdeploy.controllers.amounts import fenceposts
from drawdeploy.controllers.asked import Asked, Event
from drawdeploy.controllers.course import Back, Course, Crowd, Group, Moment, Subject
from drawdeploy.controllers.routers.phases import canary_pods, stable_pods
from drawdeploy.controllers.routers.pipeline import MESH, PODS, RUN, Phase, Release
from drawdeploy.errors import DrawDeployError, nearest
from drawdeploy.model import Act, Check, CheckKind, Duration, Outcome, Phrase, Values
from drawdeploy.value import Value, replace

KNOWS = ("fail", "abort", "undo")
CAP = 10_000


class Job(Value):
    """One thing a rollout does in a phase; its kind is a key of ``_MOVES``."""

    kind: str
    phase: int
    step: str


class State(Value):
    """How a rollout stands.

    Attributes:
        old: Pods of the Deployment that run the release before.
        new: Those that run the new one.
        starting: Pods of the Deployment that start, with ``to``.
        to: Revision that is rolled out: ``new``, or ``old`` on the way back.
        share: Part of the traffic that a route sends to the canary; says nothing where pods share a Service.
        word: What was done last.
    """

    at: int
    jobs: tuple[Job, ...]
    old: int
    new: int = 0
    starting: int = 0
    canary: int = 0
    canary_starting: int = 0
    canary_stopping: int = 0
    place: int = 0
    to: str = "new"
    share: Fraction = Fraction(0)
    hold: Duration = Duration()
    done: Job | None = None
    count: int = 0
    status: str = "PENDING"
    word: str = "begin"

    @property
    def job(self) -> Job | None:
        """What comes next."""
        return self.jobs[self.place] if self.place < len(self.jobs) else None


class Run(Value):
    """What a simulation goes by; times in seconds."""

    release: Release
    pods: int
    start: int
    stop: int
    verify: int
    person: int


def course(subject: Subject, asked: Asked) -> Course:
    """What Cloud Deploy does.

    Raises:
        DrawDeployError: An event is none that it knows.
    """
    run = _run(subject.spec, asked)
    states = play(run, State(0, program(run.release), run.pods), asked.events)
    outcome = {"FAILED": Outcome.FAILED, "CANCELLED": Outcome.ABORTED}.get(states[-1].status, Outcome.PROMOTED)
    if any(state.to == "old" for state in states):
        outcome = Outcome.ABORTED
    return Course(_groups(run.release), _moments(run, states), outcome)


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """A rollout of the release before, which an operator asks for."""
    run = _run(subject.spec, replace(asked, events=()))
    state: State = course.moments[index].state
    if state.to == "old":
        return Back("none", Phrase("routers.back.going"))
    if not (state.new or state.starting or state.canary or state.canary_starting or state.share):
        return Back("none", Phrase("routers.back.nothing"))
    moments = _moments(run, play(run, turned_back(run, state)))
    return Back("operator", Phrase("routers.back.rollout"), (course.moments[index], *moments[1:]))


def _run(release: Release, asked: Asked) -> Run:
    return Run(
        release=release,
        pods=release.replicas if asked.replicas is None else asked.replicas,
        start=30 if asked.start_seconds is None else asked.start_seconds,
        stop=asked.stop_seconds,
        verify=asked.analysis_seconds or 0,
        person=asked.pause_seconds or 0,
    )


def program(release: Release) -> tuple[Job, ...]:
    """All jobs of a rollout, phase by phase."""
    jobs = [Job("approval", 0, "approve")] if release.approval else []
    last = len(release.phases) - 1
    for index, phase in enumerate(release.phases):
        step = phase.id
        if phase.predeploy:
            jobs.append(Job("predeploy", index, step))
        beside = index < last or (release.canary and release.networking == RUN)
        kinds = ["canary"] if beside else ["update"]
        if beside and release.networking != PODS:
            kinds.append("route")
        if release.canary and index == last and release.networking != RUN:
            kinds += ["cutback", "remove"] if release.networking == MESH else ["remove"]
        jobs += [Job(kind, index, step) for kind in kinds]
        if phase.verify:
            jobs.append(Job("verify", index, step))
        if phase.postdeploy:
            jobs.append(Job("postdeploy", index, step))
        if index < last:
            jobs.append(Job("advance", index, step))
    return tuple(jobs)


def turned_back(run: Run, state: State) -> State:
    """From here a rollout of the release before goes to its stable phase."""
    last = len(run.release.phases) - 1
    kinds = ["cutback"] if run.release.networking != PODS and run.release.canary else []
    kinds += ["update"]
    if run.release.canary and run.release.networking != RUN:
        kinds += ["remove"]
    jobs = tuple(Job(kind, last, "back") for kind in kinds)
    # What has just been starting runs by then, or is replaced with the rest.
    return replace(state, jobs=jobs, place=0, to="old", starting=0, hold=Duration(), status="IN_PROGRESS", word="back")


# --- the state machine -----------------------------------------------------------------------------------------------


def play(run: Run, state: State, events: Sequence[Event] = ()) -> list[State]:
    """All states until the rollout is over.

    Raises:
        DrawDeployError: An event is none that Cloud Deploy knows, or its time never comes.
    """
    for event in events:
        if event.what not in KNOWS:
            raise DrawDeployError(f"Cloud Deploy knows no '{event.what}'", nearest(event.what, KNOWS))
    states, left = [state], list(events)
    while len(states) < CAP:
        now = states[-1]
        due = next((event for event in left if _comes(run, now, len(states) - 1, event)), None)
        if due is not None:
            left.remove(due)
            states.append(_happen(run, now, due))
        elif now.job is None:
            break
        else:
            states.append(sync(run, now))
    if left:
        raise DrawDeployError(f"'{left[0].what}': the rollout is over by then", "choose an earlier moment")
    return states


def _comes(run: Run, state: State, number: int, event: Event) -> bool:
    if event.unit == "end":
        return state.job is None
    if state.job is None or state.to == "old":
        return False
    reached = {"sync": number, "seconds": state.at}.get(event.unit, state.job.phase)
    return reached >= event.number and (event.unit != "step" or state.done is not None or not event.number)


def _happen(run: Run, state: State, event: Event) -> State:
    if event.what == "undo":
        return turned_back(run, state)
    word = "failed" if event.what == "fail" else "aborted"
    status = "FAILED" if event.what == "fail" else "CANCELLED"
    return replace(state, jobs=(), place=0, hold=Duration(), status=status, word=word, done=state.job)


def sync(run: Run, state: State) -> State:
    """The next job, or the next part of it."""
    job = state.job
    if job is None:
        return state
    now = replace(state, at=state.at + state.hold.seconds, hold=Duration(), done=job, count=0, status="IN_PROGRESS")
    moved = _MOVES[job.kind](run, now, run.release.phases[job.phase])
    return moved if moved.job is not None else replace(moved, status="SUCCEEDED")


def _done(state: State, word: str, seconds: int = 0, people: int = 0) -> State:
    return replace(state, place=state.place + 1, word=word, hold=Duration(seconds, people))


def _approval(run: Run, state: State, phase: Phase) -> State:
    return _done(state, "approval", run.person, 1)


def _canary(run: Run, state: State, phase: Phase) -> State:
    """The canary's Deployment gets the pods of this phase."""
    if state.canary_starting:
        there = state.canary + state.canary_starting
        return replace(_done(state, "ready"), canary=there, canary_starting=0, count=there)
    release = run.release
    want, rest = run.pods, state.old
    if release.networking == PODS:
        want = canary_pods(run.pods, phase.percentage, overprovision=release.overprovision)
        rest = stable_pods(run.pods, phase.percentage, overprovision=release.overprovision)
    if want <= state.canary:
        return replace(_done(state, "ready"), count=state.canary)
    more = want - state.canary
    return replace(state, old=rest, canary_starting=more, word="canary", count=want, hold=Duration(run.start))


def _route(run: Run, state: State, phase: Phase) -> State:
    wait = run.release.route_wait
    return replace(_done(state, "route", wait), share=Fraction(phase.percentage, 100), count=state.canary)


def _verify(run: Run, state: State, phase: Phase) -> State:
    return _done(state, "verify", run.verify)


def _predeploy(run: Run, state: State, phase: Phase) -> State:
    return _done(state, "predeploy", run.verify)


def _postdeploy(run: Run, state: State, phase: Phase) -> State:
    return _done(state, "postdeploy", run.verify)


def _advance(run: Run, state: State, phase: Phase) -> State:
    if phase.advance is not None:
        return _done(state, "advance", phase.advance)
    return _done(state, "advance", run.person, 1)


def _update(run: Run, state: State, phase: Phase) -> State:
    """The Deployment rolls, with Kubernetes' usual surge and unavailable of a quarter each."""
    surge, fewer = fenceposts("25%", "25%", run.pods)
    fresh, stale = (state.new, state.old) if state.to == "new" else (state.old, state.new)
    if state.starting:
        fresh += state.starting
        moved = _sides(replace(state, starting=0, word="updated", count=fresh), fresh, stale)
        return moved if stale else _done(moved, "updated")
    if fresh >= run.pods and not stale:
        return _done(state, "updated")
    left = run.pods - fresh
    step = min(left, surge + fewer)
    stays = max(0, min(stale, left - fewer, run.pods + surge - fresh - step))
    moved = _sides(replace(state, starting=step, word="update", count=step, hold=Duration(run.start)), fresh, stays)
    return moved if step else _done(_sides(state, fresh, 0), "updated")


def _sides(state: State, fresh: int, stale: int) -> State:
    return replace(state, new=fresh, old=stale) if state.to == "new" else replace(state, old=fresh, new=stale)


def _cutback(run: Run, state: State, phase: Phase) -> State:
    return replace(_done(state, "cutback", run.release.cutback), share=Fraction(0))


def _remove(run: Run, state: State, phase: Phase) -> State:
    if state.canary_stopping or not (state.canary or state.canary_starting):
        return replace(_done(state, "removed"), canary_stopping=0)
    gone = state.canary + state.canary_starting
    return replace(
        state, canary=0, canary_starting=0, canary_stopping=gone, word="removing", count=gone, hold=Duration(run.stop)
    )


_MOVES = {
    "approval": _approval,
    "predeploy": _predeploy,
    "canary": _canary,
    "route": _route,
    "verify": _verify,
    "advance": _advance,
    "update": _update,
    "cutback": _cutback,
    "remove": _remove,
    "postdeploy": _postdeploy,
}


# --- moments ---------------------------------------------------------------------------------------------------------


def _groups(release: Release) -> tuple[Group, ...]:
    stable = Group("stable", "stable", "old", full=True)
    return (stable, Group("canary", "canary", "new")) if release.canary else (stable,)


def _moments(run: Run, states: Sequence[State]) -> tuple[Moment, ...]:
    steps = [_step(state) for state in states]
    return tuple(
        _moment(run, state, steps[index], ends=index > 0 and steps[index + 1 : index + 2] != [steps[index]])
        for index, state in enumerate(states)
    )


def _step(state: State) -> str:
    if state.word in ("failed", "aborted"):
        return state.word
    if state.to == "old":
        return "back"
    return state.done.step if state.done is not None else ""


def _moment(run: Run, state: State, step: str, ends: bool) -> Moment:
    phase = run.release.phases[state.done.phase] if state.done is not None else run.release.phases[0]
    values = _values(state, phase)
    kind = step
    if step not in ("approve", "failed", "aborted", "back"):
        kind = "stable" if phase is run.release.phases[-1] else "shared" if run.release.networking == PODS else "canary"
    ends = ends and bool(step)
    return Moment(
        at=state.at,
        crowds=_crowds(state),
        weights=_weights(run.release, state),
        status=state.status,
        index=None if state.done is None else state.done.phase,
        id=step[:40] if ends else "",
        title=Phrase(f"routers.step.{kind}.title", values=values) if ends else Phrase(),
        text=Phrase(f"routers.step.{kind}.text", values=values) if ends else Phrase(),
        acts=(_act(state),) if ends else (),
        checks=_checks(state, phase),
        hold=state.hold,
        said=Phrase(f"routers.said.{state.word}", values=values),
        state=state,
    )


def _values(state: State, phase: Phase) -> Values:
    pods = state.canary + state.canary_starting
    n = state.count if state.word in ("canary", "ready", "update", "updated") else pods
    return (
        ("phase", phase.id),
        ("n", n),
        ("stable", state.old),
        ("weight", Fraction(phase.percentage, 100)),
    )


def _crowds(state: State) -> tuple[Crowd, ...]:
    old_starting, new_starting = (0, state.starting) if state.to == "new" else (state.starting, 0)
    crowds = (
        Crowd("stable", "old", starting=old_starting, available=state.old),
        Crowd("stable", "new", starting=new_starting, available=state.new),
        Crowd("canary", "new", state.canary_starting, state.canary, stopping=state.canary_stopping),
    )
    return tuple(one for one in crowds if one.starting or one.available or one.stopping)


def _weights(release: Release, state: State) -> tuple[tuple[str, Fraction], ...]:
    if release.networking == PODS or not release.canary:
        return ()
    return ("stable", 1 - state.share), ("canary", state.share)


def _act(state: State) -> Act:
    if state.to == "old":
        return Act("operator", Phrase("routers.act.rolls_back"))
    if state.done is not None and state.done.kind == "approval":
        return Act("operator", Phrase("routers.act.approves"))
    return Act("pipeline", Phrase("routers.act.deploys"))


def _checks(state: State, phase: Phase) -> tuple[Check, ...]:
    if state.word == "approval":
        return (Check(CheckKind.MANUAL, "operator", Phrase("routers.check.approval")),)
    if state.word == "advance":
        if phase.advance is None:
            return (Check(CheckKind.MANUAL, "operator", Phrase("routers.check.advance")),)
        text = Phrase("routers.check.automation")
        return (Check(CheckKind.AUTOMATIC, "pipeline", text, seconds=phase.advance),)
    if state.word in ("verify", "predeploy", "postdeploy"):
        text = Phrase(f"routers.check.{state.word}")
        return (Check(CheckKind.AUTOMATIC, "pipeline", text, seconds=state.hold.seconds),)
    return ()
