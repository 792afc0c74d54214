"""Kubernetes' Deployment: what is read and refused, what its controller does sync by sync, and what is said of it."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drawdeploy
from deployments import MANIFEST, Teller, asked_for, counts, course, documents, manifest, read, told
from drawdeploy import source
from drawdeploy.controllers import kubernetes
from drawdeploy.controllers.asked import Asked, event
from drawdeploy.controllers.course import Course
from drawdeploy.controllers.kubernetes import pods, rules, simulate
from drawdeploy.controllers.kubernetes.spec import Batch, Deployment, ReplicaSet, State
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Outcome
from drawdeploy.words import LANGUAGES, Words, catalogue
from fidelity.rows import manifests

GOLDEN = Path(__file__).parent / "golden" / "kubernetes"
WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"
WIDEST_TITLE = 60

SURGE_ONLY = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"
NO_SURGE = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}"
RECREATE = "strategy: {type: Recreate}"
LIVE = "{observedGeneration: 3, replicas: %d, updatedReplicas: %d, readyReplicas: %d, availableReplicas: %d%s}"
EXCEEDED = ", conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]"


# --- courses as text -------------------------------------------------------------------------------------------------

SCENES: dict[str, tuple[str, tuple[str, ...]]] = {
    "default": (manifest(), ()),
    "three": (manifest(replicas=3), ()),
    "no-surge": (manifest(NO_SURGE, replicas=2), ()),
    "many-waves": (manifest(SURGE_ONLY, replicas=40), ()),
    "recreate": (manifest(RECREATE, replicas=3), ()),
    "min-ready": (manifest("minReadySeconds: 60", replicas=4), ()),
    "paused": (manifest("paused: true", replicas=4), ()),
    "nobody": (manifest(replicas=0), ()),
    "one-without-history": (manifest("revisionHistoryLimit: 0", replicas=1), ()),
    "slow": (manifest("progressDeadlineSeconds: 10", replicas=2), ()),
    "never-ready": (manifest(replicas=4), ("at sync 0: never ready",)),
    "never-ready-then-undo": (manifest(replicas=4), ("at sync 0: never ready", "at 90s: undo")),
    "never-ready-then-ready": (manifest(replicas=4), ("at sync 0: never ready", "at 90s: ready")),
    "never-ready-late": (manifest(replicas=4), ("at sync 2: never ready",)),
    "never-ready-soon-told": (manifest("progressDeadlineSeconds: 10", replicas=4), ("at sync 0: never ready",)),
    "no-probe": (MANIFEST.replace("readinessProbe", "livenessProbe"), ()),
    "min-ready-no-surge": (manifest("minReadySeconds: 60", NO_SURGE, replicas=1), ()),
    "scale-midway": (manifest(), ("at sync 3: scale 20",)),
    "scale-to-zero": (manifest(replicas=3), ("at sync 2: scale 0",)),
    "second-update": (manifest(), ("at sync 4: update v3",)),
    "undo-midway": (manifest(), ("at sync 4: undo",)),
    "undo-at-the-end": (manifest(replicas=2), ("at end: undo",)),
    "pause-and-resume": (manifest(), ("at 10s: pause", "at 2m: resume")),
    "pause-and-scale": (manifest(), ("at 10s: pause", "at 60s: scale 20")),
    "live-midway": (manifest(live=LIVE % (13, 5, 8, 8, "")), ()),
    "live-elsewhere": (manifest(live=LIVE % (13, 5, 10, 10, "")), ()),
    "live-stuck": (manifest(live=LIVE % (13, 5, 8, 8, EXCEEDED)), ()),
    "live-complete": (manifest(live=LIVE % (10, 10, 10, 10, "")), ()),
}


@pytest.mark.parametrize("scene", SCENES)
def test_golden_courses(scene: str) -> None:
    """Written anew as in test_plan_json.py; read the difference against the controller's rules."""
    text, events = SCENES[scene]
    found = told(text, *events) + "\n"
    file = GOLDEN / f"{scene}.txt"
    if WRITE:
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
def test_all_that_is_said_can_be_said_in_both_languages(scene: str, lang: str) -> None:
    text, events = SCENES[scene]
    assert told(text, *events, lang=lang)
    say = Teller(read(text), lang)
    for moment in course(text, *events).moments:
        assert say(moment.said)
        assert len(say(moment.title)) <= WIDEST_TITLE


