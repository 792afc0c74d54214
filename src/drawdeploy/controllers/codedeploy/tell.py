"""A deployment told as moments: pools, weights, steps, checks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from drawdeploy.controllers.amounts import ceil_div
from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.codedeploy import configs, machine, simulate
from drawdeploy.controllers.codedeploy.configs import SERVER, Healthy
from drawdeploy.controllers.codedeploy.machine import FAILED, STOPPED, SUCCEEDED, Run, Side, State
from drawdeploy.controllers.codedeploy.program import BATCH, HOOK, MOST_STEPS, READY, SHIFT
from drawdeploy.controllers.codedeploy.spec import IN_PLACE, Spec
from drawdeploy.controllers.course import Back, Course, Crowd, Group, Moment, Note, Subject
from drawdeploy.model import Act, Check, CheckKind, Outcome, Phrase, Values
from drawdeploy.value import replace


def course(subject: Subject, asked: Asked) -> Course:
    """What CodeDeploy does.

    Raises:
        DrawDeployError: Something asked is none that CodeDeploy knows.
    """
    spec: Spec = subject.spec
    run = simulate.run_of(spec, asked)
    states = simulate.play(run, machine.begin(run), asked.events)
    return Course(_groups(spec), _moments(run, states), _outcome(states), notes=_notes(run))


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The way back from a moment."""
    spec: Spec = subject.spec
    run = simulate.run_of(spec, replace(asked, events=()))
    state: State = course.moments[index].state
    if state.back or (not machine.begun(state) and state.status != SUCCEEDED):
        return Back("none", Phrase("codedeploy.back.going" if state.back else "codedeploy.back.nothing"))
    states = simulate.play(run, replace(machine.turned_back(run, state), word="undo"))
    moments = (course.moments[index], *_moments(run, states)[1:])
    by_itself = bool(spec.rollback) and state.status not in (SUCCEEDED, STOPPED)
    returns = spec.style != IN_PLACE and bool(state.source.available)
    key = "redeploy" if not returns else "return"
    if spec.style == IN_PLACE:
        key = "in_place"
    kind = "controller" if by_itself else "operator"
    return Back(kind, Phrase(f"codedeploy.back.{key}.{kind}"), moments)


def verdict(healthy: Healthy, instances: int) -> Phrase:
    """What a number of minimum healthy hosts means for a deployment in place: how many failures end it."""
    many = configs.at_once(healthy, instances)
    if not many:
        return Phrase("codedeploy.verdict.fails_at_once")
    if many >= instances:
        return Phrase("codedeploy.verdict.needs_one")
    return Phrase("codedeploy.verdict.failures", values=(("n", many),))


def _groups(spec: Spec) -> tuple[Group, ...]:
    if spec.style == IN_PLACE:
        return (Group("fleet", "fleet", "old", full=True),)
    return Group("original", "original", "old", full=True), Group("replacement", "replacement", "new")


def _outcome(states: Sequence[State]) -> Outcome:
    end = states[-1]
    if any(state.back for state in states):
        failed = end.status in (FAILED, STOPPED) and end.reason == "healthy"
        return Outcome.FAILED if failed else Outcome.ABORTED
    if end.status == SUCCEEDED:
        return Outcome.PROMOTED
    return Outcome.FAILED if machine.begun(end) else Outcome.ABORTED


def _notes(run: Run) -> tuple[Note, ...]:
    """What a number of healthy hosts leads to."""
    if run.spec.platform != SERVER or run.spec.style != IN_PLACE or run.config.healthy is None:
        return ()
    healthy, values = run.config.healthy, (("n", run.hosts), ("config", run.config.name))
    if not configs.at_once(healthy, run.hosts):
        return (Note(Phrase("codedeploy.note.none_may_go", values=values), Phrase("codedeploy.hint.none_may_go")),)
    if not configs.minimum_hosts(healthy, run.hosts):
        return (Note(Phrase("codedeploy.note.outage", values=values), Phrase("codedeploy.hint.outage")),)
    return ()


# --- moments ---------------------------------------------------------------------------------------------------------


def _moments(run: Run, states: Sequence[State]) -> tuple[Moment, ...]:
    """All states as moments; the last of each step carries its title."""
    steps = _steps(run, states)
    moments = [_moment(run, states[0], "", None)]
    moments += [
        _moment(run, state, step, steps[index + 2] if index + 2 < len(steps) else None)
        for index, (state, step) in enumerate(zip(states[1:], steps[1:], strict=True))
    ]
    return tuple(moments)


def _steps(run: Run, states: Sequence[State]) -> list[str]:
    """Slug of the step each state belongs to."""
    batches = max(state.batch for state in states)
    each = max(1, ceil_div(batches, MOST_STEPS))
    found = [""]
    for before, state in pairwise(states):
        found.append(_step(run, before, state, each, batches))
    for index in range(len(found) - 2, 0, -1):  # a word without a step of its own goes with what follows it
        found[index] = found[index] or found[index + 1]
    return found


