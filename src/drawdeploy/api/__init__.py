"""What Python users call: `plan` for the exact steps, `draw` for their pictures and reports.

Importing this loads nothing heavy; the rooms behind it are imported when they are used.
"""

from __future__ import annotations

from drawdeploy.api.catalogue import (
    Entry,
    environment_names,
    environments,
    is_path,
    load,
    strategies,
    strategy_names,
    title_of,
)
from drawdeploy.api.drawing import Drawing, draw, look_of
from drawdeploy.api.planned import Planned, plan

__all__ = [
    "Drawing",
    "Entry",
    "Planned",
    "draw",
    "environment_names",
    "environments",
    "is_path",
    "load",
    "look_of",
    "plan",
    "strategies",
    "strategy_names",
    "title_of",
]
