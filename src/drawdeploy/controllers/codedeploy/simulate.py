"""Plays a deployment to its end, with what happens on the way."""

from __future__ import annotations

from drawdeploy.controllers.asked import Asked, Event
from drawdeploy.controllers.codedeploy import configs, machine
from drawdeploy.controllers.codedeploy.machine import Run, State
from drawdeploy.controllers.codedeploy.program import READY, is_shift_only
from drawdeploy.controllers.codedeploy.spec import IN_PLACE, Spec
from drawdeploy.errors import DrawDeployError, nearest
from drawdeploy.model import Duration
from drawdeploy.value import replace

CAP = 20_000
"""More moves than any deployment makes."""

GOES_ON = ("resume", "promote")
KNOWS = ("fail", "never ready", "ready", "abort", "undo", *GOES_ON)


def run_of(spec: Spec, asked: Asked) -> Run:
    """What a simulation goes by.

    Raises:
        DrawDeployError: The configuration asked for is none of this platform.
    """
    config = spec.config
    if asked.config:
        platform = configs.LAMBDA if is_shift_only(spec) else spec.platform
        config = configs.asked_config(asked.config, platform)
    waits = spec.approval_minutes is not None
    return Run(
        spec=spec,
        config=config,
        hosts=spec.replicas if asked.replicas is None else asked.replicas,
        start=30 if asked.start_seconds is None else asked.start_seconds,
        stop=asked.stop_seconds,
        hook=asked.analysis_seconds or 0,
        approval=asked.pause_seconds or 0,
        expires=waits and bool(asked.events) and not any(event.what in GOES_ON for event in asked.events),
    )


def play(run: Run, state: State, events: tuple[Event, ...] = ()) -> list[State]:
    """All states, from the one given to the end.

    Raises:
        DrawDeployError: An event is none that CodeDeploy knows, or its time never comes.
    """
    for event in events:
        _check(run, event)
    states, left = [state], list(events)
    while len(states) < CAP:
        now = states[-1]
        if (due := _due(run, now, len(states) - 1, left)) is not None:
            left.remove(due)
            states.append(_happen(run, now, due))
            continue
        if now.over:
            break
        after = machine.sync(run, now)
        cut = next((event for event in left if event.unit == "seconds" and now.at < event.number < after.at), None)
        if cut is not None:
            left.remove(cut)
            states.append(_happen(run, replace(now, at=cut.number, hold=Duration()), cut))
            continue
        states.append(after)
    if left:
        missed = f"{left[0].unit} {left[0].number}" if left[0].unit != "end" else "end"
        raise DrawDeployError(
            f"'{left[0].what}' at {missed}: the deployment is over by then", "choose an earlier moment"
        )
    return states


def _check(run: Run, event: Event) -> None:
    if event.what not in KNOWS:
        hint = "CodeDeploy takes one deployment of a group at a time" if event.what == "update" else ""
        raise DrawDeployError(f"CodeDeploy knows no '{event.what}'", hint or nearest(event.what, KNOWS))
    if event.what in ("never ready", "ready") and is_shift_only(run.spec):
        raise DrawDeployError(f"'{event.what}': a version of a function does not start", "such as 'at step 1: fail'")
    if event.what in GOES_ON and run.spec.approval_minutes is None:
        raise DrawDeployError(f"'{event.what}': this deployment waits for nobody", "such as 'at step 1: fail'")


def _due(run: Run, state: State, number: int, events: list[Event]) -> Event | None:
    """The first event whose time has come."""
    return next((event for event in events if _comes(run, state, number, event)), None)


def _comes(run: Run, state: State, number: int, event: Event) -> bool:
    if event.what in GOES_ON and (state.next is None or state.next.kind != READY) and not state.over:
        return False  # it waits for the wait
    if event.unit == "end":
        return state.over
    if state.over or state.back:
        return False
    if event.unit == "sync":
        return number >= event.number
    if event.unit == "seconds":
        return state.at >= event.number
    return index_of(run.spec, state) >= event.number and (state.done is not None or event.number == 0)


def index_of(spec: Spec, state: State) -> int:
    """Where a deployment is: index of the lifecycle event that comes next; in place, of the batch that comes next."""
    stage = state.next
    if spec.style == IN_PLACE:
        return max(0, state.batch - bool(state.target.starting))
    if stage is None:
        return len(spec.lifecycle)
    return spec.lifecycle.index(stage.event) if stage.event in spec.lifecycle else 0


def _happen(run: Run, state: State, event: Event) -> State:
    if event.what == "undo":
        return replace(machine.turned_back(run, state), word="undo")
    if event.what == "never ready":
        return replace(state, stuck=True, word="stuck")
    if event.what == "ready":
        return replace(state, stuck=False, word="unstuck")
    if event.what in GOES_ON:
        return _go_on(state)
    if event.what == "abort":
        return machine.fail(run, state, "request")
    alarm = event.value.lower() == "alarm" or event.value in run.spec.alarms
    if run.spec.style == IN_PLACE and not alarm:
        count = int(event.value) if event.value.isascii() and event.value.isdigit() else 1
        return replace(state, doomed=state.doomed + count, word="doomed", count=count)
    return machine.fail(run, state, "alarm" if alarm else "hook")


def _go_on(state: State) -> State:
    stage = state.next
    if stage is None or stage.kind != READY:
        return state
    return replace(state, place=state.place + 1, status=machine.PROGRESS, done=stage, word="resumed", hold=Duration())
