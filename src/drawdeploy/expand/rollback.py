"""The way back from a state, in two stages: contain what can be undone at once, then restore the beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drawdeploy.expand.batches import Batch, fit, overflows
from drawdeploy.expand.ends import timed
from drawdeploy.expand.marks import PHASES
from drawdeploy.expand.world import FREE, IDLE, RUNNING, World, added, settled, updated
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
    State,
    Verb,
)
from drawdeploy.value import replace

AT_ONCE = 10
"""Until so many seconds people say that something happens at once."""


def derive(begin: World, baseline: World, now: World, state: State, environment: Environment, turn: int) -> Rollback:
    """How to get from ``now`` back to ``begin``.

    Args:
        begin: The world before the first step.
        baseline: The world before this round.
        now: The world at the end of the step.
        state: The same, frozen.
        environment: Where it runs: capacity, times, actors.
        turn: Number of this turn, for the instances that move at once.
    """
    contain, contained = _contain(begin, baseline, now, state, environment, turn)
    rest = restore(begin, contained, contain.after, environment)
    summary = _summary(now, contain, rest, contained)
    return Rollback(RollbackKind.DERIVED, summary, (contain, rest))


def no_way_back(reason: Phrase | None) -> Rollback:
    """No rollback, and why: in its author's words, or because the old schema is gone."""
    return Rollback(RollbackKind.NONE, reason or _say("rollback.contracted"), ())


def _say(key: str, **values: Scalar) -> Phrase:
    return Phrase(f"expand.{key}", values=tuple(values.items()))


def _count(key: str, n: int, **values: Scalar) -> Phrase:
    """Something about ``n`` instances: two keys, since texts without conditions are said much faster."""
    return _say(f"{key}.{'one' if n == 1 else 'many'}", n=n, **values)


def _soon(key: str, switch: tuple[str, int], **values: Scalar) -> Phrase:
    """Something that happens at once, or, where routing is slow to change, as soon as it has."""
    node, seconds = switch
    return _say(f"{key}_slow", **values, node=node) if seconds > AT_ONCE else _say(key, **values)


def _count_soon(key: str, n: int, switch: tuple[str, int], **values: Scalar) -> Phrase:
    """As ``_soon``, about ``n`` instances."""
    slow = "_slow" if switch[1] > AT_ONCE else ""
    return _count(f"{key}{slow}", n, **values, **({"node": switch[0]} if slow else {}))


def _acts(environment: Environment, *acts: tuple[str, str]) -> tuple[Act, ...]:
    """Who acts, as far as the environment has them."""
    there = {actor.id for actor in environment.actors}
    return tuple(Act(actor, _say(f"act.{key}")) for actor, key in acts if actor in there)


# --- contain ---------------------------------------------------------------------------------------------------------


def _contain(
    begin: World, baseline: World, now: World, before: State, environment: Environment, turn: int
) -> tuple[Stage, World]:
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
    work.flags = dict(begin.flags)
    work.mirrors.clear()
    rerouted = bool(out) or any(back.values())
    rerouted |= work.shares != now.shares or work.lost != now.lost or work.matches != now.matches
    if rerouted:
        _bind_back(work, target)
    marks = _ended(now, work)
    if not rerouted and not marks:
        return _nothing_to_contain(begin, now, before, fresh=bool(fresh)), now

    moves = _tests_off(now)
    work.tests.clear()
    after = work.freeze()
    seconds = now.structure.switch_seconds(before.routes, after.routes)
    switch = now.structure.slowest(before.routes, after.routes), seconds
    moves += marks
    moves += [Move(Verb.RESUME, pool_id, tuple(numbers)) for pool_id, numbers in back.items() if numbers]
    moves += [Move(Verb.ROUTE)] if rerouted else []
    moves = timed(moves, seconds, now.structure.shifts(before.routes, after.routes))
    moves += [Move(Verb.STANDBY, pool_id, tuple(numbers)) for pool_id, numbers in out.items()]
    resumed = sum(map(len, back.values()))
    stage = Stage(
        kind=StageKind.CONTAIN,
        title=_count_soon("contain.resume", resumed, switch) if resumed else _contain_title(moves, switch),
        reason=None,
        moves=tuple(moves),
        acts=_acts(environment, ("operator", "switch_back")),
        before=before,
        after=after,
        duration=Duration(seconds),
        fits=not overflows(now, environment),
    )
    return stage, work


def _contain_title(moves: list[Move], switch: tuple[str, int]) -> Phrase:
    """What happens if nothing is resumed."""
    verbs = {move.verb for move in moves}
    if Verb.ROUTE in verbs:
        return _soon("contain.route", switch)
    return _say("contain.flag" if Verb.FLAG in verbs else "contain.mirror")


def _tests_off(now: World) -> list[Move]:
    return [Move(Verb.TEST, pool_id, off=True) for pool_id in now.stands if pool_id in now.tests]


