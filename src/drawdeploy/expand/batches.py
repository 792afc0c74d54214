"""How creating again what was removed fits the capacity of the sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drawdeploy.expand.world import IDLE, World, added
from drawdeploy.model import Environment, Phase
from drawdeploy.value import Value


class Batches(Value):
    """How the re-creation fits the sites: ``early`` frees what does not serve before anything is created."""

    count: int
    early: bool
    fits: bool


def fit(begin: World, now: World, missing: Mapping[str, Sequence[int]], environment: Environment) -> Batches:
    """In how many batches the missing ones can be created while the new ones keep serving; sites work side by side."""
    early, count, fits = False, 1, True
    for site in environment.sites:
        stands = [stand for stand in now.stands.values() if stand.pool.site == site.id]
        needed = sum(len(missing.get(stand.pool.id, ())) for stand in stands)
        if not needed or site.capacity is None:
            continue
        free = site.capacity - sum(stand.running for stand in stands)
        if free >= needed:
            continue
        idle = sum(len(added(begin, stand, *IDLE)) for stand in stands)
        early = early or idle > 0
        free += idle
        fits = fits and free > 0
        replaceable = sum(len(added(begin, stand, Phase.SERVING)) for stand in stands)
        count = max(count, batches(needed, max(free, 1), replaceable))
    return Batches(count, early, fits)


def batches(needed: int, free: int, replaceable: int) -> int:
    """How many turns of "create as many as there is room for, then remove as many of the replaced" are needed.

    Args:
        needed: How many are to be created.
        free: How many fit at first.
        replaceable: How many can be removed one for one as the created ones take over; once they are used up, what is
            still needed fits all the same, since it fitted in the beginning.
    """
    if needed <= free:
        return 1
    whole = min(needed, replaceable) // free
    rest = needed - whole * free
    return whole + (0 if not rest else 1 if rest <= free else 2)
