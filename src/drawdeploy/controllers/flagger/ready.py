"""When Flagger takes a workload for ready, and when for stuck."""

from __future__ import annotations

from drawdeploy.controllers.flagger.workload import Workload, exceeded
from drawdeploy.value import Value


class Ready(Value):
    """What Flagger makes of a workload.

    Attributes:
        retriable: If it is not ready: whether to look again at the next tick.
        why: ``""``, ``behind``, ``deadline``, ``missing``, ``ending`` or ``unavailable``.
    """

    ready: bool
    retriable: bool = True
    why: str = ""


def deployment_ready(
    *,
    wanted: int | None,
    updated: int,
    total: int,
    available: int,
    threshold: int,
    behind: bool = False,
    timed_out: bool = False,
    low_for: int | None = None,
    deadline: int = 600,
) -> Ready:
    """What Flagger reads off a Deployment.

    Args:
        wanted: ``spec.replicas``; ``None`` if not given.
        updated: Instances of the newest template.
        total: All instances.
        available: All that are available, whatever their template.
        threshold: Percent of the updated ones that must be.
        behind: The Deployment's own controller has not seen its last change yet.
        timed_out: It has passed its own progress deadline.
        low_for: For how many seconds it has had fewer available than it must; ``None`` if it has enough.
        deadline: The Canary's ``progressDeadlineSeconds``, for ``low_for``.

    Source: flagger ``isDeploymentReady``.
    """
    if behind:
        return Ready(False, True, "behind")
    retriable = low_for is None or low_for <= deadline
    if timed_out:
        return Ready(False, False, "deadline")
    if wanted is not None and updated < wanted:
        return Ready(False, retriable, "missing")
    if total > updated:
        return Ready(False, retriable, "ending")
    if available < updated * threshold // 100:
        return Ready(False, retriable, "unavailable")
    return Ready(True)


def daemon_set_ready(*, wanted: int, updated: int, available: int, threshold: int, late: bool) -> Ready:
    """What Flagger reads off a DaemonSet; the Canary's deadline counts from its last change of status.

    Source: flagger ``isDaemonSetReady``.
    """
    missing, unavailable = updated < wanted, available < wanted * threshold // 100
    if not missing and not unavailable:
        return Ready(True)
    if late:
        return Ready(False, False, "deadline")
    return Ready(False, True, "missing" if missing else "unavailable")


def look(workload: Workload, now: int, threshold: int, deadline: int, since: int) -> Ready:
    """What Flagger makes of a workload at a moment.

    Args:
        workload: It.
        now: Seconds since the update.
        threshold: Percent that must be available.
        deadline: ``progressDeadlineSeconds`` of the Canary.
        since: When the Canary's status last changed.
    """
    updated, available = workload.running(workload.revision), workload.available(now)
    if workload.kind == "Service":
        return Ready(True)
    if workload.kind == "DaemonSet":
        return daemon_set_ready(
            wanted=workload.desired,
            updated=updated,
            available=available,
            threshold=threshold,
            late=now - since > deadline,
        )
    return deployment_ready(
        wanted=workload.desired,
        updated=updated,
        total=workload.running(),
        available=available,
        threshold=threshold,
        timed_out=exceeded(workload, now),
        low_for=None if workload.low_since is None else now - workload.low_since,
        deadline=deadline,
    )
