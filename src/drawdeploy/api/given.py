"""What Python users pass: of the right type, or told so. The command line passes nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from drawdeploy.api.manifests import Manifest
from drawdeploy.errors import DrawDeployError, Fault
from drawdeploy.model import Service, Strategy


def check(arguments: Mapping[str, Any], expected: Mapping[str, str], needed: Sequence[str] = ()) -> None:
    """Refuses arguments of a wrong type, all at once.

    Args:
        arguments: What was passed, by name; ``None`` is nothing.
        expected: What each should be: a key of `KINDS`.
        needed: Those that must not be ``None``.

    Raises:
        DrawDeployError: One or more are something else.
    """
    faults = []
    for name, kind in expected.items():
        value = arguments.get(name)
        fits, what, example = KINDS[kind]
        if (value is not None or name in needed) and not fits(value):
            faults.append(Fault(f"{name} is {_shown(value)}, which is not {what}", f"such as {name}={example}"))
    if faults:
        raise DrawDeployError(faults=tuple(faults))


def texts(value: Any) -> Any:
    """Paths as texts; all else as it is."""
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _shown(value: Any) -> str:
    try:
        said = repr(value)
    except Exception:  # whatever a foreign object raises
        said = type(value).__name__
    said = " ".join(said.split())
    return said if len(said) <= 60 else said[:59] + "…"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_texts(value: Any) -> bool:
    return isinstance(value, str) or (_is_row(value) and all(isinstance(one, str) for one in value))


def _is_wholes(value: Any) -> bool:
    return isinstance(value, str) or (_is_row(value) and all(map(_is_whole, value)))


def _is_row(value: Any) -> bool:
    """Whether it can be gone through more than once."""
    return isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping)) and iter(value) is not value


def _is_strategy(value: Any) -> bool:
    return isinstance(value, (str, Strategy, Manifest))


KINDS: dict[str, tuple[Callable[[Any], bool], str, str]] = {
    "strategy": (_is_strategy, "a strategy: its name, the path of a description, or one that was loaded", '"NAME"'),
    "service": (lambda value: isinstance(value, (str, Service)), "a service: its name or a path", '"shop"'),
    "text": (lambda value: isinstance(value, str), "a text", '"v2"'),
    "name": (lambda value: isinstance(value, str), "a name or a path", '"hybrid"'),
    "path": (lambda value: isinstance(value, (str, os.PathLike)), "the path of a folder", '"output/here"'),
    "texts": (_is_texts, "a text, or several", '"en,ko"'),
    "formats": (_is_texts, "a text, or several", '"png,html"'),
    "number": (_is_number, "a number", "2"),
    "whole": (_is_whole, "a whole number", "3"),
    "wholes": (_is_wholes, "a list of whole numbers", "[2, 4]"),
    "truth": (lambda value: isinstance(value, bool), "True or False", "True"),
    "parameter": (lambda value: isinstance(value, str) or _is_whole(value), "a text or a whole number", '"25%"'),
}
"""Whether a value is of a kind, what the kind is called, and an example."""
