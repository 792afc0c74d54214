"""The costs of a plan over time, worked out by hand."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import pytest

from drawdeploy.costs import Costs, Spell, tally
from drawdeploy.expand import expand
from drawdeploy.ledger import keep
from drawdeploy.model import (
    Check,
    CheckKind,
    Duration,
    Instance,
    Move,
    Outcome,
    Phase,
    Phrase,
    Plan,
    Pool,
    Rollback,
    RollbackKind,
    Route,
    RouteKind,
    Service,
    State,
    Step,
    Verb,
)
from strategies import bluegreen, one_site, rollout, two_sites

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def costs_of(plan: Plan) -> Costs:
    return tally(plan, keep(plan))


# --- plans made by hand: one site, pools "old" and "new" of four slots -----------------------------------------------

LETTERS = {"s": Phase.SERVING, "w": Phase.STANDBY, "r": Phase.READY, "p": Phase.PLANNED, "x": Phase.REMOVED}


def pool(name: str, row: str) -> Pool:
    """One letter an instance: s(erving) w(aiting) r(eady) p(lanned) x (removed); N is one that serves the new one."""
    slots = tuple(
        Instance(number, "new" if letter == "N" or name == "new" else "old", LETTERS[letter.lower().replace("n", "s")])
        for number, letter in enumerate(row, 1)
    )
    return Pool(f"{name}@here", name, name, "here", slots)


def state(old: str, new: str, share: Fraction | int = 0, **more: Any) -> State:
    """`share` of the live traffic goes to the new pool, `lost` nowhere; `match` and `mirror` go to the new pool."""
    lost, match, mirror = (Fraction(more.pop(name, 0)) for name in ("lost", "match", "mirror"))
    routes = [
        Route("users", "dns", RouteKind.LIVE, Fraction(1)),
        Route("dns", "lb-here", RouteKind.LIVE, Fraction(1)),
        Route("lb-here", "old@here", RouteKind.LIVE, 1 - share - lost),
        Route("lb-here", "new@here", RouteKind.LIVE, Fraction(share)),
    ]
    routes += [Route("lb-here", "lost", RouteKind.LIVE, lost)] if lost else []
    routes += [Route("lb-here", "new@here", RouteKind.MATCH, match, "cookie")] if match else []
    routes += [Route("lb-here", "new@here", RouteKind.MIRROR, mirror)] if mirror else []
    return State((pool("old", old), pool("new", new)), tuple(routes), **more)


def made(begin: State, *steps: tuple[State, tuple[Move, ...], int], service: Service | None = None) -> Plan:
    """A plan of these states; each step has its moves, and a check that takes so many seconds (0: no check)."""
    base = expand(bluegreen(), one_site(8), service or Service(replicas=4))
    nothing = Rollback(RollbackKind.DERIVED, Phrase("expand.rollback.nothing"), ())
    found, before = [], begin
    for number, (after, moves, seconds) in enumerate(steps, 1):
        checks = (Check(CheckKind.AUTOMATIC, "monitoring", Phrase("x"), seconds),) if seconds else ()
        time = sum(move.seconds for move in moves) + seconds
        text = Phrase("expand.restore.none")
        found.append(
            Step(
                number=number,
                id=f"step-{number}",
                title=text,
                text=text,
                acts=(),
                moves=moves,
                checks=checks,
                round=None,
                in_round=None,
                key=True,
                before=before,
                after=after,
                duration=Duration(time),
                rollback=nothing,
            )
        )
        before = after
    return dataclasses.replace(base, begin=begin, steps=tuple(found), outcome=Outcome.PROMOTED, warnings=())


CREATE = Move(Verb.CREATE, "new@here", (1, 2, 3, 4), 60)
ROUTE = Move(Verb.ROUTE, seconds=10)
START = state("ssss", "pppp")


# --- over time -------------------------------------------------------------------------------------------------------


def test_switching_at_once_exposes_everybody_from_the_switch_on() -> None:
    """60 s of creating count nothing; 5 s of switching, 600 s of watching and 15 s of removing count in full."""
    costs = costs_of(expand(bluegreen(), one_site(6), Service(replicas=3)))
    assert [row.spell.exposed for row in costs.steps] == [0, 5, 600, 15]
    assert [row.until.exposed for row in costs.steps] == [0, 5, 605, 620]
    assert costs.total == Spell(Fraction(620), 3 * 620)
    assert (costs.surge, costs.unproven, costs.leap) == (3, 1, 1)
    assert (costs.proof, costs.last_check) == (3, 3)


def test_batches_expose_a_third_more_every_round() -> None:
    """Round r: creating 60 s at (r-1)/3; shifting 5 s, checking 900 s and removing 15 s at r/3."""
    costs = costs_of(expand(rollout(), one_site(), Service(replicas=3)))
    rounds = [[0, Fraction(5, 3), 300, 5], [20, Fraction(10, 3), 600, 10], [40, 5, 900, 15]]
    assert [row.spell.exposed for row in costs.steps] == [seconds for row in rounds for seconds in row]
    assert costs.total == Spell(Fraction(1900), 5700)
    assert (costs.surge, costs.unproven, costs.leap, costs.proof, costs.last_check) == (1, THIRD, THIRD, 3, 11)


@pytest.mark.parametrize(
    ("moves", "check", "exposed"),
    [
        ((ROUTE,), 0, 10),  # while routing changes the worse counts
        ((CREATE, ROUTE), 0, 10),  # what comes before it does not
        ((CREATE, ROUTE), 100, 110),
        ((ROUTE, Move(Verb.OBSERVE, seconds=100)), 0, 110),
        ((Move(Verb.OBSERVE, seconds=100), ROUTE), 0, 10),
        ((CREATE, Move(Verb.STANDBY, "old@here", (1,)), ROUTE, Move(Verb.REMOVE, "old@here", (1,), 15)), 0, 25),
        ((Move(Verb.FLAG, value="50"),), 100, 100),
        ((Move(Verb.UPDATE, "old@here", (1,), 75),), 0, 0),  # an update in place counts once it is done
        ((Move(Verb.UPDATE, "old@here", (1,), 75),), 100, 100),
    ],
)
def test_when_in_a_step_users_begin_to_count(moves: tuple[Move, ...], check: int, exposed: int) -> None:
    plan = made(START, (state("wwww", "ssss", 1), moves, check))
    assert costs_of(plan).total.exposed == exposed


def test_an_outage_counts_from_the_switch_to_the_switch() -> None:
    """Recreate: routing off 10 s, stopping 15 s, then creating 60 s and routing 10 s: 95 s, everybody."""
    plan = made(
        START,
        (state("wwww", "pppp", 0, lost=1), (ROUTE,), 0),
        (state("xxxx", "pppp", 0, lost=1), (Move(Verb.REMOVE, "old@here", (1, 2, 3, 4), 15),), 0),
        (state("xxxx", "ssss", 1), (CREATE, ROUTE), 30),
        service=Service(replicas=4, requests=20),
    )
    costs, ledger = costs_of(plan), keep(plan)
    assert (costs.total.outage, costs.total.lost, costs.lost) == (95, 95, 1)
    assert costs.total.exposed == 10 + 30
    assert (costs.requests(costs.total.lost), costs.requests(costs.total.exposed)) == (1900, 800)
    assert ledger.lowest_serving == 0
    assert costs_of(made(START)).requests(Fraction(1)) is None


def test_copies_are_load_but_no_exposure() -> None:
    plan = made(
        START,
        (state("ssss", "rrrr", 0, mirror=HALF), (CREATE, Move(Verb.MIRROR, "new@here")), 100),
        service=Service(replicas=4, requests=40, per_instance=10),
    )
    costs = costs_of(plan)
    assert (costs.mirrored, costs.total.mirrored, costs.total.exposed, costs.proof) == (HALF, 80, 0, 0)
    assert costs.load == 1  # the old ones; the new ones get half of that
    assert costs_of(made(START)).load is None


def test_load_is_that_of_the_busiest_instance() -> None:
    """100 requests a second, half of them to one instance that can take 20."""
    plan = made(
        START, (state("sssw", "sppp", HALF), (ROUTE,), 0), service=Service(replicas=4, requests=100, per_instance=20)
    )
    assert costs_of(plan).load == Fraction(50, 20)


@pytest.mark.parametrize(
    ("after", "exposure"),
    [
        (state("ssss", "ssss", 0, match=Fraction(1, 10)), Fraction(1, 10)),
        (state("ssss", "ssss", HALF, match=Fraction(1, 10)), Fraction(1, 10) + Fraction(9, 10) * HALF),
        (state("ssNN", "pppp"), HALF),
        (state("xxxx", "ssss", 1, flags=(("checkout", Fraction(1, 5)),)), Fraction(1, 5)),
        (state("xxxx", "ssss", 1, flags=(("a", HALF), ("b", HALF))), Fraction(1, 4)),
        (state("wwww", "sppp", Fraction(1, 4), lost=Fraction(3, 4)), Fraction(1, 4)),
    ],
)
def test_exposure_with_matches_mixed_pools_flags_and_losses(after: State, exposure: Fraction) -> None:
    assert keep(made(START, (after, (ROUTE,), 0))).steps[0].after.exposure == exposure


# --- within a step ---------------------------------------------------------------------------------------------------


def test_an_update_in_place_takes_capacity_away_while_it_lasts() -> None:
    moves = (Move(Verb.UPDATE, "old@here", (1, 2), 75), Move(Verb.UPDATE, "old@here", (3,), 75))
    ledger = keep(made(START, (state("NNNs", "pppp"), moves, 0)))
    assert (ledger.steps[0].after.serving, ledger.steps[0].lowest, ledger.lowest_serving) == (1, HALF, HALF)


def test_the_most_at_once_is_counted_move_by_move() -> None:
    """Two are created before two are removed: six at once, though four run before and after."""
    create, remove = Move(Verb.CREATE, "new@here", (1, 2), 60), Move(Verb.REMOVE, "old@here", (1, 2), 15)
    after = state("xxss", "sspp", HALF)
    plans = [made(START, (after, moves, 0)) for moves in ((create, ROUTE, remove), (remove, create, ROUTE))]
    assert [keep(plan).peak_running for plan in plans] == [6, 4]
    assert [costs_of(plan).surge for plan in plans] == [2, 0]


# --- the way back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "needs"),
    [
        (None, [(3, 6), (3, 6), (3, 6), (3, 6)]),
        (6, [(3, 6), (3, 6), (3, 6), (3, 6)]),
    ],
)
def test_what_room_a_rollback_needs(capacity: int | None, needs: list[tuple[int, int]]) -> None:
    """Blue-green runs six while blue waits; once it is removed, restoring it needs six again."""
    costs = costs_of(expand(bluegreen(), one_site(capacity), Service(replicas=3)))
    assert [row.needs for row in costs.steps] == [((6,), (6,)), ((6,), (6,)), ((6,), (6,)), ((3,), (6,))]
    assert needs  # the cases differ in capacity alone


def test_batches_keep_a_rollback_within_the_capacity() -> None:
    costs = costs_of(expand(rollout(), one_site(4), Service(replicas=3)))
    assert {need for row in costs.steps for stage in row.needs for need in stage} <= {3, 4}
    tight = costs_of(expand(rollout(), one_site(3), Service(replicas=3)))
    assert tight.steps[-1].needs == ((3,), (6,))  # no room for one more, so there are no batches either


def test_how_long_until_nobody_is_on_the_new_one() -> None:
    """Blue waits: 5 s. Blue is gone: 60 s to create, 5 s to route, 15 s to remove."""
    costs = costs_of(expand(bluegreen(), one_site(6), Service(replicas=3)))
    assert [row.safe for row in costs.steps] == [Duration(0), Duration(5), Duration(5), Duration(80)]
    assert (costs.back, costs.end, costs.no_return) == (Duration(5), Duration(80), 0)


def test_batches_are_slow_to_take_back_from_the_second_round_on() -> None:
    costs = costs_of(expand(rollout(), one_site(), Service(replicas=3)))
    assert [row.safe for row in costs.steps[:4]] == [Duration(0), Duration(5), Duration(5), Duration(80)]
    assert costs.back == Duration(85)  # contain this round 5 s, then restore the rounds before


def test_no_way_back_is_told_by_its_first_step() -> None:
    plan = expand(bluegreen(), one_site(6), Service(replicas=3))
    none = Rollback(RollbackKind.NONE, Phrase("expand.rollback.nothing"), ())
    steps = tuple(dataclasses.replace(step, rollback=none) if step.number >= 3 else step for step in plan.steps)
    costs = costs_of(dataclasses.replace(plan, steps=steps))
    assert costs.no_return == 3
    assert (costs.back, costs.end) == (None, None)


def test_two_sites_are_told_apart() -> None:
    costs = costs_of(expand(bluegreen(), two_sites(home=4), Service(replicas=4), placement="across"))
    assert costs.steps[-1].needs == ((0, 4), (4, 4))


def test_a_plan_without_steps_costs_nothing() -> None:
    assert costs_of(made(START)).total == Spell()
    assert costs_of(made(START)).back == Duration()
