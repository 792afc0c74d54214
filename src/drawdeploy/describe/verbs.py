"""The verbs of a step: each is a mapping of its own keys."""

from __future__ import annotations

from drawdeploy.describe.fields import Fields
from drawdeploy.describe.reader import Reader
from drawdeploy.model import Expression, Phase, Verb, VerbSpec
from drawdeploy.source import MapNode, Node, ScalarNode
from drawdeploy.value import Value, replace

VALUES = ("service", "old", "new", "replicas")
"""What every text of a strategy may use; besides, its parameters and what ``let`` names."""

ATTRIBUTES = ("serving", "running", "ready", "standby", "planned", "size")
"""What an expression may ask of a pool."""

_PHASES = tuple(phase.value for phase in Phase if phase.running)

_KEYS: dict[Verb, tuple[str, ...]] = {
    Verb.CREATE: ("pool", "count"),
    Verb.TEST: ("pool", "off"),
    Verb.ROUTE: ("weights",),
    Verb.STANDBY: ("pool", "count"),
    Verb.RESUME: ("pool", "count"),
    Verb.OBSERVE: ("for",),
    Verb.REMOVE: ("pool", "count", "phase"),
}
"""The verbs of this release, and the keys of each."""

_EXAMPLES = {
    Verb.CREATE: "create: {pool: new, count: 1}",
    Verb.TEST: "test: {pool: new}",
    Verb.ROUTE: "route: {weights: by-serving} or route: {weights: {new: 100}}",
    Verb.STANDBY: "standby: {pool: old, count: 1}",
    Verb.RESUME: "resume: {pool: old}",
    Verb.OBSERVE: "observe: {for: 10m}",
    Verb.REMOVE: "remove: {pool: old, phase: standby}",
}


class Scope(Value):
    """What a step may name.

    Attributes:
        pools: Pool ids.
        names: Numbers that expressions may use, besides the pools: parameters, ``replicas``, what ``let`` names.
    """

    pools: tuple[str, ...]
    names: tuple[str, ...]

    def with_name(self, name: str) -> Scope:
        """The scope with one more number."""
        return replace(self, names=(*self.names, name))

    @property
    def texts(self) -> tuple[str, ...]:
        """Values that texts may use."""
        return tuple(dict.fromkeys((*VALUES, *self.names)))

    def expression(self, reader: Reader, node: Node, what: str) -> Expression:
        """An expression over pools and numbers."""
        return reader.expression(node, what, (*self.pools, *self.names), ATTRIBUTES)


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
    if verb not in _KEYS:
        reader.fault(key, f"the verb '{name}' is for a later release", f"this one knows {', '.join(_KEYS)}")
        return None
    if not isinstance(node, MapNode):
        reader.fault(node, f"'{name}' must be a mapping", _EXAMPLES[verb])
        return None
    fields = Fields(reader, node)
    spec = _spec(verb, fields, scope)
    fields.done(f"'{name}'")
    return replace(spec, line=key.where.line, column=key.where.column)


def _spec(verb: Verb, fields: Fields, scope: Scope) -> VerbSpec:
    reader, keys = fields.reader, _KEYS[verb]
    spec = VerbSpec(verb)
    if "pool" in keys and fields.need("pool"):
        spec = replace(spec, pool=reader.choice(fields.node("pool"), "pool", scope.pools))
    if "count" in keys and fields.has("count"):
        spec = replace(spec, count=scope.expression(reader, fields.node("count"), "'count'"))
    if "phase" in keys and fields.has("phase"):
        spec = replace(spec, phase=reader.choice(fields.node("phase"), "phase", _PHASES))
    if "for" in keys:
        spec = replace(spec, seconds=fields.must("for", reader.seconds, 0))
    if "off" in keys:
        spec = replace(spec, off=fields.read("off", reader.boolean, False))
    if "weights" in keys and fields.need("weights"):
        weights = _weights(reader, fields.node("weights"), scope)
        spec = replace(spec, weights=weights, by_serving=not weights)
    return spec


def _weights(reader: Reader, node: Node, scope: Scope) -> tuple[tuple[str, Expression], ...]:
    """Percentages by pool; none for ``by-serving``."""
    if isinstance(node, ScalarNode):
        reader.choice(node, "way to weigh", ["by-serving"])
        return ()
    if not isinstance(node, MapNode) or not node.entries:
        reader.fault(node, "'weights' is 'by-serving', or percentages by pool", _EXAMPLES[Verb.ROUTE])
        return ()
    weights = tuple(
        (
            reader.choice(key, "pool", scope.pools),
            scope.expression(reader, value, f"the weight of '{key.text[:40]}'"),
        )
        for key, value in node.entries
    )
    numbers = [int(weight.source) for _, weight in weights if weight.source.isdecimal()]
    if len(numbers) == len(weights) and sum(numbers) != 100:
        hint = "a pool that is not named gets 0"
        reader.fault(node, f"the weights add up to {sum(numbers)}, not to 100", hint)
    return weights
