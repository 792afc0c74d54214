"""JSON Schema of our own YAML, for editors: made from the same lists that descriptions are read by.

A schema tells which keys there are and what kind of value each has. What names mean, and whether the steps are
possible, shows when a description is read.
"""

from __future__ import annotations

from typing import Any

from drawdeploy.describe.fields import API_VERSION
from drawdeploy.describe.parameters import MAX_CHOICES
from drawdeploy.describe.service import MAX_REPLICAS, MAX_REQUESTS, NAME_LIMIT, REVISION_LIMIT
from drawdeploy.describe.sites import OPTIONS
from drawdeploy.describe.strategy import MAX_PARAMETERS, MAX_POOLS, MAX_STEPS, ORDERS
from drawdeploy.describe.things import ABILITIES, SITE_KINDS
from drawdeploy.describe.verbs import EXAMPLES, KEYS, LOST, RUNNING_PHASES, SCHEMA_PHASES
from drawdeploy.model import NodeKind, ParameterKind, Verb

Json = dict[str, Any]

_SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"
_NAME = "^[a-z][a-z0-9_]*$"
_TIME = "^[0-9]{1,7}[smhd]$"
_EDITOR = "Read by editors: https://json-schema.org. `drawdeploy schema {kind}` prints it."

_NEEDED: dict[Verb, tuple[str, ...]] = {
    Verb.ROUTE: ("weights",),
    Verb.OBSERVE: ("for",),
    Verb.FLAG: ("name", "percent"),
    Verb.BIND: ("service", "pool"),
    Verb.MIGRATE: ("phase",),
}
"""Keys that a verb cannot do without; all others need their pool."""


def schema(kind: str) -> Json:
    """The JSON Schema (draft 2020-12) of one kind of description, as plain values."""
    made = {"strategy": _strategy, "environment": _environment, "service": _service, "site": _site}[kind]()
    title = kind.capitalize()
    head = {"apiVersion": {"const": API_VERSION}, "kind": {"const": title}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"drawdeploy: {title}",
        "description": _EDITOR.format(kind=kind),
        **made,
        "required": ["apiVersion", "kind", *made["required"]],
        "properties": {**head, **made["properties"]},
        "$defs": _definitions(kind),
    }


