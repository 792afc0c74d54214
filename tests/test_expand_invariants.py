"""The design's invariants over every strategy × environment × placement × size × batch, and over strategies made up."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from drawdeploy.describe import environment_names, load_environment, load_strategy, strategy_names
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand import expand
from drawdeploy.expand.faults import Unable
from drawdeploy.ledger import keep
from drawdeploy.model import (
    Environment,
    Outcome,
    Parameter,
    ParameterKind,
    Plan,
    RepeatSpec,
    Service,
    StepSpec,
    Strategy,
)
from plans import check_plan
from strategies import MANUAL, OLD_AND_NEW, bluegreen, expression, one_site, rollout, step, strategy, two_sites, verb

REPLICAS = st.one_of(st.integers(1, 14), st.just(40))


def placements(environment: Environment) -> list[str]:
    return [placement.id for placement in environment.placements]


def values_of(parameter: Parameter, replicas: int) -> st.SearchStrategy[str]:
    """What users may write for a parameter."""
    low, high = parameter.minimum or 0, parameter.maximum
    match parameter.kind:
        case ParameterKind.COUNT:
            return st.integers(low, max(low, min(replicas, high or replicas))).map(str)
        case ParameterKind.COUNT_OR_PERCENT:
            least = low if parameter.minimum is not None else 1
            return st.one_of(
                st.integers(least, max(least, min(replicas, high or replicas))).map(str),
                st.integers(1, 100).map("{}%".format),
            )
        case ParameterKind.PERCENT:
            return st.integers(low or 1, high or 100).map(str)
        case ParameterKind.STEPS:
            top = min(replicas if parameter.of else 100, high or 100)
            return st.sets(st.integers(max(low, 1), top), min_size=1, max_size=4).map(
                lambda steps: ", ".join(map(str, sorted(steps)))
            )
        case ParameterKind.DURATION:
            return st.integers(max(low, 1), min(high or 7200, 7200)).map("{}s".format)
        case ParameterKind.CHOICE:
            return st.sampled_from(parameter.choices)


def parameters_of(made: Strategy, replicas: int, data: st.DataObject) -> dict[str, str]:
    drawn = {p.id: data.draw(st.none() | values_of(p, replicas), label=p.id) for p in made.parameters}
    return {name: value for name, value in drawn.items() if value is not None}


def planned(made: Strategy, environment: Environment, service: Service, placement: str, batch: dict[str, str]) -> Plan:
    plan = expand(made, environment, service, placement=placement, parameters=batch)
    check_plan(plan)
    assert plan.outcome is Outcome.PROMOTED
    figures = keep(plan)
    assert figures.begin.exposure == 0
    assert figures.steps[-1].after.exposure == 1
    assert figures.steps[-1].after.serving == 1, "as many serve in the end"
    if made.id in ("bluegreen", "rollout", "canary", "abtest", "shadow"):
        assert figures.lowest_serving == 1, "as many serve all the time"
    return plan


def refusal(error: DrawDeployError, environment: Environment, service: Service) -> str:
    """Why a strategy and an environment do not go together; the reason must be true."""
    said = error.faults[0].message
    if isinstance(error, Unable):
        able = [node for node in environment.nodes if said.startswith(node.title.en) and error.ability in node.can]
        assert not able or "one router" in error.faults[0].hint, said
        return "unable"
    if "cannot be split" in said:
        assert service.replicas < 3
        return "split"
    assert "so nobody answers meanwhile" in said
    return "alone"


@pytest.mark.parametrize("target", strategy_names())
@pytest.mark.parametrize("where", environment_names())
@settings(derandomize=True, max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_built_in_plan(target: str, where: str, data: st.DataObject) -> None:
    service = Service(replicas=data.draw(REPLICAS, label="replicas"))
    capacity = data.draw(st.none() | st.integers(1, 2 * service.replicas + 1), label="capacity")
    made, environment = load_strategy(target), load_environment(where, service, capacity)
    placement = data.draw(st.sampled_from(placements(environment)), label="placement")
    batch = parameters_of(made, service.replicas, data)
    try:
        planned(made, environment, service, placement, batch)
    except DrawDeployError as error:
        event(refusal(error, environment, service))


@pytest.mark.parametrize("make", [bluegreen, rollout])
@settings(derandomize=True, max_examples=40, deadline=None)
@given(data=st.data())
def test_capacity_of_either_site_changes_only_warnings_and_rollbacks(make: object, data: st.DataObject) -> None:
    made = make()  # type: ignore[operator]  # one of two functions without arguments
    service = Service(replicas=data.draw(st.integers(2, 9)))
    sizes = st.none() | st.integers(1, 12)
    placement = data.draw(st.sampled_from(["across", "both"]))
    batch = parameters_of(made, service.replicas, data)
    tight, free = (
        planned(made, environment, service, placement, batch)
        for environment in (two_sites(data.draw(sizes), data.draw(sizes)), two_sites())
    )
    assert [step.after for step in tight.steps] == [step.after for step in free.steps]
    assert [step.moves for step in tight.steps] == [step.moves for step in free.steps]
    assert free.warnings == ()
    for one, other in zip(tight.steps, free.steps, strict=True):
        pairs = zip(one.rollback.stages, other.rollback.stages, strict=True)
        assert all(mine.after == theirs.after for mine, theirs in pairs)


# --- strategies that nobody would write ------------------------------------------------------------------------------

POOLS = st.sampled_from([spec.id for spec in OLD_AND_NEW])
COUNTS = st.sampled_from(["", "1", "2", "min(1, old.serving)", "min(2, new.planned)", "new.ready", "old.standby"])
PHASES = st.sampled_from(["", "standby", "ready"])
WEIGHT = st.sampled_from([0, 10, 50, 90, 100])
VERBS = st.one_of(
    st.builds(verb, st.sampled_from(["create", "standby", "resume"]), POOLS, COUNTS),
    st.builds(
        lambda p, c, ph: verb("remove", p, c, phase=ph), POOLS, COUNTS, st.sampled_from(["", "standby", "ready"])
    ),
    st.builds(lambda p, off: verb("test", p, off=off), POOLS, st.booleans()),
    st.builds(lambda w: verb("route", weights={"old": str(100 - w), "new": str(w)}), WEIGHT),
    st.just(verb("route", by_serving=True)),
)
STEPS = st.builds(
    lambda verbs, waits: step("s", *verbs, checks=(MANUAL,) if waits else ()),
    st.lists(VERBS, min_size=1, max_size=2),
    st.booleans(),
)
LOOPS = st.builds(
    lambda until, steps: RepeatSpec(expression(until), (), tuple(steps), line=1, column=1),
    st.sampled_from(["old.running == 0", "old.serving == 0", "new.planned == 0", "new.serving >= 2"]),
    st.lists(STEPS, min_size=1, max_size=3),
)
USUAL = [
    step("create", verb("create", "new")),
    step("some", verb("create", "new", "min(1, new.planned)"), verb("route", by_serving=True)),
    step("switch", verb("route", weights={"new": "100"})),
    step("part", verb("route", weights={"old": "50", "new": "50"})),
]
CANDIDATES = st.lists(st.one_of(st.sampled_from(USUAL), STEPS, LOOPS), min_size=3, max_size=10)


@settings(derandomize=True, max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CANDIDATES, st.integers(2, 5), st.sampled_from(["across", "both"]), st.none() | st.integers(1, 8))
def test_any_strategy_is_refused_or_keeps_the_invariants(
    candidates: list[StepSpec | RepeatSpec], replicas: int, placement: str, capacity: int | None
) -> None:
    """Takes each step that goes with those before it, so that long plans come out."""
    environment, service = two_sites(capacity), Service(replicas=replicas)
    body: list[StepSpec | RepeatSpec] = []
    for candidate in candidates:
        try:
            expand(strategy(*body, candidate), environment, service, placement=placement)
        except DrawDeployError as error:
            assert error.faults[0].hint
        else:
            body.append(candidate)
    plan = expand(strategy(*body), environment, service, placement=placement)
    event(f"{min(len(plan.steps), 8)} steps")
    check_plan(plan)


def test_one_site_is_no_different() -> None:
    """`single` is a scope like any other."""
    for made in (bluegreen(), rollout()):
        check_plan(expand(made, one_site(5), Service(replicas=3)))
