"""What a Deployment says, and how its ReplicaSets stand: frozen values, no rules."""

from __future__ import annotations

from drawdeploy.controllers.amounts import IntOrPercent
from drawdeploy.value import Value

ROLLING, RECREATE = "RollingUpdate", "Recreate"


class Deployment(Value):
    """A Deployment as the API server has it once defaults are filled in.

    Attributes:
        replicas: How many Pods it wants; what an autoscaler beside it makes of them.
        strategy: ``RollingUpdate`` or ``Recreate``.
        surge: ``maxSurge``, as written.
        unavailable: ``maxUnavailable``, as written.
        min_ready: For how long a Pod must be ready until it counts as available.
        deadline: After how long without progress it is reported; ``None``: never.
        history: How many old ReplicaSets without Pods are kept; ``None``: all.
        paused: Whether the controller leaves the template alone.
        probed: Whether any container has a readiness probe.
        live: How it stands in the cluster; ``None`` for a manifest without ``status``.
    """

    replicas: int
    strategy: str = ROLLING
    surge: IntOrPercent = "25%"
    unavailable: IntOrPercent = "25%"
    min_ready: int = 0
    deadline: int | None = 600
    history: int | None = 10
    paused: bool = False
    probed: bool = True
    live: Live | None = None


class Live(Value):
    """How a Deployment stands in the cluster.

    Attributes:
        observed: Whether the controller has seen what the object says now.
        sets: Its ReplicaSets, oldest first; the last one is of the present template if ``current``.
        current: Whether there is a ReplicaSet of the present template.
        exceeded: Whether its progress deadline has passed.
    """

    observed: bool
    sets: tuple[ReplicaSet, ...]
    current: bool
    exceeded: bool = False


class Batch(Value):
    """Pods that were told to start, or to stop, at the same moment.

    Attributes:
        count: How many.
        ready: When they can take requests; of those that stop: when they are gone.
        available: When they count as available.
    """

    count: int
    ready: int
    available: int


class ReplicaSet(Value):
    """A ReplicaSet and its Pods.

    Attributes:
        revision: Which revision its Pods run: ``old``, ``new`` or ``newer``.
        spec: How many Pods it shall have.
        available: How many have been ready for ``min_ready``.
        born: Its place in the order of creation; never changes, and tells it from all others.
        number: Its revision number; it gets a new one when a template comes back.
        desired: The annotation ``desired-replicas``: what the Deployment wanted when this set was last scaled.
        most: The annotation ``max-replicas``: the same with the surge.
        rising: Pods that are not yet available, in the order in which they started.
        failed: Pods that are up and never become available.
        stopping: Pods that were told to stop and are still there; they count for nothing but the eye.
    """

    revision: str = "old"
    spec: int = 0
    available: int = 0
    born: int = 0
    number: int = 0
    desired: int | None = None
    most: int | None = None
    rising: tuple[Batch, ...] = ()
    failed: int = 0
    stopping: tuple[Batch, ...] = ()


class State(Value):
    """Everything the controller goes by.

    Attributes:
        now: Seconds since the update.
        replicas: What the Deployment wants now.
        sets: All ReplicaSets, oldest first.
        template: The revision that the Deployment's template is of.
        chosen: ``born`` of the set that has this template; ``None`` if there is none yet.
        paused: Whether it is paused.
        stuck: Revisions whose Pods do not become ready.
        since: When the last progress was seen.
        reason: Reason of the condition ``Progressing``.
    """

    now: int
    replicas: int
    sets: tuple[ReplicaSet, ...]
    template: str
    chosen: int | None
    paused: bool = False
    stuck: tuple[str, ...] = ()
    since: int = 0
    reason: str = ""

    def of(self, born: int | None) -> ReplicaSet | None:
        """The set of that place in the order of creation."""
        return next((one for one in self.sets if one.born == born), None)

    @property
    def new(self) -> ReplicaSet | None:
        """The set of the present template."""
        return self.of(self.chosen)

    @property
    def old(self) -> tuple[ReplicaSet, ...]:
        """All others, oldest first."""
        return tuple(one for one in self.sets if one.born != self.chosen)
