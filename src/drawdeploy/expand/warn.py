"""What the user should know of a plan: where it does not fit, now or on the way back."""

from __future__ import annotations

from drawdeploy.model import Environment, Phrase, Site, State, Step, Warning


def warnings(environment: Environment, first: State, steps: tuple[Step, ...]) -> tuple[Warning, ...]:
    """Sites whose capacity a state exceeds, then rollbacks that do not fit. Step 0 stands for the beginning."""
    found = [_overflow(site, first, steps) for site in environment.sites if site.capacity is not None]
    return tuple(warning for warning in [*found, _no_way_back(steps)] if warning)


def _overflow(site: Site, first: State, steps: tuple[Step, ...]) -> Warning | None:
    capacity = site.capacity or 0
    running = {0: _running(first, site), **{step.number: _running(step.after, site) for step in steps}}
    over = tuple(number for number, count in running.items() if count > capacity)
    if not over:
        return None
    most = max(running.values())
    values = (("site", site.id), ("running", most), ("capacity", capacity))
    return Warning(
        Phrase("expand.warn.overflow", values=values), Phrase("expand.warn.overflow_hint", values=values), over
    )


def _running(state: State, site: Site) -> int:
    return sum(pool.running for pool in state.pools if pool.site == site.id)


def _no_way_back(steps: tuple[Step, ...]) -> Warning | None:
    over = tuple(step.number for step in steps if not all(stage.fits for stage in step.rollback.stages))
    if not over:
        return None
    return Warning(Phrase("expand.warn.rollback"), Phrase("expand.warn.rollback_hint"), over)
