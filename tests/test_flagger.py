"""Flagger: what it reads and refuses, what its runs look like, and the ways back from them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from drawdeploy.controllers import flagger
from drawdeploy.controllers.asked import Asked
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import CheckKind, Outcome
from flagger_manifests import CANARY, METRIC, ROUNDS, available, canary, course, deployment, hook, share, steps, subject


def _messages(error: DrawDeployError) -> list[str]:
    return [fault.message for fault in error.faults]


# --- reading ---------------------------------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], str]] = [
    (canary({"interval": "1m", "threshold": 1}), "spec.analysis: needs one of iterations, stepWeight and stepWeights"),
    (canary({**CANARY, "iterations": 5}), "spec.analysis.stepWeight: cannot stand beside 'iterations'"),
    (canary({**CANARY, "stepWeights": [5]}), "spec.analysis.stepWeights: cannot stand beside 'stepWeight'"),
    (canary({**CANARY, "interval": "1h"}), "spec.analysis.interval: no interval: '1h'"),
    (canary({"threshold": 1, "stepWeight": 1}), "spec.analysis: needs 'interval'"),
    (canary({"interval": "1m", "stepWeight": 1}), "spec.analysis: needs 'threshold'"),
    (canary({**CANARY, "stepWeight": 2.5}), "spec.analysis.stepWeight: must be a whole number"),
    (canary(provider="isto"), "spec.provider: cannot be 'isto'"),
    (canary(targetRef={"apiVersion": "v1", "kind": "StatefulSet", "name": "x"}), "spec.targetRef.kind: cannot be"),
    (canary(targetRef={"kind": "Deployment", "name": "x"}), "spec.targetRef: needs 'apiVersion'"),
    (canary(service={}), "spec.service: needs a port"),
    (canary({**CANARY, "webhooks": [{"name": "x"}]}), "spec.analysis.webhooks[0]: needs 'url'"),
    (canary({**CANARY, "webhooks": [hook("later")]}), "spec.analysis.webhooks[0].type: cannot be 'later'"),
    (canary({**CANARY, "metrics": [{}]}), "spec.analysis.metrics[0]: needs a name"),
    (canary({**CANARY, "metrics": [{**METRIC, "interval": "2h"}]}), "spec.analysis.metrics[0].interval: no interval"),
    (canary({**ROUNDS, "match": [{"headers": {"x": {}}}]}), "spec.analysis.match[0].headers['x']: needs exactly one"),
    (canary({**CANARY, "sessionAffinity": {}}), "spec.analysis.sessionAffinity: needs a cookieName"),
    (canary({**CANARY, "alerts": [{"name": "x"}]}), "spec.analysis.alerts[0]: needs 'providerRef'"),
    ({**canary(), "apiVersion": "flagger.app/v1alpha3"}, "apiVersion: no such version"),
]


@pytest.mark.parametrize(("made", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_the_api_server_or_flagger_refuses(made: dict[str, Any], message: str) -> None:
    with pytest.raises(DrawDeployError) as caught:
        subject(made)
    assert any(said.startswith(message) for said in _messages(caught.value)), _messages(caught.value)
    assert all(fault.where and fault.where.line for fault in caught.value.faults)


def test_a_canary_without_an_analysis_or_with_the_old_name_of_it() -> None:
    made = canary()
    made["spec"]["canaryAnalysis"] = made["spec"].pop("analysis")
    with pytest.raises(DrawDeployError) as caught:
        subject(made)
    assert caught.value.faults[0].hint == "rename 'canaryAnalysis' to 'analysis'"


def test_all_faults_at_once() -> None:
    with pytest.raises(DrawDeployError) as caught:
        subject(canary({"interval": "1h", "threshold": "x", "iterations": 1, "stepWeight": 1}, provider="no"))
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize(
    ("text", "seconds"), [("5s", 10), ("10s", 10), ("1m30s", 90), ("90sx", 60), ("500ms", 10), ("2m", 120)]
)
def test_how_often_flagger_looks(text: str, seconds: int) -> None:
    assert subject(canary({**CANARY, "interval": text})).spec.analysis.interval == seconds


HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "shop", "namespace": "prod"},
    "spec": {"minReplicas": 2, "maxReplicas": 9},
}
SCALED = {"autoscalerRef": {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "shop"}}

COUNTS: list[tuple[str, list[dict[str, Any]], int, int]] = [
    ("the target's count", [canary(), deployment(4)], 4, 4),
    ("a Deployment without a count has one", [canary(), deployment(None)], 1, 1),
    ("a target at 0 gets the primary's", [canary(), deployment(0), deployment(6, "shop-primary")], 6, 6),
    ("an autoscaler's least", [canary(**SCALED), deployment(0), deployment(6, "shop-primary"), HPA], 6, 2),
    ("no autoscaler to be found: 1", [canary(**SCALED), deployment(0), deployment(6, "shop-primary")], 6, 1),
    ("a count in the manifest goes before an autoscaler's", [canary(**SCALED), deployment(4), HPA], 4, 4),
    ("nothing known", [canary()], 3, 3),
]


@pytest.mark.parametrize(("made", "primary", "second"), [row[1:] for row in COUNTS], ids=[row[0] for row in COUNTS])
def test_how_many_instances(made: list[dict[str, Any]], primary: int, second: int) -> None:
    found = subject(*made)
    assert (found.replicas, found.spec.target.canary) == (primary, second)


def test_revisions_router_and_start_come_from_what_is_beside_it() -> None:
    target = deployment(3, minReadySeconds=5)
    target["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"initialDelaySeconds": 7}
    found = subject(canary(provider="gatewayapi:v1"), target, deployment(3, "shop-primary", "v1"))
    assert (found.old, found.new, found.router, found.start_seconds) == ("v1", "v2", "gateway", 10)
    assert found.spec.min_ready == 5


def _notes(*made: dict[str, Any], **asked: Any) -> set[str]:
    found = subject(*made)
    run = flagger.course(found, Asked(**asked))
    return {note.message.key.removeprefix("flagger.note.") for note in (*found.notes, *run.notes)}


NOTES: list[tuple[str, list[dict[str, Any]], set[str]]] = [
    ("20 up to 50 reaches 60", [canary(), deployment()], {"overshoot"}),
    ("25 up to 50 does not", [canary({**CANARY, "stepWeight": 25}), deployment()], set()),
    ("no step", [canary({**CANARY, "stepWeight": 0}), deployment()], {"no_end"}),
    ("above the whole", [canary({**CANARY, "maxWeight": 120}), deployment()], {"no_end"}),
    ("beside steps of its own", [canary({**ROUNDS, "maxWeight": 50}), deployment()], {"ignored"}),
    ("weights without a mesh", [canary(provider="kubernetes"), deployment()], {"plain_weights"}),
    ("no provider", [canary({**ROUNDS}, provider=None), deployment()], {"provider"}),
    ("no mirror", [canary({**ROUNDS, "mirror": True}, provider="linkerd"), deployment()], {"mirror"}),
    ("sticky", [canary({**ROUNDS, "sessionAffinity": {"cookieName": "c"}}), deployment()], {"affinity"}),
    ("no target", [canary(ROUNDS)], {"unknown"}),
    ("no checks", [canary({**ROUNDS, "metrics": []}), deployment()], {"unchecked"}),
    ("unknown label", [canary(ROUNDS), deployment(selector={"matchLabels": {"tier": "x"}})], {"labels"}),
    ("skipped", [canary(ROUNDS, skipAnalysis=True), deployment()], {"skip"}),
    ("suspended", [canary(ROUNDS, suspend=True), deployment()], {"suspend"}),
    (
        "few canary instances under an autoscaler",
        [canary(ROUNDS, **SCALED), deployment(0), deployment(6, "shop-primary"), HPA],
        {"load.many"},
    ),
]


@pytest.mark.parametrize(("made", "expected"), [row[1:] for row in NOTES], ids=[row[0] for row in NOTES])
def test_what_is_worth_knowing(made: list[dict[str, Any]], expected: set[str]) -> None:
    assert _notes(*made) == expected


def test_traffic_that_nobody_answers_is_said() -> None:
    strategy = {"rollingUpdate": {"maxUnavailable": 1}}
    run = course(canary({**CANARY, "stepWeight": 50}), deployment(1, strategy=strategy))
    promote = next(moment for moment in run.moments if moment.id == "promote")
    assert share(promote, "lost") == Fraction(1, 2)
    assert [note.message.key for note in run.notes] == ["flagger.note.lost"]


# --- runs ------------------------------------------------------------------------------------------------------------


def test_a_canary_step_by_step() -> None:
    run = course(canary(), deployment())
    assert steps(run) == [
        "canary-ready",
        "weight-20",
        "weight-40",
        "weight-60",
        "promote",
        "primary-ready",
        "traffic-to-primary",
        "canary-gone",
    ]
    assert run.outcome is Outcome.PROMOTED
    assert run.moments[0].status == "Initialized"
    assert (available(run.moments[-1], "primary", "new"), run.moments[-1].crowds[1:]) == (4, ())


def test_the_primary_holds_two_revisions_and_serves_while_it_rolls() -> None:
    run = course(canary(), deployment())
    rolling = [moment for moment in run.moments if moment.status == "Promoting"]
    both = [m for m in rolling if available(m, "primary", "old") and available(m, "primary", "new")]
    assert both
    assert all(share(moment, "primary") == Fraction(2, 5) for moment in rolling)


def test_steps_back_to_the_primary() -> None:
    run = course(canary({**CANARY, "stepWeightPromotion": 25}), deployment())
    assert [step for step in steps(run) if step.startswith("primary-")] == ["primary-ready", "primary-65", "primary-90"]


def test_blue_green_switches_before_the_primary_rolls() -> None:
    run = course(canary(ROUNDS), deployment())
    assert steps(run)[:5] == ["canary-ready", "first-round", "rounds", "switch", "promote"]
    promote = next(moment for moment in run.moments if moment.id == "promote")
    assert share(promote, "canary") == 1


def test_blue_green_copies_the_traffic_from_the_first_round_on() -> None:
    run = course(canary({**ROUNDS, "mirror": True, "mirrorWeight": 40}), deployment())
    mirrored = [moment for moment in run.moments if moment.mirrors]
    assert mirrored[0].id == "first-round"
    assert {moment.mirrors for moment in mirrored} == {(("canary", Fraction(2, 5)),)}


def test_an_ab_test_gives_the_canary_those_who_match_and_nobody_else() -> None:
    rule = [{"headers": {"cookie": {"exact": "beta"}}}]
    run = course(canary({**ROUNDS, "match": rule}), deployment())
    match = next(moment for moment in run.moments if moment.id == "match")
    assert match.matches == (("canary", "cookie = beta", Fraction(1, 10)),)
    assert share(match, "primary") == 1


def test_an_ab_test_where_nobody_can_tell_requests_apart_sends_everything() -> None:
    rule = [{"headers": {"cookie": {"exact": "beta"}}}]
    run = course(canary({**ROUNDS, "match": rule}, provider="linkerd"), deployment())
    match = next(moment for moment in run.moments if moment.id == "match")
    assert (match.matches, share(match, "canary")) == ((), 1)


def test_without_a_mesh_no_weight_ever_moves() -> None:
    run = course(canary(provider="kubernetes"), deployment())
    assert all(share(moment, "canary") == 0 for moment in run.moments)
    assert max(moment.index or 0 for moment in run.moments) == 9  # ten rounds of none
    assert "switch" not in steps(run)


def test_a_mirror_that_nobody_can_give_is_waited_for() -> None:
    run = course(canary({**CANARY, "mirror": True}, provider="nginx"), deployment())
    assert (run.outcome, steps(run)[-1]) == (Outcome.WAITING, "stands-still")


def test_a_skipped_analysis_removes_the_canary_before_the_primary_has_rolled() -> None:
    run = course(canary(skipAnalysis=True), deployment())
    assert steps(run) == ["canary-ready", "promote", "primary-ready"]
    promote = next(moment for moment in run.moments if moment.id == "promote")
    assert (promote.status, available(promote, "primary", "new")) == ("Succeeded", 0)


def test_gates_are_steps_that_people_end() -> None:
    hooks = [hook("confirm-rollout"), hook("confirm-promotion")]
    run = course(canary({**CANARY, "webhooks": hooks}), deployment(), pause_seconds=300)
    waits = [moment for moment in run.moments if moment.hold.approvals]
    assert [(moment.id, moment.status) for moment in waits] == [
        ("wait-for-approval", "Waiting"),
        ("wait-for-promotion", "WaitingPromotion"),
    ]
    assert all(check.kind is CheckKind.MANUAL for moment in waits for check in moment.checks)
    plain = course(canary(), deployment())
    assert run.moments[-1].at == plain.moments[-1].at + 600
    assert run.outcome is Outcome.PROMOTED


def test_a_gate_of_the_load_tester_that_always_approves_waits_for_nobody() -> None:
    gate = hook("confirm-promotion", url="http://flagger-loadtester.test/gate/approve")
    run = course(canary({**CANARY, "webhooks": [gate]}), deployment())
    assert "wait-for-promotion" not in steps(run)


def test_a_gate_before_every_increase() -> None:
    run = course(canary({**CANARY, "webhooks": [hook("confirm-traffic-increase")]}), deployment())
    asked = [moment.id for moment in run.moments if moment.hold.approvals]
    assert asked == ["canary-ready", "weight-20", "weight-40", "weight-60"]


def test_many_weights_are_a_handful_of_steps() -> None:
    run = course(canary({**CANARY, "stepWeight": 1, "maxWeight": 50}), deployment())
    told = [step for step in steps(run) if step.startswith("weight-")]
    assert (len(told), told[0], told[-1]) == (8, "weight-1", "weight-50")
    assert len({share(moment, "canary") for moment in run.moments}) == 51


# --- what happens on the way -----------------------------------------------------------------------------------------


def test_checks_that_fail_until_the_threshold() -> None:
    run = course(canary(), deployment(), events=("at step 1: fail",))
    assert steps(run) == ["canary-ready", "weight-20", "weight-40", "check-fails", "rollback", "canary-gone"]
    back = next(moment for moment in run.moments if moment.id == "rollback")
    failing = next(moment for moment in run.moments if moment.id == "check-fails")
    assert share(failing, "canary") == Fraction(2, 5)
    assert (back.at - failing.at, share(back, "primary"), back.status) == (180, 1, "Failed")
    assert run.outcome is Outcome.ABORTED


def test_the_rollback_webhook_is_asked_at_the_next_tick() -> None:
    run = course(canary({**CANARY, "webhooks": [hook("rollback")]}), deployment(), events=("at step 0: abort",))
    assert steps(run) == ["canary-ready", "weight-20", "rollback", "canary-gone"]


def test_a_canary_that_never_becomes_ready_is_given_up_after_the_deadline() -> None:
    run = course(canary(progressDeadlineSeconds=90), deployment(), events=("at sync 1: never ready",))
    back = next(moment for moment in run.moments if moment.id == "rollback")
    assert (steps(run), back.at) == (["scale-up", "rollback", "canary-gone"], 180)


def test_a_promotion_that_gets_stuck_leaves_everything_on_the_canary() -> None:
    run = course(canary(), deployment(), events=("at 310s: never ready",))
    last = run.moments[-1]
    assert (run.outcome, last.id, share(last, "canary")) == (Outcome.FAILED, "promotion-failed", 1)
    assert available(last, "canary", "new") == 4


def test_a_newer_revision_in_mid_run_begins_again() -> None:
    run = course(canary(), deployment(), events=("at step 1: update",))
    again = next(i for i, moment in enumerate(run.moments) if moment.id == "restart")
    assert share(run.moments[again], "primary") == 1
    assert [moment.id for moment in run.moments[again:] if moment.id][1:3] == ["canary-ready", "weight-20"]
    assert available(run.moments[-1], "primary", "newer") == 4


def test_suspended_and_resumed() -> None:
    assert course(canary(suspend=True), deployment()).outcome is Outcome.WAITING
    run = course(canary(suspend=True), deployment(), events=("at 10m: resume",))
    assert run.outcome is Outcome.PROMOTED
    paused = course(canary(), deployment(), events=("at step 0: pause",))
    assert (paused.outcome, steps(paused)[-1]) == (Outcome.WAITING, "weight-20")


def test_promoted_in_full_in_mid_run() -> None:
    run = course(canary(), deployment(), events=("at step 0: promote full",))
    assert steps(run) == ["canary-ready", "weight-20", "promote", "primary-ready"]


def test_a_gate_that_nobody_opens_is_where_it_ends() -> None:
    made = canary({**CANARY, "webhooks": [hook("confirm-promotion", "boss")]})
    run = course(made, deployment(), events=("at sync 0: fail boss",))
    assert (run.outcome, steps(run)[-1]) == (Outcome.WAITING, "wait-for-promotion")
    opened = course(made, deployment(), events=("at sync 0: fail boss", "at 20m: promote"))
    assert opened.outcome is Outcome.PROMOTED


EVENTS = [
    ("at step 0: retry", "Flagger cannot try again"),
    ("at step 0: inconclusive", "Flagger knows no inconclusive check"),
    ("at step 0: delete", "what deleting the Canary leaves behind"),
    ("at step 0: promote", "there is no gate to open"),
    ("at step 0: fail nobody", "no check of 'shop' is called 'nobody'"),
    ("at step 9: abort", "the moment of 'at step 9: abort' never comes"),
    ("at sync 0: abort", "there is nothing to abort here"),
]


@pytest.mark.parametrize(("text", "message"), EVENTS)
def test_what_cannot_happen(text: str, message: str) -> None:
    with pytest.raises(DrawDeployError) as caught:
        course(canary(), deployment(), events=(text,))
    assert caught.value.faults[0].message.startswith(message)
    assert caught.value.faults[0].hint


# --- live objects ----------------------------------------------------------------------------------------------------

LIVE: list[tuple[dict[str, Any], str]] = [
    ({"phase": "Progressing", "canaryWeight": 40}, "weight-40"),
    ({"phase": "Promoting", "canaryWeight": 60}, "promote"),
    ({"phase": "Finalising"}, "traffic-to-primary"),
    ({"phase": "Progressing", "canaryWeight": 33}, "here"),
]


@pytest.mark.parametrize(("status", "step"), LIVE, ids=[step for _, step in LIVE])
def test_where_a_live_object_stands(status: dict[str, Any], step: str) -> None:
    run = course(canary(status=status), deployment())
    assert run.here is not None
    here = run.moments[run.here]
    assert (here.id, here.status) == (step, status["phase"])
    assert run.outcome is Outcome.PROMOTED
    assert course(canary(status=status), deployment(), from_start=True).here is None


def test_failed_checks_of_a_live_object_count() -> None:
    run = course(canary(status={"phase": "Progressing", "canaryWeight": 20, "failedChecks": 3}), deployment())
    assert (run.outcome, steps(run)[-2:]) == (Outcome.ABORTED, ["rollback", "canary-gone"])


@pytest.mark.parametrize("phase", ["Initialized", "Succeeded", "Failed", "Initializing"])
def test_one_that_has_come_to_its_end_stands_before_the_next_run(phase: str) -> None:
    assert course(canary(status={"phase": phase}), deployment()).here == 0


def test_one_whose_promotion_has_failed() -> None:
    run = course(canary(status={"phase": "Failed", "canaryWeight": 100}), deployment())
    assert run.here == 1
    assert (run.outcome, share(run.moments[1], "canary")) == (Outcome.FAILED, 1)


# --- ways back -------------------------------------------------------------------------------------------------------


def _kinds(*made: dict[str, Any]) -> dict[str, tuple[str, str]]:
    found = subject(*made)
    run = flagger.course(found, Asked())
    kinds = {}
    for i, moment in enumerate(run.moments):
        back = flagger.back(found, run, i, Asked())
        if moment.id or i == 0:
            kinds[moment.id or "start"] = back.kind, back.summary.key.removeprefix("flagger.back.")
    return kinds


def test_the_ways_back_from_a_canary() -> None:
    assert _kinds(canary(), deployment()) == {
        "start": ("controller", "nothing"),
        "canary-ready": ("controller", "checks.many"),
        "weight-20": ("controller", "checks.many"),
        "weight-40": ("controller", "checks.many"),
        "weight-60": ("controller", "checks.many"),
        "promote": ("controller", "stuck"),
        "primary-ready": ("operator", "undo"),
        "traffic-to-primary": ("operator", "undo"),
        "canary-gone": ("operator", "undo"),
    }


def test_the_rollback_webhook_is_the_way_back_where_there_is_one() -> None:
    kinds = _kinds(canary({**CANARY, "webhooks": [hook("rollback")]}), deployment())
    assert kinds["weight-40"] == ("controller", "hook")


def test_nothing_that_can_fail_leaves_the_old_revision_to_be_applied_again() -> None:
    kinds = _kinds(canary({**CANARY, "metrics": []}), deployment())
    assert kinds["weight-40"] == ("operator", "undo")


def test_a_way_back_begins_where_it_is_asked_for_and_ends_at_the_primary() -> None:
    found = subject(canary(), deployment())
    run = flagger.course(found, Asked())
    at = next(i for i, moment in enumerate(run.moments) if moment.id == "weight-40")
    back = flagger.back(found, run, at, Asked())
    assert back.moments[0] == run.moments[at]
    last = back.moments[-1]
    assert (share(last, "primary"), available(last, "primary", "old"), len(last.crowds)) == (1, 4, 1)
    assert last.at - run.moments[at].at == 4 * 60 + 15
