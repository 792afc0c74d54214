"""Maps one row of a table of facts to the product's own public functions, and their answer to the row's shape.

It knows nothing itself: what a controller would do is asked of ``drawdeploy.controllers``, and ``expected`` is never
seen. One module beside this one does it for each controller.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_MODULES = {
    "argo": "argo_rows",
    "k8s": "kubernetes_rows",
    "flagger": "flagger_rows",
    "codedeploy": "codedeploy_rows",
    "clouddeploy": "router_rows",
    "gateway": "router_rows",
}


def answer(file_stem: str, table: str, inputs: dict[str, Any]) -> Any:
    """What drawdeploy says to a row.

    Args:
        file_stem: Name of the table's file without its ending (``argo_basic_canary``).
        table: The row's ``table``.
        inputs: The row's ``inputs``.

    Raises:
        LookupError: Nothing is known of such a table.
    """
    family = file_stem.partition("_")[0]
    if family not in _MODULES:
        raise LookupError(f"no controller answers for {file_stem}")
    return _rows(_MODULES[family]).answer(file_stem, table, inputs)


def _rows(name: str) -> Any:
    """The module beside this one, whether this one was imported from its package or by its path."""
    if __package__:
        return import_module(f"{__package__}.{name}")
    if (here := str(Path(__file__).resolve().parent)) not in sys.path:
        sys.path.append(here)
    return import_module(name)
