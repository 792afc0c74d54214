"""A controller of nobody's, for tests of what stands between all controllers and the user.

It moves a `Fleet` by weights: a canary beside the stable pool, one step a weight. Its own status says where it is; an
update in mid-run brings a third revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from drawdeploy import controllers
from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Back, Course, Crowd, Group, Moment, Note, Subject
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Act, Check, CheckKind, Duration, Outcome, Phrase, Text

FLEET = """apiVersion: pretend.example/v1
kind: Fleet
metadata: {name: web, namespace: shop}
spec: {replicas: 4, image: "web:2.0", weights: [25, 50]}
"""


def say(text: str, **values: Any) -> Phrase:
    return Phrase(text=Text(text, text), values=tuple(values.items()))


class Pretend:
    ID = "pretend"
    KINDS = (("pretend.example", "Fleet"),)

    def read(self, document: Document, documents: Documents) -> Subject:
        fields = Fields(document)
        replicas = fields.integer("spec.replicas", 1, most=1000) or 0
        weights = tuple(fields.integer(f"spec.weights[{i}]", 0, most=100) for i in range(fields.length("spec.weights")))
        notes = ()
        if fields.has("spec.shiny"):
            notes = (
                Note(say("Shiny is not simulated"), say("leave it out"), fields.where("spec.shiny"), "spec.shiny"),
            )
        fields.finish()
        return Subject(
            controller="pretend",
            kind="Fleet",
            name=document.name,
            namespace=document.namespace,
            where=document.where,
            spec=(weights, fields.integer("status.step", None)),
            strategy="fleet-canary",
            title=Text("Fleet: canary", "함대: 카나리"),
            summary=Text("Weights, one after the other.", "가중치를 차례로 올립니다."),
            replicas=replicas,
            new=fields.text("spec.image").rpartition(":")[2],
            router=fields.text("spec.router", "gateway"),
            notes=notes,
        )

    def course(self, subject: Subject, asked: Asked) -> Course:
        n = subject.replicas if asked.replicas is None else asked.replicas
        start = asked.start_seconds or 0
        steps, status = subject.spec
        groups = (Group("stable", "stable", "old", True), Group("canary", "canary", "new"))
        moments = [self._moment(0, n, 0, 0)]
        at = 0
        here = None
        for index, weight in enumerate(steps):
            count = -(-n * weight // 100)
            there = sum(c.available for c in moments[-1].crowds if c.pool == "canary")
            moments.append(self._moment(at, n, there, moments[-1].weights[1][1] * 100, count - there))
            at += start
            moments.append(
                Moment(
                    at=at,
                    crowds=(Crowd("stable", "old", available=n), Crowd("canary", "new", available=count)),
                    weights=self._weights(weight),
                    status="Paused",
                    index=index,
                    id="set-weight",
                    title=say("{{ weight }} to the canary", weight=Fraction(weight, 100)),
                    text=say("The canary of {{ new }} takes {{ weight }}.", weight=Fraction(weight, 100)),
                    acts=(Act("pipeline", say("sets the weight")),),
                    checks=(Check(CheckKind.AUTOMATIC, "monitoring", say("success rate"), 60),),
                    hold=Duration(60, 1),
                    said=say("weight {{ n }}", n=weight),
                )
            )
            at += 60
            if status == index:
                here = len(moments) - 1
            if any(e.what == "update" and (e.unit, e.number) == ("step", index) for e in asked.events):
                moments.append(
                    Moment(
                        at=at,
                        crowds=(
                            Crowd("stable", "old", available=n),
                            Crowd("canary", "new", stopping=count),
                            Crowd("canary", "newer", available=1),
                        ),
                        weights=self._weights(weight),
                        id="update",
                        title=say("Another update"),
                        text=say("The canary is replaced."),
                        said=say("replaced"),
                    )
                )
                return Course(groups, tuple(moments), Outcome.WAITING, here)
        for event in asked.events:
            if event.what not in ("update", "abort"):
                raise DrawDeployError(f"a Fleet cannot {event.what}", "it can: update, abort")
        moments.append(self._moment(at, n, n, 100))
        moments.append(
            Moment(
                at=at + asked.stop_seconds,
                crowds=(Crowd("canary", "new", available=n),),
                weights=self._weights(100),
                id="promote",
                title=say("All to {{ new }}"),
                text=say("Stable is gone."),
                acts=(Act("pipeline", say("promotes")),),
                said=say("promoted"),
            )
        )
        notes = (Note(say("Few pods for {{ n }} weights", n=len(steps))),) if n == 1 else ()
        return Course(groups, tuple(moments), Outcome.PROMOTED, here, notes)

    def back(self, subject: Subject, course: Course, index: int, asked: Asked) -> Back:
        first, here = course.moments[0], course.moments[index]
        n = sum(crowd.available for crowd in first.crowds)
        if here.id == "promote":
            return Back("none", say("A Fleet that is promoted has no abort."))
        away = Moment(at=here.at, crowds=here.crowds, weights=self._weights(0), said=say("weight 0"))
        gone = Moment(at=here.at + 30, crowds=(Crowd("stable", "old", available=n),), weights=self._weights(0))
        return Back("controller", say("An abort takes the weight back."), (here, away, gone))

    @staticmethod
    def _weights(percent: Any) -> tuple[tuple[str, Fraction], ...]:
        canary = Fraction(percent) / 100
        return (("stable", 1 - canary), ("canary", canary))

    def _moment(self, at: int, n: int, canary: int, weight: Any, starting: int = 0) -> Moment:
        crowds = (Crowd("stable", "old", available=n), Crowd("canary", "new", starting=starting, available=canary))
        return Moment(at, crowds, self._weights(weight), said=say("canary {{ n }}", n=canary + starting))


@contextmanager
def known() -> Iterator[None]:
    """As long as this lasts, the controller is one of those that are known."""
    controllers.controllers.cache_clear()
    controllers.controllers().add("pretend", Pretend())
    try:
        yield
    finally:
        controllers.controllers.cache_clear()
