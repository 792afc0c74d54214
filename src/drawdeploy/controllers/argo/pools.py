"""ReplicaSets as the pools of a picture: the set keeps its place, whatever the controller comes to call it."""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.controllers.argo.spec import Canary, Spec, Switch
from drawdeploy.controllers.argo.world import Pods, World
from drawdeploy.controllers.course import REVISIONS, Crowd, Group

_OLD, _NEW, _NEWER = REVISIONS
_CANARY = {_OLD: "stable", _NEW: "canary", _NEWER: "canary-2"}
_SWITCH = {_OLD: "active", _NEW: "preview", _NEWER: "preview-2"}
_EXPERIMENT = "experiment"
_STABLE = "stable"


def pool_of(spec: Spec, key: str) -> str:
    """Id of the pool of a ReplicaSet."""
    return (_SWITCH if isinstance(spec.strategy, Switch) else _CANARY).get(key, key)


def groups(spec: Spec, worlds: list[World]) -> tuple[Group, ...]:
    """The pools of some worlds, in the order in which they are drawn."""
    seen = {pods.key for world in worlds for pods in world.sets}
    made = []
    for key in REVISIONS:
        if key in seen:
            pool = pool_of(spec, key)
            made.append(Group(pool, pool.partition("-")[0], key, full=key == _OLD))
    trials = {pods.key: trial_revision(spec, world, pods.key) for world in worlds for pods in _trials(world)}
    made += [Group(key, _EXPERIMENT, trials[key]) for key in sorted(trials)]
    return tuple(made)


def crowds(spec: Spec, world: World) -> tuple[Crowd, ...]:
    """Who is there."""
    found = [_crowd(pool_of(spec, pods.key), pods.key, pods) for pods in world.sets]
    found += [_crowd(pods.key, trial_revision(spec, world, pods.key), pods) for pods in _trials(world)]
    return tuple(crowd for crowd in found if crowd.starting or crowd.available or crowd.failed or crowd.stopping)


def shares(spec: Spec, world: World) -> tuple[tuple[str, Fraction], ...]:
    """Part of the live traffic of each pool; empty if a plain Service spreads it over all Pods."""
    if isinstance(spec.strategy, Switch):
        return ((pool_of(spec, world.active), Fraction(1)),)
    if not spec.strategy.routed:
        return _apart(spec, spec.strategy, world)
    whole = spec.strategy.whole
    parts: dict[str, int] = {pool_of(spec, world.serving): whole}
    for pool, part in ((pool_of(spec, world.target), world.weight), *world.extra):
        parts[pool_of(spec, world.serving)] -= part
        parts[pool] = parts.get(pool, 0) + part
    return tuple((pool, Fraction(part, whole)) for pool, part in parts.items())


def _apart(spec: Spec, canary: Canary, world: World) -> tuple[tuple[str, Fraction], ...]:
    """The parts where a Service does not select the Pods of an experiment; empty if it selects all there are."""
    experiment = canary.steps[world.test.at].experiment if world.test is not None else None
    trials = experiment.trials if experiment is not None else ()
    reached = [(pool_of(spec, pods.key), pods.available) for pods in world.sets]
    reached += [(pods.key, 0 if t.apart else pods.available) for pods, t in zip(_trials(world), trials, strict=True)]
    total = sum(count for _, count in reached)
    if not total or not any(trial.apart for trial in trials):
        return ()
    return tuple((pool, Fraction(count, total)) for pool, count in reached)


def services(spec: Spec, world: World) -> tuple[tuple[str, str], ...]:
    """Named services and the pools they select."""
    strategy = spec.strategy
    if isinstance(strategy, Switch):
        found = [("active", pool_of(spec, world.active))]
        if strategy.preview:
            found.append(("preview", pool_of(spec, world.preview)))
        return tuple(found)
    if not strategy.routed:
        return ()
    stable, canary = pool_of(spec, world.serving), pool_of(spec, canary_service(strategy, world))
    if strategy.ping_pong:
        names = ("pong", "ping") if world.swapped else ("ping", "pong")
        return tuple(sorted(((names[0], stable), (names[1], canary))))
    return ((_STABLE, stable), (_CANARY[_NEW], canary))


def canary_service(canary: Canary, world: World) -> str:
    """Key of the ReplicaSet that the canary service selects: after an abort it goes back to stable."""
    if world.aborted and not (canary.dynamic and world.weight):
        return world.stable or world.target
    new = world.new
    return world.current if new is not None and new.available else world.target


def trial_revision(spec: Spec, world: World, key: str) -> str:
    """The revision that the Pods of an experiment run."""
    steps = spec.strategy.steps if isinstance(spec.strategy, Canary) else ()
    experiment = steps[world.test.at].experiment if world.test is not None else None
    keys = [pods.key for pods in _trials(world)]
    if experiment is not None and key in keys and experiment.trials[keys.index(key)].revision == _STABLE:
        return world.stable or _OLD
    return world.current


def _trials(world: World) -> tuple[Pods, ...]:
    return world.test.pods if world.test is not None else ()


def _crowd(pool: str, revision: str, pods: Pods) -> Crowd:
    failed = sum(count for ready, count in pods.starting if ready is None)
    return Crowd(pool, revision, pods.coming - failed, pods.available, failed, pods.leaving)
