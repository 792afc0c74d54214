"""Real manifests as targets: files, folders and standard input that a controller's objects stand in."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawdeploy.api import options
from drawdeploy.errors import DrawDeployError, Fault, Where, nearest
from drawdeploy.model import Parameter, Text
from drawdeploy.value import Value, replace

if TYPE_CHECKING:
    from drawdeploy.api.planned import Planned
    from drawdeploy.controllers import Controller
    from drawdeploy.controllers.asked import Asked, Event
    from drawdeploy.controllers.course import Subject
    from drawdeploy.controllers.documents import Document, Documents
    from drawdeploy.model import Environment, Placement, Service

SUFFIXES = (".yaml", ".yml", ".json")
MOST_FILES, MOST_ENTRIES = 500, 20_000
ASKED = ("start_time", "analysis", "pause", "event", "from_start", "every_sync", "deployment_config")
"""What may be asked of a simulation, as `plan` takes it."""

_OURS = re.compile(r"""^["']?apiVersion["']?:\s*["']?drawdeploy/""", re.MULTILINE)
_FOREIGN = re.compile(
    r"""^\s*["']?(?:apiVersion["']?\s*:\s*["']?[a-z{]|(?:AWSTemplateFormatVersion|Resources|Transform)["']?\s*:"""
    r"""|version["']?\s*:\s*["']?0\.0)""",
    re.MULTILINE,
)
_HELM = re.compile(r"\{\{-|-\}\}|\{\{\s*(?:\.Values|\.Release|\.Chart|include|template|if|range|with|toYaml)\b")
_RENDER = "render it first: helm template … | drawdeploy draw -"
_ENVIRONMENTS = {
    "service": "kubernetes-service",
    "gateway": "kubernetes",
    "istio": "kubernetes-istio",
    "ingress": "kubernetes-ingress",
    "nginx": "kubernetes-ingress",
    "alb": "kubernetes-ingress",
    "traefik": "kubernetes-ingress",
    "aws": "public",
    "cloud": "public",
}
"""The environment that what divides the traffic is drawn in, if the user names none."""


class Manifest(Value):
    """One object that a controller moves; stands where a strategy can stand.

    Attributes:
        subject: The object.
        name: What tells its plan from those of others: a slug.
        skipped: Kinds of other objects in the input that nobody moves.
    """

    subject: Subject
    name: str = ""
    skipped: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What it is drawn as."""
        return self.subject.strategy

    @property
    def title(self) -> Text:
        """What the controller does."""
        return self.subject.title

    @property
    def summary(self) -> Text:
        """The same in a sentence or two."""
        return self.subject.summary

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """None: the manifest says it all."""
        return ()


# --- finding ---------------------------------------------------------------------------------------------------------


def is_manifest(target: str) -> bool:
    """Whether a path, which `catalogue.is_path` found to be one, leads to manifests and not to descriptions of ours."""
    path = _path(target)
    if is_folder(path):
        return True
    text = _text(path)
    return not _OURS.search(text) and bool(_FOREIGN.search(text) or _HELM.search(text))


def names(target: str) -> tuple[str, ...]:
    """A target for each object that is moved: itself, or ``f.yaml#Deployment/shop`` where there are several."""
    from drawdeploy import controllers

    if _path(target) != target:
        return (target,)
    moved = _labelled(controllers.subjects(_documents(target)))
    return tuple(f"{target}#{label}" for label in moved) if len(moved) > 1 else (target,)


def load(target: str) -> Manifest:
    """The object that a target means.

    Raises:
        DrawDeployError: There is none, it is not named, or its controller would refuse it.
    """
    from drawdeploy import controllers

    path = _path(target)
    which = target[len(path) + 1 :]
    found = _documents(path)
    moved = _labelled(controllers.subjects(found))
    if not moved:
        raise controllers.nothing_moves(found, "<stdin>" if path == "-" else path)
    if which and which not in moved:
        raise DrawDeployError(f"{path} has no {options.quoted(which)}", nearest(which, moved))
    if not which and len(moved) > 1:
        raise DrawDeployError(f"{path} has several: {', '.join(moved)}", f"name one: {path}#{next(iter(moved))}")
    label = which or next(iter(moved))
    document, one = moved[label]
    return Manifest(controllers.read(document, one, found), _slug(label.partition("/")[2]), controllers.skipped(found))


def _labelled(moved: Sequence[tuple[Document, Controller]]) -> dict[str, tuple[Document, Controller]]:
    """What is moved, by kind and name; with its namespace or a number where that is needed to tell them apart."""
    found: dict[str, tuple[Document, Controller]] = {}
    plain = Counter((document.kind, document.name) for document, _ in moved)
    for document, one in moved:
        several = plain[document.kind, document.name] > 1 and document.namespace
        parts = [document.kind or one.ID, *([document.namespace] if several else []), document.name or one.ID]
        label, number = "/".join(parts), 1
        while label in found:
            number += 1
            label = "/".join([*parts, str(number)])
        found[label] = (document, one)
    return found


def _slug(text: str) -> str:
    """A name as part of a folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[: options.NAME_LIMIT].strip("-")


def _path(target: str) -> str:
    return target.partition("#")[0] if "#" in target and not Path(target).exists() else target


def _text(path: str) -> str:
    from drawdeploy import describe, source

    return describe.standard_input() if path == "-" else source.read(Path(path), options.quoted(path)[1:-1])


@lru_cache(maxsize=8)
def _parsed(name: str, text: str) -> Documents:
    """The objects of one text.

    Raises:
        DrawDeployError: It is a template, or not YAML.
    """
    from drawdeploy import controllers, source

    try:
        nodes = source.load(text, name, tags=True)
    except DrawDeployError as error:
        if "{{" in text:
            raise DrawDeployError("this is a template, and no manifest yet", _RENDER, Where(name)) from None
        raise error from None
    if _HELM.search(text) and not nodes:
        raise DrawDeployError("this is a template, and no manifest yet", _RENDER, Where(name))
    return controllers.documents([(nodes, text)])


def is_folder(path: str) -> bool:
    """Whether there is a folder at a path."""
    try:
        return path != "-" and Path(path).is_dir()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL: whoever reads it says so
        return False


def _files(folder: str) -> list[Path]:
    """The manifests below a folder, in order; hidden folders and links to folders are left out.

    Raises:
        DrawDeployError: It holds too much.
    """
    found: list[Path] = []
    seen = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(names) + len(folders)
        found += [Path(place, name) for name in sorted(names) if name.endswith(SUFFIXES)]
        if len(found) > MOST_FILES or seen > MOST_ENTRIES:
            what = (
                f"more than {MOST_FILES} manifests" if len(found) > MOST_FILES else f"more than {MOST_ENTRIES:,} files"
            )
            raise DrawDeployError(f"the folder holds {what}", "name a folder further down", Where(folder))
    return found


def _documents(target: str) -> Documents:
    from drawdeploy.controllers.documents import Documents

    path = _path(target)
    if not is_folder(path):
        return _parsed("<stdin>" if path == "-" else path, _text(path))
    files = _files(path)
    if not files:
        raise DrawDeployError("no manifest in this folder", "files end in .yaml, .yml or .json", Where(path))
    if any(file.name in ("kustomization.yaml", "kustomization.yml") for file in files):
        hint = f"render it first: kubectl kustomize {path} | drawdeploy draw -"
        raise DrawDeployError("this folder is put together by Kustomize", hint, Where(path))
    if any(file.name == "Chart.yaml" for file in files):
        raise DrawDeployError("this folder is a Helm chart", _RENDER, Where(path))
    items: list[Any] = []
    faults: list[Fault] = []
    for file in files:
        try:
            items += _parsed(file.as_posix(), _text(str(file))).items
        except DrawDeployError as error:
            faults += error.faults
    if faults:
        raise DrawDeployError(faults=tuple(faults))
    return Documents(tuple(items))


# --- planning --------------------------------------------------------------------------------------------------------


def plan(
    manifest: Manifest,
    *,
    env: str | None,
    replicas: int | None,
    service: str | Service | None,
    old: str | None,
    new: str | None,
    placement: str | None,
    capacity: int | None,
    onprem: Iterable[str],
    cloud: Iterable[str],
    langs: tuple[str, ...],
    asked: dict[str, Any],
) -> Planned:
    """The plan of what a controller will do; the arguments are those of `drawdeploy.plan`, checked.

    Raises:
        DrawDeployError: Something given does not go with it.
    """
    from drawdeploy import controllers
    from drawdeploy.api.planned import Planned
    from drawdeploy.api.timing import Timing
    from drawdeploy.controllers.fold import fold
    from drawdeploy.describe import load_service
    from drawdeploy.ledger import keep
    from drawdeploy.model import Service

    timing = Timing()
    subject = manifest.subject
    with timing.stage("describe"):
        given = load_service(service) if isinstance(service, str) and options.is_file(service) else service
        events = _events(asked)
        deployed = _service(subject, given, old, new, replicas, events)
        where = _environment(subject, env, deployed, capacity, tuple(onprem), tuple(cloud))
        if not isinstance(given, Service):  # no manifest tells of a database
            where = _without_stores(where)
        chosen = _placement(where, placement)
    with timing.stage("plan"):
        wanted = _asked(subject, where, replicas, asked, events)
        one = controllers.controllers().get(subject.controller)
        course = one.course(subject, wanted)
        made = fold(
            subject,
            course,
            lambda index: one.back(subject, course, index, wanted),
            where,
            chosen,
            deployed,
            every_sync=bool(asked.get("every_sync")),
            name=manifest.name,
        )
        ledger = keep(made)
    return Planned(made, ledger, langs, timing.seconds, manifest.skipped)


def _service(
    subject: Subject,
    given: str | Service | None,
    old: str | None,
    new: str | None,
    replicas: int | None,
    events: tuple[Event, ...],
) -> Service:
    from drawdeploy.expand.parameters import check_replicas
    from drawdeploy.model import Service

    base = given if isinstance(given, Service) else Service(name=given or subject.name or subject.kind.lower())
    first, second = old or subject.old or "current", new or subject.new or "next"
    if first == second and not (old and new):
        first, second = ("current", second) if not old else (first, "next")
    count = subject.replicas if replicas is None else replicas
    newer = next((event.value or "newer" for event in events if event.what == "update"), "")
    base = replace(base, name=base.name[: options.NAME_LIMIT], counts=())
    made = replace(options.service(base, count, _short(first), _short(second)), newer=_short(newer))
    if count:
        check_replicas(made)
    return made


def _short(name: str) -> str:
    """A name of a revision that fits a picture: the end of a long tag or digest tells it apart."""
    return name if len(name) <= options.REVISION_LIMIT else "…" + name[1 - options.REVISION_LIMIT :]


def _environment(
    subject: Subject, env: str | None, service: Service, capacity: int | None, onprem: Any, cloud: Any
) -> Environment:
    from drawdeploy.describe import load_environment

    name = env or _ENVIRONMENTS.get(subject.router, "kubernetes")
    some = replace(service, replicas=max(1, service.replicas))  # a manifest may want none; a site holds at least one
    found = load_environment(name, some, capacity, onprem=onprem, cloud=cloud)
    if capacity is None and env is None:  # nobody has said how many fit
        found = replace(found, sites=tuple(replace(site, capacity=None) for site in found.sites))
    return found


def _placement(environment: Environment, name: str | None) -> Placement:
    from drawdeploy.registry import unknown

    known = {placement.id: placement for placement in environment.placements}
    if name is not None:
        if name not in known:
            raise unknown("placement", name, known)
        return known[name]
    return next((one for one in environment.placements if len(one.rounds) == 1), environment.placements[0])


def _without_stores(environment: Environment) -> Environment:
    """The environment without its databases, and what joins them."""
    from drawdeploy.model import NodeKind

    stores = {node.id for node in environment.nodes if node.kind is NodeKind.STORE}
    return replace(
        environment,
        sites=tuple(replace(site, store="") for site in environment.sites),
        nodes=tuple(node for node in environment.nodes if node.id not in stores),
        links=tuple(link for link in environment.links if not {link.source, link.target} & stores),
    )


def _events(given: dict[str, Any]) -> tuple[Event, ...]:
    from drawdeploy.controllers.asked import event

    strange = [name for name in given if name not in ASKED]
    if strange:
        raise DrawDeployError(f"a manifest has no option {options.quoted(strange[0])}", nearest(strange[0], ASKED))
    told = given.get("event") or ()
    return tuple(event(text) for text in ([told] if isinstance(told, str) else told))


def _asked(
    subject: Subject,
    environment: Environment,
    replicas: int | None,
    given: dict[str, Any],
    events: tuple[Event, ...],
) -> Asked:
    from drawdeploy.controllers.asked import Asked

    start = _seconds("start_time", given.get("start_time"))
    usual = environment.start_seconds if subject.start_seconds is None else subject.start_seconds
    return Asked(
        start_seconds=usual if start is None else start,
        stop_seconds=environment.stop_seconds,
        analysis_seconds=_seconds("analysis", given.get("analysis")),
        pause_seconds=_seconds("pause", given.get("pause")),
        replicas=replicas,
        events=events,
        from_start=bool(given.get("from_start")),
        config=_config(subject, given.get("deployment_config")),
    )


def _config(subject: Subject, given: object) -> str:
    """A deployment configuration, which only CodeDeploy has."""
    if given is None:
        return ""
    if subject.controller != "codedeploy":
        raise DrawDeployError(f"a {subject.kind} has no deployment configuration", "leave --deployment-config out")
    return str(given).strip()


def _seconds(name: str, value: object) -> int | None:
    """A time as Go writes it, or whole seconds."""
    from drawdeploy.controllers.amounts import go_seconds

    if value is None:
        return None
    try:
        return value if isinstance(value, int) else go_seconds(str(value).strip())
    except ValueError:
        raise DrawDeployError(f"{options.quoted(str(value))} is no time", f"{name}: such as 30s or 2m30s") from None
