"""Deployments for tests: manifests, and their courses as text that a person can check against the rules."""

from __future__ import annotations

from typing import Any

from drawdeploy import source
from drawdeploy.controllers import kubernetes
from drawdeploy.controllers.asked import Asked, event
from drawdeploy.controllers.course import Back, Course, Moment, Note, Subject
from drawdeploy.controllers.documents import Documents, objects
from drawdeploy.model import Phrase, Scalar
from drawdeploy.words import Words

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, generation: 3}
spec:
  replicas: 10
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: shop
        image: registry.example:5000/shop:v2
        readinessProbe: {initialDelaySeconds: 5}
"""


def manifest(*lines: str, replicas: int | None = 10, live: str = "", beside: str = "") -> str:
    """The manifest with more lines in its ``spec``, a ``status``, and other objects behind it."""
    text = MANIFEST.replace("  replicas: 10\n", "" if replicas is None else f"  replicas: {replicas}\n")
    text = text.replace("spec:\n", "spec:\n" + "".join(f"  {line}\n" for line in lines), 1)
    return text + (f"status: {live}\n" if live else "") + (f"---\n{beside}" if beside else "")


def documents(text: str) -> Documents:
    return Documents(tuple(found for node in source.load(text, "shop.yaml") for found in objects(node, text)))


def read(text: str) -> Subject:
    found = documents(text)
    return kubernetes.read(found.of("Deployment")[0], found)


def course(text: str, *events: str, **asked: Any) -> Course:
    return kubernetes.course(read(text), asked_for(*events, **asked))


def asked_for(*events: str, **asked: Any) -> Asked:
    return Asked(**({"start_seconds": 20, "stop_seconds": 30} | asked), events=tuple(event(one) for one in events))


def counts(moment: Moment) -> str:
    """Who is there: ``old 8 −2, new 0 +5`` are 8 that serve and 2 that stop, and 5 that start."""
    shown = []
    for crowd in moment.crowds:
        parts = [
            f"{crowd.pool} {crowd.available}",
            f"+{crowd.starting}" if crowd.starting else "",
            f"✗{crowd.failed}" if crowd.failed else "",
            f"−{crowd.stopping}" if crowd.stopping else "",
        ]
        shown.append(" ".join(part for part in parts if part))
    return ", ".join(shown) or "nobody"


class Teller:
    """Says what a course says, in one language."""

    def __init__(self, subject: Subject, lang: str = "en") -> None:
        self.words = Words(lang)
        self.values: dict[str, Scalar] = {
            "old": subject.old or "current",
            "new": subject.new,
            "service": subject.name,
            "replicas": subject.replicas,
        }

    def __call__(self, phrase: Phrase) -> str:
        if not phrase.key:
            return ""
        return self.words.say(Phrase(phrase.key, values=tuple((self.values | dict(phrase.values)).items())))

    def note(self, note: Note) -> str:
        return f"! {self(note.message)} → {self(note.hint)}"

    def line(self, moment: Moment) -> str:
        hold = f" hold {moment.hold.seconds} s{' + 1 person' * moment.hold.approvals}" if moment.id else ""
        step = f"{moment.id} · {self(moment.title)}" if moment.id else f"  ({self(moment.said)})"
        return f"{moment.at:5} s  [{counts(moment)}] {step}{hold}"

    def back(self, back: Back) -> str:
        last = f" {back.moments[-1].at - back.moments[0].at} s [{counts(back.moments[-1])}]" if back.moments else ""
        return f"         ← {back.kind}: {self(back.summary)}{last}"


def told(text: str, *events: str, lang: str = "en", **asked: Any) -> str:
    """A course with all its syncs and ways back."""
    subject, wanted = read(text), asked_for(*events, **asked)
    found = kubernetes.course(subject, wanted)
    say = Teller(subject, lang)
    lines = [say.note(note) for note in (*subject.notes, *found.notes)]
    for index, moment in enumerate(found.moments):
        mark = "  ◄ here" if index == found.here else ""
        lines.append(say.line(moment) + mark)
        if moment.id:
            lines.append(f"         {say(moment.text)}")
            lines += [f"         ? {say(check.text)} ({check.seconds} s)" for check in moment.checks]
            lines += [f"         @ {act.actor}: {say(act.text)}" for act in moment.acts]
            lines.append(say.back(kubernetes.back(subject, found, index, wanted)))
    return "\n".join([*lines, f"         = {found.outcome.value}"])