def test_no_text_is_there_that_nobody_says() -> None:
    said = {note.message.key for text in NOTED.values() for note in read(text).notes}
    said |= {note.hint.key for text in NOTED.values() for note in read(text).notes}
    for text, events in SCENES.values():
        subject, wanted = read(text), asked_for(*events)
        found = kubernetes.course(subject, wanted)
        for index, moment in enumerate(found.moments):
            said |= {moment.said.key, moment.title.key, moment.text.key}
            said |= {told.text.key for told in (*moment.acts, *moment.checks)}
            said |= {kubernetes.back(subject, found, index, wanted).summary.key} if index else set()
        said |= {key for note in found.notes for key in (note.message.key, note.hint.key)}
    known = {f"kubernetes.{key}" for key in catalogue("en", "kubernetes")}
    assert said - {""} <= known
    # Ones that need a scene of their own, which would say nothing new about the controller.
    rare = {"title.wave.old.up", "title.wave.old.down", "title.wave.newer.up", "title.wave.newer.down"}
    rare |= {"text.recreate.both", "said.up.newer", "said.down.newer", "title.wave.new.down"}
    assert {key.removeprefix("kubernetes.") for key in known - said} <= rare | {
        key
        for key in catalogue("en", "kubernetes")
        if key.startswith(("back.", "title.end.waiting", "text.end.waiting"))
    }


# --- the controller's rules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replicas", "unavailable", "surge", "moves"),
    [
        (2, "1%", "0%", ["old -1", "new +1", "old -1", "new +1"]),
        (1, "1%", "0%", ["old -1", "new +1"]),
        (2, "25%", "1%", ["new +1", "old -1", "new +1", "old -1"]),
        (1, "25%", "1%", ["new +1", "old -1"]),
        (2, "0%", "1%", ["new +1", "old -1", "new +1", "old -1"]),
        (1, "0%", "1%", ["new +1", "old -1"]),
        (10, "25%", "25%", ["new +3", "old -2", "new +2", "old -5", "new +5", "old -3"]),
    ],
)
def test_the_order_of_moves(replicas: int, unavailable: str, surge: str, moves: list[str]) -> None:
    """The first six are those that the comment above ``ResolveFenceposts`` tells."""
    deployment = Deployment(replicas, surge=surge, unavailable=unavailable)
    assert simulate.order_of_moves(deployment) == moves


def test_a_broken_version_takes_no_more_old_pods_with_it() -> None:
    """The two cases that ``reconcileOldReplicaSets`` tells: 10 replicas, 2 may be unavailable, 3 more may run."""
    stuck = ReplicaSet("new", 5, 0, born=1)
    wounded = ReplicaSet("old", 8, 7)
    assert rules.reconcile_old([wounded], stuck, 10, 2) == [8], "no further"
    assert rules.reconcile_old([stuck], wounded, 10, 2) == [1], "undone: 4 of the broken ones go"
    assert rules.reconcile_old([ReplicaSet("old", 8, 8), stuck], ReplicaSet("newer"), 10, 2) == [8, 0], "rolled over"


def test_unhealthy_pods_go_first_and_the_oldest_set_before_the_others() -> None:
    oldest, middle = ReplicaSet("old", 4, 3), ReplicaSet("old", 4, 2, born=1)
    assert rules.cleanup_unhealthy([oldest, middle], 2) == [3, 3]
    assert rules.reconcile_old([oldest, middle], ReplicaSet("new", 2, 2, born=2), 8, 2) == [2, 2]


