"""The fields that Argo Rollouts knows, where a wrong name would change what happens.

Source: argo-rollouts ``pkg/apis/rollouts/v1alpha1/types.go``.
"""

from __future__ import annotations

STEPS = frozenset({"analysis", "experiment", "pause", "plugin", "setCanaryScale", "setHeaderRoute"}) | {
    "setMirrorRoute",
    "setWeight",
}
"""Kinds of step."""

FIELDS: dict[str, frozenset[str]] = {
    "spec": frozenset(
        {"analysis", "minReadySeconds", "paused", "progressDeadlineAbort", "progressDeadlineSeconds", "replicas"}
        | {"restartAt", "revisionHistoryLimit", "rollbackWindow", "selector", "strategy", "template", "workloadRef"}
    ),
    "spec.strategy": frozenset({"canary", "blueGreen"}),
    "spec.strategy.canary": frozenset(
        {"abortScaleDownDelaySeconds", "analysis", "antiAffinity", "canaryMetadata", "canaryService"}
        | {"dynamicStableScale", "maxSurge", "maxUnavailable", "minPodsPerReplicaSet", "pingPong"}
        | {"replicaProgressThreshold", "scaleDownDelayRevisionLimit", "scaleDownDelaySeconds", "stableMetadata"}
        | {"stableService", "steps", "trafficRouting"}
    ),
    "spec.strategy.canary.trafficRouting": frozenset(
        {"alb", "ambassador", "apisix", "appMesh", "istio", "managedRoutes", "maxTrafficWeight", "nginx", "plugins"}
        | {"smi", "traefik"}
    ),
    "spec.strategy.blueGreen": frozenset(
        {"abortScaleDownDelaySeconds", "activeMetadata", "activeService", "antiAffinity", "autoPromotionEnabled"}
        | {"autoPromotionSeconds", "maxUnavailable", "postPromotionAnalysis", "prePromotionAnalysis"}
        | {"previewMetadata", "previewReplicaCount", "previewService", "scaleDownDelayRevisionLimit"}
        | {"scaleDownDelaySeconds"}
    ),
}
"""Known names by the path of the mapping they stand in."""