def _step(run: Run, before: State, state: State, each: int, batches: int) -> str:
    if state.word in ("failed", "stopped"):
        return state.word
    if state.word in ("undo", "stuck", "unstuck", "doomed"):
        return ""
    if state.done is None:
        return state.word
    prefix = "redeploy-" if state.back and state.done.step not in ("roll-back", "remove-replacement") else ""
    if state.done.kind == BATCH:
        return f"{prefix}batch-{min(batches, ceil_div(max(1, state.batch), each) * each)}"
    return prefix + state.done.step


def _moment(run: Run, state: State, step: str, following: str | None) -> Moment:
    ends = bool(step) and following != step
    values = _values(run, state)
    title = f"codedeploy.step.{_kind(state, step)}"
    return Moment(
        at=state.at,
        crowds=tuple(crowd for side in _sides(state) for crowd in _crowd(side)),
        weights=_weights(run.spec, state),
        tests=(state.target.pool,) if state.tested else (),
        status=state.status,
        index=None if state.word == "begin" else simulate.index_of(run.spec, state),
        id=step[:40] if ends else "",
        title=Phrase(f"{title}.title", values=values) if ends else Phrase(),
        text=Phrase(f"{title}.text", values=values) if ends else Phrase(),
        acts=_acts(run, state, ends),
        checks=_checks(run, state),
        hold=state.hold,
        said=Phrase(f"codedeploy.said.{state.word}", values=values),
        state=state,
    )


def _kind(state: State, step: str) -> str:
    """Which texts a step has."""
    again = step.startswith("redeploy-")
    name = step.removeprefix("redeploy-")
    for prefix in ("shift", "register", "batch"):
        if name.startswith(f"{prefix}-"):
            name = "shift-all" if prefix == "shift" and state.share == 1 else prefix
    return f"{'again_' if again else ''}{name}".replace("-", "_")


def _values(run: Run, state: State) -> Values:
    """What the texts of a moment may use."""
    hook = run.spec.hook(state.done.event) if state.done is not None else None
    return (
        ("n", state.count),
        ("weight", state.share),
        ("batch", state.batch),
        ("event", state.done.event if state.done is not None else ""),
        ("hook", ", ".join(hook.names) if hook else ""),
        ("wait", state.hold),
        ("healthy", state.source.available + state.target.available),
        ("hosts", run.hosts),
        ("config", run.config.name),
    )


def _sides(state: State) -> tuple[Side, ...]:
    """Both sides, that of the first pool and of the older revision first."""
    order = {"original": 0, "fleet": 0, "replacement": 1}
    return tuple(sorted((state.source, state.target), key=lambda side: (order[side.pool], side.revision != "old")))


def _crowd(side: Side) -> tuple[Crowd, ...]:
    if not (side.available or side.starting or side.failed or side.stopping):
        return ()
    return (Crowd(side.pool, side.revision, side.starting, side.available, side.failed, side.stopping),)


def _weights(spec: Spec, state: State) -> tuple[tuple[str, Fraction], ...]:
    if spec.style == IN_PLACE:
        return ()
    shares = {state.source.pool: 1 - state.share, state.target.pool: state.share}
    return tuple((name, shares[name]) for name in ("original", "replacement"))


def _acts(run: Run, state: State, ends: bool) -> tuple[Act, ...]:
    if not ends:
        return ()
    if state.word == "undo" or state.done is None:
        return (Act("operator", Phrase("codedeploy.act.stops")),) if state.reason == "request" else ()
    return (Act("pipeline", Phrase(f"codedeploy.act.{state.done.kind}")),)


def _checks(run: Run, state: State) -> tuple[Check, ...]:
    """What is waited for at a moment: a hook, a person, or alarms while traffic is watched."""
    stage = state.done
    if stage is None or state.back or state.status in (FAILED, STOPPED):
        return ()
    if stage.kind == HOOK and state.word == "hook":
        return (_hook_check(run, stage.event),)
    if stage.kind == READY and state.word == "ready":
        text = Phrase("codedeploy.check.ready", values=(("minutes", stage.seconds // 60),))
        return (Check(CheckKind.MANUAL, "operator", text),)
    checks: list[Check] = []
    if run.spec.platform == SERVER and state.word in ("out", "starting") and run.spec.hooks:
        names = ", ".join(hook.event for hook in run.spec.hooks)
        checks.append(
            Check(CheckKind.AUTOMATIC, "pipeline", Phrase("codedeploy.check.hooks", values=(("hooks", names),)))
        )
    if stage.kind == SHIFT and state.word == "shift" and run.spec.alarms:
        names = ", ".join(run.spec.alarms)
        text = Phrase("codedeploy.check.alarms", values=(("alarms", names),))
        checks.append(Check(CheckKind.AUTOMATIC, "monitoring", text, seconds=state.hold.seconds))
    return tuple(checks)


def _hook_check(run: Run, event: str) -> Check:
    hook = run.spec.hook(event)
    names = ", ".join(hook.names) if hook else ""
    text = Phrase("codedeploy.check.hook", values=(("event", event), ("hook", names)))
    failure = Phrase("codedeploy.check.silent", values=(("minutes", (hook.seconds if hook else 3600) // 60),))
    return Check(CheckKind.AUTOMATIC, "pipeline", text, seconds=run.hook, failure=failure)
