"""The way back from every step, in two stages, and how it fits the capacity."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdeploy.expand import expand
from drawdeploy.expand.batches import turns
from drawdeploy.ledger import keep
from drawdeploy.model import Duration, Phase, Plan, RepeatSpec, Service, Stage, State, Step, StepSpec, Text, Verb
from plans import check_plan
from strategies import bluegreen, expression, one_site, rollout, step, strategy, two_sites, verb


def ways(step: Step) -> tuple[Stage, Stage]:
    contain, restore = step.rollback.stages
    return contain, restore


def verbs(stage: Stage) -> list[str]:
    return [f"{move.verb.value} {move.pool}{' off' if move.off else ''}".strip() for move in stage.moves]


def reasons(plan: Plan) -> list[str]:
    return [stage.reason.key if (stage := step.rollback.stages[0]).reason else "" for step in plan.steps]


def serving(state: State) -> dict[str, int]:
    return {pool.id: pool.serving for pool in state.pools}


def test_bluegreen_differs_from_each_step() -> None:
    plan = expand(bluegreen(), one_site(), Service())
    assert [step.rollback.summary.key for step in plan.steps] == [
        "expand.rollback.not_live",
        "expand.rollback.standby",
        "expand.rollback.standby",
        "expand.rollback.recreate.many",
    ]
    assert dict(plan.steps[1].rollback.summary.values) == {"pool": "blue@here"}
    assert dict(plan.steps[3].rollback.summary.values) == {"pool": "blue@here", "n": 3}
    assert reasons(plan) == ["expand.contain.reason.not_live", "", "", "expand.contain.reason.none_left"]
    one, two, _, four = [ways(step) for step in plan.steps]
    assert verbs(one[1]) == ["test green@here off", "remove green@here"]
    assert verbs(two[0]) == ["resume blue@here", "route", "standby green@here"]
    assert verbs(two[1]) == ["remove green@here"]
    assert verbs(four[1]) == ["create blue@here", "route", "remove green@here"]
    assert [stage.duration for stage in (*two, four[1])] == [Duration(5), Duration(15), Duration(60 + 5 + 15)]
    assert [[act.actor for act in stage.acts] for stage in (*two, four[1])] == [
        ["operator"],
        ["pipeline"],
        ["operator", "pipeline"],
    ]
    assert {i.generation for i in four[1].after.pool("blue@here").instances} == {2}


def test_rollout_this_rounds_waiting_ones_return_at_once_earlier_rounds_are_created_again() -> None:
    plan = expand(rollout(), one_site(), Service(replicas=3))
    second_round = plan.steps[4:8]
    assert [step.rollback.summary.key for step in second_round] == [
        "expand.rollback.recreate_some.one",
        "expand.rollback.mixed.one",
        "expand.rollback.mixed.one",
        "expand.rollback.recreate_some.many",
    ]
    assert reasons(plan)[4:8] == [
        "expand.contain.reason.round_not_live",
        "",
        "",
        "expand.contain.reason.none_left",
    ]
    contain, restore = ways(second_round[1])
    assert serving(contain.after) == {"old@here": 2, "new@here": 1}, "as it was before this round"
    assert [(move.verb, move.pool, move.numbers) for move in contain.moves if move.numbers] == [
        (Verb.RESUME, "old@here", (2,)),
        (Verb.STANDBY, "new@here", (2,)),
    ]
    assert [(move.verb, move.pool, move.numbers) for move in restore.moves if move.numbers] == [
        (Verb.CREATE, "old@here", (3,)),
        (Verb.REMOVE, "new@here", (1, 2)),
    ]
    assert plan.steps[-1].rollback.summary.key == "expand.rollback.recreate.many"


def test_what_is_live_and_cannot_be_contained_is_not_called_nothing() -> None:
    """Round 1's new one serves a third of the users from step 2 on, and nothing waits in steps 4, 5, 8, 9 and 12."""
    plan = expand(rollout(), one_site(), Service(replicas=3))
    titles = [step.rollback.stages[0].title.key.removeprefix("expand.contain.") for step in plan.steps]
    cannot, resume = "cannot", "resume.one"
    assert titles == ["none", resume, resume, cannot, cannot, resume, resume, cannot, cannot, resume, resume, cannot]
    assert expand(bluegreen(), one_site(), Service()).steps[3].rollback.stages[0].title.key == "expand.contain.cannot"


def test_what_a_slow_node_switches_does_not_go_back_at_once() -> None:
    """The GSLB takes 300 s until its change holds everywhere, the router of one site 5 s."""
    far, near = (expand(bluegreen(), where, Service()).steps[1].rollback for where in (two_sites(), one_site()))
    assert (far.summary.key, near.summary.key) == ("expand.rollback.standby_slow", "expand.rollback.standby")
    assert dict(far.summary.values) == {"pool": "blue@home", "node": "gslb"}
    assert [way.stages[0].title.key for way in (far, near)] == [
        "expand.contain.resume_slow.many",
        "expand.contain.resume.many",
    ]