def _definitions(kind: str) -> Json:
    """What several parts use; only what this kind refers to."""
    every: Json = {
        "slug": {"type": "string", "pattern": _SLUG, "maxLength": 40},
        "name": {"type": "string", "pattern": _NAME, "maxLength": 40},
        "plain": {"type": ["string", "number"]},
        "text": {
            "description": "One text for both languages, or one each.",
            "anyOf": [{"$ref": "#/$defs/plain"}, _mapping({"en": _ref("plain"), "ko": _ref("plain")}, "en", "ko")],
        },
        "time": {"type": "string", "pattern": _TIME, "examples": ["30s", "10m", "1h"]},
        "expression": {"description": "A number or an expression.", "type": ["string", "number", "boolean"]},
        "wait": {"description": "A time (10m), or an expression of seconds.", "type": ["string", "integer"]},
        "step": _step(),
        "loop": _loop(),
        "steps": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [_ref("step"), _mapping({"repeat": _ref("loop")}, "repeat")]},
        },
        "verbs": {"type": "array", "minItems": 1, "items": {"anyOf": [_verb(verb) for verb in Verb]}},
        "node": _node(kind),
        "icon": {"type": "string", "examples": ["aws.compute.EC2", "./own.png"]},
        "capacity": {"type": ["string", "integer"], "examples": [4, "replicas + 1", "elastic"]},
        "actor": _mapping({"id": _ref("slug"), "title": _ref("text"), "icon": _ref("icon")}, "id", "title", "icon"),
        "zone": _mapping({"id": _ref("slug"), "title": _ref("text")}, "id", "title"),
        "times": _mapping({"start": _ref("time"), "stop": _ref("time")}),
    }
    of = {
        "strategy": ("slug", "name", "plain", "text", "expression", "wait", "step", "loop", "steps", "verbs"),
        "environment": ("slug", "plain", "text", "time", "node", "icon", "capacity", "actor", "zone", "times"),
        "site": ("slug", "plain", "text", "time", "node", "icon", "capacity", "actor", "zone", "times"),
        "service": ("slug", "plain", "time"),
    }
    return {name: every[name] for name in of[kind]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def _mapping(properties: Json, *required: str) -> Json:
    made: Json = {"type": "object", "additionalProperties": False}
    return {**made, **({"required": list(required)} if required else {}), "properties": properties}


def _named(values: Json, most: int) -> Json:
    return {"type": "object", "maxProperties": most, "propertyNames": _ref("name"), "additionalProperties": values}


def _list(items: Json, least: int = 0) -> Json:
    return {"type": "array", **({"minItems": least} if least else {}), "items": items}


# --- strategies ------------------------------------------------------------------------------------------------------


def _strategy() -> Json:
    made = _mapping(
        {
            "name": _ref("slug"),
            "title": _ref("text"),
            "summary": _ref("text"),
            "cites": _list({"type": "string"}),
            "placement": _ref("slug"),
            "sites": {"enum": list(ORDERS)},
            "parameters": {
                "type": "object",
                "maxProperties": MAX_PARAMETERS,
                "propertyNames": {"pattern": "^[a-z][a-z0-9]*$"},
                "additionalProperties": _parameter(),
            },
            "pools": _named(
                _mapping(
                    {"revision": {"enum": ["old", "new"]}, "begin": {"enum": ["all", "none"]}, "role": _ref("name")},
                    "revision",
                ),
                MAX_POOLS,
            ),
            "onProblem": {"enum": ["rollback"]},
            "repeat": _ref("loop"),
            "steps": {**_ref("steps"), "maxItems": MAX_STEPS},
        },
        "name",
        "title",
        "summary",
        "pools",
    )
    return {**made, "anyOf": [{"required": ["steps"]}, {"required": ["repeat"]}]}


def _parameter() -> Json:
    return _mapping(
        {
            "type": {"enum": [kind.value for kind in ParameterKind]},
            "default": {"type": ["string", "integer", "array"], "items": {"type": ["string", "integer"]}},
            "title": _ref("text"),
            "help": _ref("text"),
            "min": {"type": ["integer", "string"]},
            "max": {"type": ["integer", "string"]},
            "of": {"enum": ["replicas"]},
            "round": {"enum": ["up", "down"]},
            "choices": {**_list(_ref("slug"), 1), "maxItems": MAX_CHOICES},
        },
        "type",
        "default",
        "help",
    )


def _loop() -> Json:
    made = _mapping(
        {
            "until": _ref("expression"),
            "each": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "propertyNames": _ref("name"),
                "additionalProperties": {"anyOf": [_ref("expression"), _list({"type": "integer"}, 1)]},
            },
            "let": {"type": "object", "propertyNames": _ref("name"), "additionalProperties": _ref("expression")},
            "steps": _list(_ref("step"), 1),
        },
        "steps",
    )
    return {**made, "oneOf": [{"required": ["until"]}, {"required": ["each"]}]}


def _step() -> Json:
    who = {"type": "object", "propertyNames": _ref("slug"), "additionalProperties": _ref("text")}
    return _mapping(
        {
            "id": _ref("slug"),
            "title": _ref("text"),
            "text": _ref("text"),
            "when": _ref("expression"),
            "who": {"anyOf": [_ref("slug"), _list(_ref("slug")), who]},
            "do": _ref("verbs"),
            "checks": _list(_check()),
            "rollback": {"anyOf": [_ref("text"), _mapping({"text": _ref("text"), "do": _ref("verbs")})]},
            "irreversible": _ref("text"),
        },
        "id",
        "title",
        "text",
        "do",
    )


def _check() -> Json:
    texts = ("auto", "manual", "success", "failure")
    made = _mapping({**{key: _ref("text") for key in texts}, "who": _ref("slug"), "for": _ref("wait")})
    return {**made, "oneOf": [{"required": ["auto"]}, {"required": ["manual"]}]}


def _verb(verb: Verb) -> Json:
    """One item of ``do``."""
    weights = {"type": "object", "minProperties": 1, "additionalProperties": _ref("expression")}
    values: Json = {
        "pool": _ref("name"),
        "count": _ref("expression"),
        "off": {"type": "boolean"},
        "weights": {
            "description": f"Percents by pool that add up to 100; '{LOST}' is what nobody answers.",
            "anyOf": [{"const": "by-serving"}, weights],
        },
        "for": _ref("wait"),
        "phase": {"enum": list(SCHEMA_PHASES if verb is Verb.MIGRATE else RUNNING_PHASES)},
        "percent": _ref("expression"),
        "rule": _ref("plain"),
        "name": _ref("slug"),
        "service": _ref("slug"),
    }
    needed = _NEEDED.get(verb, ("pool",))
    inner = _mapping({key: values[key] for key in KEYS[verb]}, *needed)
    return {"description": EXAMPLES[verb], **_mapping({verb.value: inner}, verb.value)}


