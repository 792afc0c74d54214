"""Deployment configurations: how traffic shifts, and how many hosts must stay healthy.

Source: AWS CodeDeploy User Guide, "Working with deployment configurations" and "Instance health"
(awsdocs/aws-codedeploy-user-guide@b998a2f5).
"""

from __future__ import annotations

import re

from drawdeploy.controllers.amounts import ceil_div
from drawdeploy.errors import DrawDeployError, nearest
from drawdeploy.value import Value

ECS, LAMBDA, SERVER = "ECS", "Lambda", "Server"
PLATFORMS = (ECS, LAMBDA, SERVER)

ALL_AT_ONCE, CANARY, LINEAR = "AllAtOnce", "TimeBasedCanary", "TimeBasedLinear"
HOST_COUNT, FLEET_PERCENT, ALL_BUT_ONE = "HOST_COUNT", "FLEET_PERCENT", "ALL_BUT_ONE"

PREFIX = "CodeDeployDefault."

_CANARY = re.compile(r"(?:ECS|Lambda)?Canary(\d{1,2})Percent(\d{1,4})Minutes?", re.ASCII | re.IGNORECASE)
_LINEAR = re.compile(r"(?:ECS|Lambda)?Linear(\d{1,2})PercentEvery(\d{1,4})Minutes?", re.ASCII | re.IGNORECASE)
_HOSTS = re.compile(r"(\d{1,5})(%?)", re.ASCII)


class Shifting(Value):
    """How live traffic moves to the new version.

    Attributes:
        kind: ``AllAtOnce``, ``TimeBasedCanary`` or ``TimeBasedLinear``.
        percentage: Of the first increment (canary), or of every increment (linear).
        minutes: Between increments.
    """

    kind: str
    percentage: int = 100
    minutes: int = 0


class Healthy(Value):
    """How many hosts must stay healthy: a count, a percentage of all, or all but one."""

    kind: str
    value: int = 0


class Config(Value):
    """A deployment configuration: one of the two for a platform.

    Attributes:
        name: As AWS or the template calls it.
        platform: ``ECS``, ``Lambda`` or ``Server``; empty if it fits any that shifts traffic.
    """

    name: str
    platform: str
    shifting: Shifting | None = None
    healthy: Healthy | None = None


def _predefined() -> dict[str, Config]:
    shifts = {
        ECS: (
            *(f"Linear10PercentEvery{n}Minutes" for n in (1, 3)),
            *(f"Canary10Percent{n}Minutes" for n in (5, 15)),
            "AllAtOnce",
        ),
        LAMBDA: (
            *(f"Canary10Percent{n}Minutes" for n in (5, 10, 15, 30)),
            *(f"Linear10PercentEvery{n}" for n in ("1Minute", "2Minutes", "3Minutes", "10Minutes")),
            "AllAtOnce",
        ),
    }
    found = [
        Config(f"{PREFIX}{platform}{name}", platform, shifting=_shifting(name))
        for platform, names in shifts.items()
        for name in names
    ]
    hosts = {"AllAtOnce": (HOST_COUNT, 0), "HalfAtATime": (FLEET_PERCENT, 50), "OneAtATime": (ALL_BUT_ONE, 0)}
    found += [Config(f"{PREFIX}{name}", SERVER, healthy=Healthy(*value)) for name, value in hosts.items()]
    return {config.name: config for config in found}


def _shifting(name: str) -> Shifting | None:
    """What a name of that form says (``Linear10PercentEvery3Minutes``)."""
    if match := _CANARY.fullmatch(name):
        return Shifting(CANARY, int(match[1]), int(match[2]))
    if match := _LINEAR.fullmatch(name):
        return Shifting(LINEAR, int(match[1]), int(match[2]))
    return Shifting(ALL_AT_ONCE) if name.lower() in ("allatonce", "ecsallatonce", "lambdaallatonce") else None


PREDEFINED = _predefined()
"""All configurations that AWS has made, by name."""

DEFAULTS = {ECS: f"{PREFIX}ECSAllAtOnce", LAMBDA: f"{PREFIX}LambdaAllAtOnce", SERVER: f"{PREFIX}OneAtATime"}
"""What applies where nothing is said."""


def predefined(name: str) -> Config | None:
    """A configuration of AWS's by its name; however it is capitalised, as AWS's own pages differ in that."""
    lowered = name.lower()
    return next((config for key, config in PREDEFINED.items() if key.lower() == lowered), None)


def asked_config(text: str, platform: str) -> Config:
    """A configuration as a user names it: ``CodeDeployDefault.…``, ``Linear20PercentEvery2Minutes``, ``3``, ``75%``.

    Raises:
        DrawDeployError: There is none of that name, or it is one of another platform.
    """
    found = predefined(text) or predefined(f"{PREFIX}{platform}{text}") or predefined(PREFIX + text)
    if found is not None and found.platform == platform:
        return found
    if platform == SERVER and found is None and (match := _HOSTS.fullmatch(text)):
        return Config(text, SERVER, healthy=Healthy(FLEET_PERCENT if match[2] else HOST_COUNT, int(match[1])))
    shifting = _shifting(text.removeprefix(PREFIX))
    if platform != SERVER and found is None and shifting is not None and 1 <= shifting.percentage <= 100:
        return Config(text, platform, shifting=shifting)
    shown = "".join(c if c.isprintable() else "?" for c in text[:60])
    known = [name for name, config in PREDEFINED.items() if config.platform == platform]
    what = (
        f"is for {found.platform}, and this deploys to {platform}" if found else f"is no configuration for {platform}"
    )
    raise DrawDeployError(f"'{shown}' {what}", nearest(text, known) or f"such as {known[0]}")


def steps(shifting: Shifting) -> tuple[tuple[int, int], ...]:
    """When how much of the traffic is on the new version: (minutes since the first shift, percent)."""
    if shifting.kind == CANARY and shifting.percentage < 100:
        return (0, shifting.percentage), (shifting.minutes, 100)
    if shifting.kind == LINEAR:
        count = ceil_div(100, max(1, shifting.percentage))
        return tuple((n * shifting.minutes, min(100, (n + 1) * max(1, shifting.percentage))) for n in range(count))
    return ((0, 100),)


def minimum_hosts(healthy: Healthy, instances: int) -> int:
    """How many of ``instances`` must stay healthy; a percentage rounds up."""
    if healthy.kind == ALL_BUT_ONE:
        return max(0, instances - 1)
    return ceil_div(healthy.value * instances, 100) if healthy.kind == FLEET_PERCENT else healthy.value


def at_once(healthy: Healthy, instances: int, unhealthy: int = 0) -> int:
    """How many may be taken out together, so that the rest is not fewer than the minimum."""
    return max(0, instances - unhealthy - minimum_hosts(healthy, instances))


def succeeds_with(healthy: Healthy, instances: int) -> int:
    """How many deployments must succeed in the end: the minimum, and at least one."""
    return max(1, minimum_hosts(healthy, instances))
