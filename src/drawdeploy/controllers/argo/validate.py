"""What Argo Rollouts refuses, in its own order.

Source: argo-rollouts ``pkg/apis/rollouts/validation/validation.go`` and ``validation_references.go``, and the plugin's
``lint``, which also refuses fields that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from drawdeploy.controllers.amounts import percent_of, words_seconds
from drawdeploy.controllers.argo.known import FIELDS, STEPS
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.errors import nearest
from drawdeploy.source import ListNode, MapNode, ScalarNode
from drawdeploy.value import Value

CANARY_PATH = "spec.strategy.canary"
SWITCH_PATH = "spec.strategy.blueGreen"
_HASH = "rollouts-pod-template-hash"


class Problem(Value):
    """Something that is refused.

    Attributes:
        path: Where it stands in the manifest.
        message: What is wrong.
        hint: What to do.
        field: How the controller names the field, where it does so differently.
        where: The path that has the position; that of ``path`` if empty.
    """

    path: str
    message: str
    hint: str = ""
    field: str = ""
    where: str = ""

    @property
    def named(self) -> str:
        """The controller's own name of the field: it leaves out which strategy it stands in."""
        plain = re.sub(r"^spec\.strategy\.(canary|blueGreen)\b", "spec.strategy", self.path)
        return self.field or plain


def problems(fields: Fields, documents: Documents, *, linting: bool = False) -> list[Problem]:
    """All that is refused, in the controller's order.

    Args:
        fields: The Rollout.
        documents: What else is in the input.
        linting: Leave out what the controller alone sees: ``lint`` takes an Ingress for another one's if it has no rule
            for the Service.
    """
    found = [*_unknown(fields), *_spec(fields, documents)]
    both = fields.has(CANARY_PATH), fields.has(SWITCH_PATH)
    if both == (False, False):
        hint = "spec.strategy.canary or spec.strategy.blueGreen"
        found.append(Problem("spec.strategy", "has neither canary nor blueGreen", hint, "spec.strategy.strategy"))
    elif both == (True, True):
        message = "has both canary and blueGreen, and can have one"
        found.append(Problem("spec.strategy", message, field="spec.strategy.strategy"))
    elif both[1]:
        found += _switch(fields)
    else:
        found += _canary(fields)
    beside = [] if linting else [*_ingresses(fields, documents), *_endless(fields, documents)]
    return [*found, *_services(fields, documents), *beside]


# --- what every Rollout has ------------------------------------------------------------------------------------------


def _unknown(fields: Fields) -> Iterator[Problem]:
    for path, known in FIELDS.items():
        if isinstance(fields.node(path), MapNode):
            yield from _strangers(fields, path, known)
    steps = fields.node(f"{CANARY_PATH}.steps")
    if isinstance(steps, ListNode):
        for index, step in enumerate(steps.items):
            if isinstance(step, MapNode):
                yield from _strangers(fields, f"{CANARY_PATH}.steps[{index}]", STEPS)


def _strangers(fields: Fields, path: str, known: frozenset[str]) -> Iterator[Problem]:
    for name in fields.keys(path):
        if name not in known:
            yield Problem(f"{path}.{name}", "unknown field", nearest(name, known), name)


def _spec(fields: Fields, documents: Documents) -> Iterator[Problem]:
    replicas = _number(fields, "spec.replicas")
    if replicas is not None and replicas < 0:
        yield Problem("spec.replicas", "cannot be negative")
    ref = fields.has("spec.workloadRef")
    if not ref:
        labels, expressions = fields.node("spec.selector.matchLabels"), fields.node("spec.selector.matchExpressions")
        if not fields.has("spec.selector"):
            yield Problem("spec.selector", "is missing", "spec.selector.matchLabels, the same labels as the template's")
        elif not _filled(labels) and not _filled(expressions):
            yield Problem("spec.selector", "is empty")
        elif fields.has("spec.template"):
            yield from _labels(fields)
        if fields.has("spec.selector") and not fields.length("spec.template.spec.containers"):
            yield Problem("spec.template.spec.containers", "is missing: a Pod needs a container")
    elif fields.has("spec.template") and _filled(fields.node("spec.template")):
        yield Problem("spec.template", "must be empty where workloadRef is given", "take one of them away")
    ready = _number(fields, "spec.minReadySeconds") or 0
    for name in ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        if (_number(fields, f"spec.{name}") or 0) < 0:
            yield Problem(f"spec.{name}", "cannot be negative")
    deadline = _number(fields, "spec.progressDeadlineSeconds")
    if (600 if deadline is None else deadline) <= ready:
        yield Problem("spec.progressDeadlineSeconds", "must be greater than minReadySeconds")


