"""How many instances Argo Rollouts wants of each ReplicaSet: pure arithmetic, one function for each of its own.

Source: argo-rollouts ``utils/replicaset/canary.go``, ``replicaset.go``, ``bluegreen.go`` and ``utils/conditions`` at
``9f8d111d``. Everything is counted exactly, in whole numbers and fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from drawdeploy.controllers.amounts import IntOrPercent, ceil_div, fenceposts, max_unavailable
from drawdeploy.value import Value

MAX_WEIGHT = 100
SURGE = UNAVAILABLE = "25%"
"""What the controller takes for a ``maxSurge`` and ``maxUnavailable`` that are not given."""


class Sets(Value):
    """One ReplicaSet as the arithmetic sees it.

    Attributes:
        spec: Instances it is told to have.
        available: Instances that can take requests.
        created: Instances there are at all (``status.replicas``); as many as ``spec`` if nothing else is known.
    """

    spec: int
    available: int
    created: int = -1

    @property
    def there(self) -> int:
        """Instances there are at all."""
        return self.spec if self.created < 0 else self.created


class Threshold(Value):
    """``replicaProgressThreshold``: how many of the wanted instances are enough to go on.

    Attributes:
        kind: ``Percent`` or ``Pod``.
    """

    kind: str
    value: int

    @property
    def holds(self) -> bool:
        """Whether it says anything: one that does not is as good as none."""
        return self.value > 0 and (
            self.kind.startswith("Pod") or (self.kind.startswith("Percent") and self.value <= 100)
        )


def amount(value: IntOrPercent) -> IntOrPercent:
    """A surge as this controller reads it: a text of digits alone is a percentage too ("25" is 25 %)."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return f"{value}%"
    return value


def limits(surge: IntOrPercent | None, unavailable: IntOrPercent | None, replicas: int) -> tuple[int, int]:
    """How many more, and how many fewer, than ``replicas`` there may be.

    Raises:
        ValueError: A text that is no percentage.
    """
    more, fewer = fenceposts(
        SURGE if surge is None else amount(surge), UNAVAILABLE if unavailable is None else amount(unavailable), replicas
    )
    return more, max_unavailable(fewer, replicas)


# --- basic canary ----------------------------------------------------------------------------------------------------


def approximate(replicas: int, weight: int, surge: int, whole: int = MAX_WEIGHT) -> tuple[int, int]:
    """The canary and stable counts that come nearest to a weight without a traffic router.

    They add up to ``replicas``, or one more where surging is allowed and comes nearer.

    Args:
        replicas: Instances wanted in all.
        weight: Part of the traffic for the canary, of ``whole``.
        surge: How many more there may be.
        whole: What all traffic is.
    """
    if replicas == 0:
        return 0, 0
    up, down = ceil_div(replicas * weight, whole), replicas * weight // whole
    zero = weight in (0, whole) or (replicas == 1 and surge == 0)
    options: list[tuple[int, int]] = []
    for total in (replicas, *((replicas + 1,) if surge > 0 else ())):
        if total > replicas or up < replicas or zero:
            options.append((up, total))
        if Fraction(total * weight, whole) % 1 != Fraction(1, 2) and (down or zero):
            options.append((down, total))
    if not options:
        return 0, replicas
    canary, total = min(options, key=lambda option: abs(Fraction(option[0], option[1]) - Fraction(weight, whole)))
    return canary, total - canary


def basic(
    replicas: int,
    weight: int,
    surge: int,
    unavailable: int,
    canary: Sets | None,
    stable: Sets | None,
    older: Sequence[Sets] = (),
    whole: int = MAX_WEIGHT,
) -> tuple[int, int]:
    """The counts that one reconcile gives canary and stable, without a traffic router.

    Args:
        replicas: Instances wanted in all.
        weight: The weight in force.
        surge: Resolved ``maxSurge``.
        unavailable: Resolved ``maxUnavailable``.
        canary: The newest ReplicaSet; ``None`` if it has not been made.
        stable: The stable one; ``None`` if there is none, or if the canary is it.
        older: All others.
        whole: What all traffic is.
    """
    wanted, steady = approximate(replicas, weight, surge, whole)
    new, old = canary.spec if canary else 0, stable.spec if stable else 0
    if stable is None:
        wanted, steady = replicas, 0
    before_new, before_old = new, old
    most = replicas + surge
    room = most - (new + old + sum(one.spec for one in older))
    if stable and before_old < steady and room > 0:
        old = min(steady, before_old + room)
        room -= old - before_old
    if canary and before_new < wanted and room > 0:
        new = min(wanted, before_new + room)
    if any(one.spec for one in older):
        return new, old
    least = replicas - unavailable
    growing = canary is None or wanted >= before_new
    spare = for_scale_down(canary, ignore=not growing) + for_scale_down(stable, ignore=growing) - least
    if spare <= 0:
        return new, old
    if not growing:
        new = _drained(canary, wanted, spare, new)
        return _within(canary, stable, new, old, most, least)
    if stable:
        old = _drained(stable, steady, spare, old)
        old, new = _within(stable, canary, old, new, most, least)
    return new, old


def for_scale_down(one: Sets | None, *, ignore: bool) -> int:
    """How many instances of a set count when it is asked what can be spared."""
    if one is None:
        return 0
    return one.spec if one.spec < one.available or ignore else one.available


def _drained(one: Sets | None, wanted: int, spare: int, now: int) -> int:
    return max(wanted, one.spec - spare) if one and one.spec > wanted else now


