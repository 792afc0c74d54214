"""Whole runs of Argo Rollouts' own end-to-end suites, played on the simulator's timeline; every checkpoint is asserted.

A scenario is told in words, so what happens between its checkpoints is written here; what must be true at each of them
is taken from the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from drawdeploy.controllers.argo import pools, simulate, tell
from drawdeploy.controllers.argo.events import happen, update
from drawdeploy.controllers.argo.spec import Analysis, Canary, Experiment, Pause, Spec, Step, Switch, Trial
from drawdeploy.controllers.argo.weights import Scale
from drawdeploy.controllers.argo.world import Pods, Timing, World, later
from drawdeploy.controllers.asked import Event
from drawdeploy.value import replace

FACTS = json.loads((Path(__file__).parent / "facts" / "argo_e2e_sequences.json").read_text(encoding="utf-8"))
CASES = {case["test"]: case for case in FACTS["cases"]}
TIMING = Timing(start=5, stop=1, analysis=4)
NAMES = {"1": "old", "2": "new", "3": "newer"}


# --- the manifest ----------------------------------------------------------------------------------------------------


def spec_of(inputs: dict[str, Any]) -> Spec:
    """What a scenario's inputs ask for; what they leave out takes the defaults."""
    strategy = inputs["strategy"]
    if (switch := strategy.get("blueGreen")) is not None:
        return Spec(
            inputs.get("replicas", 1),
            Switch(
                active="active",
                preview="preview" if switch.get("previewService") else "",
                preview_count=switch.get("previewReplicaCount"),
                auto=switch.get("autoPromotionEnabled", True),
                auto_seconds=switch.get("autoPromotionSeconds", 0),
                scale_down=switch.get("scaleDownDelaySeconds"),
                abort_delay=switch.get("abortScaleDownDelaySeconds"),
                before=Analysis(("pre",)) if switch.get("prePromotionAnalysis") else None,
                after=Analysis(("post",)) if switch.get("postPromotionAnalysis") else None,
            ),
        )
    canary = strategy["canary"]
    return Spec(
        inputs.get("replicas", 1),
        Canary(
            steps=tuple(_step(step) for step in canary.get("steps", ())),
            routed="trafficRouting" in canary,
            surge=canary.get("maxSurge"),
            unavailable=canary.get("maxUnavailable"),
            dynamic=canary.get("dynamicStableScale", False),
            abort_delay=canary.get("abortScaleDownDelaySeconds"),
            scale_down=canary.get("scaleDownDelaySeconds", 30),
            scale_down_limit=canary.get("scaleDownDelayRevisionLimit"),
            ping_pong=canary.get("pingPong", False),
        ),
    )


def _step(step: dict[str, Any]) -> Step:
    if "setWeight" in step:
        return Step(weight=step["setWeight"])
    if "pause" in step:
        duration = step["pause"].get("duration")
        return Step(pause=Pause(None if duration is None else int(duration.rstrip("s"))))
    if "setCanaryScale" in step:
        scale = step["setCanaryScale"]
        return Step(scale=Scale(scale.get("replicas"), scale.get("weight"), scale.get("matchTrafficWeight", False)))
    if "experiment" in step:
        trials = (Trial(t.get("name", "trial"), t["specRef"], 1, t["weight"]) for t in step["experiment"]["templates"])
        return Step(experiment=Experiment(tuple(trials)))
    return Step(analysis=Analysis((str(step["analysis"]),)))


# --- playing ---------------------------------------------------------------------------------------------------------


class Play:
    """A run that is played bit by bit."""

    def __init__(self, inputs: dict[str, Any]) -> None:
        self.spec = spec_of(inputs)
        self.world = simulate.begin(self.spec, TIMING)
        self.log: list[World] = [self.world]

    def go(self, until: Callable[[World], bool] | None = None) -> World:
        """On to the first world of which something is true, or until only a person can do anything."""
        worlds = simulate.run(self.spec, self.world, TIMING, people=False)
        if until is not None:
            end = next(i for i, world in enumerate(worlds) if until(world))
            worlds = worlds[: end + 1]
        self.log += worlds
        self.world = worlds[-1]
        return self.world

    def wait(self, seconds: int) -> World:
        """As things stand after so many seconds."""
        then = self.world.now + seconds
        worlds = [w for w in simulate.run(self.spec, self.world, TIMING, people=False) if w.now <= then]
        self.log += worlds
        self.world = later(worlds[-1], then)
        return self.world

    def do(self, what: str, value: str = "") -> None:
        """Something happens."""
        self.world = happen(self.spec, self.world, Event("sync", 0, what, value), TIMING)

    def update(self, *, bad: bool = False) -> None:
        """The next revision is applied; a bad one never becomes available."""
        free = next(key for key in NAMES.values() if self.world.pods(key) is None)
        self.world = update(self.world, free)
        if bad:
            self.do("never ready")


