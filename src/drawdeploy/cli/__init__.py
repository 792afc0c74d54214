"""The command line: it parses, calls `api` and prints. It has no rules of its own."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, NoReturn

import click

from drawdeploy.cli.screen import say, silence, tolerate
from drawdeploy.cli.settings import fault_of
from drawdeploy.errors import DrawDeployError, Exit, Fault

if TYPE_CHECKING:
    from drawdeploy.api import Helpers

COMPLETION = "_DRAWDEPLOY_COMPLETE"
UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EIO}
OFF = {"", "0", "false", "f", "no", "n", "off"}


def main(arguments: Sequence[str] | None = None, helpers: Helpers | None = None) -> NoReturn:
    """The program `drawdeploy`; exits.

    Args:
        arguments: Of the command line; this process's own if not given.
        helpers: Processes that do part of the work.
    """
    with helpers or nullcontext():
        code = run(sys.argv[1:] if arguments is None else arguments, helpers)
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has gone; there is nobody to tell
        silence()
    except OSError as error:
        silence()
        code = _end(error)
    sys.exit(code)


def run(arguments: Sequence[str], helpers: Helpers | None = None) -> int:
    """Runs a command and gives its exit code; every error is told, and none is raised."""
    try:
        tolerate()
        from drawdeploy.cli.commands import root

        result = root.main(
            [*arguments], prog_name="drawdeploy", complete_var=COMPLETION, standalone_mode=False, obj=helpers
        )
        return result if isinstance(result, int) else Exit.OK
    except (click.Abort, KeyboardInterrupt):
        _tell(Fault("interrupted; what was there before is still whole"))
        return Exit.INTERRUPTED
    except SystemExit as end:  # click's: completion, or whoever reads what is printed has seen enough
        silence()
        return end.code if isinstance(end.code, int) and COMPLETION in os.environ else Exit.OK
    except BrokenPipeError:
        silence()
        return Exit.OK
    except Exception as error:
        if "--debug" in arguments or os.environ.get("DRAWDEPLOY_DEBUG", "").lower() not in OFF:
            import traceback

            traceback.print_exc()
        return _end(error)


def _end(error: Exception) -> int:
    """Tells what went wrong; gives the exit code."""
    if COMPLETION in os.environ:  # the user is in the middle of typing
        return Exit.BAD_INPUT
    if isinstance(error, DrawDeployError):
        _tell(*error.faults)
        return error.code
    if isinstance(error, click.ClickException):
        _tell(fault_of(error))
        return Exit.BAD_INPUT
    if isinstance(error, OSError):
        what = error.strerror or type(error).__name__
        if error.filename is None and error.errno in UNWRITABLE:
            _tell(
                Fault(f"what is printed cannot be written: {what}", "look where the output goes, and make room there")
            )
        else:
            _tell(Fault(f"{what}: {error.filename}" if error.filename else str(error)))
        return Exit.FAILED
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("drawdeploy"):
        _tell(Fault(f"the library '{error.name}' is missing", "`drawdeploy doctor` tells how to get it"))
        return Exit.FAILED
    if isinstance(error, MemoryError):
        _tell(Fault("there is not enough memory", "draw less at once: --steps, --no-rollback, or a smaller --scale"))
        return Exit.FAILED
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    _tell(Fault(f"this should not happen: {what}", "run it again with --debug, and report what it says"))
    return Exit.FAILED


def _tell(*faults: Fault) -> None:
    for fault in faults:
        text = str(fault)
        say(text if fault.where else f"drawdeploy: {text}", err=True, fg="red")


__all__ = ["main", "run"]
