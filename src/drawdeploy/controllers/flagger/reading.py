"""A Canary object → :class:`Spec`, refused where the API server would refuse it (the CRD) or Flagger could not run it.

Source: flagger ``artifacts/flagger/crd.yaml``; defaults as in ``pkg/apis/flagger/v1beta1/canary.go``.
"""

from __future__ import annotations

import re

from drawdeploy.controllers.amounts import go_seconds
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.flagger.spec import (
    DEFAULT_PROVIDER,
    DURING,
    HOOKS,
    PROVIDERS,
    Analysis,
    Hook,
    Metric,
    Spec,
    Status,
)
from drawdeploy.controllers.flagger.target import read_target, start_seconds
from drawdeploy.source import MapNode, ScalarNode

LONGEST = 60
"""Characters of a rule: it becomes a label in a picture."""

_INTERVAL = re.compile(r"[0-9]+(m|s)")
_LOW = -(2**31)
_WAYS = ("iterations", "stepWeight", "stepWeights")
_MATCHES = ("exact", "prefix", "suffix", "regex")
_PHASES = (
    "Initializing",
    "Initialized",
    "Waiting",
    "Progressing",
    "WaitingPromotion",
    "Promoting",
    "Finalising",
    "Succeeded",
    "Failed",
    "Terminating",
    "Terminated",
)


def read_spec(document: Document, documents: Documents) -> Spec:
    """The Canary as it will be carried out.

    Raises:
        DrawDeployError: All that is wrong with it.
    """
    fields = Fields(document)
    if document.api != "flagger.app/v1beta1":
        fields.fault("apiVersion", f"no such version: '{document.api}'", "flagger.app/v1beta1", at=document.where)
    _references(fields)
    provider = fields.choice("spec.provider", PROVIDERS) or _guessed(fields)
    if fields.node("spec.service") is not None and fields.node("spec.service.port") is None:
        fields.fault("spec.service", "needs a port", "such as 'port: 9898'")
    analysis = _analysis(fields, documents, document.namespace)
    _knative(fields)
    start, min_ready = start_seconds(fields, documents, document.namespace)
    spec = Spec(
        name=document.name,
        provider=provider,
        target=read_target(fields, documents, document.namespace),
        analysis=analysis,
        skip=fields.boolean("spec.skipAnalysis"),
        suspend=fields.boolean("spec.suspend"),
        deadline=_integer(fields, "spec.progressDeadlineSeconds", 600),
        status=_status(fields),
        start_seconds=start,
        min_ready=min_ready,
        target_at=fields.where("spec.targetRef"),
        analysis_at=fields.where("spec.analysis"),
    )
    fields.finish()
    return spec


def _references(fields: Fields) -> None:
    kinds = {
        "targetRef": ("Deployment", "DaemonSet", "Service"),
        "autoscalerRef": ("HorizontalPodAutoscaler", "ScaledObject"),
        "ingressRef": ("Ingress",),
        "routeRef": ("ApisixRoute",),
        "upstreamRef": ("Upstream",),
    }
    for name, known in kinds.items():
        path = f"spec.{name}"
        if fields.node(path) is None:
            if name == "targetRef":
                fields.fault(
                    "spec", "needs a targetRef: what is to be deployed", "a Deployment, by apiVersion, kind, name"
                )
            continue
        for key in ("apiVersion", "kind", "name"):
            if fields.node(f"{path}.{key}") is None:
                fields.fault(path, f"needs '{key}'")
        fields.choice(f"{path}.kind", known)


def _guessed(fields: Fields) -> str:
    """The provider that a Canary's other fields mean, where it names none and Flagger's own flag decides."""
    if fields.length("spec.service.gatewayRefs"):
        return "gatewayapi:v1"
    for path, provider in (("spec.upstreamRef", "gloo"), ("spec.routeRef", "apisix"), ("spec.ingressRef", "nginx")):
        if fields.node(path) is not None:
            return provider
    return "knative" if _is_knative(fields) else DEFAULT_PROVIDER


def _is_knative(fields: Fields) -> bool:
    return fields.text("spec.targetRef.apiVersion").startswith("serving.knative.dev/")


