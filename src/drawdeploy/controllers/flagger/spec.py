"""What a Canary says, as values: nothing here has a rule of its own."""

from __future__ import annotations

from drawdeploy.controllers.amounts import IntOrPercent
from drawdeploy.errors import Where
from drawdeploy.value import Value

CONFIRM_ROLLOUT, CONFIRM_INCREASE, CONFIRM_PROMOTION = (
    "confirm-rollout",
    "confirm-traffic-increase",
    "confirm-promotion",
)
PRE, DURING, POST, ROLLBACK, EVENT = "pre-rollout", "rollout", "post-rollout", "rollback", "event"
HOOKS = (CONFIRM_ROLLOUT, PRE, DURING, CONFIRM_INCREASE, CONFIRM_PROMOTION, POST, EVENT, ROLLBACK)
"""Types of webhooks, as the CRD lists them."""

GATES = (CONFIRM_ROLLOUT, CONFIRM_INCREASE, CONFIRM_PROMOTION)
"""Those that hold without counting as a failed check."""

PLAIN = "kubernetes"
"""The provider that cannot divide traffic: nothing but Services."""

DEFAULT_PROVIDER = "istio"
"""What Flagger's own ``-mesh-provider`` flag says if nobody sets it."""

PROVIDERS = (
    "apisix",
    "appmesh",
    "appmesh:v1beta2",
    "contour",
    "gatewayapi:v1",
    "gatewayapi:v1beta1",
    "gloo",
    "istio",
    "knative",
    PLAIN,
    "kuma",
    "linkerd",
    "nginx",
    "osm",
    "skipper",
    "smi:v1alpha1",
    "smi:v1alpha2",
    "smi:v1alpha3",
    "traefik",
)

MATCHING = ("istio", "appmesh", "contour", "gloo", "nginx", "gatewayapi")
"""Providers whose routes can tell requests apart (the part of the name before a colon)."""

MIRRORING = ("istio", "gatewayapi")
"""Providers that can copy requests."""


class Hook(Value):
    """A webhook.

    Attributes:
        kind: One of ``HOOKS``.
    """

    name: str
    kind: str
    url: str = ""

    @property
    def automatic(self) -> bool:
        """Whether it answers by itself. A gate is a person's, but for the load tester's one that always approves."""
        return self.kind not in GATES or self.url.rstrip("/").endswith("/gate/approve")


class Metric(Value):
    """A metric that is checked every interval.

    Attributes:
        low: Least value accepted, as written; empty if any.
        high: Most.
        template: Name of its MetricTemplate, or of what that asks (``prometheus``); empty for a built-in one.
    """

    name: str
    low: str = ""
    high: str = ""
    template: str = ""


class Analysis(Value):
    """``spec.analysis``, defaults filled in as Flagger's getters do.

    Attributes:
        interval: Seconds from one tick to the next.
        threshold: How many failed checks end it.
        iterations: Rounds of checks (A/B, blue/green); 0 for a weighted canary.
        max_weight: As given; 0 if not.
        promotion: ``stepWeightPromotion``.
        mirror_weight: Percent of the requests that are copied.
        match: The rule of an A/B test, in words; empty if there is none.
    """

    interval: int = 60
    threshold: int = 1
    iterations: int = 0
    max_weight: int = 0
    step_weight: int = 0
    step_weights: tuple[int, ...] = ()
    promotion: int = 0
    mirror: bool = False
    mirror_weight: int = 100
    match: str = ""
    primary_ready: int = 100
    canary_ready: int = 100
    metrics: tuple[Metric, ...] = ()
    hooks: tuple[Hook, ...] = ()

    def of(self, kind: str) -> tuple[Hook, ...]:
        """The webhooks of a type."""
        return tuple(hook for hook in self.hooks if hook.kind == kind)


class Target(Value):
    """What the Canary moves, as far as the input tells.

    Attributes:
        kind: ``Deployment``, ``DaemonSet`` or ``Service``.
        primary: Instances of the primary.
        canary: Instances of the canary once it is scaled up.
        scaled: An autoscaler decides how many the canary has, not the primary.
        known: Whether the input says how many there are.
        deadline: The workload's own ``progressDeadlineSeconds``.
        stuck: It never replaces a running instance (``OnDelete``).
    """

    kind: str
    name: str
    primary: int
    canary: int
    scaled: bool = False
    known: bool = True
    surge: IntOrPercent = "25%"
    unavailable: IntOrPercent = "25%"
    recreate: bool = False
    deadline: int = 600
    stuck: bool = False


class Status(Value):
    """``status`` of a live object."""

    phase: str
    weight: int = 0
    failed: int = 0
    iterations: int = 0


class Spec(Value):
    """A Canary, read.

    Attributes:
        provider: Who divides the traffic.
        skip: ``skipAnalysis``.
        suspend: Flagger does nothing at all.
        start_seconds: How long an instance of the target takes to be ready at the earliest, by its probes.
        min_ready: For how long it must then stay so.
        deadline: ``progressDeadlineSeconds`` of the Canary.
        target_at: Where ``spec.targetRef`` stands.
        analysis_at: Where ``spec.analysis`` stands.
    """

    name: str
    provider: str
    target: Target
    analysis: Analysis
    skip: bool = False
    suspend: bool = False
    deadline: int = 600
    status: Status | None = None
    start_seconds: int | None = None
    min_ready: int = 0
    target_at: Where | None = None
    analysis_at: Where | None = None

    @property
    def plain(self) -> bool:
        """Whether nobody can divide the traffic."""
        return self.provider == PLAIN

    @property
    def matches(self) -> bool:
        """Whether the provider can tell requests apart."""
        return self.provider.partition(":")[0] in MATCHING

    @property
    def mirrors(self) -> bool:
        """Whether the provider can copy requests."""
        return self.provider.partition(":")[0] in MIRRORING

    @property
    def mode(self) -> str:
        """Which way it goes: ``skip``, ``match`` (A/B), ``rounds`` (blue/green) or ``weights``."""
        if self.skip:
            return "skip"
        if self.rounds > 0:
            return "match" if self.analysis.match and not self.plain else "rounds"
        return "weights"

    @property
    def rounds(self) -> int:
        """Rounds of checks: the plain provider makes ten of none, and ignores ``match``.

        Source: flagger ``advanceCanary``.
        """
        given = self.analysis.iterations
        return 10 if self.plain and given < 1 else given
