"""The verbs that change what is true besides instances and traffic: flag, bind, migrate."""

from __future__ import annotations

from drawdeploy.expand.faults import fault, nearest, quoted
from drawdeploy.expand.take import find, percent_of, seconds_of
from drawdeploy.expand.turn import Turn
from drawdeploy.expand.world import World
from drawdeploy.model import Move, Phase, Verb, VerbSpec

PHASES = ("", "expand", "dual-write", "switch", "contract")
"""Phases of a database's schema, in order; the first is before all of them."""


def flag(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Switches a feature flag on for a part of the users. One that is set already changes nothing."""
    if verb.percent is None:
        raise fault(turn.strategy, verb, f"flag {verb.name} has no percentage", "percent: 10")
    part = percent_of(verb.percent, world, verb, turn, f"flag {verb.name}")
    if part and not turn.undo and not any(stand.running_of("new") for stand in world.stands.values()):
        raise fault(
            turn.strategy,
            verb,
            f"nothing runs {turn.service.new} yet, so flag {verb.name} would switch on nothing",
            "create or update something before",
        )
    if world.flags.get(verb.name) == part:
        return []
    world.flags[verb.name] = part
    return [Move(Verb.FLAG, value=f"{verb.name} {float(part * 100):g} %")]


def bind(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Points a named service at a pool; what is routed stays as it is."""
    stand = find(world, verb, turn)
    if not stand.running:
        hint = "create it before"
        raise fault(
            turn.strategy, verb, f"bind service {verb.name} to pool {verb.pool}, which has nothing running", hint
        )
    if world.services.get((turn.scope, verb.name)) == stand.pool.id:
        return []
    world.services[turn.scope, verb.name] = stand.pool.id
    return [Move(Verb.BIND, stand.pool.id, value=verb.name)]


def migrate(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Brings the database's schema to a phase; forward only, but for ways back."""
    if verb.name not in PHASES[1:]:
        raise fault(turn.strategy, verb, f"unknown phase {quoted(verb.name)}", nearest(verb.name, PHASES[1:]))
    if not turn.service.database:
        hint = "choose a strategy without a migration, or tell that the service has a database"
        raise fault(turn.strategy, verb, f"{turn.service.name} has no database to migrate", hint)
    if verb.off:
        return _migrate_back(world, verb, turn)
    if verb.name == world.schema:
        return []
    if turn.undo:
        message = f"a rollback cannot bring the schema on to {verb.name}"
        raise fault(turn.strategy, verb, message, "a way back only undoes phases: off: true")
    if PHASES.index(verb.name) < PHASES.index(world.schema):
        message = f"the schema is at {world.schema} and cannot go back to {verb.name}"
        raise fault(turn.strategy, verb, message, f"phases go forward: {', '.join(PHASES[1:])}")
    if verb.name == PHASES[-1] and any(stand.numbers(Phase.SERVING, revision="old") for stand in world.stands.values()):
        raise fault(
            turn.strategy,
            verb,
            f"{turn.service.old} still serves and needs what {verb.name} takes away",
            f"let {turn.service.new} serve everywhere before",
        )
    world.schema = verb.name
    seconds = seconds_of(verb.seconds, world, turn, verb.line, verb.column, "time")
    return [Move(Verb.MIGRATE, seconds=seconds, value=verb.name)]


def _migrate_back(world: World, verb: VerbSpec, turn: Turn) -> list[Move]:
    """Takes the schema back to the phase before."""
    if not turn.undo:
        raise fault(turn.strategy, verb, "a phase of the schema is undone in a rollback only", "leave 'off' out")
    if world.schema != verb.name:
        raise fault(
            turn.strategy,
            verb,
            f"phase {verb.name} cannot be undone: the schema is at {world.schema or 'its beginning'}",
            "undo the last phase first",
        )
    if verb.name == PHASES[-1]:
        raise fault(turn.strategy, verb, f"nothing leads back from {verb.name}: the old schema is gone", "leave it out")
    world.schema = PHASES[PHASES.index(verb.name) - 1]
    return [Move(Verb.MIGRATE, off=True, value=verb.name)]
