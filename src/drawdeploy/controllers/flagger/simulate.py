"""A whole run: ticks, instances and events on one clock.

Flagger looks once every ``analysis.interval``. The update comes right after a look, so the first tick is a whole
interval later: nobody can know how much of it has passed already.
"""

from __future__ import annotations

from drawdeploy.controllers.asked import Event
from drawdeploy.controllers.flagger.events import apply
from drawdeploy.controllers.flagger.spec import Spec
from drawdeploy.controllers.flagger.state import RUNNING, WAITING, Beat, State, World, settled
from drawdeploy.controllers.flagger.tick import tick
from drawdeploy.controllers.flagger.workload import Workload, full, next_change
from drawdeploy.errors import DrawDeployError
from drawdeploy.value import replace

MAX_LOOKS = 20_000

_PATIENT = frozenset({"primary_waits", "canary_waits"})
"""Not ready, but to be looked at again: only a deadline ends that."""

_WAITS = _PATIENT | {"rollout_waits", "promotion_waits", "increase_waits", "shift_waits"}


def begin(spec: Spec) -> State:
    """How it stands before an update: Flagger has made its primary, which takes all traffic; the target is at 0.

    Source: flagger ``Initialize``.
    """
    return State(
        now=0,
        primary=_workload(spec, spec.target.primary),
        canary=_workload(spec, 0),
        skip=spec.skip,
        suspend=spec.suspend,
    )


def _workload(spec: Spec, count: int) -> Workload:
    target = spec.target
    return Workload(
        kind=target.kind,
        revision="old",
        desired=count,
        lots=full(target.kind, "old", count),
        surge=target.surge,
        unavailable=target.unavailable,
        recreate=target.recreate,
        stuck=target.stuck,
        deadline=target.deadline,
        seen=(count, count, count),
    )


def updated(state: State, revision: str = "new") -> State:
    """The target's template changed."""
    return replace(state, canary=replace(state.canary, revision=revision))


def play(spec: Spec, world: World, state: State, events: tuple[Event, ...] = ()) -> tuple[Beat, ...]:
    """Everything that happens from a state on, until nothing does any more.

    A tick that finds all as the one before did (still not ready, gate still shut) is a look, and no beat.

    Args:
        spec: The Canary.
        world: What no manifest says.
        state: How it stands; what it waits for is in it.
        events: What happens on the way.

    Raises:
        DrawDeployError: An event that Flagger cannot do, or whose moment never comes; no end in sight.
    """
    beats: list[Beat] = []
    waiting = list(events)
    seen: set[State] = set()
    halted, patient = False, False
    for _ in range(MAX_LOOKS):
        change = _next_change(state)
        look = None if halted or _rests(state) else _next_look(spec, state, patient and change is None)
        times = [time for time in (change, look, _next_timed(waiting, state.now)) if time is not None]
        if (due := _due(waiting, state, len(beats), bool(times))) is not None:
            waiting.remove(due)
            state = settled(world, apply(spec, state, due))
            beats.append(Beat(state, "event", (("event", due.what),)))
            seen.clear()
            halted = patient = False
            continue
        if not times:
            break
        state = replace(state, now=min(times))
        if change == state.now:
            state = settled(world, state)
            beats.append(Beat(state, "pods"))
            patient = False
        if look == state.now:
            beat = tick(spec, world, state)
            state, patient = beat.state, beat.what in _PATIENT
            halted = not patient and (key := _key(world, state)) in seen
            if not (halted or patient):
                seen.add(key)
            if not halted and not (beat.what in _WAITS and beats and beats[-1].what == beat.what):
                beats.append(beat)
    else:
        raise DrawDeployError("no end in sight: this Canary takes more looks than can be followed")
    if waiting:
        raise DrawDeployError(_never(waiting[0]), "the run comes to its end before")
    return tuple(beats)


def _rests(state: State) -> bool:
    """Whether Flagger has nothing to do until somebody changes something."""
    return state.suspend or (state.phase not in (*RUNNING, WAITING) and not state.differs)


def _next_change(state: State) -> int | None:
    times = [next_change(workload, state.now) for workload in (state.primary, state.canary)]
    return min((time for time in times if time is not None), default=None)


def _next_timed(waiting: list[Event], now: int) -> int | None:
    times = [event.number for event in waiting if event.unit == "seconds" and event.number > now]
    return min(times, default=None)


def _next_look(spec: Spec, state: State, patient: bool) -> int | None:
    """When Flagger looks next so that it finds something else than before; ``None`` if it never will."""
    interval = spec.analysis.interval
    following = (state.now // interval + 1) * interval
    if not patient:
        return following
    since: list[int] = []
    for workload in (state.primary, state.canary):
        if workload.kind == "DaemonSet":
            since.append(state.changed_at + spec.deadline)
            continue
        since.append(workload.progressed_at + workload.deadline)
        if workload.low_since is not None:
            since.append(workload.low_since + spec.deadline)
    late = [time for time in since if time >= state.now]
    return max(following, (min(late) // interval + 1) * interval) if late else None


def _due(waiting: list[Event], state: State, beats: int, more: bool) -> Event | None:
    """The first event whose moment has come; those at the end wait until nothing else is going to happen."""
    for event in waiting:
        come = {
            "step": state.step is not None and state.step >= event.number,
            "sync": beats >= event.number,
            "seconds": state.now >= event.number,
            "end": not more,
        }
        if come[event.unit]:
            return event
    return None


def _never(event: Event) -> str:
    moment = "at the end" if event.unit == "end" else f"at {event.unit} {event.number}"
    return f"the moment of '{moment}: {event.what}' never comes"


def _key(world: World, state: State) -> State:
    """A state without its times: met twice, it goes in circles."""
    timeless = [replace(w, progressed_at=0, low_since=None) for w in (state.primary, state.canary)]
    asked = None if state.asked_at is None else max(0, state.asked_at + world.pause - state.now)
    return replace(state, now=0, ticks=0, changed_at=0, asked_at=asked, primary=timeless[0], canary=timeless[1])
