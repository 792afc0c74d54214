"""The instances of a Deployment or DaemonSet, over time: who is there, and what its own controller does next.

Flagger waits for workloads; how they roll decides when it goes on, and what serves meanwhile.
"""

from __future__ import annotations

from drawdeploy.controllers.amounts import IntOrPercent, fenceposts, max_unavailable, scaled
from drawdeploy.controllers.kubernetes.rules import UPDATED, reconcile_new, reconcile_old, timed_out
from drawdeploy.controllers.kubernetes.spec import ReplicaSet
from drawdeploy.value import Value, replace


class Lot(Value):
    """Instances that came together.

    Attributes:
        ready_at: When they are available, in seconds since the update; ``None`` for never.
        gone_at: When they are gone, once told to stop.
    """

    revision: str
    count: int
    since: int
    ready_at: int | None
    gone_at: int | None = None


class Pace(Value):
    """How long instances take.

    Attributes:
        broken: New ones never become available.
    """

    start: int
    stop: int
    broken: bool = False


class Workload(Value):
    """A Deployment or DaemonSet; of a Service (which Flagger can move too) only its selector is anybody's.

    Attributes:
        revision: What its template says.
        progressed_at: When something last came about.
        low_since: Since when fewer are available than there must be; ``None`` if enough are.
    """

    kind: str
    revision: str
    desired: int
    lots: tuple[Lot, ...] = ()
    surge: IntOrPercent = "25%"
    unavailable: IntOrPercent = "25%"
    recreate: bool = False
    stuck: bool = False
    deadline: int = 600
    progressed_at: int = 0
    low_since: int | None = None
    seen: tuple[int, int, int] = (0, 0, 0)

    def running(self, *revisions: str) -> int:
        """How many there are that nobody has told to stop."""
        return sum(lot.count for lot in self._lots(revisions))

    def available(self, now: int, *revisions: str) -> int:
        """How many of them can take requests."""
        return sum(lot.count for lot in self._lots(revisions) if _up(lot, now))

    def _lots(self, revisions: tuple[str, ...]) -> tuple[Lot, ...]:
        return tuple(lot for lot in self.lots if lot.gone_at is None and (not revisions or lot.revision in revisions))

    @property
    def fences(self) -> tuple[int, int]:
        """How many more, and how many fewer, than desired there may be."""
        if self.kind == "DaemonSet":  # both round up: there is no other node to go to
            return scaled(self.surge, self.desired, up=True), scaled(self.unavailable, self.desired, up=True)
        return fenceposts(self.surge, self.unavailable, self.desired)

    @property
    def least(self) -> int:
        """How many must be available for the workload to count as available."""
        return self.desired - max_unavailable(self.fences[1], self.desired)


def full(kind: str, revision: str, count: int) -> tuple[Lot, ...]:
    """Instances that have been available since before."""
    return (Lot(revision, count, 0, 0),) if count and kind else ()


def settle(workload: Workload, now: int, pace: Pace) -> Workload:
    """The workload once its controller has nothing left to do at this moment."""
    lots = tuple(lot for lot in workload.lots if lot.gone_at is None or lot.gone_at > now)
    workload = replace(workload, lots=lots)
    while (moved := _sync(workload, now, pace)) != workload:
        workload = moved
    return _watch(workload, now)


def next_change(workload: Workload, now: int) -> int | None:
    """When something changes by itself next."""
    times = [lot.gone_at if lot.gone_at is not None else lot.ready_at for lot in workload.lots]
    return min((time for time in times if time is not None and time > now), default=None)


def exceeded(workload: Workload, now: int) -> bool:
    """Whether its own progress deadline has passed while it was not done."""
    done = workload.available(now, workload.revision) == workload.running() == workload.desired
    late = timed_out(workload.deadline, now - workload.progressed_at, UPDATED)
    return workload.kind == "Deployment" and not done and late


def _sync(workload: Workload, now: int, pace: Pace) -> Workload:
    """One scaling move, by the Deployment controller's own rules; the same value if there is none."""
    if workload.kind == "Service":
        return replace(workload, lots=full("Service", workload.revision, workload.desired))
    desired, revision = workload.desired, workload.revision
    new = workload.running(revision)
    if desired == 0 or (workload.recreate and workload.running() > new):
        doomed = () if desired == 0 else (revision,)
        return _stop_all_but(workload, doomed, now, pace)
    if workload.recreate and any(lot.revision != revision for lot in workload.lots):
        return workload  # the last of the old must be gone, not only told so
    total = workload.running()
    surge, fewer = (0, 0) if workload.recreate else workload.fences
    if (size := reconcile_new(desired, new, total, surge)) > new:
        made = Lot(revision, size - new, now, None if pace.broken else now + pace.start)
        return replace(workload, lots=(*workload.lots, made))
    if size < new:
        return _stop(workload, (revision,), new - size, now, pace)
    if workload.stuck or total == new:
        return workload
    return _scale_down_old(workload, max_unavailable(fewer, desired), now, pace)


def _scale_down_old(workload: Workload, fewer: int, now: int, pace: Pace) -> Workload:
    """Old instances go, as many as may be missing."""
    revisions = tuple(dict.fromkeys(lot.revision for lot in workload.lots))
    sets = {name: ReplicaSet(name, workload.running(name), workload.available(now, name)) for name in revisions}
    new = sets.pop(workload.revision, ReplicaSet(workload.revision))
    for one, size in zip(sets.values(), reconcile_old(tuple(sets.values()), new, workload.desired, fewer), strict=True):
        workload = _stop(workload, (one.revision,), one.spec - size, now, pace)
    return workload


def _stop(workload: Workload, revisions: tuple[str, ...], count: int, now: int, pace: Pace) -> Workload:
    """Tells some to stop: those not available first, of the others the youngest."""
    lots = list(workload.lots)
    candidates = [lot for lot in lots if lot.gone_at is None and lot.revision in revisions]
    for lot in sorted(candidates, key=lambda lot: (_up(lot, now), -lot.since)):
        taken = min(count, lot.count)
        if taken <= 0:
            break
        place, count = lots.index(lot), count - taken
        rest = [replace(lot, count=lot.count - taken)] if lot.count > taken else []
        ends = [replace(lot, count=taken, gone_at=now + pace.stop)] if pace.stop > 0 else []
        lots[place : place + 1] = [*ends, *rest]
    return replace(workload, lots=tuple(lots))


def _stop_all_but(workload: Workload, kept: tuple[str, ...], now: int, pace: Pace) -> Workload:
    doomed = tuple(dict.fromkeys(lot.revision for lot in workload.lots if lot.revision not in kept))
    return _stop(workload, doomed, workload.running(*doomed), now, pace) if doomed else workload


def _watch(workload: Workload, now: int) -> Workload:
    """Notes progress, and since when too few are available."""
    seen = workload.running(workload.revision), workload.running(), workload.available(now)
    low = workload.available(now) < workload.least
    return replace(
        workload,
        seen=seen,
        progressed_at=workload.progressed_at if seen == workload.seen else now,
        low_since=(now if workload.low_since is None else workload.low_since) if low else None,
    )


def _up(lot: Lot, now: int) -> bool:
    return lot.gone_at is None and lot.ready_at is not None and lot.ready_at <= now
