"""See a deployment before it happens.

    import drawdeploy

    planned = drawdeploy.plan("NAME", env="private", replicas=6)
    print(planned.text())
    drawdeploy.draw("NAME", env="hybrid", output="output/here")

`plan` gives the exact steps, `draw` their pictures and reports; both say what is wrong with a
:class:`DrawDeployError`, whose text tells how to mend it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawdeploy.errors import DrawDeployError

if TYPE_CHECKING:
    from drawdeploy.api import Drawing, Entry, Planned, draw, environments, plan, strategies

__version__ = "0.1.0"

__all__ = [
    "DrawDeployError",
    "Drawing",
    "Entry",
    "Planned",
    "__version__",
    "draw",
    "environments",
    "plan",
    "strategies",
]


def __getattr__(name: str) -> object:
    """Names of `drawdeploy.api`, looked up when they are first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from drawdeploy import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(__all__)
