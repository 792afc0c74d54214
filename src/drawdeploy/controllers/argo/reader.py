"""A Rollout as its manifest gives it → what is simulated, or all that its controller would refuse."""

from __future__ import annotations

from collections.abc import Callable

from drawdeploy.controllers.amounts import IntOrPercent, go_seconds, words_seconds
from drawdeploy.controllers.argo import spec as the
from drawdeploy.controllers.argo.counts import MAX_WEIGHT, Threshold
from drawdeploy.controllers.argo.routes import header_rule, mirror_rule, router
from drawdeploy.controllers.argo.validate import CANARY_PATH, SWITCH_PATH, problems
from drawdeploy.controllers.argo.weights import Scale
from drawdeploy.controllers.course import Note, Subject
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.kubernetes import probes
from drawdeploy.model import Phrase, Text
from drawdeploy.source import ScalarNode

CITES = (
    "argo-rollouts 9f8d111d: utils/replicaset/canary.go, rollout/canary.go, rollout/trafficrouting.go",
    "argo-rollouts 9f8d111d: rollout/bluegreen.go, rollout/replicaset.go, rollout/pause.go",
)
_TITLES = {
    "switch": Text("Argo Rollouts: blueGreen", "Argo Rollouts: 블루 그린 배포"),
    "routed": Text("Argo Rollouts: canary with traffic routing", "Argo Rollouts: 트래픽 라우팅 카나리 배포"),
    "basic": Text("Argo Rollouts: basic canary", "Argo Rollouts: 기본 카나리 배포"),
}
_SUMMARIES = {
    "switch": Text(
        "A new ReplicaSet stands behind the preview Service; the active Service is switched to it as a whole.",
        "새 ReplicaSet을 preview Service 뒤에 세우고, active Service를 한 번에 새 ReplicaSet으로 전환합니다.",
    ),
    "routed": Text(
        "The router sends the canary its weight; the stable ReplicaSet stays complete to the end, unless "
        "dynamicStableScale shrinks it with its traffic.",
        "라우터가 카나리에 정해진 가중치만큼 트래픽을 보냅니다. stable ReplicaSet은 "
        "dynamicStableScale이 아니면 끝까지 온전히 유지됩니다.",
    ),
    "basic": Text(
        "No router: the canary's traffic is its part of the Pods, so weights are met as nearly as whole Pods allow.",
        "라우터가 없으므로 카나리의 트래픽 비율은 Pod 수의 비율입니다. 가중치는 Pod 개수가 허용하는 만큼만 맞춰집니다.",
    ),
}
_CONTAINERS = "spec.template.spec.containers"
_UNSIMULATED = (
    "spec.restartAt",
    f"{CANARY_PATH}.antiAffinity",
    f"{SWITCH_PATH}.antiAffinity",
)


def read(document: Document, documents: Documents) -> Subject:
    """Reads a Rollout.

    Raises:
        DrawDeployError: What the controller would refuse, all of it.
    """
    fields = Fields(document)
    for problem in problems(fields, documents):
        fields.fault(problem.path, problem.message, problem.hint, fields.where(problem.where or problem.path))
    fields.finish()
    pods = _pods(fields, documents)
    notes = list(_notes(fields))
    if pods is None:
        where = fields.where("spec.workloadRef")
        values = (("name", fields.text("spec.workloadRef.name")),)
        notes.append(Note(Phrase("argo.note.workload", values=values), where=where, field="spec.workloadRef"))
        pods = fields
    containers = [f"{_CONTAINERS}[{index}]" for index in range(pods.length(_CONTAINERS))]
    made = the.Spec(
        replicas=_replicas(fields, documents),
        strategy=_canary(fields, documents) if fields.has(CANARY_PATH) else _switch(fields, documents),
        min_ready=_int(fields, "spec.minReadySeconds", 0),
        deadline=_int(fields, "spec.progressDeadlineSeconds", the.PROGRESS_SECONDS),
        deadline_aborts=fields.boolean("spec.progressDeadlineAbort"),
        halted=fields.boolean("spec.paused"),
        window=_int(fields, "spec.rollbackWindow.revisions", 0),
        live=_live(fields),
    )
    fields.finish()
    kind = "switch" if isinstance(made.strategy, the.Switch) else "routed" if made.strategy.routed else "basic"
    return Subject(
        controller="argo",
        kind="Rollout",
        name=document.name,
        namespace=document.namespace,
        where=document.where,
        spec=made,
        strategy={"switch": "argo-blue-green", "routed": "argo-canary-routed", "basic": "argo-canary"}[kind],
        title=_TITLES[kind],
        summary=_SUMMARIES[kind],
        replicas=made.replicas,
        new=_tag(pods),
        start_seconds=probes.read(pods, containers).seconds,
        router=router(fields) if kind == "routed" else "service",
        notes=tuple(notes),
        cites=CITES,
    )


