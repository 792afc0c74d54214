"""The verbs of a step: each is a mapping of its own keys."""

from __future__ import annotations

import re

from drawdeploy.describe.fields import Fields
from drawdeploy.describe.reader import Reader
from drawdeploy.model import Expression, Phase, Verb, VerbSpec
from drawdeploy.source import MapNode, Node, ScalarNode
from drawdeploy.value import Value, replace

TIME_LIKE = re.compile(r"\s*[\d.]+\s*[a-zA-Z]+\s*$", re.ASCII)
"""What is meant as a time, be it right or wrong; all else is an expression."""

VALUES = ("service", "old", "new", "replicas")
"""What every text of a strategy may use; besides, its parameters and what ``let`` names."""

ATTRIBUTES = ("serving", "running", "ready", "standby", "planned", "size", "old", "new")
"""What an expression may ask of a pool."""

SERVICE = ("name", "replicas", "requests", "per_instance", "affinity", "database")
"""What an expression may ask of the service."""

KNOWN = ("environment", "placement", "sites", "site_number", "service")
"""What every expression may ask: the environment and placement by their names, how many sites take turns, which of them
it is, and the service."""

LOST = "lost"
"""Where weights send what nobody answers; no pool may be called so."""

SCHEMA_PHASES = ("expand", "dual-write", "switch", "contract")
RUNNING_PHASES = tuple(phase.value for phase in Phase if phase.running)

KEYS: dict[Verb, tuple[str, ...]] = {
    Verb.CREATE: ("pool", "count"),
    Verb.TEST: ("pool", "off"),
    Verb.ROUTE: ("weights",),
    Verb.STANDBY: ("pool", "count"),
    Verb.RESUME: ("pool", "count"),
    Verb.UPDATE: ("pool", "count"),
    Verb.OBSERVE: ("for",),
    Verb.REMOVE: ("pool", "count", "phase"),
    Verb.MIRROR: ("pool", "percent", "off"),
    Verb.MATCH: ("pool", "rule", "percent", "off"),
    Verb.FLAG: ("name", "percent"),
    Verb.BIND: ("service", "pool"),
    Verb.MIGRATE: ("phase", "for", "off"),
}
"""The keys of each verb."""

EXAMPLES = {
    Verb.CREATE: "create: {pool: new, count: 1}",
    Verb.TEST: "test: {pool: new}",
    Verb.ROUTE: "route: {weights: by-serving} or route: {weights: {new: 100}}",
    Verb.STANDBY: "standby: {pool: old, count: 1}",
    Verb.RESUME: "resume: {pool: old}",
    Verb.UPDATE: "update: {pool: app, count: 1}",
    Verb.OBSERVE: "observe: {for: 10m}",
    Verb.REMOVE: "remove: {pool: old, phase: standby}",
    Verb.MIRROR: "mirror: {pool: new, percent: 100}",
    Verb.MATCH: "match: {pool: new, rule: cookie group=b, percent: 5}",
    Verb.FLAG: "flag: {name: new-checkout, percent: 10}",
    Verb.BIND: "bind: {service: active, pool: green}",
    Verb.MIGRATE: "migrate: {phase: expand}",
}


class Scope(Value):
    """What a step may name.

    Attributes:
        pools: Pool ids.
        names: Values that expressions and texts may use, besides the pools: parameters, ``replicas``, what ``let``
            names.
    """

    pools: tuple[str, ...]
    names: tuple[str, ...]

    def with_name(self, name: str) -> Scope:
        """The scope with one more value."""
        return replace(self, names=(*self.names, name))

    @property
    def texts(self) -> tuple[str, ...]:
        """Values that texts may use."""
        return tuple(dict.fromkeys((*VALUES, *self.names)))

    def expression(self, reader: Reader, node: Node, what: str) -> Expression:
        """An expression over pools and values."""
        attributes = {**dict.fromkeys(self.pools, ATTRIBUTES), "service": SERVICE}
        return reader.expression(node, what, (*self.pools, *self.names, *KNOWN), attributes)

    def time(self, reader: Reader, node: Node, what: str) -> Expression | int:
        """A time (``10m``), or an expression that gives seconds."""
        if isinstance(node, ScalarNode) and not TIME_LIKE.match(node.text):
            return self.expression(reader, node, what)
        return reader.seconds(node, what)


