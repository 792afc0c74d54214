"""What the user says that no manifest does: how long things take, and what happens on the way."""

from __future__ import annotations

import re

from drawdeploy.controllers.amounts import go_seconds
from drawdeploy.errors import DrawDeployError, nearest
from drawdeploy.value import Value

WHATS = {
    "abort": "",
    "retry": "",
    "promote": "",
    "promote full": "",
    "pause": "",
    "resume": "",
    "undo": "",
    "scale": "a number of replicas",
    "fail": "optional: the name of a check",
    "inconclusive": "optional: the name of a check",
    "never ready": "",
    "ready": "",
    "update": "optional: a name of the new revision",
    "delete": "",
}
"""What an event may do, and what may follow its name."""

_NUMBERED = ("scale",)
_NAMED = ("fail", "inconclusive", "update")
_EVENT = re.compile(r"\s*(?:at\s+)?(?P<when>[^:]+?)\s*:\s*(?P<what>.+?)\s*", re.ASCII | re.IGNORECASE)
_PLACE = re.compile(r"(?P<unit>step|sync|tick)\s+(?P<number>\d{1,6})", re.ASCII | re.IGNORECASE)
_EXAMPLE = "such as 'at step 2: abort', 'at 90s: scale 8', 'at end: update v3'"


class Event(Value):
    """Something that happens on the way.

    Attributes:
        unit: ``step`` (index of the manifest's step, from 0, as the controller counts), ``sync`` (or tick, from 0: the
            moment before the update), ``seconds`` (since the update), ``end`` (when the run has come to its end).
        number: Which step or sync, or how many seconds; 0 for ``end``.
        what: One of ``WHATS``.
        value: What follows it: a number for ``scale``, a name for ``fail`` and ``update``; may be empty.
    """

    unit: str
    number: int
    what: str
    value: str = ""


class Asked(Value):
    """What the user asks of a simulation.

    Attributes:
        start_seconds: How long an instance takes to become available; ``None`` for what the manifest or environment
            says.
        stop_seconds: How long one takes to be gone.
        analysis_seconds: How long an analysis takes that does not say itself; ``None``: not known.
        pause_seconds: How long a person takes where the manifest waits for ever; ``None``: not known.
        replicas: In place of the manifest's; ``None`` for those.
        events: What happens on the way, in the order in which it was told.
        from_start: Ignore the ``status`` of a live object.
        config: A deployment configuration in place of the manifest's (CodeDeploy).
    """

    start_seconds: int | None = None
    stop_seconds: int = 15
    analysis_seconds: int | None = None
    pause_seconds: int | None = None
    replicas: int | None = None
    events: tuple[Event, ...] = ()
    from_start: bool = False
    config: str = ""


def event(text: str) -> Event:
    """An event as the user writes it: ``at step 2: abort``.

    Raises:
        DrawDeployError: It is none.
    """
    match = _EVENT.fullmatch(text)
    if match is None:
        raise DrawDeployError(f"this is no event: '{_short(text)}'", _EXAMPLE)
    unit, number = _when(match["when"].strip(), text)
    words = match["what"].lower().split()
    for name in sorted(WHATS, key=len, reverse=True):
        parts = name.split()
        if words[: len(parts)] == parts:
            value = match["what"].split()[len(parts) :]
            return Event(unit, number, name, _value(name, value, text))
    raise DrawDeployError(f"no event is called '{_short(match['what'])}'", nearest(words[0], WHATS))


def _when(text: str, whole: str) -> tuple[str, int]:
    if text.lower() in ("end", "the end"):
        return "end", 0
    if place := _PLACE.fullmatch(text):
        unit = place["unit"].lower()
        return ("sync" if unit == "tick" else unit), int(place["number"])
    try:
        return "seconds", go_seconds(text)
    except ValueError:
        raise DrawDeployError(f"'{_short(text)}' is no moment, in '{_short(whole)}'", _EXAMPLE) from None


def _value(name: str, parts: list[str], whole: str) -> str:
    if name in _NUMBERED:
        if len(parts) != 1 or not re.fullmatch(r"\d{1,6}", parts[0], re.ASCII):
            raise DrawDeployError(f"'{name}' needs a number, in '{_short(whole)}'", f"such as '{name} 8'")
        return parts[0]
    if parts and (name not in _NAMED or len(parts) > 1):
        raise DrawDeployError(f"nothing can follow '{name}', in '{_short(whole)}'", _EXAMPLE)
    return parts[0] if parts else ""


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in text.strip())
    return shown if len(shown) <= 60 else shown[:59] + "…"
