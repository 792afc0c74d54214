"""Argo Rollouts: what is read and refused, what happens on the way, and what always holds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdeploy.controllers import argo, controller_of, documents, subjects
from drawdeploy.controllers.argo import counts, simulate
from drawdeploy.controllers.argo.spec import Canary, Pause, Spec, Step, Switch
from drawdeploy.controllers.argo.weights import Scale
from drawdeploy.controllers.argo.world import Timing, World
from drawdeploy.controllers.asked import Asked, event
from drawdeploy.controllers.course import Back, Course, Subject
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Outcome
from drawdeploy.source import load

HEAD = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  replicas: 10
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: web, image: "shop:1.4"}]}
  strategy:
"""
ROUTED = """\
    canary:
      stableService: a
      canaryService: b
      trafficRouting: {istio: {virtualService: {name: shop}}}
"""
ASKED = Asked(start_seconds=10, stop_seconds=5)
TIMING = Timing(10, 5)


def subject(text: str) -> Subject:
    found = documents([(load(text, "shop.yaml", tags=True), text)])
    document, controller = subjects(found)[0]
    assert controller.ID == "argo"
    return controller.read(document, found)


def course(text: str, *events: str, **asked: Any) -> Course:
    options = {"start_seconds": 10, "stop_seconds": 5, **asked}
    return argo.course(subject(text), Asked(**options, events=tuple(event(one) for one in events)))


def ids(found: Course) -> list[str]:
    return [moment.id for moment in found.moments if moment.id]


def notes(found: Any) -> list[str]:
    return [note.message.key for note in found.notes]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_other_rollout_is_not_ours() -> None:
    """`rollouts.kruise.io` has a kind of the same name."""
    text = HEAD.replace("argoproj.io/v1alpha1", "rollouts.kruise.io/v1beta1") + "    canary: {}\n"
    found = documents([(load(text, "x.yaml"), text)])
    assert controller_of(found.items[0]) is None


REFUSED = [
    ("    canary: {maxSurge: 0, maxUnavailable: 0}\n", "11:24", "spec.strategy.canary.maxSurge: and maxUnavailable"),
    ("    canary: {steps: [{setWeight: 120}]}\n", "11:34", "steps[0].setWeight: must be between 0 and 100, and is 120"),
    ("    canary: {steps: [{pause: {duration: 1d}}]}\n", "11:41", "steps[0].pause.duration: is no duration"),
    ("    canary: {steps: [{setCanaryScale: {replicas: 2}}]}\n", "11:39", "trafficRouting: is missing: setCanaryScale"),
    ("    canary: {steps: [{setWeight: 5, pause: {}}]}\n", "11:22", "steps[0]: has setWeight and pause"),
    ("    canary: {steps: [{}]}\n", "11:22", "steps[0]: does nothing"),
    ("    canary: {dynamicStableScale: true}\n", "11:34", "dynamicStableScale: goes only with trafficRouting"),
    ("    canary: {setps: []}\n", "11:21", "spec.strategy.canary.setps: unknown field"),
    ("    canary: {}\n    blueGreen: {activeService: a}\n", "11:5", "spec.strategy: has both canary and blueGreen"),
    ("    blueGreen: {activeService: a, previewService: a}\n", "11:32", "activeService: is the preview service too"),
    (
        "    blueGreen: {previewService: a, autoPromotionSeconds: x, activeService: b}\n",
        "11:58",
        "must be a whole number",
    ),
    (
        ROUTED + "      dynamicStableScale: true\n      scaleDownDelaySeconds: 5\n",
        "15:27",
        "does not go with scaleDown",
    ),
    (ROUTED.replace("{istio", "{maxTrafficWeight: 1000, istio"), "14:42", "maxTrafficWeight: is known to nginx and"),
    (ROUTED + "      steps: [{setHeaderRoute: {name: x}}]\n", "15:32", "managedRoutes: is missing: setHeaderRoute"),
]


@pytest.mark.parametrize(("strategy", "place", "message"), REFUSED)
def test_what_the_controller_refuses_is_refused(strategy: str, place: str, message: str) -> None:
    """With the field's path, and the place it stands at."""
    with pytest.raises(DrawDeployError) as caught:
        subject(HEAD + strategy)
    said = [f"{fault.where}: {fault.message}" for fault in caught.value.faults]
    assert any(one.startswith(f"shop.yaml:{place}: ") and message in one for one in said), said


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = (
        HEAD.replace("  selector: {matchLabels: {app: shop}}\n", "") + "    canary: {steps: [{setWeight: 101}, {}]}\n"
    )
    with pytest.raises(DrawDeployError) as caught:
        subject(text)
    assert len(caught.value.faults) == 3


