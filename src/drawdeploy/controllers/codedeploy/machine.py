"""The deployment as a state machine: ``sync`` takes it one move further.

Source: AWS CodeDeploy User Guide, "Instance health", "Deployments on … compute platform" and "Redeploy and roll back".
"""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.controllers.codedeploy import configs, program
from drawdeploy.controllers.codedeploy.configs import Config
from drawdeploy.controllers.codedeploy.program import Stage
from drawdeploy.controllers.codedeploy.spec import IN_PLACE, Spec
from drawdeploy.model import Duration
from drawdeploy.value import Value, replace

PROGRESS, READY, SUCCEEDED, FAILED, STOPPED = "InProgress", "Ready", "Succeeded", "Failed", "Stopped"
OVER = (SUCCEEDED, FAILED, STOPPED)

PROVISION_FAILS = 3600
"""Seconds after which instances that never become healthy make their event fail."""


class Run(Value):
    """What a simulation goes by.

    Attributes:
        hosts: Tasks or hosts when nothing moves.
        start: Seconds until one is available.
        stop: Seconds until one is gone.
        hook: Seconds that a hook takes, as far as that is known.
        approval: Seconds that a person takes, as far as that is known.
        expires: Whether nobody comes: what waits for a person runs out of time.
    """

    spec: Spec
    config: Config
    hosts: int
    start: int
    stop: int
    hook: int = 0
    approval: int = 0
    expires: bool = False


class Side(Value):
    """The instances of one pool on one revision, and who is what."""

    pool: str
    revision: str
    available: int = 0
    starting: int = 0
    failed: int = 0
    stopping: int = 0


class State(Value):
    """How a deployment stands.

    Attributes:
        at: Seconds since it began.
        program: What it does.
        place: Which stage of it comes next.
        source: What served before.
        target: What it brings.
        stale: In place: how many of the target's revision are to be installed again.
        share: Part of the live traffic on the target; says nothing in place, where hosts share it evenly.
        tested: Whether test traffic reaches the target.
        hold: How long it stays as it is.
        done: Stage that led here; ``None`` in the beginning.
        batch: In place: which batch this is of, from 1.
        count: How many instances this move was about.
        doomed: How many of those being installed will fail.
        stuck: Whether none becomes healthy from now on.
        reason: Why it failed or stopped: ``hook``, ``alarm``, ``healthy``, ``never_ready``, ``request``, ``expired``.
        back: Whether this is a way back.
        word: What the move did, for ``said``.
    """

    at: int
    program: tuple[Stage, ...]
    source: Side
    target: Side
    place: int = 0
    stale: int = 0
    share: Fraction = Fraction(0)
    tested: bool = False
    hold: Duration = Duration()
    status: str = PROGRESS
    done: Stage | None = None
    batch: int = 0
    count: int = 0
    doomed: int = 0
    stuck: bool = False
    reason: str = ""
    back: bool = False
    word: str = "begin"

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.place >= len(self.program) and self.status in OVER

    @property
    def next(self) -> Stage | None:
        """The stage that comes next."""
        return self.program[self.place] if self.place < len(self.program) else None


def begin(run: Run) -> State:
    """Before the deployment."""
    old, new = ("fleet", "fleet") if run.spec.style == IN_PLACE else ("original", "replacement")
    return State(
        at=0,
        program=program.forward(run.spec, run.config, run.hosts),
        source=Side(old, "old", available=run.hosts),
        target=Side(new, "new"),
        status="Created",
    )


def sync(run: Run, state: State) -> State:
    """The next move; the same state if there is none."""
    stage = state.next
    if state.over:
        return state
    now = replace(state, at=state.at + state.hold.seconds, hold=Duration(), count=0)
    if stage is None:
        return replace(now, status=SUCCEEDED, word="succeeded", done=state.done)
    if state.status == "Created":
        now = replace(now, status=PROGRESS)
    moved = _MOVES[stage.kind](run, now, stage)
    return moved if moved.done is not None else replace(moved, done=stage)