def _labels(fields: Fields) -> Iterator[Problem]:
    wanted, has = _texts(fields, "spec.selector.matchLabels"), _texts(fields, "spec.template.metadata.labels")
    for name, value in wanted.items():
        if has.get(name) != value:
            message = f"does not have the selector's label {name}: {value}"
            yield Problem("spec.template.metadata.labels", message, "the selector must match the Pods")
            return


def _switch(fields: Fields) -> Iterator[Problem]:
    active, preview = fields.text(f"{SWITCH_PATH}.activeService"), fields.text(f"{SWITCH_PATH}.previewService")
    if active == preview:
        message = "is missing" if not active else "is the preview service too: two are needed"
        yield Problem(f"{SWITCH_PATH}.activeService", message)
    limit, history = _number(fields, f"{SWITCH_PATH}.scaleDownDelayRevisionLimit"), _history(fields)
    if limit is not None and history < limit:
        yield Problem(f"{SWITCH_PATH}.scaleDownDelayRevisionLimit", f"is more than revisionHistoryLimit ({history})")
    yield from _affinity(fields, SWITCH_PATH)


def _history(fields: Fields) -> int:
    limit = _number(fields, "spec.revisionHistoryLimit")
    return 10 if limit is None else limit


def _affinity(fields: Fields, path: str) -> Iterator[Problem]:
    if not fields.has(f"{path}.antiAffinity"):
        return
    soft = fields.has(f"{path}.antiAffinity.preferredDuringSchedulingIgnoredDuringExecution")
    if soft == fields.has(f"{path}.antiAffinity.requiredDuringSchedulingIgnoredDuringExecution"):
        yield Problem(f"{path}.antiAffinity", "must have exactly one of preferred… and required…")
    elif soft:
        weight = _number(fields, f"{path}.antiAffinity.preferredDuringSchedulingIgnoredDuringExecution.weight") or 0
        if not 1 <= weight <= 100:
            yield Problem(f"{path}.antiAffinity.weight", "must be between 1 and 100", where=f"{path}.antiAffinity")


# --- canary ----------------------------------------------------------------------------------------------------------


def _canary(fields: Fields) -> Iterator[Problem]:
    path = CANARY_PATH
    routing = f"{path}.trafficRouting"
    routed = fields.has(routing)
    surge, unavailable = _amount(fields, f"{path}.maxSurge"), _amount(fields, f"{path}.maxUnavailable")
    for name in ("maxSurge", "maxUnavailable"):
        if _amount(fields, f"{path}.{name}") == -1:
            yield Problem(f"{path}.{name}", "must be a count or a percentage", "such as 1 or '25%'")
    if surge == 0 and unavailable == 0:
        yield Problem(f"{path}.maxSurge", "and maxUnavailable cannot both be 0: nothing could ever move")
    stable, canary = fields.text(f"{path}.stableService"), fields.text(f"{path}.canaryService")
    if stable and stable == canary:
        yield Problem(f"{path}.stableService", "is the canary service too: two are needed")
    if fields.has(f"{path}.pingPong"):
        yield from _ping_pong(fields, routed)
    if routed and not fields.has(f"{routing}.istio.destinationRule") and not fields.has(f"{path}.pingPong"):
        for name, value in (("stableService", stable), ("canaryService", canary)):
            if not value:
                yield Problem(f"{path}.{name}", "is missing: trafficRouting needs both services")
    dynamic = _true(fields, f"{path}.dynamicStableScale")
    if not routed:
        if fields.has(f"{path}.scaleDownDelaySeconds"):
            yield Problem(f"{path}.scaleDownDelaySeconds", "goes only with trafficRouting")
        if dynamic:
            yield Problem(f"{path}.dynamicStableScale", "goes only with trafficRouting")
    elif dynamic and fields.has(f"{path}.scaleDownDelaySeconds"):
        yield Problem(f"{path}.dynamicStableScale", "does not go with scaleDownDelaySeconds")
    if fields.has(f"{routing}.maxTrafficWeight"):
        yield from _whole(fields, routing)
    for index in range(fields.length(f"{path}.steps")):
        yield from _step(fields, f"{path}.steps[{index}]", _highest(fields), routed)
    yield from _affinity(fields, path)


