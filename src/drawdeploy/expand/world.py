"""The state at work: pools that can be changed cheaply, frozen into a :class:`~drawdeploy.model.State` after each step.

A plan of a thousand instances has hundreds of states; changing frozen tuples one instance at a time would be
quadratic. Nothing of this module leaves ``expand``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache

from drawdeploy.expand.structure import Structure
from drawdeploy.model import Instance, Phase, Pool, Route, State

RUNNING = tuple(phase for phase in Phase if phase.running)
IDLE = tuple(phase for phase in RUNNING if phase is not Phase.SERVING)
FREE = (Phase.PLANNED, Phase.REMOVED)


@lru_cache(maxsize=1 << 17)
def _instance(number: int, revision: str, phase: Phase, generation: int, turn: int) -> Instance:
    """Equal instances are one object: the states of a plan share nearly all of them."""
    return Instance(number, revision, phase, generation, turn)


class Stand:
    """One pool at work.

    Attributes:
        pool: The frozen pool, with what never changes of it.
        spec: Pool id in the strategy.
        slots: Every instance, ordered by number.
    """

    __slots__ = ("_counts", "_fresh", "_revisions", "pool", "slots", "spec")

    def __init__(self, pool: Pool, spec: str) -> None:
        self.pool = pool
        self.spec = spec
        self.slots = list(pool.instances)
        self._counts = dict.fromkeys(Phase, 0)
        self._revisions = {"old": 0, "new": 0}
        for slot in self.slots:
            self._counts[slot.phase] += 1
            self._revisions[slot.revision] += slot.phase.running
        self._fresh = True

    def copy(self) -> Stand:
        """A stand that changes on its own."""
        other = Stand.__new__(Stand)
        other.pool, other.spec, other._fresh = self.pool, self.spec, self._fresh
        other.slots, other._counts, other._revisions = self.slots[:], self._counts.copy(), self._revisions.copy()
        return other

    def count(self, *phases: Phase) -> int:
        """How many are in one of ``phases``."""
        return sum(self._counts[phase] for phase in phases)

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
        if not self.count(*phases):
            return []
        if revision:
            return [slot.number for slot in self.slots if slot.phase in phases and slot.revision == revision]
        return [slot.number for slot in self.slots if slot.phase in phases]

    def put(self, numbers: Iterable[int], phase: Phase, turn: int, revision: str = "") -> None:
        """Moves instances to a phase.

        One that is created where another was removed is a new generation, and so is one that gets another revision.
        """
        first = self.slots[0].number if self.slots else 0
        for number in numbers:
            slot = self.slots[number - first]
            now = revision or slot.revision
            reborn = (slot.phase is Phase.REMOVED and phase.running) or (now != slot.revision and slot.phase.running)
            self._counts[slot.phase] -= 1
            self._counts[phase] += 1
            self._revisions[slot.revision] -= slot.phase.running
            self._revisions[now] += phase.running
            self.slots[number - first] = _instance(number, now, phase, slot.generation + reborn, turn)
            self._fresh = False

    def freeze(self) -> Pool:
        """The pool as it stands."""
        if not self._fresh:
            pool = self.pool
            self.pool = Pool(pool.id, pool.role, pool.revision, pool.site, tuple(self.slots))
            self._fresh = True
        return self.pool


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
    pairs = zip(stand.slots, then.slots, strict=True)
    return [now.number for now, was in pairs if now.phase in phases and (was.phase is Phase.SERVING) is served]


def updated(target: World, stand: Stand) -> list[int]:
    """Those that run now, and served another revision in the target."""
    then = target.stands[stand.pool.id]
    if not then.running_of("old") or not stand.running_of("new"):
        return []
    return [
        now.number
        for now, was in zip(stand.slots, then.slots, strict=True)
        if now.phase.running and was.phase is Phase.SERVING and now.revision != was.revision
    ]