def _ended(now: World, work: World) -> list[Move]:
    """The moves that take flags, mirrors, rules and named services back."""
    moves = [
        Move(Verb.FLAG, value=f"{name} {float(part * 100):g} %")
        for name, part in work.flags.items()
        if part != now.flags[name]
    ]
    moves += [
        Move(Verb.MIRROR, pool, off=True) for pool in now.stands if pool in now.mirrors and pool not in work.mirrors
    ]
    moves += [
        Move(Verb.MATCH, pool, off=True) for pool in now.stands if pool in now.matches and pool not in work.matches
    ]
    moves += [
        Move(Verb.BIND, pool, value=name)
        for (scope, name), pool in work.services.items()
        if now.services[scope, name] != pool
    ]
    return moves


def _all_run(begin: World, now: World) -> bool:
    """Whether every instance that served in the beginning still runs, or runs again, and as it was."""
    return all(
        now.stands[name].count(Phase.SERVING, Phase.STANDBY) >= stand.serving and not updated(begin, now.stands[name])
        for name, stand in begin.stands.items()
    )


def _route_back(work: World, target: World, *, complete: bool) -> None:
    """The target's routing if what it routes to is there; else weights by what serves, and no rules."""
    there = all(bool(stand.serving) == target.reached(name) for name, stand in work.stands.items())
    if complete and there and (work.serving or target.outage):
        work.reroute(target)
    else:
        work.by_serving = True
        work.matches.clear()
    if work.by_serving:
        work.balance()


def _bind_back(work: World, target: World) -> None:
    """Named services as they were, as far as what they were bound to runs."""
    for key, pool in target.services.items():
        if work.stands[pool].serving:
            work.services[key] = pool


def _nothing_to_contain(begin: World, now: World, state: State, *, fresh: bool) -> Stage:
    """An empty stage, with its reason."""
    flagged = bool(now.flags) and not any(now.flags.values())
    in_place = any(updated(begin, stand) for stand in now.stands.values()) and not flagged
    if now.outage:
        reason = "contain.reason.outage"
    elif in_place and not fresh:
        reason = "contain.reason.updated"
    elif not any(added(begin, stand, Phase.SERVING) for stand in now.stands.values()):
        reason = "contain.reason.not_live"
    elif fresh:
        reason = "contain.reason.none_left"
    else:
        reason = "contain.reason.round_not_live"
    title = "contain.none" if reason == "contain.reason.not_live" or now.outage else "contain.cannot"
    return Stage(StageKind.CONTAIN, _say(title), _say(reason), (), (), state, state, Duration())


# --- restore ---------------------------------------------------------------------------------------------------------


def restore(begin: World, now: World, state: State, environment: Environment) -> Stage:
    """Creates again what was removed, routes as in the beginning, and removes the new.

    Args:
        begin: The world that is led back to.
        now: The world that it begins in.
        state: The same, frozen.
        environment: Where it runs.
    """
    missing = {name: settled(begin, stand, *FREE) for name, stand in now.stands.items()}
    plan = fit(begin, now, missing, environment)
    work = now.copy()
    moves = _tests_off(now)
    work.tests.clear()
    if plan.early:
        moves += _removeadded(begin, work, environment, IDLE)
    seconds = environment.stop_seconds if plan.early else 0
    back, turns = _update_back(begin, work, environment)
    moves += back
    seconds += sum(move.seconds for move in back)
    for part in plan.parts:
        done, taken = _carry_out(begin, now, work, environment, part, last=part is plan.parts[-1])
        moves += [replace(move, batches=(part.first, part.last)) for move in done] if plan.count > 1 else done
        seconds += taken
    phases = PHASES[1 : PHASES.index(now.schema) + 1]
    moves += [Move(Verb.MIGRATE, off=True, value=phase) for phase in reversed(phases)]
    work.schema = begin.schema
    created = sum(map(len, missing.values()))
    routed = any(move.verb is Verb.ROUTE for move in moves)
    acts = [("operator", "switch_back")] if routed else []
    if created:
        acts.append(("pipeline", "recreate"))
    elif back:
        acts.append(("pipeline", "update_back"))
    elif len(moves) > int(routed):
        acts.append(("pipeline", "remove_new"))
    return Stage(
        kind=StageKind.RESTORE,
        title=_restore_title(created, plan.count, moves),
        reason=None if moves else _say("restore.reason.nothing"),
        moves=tuple(moves),
        acts=_acts(environment, *acts) if plan.count else (),
        before=state,
        after=work.freeze(),
        duration=Duration(seconds if moves and plan.count else 0),
        created=created,
        batches=max(plan.count, turns) if plan.count else 0,
        fits=not moves or (plan.count > 0 and not overflows(now, environment) and not overflows(work, environment)),
    )


