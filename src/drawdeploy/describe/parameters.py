"""The parameters of a strategy: options of the command line, with bounds."""

from __future__ import annotations

import re
from itertools import pairwise

from drawdeploy.describe.fields import Fields
from drawdeploy.describe.reader import Reader
from drawdeploy.model import Parameter, ParameterKind, Text
from drawdeploy.source import ListNode, Node, ScalarNode

_NO_TEXT = Text("", "")
_BOUNDED = frozenset({ParameterKind.COUNT, ParameterKind.COUNT_OR_PERCENT, ParameterKind.PERCENT, ParameterKind.STEPS})
_OF_REPLICAS = frozenset({ParameterKind.COUNT_OR_PERCENT, ParameterKind.STEPS})
MAX_CHOICES = 12

TYPES: dict[ParameterKind, str] = {
    ParameterKind.COUNT: "1",
    ParameterKind.COUNT_OR_PERCENT: "1 or 25%",
    ParameterKind.PERCENT: "10",
    ParameterKind.STEPS: "10, 50",
    ParameterKind.DURATION: "10m",
    ParameterKind.CHOICE: "one of 'choices'",
}
"""How a value of each type is written."""


_BETWEEN = re.compile(r"[,\s]+")
_WRITTEN = {
    ParameterKind.COUNT: re.compile(r"\d{1,9}", re.ASCII),
    ParameterKind.COUNT_OR_PERCENT: re.compile(r"\d{1,9}%?", re.ASCII),
    ParameterKind.PERCENT: re.compile(r"\d{1,3}%?", re.ASCII),
    ParameterKind.STEPS: re.compile(r"\d{1,9}%?([,\s]+\d{1,9}%?)*", re.ASCII),
}
_WHAT = {
    ParameterKind.COUNT: "not a number",
    ParameterKind.COUNT_OR_PERCENT: "neither a number nor a percentage",
    ParameterKind.PERCENT: "not a percentage",
    ParameterKind.STEPS: "no list of numbers",
}


def read_parameter(ident: str, key: ScalarNode, fields: Fields) -> Parameter:
    """One parameter; its default must be a value that users could give."""
    reader = fields.reader
    if "_" in ident:  # it is an option of the command line too
        reader.fault(key, f"the parameter '{ident}' has a '_' in its name", "letters and digits only: 'batch'")
    known = [kind.value for kind in ParameterKind]
    kind = ParameterKind.COUNT
    if fields.need("type"):
        kind = ParameterKind(reader.choice(fields.node("type"), "type", known) or kind)
    parameter = Parameter(
        id=ident,
        kind=kind,
        default=_default(fields, kind),
        help=fields.must("help", reader.text, _NO_TEXT),
        minimum=_bound(fields, kind, "min"),
        maximum=_bound(fields, kind, "max"),
        choices=_choices(fields) if kind is ParameterKind.CHOICE else (),
        of=_of(fields, kind),
        rounds=_rounds(fields, kind),
        title=fields.read("title", reader.text, None),
    )
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None and low > high:
        reader.fault(fields.node("max"), f"the most ({high}) is less than the least ({low})", "swap 'min' and 'max'")
    _check_default(fields, parameter)
    fields.done(f"a parameter of type '{kind}'")
    return parameter


def _default(fields: Fields, kind: ParameterKind) -> str:
    """The default as users would write it; several may be a list."""
    reader = fields.reader
    if not fields.need("default"):
        return ""
    node = fields.node("default")
    if isinstance(node, ListNode) and kind is ParameterKind.STEPS:
        default = ", ".join(reader.string(item, "a step") for item in node.items)
    else:
        default = reader.string(node, "'default'")
    if default and kind in _WRITTEN and not _WRITTEN[kind].fullmatch(default):
        reader.fault(node, f"the default '{default[:60]}' is {_WHAT[kind]}", f"such as {TYPES[kind]}")
        return ""
    return default


def _check_default(fields: Fields, parameter: Parameter) -> None:
    """Whether the default keeps to what users have to keep to."""
    reader, default, kind = fields.reader, parameter.default, parameter.kind
    if not default:
        return
    node = fields.node("default")
    if kind is ParameterKind.CHOICE:
        if parameter.choices and default not in parameter.choices:
            reader.unknown(node, "choice", default, parameter.choices)
        return
    if kind is ParameterKind.DURATION:
        numbers = [reader.seconds(node, "'default'")]
    else:
        percents = kind is ParameterKind.PERCENT or (kind is ParameterKind.STEPS and not parameter.of)
        parts = [part for part in _BETWEEN.split(default) if percents or not part.endswith("%")]
        numbers = [int(part.removesuffix("%")) for part in parts]
        if percents and max(numbers, default=0) > 100:
            reader.fault(node, f"the default {default[:60]} is more than 100 percent", "a percentage")
    low, high = parameter.minimum, parameter.maximum
    if low is not None and min(numbers, default=low) < low:
        reader.fault(node, f"the default {default[:60]} is less than the least ({low})", "raise it, or lower 'min'")
    if high is not None and max(numbers, default=high) > high:
        reader.fault(node, f"the default {default[:60]} is more than the most ({high})", "lower it, or raise 'max'")
    if any(later <= step for step, later in pairwise(numbers)):
        reader.fault(node, f"the default {default[:60]} does not rise from step to step", "in order: 10, 50")


def _of(fields: Fields, kind: ParameterKind) -> str:
    reader = fields.reader
    if kind not in _OF_REPLICAS:
        return ""
    usual = "replicas" if kind is ParameterKind.COUNT_OR_PERCENT else ""
    return fields.read("of", lambda node, _: reader.choice(node, "whole of a percentage", ["replicas"]), usual)


def _rounds(fields: Fields, kind: ParameterKind) -> str:
    reader = fields.reader
    if kind is not ParameterKind.COUNT_OR_PERCENT:
        return "up"
    return fields.read("round", lambda node, _: reader.choice(node, "way to round", ["up", "down"]), "up")


def _bound(fields: Fields, kind: ParameterKind, key: str) -> int | None:
    """The least or the most: a number, or a time for times."""
    reader = fields.reader
    if kind is ParameterKind.DURATION:
        return fields.read(key, reader.seconds, None)
    return fields.read(key, _whole, None, fields.reader) if kind in _BOUNDED else None


def _whole(node: Node, what: str, reader: Reader) -> int | None:
    value = node.value if isinstance(node, ScalarNode) else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
        return value
    reader.fault(node, f"{what} must be a whole number", "for example 1")
    return None


def _choices(fields: Fields) -> tuple[str, ...]:
    reader = fields.reader
    found = [reader.slug(node, "a choice") for node in fields.items("choices", needed=True)]
    if len(set(found)) < len(found):
        reader.fault(fields.node("choices"), "a choice is there twice", "remove one")
    if len(found) > MAX_CHOICES:
        reader.fault(fields.node("choices"), f"more than {MAX_CHOICES} choices", "")
    return tuple(found)
