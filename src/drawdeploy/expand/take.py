"""What verbs are about: the pool, how many of its instances, and percentages."""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.expand.faults import fault, fault_at, nearest, quoted
from drawdeploy.expand.turn import Turn, exact
from drawdeploy.expand.world import Stand, World
from drawdeploy.model import Duration, Expression, Move, Verb, VerbSpec

MAX_SECONDS = 30 * 24 * 3600


def find(world: World, verb: VerbSpec, turn: Turn) -> Stand:
    """The pool of a verb.

    Raises:
        DrawDeployError: There is none of that name.
    """
    if verb.pool not in turn.pools:
        raise fault(turn.strategy, verb, f"unknown pool {quoted(verb.pool)}", nearest(verb.pool, turn.pools))
    return world.stands[turn.pools[verb.pool]]


def take(world: World, verb: VerbSpec, turn: Turn, candidates: list[int], what: str, hint: str) -> list[int]:
    """As many of the candidates, from the first on, as the verb asks for.

    Raises:
        DrawDeployError: It asks for more than there are, or for no number.
    """
    if verb.count is None:
        if not candidates:
            raise fault(turn.strategy, verb, f"pool {verb.pool} has nothing that is {what}", hint)
        return candidates
    value = turn.evaluate(verb.count, world, verb.line, verb.column)
    count = exact(value)
    if not isinstance(count, int) or isinstance(count, bool):
        raise fault(
            turn.strategy,
            verb,
            f"{quoted(verb.count.source, 80)} gives {quoted(value)}, which is no whole number of instances",
            "round it: ceil(…), or // divides without a remainder",
        )
    if count < 0:
        raise fault(
            turn.strategy, verb, f"{quoted(verb.count.source, 80)} gives {count} instances", "it must be 0 or more"
        )
    if count > len(candidates):
        raise fault(
            turn.strategy,
            verb,
            f"pool {verb.pool} has only {len(candidates)} of {count} instances that are {what}",
            hint,
        )
    return candidates[:count]


def moved(verb: Verb, stand: Stand, numbers: list[int], seconds: int = 0, value: str = "") -> list[Move]:
    """The move of some instances; none if they are none."""
    return [Move(verb, stand.pool.id, tuple(sorted(numbers)), seconds, value=value)] if numbers else []


def percent_of(expression: Expression, world: World, verb: VerbSpec, turn: Turn, what: str) -> Fraction:
    """A percentage as a part of 1.

    Raises:
        DrawDeployError: It is none.
    """
    value = turn.evaluate(expression, world, verb.line, verb.column)
    percent = exact(value)
    if isinstance(percent, str | bool | Duration) or percent is None or not 0 <= percent <= 100:
        hint = "it is a percentage, a number from 0 to 100"
        raise fault(turn.strategy, verb, f"{what} is {quoted(value)}", hint)
    return Fraction(percent) / 100


def seconds_of(value: Expression | int, world: World, turn: Turn, line: int, column: int, what: str) -> int:
    """A time, as described or by an expression.

    Raises:
        DrawDeployError: It is none.
    """
    if isinstance(value, int):
        return value
    found = exact(turn.evaluate(value, world, line, column))
    if isinstance(found, Fraction):
        found = round(found)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= MAX_SECONDS:
        message = f"{quoted(value.source, 80)} gives {quoted(found)}, which is no {what}"
        raise fault_at(turn.strategy, line, column, message, "a number of seconds, up to 30 days")
    return found