def _within(drained: Sets | None, other: Sets | None, drain: int, keep: int, most: int, least: int) -> tuple[int, int]:
    """Keeps both sets within surge and availability; the one that is drained gives way last."""
    available = min(drained.available, drain) if drained else 0
    if other is None:
        return drain, keep
    keep -= max(0, keep + drain - most)
    available += min(other.available, keep)
    lost = max(0, other.available - keep)
    keep += min(lost, max(0, least - available))
    return drain - max(0, keep + drain - most), keep


def shrink_older(older: Sequence[Sets], available: int, replicas: int, unavailable: int) -> tuple[int, ...]:
    """The counts of older sets after one reconcile, newest first, of a basic canary.

    Unhealthy instances go first; then as many as availability allows.

    Args:
        older: Them, newest revision first.
        available: Available instances of all sets, these included.
        replicas: Instances wanted in all.
        unavailable: Resolved ``maxUnavailable``.
    """
    counts = [min(one.spec, one.available) for one in older]  # what is not healthy serves nobody
    spare = available - (replicas - unavailable)
    for index in range(len(counts)):
        gone = max(0, min(counts[index], spare))
        counts[index] -= gone
        spare -= gone
    return tuple(counts)


# --- canary with a traffic router ------------------------------------------------------------------------------------


def of_weight(replicas: int, weight: int, whole: int = MAX_WEIGHT) -> int:
    """Instances for a part of the traffic, rounded up."""
    return ceil_div(weight * replicas, whole)


def at_least(count: int, minimum: int | None, replicas: int) -> int:
    """``minPodsPerReplicaSet``: raises what is not 0, never above all instances."""
    return count if count == 0 or minimum is None else max(count, min(minimum, replicas))


def routed(
    replicas: int,
    weight: int,
    *,
    scale: int | None = None,
    dynamic: bool = False,
    actual: tuple[int, int] | None = None,
    aborted: bool = False,
    minimum: int | None = None,
    whole: int = MAX_WEIGHT,
) -> tuple[int, int]:
    """Canary and stable counts with a traffic router.

    Args:
        replicas: Instances wanted in all.
        weight: The weight in force, or that of ``setCanaryScale`` (which may exceed ``whole``).
        scale: ``setCanaryScale.replicas``, taken as it is.
        dynamic: ``dynamicStableScale``.
        actual: Weights that the router has now, canary and stable.
        aborted: Whether it is being aborted.
        minimum: ``minPodsPerReplicaSet``.
        whole: What all traffic is.
    """
    canary = scale if scale is not None else at_least(of_weight(replicas, weight, whole), minimum, replicas)
    if not dynamic:
        return canary, replicas
    stable = of_weight(replicas, max(0, whole - weight), whole)
    if actual is not None:
        stable = max(stable, of_weight(replicas, actual[1], whole))
        if aborted:
            canary = max(canary, of_weight(replicas, actual[0], whole))
    return at_least(canary, minimum, replicas) if scale is None else canary, at_least(stable, minimum, replicas)


# --- enough? ---------------------------------------------------------------------------------------------------------


def all_available(one: Sets | None, desired: int) -> bool:
    """Whether a set has exactly what is desired of it, and all of that is available."""
    return one is not None and desired == one.spec == one.available


def all_created(one: Sets | None, desired: int) -> bool:
    """Whether a set has exactly what is desired of it, available or not."""
    return one is not None and desired == one.spec == one.there


def enough(one: Sets | None, desired: int, threshold: Threshold | None = None) -> bool:
    """Whether a set is far enough for a step to go on."""
    if threshold is None:
        return all_available(one, desired)
    if one is None or (desired and not threshold.holds):
        return all_available(one, desired)
    return progressed(one.available, desired, threshold)


def progressed(available: int, desired: int, threshold: Threshold) -> bool:
    """Whether as many are available as a threshold asks for; it never asks for more than there should be."""
    if desired == 0:
        return True
    if not threshold.holds:
        return available >= desired
    if threshold.kind.startswith("Percent"):
        return available * 100 >= threshold.value * desired
    return available >= min(threshold.value, desired)


def can_carry(
    available: int, replicas: int, weight: int, whole: int = MAX_WEIGHT, threshold: Threshold | None = None
) -> bool:
    """Whether a set has enough available for a part of the traffic; rounded down, as the router's check is."""
    desired = weight * replicas // whole
    return available >= desired if threshold is None else progressed(available, desired, threshold)


def preview(replicas: int, preview_count: int | None, *, active: bool, checked: bool, promote_full: bool) -> int:
    """How many instances the new set of a blueGreen has.

    Args:
        replicas: Instances wanted in all.
        preview_count: ``previewReplicaCount``.
        active: Whether the active service selects it already.
        checked: Whether it has passed what comes before its scaling up (``scaleUpPreviewCheckPoint``).
        promote_full: Whether it is promoted in full.
    """
    return replicas if preview_count is None or active or checked or promote_full else preview_count


def at_desired(
    canary: Sets | None,
    stable: Sets | None,
    older: Sequence[Sets],
    wanted: tuple[int, int],
    *,
    routed: bool,
    dynamic: bool,
    threshold: Threshold | None = None,
) -> bool:
    """Whether the sets are what a step wants of them.

    Args:
        canary: The newest set.
        stable: The stable one.
        older: All others; without a router they take traffic, so they must be gone.
        wanted: Canary and stable counts.
        routed: Whether there is a traffic router.
        dynamic: ``dynamicStableScale``: stable is then not waited for.
        threshold: How many of the canary are enough.
    """
    if not enough(canary, wanted[0], threshold):
        return False
    if not (routed and dynamic) and not all_created(stable, wanted[1]):
        return False
    return routed or not any(one.available for one in older)


def none_of_it() -> tuple[int, int]:
    """Surge and unavailable of a strategy that has none (blueGreen)."""
    return 0, 0