def _next(state: State, stage: Stage) -> State:
    """The stage is done; the last one ends the deployment."""
    place = state.place + 1
    status = state.status
    if place >= len(state.program) and status not in (FAILED, STOPPED):
        status = SUCCEEDED
    return replace(state, place=place, done=stage, status=status)


def _hook(run: Run, state: State, stage: Stage) -> State:
    return replace(_next(state, stage), hold=Duration(run.hook), word="hook")


def _create(run: Run, state: State, stage: Stage) -> State:
    target = state.target
    if program.is_shift_only(run.spec) or run.spec.discovers:
        return _ready(replace(state, count=run.hosts), stage, run.hosts)
    if not target.starting:
        return replace(
            state,
            target=replace(target, starting=run.hosts),
            done=stage,
            word="starting",
            count=run.hosts,
            hold=_for(run),
        )
    if state.stuck:
        late = state.at - run.start + PROVISION_FAILS
        return fail(run, replace(state, at=max(state.at, late), done=stage), "never_ready")
    return _ready(replace(state, count=target.starting), stage, target.starting)


def _for(run: Run) -> Duration:
    return Duration(run.start)


def _ready(state: State, stage: Stage, count: int) -> State:
    target = replace(state.target, starting=0, available=count)
    return replace(_next(state, stage), target=target, word="available")


def _test(run: Run, state: State, stage: Stage) -> State:
    return replace(_next(state, stage), tested=True, word="test")


def _approval(run: Run, state: State, stage: Stage) -> State:
    if run.expires and state.status == READY:
        stopped = replace(state, status=STOPPED, reason="expired", place=len(state.program), done=stage)
        return replace(stopped, word="stopped")
    if run.expires:
        return replace(state, status=READY, done=stage, hold=Duration(stage.seconds), word="ready")
    moved = _next(state, stage)
    return replace(moved, hold=Duration(run.approval, 1), word="ready")


def _shift(run: Run, state: State, stage: Stage) -> State:
    hosts = stage.hosts
    share = Fraction(hosts, hosts + state.source.available) if hosts else Fraction(stage.percent, 100)
    done = share == 1
    return replace(
        _next(state, stage),
        share=share,
        tested=state.tested and not done,
        hold=Duration(stage.seconds),
        word="register" if stage.hosts else "shift",
        count=stage.hosts,
    )


def _cut(run: Run, state: State, stage: Stage) -> State:
    return replace(_next(state, stage), share=Fraction(1), word="deregister", count=state.source.available)


def _wait(run: Run, state: State, stage: Stage) -> State:
    return replace(_next(state, stage), hold=Duration(stage.seconds), word="wait")


def _release(run: Run, state: State, stage: Stage) -> State:
    source = state.source
    if source.stopping:
        return replace(
            _next(state, stage), source=replace(source, stopping=0), word="terminated", count=source.stopping
        )
    count = source.available + source.failed
    leaving = replace(source, available=0, failed=0, stopping=count)
    return replace(state, source=leaving, done=stage, word="terminating", count=count, hold=Duration(run.stop))


def _return(run: Run, state: State, stage: Stage) -> State:
    return replace(_next(state, stage), share=Fraction(0), tested=False, word="return")


def _drop(run: Run, state: State, stage: Stage) -> State:
    target = state.target
    if target.stopping or not (target.available + target.starting + target.failed):
        return replace(_next(state, stage), target=replace(target, stopping=0), word="removed", count=target.stopping)
    count = target.available + target.starting + target.failed
    leaving = replace(target, available=0, starting=0, failed=0, stopping=count)
    return replace(state, target=leaving, done=stage, word="removing", count=count, hold=Duration(run.stop))


# --- in place --------------------------------------------------------------------------------------------------------


