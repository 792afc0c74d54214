"""What goes to the terminal: colour where it is wanted, and a bar for what takes long."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType

import click

from drawdeploy.errors import DrawDeployError

BAR = 24
PATIENCE = 1.0  # seconds before a bar appears


def colour() -> bool | None:
    """False if the user wants none; else click looks whether a terminal is there."""
    return False if os.environ.get("NO_COLOR") else None


def say(text: str = "", *, err: bool = False, **style: bool | str) -> None:
    """Prints a line. Whoever reads may have gone (``| head``): what there is to do is done all the same."""
    try:
        click.secho(text, err=err, color=colour(), **style)  # type: ignore[arg-type]  # click takes them as Any
    except BrokenPipeError:
        silence()


def pour(names: Sequence[str], content: Callable[[str], bytes]) -> None:
    """Writes a file to standard output, if it is the only one."""
    if len(names) != 1:
        hint = "such as -f html; or name a folder"
        raise DrawDeployError(f"standard output takes one file, and this would be {len(names)}", hint)
    click.echo(content(names[0]), nl=False)


def silence() -> None:
    """Nothing more is printed, not even by the interpreter when it ends."""
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
    except (OSError, ValueError):  # not a real stream: a test's
        pass


def width() -> int | None:
    """Columns of the terminal; ``None`` if there is none, and nothing need be folded."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else None


def tolerate() -> None:
    """A terminal that cannot show a sign shows another instead, a closed one nothing: that is no reason to stop."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def show(file: Path) -> None:
    """Opens a file with whatever the user looks at pages with."""
    import webbrowser

    if not webbrowser.open(file.resolve().as_uri()):
        say(f"drawdeploy: nothing here can show {file}", err=True, fg="yellow")


class Progress:
    """A bar on the terminal, from one second on; nothing anywhere else.

    Args:
        wanted: Whether it may appear at all.

    Attributes:
        wanted: Whether there is anybody to see it.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self._begin = monotonic()
        self.wanted = wanted and sys.stderr.isatty()
        self._drawn = ""

    def __enter__(self) -> Progress:
        return self

    def __call__(self, stage: str, done: int, count: int) -> None:
        """Is told how far a stage is."""
        full = round(BAR * done / max(count, 1))
        line = f"{'█' * full}{'░' * (BAR - full)} {done}/{count} {stage}"
        if self.wanted and line != self._drawn and monotonic() - self._begin >= PATIENCE:
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)
            self._drawn = line

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)


def peak_memory() -> int:
    """Bytes: the most that this process had at once, plus the most of any one it started; 0 if it cannot be told."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
