"""How creating again what was removed fits the capacity of the sites: all at once, in batches, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby, repeat
from operator import itemgetter

from drawdeploy.expand.world import IDLE, World, added
from drawdeploy.model import Environment, Phase
from drawdeploy.value import Value

_LISTED = 6  # so many batches are listed one by one; of more, those in the middle are alike and listed as one
_ENDS = 2

_Slots = tuple[tuple[str, int], ...]  # pool id and number


class Batch(Value):
    """One batch, or a run of batches that are alike.

    Attributes:
        first: Number of the first of them, from 1.
        last: Number of the last.
        create: Numbers to create, by pool id.
        remove: Numbers that make way as the created ones take over, by pool id; the last batch removes what is left.
    """

    first: int
    last: int
    create: Mapping[str, tuple[int, ...]]
    remove: Mapping[str, tuple[int, ...]]


class Batches(Value):
    """How the re-creation fits the sites.

    Attributes:
        count: In how many batches; 0 if there is no room for all, whatever the order.
        early: Whether what does not serve has to go before anything is created.
        parts: The batches in order; all in one if there is no room.
    """

    count: int
    early: bool
    parts: tuple[Batch, ...]


class _Work(Value):
    """What is to be done at one site: ``turns`` of "create so many, then remove so many", each several times."""

    missing: _Slots
    replaced: _Slots
    turns: tuple[tuple[int, int, int], ...]

    @property
    def count(self) -> int:
        return sum(times for times, _, _ in self.turns)

    def done(self, batches: int) -> tuple[int, int]:
        """How many are created and removed after so many batches."""
        created = removed = 0
        for times, create, remove in self.turns:
            now = min(times, batches)
            created, removed, batches = created + now * create, removed + now * remove, batches - now
        return created, removed


def overflows(world: World, environment: Environment) -> bool:
    """Whether more runs at a site than fits."""
    return any(
        sum(stand.running for stand in world.stands.values() if stand.pool.site == site.id) > site.capacity
        for site in environment.sites
        if site.capacity is not None
    )


def fit(begin: World, now: World, missing: Mapping[str, Sequence[int]], environment: Environment) -> Batches:
    """In which batches the missing ones can be created while the new ones keep serving; sites work side by side."""
    early, works, stuck = False, [], False
    for site in environment.sites:
        stands = [stand for stand in now.stands.values() if stand.pool.site == site.id]
        slots = _slots((stand.pool.id, missing.get(stand.pool.id, ())) for stand in stands)
        if not slots:
            continue
        replaced = _slots((stand.pool.id, added(begin, stand, Phase.SERVING)) for stand in stands)
        free = len(slots)
        if site.capacity is not None:
            free = site.capacity - sum(stand.running for stand in stands)
        if free < len(slots):
            idle = sum(len(added(begin, stand, *IDLE)) for stand in stands)
            early = early or idle > 0
            free += idle
        found = turns(len(slots), free, len(replaced))
        stuck = stuck or found is None
        works.append(_Work(slots, replaced, found or ((1, len(slots), len(replaced)),)))
    if stuck:
        return Batches(0, early, (_batch(works, 1, max(work.count for work in works)),))
    count = max([work.count for work in works], default=1)
    return Batches(count, early, tuple(_batch(works, first, last) for first, last in _listed(count)))


def _slots(numbers: Iterable[tuple[str, Sequence[int]]]) -> _Slots:
    return tuple(chain.from_iterable(zip(repeat(pool), found, strict=False) for pool, found in numbers))


def turns(needed: int, free: int, replaceable: int) -> tuple[tuple[int, int, int], ...] | None:
    """The turns of "create as many as there is room for, then remove as many of the replaced".

    Args:
        needed: How many are to be created.
        free: How many fit at first.
        replaceable: How many can be removed one for one as the created ones take over.

    Returns:
        How many times, how many are created, how many are removed; ``None`` if there is no room for all.
    """
    found = []
    while needed:
        if free <= 0:
            return None
        create = min(needed, free)
        remove = min(create, replaceable)
        # As long as as many go as come, every turn is like the one before.
        times = max(1, min(needed, replaceable) // create) if create == remove else 1
        found.append((times, create, remove))
        needed, replaceable, free = needed - times * create, replaceable - times * remove, free - create + remove
    return tuple(found)


def _listed(count: int) -> list[tuple[int, int]]:
    """The runs of batches that are told apart."""
    if count <= _LISTED:
        return [(number, number) for number in range(1, count + 1)]
    ends = [(number, number) for number in (*range(1, _ENDS + 1), *range(count - _ENDS + 1, count + 1))]
    return [*ends[:_ENDS], (_ENDS + 1, count - _ENDS), *ends[_ENDS:]]


def _batch(works: Sequence[_Work], first: int, last: int) -> Batch:
    create: list[tuple[str, int]] = []
    remove: list[tuple[str, int]] = []
    for work in works:
        (created, removed), (then, gone) = work.done(first - 1), work.done(last)
        create += work.missing[created:then]
        remove += work.replaced[removed:gone]
    return Batch(first, last, _by_pool(create), _by_pool(remove))


def _by_pool(slots: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """The numbers of each pool; those of one pool follow each other, but sites may take turns."""
    numbers: dict[str, tuple[int, ...]] = {}
    for pool, group in groupby(slots, key=itemgetter(0)):
        numbers[pool] = numbers.get(pool, ()) + tuple(map(itemgetter(1), group))
    return numbers
