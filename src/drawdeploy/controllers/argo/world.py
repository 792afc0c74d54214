"""How things stand for one Rollout: ReplicaSets, services, weights and what the controller remembers.

Nothing here decides anything; ``canary`` and ``switch`` do, sync by sync.
"""

from __future__ import annotations

from drawdeploy.controllers.argo.counts import Sets
from drawdeploy.value import Value, replace

STEP, SWITCH, INCONCLUSIVE = "step", "switch", "inconclusive"
"""Why the controller has paused."""

RUNNING, PASSED, FAILED = "running", "passed", "failed"
"""How an analysis or an experiment stands; or ``INCONCLUSIVE``."""

BACKGROUND, BEFORE, AFTER = "background", "before", "after"
"""Analyses that belong to no step."""


class Timing(Value):
    """How long things take that no manifest says: seconds until an instance is available, and until it is gone."""

    start: int
    stop: int
    analysis: int | None = None
    pause: int | None = None


class Pods(Value):
    """A ReplicaSet and its Pods.

    Attributes:
        key: Which revision: one of ``course.REVISIONS``; of an experiment's, its name.
        number: The controller's revision number; a template that is applied again gets a new one.
        spec: Pods it is told to have.
        starting: Pods on their way: when they will be available (``None``: never), and how many.
        stopping: Pods told to stop: when they will be gone, and how many.
        deadline: When it will be scaled down.
        bad: Its Pods never become available.
    """

    key: str
    number: int
    spec: int = 0
    available: int = 0
    starting: tuple[tuple[int | None, int], ...] = ()
    stopping: tuple[tuple[int, int], ...] = ()
    deadline: int | None = None
    bad: bool = False

    @property
    def sets(self) -> Sets:
        """As the arithmetic of counts sees it; Pods that are being stopped do not count."""
        return Sets(self.spec, self.available, self.available + self.coming)

    @property
    def coming(self) -> int:
        """Pods that are up and not yet available."""
        return sum(count for _, count in self.starting)

    @property
    def leaving(self) -> int:
        """Pods that are being stopped."""
        return sum(count for _, count in self.stopping)


class Run(Value):
    """An analysis that was begun.

    Attributes:
        at: Which: ``BACKGROUND``, ``BEFORE``, ``AFTER``, or the index of a step.
        ends: When it will have passed; ``None`` if it runs until it is stopped.
        state: How it stands.
    """

    at: str | int
    began: int
    ends: int | None
    state: str = RUNNING


class Test(Value):
    """An experiment that was begun: its own ReplicaSets, one a template.

    Attributes:
        at: Index of its step.
        ends: When it will have passed; ``None`` while its Pods are not available, and if nothing says.
    """

    at: int
    pods: tuple[Pods, ...]
    state: str = RUNNING
    live: bool = False
    ends: int | None = None


