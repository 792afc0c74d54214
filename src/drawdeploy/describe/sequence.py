"""What can be seen to be impossible in the order of the steps, before anything is worked out."""

from __future__ import annotations

from collections.abc import Iterator

from drawdeploy.describe.reader import Reader
from drawdeploy.describe.verbs import SCHEMA_PHASES
from drawdeploy.errors import Where
from drawdeploy.model import PoolSpec, RepeatSpec, StepSpec, Verb, VerbSpec

_NEEDS = {
    Verb.TEST: "tested",
    Verb.STANDBY: "put on standby",
    Verb.RESUME: "resumed",
    Verb.UPDATE: "updated",
    Verb.REMOVE: "removed",
    Verb.MIRROR: "mirrored to",
    Verb.MATCH: "reached by a rule",
    Verb.BIND: "bound to a service",
}

Body = tuple[StepSpec | RepeatSpec, ...]


def check_sequence(reader: Reader, pools: tuple[PoolSpec, ...], body: Body) -> Body:
    """Notes what comes too early: a pool used before it is created, a test ended that never began, a phase back.

    A step's ``when`` is taken to hold. Steps of a loop are looked at once, as in its first round.

    Returns:
        The body, unchanged.
    """
    known = {pool.id for pool in pools}
    there = {pool.id for pool in pools if pool.begins_full}
    on: set[tuple[Verb, str]] = set()
    phase = ""
    for verb in _verbs(body):
        where = Where(reader.name, verb.line, verb.column)
        for pool in _used(verb):
            if pool in known - there:
                done = _NEEDS.get(verb.verb, "routed to")
                reader.fault(where, f"the pool '{pool}' is {done} before it is created", f"- create: {{pool: {pool}}}")
                there.add(pool)  # once is enough
        if verb.verb is Verb.CREATE:
            there.add(verb.pool)
        if verb.verb in (Verb.TEST, Verb.MIRROR, Verb.MATCH) and verb.pool:
            if verb.off and (verb.verb, verb.pool) not in on:
                message = f"'{verb.verb}' of the pool '{verb.pool}' ends before it begins"
                reader.fault(where, message, f"begin it before: {verb.verb}: {{pool: {verb.pool}, …}}")
            (on.discard if verb.off else on.add)((verb.verb, verb.pool))
        if verb.verb is Verb.MIGRATE and verb.name:
            if verb.off:
                hint = "rollback: {do: [migrate: {phase: expand, off: true}]}"
                reader.fault(where, "a phase of the schema is undone in a rollback only", hint)
            elif phase and SCHEMA_PHASES.index(verb.name) < SCHEMA_PHASES.index(phase):
                hint = f"in this order: {', '.join(SCHEMA_PHASES)}"
                reader.fault(where, f"the schema goes back from '{phase}' to '{verb.name}'", hint)
            phase = verb.name
    return body


def _used(verb: VerbSpec) -> Iterator[str]:
    """Pools that must be there for a verb."""
    if verb.verb in _NEEDS and not verb.off:
        yield verb.pool
    for pool, weight in verb.weights:
        if weight.source != "0":
            yield pool


def _verbs(body: Body) -> Iterator[VerbSpec]:
    for part in body:
        for step in part.steps if isinstance(part, RepeatSpec) else (part,):
            yield from step.verbs