def test_the_second_site_contains_its_own_round_and_restores_the_first() -> None:
    plan = expand(bluegreen(), two_sites(), Service(replicas=3), placement="both")
    contain, restore = ways(plan.steps[5])
    assert serving(contain.after) == {"blue@home": 2, "green@home": 0, "blue@cloud": 0, "green@cloud": 1}
    assert [move.pool for move in restore.moves if move.verb is Verb.CREATE] == ["blue@cloud"]
    assert plan.steps[-1].rollback.summary.key == "expand.rollback.recreate_some.many"


def test_a_site_that_is_done_waits_until_all_are_done_so_all_return_at_once() -> None:
    """Where earlier rounds' old ones still stand by, containing leads to the beginning, not only a round back."""
    patient = strategy(
        RepeatSpec(
            until=expression("old.serving == 0"),
            let=(),
            steps=(
                step("create", verb("create", "new", "1")),
                step("shift", verb("standby", "old", "1"), verb("route", by_serving=True)),
            ),
        ),
        step("remove", verb("remove", "old")),
    )
    plan = expand(patient, one_site(), Service(replicas=3))
    check_plan(plan)
    contain, restore = ways(plan.steps[5])
    assert serving(contain.after) == {"old@here": 3, "new@here": 0}
    assert verbs(restore) == ["remove new@here"]


def test_weights_alone_go_back_while_all_old_ones_serve() -> None:
    canary = strategy(
        step("create", verb("create", "new", "1"), verb("test", "new")),
        step("some", verb("route", weights={"old": "90", "new": "10"})),
    )
    plan = expand(canary, one_site(), Service())
    contain, _ = ways(plan.steps[1])
    assert verbs(contain) == ["test new@here off", "route", "standby new@here"]
    assert contain.after.routes == plan.begin.routes
    assert plan.steps[1].rollback.summary.key == "expand.rollback.route"


def test_a_part_that_still_stands_by_takes_back_a_part() -> None:
    """One of three old ones is removed: two return, and only as many new ones stop serving as capacity allows."""
    hasty = strategy(
        step("create", verb("create", "new")),
        step("switch", verb("route", weights={"new": "100"})),
        step("remove-one", verb("remove", "old", "1")),
    )
    plan = expand(hasty, one_site(), Service())
    check_plan(plan)
    contain, restore = ways(plan.steps[2])
    assert serving(contain.after) == {"old@here": 2, "new@here": 1}
    assert restore.created == 1
    assert plan.steps[2].rollback.summary.key == "expand.rollback.mixed.many"


def test_the_authors_own_words_replace_the_summary_only() -> None:
    told = dataclasses.replace(bluegreen(), body=tuple(map(_with_words, bluegreen().body)))
    plan, plain = (expand(made, one_site(), Service()) for made in (told, bluegreen()))
    assert plan.steps[1].rollback.summary.text == Text("Go back", "돌아가기")
    assert plan.steps[1].rollback.stages == plain.steps[1].rollback.stages


def _with_words(spec: object) -> StepSpec:
    assert isinstance(spec, StepSpec)
    return dataclasses.replace(spec, rollback=Text("Go back", "돌아가기"))


@pytest.mark.parametrize(
    ("capacity", "batched", "fits", "seconds"),
    [
        (None, 1, True, 60 + 5 + 15),
        (6, 1, True, 60 + 5 + 15),
        (5, 2, True, 2 * (60 + 5 + 15)),
        (4, 3, True, 3 * (60 + 5 + 15)),
        (3, 0, False, 0),
    ],
)
def test_what_was_removed_is_created_again_in_batches_that_fit(
    capacity: int | None, batched: int, fits: bool, seconds: int
) -> None:
    plan = expand(bluegreen(), one_site(capacity), Service(replicas=3))
    check_plan(plan)
    restore = plan.steps[-1].rollback.stages[1]
    assert (restore.batches, restore.fits, restore.duration.seconds) == (batched, fits, seconds)


def test_what_does_not_serve_makes_room_first() -> None:
    """After containing, this round's new one stands by: removing it first saves a batch."""
    plan = expand(rollout(), one_site(4), Service(replicas=3))
    check_plan(plan)
    restore = plan.steps[5].rollback.stages[1]  # round 2, shifted: one old was removed in round 1
    assert verbs(restore) == ["remove new@here", "create old@here", "route", "remove new@here"]
    assert (restore.batches, restore.fits) == (1, True)


def test_sites_are_restored_side_by_side() -> None:
    plan = expand(rollout(), two_sites(home=5, cloud=None), Service(replicas=8), parameters={"batch": "1"})
    check_plan(plan)
    restore = plan.steps[-1].rollback.stages[1]
    assert restore.created == 8
    assert restore.batches == 4, "one at a time at home, all at once in the cloud"
    assert restore.duration.seconds == 4 * (60 + 5 + 15)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.integers(1, 60), st.integers(0, 30), st.integers(0, 60))
