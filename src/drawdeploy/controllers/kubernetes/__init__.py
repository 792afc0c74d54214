"""Kubernetes: the Deployment, as its controller rolls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawdeploy.controllers.asked import Asked
    from drawdeploy.controllers.course import Back, Course, Subject
    from drawdeploy.controllers.documents import Document, Documents

ID = "kubernetes"
KINDS = (("apps", "Deployment"), ("extensions", "Deployment"))


def read(document: Document, documents: Documents) -> Subject:
    """Reads a Deployment.

    Raises:
        DrawDeployError: What the API server would refuse, all of it.
    """
    from drawdeploy.controllers.kubernetes.reader import read as reading

    return reading(document, documents)


def course(subject: Subject, asked: Asked) -> Course:
    """What happens once its template changes, sync by sync.

    Raises:
        DrawDeployError: An event that a Deployment cannot have, or too many syncs.
    """
    from drawdeploy.controllers.kubernetes.courses import course as simulated

    return simulated(subject, asked)


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The operator's way back from a moment: a Deployment has none of its own."""
    from drawdeploy.controllers.kubernetes.courses import back as undone

    return undone(subject, course, index, asked)
