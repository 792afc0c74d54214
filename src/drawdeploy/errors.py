"""The one error a user ever sees.

Every mistake of a user's becomes a :class:`DrawDeployError`: what is wrong, where it stands, and what to do about it.
Several faults of one input travel together in one error, so that nobody has to mend a file one run at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from drawdeploy.value import Value


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    OK = 0
    NO = 1
    """The answer is no: findings, stale, differs."""
    BAD_INPUT = 2
    FAILED = 3
    """The input was fine; the work could not be finished (disk full, a missing engine …)."""
    INTERRUPTED = 130


class Where(Value):
    """A place in a text: a file's name as the user gave it, and a line and column counted from 1 (0: unknown)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


class Fault(Value):
    """One thing that is wrong.

    Attributes:
        message: What is wrong, in one line.
        hint: What to do about it; may be empty.
        where: Where it stands, if it stands in a text.
        excerpt: The offending line of the text; may be empty.
    """

    message: str
    hint: str = ""
    where: Where | None = None
    excerpt: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.excerpt:
            lines.append(f"    {self.excerpt}")
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class DrawDeployError(Exception):
    """What went wrong, said so that the reader can mend it.

    Args:
        message: What is wrong, in one line.
        hint: What to do about it.
        where: Where it stands.
        code: The exit code of a command that ends in this error.
        faults: All faults at once; given instead of ``message``, ``hint`` and ``where``.
    """

    def __init__(
        self,
        message: str = "",
        hint: str = "",
        where: Where | None = None,
        *,
        code: Exit = Exit.BAD_INPUT,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self.faults = faults or (Fault(message, hint, where),)
        self.code = code
        super().__init__("\n".join(str(fault) for fault in self.faults))

    @property
    def message(self) -> str:
        """What is wrong, and where, without the hint; of several faults the first."""
        fault = self.faults[0]
        return f"{fault.where}: {fault.message}" if fault.where else fault.message

    @property
    def hint(self) -> str:
        """What to do about it; may be empty."""
        return self.faults[0].hint


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint for a name that is not among ``names``: the nearest one, or all if none is near and they are few."""
    from difflib import get_close_matches  # here: takes 8 ms, and only mistakes need it

    known = list(dict.fromkeys(names))
    lowered = {candidate.lower(): candidate for candidate in reversed(known)}
    if close := get_close_matches(name.lower()[:200], lowered, n=1, cutoff=0.6):
        return f"did you mean '{lowered[close[0]]}'?"
    return f"one of: {', '.join(known)}" if 0 < len(known) <= 24 else ""
