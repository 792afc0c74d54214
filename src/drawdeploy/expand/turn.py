"""One turn: what expressions are evaluated in, and the turns of a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from numbers import Rational
from types import MappingProxyType
from typing import Any

from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.faults import fault_at, quoted
from drawdeploy.expand.world import Stand, World
from drawdeploy.model import Environment, Expression, Phase, RepeatSpec, Scalar, Strategy
from drawdeploy.value import Value, replace

MAX_ROUNDS = 10_000


class PoolView(Value):
    """What an expression may ask of a pool: numbers of instances."""

    serving: int
    running: int
    ready: int
    standby: int
    planned: int
    size: int


class Turn(Value):
    """What verbs and expressions are about: one turn of a loop, or one pass over the steps outside loops, of one scope.

    Attributes:
        scope: Index of the scope.
        pools: Pool ids of the scope by pool id of the strategy.
        numbers: Parameters, and ``replicas`` of the scope.
        number: Counts the turns of the plan from 1.
        let: Values of this turn, for its expressions and its texts.
    """

    strategy: Strategy
    environment: Environment
    scope: int
    pools: Mapping[str, str]
    numbers: Mapping[str, Scalar]
    number: int
    let: Mapping[str, Scalar] = MappingProxyType({})

    def evaluate(self, expression: Expression, world: World, line: int, column: int) -> Any:
        """The value of an expression in this turn."""
        views = {spec: _view(world.stands[pool_id]) for spec, pool_id in self.pools.items()}
        names = {**views, **self.numbers, **self.let}
        try:
            value = expression.evaluate(names)
        except DrawDeployError as error:  # it knows what is wrong, but not where the expression stands
            first = error.faults[0]
            raise fault_at(self.strategy, line, column, first.message, first.hint or _may_use(names)) from None
        except Exception as error:  # an author's expression may fail in any way: division by zero, a wrong type …
            raise self._fault(expression, line, column, f"cannot be worked out ({error})", names) from error
        if value is None:
            raise self._fault(expression, line, column, "gives no value", names)
        return value

    def _fault(
        self, expression: Expression, line: int, column: int, what: str, names: Mapping[str, Any]
    ) -> DrawDeployError:
        return fault_at(self.strategy, line, column, f"{quoted(expression.source, 80)} {what}", _may_use(names))


def _may_use(names: Mapping[str, Any]) -> str:
    return f"it may use {', '.join(names)}, and of a pool serving, running, ready, standby, planned, size"


def _view(stand: Stand) -> PoolView:
    return PoolView(
        serving=stand.serving,
        running=stand.running,
        ready=stand.count(Phase.READY),
        standby=stand.count(Phase.STANDBY),
        planned=stand.count(Phase.PLANNED),
        size=len(stand.slots),
    )


def exact(value: Any) -> Scalar | None:
    """A value of an expression as a scalar without rounding noise; ``None`` if it is none."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and value == value and abs(value) < 1e15:  # not NaN, not infinite
        value = Fraction(str(value))
    if isinstance(value, Rational):
        whole = Fraction(value)
        return whole.numerator if whole.denominator == 1 else whole
    return None


def turns(repeat: RepeatSpec, world: World, begin: Callable[[], Turn]) -> Iterator[Turn]:
    """The turns of a loop; each is to be carried out on the world before the next is asked for.

    Args:
        repeat: The loop as described.
        world: Changes while its turns are carried out.
        begin: Gives a turn without its ``let``.
    """
    where = (repeat.line, repeat.column)
    seen: set[tuple[object, ...]] = set()
    while not begin().evaluate(repeat.until, world, *where):
        mark = _mark(world)
        turn = begin()
        if mark in seen or len(seen) >= MAX_ROUNDS:
            rounds = f"{len(seen)} round{'' if len(seen) == 1 else 's'}"
            message = f"this loop never ends: after {rounds} {quoted(repeat.until.source, 80)} still does not hold"
            raise fault_at(turn.strategy, *where, message, "every round must bring it nearer")
        seen.add(mark)
        for name, expression in repeat.let:
            value = exact(turn.evaluate(expression, world, *where))
            if value is None:
                message = f"{quoted(expression.source, 80)} gives no number"
                raise fault_at(turn.strategy, *where, message, f"{name} must be one")
            turn = replace(turn, let={**turn.let, name: value})
        yield turn


def _mark(world: World) -> tuple[object, ...]:
    """All that an expression can see of a world: if it comes again, so will everything after it."""
    counts = tuple(tuple(stand.tally().values()) for stand in world.stands.values())
    return counts, tuple(world.shares.values()), world.by_serving
