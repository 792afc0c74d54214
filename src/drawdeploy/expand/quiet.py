"""An outage that a description allows for and that does not come is not shown.

Whether any traffic is lost is known when all steps have been taken; the way there stands in every state until then.
"""

from __future__ import annotations

from drawdeploy.expand.structure import LOST
from drawdeploy.model import Rollback, State, Step
from drawdeploy.value import replace


def without_lost(first: State, steps: tuple[Step, ...]) -> tuple[State, tuple[Step, ...]]:
    """The first state and the steps without the way to ``lost``, unless traffic ever takes it."""
    stages = [stage for step in steps for stage in step.rollback.stages]
    if any(_loses(state) for state in (first, *(step.after for step in steps), *(stage.after for stage in stages))):
        return first, steps
    done: dict[int, State] = {}  # by identity: steps share their states, and the plan's first pass keeps them alive

    def quiet(state: State) -> State:
        if id(state) not in done:
            done[id(state)] = replace(state, routes=tuple(r for r in state.routes if r.target != LOST))
        return done[id(state)]

    def back(rollback: Rollback) -> Rollback:
        stages = (replace(one, before=quiet(one.before), after=quiet(one.after)) for one in rollback.stages)
        return replace(rollback, stages=tuple(stages))

    return quiet(first), tuple(
        replace(step, before=quiet(step.before), after=quiet(step.after), rollback=back(step.rollback))
        for step in steps
    )


def _loses(state: State) -> bool:
    return any(route.target == LOST and route.weight for route in state.routes)
