"""Reads a Deployment and checks it as the API server does, with the defaults of its API version."""

from __future__ import annotations

import re

from drawdeploy.controllers.course import Note, Subject
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.kubernetes import beside, live, probes, rules, tell
from drawdeploy.controllers.kubernetes.spec import RECREATE, ROLLING, Deployment
from drawdeploy.controllers.kubernetes.sync import surge, unavailable
from drawdeploy.errors import nearest
from drawdeploy.expand.parameters import MAX_REPLICAS
from drawdeploy.model import Phrase
from drawdeploy.source import ListNode, MapNode, ScalarNode
from drawdeploy.value import Value, replace

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_POD = "spec.template.spec"
_LABELS = "spec.template.metadata.labels"


class Defaults(Value):
    """What an API version fills in."""

    amount: int | str = "25%"
    deadline: int | None = 600
    history: int | None = 10
    selector: bool = False


_VERSIONS = {
    "apps/v1": Defaults(),
    "apps/v1beta2": Defaults(),
    "apps/v1beta1": Defaults(history=2, selector=True),
    "extensions/v1beta1": Defaults(amount=1, deadline=None, history=None, selector=True),
}


def read(document: Document, documents: Documents) -> Subject:
    """Reads a Deployment.

    Args:
        document: The object.
        documents: All objects of the input: an autoscaler, ReplicaSets, Services and what leads to them may be there.

    Raises:
        DrawDeployError: What the API server would refuse, all of it.
    """
    fields = Fields(document)
    defaults = _version(fields)
    _metadata(fields)
    labels = _labels(fields)
    _selector(fields, labels, defaults)
    containers = _containers(fields)
    probed = probes.read(fields, containers)
    scaler = beside.autoscaler(document, documents)
    replicas = fields.integer("spec.replicas", 1, most=MAX_REPLICAS) or 0
    deployment = _deployment(fields, defaults, scaler.bounded(replicas) if scaler else replicas, probed)
    fields.finish()
    found = live.read(fields, documents)
    notes = [*_notes(fields, document, deployment, probed), *_scaled(scaler, replicas, deployment.replicas)]
    return Subject(
        controller=tell.ROOM,
        kind=document.kind,
        name=document.name,
        namespace=document.namespace,
        where=document.where,
        spec=replace(deployment, live=found.live),
        strategy=tell.SLUGS[deployment.strategy],
        title=tell.title(deployment),
        summary=tell.summary(deployment),
        replicas=deployment.replicas,
        old=found.old,
        new=live.tag(fields.text(f"{_POD}.containers[0].image")),
        start_seconds=probed.seconds,
        router=beside.router(document, documents, labels),
        notes=tuple(notes),
        cites=tell.CITES,
    )


def _version(fields: Fields) -> Defaults:
    api = fields.document.api
    if api not in _VERSIONS:
        fields.fault("apiVersion", f"a Deployment has no version '{api[:60]}'", nearest(api, _VERSIONS))
    return _VERSIONS.get(api, Defaults())


def _metadata(fields: Fields) -> None:
    document = fields.document
    if not document.name:
        fields.fault("metadata.name", "is required", "every Deployment has a name")
    elif fields.has("metadata.name") and (len(document.name) > 253 or not _NAME.fullmatch(document.name)):
        fields.fault("metadata.name", f"cannot be '{document.name[:60]}'", "small letters, digits, '-' and '.'")


def _texts(fields: Fields, path: str) -> dict[str, str]:
    """A mapping of texts to texts, as labels are."""
    node = fields.node(path)
    found: dict[str, str] = {}
    for key in fields.keys(path):
        value = node.get(key) if isinstance(node, MapNode) else None
        if isinstance(value, ScalarNode) and isinstance(value.value, str):
            found[key] = value.value
        else:
            fields.fault(f"{path}['{key}']", "must be a text", "put numbers, true and false in quotes", value)
    return found


def _labels(fields: Fields) -> dict[str, str]:
    return _texts(fields, _LABELS)


def _selector(fields: Fields, labels: dict[str, str], defaults: Defaults) -> None:
    """The selector must be there, and choose the very Pods that the template makes."""
    path = "spec.selector"
    if not fields.has(path) or fields.node(path) is None:
        if not (defaults.selector and labels):
            fields.fault(path, "is required", f"matchLabels: the labels of {_LABELS}")
        return
    wanted = _texts(fields, f"{path}.matchLabels")
    count = fields.length(f"{path}.matchExpressions")
    if not wanted and not count:
        fields.fault(path, "cannot be empty", f"matchLabels: the labels of {_LABELS}")
        return
    met = all(labels.get(key) == value for key, value in wanted.items())
    met &= all([_met(fields, f"{path}.matchExpressions[{index}]", labels) for index in range(count)])
    if not met:
        fields.fault(_LABELS, "do not match spec.selector", "the selector must choose the Pods of the template")


def _met(fields: Fields, path: str, labels: dict[str, str]) -> bool:
    """Whether labels meet one expression of a selector; one that is wrong is told, and counts as met."""
    key = fields.text(f"{path}.key")
    operator = fields.choice(f"{path}.operator", ("In", "NotIn", "Exists", "DoesNotExist"))
    count = fields.length(f"{path}.values")
    values = [fields.text(f"{path}.values[{index}]") for index in range(count)]
    if not key:
        fields.fault(f"{path}.key", "is required")
    if not operator and not fields.has(f"{path}.operator"):
        fields.fault(f"{path}.operator", "is required", "In, NotIn, Exists or DoesNotExist")
    if operator in ("In", "NotIn") and not values:
        fields.fault(f"{path}.values", f"is required where the operator is {operator}")
        return True
    if operator in ("Exists", "DoesNotExist") and values:
        fields.fault(f"{path}.values", f"must not be there where the operator is {operator}")
        return True
    tests = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return tests.get(operator, True)


