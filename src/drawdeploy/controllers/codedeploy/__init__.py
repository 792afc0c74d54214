"""AWS CodeDeploy: AppSpec files, SAM's deployment preferences, and deployment groups in CloudFormation templates."""

from __future__ import annotations

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Subject
from drawdeploy.controllers.documents import Document, Documents

ID = "codedeploy"
KINDS = (
    ("codedeploy", "AppSpec"),
    ("cloudformation", "AWS::Serverless::Function"),
    ("cloudformation", "AWS::Serverless::StateMachine"),
    ("cloudformation", "AWS::CodeDeploy::DeploymentGroup"),
    ("cloudformation", "AWS::CodeDeploy::BlueGreen"),
)


def members(document: Document) -> tuple[Document, ...] | None:
    """What a document without apiVersion and kind holds: an AppSpec, or the resources of a CloudFormation template.

    Returns:
        Those that are deployed step by step; ``None`` if it is neither.
    """
    if document.api or document.kind:
        return None
    from drawdeploy.controllers.codedeploy import appspec, resources

    return appspec.member(document) or resources.members(document)


def stands_beside(document: Document, documents: Documents) -> bool:
    """Whether a deployment group is told with the AppSpec of the same input, and so not by itself."""
    from drawdeploy.controllers.codedeploy import subjects

    return subjects.stands_beside(document, documents)


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