class World(Value):
    """How things stand.

    Attributes:
        sets: All ReplicaSets, in the order in which they came.
        current: Key of the template that is applied.
        seen: The one that the last sync saw: if it differs, the status begins anew.
        stable: Key of ``status.stableRS``; ``None`` before the first has become available.
        index: ``status.currentStepIndex``.
        full: Promoted in full.
        halted: ``spec.paused``.
        pause: Why the controller has paused; empty if it has not.
        since: Since when.
        resumed: Somebody has promoted it out of its pause.
        weight: The canary's weight at the router.
        target: Key of the ReplicaSet that gets it.
        serving: Key of the ReplicaSet that the stable service selects.
        extra: Weights of experiments, by name.
        rules: Managed routes in force: ``header`` or ``mirror``, and the index of the step that set them.
        swapped: pingPong: whether the pong service is the stable one.
        active: blueGreen: key of the ReplicaSet that the active service selects.
        preview: … and the preview service.
        checked: blueGreen: what comes before scaling up the preview is done.
        moved: When something last went on.
        late: The progress deadline has passed.
        quick: A revision within ``rollbackWindow`` is applied again: no steps, no pauses.
        waits: Stays so until a person does something.
        turn: How often somebody has interfered: steps after that are others.
        event: What they did, while that is what is going on.
    """

    now: int
    replicas: int
    sets: tuple[Pods, ...]
    current: str
    seen: str
    stable: str | None
    index: int | None = None
    aborted: bool = False
    full: bool = False
    halted: bool = False
    pause: str = ""
    since: int = 0
    resumed: bool = False
    runs: tuple[Run, ...] = ()
    test: Test | None = None
    weight: int = 0
    target: str = ""
    serving: str = ""
    extra: tuple[tuple[str, int], ...] = ()
    rules: tuple[tuple[str, int], ...] = ()
    swapped: bool = False
    active: str = ""
    preview: str = ""
    checked: bool = False
    moved: int = 0
    late: bool = False
    quick: bool = False
    waits: bool = False
    turn: int = 0
    event: str = ""

    def pods(self, key: str | None) -> Pods | None:
        """A ReplicaSet by its key."""
        return next((one for one in self.sets if one.key == key), None)

    @property
    def new(self) -> Pods | None:
        """The one of the template that is applied."""
        return self.pods(self.current)

    @property
    def steady(self) -> Pods | None:
        """The stable one."""
        return self.pods(self.stable)

    @property
    def older(self) -> tuple[Pods, ...]:
        """Neither new nor stable, the newest revision first."""
        others = (one for one in self.sets if one.key not in (self.current, self.stable))
        return tuple(sorted(others, key=lambda one: -one.number))

    @property
    def promoted(self) -> bool:
        """Whether the stable one is the new one."""
        return self.stable == self.current

    def run(self, at: str | int) -> Run | None:
        """An analysis that was begun."""
        return next((run for run in self.runs if run.at == at), None)


def put(world: World, pods: Pods) -> World:
    """A world in which one ReplicaSet is another."""
    return replace(world, sets=tuple(pods if one.key == pods.key else one for one in world.sets))


def scale(pods: Pods, count: int, now: int, timing: Timing) -> Pods:
    """A ReplicaSet told to have another number of Pods: those that are not available go first."""
    have = pods.available + pods.coming
    if count >= have:
        ready = None if pods.bad else now + timing.start
        more = ((ready, count - have),) if count > have else ()
        return replace(pods, spec=count, starting=(*pods.starting, *more))
    surplus = have - count
    starting: list[tuple[int | None, int]] = []
    left = surplus
    for ready, number in reversed(pods.starting):
        gone = min(number, left)
        left -= gone
        if number > gone:
            starting.insert(0, (ready, number - gone))
    stopping = (*pods.stopping, (now + timing.stop, surplus))
    return replace(pods, spec=count, available=pods.available - left, starting=tuple(starting), stopping=stopping)


def later(world: World, now: int) -> World:
    """The same at a later time: Pods have become available, and others are gone."""
    sets = tuple(_aged(one, now) for one in world.sets)
    test = world.test
    if test is not None:
        test = replace(test, pods=tuple(_aged(one, now) for one in test.pods))
    came = any(one.available != was.available for one, was in zip(sets, world.sets, strict=True))
    return replace(world, now=now, sets=sets, test=test, moved=now if came else world.moved)


def _aged(pods: Pods, now: int) -> Pods:
    ready = sum(count for at, count in pods.starting if at is not None and at <= now)
    starting = tuple(one for one in pods.starting if one[0] is None or one[0] > now)
    stopping = tuple(one for one in pods.stopping if one[0] > now)
    if (starting, stopping) == (pods.starting, pods.stopping):
        return pods
    return replace(pods, available=pods.available + ready, starting=starting, stopping=stopping)


def spoil(pods: Pods, now: int, timing: Timing, *, bad: bool) -> Pods:
    """Pods that will never become available, or that will after all."""
    ready = None if bad else now + timing.start
    return replace(pods, bad=bad, starting=tuple((ready, count) for _, count in pods.starting))
