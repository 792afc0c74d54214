"""The built-in strategies, each against tables worked out by hand, and the rolling one against Kubernetes' own rules.

A row of a table is a step: its id, what runs after it (``3S`` serving, ``1R`` ready, ``2W`` waiting on standby), the
part of the users who may meet the new version, and the way back: what it does at once, then how many instances it
creates again.

Golden tables of the whole matrix stand in ``golden/strategies``. A change that is meant:
``DRAWDEPLOY_GOLDEN=write pytest tests/test_strategies.py``, then read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from drawdeploy.describe import environment_names, load_environment, load_strategy, strategy_names
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand import expand
from drawdeploy.ledger import keep
from drawdeploy.model import Outcome, Phase, Plan, RollbackKind, RouteKind, Service, State, Step, Verb
from drawdeploy.words import LANGUAGES, Words, names
from plans import check_plan

WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"
GOLDEN = Path(__file__).parent / "golden" / "strategies"
DOCS = Path(__file__).parent.parent / "docs" / "strategies.md"
SIZES = (1, 3, 4, 10)
WIDEST_TITLE = 46
PHASES = ((Phase.SERVING, "S"), (Phase.READY, "R"), (Phase.STANDBY, "W"))


def planned(name: str, replicas: int, where: str = "plain", placement: str | None = None, **parameters: str) -> Plan:
    service = Service(replicas=replicas)
    environment = load_environment(where, service)
    plan = expand(load_strategy(name), environment, service, placement=placement, parameters=parameters)
    check_plan(plan)
    return plan


def running(state: State) -> str:
    """What runs: ``stable 10S canary 1R``; of a pool with two revisions ``app 9S (1 new)``."""
    found = []
    for pool in state.pools:
        counts = "+".join(f"{n}{letter}" for phase, letter in PHASES if (n := pool.count(phase)))
        mixed = len({one.revision for one in pool.instances}) > 1 or any(
            one.revision != pool.revision for one in pool.instances
        )
        new = sum(one.revision == "new" and one.phase.running for one in pool.instances)
        if counts:
            found.append(f"{pool.id.split('@')[0]} {counts}" + (f" ({new} new)" if mixed else ""))
    return " ".join(found) or "nothing"


def way_back(step: Step) -> str:
    if step.rollback.kind is RollbackKind.NONE:
        return "none"
    contain, restore = step.rollback.stages
    found = ["at once"] if contain.moves else []
    if restore.created:
        found.append(f"create {restore.created}")
    elif restore.moves:
        found.append("tidy")
    own = "own: " if step.rollback.kind is RollbackKind.OVERRIDE else ""
    return own + (", ".join(found) or "-")


def table(plan: Plan) -> list[str]:
    figures = keep(plan)
    pairs = zip(plan.steps, figures.steps, strict=True)
    return [
        f"{step.id}: {running(step.after)} | {share(after.after.exposure)} | {way_back(step)}" for step, after in pairs
    ]


def share(part: Fraction) -> str:
    """``10%``, or ``5/13`` where that is shorter."""
    return f"{part * 100}%" if (part * 100).denominator == 1 else str(part)


def rows(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


# --- strategies whose tables are the same at every size, but for the number -------------------------------------------

ANY_SIZE = {
    "bluegreen": """
        create-and-test: blue {n}S green {n}R | 0% | tidy
        switch-traffic: blue {n}W green {n}S | 100% | at once, tidy
        watch: blue {n}W green {n}S | 100% | at once, tidy
        remove-old: green {n}S | 100% | create {n}
    """,
    "recreate": """
        stop: nothing | 0% | own: create {n}
        create: new {n}R | 0% | own: create {n}
        open: new {n}S | 100% | own: at once, create {n}
    """,
    "shadow": """
        create: live {n}S shadow {n}R | 0% | tidy
        mirror: live {n}S shadow {n}R | 0% | at once, tidy
        compare: live {n}S shadow {n}R | 0% | at once, tidy
        switch: live {n}W shadow {n}S | 100% | at once, tidy
        remove-old: shadow {n}S | 100% | create {n}
    """,
    "darklaunch": """
        create: old {n}S new {n}R | 0% | tidy
        deploy: old {n}W new {n}S | 0% | at once, tidy
        remove-old: new {n}S | 0% | create {n}
        turn-on: new {n}S | 1% | at once, create {n}
        bake: new {n}S | 1% | at once, create {n}
        turn-on: new {n}S | 10% | at once, create {n}
        bake: new {n}S | 10% | at once, create {n}
        turn-on: new {n}S | 50% | at once, create {n}
        bake: new {n}S | 50% | at once, create {n}
        launch: new {n}S | 100% | at once, create {n}
    """,
    "bluegreen-db": """
        expand: blue {n}S | 0% | tidy
        dual-write: blue {n}S | 0% | tidy
        create-and-test: blue {n}S green {n}R | 0% | tidy
        switch: blue {n}W green {n}S | 100% | at once, tidy
        watch: blue {n}W green {n}S | 100% | at once, tidy
        remove-old: green {n}S | 100% | create {n}
        contract: green {n}S | 100% | none
    """,
}


@pytest.mark.parametrize("replicas", SIZES)
@pytest.mark.parametrize("name", ANY_SIZE)
def test_tables_that_hold_at_any_size(name: str, replicas: int) -> None:
    plan = planned(name, replicas)
    assert table(plan) == rows(ANY_SIZE[name].replace("{n}", str(replicas)))
    assert plan.outcome is Outcome.PROMOTED


# --- strategies whose steps depend on the size ------------------------------------------------------------------------

TABLES = {
    ("rolling", 1): """
        surge: old 1S new 1R | 0% | tidy
        ready: old 1S new 1S | 50% | at once, tidy
        replace: new 1S | 100% | create 1
    """,
    ("rolling", 3): """
        surge: old 3S new 1R | 0% | tidy
        ready: old 3S new 1S | 25% | at once, tidy
        replace: old 2S new 1S+1R | 1/3 | create 1
        ready: old 2S new 2S | 50% | create 1
        replace: old 1S new 2S+1R | 2/3 | create 2
        ready: old 1S new 3S | 75% | create 2
        replace: new 3S | 100% | create 3
    """,
    ("rolling", 4): """
        surge: old 4S new 1R | 0% | tidy
        replace: old 3S new 2R | 0% | create 1
        ready: old 3S new 2S | 40% | at once, create 1
        replace: old 1S new 2S+2R | 2/3 | create 3
        ready: old 1S new 4S | 80% | create 3
        replace: new 4S | 100% | create 4
    """,
    ("rolling", 10): """
        surge: old 10S new 3R | 0% | tidy
        replace: old 8S new 5R | 0% | create 2
        ready: old 8S new 5S | 5/13 | at once, create 2
        replace: old 3S new 5S+5R | 5/8 | create 7
        ready: old 3S new 10S | 10/13 | create 7
        replace: new 10S | 100% | create 10
    """,
    ("canary", 1): """
        create: stable 1S canary 1R | 0% | tidy
        shift: stable 1S canary 1S | 10% | at once, tidy
        bake: stable 1S canary 1S | 10% | at once, tidy
        shift: stable 1S canary 1S | 50% | at once, tidy
        bake: stable 1S canary 1S | 50% | at once, tidy
        promote: stable 1W canary 1S | 100% | at once, tidy
        remove-old: canary 1S | 100% | create 1
    """,
    ("canary", 3): """
        create: stable 3S canary 1R | 0% | tidy
        shift: stable 3S canary 1S | 10% | at once, tidy
        bake: stable 3S canary 1S | 10% | at once, tidy
        create: stable 3S canary 1S+1R | 10% | at once, tidy
        shift: stable 3S canary 2S | 50% | at once, tidy
        bake: stable 3S canary 2S | 50% | at once, tidy
        scale: stable 3S canary 2S+1R | 50% | at once, tidy
        promote: stable 3W canary 3S | 100% | at once, tidy
        remove-old: canary 3S | 100% | create 3
    """,
    ("canary", 4): """
        create: stable 4S canary 1R | 0% | tidy
        shift: stable 4S canary 1S | 10% | at once, tidy
        bake: stable 4S canary 1S | 10% | at once, tidy
        create: stable 4S canary 1S+1R | 10% | at once, tidy
        shift: stable 4S canary 2S | 50% | at once, tidy
        bake: stable 4S canary 2S | 50% | at once, tidy
        scale: stable 4S canary 2S+2R | 50% | at once, tidy
        promote: stable 4W canary 4S | 100% | at once, tidy
        remove-old: canary 4S | 100% | create 4
    """,
    ("canary", 10): """
        create: stable 10S canary 1R | 0% | tidy
        shift: stable 10S canary 1S | 10% | at once, tidy
        bake: stable 10S canary 1S | 10% | at once, tidy
        create: stable 10S canary 1S+4R | 10% | at once, tidy
        shift: stable 10S canary 5S | 50% | at once, tidy
        bake: stable 10S canary 5S | 50% | at once, tidy
        scale: stable 10S canary 5S+5R | 50% | at once, tidy
        promote: stable 10W canary 10S | 100% | at once, tidy
        remove-old: canary 10S | 100% | create 10
    """,
    ("abtest", 1): """
        create: a 1S b 1R | 0% | tidy
        split: a 1S b 1S | 10% | at once, tidy
        experiment: a 1S b 1S | 10% | at once, tidy
        adopt: a 1W b 1S | 100% | at once, tidy
        remove-a: b 1S | 100% | create 1
    """,
    ("abtest", 3): """
        create: a 3S b 1R | 0% | tidy
        split: a 3S b 1S | 10% | at once, tidy
        experiment: a 3S b 1S | 10% | at once, tidy
        scale: a 3S b 1S+2R | 10% | at once, tidy
        adopt: a 3W b 3S | 100% | at once, tidy
        remove-a: b 3S | 100% | create 3
    """,
    ("abtest", 4): """
        create: a 4S b 1R | 0% | tidy
        split: a 4S b 1S | 10% | at once, tidy
        experiment: a 4S b 1S | 10% | at once, tidy
        scale: a 4S b 1S+3R | 10% | at once, tidy
        adopt: a 4W b 4S | 100% | at once, tidy
        remove-a: b 4S | 100% | create 4
    """,
    ("abtest", 10): """
        create: a 10S b 1R | 0% | tidy
        split: a 10S b 1S | 10% | at once, tidy
        experiment: a 10S b 1S | 10% | at once, tidy
        scale: a 10S b 1S+9R | 10% | at once, tidy
        adopt: a 10W b 10S | 100% | at once, tidy
        remove-a: b 10S | 100% | create 10
    """,
    ("waves", 3): """
        one-box: app 3S (1 new) | 1/3 | tidy
        next-zone: app 3S (2 new) | 2/3 | tidy
        next-zone: app 3S (3 new) | 100% | tidy
    """,
    ("waves", 4): """
        one-box: app 4S (1 new) | 25% | tidy
        one-zone: app 4S (2 new) | 50% | tidy
        next-zone: app 4S (4 new) | 100% | tidy
    """,
    ("waves", 10): """
        one-box: app 10S (1 new) | 10% | tidy
        one-zone: app 10S (4 new) | 40% | tidy
        next-zone: app 10S (8 new) | 80% | tidy
        next-zone: app 10S (10 new) | 100% | tidy
    """,
}


@pytest.mark.parametrize(("name", "replicas"), TABLES)
def test_tables_worked_out_by_hand(name: str, replicas: int) -> None:
    plan = planned(name, replicas)
    assert table(plan) == rows(TABLES[name, replicas])
    assert plan.outcome is Outcome.PROMOTED


def test_a_wave_cannot_update_the_only_instance() -> None:
    with pytest.raises(DrawDeployError, match="nobody answers meanwhile"):
        planned("waves", 1)


# --- the rolling update is Kubernetes' own ----------------------------------------------------------------------------


def fenceposts(replicas: int, surge: str, unavailable: str) -> tuple[int, int]:
    """Surge rounds up, unavailable rounds down, and one may be missing if both come out as 0."""
    more = ceil(Fraction(surge.rstrip("%")) * replicas / 100) if "%" in surge else int(surge)
    fewer = int(Fraction(unavailable.rstrip("%")) * replicas / 100) if "%" in unavailable else int(unavailable)
    return (0, 1) if not more and not fewer else (more, fewer)


def controller(replicas: int, surge: int, unavailable: int) -> Iterator[tuple[str, int]]:
    """The moves of a Deployment's controller, one a sync: as its source says, all new pods becoming ready together."""
    old, new, available = replicas, 0, 0
    while old or new < replicas:
        room = replicas + surge - old - new
        if new < replicas and room > 0:
            step = min(room, replicas - new)
            new += step
            yield "new", step
            continue
        lowest = replicas - min(unavailable, replicas)
        down = min(old, max(0, old + new - lowest - (new - available)), max(0, old + available - lowest))
        if down:
            old -= down
            yield "old", -down
            continue
        assert available < new, "the controller would be stuck"
        available = new