def _containers(fields: Fields) -> tuple[str, ...]:
    """Paths of the containers, checked for what makes a Pod at all."""
    path = f"{_POD}.containers"
    count = fields.length(path)
    node = fields.node(path)
    if not count and (node is None or isinstance(node, ListNode)):
        fields.fault(path, "is required", "a Pod has at least one container")
    seen: set[str] = set()
    paths = tuple(f"{path}[{index}]" for index in range(count))
    for each in paths:
        name = fields.text(f"{each}.name")
        if not name:
            fields.fault(f"{each}.name", "is required")
        elif name in seen:
            fields.fault(f"{each}.name", f"'{name[:60]}' is there twice")
        seen.add(name)
        if not fields.text(f"{each}.image").strip():
            fields.fault(f"{each}.image", "is required", "such as shop:v2")
    if fields.text(f"{_POD}.restartPolicy", "Always") != "Always":
        fields.fault(f"{_POD}.restartPolicy", "must be Always", "Pods of a Deployment are always restarted")
    if fields.node(f"{_POD}.activeDeadlineSeconds") is not None:
        fields.fault(f"{_POD}.activeDeadlineSeconds", "is not allowed in a Deployment", "remove it")
    return paths


def _deployment(fields: Fields, defaults: Defaults, replicas: int, probed: probes.Probed) -> Deployment:
    path = "spec.strategy"
    kind = fields.choice(f"{path}.type", (ROLLING, RECREATE), ROLLING) or ROLLING
    rolling = f"{path}.rollingUpdate"
    if kind == RECREATE and fields.node(rolling) is not None:
        fields.fault(rolling, f"must not be there where the type is {RECREATE}", "remove it")
    more = fields.amount(f"{rolling}.maxSurge", defaults.amount)
    fewer = fields.amount(f"{rolling}.maxUnavailable", defaults.amount)
    if kind == ROLLING:
        _bounds(fields, rolling, more, fewer)
    min_ready = fields.integer("spec.minReadySeconds", 0) or 0
    deadline = fields.integer("spec.progressDeadlineSeconds", defaults.deadline)
    if deadline is not None and deadline <= min_ready:
        message = f"must be more than minReadySeconds ({min_ready})"
        fields.fault("spec.progressDeadlineSeconds", message, f"at least {min_ready + 1}")
    return Deployment(
        replicas=replicas,
        strategy=kind,
        surge=more,
        unavailable=fewer,
        min_ready=min_ready,
        deadline=None if deadline == rules.NO_DEADLINE else deadline,
        history=fields.integer("spec.revisionHistoryLimit", defaults.history),
        paused=fields.boolean("spec.paused"),
        probed=probed.probed,
    )


def _bounds(fields: Fields, path: str, more: int | str, fewer: int | str) -> None:
    if _number(more) == 0 and _number(fewer) == 0:
        hint = "give one of the two room: maxSurge: 1"
        fields.fault(f"{path}.maxUnavailable", "cannot be 0 where maxSurge is 0", hint)
    if isinstance(fewer, str) and _number(fewer) > 100:
        fields.fault(f"{path}.maxUnavailable", "cannot be more than 100%", "100% is all of them")


def _number(amount: int | str) -> int:
    return amount if isinstance(amount, int) else int(amount.removesuffix("%"))


def _notes(fields: Fields, document: Document, deployment: Deployment, probed: probes.Probed) -> list[Note]:
    """What the user should know of what was read."""
    notes = []

    def note(key: str, path: str, **values: int | str) -> None:
        message = Phrase(f"{tell.ROOM}.note.{key}", values=tuple(values.items()))
        hint = Phrase(f"{tell.ROOM}.hint.{key.partition('.')[0]}", values=tuple(values.items()))
        notes.append(Note(message, hint, fields.where(path), path))

    if document.api != "apps/v1":
        note("old_api", "apiVersion", api=document.api)
    for path in ("spec.podReplacementPolicy", "spec.rollbackTo"):
        if fields.node(path) is not None:
            note("unsupported", path, field=path)
    if not deployment.probed:
        note("no_probe", f"{_POD}.containers[0]")
    replicas = deployment.replicas
    if deployment.strategy == ROLLING and replicas:
        if unavailable(deployment, replicas) >= replicas:
            note(
                f"all_unavailable.{'one' if replicas == 1 else 'many'}",
                "spec.strategy.rollingUpdate.maxUnavailable",
                n=replicas,
            )
        if (
            surge(deployment, replicas) == 0
            and _number(deployment.unavailable) * replicas < 100
            and (isinstance(deployment.unavailable, str))
        ):
            note("both_zero", "spec.strategy.rollingUpdate", n=replicas)
    most = probed.most + deployment.min_ready
    if deployment.deadline is not None and most > deployment.deadline:
        note("slow", "spec.progressDeadlineSeconds", deadline=deployment.deadline, most=most)
    return notes


def _scaled(scaler: beside.Autoscaler | None, said: int, replicas: int) -> list[Note]:
    if scaler is None:
        return []
    key = "autoscaler" if replicas else "autoscaler_off"
    values = (("name", scaler.name), ("least", scaler.least), ("most", scaler.most), ("n", replicas), ("said", said))
    return [
        Note(
            Phrase(f"{tell.ROOM}.note.{key}", values=values),
            Phrase(f"{tell.ROOM}.hint.{key}", values=values),
            scaler.where,
        )
    ]
