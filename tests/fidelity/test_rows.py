"""Every row of the tables of facts: what the real controller does with these inputs, drawdeploy says too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fidelity.adapter import answer
from fidelity.rows import CANNOT_HOLD, PROSE, manifests

FACTS = Path(__file__).parent / "facts"


def _rows() -> list[Any]:
    rows = []
    for path in sorted(FACTS.glob("*.json")):
        for number, case in enumerate(json.loads(path.read_text(encoding="utf-8"))["cases"]):
            if "expected" in case:
                rows.append(pytest.param(path.stem, case, id=f"{path.stem}-{case['table']}-{number}"))
    return rows


def _plain(expected: Any) -> Any:
    """What is expected without its prose, whose words are not ours to repeat."""
    if isinstance(expected, dict):
        return {key: _plain(value) for key, value in expected.items() if key not in PROSE}
    return expected


@pytest.mark.parametrize(("stem", "case"), _rows())
def test_a_row_of_facts_holds(stem: str, case: dict[str, Any]) -> None:
    table, inputs = case["table"], case["inputs"]
    if reason := CANNOT_HOLD.get((stem, table, json.dumps(inputs, sort_keys=True))):
        pytest.skip(reason)
    if "file" in inputs and not manifests().is_dir():
        pytest.skip("the folder of public manifests is not here")
    found = answer(stem, table, json.loads(json.dumps(inputs)))
    expected = _plain(case["expected"])
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert {key: found.get(key) for key in expected} == expected
    else:
        assert found == (pytest.approx(expected) if _floats(expected) else expected)


def _floats(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, list) and any(isinstance(item, float) for item in value))