def test_batches_are_as_many_as_it_takes(needed: int, free: int, replaceable: int) -> None:
    """Against the plain simulation: create what fits, remove as many replaced ones, again, until nothing fits."""
    expected, rest, room, left = [], needed, free, replaceable
    while rest and room:
        some = min(rest, room)
        gone = min(some, left)
        expected.append((some, gone))
        rest, room, left = rest - some, room - some + gone, left - gone
    found = turns(needed, free, replaceable)
    if rest:
        assert found is None
    else:
        assert found is not None
        assert [turn for times, *turn in found for _ in range(times)] == [list(turn) for turn in expected]
        assert len(found) <= 4, "runs of turns that are alike are told as one"


def overflowing(capacity: int) -> Plan:
    return expand(bluegreen(), one_site(capacity), Service(replicas=3))


@pytest.mark.parametrize("capacity", [3, 4, 5])
def test_a_way_back_from_what_does_not_fit_does_not_fit_either(capacity: int) -> None:
    """Six run where fewer fit: neither stage may claim to fit."""
    contain, restore = overflowing(capacity).steps[1].rollback.stages
    assert (contain.fits, restore.fits) == (False, False)
    assert (contain.possible, restore.possible) == (True, True), "it needs no more room"


def test_what_never_fitted_cannot_be_created_again() -> None:
    """Three old ones began where two fit: once removed, no order of batches brings them back."""
    plan = expand(bluegreen(), two_sites(home=2), Service(replicas=3), placement="across")
    restore = plan.steps[3].rollback.stages[1]
    assert (restore.possible, restore.fits, restore.duration, restore.acts) == (False, False, Duration(), ())
    assert restore.title.key == "expand.restore.stuck"
    assert plan.steps[3].rollback.summary.key == "expand.rollback.stuck.many"
    assert [(w.message.key, w.steps) for w in plan.warnings] == [
        ("expand.warn.overflow", (0, 1, 2, 3)),
        ("expand.warn.rollback", (4,)),
    ]
    kept = keep(plan).steps[3]
    assert (kept.possible, kept.fits, kept.restore) == (False, False, Duration())


def test_what_waits_returns_though_the_rest_cannot() -> None:
    plan = expand(rollout(), one_site(2), Service(replicas=2))
    assert [step.rollback.summary.key for step in plan.steps[3:6]] == [
        "expand.rollback.stuck.one",
        "expand.rollback.stuck.one",
        "expand.rollback.stuck_part.one",
    ]


def told(stage: Stage) -> list[tuple[str, str, tuple[int, ...], tuple[int, int] | None]]:
    return [(move.verb.value, move.pool, move.numbers, move.batches) for move in stage.moves]


def test_batches_are_listed_in_the_order_in_which_they_happen() -> None:
    restore = overflowing(5).steps[3].rollback.stages[1]
    assert told(restore) == [
        ("create", "blue@here", (1, 2), (1, 1)),
        ("route", "", (), (1, 1)),
        ("remove", "green@here", (1, 2), (1, 1)),
        ("create", "blue@here", (3,), (2, 2)),
        ("route", "", (), (2, 2)),
        ("remove", "green@here", (3,), (2, 2)),
    ]
    assert restore.duration.seconds == sum(move.seconds for move in restore.moves) == 2 * (60 + 5 + 15)
    assert restore.title.key == "expand.restore.batches"
    assert overflowing(5).steps[3].rollback.summary.key == "expand.rollback.batches"
    assert {move.batches for move in overflowing(6).steps[3].rollback.stages[1].moves} == {None}


def test_of_many_batches_those_in_the_middle_are_listed_as_one() -> None:
    plan = expand(bluegreen(), one_site(41), Service(replicas=40))
    check_plan(plan)
    restore = plan.steps[3].rollback.stages[1]
    assert restore.batches == 40
    assert [move.batches for move in restore.moves if move.verb is Verb.CREATE] == [
        (1, 1),
        (2, 2),
        (3, 38),
        (39, 39),
        (40, 40),
    ]
    assert [len(move.numbers) for move in restore.moves if move.verb is Verb.REMOVE] == [1, 1, 36, 1, 1]
    assert restore.duration.seconds == 40 * (60 + 5 + 15)


def test_a_step_that_only_watches_has_the_rollback_of_the_step_before() -> None:
    plan = expand(rollout(), one_site(), Service())
    assert plan.steps[1].rollback == plan.steps[2].rollback
    assert plan.steps[1].rollback != plan.steps[3].rollback
    assert all(i.phase is Phase.SERVING for i in plan.begin.pool("old@here").instances)
