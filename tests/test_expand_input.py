"""What users and authors get wrong: one clear answer each, with a hint, and where it stands in the description."""

from __future__ import annotations

import dataclasses

import pytest

from drawdeploy.errors import DrawDeployError, Where
from drawdeploy.expand import expand
from drawdeploy.model import (
    Environment,
    Expression,
    Parameter,
    ParameterKind,
    Placement,
    PoolSpec,
    RepeatSpec,
    Service,
    StepSpec,
    Strategy,
    VerbSpec,
)
from strategies import MANUAL, able, bluegreen, expression, one_site, rollout, step, strategy, text, two_sites, verb


def refused(
    made: Strategy | None = None,
    environment: Environment | None = None,
    replicas: int = 3,
    placement: str | None = None,
    **parameters: str,
) -> tuple[str, str]:
    with pytest.raises(DrawDeployError) as caught:
        expand(
            made or rollout(),
            environment or one_site(),
            Service(replicas=replicas),
            placement=placement,
            parameters=parameters,
        )
    (fault,) = caught.value.faults
    assert fault.hint, "every error has a hint"
    assert "\n" not in fault.message
    assert len(fault.message) < 200
    return fault.message, fault.hint


@pytest.mark.parametrize(
    ("replicas", "message"),
    [
        (0, "a service has at least 1 replica, not 0"),
        (-1, "a service has at least 1 replica, not -1"),
        (1001, "1001 replicas are more than a plan can hold"),
        (10**9, "1000000000 replicas are more than a plan can hold"),
    ],
)
def test_replicas_that_cannot_be(replicas: int, message: str) -> None:
    assert refused(replicas=replicas)[0] == message


@pytest.mark.parametrize("replicas", [1, 1000])
def test_the_limits_of_replicas_work(replicas: int) -> None:
    assert expand(bluegreen(), one_site(), Service(replicas=replicas)).steps


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ("0", "batch: 0 is too small: it is at least 1"),
        ("0%", "batch: 0% is too small: it is at least 1"),
        ("0.0%", "batch: 0.0% is too small: it is at least 1"),
        ("-1", "batch: -1 is too small: it is at least 1"),
        ("-25%", "batch: -25% is too small: it is at least 1"),
        ("200%", "batch: 200% is more than all replicas (100%)"),
        ("100.1%", "batch: 100.1% is more than all replicas (100%)"),
        ("4", "batch: 4 is more than the replicas (3)"),
        ("9" * 5000, f"batch: {'9' * 39}… is more than the replicas (3)"),
        ("9" * 5000 + "%", f"batch: {'9' * 39}… is more than all replicas (100%)"),
        ("1.5", "batch: 1.5 instances are not possible"),
        ("", "batch: '' is not a number"),
        ("one", "batch: 'one' is not a number"),
        ("1e3", "batch: '1e3' is not a number"),
        ("٣", "batch: '٣' is not a number"),
        ("1\n<script>", "batch: '1\\n<script>' is not a number"),
        ("%", "batch: '%' is not a number"),
    ],
)
def test_batches_that_cannot_be(batch: str, message: str) -> None:
    assert refused(batch=batch)[0] == message


def test_a_count_takes_no_percentage() -> None:
    made = dataclasses.replace(rollout(), parameters=(Parameter("batch", ParameterKind.COUNT, "1", text("")),))
    assert refused(made, batch="25%")[0] == "batch: a percentage (25%) is not possible here"
    assert expand(made, one_site(), Service(), parameters={"batch": "2"}).parameters == (("batch", 2),)


def test_a_default_shrinks_to_the_replicas() -> None:
    made = dataclasses.replace(rollout(), parameters=(Parameter("batch", ParameterKind.COUNT, "5", text("")),))
    assert expand(made, one_site(), Service(replicas=2)).parameters == (("batch", 2),)


def test_unknown_names_give_the_nearest() -> None:
    assert refused(bacth="1") == ("rollout has no parameter 'bacth'", "did you mean batch? there is batch")
    assert refused(bluegreen(), batch="1") == ("bluegreen has no parameter 'batch'", "there is none")
    assert refused(environment=two_sites(), placement="bot") == (
        "environment two has no placement 'bot'",
        "did you mean both? there is across, both",
    )


def test_fewer_replicas_than_sites() -> None:
    assert refused(environment=two_sites(), replicas=1) == (
        "1 replica cannot be split over 2 sites",
        "use at least 2 replicas or --placement across",
    )


