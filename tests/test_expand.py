"""The two strategies of the assignment, step by step, and how replicas, sites and weights come out."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction
from pathlib import Path

import pytest

from drawdeploy.describe import load_environment, load_strategy
from drawdeploy.expand import expand
from drawdeploy.ledger import shares
from drawdeploy.model import Duration, Outcome, Phase, Plan, PoolSpec, RouteKind, Service, State, Verb
from drawdeploy.words import LANGUAGES, catalogue
from plans import check_plan
from strategies import (
    MANUAL,
    automatic,
    bluegreen,
    one_site,
    rollout,
    step,
    strategy,
    text,
    two_sites,
    verb,
)

SOURCE = Path(__file__).parent.parent / "src" / "drawdeploy" / "expand"


def counts(state: State) -> dict[str, dict[str, int]]:
    return {pool.id: {p.value: n for p in Phase if (n := pool.count(p))} for pool in state.pools}


def weights(state: State) -> dict[tuple[str, str], Fraction]:
    return {(r.source, r.target): r.weight for r in state.routes if r.kind is RouteKind.LIVE}


def under_test(state: State) -> list[str]:
    return [route.target for route in state.routes if route.kind is RouteKind.TEST]


def by_site(plan: Plan) -> dict[str, list[int]]:
    return {pool.id: [instance.number for instance in pool.instances] for pool in plan.begin.pools}


def test_bluegreen_to_the_letter() -> None:
    plan = expand(bluegreen(), one_site(), Service())
    check_plan(plan)
    assert plan.outcome is Outcome.PROMOTED
    assert counts(plan.begin) == {"blue@here": {"serving": 3}, "green@here": {"planned": 3}}
    assert [counts(step.after) for step in plan.steps] == [
        {"blue@here": {"serving": 3}, "green@here": {"ready": 3}},
        {"blue@here": {"standby": 3}, "green@here": {"serving": 3}},
        {"blue@here": {"standby": 3}, "green@here": {"serving": 3}},
        {"blue@here": {"removed": 3}, "green@here": {"serving": 3}},
    ]
    assert [under_test(step.after) for step in plan.steps] == [["green@here"], [], [], []]
    assert [weights(step.after)["lb-here", "green@here"] for step in plan.steps] == [0, 1, 1, 1]
    assert [plan.stem(step) for step in plan.steps] == ["01-create", "02-switch", "03-watch", "04-remove"]
    assert all(step.round is None and step.in_round is None and step.key for step in plan.steps)
    assert plan.slug == "bluegreen-one"


def test_a_route_says_which_weights_to_set_where() -> None:
    """The router of a site where only one pool stands has nothing to choose: the GSLB is what is changed."""
    plan = expand(bluegreen(), two_sites(), Service(), placement="across")
    moves = [move for step in plan.steps for move in step.moves if move.shifts]
    assert [[(s.source, s.target, s.before, s.after) for s in move.shifts] for move in moves] == [
        [("gslb", "lb-home", 1, 0), ("gslb", "lb-cloud", 0, 1)]
    ]
    back = [move.shifts for move in plan.steps[1].rollback.stages[0].moves if move.verb is Verb.ROUTE]
    assert [[(s.target, s.after) for s in shifts] for shifts in back] == [[("lb-home", 1), ("lb-cloud", 0)]]


def test_who_makes_a_check_acts() -> None:
    """Also where the description names only the pipeline; nobody acts twice."""
    plan = expand(
        strategy(step("create", verb("create", "new"), checks=(automatic(0), MANUAL, MANUAL))), one_site(), Service()
    )
    assert [(act.actor, act.text.key) for act in plan.steps[0].acts] == [
        ("pipeline", ""),
        ("monitoring", "expand.act.check"),
        ("tester", "expand.act.test"),
    ]
    named = strategy(step("create", verb("create", "new"), checks=(MANUAL,), who="tester"))
    assert [act.actor for act in expand(named, one_site(), Service()).steps[0].acts] == ["tester"]


def test_rollout_to_the_letter() -> None:
    plan = expand(rollout(), one_site(), Service(replicas=3), parameters={"batch": "1"})
    check_plan(plan)
    assert plan.outcome is Outcome.PROMOTED
    second = plan.steps[4:8]
    assert [counts(step.after) for step in second] == [
        {"old@here": {"serving": 2, "removed": 1}, "new@here": {"planned": 1, "ready": 1, "serving": 1}},
        {"old@here": {"serving": 1, "standby": 1, "removed": 1}, "new@here": {"planned": 1, "serving": 2}},
        {"old@here": {"serving": 1, "standby": 1, "removed": 1}, "new@here": {"planned": 1, "serving": 2}},
        {"old@here": {"serving": 1, "removed": 2}, "new@here": {"planned": 1, "serving": 2}},
    ]
    share = [shares(step.after)["new@here"] for step in plan.steps]
    third = Fraction(1, 3)
    assert share == [0, third, third, third, third, 2 * third, 2 * third, 2 * third, 2 * third, 1, 1, 1]
    assert [step.number for step in plan.steps if step.key] == [1, 2, 3, 4, 8, 12]
    assert [(step.round.index, step.round.total, step.round.site) for step in plan.steps if step.round][::4] == [
        (1, 3, ""),
        (2, 3, ""),
        (3, 3, ""),
    ]
    assert [step.in_round for step in plan.steps] == [(1, 4), (2, 4), (3, 4), (4, 4)] * 3
    last = plan.steps[-1].after
    assert {i.number: i.round for i in last.pool("new@here").instances} == {1: 1, 2: 2, 3: 3}
    assert {i.number: i.round for i in last.pool("old@here").instances} == {3: 1, 2: 2, 1: 3}, "the last ones go first"
    assert dict(plan.steps[0].title.values) == {
        "service": "shop",
        "old": "v1",
        "new": "v2",
        "replicas": 3,
        "batch": 1,
        "n": 1,
    }


@pytest.mark.parametrize(
    ("replicas", "batch", "sizes"),
    [
        (3, "1", [1, 1, 1]),
        (7, "3", [3, 3, 1]),
        (7, "100%", [7]),
        (3, "25%", [1, 1, 1]),  # 0.75, rounded up
        (10, "25%", [3, 3, 3, 1]),
        (10, "0.5%", [1] * 10),
        (1000, "33.4 %", [334, 334, 332]),
        (4, " 2 ", [2, 2]),
    ],
)
def test_a_percent_batch_is_of_all_replicas_and_rounds_up_and_the_last_is_the_remainder(
    replicas: int, batch: str, sizes: list[int]
) -> None:
    plan = expand(rollout(), one_site(), Service(replicas=replicas), parameters={"batch": batch})
    assert [len(move.numbers) for step in plan.steps for move in step.moves if move.verb is Verb.CREATE] == sizes


def test_a_batch_never_spans_sites_and_the_site_is_the_outer_loop() -> None:
    plan = expand(rollout(), two_sites(), Service(replicas=7), parameters={"batch": "3"})
    check_plan(plan)
    created = [(move.pool, move.numbers) for step in plan.steps for move in step.moves if move.verb is Verb.CREATE]
    assert created == [("new@cloud", (5, 6, 7)), ("new@home", (1, 2, 3)), ("new@home", (4,))]
    assert [(s.round.index, s.round.total, s.round.site) for s in plan.steps if s.round][::4] == [
        (1, 3, "cloud"),
        (2, 3, "home"),
        (3, 3, "home"),
    ]
    assert all(dict(s.title.values)["site"] == s.round.site for s in plan.steps if s.round)


def test_both_splits_the_larger_part_to_the_first_of_split_and_numbers_on() -> None:
    plan = expand(bluegreen(), two_sites(), Service(replicas=5), placement="both")
    check_plan(plan)
    assert by_site(plan) == {
        "blue@home": [1, 2, 3],
        "green@home": [1, 2, 3],
        "blue@cloud": [4, 5],
        "green@cloud": [4, 5],
    }
    assert [(s.round.index, s.round.total, s.round.site, s.in_round) for s in plan.steps if s.round] == [
        (1, 2, "cloud", (1, 4)),
        (1, 2, "cloud", (2, 4)),
        (1, 2, "cloud", (3, 4)),
        (1, 2, "cloud", (4, 4)),
        (2, 2, "home", (1, 4)),
        (2, 2, "home", (2, 4)),
        (2, 2, "home", (3, 4)),
        (2, 2, "home", (4, 4)),
    ]
    assert all(step.key for step in plan.steps)


def test_across_keeps_each_revision_at_its_site_and_the_gslb_switches() -> None:
    plan = expand(bluegreen(), two_sites(), Service())
    check_plan(plan)
    assert plan.placement.id == "across"
    assert by_site(plan) == {"blue@home": [1, 2, 3], "green@cloud": [1, 2, 3]}
    before, after = weights(plan.steps[0].after), weights(plan.steps[1].after)
    assert (before["gslb", "lb-home"], before["gslb", "lb-cloud"]) == (1, 0)
    assert (after["gslb", "lb-home"], after["gslb", "lb-cloud"]) == (0, 1)
    assert (after["lb-home", "blue@home"], after["lb-cloud", "green@cloud"]) == (0, 1)
    assert plan.steps[1].duration == Duration(300), "the slowest of what switches: the GSLB"


def test_hand_set_weights_of_a_scope_concern_its_part_of_the_traffic() -> None:
    plan = expand(bluegreen(), two_sites(), Service(replicas=5), placement="both")
    assert weights(plan.steps[1].after) == {
        ("users", "gslb"): 1,
        ("gslb", "lb-home"): Fraction(3, 5),
        ("gslb", "lb-cloud"): Fraction(2, 5),
        ("lb-home", "blue@home"): 1,
        ("lb-home", "green@home"): 0,
        ("lb-cloud", "blue@cloud"): 0,
        ("lb-cloud", "green@cloud"): 1,
    }


def test_weights_may_move_while_all_old_ones_serve() -> None:
    canary = strategy(
        step("create", verb("create", "new")),
        step("two-fifths", verb("route", weights={"new": "40", "old": "60"})),
        step("all", verb("route", weights={"new": "100"})),
        step("remove", verb("remove", "old", phase="standby")),
    )
    plan = expand(canary, one_site(), Service(replicas=2))
    check_plan(plan)
    assert [shares(step.after)["new@here"] for step in plan.steps] == [0, Fraction(2, 5), 1, 1]
    assert plan.outcome is Outcome.PROMOTED


@pytest.mark.parametrize(
    ("body", "duration"),
    [
        (step("x", verb("observe", seconds=600), checks=(automatic(300),)), Duration(600)),
        (step("x", verb("observe", seconds=600), checks=(automatic(900), MANUAL)), Duration(900, 1)),
        (step("x", checks=(MANUAL, MANUAL)), Duration(0, 2)),
        (step("x", verb("create", "new")), Duration(60)),
        (step("x", verb("create", "new"), verb("test", "new"), checks=(automatic(30),)), Duration(90)),
        (step("x", verb("create", "new"), verb("route", by_serving=True)), Duration(65)),
    ],
)
def test_durations(body: object, duration: Duration) -> None:
    """Verbs follow one another; automatic checks run while it is observed; people count as approvals."""
    assert expand(strategy(body), one_site(), Service()).steps[0].duration == duration


def test_by_serving_weights_follow_the_instances_without_being_routed_again() -> None:
    plan = expand(
        strategy(
            step("less", verb("standby", "old", "1")),
            step("again", verb("resume", "old")),
        ),
        two_sites(),
        Service(replicas=4),
        placement="both",
    )
    check_plan(plan)
    share = [weights(step.after)["gslb", "lb-cloud"] for step in plan.steps]
    assert share == [Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1, 2)]
    assert plan.steps[0].duration.seconds == 300, "the GSLB follows, which takes its time"
    assert plan.outcome is Outcome.WAITING or plan.outcome is Outcome.UNCHANGED


def test_a_slot_that_is_used_again_holds_a_new_generation() -> None:
    plan = expand(
        strategy(
            step("create", verb("create", "new", "2")),
            step("remove", verb("remove", "new", "1")),
            step("again", verb("create", "new", "2")),
        ),
        one_site(),
        Service(),
    )
    check_plan(plan)
    assert [i.generation for i in plan.steps[-1].after.pool("new@here").instances] == [2, 1, 1]
    assert plan.outcome is Outcome.WAITING


def test_a_plan_that_does_nothing_is_unchanged() -> None:
    plan = expand(strategy(step("look", verb("observe", seconds=5))), one_site(), Service())
    assert plan.outcome is Outcome.UNCHANGED
    assert [stage.reason.key for stage in plan.steps[0].rollback.stages if stage.reason] == [
        "expand.contain.reason.not_live",
        "expand.restore.reason.nothing",
    ]


def test_actors_that_an_environment_lacks_do_not_act() -> None:
    lonely = dataclasses.replace(one_site(), actors=one_site().actors[:1])
    plan = expand(bluegreen(), lonely, Service())
    assert [act.actor for step in plan.steps for act in step.acts] == ["pipeline", "pipeline"]
    assert not under_test(plan.steps[0].after), "there is no tester whom test traffic could come from"


@pytest.mark.parametrize("built_in", [False, True])
def test_capacity_across_2n_minus_1_and_2n_changes_warning_and_rollback(built_in: bool) -> None:
    """Twice the replicas is what two whole environments need, now and on the way back."""
    n = 4
    service = Service(replicas=n)

    def planned(capacity: int) -> Plan:
        if built_in:
            return expand(load_strategy("bluegreen"), load_environment("private", service, capacity), service)
        return expand(bluegreen(), one_site(capacity), service)

    tight, fits = planned(2 * n - 1), planned(2 * n)
    assert fits.warnings == ()
    (warning,) = tight.warnings
    assert warning.message.key == "expand.warn.overflow"
    assert dict(warning.message.values) == {
        "site": tight.environment.sites[0].id,
        "running": 2 * n,
        "capacity": 2 * n - 1,
    }
    assert warning.steps == (1, 2, 3)
    ways_back = [plan.steps[-1].rollback.stages[1] for plan in (fits, tight)]
    assert [(stage.batches, stage.fits, stage.created) for stage in ways_back] == [(1, True, n), (2, True, n)]
    assert ways_back[0].duration.seconds < ways_back[1].duration.seconds


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_that_expand_says_is_in_the_catalogue_and_nothing_else(lang: str) -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in SOURCE.glob("*.py"))
    said = set(re.findall(r'"expand\.([a-z_.]+)"', source))
    said |= set(re.findall(r'"((?:contain|restore|rollback)\.[a-z_.]+)"', source))
    said |= {f"act.{key}" for key in re.findall(r'\("(?:operator|pipeline)", "([a-z_]+)"\)', source)}
    for key in re.findall(r'_count\(\s*"([a-z_.]+)"', source):
        said = said - {key} | {f"{key}.one", f"{key}.many"}
    for key in re.findall(r'_soon\(\s*"([a-z_.]+)"', source):
        said |= {key, f"{key}_slow"}
    for key in re.findall(r'_count_soon\(\s*"([a-z_.]+)"', source):
        said = said - {key, f"{key}_slow"} | {f"{key}{slow}.{n}" for slow in ("", "_slow") for n in ("one", "many")}
    assert set(catalogue(lang, "expand")) == said


def test_a_rollback_that_cannot_begin_is_warned_of() -> None:
    plan = expand(bluegreen(), one_site(3), Service(replicas=3))
    assert [warning.message.key for warning in plan.warnings] == ["expand.warn.overflow", "expand.warn.rollback"]
    assert plan.warnings[1].steps == (4,)
    check_plan(plan)


def test_hints_of_warnings_help() -> None:
    """The capacity that a hint names is enough, and so is an option that it names."""
    for capacity in range(1, 12):
        for batch in ("1", "50%"):
            plan = expand(rollout(), one_site(capacity), Service(replicas=6), parameters={"batch": batch})
            for warning in plan.warnings:
                told = dict(warning.hint.values)
                more = expand(
                    rollout(),
                    one_site(int(str(told.get("running") or told["n"]))),
                    Service(replicas=6),
                    parameters={"batch": batch},
                )
                assert warning.message.key not in {other.message.key for other in more.warnings}
                assert ("options" in told) <= (batch != "1")


def test_a_site_that_is_too_small_from_the_beginning_overflows_in_step_0() -> None:
    plan = expand(rollout(), one_site(2), Service(replicas=3))
    assert plan.warnings[0].steps == tuple(range(13))
    check_plan(plan)


def test_a_thousand_instances_in_fifty_rounds() -> None:
    plan = expand(rollout(), one_site(1020), Service(replicas=1000), parameters={"batch": "2%"})
    assert len(plan.steps) == 200


def test_two_pools_of_one_role_count_on() -> None:
    made = strategy(
        step("create", verb("create", "b")),
        pools=(
            PoolSpec("old", "old", "old", True),
            PoolSpec("a", "new", "new", False),
            PoolSpec("b", "new", "new", False),
        ),
        title=text("Two"),
    )
    plan = expand(made, one_site(), Service(replicas=2))
    assert by_site(plan) == {"old@here": [1, 2], "a@here": [1, 2], "b@here": [3, 4]}
    assert plan.steps[0].moves[0].numbers == (3, 4)