def moves_of(plan: Plan) -> list[tuple[str, int]]:
    """How the two sets are scaled, in order."""
    signs = {Verb.CREATE: 1, Verb.REMOVE: -1}
    return [
        (move.pool.split("@")[0], signs[move.verb] * len(move.numbers))
        for step in plan.steps
        for move in step.moves
        if move.verb in signs
    ]


@pytest.mark.parametrize(
    ("surge", "unavailable", "orders"),
    [  # the orders that the controller's source promises for 2 replicas
        ("0%", "1%", [("old", -1), ("new", 1), ("old", -1), ("new", 1)]),
        ("1%", "25%", [("new", 1), ("old", -1), ("new", 1), ("old", -1)]),
        ("1%", "0%", [("new", 1), ("old", -1), ("new", 1), ("old", -1)]),
    ],
)
def test_rolling_moves_in_the_order_of_kubernetes(surge: str, unavailable: str, orders: list[tuple[str, int]]) -> None:
    assert list(controller(2, *fenceposts(2, surge, unavailable))) == orders
    assert moves_of(planned("rolling", 2, surge=surge, unavailable=unavailable)) == orders


def test_an_outage_that_does_not_come_is_not_shown() -> None:
    def ways(plan: Plan) -> set[str]:
        return {route.target for step in plan.steps for state in (step.before, step.after) for route in state.routes}

    assert "lost" not in ways(planned("rolling", 4))
    assert "lost" in ways(planned("rolling", 4, surge="0", unavailable="100%"))


