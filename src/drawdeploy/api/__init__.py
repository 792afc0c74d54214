"""What Python users call: `plan` for the exact steps, `draw` for their pictures and reports.

Importing this loads nothing of it: a name is looked up when it is first used, since `drawdeploy --help` has 150 ms and
the vocabulary alone takes a sixth of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drawdeploy.api.calls import draw, plan
    from drawdeploy.api.catalogue import (
        Entry,
        built_in_strategies,
        environment_names,
        environments,
        example,
        icons,
        is_environment,
        is_path,
        is_strategy,
        like_icon,
        load,
        load_all,
        option_for,
        owners,
        placements,
        schema,
        site_names,
        sites,
        strategies,
        strategy_names,
        targets,
        unknown_environment,
    )
    from drawdeploy.api.compared import Compared, compare
    from drawdeploy.api.drawing import Drawing
    from drawdeploy.api.helpers import Helpers
    from drawdeploy.api.judged import Verdict, check
    from drawdeploy.api.planned import Planned

__all__ = [
    "Compared",
    "Drawing",
    "Entry",
    "Helpers",
    "Planned",
    "Verdict",
    "built_in_strategies",
    "check",
    "compare",
    "draw",
    "environment_names",
    "environments",
    "example",
    "icons",
    "is_environment",
    "is_path",
    "is_strategy",
    "like_icon",
    "load",
    "load_all",
    "option_for",
    "owners",
    "placements",
    "plan",
    "schema",
    "site_names",
    "sites",
    "strategies",
    "strategy_names",
    "targets",
    "unknown_environment",
]

_MODULES = {
    "Compared": "compared",
    "Drawing": "drawing",
    "Helpers": "helpers",
    "Planned": "planned",
    "Verdict": "judged",
    "check": "judged",
    "compare": "compared",
    "draw": "calls",
    "plan": "calls",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_MODULES.get(name, 'catalogue')}"), name)
    globals()[name] = value
    return value
