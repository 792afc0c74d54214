"""Routers: weights of the Gateway API and Istio as the state of a picture, and the phases of Google Cloud Deploy."""

from __future__ import annotations

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Subject
from drawdeploy.controllers.documents import Document, Documents
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Actor, Phrase, Text

ID = "routers"
ACTOR = Actor("pipeline", Text("Cloud Deploy", "Cloud Deploy"), "gcp.devtools.Build")
_GATEWAY = "gateway.networking.k8s.io"
_ROUTES = tuple((_GATEWAY, f"{name}Route") for name in ("HTTP", "GRPC", "TCP", "TLS", "UDP"))
_ROUTERS = (*_ROUTES, ("networking.istio.io", "VirtualService"))
KINDS = (*_ROUTERS, ("deploy.cloud.google.com", "DeliveryPipeline"))

_MOVED = ("Rollout", "Canary", "Deployment", "DaemonSet", "DeliveryPipeline", "AppSpec")


def stands_beside(document: Document, documents: Documents) -> bool:
    """Whether a router is told with what is moved in the same input, and so not by itself."""
    if (document.group, document.kind) not in _ROUTERS:
        return False
    return any(found.kind in _MOVED for found in documents.items)


def read(document: Document, documents: Documents) -> Subject:
    """Reads a router or a delivery pipeline.

    Raises:
        DrawDeployError: It would be refused; all faults at once.
    """
    if document.kind == "DeliveryPipeline":
        from drawdeploy.controllers.routers.pipeline import subject

        return subject(document, documents)
    from drawdeploy.controllers.routers.routes import subject as router

    return router(document, documents)


def state(document: Document, documents: Documents) -> Course:
    """How a router divides its traffic now: a course of one moment, in which nothing changes.

    Raises:
        DrawDeployError: It would be refused.
    """
    from drawdeploy.controllers.routers.picture import picture

    return picture(read(document, documents).spec)


def course(subject: Subject, asked: Asked) -> Course:
    """What Cloud Deploy does; of a router, how it stands.

    Raises:
        DrawDeployError: Something asked is none that it knows.
    """
    if subject.kind == "DeliveryPipeline":
        from drawdeploy.controllers.routers.release import course as release

        return release(subject, asked)
    from drawdeploy.controllers.routers.picture import picture

    if asked.events:
        raise DrawDeployError(f"a {subject.kind} is a state, and nothing happens in it", "leave --event out")
    return picture(subject.spec, asked.replicas)


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The way back from a moment: a rollout of the release before."""
    if subject.kind == "DeliveryPipeline":
        from drawdeploy.controllers.routers.release import back as rollback

        return rollback(subject, course, index, asked)
    return Back("none", Phrase("routers.back.state"))
