"""What the tests of Flagger share: manifests in a line, and what a course must always keep to."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import yaml

from drawdeploy.controllers import flagger
from drawdeploy.controllers.asked import Asked, event
from drawdeploy.controllers.course import Course, Moment, Subject
from drawdeploy.controllers.documents import Documents, objects
from drawdeploy.source import load

METRIC = {"name": "request-success-rate", "thresholdRange": {"min": 99}, "interval": "1m"}
CANARY: dict[str, Any] = {"interval": "1m", "threshold": 3, "stepWeight": 20, "maxWeight": 50, "metrics": [METRIC]}
ROUNDS: dict[str, Any] = {"interval": "1m", "threshold": 3, "iterations": 3, "metrics": [METRIC]}


def hook(kind: str, name: str = "", url: str = "http://tester/") -> dict[str, Any]:
    """A webhook."""
    return {"name": name or kind, "type": kind, "url": url}


def canary(analysis: dict[str, Any] | None = None, status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A Canary of the Deployment ``shop``."""
    made: dict[str, Any] = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": "shop", "namespace": "prod"},
        "spec": {
            "provider": "istio",
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            "service": {"port": 80},
            "analysis": CANARY if analysis is None else analysis,
            **spec,
        },
    }
    return made if status is None else {**made, "status": status}


def deployment(replicas: int | None = 4, name: str = "shop", tag: str = "v2", **spec: Any) -> dict[str, Any]:
    """The Deployment it moves."""
    given = {} if replicas is None else {"replicas": replicas}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "prod"},
        "spec": {
            **given,
            "selector": {"matchLabels": {"app": name}},
            "template": {"spec": {"containers": [{"name": "shop", "image": f"registry.example/team/shop:{tag}"}]}},
            **spec,
        },
    }


def documents(*made: dict[str, Any]) -> Documents:
    """Objects as an input has them."""
    text = yaml.safe_dump_all(made, sort_keys=False)
    return Documents(tuple(item for node in load(text, "all.yaml") for item in objects(node, text)))


def subject(*made: dict[str, Any]) -> Subject:
    """The first Canary of some objects, read."""
    found = documents(*made)
    return flagger.read(found.of("Canary")[0], found)


def course(*made: dict[str, Any], events: tuple[str, ...] = (), **asked: Any) -> Course:
    """Its course."""
    return flagger.course(subject(*made), Asked(events=tuple(event(text) for text in events), **asked))


def steps(run: Course) -> list[str]:
    """Ids of its steps."""
    return [moment.id for moment in run.moments if moment.id]


def share(moment: Moment, pool: str) -> Fraction:
    """What part of the traffic a pool gets."""
    return dict(moment.weights).get(pool, Fraction(0))


def available(moment: Moment, pool: str, revision: str) -> int:
    """How many of a pool run a revision and can take requests."""
    return sum(crowd.available for crowd in moment.crowds if (crowd.pool, crowd.revision) == (pool, revision))
