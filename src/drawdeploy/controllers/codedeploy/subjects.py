"""Puts together what an input says of one deployment."""

from __future__ import annotations

from drawdeploy.controllers.codedeploy import appspec, configs, groups
from drawdeploy.controllers.codedeploy.appspec import AppSpec
from drawdeploy.controllers.codedeploy.configs import ECS, LAMBDA, SERVER
from drawdeploy.controllers.codedeploy.fields import Properties
from drawdeploy.controllers.codedeploy.resources import DEPLOYMENT_GROUP, FUNCTION, GROUP, HOOK, MACHINE
from drawdeploy.controllers.codedeploy.spec import IN_PLACE, REPLACE, Spec
from drawdeploy.controllers.course import Note, Subject
from drawdeploy.controllers.documents import Document, Documents
from drawdeploy.model import Phrase, Text
from drawdeploy.value import replace
from drawdeploy.words import LANGUAGES, Words

_USES = {
    DEPLOYMENT_GROUP: ("Properties.DeploymentConfigName", "Properties.BlueGreenDeploymentConfiguration"),
    FUNCTION: ("Properties.DeploymentPreference",),
    MACHINE: ("Properties.DeploymentPreference",),
    HOOK: ("Properties.TrafficRoutingConfig", "Properties.AdditionalOptions"),
}
_CITES = (
    "https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html",
    "https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html",
)
_HOSTS_CITE = "https://docs.aws.amazon.com/codedeploy/latest/userguide/instances-health.html"


def subject(document: Document, documents: Documents) -> Subject:
    """Reads an AppSpec, or a resource of a template.

    Raises:
        DrawDeployError: CodeDeploy, SAM or CloudFormation would refuse it.
    """
    if document.group == GROUP:
        return _resource(document, documents)
    said = appspec.read(document)
    beside = _group_beside(said.platform, documents)
    if beside is not None:
        fields = Properties(beside)
        spec = groups.group(fields, said.hooks)
        fields.finish()
        return _made(document, spec, said, beside.name, fields.notes(*_USES[DEPLOYMENT_GROUP]))
    note = Note(Phrase("codedeploy.note.no_group"), Phrase("codedeploy.hint.no_group"), document.where)
    return _made(document, _alone(said), said, said.name, (note,))


def _alone(said: AppSpec) -> Spec:
    """An AppSpec without a deployment group: what applies by default."""
    config = configs.PREDEFINED[configs.DEFAULTS[said.platform]]
    return Spec(
        platform=said.platform,
        style=IN_PLACE if said.platform == SERVER else REPLACE,
        config=config,
        hooks=said.hooks,
        test_listener=any(hook.event == "AfterAllowTestTraffic" for hook in said.hooks),
        replicas=1 if said.platform == LAMBDA else 3,
    )


def _group_beside(platform: str, documents: Documents) -> Document | None:
    """The one deployment group of a platform in the same input."""
    found = [document for document in documents.of(DEPLOYMENT_GROUP, GROUP) if _platform(document) == platform]
    return found[0] if len(found) == 1 else None


def _platform(document: Document) -> str:
    return groups.group(Properties(document)).platform


def stands_beside(document: Document, documents: Documents) -> bool:
    """Whether a deployment group is told with the AppSpec of the same input, and so not by itself."""
    if document.kind != DEPLOYMENT_GROUP:
        return False
    told = {appspec.platform_of(found) for found in documents.of(appspec.KIND, "codedeploy")}
    return any(_group_beside(platform, documents) is document for platform in told)


def _resource(document: Document, documents: Documents) -> Subject:
    fields = Properties(document)
    makers = {
        DEPLOYMENT_GROUP: groups.group,
        FUNCTION: groups.function,
        MACHINE: groups.state_machine,
        HOOK: groups.hook,
    }
    spec = makers[document.kind](fields)
    fields.finish()
    return _made(document, spec, AppSpec(spec.platform, spec.hooks), document.name, fields.notes(*_USES[document.kind]))


def _made(document: Document, spec: Spec, said: AppSpec, name: str, notes: tuple[Note, ...]) -> Subject:
    spec = replace(spec, hooks=tuple(hook for hook in spec.hooks if hook.event in spec.lifecycle))
    kind = {ECS: "ecs", LAMBDA: "lambda", SERVER: "hosts"}.get(spec.platform, "state_machine")
    key = f"{kind}_in_place" if spec.style == IN_PLACE else kind
    if not spec.config_known:
        values = (("config", spec.config.name),)
        hint = Phrase("codedeploy.hint.config")
        notes = (*notes, Note(Phrase("codedeploy.note.config", values=values), hint, document.where))
    return Subject(
        controller="codedeploy",
        kind=document.kind or "AppSpec",
        name=name,
        namespace="",
        where=document.where,
        spec=spec,
        strategy=f"codedeploy-{key.replace('_', '-')}",
        title=_text(f"codedeploy.title.{key}"),
        summary=_text(f"codedeploy.summary.{key}"),
        replicas=spec.replicas,
        old=said.old,
        new=said.new,
        router="aws",
        notes=(*notes, *said.notes),
        cites=(*_CITES, _HOSTS_CITE) if spec.platform == SERVER else _CITES,
    )


def _text(key: str) -> Text:
    return Text(*(Words(lang).get(key) for lang in LANGUAGES))