def test_a_set_that_does_not_know_its_part_keeps_the_part_it_has() -> None:
    sets = [ReplicaSet("old", 6, most=None), ReplicaSet("new", 4, born=1, most=None)]
    assert rules.proportional(sets, sets[1], 20, 0) == [12, 8]
    assert rules.proportional(sets, sets[1], 20, 0, "Recreate") == [6, 4]
    full = [ReplicaSet("old", 3), ReplicaSet("new", 5, 5, born=1, desired=5)]
    assert rules.proportional(full, full[1], 5, 1) == [0, 5]
    assert rules.proportional([], None, 5, 1) == []


def test_pods_that_are_not_up_yet_are_stopped_first() -> None:
    pace = pods.Pace(start=20, stop=30)
    one = ReplicaSet("old", 6, 3, rising=(Batch(1, 5, 5), Batch(1, 9, 9)), failed=1)
    assert pods.resized(one, 3, 0, pace) == ReplicaSet("old", 3, 3, stopping=(Batch(3, 30, 30),))
    assert pods.resized(one, 4, 0, pace).rising == (Batch(1, 5, 5),)
    assert pods.resized(one, 1, 0, pace).available == 1


# --- what always holds -----------------------------------------------------------------------------------------------

AMOUNTS = st.one_of(st.integers(0, 6), st.integers(0, 100).map(lambda n: f"{n}%"))
DEPLOYMENTS = st.builds(
    lambda n, surge, unavailable, ready: (n, surge, unavailable, ready),
    st.integers(1, 25),
    AMOUNTS,
    AMOUNTS,
    st.sampled_from((0, 7)),
).filter(lambda drawn: not (drawn[1] in (0, "0%") and drawn[2] in (0, "0%")))
PACES = st.fixed_dictionaries({"start_seconds": st.integers(0, 40), "stop_seconds": st.integers(0, 40)})


def built(drawn: tuple[int, Any, Any, int]) -> str:
    n, surge, unavailable, ready = drawn
    rolling = f"strategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}"
    return manifest(rolling, f"minReadySeconds: {ready}", replicas=n)


def check_bounds(found: Course, deployment: Deployment) -> None:
    """Never below n − U available, never above n + S: what ``status`` counts, without what stops."""
    n = deployment.replicas
    surge = rules.max_surge(deployment.strategy, deployment.surge, deployment.unavailable, n)
    unavailable = rules.max_unavailable(deployment.strategy, deployment.surge, deployment.unavailable, n)
    for moment in found.moments:
        status = pods.status(moment.state)
        assert n - unavailable <= status.available
        assert status.replicas <= n + surge


def check_moments(found: Course) -> None:
    for one, after in pairwise(found.moments):
        assert one.at + one.hold.seconds <= after.at
    for moment in found.moments:
        assert all(min(c.starting, c.available, c.failed, c.stopping) >= 0 for c in moment.crowds)
        state: State = moment.state
        there = {c.revision: c.starting + c.available + c.failed for c in moment.crowds}
        wanted: dict[str, int] = {}
        for one in state.sets:
            wanted[one.revision] = wanted.get(one.revision, 0) + one.spec
        assert {k: v for k, v in there.items() if v} == {k: v for k, v in wanted.items() if v}
    steps = [moment for moment in found.moments if moment.id]
    assert 1 <= len(steps) <= 12 or found.moments[-1].state is not None
    assert found.moments[-1].id, "the last one ends a step"


@given(drawn=DEPLOYMENTS, pace=PACES)
@settings(max_examples=60, derandomize=True, deadline=None)
def test_a_healthy_update_keeps_its_bounds_and_ends_all_new(drawn: tuple[int, Any, Any, int], pace: Any) -> None:
    subject, wanted = read(built(drawn)), Asked(**pace)
    found = kubernetes.course(subject, wanted)
    assert found.outcome is Outcome.PROMOTED
    assert counts(found.moments[-1]) == f"new {subject.replicas}"
    check_bounds(found, subject.spec)
    check_moments(found)
    assert len([moment for moment in found.moments if moment.id]) <= 13