def counts(world: World) -> dict[str, int]:
    """Canary: pods of the current template; stable: those of the stable one."""
    new, steady = world.new, world.steady
    return {"canary": new.sets.there if new else 0, "stable": steady.sets.there if steady else 0}


def revisions(world: World) -> dict[str, int]:
    """Pods by the controller's revision number."""
    return {str(pods.number): pods.sets.there for pods in world.sets}


def status(play: Play, world: World) -> dict[str, int]:
    """The counts of ``status``; of a blueGreen, ready and available are those of the active set."""
    new = world.new
    active = world.pods(world.active) if isinstance(play.spec.strategy, Switch) else None
    available = active.available if active is not None else sum(pods.available for pods in world.sets)
    return {
        "desired": world.replicas,
        "current": sum(pods.sets.there for pods in world.sets),
        "updated": new.sets.there if new else 0,
        "ready": available,
        "available": available,
    }


def weights(play: Play, world: World) -> dict[str, int]:
    """The router's weights, by role or by the name of the service."""
    canary = play.spec.strategy
    assert isinstance(canary, Canary)
    rest = 100 - world.weight - sum(part for _, part in world.extra)
    if canary.ping_pong:
        stable, other = ("pong", "ping") if world.swapped else ("ping", "pong")
        return {stable: rest, other: world.weight}
    found: dict[str, Any] = {"stable": rest, "canary": world.weight}
    if world.extra:
        found["experiment"] = [part for _, part in world.extra]
    return found


def check(play: Play, world: World, point: dict[str, Any]) -> None:
    """Asserts everything that a checkpoint says."""
    said = {key: value for key, value in point.items() if key not in ("at", "note")}
    found: dict[str, Any] = {}
    for key, value in said.items():
        if key in ("canary", "stable") and isinstance(value, int):
            found[key] = counts(world)[key]
        elif key == "replicas":
            found[key] = world.replicas
        elif key == "revisions":
            found[key] = {name: revisions(world).get(name, 0) for name in value}
        elif key == "counts":
            found[key] = status(play, world)
        elif key == "weights":
            found[key] = {name: weights(play, world)[name] for name in value}
        elif key == "scaleDownDeadline":
            deadlines = {str(pods.number): pods.deadline is not None for pods in world.sets}
            found[key] = {name: deadlines[name] for name in value}
        elif key == "canaryServicePointsTo":
            services = dict(pools.services(play.spec, world))
            found[key] = "stable" if services["canary"] == pools.pool_of(play.spec, str(world.stable)) else "canary"
        elif key in ("active", "preview", "stable"):
            pods = world.pods(getattr(world, key))
            found[key] = str(pods.number) if pods else ""
        elif key == "aborted":
            found[key] = world.aborted
        elif key == "phase":
            found[key] = tell.phase(world)
        elif key == "analysisRuns":
            begun = {(run.at, run.began, seen.seen) for seen in play.log for run in seen.runs}
            found[key] = len(begun)
    assert found == said, point["at"]


def run(name: str, worlds: Callable[[Play], Sequence[World]]) -> None:
    """Plays one scenario; ``worlds`` gives the world of each checkpoint, in order."""
    case = CASES[name]
    play = Play(case["inputs"])
    seen = worlds(play)
    assert len(seen) == len(case["checkpoints"])
    for world, point in zip(seen, case["checkpoints"], strict=True):
        check(play, world, point)
    PLAYED.add(name)


PLAYED: set[str] = set()


def paused(index: int) -> Callable[[World], bool]:
    return lambda world: world.index == index and bool(world.pause)


