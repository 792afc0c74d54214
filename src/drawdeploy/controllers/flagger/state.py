"""How a Canary stands at one moment: its status, the routes, the two workloads, and what is known of the world."""

from __future__ import annotations

from drawdeploy.controllers.flagger.spec import CONFIRM_INCREASE, Hook, Spec
from drawdeploy.controllers.flagger.weights import TOTAL
from drawdeploy.controllers.flagger.workload import Pace, Workload, settle
from drawdeploy.model import Values
from drawdeploy.value import Value, replace

INITIALIZED, WAITING, PROGRESSING = "Initialized", "Waiting", "Progressing"
WAITING_PROMOTION, PROMOTING, FINALISING = "WaitingPromotion", "Promoting", "Finalising"
SUCCEEDED, FAILED = "Succeeded", "Failed"

RUNNING = (PROGRESSING, WAITING_PROMOTION, PROMOTING, FINALISING)
"""Phases in which a run is under way, so that no new one begins."""

ALL = "*"
"""Stands for every check."""


class World(Value):
    """What no manifest says.

    Attributes:
        pause: How long a person takes to open a gate; 0 if that is not known.
        answered: People open gates by themselves; else only an event does.
    """

    start: int
    stop: int
    pause: int = 0
    answered: bool = True


class State(Value):
    """How it stands.

    Attributes:
        now: Seconds since the update.
        ticks: How many times Flagger has looked.
        weight: ``status.canaryWeight``.
        failed: ``status.failedChecks``: it grows through a whole run, and nothing that passes takes it back.
        applied: The revision that Flagger last took note of (``status.lastAppliedSpec``).
        changed_at: When the status last changed.
        primary_weight: What the router does, in percent.
        mirrored: Whether it copies requests to the canary.
        step: Index of the weight or round in progress.
        failing: Names of checks that fail from now on.
        shut: Names of gates that are kept shut.
        opened: Names of gates that somebody has opened.
        asked_at: Since when a gate waits for a person.
        abort: The rollback webhook says yes.
        broken: New instances never become available.
    """

    now: int
    primary: Workload
    canary: Workload
    ticks: int = 0
    phase: str = INITIALIZED
    weight: int = 0
    failed: int = 0
    iterations: int = 0
    applied: str = "old"
    changed_at: int = 0
    primary_weight: int = TOTAL
    canary_weight: int = 0
    mirrored: bool = False
    step: int | None = None
    failing: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    asked_at: int | None = None
    abort: bool = False
    broken: bool = False
    skip: bool = False
    suspend: bool = False

    @property
    def differs(self) -> bool:
        """Whether the target is not what Flagger last took note of."""
        return self.canary.revision != self.applied


class Beat(Value):
    """One moment of a run, before it is put into words.

    Attributes:
        what: What has just happened: what Flagger did at a tick, ``pods``, or ``event``.
    """

    state: State
    what: str
    values: Values = ()


def settled(world: World, state: State) -> State:
    """The state once both workloads' own controllers have nothing left to do at this moment."""
    primary, canary = state.primary, state.canary
    instant = primary.kind == "Service"
    pace = Pace(0 if instant else world.start, 0 if instant else world.stop, state.broken)
    return replace(state, primary=settle(primary, state.now, pace), canary=settle(canary, state.now, pace))


def routed(spec: Spec, state: State, primary: int, canary: int, mirrored: bool) -> State:
    """The routes set; a provider that cannot do a thing leaves it."""
    if spec.plain:
        return state
    return replace(state, primary_weight=primary, canary_weight=canary, mirrored=mirrored and spec.mirrors)


def phased(spec: Spec, state: State, phase: str) -> State:
    """The phase set; most phases forget weight and iterations.

    Source: flagger ``setStatusPhase``.
    """
    weight, iterations = state.weight, state.iterations
    if phase not in (PROGRESSING, WAITING):
        weight = weight if phase == PROMOTING else 0
        iterations = spec.analysis.iterations - 1 if phase == WAITING_PROMOTION else 0
    return replace(state, phase=phase, weight=weight, iterations=iterations, changed_at=state.now)


def synced(state: State, phase: str, weight: int = 0) -> State:
    """The status begun anew, with the target as it is now. Source: flagger ``syncCanaryStatus``."""
    return replace(
        state,
        phase=phase,
        weight=weight,
        failed=0,
        iterations=0,
        applied=state.canary.revision,
        changed_at=state.now,
        step=None,
    )


def opens(world: World, state: State, gate: Hook) -> tuple[bool, State]:
    """Whether a gate lets pass, and the state with what is then known of it.

    A gate that a person answers is shut when it is first asked. Of growing traffic each approval is somebody's moment
    within the interval, and costs no tick of its own.
    """
    if gate.name in state.shut or ALL in state.shut:
        return False, state
    if gate.automatic or gate.name in state.opened or ALL in state.opened:
        return True, state
    if gate.kind == CONFIRM_INCREASE:
        return world.answered, state
    if state.asked_at is None:
        return False, replace(state, asked_at=state.now)
    if not world.answered or state.now < state.asked_at + world.pause:
        return False, state
    return True, replace(state, asked_at=None, opened=(*state.opened, gate.name))


def fails(state: State, name: str) -> bool:
    """Whether a check of that name fails."""
    return name in state.failing or ALL in state.failing
