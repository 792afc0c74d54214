"""What people and the world do to a Canary on its way."""

from __future__ import annotations

from collections.abc import Callable

from drawdeploy.controllers.asked import Event
from drawdeploy.controllers.course import REVISIONS
from drawdeploy.controllers.flagger.spec import DURING, GATES, PRE, ROLLBACK, Spec
from drawdeploy.controllers.flagger.state import ALL, FAILED, INITIALIZED, SUCCEEDED, State
from drawdeploy.errors import DrawDeployError, nearest
from drawdeploy.value import replace

_CANNOT = {
    "inconclusive": ("Flagger knows no inconclusive check: one without a value counts as failed", "use 'fail'"),
    "retry": ("Flagger cannot try again: a new run begins when the target changes", "use 'update', or 'undo'"),
    "delete": ("what deleting the Canary leaves behind is not simulated", "use 'abort', 'undo' or 'pause'"),
}


def apply(spec: Spec, state: State, event: Event) -> State:
    """The state once an event has happened.

    Raises:
        DrawDeployError: Flagger cannot do that, at least not now.
    """
    if event.what in _CANNOT:
        raise DrawDeployError(*_CANNOT[event.what])
    return _DO[event.what](spec, state, event.value)


def answers(spec: Spec, event: Event) -> bool:
    """Whether an event says how a gate is answered, so that nobody need be assumed to do it."""
    gates = {hook.name for hook in spec.analysis.hooks if hook.kind in GATES}
    return event.what == "promote" or (event.what == "fail" and event.value in gates)


def abort_by(spec: Spec, state: State) -> str:
    """How Flagger can be made to go back: ``hook``, ``checks``, or not at all (empty).

    Before traffic reaches the canary only the hooks before it are asked, if there are any.
    """
    analysis = spec.analysis
    if state.skip or state.suspend:
        return ""
    if analysis.of(ROLLBACK):
        return "hook"
    if analysis.of(DURING) or analysis.metrics:
        return "checks"
    fresh = state.canary_weight == 0 and state.iterations == 0
    return "checks" if fresh and analysis.of(PRE) else ""


def _abort(spec: Spec, state: State, value: str) -> State:
    if state.phase in (INITIALIZED, SUCCEEDED, FAILED):
        raise DrawDeployError("there is nothing to abort here: no run is under way", "such as 'at step 1: abort'")
    way = abort_by(spec, state)
    if way == "hook":
        return replace(state, abort=True)
    if way == "checks":
        return replace(state, failing=(ALL,))
    raise DrawDeployError(
        "nothing can abort this Canary: it has no rollback webhook, no metrics and no rollout webhooks",
        "use 'undo' (apply the old revision again), or 'never ready'",
    )


def _fail(spec: Spec, state: State, value: str) -> State:
    checks = [hook.name for hook in spec.analysis.hooks] + [metric.name for metric in spec.analysis.metrics]
    if value and value not in checks:
        raise DrawDeployError(f"no check of '{spec.name}' is called '{value}'", nearest(value, checks))
    if value and any(hook.name == value and hook.kind in GATES for hook in spec.analysis.hooks):
        return replace(state, shut=(*state.shut, value))
    if not value and abort_by(spec, state) == "":
        raise DrawDeployError("nothing is checked here that could fail", "use 'undo', or 'never ready'")
    return replace(state, failing=(*state.failing, value or ALL))


def _update(spec: Spec, state: State, value: str) -> State:
    if state.canary.revision == REVISIONS[-1]:
        raise DrawDeployError("one update in mid-run is all that can be drawn", "leave one 'update' out")
    following = REVISIONS[-1] if REVISIONS[1] in (state.canary.revision, state.primary.revision) else REVISIONS[1]
    return replace(state, canary=replace(state.canary, revision=following))


def _undo(spec: Spec, state: State, value: str) -> State:
    return replace(state, canary=replace(state.canary, revision=REVISIONS[0]), failing=(), abort=False)


def _scale(spec: Spec, state: State, value: str) -> State:
    if state.canary.kind != "Deployment":
        raise DrawDeployError(f"a {state.canary.kind} cannot be scaled", "only a Deployment can")
    return replace(state, canary=replace(state.canary, desired=int(value)))


def _promote(spec: Spec, state: State, value: str) -> State:
    if not any(hook.kind in GATES for hook in spec.analysis.hooks):
        raise DrawDeployError(
            "there is no gate to open: this Canary has no confirm webhooks", "use 'promote full' to skip the analysis"
        )
    return replace(state, opened=(*state.opened, ALL), shut=())


def broken(state: State) -> State:
    """What is starting never becomes available, nor does what starts from now on."""
    return _late(replace(state, broken=True), lambda at: None if at is None or at > state.now else at)


def _heal(state: State) -> State:
    """What would never have become available does so now."""
    return _late(replace(state, broken=False), lambda at: state.now if at is None else at)


def _late(state: State, when: Callable[[int | None], int | None]) -> State:
    both = []
    for workload in (state.primary, state.canary):
        lots = tuple(replace(lot, ready_at=when(lot.ready_at)) for lot in workload.lots)
        both.append(replace(workload, lots=lots))
    return replace(state, primary=both[0], canary=both[1])


_DO: dict[str, Callable[[Spec, State, str], State]] = {
    "abort": _abort,
    "fail": _fail,
    "update": _update,
    "undo": _undo,
    "scale": _scale,
    "promote": _promote,
    "promote full": lambda spec, state, value: replace(state, skip=True),
    "pause": lambda spec, state, value: replace(state, suspend=True),
    "resume": lambda spec, state, value: replace(state, suspend=False),
    "never ready": lambda spec, state, value: broken(state),
    "ready": lambda spec, state, value: _heal(state),
}
