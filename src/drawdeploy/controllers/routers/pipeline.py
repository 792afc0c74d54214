"""Reads a delivery pipeline of Google Cloud Deploy: the phases of a rollout to one of its targets.

Source: Cloud Deploy's configuration schema reference, and its API (``CanaryDeployment``, ``PhaseConfig``).
"""

from __future__ import annotations

import re

from drawdeploy.controllers.amounts import go_seconds
from drawdeploy.controllers.course import Note, Subject
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.routers.routes import replicas
from drawdeploy.model import Phrase, Text
from drawdeploy.source import ListNode, MapNode, ScalarNode, walk
from drawdeploy.value import Value
from drawdeploy.words import LANGUAGES, Words

GROUP = "deploy.cloud.google.com"
PODS, MESH, RUN = "pods", "mesh", "run"
"""How a canary gets its share: by its number of pods, by a route's weight, or by revisions of Cloud Run."""

USUAL = 3
_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_CITE = "https://docs.cloud.google.com/deploy/docs/deployment-strategies/canary"


class Phase(Value):
    """A phase of a rollout.

    Attributes:
        advance: Seconds after which automation goes on to the next phase; ``None`` if a person does.
    """

    id: str
    percentage: int
    verify: bool = False
    predeploy: bool = False
    postdeploy: bool = False
    advance: int | None = None


class Release(Value):
    """A rollout to a target.

    Attributes:
        networking: ``pods``, ``mesh`` or ``run``.
        overprovision: Whether canary pods come on top of the replicas.
        route_wait: Seconds between the canary's start and its route.
        cutback: Seconds in which traffic returns to the Deployment in the stable phase.
        approval: Whether the target requires one.
        replicas: Pods of the Deployment.
    """

    phases: tuple[Phase, ...]
    networking: str = PODS
    overprovision: bool = True
    route_wait: int = 0
    cutback: int = 0
    approval: bool = False
    replicas: int = USUAL

    @property
    def canary(self) -> bool:
        """Whether there is a phase before the last."""
        return len(self.phases) > 1


def subject(document: Document, documents: Documents) -> Subject:
    """Reads a pipeline. Of its targets the last one with a canary is drawn, or else the last.

    Raises:
        DrawDeployError: Cloud Deploy would refuse it.
    """
    fields = Fields(document)
    path = "serialPipeline.stages"
    count = fields.length(path)
    if not count:
        fields.fault(path, "must hold a stage", "such as 'stages: [{targetId: prod}]'")
    found = [_stage(fields, f"{path}[{index}]", documents) for index in range(count)]
    fields.finish()
    chosen = max((index for index, one in enumerate(found) if one.canary), default=count - 1)
    targets = [fields.text(f"{path}[{index}].targetId") for index in range(count)]
    release, target = found[chosen], targets[chosen]
    kind = "canary" if release.canary else "standard"
    where = fields.where(f"{path}[{chosen}]")
    notes = []
    if others := [name for index, name in enumerate(targets) if index != chosen]:
        values = (("target", target), ("others", ", ".join(others)))
        notes.append(Note(Phrase("routers.note.stages", values=values), Phrase("routers.hint.stages"), where))
    if _target(target, documents) is not None and _several(target, documents):
        notes.append(
            Note(Phrase("routers.note.targets", values=(("target", target),)), Phrase("routers.hint.targets"), where)
        )
    if release.canary and release.networking == MESH:
        notes.append(Note(Phrase("routers.note.mesh"), Phrase("routers.hint.mesh"), where))
    return Subject(
        controller="routers",
        kind=document.kind,
        name=document.name,
        namespace="",
        where=document.where,
        spec=release,
        strategy=f"clouddeploy-{kind}",
        title=_text(f"routers.title.{kind}"),
        summary=_text(f"routers.summary.{kind}"),
        replicas=release.replicas,
        router={MESH: "gateway", PODS: "service"}.get(release.networking, "cloud"),
        notes=tuple(notes),
        cites=(_CITE,),
    )


def _text(key: str) -> Text:
    return Text(*(Words(lang).get(key) for lang in LANGUAGES))


def _stage(fields: Fields, path: str, documents: Documents) -> Release:
    target = fields.text(f"{path}.targetId")
    if not target:
        fields.fault(f"{path}.targetId", "is missing")
    approval = _approval(target, documents)
    if not fields.has(f"{path}.strategy.canary"):
        place = f"{path}.strategy.standard"
        phase = Phase("stable", 100, _is(fields, f"{place}.verify"), *_jobs(fields, place))
        return Release((phase,), approval=approval)
    canary = f"{path}.strategy.canary"
    if fields.has(f"{path}.strategy.standard"):
        fields.fault(f"{path}.strategy", "must be standard or canary, and is both")
    kubernetes = f"{canary}.runtimeConfig.kubernetes"
    mesh, pods = f"{kubernetes}.gatewayServiceMesh", f"{kubernetes}.serviceNetworking"
    networking = MESH if fields.has(mesh) else PODS if fields.has(pods) else RUN
    if fields.has(mesh) and fields.has(pods):
        fields.fault(kubernetes, "must be gatewayServiceMesh or serviceNetworking, and is both")
    used = {MESH: mesh, PODS: pods}.get(networking, "")
    for name in ("service", "deployment", *(("httpRoute",) if networking == MESH else ())) if used else ():
        if not fields.text(f"{used}.{name}"):
            fields.fault(f"{used}.{name}", "is missing")
    phases = _phases(fields, canary, 100 if networking == MESH else 99)
    deployment = fields.text(f"{used}.deployment") if used else ""
    return Release(
        phases=tuple(_advanced(phase, target, fields.document.name, documents) for phase in phases),
        networking=networking,
        overprovision=not fields.boolean(f"{pods}.disablePodOverprovisioning"),
        route_wait=_seconds(fields, f"{mesh}.routeUpdateWaitTime"),
        cutback=_seconds(fields, f"{mesh}.stableCutbackDuration"),
        approval=approval,
        replicas=_replicas(deployment, documents),
    )


