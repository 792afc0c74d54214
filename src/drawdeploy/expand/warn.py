"""What the user should know of a plan: where it does not fit, now or on the way back."""

from __future__ import annotations

from drawdeploy.expand.parameters import Given
from drawdeploy.model import Environment, ParameterKind, Phrase, Scalar, Site, State, Step, Strategy, Warning


def warnings(
    strategy: Strategy, environment: Environment, resolved: tuple[Given, ...], first: State, steps: tuple[Step, ...]
) -> tuple[Warning, ...]:
    """Sites whose capacity a state exceeds, then rollbacks that do not fit. Step 0 stands for the beginning."""
    return misfits(environment, first, steps, _fewer(strategy, resolved))


def misfits(environment: Environment, first: State, steps: tuple[Step, ...], fewer: str = "") -> tuple[Warning, ...]:
    """The same for whatever made the steps; `fewer` names options by which fewer instances move at a time."""
    finite = [site for site in environment.sites if site.capacity is not None]
    counted: dict[int, int] = {}  # by identity: states share most of their pools, and the plan keeps them alive
    found = [_overflow(site, first, steps, counted, fewer) for site in finite]
    return tuple(warning for warning in [*found, _no_way_back(finite, first, steps)] if warning)


def _fewer(strategy: Strategy, resolved: tuple[Given, ...]) -> str:
    """The options by which fewer instances are replaced at a time, as far as they can still be lowered."""
    worth = {given.id: given.worth for given in resolved}
    found = []
    for parameter in strategy.parameters:
        value, least = worth[parameter.id], 1 if parameter.minimum is None else parameter.minimum
        if parameter.kind is ParameterKind.COUNT_OR_PERCENT and isinstance(value, int) and value > max(least, 1):
            found.append(f"--{parameter.id}")
    return ", ".join(found)


def _overflow(site: Site, first: State, steps: tuple[Step, ...], counted: dict[int, int], fewer: str) -> Warning | None:
    capacity = site.capacity or 0
    states = {0: (first,), **{step.number: (*step.through, step.after) for step in steps}}
    running = {number: max(_running(one, site, counted) for one in way) for number, way in states.items()}
    over = tuple(number for number, count in running.items() if count > capacity)
    if not over:
        return None
    values: tuple[tuple[str, Scalar], ...] = (
        ("site", site.id),
        ("running", max(running.values())),
        ("capacity", capacity),
    )
    if 0 in over:
        hint = Phrase("expand.warn.overflow_hint.begin", values=values)
    elif fewer:
        hint = Phrase("expand.warn.overflow_hint.fewer", values=(*values, ("options", fewer)))
    else:
        hint = Phrase("expand.warn.overflow_hint.other", values=values)
    return Warning(Phrase("expand.warn.overflow", values=values), hint, over)


def _running(state: State, site: Site, counted: dict[int, int]) -> int:
    total = 0
    for pool in state.pools:
        if pool.site == site.id:
            if id(pool) not in counted:
                counted[id(pool)] = pool.running
            total += counted[id(pool)]
    return total


def _no_way_back(finite: list[Site], first: State, steps: tuple[Step, ...]) -> Warning | None:
    over = tuple(step for step in steps if not all(stage.possible for stage in step.rollback.stages))
    if not over:
        return None
    # All old ones, and one more than serves: that much is needed to create them again, one by one.
    serving = [1 + _serving(step.after, site) for step in over for site in finite]
    needed = max(*serving, *(_serving(first, site) for site in finite))
    hint = Phrase("expand.warn.rollback_hint", values=(("n", needed),))
    return Warning(Phrase("expand.warn.rollback"), hint, tuple(step.number for step in over))


def _serving(state: State, site: Site) -> int:
    return sum(pool.serving for pool in state.pools if pool.site == site.id)
