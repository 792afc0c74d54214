"""Reads routers: which backends each rule sends its traffic to, and by what weights.

Source: Gateway API ``apis/v1`` (kubernetes-sigs/gateway-api@4564255a); Istio ``networking/v1alpha3/virtual_service``.
"""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.controllers.course import Note, Subject
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.routers.weights import DEFAULT, LEAST, MOST, istio_shares, shares
from drawdeploy.model import Phrase, Text
from drawdeploy.source import MapNode, ScalarNode
from drawdeploy.value import Value
from drawdeploy.words import LANGUAGES, Words

MOST_RULES = 64
_CITE = {
    "gateway": "https://gateway-api.sigs.k8s.io/guides/traffic-splitting/",
    "istio": "https://istio.io/latest/docs/reference/config/networking/virtual-service/",
}


class Backend(Value):
    """What a rule sends a part of its traffic to.

    Attributes:
        id: Its name; with the subset or port if the rule has several of that name.
        share: Part of the rule's traffic.
        replicas: How many instances stand behind it.
    """

    id: str
    share: Fraction
    replicas: int = 1


class Rule(Value):
    """A rule of a router.

    Attributes:
        text: What it matches (``header x-user=beta``); empty if everything.
        mirrors: Who gets a copy, and of what part.
        answers: Whether the router answers by itself (a redirect).
    """

    text: str
    backends: tuple[Backend, ...]
    mirrors: tuple[tuple[str, Fraction], ...] = ()
    answers: bool = False


class Router(Value):
    """A router and its rules, in order."""

    kind: str
    name: str
    rules: tuple[Rule, ...]


def subject(document: Document, documents: Documents) -> Subject:
    """Reads a router.

    Raises:
        DrawDeployError: It would be refused.
    """
    fields = Fields(document)
    istio = document.kind == "VirtualService"
    rules = _istio(fields, documents) if istio else _gateway(fields, documents)
    fields.finish()
    router = "istio" if istio else "gateway"
    notes = tuple(
        Note(Phrase("routers.note.match", values=(("rule", rule.text),)), Phrase("routers.hint.match"), document.where)
        for rule in rules
        if rule.text
    )
    count = sum(backend.replicas for backend in rules[0].backends) if rules else 0
    return Subject(
        controller="routers",
        kind=document.kind,
        name=document.name,
        namespace=document.namespace,
        where=document.where,
        spec=Router(document.kind, document.name, rules),
        strategy=f"{document.kind.lower()}-state",
        title=_text("routers.title.state", document.kind),
        summary=_text("routers.summary.state", document.kind),
        replicas=max(1, count),
        router=router,
        notes=notes[:1],
        cites=(_CITE[router],),
    )


def _text(key: str, kind: str) -> Text:
    return Text(*(Words(lang).get(key, kind=kind) for lang in LANGUAGES))


# --- Gateway API -----------------------------------------------------------------------------------------------------


def _gateway(fields: Fields, documents: Documents) -> tuple[Rule, ...]:
    count = fields.length("spec.rules")
    if count > MOST_RULES:
        fields.fault("spec.rules", f"{count} rules are too many", f"at most {MOST_RULES}")
    return tuple(_gateway_rule(fields, f"spec.rules[{index}]", documents) for index in range(min(count, MOST_RULES)))


def _gateway_rule(fields: Fields, path: str, documents: Documents) -> Rule:
    names, weights = [], []
    for index in range(fields.length(f"{path}.backendRefs")):
        place = f"{path}.backendRefs[{index}]"
        if not fields.text(f"{place}.name"):
            fields.fault(f"{place}.name", "is missing")
        names.append((fields.text(f"{place}.name"), fields.text(f"{place}.port")))
        weights.append(fields.integer(f"{place}.weight", DEFAULT, least=LEAST, most=MOST))
    mirrors, answers = [], False
    for index in range(fields.length(f"{path}.filters")):
        place = f"{path}.filters[{index}]"
        kind = fields.text(f"{place}.type")
        answers = answers or kind == "RequestRedirect"
        if kind == "RequestMirror":
            percent = fields.integer(f"{place}.requestMirror.percent", 100, most=100)
            mirrors.append((fields.text(f"{place}.requestMirror.backendRef.name"), Fraction(percent or 0, 100)))
    matches = [_gateway_match(fields, f"{path}.matches[{index}]") for index in range(fields.length(f"{path}.matches"))]
    text = "" if not matches or "" in matches else " | ".join(matches)
    return Rule(text[:80], _backends(names, shares(weights), fields, documents), tuple(mirrors), answers)


def _gateway_match(fields: Fields, path: str) -> str:
    """A match in short; empty if it matches everything."""
    parts = []
    value = fields.text(f"{path}.path.value", "/")
    kind = fields.text(f"{path}.path.type", "PathPrefix")
    if (kind, value) != ("PathPrefix", "/"):
        parts.append(f"{value}*" if kind == "PathPrefix" and not value.endswith("*") else value)
    for name in (
        ("method.service", "method.method") if isinstance(fields.node(f"{path}.method"), MapNode) else ("method",)
    ):
        if fields.has(f"{path}.{name}"):
            parts.append(fields.text(f"{path}.{name}"))
    for group, word in (("headers", "header"), ("queryParams", "query")):
        for index in range(fields.length(f"{path}.{group}")):
            place = f"{path}.{group}[{index}]"
            parts.append(f"{word} {fields.text(f'{place}.name')}={fields.text(f'{place}.value')}")
    return " ".join(parts)


