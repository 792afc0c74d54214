"""Real manifests → the plans that their controllers will carry out.

A controller is a module (built in, or offered by an entry point of the group ``drawdeploy.controllers``) that knows
some kinds of object. It reads one into a :class:`~drawdeploy.controllers.course.Subject`, simulates its own loop as a
:class:`~drawdeploy.controllers.course.Course`, and says how it would go back from any moment; ``fold`` makes the plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Subject
from drawdeploy.controllers.documents import Document, Documents, objects
from drawdeploy.errors import DrawDeployError, Fault, Where
from drawdeploy.model import Actor, Text
from drawdeploy.registry import Registry
from drawdeploy.source import Node
from drawdeploy.value import replace

GROUP = "drawdeploy.controllers"
"""Entry point group: each names a module, or any object, that is a :class:`Controller`."""

BUILT_IN = ("kubernetes", "argo", "flagger", "codedeploy", "routers")

BESIDE = frozenset(
    {
        "AnalysisTemplate",
        "ClusterAnalysisTemplate",
        "ConfigMap",
        "DestinationRule",
        "Gateway",
        "HorizontalPodAutoscaler",
    }
    | {"HTTPRoute", "Ingress", "MetricTemplate", "Namespace", "ReplicaSet", "Secret", "Service", "ServiceAccount"}
    | {"VirtualService"}
)
"""Kinds that stand beside what is moved; nobody needs to be told that they have no plan of their own."""


class Controller(Protocol):
    """What a controller's module offers.

    Attributes:
        ID: Its name (``argo``).
        KINDS: Group and kind of the objects it moves. A module may also have ``recognise(document) -> bool`` for files
            that say neither, ``takes_over(document) -> ((kind, name), …)`` for objects that it moves in place of their
            own controller, and ``ACTOR``, an actor ``pipeline``: what pictures call it.
    """

    ID: str
    KINDS: tuple[tuple[str, str], ...]

    def read(self, document: Document, documents: Documents) -> Subject:
        """Reads an object; raises what the controller would refuse, all of it at once."""

    def course(self, subject: Subject, asked: Asked) -> Course:
        """What happens, from the moment before the update."""

    def back(self, subject: Subject, course: Course, index: int, asked: Asked) -> Back:
        """The way back from one of its moments."""


@cache
def controllers() -> Registry[Controller]:
    """All controllers by their ids."""
    found: Registry[Controller] = Registry("controller", GROUP)
    for name in BUILT_IN:
        module = import_module(f"{__name__}.{name}") if find_spec(f"{__name__}.{name}") else None
        if hasattr(module, "KINDS"):
            found.add(name, cast(Controller, module))
    return found


def controller_of(document: Document) -> Controller | None:
    """The controller that moves an object; ``None`` if nobody known does."""
    known = controllers()
    for name in known.names():
        one = known.get(name)
        recognise = getattr(one, "recognise", None)
        if (document.group, document.kind) in one.KINDS or (recognise is not None and recognise(document)):
            return one
    return None


def who(name: str) -> Actor | None:
    """Who acts in place of the pipeline where a controller moves things; ``None`` if it does not say."""
    return cast("Actor | None", getattr(controllers().get(name), "ACTOR", _ACTORS.get(name)))


_ACTORS = {
    "kubernetes": Actor("pipeline", Text("Kubernetes", "쿠버네티스"), "k8s.controlplane.CM"),
    "argo": Actor("pipeline", Text("Argo Rollouts", "Argo Rollouts"), "onprem.gitops.ArgoCD"),
    "flagger": Actor("pipeline", Text("Flagger", "Flagger"), "onprem.gitops.Flagger"),
    "codedeploy": Actor("pipeline", Text("CodeDeploy", "CodeDeploy"), "aws.devtools.Codedeploy"),
}


def documents(texts: Iterable[tuple[list[Node], str]]) -> Documents:
    """All objects of some texts.

    Args:
        texts: The nodes of each text, and the text itself.
    """
    found = (document for nodes, text in texts for node in nodes for document in objects(node, text))
    return Documents(tuple(member for document in found for member in _members(document)))


def _members(document: Document) -> tuple[Document, ...]:
    """What a document holds: itself, or what a controller finds in files of its own kind (a template's resources)."""
    if document.kind or document.api:
        return (document,)
    known = controllers()
    for name in known.names():
        inside = getattr(known.get(name), "members", None)
        found = inside(document) if inside is not None else None
        if found is not None:
            return tuple(found) or (replace(document, kind="a template that deploys nothing step by step"),)
    return (document,)


def subjects(found: Documents) -> tuple[tuple[Document, Controller], ...]:
    """What is moved, and by whom. A Deployment that something else takes over is not moved by itself."""
    moved = [(document, one) for document in found.items if (one := controller_of(document)) is not None]
    taken = {name for document, one in moved for name in getattr(one, "takes_over", _nothing)(document)}
    return tuple(
        (document, one)
        for document, one in moved
        if (document.kind, document.name) not in taken and not getattr(one, "stands_beside", _nobody)(document, found)
    )


def _nobody(document: Document, found: Documents) -> bool:
    return False


def _nothing(document: Document) -> tuple[tuple[str, str], ...]:
    return ()


def skipped(found: Documents) -> tuple[str, ...]:
    """Kinds of objects that nobody moves and that stand beside nothing, in order."""
    moved = {id(document) for document, _ in subjects(found)}
    kinds = [d.kind or "?" for d in found.items if id(d) not in moved and d.kind not in BESIDE]
    return tuple(dict.fromkeys(kind for kind in kinds if kind not in ("Deployment",)))


def read(document: Document, one: Controller, found: Documents) -> Subject:
    """Reads what is moved.

    Raises:
        DrawDeployError: The controller would refuse it.
    """
    return one.read(document, found)


def nothing_moves(found: Documents, name: str) -> DrawDeployError:
    """The error for an input in which nobody moves anything."""
    names = list(dict.fromkeys(d.kind or "an object without a kind" for d in found.items))
    kinds = ", ".join(names[:8])
    message = f"nothing here is moved by a controller (found: {kinds})" if kinds else "there is no object in it"
    hint = "Deployment, Rollout (Argo), Canary (Flagger), or an AppSpec of CodeDeploy"
    return DrawDeployError(faults=(Fault(message, hint, Where(name)),))
