"""What may happen to a Deployment from outside, and what it makes of its state."""

from __future__ import annotations

from collections.abc import Sequence

from drawdeploy.controllers.asked import Event
from drawdeploy.controllers.course import REVISIONS
from drawdeploy.controllers.kubernetes import rules
from drawdeploy.controllers.kubernetes.spec import State
from drawdeploy.errors import DrawDeployError, Fault
from drawdeploy.expand.parameters import MAX_REPLICAS
from drawdeploy.value import replace

KNOWN = ("update", "undo", "pause", "resume", "scale", "never ready", "ready")
_INSTEAD = {
    "abort": "a Deployment has no abort; 'undo' is the operator's way back",
    "retry": "a Deployment goes on trying by itself",
    "promote": "a Deployment waits for nobody; 'resume' ends a pause",
    "promote full": "a Deployment waits for nobody; 'resume' ends a pause",
    "fail": "a Deployment has no checks but readiness; 'never ready' fails that",
    "inconclusive": "a Deployment has no checks but readiness; 'never ready' fails that",
}


def checked(events: Sequence[Event]) -> None:
    """Refuses what a Deployment cannot have.

    Raises:
        DrawDeployError: All faults at once.
    """
    faults = []
    for event in events:
        if event.what not in KNOWN:
            hint = _INSTEAD.get(event.what, f"one of: {', '.join(KNOWN)}")
            faults.append(Fault(f"a Deployment knows no '{event.what}'", hint))
        if event.unit == "step":
            hint = "such as 'at sync 3', 'at 90s' or 'at end' (--every-sync shows the syncs)"
            faults.append(Fault("the manifest of a Deployment has no steps", hint))
        if event.what == "scale" and int(event.value) > MAX_REPLICAS:
            faults.append(Fault(f"{event.value} replicas are more than a plan can hold", f"{MAX_REPLICAS} is the most"))
    if faults:
        raise DrawDeployError(faults=tuple(faults))


def applied(state: State, event: Event) -> State:
    """The state once something has happened.

    Raises:
        DrawDeployError: It cannot happen as things are.
    """
    match event.what:
        case "update":
            return _updated(state)
        case "undo":
            return _undone(state)
        case "pause":
            return replace(state, paused=True)
        case "resume":
            return replace(state, paused=False, reason=rules.RESUMED, since=state.now)
        case "scale":
            return replace(state, replicas=int(event.value))
        case "never ready":
            return replace(state, stuck=tuple(dict.fromkeys((*state.stuck, state.template))))
        case _:
            return replace(state, stuck=())


def _updated(state: State) -> State:
    """A new template: there is no set of it yet."""
    place = max(REVISIONS.index(name) for name in (state.template, *(one.revision for one in state.sets))) + 1
    if place == len(REVISIONS):
        raise DrawDeployError("a third update in one run cannot be drawn", "play two at most")
    return replace(state, template=REVISIONS[place], chosen=None, reason=rules.UPDATED, since=state.now)


def _undone(state: State) -> State:
    """The template of the revision before comes back, and with it its ReplicaSet, which gets a new number."""
    if state.paused:
        raise DrawDeployError("a paused Deployment cannot be undone", "resume it first")
    others = state.old
    since = replace(state, reason=rules.UPDATED, since=state.now)
    if not others:  # all were deleted: somebody applies the manifest of before
        place = REVISIONS.index(state.template)
        return replace(since, template=REVISIONS[max(0, place - 1)], chosen=None)
    target = max(others, key=lambda one: one.number)
    number = max(one.number for one in state.sets) + 1
    sets = tuple(replace(one, number=number) if one.born == target.born else one for one in state.sets)
    return replace(since, sets=sets, template=target.revision, chosen=target.born)