def _knative(fields: Fields) -> None:
    """What Flagger refuses of a Knative Service. Source: flagger ``verifyKnativeCanary``."""
    if _is_knative(fields):
        for path in ("spec.autoscalerRef", "spec.analysis.sessionAffinity", "spec.analysis.match"):
            if fields.node(path) is not None:
                fields.fault(path, "cannot be used with a Knative Service")


def _analysis(fields: Fields, documents: Documents, namespace: str) -> Analysis:
    path = "spec.analysis"
    if fields.node(path) is None:
        old = fields.node("spec.canaryAnalysis") is not None
        hint = (
            "rename 'canaryAnalysis' to 'analysis'" if old else "such as interval, threshold, stepWeight and maxWeight"
        )
        fields.fault("spec", "needs an analysis", hint)
        return Analysis()
    if not isinstance(fields.node(path), MapNode):
        fields.keys(path)
        return Analysis()
    _ways(fields, path)
    steps = f"{path}.stepWeights"
    return Analysis(
        interval=_interval(fields, f"{path}.interval"),
        threshold=max(0, _integer(fields, f"{path}.threshold", 0)) or 1,
        iterations=_integer(fields, f"{path}.iterations", 0),
        max_weight=_integer(fields, f"{path}.maxWeight", 0),
        step_weight=_integer(fields, f"{path}.stepWeight", 0),
        step_weights=tuple(_integer(fields, f"{steps}[{i}]", 0) for i in range(fields.length(steps))),
        promotion=max(0, _integer(fields, f"{path}.stepWeightPromotion", 0)),
        mirror=fields.boolean(f"{path}.mirror"),
        mirror_weight=_mirror_weight(fields, f"{path}.mirrorWeight"),
        match=_match(fields, f"{path}.match"),
        primary_ready=_integer(fields, f"{path}.primaryReadyThreshold", 100),
        canary_ready=_integer(fields, f"{path}.canaryReadyThreshold", 100),
        metrics=_metrics(fields, f"{path}.metrics", documents, namespace),
        hooks=_hooks(fields, f"{path}.webhooks"),
    )


def _ways(fields: Fields, path: str) -> None:
    """The CRD's ``oneOf``: an interval, a threshold, and exactly one way to go."""
    for key in ("interval", "threshold"):
        if fields.node(f"{path}.{key}") is None:
            fields.fault(path, f"needs '{key}'", "such as 'interval: 1m' and 'threshold: 5'")
    given = [way for way in _WAYS if fields.node(f"{path}.{way}") is not None]
    if not given:
        fields.fault(path, "needs one of iterations, stepWeight and stepWeights", "such as 'stepWeight: 10'")
    elif len(given) > 1:
        hint = "weights are for a canary, iterations for A/B and blue/green"
        fields.fault(f"{path}.{given[1]}", f"cannot stand beside '{given[0]}': exactly one of the three", hint)
    _alerts(fields, f"{path}.alerts")
    if fields.node(f"{path}.sessionAffinity") is not None and not fields.text(f"{path}.sessionAffinity.cookieName"):
        fields.fault(f"{path}.sessionAffinity", "needs a cookieName")


def _alerts(fields: Fields, path: str) -> None:
    for i in range(fields.length(path)):
        for key in ("name", "providerRef"):
            if fields.node(f"{path}[{i}].{key}") is None:
                fields.fault(f"{path}[{i}]", f"needs '{key}'")
        fields.choice(f"{path}[{i}].severity", ("info", "warn", "error"))


def _interval(fields: Fields, path: str) -> int:
    """Seconds between two looks: what is no duration counts as a minute, and less than 10 s as 10.

    Source: flagger ``GetAnalysisInterval``; the pattern is the CRD's, and looks at the beginning only.
    """
    text = fields.text(path)
    if text and not _INTERVAL.match(text):
        fields.fault(path, f"no interval: '{text[:40]}'", "seconds or minutes, such as 30s or 5m")
    try:
        return max(10, go_seconds(text)) if text else 60
    except ValueError:
        return 60


def _integer(fields: Fields, path: str, default: int) -> int:
    value = fields.integer(path, default, least=_LOW)
    return default if value is None else value


def _mirror_weight(fields: Fields, path: str) -> int:
    """Percent of the requests that are copied; 0 means what the router does by itself, which is all."""
    return min(100, max(0, _integer(fields, path, 0))) or 100


