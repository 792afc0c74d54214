"""Named things: the built-in ones, and those that other packages offer through entry points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from drawdeploy.errors import DrawDeployError, nearest

T = TypeVar("T")


def unknown(noun: str, name: str, names: Iterable[str]) -> DrawDeployError:
    """The error for a name that nobody knows, with the nearest one as its hint."""
    shown = name if len(name) <= 60 else name[:59] + "…"
    return DrawDeployError(f"unknown {noun} {shown!r}", nearest(name, names))


def offered(group: str) -> tuple[tuple[str, Any], ...]:
    """What other packages offer under an entry point group, sorted by name.

    Raises:
        DrawDeployError: A package offers something that cannot be imported.
    """
    from importlib.metadata import entry_points  # here: takes 40 ms

    found = []
    for point in sorted(entry_points(group=group), key=lambda point: (point.name, point.value)):
        try:
            found.append((point.name, point.load()))
        except Exception as error:  # whatever a foreign module raises when it is imported
            message = f"entry point '{point.name}' of '{group}' cannot be loaded: {error}"
            raise DrawDeployError(message, "mend or uninstall the package that declares it") from error
    return tuple(found)


class Registry(Generic[T]):
    """Things by their names.

    Args:
        noun: What one of them is called in an error ("engine").
        group: Entry point group that offers more; empty for none. It is read when a name is not found, or all names are
            asked for, and not before.
    """

    def __init__(self, noun: str, group: str = "") -> None:
        self._noun = noun
        self._group = group
        self._things: dict[str, T] = {}
        self._complete = not group

    def add(self, name: str, thing: T) -> None:
        """Adds one; a name that is taken stays with its first owner."""
        self._things.setdefault(name, thing)

    def names(self) -> tuple[str, ...]:
        """All names, in the order in which they were added."""
        self._complete_once()
        return tuple(self._things)

    def get(self, name: str) -> T:
        """The thing of that name.

        Raises:
            DrawDeployError: There is none; the hint gives the nearest name.
        """
        if name not in self._things:
            self._complete_once()
        if name not in self._things:
            raise unknown(self._noun, name, self._things)
        return self._things[name]

    def __contains__(self, name: object) -> bool:
        return name in self._things or name in self.names()

    def _complete_once(self) -> None:
        if not self._complete:
            self._complete = True
            for name, thing in offered(self._group):
                self.add(name, thing)
