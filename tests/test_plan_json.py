"""`plan.json`: what other programs read. Golden plans of everything that is built in; a schema; every field documented.

A change that is meant: `DRAWDEPLOY_GOLDEN=write pytest tests/test_plan_json.py`, then read the difference.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from drawdeploy.describe import environment_names, load_environment, load_strategy, strategy_names
from drawdeploy.expand import expand
from drawdeploy.expand.faults import Unable
from drawdeploy.ledger import keep
from drawdeploy.model import Plan, Service
from drawdeploy.report.plan_json import dumps, ranges
from drawdeploy.words import Words
from strategies import bluegreen, one_site, rollout, two_sites

WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"
GOLDEN = Path(__file__).parent / "golden" / "plans"
DOCS = Path(__file__).parent.parent / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "plan.schema.json").read_text(encoding="utf-8"))


def placed() -> list[tuple[str, str, str]]:
    """Every built-in strategy, environment and placement."""
    service = Service()
    return [
        (strategy, environment, placement.id)
        for strategy in strategy_names()
        for environment in environment_names()
        for placement in load_environment(environment, service).placements
    ]


SEEDS = ("bluegreen", "rollout")


@cache
def possible() -> tuple[tuple[str, str, str], ...]:
    """Those of them whose router can do what the strategy needs."""
    found = []
    for strategy, environment, placement in placed():
        with suppress(Unable):
            plan_of(strategy, environment, placement, Service())
            found.append((strategy, environment, placement))
    return tuple(found)


def golden() -> list[tuple[str, str, str]]:
    """The two seeds everywhere; every other strategy in one place (tests/golden/strategies has the matrix in short)."""
    others = {strategy: names for names in reversed(possible()) if (strategy := names[0]) not in SEEDS}
    return [names for names in possible() if names[0] in SEEDS or others[names[0]] == names]


def plan_of(strategy: str, environment: str, placement: str, service: Service) -> Plan:
    return expand(load_strategy(strategy), load_environment(environment, service), service, placement=placement)


def written(plan: Plan, *langs: str) -> str:
    return dumps(plan, keep(plan), {lang: Words(lang) for lang in langs or ("en", "ko")})


@pytest.mark.parametrize(("strategy", "environment", "placement"), golden())
def test_golden_plans(strategy: str, environment: str, placement: str) -> None:
    file = GOLDEN / f"{strategy}-{environment}-{placement}.json"
    text = written(plan_of(strategy, environment, placement, Service()), "en")
    if WRITE:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"{file.name} differs; see the top of this file"


def test_no_golden_plan_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == {"-".join(names) for names in golden()}


@pytest.mark.parametrize(("strategy", "environment", "placement"), possible())
@pytest.mark.parametrize("langs", [("en", "ko"), ("ko",)])
def test_the_schema_holds(strategy: str, environment: str, placement: str, langs: tuple[str, ...]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for replicas in (3, 5):
        text = written(plan_of(strategy, environment, placement, Service(replicas=replicas)), *langs)
        jsonschema.validate(json.loads(text), SCHEMA)


def properties(schema: Any) -> set[str]:
    """Every name of a field anywhere in the schema."""
    if isinstance(schema, list):
        return set().union(*map(properties, schema))
    if not isinstance(schema, dict):
        return set()
    fields = schema.get("properties", {})
    return set(fields).union(*map(properties, schema.values()))


def keys(value: Any, ids: frozenset[str]) -> set[str]:
    """Every name of a field anywhere in a plan, but for ids."""
    if isinstance(value, list):
        return set().union(*(keys(item, ids) for item in value))
    if not isinstance(value, dict):
        return set()
    return (set(value) - ids).union(*(keys(item, ids) for item in value.values()))


def test_every_field_is_in_the_schema_and_documented() -> None:
    """Also without the library that checks schemas."""
    page = (DOCS / "plan-json.md").read_text(encoding="utf-8")
    fields = properties(SCHEMA) - {"en", "ko"}
    assert {name for name in fields if f"`{name}`" not in page} == set()
    plan = expand(rollout(), two_sites(home=3), Service(replicas=4))
    ids = (
        {node.id for node in plan.environment.nodes}
        | {pool.id for pool in plan.begin.pools}
        | {"home", "cloud", "batch"}
    )
    assert keys(json.loads(written(plan)), frozenset(ids)) - {"en", "ko"} <= fields


def test_the_same_plan_gives_the_same_text_and_hangul_as_it_is() -> None:
    texts = [written(plan_of("bluegreen", "hybrid", "across", Service())) for _ in range(2)]
    assert texts[0] == texts[1]
    assert texts[0].endswith("}\n")
    assert "블루" in texts[0]
    assert "\\u" not in texts[0]


@pytest.mark.parametrize("name", ['a"b', "[{]}", "{\\n", "\\", "<script>", "a\n{\n[\n}", "퀴즈 🎉"])
def test_any_name_survives(name: str) -> None:
    """Rows are put on one line after writing: no bracket in a name may break them."""
    plan = expand(bluegreen(), one_site(), Service(name, name, name))
    read = json.loads(written(plan))
    assert read["service"] == {"name": name, "old": name, "new": name, "replicas": 3}
    assert [step["slug"] for step in read["steps"]] == [plan.stem(step) for step in plan.steps]


def test_fifty_rounds_stay_readable() -> None:
    """Counts and short ranges, not a line an instance."""
    plan = expand(rollout(), one_site(), Service(replicas=1000), parameters={"batch": "2%"})
    text = written(plan, "en")
    assert len(text) < 1_000_000
    assert '"instances": "1-1000"' in text


@pytest.mark.parametrize(
    ("numbers", "short"),
    [((), ""), ((4,), "4"), ((1, 2), "1-2"), ((1, 2, 3, 5, 7, 8), "1-3,5,7-8")],
)
def test_ranges(numbers: tuple[int, ...], short: str) -> None:
    assert ranges(numbers) == short
