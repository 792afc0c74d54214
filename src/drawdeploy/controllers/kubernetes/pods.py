"""What becomes of Pods: they start, become ready, count as available, fail, and stop. Not the Deployment's doing."""

from __future__ import annotations

from drawdeploy.controllers.kubernetes.rules import Status
from drawdeploy.controllers.kubernetes.spec import Batch, ReplicaSet, State
from drawdeploy.value import Value, replace


class Pace(Value):
    """How long Pods take.

    Attributes:
        start: Until one is ready.
        min_ready: For how long it is ready before it counts as available.
        stop: From being told to stop until it is gone.
        hope: Whether those that do not become ready will yet do so; if not, they have failed.
    """

    start: int
    min_ready: int = 0
    stop: int = 0
    hope: bool = False


def resized(one: ReplicaSet, size: int, now: int, pace: Pace) -> ReplicaSet:
    """A set that was told a new size: its own controller starts Pods, or stops some of them, at once."""
    if size == one.spec:
        return one
    if size > one.spec:
        ready = now + pace.start
        more = Batch(size - one.spec, ready, ready + pace.min_ready)
        return replace(one, spec=size, rising=(*one.rising, more))
    fewer = one.spec - size
    failed = min(fewer, one.failed)
    rising, late = _without(one.rising, fewer - failed)
    return replace(
        one,
        spec=size,
        failed=one.failed - failed,
        rising=rising,
        available=one.available - (fewer - failed - late),
        stopping=(*one.stopping, Batch(fewer, now + pace.stop, now + pace.stop)),
    )


def _without(rising: tuple[Batch, ...], fewer: int) -> tuple[tuple[Batch, ...], int]:
    """Takes away those that are furthest from being ready; gives what is left, and how many were taken."""
    left, taken = [], 0
    for batch in reversed(rising):
        part = min(batch.count, fewer - taken)
        taken += part
        if part < batch.count:
            left.append(replace(batch, count=batch.count - part))
    return tuple(reversed(left)), taken


def advanced(state: State, now: int, pace: Pace) -> State:
    """The state at a later moment: what was due by then has come about."""
    sets = tuple(_grown(one, now, one.revision in state.stuck, pace.hope) for one in state.sets)
    return replace(state, now=now, sets=sets)


def _grown(one: ReplicaSet, now: int, stuck: bool, hope: bool) -> ReplicaSet:
    stopping = tuple(batch for batch in one.stopping if batch.ready > now)
    if stuck and hope:
        return replace(one, stopping=stopping)
    due = sum(batch.count for batch in one.rising if batch.available <= now)
    rising = tuple(batch for batch in one.rising if batch.available > now)
    if stuck:
        return replace(one, stopping=stopping, rising=rising, failed=one.failed + due)
    return replace(one, stopping=stopping, rising=rising, available=one.available + due)


def moments(state: State, pace: Pace) -> list[int]:
    """When something will next become of any Pod."""
    times: list[int] = []
    for one in state.sets:
        times += [batch.ready for batch in one.stopping]
        if one.revision not in state.stuck:
            times += [time for batch in one.rising for time in (batch.ready, batch.available)]
        elif not pace.hope:
            times += [batch.available for batch in one.rising]
    return [time for time in times if time > state.now]


def ready(one: ReplicaSet, state: State) -> int:
    """How many can take requests."""
    if one.revision in state.stuck:
        return one.available
    return one.available + sum(batch.count for batch in one.rising if batch.ready <= state.now)


def stopping(one: ReplicaSet) -> int:
    """How many are told to stop, and still there."""
    return sum(batch.count for batch in one.stopping)


def status(state: State) -> Status:
    """The Deployment's counts."""
    new = state.new
    return Status(
        replicas=sum(one.spec for one in state.sets),
        updated=new.spec if new else 0,
        ready=sum(ready(one, state) for one in state.sets),
        available=sum(one.available for one in state.sets),
    )
