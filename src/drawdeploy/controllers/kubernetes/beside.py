"""What stands beside a Deployment in the same input: an autoscaler, and the way that traffic takes to its Pods."""

from __future__ import annotations

from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.errors import Where
from drawdeploy.source import MapNode, ScalarNode, walk
from drawdeploy.value import Value

_ROUTERS = (("VirtualService", "networking.istio.io", "istio"), ("HTTPRoute", "gateway.networking.k8s.io", "gateway"))


class Autoscaler(Value):
    """A HorizontalPodAutoscaler.

    Attributes:
        least: ``minReplicas``.
        most: ``maxReplicas``.
    """

    name: str
    least: int
    most: int
    where: Where

    def bounded(self, replicas: int) -> int:
        """What it makes of a number: within its bounds; one that is 0 it leaves alone."""
        return min(max(replicas, self.least), self.most) if replicas else 0


def autoscaler(document: Document, documents: Documents) -> Autoscaler | None:
    """The autoscaler that targets a Deployment."""
    for one in documents.of("HorizontalPodAutoscaler", "autoscaling"):
        fields = Fields(one)
        target = (fields.text("spec.scaleTargetRef.kind"), fields.text("spec.scaleTargetRef.name"))
        if target == (document.kind, document.name) and one.namespace in ("", document.namespace or one.namespace):
            least = fields.integer("spec.minReplicas", 1)
            most = fields.integer("spec.maxReplicas")
            least = 1 if least is None else least
            return Autoscaler(one.name, least, max(least, 1) if most is None else max(most, least), one.where)
    return None


def router(document: Document, documents: Documents, labels: dict[str, str]) -> str:
    """What leads traffic to the Pods: whatever names a Service that selects them, or that Service itself."""
    services = {one.name for one in documents.of("Service", "") if _selects(one, document, labels)}
    if not services:
        return "service"
    for kind, group, name in _ROUTERS:
        if any(_names(one, services) for one in documents.of(kind, group)):
            return name
    return "ingress" if any(_names(one, services) for one in documents.of("Ingress")) else "service"


def _selects(service: Document, document: Document, labels: dict[str, str]) -> bool:
    selector = Fields(service).node("spec.selector")
    if not isinstance(selector, MapNode) or service.namespace not in ("", document.namespace or service.namespace):
        return False
    wanted = {key.text: value.text for key, value in selector.entries if isinstance(value, ScalarNode)}
    return bool(wanted) and wanted.items() <= labels.items()


def _names(one: Document, services: set[str]) -> bool:
    found = {node.text.partition(".")[0] for node in walk(one.node) if isinstance(node, ScalarNode)}
    return bool(found & services)
