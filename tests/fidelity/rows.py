"""What the tests of fidelity share: where manifests are, and what cannot be held."""

from __future__ import annotations

import os
from pathlib import Path

PROSE = frozenset({"reason", "because", "result", "note", "then"})
"""Keys whose values are sentences: their meaning is tested where it is made, not their words."""

CANNOT_HOLD: dict[tuple[str, str, str], str] = {}
"""Rows that drawdeploy cannot hold, each with its reason: (file stem, table, inputs as sorted JSON) → why."""


def manifests() -> Path:
    """The folder of public manifests; it may not be there."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "manifests"
    return Path(os.environ.get("DRAWDEPLOY_MANIFESTS", beside))
