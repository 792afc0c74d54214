"""Rows about Kubernetes' Deployment: inputs to drawdeploy's own functions, and their answers in the rows' shapes."""

from __future__ import annotations

from typing import Any

from drawdeploy.controllers.kubernetes import rules, simulate
from drawdeploy.controllers.kubernetes.spec import ROLLING, Deployment, ReplicaSet


def answer(file_stem: str, table: str, inputs: dict[str, Any]) -> Any:
    """What drawdeploy says to a row."""
    return _TABLES[table](inputs)


def _fenceposts(row: dict[str, Any]) -> Any:
    try:
        surge, unavailable = rules.fenceposts(row.get("maxSurge"), row.get("maxUnavailable"), row.get("replicas") or 0)
    except ValueError:
        return {"surge": 0, "unavailable": 0, "error": True}
    return {"surge": surge, "unavailable": unavailable, "error": False}


def _max_unavailable(row: dict[str, Any]) -> int:
    return rules.max_unavailable(
        row.get("strategy") or ROLLING, row.get("maxSurge"), row.get("maxUnavailable"), row.get("replicas")
    )


def _new_size(row: dict[str, Any]) -> int:
    surge = rules.fenceposts(row.get("maxSurge"), row.get("maxUnavailable", 1), row["replicas"])[0]
    return rules.new_size(
        row.get("strategy") or ROLLING, row["replicas"], row["newReplicas"], row["allReplicas"], surge
    )


def _reconcile_new(row: dict[str, Any]) -> Any:
    replicas, size = row["replicas"], row["newReplicas"]
    surge = rules.fenceposts(row.get("maxSurge"), row.get("maxUnavailable"), replicas)[0]
    after = rules.reconcile_new(replicas, size, size + row["oldReplicas"], surge)
    return {"scaled": after != size, "newReplicas": after}


def _reconcile_old(row: dict[str, Any]) -> Any:
    replicas = row["replicas"]
    old = ReplicaSet(spec=row["oldReplicas"], available=row["oldAvailable"])
    new = ReplicaSet("new", row.get("newReplicas") or 0, row.get("newAvailable") or 0)
    unavailable = rules.max_unavailable(ROLLING, row.get("maxSurge"), row.get("maxUnavailable"), replicas)
    (after,) = rules.reconcile_old([old], new, replicas, unavailable)
    return {"scaled": after != old.spec, "oldReplicas": after}


def _cleanup_unhealthy(row: dict[str, Any]) -> Any:
    old = ReplicaSet(spec=row["oldReplicas"], available=row["oldAvailable"])
    (after,) = rules.cleanup_unhealthy([old], row["maxCleanup"])
    return {"cleanedUp": old.spec - after}


def _scale_down_old(row: dict[str, Any]) -> Any:
    replicas, size = row["replicas"], row["oldReplicas"]
    unavailable = rules.max_unavailable(ROLLING, row.get("maxSurge"), row.get("maxUnavailable"), replicas)
    (after,) = rules.scale_down_old([size], row["oldAvailable"], replicas - unavailable)
    return {"scaled": after != size, "oldReplicas": after}


def _scale(row: dict[str, Any]) -> Any:
    before = row.get("replicasBefore", row["replicas"])
    unavailable = row.get("maxUnavailable")
    most = before + rules.fenceposts(row.get("maxSurgeBefore", row.get("maxSurge")), unavailable, before)[0]
    said = row.get("maxReplicasAnnotation") or {}
    olds = row.get("old") or []
    marks = said.get("old") or [None] * len(olds)
    sets = [
        ReplicaSet("old", size, born=born, desired=before, most=most if mark is None else mark)
        for born, (size, mark) in enumerate(reversed(list(zip(olds, marks, strict=True))))
    ]
    new = None
    if row.get("new") is not None:
        mark = said.get("new")
        new = ReplicaSet(
            "new",
            row["new"],
            row.get("newAvailable") or 0,
            born=len(sets),
            desired=before,
            most=most if mark is None else mark,
        )
    surge = rules.fenceposts(row.get("maxSurge"), unavailable, row["replicas"])[0]
    after = rules.proportional([*sets, new] if new else sets, new, row["replicas"], surge)
    return {"new": after[-1] if new else None, "old": list(reversed(after[: len(sets)]))}


def _order_of_moves(row: dict[str, Any]) -> list[str]:
    deployment = Deployment(row["replicas"], surge=row.get("maxSurge") or 0, unavailable=row.get("maxUnavailable") or 0)
    return simulate.order_of_moves(deployment)


def _complete(row: dict[str, Any]) -> bool:
    status = rules.Status(row["current"], row["updated"], row.get("ready", row["available"]), row["available"])
    return rules.complete(row["desired"], status)


def _progressing(row: dict[str, Any]) -> bool:
    before, after = (
        rules.Status(*(row[key].get(name) or 0 for name in ("current", "updated", "ready", "available")))
        for key in ("before", "after")
    )
    return rules.progressing(before, after)


def _timed_out(row: dict[str, Any]) -> bool:
    deadline, seconds = row.get("progressDeadlineSeconds"), row.get("secondsSinceProgress") or 0
    return rules.timed_out(deadline, seconds, row.get("lastReason") or "")


_TABLES = {
    "fenceposts": _fenceposts,
    "max_unavailable": _max_unavailable,
    "k8s_new_rs": _new_size,
    "reconcile_new": _reconcile_new,
    "reconcile_old": _reconcile_old,
    "cleanup_unhealthy": _cleanup_unhealthy,
    "scale_down_old": _scale_down_old,
    "k8s_scale": _scale,
    "order_of_moves": _order_of_moves,
    "complete": _complete,
    "progressing": _progressing,
    "timed_out": _timed_out,
}
