"""What CodeDeploy is told to do: an AppSpec, a deployment group and a configuration, put together."""

from __future__ import annotations

from drawdeploy.controllers.codedeploy.configs import ECS, LAMBDA, SERVER, Config
from drawdeploy.value import Value

STEP_FUNCTIONS = "StepFunctions"
"""Not CodeDeploy's: CloudFormation shifts the alias of a state machine by the same arithmetic."""

IN_PLACE, REPLACE = "IN_PLACE", "BLUE_GREEN"

FAILURE, ON_ALARM, ON_REQUEST = "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"
ROLLBACK_EVENTS = (FAILURE, ON_ALARM, ON_REQUEST)

MOST_WAIT = 2880
"""Minutes that a wait, or a whole shift of Lambda's, may take: two days."""

HOOK_SECONDS = 3600
"""A hook that says nothing for so long has failed."""

_SERVER_BLOCK = ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic")
_SERVER_INSTALL = (
    *("ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall"),
    *("ApplicationStart", "ValidateService"),
)
_SERVER_ALLOW = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")

LIFECYCLE = {
    (ECS, REPLACE): (
        *("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic"),
        *("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic", "Terminate"),
    ),
    (LAMBDA, REPLACE): ("Start", "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"),
    (STEP_FUNCTIONS, REPLACE): ("Start", "AllowTraffic"),
    (SERVER, IN_PLACE): _SERVER_BLOCK + _SERVER_INSTALL + _SERVER_ALLOW,
    (SERVER, REPLACE): ("Provision", *_SERVER_INSTALL, "Ready", *_SERVER_ALLOW, *_SERVER_BLOCK, "Terminate"),
}
"""The events of a deployment in their order, by platform and style.

Source: AWS CodeDeploy User Guide, "AppSpec 'hooks' section" (awsdocs/aws-codedeploy-user-guide@0ce99f27).
"""

HOOKS = {
    ECS: ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"),
    LAMBDA: ("BeforeAllowTraffic", "AfterAllowTraffic"),
    SERVER: tuple(
        event
        for event in _SERVER_BLOCK + _SERVER_INSTALL + _SERVER_ALLOW
        if event not in ("DownloadBundle", "Install", "BlockTraffic", "AllowTraffic")
    ),
}
"""Events that may run something of the user's."""


class Hook(Value):
    """What runs at an event: a Lambda function, or scripts.

    Attributes:
        seconds: How long it may take until it counts as failed.
    """

    event: str
    names: tuple[str, ...]
    seconds: int = HOOK_SECONDS


class Spec(Value):
    """A deployment.

    Attributes:
        style: ``IN_PLACE`` or ``BLUE_GREEN``.
        config: The configuration that applies unless the user asks for another.
        config_known: Whether it is more than a guess: false where a template names one of the account's own.
        hooks: In the order of the lifecycle.
        test_listener: Whether test traffic has a listener of its own (ECS).
        approval_minutes: How long traffic waits for a person before it moves, at most; ``None``: it does not wait.
        terminate_minutes: How long the original stays once all traffic has moved.
        keeps: Whether the original stays for good.
        rollback: Which events roll back by themselves; empty: none.
        alarms: Names of the alarms that stop it.
        balanced: Whether a load balancer takes hosts out while they change.
        discovers: Whether the replacement hosts are there already.
        replicas: Tasks or hosts.
    """

    platform: str
    style: str
    config: Config
    config_known: bool = True
    hooks: tuple[Hook, ...] = ()
    test_listener: bool = False
    approval_minutes: int | None = None
    terminate_minutes: int = 0
    keeps: bool = False
    rollback: tuple[str, ...] = ROLLBACK_EVENTS
    alarms: tuple[str, ...] = ()
    balanced: bool = True
    discovers: bool = False
    replicas: int = 1

    @property
    def lifecycle(self) -> tuple[str, ...]:
        """The events of it, in order."""
        return LIFECYCLE[self.platform, self.style]

    def hook(self, event: str) -> Hook | None:
        """What runs at an event."""
        return next((hook for hook in self.hooks if hook.event == event), None)