def _ping_pong(fields: Fields, routed: bool) -> Iterator[Problem]:
    path = CANARY_PATH
    if routed and not any(fields.has(f"{path}.trafficRouting.{name}") for name in ("alb", "istio", "plugins")):
        yield Problem(f"{path}.trafficRouting.alb", "is missing: pingPong needs a router that knows it")
    ping, pong = fields.text(f"{path}.pingPong.pingService"), fields.text(f"{path}.pingPong.pongService")
    for name, value in (("pingService", ping), ("pongService", pong)):
        if not value:
            yield Problem(f"{path}.pingPong.{name}", "is missing")
    if ping == pong:
        yield Problem(f"{path}.pingPong.pingService", "is the pong service too: two are needed")
    if fields.has(f"{path}.trafficRouting.alb") and not fields.text(f"{path}.trafficRouting.alb.rootService"):
        yield Problem(f"{path}.trafficRouting.alb.rootService", "is missing: ALB with pingPong needs it")


def _highest(fields: Fields) -> int:
    most = _number(fields, f"{CANARY_PATH}.trafficRouting.maxTrafficWeight")
    return 100 if most is None else most


def _whole(fields: Fields, routing: str) -> Iterator[Problem]:
    path = f"{routing}.maxTrafficWeight"
    if not fields.has(f"{routing}.nginx") and not fields.has(f"{routing}.plugins"):
        yield Problem(path, "is known to nginx and plugins only")
    elif _highest(fields) <= 0:
        yield Problem(path, "must be greater than 0")


def _step(fields: Fields, path: str, most: int, routed: bool) -> Iterator[Problem]:
    kinds = [name for name in fields.keys(path) if name in STEPS and fields.has(f"{path}.{name}")]
    several = [name for name in kinds if name in ("setWeight", "pause", "experiment", "analysis", "plugin")]
    if len(several) > 1:
        yield Problem(path, f"has {' and '.join(several)}, and can have one of them")
    if not kinds:
        yield Problem(path, "does nothing", f"one of {', '.join(sorted(STEPS))}")
    weight = _number(fields, f"{path}.setWeight")
    if weight is not None and not 0 <= weight <= most:
        yield Problem(f"{path}.setWeight", f"must be between 0 and {most}, and is {weight}")
    elif weight is None and fields.node(f"{path}.setWeight") is not None:
        yield Problem(f"{path}.setWeight", "must be a whole number")
    if fields.node(f"{path}.pause.duration") is not None and _seconds(fields, f"{path}.pause.duration") is None:
        hint = "such as 30, '30', 30s, 10m or 1h30m; days are not known"
        yield Problem(f"{path}.pause.duration", "is no duration", hint)
    if fields.has(f"{path}.setCanaryScale") and not routed:
        message = "is missing: setCanaryScale goes only with it"
        yield Problem(f"{CANARY_PATH}.trafficRouting", message, where=f"{path}.setCanaryScale")
    yield from _managed(fields, path, "setHeaderRoute", ("istio", "alb", "apisix", "plugins"))
    yield from _managed(fields, path, "setMirrorRoute", ("istio", "plugins"))
    yield from _weights(fields, path, routed)


