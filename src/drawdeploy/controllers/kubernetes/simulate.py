"""The controller's loop on a clock of events: sync after sync, until nothing changes any more."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from drawdeploy.controllers.asked import Asked, Event
from drawdeploy.controllers.kubernetes import pods, rules
from drawdeploy.controllers.kubernetes.events import applied, checked
from drawdeploy.controllers.kubernetes.pods import Pace
from drawdeploy.controllers.kubernetes.spec import Deployment, ReplicaSet, State
from drawdeploy.controllers.kubernetes.sync import Change, surge, sync
from drawdeploy.errors import DrawDeployError
from drawdeploy.value import Value, replace

START_SECONDS = 60
"""How long a Pod takes to be ready if nobody says."""

MOST_SYNCS = 6000

UPDATE, UNDO, RESUME = (Event("", 0, what) for what in ("update", "undo", "resume"))
DEADLINE, WAITS, GONE, HERE = (Event("", 0, what) for what in ("deadline", "waits", "gone", "here"))


class Sync(Value):
    """A sync that did something, or saw something new.

    Attributes:
        state: The state after it.
        changes: Whom it scaled.
        causes: What has happened since the one before: events, and what the clock brought.
        ready: How many Pods have become ready since the one before.
        available: How many have begun to count as available since then.
    """

    state: State
    changes: tuple[Change, ...] = ()
    causes: tuple[Event, ...] = ()
    ready: int = 0
    available: int = 0

    def caused(self, *whats: str) -> bool:
        """Whether one of these has happened."""
        return any(cause.what in whats for cause in self.causes)


def pace(deployment: Deployment, asked: Asked) -> Pace:
    """How long Pods take in this run."""
    start = START_SECONDS if asked.start_seconds is None else asked.start_seconds
    hope = any(event.what == "ready" for event in asked.events)
    return Pace(start, deployment.min_ready, asked.stop_seconds, hope)


def before(deployment: Deployment, replicas: int) -> State:
    """How it stands before an update: one ReplicaSet, all of it available."""
    most = replicas + surge(deployment, replicas)
    old = ReplicaSet("old", replicas, replicas, born=0, number=1, desired=replicas, most=most)
    return State(0, replicas, (old,), "old", 0, deployment.paused, reason=rules.COMPLETE)


def run(
    deployment: Deployment,
    state: State,
    asked: Asked,
    first: Iterable[Event] = (UPDATE,),
    past: Iterable[Sync] = (),
) -> list[Sync]:
    """All syncs, the moment before the first event first.

    Args:
        deployment: What it says.
        state: How it stands.
        asked: How long things take, and what happens on the way.
        first: What happens to begin with.
        past: Syncs that were before; empty to begin with ``state``.

    Raises:
        DrawDeployError: An event that a Deployment cannot have, or that never comes about; too many syncs.
    """
    checked(asked.events)
    return _Run(deployment, state, asked, past).play(tuple(first))


class _Run:
    """One run: the state, what is still to happen, and the syncs so far."""

    def __init__(self, deployment: Deployment, state: State, asked: Asked, past: Iterable[Sync]) -> None:
        self.deployment, self.state, self.asked = deployment, state, asked
        self.pace = pace(deployment, asked)
        self.pending = list(asked.events)
        self.log = list(past) or [Sync(state)]
        self.causes: list[Event] = []
        self.ready = self.available = 0

    def play(self, first: tuple[Event, ...]) -> list[Sync]:
        for event in first:
            self._happens(event)
        while True:
            if len(self.log) > MOST_SYNCS:
                raise DrawDeployError(f"this takes more than {MOST_SYNCS:,} syncs", "raise maxSurge or maxUnavailable")
            self._fire()
            self.state = self._seen(pods.advanced(self.state, self.state.now, self.pace))
            state, changes = sync(self.deployment, self.state, self.pace)
            if state != self.state or self.causes or self.ready or self.available:
                self.state = state
                if changes or self.causes or self.ready or self.available:
                    self._record(changes)
            elif not self._wait():
                break
        if self.pending:
            last = len(self.log) - 1
            hint = f"the run ends at sync {last}, after {self.state.now} s"
            raise DrawDeployError(f"'{_told(self.pending[0])}' never comes about", hint)
        return self.log

    def _happens(self, event: Event) -> None:
        self.state = applied(self.state, event)
        self.causes.append(event)

    def _fire(self) -> None:
        """Lets happen what is due at this sync or by now."""
        sync_now, now = len(self.log) - 1, self.state.now
        due = [
            event
            for event in self.pending
            if (event.unit == "sync" and event.number == sync_now) or (event.unit == "seconds" and event.number <= now)
        ]
        for event in due:
            self.pending.remove(event)
            self._happens(event)

    def _seen(self, state: State) -> State:
        """Counts the Pods that have become ready or available."""
        for was, now in zip(self.state.sets, state.sets, strict=True):
            self.available += max(0, now.available - was.available)
            self.ready += max(0, pods.ready(now, state) - pods.ready(was, self.state))
        return state

    def _record(self, changes: tuple[Change, ...]) -> None:
        self.state = self._judged(self.log[-1].state, self.state)
        self.log.append(Sync(self.state, changes, tuple(self.causes), self.ready, self.available))
        self.causes, self.ready, self.available = [], 0, 0

    def _judged(self, was: State, now: State) -> State:
        """The state with its condition ``Progressing`` brought up to date (``syncRolloutStatus``)."""
        if now.paused:
            return replace(now, reason=rules.PAUSED)
        status = pods.status(now)
        if rules.complete(now.replicas, status):
            return replace(now, reason=rules.COMPLETE)
        if rules.progressing(pods.status(was), status):
            return replace(now, reason=rules.UPDATED, since=now.now)
        return now

    def _wait(self) -> bool:
        """Goes on to when something happens next; false if nothing ever will."""
        times = pods.moments(self.state, self.pace)
        times += [event.number for event in self.pending if event.unit == "seconds"]
        deadline = self._deadline()
        if deadline is not None:
            times.append(deadline)
        if times:
            now = min(times)
            self.state = self._seen(pods.advanced(self.state, now, self.pace))
            if now == deadline and self._deadline() == deadline and not (self.ready or self.available):
                self.state = replace(self.state, reason=rules.EXCEEDED)
                self.causes.append(DEADLINE)
            return True
        return self._settled() or self._resumed() or self._ended()

    def _deadline(self) -> int | None:
        """When lack of progress will be reported; ``None`` if it will not be."""
        deadline, state = self.deployment.deadline, self.state
        if deadline is None or deadline == rules.NO_DEADLINE or state.paused:
            return None
        if state.reason in (rules.EXCEEDED, rules.COMPLETE) or rules.complete(state.replicas, pods.status(state)):
            return None
        return state.since + deadline + 1

    def _settled(self) -> bool:
        """Tells that the last ones that had to stop are gone, or that nothing could be done."""
        seen = self.log[-1].state
        if len(self.log) > 1 and _there(seen) == _there(self.state):
            return False
        self.causes.append(GONE)
        return True

    def _resumed(self) -> bool:
        """Has somebody resume what is paused, where nobody has said who does: the plan shows the way to the end."""
        if not self.state.paused or any(event.what == "resume" for event in self.asked.events):
            return False
        if not self.log[-1].caused(WAITS.what):
            self.causes.append(WAITS)
            return True
        self.state = replace(self.state, now=self.state.now + (self.asked.pause_seconds or 0))
        self._happens(RESUME)
        return True

    def _ended(self) -> bool:
        """Lets happen what was to happen at the end, one after the other."""
        event = next((event for event in self.pending if event.unit == "end"), None)
        if event is None:
            return False
        self.pending.remove(event)
        self._happens(event)
        return True


def _there(state: State) -> tuple[tuple[int, int], ...]:
    """Who is there, for comparison."""
    return tuple((pods.stopping(one), one.failed) for one in state.sets if one.spec or one.stopping)


def _told(event: Event) -> str:
    when = "at end" if event.unit == "end" else f"at {event.unit} {event.number}"
    when = f"at {event.number}s" if event.unit == "seconds" else when
    return f"{when}: {event.what}{' ' + event.value if event.value else ''}"


def order_of_moves(deployment: Deployment) -> list[str]:
    """Whom a healthy update scales, and by how much, in order: ``["old -1", "new +1"]``."""
    syncs = run(deployment, before(deployment, deployment.replicas), Asked())
    return [
        f"{change.revision} {change.after - change.before:+d}" for _, one in pairwise(syncs) for change in one.changes
    ]
