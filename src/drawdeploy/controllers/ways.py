"""Ways back: a controller's abort, or what an operator undoes, told in the two stages of every rollback."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from drawdeploy.controllers import slots as slots_of
from drawdeploy.controllers.course import Back, Moment
from drawdeploy.controllers.moves import of_step
from drawdeploy.controllers.slots import Slots
from drawdeploy.controllers.states import Stage as Scenery
from drawdeploy.controllers.states import freeze
from drawdeploy.ledger import LOST, flows
from drawdeploy.model import (
    Act,
    Duration,
    Environment,
    Move,
    Phase,
    Phrase,
    Rollback,
    RollbackKind,
    Stage,
    StageKind,
    State,
    Verb,
)

AT_ONCE = 10
"""Until so many seconds people say that something happens at once."""

_KINDS = {
    "controller": RollbackKind.CONTROLLER,
    "operator": RollbackKind.OPERATOR,
    "none": RollbackKind.NONE,
}


def way_back(
    on: Scenery,
    back: Back,
    slots: Slots,
    state: State,
    environment: Environment,
    values: dict[str, Any],
    turn: int,
) -> Rollback:
    """The rollback that a controller's moments tell.

    Args:
        on: Where it takes place.
        back: Its moments; the first is the one it begins at.
        slots: Who is there then.
        state: How things stand then.
        environment: For who acts, and what fits.
        values: What texts may use.
        turn: Number of the step.
    """
    summary = Phrase(back.summary.key, back.summary.text, tuple((values | dict(back.summary.values)).items()))
    if back.kind == "none" or not back.moments:
        return Rollback(RollbackKind.NONE, summary, ())
    states = [state]
    for moment in back.moments[1:]:
        slots = slots_of.follow(slots, moment)
        states.append(freeze(on, moment, slots, turn, states[-1]))
    cut = _contained(back.moments, states)
    who = "operator" if back.kind == "operator" else "pipeline"
    contain = _contain(on, back, states, cut, environment, who)
    restore = _restore(on, back.moments, states, cut, environment, who)
    return Rollback(_KINDS[back.kind], summary, (contain, restore))


def _contained(moments: Sequence[Moment], states: Sequence[State]) -> int:
    """Index of the moment at which the failing revision gets no more traffic than in the end; 0 if that takes time."""
    end = _exposure(states[-1])
    if _exposure(states[0]) <= end:
        return 0
    for index, moment in enumerate(moments):
        if moment.at - moments[0].at > AT_ONCE:
            return 0
        if index and _exposure(states[index]) <= end:
            return index
    return 0


def _contain(on: Scenery, back: Back, states: Sequence[State], cut: int, environment: Environment, who: str) -> Stage:
    if not cut:
        live = _exposure(states[0])
        falls = live > _exposure(states[-1])
        reason = "pods" if falls else "stays" if live else "not_live"
        return _stage(
            StageKind.CONTAIN,
            Phrase("controllers.contain.cannot" if live else "controllers.contain.none"),
            back.delay if falls and back.delay.key else Phrase(f"controllers.contain.reason.{reason}"),
            (),
            (states[0], states[0]),
            Duration(),
            environment,
            "",
        )
    return _stage(
        StageKind.CONTAIN,
        Phrase("controllers.contain.route"),
        None,
        of_step(on, states[: cut + 1]),
        (states[0], states[cut]),
        _lasting(back.moments[: cut + 1]),
        environment,
        who,
        states[: cut + 1],
    )


def _restore(
    on: Scenery, moments: Sequence[Moment], states: Sequence[State], cut: int, environment: Environment, who: str
) -> Stage:
    moves = of_step(on, states[cut:])
    if not moves:
        return _stage(
            StageKind.RESTORE,
            Phrase("controllers.restore.none"),
            Phrase("controllers.restore.reason.nothing"),
            (),
            (states[cut], states[-1]),
            Duration(),
            environment,
            "",
        )
    created = sum(len(move.numbers) for move in moves if move.verb is Verb.CREATE)
    removed = sum(len(move.numbers) for move in moves if move.verb is Verb.REMOVE)
    key = "both" if created and removed else "create" if created else "remove" if removed else "rest"
    return _stage(
        StageKind.RESTORE,
        Phrase(f"controllers.restore.{key}", values=(("created", created), ("removed", removed))),
        None,
        moves,
        (states[cut], states[-1]),
        _lasting(moments[cut:]),
        environment,
        who,
        states[cut:],
    )


def _stage(
    kind: StageKind,
    title: Phrase,
    reason: Phrase | None,
    moves: tuple[Move, ...],
    ends: tuple[State, State],
    duration: Duration,
    environment: Environment,
    who: str,
    through: Sequence[State] = (),
) -> Stage:
    there = any(actor.id == who for actor in environment.actors)
    return Stage(
        kind=kind,
        title=title,
        reason=reason,
        moves=moves,
        acts=(Act(who, Phrase(f"controllers.act.{kind}")),) if there and moves else (),
        before=ends[0],
        after=ends[1],
        duration=duration,
        created=sum(len(move.numbers) for move in moves if move.verb is Verb.CREATE),
        fits=all(_fits(state, environment) for state in through),
    )


def _lasting(moments: Sequence[Moment]) -> Duration:
    """From the first of these moments to the last; what is waited for at the first is not part of it."""
    approvals = sum(moment.hold.approvals for moment in moments[1:])
    return Duration(max(0, moments[-1].at - moments[0].at), approvals)


def _exposure(state: State) -> Fraction:
    """Part of the live traffic that does not reach the revision of the beginning."""
    flow = flows(state)
    exposed = flow.get(LOST, Fraction(0))
    for pool in state.pools:
        serving = [i.revision for i in pool.instances if i.phase is Phase.SERVING]
        if serving and (part := flow.get(pool.id)):
            exposed += part * Fraction(sum(revision != "old" for revision in serving), len(serving))
    return exposed


def _fits(state: State, environment: Environment) -> bool:
    return all(
        site.capacity is None or sum(pool.running for pool in state.pools if pool.site == site.id) <= site.capacity
        for site in environment.sites
    )