def _notes(fields: Fields) -> list[Note]:
    notes = []
    for path in _UNSIMULATED:
        if fields.has(path) and fields.node(path) is not None:
            phrase = Phrase("argo.note.unsupported", values=(("field", path),))
            notes.append(Note(phrase, where=fields.where(path), field=path))
    named = [name for name in ("maxSurge", "maxUnavailable") if fields.has(f"{CANARY_PATH}.{name}")]
    if named and fields.has(f"{CANARY_PATH}.trafficRouting"):
        path = f"{CANARY_PATH}.{named[0]}"
        hint = Phrase("argo.note.surge_hint")
        notes.append(Note(Phrase("argo.note.surge", values=(("field", path),)), hint, fields.where(path), path))
    return notes


# --- the strategies --------------------------------------------------------------------------------------------------


def _canary(fields: Fields, documents: Documents) -> the.Canary:
    path = CANARY_PATH
    delay = _maybe(fields, f"{path}.scaleDownDelaySeconds")
    threshold = None
    if fields.has(f"{path}.replicaProgressThreshold"):
        kind, value = (fields.text(f"{path}.replicaProgressThreshold.{name}") for name in ("type", "value"))
        threshold = Threshold(kind or "Percent", int(value) if value.isdigit() else 100)
    return the.Canary(
        steps=tuple(
            _step(fields, f"{path}.steps[{index}]", documents) for index in range(fields.length(f"{path}.steps"))
        ),
        routed=fields.has(f"{path}.trafficRouting"),
        surge=_amount(fields, f"{path}.maxSurge"),
        unavailable=_amount(fields, f"{path}.maxUnavailable"),
        whole=_int(fields, f"{path}.trafficRouting.maxTrafficWeight", MAX_WEIGHT),
        dynamic=fields.boolean(f"{path}.dynamicStableScale"),
        minimum=_maybe(fields, f"{path}.minPodsPerReplicaSet"),
        scale_down=the.SCALE_DOWN_SECONDS if delay is None else delay,
        scale_down_limit=_maybe(fields, f"{path}.scaleDownDelayRevisionLimit"),
        abort_delay=_maybe(fields, f"{path}.abortScaleDownDelaySeconds"),
        threshold=threshold,
        background=_analysis(fields, f"{path}.analysis", documents) if fields.has(f"{path}.analysis") else None,
        starting_step=_int(fields, f"{path}.analysis.startingStep", 0),
        ping_pong=fields.has(f"{path}.pingPong"),
        stable_service=fields.text(f"{path}.stableService"),
        canary_service=fields.text(f"{path}.canaryService"),
    )