def _managed(fields: Fields, path: str, name: str, routers: tuple[str, ...]) -> Iterator[Problem]:
    routing = f"{CANARY_PATH}.trafficRouting"
    if not fields.has(f"{path}.{name}"):
        return
    if not any(fields.has(f"{routing}.{router}") for router in routers):
        yield Problem(f"{path}.{name}", f"goes only with the routers {', '.join(routers)}")
    if name == "setHeaderRoute":
        yield from _matches(fields, f"{path}.{name}.match", alb=fields.has(f"{routing}.alb"))
    if not fields.has(routing):
        return
    managed = [
        fields.text(f"{routing}.managedRoutes[{i}].name") for i in range(fields.length(f"{routing}.managedRoutes"))
    ]
    route = fields.text(f"{path}.{name}.name")
    if not fields.has(f"{routing}.managedRoutes"):
        yield Problem(f"{routing}.managedRoutes", f"is missing: {name} needs it", where=f"{path}.{name}")
    elif route not in managed:
        yield Problem(f"{path}.{name}", f"'{route[:60]}' is not among managedRoutes", nearest(route, managed))


def _matches(fields: Fields, path: str, *, alb: bool) -> Iterator[Problem]:
    for index in range(fields.length(path)):
        values = {name: fields.text(f"{path}[{index}].headerValue.{name}") for name in ("exact", "regex", "prefix")}
        given = [name for name, value in values.items() if value]
        if alb and given != ["exact"]:
            yield Problem(f"{path}[{index}]", "ALB knows headerValue.exact only")
        elif not alb and len(given) != 1:
            yield Problem(f"{path}[{index}]", "headerValue must have exactly one of exact, regex, prefix")


def _weights(fields: Fields, path: str, routed: bool) -> Iterator[Problem]:
    routing = f"{CANARY_PATH}.trafficRouting"
    for index in range(fields.length(f"{path}.experiment.templates")):
        place = f"{path}.experiment.templates[{index}].weight"
        if not fields.has(place) or fields.node(place) is None:
            continue
        if not routed:
            yield Problem(place, "goes only with trafficRouting")
        elif not any(fields.has(f"{routing}.{name}") for name in ("alb", "smi", "istio", "plugins")):
            yield Problem(place, "this router cannot send traffic to an experiment: SMI, ALB, Istio and plugins can")


# --- what stands beside it -------------------------------------------------------------------------------------------


def _services(fields: Fields, documents: Documents) -> Iterator[Problem]:
    """Services that the Rollout names must select Pods of its template."""
    places = [f"{SWITCH_PATH}.activeService", f"{SWITCH_PATH}.previewService"]
    if fields.has(CANARY_PATH):
        names = ("canaryService", "stableService", "pingPong.pingService", "pingPong.pongService")
        places = [f"{CANARY_PATH}.{name}" for name in names]
    if fields.has("spec.workloadRef") and not fields.has("spec.template"):
        return
    labels = _texts(fields, "spec.template.metadata.labels")
    named = {fields.text(place): place for place in reversed(places) if fields.text(place)}
    for service in documents.of("Service", ""):
        place = named.get(service.name)
        if place is None or _elsewhere(service, fields.document):
            continue
        for label, value in _texts(Fields(service), "spec.selector").items():
            if label != _HASH and labels.get(label) != value:
                message = f"Service '{service.name}' selects {label}: {value}, which the Pods do not have"
                yield Problem(place, message, field=place)


