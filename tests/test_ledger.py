"""The figures of a plan, worked out by hand."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from drawdeploy.expand import expand
from drawdeploy.ledger import Figures, SiteFigures, keep, shares
from drawdeploy.model import Duration, Instance, Phase, Pool, Route, RouteKind, Service, State
from strategies import bluegreen, one_site, rollout, two_sites

THIRD = Fraction(1, 3)


def test_bluegreen_exposes_everybody_at_once_and_needs_twice_the_room() -> None:
    ledger = keep(expand(bluegreen(), one_site(6), Service(replicas=3)))
    assert [figures.after.exposure for figures in ledger.steps] == [0, 1, 1, 1]
    assert [figures.after.running for figures in ledger.steps] == [6, 6, 6, 3]
    assert [figures.after.serving for figures in ledger.steps] == [1, 1, 1, 1]
    assert ledger.begin == Figures(Fraction(0), Fraction(1), 3, (SiteFigures("here", 3, 3, 0, 6),))
    assert ledger.steps[1].after.sites == (SiteFigures("here", 6, 3, 3, 6),)
    assert (ledger.lowest_serving, ledger.peak_running) == (1, 6)


def test_rollout_exposes_round_by_round_and_needs_one_batch_more() -> None:
    ledger = keep(expand(rollout(), one_site(), Service(replicas=3)))
    assert [figures.after.exposure for figures in ledger.steps[::4]] == [0, THIRD, 2 * THIRD]
    assert [figures.after.exposure for figures in ledger.steps[1::4]] == [THIRD, 2 * THIRD, 1]
    assert ledger.peak_running == 4


def test_times_add_up_and_approvals_count() -> None:
    plan = expand(bluegreen(), one_site(), Service())
    ledger = keep(plan)
    assert [figures.elapsed for figures in ledger.steps] == [
        Duration(60),
        Duration(65),
        Duration(665, 1),
        Duration(680, 1),
    ]
    assert ledger.total == Duration(680, 1)


def test_rollback_figures() -> None:
    ledger = keep(expand(bluegreen(), one_site(5), Service(replicas=3)))
    assert [figures.rollback for figures in ledger.steps] == [1, 2, 2, 1]
    assert [(f.contain.seconds, f.restore.seconds) for f in ledger.steps] == [(0, 15), (5, 15), (5, 15), (0, 160)]
    assert [figures.fits for figures in ledger.steps] == [False] * 3 + [True], "six run where five fit, until step 4"
    assert [[stage.exposure for stage in figures.stages] for figures in ledger.steps] == [
        [0, 0],
        [0, 0],
        [0, 0],
        [1, 0],
    ]
    assert not keep(expand(bluegreen(), one_site(3), Service(replicas=3))).steps[-1].fits


def test_figures_by_site() -> None:
    ledger = keep(expand(rollout(), two_sites(home=3), Service(replicas=5)))
    home, cloud = ledger.begin.sites
    assert (home.running, home.capacity, home.headroom, home.overflow) == (3, 3, 0, 0)
    assert (cloud.running, cloud.capacity, cloud.headroom, cloud.overflow) == (2, None, None, 0)
    last_rounds = [figures.after.sites[0] for figures in ledger.steps if figures.number > 8]
    assert [site.overflow for site in last_rounds] == [1, 1, 1, 0] * 3


def test_standby_runs_but_does_not_serve() -> None:
    ledger = keep(expand(rollout(), one_site(), Service(replicas=3), parameters={"batch": "2"}))
    (site,) = ledger.steps[1].after.sites
    assert (site.running, site.serving, site.standby) == (5, 3, 2)


def test_exposure_is_the_share_of_a_pool_times_its_new_part() -> None:
    """A pool may hold both revisions while it rolls; mirrored and test traffic are no exposure."""
    plan = expand(bluegreen(), one_site(), Service(replicas=3))
    mixed = Pool(
        "blue@here",
        "blue",
        "old",
        "here",
        tuple(Instance(n, "new" if n == 1 else "old", Phase.SERVING) for n in (1, 2, 3, 4)),
    )
    other = Pool("green@here", "green", "new", "here", (Instance(1, "new", Phase.READY),))
    state = State(
        (mixed, other),
        (
            Route("users", "lb-here", RouteKind.LIVE, Fraction(1)),
            Route("lb-here", "blue@here", RouteKind.LIVE, Fraction(1)),
            Route("lb-here", "green@here", RouteKind.LIVE, Fraction(0)),
            Route("lb-here", "green@here", RouteKind.MIRROR, Fraction(0)),
            Route("tester", "green@here", RouteKind.TEST),
        ),
    )
    step = dataclasses.replace(plan.steps[0], after=state)
    ledger = keep(dataclasses.replace(plan, steps=(step,)))
    assert ledger.steps[0].after.exposure == Fraction(1, 4)
    assert ledger.steps[0].after.serving == Fraction(4, 3)


def test_lowest_serving_looks_at_the_beginning_too() -> None:
    plan = expand(bluegreen(), one_site(), Service(replicas=2))
    fewer = Pool("green@here", "green", "new", "here", (Instance(1, "new", Phase.SERVING),))
    state = dataclasses.replace(plan.steps[-1].after, pools=(plan.steps[-1].after.pools[0], fewer))
    steps = (*plan.steps[:-1], dataclasses.replace(plan.steps[-1], after=state))
    assert keep(dataclasses.replace(plan, steps=steps)).lowest_serving == Fraction(1, 2)
    assert keep(dataclasses.replace(plan, steps=())).lowest_serving == 1
    assert keep(dataclasses.replace(plan, steps=())).total == Duration()


@pytest.mark.parametrize("order", [1, -1])
def test_a_share_is_the_product_along_the_path_in_whatever_order_routes_stand(order: int) -> None:
    routes = (
        Route("users", "gslb", RouteKind.LIVE, Fraction(1)),
        Route("gslb", "lb-a", RouteKind.LIVE, Fraction(2, 3)),
        Route("gslb", "lb-b", RouteKind.LIVE, THIRD),
        Route("lb-a", "x@a", RouteKind.LIVE, Fraction(1, 2)),
        Route("lb-a", "y@a", RouteKind.LIVE, Fraction(1, 2)),
        Route("lb-b", "x@b", RouteKind.LIVE, Fraction(1)),
    )
    pools = tuple(Pool(name, "x", "old", name[-1], ()) for name in ("x@a", "y@a", "x@b"))
    assert shares(State(pools, routes[::order])) == {"x@a": THIRD, "y@a": THIRD, "x@b": THIRD}


def test_a_router_alone_is_where_traffic_begins() -> None:
    pools = (Pool("x@a", "x", "old", "a", ()), Pool("y@a", "x", "old", "a", ()))
    routes = (
        Route("lb", "x@a", RouteKind.LIVE, Fraction(3, 4)),
        Route("lb", "y@a", RouteKind.LIVE, Fraction(1, 4)),
    )
    assert shares(State(pools, routes)) == {"x@a": Fraction(3, 4), "y@a": Fraction(1, 4)}
