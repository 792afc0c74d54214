"""What the user should know of a plan: where it does not fit, now or on the way back."""

from __future__ import annotations

from drawdeploy.model import Environment, Phrase, Site, State, Step, Warning


def warnings(environment: Environment, first: State, steps: tuple[Step, ...]) -> tuple[Warning, ...]:
    """Sites whose capacity a state exceeds, then rollbacks that do not fit. Step 0 stands for the beginning."""
    finite = [site for site in environment.sites if site.capacity is not None]
    counted: dict[int, int] = {}  # by identity: states share most of their pools, and the plan keeps them alive
    found = [_overflow(site, first, steps, counted) for site in finite]
    return tuple(warning for warning in [*found, _no_way_back(steps)] if warning)


def _overflow(site: Site, first: State, steps: tuple[Step, ...], counted: dict[int, int]) -> Warning | None:
    capacity = site.capacity or 0
    states = {0: first, **{step.number: step.after for step in steps}}
    running = {number: _running(state, site, counted) for number, state in states.items()}
    over = tuple(number for number, count in running.items() if count > capacity)
    if not over:
        return None
    values = (("site", site.id), ("running", max(running.values())), ("capacity", capacity))
    hint = Phrase("expand.warn.overflow_hint", values=values)
    return Warning(Phrase("expand.warn.overflow", values=values), hint, over)


def _running(state: State, site: Site, counted: dict[int, int]) -> int:
    total = 0
    for pool in state.pools:
        if pool.site == site.id:
            if id(pool) not in counted:
                counted[id(pool)] = pool.running
            total += counted[id(pool)]
    return total


def _no_way_back(steps: tuple[Step, ...]) -> Warning | None:
    over = tuple(step.number for step in steps if not all(stage.possible for stage in step.rollback.stages))
    if not over:
        return None
    return Warning(Phrase("expand.warn.rollback"), Phrase("expand.warn.rollback_hint"), over)
