"""The way back from a state, in two stages: contain what can be undone at once, then restore the beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drawdeploy.expand.batches import Batch, fit, overflows
from drawdeploy.expand.world import FREE, IDLE, RUNNING, World, added, settled
from drawdeploy.model import (
    Act,
    Duration,
    Environment,
    Move,
    Phase,
    Phrase,
    Rollback,
    RollbackKind,
    Scalar,
    Stage,
    StageKind,
    Verb,
)
from drawdeploy.value import replace


def derive(begin: World, baseline: World, now: World, environment: Environment, turn: int) -> Rollback:
    """How to get from ``now`` back to ``begin``.

    Args:
        begin: The world before the first step.
        baseline: The world before this round.
        now: The world at the end of the step.
        environment: Where it runs: capacity, times, actors.
        turn: Number of this turn, for the instances that move at once.
    """
    contain, contained = _contain(begin, baseline, now, environment, turn)
    restore = _restore(begin, contained, environment)
    return Rollback(RollbackKind.DERIVED, _summary(contain, restore, contained), (contain, restore))


def _say(key: str, **values: Scalar) -> Phrase:
    return Phrase(f"expand.{key}", values=tuple(values.items()))


def _count(key: str, n: int, **values: Scalar) -> Phrase:
    """Something about ``n`` instances: two keys, since texts without conditions are said much faster."""
    return _say(f"{key}.{'one' if n == 1 else 'many'}", n=n, **values)


def _acts(environment: Environment, *acts: tuple[str, str]) -> tuple[Act, ...]:
    """Who acts, as far as the environment has them."""
    there = {actor.id for actor in environment.actors}
    return tuple(Act(actor, _say(f"act.{key}")) for actor, key in acts if actor in there)


# --- contain ---------------------------------------------------------------------------------------------------------


def _contain(begin: World, baseline: World, now: World, environment: Environment, turn: int) -> tuple[Stage, World]:
    """What is possible at once: the old ones that still run serve again, and so many new ones stop serving.

    If every old one still runs, that leads all the way to the routing of the beginning; else to that before this round.
    """
    target = begin if _all_run(begin, now) else baseline
    back = {name: settled(target, stand, Phase.STANDBY) for name, stand in now.stands.items()}
    fresh = [(name, number) for name, stand in now.stands.items() for number in added(target, stand, Phase.SERVING)]
    spare = max(0, now.serving - target.serving)
    allowed = min(len(fresh), sum(map(len, back.values())) + spare)
    out: dict[str, list[int]] = {}
    for name, number in fresh[len(fresh) - allowed :]:
        out.setdefault(name, []).append(number)

    work = now.copy()
    for pool_id, numbers in back.items():
        work.stands[pool_id].put(numbers, Phase.SERVING, turn)
    for pool_id, numbers in out.items():
        work.stands[pool_id].put(numbers, Phase.STANDBY, turn)
    complete = allowed == len(fresh)
    if complete or out or any(back.values()):
        _route_back(work, target, complete=complete)
    if work.shares == now.shares and not out and not any(back.values()):
        return _nothing_to_contain(begin, now, fresh=bool(fresh)), now

    moves = [Move(Verb.TEST, pool_id, off=True) for pool_id in now.stands if pool_id in now.tests]
    work.tests.clear()
    before, after = now.freeze(), work.freeze()
    seconds = now.structure.switch_seconds(before.routes, after.routes)
    moves += [Move(Verb.RESUME, pool_id, tuple(numbers)) for pool_id, numbers in back.items() if numbers]
    moves += [Move(Verb.ROUTE, seconds=seconds, shifts=now.structure.shifts(before.routes, after.routes))]
    moves += [Move(Verb.STANDBY, pool_id, tuple(numbers)) for pool_id, numbers in out.items()]
    resumed = sum(map(len, back.values()))
    stage = Stage(
        kind=StageKind.CONTAIN,
        title=_count("contain.resume", resumed) if resumed else _say("contain.route"),
        reason=None,
        moves=tuple(moves),
        acts=_acts(environment, ("operator", "switch_back")),
        before=before,
        after=after,
        duration=Duration(seconds),
        fits=not overflows(now, environment),
    )
    return stage, work


def _all_run(begin: World, now: World) -> bool:
    """Whether every instance that served in the beginning still runs, or runs again."""
    return all(
        now.stands[name].count(Phase.SERVING, Phase.STANDBY) >= stand.serving for name, stand in begin.stands.items()
    )


def _route_back(work: World, target: World, *, complete: bool) -> None:
    """The target's routing if what it routes to is there; else weights by what serves."""
    shares_fit = all(bool(stand.serving) == bool(target.shares[name]) for name, stand in work.stands.items())
    if complete and shares_fit and not target.by_serving:
        work.shares, work.by_serving = target.shares.copy(), False
    else:
        work.by_serving = True
        work.balance()


def _nothing_to_contain(begin: World, now: World, *, fresh: bool) -> Stage:
    """An empty stage, with its reason."""
    if not any(added(begin, stand, Phase.SERVING) for stand in now.stands.values()):
        reason = "contain.reason.not_live"
    elif fresh:
        reason = "contain.reason.none_left"
    else:
        reason = "contain.reason.round_not_live"
    state = now.freeze()
    return Stage(StageKind.CONTAIN, _say("contain.none"), _say(reason), (), (), state, state, Duration())


# --- restore ---------------------------------------------------------------------------------------------------------


