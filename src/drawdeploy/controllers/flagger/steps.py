"""Which moments of a run are steps that a person would list."""

from __future__ import annotations

from drawdeploy.controllers.flagger.spec import Spec
from drawdeploy.controllers.flagger.state import Beat, State
from drawdeploy.controllers.flagger.tick import canary_ready

CANARY_READY, DETECT, WEIGHT, MATCH = "canary_ready", "detect", "weight", "match"
FIRST_ROUND, ROUNDS, PRIMARY_READY, GONE = "first_round", "rounds", "primary_ready", "canary_gone"

MOST_WEIGHTS = 8
"""How many of a canary's weights are steps; of more, these are spread evenly, the first and the last among them."""

_ALWAYS = frozenset(
    {"mirror", "promote", "skip", "shift", "restart", "promotion_failed", "rollback", "here"}
    | {"no_step", "no_end", "no_mirror", "shift_waits", "suspended", "increase_waits", "rollout_waits"}
)
_UNLESS_PLAIN = frozenset({"switch", "finalise"})
"""Nothing moves by these where nobody can divide the traffic."""


def steps_of(spec: Spec, beats: tuple[Beat, ...]) -> dict[int, str]:
    """The steps of a run: the index of the moment that each ends with, and which it is.

    What instances do belongs to a step that Flagger began: it ends once they have come, or gone.
    """
    steps: dict[int, str] = {}
    begun: dict[str, int] = {}
    told: set[str] = set()
    weights: list[int] = []
    for i, beat in enumerate(beats):
        what = beat.what
        if what == "pods":
            last = i + 1 == len(beats) or beats[i + 1].what != "pods"
            for step in [step for step in begun if last and _done(spec, beat.state, step)]:
                steps[i] = step
                del begun[step]
            continue
        if what in ("detect", "restart"):
            begun[CANARY_READY] = i
            told.clear()
        elif what not in ("event", "canary_waits", "primary_waits") and CANARY_READY in begun:
            if beats[begun[CANARY_READY]].what == "detect":
                steps[begun[CANARY_READY]] = DETECT
            del begun[CANARY_READY]
        if what in ("promote", "skip"):
            begun[PRIMARY_READY] = i
        if what in ("finish", "rollback"):
            begun[GONE] = i
        if what == "advance":
            weights.append(i)
        elif what == "round":
            steps.update(_round(spec, beat, i, told))
        elif what in _ALWAYS or (what in _UNLESS_PLAIN and not spec.plain):
            steps[i] = what
        elif what in ("check_fails", "promotion_waits") and what not in told:
            told.add(what)
            steps[i] = what
    for i in _spread(weights):
        steps[i] = WEIGHT
    for step, i in begun.items():
        if step == GONE or (step == CANARY_READY and beats[i].what == "detect"):
            steps.setdefault(i, beats[i].what)
    return steps


def _round(spec: Spec, beat: Beat, i: int, told: set[str]) -> dict[int, str]:
    """Of the rounds, the first (something begins) and the last."""
    done = dict(beat.values)["n"]
    name = (MATCH if spec.mode == "match" else FIRST_ROUND) if done == 1 else ROUNDS if done == spec.rounds else ""
    if not name or name in told:
        return {}
    told.add(name)
    return {i: name}


def _done(spec: Spec, state: State, step: str) -> bool:
    """Whether the instances have done what a step waits for."""
    if step == CANARY_READY:
        return canary_ready(spec, state).ready and state.canary.available(state.now) > 0
    if step == PRIMARY_READY:
        return complete(state)
    return not state.canary.lots


def complete(state: State) -> bool:
    """Whether the primary runs what its template says, and nothing else."""
    primary = state.primary
    return primary.available(state.now, primary.revision) == primary.running() == primary.desired


def _spread(indices: list[int]) -> list[int]:
    if len(indices) <= MOST_WEIGHTS + 2:
        return indices
    last = len(indices) - 1
    return [indices[round(k * last / (MOST_WEIGHTS - 1))] for k in range(MOST_WEIGHTS)]