def test_an_analysis_that_is_waited_for_must_end() -> None:
    """Beside the steps it may go on for ever; in one of them the controller refuses it."""
    template = """---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors}
spec: {metrics: [{name: rate, interval: 1m}]}
"""
    subject(HEAD + "    canary: {analysis: {templates: [{templateName: errors}]}}\n" + template)
    with pytest.raises(DrawDeployError, match="metric 'rate' of this template is measured for ever"):
        subject(HEAD + "    canary: {steps: [{analysis: {templates: [{templateName: errors}]}}]}\n" + template)


def test_a_surge_without_a_percent_sign_is_a_percentage_too() -> None:
    assert counts.limits("25", "25", 10) == counts.limits("25%", "25%", 10) == (3, 2)


def test_what_stands_beside_it_is_used() -> None:
    """Its Deployment gives image and probe, its autoscaler the replicas, its template the length of an analysis."""
    text = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  minReadySeconds: 7
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  strategy: {canary: {steps: [{setWeight: 50}, {analysis: {templates: [{templateName: errors}]}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  template:
    spec: {containers: [{name: web, image: "registry:5000/shop:2.0", readinessProbe: {initialDelaySeconds: 8}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec: {scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: shop}, minReplicas: 6, maxReplicas: 9}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors}
spec: {metrics: [{name: a, interval: 1m, count: 5}, {name: b, initialDelay: 30s}]}
"""
    found = documents([(load(text, "x.yaml"), text)])
    assert [document.kind for document, _ in subjects(found)] == ["Rollout"]
    read = subject(text)
    assert (read.replicas, read.new, read.start_seconds, read.spec.min_ready) == (6, "2.0", 10, 7)
    strategy = read.spec.strategy
    assert strategy.steps[1].analysis.seconds == 4 * 60  # the first of five is measured at once
    made = argo.course(read, ASKED)
    checks = [check for moment in made.moments for check in moment.checks]
    assert [(check.seconds, dict(check.text.values)["names"]) for check in checks] == [(240, "errors")]


def test_a_live_object_is_somewhere_in_its_run() -> None:
    """At the pause after 40 %, with four Pods of the new revision."""
    steps = "    canary: {steps: [{setWeight: 20}, {pause: {}}, {setWeight: 40}, {pause: {}}, {setWeight: 60}]}\n"
    status = """\
status:
  currentPodHash: b
  stableRS: a
  currentStepIndex: 3
  updatedReplicas: 4
  pauseConditions: [{reason: CanaryPauseStep, startTime: "2026-01-01T00:00:00Z"}]
"""
    made = course(HEAD + steps + status)
    assert made.here is not None
    assert (made.moments[made.here].index, made.moments[made.here].id) == (3, "set-weight-40")
    assert course(HEAD + steps + status, from_start=True).here is None


# --- what happens ----------------------------------------------------------------------------------------------------

STEPS = "      steps: [{setWeight: 20}, {pause: {}}, {setWeight: 60}, {pause: {duration: 60}}]\n"


def test_a_canary_with_a_router_step_by_step() -> None:
    made = course(HEAD + ROUTED + STEPS)
    assert ids(made) == ["set-weight-20", "set-weight-60", "promote", "scale-down-old"]
    ends = [moment for moment in made.moments if moment.id]
    assert [dict(moment.weights).get("canary", 0) for moment in ends] == [Fraction(1, 5), Fraction(3, 5), 1, 1]
    assert [moment.hold.approvals for moment in ends] == [1, 0, 0, 0]
    assert ends[1].hold.seconds <= 60
    assert made.outcome is Outcome.PROMOTED


def test_the_weight_waits_for_the_pods() -> None:
    """No moment sends the canary more than its available Pods were scaled for."""
    made = course(HEAD + ROUTED + STEPS)
    for moment in made.moments:
        available = {crowd.pool: crowd.available for crowd in moment.crowds}
        assert dict(moment.weights).get("canary", Fraction(0)) * 10 <= available.get("canary", 0)


EVENTS = [
    (("at step 2: abort",), Outcome.ABORTED, "abort"),
    (("at step 1: abort", "at end: retry"), Outcome.PROMOTED, "scale-down-old"),
    (("at step 1: promote full",), Outcome.PROMOTED, "promote"),
    (("at end: undo",), Outcome.ABORTED, "promote-2"),
    (("at step 0: never ready",), Outcome.FAILED, "never-ready"),
    (("at step 0: never ready", "at 60s: ready"), Outcome.PROMOTED, "promote"),
    (("at step 1: pause",), Outcome.WAITING, "pause"),
    (("at step 1: pause", "at end: resume"), Outcome.PROMOTED, "promote"),
    (("at step 2: update v3",), Outcome.PROMOTED, "set-weight-20-2"),
    (("at step 2: scale 20",), Outcome.PROMOTED, "scale-replicas"),
]


@pytest.mark.parametrize(("events", "outcome", "step"), EVENTS)
def test_events(events: tuple[str, ...], outcome: Outcome, step: str) -> None:
    made = course(HEAD + ROUTED + STEPS, *events)
    assert made.outcome is outcome
    assert step in ids(made)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("at step 4: abort", "there is no step 4"),
        ("at end: abort", "nothing to abort"),
        ("at step 1: retry", "nothing to retry"),
        ("at step 1: fail", "nothing is analysed"),
        ("at end: delete", "has no 'delete'"),
    ],
)
def test_events_that_cannot_happen(told: str, message: str) -> None:
    with pytest.raises(DrawDeployError, match=message):
        course(HEAD + ROUTED + STEPS, told)


def test_an_analysis_that_fails_aborts_and_one_without_an_answer_pauses() -> None:
    text = HEAD + ROUTED + "      analysis: {templates: [{templateName: t}]}\n" + STEPS
    assert course(text, "at step 1: fail").outcome is Outcome.ABORTED
    assert course(text, "at step 1: inconclusive").outcome is Outcome.WAITING
    assert course(text, "at step 1: inconclusive", "at end: promote").outcome is Outcome.PROMOTED


def test_the_deadline_aborts_if_it_is_told_to() -> None:
    text = HEAD.replace("replicas: 10", "replicas: 10\n  progressDeadlineAbort: true") + ROUTED + STEPS
    assert course(text, "at step 0: never ready").outcome is Outcome.ABORTED


# --- warnings --------------------------------------------------------------------------------------------------------


def test_more_traffic_than_the_pods_can_carry_is_warned_of() -> None:
    """The documented trap: 90 % of the traffic on 10 % of the Pods."""
    trap = "      steps: [{setCanaryScale: {weight: 10}}, {setWeight: 90}, {pause: {}}]\n"
    made = course(HEAD + ROUTED + trap)
    (note,) = [note for note in made.notes if note.message.key == "argo.note.overload"]
    assert dict(note.message.values) == {"weight": Fraction(9, 10), "pods": 1, "load": "9", "replicas": 10}
    assert notes(course(HEAD + ROUTED + STEPS)) == []


def test_surge_does_not_throttle_a_router() -> None:
    assert notes(subject(HEAD + ROUTED + "      maxSurge: 1\n" + STEPS)) == ["argo.note.surge"]
    assert notes(subject(HEAD + "    canary:\n      maxSurge: 1\n" + STEPS)) == []


def test_weights_that_whole_pods_cannot_give_are_warned_of() -> None:
    few = HEAD.replace("replicas: 10", "replicas: 3")
    assert notes(course(few + "    canary:\n" + STEPS)) == ["argo.note.missed"]
    assert notes(course(HEAD + "    canary:\n" + STEPS)) == []


# --- ways back -------------------------------------------------------------------------------------------------------


def backs(text: str) -> list[tuple[str, Back]]:
    read = subject(text)
    made = argo.course(read, ASKED)
    return [(m.id, argo.back(read, made, index, ASKED)) for index, m in enumerate(made.moments) if m.id]


def test_an_abort_of_a_router_sends_traffic_back_at_once() -> None:
    """And the canary runs on without traffic, for `abortScaleDownDelaySeconds`."""
    ways = dict(backs(HEAD + ROUTED + STEPS))
    back = ways["set-weight-60"]
    assert (back.kind, back.summary.key) == ("controller", "argo.back.routed")
    assert back.moments[1].at == back.moments[0].at
    assert dict(back.moments[1].weights) == {"stable": 1, "canary": 0}
    kept = [
        m.at - back.moments[0].at for m in back.moments if any(c.pool == "canary" and c.available for c in m.crowds)
    ]
    assert max(kept) < 30 <= back.moments[-1].at - back.moments[0].at
    assert ways["scale-down-old"].kind == "operator"


def test_an_old_set_that_still_stands_by_is_switched_to_at_once() -> None:
    text = HEAD + "    blueGreen: {activeService: a, previewService: b, autoPromotionEnabled: false}\n"
    ways = dict(backs(text))
    assert [ways[step].summary.key for step in ("preview", "switch-active", "scale-down-old")] == [
        "argo.back.preview",
        "argo.back.undo.fast",
        "argo.back.undo.switch",
    ]
    fast = ways["switch-active"].moments
    assert sum(moment.hold.approvals for moment in fast) == 0
    first = next(moment for moment in fast if dict(moment.services)["active"] == "active")
    assert first.at == fast[0].at


# --- what always holds -----------------------------------------------------------------------------------------------

amounts = st.one_of(st.integers(0, 6), st.integers(0, 100).map(lambda n: f"{n}%"))
pauses = st.sampled_from([Pause(), Pause(0), Pause(30)]).map(lambda pause: Step(pause=pause))
plain = st.one_of(st.integers(0, 100).map(lambda n: Step(weight=n)), pauses)
scales = st.one_of(
    st.integers(0, 12).map(lambda n: Scale(replicas=n)),
    st.integers(0, 150).map(lambda n: Scale(weight=n)),
    st.just(Scale(match_traffic=True)),
).map(lambda scale: Step(scale=scale))


@st.composite
def basics(draw: st.DrawFn) -> Spec:
    surge, unavailable = draw(amounts), draw(amounts)
    if surge in (0, "0%") and unavailable in (0, "0%"):
        surge = 1
    steps = tuple(draw(st.lists(plain, max_size=5)))
    return Spec(draw(st.integers(0, 12)), Canary(steps=steps, surge=surge, unavailable=unavailable))


@st.composite
def routed(draw: st.DrawFn) -> Spec:
    canary = Canary(
        steps=tuple(draw(st.lists(st.one_of(plain, scales), max_size=6))),
        routed=True,
        dynamic=draw(st.booleans()),
        minimum=draw(st.one_of(st.none(), st.integers(1, 4))),
        abort_delay=draw(st.sampled_from([None, 5, 60])),
    )
    return Spec(draw(st.integers(0, 12)), canary)


@st.composite
def switches(draw: st.DrawFn) -> Spec:
    replicas = draw(st.integers(0, 8))
    switch = Switch(
        active="a",
        preview=draw(st.sampled_from(["", "b"])),
        preview_count=draw(st.one_of(st.none(), st.integers(0, 8))),
        auto=draw(st.booleans()),
        auto_seconds=draw(st.sampled_from([0, 20])),
    )
    return Spec(replicas, switch)


def runs(spec: Spec) -> list[World]:
    return simulate.run(spec, simulate.updated(simulate.begin(spec, TIMING)), TIMING)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(basics())
def test_a_basic_canary_stays_within_surge_and_unavailable(spec: Spec) -> None:
    assert isinstance(spec.strategy, Canary)
    surge, unavailable = counts.limits(spec.strategy.surge, spec.strategy.unavailable, spec.replicas)
    worlds = runs(spec)
    for world in worlds:
        assert sum(pods.spec for pods in world.sets) <= spec.replicas + surge
        assert sum(pods.available for pods in world.sets) >= spec.replicas - unavailable
    assert simulate.outcome(worlds[-1]) is Outcome.PROMOTED


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.one_of(routed(), switches()))
def test_every_run_ends_promoted_with_all_pods_and_all_traffic(spec: Spec) -> None:
    worlds = runs(spec)
    end = worlds[-1]
    assert simulate.outcome(end) is Outcome.PROMOTED
    assert [(pods.key, pods.available) for pods in end.sets] == [("old", 0), ("new", spec.replicas)]
    assert end.weight == 0 or end.target == end.serving


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.one_of(basics(), routed(), switches()), st.integers(1, 40))
def test_an_abort_ends_at_a_complete_stable(spec: Spec, moment: int) -> None:
    """From wherever it is asked for, as long as nothing is promoted."""
    worlds = [world for world in runs(spec) if not world.promoted]
    world = worlds[min(moment, len(worlds) - 1)]
    end = simulate.run(spec, world, TIMING, (event("at sync 0: abort"),))[-1]
    assert end.aborted
    assert end.weight == 0
    assert end.active == "old"
    stable = end.steady
    assert stable is not None
    assert stable.available == spec.replicas
    assert all(pods.available == 0 for pods in end.sets if pods.key != "old")


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.one_of(basics(), routed(), switches()))
def test_moments_are_whole_and_in_order(spec: Spec) -> None:
    from drawdeploy.controllers.argo import tell

    moments = tell.moments(spec, runs(spec))
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    for moment in moments:
        assert sum((part for _, part in moment.weights), Fraction(0)) in (0, 1)
    steps = [moment.id for moment in moments if moment.id]
    assert len(set(steps)) == len(steps)
    assert all(len(step) <= 40 for step in steps)