def _restore(begin: World, now: World, environment: Environment) -> Stage:
    """Creates again what was removed, routes as in the beginning, and removes the new."""
    missing = {name: settled(begin, stand, *FREE) for name, stand in now.stands.items()}
    plan = fit(begin, now, missing, environment)
    work = now.copy()
    moves = [Move(Verb.TEST, pool_id, off=True) for pool_id in now.stands if pool_id in now.tests]
    work.tests.clear()
    if plan.early:
        moves += _removeadded(begin, work, environment, IDLE)
    seconds = environment.stop_seconds if plan.early else 0
    for part in plan.parts:
        done, taken = _carry_out(begin, work, environment, part, last=part is plan.parts[-1])
        moves += [replace(move, batches=(part.first, part.last)) for move in done] if plan.count > 1 else done
        seconds += taken
    created = sum(map(len, missing.values()))
    routed = any(move.verb is Verb.ROUTE for move in moves)
    acts = [("operator", "switch_back")] if routed else []
    if created:
        acts.append(("pipeline", "recreate"))
    elif len(moves) > int(routed):
        acts.append(("pipeline", "remove_new"))
    return Stage(
        kind=StageKind.RESTORE,
        title=_restore_title(created, plan.count, moves),
        reason=None if moves else _say("restore.reason.nothing"),
        moves=tuple(moves),
        acts=_acts(environment, *acts) if plan.count else (),
        before=now.freeze(),
        after=work.freeze(),
        duration=Duration(seconds if moves and plan.count else 0),
        created=created,
        batches=plan.count,
        fits=not moves or (plan.count > 0 and not overflows(now, environment) and not overflows(work, environment)),
    )


def _restore_title(created: int, batches: int, moves: list[Move]) -> Phrase:
    if not batches:
        return _say("restore.stuck")
    if batches > 1:
        return _say("restore.batches", n=created, batches=batches)
    if created:
        return _count("restore.recreate", created)
    return _say("restore.remove" if moves else "restore.none")


def _carry_out(
    begin: World, work: World, environment: Environment, part: Batch, *, last: bool
) -> tuple[list[Move], int]:
    """Creates, routes and removes in one batch, or in several that are alike; gives the moves and their time."""
    before, shares, times = work.routes(), work.shares, part.last - part.first + 1
    moves = []
    for pool_id, numbers in part.create.items():
        work.stands[pool_id].put(numbers, Phase.READY, 0)
        moves.append(Move(Verb.CREATE, pool_id, numbers, times * environment.start_seconds))
    moves += _serve_again(begin, work)
    if last:
        removed = _removeadded(begin, work, environment, RUNNING)
        work.shares, work.by_serving = begin.shares.copy(), begin.by_serving
    else:
        removed = _remove(work, environment, part.remove, times)
        work.by_serving = True
        work.balance()
    after = work.routes()
    switch = times * work.structure.switch_seconds(before, after)
    if moves or work.shares != shares:
        moves.append(Move(Verb.ROUTE, seconds=switch, shifts=work.structure.shifts(before, after)))
    seconds = switch + times * environment.start_seconds * bool(part.create)
    return moves + removed, seconds + times * environment.stop_seconds * bool(removed)


def _serve_again(begin: World, work: World) -> list[Move]:
    """All that served in the beginning serves again; gives the moves of those that waited."""
    moves = []
    for name, stand in work.stands.items():
        if waiting := settled(begin, stand, Phase.STANDBY):
            moves.append(Move(Verb.RESUME, name, tuple(waiting)))
        stand.put(waiting + settled(begin, stand, Phase.READY), Phase.SERVING, 0)
    return moves


def _removeadded(begin: World, work: World, environment: Environment, phases: tuple[Phase, ...]) -> list[Move]:
    """Removes what did not serve in the beginning."""
    return _remove(work, environment, {name: added(begin, stand, *phases) for name, stand in work.stands.items()})


def _remove(work: World, environment: Environment, gone: Mapping[str, Sequence[int]], times: int = 1) -> list[Move]:
    moves = []
    for name, numbers in gone.items():
        if numbers:
            work.stands[name].put(numbers, Phase.REMOVED, 0)
            moves.append(Move(Verb.REMOVE, name, tuple(numbers), times * environment.stop_seconds))
    return moves


# --- in a sentence ---------------------------------------------------------------------------------------------------


def _summary(contain: Stage, restore: Stage, contained: World) -> Phrase:
    """The way back in one sentence."""
    if not contain.moves and not restore.moves:
        return _say("rollback.nothing")
    resumed = {move.pool: len(move.numbers) for move in contain.moves if move.verb is Verb.RESUME}
    again = list(dict.fromkeys(move.pool for move in restore.moves if move.verb is Verb.CREATE))
    if not restore.possible:
        if resumed:
            return _count("rollback.stuck_part", sum(resumed.values()), again=restore.created)
        return _count("rollback.stuck", restore.created)
    if contain.moves:
        if restore.created:
            return _count("rollback.mixed", sum(resumed.values()), again=restore.created)
        if len(resumed) == 1:
            return _say("rollback.standby", pool=next(iter(resumed)))
        return _count("rollback.standby_all", sum(resumed.values())) if resumed else _say("rollback.route")
    if restore.batches > 1:
        return _say("rollback.batches", n=restore.created, batches=restore.batches)
    if len(again) == 1 and not contained.stands[again[0]].running:
        return _count("rollback.recreate", restore.created, pool=again[0])
    if again:
        return _count("rollback.recreate_some", restore.created)
    return _say("rollback.not_live")