def healthy(world: World) -> bool:
    return tell.phase(world) == "Healthy"


# --- canary ----------------------------------------------------------------------------------------------------------


def test_set_canary_scale() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        made = [play.go(paused(0))]
        play.do("promote")
        made += [play.go(paused(2)), play.go(paused(4)), play.go(paused(6))]
        play.do("promote")
        made += [play.go(paused(8)), play.go(healthy)]
        return made

    run("SetCanaryScale", worlds)


def test_max_surge_while_scaling() -> None:
    def worlds(play: Play) -> list[World]:
        play.update(bad=True)
        made = [play.wait(60)]
        for count in ("8", "4"):
            play.do("scale", count)
            made.append(play.wait(30))
        return made

    run("RolloutWithMaxSurgeScalingDuringUpdate", worlds)


def test_reduced_weight_honours_max_unavailable() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        made = [play.go(paused(1))]
        play.do("promote")
        made.append(play.wait(2))
        play.go(paused(3))
        play.do("promote")
        play.go(lambda world: world.run(5) is not None)
        play.do("fail")
        made.append(play.wait(2))
        return made

    run("ReduceWeightAndHonorMaxUnavailable", worlds)


def test_another_update_while_paused() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        play.go()
        assert paused(1)(play.world)
        play.update()
        play.go()
        assert paused(1)(play.world)
        return [play.world]

    run("CanaryWithPausedRollout", worlds)


@pytest.mark.parametrize("name", ["ScaleDownOnAbort", "UnScaleDownOnAbort"])
def test_what_stays_after_an_abort(name: str) -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        play.go(paused(1))
        play.do("abort")
        return [play.wait(3)]

    run(name, worlds)


def test_abort_of_a_dynamic_stable_scale() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        play.go(paused(1))
        play.do("promote")
        play.go()
        assert paused(3)(play.world)
        made = [play.world]
        play.do("abort")
        made.append(play.wait(2))
        made.append(play.go(lambda world: bool(world.new and world.new.deadline is not None)))
        made.append(play.go())
        assert play.world.now >= made[-2].now + 10
        return made

    run("DynamicStableScaleAbortScaleDownDelay", worlds)


def test_abort_retry_promote() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        made = [play.go(paused(1))]
        play.do("abort")
        play.go()
        assert revisions(play.world) == {"1": 1, "2": 0}
        play.do("retry")
        made.append(play.go(paused(1)))
        made.append(play.go())
        assert healthy(play.world)
        return made

    run("AbortRetryPromote", worlds)
    case = CASES["AbortRetryPromote"]
    assert [_told(told) for told in case["events"]] == _events(case["inputs"])


def _told(text: str) -> str:
    return text.partition(") ")[2] if text.startswith("(") else text


def _events(inputs: dict[str, Any]) -> list[str]:
    """The controller's events of an abort and a retry, as its worlds tell them."""
    play = Play(inputs)
    play.update()
    play.go(paused(1))
    play.do("abort")
    play.go()
    play.do("retry")
    play.go()
    steps, made = len(inputs["strategy"]["canary"]["steps"]), []
    for before, world in zip(play.log, play.log[1:], strict=False):
        done = before.index is not None and world.index == before.index + 1
        if done and before.seen == before.current and not world.aborted:
            made.append(f"step {world.index}/{steps} done")
        if before.pause and not world.pause and not world.aborted:
            made.append("resumed")
        if world.pause and not before.pause:
            made.append("paused")
        for pods in world.sets:
            was = before.pods(pods.key)
            if was is not None and was.spec != pods.spec:
                made.append(f"revision {pods.number}: {was.spec}->{pods.spec}")
        if world.aborted and not before.aborted:
            made.append("aborted")
        if healthy(world) and world.older[0].spec == 0 and not (healthy(before) and before.older[0].spec == 0):
            made.append("completed")
    scaled_down = "revision 2: 1->0"
    if made.index("aborted") < made.index(scaled_down):  # one and the same sync: which it told first is no matter
        made.remove("aborted")
        made.insert(made.index(scaled_down) + 1, "aborted")
    return made