@given(drawn=DEPLOYMENTS, pace=PACES, place=st.floats(0, 1))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_undo_ends_all_old_and_keeps_the_bounds(drawn: tuple[int, Any, Any, int], pace: Any, place: float) -> None:
    subject, wanted = read(built(drawn)), Asked(**pace)
    found = kubernetes.course(subject, wanted)
    index = 1 + int(place * (len(found.moments) - 2))
    back = kubernetes.back(subject, found, index, wanted)
    assert back.kind == "operator"
    assert back.moments[0] == found.moments[index]
    assert counts(back.moments[-1]) == f"old {subject.replicas}"
    check_bounds(Course(found.groups, back.moments, Outcome.ABORTED), subject.spec)


EVENTS = st.lists(
    st.builds(
        lambda second, what: f"at {second}s: {what}",
        st.integers(0, 120),
        st.sampled_from(
            ("update", "undo", "pause", "resume", "scale 3", "scale 15", "scale 0", "never ready", "ready")
        ),
    ),
    max_size=4,
)


@given(drawn=DEPLOYMENTS, events=EVENTS, recreate=st.booleans())
@settings(max_examples=150, derandomize=True, deadline=None)
def test_whatever_happens_the_run_comes_to_an_end(drawn: Any, events: list[str], recreate: bool) -> None:
    text = manifest(RECREATE, replicas=drawn[0]) if recreate else built(drawn)
    subject, wanted = read(text), asked_for(*events)
    try:
        found = kubernetes.course(subject, wanted)
    except DrawDeployError as error:
        assert all(fault.hint for fault in error.faults)
        return
    check_moments(found)
    for index in {1, len(found.moments) // 2, len(found.moments) - 1}:
        kubernetes.back(subject, found, index, wanted)


# --- events ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "message", "hint"),
    [
        ("at sync 1: abort", "a Deployment knows no 'abort'", "'undo' is the operator's way back"),
        ("at sync 1: promote", "a Deployment knows no 'promote'", "waits for nobody"),
        ("at end: delete", "a Deployment knows no 'delete'", "one of: update, undo"),
        ("at step 1: undo", "the manifest of a Deployment has no steps", "at sync 3"),
        ("at sync 99: undo", "'at sync 99: undo' never comes about", "the run ends at sync 7"),
        ("at end: scale 100000", "100000 replicas are more than a plan can hold", "is the most"),
    ],
)
def test_an_event_that_a_deployment_cannot_have(told: str, message: str, hint: str) -> None:
    with pytest.raises(DrawDeployError) as error:
        course(manifest(), told)
    assert error.value.faults[0].message == message
    assert hint in error.value.faults[0].hint


def test_what_kubectl_refuses_is_refused() -> None:
    with pytest.raises(DrawDeployError, match="a paused Deployment cannot be undone"):
        course(manifest(), "at 10s: pause", "at 20s: undo")
    with pytest.raises(DrawDeployError, match="a third update"):
        course(manifest(), "at sync 1: update", "at sync 3: update")


def test_a_run_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "MOST_SYNCS", 40)
    with pytest.raises(DrawDeployError, match="more than 40 syncs"):
        course(manifest(SURGE_ONLY, replicas=30))


# --- reading ---------------------------------------------------------------------------------------------------------


