"""A Canary as one of the things that drawdeploy draws."""

from __future__ import annotations

from drawdeploy.controllers.course import Subject
from drawdeploy.controllers.documents import Document, Documents
from drawdeploy.controllers.flagger.notes import notes_on
from drawdeploy.controllers.flagger.reading import read_spec
from drawdeploy.controllers.flagger.spec import PLAIN, Spec
from drawdeploy.controllers.flagger.target import image
from drawdeploy.model import Text

CITES = (
    "https://docs.flagger.app/usage/deployment-strategies",
    "https://docs.flagger.app/usage/how-it-works",
    "https://github.com/fluxcd/flagger/blob/main/pkg/controller/scheduler.go",
)

_SLUGS = {"weights": "canary", "match": "ab", "rounds": "blue-green", "skip": "skip"}


def subject_of(document: Document, documents: Documents) -> Subject:
    """A Canary, read and checked."""
    spec = read_spec(document, documents)
    target = spec.target
    mode = spec.mode
    return Subject(
        controller="flagger",
        kind=document.kind,
        name=document.name,
        namespace=document.namespace,
        where=document.where,
        spec=spec,
        strategy=f"flagger-{_SLUGS[mode]}",
        title=_both(f"title.of.{mode}"),
        summary=_both(f"summary.{_summary(spec)}"),
        replicas=target.primary,
        old=image(documents, target.kind, f"{target.name}-primary", document.namespace),
        new=image(documents, target.kind, target.name, document.namespace),
        start_seconds=spec.start_seconds,
        router=_router(spec.provider),
        notes=notes_on(document, documents, spec),
        cites=CITES,
    )


def _summary(spec: Spec) -> str:
    if spec.mode == "rounds":
        return "plain" if spec.plain else "mirror" if spec.analysis.mirror and spec.mirrors else "rounds"
    return spec.mode


def _router(provider: str) -> str:
    name = provider.partition(":")[0]
    return {PLAIN: "service", "gatewayapi": "gateway"}.get(name, name)


def _both(key: str) -> Text:
    """A text of the catalogue in both languages, for values that hold texts and no phrases."""
    from drawdeploy.words import Words  # here: pure code gives phrases, and this alone needs the words themselves

    return Text(Words("en").get(f"flagger.{key}"), Words("ko").get(f"flagger.{key}"))
