"""What is said of a Deployment: titles of the whole, moments with their steps, and how the run came out."""

from __future__ import annotations

from collections.abc import Sequence

from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import REVISIONS, Crowd, Group, Moment
from drawdeploy.controllers.kubernetes import pods, rules
from drawdeploy.controllers.kubernetes.simulate import Sync, pace
from drawdeploy.controllers.kubernetes.spec import RECREATE, ROLLING, Deployment, State
from drawdeploy.controllers.kubernetes.steps import Ending, endings, kind_of
from drawdeploy.controllers.kubernetes.sync import surge, unavailable
from drawdeploy.model import Act, Check, CheckKind, Duration, Outcome, Phrase, Scalar, Text
from drawdeploy.value import replace

ROOM = "kubernetes"
CITES = (
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
    "https://github.com/kubernetes/kubernetes/tree/master/pkg/controller/deployment",
)
SLUGS = {ROLLING: "kubernetes-rolling", RECREATE: "kubernetes-recreate"}
_IDS = {
    "wave.both": "replace",
    "wave.up": "start",
    "wave.down": "stop",
    "end.promoted": "complete",
    "end.aborted": "restored",
    "end.failed": "stuck",
    "end.waiting": "waiting",
    "end.unchanged": "unchanged",
    "waits": "paused",
}
_NAME = 24
_BY = {
    "update": "pipeline",
    "undo": "operator",
    "scale": "operator",
    "pause": "operator",
    "resume": "operator",
    "waits": "operator",
}


def title(deployment: Deployment) -> Text:
    """Banner of the whole."""
    if deployment.strategy == RECREATE:
        return Text("Kubernetes Deployment: Recreate", "쿠버네티스 Deployment: Recreate")
    return Text("Kubernetes Deployment: rolling update", "쿠버네티스 Deployment: 롤링 업데이트")


def summary(deployment: Deployment) -> Text:
    """What it does, in a sentence or two."""
    if deployment.strategy == RECREATE:
        return Text(
            "All old Pods are stopped; the new ones start only when the last of them is gone. Nobody serves meanwhile.",
            "기존 Pod를 모두 종료하고, 마지막 Pod가 사라진 뒤에 새 Pod를 시작합니다. 그동안에는 서비스가 중단됩니다.",
        )
    n = deployment.replicas
    least, most = n - unavailable(deployment, n), n + surge(deployment, n)
    return Text(
        f"New Pods replace old ones as they become available: at least {least} of {n} stay available, "
        f"and no more than {most} run, not counting those that stop.",
        "새 Pod가 사용 가능해지는 만큼 기존 Pod를 교체합니다. "
        f"{n}개 중 최소 {least}개를 유지하고, 종료 중인 것을 빼고 최대 {most}개까지 실행합니다.",
    )


def groups(log: Sequence[Sync]) -> tuple[Group, ...]:
    """The pools: one a revision."""
    newer = any(sync.state.template == REVISIONS[2] for sync in log)
    return tuple(Group(name, name, name, full=name == "old") for name in REVISIONS[: 3 if newer else 2])


def outcome(log: Sequence[Sync]) -> Outcome:
    """How the run came out."""
    state = log[-1].state
    if not state.replicas and not any(one.spec for sync in log for one in sync.state.sets):
        return Outcome.UNCHANGED
    if rules.complete(state.replicas, pods.status(state)):
        return Outcome.ABORTED if state.template == "old" else Outcome.PROMOTED
    return Outcome.FAILED if state.reason == rules.EXCEEDED else Outcome.WAITING


def moments(deployment: Deployment, asked: Asked, log: Sequence[Sync]) -> tuple[Moment, ...]:
    """Every sync as a moment; those that end a step are told as one."""
    ends = {ending.index: ending for ending in endings(log, deployment.min_ready)}
    told = []
    for index, sync in enumerate(log):
        moment = _moment(sync, said(sync) if index else Phrase(f"{ROOM}.said.before"))
        if index in ends:
            moment = _step(moment, ends[index], deployment, asked, log)
        told.append(moment)
    return tuple(told)


def _moment(sync: Sync, line: Phrase) -> Moment:
    state = sync.state
    return Moment(at=state.now, crowds=crowds(state), status=state.reason, said=line, state=state)


def crowds(state: State) -> tuple[Crowd, ...]:
    """Who is there, by revision."""
    found = []
    for revision in REVISIONS:
        sets = [one for one in state.sets if one.revision == revision]
        ready = sum(pods.ready(one, state) for one in sets)
        failed = sum(one.failed for one in sets)
        starting = sum(one.spec for one in sets) - ready - failed
        crowd = Crowd(revision, revision, starting, ready, failed, sum(pods.stopping(one) for one in sets))
        if crowd != Crowd(revision, revision):
            found.append(crowd)
    return tuple(found)