@pytest.mark.parametrize("replicas", [1, 2, 3, 5, 8, 10, 13, 40])
@pytest.mark.parametrize("surge", ["0", "1", "25%", "100%"])
@pytest.mark.parametrize("unavailable", ["0", "1", "25%", "50%", "100%"])
def test_rolling_takes_the_sequence_of_the_controller(replicas: int, surge: str, unavailable: str) -> None:
    limits = fenceposts(replicas, surge, unavailable)
    plan = planned("rolling", replicas, surge=surge, unavailable=unavailable)
    assert moves_of(plan) == list(controller(replicas, *limits))
    for step, figures in zip(plan.steps, keep(plan).steps, strict=True):
        assert sum(pool.running for pool in step.after.pools) <= replicas + limits[0]
        serving = sum(pool.serving for pool in step.after.pools)
        assert serving >= replicas - min(limits[1], replicas)
        assert figures.after.lost == (0 if serving else 1)
    assert plan.outcome is Outcome.PROMOTED


# --- the canary is sized as by Argo Rollouts with traffic routing -----------------------------------------------------


@pytest.mark.parametrize("replicas", [1, 3, 10, 25])
@pytest.mark.parametrize("weights", ["5", "10, 50", "1, 33, 99"])
@pytest.mark.parametrize("affinity", ["none", "cookie"])
def test_a_canary_has_as_many_instances_as_its_weight_needs(replicas: int, weights: str, affinity: str) -> None:
    plan = planned("canary", replicas, "kubernetes", weights=weights, affinity=affinity)
    bakes = [(step, figures) for step, figures in zip(plan.steps, keep(plan).steps, strict=True) if step.id == "bake"]
    for (step, figures), weight in zip(bakes, map(int, weights.split(",")), strict=True):
        stable, canary = step.after.pools
        assert (stable.serving, canary.serving) == (replicas, ceil(Fraction(weight * replicas, 100)))
        assert figures.after.exposure == Fraction(weight, 100)


