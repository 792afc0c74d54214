"""Crowds to instances: which of the numbered instances of a pool start, are available, fail or stop at each moment.

A controller only counts; pictures show each instance, which must keep its place for as long as it lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drawdeploy.controllers.course import Crowd, Group, Moment
from drawdeploy.value import Value

STARTING, AVAILABLE, FAILED, STOPPING = "starting", "available", "failed", "stopping"
KINDS = (AVAILABLE, STARTING, FAILED, STOPPING)
_FREE = ""
# How one that is no longer counted where it was may be counted now, best first. Whoever is in none of these is gone.
_WAYS = {
    STARTING: (AVAILABLE, FAILED, STOPPING),
    AVAILABLE: (STOPPING, FAILED, STARTING),
    FAILED: (STOPPING, AVAILABLE, STARTING),
    STOPPING: (),
}


class Slot(Value):
    """A place in a pool, and who is in it.

    Attributes:
        kind: One of ``KINDS``, or empty: nobody (never, if ``generation`` is 0).
        served: Whether who is in it has had live traffic.
    """

    kind: str = _FREE
    revision: str = ""
    generation: int = 0
    served: bool = False


Slots = Mapping[str, tuple[Slot, ...]]
"""Every slot of every pool, by id of its group, in order."""


def sizes(groups: Iterable[Group], moments: Iterable[Moment]) -> dict[str, int]:
    """How many slots each pool needs: the most that are there at once, and at least one to draw."""
    most = {group.id: 1 for group in groups}
    for moment in moments:
        there = dict.fromkeys(most, 0)
        for crowd in moment.crowds:
            there[crowd.pool] += crowd.starting + crowd.available + crowd.failed + crowd.stopping
        most = {name: max(most[name], there[name]) for name in most}
    return most


def begin(room: Mapping[str, int], moment: Moment) -> Slots:
    """The slots at the first moment."""
    return follow({name: (Slot(),) * size for name, size in room.items()}, moment)


def follow(slots: Slots, moment: Moment) -> Slots:
    """The slots at the next moment; instances stay what they are as far as the counts allow."""
    crowds: dict[str, list[Crowd]] = {name: [] for name in slots}
    for crowd in moment.crowds:
        crowds[crowd.pool].append(crowd)
    served = reached(moment)
    return {name: _pool(slots[name], crowds[name], name in served) for name in slots}


def reached(moment: Moment) -> frozenset[str]:
    """Pools that live traffic reaches."""
    by_rule = {pool for pool, _, part in moment.matches if part}
    if moment.weights:
        return frozenset({pool for pool, weight in moment.weights if weight} | by_rule)
    return frozenset({crowd.pool for crowd in moment.crowds if crowd.available} | by_rule)


def _pool(slots: tuple[Slot, ...], crowds: list[Crowd], live: bool) -> tuple[Slot, ...]:
    wanted = {(crowd.revision, kind): getattr(crowd, kind) for crowd in crowds for kind in KINDS}
    now = list(slots)
    stray: list[int] = []  # those of whom there are now fewer
    for index, slot in enumerate(now):
        place = (slot.revision, slot.kind)
        if slot.kind == _FREE:
            continue
        if wanted.get(place, 0):
            wanted[place] -= 1
        else:
            stray.append(index)
    gone = []
    for index in stray:
        slot = now[index]
        kind = next((kind for kind in _WAYS[slot.kind] if wanted.get((slot.revision, kind), 0)), _FREE)
        if kind == _FREE:
            gone.append(index)
            now[index] = Slot(_FREE, slot.revision, slot.generation)
        else:
            wanted[slot.revision, kind] -= 1
            now[index] = Slot(kind, slot.revision, slot.generation, slot.served)
    # New ones take places that are empty, those that nobody had before first, and only then those that were just left.
    empty = sorted(
        (index for index, slot in enumerate(now) if slot.kind == _FREE),
        key=lambda index: (index in gone, now[index].generation > 0, index),
    )
    for (revision, kind), count in wanted.items():
        for _ in range(count):
            index = empty.pop(0)
            now[index] = Slot(kind, revision, now[index].generation + 1)
    if live:
        now = [Slot(s.kind, s.revision, s.generation, True) if s.kind == AVAILABLE and not s.served else s for s in now]
    return tuple(now)
