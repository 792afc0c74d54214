"""YAML to a :class:`~drawdeploy.model.Strategy`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from drawdeploy.describe.fields import Fields, document
from drawdeploy.describe.parameters import read_parameter
from drawdeploy.describe.reader import Reader
from drawdeploy.describe.sequence import check_sequence
from drawdeploy.describe.verbs import KNOWN, LOST, VALUES, Scope, read_verb
from drawdeploy.model import (
    CheckKind,
    CheckSpec,
    Expression,
    PoolSpec,
    RepeatSpec,
    StepSpec,
    Strategy,
    Text,
    Verb,
    VerbSpec,
)
from drawdeploy.source import ListNode, MapNode, Node, ScalarNode
from drawdeploy.words import LANGUAGES, Words

ACTORS = ("pipeline", "registry", "tester", "monitoring", "operator")
"""The actors that environments usually have."""

MAX_POOLS, MAX_STEPS, MAX_PARAMETERS = 8, 40, 8
_REVISIONS = ("old", "new")
ORDERS = ("in-turn", "together")
_CHECKS = {"auto": (CheckKind.AUTOMATIC, "monitoring"), "manual": (CheckKind.MANUAL, "tester")}
_LIKE = {"parameters": "{type: count, default: 1, help: …}", "pools": "{revision: new}"}
_NO_TEXT = Text("", "")


def read_strategy(text: str, name: str, reserved: Iterable[str] = (), which: str = "") -> Strategy:
    """A strategy from its description.

    Args:
        text: YAML.
        name: Name of the file, for faults.
        reserved: Names that it may not have.
        which: Its name, if the text describes several.

    Raises:
        DrawDeployError: All faults of the description, each with its position.
    """
    reader = Reader(text, name)
    fields = document(reader, "Strategy", which)
    ident = fields.must("name", reader.slug, "")
    if ident in reserved:
        reader.fault(fields.node("name"), f"'{ident}' is a command of drawdeploy", "give the strategy another name")
    parameters = tuple(read_parameter(*one) for one in _named(fields, "parameters", MAX_PARAMETERS))
    pools = tuple(_pool(one) for one in _named(fields, "pools", MAX_POOLS, needed=True))
    if pools and not any(pool.begins_full for pool in pools):
        reader.fault(fields.node("pools"), "no pool holds the running instances", "one of them has 'begin: all'")
    names = ("replicas", *(parameter.id for parameter in parameters))
    _check_taken(fields, names)
    steps = _Steps(reader, Scope(tuple(pool.id for pool in pools), names))
    fields.read("onProblem", lambda node, _: reader.choice(node, "answer to a problem", ["rollback"]), "rollback")
    strategy = Strategy(
        id=ident,
        title=fields.title("title"),
        summary=fields.must("summary", reader.text, _NO_TEXT),
        parameters=parameters,
        pools=pools,
        body=check_sequence(reader, pools, steps.body(fields)),
        placement=fields.read("placement", reader.slug, ""),
        cites=tuple(reader.string(node, "a citation") for node in fields.items("cites")),
        source=name,
        together=fields.read("sites", lambda node, _: reader.choice(node, "order of sites", ORDERS), ORDERS[0])
        == ORDERS[1],
    )
    fields.done("the strategy")
    reader.finish()
    return strategy


def _named(fields: Fields, key: str, most: int, *, needed: bool = False) -> list[tuple[str, ScalarNode, Fields]]:
    """The entries of a mapping whose keys are names that the author chose."""
    reader, found = fields.reader, []
    mapping = fields.mapping(key, needed=needed)
    for name, node in mapping.entries() if mapping else ():
        ident = reader.name_of(name, f"a name in '{key}'")
        if isinstance(node, MapNode):
            found.append((ident, name, Fields(reader, node)))
        else:
            reader.fault(node, f"'{name.text[:60]}' in '{key}' must be a mapping", _LIKE.get(key, "{…: …}"))
    if len(found) > most:
        reader.fault(found[most][1], f"more than {most} in '{key}'", "take some out")
    return found


def _check_taken(fields: Fields, names: tuple[str, ...]) -> None:
    """Pools and values share the names of expressions; parameters and values those of texts."""
    for key, taken in (("pools", (*names, *KNOWN, LOST)), ("parameters", (*VALUES, *KNOWN))):
        mapping = fields.mapping(key) if isinstance(fields.get(key), MapNode) else None
        for name, _ in mapping.entries() if mapping else ():
            if name.text in taken:
                fields.reader.fault(name, f"the name '{name.text}' is taken", "choose another")


def _pool(one: tuple[str, ScalarNode, Fields]) -> PoolSpec:
    ident, _, fields = one
    reader = fields.reader
    revision = reader.choice(fields.node("revision"), "revision", _REVISIONS) if fields.need("revision") else ""
    begin = fields.read("begin", lambda node, _: reader.choice(node, "beginning", ["all", "none"]), "none")
    pool = PoolSpec(ident, fields.read("role", reader.name_of, ident), revision, begin == "all")
    fields.done("a pool")
    return pool


class _Steps:
    """Reads the steps, knowing what they may name."""

    def __init__(self, reader: Reader, scope: Scope) -> None:
        self._reader = reader
        self._scope = scope
        self._seen: dict[str, int] = {}

    def body(self, fields: Fields) -> tuple[StepSpec | RepeatSpec, ...]:
        """The steps and loops of a strategy, in the order written."""
        body: list[StepSpec | RepeatSpec] = []
        for key in fields.written:
            if key == "repeat" and (repeat := fields.mapping("repeat")):
                body.append(self._repeat(repeat))
            for item in fields.mappings("steps", needed=True) if key == "steps" else ():
                if item.has("repeat"):
                    if repeat := item.mapping("repeat"):
                        body.append(self._repeat(repeat))
                    item.done("a loop")
                else:
                    body.append(self._step(item))
        if not fields.has("steps") and not fields.has("repeat"):
            self._reader.fault(fields.where, "there are no steps", "describe them under 'steps' or 'repeat'")
        if len(self._seen) > MAX_STEPS:
            self._reader.fault(fields.where, f"more than {MAX_STEPS} steps", "'repeat' makes rounds of a few")
        return tuple(body)

    def _repeat(self, fields: Fields) -> RepeatSpec:
        reader, outside = self._reader, self._scope
        until, each = None, None
        if fields.has("each") == fields.has("until"):
            reader.fault(
                fields.where, "a loop has either 'until' or 'each'", "until: old.running == 0, or each: {w: weights}"
            )
        if fields.has("until"):
            until = outside.expression(reader, fields.node("until"), "'until'")
        if mapping := fields.mapping("each"):
            entries = list(mapping.entries())
            if len(entries) != 1:
                reader.fault(fields.node("each"), "'each' gives one name to the values of one list", "{w: weights}")
            for key, node in entries[:1]:
                each = (self._name(key, "'each'"), self._list(node, outside))
        let: list[tuple[str, Expression]] = []
        mapping = fields.mapping("let")
        for key, node in mapping.entries() if mapping else ():
            expression = self._scope.expression(reader, node, f"'{key.text[:40]}'")
            let.append((self._name(key, "'let'"), expression))
        steps = tuple(self._step(item) for item in fields.mappings("steps", needed=True))
        self._scope = outside
        fields.done("a loop")
        return RepeatSpec(until, tuple(let), steps, each, fields.where.line, fields.where.column)

    def _name(self, key: ScalarNode, where: str) -> str:
        """A name for a value of a loop, known from here on."""
        ident = self._reader.name_of(key, f"a name in {where}")
        if ident in (*self._scope.pools, *self._scope.names, *VALUES, *KNOWN):
            self._reader.fault(key, f"the name '{ident}' is taken", "choose another")
        self._scope = self._scope.with_name(ident)
        return ident

    def _list(self, node: Node, scope: Scope) -> Expression:
        """The values of a loop: an expression that gives a list, or the list itself."""
        if not isinstance(node, ListNode):
            return scope.expression(self._reader, node, "the list of 'each'")
        numbers = tuple(
            item.value for item in node.items if isinstance(item, ScalarNode) and isinstance(item.value, int)
        )
        if len(numbers) < len(node.items) or not numbers:
            self._reader.fault(node, "the list of 'each' holds whole numbers", "[10, 50]")
        return Expression(str(list(numbers)), partial(_always, numbers))

    def _step(self, fields: Fields) -> StepSpec:
        reader = self._reader
        ident = fields.must("id", reader.slug, "")
        if ident in self._seen and ident:
            reader.fault(
                fields.node("id"), f"the step '{ident}' is there twice", f"the first is in line {self._seen[ident]}"
            )
        self._seen.setdefault(ident or f"step {len(self._seen)}", fields.where.line)
        verbs = self._verbs(fields, "do")
        rollback, undo = self._rollback(fields)
        step = StepSpec(
            id=ident,
            title=fields.title("title", self._scope.texts),
            text=fields.must("text", reader.text, _NO_TEXT, self._scope.texts),
            who=self._who(fields, verbs),
            verbs=verbs,
            checks=tuple(check for item in fields.mappings("checks") if (check := self._check(item))),
            rollback=rollback,
            undo=undo,
            irreversible=fields.read("irreversible", reader.text, None, self._scope.texts),
            when=self._scope.expression(reader, fields.node("when"), "'when'") if fields.has("when") else None,
        )
        if step.irreversible and (step.rollback or step.undo):
            reader.fault(fields.node("irreversible"), "what is irreversible has no rollback", "leave one of them out")
        fields.done("a step")
        return step

    def _verbs(self, fields: Fields, key: str) -> tuple[VerbSpec, ...]:
        items = fields.items(key, needed=True)
        return tuple(verb for item in items if (verb := read_verb(self._reader, self._scope, item)))

    def _rollback(self, fields: Fields) -> tuple[Text | None, tuple[VerbSpec, ...]]:
        """The author's own words about the way back, and own moves."""
        node = fields.node("rollback") if fields.has("rollback") else None
        if not isinstance(node, MapNode) or (node.get("do") is None and node.get("text") is None):
            return fields.read("rollback", self._reader.text, None, self._scope.texts), ()
        own = Fields(self._reader, node)
        text = own.read("text", self._reader.text, None, self._scope.texts)
        verbs = self._verbs(own, "do") if own.has("do") else ()
        own.done("'rollback'")
        return text, verbs

    # --- who, checks -------------------------------------------------------------------------------------------------

    def _actor(self, node: Node) -> str:
        """An actor's id. Environments may have actors of their own, so only what looks like a slip is a fault."""
        ident = self._reader.slug(node, "an actor")
        if ident and ident not in ACTORS:
            from difflib import get_close_matches  # here: only other names need it

            if get_close_matches(ident, ACTORS, n=1, cutoff=0.75):
                self._reader.unknown(node, "actor", ident, ACTORS)
        return ident

    def _who(self, fields: Fields, verbs: tuple[VerbSpec, ...]) -> tuple[tuple[str, Text], ...]:
        if not fields.has("who"):
            return ()
        node = fields.node("who")
        if isinstance(node, MapNode):
            return tuple(
                (self._actor(key), self._reader.title(text, f"what the {key.text[:40]} does", self._scope.texts))
                for key, text in node.entries
            )
        nodes = node.items if isinstance(node, ListNode) else (node,)
        return tuple((self._actor(one), _act(verbs)) for one in nodes)

    def _check(self, fields: Fields) -> CheckSpec | None:
        kinds = [key for key in _CHECKS if fields.has(key)]
        if len(kinds) != 1:
            self._reader.fault(fields.where, "a check is either 'auto' or 'manual'", "- auto: 5xx below 1 %")
            return None
        kind, usual = _CHECKS[kinds[0]]
        reader, texts = self._reader, self._scope.texts
        check = CheckSpec(
            kind=kind,
            who=fields.read("who", lambda node, _: self._actor(node), usual),
            text=reader.title(fields.node(kinds[0]), "a check", texts),
            seconds=self._scope.time(reader, fields.node("for"), "'for'") if fields.has("for") else 0,
            success=fields.read("success", reader.title, None, texts),
            failure=fields.read("failure", reader.title, None, texts),
        )
        fields.done("a check")
        return check


def _act(verbs: tuple[VerbSpec, ...]) -> Text:
    """What somebody does whose author did not say it: the first verb that does not end something."""
    verb = next((one.verb for one in verbs if not one.off), Verb.OBSERVE)
    return Text(*(Words(lang).get(f"common.act.{verb.value}") for lang in LANGUAGES))


def _always(numbers: tuple[int, ...], _: object) -> tuple[int, ...]:
    """A list that depends on nothing; no lambda, so that a strategy can be sent to another process."""
    return numbers