@pytest.mark.parametrize("name", ["BadToGoodUpdate", "BadToGoodSetWeightUpdate"])
def test_a_bad_first_revision_gives_way(name: str) -> None:
    def worlds(play: Play) -> list[World]:
        bad = Pods("old", 1, spec=play.world.replicas, starting=((None, play.world.replicas),), bad=True)
        play.world = replace(play.world, sets=(bad,), stable=None)
        play.update()
        return [play.go()]

    run(name, worlds)


def test_from_blue_green_to_canary() -> None:
    def worlds(play: Play) -> list[World]:
        canary = play.spec
        play.spec = Spec(canary.replicas, Switch(active="active"))
        play.update()
        play.go()
        assert healthy(play.world)
        play.spec = canary
        play.world = replace(play.world, index=2)
        play.update()
        play.go()
        assert paused(1)(play.world)
        return [play.world]

    run("BlueGreenToCanary", worlds)


# --- with a traffic router -------------------------------------------------------------------------------------------


def test_abort_keeps_the_canary_for_a_while() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        made = [play.go(paused(2))]
        play.do("promote")
        made.append(play.go(paused(5)))
        play.do("abort")
        made.append(play.wait(2))
        return made

    run("AbortUpdateDeleteAllCanaryPods", worlds)


def test_experiment_step() -> None:
    def worlds(play: Play) -> list[World]:
        made = [play.world]
        play.update()
        made.append(play.go(lambda world: bool(world.extra)))
        made.append(play.go())
        assert healthy(play.world)
        return made

    run("ALBExperimentStep", worlds)


def test_ping_pong() -> None:
    def worlds(play: Play) -> list[World]:
        made = [play.world]
        for _ in range(2):
            play.update()
            made.append(play.go(paused(1)))
            made.append(play.go())
            assert healthy(play.world)
        return made

    run("ALBPingPongUpdate", worlds)


# --- blueGreen -------------------------------------------------------------------------------------------------------


def test_progress_deadline_with_and_without_abort() -> None:
    case = CASES["BlueGreenExceedProgressDeadlineAbort"]
    for aborts, point in zip((False, True), case["checkpoints"], strict=True):
        play = Play(case["inputs"])
        play.spec = replace(play.spec, deadline=5, deadline_aborts=aborts)
        play.update(bad=True)
        play.wait(5 + 3)
        check(play, play.world, point)
        assert tell.phase(play.world) == "Degraded"
    PLAYED.add("BlueGreenExceedProgressDeadlineAbort")


def test_preview_replica_count() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        play.go()
        made = [play.world]
        assert play.world.pause
        play.do("promote")
        made.append(play.go(healthy))
        return made

    run("PreviewReplicaCount", worlds)


def test_analyses_before_and_after() -> None:
    case = CASES["BlueGreenAnalysis"]
    play = Play(case["inputs"])
    first, second, third, fourth = case["checkpoints"]
    play.update()
    play.go()
    check(play, play.world, first)
    play.do("promote")
    play.go(lambda world: world.run("after") is not None)
    check(play, play.world, second)
    play.go(healthy)
    check(play, play.world, third)
    play.wait(10)
    play.do("undo")
    play.wait(2)
    check(play, play.world, fourth)
    PLAYED.add("BlueGreenAnalysis")


def test_failing_analysis_after_promotion() -> None:
    def worlds(play: Play) -> list[World]:
        play.update()
        made = [play.go()]
        play.do("promote")
        made.append(play.go(lambda world: world.run("after") is not None))
        play.do("fail")
        made.append(play.wait(2))
        return made

    run("BlueGreenPostPromotionFail", worlds)


def test_kitchen_sink() -> None:
    case = CASES["BlueGreenKitchenSink"]
    play = Play(case["inputs"])
    first, second, third, fourth = case["checkpoints"]
    play.update()
    play.go(lambda world: bool(world.pause))
    check(play, play.world, first)
    play.wait(5)
    check(play, play.world, second)
    play.go(lambda world: world.run("after") is not None)
    check(play, play.world, third)
    play.do("fail")
    play.wait(2)
    check(play, play.world, fourth)
    PLAYED.add("BlueGreenKitchenSink")


def test_every_scenario_is_played() -> None:
    """Comes last: a scenario that is added to the file must be played too."""
    if len(PLAYED) > 1:  # one alone is asked for while working on it
        assert set(CASES) == PLAYED
