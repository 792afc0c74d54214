"""`check`: what it finds in plans of our own, and what it says of that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drawdeploy import api

FOUND: list[tuple[str, dict[str, Any], list[tuple[str, str, tuple[int, ...]]]]] = [
    ("bluegreen", {}, [("recreates", "note", (4,))]),
    (
        "bluegreen",
        {"env": "private", "capacity": 4},
        [
            ("does-not-fit", "error", (1, 2, 3)),
            ("rollback-does-not-fit", "warning", (1, 2, 3)),
            ("recreates", "note", (4,)),
        ],
    ),
    (  # nothing is created again where there is no room for it
        "rollout",
        {"env": "private", "capacity": 3},
        [
            ("does-not-fit", "error", (1, 2, 3, 5, 6, 7, 9, 10, 11)),
            ("rollback-does-not-fit", "warning", tuple(range(1, 13))),
        ],
    ),
    (
        "recreate",
        {},
        [("outage", "error", (1, 2)), ("capacity-dips", "warning", (1, 2, 3)), ("recreates", "note", (1,))],
    ),
    ("recreate", {"min_capacity": "0%"}, [("outage", "note", (1, 2)), ("recreates", "note", (1,))]),
    ("waves", {"replicas": 4}, [("capacity-dips", "warning", (1, 2, 3)), ("unchecked-shift", "warning", (1,))]),
    ("canary", {"max_exposed": "5%"}, [("max-exposed", "error", (2, 3)), ("recreates", "note", (9,))]),
    ("bluegreen", {"max_rollback": "60s"}, [("max-rollback", "error", (4,)), ("recreates", "note", (4,))]),
    ("bluegreen-db", {}, [("no-way-back", "note", (7,)), ("recreates", "note", (6,))]),
]


@pytest.mark.parametrize(("target", "asked", "found"), FOUND, ids=[f"{name}-{asked}" for name, asked, _ in FOUND])
def test_what_is_found(target: str, asked: dict[str, Any], found: list[tuple[str, str, tuple[int, ...]]]) -> None:
    verdict = api.check(target, **asked)
    assert [(one.rule, str(one.level), one.steps) for one in verdict.findings] == found
    assert verdict.ok == all(level == "note" for _, level, _ in found)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_everything_is_said_in_both_languages(lang: str) -> None:
    for target, asked, found in FOUND:
        verdict = api.check(target, lang=lang, **asked)
        text = verdict.text()
        assert all(f"[{rule}]" in text for rule, _, _ in found)
        assert len(json.loads(verdict.sarif())["runs"][0]["results"]) == len(found)