# --- Istio -----------------------------------------------------------------------------------------------------------


def _istio(fields: Fields, documents: Documents) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for protocol in ("http", "tls", "tcp"):
        count = min(MOST_RULES, fields.length(f"spec.{protocol}"))
        for index in range(count):
            rules.append(_istio_rule(fields, f"spec.{protocol}[{index}]", protocol, documents))
        if rules:
            break  # pictures show one protocol: that of the requests
    return tuple(rules)


def _istio_rule(fields: Fields, path: str, protocol: str, documents: Documents) -> Rule:
    names, weights = [], []
    for index in range(fields.length(f"{path}.route")):
        place = f"{path}.route[{index}]"
        host = fields.text(f"{place}.destination.host")
        if not host:
            fields.fault(f"{place}.destination.host", "is missing")
        names.append((host.partition(".")[0], fields.text(f"{place}.destination.subset")))
        weights.append(fields.integer(f"{place}.weight"))
    if len(weights) > 1 and not sum(weight or 0 for weight in weights):
        fields.fault(f"{path}.route", "all weights are 0", "give at least one destination a weight")
    mirrors = []
    for name in ("mirror", *(f"mirrors[{index}].destination" for index in range(fields.length(f"{path}.mirrors")))):
        if fields.has(f"{path}.{name}"):
            mirrors.append((_istio_mirror(fields, f"{path}.{name}"), _istio_percent(fields, path, name)))
    matches = []
    if protocol == "http":
        count = fields.length(f"{path}.match")
        matches = [_istio_match(fields, f"{path}.match[{index}]") for index in range(count)]
    text = "" if not matches or "" in matches else " | ".join(matches)
    answers = fields.has(f"{path}.redirect") or fields.has(f"{path}.directResponse")
    return Rule(text[:80], _backends(names, istio_shares(weights), fields, documents), tuple(mirrors), answers)


def _istio_mirror(fields: Fields, path: str) -> str:
    host, subset = fields.text(f"{path}.host").partition(".")[0], fields.text(f"{path}.subset")
    return f"{host}-{subset}" if subset else host


def _istio_percent(fields: Fields, path: str, name: str) -> Fraction:
    place = f"{path}.{name.rpartition('.')[0]}.percentage" if "." in name else f"{path}.mirrorPercentage"
    node = fields.node(f"{place}.value")
    value = node.value if isinstance(node, ScalarNode) else fields.integer(f"{path}.mirrorPercent", 100, most=100)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        fields.fault(f"{place}.value", "must be between 0 and 100")
        return Fraction(0)
    return Fraction(str(value)) / 100


def _istio_match(fields: Fields, path: str) -> str:
    parts = []
    for kind in ("exact", "prefix", "regex"):
        value = fields.text(f"{path}.uri.{kind}") if fields.has(f"{path}.uri") else ""
        if value and (kind, value) != ("prefix", "/"):
            parts.append(f"{value}*" if kind == "prefix" else value)
    for group, word in (("headers", "header"), ("queryParams", "query")):
        for name in fields.keys(f"{path}.{group}"):
            node = fields.node(f"{path}.{group}['{name}']")
            said = node.entries[0][1] if isinstance(node, MapNode) and node.entries else None
            parts.append(f"{word} {name}={said.text}" if isinstance(said, ScalarNode) else f"{word} {name}")
    if fields.has(f"{path}.port"):
        parts.append(f":{fields.text(f'{path}.port')}")
    return " ".join(parts)


# --- backends --------------------------------------------------------------------------------------------------------


def _backends(
    names: list[tuple[str, str]], parts: tuple[Fraction, ...], fields: Fields, documents: Documents
) -> tuple[Backend, ...]:
    """The backends of a rule; those that lead to the same place are one."""
    plain = [name for name, _ in names]
    found: dict[str, Fraction] = {}
    counts: dict[str, int] = {}
    for (name, detail), part in zip(names, parts, strict=True):
        one = f"{name}-{detail}" if detail and (plain.count(name) > 1 or not detail.isdigit()) else name
        found[one] = found.get(one, Fraction(0)) + part
        counts[one] = replicas(name, documents)
    return tuple(Backend(one, part, counts[one]) for one, part in found.items())


def replicas(service: str, documents: Documents) -> int:
    """How many instances stand behind a Service: the replicas of the workload it selects, or that has its name."""
    found = documents.find("Service", service)
    selector = Fields(found).node("spec.selector") if found is not None else None
    for document in (*documents.of("Deployment"), *documents.of("Rollout")):
        labels = Fields(document).node("spec.template.metadata.labels")
        if document.name == service or _selects(selector, labels):
            node = Fields(document).node("spec.replicas")
            value = node.value if isinstance(node, ScalarNode) else 1
            return value if isinstance(value, int) and 0 < value < 100_000 else 1
    return 1


def _selects(selector: object, labels: object) -> bool:
    if not isinstance(selector, MapNode) or not isinstance(labels, MapNode) or not selector.entries:
        return False
    given = {key.text: value.text for key, value in labels.entries if isinstance(value, ScalarNode)}
    return all(isinstance(value, ScalarNode) and given.get(key.text) == value.text for key, value in selector.entries)