@pytest.mark.parametrize(
    ("rounds", "message"),
    [
        ((), "placement p names no site"),
        (((("old", "here"),),), "placement p has no site for revision 'new' of pool new"),
        (((("old", "here"), ("new", "there")),), "placement p names an unknown site 'there'"),
        (((("old", "here"), ("new", "here")),) * 2, "placement p of one uses site here for pool old twice"),
    ],
)
def test_placements_that_do_not_fit(rounds: tuple[tuple[tuple[str, str], ...], ...], message: str) -> None:
    odd = dataclasses.replace(one_site(), placements=(Placement("p", text("p"), rounds, ("here",)),))
    assert refused(environment=odd)[0] == message


def test_an_environment_without_placement_and_a_strategy_without_instances() -> None:
    assert "offers no placement" in refused(environment=dataclasses.replace(one_site(), placements=()))[0]
    empty = strategy(pools=(PoolSpec("new", "new", "new", False),))
    assert refused(empty)[0] == "no pool of made-up holds the running instances"


def at(made: VerbSpec) -> VerbSpec:
    return dataclasses.replace(made, line=12, column=5)


def matching(pool: str, percent: str = "10") -> VerbSpec:
    return verb("match", pool, rule="cookie a=b", percent=percent)


CREATE = step("create", verb("create", "new"))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([step("x", at(verb("create", "nwe")))], "unknown pool 'nwe'"),
        ([step("x", at(verb("create", "old")))], "pool old has nothing that is still to be created"),
        (
            [step("x", at(verb("create", "new", "4")))],
            "pool new has only 3 of 4 instances that are still to be created",
        ),
        ([step("x", at(verb("create", "new", "-1")))], "'-1' gives -1 instances"),
        ([step("x", at(verb("create", "new", "3 / 2")))], "'3 / 2' gives '1.5', which is no whole number of instances"),
        ([step("x", at(verb("create", "new", "'a'")))], "\"'a'\" gives 'a', which is no whole number of instances"),
        (
            [step("x", at(verb("create", "new", "1 // 0")))],
            "'1 // 0' cannot be worked out (integer division or modulo by zero)",
        ),
        ([step("x", at(verb("create", "new", "None")))], "'None' gives no value"),
        ([step("x", at(verb("test", "new")))], "pool new has nothing to test"),
        ([step("x", at(verb("test", "new", off=True)))], "no test of pool new is on"),
        ([step("x", at(verb("route", weights={"new": "100"})))], "route to pool new, which has nothing ready"),
        ([step("x", at(verb("route", weights={"mew": "100"})))], "unknown pool 'mew'"),
        ([CREATE, step("x", at(verb("route", weights={"new": "90"})))], "the weights sum to 90 percent"),
        ([CREATE, step("x", at(verb("route", weights={"new": "101"})))], "the weight of pool new is '101'"),
        ([CREATE, step("x", at(verb("route", weights={"new": "'x'"})))], "the weight of pool new is 'x'"),
        ([step("x", at(verb("standby", "old", "4")))], "pool old has only 3 of 4 instances that are serving"),
        ([step("x", at(verb("standby", "old")))], "after step x nothing serves any more"),
        ([step("x", at(verb("resume", "old")))], "pool old has nothing that is on standby"),
        (
            [CREATE, step("y", verb("route", weights={"new": "100"})), step("x", at(verb("resume", "old")))],
            "nothing is routed to pool old",
        ),
        (
            [CREATE, step("y", verb("route", weights={"new": "100"})), step("x", at(verb("standby", "new")))],
            "after step x nothing serves any more",
        ),
        (
            [
                CREATE,
                step("y", verb("route", weights={"new": "50", "old": "50"})),
                step("x", at(verb("standby", "new"))),
            ],
            "after step x traffic goes to pool new, where nothing serves",
        ),
        ([step("x", at(verb("remove", "old")))], "remove would end 3 instances of pool old that still serve users"),
        (
            [step("x", at(verb("remove", "old", "2")))],
            "remove would end 2 instances of pool old that still serve users",
        ),
        ([step("x", at(verb("remove", "old", phase="standby")))], "pool old has nothing that is on standby"),
        ([step("x", at(verb("remove", "old", phase="stanby")))], "nothing that is 'stanby' can be removed"),
        ([step("x", at(verb("remove", "new")))], "pool new has nothing that is running"),
        ([step("x", at(verb("create", "new", "0")))], "nothing changes in step x"),
        ([step("x", at(verb("update", "new")))], "pool new has nothing that is running with v1"),
        (
            [step("x", at(verb("update", "old")))],
            "update would stop all instances of pool old that serve at once, so nobody answers meanwhile",
        ),
        ([step("x", at(verb("mirror", "new")))], "mirror to pool new, which has nothing running"),
        ([CREATE, step("x", at(verb("mirror", "new", off=True)))], "nothing is mirrored to pool new"),
        ([CREATE, step("x", at(verb("mirror", "new", percent="0")))], "0 percent of the requests are mirrored"),
        (
            [CREATE, step("y", verb("mirror", "new")), step("x", at(verb("route", by_serving=True)))],
            "after step x pool new serves and gets mirrored requests too",
        ),
        ([step("x", at(matching("new")))], "a rule leads to pool new, which has nothing ready"),
        ([CREATE, step("x", at(matching("new", "0")))], "the rule 'cookie a=b' matches nothing"),
        ([CREATE, step("x", at(matching("new", "101")))], "the part of the requests that match 'cookie a=b' is '101'"),
        ([CREATE, step("x", at(verb("match", "new", off=True)))], "no rule leads to pool new"),
        ([step("x", at(matching("old")))], "pool old gets its part of all requests by what serves"),
        (
            [step("x", at(verb("flag", name="f", percent="10")))],
            "nothing runs v2 yet, so flag f would switch on nothing",
        ),
        ([CREATE, step("x", at(verb("flag", name="f", percent="-1")))], "flag f is '-1'"),
        ([step("x", at(verb("bind", "new", name="live")))], "bind service live to pool new, which has nothing running"),
        ([step("x", at(verb("migrate", name="exapnd")))], "unknown phase 'exapnd'"),
        (
            [step("y", verb("migrate", name="switch")), step("x", at(verb("migrate", name="expand")))],
            "the schema is at switch and cannot go back to expand",
        ),
        ([step("x", at(verb("migrate", name="contract")))], "v1 still serves and needs what contract takes away"),
        (
            [step("x", at(verb("migrate", name="expand", off=True)))],
            "a phase of the schema is undone in a rollback only",
        ),
        ([step("x", at(verb("route", weights={"lost": "90"})))], "the weights sum to 90 percent"),
        ([step("x", at(verb("observe", seconds=expression("'long'"))))], "\"'long'\" gives 'long', which is no time"),
    ],
)
def test_what_a_verb_needs(steps: list[StepSpec], message: str) -> None:
    """The error says what is missing, and stands at the verb's line and column."""
    with pytest.raises(DrawDeployError) as caught:
        expand(strategy(*steps), able(one_site()), Service())
    (fault,) = caught.value.faults
    assert fault.message == message
    assert fault.hint
    assert fault.where == Where("made-up.yaml", 12, 5)


