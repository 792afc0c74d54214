"""What of a template is deployed by CodeDeploy: one object each, with what it refers to put beside it."""

from __future__ import annotations

from collections.abc import Iterator

from drawdeploy.controllers.codedeploy.cloudformation import (
    Template,
    is_template,
    is_unknown,
    merged,
    section,
    text,
    with_entry,
)
from drawdeploy.controllers.documents import Document
from drawdeploy.source import ListNode, MapNode, Node, ScalarNode

API = "cloudformation/2010-09-09"
GROUP = "cloudformation"
FUNCTION, MACHINE = "AWS::Serverless::Function", "AWS::Serverless::StateMachine"
DEPLOYMENT_GROUP, HOOK = "AWS::CodeDeploy::DeploymentGroup", "AWS::CodeDeploy::BlueGreen"
_GLOBALS = {FUNCTION: "Function", MACHINE: "StateMachine"}


def members(document: Document) -> tuple[Document, ...] | None:
    """The objects of a template that are deployed step by step; ``None`` if it is no template."""
    return tuple(_members(document)) if is_template(document.node) else None


def _members(document: Document) -> Iterator[Document]:
    template = Template(document.node)
    for name, kind, node in template.resources():
        if kind in _GLOBALS:
            found = _serverless(template, kind, node)
        elif kind == DEPLOYMENT_GROUP:
            found = _group(template, name, node)
        else:
            continue
        if found is not None:
            yield _document(document, kind, name, found)
    for key, hook in (section(document.node, "Hooks") or MapNode((), document.where)).entries:
        if isinstance(hook, MapNode) and text(hook.get("Type")) == HOOK:
            yield _document(document, HOOK, key.text, _hook(template, hook))


def _document(document: Document, kind: str, name: str, node: MapNode) -> Document:
    return Document(API, kind, name, "", node, document.text)


def _resolved(template: Template, node: Node) -> MapNode:
    found = template.resolve(node)
    return found if isinstance(found, MapNode) else MapNode((), node.where)


def _serverless(template: Template, kind: str, node: MapNode) -> MapNode | None:
    """A function or state machine with its Globals; ``None`` if it asks for no gradual deployment."""
    base = section(section(template.node, "Globals"), _GLOBALS[kind])
    own = section(node, "Properties") or MapNode((), node.where)
    whole = merged(base, own)
    found = _resolved(template, with_entry(node, "Properties", whole or own))
    preference = section(section(found, "Properties"), "DeploymentPreference")
    if preference is None or is_unknown(preference):
        return None
    return None if text(preference.get("Enabled")).lower() == "false" else found


def _group(template: Template, name: str, node: MapNode) -> MapNode:
    """A deployment group with its application, configuration, hooks, and the number of what it deploys to."""
    found = _resolved(template, node)
    properties = section(found, "Properties") or MapNode((), node.where)
    found = _put(found, "Application", template.resource(template.referred(properties.get("ApplicationName"))))
    config = properties.get("DeploymentConfigName")
    found = _put(found, "Config", template.resource(template.referred(config) or _named(template, text(config))))
    for _, kind, resource in template.resources():
        policy = section(section(resource, "UpdatePolicy"), "CodeDeployLambdaAliasUpdate")
        if kind != "AWS::Lambda::Alias" or policy is None:
            continue
        if template.referred(policy.get("DeploymentGroupName")) == name:
            found = _put(found, "Alias", _resolved(template, policy))
    return _put(found, "Fleet", _fleet(template, properties))


def _named(template: Template, name: str) -> str:
    """Id of the configuration that has that name."""
    for key, kind, node in template.resources():
        if name and kind == "AWS::CodeDeploy::DeploymentConfig":
            properties = section(_resolved(template, node), "Properties")
            if properties and text(properties.get("DeploymentConfigName")) == name:
                return key
    return ""


def _fleet(template: Template, properties: MapNode) -> MapNode | None:
    """The service or scaling group that is deployed to, if it stands in the template."""
    services = properties.get("ECSServices")
    first = services.items[0] if isinstance(services, ListNode) and services.items else services
    if isinstance(first, MapNode) and (found := template.resource(template.referred(first.get("ServiceName")))):
        return found
    groups = properties.get("AutoScalingGroups")
    if isinstance(groups, ListNode) and groups.items:
        return template.resource(template.referred(groups.items[0]))
    return None


def _hook(template: Template, node: MapNode) -> MapNode:
    """The hook with the ECS service it replaces the tasks of."""
    found = _resolved(template, node)
    applications = (section(found, "Properties") or found).get("Applications")
    first = applications.items[0] if isinstance(applications, ListNode) and applications.items else None
    target = section(first, "Target")
    return _put(found, "Fleet", template.resource(text(target.get("LogicalID"))) if target else None)


def _put(node: MapNode, name: str, value: MapNode | None) -> MapNode:
    return node if value is None else with_entry(node, name, value)


def desired(node: MapNode | None) -> ScalarNode | None:
    """How many a service or scaling group wants, if it says so plainly."""
    for name in ("DesiredCount", "DesiredCapacity", "MinSize"):
        found = node.get(name) if node else None
        if isinstance(found, ScalarNode) and found.text.isascii() and found.text.isdigit():
            return found
    return None
