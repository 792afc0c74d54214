"""One sync of the Deployment controller: it looks, and makes at most one kind of scaling move."""

from __future__ import annotations

from collections.abc import Mapping

from drawdeploy.controllers.kubernetes import rules
from drawdeploy.controllers.kubernetes.pods import Pace, resized, status
from drawdeploy.controllers.kubernetes.spec import RECREATE, Deployment, ReplicaSet, State
from drawdeploy.value import Value, replace


class Change(Value):
    """A set that was told a new size.

    Attributes:
        revision: Of its Pods.
        before: Its size before.
        after: Its size now.
    """

    revision: str
    before: int
    after: int


def sync(deployment: Deployment, state: State, pace: Pace) -> tuple[State, tuple[Change, ...]]:
    """What the controller does now (``syncDeployment``): the state after it, and whom it has scaled."""
    if state.paused or _scaling_event(state):
        sizes = rules.proportional(
            state.sets, state.new, state.replicas, surge(deployment, state.replicas), deployment.strategy
        )
        told = {one.born: size for one, size in zip(state.sets, sizes, strict=True) if one.spec or size}
        return _scaled(deployment, state, told, pace)
    if deployment.strategy == RECREATE:
        return _recreated(deployment, state, pace)
    return _rolled(deployment, state, pace)


def surge(deployment: Deployment, replicas: int) -> int:
    """How many Pods more than wanted there may be."""
    return rules.max_surge(deployment.strategy, deployment.surge, deployment.unavailable, replicas)


def unavailable(deployment: Deployment, replicas: int) -> int:
    """How many may be unavailable."""
    return rules.max_unavailable(deployment.strategy, deployment.surge, deployment.unavailable, replicas)


def _scaling_event(state: State) -> bool:
    """Whether the wanted number has changed since the sets were last scaled (``isScalingEvent``)."""
    return any(one.spec and one.desired not in (None, state.replicas) for one in state.sets)


def _rolled(deployment: Deployment, state: State, pace: Pace) -> tuple[State, tuple[Change, ...]]:
    """``rolloutRolling``: first the new set grows; only if it cannot, old ones shrink."""
    state = _with_new(state)
    new = state.new
    assert new is not None, "it was made just now"
    total = sum(one.spec for one in state.sets)
    size = rules.reconcile_new(state.replicas, new.spec, total, surge(deployment, state.replicas))
    if size != new.spec:
        return _scaled(deployment, state, {new.born: size}, pace)
    sizes = rules.reconcile_old(state.old, new, state.replicas, unavailable(deployment, state.replicas))
    told = {one.born: size for one, size in zip(state.old, sizes, strict=True) if one.spec != size}
    return _scaled(deployment, state, told, pace) if told else (_cleaned(deployment, state), ())


def _recreated(deployment: Deployment, state: State, pace: Pace) -> tuple[State, tuple[Change, ...]]:
    """``rolloutRecreate``: all old Pods go, and none of the new starts before the last of them is gone."""
    told = {one.born: 0 for one in state.old if one.spec}
    if told:
        return _scaled(deployment, state, told, pace)
    if any(one.stopping for one in state.old):
        return state, ()
    state = _with_new(state)
    new = state.new
    assert new is not None, "it was made just now"
    if new.spec != state.replicas:
        return _scaled(deployment, state, {new.born: state.replicas}, pace)
    return _cleaned(deployment, state), ()


def _with_new(state: State) -> State:
    """The state with a set of the present template; a new one is empty, and the newest of all."""
    if state.new is not None:
        return state
    born = max((one.born for one in state.sets), default=-1) + 1
    number = max((one.number for one in state.sets), default=0) + 1
    made = ReplicaSet(state.template, born=born, number=number)
    return replace(state, sets=(*state.sets, made), chosen=born, since=state.now, reason=rules.CREATED)


def _scaled(
    deployment: Deployment, state: State, told: Mapping[int, int], pace: Pace
) -> tuple[State, tuple[Change, ...]]:
    """Tells sets their sizes; they keep in mind for which wanted number that was (``scaleReplicaSet``)."""
    most = state.replicas + surge(deployment, state.replicas)
    sets, changes = [], []
    for one in state.sets:
        size = told.get(one.born)
        if size is None:
            sets.append(one)
            continue
        if size != one.spec:
            changes.append(Change(one.revision, one.spec, size))
        sets.append(replace(resized(one, size, state.now, pace), desired=state.replicas, most=most))
    return replace(state, sets=tuple(sets)), tuple(changes)


def _cleaned(deployment: Deployment, state: State) -> State:
    """Once an update is complete, the oldest of the empty sets are deleted (``cleanupDeployment``)."""
    if deployment.history is None or not rules.complete(state.replicas, status(state)):
        return state
    spare = len(state.old) - deployment.history
    gone = {one.born for one in state.old[: max(0, spare)] if not one.spec and not one.stopping}
    return replace(state, sets=tuple(one for one in state.sets if one.born not in gone)) if gone else state
