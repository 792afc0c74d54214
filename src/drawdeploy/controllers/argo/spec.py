"""What a Rollout asks of Argo Rollouts, as frozen values: defaults put in, amounts kept as written."""

from __future__ import annotations

from drawdeploy.controllers.amounts import IntOrPercent
from drawdeploy.controllers.argo.counts import MAX_WEIGHT, Threshold
from drawdeploy.controllers.argo.weights import Scale, Turn
from drawdeploy.value import Value

REPLICAS = 1
PROGRESS_SECONDS = 600
SCALE_DOWN_SECONDS = 30
HISTORY = 10


class Analysis(Value):
    """An analysis: what is measured, and how long that takes.

    Attributes:
        names: Templates it is made from.
        seconds: How long it takes as far as the templates of the input say; ``None`` if they do not.
        forever: Whether some metric is measured until somebody stops it.
    """

    names: tuple[str, ...]
    seconds: int | None = None
    forever: bool = False


class Pause(Value):
    """A pause; ``seconds`` is ``None`` if it waits for a person."""

    seconds: int | None = None


class Trial(Value):
    """One template of an experiment: a ReplicaSet of its own.

    Attributes:
        revision: ``stable`` or ``canary``: whose pods it runs.
        weight: Its part of the traffic; ``None`` if none.
        apart: Its Pods have labels of their own, so that a Service of the Rollout does not select them.
    """

    name: str
    revision: str
    replicas: int = 1
    weight: int | None = None
    apart: bool = False


class Experiment(Value):
    """An experiment; ``seconds`` is ``None`` if neither it nor its analyses say how long."""

    trials: tuple[Trial, ...]
    seconds: int | None = None
    analyses: tuple[str, ...] = ()


class Rule(Value):
    """A managed route: by header, or mirrored. Without a rule it is taken away.

    Attributes:
        rule: What it matches, readable; empty if nothing.
        percent: Part that is mirrored.
    """

    name: str
    rule: str = ""
    percent: int = 100
    off: bool = False


class Step(Value):
    """A step of a canary: one thing that it waits for to be done, and managed routes that may go along with it."""

    weight: int | None = None
    pause: Pause | None = None
    scale: Scale | None = None
    analysis: Analysis | None = None
    experiment: Experiment | None = None
    header: Rule | None = None
    mirror: Rule | None = None
    plugin: str = ""

    @property
    def kind(self) -> str:
        """The thing that it waits for, by the name of its attribute; of routes alone, the first."""
        names = ("pause", "scale", "analysis", "experiment", "header", "mirror", "plugin")
        return "weight" if self.weight is not None else next(name for name in names if getattr(self, name))

    @property
    def waits(self) -> bool:
        """Whether it only waits for something."""
        return self.pause is not None or self.analysis is not None or bool(self.plugin)

    @property
    def turn(self) -> Turn:
        """What weights and counts depend on."""
        return Turn(self.weight, self.scale)


class Canary(Value):
    """``spec.strategy.canary``.

    Attributes:
        routed: Whether there is ``trafficRouting``; ``False`` is the basic canary.
        named: Whether surge or unavailable are written in the manifest.
        abort_delay: ``abortScaleDownDelaySeconds`` as written; ``None`` if it is not.
        background: The analysis beside the steps.
        starting_step: From which step on.
    """

    steps: tuple[Step, ...] = ()
    routed: bool = False
    surge: IntOrPercent | None = None
    unavailable: IntOrPercent | None = None
    whole: int = MAX_WEIGHT
    dynamic: bool = False
    minimum: int | None = None
    scale_down: int = SCALE_DOWN_SECONDS
    scale_down_limit: int | None = None
    abort_delay: int | None = None
    threshold: Threshold | None = None
    background: Analysis | None = None
    starting_step: int = 0
    ping_pong: bool = False
    stable_service: str = ""
    canary_service: str = ""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The steps as far as weights and counts depend on them."""
        return tuple(step.turn for step in self.steps)


class Switch(Value):
    """``spec.strategy.blueGreen``: two sets, and a service that is switched from one to the other."""

    active: str = ""
    preview: str = ""
    preview_count: int | None = None
    auto: bool = True
    auto_seconds: int = 0
    scale_down: int | None = None
    scale_down_limit: int | None = None
    abort_delay: int | None = None
    before: Analysis | None = None
    after: Analysis | None = None

    @property
    def waits(self) -> bool:
        """Whether it stops before the switch: until somebody promotes it, or for a time."""
        return not self.auto or self.auto_seconds > 0


class Live(Value):
    """What a live object's ``status`` says.

    Attributes:
        index: ``currentStepIndex``.
        stable: Whether the stable set is the current one: nothing is under way.
        active: Whether the active service selects the current one.
        updated: Pods of the current one.
    """

    index: int | None = None
    stable: bool = False
    active: bool = False
    aborted: bool = False
    paused: bool = False
    updated: int | None = None


class Spec(Value):
    """A whole Rollout.

    Attributes:
        strategy: One of the two.
        min_ready: ``minReadySeconds``: a Pod that is ready is available only after these.
        deadline: ``progressDeadlineSeconds``.
        deadline_aborts: ``progressDeadlineAbort``.
        halted: ``paused``: somebody has stopped it.
        window: ``rollbackWindow.revisions``; 0 if none.
    """

    replicas: int
    strategy: Canary | Switch
    min_ready: int = 0
    deadline: int = PROGRESS_SECONDS
    deadline_aborts: bool = False
    halted: bool = False
    window: int = 0
    live: Live | None = None