def _step(fields: Fields, path: str, documents: Documents) -> the.Step:
    scale = None
    if fields.has(f"{path}.setCanaryScale"):
        place = f"{path}.setCanaryScale"
        replicas, weight = _maybe(fields, f"{place}.replicas"), _maybe(fields, f"{place}.weight")
        scale = Scale(replicas, weight, fields.boolean(f"{place}.matchTrafficWeight"))
    return the.Step(
        weight=_maybe(fields, f"{path}.setWeight"),
        pause=the.Pause(_duration(fields, f"{path}.pause.duration")) if fields.has(f"{path}.pause") else None,
        scale=scale,
        analysis=_analysis(fields, f"{path}.analysis", documents) if fields.has(f"{path}.analysis") else None,
        experiment=_experiment(fields, f"{path}.experiment", documents) if fields.has(f"{path}.experiment") else None,
        header=_rule(fields, f"{path}.setHeaderRoute", header_rule),
        mirror=_rule(fields, f"{path}.setMirrorRoute", mirror_rule),
        plugin=fields.text(f"{path}.plugin.name", "plugin") if fields.has(f"{path}.plugin") else "",
    )


def _rule(fields: Fields, place: str, rule: Callable[[Fields, str], str]) -> the.Rule | None:
    if not fields.has(place):
        return None
    off = not fields.length(f"{place}.match")
    return the.Rule(
        fields.text(f"{place}.name"), rule(fields, f"{place}.match"), _int(fields, f"{place}.percentage", 100), off
    )


def _switch(fields: Fields, documents: Documents) -> the.Switch:
    path = SWITCH_PATH
    return the.Switch(
        active=fields.text(f"{path}.activeService"),
        preview=fields.text(f"{path}.previewService"),
        preview_count=_maybe(fields, f"{path}.previewReplicaCount"),
        auto=fields.boolean(f"{path}.autoPromotionEnabled", True),
        auto_seconds=_int(fields, f"{path}.autoPromotionSeconds", 0),
        scale_down=_maybe(fields, f"{path}.scaleDownDelaySeconds"),
        scale_down_limit=_maybe(fields, f"{path}.scaleDownDelayRevisionLimit"),
        abort_delay=_maybe(fields, f"{path}.abortScaleDownDelaySeconds"),
        before=_analysis(fields, f"{path}.prePromotionAnalysis", documents)
        if fields.has(f"{path}.prePromotionAnalysis")
        else None,
        after=_analysis(fields, f"{path}.postPromotionAnalysis", documents)
        if fields.has(f"{path}.postPromotionAnalysis")
        else None,
    )


# --- analyses and experiments ----------------------------------------------------------------------------------------


def _analysis(fields: Fields, path: str, documents: Documents) -> the.Analysis:
    places = [f"{path}.templates[{index}].templateName" for index in range(fields.length(f"{path}.templates"))]
    names = tuple(fields.text(place) for place in (*places, f"{path}.templateName") if fields.text(place))
    lengths = [_length(name, fields.document, documents) for name in names]
    if not lengths or any(length is None for length in lengths):
        return the.Analysis(names)
    known = [length for length in lengths if length is not None]
    return the.Analysis(names, max(seconds for seconds, _ in known), any(forever for _, forever in known))


def _length(name: str, document: Document, documents: Documents) -> tuple[int, bool] | None:
    """How long a template of the input measures, and whether for ever; ``None`` if it is not in the input.

    All metrics are measured side by side: each at once, or after its delay, and then again at every interval.
    """
    template = documents.find("AnalysisTemplate", name, document.namespace, "argoproj.io") or documents.find(
        "ClusterAnalysisTemplate", name, "", "argoproj.io"
    )
    if template is None:
        return None
    fields, longest, forever = Fields(template), 0, False
    for index in range(fields.length("spec.metrics")):
        metric = f"spec.metrics[{index}]"
        delay, interval = (_written(fields, f"{metric}.{part}") for part in ("initialDelay", "interval"))
        count = fields.text(f"{metric}.count", "0" if interval else "1")
        times = int(count) if count.isdigit() else 1
        forever = forever or times == 0
        longest = max(longest, delay + max(0, times - 1) * interval)
    return longest, forever


