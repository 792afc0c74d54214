"""How a Deployment stands in the cluster, from its ``status``, its annotations and the ReplicaSets beside it."""

from __future__ import annotations

import re

from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.kubernetes import rules
from drawdeploy.controllers.kubernetes.spec import Batch, Live, ReplicaSet
from drawdeploy.source import MapNode
from drawdeploy.value import Value, replace

_REVISION = "metadata.annotations['deployment.kubernetes.io/revision']"
_DESIRED = "metadata.annotations['deployment.kubernetes.io/desired-replicas']"
_MOST = "metadata.annotations['deployment.kubernetes.io/max-replicas']"
_MOST_SETS = 200
LATER = -1
"""Of Pods that have started at a time that nobody knows: they get the whole time from now on."""


class Found(Value):
    """What was found.

    Attributes:
        live: How it stands; ``None`` without a ``status``.
        old: Name of the revision before, if anything tells.
    """

    live: Live | None = None
    old: str = ""


def read(fields: Fields, documents: Documents) -> Found:
    """Reads how a Deployment stands. Never raises: what the cluster says is taken as it is."""
    status = fields.node("status")
    number = _number(fields, _REVISION)
    owned = _owned(fields.document, documents)
    others = [one for one in owned if _number(one, _REVISION) != number]
    before = max(others, key=lambda one: _number(one, _REVISION), default=None)
    old = tag(before.text("spec.template.spec.containers[0].image")) if before else ""
    old = old or (f"revision {number - 1}" if number > 1 else "")
    if not isinstance(status, MapNode) or not status.entries:
        return Found(None, old)
    generation, observed = _number(fields, "metadata.generation"), _number(fields, "status.observedGeneration")
    sets = _told(owned, number) or _guessed(fields, number)
    return Found(
        Live(
            observed=observed >= generation,
            sets=sets,
            current=bool(sets) and sets[-1].revision == "new",
            exceeded=_exceeded(fields),
        ),
        old,
    )


def tag(image: str) -> str:
    """What tells an image from an older one: its tag, or the beginning of its digest."""
    name, _, digest = image.strip().partition("@")
    last = name.rpartition("/")[2]
    if ":" in last:
        return last.partition(":")[2]
    return digest.partition(":")[2][:12] if digest else "latest" if last else ""


def _owned(document: Document, documents: Documents) -> list[Fields]:
    """The ReplicaSets in the input that belong to the Deployment, oldest revision first."""
    found = []
    for one in documents.of("ReplicaSet", "apps", "extensions"):
        fields = Fields(one)
        owners = range(min(fields.length("metadata.ownerReferences"), 10))
        paths = (f"metadata.ownerReferences[{index}]" for index in owners)
        if any((fields.text(f"{p}.kind"), fields.text(f"{p}.name")) == ("Deployment", document.name) for p in paths):
            found.append(fields)
    return sorted(found[:_MOST_SETS], key=lambda one: _number(one, _REVISION))


def _told(owned: list[Fields], number: int) -> tuple[ReplicaSet, ...]:
    """The sets as the ReplicaSets themselves tell; the present one last."""
    ordered = [one for one in owned if _number(one, _REVISION) != number]
    new = [one for one in owned if _number(one, _REVISION) == number]
    return tuple(_set("new" if one in new else "old", born, one) for born, one in enumerate([*ordered, *new]))


def _set(revision: str, born: int, fields: Fields) -> ReplicaSet:
    spec = _number(fields, "spec.replicas")
    available = min(spec, _number(fields, "status.availableReplicas"))
    ready = min(spec, max(available, _number(fields, "status.readyReplicas")))
    desired = _number(fields, _DESIRED) if fields.has(_DESIRED) else None
    most = _number(fields, _MOST) if fields.has(_MOST) else None
    number = _number(fields, _REVISION)
    return ReplicaSet(revision, spec, available, born, number, desired, most, _rising(spec, ready, available))


def _guessed(fields: Fields, number: int) -> tuple[ReplicaSet, ...]:
    """The sets as the Deployment's own counts tell: of those not available, as many as can be are new ones."""
    total = _number(fields, "status.replicas")
    new = min(total, _number(fields, "status.updatedReplicas"))
    available = min(total, _number(fields, "status.availableReplicas"))
    ready = min(total, max(available, _number(fields, "status.readyReplicas")))
    old = total - new
    sets = []
    if old or not new:
        sets.append(ReplicaSet("old", old, min(old, available), 0, max(1, number - 1), None, None))
        sets[0] = _rise(sets[0], min(old, ready))
    if new or not old:
        there = max(0, available - old)
        sets.append(ReplicaSet("new", new, there, len(sets), max(len(sets) + 1, number)))
        sets[-1] = _rise(sets[-1], max(there, ready - old))
    return tuple(sets)


def _rise(one: ReplicaSet, ready: int) -> ReplicaSet:
    return replace(one, rising=_rising(one.spec, ready, one.available))


def _rising(spec: int, ready: int, available: int) -> tuple[Batch, ...]:
    """Those that are ready but not available, and those that are not ready; their times are yet to be given."""
    batches = (Batch(ready - available, 0, LATER), Batch(spec - ready, LATER, LATER))
    return tuple(batch for batch in batches if batch.count)


def _exceeded(fields: Fields) -> bool:
    paths = [f"status.conditions[{index}]" for index in range(min(20, fields.length("status.conditions")))]
    return any(
        fields.text(f"{path}.type") == "Progressing" and fields.text(f"{path}.reason") == rules.EXCEEDED
        for path in paths
    )


def _number(fields: Fields, path: str) -> int:
    text = fields.text(path).strip()
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0
