"""The program: `drawdeploy`, or `python -m drawdeploy`."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line of this process, and ends it."""
    # Nothing that a run makes goes in circles worth looking for; looking takes a twentieth of it, and makes a fork copy
    # the memory that it shares.
    gc.set_threshold(100_000, 50, 50)
    from drawdeploy.api.helpers import helpers_for

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed; a pipe of ours must not take its number
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
    helpers = helpers_for(sys.argv[1:])  # as early as can be: before click is imported
    from drawdeploy.cli import main as run

    code = 0
    try:
        run(helpers=helpers)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    # Nothing is left that would have to be closed, and taking the interpreter apart takes 20 ms.
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
