"""A way back in its author's own moves."""

from __future__ import annotations

from drawdeploy.expand.ends import check_end, timed
from drawdeploy.expand.rollback import restore
from drawdeploy.expand.turn import Turn
from drawdeploy.expand.verbs import apply
from drawdeploy.expand.world import World
from drawdeploy.model import (
    Act,
    Duration,
    Move,
    Phrase,
    Rollback,
    RollbackKind,
    Stage,
    StageKind,
    StepSpec,
    Verb,
    VerbSpec,
)
from drawdeploy.value import replace

_SLOW = frozenset({Verb.CREATE, Verb.REMOVE, Verb.UPDATE, Verb.OBSERVE, Verb.MIGRATE})
"""What takes longer than a switch, and so begins the second stage."""

_SAID = {
    StageKind.CONTAIN: ("expand.contain.own", "expand.contain.none", "expand.contain.reason.own"),
    StageKind.RESTORE: ("expand.restore.own", "expand.restore.none", "expand.restore.reason.own"),
}
"""What each stage is called, what it is called if it is empty, and why it is."""


def undo(spec: StepSpec, begin: World, now: World, turn: Turn, summary: Phrase | None) -> Rollback:
    """The rollback that a step describes itself: what is done at once contains, what follows restores.

    What its author leaves out on the way to the beginning is derived, so that every rollback leads there.

    Raises:
        DrawDeployError: A verb cannot do what it should, or traffic goes to what does not serve in the end.
    """
    slow = next((index for index, verb in enumerate(spec.undo) if verb.verb in _SLOW), len(spec.undo))
    turn = replace(turn, undo=True)
    contain, contained = _stage(StageKind.CONTAIN, spec, spec.undo[:slow], now, turn)
    own, work = _stage(StageKind.RESTORE, spec, spec.undo[slow:], contained, turn)
    stages = (contain, _joined(own, restore(begin, work, own.after, turn.environment)))
    return Rollback(RollbackKind.OVERRIDE, summary or Phrase("expand.rollback.own"), tuple(map(_real, stages)))


def _real(stage: Stage) -> Stage:
    """A stage; an empty one if what its author does comes out as nothing this time."""
    if not stage.moves or stage.after != stage.before:
        return stage
    _, none, reason = _SAID[stage.kind]
    return replace(stage, title=Phrase(none), reason=Phrase(reason), moves=(), acts=(), duration=Duration())


def _joined(own: Stage, rest: Stage) -> Stage:
    """The author's second stage and what is left after it, as one."""
    if not rest.moves:
        return own
    if not own.moves:
        return rest
    acts = {act.actor: act for act in (*rest.acts, *own.acts)}
    return replace(
        own,
        moves=own.moves + rest.moves,
        acts=tuple(acts.values()),
        after=rest.after,
        duration=own.duration + rest.duration,
        created=own.created + rest.created,
        batches=rest.batches,
        fits=own.fits and rest.fits,
    )


def _stage(kind: StageKind, spec: StepSpec, verbs: tuple[VerbSpec, ...], now: World, turn: Turn) -> tuple[Stage, World]:
    work = now.copy()
    moves: list[Move] = []
    fits = True
    for verb in verbs:
        done = apply(work, verb, turn)
        fits = fits and not (any(move.verb is Verb.CREATE for move in done) and _too_many(work, turn))
        moves += done
    if work.by_serving:
        work.balance()
    before, after = now.freeze(), work.freeze()
    if verbs:
        last = verbs[-1]
        check_end(turn.strategy, work, (last.line, last.column), f"the rollback of step {spec.id}")
    structure, routes = work.structure, (before.routes, after.routes)
    moves = timed(moves, structure.switch_seconds(*routes), structure.shifts(*routes))
    actor = "operator" if kind is StageKind.CONTAIN else "pipeline"
    title, none, reason = _SAID[kind]
    there = any(one.id == actor for one in turn.environment.actors)
    act = Act(actor, Phrase("expand.act.switch_back" if actor == "operator" else "expand.act.go_back"))
    stage = Stage(
        kind=kind,
        title=Phrase(title if moves else none),
        reason=None if moves else Phrase(reason),
        moves=tuple(moves),
        acts=(act,) if moves and there else (),
        before=before,
        after=after,
        duration=Duration(sum(move.seconds for move in moves)),
        created=sum(len(move.numbers) for move in moves if move.verb is Verb.CREATE),
        fits=fits,
    )
    return stage, work


def _too_many(world: World, turn: Turn) -> bool:
    """Whether more runs at a site than fits there."""
    for site in turn.environment.sites:
        stands = [stand for stand in world.stands.values() if stand.pool.site == site.id]
        if site.capacity is not None and sum(stand.running for stand in stands) > site.capacity:
            return True
    return False
