"""What ``kubectl argo rollouts lint`` says to a file: the first thing it refuses."""

from __future__ import annotations

from drawdeploy.controllers.argo.validate import problems
from drawdeploy.controllers.documents import Documents, Fields, objects
from drawdeploy.source import load


def lint(text: str, name: str) -> tuple[str, str] | None:
    """The first field that is refused in any Rollout of a file, and why; ``None`` if nothing is.

    Args:
        text: The file.
        name: Its name, for faults of its YAML.

    Raises:
        DrawDeployError: It is no YAML.
    """
    found = Documents(tuple(document for node in load(text, name, tags=True) for document in objects(node, text)))
    for document in found.of("Rollout", "argoproj.io"):
        for problem in problems(Fields(document), found, linting=True):
            return problem.named, problem.message
    return None
