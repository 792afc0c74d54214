"""Argo Rollouts: canary with and without a traffic router, and blueGreen.

``read`` takes a Rollout as its controller would, ``simulate`` runs the controller's loop, ``tell`` puts it in words.
"""

from __future__ import annotations

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Subject
from drawdeploy.controllers.documents import Document, Documents, Fields

ID = "argo"
KINDS = (("argoproj.io", "Rollout"),)
"""Not ``rollouts.kruise.io``: that is somebody else's Rollout."""


def takes_over(document: Document) -> tuple[tuple[str, str], ...]:
    """The workload that a Rollout refers to: it is not moved by itself any more."""
    fields = Fields(document)
    kind, name = fields.text("spec.workloadRef.kind"), fields.text("spec.workloadRef.name")
    return ((kind, name),) if kind and name else ()


def read(document: Document, documents: Documents) -> Subject:
    """Reads a Rollout.

    Raises:
        DrawDeployError: What the controller would refuse, all of it.
    """
    from drawdeploy.controllers.argo.reader import read

    return read(document, documents)


def course(subject: Subject, asked: Asked) -> Course:
    """What the controller does, from the moment before the update.

    Raises:
        DrawDeployError: An event cannot happen, or the run never comes to an end.
    """
    from drawdeploy.controllers.argo.told import course

    return course(subject, asked)


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The way back from a moment: the controller's abort, or ``kubectl argo rollouts undo`` after promotion."""
    from drawdeploy.controllers.argo.told import back

    return back(subject, course, index, asked)
