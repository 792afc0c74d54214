"""JSON Schema of our own YAML, as published: true of everything that is built in, and no stricter than what is read.

A change that is meant: `DRAWDEPLOY_GOLDEN=write pytest tests/test_schema.py`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import test_describe
from drawdeploy import source
from drawdeploy.describe import KINDS, load_environment, load_service, load_strategy, schema_text
from drawdeploy.describe.service import read_service
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand import expand
from drawdeploy.model import Outcome
from drawdeploy.source import ListNode, MapNode, Node

jsonschema = pytest.importorskip("jsonschema")

WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"
ROOT = Path(__file__).parent.parent
DRAWINGS = sorted((ROOT / "drawings").rglob("*.yaml"))
EXAMPLES = sorted((ROOT / "templates" / "init").glob("*.yaml"))
SERVICE = """\
apiVersion: drawdeploy/v1
kind: Service
name: shop
old: v1
new: 2
counts: {onprem: 4, cloud: 2}
start: 40s
requests: 300
perInstance: 150
affinity: true
database: false
"""


def plain(node: Node) -> Any:
    """What a document says, by our own reading of YAML (1.2: `off` is a text)."""
    if isinstance(node, MapNode):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items] if isinstance(node, ListNode) else node.value


def disagreements(text: str, kind: str) -> list[str]:
    [document] = source.load(text, "f.yaml")
    checker = jsonschema.Draft202012Validator(json.loads(schema_text(kind)))
    return [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(plain(document))]


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_the_one_that_is_printed(kind: str) -> None:
    file = ROOT / "docs" / "schema" / f"{kind}.schema.json"
    if WRITE:
        file.write_text(schema_text(kind), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == schema_text(kind), "see the top of this file"
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(kind)))


@pytest.mark.parametrize("path", [*DRAWINGS, *EXAMPLES], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_all_that_is_built_in_agrees_with_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    [document] = source.load(text, path.name)
    assert disagreements(text, plain(document)["kind"].lower()) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [(test_describe.STRATEGY, "strategy"), (test_describe.ENVIRONMENT, "environment"), (SERVICE, "service")],
)
def test_what_the_tests_describe_agrees_with_it(text: str, kind: str) -> None:
    assert disagreements(text, kind) == []


def examples(test: Any) -> list[tuple[str, str, str, str]]:
    """The table of faults of a test."""
    [mark] = [mark for mark in test.pytestmark if mark.name == "parametrize"]
    return list(mark.args[1])


STRUCTURE = ("unknown key", "is missing", "must be a mapping", "must be a list", "unknown type", "unknown verb")


@pytest.mark.parametrize(
    ("kind", "text", "old", "new"),
    [
        (kind, text, old, new)
        for kind, text, test in (
            ("strategy", test_describe.STRATEGY, test_describe.test_a_fault_of_a_strategy_has_its_place_and_a_hint),
            (
                "environment",
                test_describe.ENVIRONMENT,
                test_describe.test_a_fault_of_an_environment_has_its_place_and_a_hint,
            ),
        )
        for old, new, fault, _ in examples(test)
        if any(what in fault for what in STRUCTURE)
    ],
)
def test_faults_of_structure_are_faults_of_the_schema_too(kind: str, text: str, old: str, new: str) -> None:
    """So an editor tells of them while one writes."""
    assert disagreements(test_describe.changed(text, old, new), kind)


@settings(derandomize=True, max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_read_agrees_with_it(data: st.DataObject) -> None:
    """However a description is changed: if it is read without a fault, editors find none either."""
    kinds = {
        "strategy": (test_describe.STRATEGY, test_describe.strategy),
        "environment": (test_describe.ENVIRONMENT, test_describe.environment),
        "service": (SERVICE, lambda text: read_service(text, "f.yaml")),
    }
    kind = data.draw(st.sampled_from(sorted(kinds)))
    text, read = kinds[kind]
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 12)))
    piece = data.draw(st.sampled_from(["", "1", "[]", "{}", "x", "12m", "true", "\n", text[begin:end] * 2]))
    changed = text[:begin] + piece + text[end:]
    try:
        read(changed)
    except DrawDeployError:
        event("refused")
    else:
        event("read")
        assert disagreements(changed, kind) == []


# --- services, examples ----------------------------------------------------------------------------------------------


def test_a_service_is_read_whole() -> None:
    read = read_service(SERVICE, "f.yaml")
    assert (read.name, read.old, read.new, read.replicas) == ("shop", "v1", "2", 6)
    assert read.counts == (("onprem", 4), ("cloud", 2))
    assert (read.start_seconds, read.requests, read.per_instance) == (40, 300, 150)
    assert (read.affinity, read.database) == (True, False)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("name: shop", "nam: shop", "3:1: unknown key 'nam' in the service"),
        ("new: 2", "new: v1", "5:6: old and new are both called 'v1'"),
        ("onprem: 4", "onprem: four", "6:18: the count of 'onprem' must be a whole number"),
        ("onprem: 4", "OnPrem: 4", "6:10: a site cannot be 'OnPrem'"),
        ("{onprem: 4, cloud: 2}", "{onprem: 0}", "6:9: no instance is counted"),
        ("start: 40s", "start: soon", "7:8: 'start' must be a time"),
        ("start: 40s", "replicas: 5", "7:11: 5 replicas, but the counts of the sites add up to 6"),
        ("requests: 300", "requests: -1", "8:11: 'requests' is not from 1 to 1,000,000,000"),
        ("affinity: true", "affinity: yes", "10:11: 'affinity' must be true or false"),
    ],
)
def test_a_fault_of_a_service_has_its_place(old: str, new: str, fault: str) -> None:
    with pytest.raises(DrawDeployError) as caught:
        read_service(test_describe.changed(SERVICE, old, new), "f.yaml")
    assert f"f.yaml:{fault}" in [f"{found.where}: {found.message}" for found in caught.value.faults]


def test_the_examples_to_begin_with_work_together() -> None:
    here = ROOT / "templates" / "init"
    service = load_service(str(here / "service.yaml"))
    made = load_strategy(str(here / "strategy.yaml"))
    plan = expand(made, load_environment(str(here / "environment.yaml"), service), service)
    assert plan.outcome is Outcome.PROMOTED
    assert plan.warnings == ()
    assert plan.environment.start_seconds == 40, "the service's own"
