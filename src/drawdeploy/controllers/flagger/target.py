"""What a Canary moves: its target, Flagger's primary and the autoscaler, where the input has them."""

from __future__ import annotations

from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.flagger.spec import Target
from drawdeploy.controllers.kubernetes import probes
from drawdeploy.controllers.kubernetes.live import tag
from drawdeploy.value import replace

ASSUMED = 3
"""How many instances are drawn where nothing says: as of drawdeploy's own service."""

LABELS = ("app", "name", "app.kubernetes.io/name")
"""Labels of which the target's selector must have one, unless Flagger was started with others."""


def read_target(fields: Fields, documents: Documents, namespace: str) -> Target:
    """The target, with the counts that Flagger will use.

    The primary keeps the count it has; a new one would take the target's, and at least 1. The canary gets the
    target's, else the primary's; with an autoscaler, that one's minimum, else 1.

    Source: flagger ``createPrimaryDeployment``, ``ScaleFromZero``.
    """
    kind, name = fields.text("spec.targetRef.kind", "Deployment"), fields.text("spec.targetRef.name")
    document = _find(documents, kind, name, namespace)
    primary = _find(documents, kind, f"{name}-primary", namespace)
    scaled = kind == "Deployment" and fields.node("spec.autoscalerRef") is not None
    given, made = _replicas(document), _replicas(primary)
    least = _least(fields, documents, namespace) if scaled else None
    count = made or given or least
    known = count is not None or (document is not None and kind == "Deployment")
    count = count or (1 if known else ASSUMED)
    target = Target(
        kind=kind,
        name=name,
        primary=max(count, least or 1),
        canary=given or ((least or 1) if scaled and known else count),
        scaled=scaled and given is None,
        known=known,
    )
    return _strategy(target, document, fields)


def start_seconds(fields: Fields, documents: Documents, namespace: str) -> tuple[int | None, int]:
    """How long an instance takes at least by its probes (``None``: they do not say), and ``minReadySeconds``."""
    document = _find(
        documents, fields.text("spec.targetRef.kind", "Deployment"), fields.text("spec.targetRef.name"), namespace
    )
    if document is None:
        return None, 0
    target = Fields(document)
    path = "spec.template.spec.containers"
    probed = probes.read(target, tuple(f"{path}[{i}]" for i in range(target.length(path)))).seconds
    least = target.integer("spec.minReadySeconds") or 0
    return probed, least


def image(documents: Documents, kind: str, name: str, namespace: str) -> str:
    """The tag of a workload's first image; empty if it is not in the input, or has none."""
    document = _find(documents, kind, name, namespace)
    text = Fields(document).text("spec.template.spec.containers[0].image") if document else ""
    return tag(text)


def unlabelled(fields: Fields, documents: Documents, namespace: str) -> Document | None:
    """The target, if Flagger as it comes would not know it by a label of its selector."""
    kind, name = fields.text("spec.targetRef.kind", "Deployment"), fields.text("spec.targetRef.name")
    document = _find(documents, kind, name, namespace)
    if document is None or kind == "Service":
        return None
    labels = Fields(document).keys("spec.selector.matchLabels")
    return None if not labels or set(labels) & set(LABELS) else document


def _find(documents: Documents, kind: str, name: str, namespace: str) -> Document | None:
    return documents.find(kind, name, namespace, "apps") if kind != "Service" else None


def _replicas(document: Document | None) -> int | None:
    """How many instances an object asks for; ``None`` for none at all, which is how Flagger leaves its target."""
    if document is None:
        return None
    fields = Fields(document)
    if document.kind == "DaemonSet":
        return fields.integer("status.desiredNumberScheduled") or None
    return fields.integer("spec.replicas") or None


def _least(fields: Fields, documents: Documents, namespace: str) -> int | None:
    """The autoscaler's minimum, 1 if it does not say; ``None`` if it is not in the input."""
    kind, name = fields.text("spec.autoscalerRef.kind"), fields.text("spec.autoscalerRef.name")
    document = documents.find(kind, name, namespace)
    if document is None:
        return None
    path = "spec.minReplicaCount" if kind == "ScaledObject" else "spec.minReplicas"
    return max(1, Fields(document).integer(path) or 1)


def _strategy(target: Target, document: Document | None, canary: Fields) -> Target:
    """How the workload rolls; what is wrong with it is not the Canary's fault, and is told where it stands."""
    if target.kind == "DaemonSet":
        target = replace(target, surge=0, unavailable=1)
    if document is None:
        return target
    fields = Fields(document)
    daemon = target.kind == "DaemonSet"
    path = "spec.updateStrategy" if daemon else "spec.strategy"
    kind = fields.text(f"{path}.type", "RollingUpdate")
    target = replace(
        target,
        surge=fields.amount(f"{path}.rollingUpdate.maxSurge", target.surge),
        unavailable=fields.amount(f"{path}.rollingUpdate.maxUnavailable", target.unavailable),
        recreate=kind == "Recreate",
        stuck=kind == "OnDelete",
        deadline=fields.integer("spec.progressDeadlineSeconds", 600) or 600,
    )
    canary.faults.extend(fields.faults)
    return target
