"""Which syncs end a step that a person would list, and what has been done in it."""

from __future__ import annotations

from collections.abc import Sequence

from drawdeploy.controllers.amounts import ceil_div
from drawdeploy.controllers.kubernetes import rules
from drawdeploy.controllers.kubernetes.simulate import GONE, HERE, UPDATE, Sync
from drawdeploy.value import Value, replace

MOST_STEPS = 12


class Ending(Value):
    """A sync that ends a step.

    Attributes:
        index: Of the sync.
        kind: ``wave`` (new Pods for old ones), ``ready`` (they can take requests, and must stay so), ``end``, or what
            has happened (``undo``, ``scale``, ``update`` …).
        up: How many Pods were started since the step before.
        down: How many were stopped.
        whats: What has happened since then, by name.
    """

    index: int
    kind: str
    up: int = 0
    down: int = 0
    whats: tuple[str, ...] = ()


def kind_of(what: str) -> str:
    """The kind of step that something makes which happens."""
    return "ready_again" if what == "ready" else "end" if what == GONE.what else what.replace(" ", "_")


def endings(log: Sequence[Sync], min_ready: int) -> list[Ending]:
    """The ends of all steps, in order; never many, however many syncs there were."""
    bursts = _bursts(log)
    kept = [one for first, last in bursts if (one := _ending(log, first, last))]
    if not kept or kept[-1].index != len(log) - 1:
        kept.append(Ending(len(log) - 1, "end"))
    elif kept[-1].kind == "wave":
        kept[-1] = replace(kept[-1], kind="end")
    kept = _joined(kept)
    if min_ready:
        waiting = [Ending(index, "ready") for index in _ready(log) if all(one.index != index for one in kept)]
        if len(kept) + len(waiting) <= MOST_STEPS:
            kept = sorted([*kept, *waiting], key=lambda one: one.index)
    return _counted(log, _folded(kept))


def _bursts(log: Sequence[Sync]) -> list[tuple[int, int]]:
    """First and last of the syncs that follow each other at the same time, up to the next thing that happens."""
    bursts: list[tuple[int, int]] = []
    for index in range(1, len(log)):
        was, now = log[index - 1], log[index]
        if index > 1 and not now.causes and not was.caused(HERE.what) and now.state.now == was.state.now:
            bursts[-1] = (bursts[-1][0], index)
        else:
            bursts.append((index, index))
    return bursts


def _ending(log: Sequence[Sync], first: int, last: int) -> Ending | None:
    """The step that a burst makes; ``None`` if nothing was done in it."""
    for cause in log[first].causes:
        if cause.what != UPDATE.what or first > 1:
            return Ending(last, kind_of(cause.what))
    sizes = _sizes(log[first : last + 1])
    return Ending(last, "wave", *_sums(sizes)) if sizes else None


def _joined(kept: Sequence[Ending]) -> list[Ending]:
    """Without waves that only stop the last old ones: the end tells of them."""
    return [
        one
        for one, after in zip(kept, [*kept[1:], None], strict=True)
        if one.up or one.kind != "wave" or after is None or after.kind != "end"
    ]


def _ready(log: Sequence[Sync]) -> list[int]:
    """Syncs that saw Pods become ready that do not count yet."""
    return [
        index
        for index, sync in enumerate(log)
        if sync.ready and not sync.changes and not sync.causes and sync.state.reason != rules.COMPLETE
    ]


def _folded(kept: list[Ending]) -> list[Ending]:
    """At most ``MOST_STEPS``: of many waves, several make one step."""
    waves = [one for one in kept if one.kind == "wave"]
    room = max(2, MOST_STEPS - (len(kept) - len(waves)))
    if len(waves) <= room:
        return kept
    size = ceil_div(len(waves) - 1, room - 1)
    last = {one.index for one in (waves[0], *waves[1:][size - 1 :: size], waves[-1])}
    return [one for one in kept if one.kind != "wave" or one.index in last]


def _counted(log: Sequence[Sync], kept: Sequence[Ending]) -> list[Ending]:
    """With what was done in each."""
    done, before = [], 0
    for one in kept:
        syncs = log[before + 1 : one.index + 1]
        causes = [cause for sync in syncs for cause in sync.causes]
        up, down = _sums(_sizes(syncs))
        whats = tuple(dict.fromkeys(cause.what for cause in causes))
        done.append(replace(one, up=up, down=down, whats=whats))
        before = one.index
    return done


def _sizes(syncs: Sequence[Sync]) -> list[int]:
    return [change.after - change.before for sync in syncs for change in sync.changes]


def _sums(sizes: Sequence[int]) -> tuple[int, int]:
    """How many were started, and how many stopped."""
    return sum(size for size in sizes if size > 0), -sum(size for size in sizes if size < 0)
