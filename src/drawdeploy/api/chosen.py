"""Targets with options of their own: ``NAME:weights=10,50:placement=both``.

Options stand behind the first colon that begins one, and behind every colon that does; so their values may hold commas
and spaces, and a path its drive's letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from drawdeploy.errors import DrawDeployError, Fault, nearest
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.api.manifests import Manifest
    from drawdeploy.api.planned import Planned
    from drawdeploy.model import Strategy

COMMON = ("env", "onprem", "cloud", "placement", "capacity")
"""Options that any target may set for itself; the service is the same for all."""

_OPTION = re.compile(r":(?=[A-Za-z][A-Za-z0-9_-]*=)")
MOST = 12


class Target(Value):
    """What a user wrote, taken apart.

    Attributes:
        text: As written.
        name: Name or path of the strategy.
        options: Names and values behind it, in order.
    """

    text: str
    name: str
    options: tuple[tuple[str, str], ...]


def parse(text: str) -> Target:
    """Takes a target apart.

    Raises:
        DrawDeployError: An option without a value, without a name, or twice.
    """
    name, *parts = _OPTION.split(text.strip())
    where = f"in {_quoted(text)}"
    _, colon, rest = name.rpartition(":")
    if not name:
        raise DrawDeployError(f"no strategy is named {where}", "`drawdeploy list` names the strategies")
    if colon and not any(mark in rest for mark in "/\\."):
        head = name.removesuffix(colon + rest)
        word = rest.partition("=")[0] or "name"
        raise DrawDeployError(
            f"{_quoted(rest)} is no option {where}",
            f"options stand behind a colon, each as name=value: {head}:{word}=2",
        )
    options: dict[str, str] = {}
    for part in parts:
        key, _, value = part.partition("=")
        if not value.strip():
            raise DrawDeployError(f"{key} has no value {where}", f"such as {name}:{key}=2")
        if key in options:
            raise DrawDeployError(f"{key} occurs twice {where}", "give it once")
        options[key] = value.strip()
    return Target(text.strip(), name, tuple(options.items()))


def plans(targets: tuple[str, ...], given: Mapping[str, Any]) -> list[tuple[Target, Planned]]:
    """The plan of every target.

    Args:
        targets: As the user wrote them.
        given: What `drawdeploy.plan` takes besides the strategy and its own parameters; a target's options come first.

    Raises:
        DrawDeployError: Something is wrong with one or several of them: all of it, each told with its target.
    """
    if len(targets) > MOST:
        raise DrawDeployError(f"{len(targets)} targets are too many", f"at most {MOST} at a time")
    found: list[tuple[Target, Planned]] = []
    faults: list[Fault] = []
    for text in targets:
        try:
            found += [(target, _plan(target, given)) for target in _each(parse(text))]
        except DrawDeployError as error:
            several = len(targets) > 1
            faults += [
                Fault(f"{text[:60]}: {f.message}" if several and not f.where else f.message, f.hint, f.where, f.excerpt)
                for f in error.faults
            ]
    if faults:
        raise DrawDeployError(faults=tuple(dict.fromkeys(faults)))
    return found


def _each(target: Target) -> list[Target]:
    """A target for each of the things that one stands for: a file may hold several."""
    from drawdeploy.api.catalogue import is_path
    from drawdeploy.api.catalogue import targets as several

    names = several(target.name) if is_path(target.name) else (target.name,)
    if len(names) < 2:
        return [target]
    rest = target.text.removeprefix(target.name)
    return [Target(name + rest, name, target.options) for name in names]


def _plan(target: Target, given: Mapping[str, Any]) -> Planned:
    from drawdeploy.api.calls import plan
    from drawdeploy.api.manifests import ASKED, Manifest

    strategy = _strategy(target.name)
    manifest = isinstance(strategy, Manifest)
    own = list(ASKED) if manifest else [parameter.id for parameter in strategy.parameters]
    asked: dict[str, Any] = {key: value for key, value in given.items() if manifest or key not in ASKED}
    for key, value in target.options:
        if named := next((one for one in (key, key.replace("_", "-"), key.replace("-", "_")) if one in own), None):
            asked[named] = value
        elif key in COMMON:
            asked[key] = _whole(key, value) if key == "capacity" else value
        else:
            known = [*own, *COMMON]
            hint = nearest(key, known) or f"one of: {', '.join(known)}"
            raise DrawDeployError(f"{strategy.id} has no option {_quoted(key)}", hint)
    return plan(strategy, **asked)


def _strategy(name: str) -> Strategy | Manifest:
    from drawdeploy.api.catalogue import is_path, is_strategy, load, strategy_names
    from drawdeploy.registry import unknown

    if not is_path(name) and not is_strategy(name):
        raise unknown("strategy", name, strategy_names())
    return load(name)


def _whole(key: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 9:
        raise DrawDeployError(f"{key}: {_quoted(value)} is not a whole number", f"such as {key}=4")
    return int(value)


def _quoted(text: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return f"'{shown if len(shown) <= 60 else shown[:59] + '…'}'"
