"""AWS CodeDeploy: AppSpec files, SAM's deployment preferences, and deployment groups in CloudFormation templates."""

from __future__ import annotations

from collections.abc import Iterator

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Subject
from drawdeploy.controllers.documents import Document, Documents

ID = "codedeploy"
KINDS = (
    ("cloudformation", "AWS::Serverless::Function"),
    ("cloudformation", "AWS::Serverless::StateMachine"),
    ("cloudformation", "AWS::CodeDeploy::DeploymentGroup"),
    ("cloudformation", "AWS::CodeDeploy::BlueGreen"),
)


def recognise(document: Document) -> bool:
    """Whether a document without apiVersion and kind is an AppSpec."""
    from drawdeploy.controllers.codedeploy import appspec

    return appspec.recognise(document)


def members(document: Document) -> Iterator[Document]:
    """The objects of a CloudFormation template that are deployed step by step; none if it is no template."""
    from drawdeploy.controllers.codedeploy.resources import members as inside

    return inside(document)


def read(document: Document, documents: Documents) -> Subject:
    """Reads an AppSpec, or a resource of a template.

    Raises:
        DrawDeployError: CodeDeploy, SAM or CloudFormation would refuse it; all faults at once.
    """
    from drawdeploy.controllers.codedeploy.subjects import subject

    return subject(document, documents)


def course(subject: Subject, asked: Asked) -> Course:
    """What CodeDeploy does, from the moment before the deployment.

    Raises:
        DrawDeployError: Something asked is none that CodeDeploy knows.
    """
    from drawdeploy.controllers.codedeploy.tell import course as tell

    return tell(subject, asked)


def back(subject: Subject, course: Course, index: int, asked: Asked) -> Back:
    """The way back from a moment: the automatic rollback, or a new deployment of the last good revision."""
    from drawdeploy.controllers.codedeploy.tell import back as tell

    return tell(subject, course, index, asked)
