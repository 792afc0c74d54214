"""Rows about Argo Rollouts, asked of ``drawdeploy.controllers.argo``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from drawdeploy.controllers.argo import counts, weights
from drawdeploy.controllers.argo.counts import Sets, Threshold
from drawdeploy.controllers.argo.weights import Scale, Turn

Row = dict[str, Any]


def answer(stem: str, table: str, inputs: Row) -> Any:
    """What the product says to a row."""
    asked: dict[tuple[str, str], Callable[[Row], Any]] = {
        ("argo_approx_weight", "argo_approx_weight"): _approximate,
        ("argo_basic_canary", "replica_counts"): _basic,
        ("argo_basic_canary", "no_stable"): _basic,
        ("argo_traffic_canary", "replica_counts"): _routed,
        ("argo_traffic_canary", "dynamic_stable_scale"): _routed,
        ("argo_traffic_canary", "abort_weight"): _abort_weight,
        ("argo_traffic_canary", "weight_to_replicas"): lambda r: counts.of_weight(
            r["replicas"], r["weight"], _whole(r)
        ),
        ("argo_unit_facts", "basic_reconcile"): _reconcile,
        ("argo_unit_facts", "desired_weight"): _desired_weight,
        ("argo_unit_facts", "replicas_available_for_weight"): _can_carry,
        ("argo_unit_facts", "progress_threshold"): _threshold,
        ("argo_unit_facts", "replicas_for_scale_down"): lambda r: counts.for_scale_down(
            _set(r), ignore=bool(r.get("ignoreAvailability"))
        ),
        ("argo_unit_facts", "at_desired_counts"): _at_desired,
        ("argo_unit_facts", "all_desired_available"): lambda r: counts.all_available(_set(r), r["desired"]),
        ("argo_unit_facts", "fenceposts"): _fenceposts,
        ("argo_unit_facts", "max_surge"): lambda r: _limits(r)[0],
        ("argo_unit_facts", "max_unavailable"): lambda r: _limits(r)[1],
        ("argo_unit_facts", "bluegreen_new_replicas"): _preview,
        ("argo_lint", "lint"): _lint,
    }
    return asked[stem, table](inputs)


# --- inputs ----------------------------------------------------------------------------------------------------------


def _whole(row: Row) -> int:
    return row.get("maxWeight") or row.get("maxTrafficWeight") or counts.MAX_WEIGHT


def _number(value: Any) -> int | None:
    """A count; what says that it is not set means the API's default of 1."""
    if isinstance(value, str):
        return 1 if "unset" in value else None
    return None if value is None else int(value)


def _set(row: Row | None) -> Sets | None:
    """A ReplicaSet; ``None`` if there is none, or none of its numbers is known."""
    if row is None:
        return None
    available, spec = row.get("availableReplicas"), _number(row.get("specReplicas"))
    if isinstance(available, str) or (available is None and spec is None):
        return None
    created = row.get("statusReplicas")
    spec = int(available or 0) if spec is None else spec
    return Sets(spec, int(available or 0), -1 if created is None else int(created))


def _sets(value: Any) -> list[Sets]:
    rows = value if isinstance(value, list) else [value] if value else []
    return [found for row in rows if (found := _set(row))]


def _turns(row: Row) -> list[Turn]:
    if "setWeightSteps" in row:
        return [Turn(weight=weight) for weight in row["setWeightSteps"] or ()]
    turns = []
    for step in row.get("steps") or ():
        turns.append(Turn(weight=step.get("setWeight"), scale=_scale(step.get("setCanaryScale"))))
    return turns


def _scale(row: Row | None) -> Scale | None:
    if not row:
        return None
    return Scale(row.get("replicas"), row.get("weight"), bool(row.get("matchTrafficWeight")))


def _limits(row: Row) -> tuple[int, int]:
    if row.get("strategy") not in (None, "canary"):
        return counts.none_of_it()
    return counts.limits(row.get("maxSurge"), row.get("maxUnavailable"), _replicas(row))


def _replicas(row: Row) -> int:
    return 1 if row.get("replicas") is None else int(row["replicas"])


def _weight(row: Row) -> int:
    """The weight in force of a row that gives it instead of the steps."""
    return weights.in_force(
        row.get("setWeight"),
        promoted=bool(row.get("promoteFull")),
        stable=row.get("stable", row) is not None,
        aborted=bool(row.get("aborted")),
        whole=_whole(row),
    )


def _actual(row: Row) -> tuple[int, int] | None:
    found = row.get("actualWeights")
    return (found["canary"], found["stable"]) if found else None


# --- tables ----------------------------------------------------------------------------------------------------------


def _approximate(row: Row) -> Row:
    canary, stable = counts.approximate(row["replicas"], row["weight"], row["maxSurge"], _whole(row))
    return {"canary": canary, "stable": stable}


def _basic(row: Row) -> Row:
    surge, unavailable = _limits(row)
    canary, stable = counts.basic(
        _replicas(row),
        _weight(row),
        surge,
        unavailable,
        _set(row.get("canary")),
        _set(row.get("stable")),
        _sets(row.get("older")),
        _whole(row),
    )
    return {"canaryReplicas": canary, "stableReplicas": stable}


