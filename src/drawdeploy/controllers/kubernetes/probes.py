"""How long a Pod takes to be ready, from what its probes say."""

from __future__ import annotations

from collections.abc import Sequence

from drawdeploy.controllers.amounts import ceil_div
from drawdeploy.controllers.documents import Fields
from drawdeploy.value import Value

_PERIOD, _SUCCESSES, _FAILURES = 10, 1, 3


class Probed(Value):
    """What the probes of a Pod's containers say.

    Attributes:
        probed: Whether any container has a readiness probe.
        seconds: When the Pod is ready at the earliest; ``None`` if no probe says anything.
        most: How long a startup probe lets it take; 0 without one.
    """

    probed: bool
    seconds: int | None
    most: int


def read(fields: Fields, containers: Sequence[str]) -> Probed:
    """Reads the probes of all containers; the slowest decides."""
    ready, most, probed = [], 0, False
    for path in containers:
        started = 0
        startup = f"{path}.startupProbe"
        if fields.node(startup) is not None:
            started = first(*_times(fields, startup))
            ready.append(started)
            most = max(most, _most(fields, startup))
            if fields.integer(f"{startup}.successThreshold", _SUCCESSES) not in (0, 1):
                fields.fault(f"{startup}.successThreshold", "must be 1", "a startup probe passes once")
        readiness = f"{path}.readinessProbe"
        if fields.node(readiness) is not None:
            probed = True
            delay, period = _times(fields, readiness)
            successes = fields.integer(f"{readiness}.successThreshold", _SUCCESSES) or _SUCCESSES
            ready.append(max(started, first(delay, period)) + (successes - 1) * period)
    return Probed(probed, max(ready) if ready else None, most)


def first(delay: int, period: int) -> int:
    """When a probe passes for the first time at the earliest.

    One is due every ``period``, those before ``delay`` do nothing (``doProbe`` of the kubelet), and nothing is up at 0.
    """
    return max(1, ceil_div(delay, period)) * period


def _times(fields: Fields, path: str) -> tuple[int, int]:
    delay = fields.integer(f"{path}.initialDelaySeconds", 0) or 0
    return delay, fields.integer(f"{path}.periodSeconds", _PERIOD) or _PERIOD


def _most(fields: Fields, path: str) -> int:
    delay, period = _times(fields, path)
    return delay + period * (fields.integer(f"{path}.failureThreshold", _FAILURES) or _FAILURES)
