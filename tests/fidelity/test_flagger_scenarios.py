"""Flagger's own tests, tick by tick, on the simulator's clock: every checkpoint is asserted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drawdeploy.controllers.asked import Event
from drawdeploy.controllers.flagger.simulate import begin, play, updated
from drawdeploy.controllers.flagger.spec import Metric, Spec, Target
from drawdeploy.controllers.flagger.state import Beat, State, World, settled
from drawdeploy.controllers.flagger.workload import full
from drawdeploy.value import replace
from fidelity.flagger_rows import analysis

CASES = json.loads((Path(__file__).parent / "facts" / "flagger_ticks.json").read_text(encoding="utf-8"))["cases"]

AT_ONCE = World(start=0, stop=0)
"""Upstream's tests make workloads ready by hand, right when they are looked at."""

FAILING = Metric("fail", "0", "50")


def _spec(inputs: dict[str, Any], service: bool) -> Spec:
    target = Target("Service" if service else "Deployment", "podinfo", 1, 1)
    assert inputs.get("provider", "mesh") == "mesh"
    return Spec("podinfo", "istio", target, analysis(inputs.get("analysis", {"stepWeight": 10})))


def _begin(spec: Spec, before: str) -> tuple[Spec, State]:
    """The state that a scenario begins in, and what its check is made of."""
    start = begin(spec)
    if not before or before.startswith("Initialized"):
        return spec, updated(start)
    count = spec.target.canary
    canary = replace(start.canary, revision="new", desired=count, lots=full("Deployment", "new", count))
    under_way = replace(start, applied="new", canary=canary)
    if before.startswith("Progressing"):
        spec = replace(spec, analysis=replace(spec.analysis, metrics=(FAILING,)))
        return spec, replace(under_way, phase="Progressing", failed=10, failing=("fail",))
    assert before.startswith("Promoting, routes 50/50")
    late = replace(
        start.primary, revision="new", deadline=0
    )  # its progress deadline is over as soon as it is looked at
    stuck = replace(under_way, phase="Promoting", primary_weight=50, canary_weight=50, primary=late, broken=True)
    return spec, settled(AT_ONCE, stuck)


def _ticks(spec: Spec, start: State, checkpoints: list[dict[str, Any]]) -> list[Beat]:
    """What each tick left behind; an event of a checkpoint happens right before its tick."""
    again = [i for i, point in enumerate(checkpoints) if point.get("event") == "target updated again"]
    events = tuple(Event("sync", i, "update") for i in again)
    return [beat for beat in play(spec, AT_ONCE, start, events) if beat.what not in ("event", "pods")]


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case['table']}" for i, case in enumerate(CASES)])
def test_every_checkpoint_holds(case: dict[str, Any]) -> None:
    inputs, checkpoints = case["inputs"], case["checkpoints"]
    spec, start = _begin(_spec(inputs, case["table"] == "service_promotion"), inputs.get("before", ""))
    ticks = _ticks(spec, start, checkpoints)
    for i, point in enumerate(checkpoints):
        state = ticks[min(i, len(ticks) - 1)].state  # a run that has ended stays as it is
        found = {
            "phase": state.phase,
            "primary": state.primary_weight,
            "canary": state.canary_weight,
            "mirrored": state.mirrored,
            "statusCanaryWeight": state.weight,
            "canaryReplicas": "kept" if point.get("canaryReplicas") == "kept" else state.canary.desired,
        }
        assert state.canary.desired > 0 or point.get("canaryReplicas") != "kept"
        expected = {key: value for key, value in point.items() if key not in ("event", "asserted")}
        assert {key: found[key] for key in expected} == expected, f"tick {i + 1}"


def test_the_scenarios_say_nothing_that_is_not_asserted() -> None:
    known = {"phase", "primary", "canary", "mirrored", "statusCanaryWeight", "canaryReplicas", "event", "asserted"}
    assert {key for case in CASES for point in case["checkpoints"] for key in point} <= known