def _batch(run: Run, state: State, stage: Stage) -> State:
    """One batch: hosts go out, the revision is installed, they come back. Unhealthy ones are first."""
    if state.target.starting:
        return _installed(run, state, stage)
    source, healthy = state.source, run.config.healthy
    assert healthy is not None
    left = source.available + state.stale
    if source.failed:
        target = replace(state.target, starting=source.failed)
        return _taken(run, replace(state, source=replace(source, failed=0), target=target), stage, source.failed)
    if not left:
        return _ended(run, state, stage)
    up = source.available + state.target.available
    take = min(left, max(0, up - configs.minimum_hosts(healthy, run.hosts)))
    if not take:
        return fail(run, replace(state, done=stage), "healthy")
    from_source = min(take, source.available)
    target = replace(state.target, available=state.target.available - (take - from_source), starting=take)
    moved = replace(
        state,
        source=replace(source, available=source.available - from_source),
        target=target,
        stale=state.stale - (take - from_source),
    )
    return _taken(run, moved, stage, take)


def _taken(run: Run, state: State, stage: Stage, count: int) -> State:
    return replace(state, batch=state.batch + 1, done=stage, count=count, word="out", hold=_for(run))


def _installed(run: Run, state: State, stage: Stage) -> State:
    target = state.target
    bad = target.starting if state.stuck else min(state.doomed, target.starting)
    good = target.starting - bad
    after = replace(target, starting=0, available=target.available + good, failed=target.failed + bad)
    moved = replace(state, target=after, doomed=0, done=stage, count=good, word="some_failed" if bad else "back")
    if moved.source.available + moved.stale + moved.source.failed:
        return moved
    return _ended(run, moved, stage)


def _ended(run: Run, state: State, stage: Stage) -> State:
    healthy = run.config.healthy
    assert healthy is not None
    if state.target.available >= configs.succeeds_with(healthy, run.hosts):
        return replace(state, place=state.place + 1, status=SUCCEEDED, done=stage)
    return fail(run, replace(state, done=stage), "healthy")


_MOVES = {
    program.HOOK: _hook,
    program.CREATE: _create,
    program.TEST: _test,
    program.READY: _approval,
    program.SHIFT: _shift,
    program.CUT: _cut,
    program.WAIT: _wait,
    program.RELEASE: _release,
    program.BATCH: _batch,
    program.RETURN: _return,
    program.DROP: _drop,
}


# --- ways back -------------------------------------------------------------------------------------------------------


def fail(run: Run, state: State, reason: str) -> State:
    """It fails; what then happens by itself is the way back, if the group rolls back at all."""
    status = STOPPED if reason in ("request", "expired") else FAILED
    word = "stopped" if status == STOPPED else "failed"
    failed = replace(state, status=status, reason=reason, word=word, hold=Duration(), doomed=0)
    needed = {"alarm": "DEPLOYMENT_STOP_ON_ALARM", "request": "DEPLOYMENT_STOP_ON_REQUEST"}.get(
        reason, "DEPLOYMENT_FAILURE"
    )
    if state.back or needed not in run.spec.rollback or not begun(state):
        return replace(failed, program=(), place=0)
    return replace(_turned(run, failed), program=way_back(run, state), place=0, back=True)


def begun(state: State) -> bool:
    """Whether there is anything to roll back: before a replacement is made, there is not."""
    target = state.target
    return bool(target.available or target.starting or target.failed or target.stopping or state.share)


def way_back(run: Run, state: State) -> tuple[Stage, ...]:
    """What a way back does: traffic returns where the original still runs; else the old revision is deployed again."""
    if run.spec.style != IN_PLACE and state.source.available:
        return program.rewind(run.spec)
    return program.forward(run.spec, run.config, run.hosts)


def turned_back(run: Run, state: State) -> State:
    """The state from which the way back goes on, whoever has asked for it."""
    turned = replace(_turned(run, state), status=PROGRESS, program=way_back(run, state), place=0, back=True)
    return replace(turned, hold=Duration(), doomed=0, stuck=False)


def _turned(run: Run, state: State) -> State:
    """The two sides of the way back: the old revision is now the one that is brought."""
    if run.spec.style == IN_PLACE:
        # Hosts on which it was being installed are on neither: they count as unhealthy, and come first.
        bad = state.target.failed + state.target.starting
        source = replace(state.target, starting=0, failed=bad)
        return replace(state, source=source, target=state.source, stale=state.source.available, batch=0)
    if state.source.available:
        return state
    return replace(
        state,
        source=state.target,
        target=replace(state.source, stopping=0),
        share=1 - state.share,
        tested=False,
    )
