"""Rows of the routers: weights of the Gateway API, pods of Cloud Deploy."""

from __future__ import annotations

from typing import Any

from drawdeploy.controllers.routers import phases, weights


def answer(file_stem: str, table: str, inputs: dict[str, Any]) -> Any:
    """What the product says to a row.

    Raises:
        LookupError: The table is not one of the routers'.
    """
    if file_stem == "gateway_weights" and table == "share":
        return [float(share) for share in weights.shares(inputs.get("weights") or ())]
    if file_stem == "gateway_weights" and table == "rule":
        bounds = {"default": weights.DEFAULT, "minimum": weights.LEAST, "maximum": weights.MOST}
        return {"rule": weights.RULE, **bounds, "file": weights.SOURCE}
    if file_stem == "clouddeploy_canary":
        return {"canaryPods": _pods(inputs)}
    raise LookupError(f"{file_stem}: {table}")


def _pods(inputs: dict[str, Any]) -> int:
    overprovision = not inputs.get("disablePodOverprovisioning")
    replicas = inputs.get("replicasOnCluster") or 0
    return phases.canary_pods(replicas, inputs.get("percentage") or 0, overprovision=overprovision)
