"""What never changes in a plan: who stands before whom, and the routes that follow from weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from drawdeploy.model import Route, RouteKind, Shift
from drawdeploy.value import Value

TESTER = "tester"
LOST = "lost"
"""Target of live traffic that nobody answers."""

_NOTHING = Fraction(0)


class Structure(Value):
    """What never changes in a plan.

    Attributes:
        entry: Nodes from the users to the last before the routers.
        routers: Router of each pool, by pool id, in the order of pools.
        parts: Part of all replicas that belongs to each scope.
        scopes: Pool ids by pool id of the strategy, one mapping a scope.
        switch: Seconds until a change of routing holds, by node.
        tester: Whether there is an actor whom test traffic comes from.
        splitters: Node that divides the traffic of each scope among its pools: their router, or, if they have several,
            the last node before those.
        outage: Whether any step lets traffic be lost.
        flags: Names of the feature flags; all are off in the beginning.
        services: Pool that each named service is bound to in the beginning, by index of the scope and name.
    """

    entry: tuple[str, ...]
    routers: Mapping[str, str]
    parts: tuple[Fraction, ...]
    scopes: tuple[Mapping[str, str], ...]
    switch: Mapping[str, int]
    tester: bool
    splitters: tuple[str, ...]
    outage: bool = False
    flags: tuple[str, ...] = ()
    services: tuple[tuple[tuple[int, str], str], ...] = ()

    def splitter(self, pool_id: str) -> str:
        """The node that divides the traffic of a pool's scope."""
        pairs = zip(self.scopes, self.splitters, strict=True)
        return next(node for scope, node in pairs if pool_id in scope.values())

    def routes(
        self,
        shares: Mapping[str, Fraction],
        lost: Sequence[Fraction],
        matches: Mapping[str, tuple[Fraction, str]],
        mirrors: Mapping[str, Fraction],
        tests: Iterable[str],
    ) -> tuple[Route, ...]:
        """Every live route with its weight, then those of rules, the mirrored, and the test routes."""
        lost_at: dict[str, Fraction] = {}
        for node, part in zip(self.splitters, lost, strict=True):
            lost_at[node] = lost_at.get(node, _NOTHING) + part
        total = sum(shares.values(), _NOTHING) + sum(lost, _NOTHING)
        flows: dict[str, Fraction] = {}
        for pool, router in self.routers.items():
            flows[router] = flows.get(router, _NOTHING) + shares[pool]
        for router in flows:
            flows[router] += lost_at.get(router, _NOTHING)
        pairs = zip(self.entry, self.entry[1:], strict=False)
        routes = [Route(a, b, RouteKind.LIVE, Fraction(1 if total else 0)) for a, b in pairs]
        if self.entry:
            last = self.entry[-1]
            routes += [Route(last, r, RouteKind.LIVE, _part(flow, total)) for r, flow in flows.items() if r != last]
        routes += [Route(r, p, RouteKind.LIVE, _part(shares[p], flows[r])) for p, r in self.routers.items()]
        if self.outage:
            routes += [Route(n, LOST, RouteKind.LIVE, _part(p, flows.get(n, total))) for n, p in lost_at.items()]
        for kind, ways in ((RouteKind.MATCH, matches), (RouteKind.MIRROR, {p: (w, "") for p, w in mirrors.items()})):
            routes += [Route(self.splitter(p), p, kind, *ways[p]) for p in self.routers if p in ways]
        if self.tester:
            routes += [Route(TESTER, pool, RouteKind.TEST) for pool in self.routers if pool in tests]
        return tuple(routes)

    def shifts(self, before: Sequence[Route], after: Sequence[Route]) -> tuple[Shift, ...]:
        """The live weights that differ, of nodes that have a choice: somebody has to change these."""
        live = [route for route in after if route.kind is RouteKind.LIVE]
        chooses = Counter(route.source for route in live)
        was = {(route.source, route.target): route.weight for route in before if route.kind is RouteKind.LIVE}
        return tuple(
            Shift(route.source, route.target, was[route.source, route.target], route.weight)
            for route in live
            if chooses[route.source] > 1 and was[route.source, route.target] != route.weight
        )

    def switch_seconds(self, before: Sequence[Route], after: Sequence[Route]) -> int:
        """How long it takes until the changed weights hold: the slowest of the nodes that send elsewhere now."""
        return self.switch.get(self.slowest(before, after), 0)

    def slowest(self, before: Sequence[Route], after: Sequence[Route]) -> str:
        """The slowest of the nodes that send elsewhere now; empty if none does."""
        old, new = (
            {(r.source, r.target, r.kind): (r.weight, r.rule) for r in routes if r.kind is not RouteKind.TEST}
            for routes in (before, after)
        )
        changed = {key[0]: None for key in {**old, **new} if old.get(key) != new.get(key)}
        return max(changed, key=lambda node: self.switch.get(node, 0), default="")


def _part(share: Fraction, of: Fraction) -> Fraction:
    return share / of if of else _NOTHING