def faults(text: str) -> list[str]:
    with pytest.raises(DrawDeployError) as error:
        read(text)
    return [f"{fault.where} {fault.message}" for fault in error.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("apps/v1", "apps/v2", "1:13 apiVersion: a Deployment has no version 'apps/v2'"),
        ("name: shop, gen", "gen", "3:11 metadata.name: is required"),
        ("name: shop, gen", "name: Shop, gen", "3:18 metadata.name: cannot be 'Shop'"),
        ("replicas: 10", "replicas: -1", "5:13 spec.replicas: must be between 0 and"),
        ("replicas: 10", "replicas: '3'", "5:13 spec.replicas: must be a whole number"),
        ("{matchLabels: {app: shop}}", "{matchLabels: {app: web}}", "8:24 spec.template.metadata.labels: do not match"),
        ("{matchLabels: {app: shop}}", "{}", "6:13 spec.selector: cannot be empty"),
        ("  selector: {matchLabels: {app: shop}}\n", "", "spec.selector: is required"),
        ("{labels: {app: shop}}", "{labels: {app: 1}}", "spec.template.metadata.labels['app']: must be a text"),
        ("- name: shop", "- tty: true", "spec.template.spec.containers[0].name: is required"),
        ("image: registry.example:5000/shop:v2", "tty: true", "spec.template.spec.containers[0].image: is required"),
        ("      containers:", "      restartPolicy: Never\n      containers:", "restartPolicy: must be Always"),
        ("      containers:", "      activeDeadlineSeconds: 5\n      containers:", "is not allowed in a Deployment"),
        (
            "readinessProbe:",
            "startupProbe: {successThreshold: 2}\n        readinessProbe:",
            "successThreshold: must be 1",
        ),
    ],
)
def test_what_the_api_server_refuses(old: str, new: str, said: str) -> None:
    assert old in MANIFEST
    assert any(said in fault for fault in faults(MANIFEST.replace(old, new)))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("strategy: {type: rollingUpdate}", "strategy.type: cannot be 'rollingUpdate'"),
        (
            "strategy: {type: Recreate, rollingUpdate: {}}",
            "rollingUpdate: must not be there where the type is Recreate",
        ),
        ("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}", "cannot be 0 where maxSurge is 0"),
        ("strategy: {rollingUpdate: {maxUnavailable: 101%}}", "cannot be more than 100%"),
        ("strategy: {rollingUpdate: {maxSurge: '5'}}", "maxSurge: must be a count or a percentage"),
        ("strategy: {rollingUpdate: {maxSurge: -1}}", "maxSurge: must be a count or a percentage"),
        ("strategy: {rollingUpdate: {maxSurge: 1.5}}", "maxSurge: must be a count or a percentage"),
        ("minReadySeconds: -1", "minReadySeconds: must be between"),
        ("minReadySeconds: 600", "progressDeadlineSeconds: must be more than minReadySeconds (600)"),
        ("revisionHistoryLimit: -1", "revisionHistoryLimit: must be between"),
        ("paused: 'yes'", "paused: must be true or false"),
    ],
)
def test_what_the_api_server_refuses_of_the_update(line: str, said: str) -> None:
    (fault,) = faults(manifest(line))
    assert said in fault


def test_all_faults_are_told_at_once_in_their_order() -> None:
    found = faults(manifest("paused: 3", "minReadySeconds: x", RECREATE[:-1] + ", rollingUpdate: {maxSurge: 1}}"))
    assert [fault.split(" ")[1] for fault in found] == [
        "spec.paused:",
        "spec.minReadySeconds:",
        "spec.strategy.rollingUpdate:",
    ]


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("{key: app, operator: In, values: [web, shop]}", True),
        ("{key: app, operator: NotIn, values: [web]}", True),
        ("{key: app, operator: NotIn, values: [shop]}", False),
        ("{key: app, operator: Exists}", True),
        ("{key: tier, operator: Exists}", False),
        ("{key: tier, operator: DoesNotExist}", True),
        ("{key: app, operator: Is}", False),
        ("{key: app, operator: In}", False),
        ("{operator: Exists, values: [a]}", False),
        ("{key: app}", False),
    ],
)
def test_selectors_by_expression(expression: str, met: bool) -> None:
    text = MANIFEST.replace("{matchLabels: {app: shop}}", f"{{matchExpressions: [{expression}]}}")
    if met:
        assert read(text).name == "shop"
    else:
        assert faults(text)