def said(sync: Sync) -> Phrase:
    """What one sync did, in a line."""
    state = sync.state
    cause = next(iter(sync.causes), None)
    if cause and (cause.what != "update" or not sync.changes):
        return _phrase(f"said.{kind_of(cause.what)}", n=state.replicas)
    if not sync.changes:
        key = "said.available" if sync.available and not sync.ready else "said.ready"
        return _phrase(key, n=sync.ready or sync.available)
    if len({change.after > change.before for change in sync.changes}) > 1 or len(sync.changes) > 1:
        sizes = ", ".join(f"{change.before} → {change.after}" for change in sync.changes)
        return _phrase("said.sets", sizes=sizes)
    change = sync.changes[0]
    way = "up" if change.after > change.before else "down"
    return _phrase(f"said.{way}.{change.revision}", n=abs(change.after - change.before), size=change.after)


def _phrase(key: str, **values: Scalar) -> Phrase:
    return Phrase(f"{ROOM}.{key}", values=tuple(values.items()))


def _step(moment: Moment, ending: Ending, deployment: Deployment, asked: Asked, log: Sequence[Sync]) -> Moment:
    state = moment.state
    replicas = state.replicas
    new = state.new
    values: dict[str, Scalar] = {
        "n": replicas,
        "up": ending.up,
        "down": ending.down,
        "size": new.spec if new else 0,
        "left": sum(one.spec for one in state.old),
        "ready": pods.ready(new, state) if new else 0,
        "serving": sum(crowd.available for crowd in moment.crowds),
        "least": replicas - unavailable(deployment, replicas),
        "most": replicas + surge(deployment, replicas),
        "newer": _newer(log),
        "time": Duration(deployment.min_ready),
        "deadline": Duration(deployment.deadline or 0),
    }
    key, text = _keys(ending, state, deployment, log)
    return replace(
        moment,
        id=_slug(key),
        title=_phrase(f"title.{key}", **values),
        text=_phrase(f"text.{text}", **values),
        acts=tuple(Act(_BY[what], _phrase(f"act.{what}")) for what in ending.whats if what in _BY),
        checks=_checks(ending, deployment, asked, values),
        hold=_hold(ending, asked, log),
    )


def _newer(log: Sequence[Sync]) -> str:
    """Name of the revision that comes in mid-run."""
    names = [cause.value for sync in log for cause in sync.causes if cause.what == "update" and cause.value]
    return names[-1][:_NAME] if names else REVISIONS[2]


def _slug(key: str) -> str:
    """Id of a step, from the key of its title."""
    parts = [part for part in key.split(".") if part not in REVISIONS]
    return _IDS.get(".".join(parts), parts[0]).replace("_", "-")


def _keys(ending: Ending, state: State, deployment: Deployment, log: Sequence[Sync]) -> tuple[str, str]:
    """Keys of a step's title and text."""
    if ending.kind == "wave":
        way = "both" if ending.up and ending.down else "up" if ending.up else "down"
        return f"wave.{state.template}.{way}", "wave" if deployment.strategy == ROLLING else f"recreate.{way}"
    if ending.kind == "end":
        last = ending.index == len(log) - 1
        kind = outcome(log) if last else Outcome.ABORTED if state.template == "old" else Outcome.PROMOTED
        return f"end.{kind}.{state.template}" if kind is Outcome.PROMOTED else f"end.{kind}", f"end.{kind}"
    if ending.kind == "waits":
        began = state.new is not None
        return "waits", "waits.midway" if began else "waits.before"
    return ending.kind, ending.kind


def _checks(ending: Ending, deployment: Deployment, asked: Asked, values: dict[str, Scalar]) -> tuple[Check, ...]:
    """Readiness is all that a Deployment waits for."""
    if ending.kind == "ready":
        return (Check(CheckKind.AUTOMATIC, "kubelet", _phrase("check.stays", **values), deployment.min_ready),)
    if not ending.up or ending.kind == "end":
        return ()
    key = "check.readiness" if deployment.probed else "check.started"
    return (Check(CheckKind.AUTOMATIC, "kubelet", _phrase(key, **values), pace(deployment, asked).start),)


def _hold(ending: Ending, asked: Asked, log: Sequence[Sync]) -> Duration:
    """How long it stays so: until the next sync that saw or did anything."""
    if ending.index + 1 >= len(log):
        return Duration()
    seconds = log[ending.index + 1].state.now - log[ending.index].state.now
    return Duration(seconds, 1 if ending.kind == "waits" else 0)
