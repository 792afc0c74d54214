"""Everything that is said, in English and Korean.

The catalogue is ``en/*.toml`` and ``ko/*.toml``, one file a room: the key ``expand.contain`` is ``contain`` in
``expand.toml``. Authors of descriptions write their own texts; both are templates of the same small language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Duration, Phrase, Plan, Scalar, Text, Values
from drawdeploy.registry import unknown
from drawdeploy.words.templates import attributes_in, compile_expression, compile_text, names_in

__all__ = [
    "LANGUAGES",
    "Words",
    "attributes_in",
    "catalogue",
    "compile_expression",
    "compile_text",
    "names",
    "names_in",
]

LANGUAGES = ("en", "ko")
_HERE = Path(__file__).resolve().parent
_NAMED = ("site", "pool", "actor", "node", "plan")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Words:
    """One language.

    Args:
        lang: ``en`` or ``ko``.

    Raises:
        DrawDeployError: There is no such language.
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise unknown("language", str(lang), LANGUAGES)
        self.lang = lang
        self._show = _show_in(lang)

    def say(self, phrase: Phrase, names: Mapping[str, Text] | None = None) -> str:
        """What a phrase says; an empty one says nothing.

        Args:
            phrase: A key or an author's text, with its values.
            names: Titles by id. Values named ``site``, ``pool``, ``actor`` or ``plan``, or ending so (``from_site``),
                are looked up here; an id that is not here is shown as it is.
        """
        if not phrase.key and phrase.text is None:
            return ""
        values: dict[str, Scalar] = dict(phrase.values)
        for name, value in phrase.values:
            if isinstance(value, (Fraction, Duration)) and phrase.text is None:
                values[name] = self._show(value)  # a filter must see what is read, to find the particle that fits
            if isinstance(value, str) and names and value in names and name.rpartition("_")[2] in _NAMED:
                values[name] = self.text(names[value])
        return self.text(phrase.text, values) if phrase.text is not None else self.get(phrase.key, **values)

    def text(self, text: Text, values: Values | Mapping[str, Scalar] = ()) -> str:
        """An author's text in this language.

        Raises:
            DrawDeployError: It is no valid template, or a value is missing.
        """
        return compile_text(text.ko if self.lang == "ko" else text.en, self._show)(_scalars(dict(values)))

    def get(self, key: str, **values: Scalar) -> str:
        """The catalogue's text for a key.

        Raises:
            KeyError: There is none.
        """
        room, _, name = key.partition(".")
        return compile_text(catalogue(self.lang, room)[name], self._show)(_scalars(values))

    def has(self, key: str) -> bool:
        """Whether the catalogue has a text for a key."""
        room, _, name = key.partition(".")
        return (_HERE / self.lang / f"{room}.toml").is_file() and name in catalogue(self.lang, room)

    def shown(self, value: Scalar) -> str:
        """A value as texts write it: ``3``, ``67 %``, ``10 min``."""
        return self._show(value)

    def percent(self, share: Fraction) -> str:
        """A share of 0 to 1: ``67 %``. What is not quite nothing or all does not look like it: ``< 1 %``."""
        rounded = int(share * 100 + Fraction(1, 2))
        if 0 < share < Fraction(1, 100) and rounded == 0:
            return self.get("common.percent_below", n=1)
        if Fraction(99, 100) < share < 1 and rounded == 100:
            return self.get("common.percent_above", n=99)
        return self.get("common.percent", n=rounded)

    def duration(self, duration: Duration) -> str:
        """How long something takes: ``at once``, ``≈ 12 min``, ``≈ 12 min + 1 approval``, ``1 approval``."""
        parts = []
        if duration.seconds > 0:
            parts.append(self.get("common.about", time=self.seconds(duration.seconds)))
        if duration.approvals:
            parts.append(self.get("common.approval" + "s" * (duration.approvals != 1), n=duration.approvals))
        return " +\u00a0".join(parts) or self.get("common.at_once")

    def seconds(self, seconds: int) -> str:
        """A time, said in one way everywhere: ``45 s``, ``1 min 30 s``, ``10 min``, ``1 h 5 min``, ``7 d``.

        From an hour on it has no seconds, and from two days on no minutes.
        """
        unit = 1 if seconds < _HOUR else _MINUTE if seconds < 2 * _DAY else _HOUR
        seconds = (seconds + unit // 2) // unit * unit
        days, rest = divmod(seconds, _DAY) if seconds >= 2 * _DAY else (0, seconds)
        hours, rest = divmod(rest, _HOUR)
        minutes, rest = divmod(rest, _MINUTE)
        units = (("common.days", days), ("common.hours", hours), ("common.minutes", minutes), ("common.seconds", rest))
        return "\u00a0".join(self.get(key, n=n) for key, n in units if n) or self.get("common.seconds", n=0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and other.lang == self.lang

    def __hash__(self) -> int:
        return hash(self.lang)


def names(plan: Plan) -> dict[str, Text]:
    """Titles by id of a plan's sites, nodes, actors, links and pools.

    A pool is called by its role (``Blue``); where a role stands at several sites, by both (``Blue (Cloud)``).
    """
    environment = plan.environment
    titles = {site.id: site.title for site in environment.sites}
    titles |= {node.id: node.title for node in environment.nodes}
    titles |= {actor.id: actor.title for actor in environment.actors}
    titles |= {link.id: link.title for link in environment.links}
    pools = plan.begin.pools
    for pool in pools:
        role = role_title(pool.role)
        alone = all(other.site == pool.site for other in pools if other.role == pool.role)
        site = titles[pool.site]
        titles[pool.id] = role if alone else Text(f"{role.en} ({site.en})", f"{role.ko} ({site.ko})")
    return titles


@cache
def role_title(role: str) -> Text:
    """How a role is called; a role that only its author knows is called by its id."""
    key = f"common.role.{role}"
    texts = (
        Words(lang).get(key) if Words(lang).has(key) else role.replace("_", " ").capitalize() for lang in LANGUAGES
    )
    return Text(*texts)


@cache
def _show_in(lang: str) -> Callable[[Any], str]:
    """How a value is written in a text; one function a language, since compiled texts are kept by it."""

    def show(value: Any) -> str:
        if isinstance(value, Duration):
            return Words(lang).seconds(value.seconds)
        return Words(lang).percent(value) if isinstance(value, Fraction) else str(value)

    return show


@cache
def catalogue(lang: str, room: str) -> Mapping[str, str]:
    """The texts of a room in a language, nested keys joined by dots.

    Raises:
        KeyError: There is no such room.
    """
    import tomllib  # here: takes 15 ms

    path = _HERE / lang / f"{room}.toml"
    if not room.isidentifier() or not path.is_file():
        raise KeyError(f"no catalogue '{room}' in '{lang}'")
    return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return found


def _scalars(values: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """The values, if all are plain: a template must not reach into anything."""
    for name, value in values.items():
        if not isinstance(value, (str, int, Fraction, Duration)):
            raise DrawDeployError(f"the value '{name}' is neither a text nor a number")
    return values