def test_affinity_sends_users_by_their_cookie_and_not_by_weight() -> None:
    plan = planned("canary", 4, "kubernetes", affinity="cookie")
    shifted = plan.steps[1]
    assert shifted.id == "shift-users"
    rules = [route for route in shifted.after.routes if route.kind is RouteKind.MATCH]
    assert [(route.rule, route.weight) for route in rules] == [("cookie canary=yes", Fraction(1, 10))]
    assert not [route for step in plan.steps[-2:] for route in step.after.routes if route.kind is RouteKind.MATCH]


@pytest.mark.parametrize(("by", "rule"), [("cookie", "cookie group=b"), ("header", "header x-group: b")])
def test_the_rule_of_an_ab_test_and_its_share_are_the_services_own(by: str, rule: str) -> None:
    plan = planned("abtest", 10, "kubernetes", by=by, share="25")
    (route,) = [route for route in plan.steps[1].after.routes if route.kind is RouteKind.MATCH]
    assert (route.rule, route.weight) == (rule, Fraction(1, 4))
    assert plan.steps[1].after.pools[1].serving == 3


# --- several sites ----------------------------------------------------------------------------------------------------


def test_recreate_never_runs_two_versions_at_once_at_any_site() -> None:
    plan = planned("recreate", 5, "hybrid", "both")
    stages = [stage for step in plan.steps for stage in step.rollback.stages]
    for state in [*(step.after for step in plan.steps), *(stage.after for stage in stages)]:
        assert len({one.revision for pool in state.pools for one in pool.instances if one.phase.running}) <= 1
    assert [figures.after.lost for figures in keep(plan).steps] == [1, 1, 0]


def test_sites_that_go_together_start_side_by_side() -> None:
    plan = planned("recreate", 4, "hybrid", "both")
    create = next(step for step in plan.steps if step.id == "create")
    assert len([move for move in create.moves if move.verb is Verb.CREATE]) == 2
    assert create.duration.seconds == plan.environment.start_seconds