def read_verb(reader: Reader, scope: Scope, item: Node) -> VerbSpec | None:
    """One item of ``do``; ``None`` if no verb can be made out."""
    if not isinstance(item, MapNode) or len(item.entries) != 1:
        reader.fault(item, "an item of 'do' is one verb", "- create: {pool: new, count: n}")
        return None
    key, node = item.entries[0]
    name = reader.choice(key, "verb", [verb.value for verb in Verb])
    if not name:
        return None
    verb = Verb(name)
    if not isinstance(node, MapNode):
        reader.fault(node, f"'{name}' must be a mapping", EXAMPLES[verb])
        return None
    fields = Fields(reader, node)
    spec = _spec(verb, fields, scope)
    fields.done(f"'{name}'")
    return replace(spec, line=key.where.line, column=key.where.column)


def _spec(verb: Verb, fields: Fields, scope: Scope) -> VerbSpec:
    reader, keys = fields.reader, KEYS[verb]
    off = fields.read("off", reader.boolean, False) if "off" in keys else False
    spec = VerbSpec(verb, off=off)
    if "pool" in keys and fields.need("pool"):
        spec = replace(spec, pool=reader.choice(fields.node("pool"), "pool", scope.pools))
    if "count" in keys and fields.has("count"):
        spec = replace(spec, count=scope.expression(reader, fields.node("count"), "'count'"))
    if verb is Verb.REMOVE and fields.has("phase"):
        spec = replace(spec, phase=reader.choice(fields.node("phase"), "phase", RUNNING_PHASES))
    if verb is Verb.MIGRATE and fields.need("phase"):
        spec = replace(spec, name=reader.choice(fields.node("phase"), "phase of a schema", SCHEMA_PHASES))
    if "for" in keys and (fields.need("for") if verb is Verb.OBSERVE else fields.has("for")):
        spec = replace(spec, seconds=scope.time(reader, fields.node("for"), "'for'"))
    if "weights" in keys and fields.need("weights"):
        weights = _weights(reader, fields.node("weights"), scope)
        spec = replace(spec, weights=weights, by_serving=not weights)
    return _named(verb, fields, scope, spec)


def _named(verb: Verb, fields: Fields, scope: Scope, spec: VerbSpec) -> VerbSpec:
    """The keys of the verbs that go by a name, a rule or a percentage."""
    reader, keys = fields.reader, KEYS[verb]
    needed = not spec.off and verb is not Verb.MIRROR  # what ends needs no more, and a mirror copies all by itself
    if "percent" in keys and (fields.need("percent") if needed else fields.has("percent")):
        spec = replace(spec, percent=_percent(reader, fields.node("percent"), scope, "'percent'"))
    if "rule" in keys and (fields.need("rule") if needed else fields.has("rule")):
        spec = replace(spec, rule=_short(reader, fields.node("rule"), "'rule'"))
    for key in ("name", "service"):
        if key in keys:
            spec = replace(spec, name=fields.must(key, reader.slug, ""))
    return spec


def _short(reader: Reader, node: Node, what: str) -> str:
    """A text short enough to stand on a route, the same in every language."""
    text = reader.text(node, what, (), 40)
    return text.en


def _percent(reader: Reader, node: Node, scope: Scope, what: str) -> Expression:
    """A percentage: a number from 0 to 100, or an expression."""
    expression = scope.expression(reader, node, what)
    if expression.source.isdecimal() and int(expression.source) > 100:
        reader.fault(node, f"{what} is {expression.source[:20]}", "a percentage, from 0 to 100")
    return expression


def _weights(reader: Reader, node: Node, scope: Scope) -> tuple[tuple[str, Expression], ...]:
    """Percentages by pool; none for ``by-serving``."""
    if isinstance(node, ScalarNode):
        reader.choice(node, "way to weigh", ["by-serving"])
        return ()
    if not isinstance(node, MapNode) or not node.entries:
        reader.fault(node, "'weights' is 'by-serving', or percentages by pool", EXAMPLES[Verb.ROUTE])
        return ()
    weights = tuple(
        (
            reader.choice(key, "pool", (*scope.pools, LOST)),
            scope.expression(reader, value, f"the weight of '{key.text[:40]}'"),
        )
        for key, value in node.entries
    )
    numbers = [int(weight.source) for _, weight in weights if weight.source.isdecimal()]
    if len(numbers) == len(weights) and sum(numbers) != 100:
        hint = "a pool that is not named gets 0; what nobody answers is 'lost'"
        reader.fault(node, f"the weights add up to {sum(numbers)}, not to 100", hint)
    return weights
