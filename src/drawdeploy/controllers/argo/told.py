"""The whole run of a Rollout, where a live object is in it, and the ways back."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from drawdeploy.controllers.argo import simulate, tell
from drawdeploy.controllers.argo.pools import groups
from drawdeploy.controllers.argo.spec import Canary, Live, Spec
from drawdeploy.controllers.argo.world import Timing, World
from drawdeploy.controllers.asked import Asked, Event
from drawdeploy.controllers.course import Back, Course, Moment, Note, Subject
from drawdeploy.model import Phrase
from drawdeploy.value import replace

_START = 10
_ABORT = Event("sync", 0, "abort")
_UNDO = Event("sync", 0, "undo")


def course(subject: Subject, asked: Asked) -> Course:
    """What happens, from the moment before the update."""
    spec, timing = _asked(subject, asked)
    events = asked.events
    live = None if asked.from_start else spec.live
    if live is not None and live.aborted and not events:
        events = (Event("step", 0, "abort"),) if _steps(spec) else (Event("sync", 2, "abort"),)
    begin = simulate.updated(simulate.begin(spec, timing))
    worlds = simulate.run(spec, begin, timing, events)
    return Course(
        groups=groups(spec, worlds),
        moments=tell.moments(spec, worlds),
        outcome=simulate.outcome(worlds[-1]),
        here=None if live is None else _here(live, worlds),
        notes=_notes(subject, spec, worlds),
    )


def back(subject: Subject, course_: Course, index: int, asked: Asked) -> Back:
    """The way back from one of its moments: an abort, or applying the template of before."""
    spec, timing = _asked(subject, asked)
    world: World = course_.moments[index].state
    if world.aborted:  # it is on its way back: what is left of that
        rest = simulate.run(spec, replace(world, turn=0, event=""), timing)
        return Back("controller", Phrase("argo.back.aborted"), tell.moments(spec, rest))
    if world.promoted and world.current == course_.moments[0].state.stable:
        return Back("controller", Phrase("argo.back.undone"), (_plain(course_.moments[index]),))
    world = replace(world, turn=0, event="", halted=False)
    event = _UNDO if world.promoted else _ABORT
    if world.promoted:
        world = simulate.settled(spec, world, timing)  # nobody is so quick that the controller has not marked the old
    worlds = simulate.run(spec, world, timing, (event,))
    kind = "operator" if world.promoted else "controller"
    return Back(kind, Phrase(f"argo.back.{_how(spec, world)}"), tell.moments(spec, worlds))


def _asked(subject: Subject, asked: Asked) -> tuple[Spec, Timing]:
    spec: Spec = subject.spec
    if asked.replicas is not None:
        spec = replace(spec, replicas=asked.replicas)
    start = asked.start_seconds if asked.start_seconds is not None else subject.start_seconds
    start = (_START if start is None else start) + spec.min_ready
    timing = Timing(start, asked.stop_seconds, asked.analysis_seconds, asked.pause_seconds)
    return spec, timing


def _plain(moment: Moment) -> Moment:
    return replace(moment, id="")


def _steps(spec: Spec) -> int:
    return len(spec.strategy.steps) if isinstance(spec.strategy, Canary) else 0


def _how(spec: Spec, world: World) -> str:
    """What an abort does here, or what is done after it is too late for one."""
    strategy = spec.strategy
    if world.promoted:
        if not isinstance(strategy, Canary):
            old = world.pods(next(one.key for one in world.sets))
            return "undo.fast" if old is not None and old.spec else "undo.switch"
        return "undo.window" if spec.window else "undo.canary"
    if not isinstance(strategy, Canary):
        return "switched" if world.active == world.current else "preview"
    if not strategy.routed:
        return "basic"
    if strategy.abort_delay == 0:
        return "kept"
    return "dynamic" if strategy.dynamic else "routed"


# --- a live object ---------------------------------------------------------------------------------------------------


def _here(live: Live, worlds: list[World]) -> int:
    """The moment that is most like what the status says; the later of two alike."""
    if live.stable:
        return 0

    def likeness(index: int) -> tuple[bool, bool, bool, int, bool, int]:
        world = worlds[index]
        updated = world.new.sets.there if world.new is not None else 0
        off = 0 if live.updated is None else abs(updated - live.updated)
        place = world.index == live.index if live.index is not None else True
        return (
            world.aborted == live.aborted,
            place and not world.promoted,
            (world.active == world.current) == live.active,
            -off,
            bool(world.pause) == live.paused,
            index,
        )

    return max(range(1, len(worlds)), key=likeness) if len(worlds) > 1 else 0


# --- what it shows ---------------------------------------------------------------------------------------------------


def _notes(subject: Subject, spec: Spec, worlds: list[World]) -> tuple[Note, ...]:
    strategy = spec.strategy
    if not isinstance(strategy, Canary) or not spec.replicas:
        return ()
    found = [_overload(spec, strategy, worlds) if strategy.routed else _missed(strategy, worlds)]
    plugins = [index for index, step in enumerate(strategy.steps) if step.plugin]
    if plugins:
        values = (("field", f"spec.strategy.canary.steps[{plugins[0]}].plugin"),)
        found.append(Note(Phrase("argo.note.unsupported", values=values), where=subject.where))
    return tuple(note for note in found if note is not None)


def _overload(spec: Spec, canary: Canary, worlds: list[World]) -> Note | None:
    """The worst moment in which the canary gets more traffic than its Pods are a part of all that is needed."""
    worst: tuple[Fraction, Fraction, int] | None = None
    for world in worlds:
        pods = world.new
        if pods is None or world.promoted or world.target != world.current or not pods.available:
            continue
        share = Fraction(world.weight, canary.whole)
        needed = -(-share.numerator * world.replicas // share.denominator) if share else 0
        load = share * world.replicas / pods.available
        if needed > pods.available and (worst is None or load > worst[0]):
            worst = (load, share, pods.available)
    if worst is None:
        return None
    values = (("weight", worst[1]), ("pods", worst[2]), ("load", _times(worst[0])), ("replicas", spec.replicas))
    return Note(Phrase("argo.note.overload", values=values), Phrase("argo.note.overload_hint"))


def _times(load: Fraction) -> str:
    """A factor with at most one decimal."""
    tenths = round(load * 10)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def _missed(canary: Canary, worlds: list[World]) -> Note | None:
    """The step at which whole Pods are farthest from the weight that is asked for."""
    worst: tuple[Fraction, Fraction, Fraction] | None = None
    for before, world in pairwise(worlds):
        index = before.index
        if index is None or index >= len(canary.steps) or world.index != index + 1 or world.aborted:
            continue
        weight = canary.steps[index].weight
        total = sum(pods.available for pods in world.sets)
        if weight is None or not total or world.new is None:
            continue
        asked, got = Fraction(weight, 100), Fraction(world.new.available, total)
        if worst is None or abs(got - asked) > worst[0]:
            worst = (abs(got - asked), asked, got)
    if worst is None or worst[0] < Fraction(1, 20):
        return None
    values = (("asked", worst[1]), ("got", worst[2]))
    return Note(Phrase("argo.note.missed", values=values), Phrase("argo.note.missed_hint"))
