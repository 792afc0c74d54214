"""The state at work: pools that can be changed cheaply, frozen into a :class:`~drawdeploy.model.State` after each step.

A plan of a thousand instances has hundreds of states; changing frozen tuples one instance at a time would be
quadratic. Nothing of this module leaves ``expand``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from drawdeploy.model import Instance, Phase, Pool, Route, RouteKind, Shift, State
from drawdeploy.value import Value

TESTER = "tester"
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

    __slots__ = ("_counts", "_fresh", "pool", "slots", "spec")

    def __init__(self, pool: Pool, spec: str) -> None:
        self.pool = pool
        self.spec = spec
        self.slots = list(pool.instances)
        self._counts = dict.fromkeys(Phase, 0)
        for slot in self.slots:
            self._counts[slot.phase] += 1
        self._fresh = True

    def copy(self) -> Stand:
        """A stand that changes on its own."""
        other = Stand.__new__(Stand)
        other.pool, other.spec, other._fresh = self.pool, self.spec, self._fresh
        other.slots, other._counts = self.slots[:], self._counts.copy()
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

    def numbers(self, *phases: Phase) -> list[int]:
        """Numbers of those in one of ``phases``, ascending."""
        if not self.count(*phases):
            return []
        return [slot.number for slot in self.slots if slot.phase in phases]

    def put(self, numbers: Iterable[int], phase: Phase, turn: int) -> None:
        """Moves instances to a phase; one that is created in a slot where another was removed is a new generation."""
        first = self.slots[0].number if self.slots else 0
        for number in numbers:
            slot = self.slots[number - first]
            reborn = slot.phase is Phase.REMOVED and phase.running
            self._counts[slot.phase] -= 1
            self._counts[phase] += 1
            self.slots[number - first] = _instance(number, slot.revision, phase, slot.generation + reborn, turn)
            self._fresh = False

    def freeze(self) -> Pool:
        """The pool as it stands."""
        if not self._fresh:
            pool = self.pool
            self.pool = Pool(pool.id, pool.role, pool.revision, pool.site, tuple(self.slots))
            self._fresh = True
        return self.pool


class Structure(Value):
    """What never changes in a plan.

    Attributes:
        entry: Nodes from the users to the last before the routers.
        routers: Router of each pool, by pool id, in the order of pools.
        parts: Part of all replicas that belongs to each scope.
        scopes: Pool ids by pool id of the strategy, one mapping a scope.
        switch: Seconds until a change of routing holds, by node.
        tester: Whether there is an actor whom test traffic comes from.
    """

    entry: tuple[str, ...]
    routers: Mapping[str, str]
    parts: tuple[Fraction, ...]
    scopes: tuple[Mapping[str, str], ...]
    switch: Mapping[str, int]
    tester: bool

    def routes(self, shares: Mapping[str, Fraction], tests: Iterable[str]) -> tuple[Route, ...]:
        """Every live route with its weight, then the test routes."""
        total = sum(shares.values(), Fraction(0))
        flows: dict[str, Fraction] = {}
        for pool, router in self.routers.items():
            flows[router] = flows.get(router, Fraction(0)) + shares[pool]
        pairs = zip(self.entry, self.entry[1:], strict=False)
        routes = [Route(a, b, RouteKind.LIVE, Fraction(1 if total else 0)) for a, b in pairs]
        if self.entry:
            last = self.entry[-1]
            routes += [Route(last, r, RouteKind.LIVE, _part(flow, total)) for r, flow in flows.items() if r != last]
        routes += [Route(r, p, RouteKind.LIVE, _part(shares[p], flows[r])) for p, r in self.routers.items()]
        if self.tester:
            routes += [Route(TESTER, pool, RouteKind.TEST) for pool in self.routers if pool in tests]
        return tuple(routes)

    def shifts(self, before: Sequence[Route], after: Sequence[Route]) -> tuple[Shift, ...]:
        """The weights that differ, of nodes that have a choice: somebody has to change these."""
        chooses = Counter(route.source for route in after if route.kind is RouteKind.LIVE)
        return tuple(
            Shift(route.source, route.target, was.weight, route.weight)
            for was, route in zip(before, after, strict=False)  # live routes come first, always the same
            if route.kind is RouteKind.LIVE and was.weight != route.weight and chooses[route.source] > 1
        )

    def switch_seconds(self, before: Sequence[Route], after: Sequence[Route]) -> int:
        """How long it takes until the changed weights hold: the slowest of the nodes that send elsewhere now."""
        old = {(r.source, r.target): r.weight for r in before if r.kind is RouteKind.LIVE}
        changed = {r.source for r in after if r.kind is RouteKind.LIVE and old[r.source, r.target] != r.weight}
        return max((self.switch.get(node, 0) for node in changed), default=0)


def _part(share: Fraction, of: Fraction) -> Fraction:
    return share / of if of else Fraction(0)


class World:
    """A state at work.

    Attributes:
        structure: What never changes.
        stands: The pools by pool id, in the order of the state.
        shares: Part of all live traffic that each pool receives, by pool id.
        by_serving: Whether weights follow the serving instances; else they were set by hand.
        tests: Pool ids that receive test traffic.
    """

    __slots__ = ("by_serving", "shares", "stands", "structure", "tests")

    def __init__(self, structure: Structure, stands: Mapping[str, Stand]) -> None:
        self.structure = structure
        self.stands = dict(stands)
        self.shares = dict.fromkeys(self.stands, Fraction(0))
        self.by_serving = True
        self.tests: set[str] = set()
        self.balance()

    def copy(self) -> World:
        """A world that changes on its own."""
        other = World.__new__(World)
        other.structure, other.by_serving = self.structure, self.by_serving
        other.stands = {name: stand.copy() for name, stand in self.stands.items()}
        other.shares, other.tests = self.shares.copy(), self.tests.copy()
        return other

    @property
    def serving(self) -> int:
        """How many instances serve, over all pools."""
        return sum(stand.serving for stand in self.stands.values())

    def balance(self) -> None:
        """Weights in proportion to what serves; kept as they are while nothing serves."""
        if total := self.serving:
            self.shares = {name: Fraction(stand.serving, total) for name, stand in self.stands.items()}

    def routes(self) -> tuple[Route, ...]:
        """The routes as they are."""
        return self.structure.routes(self.shares, self.tests)

    def freeze(self) -> State:
        """The state as it is."""
        return State(tuple(stand.freeze() for stand in self.stands.values()), self.routes())


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