# --- environments and sites ------------------------------------------------------------------------------------------


def _node(kind: str) -> Json:
    own: Json = {"site": _ref("slug"), "of": _ref("slug")} if kind == "environment" else {}
    return _mapping(
        {
            "id": _ref("slug"),
            "kind": {"enum": [one.value for one in NodeKind]},
            "title": _ref("text"),
            "icon": _ref("icon"),
            "switch": _ref("time"),
            "can": _list({"enum": list(ABILITIES)}),
            "zone": _ref("slug"),
            **own,
        },
        "id",
        "kind",
        *(() if own else ("title", "icon")),
    )


def _environment() -> Json:
    option = {**_mapping({name: {"type": "string"} for name in OPTIONS}), "minProperties": 1, "maxProperties": 1}
    site = _mapping(
        {
            "id": _ref("slug"),
            "use": {"anyOf": [{"type": "string"}, option]},
            "kind": {"enum": list(SITE_KINDS)},
            "title": _ref("text"),
            "subtitle": _ref("text"),
            "compute": _ref("icon"),
            "capacity": _ref("capacity"),
            "router": _ref("slug"),
            "store": _ref("slug"),
            "provider": _ref("plain"),
        },
        "id",
    )
    needed = {"required": ["kind", "title", "compute", "router"]}
    site = {**site, "anyOf": [{"required": ["use"]}, needed]}
    link = _mapping({key: _ref("slug") for key in ("id", "of", "from", "to")}, "id", "from", "to")
    link["properties"] |= {"title": _ref("text"), "icon": _ref("icon")}
    both = _mapping({"old": _ref("slug"), "new": _ref("slug")}, "old", "new")
    placement = _mapping(
        {
            "id": _ref("slug"),
            "title": _ref("text"),
            "rounds": _list({"anyOf": [_ref("slug"), both]}, 1),
            "split": _list(_ref("slug")),
        },
        "id",
        "title",
        "rounds",
    )
    return _mapping(
        {
            "name": _ref("slug"),
            "title": _ref("text"),
            "summary": _ref("text"),
            "times": _ref("times"),
            "sites": _list(site, 1),
            "zones": _list(_ref("zone")),
            "nodes": _list(_ref("node")),
            "entry": _list(_ref("slug"), 1),
            "links": _list(link),
            "actors": _list(_ref("actor")),
            "placements": _list(placement, 1),
            "advice": _list(_ref("text")),
        },
        "name",
        "title",
        "summary",
        "sites",
        "entry",
        "placements",
    )


def _site() -> Json:
    return _mapping(
        {
            "name": _ref("slug"),
            "place": {"enum": sorted(OPTIONS.values())},
            "provider": _ref("plain"),
            "title": _ref("text"),
            "subtitle": _ref("text"),
            "compute": _ref("icon"),
            "capacity": _ref("capacity"),
            "times": _ref("times"),
            "zones": _list(_ref("zone")),
            "nodes": _list(_ref("node"), 1),
            "link": _mapping({"title": _ref("text"), "icon": _ref("icon")}),
            "actors": _list(_ref("actor")),
            "advice": _list(_ref("text")),
        },
        "name",
        "place",
        "title",
        "compute",
        "nodes",
    )


# --- services --------------------------------------------------------------------------------------------------------


def _service() -> Json:
    count = {"type": "integer", "minimum": 0, "maximum": MAX_REPLICAS}
    requests = {"type": "integer", "minimum": 1, "maximum": MAX_REQUESTS}
    return _mapping(
        {
            "name": {**_ref("plain"), "maxLength": NAME_LIMIT},
            "old": {**_ref("plain"), "maxLength": REVISION_LIMIT},
            "new": {**_ref("plain"), "maxLength": REVISION_LIMIT},
            "replicas": {**count, "minimum": 1},
            "counts": {"type": "object", "propertyNames": _ref("slug"), "additionalProperties": count},
            "start": _ref("time"),
            "requests": requests,
            "perInstance": requests,
            "affinity": {"type": "boolean"},
            "database": {"type": "boolean"},
        },
        "name",
    )


def dumps(kind: str) -> str:
    """The same as text, ending in a newline."""
    import json  # here: only this needs it

    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"
