"""How long each stage took. It is told to the user, and never becomes part of any output."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


@contextmanager
def uncollected() -> Iterator[None]:
    """A block without Python's collector of cycles.

    A plan's values hold no cycles, and looking through the millions of a large one takes a third of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Timing:
    """Seconds by stage, in the order in which the stages first began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time of the block to a stage."""
        begin = perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + perf_counter() - begin

    @property
    def seconds(self) -> tuple[tuple[str, float], ...]:
        """What has been measured until now."""
        return tuple(self._seconds.items())
