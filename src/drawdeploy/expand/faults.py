"""How expand says what is wrong: with the nearest name, and where it stands in the description."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from drawdeploy.errors import DrawDeployError, Where
from drawdeploy.model import Strategy, VerbSpec


def quoted(value: object, limit: int = 40) -> str:
    """A user's value, safe and short enough for one line of a message."""
    text = str(value)
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names what there is, the nearest first."""
    names = list(known)
    close = difflib.get_close_matches(name[:100], names, n=1)
    there = f"there is {', '.join(names)}" if names else "there is none"
    return f"did you mean {close[0]}? {there}" if close else there


def fault_at(strategy: Strategy, line: int, column: int, message: str, hint: str = "") -> DrawDeployError:
    """A fault at a place of the strategy's description."""
    where = Where(strategy.source, line, column) if strategy.source else None
    return DrawDeployError(message, hint, where)


def fault(strategy: Strategy, verb: VerbSpec, message: str, hint: str = "") -> DrawDeployError:
    """A fault of one verb."""
    return fault_at(strategy, verb.line, verb.column, message, hint)


class Unable(DrawDeployError):
    """What an environment cannot do, and a strategy needs.

    Attributes:
        ability: What its router would have to be able to do: ``weights``, ``match``, ``mirror``, ``affinity``.
    """

    def __init__(self, message: str, hint: str, ability: str) -> None:
        super().__init__(message, hint)
        self.ability = ability