def test_a_step_that_only_waits_for_a_check_is_a_step() -> None:
    assert expand(strategy(step("wait", checks=(MANUAL,))), one_site(), Service()).steps


def loop(until: str, *steps: StepSpec, let: tuple[tuple[str, Expression], ...] = ()) -> RepeatSpec:
    return RepeatSpec(expression(until), let, steps, line=7, column=3)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            loop("old.running == 0", step("look", verb("observe", seconds=1))),
            "this loop never ends: after 1 round 'old.running == 0' still does not hold",
        ),
        (
            loop("False", step("a", verb("standby", "old", "1")), step("b", verb("resume", "old"))),
            "this loop never ends: after 1 round 'False' still does not hold",
        ),
        (
            loop("False", step("a", verb("create", "new")), step("b", verb("remove", "new"))),
            "this loop never ends: after 2 rounds 'False' still does not hold",  # at first planned, then removed
        ),
        (loop("old.runing == 0", step("a", verb("create", "new"))), None),
        (loop("False", CREATE, let=(("n", expression("old")),)), "'old' gives no number"),
        (loop("False", CREATE, let=(("n", expression("1 // 0")),)), None),
    ],
)
def test_loops_that_never_end_or_cannot_be_worked_out(made: RepeatSpec, message: str | None) -> None:
    with pytest.raises(DrawDeployError) as caught:
        expand(strategy(made), one_site(), Service())
    (fault,) = caught.value.faults
    assert message is None or fault.message == message
    assert fault.hint
    assert fault.where == Where("made-up.yaml", 7, 3)


def test_a_loop_whose_end_is_there_at_once_has_no_round() -> None:
    assert expand(strategy(loop("True", CREATE)), one_site(), Service()).steps == ()


def test_an_error_of_the_sandbox_is_given_its_place() -> None:
    from drawdeploy.words import compile_expression

    bad = dataclasses.replace(at(verb("create", "new")), count=compile_expression("new.size / nothing"))
    with pytest.raises(DrawDeployError) as caught:
        expand(strategy(step("x", bad)), one_site(), Service())
    assert caught.value.faults[0].where == Where("made-up.yaml", 12, 5)
    assert "nothing" in caught.value.faults[0].message
    assert "replicas" in caught.value.faults[0].hint