def _routed(row: Row) -> Row:
    replicas, whole, aborted = _replicas(row), _whole(row), bool(row.get("aborted"))
    dynamic, delay = bool(row.get("dynamicStableScale")), row.get("abortScaleDownDelaySeconds")
    turns, stable, canary = _turns(row), _set(row.get("stable")), _set(row.get("canary"))
    scale = _scale(row.get("setCanaryScale"))
    full = bool(row.get("promoteFull"))
    if not turns:
        turns = [Turn(weight=row.get("setWeight"))]
        index = 0
        if scale:
            turns, index = [*turns, Turn(scale=scale)], 1
    else:
        index = row.get("currentStepIndex", len(turns) - 1)
    weight = weights.wanted(
        replicas,
        turns,
        index,
        stable,
        canary,
        promoted=full,
        aborted=aborted,
        dynamic=dynamic,
        delay=delay,
        whole=whole,
    )
    in_force = None if full else weights.canary_scale(turns, index, aborted=aborted, kept_for_ever=delay == 0)
    made = counts.routed(
        replicas,
        in_force.weight if in_force and in_force.weight is not None and in_force.replicas is None else weight,
        scale=in_force.replicas if in_force else None,
        dynamic=dynamic,
        actual=_actual(row),
        aborted=aborted,
        minimum=row.get("minPodsPerReplicaSet"),
        whole=whole,
    )
    return {"canaryReplicas": made[0], "stableReplicas": made[1]}


def _abort_weight(row: Row) -> Row:
    weight = weights.aborting(
        _replicas(row),
        _turns(row),
        _set(row.get("stable")),
        _set(row.get("canary")),
        row.get("abortScaleDownDelaySeconds"),
        _whole(row),
    )
    return {"desiredCanaryWeight": weight, **_routed(row)}


def _reconcile(row: Row) -> Row:
    found = _basic(row)
    everyone = [one for one in (_set(row.get("canary")), _set(row.get("stable")), *_sets(row.get("older"))) if one]
    older = counts.shrink_older(
        _sets(row.get("older")), sum(one.available for one in everyone), _replicas(row), _limits(row)[1]
    )
    return {**found, "olderReplicas": list(older)}


def _desired_weight(row: Row) -> Row:
    actual = _actual(row)
    weight = weights.routing(
        _replicas(row),
        _turns(row),
        row.get("currentStepIndex"),
        _set(row.get("stable")),
        _set(row.get("canary")),
        actual[0] if actual else None,
        promoted=bool(row.get("promoteFull")),
        aborted=bool(row.get("aborted")),
        dynamic=bool(row.get("dynamicStableScale")),
        delay=row.get("abortScaleDownDelaySeconds"),
        whole=_whole(row),
    )
    return {"desiredWeight": weight}


def _can_carry(row: Row) -> bool:
    percent = row.get("thresholdPercent")
    threshold = None if percent is None else Threshold("Percent", percent)
    if not isinstance(row.get("availableReplicas"), int):
        return False  # there is no ReplicaSet
    return counts.can_carry(row["availableReplicas"], row["replicas"], row["weight"], _whole(row), threshold)


def _threshold(row: Row) -> bool:
    kind = row.get("thresholdType")
    threshold = Threshold(kind, row["threshold"]) if kind and row.get("threshold") is not None else None
    return counts.enough(_set(row), row["desired"], threshold)


def _at_desired(row: Row) -> bool:
    replicas = _replicas(row)
    surge, unavailable = _limits(row)
    canary, stable, older = _set(row.get("canary")), _set(row.get("stable")), _sets(row.get("older"))
    if row.get("trafficRouting"):
        wanted = counts.routed(replicas, _weight(row), dynamic=bool(row.get("dynamicStableScale")), actual=_actual(row))
    else:
        wanted = counts.basic(replicas, _weight(row), surge, unavailable, canary, stable, older)
    return counts.at_desired(
        canary,
        stable,
        older,
        wanted,
        routed=bool(row.get("trafficRouting")),
        dynamic=bool(row.get("dynamicStableScale")),
    )


def _fenceposts(row: Row) -> Row:
    from drawdeploy.controllers.amounts import fenceposts

    # Absent is 0 here: the defaults are put in before this function is asked.
    surge, unavailable = (0 if row.get(name) is None else row[name] for name in ("maxSurge", "maxUnavailable"))
    try:
        more, fewer = fenceposts(surge, unavailable, _replicas(row))
    except ValueError:
        return {"surge": 0, "unavailable": 0, "error": True}
    return {"surge": more, "unavailable": fewer, "error": False}


def _preview(row: Row) -> int:
    return counts.preview(
        _replicas(row),
        row.get("previewReplicaCount"),
        active=row.get("activeSelector") in (None, "", row.get("currentPodHash")),
        checked=bool(row.get("scaleUpPreviewCheckPoint")),
        promote_full=bool(row.get("promoteFull")),
    )


def _lint(row: Row) -> Row:
    from drawdeploy.controllers.argo.lint import lint

    place = Path(__file__).resolve().parents[2].parent / "shared" / "manifests" / "argoproj" / "argo-rollouts"
    fault = lint((place / row["file"]).read_text(encoding="utf-8"), Path(row["file"]).name)
    return {"valid": True} if fault is None else {"valid": False, "field": fault[0], "reason": fault[1]}
