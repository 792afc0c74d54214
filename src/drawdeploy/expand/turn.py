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
from drawdeploy.model import Environment, Expression, Phase, RepeatSpec, Scalar, Service, Strategy
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
    old: int
    new: int


class Turn(Value):
    """What verbs and expressions are about: one turn of a loop, or one pass over the steps outside loops, of one scope.

    Attributes:
        scope: Index of the scope.
        service: What is deployed.
        pools: Pool ids of the scope by pool id of the strategy.
        numbers: Parameters, ``replicas`` of the scope, and what else expressions may ask: numbers, texts, lists.
        number: Counts the turns of the plan from 1.
        let: Values of this turn, for its expressions and its texts.
        undo: Whether it is a way back: what is only allowed there.
        sites: The turns of each scope, if all take their steps together. Counts of verbs are then those of each scope;
            all other expressions see the sum.
    """

    strategy: Strategy
    environment: Environment
    service: Service
    scope: int
    pools: Mapping[str, str]
    numbers: Mapping[str, Any]
    number: int
    let: Mapping[str, Scalar] = MappingProxyType({})
    undo: bool = False
    sites: tuple[Turn, ...] = ()

    def each(self) -> tuple[Turn, ...]:
        """The turns that a verb is carried out in: this one, or one a scope."""
        if not self.sites:
            return (self,)
        return tuple(replace(one, number=self.number, let=self.let, undo=self.undo) for one in self.sites)

    def evaluate(self, expression: Expression, world: World, line: int, column: int) -> Any:
        """The value of an expression in this turn."""
        views = {spec: _view(*(world.stands[one.pools[spec]] for one in self.each())) for spec in self.pools}
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
    return f"it may use {', '.join(names)}, and of a pool {', '.join(PoolView._fields)}"


def _view(*stands: Stand) -> PoolView:
    return PoolView(
        serving=sum(stand.serving for stand in stands),
        running=sum(stand.running for stand in stands),
        ready=sum(stand.count(Phase.READY) for stand in stands),
        standby=sum(stand.count(Phase.STANDBY) for stand in stands),
        planned=sum(stand.count(Phase.PLANNED) for stand in stands),
        size=sum(len(stand.slots) for stand in stands),
        old=sum(stand.running_of("old") for stand in stands),
        new=sum(stand.running_of("new") for stand in stands),
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
    if repeat.each is None:
        yield from (_with_let(repeat, turn, world) for turn in _until(repeat, world, begin))
        return
    name, values = repeat.each
    for value in _values(repeat, values, begin(), world):
        yield _with_let(repeat, replace(begin(), let={name: value}), world)


def _until(repeat: RepeatSpec, world: World, begin: Callable[[], Turn]) -> Iterator[Turn]:
    """A turn as long as the loop's end is not reached, and something comes of it."""
    assert repeat.until is not None  # one of both is given
    where = (repeat.line, repeat.column)
    seen: set[tuple[object, ...]] = set()
    while not begin().evaluate(repeat.until, world, *where):
        mark = world.mark()
        turn = begin()
        if mark in seen or len(seen) >= MAX_ROUNDS:
            rounds = f"{len(seen)} round{'' if len(seen) == 1 else 's'}"
            message = f"this loop never ends: after {rounds} {quoted(repeat.until.source, 80)} still does not hold"
            raise fault_at(turn.strategy, *where, message, "every round must bring it nearer")
        seen.add(mark)
        yield turn


def _values(repeat: RepeatSpec, source: Expression, turn: Turn, world: World) -> list[Scalar]:
    """The values that a loop goes through."""
    where = (repeat.line, repeat.column)
    found = turn.evaluate(source, world, *where)
    values = [exact(value) for value in found] if isinstance(found, list | tuple) else []
    if not isinstance(found, list | tuple) or None in values:
        message = f"{quoted(source.source, 80)} gives no list of numbers"
        raise fault_at(turn.strategy, *where, message, "a parameter of the type 'steps', or a list: [10, 50]")
    if len(values) > MAX_ROUNDS:
        raise fault_at(turn.strategy, *where, f"more than {MAX_ROUNDS:,} rounds", "go through fewer values")
    return [value for value in values if value is not None]


def _with_let(repeat: RepeatSpec, turn: Turn, world: World) -> Turn:
    """A turn with what its loop calls by a name."""
    where = (repeat.line, repeat.column)
    for name, expression in repeat.let:
        value = exact(turn.evaluate(expression, world, *where))
        if value is None:
            message = f"{quoted(expression.source, 80)} gives no number"
            raise fault_at(turn.strategy, *where, message, f"{name} must be one")
        turn = replace(turn, let={**turn.let, name: value})
    return turn
