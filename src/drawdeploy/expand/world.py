"""The state at work: pools that can be changed cheaply, frozen into a :class:`~drawdeploy.model.State` after each step.

A plan of a thousand instances has hundreds of states; changing frozen tuples one instance at a time would be
quadratic. Nothing of this module leaves ``expand``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from itertools import compress
from operator import and_
from typing import cast

from drawdeploy.expand.structure import Structure
from drawdeploy.model import Instance, Phase, Pool, Route, State

RUNNING = tuple(phase for phase in Phase if phase.running)
IDLE = tuple(phase for phase in RUNNING if phase is not Phase.SERVING)
FREE = (Phase.PLANNED, Phase.REMOVED)

_PHASES = tuple(Phase)
_REVISIONS = ("old", "new")


def _code(phase: Phase, revision: str) -> int:
    return 2 * _PHASES.index(phase) + _REVISIONS.index(revision)


_RUNNING_CODES = frozenset(_code(phase, revision) for phase in RUNNING for revision in _REVISIONS)


@cache
def _mask(phases: tuple[Phase, ...], revision: str) -> bytes:
    """For every code 1 if it stands for one of the phases, and for a revision if one is named; else 0."""
    wanted = {_code(phase, one) for phase in phases for one in ((revision,) if revision else _REVISIONS)}
    return bytes(code in wanted for code in range(256))


@cache
def _moved(phase: Phase, revision: str) -> bytes:
    """For every code what it becomes when its instance moves to a phase."""
    return bytes(_code(phase, revision or _REVISIONS[code % 2]) for code in range(256))


@lru_cache(maxsize=1 << 17)
def _instance(number: int, revision: str, phase: Phase, generation: int, turn: int) -> Instance:
    """Equal instances are one object: the states of a plan share nearly all of them."""
    return Instance(number, revision, phase, generation, turn)


class Stand:
    """One pool at work.

    Beside every instance stands a byte for its phase and revision: bytes are counted, searched and changed hundreds at
    a time, and a plan of thousands of steps moves millions of instances.

    Attributes:
        pool: The frozen pool, with what never changes of it.
        spec: Pool id in the strategy.
        slots: Every instance, ordered by number.
        codes: Phase and revision of every instance.
    """

    __slots__ = ("_counts", "_first", "_fresh", "_made", "_revisions", "codes", "pool", "slots", "spec")

    def __init__(self, pool: Pool, spec: str) -> None:
        self.pool = pool
        self.spec = spec
        self.slots = list(pool.instances)
        self.codes = bytearray(_code(slot.phase, slot.revision) for slot in self.slots)
        self._first = self.slots[0].number if self.slots else 0
        self._made: dict[tuple[Phase, int, str], _Moved] = {}
        self._fresh = True
        self._count()

    def _count(self) -> None:
        found = {code: self.codes.count(code) for code in range(2 * len(_PHASES))}
        self._counts = {phase: found[2 * index] + found[2 * index + 1] for index, phase in enumerate(_PHASES)}
        self._revisions = {
            revision: sum(count for code, count in found.items() if code % 2 == bit and code in _RUNNING_CODES)
            for bit, revision in enumerate(_REVISIONS)
        }

    def copy(self) -> Stand:
        """A stand that changes on its own."""
        other = Stand.__new__(Stand)
        other.pool, other.spec, other._first, other._fresh = self.pool, self.spec, self._first, self._fresh
        other.slots, other.codes, other._made = self.slots[:], self.codes[:], self._made
        other._counts, other._revisions = self._counts, self._revisions
        return other

    def count(self, *phases: Phase) -> int:
        """How many are in one of ``phases``."""
        return sum([self._counts[phase] for phase in phases])

    def tally(self) -> Mapping[Phase, int]:
        """How many are in each phase."""
        return self._counts

    @property
    def running(self) -> int:
        """How many take up capacity."""
        return self.count(*RUNNING)

    @property
    def serving(self) -> int:
        """How many receive live traffic."""
        return self._counts[Phase.SERVING]

    def running_of(self, revision: str) -> int:
        """How many that take up capacity run a revision."""
        return self._revisions[revision]

    def numbers(self, *phases: Phase, revision: str = "") -> list[int]:
        """Numbers of those in one of ``phases``, ascending; of one revision, if it is named."""
        return self.chosen(self.mask(phases, revision)) if self.count(*phases) else []

    def mask(self, phases: tuple[Phase, ...], revision: str = "") -> bytearray:
        """For every instance 1 if it is in one of ``phases``, and of a revision if one is named; else 0."""
        return self.codes.translate(_mask(phases, revision))

    def chosen(self, mask: Iterable[int]) -> list[int]:
        """Numbers of those that a mask is not 0 for."""
        return list(compress(range(self._first, self._first + len(self.slots)), mask))

    def put(self, numbers: Sequence[int], phase: Phase, turn: int, revision: str = "") -> None:
        """Moves instances to a phase.

        One that is created where another was removed is a new generation, and so is one that gets another revision.
        """
        if not numbers:
            return
        move, table = self._made.setdefault((phase, turn, revision), _Moved()), _moved(phase, revision)
        start, end = numbers[0] - self._first, numbers[-1] - self._first + 1
        if end - start == len(numbers) and (
            len(numbers) == 1 or list(numbers) == list(range(numbers[0], numbers[-1] + 1))
        ):
            self.slots[start:end] = move.of(self.slots[start:end], phase, turn, revision)
            self.codes[start:end] = self.codes[start:end].translate(table)
        else:
            places = [number - self._first for number in numbers]
            after = move.of([self.slots[place] for place in places], phase, turn, revision)
            for place, slot in zip(places, after, strict=True):
                self.slots[place] = slot
                self.codes[place] = table[self.codes[place]]
        self._fresh = False
        self._count()

    def freeze(self) -> Pool:
        """The pool as it stands."""
        if not self._fresh:
            pool = self.pool
            self.pool = Pool(pool.id, pool.role, pool.revision, pool.site, tuple(self.slots))
            self._fresh = True
        return self.pool


class _Moved:
    """What instances become by one move, found again by identity: the ways back of a plan make the same over and over.

    What is kept is kept alive, so that no other instance gets the identity of one of them.
    """

    __slots__ = ("_after", "_before")

    def __init__(self) -> None:
        self._after: dict[int, Instance] = {}
        self._before: list[Instance] = []

    def of(self, slots: list[Instance], phase: Phase, turn: int, revision: str) -> list[Instance]:
        """The instances after the move."""
        found = list(map(self._after.get, map(id, slots)))
        if all(found):
            return cast("list[Instance]", found)
        return [after or self._make(slot, phase, turn, revision) for slot, after in zip(slots, found, strict=True)]

    def _make(self, slot: Instance, phase: Phase, turn: int, revision: str) -> Instance:
        now = revision or slot.revision
        reborn = (slot.phase is Phase.REMOVED and phase.running) or (now != slot.revision and slot.phase.running)
        after = _instance(slot.number, now, phase, slot.generation + reborn, turn)
        self._after[id(slot)] = after
        self._before.append(slot)
        return after


class World:
    """A state at work.

    Attributes:
        structure: What never changes.
        stands: The pools by pool id, in the order of the state.
        shares: Part of the live traffic that each pool receives by live routes, by pool id.
        lost: Part of the live traffic that nobody answers, by index of the scope.
        by_serving: Whether weights follow the serving instances; else they were set by hand.
        tests: Pool ids that receive test traffic.
        matches: Pool ids that receive the requests of a rule, with their part of the scope's traffic, and the rule.
        mirrors: Pool ids that receive a copy of live requests, with the part that is copied.
        flags: Part of the users that each feature flag is on for.
        services: Pool that each named service is bound to, by index of the scope and name.
        schema: Phase of the database's schema.
        batches: Most instances of a pool that were updated in place at once, by pool id.
    """

    __slots__ = (
        "batches",
        "by_serving",
        "flags",
        "lost",
        "matches",
        "mirrors",
        "schema",
        "services",
        "shares",
        "stands",
        "structure",
        "tests",
    )

    def __init__(self, structure: Structure, stands: Mapping[str, Stand]) -> None:
        self.structure = structure
        self.stands = dict(stands)
        self.shares = dict.fromkeys(self.stands, Fraction(0))
        self.lost = [Fraction(0)] * len(structure.scopes)
        self.by_serving = True
        self.tests: set[str] = set()
        self.matches: dict[str, tuple[Fraction, str]] = {}
        self.mirrors: dict[str, Fraction] = {}
        self.flags: dict[str, Fraction] = dict.fromkeys(structure.flags, Fraction(0))
        self.services: dict[tuple[int, str], str] = dict(structure.services)
        self.schema = ""
        self.batches: dict[str, int] = {}
        self.balance()

    def copy(self) -> World:
        """A world that changes on its own."""
        other = World.__new__(World)
        other.structure, other.by_serving, other.schema = self.structure, self.by_serving, self.schema
        other.stands = {name: stand.copy() for name, stand in self.stands.items()}
        other.shares, other.tests = self.shares.copy(), self.tests.copy()
        other.lost, other.matches, other.mirrors = self.lost.copy(), self.matches.copy(), self.mirrors.copy()
        other.flags, other.services, other.batches = self.flags.copy(), self.services.copy(), self.batches.copy()
        return other

    @property
    def serving(self) -> int:
        """How many instances serve, over all pools."""
        return sum(stand.serving for stand in self.stands.values())

    @property
    def outage(self) -> Fraction:
        """Part of the live traffic that nobody answers."""
        return sum(self.lost, Fraction(0))

    def balance(self) -> None:
        """Weights in proportion to what serves; kept as they are while nothing serves.

        A pool that only a rule reaches takes no part.
        """
        counts = {
            name: 0 if name in self.matches and not self.shares[name] else stand.serving
            for name, stand in self.stands.items()
        }
        if total := sum(counts.values()):
            self.shares = {name: Fraction(count, total) for name, count in counts.items()}
            self.lost = [Fraction(0)] * len(self.lost)

    def reached(self, pool_id: str) -> bool:
        """Whether live requests come to a pool, by weight or by a rule."""
        return bool(self.shares[pool_id]) or pool_id in self.matches

    def reroute(self, target: World) -> None:
        """Routing as it is in another world."""
        self.shares, self.lost, self.by_serving = target.shares.copy(), target.lost.copy(), target.by_serving
        self.matches = target.matches.copy()

    def routes(self) -> tuple[Route, ...]:
        """The routes as they are."""
        return self.structure.routes(self.shares, self.lost, self.matches, self.mirrors, self.tests)

    def mark(self) -> tuple[object, ...]:
        """All that a loop can see or change: if it comes again, so will everything after it."""
        stands = self.stands.values()
        return (
            tuple((*stand.tally().values(), stand.running_of("new")) for stand in stands),
            tuple(self.shares.values()),
            tuple(self.lost),
            self.by_serving,
            tuple(sorted(self.matches.items())),
            tuple(sorted(self.mirrors.items())),
            tuple(self.flags.items()),
            tuple(self.services.items()),
            self.schema,
        )

    def freeze(self) -> State:
        """The state as it is."""
        return State(
            pools=tuple(stand.freeze() for stand in self.stands.values()),
            routes=self.routes(),
            services=tuple((name, pool) for (_, name), pool in self.services.items()),
            flags=tuple(self.flags.items()),
            schema=self.schema,
        )


def settled(target: World, stand: Stand, *phases: Phase) -> list[int]:
    """Those in one of the phases now that served in the target."""
    then = target.stands[stand.pool.id]
    if then.serving == len(then.slots):  # most pools served as a whole, or not at all
        return stand.numbers(*phases)
    return _compared(then, stand, phases, served=True) if then.serving else []


def added(target: World, stand: Stand, *phases: Phase) -> list[int]:
    """Those in one of the phases now that did not serve in the target."""
    then = target.stands[stand.pool.id]
    if not then.serving:
        return stand.numbers(*phases)
    return _compared(then, stand, phases, served=False) if then.serving < len(then.slots) else []


def _compared(then: Stand, stand: Stand, phases: tuple[Phase, ...], *, served: bool) -> list[int]:
    if not stand.count(*phases):
        return []
    other = (Phase.SERVING,) if served else tuple(phase for phase in Phase if phase is not Phase.SERVING)
    return stand.chosen(map(and_, stand.mask(phases), then.mask(other)))


def updated(target: World, stand: Stand) -> list[int]:
    """Those that run now, and served another revision in the target."""
    then = target.stands[stand.pool.id]
    if not then.running_of("old") or not stand.running_of("new"):
        return []
    return stand.chosen(map(and_, stand.mask(RUNNING, "new"), then.mask((Phase.SERVING,), "old")))