def _match(fields: Fields, path: str) -> str:
    """The rules of an A/B test in a line: what stands in one rule must hold together, one rule is enough."""
    rules = []
    for i in range(fields.length(path)):
        parts = []
        for group in ("headers", "queryParams"):
            for name in fields.keys(f"{path}[{i}].{group}"):
                parts.append(_condition(fields, f"{path}[{i}].{group}['{name}']", group, name))
        for name in fields.keys(f"{path}[{i}].sourceLabels"):
            value = fields.text(f"{path}[{i}].sourceLabels['{name}']")
            parts.append(f"from {name}={value}")
        if parts:
            rules.append(" & ".join(parts))
    rule = " | ".join(rules) or ("*" if fields.length(path) else "")
    return rule if len(rule) <= LONGEST else rule[: LONGEST - 1] + "…"


def _condition(fields: Fields, path: str, group: str, name: str) -> str:
    given = [key for key in _MATCHES if fields.node(f"{path}.{key}") is not None]
    if group == "headers" and len(given) != 1:
        fields.fault(path, "needs exactly one of exact, prefix, suffix and regex")
    if not given:
        return name
    sign = {"exact": "=", "prefix": "^=", "suffix": "$=", "regex": "~"}[given[0]]
    return f"{name} {sign} {fields.text(f'{path}.{given[0]}')}"


def _metrics(fields: Fields, path: str, documents: Documents, namespace: str) -> tuple[Metric, ...]:
    found = []
    for i in range(fields.length(path)):
        at = f"{path}[{i}]"
        name = fields.text(f"{at}.name")
        if not name:
            fields.fault(at, "needs a name")
        interval = fields.text(f"{at}.interval")
        if interval and not _INTERVAL.match(interval):
            fields.fault(f"{at}.interval", f"no interval: '{interval[:40]}'", "seconds or minutes, such as 30s or 5m")
        if fields.node(f"{at}.templateRef") is not None and not fields.text(f"{at}.templateRef.name"):
            fields.fault(f"{at}.templateRef", "needs a name")
        low, high = _number(fields, f"{at}.thresholdRange.min"), _number(fields, f"{at}.thresholdRange.max")
        if fields.node(f"{at}.thresholdRange") is None:  # the older way, which for one built-in metric means the least
            bound = _number(fields, f"{at}.threshold")
            low, high = (bound, "") if name == "request-success-rate" else ("", bound)
        found.append(Metric(name, low, high, _template(fields, at, documents, namespace)))
    return tuple(found)


def _number(fields: Fields, path: str) -> str:
    node = fields.node(path)
    if node is None:
        return ""
    value = node.value if isinstance(node, ScalarNode) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        fields.fault(path, "must be a number", at=node)
        return ""
    return fields.text(path)


def _template(fields: Fields, at: str, documents: Documents, namespace: str) -> str:
    """Who is asked for a metric: the kind of its MetricTemplate's provider if that is in the input, else its name."""
    name = fields.text(f"{at}.templateRef.name")
    if not name:
        return ""
    there = fields.text(f"{at}.templateRef.namespace", namespace)
    document = documents.find("MetricTemplate", name, there, "flagger.app")
    kind = Fields(document).text("spec.provider.type") if document else ""
    return f"{name} ({kind})" if kind else name


def _hooks(fields: Fields, path: str) -> tuple[Hook, ...]:
    found = []
    for i in range(fields.length(path)):
        at = f"{path}[{i}]"
        for key in ("name", "url"):
            if not fields.text(f"{at}.{key}"):
                fields.fault(at, f"needs '{key}'")
        timeout = fields.text(f"{at}.timeout")
        if timeout and not _INTERVAL.match(timeout):
            fields.fault(f"{at}.timeout", f"no timeout: '{timeout[:40]}'", "seconds or minutes, such as 30s or 5m")
        kind = fields.choice(f"{at}.type", HOOKS) or DURING
        found.append(Hook(fields.text(f"{at}.name"), kind, fields.text(f"{at}.url")))
    return tuple(found)


def _status(fields: Fields) -> Status | None:
    phase = fields.choice("status.phase", _PHASES)
    if not phase:
        return None
    return Status(
        phase,
        _integer(fields, "status.canaryWeight", 0),
        _integer(fields, "status.failedChecks", 0),
        _integer(fields, "status.iterations", 0),
    )