def test_a_flag_is_switched_on_when_the_code_is_everywhere() -> None:
    plan = planned("darklaunch", 4, "hybrid", "both")
    lit = [step for step in plan.steps if any(part for _, part in step.after.flags)]
    assert [dict(step.after.flags)["new-feature"] for step in lit if step.id != "bake"] == [
        Fraction(1, 100),
        Fraction(1, 10),
        Fraction(1, 2),
        1,
    ]
    assert all(pool.revision == "new" for step in lit for pool in step.after.pools if pool.running)


def test_a_schema_moves_once_for_all_sites_and_there_is_no_way_back_past_contract() -> None:
    plan = planned("bluegreen-db", 4, "hybrid", "both")
    phases = [move.value for step in plan.steps for move in step.moves if move.verb is Verb.MIGRATE]
    assert phases == ["expand", "dual-write", "switch", "contract"]
    assert [step.id for step in plan.steps if step.rollback.kind is RollbackKind.NONE] == ["contract"]


def test_waves_begin_each_site_with_one_box_and_soak_it() -> None:
    plan = planned("waves", 10, "hybrid", "both")
    found = [(step.id, step.round.site if step.round else "", running(step.after)) for step in plan.steps]
    onprem, cloud = "app 5S", "app 5S"
    assert found == [
        ("one-box", "cloud", f"{onprem} {cloud} (1 new)"),
        ("one-zone", "cloud", f"{onprem} {cloud} (2 new)"),
        ("next-zone", "cloud", f"{onprem} {cloud} (4 new)"),
        ("next-zone", "cloud", f"{onprem} {cloud} (5 new)"),
        ("soak", "cloud", f"{onprem} {cloud} (5 new)"),
        ("one-box", "onprem", f"{onprem} (1 new) {cloud} (5 new)"),
        ("one-zone", "onprem", f"{onprem} (2 new) {cloud} (5 new)"),
        ("next-zone", "onprem", f"{onprem} (4 new) {cloud} (5 new)"),
        ("next-zone", "onprem", f"{onprem} (5 new) {cloud} (5 new)"),
        ("soak", "onprem", f"{onprem} (5 new) {cloud} (5 new)"),
    ]


# --- the whole matrix -------------------------------------------------------------------------------------------------


def told(name: str, where: str, placement: str) -> str:
    """The table of a plan for 4 replicas, or why there is none."""
    try:
        plan = planned(name, 4, where, placement)
    except DrawDeployError as error:
        return f"refused: {error.faults[0].message}"
    warned = [f"warned: {warning.message.key} {warning.steps}" for warning in plan.warnings]
    return "\n".join([*table(plan), f"{plan.outcome.value}", *warned])


@pytest.mark.parametrize("name", strategy_names())
def test_golden_tables_of_every_environment_and_placement(name: str) -> None:
    """Environments in which a strategy goes alike share one table."""
    alike: dict[str, list[str]] = {}
    for where in environment_names():
        for placement in load_environment(where, Service(replicas=4)).placements:
            alike.setdefault(told(name, where, placement.id), []).append(f"{where} {placement.id}")
    text = "\n".join(f"# {', '.join(places)}\n{rows}\n" for rows, places in alike.items())
    file = GOLDEN / f"{name}.txt"
    if WRITE:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"{file.name} differs; see the top of this file"


# --- texts and documents ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", strategy_names())
@pytest.mark.parametrize("replicas", [3, 100])
def test_titles_are_short_and_sources_are_named(name: str, replicas: int) -> None:
    made = load_strategy(name)
    assert all(re.fullmatch(r"https://\S+", cite) for cite in made.cites)
    plan = planned(name, replicas) if name != "shadow" else planned(name, replicas, "kubernetes")
    for lang in LANGUAGES:
        words = Words(lang)
        for step in plan.steps:
            title = words.say(step.title, names(plan))
            assert 0 < len(title) <= WIDEST_TITLE, title


@pytest.mark.parametrize("name", strategy_names())
def test_the_page_tells_of_every_strategy_with_its_options_and_sources(name: str) -> None:
    page = DOCS.read_text(encoding="utf-8")
    made = load_strategy(name)
    assert f"| [{name}](#{name}) |" in page, "in the table"
    section = page.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
    for part in ("**What it is.**", "**When to use it.**", "**What it costs.**"):
        assert part in section
    for parameter in made.parameters:
        assert f"`--{parameter.id}" in section
    for cite in made.cites:
        assert f"<{cite}>" in section
