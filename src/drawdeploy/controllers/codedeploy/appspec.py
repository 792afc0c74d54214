"""Reads an AppSpec: what its platform is, and what runs at which event.

Source: AWS CodeDeploy User Guide, "AppSpec file reference" (awsdocs/aws-codedeploy-user-guide@0ce99f27).
"""

from __future__ import annotations

from drawdeploy.controllers.codedeploy.configs import ECS, LAMBDA, SERVER
from drawdeploy.controllers.codedeploy.fields import Properties
from drawdeploy.controllers.codedeploy.spec import HOOK_SECONDS, HOOKS, IN_PLACE, LIFECYCLE, REPLACE, Hook
from drawdeploy.controllers.course import Note
from drawdeploy.controllers.documents import Document
from drawdeploy.errors import nearest
from drawdeploy.model import Phrase
from drawdeploy.source import MapNode, Node, ScalarNode, walk
from drawdeploy.value import Value

API, KIND = "codedeploy/0.0", "AppSpec"
_SYSTEMS = ("linux", "windows")
_NEEDS = {
    ECS: ("TaskDefinition", "LoadBalancerInfo.ContainerName", "LoadBalancerInfo.ContainerPort"),
    LAMBDA: ("Name", "Alias", "CurrentVersion", "TargetVersion"),
}
_TYPES = {"AWS::ECS::Service": ECS, "AWS::Lambda::Function": LAMBDA}


class AppSpec(Value):
    """What an AppSpec says.

    Attributes:
        name: Of the function, or the container behind the load balancer; may be empty.
    """

    platform: str
    hooks: tuple[Hook, ...]
    name: str = ""
    old: str = ""
    new: str = ""
    notes: tuple[Note, ...] = ()


def member(document: Document) -> tuple[Document, ...]:
    """The document as an AppSpec, if it is one: ``version: 0.0``, and an ``os`` or resources."""
    version = document.node.get("version")
    zero = isinstance(version, ScalarNode) and version.text.strip() in ("0.0", "0", "0.00")
    if not zero or not any(_has(document.node, name) for name in ("os", "Resources", "resources", "files")):
        return ()
    return (Document(API, KIND, "", "", document.node, document.text),)


def platform_of(document: Document) -> str:
    """Platform of an AppSpec, whatever else is wrong with it."""
    resources = document.node.get("Resources") or document.node.get("resources")
    if resources is None:
        return SERVER
    types = {node.text for node in walk(resources) if isinstance(node, ScalarNode)}
    return next((platform for kind, platform in _TYPES.items() if kind in types), ECS)


def _has(node: Node, name: str) -> bool:
    return isinstance(node, MapNode) and node.get(name) is not None


def read(document: Document) -> AppSpec:
    """Reads an AppSpec.

    Raises:
        DrawDeployError: CodeDeploy would refuse it.
    """
    fields = Properties(document)
    resources = "Resources" if fields.has("Resources") else "resources"
    found = _managed(fields, resources) if fields.has(resources) else _server(fields)
    fields.finish()
    return found


def _hooks_path(fields: Properties) -> str:
    return "Hooks" if fields.has("Hooks") else "hooks"


def _managed(fields: Properties, resources: str) -> AppSpec:
    """An AppSpec of ECS or Lambda: one resource, and Lambda functions as hooks."""
    if fields.length(resources) != 1:
        fields.fault(resources, "must hold one resource")
    names = fields.keys(f"{resources}[0]") if fields.length(resources) else ()
    path = f"{resources}[0].{names[0]}" if names else f"{resources}[0]"
    kind = fields.text(f"{path}.Type")
    if kind not in _TYPES:
        fields.fault(f"{path}.Type", "must say what is deployed", f"one of: {', '.join(_TYPES)}")
        return AppSpec(ECS, ())
    platform = _TYPES[kind]
    for name in _NEEDS[platform]:
        if not fields.has(f"{path}.Properties.{name}"):
            fields.fault(f"{path}.Properties.{name}", "is missing")
    hooks = _functions(fields, platform)
    properties = f"{path}.Properties"
    if platform == LAMBDA:
        old, new = (fields.text(f"{properties}.{name}") for name in ("CurrentVersion", "TargetVersion"))
        return AppSpec(platform, hooks, fields.text(f"{properties}.Name"), old, new)
    task = fields.text(f"{properties}.TaskDefinition").rpartition("/")[2].strip("<>")
    container = fields.text(f"{properties}.LoadBalancerInfo.ContainerName").strip("<>")
    return AppSpec(platform, hooks, container, "", task)


def _functions(fields: Properties, platform: str) -> tuple[Hook, ...]:
    """Hooks as a list of events, each with the function it calls."""
    path = _hooks_path(fields)
    found: list[Hook] = []
    for index in range(fields.length(path) if fields.has(path) else 0):
        for event in fields.keys(f"{path}[{index}]"):
            place = f"{path}[{index}].{event}"
            if event not in HOOKS[platform]:
                fields.fault(place, f"{platform} has no such event", nearest(event, HOOKS[platform]))
            elif any(hook.event == event for hook in found):
                fields.fault(place, "this event is there twice")
            elif not fields.text(place):
                fields.fault(place, "must name a Lambda function")
            else:
                found.append(Hook(event, (short(fields.text(place)),)))
    return ordered(found, platform, REPLACE)


def _server(fields: Properties) -> AppSpec:
    """An AppSpec of EC2 or on-premises machines: files, and scripts as hooks."""
    if not fields.has("os"):
        fields.fault("os", "is missing", "linux or windows")
    fields.choice("os", _SYSTEMS)
    for index in range(fields.length("files") if fields.has("files") else 0):
        for name in ("source", "destination"):
            if not fields.text(f"files[{index}].{name}"):
                fields.fault(f"files[{index}].{name}", "is missing")
    path = _hooks_path(fields)
    found: list[Hook] = []
    notes: list[Note] = []
    for event in fields.keys(path) if fields.has(path) else ():
        place = f"{path}.{event}"
        scripts = [_script(fields, f"{place}[{index}]") for index in range(fields.length(place))]
        seconds = sum(limit for _, limit in scripts if limit is not None)
        if seconds > HOOK_SECONDS:
            fields.fault(place, f"its scripts may take {seconds} s together", f"at most {HOOK_SECONDS} s an event")
        if event not in HOOKS[SERVER]:
            message = Phrase("codedeploy.note.never_runs", values=(("event", event),))
            notes.append(Note(message, Phrase("codedeploy.hint.never_runs"), fields.where(place), place))
        elif scripts:
            names = tuple(name for name, _ in scripts)
            found.append(Hook(event, names, seconds or HOOK_SECONDS))
    return AppSpec(SERVER, ordered(found, SERVER, IN_PLACE), notes=tuple(notes))


def _script(fields: Properties, path: str) -> tuple[str, int | None]:
    name = fields.text(f"{path}.location")
    if not name:
        fields.fault(f"{path}.location", "is missing")
    return short(name.replace("\\", "/")), fields.integer(f"{path}.timeout", least=1, most=HOOK_SECONDS)


def short(name: str) -> str:
    """The end of an ARN or a path, as people call it."""
    return name.strip().rpartition(":")[2].rpartition("/")[2][:60] or name[:60]


def ordered(hooks: list[Hook], platform: str, style: str) -> tuple[Hook, ...]:
    """Hooks in the order in which they run."""
    order = LIFECYCLE[platform, style]
    return tuple(sorted(hooks, key=lambda hook: order.index(hook.event)))
