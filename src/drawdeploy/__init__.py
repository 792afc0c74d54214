"""See a deployment before it happens.

    import drawdeploy

    planned = drawdeploy.plan("NAME", env="private", replicas=6)
    print(planned.text())
    drawdeploy.draw("NAME", env="hybrid", output="output/here")

`plan` gives the exact steps, `draw` their pictures and reports; both say what is wrong with a
:class:`DrawDeployError`, whose text tells how to mend it.
"""

from __future__ import annotations

from drawdeploy.api import Drawing, Planned, draw, environments, plan, strategies
from drawdeploy.errors import DrawDeployError

__version__ = "0.1.0"

__all__ = ["DrawDeployError", "Drawing", "Planned", "__version__", "draw", "environments", "plan", "strategies"]
