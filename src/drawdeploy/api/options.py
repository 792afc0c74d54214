"""What a user may ask for: every option's limits, in one place for Python and the command line.

Each function takes what the user gave and gives the value to work with, or raises a
:class:`~drawdeploy.errors.DrawDeployError` that names the nearest valid one.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from drawdeploy.errors import DrawDeployError
from drawdeploy.exports.names import BUILT_IN
from drawdeploy.registry import unknown

if TYPE_CHECKING:
    from drawdeploy.model import Service

FORMATS = ("png", "svg", "md", "html", "json")
"""The usual ones."""
EVERY_FORMAT = (*FORMATS, *BUILT_IN)
THEMES = ("light", "dark")
SMALLEST, LARGEST = 0.25, 8.0
NAME_LIMIT = 64
REVISION_LIMIT = 64  # a digest in hexadecimal digits
TITLE_LIMIT = 120


def one_of(kind: str, value: str, names: Sequence[str]) -> str:
    """`value`, if it is one of `names`.

    Args:
        kind: What it names ("environment"), for the error.
        value: What the user gave.
        names: The valid ones.

    Raises:
        DrawDeployError: It is none of them; the hint names the nearest.
    """
    if value in names:
        return value
    raise unknown(kind, value, names)


def quoted(value: str) -> str:
    """What a user gave, safe to print and not longer than a line."""
    shown = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in value)
    return f"'{shown[:59]}…'" if len(shown) > 60 else f"'{shown}'"


def words_of(value: str | Iterable[str]) -> tuple[str, ...]:
    """The parts of ``"a, b"`` or ``["a", "b,c"]``, each once, in order."""
    given = [value] if isinstance(value, str) else value
    parts = (part.strip() for item in given for part in item.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def sites(option: str, value: str | Iterable[str] | None) -> tuple[str, ...]:
    """Names or paths of kinds of site, in the order given.

    Args:
        option: ``onprem`` or ``cloud``.
        value: What the user gave; nothing for what the environment usually has.
    """
    from drawdeploy import describe

    # Not by `words_of`, which drops what is named twice: whoever loads the environment has to tell of that.
    given = [value] if isinstance(value, str) else value or ()
    told = tuple(part.strip() for item in given for part in item.split(",") if part.strip())
    for name in told:
        if not describe.is_path(name) and not describe.is_site(name):
            raise unknown("cloud" if option == "cloud" else "on-premises site", name, describe.site_names_for(option))
    return told


def formats(value: str | Iterable[str]) -> tuple[str, ...]:
    """Formats: first the usual ones, in the order of `FORMATS`, then the others."""
    named = tuple(name.lower() for name in words_of(value))
    if not named:
        raise DrawDeployError("no format is named", f"there are: {', '.join(all_formats())}")
    known = all_formats() if set(named) - set(FORMATS) else FORMATS
    chosen = {one_of("format", name, known) for name in named}
    return tuple(name for name in known if name in chosen)


def all_formats() -> tuple[str, ...]:
    """The usual formats, and those for other programs."""
    from drawdeploy.exports import formats

    return (*FORMATS, *formats().names())


def known_languages() -> tuple[str, ...]:
    """The languages that may be named."""
    from drawdeploy.words import LANGUAGES

    return LANGUAGES


_MEANT = {"kr": "ko", "kor": "ko", "korean": "ko", "ko": "ko", "한국어": "ko", "eng": "en", "english": "en", "en": "en"}


def languages(value: str | Iterable[str]) -> tuple[str, ...]:
    """Languages, in the order given."""
    from drawdeploy.words import LANGUAGES

    chosen = []
    for name in words_of(value):
        if (meant := _MEANT.get(name.lower().replace("_", "-").partition("-")[0])) and name.lower() not in LANGUAGES:
            raise DrawDeployError(f"unknown language {quoted(name)}", f"did you mean '{meant}'?")
        chosen.append(one_of("language", name.lower(), LANGUAGES))
    if not chosen:
        raise DrawDeployError("no language is named", f"there are: {', '.join(LANGUAGES)}")
    return tuple(dict.fromkeys(chosen))


def theme(value: str) -> str:
    """A theme."""
    return one_of("theme", value, THEMES)


def engine_there(value: str) -> None:
    """Refuses an engine that is not installed, before anything is done for it."""
    if value != "auto":
        from drawdeploy.picture.engine import resolve

        resolve(value)


def engines() -> tuple[str, ...]:
    """The layout engines that may be named."""
    from drawdeploy.picture.engine import names

    return names()


def engine(value: str) -> str:
    """A layout engine; whether it is installed is another question."""
    return value if value == "auto" else one_of("engine", value, engines())


def scale(value: float) -> float:
    """A scale of PNGs."""
    if not (math.isfinite(value) and SMALLEST <= value <= LARGEST):
        raise DrawDeployError(f"scale {value:g} is out of range", f"give {SMALLEST:g} to {LARGEST:g}; 2 is usual")
    return float(value)


def interval(value: float) -> float:
    """Seconds that an animation shows a picture."""
    if not (math.isfinite(value) and 0.1 <= value <= 60):
        raise DrawDeployError(f"an interval of {value:g} seconds", "give 0.1 to 60; 2 is usual")
    return float(value)


def label(kind: str, value: str, limit: int, *, empty: bool = False) -> str:
    """A name or title that can be drawn: one line of visible characters.

    Args:
        kind: What it is ("service"), for the error.
        value: What the user gave.
        limit: How many characters it may have.
        empty: Whether it may be empty.

    Raises:
        DrawDeployError: It is empty, too long, or holds a character that breaks lines, turns the direction of
            reading, cannot stand in XML, or is not seen at all.
    """
    value = unicodedata.normalize("NFC", value.strip())
    if not value and not empty:
        raise DrawDeployError(f"{kind} is empty", f"give it a name, at most {limit} characters")
    if len(value) > limit:
        raise DrawDeployError(f"{kind} {quoted(value)} has {len(value)} characters", f"give at most {limit}")
    for character in value:
        if (what := _undrawable(character)) is not None:
            raise DrawDeployError(f"{kind} {quoted(value)} holds {what}", "give one line of visible characters")
    return value


_NAMED = {"\n": "a line break", "\r": "a line break", "\t": "a tab", "\0": "a NUL"}
_JOINERS = "\u200c\u200d"  # parts of emoji and of some scripts; they change nothing else


def _undrawable(character: str) -> str | None:
    """Why a character cannot be drawn in a name; ``None`` if it can."""
    code = ord(character)
    category = unicodedata.category(character)
    noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    if character in _JOINERS or (category not in {"Cc", "Cf", "Cs", "Zl", "Zp"} and not noncharacter):
        return None
    if character in _NAMED:
        return _NAMED[character]
    if unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}:
        return f"a mark that turns the direction of reading (U+{code:04X})"
    return f"an invisible character (U+{code:04X})"


def steps(value: str | Iterable[int]) -> tuple[int, ...]:
    """Numbers of steps, from ``"2,4"``, ``"2-4"`` or numbers; sorted."""
    if not isinstance(value, str):
        return tuple(sorted(set(value)))
    chosen: set[int] = set()
    for part in words_of(value):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        ends = (first, last) if dash else (first, first)
        if not all(end.isascii() and end.isdigit() and len(end) < 5 for end in ends) or int(ends[0]) > int(ends[1]):
            raise DrawDeployError(
                f"{quoted(part)} is not a step or a range of steps", "give numbers, such as 2,4 or 2-4"
            )
        chosen |= set(range(int(ends[0]), int(ends[1]) + 1))
    if not chosen:
        raise DrawDeployError("no step is named", "give numbers, such as 2,4 or 2-4")
    return tuple(sorted(chosen))


def steps_of(chosen: tuple[int, ...] | None, count: int) -> tuple[int, ...] | None:
    """`chosen`, if a plan of `count` steps has them all."""
    missing = [number for number in chosen or () if not 1 <= number <= count]
    if missing:
        what = f"step {missing[0]} is" if len(missing) == 1 else f"steps {missing[0]} to {missing[-1]} are"
        raise DrawDeployError(f"{what} not in this plan", f"it has steps 1 to {count}")
    return chosen


def is_file(value: str) -> bool:
    """Whether what is given for a service is the file of a description, and not a name."""
    return value.lower().endswith((".yaml", ".yml", ".json"))


def service_name(value: str) -> str:
    """Name of a service, or path of its description."""
    return value if is_file(value) else label("service", value, NAME_LIMIT)


def service(given: str | Service, replicas: int | None, old: str | None, new: str | None) -> Service:
    """The service that is meant, with what is given besides in place of its own.

    Raises:
        DrawDeployError: A name that cannot be drawn, or twice the same.
    """
    from drawdeploy.model import Service

    base = given if isinstance(given, Service) else Service(name=given)
    made = Service(
        name=label("service", base.name, NAME_LIMIT),
        old=label("old", base.old if old is None else old, REVISION_LIMIT),
        new=label("new", base.new if new is None else new, REVISION_LIMIT),
        replicas=base.replicas if replicas is None else replicas,
        counts=base.counts if replicas in (None, base.replicas) else (),
        start_seconds=base.start_seconds,
        requests=base.requests,
        per_instance=base.per_instance,
        affinity=base.affinity,
        database=base.database,
    )
    if made.old == made.new:
        raise DrawDeployError(f"old and new are both called {made.old!r}", "give them two names, such as v1 and v2")
    return made
