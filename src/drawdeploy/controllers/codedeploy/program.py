"""What a deployment will do, event after event, before anything fails."""

from __future__ import annotations

from itertools import pairwise

from drawdeploy.controllers.amounts import ceil_div
from drawdeploy.controllers.codedeploy import configs
from drawdeploy.controllers.codedeploy.configs import ECS, SERVER, Config
from drawdeploy.controllers.codedeploy.spec import IN_PLACE, STEP_FUNCTIONS, Spec
from drawdeploy.value import Value

HOOK, CREATE, TEST, READY, SHIFT, CUT, WAIT, RELEASE, BATCH, RETURN, DROP = (
    *("hook", "create", "test", "ready", "shift", "cut", "wait", "release", "batch", "return", "drop"),
)
"""Kinds of stages: run a hook; make the replacement; send test traffic; wait for a person; move traffic; take the
original out of the load balancer; wait; terminate the original; change hosts in place; give traffic back; terminate the
replacement."""

MOST_STEPS = 10
"""So many shifts are a step each; more are told together."""


class Stage(Value):
    """One event of a deployment.

    Attributes:
        event: Name of the lifecycle event.
        kind: What it does.
        step: Slug of the step of the plan it belongs to.
        percent: For ``shift``: the part of the traffic on the new version then.
        seconds: For ``shift`` and ``wait``: how long it stays so.
        last: For ``shift``: whether all traffic is moved.
    """

    event: str
    kind: str
    step: str
    percent: int = 0
    seconds: int = 0
    hosts: int = 0
    last: bool = False


def forward(spec: Spec, config: Config, hosts: int) -> tuple[Stage, ...]:
    """All events of a deployment."""
    if spec.style == IN_PLACE:
        return (Stage("Install", BATCH, "batch"),)
    if spec.platform == SERVER:
        return _hosts(spec, config, hosts)
    shifts = _shifts(config)
    made = [Stage("Start", CREATE, "create")]
    if spec.platform == ECS:
        made = [Stage("Install", CREATE, "install")]
        if spec.hook("BeforeInstall"):
            made.insert(0, Stage("BeforeInstall", HOOK, "install"))
        if spec.hook("AfterInstall"):
            made.append(Stage("AfterInstall", HOOK, "install"))
        if spec.test_listener:
            made.append(Stage("AllowTestTraffic", TEST, "test-traffic"))
            if spec.hook("AfterAllowTestTraffic"):
                made.append(Stage("AfterAllowTestTraffic", HOOK, "test-traffic"))
    last = made[-1].step
    if spec.hook("BeforeAllowTraffic"):
        made.append(Stage("BeforeAllowTraffic", HOOK, last))
    made += shifts
    if spec.hook("AfterAllowTraffic"):
        made.append(Stage("AfterAllowTraffic", HOOK, shifts[-1].step))
    return (*made, *_end(spec, shifts[-1].step))


def _end(spec: Spec, step: str) -> tuple[Stage, ...]:
    """What becomes of the original: old versions of functions stay, as does what is to be kept."""
    if spec.platform not in (ECS, SERVER) or spec.keeps:
        return ()
    wait = (Stage("Terminate", WAIT, step, seconds=spec.terminate_minutes * 60),) if spec.terminate_minutes else ()
    return (*wait, Stage("Terminate", RELEASE, "terminate"))


def _shifts(config: Config) -> list[Stage]:
    """The shifts of traffic; each stays until the next, and many of them share a step."""
    assert config.shifting is not None
    found = configs.steps(config.shifting)
    stays = [(after - now) * 60 for (now, _), (after, _) in pairwise(found)] + [0]
    each = max(1, ceil_div(len(found), MOST_STEPS))
    stages = []
    for index, (_, percent) in enumerate(found):
        end = min(len(found) - 1, (index // each + 1) * each - 1)
        step = f"shift-{found[end][1]}"
        stages.append(
            Stage("AllowTraffic", SHIFT, step, percent=percent, seconds=stays[index], last=index == len(found) - 1)
        )
    return stages


def _hosts(spec: Spec, config: Config, hosts: int) -> tuple[Stage, ...]:
    """Replacement hosts: made, installed, and registered so many at a time as the configuration lets go."""
    assert config.healthy is not None
    stages = [Stage("Provision", CREATE, "install")]
    if spec.approval_minutes is not None:
        stages.append(Stage("Ready", READY, "install", seconds=spec.approval_minutes * 60))
    batch = max(1, configs.at_once(config.healthy, hosts))
    count = ceil_div(hosts, batch)
    each = max(1, ceil_div(count, MOST_STEPS))
    for index in range(count):
        there = min(hosts, (index + 1) * batch)
        end = min(count, (index // each + 1) * each)
        stages.append(
            Stage("AllowTraffic", SHIFT, f"register-{min(hosts, end * batch)}", hosts=there, last=index == count - 1)
        )
    stages.append(Stage("BlockTraffic", CUT, "deregister"))
    return (*stages, *_end(spec, "deregister"))


def rewind(spec: Spec) -> tuple[Stage, ...]:
    """Back while the original still runs: its traffic returns at once; a replacement task set is then removed."""
    gone = (Stage("Terminate", DROP, "remove-replacement"),) if spec.platform == ECS else ()
    return (Stage("AllowTraffic", RETURN, "roll-back"), *gone)


def is_shift_only(spec: Spec) -> bool:
    """Whether nothing is started: versions of functions and state machines are there, or not."""
    return spec.platform in ("Lambda", STEP_FUNCTIONS)
