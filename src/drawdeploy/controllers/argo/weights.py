"""Which weight Argo Rollouts sets, step by step, when it is aborted and when it is promoted.

Source: argo-rollouts ``utils/replicaset/canary.go`` and ``rollout/trafficrouting.go`` at ``9f8d111d``.
"""

from __future__ import annotations

from collections.abc import Sequence

from drawdeploy.controllers.argo.counts import MAX_WEIGHT, Sets, at_desired, of_weight, routed
from drawdeploy.value import Value


class Scale(Value):
    """``setCanaryScale``: a count, a weight, or the traffic's weight again."""

    replicas: int | None = None
    weight: int | None = None
    match_traffic: bool = False


class Turn(Value):
    """A step, as far as weights and counts depend on it: at most one of them is given."""

    weight: int | None = None
    scale: Scale | None = None


def current(turns: Sequence[Turn], index: int | None, *, aborted: bool = False, whole: int = MAX_WEIGHT) -> int:
    """The weight in force: the last ``setWeight`` at or before the current step; all of it past the end.

    Args:
        turns: All steps.
        index: The current one; ``None`` if there are none.
        aborted: Whether it is aborted: nothing goes to the canary.
        whole: What all traffic is.
    """
    if aborted:
        return 0
    if index is None or index >= len(turns):
        return whole
    return next((turn.weight for turn in reversed(turns[: index + 1]) if turn.weight is not None), 0)


def previous(turns: Sequence[Turn], index: int) -> int:
    """The last ``setWeight`` before a step: what the router keeps until the canary has grown; 0 if there is none."""
    return next((turn.weight for turn in reversed(turns[:index]) if turn.weight is not None), 0)


def canary_scale(
    turns: Sequence[Turn], index: int | None, *, aborted: bool = False, kept_for_ever: bool = False
) -> Scale | None:
    """The ``setCanaryScale`` in force; an abort ends it, unless the canary is to be kept for ever."""
    if index is None or index >= len(turns) or (aborted and not kept_for_ever):
        return None
    for turn in reversed(turns[: index + 1]):
        if turn.scale is not None:
            return None if turn.scale.match_traffic else turn.scale
    return None


def aborting(
    replicas: int,
    turns: Sequence[Turn],
    stable: Sets | None,
    canary: Sets | None,
    delay: int | None = None,
    whole: int = MAX_WEIGHT,
) -> int:
    """The weight in force while a canary with ``dynamicStableScale`` is aborted: back down its own steps.

    It is the first, from the last, whose canary would be smaller than what stable still lacks.

    Args:
        replicas: Instances wanted in all.
        turns: All steps.
        stable: The stable set; ``None`` if it is not known.
        canary: The canary.
        delay: ``abortScaleDownDelaySeconds``; ``None`` if not given: the canary then shrinks on the way.
        whole: What all traffic is.
    """
    if stable is None:
        return 0
    lacking = replicas - stable.available
    if not delay:
        lacking = max(lacking, canary.available if canary else 0)
    for turn in reversed(turns):
        if turn.weight is not None and of_weight(replicas, turn.weight, whole) < lacking:
            return turn.weight
    return 0


def going_back(
    replicas: int,
    turns: Sequence[Turn],
    stable: Sets | None,
    canary: Sets | None,
    actual: int | None,
    *,
    dynamic: bool,
    delay: int | None = None,
    whole: int = MAX_WEIGHT,
) -> int:
    """The router's weight for the canary while it is aborted, or while stable is applied again.

    Without ``dynamicStableScale`` stable is complete, so it is 0 at once. With it, it goes back down the steps; if
    there is no ``setWeight`` among them, it is as much as stable cannot carry yet. It never grows.

    Args:
        replicas: Instances wanted in all.
        turns: All steps.
        stable: The stable set.
        canary: The canary.
        actual: The canary's weight now.
        dynamic: ``dynamicStableScale``.
        delay: ``abortScaleDownDelaySeconds``; ``None`` if not given.
        whole: What all traffic is.
    """
    if not dynamic or replicas == 0:
        return 0
    if any(turn.weight is not None for turn in turns):
        weight = aborting(replicas, turns, stable, canary, delay, whole)
    else:
        weight = whole - whole * (stable.available if stable else 0) // replicas
    return weight if actual is None else min(weight, actual)


def promoting_fully(
    replicas: int, canary: Sets | None, actual: int | None, *, dynamic: bool, whole: int = MAX_WEIGHT
) -> int:
    """The router's weight while a canary is promoted in full: what it can carry, or what it had."""
    if canary is None or canary.available == 0:
        return 0
    if dynamic:
        return whole * canary.available // replicas if replicas else 0
    return actual or 0


def in_force(weight: int | None, *, promoted: bool, stable: bool, aborted: bool, whole: int = MAX_WEIGHT) -> int:
    """The weight that counts come from, where the last ``setWeight`` is known.

    Args:
        weight: That of the last ``setWeight``; ``None`` if the steps are done, or there are none.
        promoted: Promoted in full.
        stable: Whether there is a stable set besides the canary.
        aborted: Whether it is aborted.
        whole: What all traffic is.
    """
    if promoted or not stable:
        return whole
    return 0 if aborted else whole if weight is None else weight


def wanted(
    replicas: int,
    turns: Sequence[Turn],
    index: int | None,
    stable: Sets | None,
    canary: Sets | None,
    *,
    promoted: bool = False,
    aborted: bool = False,
    dynamic: bool = False,
    delay: int | None = None,
    whole: int = MAX_WEIGHT,
) -> int:
    """The weight that counts of a routed canary come from; the arguments are those of the functions above."""
    if promoted:
        return whole
    if aborted and dynamic:
        return aborting(replicas, turns, stable, canary, delay, whole)
    return current(turns, index, aborted=aborted, whole=whole)


def routing(
    replicas: int,
    turns: Sequence[Turn],
    index: int | None,
    stable: Sets | None,
    canary: Sets | None,
    actual: int | None,
    *,
    promoted: bool = False,
    aborted: bool = False,
    dynamic: bool = False,
    delay: int | None = None,
    ready: bool | None = None,
    whole: int = MAX_WEIGHT,
) -> int:
    """The weight that the router is told for the canary in one reconcile.

    Args:
        replicas: Instances wanted in all.
        turns: All steps.
        index: The current one.
        stable: The stable set.
        canary: The canary.
        actual: Its weight now; ``None`` if none was set.
        promoted: Promoted in full.
        aborted: Whether it is aborted.
        dynamic: ``dynamicStableScale``.
        delay: ``abortScaleDownDelaySeconds``; ``None`` if not given.
        ready: Whether the sets are what the step wants of them; worked out from the counts if not given.
        whole: What all traffic is.
    """
    if aborted:
        return going_back(replicas, turns, stable, canary, actual, dynamic=dynamic, delay=delay, whole=whole)
    if canary is None or canary.available == 0:
        return 0
    if promoted:
        return promoting_fully(replicas, canary, actual, dynamic=dynamic, whole=whole)
    if index is None:
        return 0
    if ready is None:
        scale = canary_scale(turns, index)
        counts = routed(
            replicas,
            scale.weight if scale and scale.weight is not None else current(turns, index, whole=whole),
            scale=scale.replicas if scale else None,
            dynamic=dynamic,
            whole=whole,
        )
        ready = at_desired(canary, stable, (), counts, routed=True, dynamic=dynamic)
    if not ready:
        return previous(turns, index)
    return current(turns, index, whole=whole)