def _experiment(fields: Fields, path: str, documents: Documents) -> the.Experiment:
    trials = tuple(
        the.Trial(
            fields.text(f"{path}.templates[{index}].name"),
            fields.text(f"{path}.templates[{index}].specRef"),
            _int(fields, f"{path}.templates[{index}].replicas", 1),
            _maybe(fields, f"{path}.templates[{index}].weight"),
            fields.has(f"{path}.templates[{index}].selector"),
        )
        for index in range(fields.length(f"{path}.templates"))
    )
    count = fields.length(f"{path}.analyses")
    found = [_analysis(fields, f"{path}.analyses[{index}]", documents) for index in range(count)]
    seconds = _duration(fields, f"{path}.duration")
    lengths = [one.seconds for one in found if one.seconds is not None and not one.forever]
    if seconds is None and lengths and len(lengths) == len(found):
        seconds = max(lengths)
    return the.Experiment(trials, seconds, tuple(name for one in found for name in one.names))


# --- Pods ------------------------------------------------------------------------------------------------------------


def _pods(fields: Fields, documents: Documents) -> Fields | None:
    """What has the Pod template: the Rollout, or what it refers to; ``None`` if that is not in the input."""
    if not fields.has("spec.workloadRef"):
        return fields
    kind, name = fields.text("spec.workloadRef.kind"), fields.text("spec.workloadRef.name")
    found = documents.find(kind, name, fields.document.namespace)
    return None if found is None else Fields(found)


def _tag(pods: Fields) -> str:
    image = pods.text(f"{_CONTAINERS}[0].image")
    name = image.rpartition("/")[2]
    _, _, digest = name.partition("@")
    return digest[:19] if digest else name.partition(":")[2]


def _replicas(fields: Fields, documents: Documents) -> int:
    """As written; where nothing is, what an autoscaler of it has at least."""
    count = _maybe(fields, "spec.replicas")
    if count is not None:
        return count
    for scaler in documents.of("HorizontalPodAutoscaler"):
        beside = Fields(scaler)
        target = beside.text("spec.scaleTargetRef.kind"), beside.text("spec.scaleTargetRef.name")
        if target == ("Rollout", fields.document.name):
            return _int(beside, "spec.minReplicas", 1)
    return the.REPLICAS


# --- a live object ---------------------------------------------------------------------------------------------------


def _live(fields: Fields) -> the.Live | None:
    current = fields.text("status.currentPodHash")
    if not current:
        return None
    return the.Live(
        index=_maybe(fields, "status.currentStepIndex"),
        stable=fields.text("status.stableRS") == current,
        active=fields.text("status.blueGreen.activeSelector") == current,
        aborted=fields.boolean("status.abort"),
        paused=bool(fields.length("status.pauseConditions")),
        updated=_maybe(fields, "status.updatedReplicas"),
    )


# --- single fields ---------------------------------------------------------------------------------------------------


def _int(fields: Fields, path: str, default: int) -> int:
    value = _maybe(fields, path)
    return default if value is None else value


def _maybe(fields: Fields, path: str) -> int | None:
    return fields.integer(path, None)


def _amount(fields: Fields, path: str) -> IntOrPercent | None:
    node = fields.node(path)
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, (int, str)) else None


def _duration(fields: Fields, path: str) -> int | None:
    node = fields.node(path)
    if not isinstance(node, ScalarNode) or not isinstance(node.value, (int, str)):
        return None
    try:
        return words_seconds(node.value)
    except ValueError:
        fields.fault(path, "is no duration", "such as 30, '30', 30s, 10m or 1h30m", node)
        return None


def _written(fields: Fields, path: str) -> int:
    """Seconds of a duration; 0 if there is none, or if it is filled in later ({{args.interval}})."""
    try:
        return go_seconds(fields.text(path, "0s"))
    except ValueError:
        return 0
