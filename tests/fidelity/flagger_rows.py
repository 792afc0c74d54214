"""Rows of ``flagger_*.json``, asked of the package that simulates Flagger."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from drawdeploy.controllers.amounts import go_seconds
from drawdeploy.controllers.flagger.ready import deployment_ready
from drawdeploy.controllers.flagger.spec import Analysis
from drawdeploy.controllers.flagger.weights import promoted, seconds_to_promote, seconds_to_roll_back, weights

WHY = {
    "behind": "observed generation is behind",
    "deadline": "progress deadline exceeded",
    "missing": "new replicas missing",
    "ending": "old replicas pending termination",
    "unavailable": "not available",
}


def answer(file_stem: str, table: str, inputs: dict[str, Any]) -> Any:
    """What drawdeploy says to a row."""
    if file_stem == "flagger_ready":
        return ready(inputs)
    if table == "weights":
        found = analysis(inputs["analysis"])
        return {"weights": list(weights(found)), "then": "promotion" if promoted(found) else "nothing"}
    if table == "times":
        return times(analysis(inputs["analysis"]))
    raise LookupError(f"no such table of Flagger: {file_stem}, {table}")


def analysis(given: dict[str, Any]) -> Analysis:
    """``spec.analysis`` of a row, with Flagger's own defaults for what it leaves out."""
    interval = given.get("interval")
    return Analysis(
        interval=max(10, go_seconds(str(interval))) if interval else 60,
        threshold=max(0, given.get("threshold") or 0) or 1,
        iterations=given.get("iterations") or 0,
        max_weight=given.get("maxWeight") or 0,
        step_weight=given.get("stepWeight") or 0,
        step_weights=tuple(given.get("stepWeights") or ()),
        promotion=given.get("stepWeightPromotion") or 0,
        mirror=bool(given.get("mirror")),
        match=str(given.get("match") or ""),
    )


def times(found: Analysis) -> dict[str, Any]:
    """Minutes, as whole numbers where they are."""
    return {
        "minimumMinutesToPromote": _minutes(seconds_to_promote(found, found.iterations)),
        "minutesToRollback": _minutes(Fraction(seconds_to_roll_back(found))),
    }


def _minutes(seconds: Fraction) -> int | float:
    minutes = seconds / 60
    return int(minutes) if minutes.denominator == 1 else float(minutes)


def ready(inputs: dict[str, Any]) -> dict[str, Any]:
    """What Flagger reads off a Deployment of that status."""
    status = inputs.get("status") or {}
    threshold, deadline = inputs.get("readyThreshold"), inputs.get("deadlineSeconds")
    found = deployment_ready(
        wanted=inputs.get("specReplicas"),
        updated=_count(status, "updated"),
        total=_count(status, "replicas", "total"),
        available=_count(status, "available"),
        threshold=100 if threshold is None else threshold,
        behind=bool(inputs.get("observedGenerationBehind")),
        timed_out=any("deadlineexceeded" in word for word in _flat(inputs)),
        low_for=inputs.get("minimumReplicasUnavailableForSeconds"),
        deadline=600 if deadline is None else deadline,
    )
    return {"ready": found.ready, "retriable": found.retriable, "because": WHY.get(found.why, "")}


def _count(status: dict[str, Any], *names: str) -> int:
    """A count under one of its names, with or without ``Replicas`` behind it."""
    for name in names:
        for key in (name, f"{name}Replicas"):
            if status.get(key) is not None:
                return int(status[key])
    return 0


def _flat(value: Any) -> set[str]:
    """All that a row says is so, in small letters without spaces: a reason may be a key, or the value of one."""
    if isinstance(value, dict):
        found: set[str] = set()
        for key, inner in value.items():
            if inner not in (False, None):
                found |= {str(key).lower().replace(" ", "")} | _flat(inner)
        return found
    if isinstance(value, list):
        return set().union(*(_flat(item) for item in value)) if value else set()
    return {str(value).lower().replace(" ", "")}