def _phases(fields: Fields, path: str, most: int) -> list[Phase]:
    """The phases of a canary: from percentages, or each told by itself."""
    plain, custom = f"{path}.canaryDeployment", f"{path}.customCanaryDeployment"
    if fields.has(plain) == fields.has(custom):
        fields.fault(path, "needs canaryDeployment or customCanaryDeployment, one of the two")
    if fields.has(custom):
        return _custom(fields, f"{custom}.phaseConfigs", most)
    before, after = _jobs(fields, plain)
    verify = _is(fields, f"{plain}.verify")
    count = fields.length(f"{plain}.percentages")
    if not count:
        fields.fault(f"{plain}.percentages", "must hold a percentage", "such as [25, 50, 75]")
    parts = [fields.integer(f"{plain}.percentages[{index}]", 0, most=most) or 0 for index in range(count)]
    if sorted(set(parts)) != parts:
        fields.fault(f"{plain}.percentages", "must grow")
    phases = [Phase(f"canary-{part}", part, verify, before and not index) for index, part in enumerate(parts)]
    return [*phases, Phase("stable", 100, verify, before and not phases, after)]


def _custom(fields: Fields, path: str, most: int) -> list[Phase]:
    phases: list[Phase] = []
    count = fields.length(path)
    for index in range(count):
        place = f"{path}[{index}]"
        name = fields.text(f"{place}.phaseId")
        if not _ID.fullmatch(name):
            fields.fault(f"{place}.phaseId", "must begin with a letter, and hold lower-case letters, digits and '-'")
        last = index == count - 1
        part = fields.integer(f"{place}.percentage", 0, most=100 if last else most) or 0
        if last and (name, part) != ("stable", 100):
            fields.fault(place, "the last phase must be 'stable' with 100 percent")
        if phases and part <= phases[-1].percentage:
            fields.fault(f"{place}.percentage", "must be more than that of the phase before")
        phases.append(Phase(name, part, _is(fields, f"{place}.verify"), *_jobs(fields, place)))
    if not phases:
        fields.fault(path, "must hold a phase")
    return phases


def _jobs(fields: Fields, path: str) -> tuple[bool, bool]:
    return fields.has(f"{path}.predeploy"), fields.has(f"{path}.postdeploy")


def _is(fields: Fields, path: str) -> bool:
    """Whether something is switched on: ``true``, or tasks of its own."""
    node = fields.node(path)
    return isinstance(node, MapNode | ListNode) or (node is not None and fields.boolean(path))


def _seconds(fields: Fields, path: str) -> int:
    text = fields.text(path)
    try:
        return go_seconds(text) if text else 0
    except ValueError:
        fields.fault(path, f"'{text[:40]}' is no duration", "such as 60s")
        return 0


# --- what stands beside it -------------------------------------------------------------------------------------------


def _target(name: str, documents: Documents) -> Document | None:
    return documents.find("Target", name, "", GROUP)


def _approval(name: str, documents: Documents) -> bool:
    found = _target(name, documents)
    node = found.node.get("requireApproval") if found else None
    return isinstance(node, ScalarNode) and node.value is True


def _several(name: str, documents: Documents) -> bool:
    found = _target(name, documents)
    return found is not None and isinstance(found.node.get("multiTarget"), MapNode)


def _replicas(deployment: str, documents: Documents) -> int:
    return replicas(deployment, documents) if documents.find("Deployment", deployment) and deployment else USUAL


def _advanced(phase: Phase, target: str, pipeline: str, documents: Documents) -> Phase:
    """The phase with the automation that advances a rollout from it, if there is one."""
    for document in documents.of("Automation", GROUP):
        fields = Fields(document)
        selector = fields.node("selector")
        chosen = {node.text for node in walk(selector) if isinstance(node, ScalarNode)} if selector else set()
        if not document.name.startswith(f"{pipeline}/") or not chosen & {target, "*"}:
            continue
        for index in range(fields.length("rules")):
            rule = f"rules[{index}].advanceRollout"
            named = fields.node(f"{rule}.fromPhases") or fields.node(f"{rule}.sourcePhases")
            names = (
                {item.text for item in named.items if isinstance(item, ScalarNode)}
                if isinstance(named, ListNode)
                else set()
            )
            if fields.has(rule) and (phase.id in names or named is None):
                return Phase(
                    *(phase.id, phase.percentage, phase.verify, phase.predeploy, phase.postdeploy),
                    advance=_seconds(fields, f"{rule}.wait"),
                )
    return phase