def _ingresses(fields: Fields, documents: Documents) -> Iterator[Problem]:
    """An Ingress that the router names must have a rule for the Service in front of it."""
    routing = f"{CANARY_PATH}.trafficRouting"
    for router, one, many in (("nginx", "stableIngress", "stableIngresses"), ("alb", "ingress", "ingresses")):
        if not fields.has(f"{routing}.{router}"):
            continue
        several = fields.length(f"{routing}.{router}.{many}")
        if fields.text(f"{routing}.{router}.{one}") and several:
            yield Problem(f"{routing}.{router}", f"has both {one} and {many}, and can have one")
        service = fields.text(f"{CANARY_PATH}.stableService")
        if router == "alb":
            service = fields.text(f"{routing}.alb.rootService") or service
        places = [f"{routing}.{router}.{one}", *(f"{routing}.{router}.{many}[{i}]" for i in range(several))]
        for place in places:
            ingress = documents.find("Ingress", fields.text(place), fields.document.namespace)
            if service and fields.text(place) and ingress and service not in _backends(ingress):
                message = f"Ingress '{ingress.name}' has no rule for Service '{service}'"
                yield Problem(place, message, field=re.sub(r"\[\d+\]$", "", place))
        return


def _endless(fields: Fields, documents: Documents) -> Iterator[Problem]:
    """An analysis that something waits for must come to an end; only one in the background need not."""
    places = [f"{CANARY_PATH}.steps[{index}].analysis" for index in range(fields.length(f"{CANARY_PATH}.steps"))]
    places += [f"{SWITCH_PATH}.prePromotionAnalysis", f"{SWITCH_PATH}.postPromotionAnalysis"]
    for place in places:
        for index in range(fields.length(f"{place}.templates")):
            path = f"{place}.templates[{index}].templateName"
            for kind in ("AnalysisTemplate", "ClusterAnalysisTemplate"):
                template = documents.find(kind, fields.text(path), fields.document.namespace, "argoproj.io")
                metric = _without_end(Fields(template)) if template else ""
                if metric:
                    message = (
                        f"metric '{metric}' of this template is measured for ever: it has an interval and no count"
                    )
                    yield Problem(path, message, "give it a count", field=f"{place}.templates")


def _without_end(template: Fields) -> str:
    for index in range(template.length("spec.metrics")):
        metric = f"spec.metrics[{index}]"
        if template.text(f"{metric}.interval") and template.text(f"{metric}.count", "0") == "0":
            return template.text(f"{metric}.name", "?")
    return ""


def _backends(ingress: Document) -> set[str]:
    fields = Fields(ingress)
    found = set()
    for rule in range(fields.length("spec.rules")):
        for path in range(fields.length(f"spec.rules[{rule}].http.paths")):
            backend = f"spec.rules[{rule}].http.paths[{path}].backend"
            found.add(fields.text(f"{backend}.service.name") or fields.text(f"{backend}.serviceName"))
    return found


def _elsewhere(one: Document, other: Document) -> bool:
    return bool(one.namespace and other.namespace and one.namespace != other.namespace)


# --- reading without complaint ---------------------------------------------------------------------------------------


def _filled(node: object) -> bool:
    return (isinstance(node, MapNode) and bool(node.entries)) or (isinstance(node, ListNode) and bool(node.items))


def _number(fields: Fields, path: str) -> int | None:
    node = fields.node(path)
    value = node.value if isinstance(node, ScalarNode) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _true(fields: Fields, path: str) -> bool:
    node = fields.node(path)
    return isinstance(node, ScalarNode) and node.value is True


def _texts(fields: Fields, path: str) -> dict[str, str]:
    node = fields.node(path)
    if not isinstance(node, MapNode):
        return {}
    return {key.text: value.text for key, value in node.entries if isinstance(value, ScalarNode)}


def _amount(fields: Fields, path: str) -> int | None:
    """The number of an amount, whatever its unit; 25 if it is not given, -1 if it is none."""
    node = fields.node(path)
    if node is None:
        return 25
    value = node.value if isinstance(node, ScalarNode) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else -1
    if isinstance(value, str) and (percent := percent_of(value if value.endswith("%") else value + "%")) is not None:
        return percent
    return -1


def _seconds(fields: Fields, path: str) -> int | None:
    node = fields.node(path)
    value = node.value if isinstance(node, ScalarNode) else None
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return words_seconds(value)
    except ValueError:
        return None