@pytest.mark.parametrize(
    ("api", "surge", "deadline", "history"),
    [
        ("apps/v1", "25%", 600, 10),
        ("apps/v1beta2", "25%", 600, 10),
        ("apps/v1beta1", "25%", 600, 2),
        ("extensions/v1beta1", 1, None, None),
    ],
)
def test_defaults_of_the_api_versions(api: str, surge: object, deadline: int | None, history: int | None) -> None:
    subject = read(MANIFEST.replace("apps/v1", api))
    spec: Deployment = subject.spec
    assert (spec.surge, spec.unavailable, spec.deadline, spec.history) == (surge, surge, deadline, history)
    assert [note.message.key for note in subject.notes] == ["kubernetes.note.old_api"] * (api != "apps/v1")
    bare = MANIFEST.replace("apps/v1", api).replace("  selector: {matchLabels: {app: shop}}\n", "")
    if api in ("apps/v1", "apps/v1beta2"):
        assert "spec.selector: is required" in faults(bare)[0]
    else:
        assert read(bare).replicas == 10


def test_one_bound_is_given_and_the_other_has_its_default() -> None:
    spec: Deployment = read(manifest("strategy: {rollingUpdate: {maxUnavailable: 0}}")).spec
    assert (spec.surge, spec.unavailable, spec.strategy) == ("25%", 0, "RollingUpdate")
    assert read(manifest("progressDeadlineSeconds: 2147483647")).spec.deadline is None
    assert read(manifest(replicas=None)).replicas == 1


@pytest.mark.parametrize(
    ("probe", "seconds", "probed"),
    [
        ("readinessProbe: {initialDelaySeconds: 5}", 10, True),
        ("readinessProbe: {initialDelaySeconds: 30, periodSeconds: 5}", 30, True),
        ("readinessProbe: {periodSeconds: 3, successThreshold: 3}", 9, True),
        ("readinessProbe: {periodSeconds: 0, successThreshold: 0}", 10, True),
        ("startupProbe: {periodSeconds: 20, failureThreshold: 5}", 20, False),
        ("startupProbe: {initialDelaySeconds: 45}\n        readinessProbe: {periodSeconds: 2}", 50, True),
        ("livenessProbe: {initialDelaySeconds: 99}", None, False),
    ],
)
def test_how_long_a_pod_takes_comes_from_its_probes(probe: str, seconds: int | None, probed: bool) -> None:
    subject = read(MANIFEST.replace("readinessProbe: {initialDelaySeconds: 5}", probe))
    assert (subject.start_seconds, subject.spec.probed) == (seconds, probed)


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("shop:v2", "v2"),
        ("registry.example:5000/shop", "latest"),
        ("shop@sha256:0123456789abcdef", "0123456789ab"),
        ("shop:v2@sha256:0123456789abcdef", "v2"),
    ],
)
def test_the_new_revision_is_called_by_its_image(image: str, tag: str) -> None:
    assert read(MANIFEST.replace("registry.example:5000/shop:v2", image)).new == tag


SCALER = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %s}
  minReplicas: 4
  maxReplicas: 8
