"""Flagger's Canary: a target beside the primary that Flagger made of it, moved tick by tick."""

from __future__ import annotations

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Subject
from drawdeploy.controllers.documents import Document, Documents

ID = "flagger"

KINDS = (("flagger.app", "Canary"),)
"""Group of ``apiVersion``, and kind."""


def takes_over(document: Document) -> tuple[tuple[str, str], ...]:
    """What Flagger moves in place of its own controller: the target, and the primary that it made of it."""
    from drawdeploy.controllers.documents import Fields  # here: only who has a Canary needs it

    fields = Fields(document)
    kind, name = fields.text("spec.targetRef.kind"), fields.text("spec.targetRef.name")
    return ((kind, name), (kind, f"{name}-primary"))


def read(document: Document, documents: Documents) -> Subject:
    """A Canary, with what the input has of its target, primary, autoscaler and metric templates.

    Raises:
        DrawDeployError: All for which the API server or Flagger would refuse it.
    """
    from drawdeploy.controllers.flagger.subject import subject_of  # here: only who has a Canary needs it

    return subject_of(document, documents)


def course(subject: Subject, asked: Asked) -> Course:
    """What Flagger does with an update of the target.

    Raises:
        DrawDeployError: An event that Flagger cannot do, or whose moment never comes.
    """
    from drawdeploy.controllers.flagger.run import course_of

    return course_of(subject, asked)


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The way back from a moment: Flagger's own rollback, or the old revision applied again."""
    from drawdeploy.controllers.flagger.run import back_of

    return back_of(subject, course, index, asked)
