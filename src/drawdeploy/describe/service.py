"""YAML to a :class:`~drawdeploy.model.Service`: what is deployed."""

from __future__ import annotations

from drawdeploy.describe.fields import Fields, document
from drawdeploy.describe.reader import Reader
from drawdeploy.model import Service
from drawdeploy.source import Node, ScalarNode

MAX_REPLICAS, MAX_REQUESTS = 1000, 1_000_000_000
NAME_LIMIT, REVISION_LIMIT = 64, 32
_USUAL = Service()


def read_service(text: str, name: str) -> Service:
    """A service from its description.

    Args:
        text: YAML.
        name: Name of the file, for faults.

    Raises:
        DrawDeployError: All faults of the description, each with its position.
    """
    reader = Reader(text, name)
    fields = document(reader, "Service")
    counts = _counts(fields)
    replicas = fields.read("replicas", _whole, 0, reader, 1, MAX_REPLICAS)
    total = sum(count for _, count in counts)
    if counts and replicas and replicas != total:
        message = f"{replicas} replicas, but the counts of the sites add up to {total}"
        reader.fault(fields.node("replicas"), message, "leave 'replicas' out")
    if total > MAX_REPLICAS:
        reader.fault(fields.node("counts"), f"more than {MAX_REPLICAS} replicas", "a plan holds no more")
    service = Service(
        name=_label(fields, "name", NAME_LIMIT, needed=True) or _USUAL.name,
        old=_label(fields, "old", REVISION_LIMIT) or _USUAL.old,
        new=_label(fields, "new", REVISION_LIMIT) or _USUAL.new,
        replicas=replicas or total or _USUAL.replicas,
        counts=counts,
        start_seconds=fields.read("start", reader.seconds, None),
        requests=fields.read("requests", _whole, 0, reader, 1, MAX_REQUESTS),
        per_instance=fields.read("perInstance", _whole, 0, reader, 1, MAX_REQUESTS),
        affinity=fields.read("affinity", reader.boolean, _USUAL.affinity),
        database=fields.read("database", reader.boolean, _USUAL.database),
    )
    if service.old == service.new:
        message = f"old and new are both called '{service.old}'"
        where = next((fields.node(key) for key in ("new", "old") if fields.has(key)), fields.where)
        reader.fault(where, message, "give them two names, such as v1 and v2")
    fields.done("the service")
    reader.finish()
    return service


def _counts(fields: Fields) -> tuple[tuple[str, int], ...]:
    """Old instances by site."""
    mapping, reader = fields.mapping("counts"), fields.reader
    found = []
    for key, node in mapping.entries() if mapping else ():
        count = _whole(node, f"the count of '{key.text[:40]}'", reader, 0, MAX_REPLICAS)
        if site := reader.slug(key, "a site"):
            found.append((site, count))
    if mapping and not any(count for _, count in found):
        reader.fault(fields.node("counts"), "no instance is counted", "counts: {onprem: 3, cloud: 2}")
    return tuple(found)


def _label(fields: Fields, key: str, limit: int, *, needed: bool = False) -> str:
    """A name that can be drawn."""
    reader = fields.reader
    if not (fields.need(key) if needed else fields.has(key)):
        return ""
    node = fields.node(key)
    text = reader.string(node, f"'{key}'").strip()
    if len(text) > limit:
        reader.fault(node, f"'{key}' is longer than {limit} characters", "shorten it")
    elif not all(character.isprintable() for character in text):
        reader.fault(node, f"'{key}' holds a character that cannot be shown", "one line of visible characters")
    return text


def _whole(node: Node, what: str, reader: Reader, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = node.value if isinstance(node, ScalarNode) else None
    if not isinstance(value, int) or isinstance(value, bool):
        reader.fault(node, f"{what} must be a whole number", f"such as {max(least, 3)}")
    elif not least <= value <= most:
        reader.fault(node, f"{what} is not from {least:,} to {most:,}", f"such as {max(least, 3)}")
    else:
        return value
    return least