"""


@pytest.mark.parametrize(
    ("replicas", "target", "wanted"),
    [(None, "shop", 4), (2, "shop", 4), (6, "shop", 6), (10, "shop", 8), (0, "shop", 0), (2, "cart", 2)],
)
def test_an_autoscaler_beside_it_bounds_the_replicas(replicas: int | None, target: str, wanted: int) -> None:
    subject = read(manifest(replicas=replicas, beside=SCALER % target))
    assert subject.replicas == wanted
    assert bool(subject.notes) == (target == "shop")


SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: shop-svc}\nspec: {selector: {app: shop}}\n"


@pytest.mark.parametrize(
    ("beside", "router"),
    [
        (SERVICE, "service"),
        (SERVICE + "---\nkind: Ingress\napiVersion: networking.k8s.io/v1\nspec: {backend: shop-svc}\n", "ingress"),
        (SERVICE + "---\nkind: Ingress\napiVersion: networking.k8s.io/v1\nspec: {backend: cart}\n", "service"),
        (
            SERVICE + "---\nkind: HTTPRoute\napiVersion: gateway.networking.k8s.io/v1\nspec: {name: shop-svc}\n",
            "gateway",
        ),
        (SERVICE + "---\nkind: VirtualService\napiVersion: networking.istio.io/v1\nhost: shop-svc.a.svc\n", "istio"),
        ("kind: Ingress\napiVersion: networking.k8s.io/v1\nspec: {backend: shop-svc}\n", "service"),
    ],
)
def test_what_leads_traffic_to_the_pods(beside: str, router: str) -> None:
    assert read(manifest(beside=beside)).router == router


NOTED = {
    "old_api": MANIFEST.replace("apps/v1", "apps/v1beta1"),
    "unsupported": manifest("podReplacementPolicy: TerminationComplete"),
    "no_probe": MANIFEST.replace("readinessProbe", "livenessProbe"),
    "all_unavailable.one": manifest("strategy: {rollingUpdate: {maxUnavailable: 1}}", replicas=1),
    "all_unavailable.many": manifest("strategy: {rollingUpdate: {maxUnavailable: 100%}}"),
    "both_zero": manifest("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 10%}}", replicas=5),
    "slow": MANIFEST.replace("readinessProbe:", "startupProbe: {failureThreshold: 90}\n        readinessProbe:"),
    "autoscaler": manifest(beside=SCALER % "shop"),
    "autoscaler_off": manifest(replicas=0, beside=SCALER % "shop"),
}


@pytest.mark.parametrize("key", NOTED)
def test_what_the_user_should_know(key: str) -> None:
    subject = read(NOTED[key])
    (note,) = subject.notes
    assert note.message.key == f"kubernetes.note.{key}"
    assert note.where is not None
    for lang in LANGUAGES:
        assert Teller(subject, lang).note(note)


# --- in the cluster --------------------------------------------------------------------------------------------------

REVISION = "deployment.kubernetes.io/revision"


def set_of(number: int, image: str, spec: int, available: int) -> str:
    return f"""apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: shop-{number}
  annotations: {{{REVISION}: '{number}', deployment.kubernetes.io/desired-replicas: '10'}}
  ownerReferences: [{{kind: Deployment, name: shop}}]
spec: {{replicas: {spec}, template: {{spec: {{containers: [{{image: {image}}}]}}}}}}
status: {{availableReplicas: {available}, readyReplicas: {available}}}
"""


def test_replica_sets_beside_it_tell_exactly_how_it_stands() -> None:
    """Two old sets and the new one; the Deployment's own counts could not tell which of them is short."""
    sets = "---\n".join(
        (set_of(4, "shop:v2", 3, 1), set_of(2, "shop:v0", 3, 2), set_of(3, "shop:v1", 5, 5), set_of(1, "shop:v", 0, 0))
    )
    text = manifest(live=LIVE % (11, 3, 8, 8, ""), beside=sets)
    text = text.replace("generation: 3", f"generation: 3, annotations: {{{REVISION}: '4'}}")
    assert (read(text).old, read(text).new) == ("v1", "v2")
    found = course(text)
    assert found.here == 1
    assert counts(found.moments[1]) == "old 7 +1, new 1 +2"
    state: State = found.moments[1].state
    assert [(one.spec, one.available, one.number) for one in state.sets] == [(0, 0, 1), (3, 2, 2), (5, 5, 3), (3, 1, 4)]
    assert counts(found.moments[-1]) == "new 10"


