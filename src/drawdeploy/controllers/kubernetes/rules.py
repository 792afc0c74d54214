"""The Deployment controller's own arithmetic: who is scaled, and to how many.

Source of every rule here: ``pkg/controller/deployment`` of Kubernetes (``rolling.go``, ``sync.go``, ``recreate.go``,
``progress.go`` and ``util/deployment_util.go``); each function names the one it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from drawdeploy.controllers import amounts
from drawdeploy.controllers.amounts import IntOrPercent
from drawdeploy.controllers.kubernetes.spec import ROLLING, ReplicaSet
from drawdeploy.value import Value

NO_DEADLINE = 2**31 - 1
"""``progressDeadlineSeconds`` of those who never want to hear of it."""

CREATED = "NewReplicaSetCreated"
UPDATED = "ReplicaSetUpdated"
COMPLETE = "NewReplicaSetAvailable"
EXCEEDED = "ProgressDeadlineExceeded"
PAUSED = "DeploymentPaused"
RESUMED = "DeploymentResumed"


class Status(Value):
    """The counts of a Deployment's ``status``.

    Attributes:
        replicas: Pods in all, without those that stop.
        updated: Those of the present template.
        ready: Those that can take requests.
        available: Those that have been ready for long enough.
    """

    replicas: int
    updated: int
    ready: int
    available: int


# --- bounds ----------------------------------------------------------------------------------------------------------


def fenceposts(surge: IntOrPercent | None, unavailable: IntOrPercent | None, replicas: int) -> tuple[int, int]:
    """How many Pods more, and how many fewer, than wanted (``ResolveFenceposts``). What is not said is 0.

    Raises:
        ValueError: A text that is no percentage.
    """
    return amounts.fenceposts(surge or 0, unavailable or 0, replicas)


def max_unavailable(
    strategy: str, surge: IntOrPercent | None, unavailable: IntOrPercent | None, replicas: int | None
) -> int:
    """How many may be unavailable (``MaxUnavailable``): none if none is wanted, or if all go at once anyway."""
    if strategy != ROLLING or not replicas:
        return 0
    return amounts.max_unavailable(fenceposts(surge, unavailable, replicas)[1], replicas)


def max_surge(strategy: str, surge: IntOrPercent | None, unavailable: IntOrPercent | None, replicas: int) -> int:
    """How many more than wanted there may be (``MaxSurge``)."""
    return fenceposts(surge, unavailable, replicas)[0] if strategy == ROLLING else 0


# --- a rolling update ------------------------------------------------------------------------------------------------


def new_size(strategy: str, replicas: int, size: int, total: int, surge: int) -> int:
    """Size of the set of the new template (``NewRSNewReplicas``): as far as the surge lets it grow.

    Args:
        strategy: The Deployment's.
        replicas: How many are wanted.
        size: Its size now.
        total: The size of all sets.
        surge: How many more than wanted there may be.
    """
    if strategy != ROLLING:
        return replicas
    room = replicas + surge - total
    return size if room <= 0 else size + min(room, replicas - size)


def reconcile_new(replicas: int, size: int, total: int, surge: int) -> int:
    """The same where it may also be too large (``reconcileNewReplicaSet``)."""
    return replicas if size >= replicas else new_size(ROLLING, replicas, size, total, surge)


def reconcile_old(old: Sequence[ReplicaSet], new: ReplicaSet, replicas: int, unavailable: int) -> list[int]:
    """Sizes of the old sets, oldest first, after one sync (``reconcileOldReplicaSets``).

    Pods of the new set that are not yet available do not count, so that a new version that never becomes ready takes
    no more of the old ones with it.
    """
    total = new.spec + sum(one.spec for one in old)
    most = total - (replicas - unavailable) - (new.spec - new.available)
    if most <= 0 or not any(one.spec for one in old):
        return [one.spec for one in old]
    sizes = cleanup_unhealthy(old, most)
    available = new.available + sum(one.available for one in old)
    return scale_down_old(sizes, available, replicas - unavailable)


def cleanup_unhealthy(old: Sequence[ReplicaSet], most: int) -> list[int]:
    """Sizes once Pods that are not available are taken away, oldest set first (``cleanupUnhealthyReplicas``)."""
    sizes, done = [], 0
    for one in old:
        fewer = max(0, min(most - done, one.spec - one.available))
        done += fewer
        sizes.append(one.spec - fewer)
    return sizes


def scale_down_old(sizes: Sequence[int], available: int, least: int) -> list[int]:
    """Sizes once as many are gone as availability allows (``scaleDownOldReplicaSetsForRollingUpdate``).

    Args:
        sizes: Of the old sets, oldest first.
        available: How many Pods of all sets are available.
        least: How many must stay so.
    """
    budget, done = max(0, available - least), []
    for size in sizes:
        fewer = min(size, budget)
        budget -= fewer
        done.append(size - fewer)
    return done


# --- other sizes on the way ------------------------------------------------------------------------------------------


def saturated(one: ReplicaSet, replicas: int) -> bool:
    """Whether a set has all that is wanted, and knows it (``IsSaturated``)."""
    return one.spec == replicas == one.desired == one.available


def proportional(
    sets: Sequence[ReplicaSet], new: ReplicaSet | None, replicas: int, surge: int, strategy: str = ROLLING
) -> list[int]:
    """Sizes after the wanted number has changed in the middle of an update (``scale``).

    Args:
        sets: All sets, in any order.
        new: The one of the present template; ``None`` if there is none yet.
        replicas: How many are wanted now.
        surge: How many more than wanted there may be.
        strategy: The Deployment's.
    """
    sizes = {one.born: one.spec for one in sets}
    active = [one for one in sets if one.spec > 0]
    if not sets:
        return []
    if len(active) <= 1:
        latest = new or max(sets, key=lambda one: one.born)
        sizes[(active or [latest])[0].born] = replicas
    elif new is not None and saturated(new, replicas):
        sizes |= {one.born: 0 for one in active if one.born != new.born}
    elif strategy == ROLLING:
        sizes |= _shares(active, replicas, surge)
    return [sizes[one.born] for one in sets]


def _shares(active: Sequence[ReplicaSet], replicas: int, surge: int) -> dict[int, int]:
    """Every set grows or shrinks by its part; what rounding leaves over goes to the largest."""
    total = sum(one.spec for one in active)
    wanted = replicas + surge if replicas else 0
    change = wanted - total
    if not change:
        return {}
    # Of two of a size, the newer grows first, and the older shrinks first.
    ordered = sorted(active, key=lambda one: (-one.spec, -one.born if change > 0 else one.born))
    sizes, done = {}, 0
    for one in ordered:
        part = 0
        if done != change:
            fair = fraction(one, replicas, wanted, total)
            part = min(fair, change - done) if change > 0 else max(fair, change - done)
        done += part
        sizes[one.born] = one.spec + part
    first = ordered[0].born
    sizes[first] = max(0, sizes[first] + change - done)
    return sizes


def fraction(one: ReplicaSet, replicas: int, wanted: int, total: int) -> int:
    """By how much one set changes so as to keep its part (``getReplicaSetFraction``)."""
    if replicas == 0:
        return -one.spec
    before = one.most or total
    return amounts.round_half_away(Fraction(one.spec * wanted, before)) - one.spec if before else 0


# --- how far it has come ---------------------------------------------------------------------------------------------


def complete(replicas: int, status: Status) -> bool:
    """Whether an update has come to its end (``DeploymentComplete``)."""
    return status.updated == status.replicas == status.available == replicas


def progressing(before: Status, after: Status) -> bool:
    """Whether something has moved (``DeploymentProgressing``)."""
    return (
        after.updated > before.updated
        or after.replicas - after.updated < before.replicas - before.updated
        or after.ready > before.ready
        or after.available > before.available
    )


def timed_out(deadline: int | None, seconds: int, reason: str) -> bool:
    """Whether it has made no progress for too long (``DeploymentTimedOut``): a condition, and nothing else happens.

    Args:
        deadline: ``progressDeadlineSeconds``.
        seconds: How long ago progress was seen.
        reason: Reason of the condition ``Progressing`` now.
    """
    if deadline is None or deadline == NO_DEADLINE or reason == COMPLETE:
        return False
    return reason == EXCEEDED or seconds > deadline