def _restore_title(created: int, batches: int, moves: list[Move]) -> Phrase:
    if not batches:
        return _say("restore.stuck")
    if batches > 1 and created:
        return _say("restore.batches", n=created, batches=batches)
    if created:
        return _count("restore.recreate", created)
    if back := sum(len(move.numbers) for move in moves if move.verb is Verb.UPDATE):
        return _count("restore.update", back)
    if any(move.verb is Verb.REMOVE for move in moves):
        return _say("restore.remove")
    return _say("restore.rest" if moves else "restore.none")


def _carry_out(
    begin: World, now: World, work: World, environment: Environment, part: Batch, *, last: bool
) -> tuple[list[Move], int]:
    """Creates, routes and removes in one batch, or in several that are alike; gives the moves and their time."""
    before, shares, lost, times = work.routes(), work.shares, work.lost, part.last - part.first + 1
    moves = []
    for pool_id, numbers in part.create.items():
        work.stands[pool_id].put(numbers, Phase.READY, 0, begin.stands[pool_id].pool.revision)
        moves.append(Move(Verb.CREATE, pool_id, numbers, times * environment.start_seconds))
    moves += _serve_again(begin, work)
    rerouted = bool(moves)
    if last:
        work.reroute(begin)
        work.flags = dict(begin.flags)
        work.mirrors.clear()
        _bind_back(work, begin)
        moves += _ended(now, work)
        removed = _removeadded(begin, work, environment, RUNNING)
    else:
        removed = _remove(work, environment, part.remove, times)
        work.by_serving = True
        work.balance()
    after = work.routes()
    switch = times * work.structure.switch_seconds(before, after)
    if rerouted or work.shares != shares or work.lost != lost:
        moves.append(Move(Verb.ROUTE, seconds=switch, shifts=work.structure.shifts(before, after)))
    seconds = switch + times * environment.start_seconds * bool(part.create)
    return moves + removed, seconds + times * environment.stop_seconds * bool(removed)


def _update_back(begin: World, work: World, environment: Environment) -> tuple[list[Move], int]:
    """Updates back what was updated in place, no more at once than on the way here; gives the most turns of a pool."""
    moves, most = [], 1
    for name, stand in work.stands.items():
        if numbers := updated(begin, stand):
            live = set(stand.numbers(Phase.SERVING))
            stand.put([n for n in numbers if n in live], Phase.SERVING, 0, "old")
            stand.put([n for n in numbers if n not in live], Phase.READY, 0, "old")
            turns = -(-len(numbers) // max(1, work.batches.get(name, 1)))
            seconds = turns * (environment.stop_seconds + environment.start_seconds)
            moves.append(Move(Verb.UPDATE, name, tuple(numbers), seconds, value="old"))
            most = max(most, turns)
    return moves, most


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


def _summary(now: World, contain: Stage, restore: Stage, contained: World) -> Phrase:
    """The way back in one sentence."""
    if not contain.moves and not restore.moves:
        return _say("rollback.nothing")
    back = sum(len(move.numbers) for move in restore.moves if move.verb is Verb.UPDATE)
    again = list(dict.fromkeys(move.pool for move in restore.moves if move.verb is Verb.CREATE))
    if not restore.possible:
        resumed = sum(len(move.numbers) for move in contain.moves if move.verb is Verb.RESUME)
        if resumed:
            return _count("rollback.stuck_part", resumed, again=restore.created)
        return _count("rollback.stuck", restore.created)
    if now.outage and not contain.moves:
        return _count("rollback.outage", restore.created + back)
    if contain.moves:
        routes = contain.before.routes, contain.after.routes
        structure = now.structure
        return _contained(contain, restore, (structure.slowest(*routes), structure.switch_seconds(*routes)))
    if restore.batches > 1 and again:
        return _say("rollback.batches", n=restore.created, batches=restore.batches)
    if len(again) == 1 and not contained.stands[again[0]].running:
        return _count("rollback.recreate", restore.created, pool=again[0])
    if again:
        return _count("rollback.recreate_some", restore.created)
    if back:
        return _count("rollback.update", back)
    if not any(move.verb is Verb.REMOVE for move in restore.moves):
        return _say("rollback.rest")
    return _say("rollback.not_live")


def _contained(contain: Stage, restore: Stage, switch: tuple[str, int]) -> Phrase:
    """The way back in one sentence, if something can be contained."""
    resumed = {move.pool: len(move.numbers) for move in contain.moves if move.verb is Verb.RESUME}
    verbs = {move.verb for move in contain.moves}
    if restore.created:
        return _count_soon("rollback.mixed", sum(resumed.values()), switch, again=restore.created)
    if len(resumed) == 1:
        return _soon("rollback.standby", switch, pool=next(iter(resumed)))
    if resumed:
        return _count_soon("rollback.standby_all", sum(resumed.values()), switch)
    if Verb.ROUTE in verbs:
        return _soon("rollback.route", switch)
    return _say("rollback.flag" if Verb.FLAG in verbs else "rollback.mirror")