@pytest.mark.parametrize(
    ("live", "here"),
    [
        (LIVE % (10, 10, 10, 10, ""), "new 10"),
        (LIVE % (13, 5, 8, 8, ""), "old 8 −2, new 0 +5"),
        (LIVE % (13, 5, 13, 13, ""), "old 8, new 5"),
        ("{observedGeneration: 2, replicas: 10, updatedReplicas: 10, availableReplicas: 10}", "old 10"),
        ("{observedGeneration: 3}", "nobody"),
        ("{}", None),
        ("{observedGeneration: 3, replicas: many, conditions: no}", "nobody"),
    ],
)
def test_you_are_here(live: str, here: str | None) -> None:
    found = course(manifest(live=live))
    assert (None if found.here is None else counts(found.moments[found.here])) == here
    assert found.outcome is Outcome.PROMOTED
    assert course(manifest(live=live), from_start=True) == course(manifest())


def test_the_revision_before_has_a_number_if_nothing_else() -> None:
    text = MANIFEST.replace("generation: 3", f"annotations: {{{REVISION}: '7'}}")
    assert read(text).old == "revision 6"
    assert read(MANIFEST).old == ""


# --- with everything around it ---------------------------------------------------------------------------------------


def test_a_manifest_becomes_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(manifest(), encoding="utf-8")
    plan = drawdeploy.plan("shop.yaml").plan
    assert [step.id for step in plan.steps] == ["replace", "replace", "complete"]
    assert [pool.count(*pool_phases) for pool in plan.steps[0].after.pools for pool_phases in [("serving",)]] == [8, 0]
    assert plan.outcome is Outcome.PROMOTED
    assert plan.service.new == "v2"
    Path("none.yaml").write_text(manifest(replicas=0), encoding="utf-8")
    assert drawdeploy.plan("none.yaml").plan.outcome is Outcome.UNCHANGED
    outage = drawdeploy.plan("shop.yaml", event="at sync 0: never ready").plan
    assert outage.outcome is Outcome.FAILED


def test_pods_that_start_and_stop_are_in_the_picture_of_a_large_pool(tmp_path: Path, monkeypatch: Any) -> None:
    """Where Pods are drawn as stacks, a picture between two waves must not look as if nothing were going on."""
    from drawdeploy.model import Phase
    from drawdeploy.picture.grid import decide

    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(manifest(replicas=20), encoding="utf-8")
    plan = drawdeploy.plan("shop.yaml").plan
    grid = decide(plan, [Words("en")], brief=False)
    assert grid.mode == "stacks"
    assert grid.phases == (Phase.SERVING, Phase.STARTING, Phase.STOPPING)
    usual = drawdeploy.plan("rollout", replicas=20).plan
    assert decide(usual, [Words("en")], brief=False).phases == (Phase.SERVING, Phase.STANDBY, Phase.READY)


def test_every_public_deployment_is_read_or_refused() -> None:
    if not manifests().is_dir():
        pytest.skip("the folder of public manifests is not here")
    seen = 0
    for path in sorted(manifests().rglob("*.yaml")):
        try:
            found = documents(path.read_text(encoding="utf-8"))
        except DrawDeployError:
            continue  # a template, or tags that another controller reads
        for document in found.of("Deployment"):
            subject = kubernetes.read(document, found)
            assert kubernetes.course(subject, Asked()).outcome in (Outcome.PROMOTED, Outcome.UNCHANGED)
            seen += 1
    assert seen >= 8


def test_the_room_is_light_until_it_is_used() -> None:
    """The package says what it is for without loading how."""
    assert kubernetes.ID == "kubernetes"
    assert {kind for _, kind in kubernetes.KINDS} == {"Deployment"}
    assert isinstance(Words("en").get("kubernetes.said.before"), str)
    assert source.load(MANIFEST, "x") and event("at end: undo").what == "undo"
