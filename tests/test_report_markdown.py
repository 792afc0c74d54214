"""The Markdown report: it says everything, and shows what users call things as they call them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import drawdeploy
import report_sample as sample
from drawdeploy.ledger import Ledger, keep
from drawdeploy.model import Plan, Service
from drawdeploy.report import markdown
from drawdeploy.report.pour import escape_markdown
from drawdeploy.words import LANGUAGES, Words

GOLDEN = Path(__file__).parent / "golden" / "report"
WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"  # read here: the tests themselves see no such variable


def render(made: Plan, **more: str) -> str:
    return markdown.render(made, sample.ledger(made), Words("en"), sample.sheets(made), **more)


def built_in(strategy: str) -> tuple[Plan, Ledger]:
    from drawdeploy.describe import load_environment, load_strategy
    from drawdeploy.expand import expand

    service = Service()
    made = expand(load_strategy(strategy), load_environment("hybrid", service), service)
    return made, keep(made)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("strategy", ["bluegreen", "rollout"])
def test_golden(strategy: str, lang: str) -> None:
    made, figures = built_in(strategy)
    text = markdown.render(made, figures, Words(lang), sample.sheets(made, lang=lang), suffix=f".{lang}")
    file = GOLDEN / f"{strategy}-hybrid.{lang}.md"
    if WRITE:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("shop", "shop"),
        ("v1.2-rc_1", r"v1.2-rc\_1"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
        ("a|b", r"a\|b"),
        ("`x`", r"\`x\`"),
        ("](x)", r"\](x)"),
        ("![a](b)", r"!\[a\](b)"),
        ("**b** ~~c~~", r"\*\*b\*\* \~\~c\~\~"),
        ("# not a heading", r"\# not a heading"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("1) no list", r"1\) no list"),
        ("> no quote", r"\> no quote"),
        ("=== no underline", r"\=== no underline"),
        ("two\nlines\r\n\r\n# here", "two lines # here"),
        ("&lt; &amp; A&B", r"\&lt; \&amp; A&B"),
        ("back\\slash", r"back\\slash"),
        ("$x$ {#id} x^2^ @name", r"\$x\$ \{#id\} x\^2\^ \@name"),
        ("see https://example.test", r"see https\://example.test"),
        ("www.example.test", r"www\.example.test"),
        ("turn\u202eed \u2066a", "turned a"),
        ("nul\x00l", "null"),
        ("10\u00a0%", "10\u00a0%"),
        ("대기 · 서비스 중", "대기 · 서비스 중"),
    ],
)
def test_names_are_shown_as_they_are(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped


HOSTILE = ["<script>", "a | b", "`", "](x)", "\n\n# x", "*", "<!--", "\\", "|\n|---|", "```\n"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_change_no_structure(name: str) -> None:
    """The lines of the report begin as they do with a harmless name, and its tables have as many cells."""

    def shape(text: str) -> list[tuple[str, int]]:
        bare = text.replace("\\|", "")
        return [(line[:2] if line[:1] in "#|->" else "", bare_cells(line)) for line in bare.splitlines()]

    def bare_cells(line: str) -> int:
        return line.count("|") if line.startswith("|") else 0

    wild = render(sample.plan(name=name, new=name), title=f"x{name}", author=f"x{name}")
    assert shape(wild) == shape(render(sample.plan(), title="x", author="x"))
    assert "<script" not in wild.replace("\\<", "")


def test_every_step_is_there_and_only_key_steps_have_pictures() -> None:
    made = sample.plan(rounds=3)
    text = render(made)
    for step in made.steps:
        assert f"| {step.number} | " in text
        assert (f"]({made.stem(step)}.png)" in text) == step.key
        assert (f"]({made.stem(step)}.rollback.png)" in text) == step.key
    assert [line for line in text.splitlines() if line.startswith("### Round")] == [
        f"### Round {n} of 3 · Cloud" for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("more", "picture"),
    [
        ({}, "](00-start.png)"),
        ({"suffix": ".ko"}, "](00-start.ko.png)"),
        ({"image": "svg"}, "](00-start.svg)"),
        ({"image": ""}, None),
    ],
)
def test_pictures_are_those_beside_it(more: dict[str, str], picture: str | None) -> None:
    text = render(sample.plan(), **more)
    assert (picture in text) if picture else ("![" not in text and "Before the first" not in text)


def test_both_stages_are_told_and_an_empty_one_gives_its_reason() -> None:
    text = render(sample.plan())
    assert "1. **Contain** · Nothing is live yet." in text or "1. **Contain** (at once)" in text
    assert "2. **Restore** (≈\u00a015\u00a0s) · Remove the new" in text
    assert "In 2 batches" in text


def test_warnings_stand_before_the_first_heading_and_at_their_steps() -> None:
    text = render(sample.plan(warn=True, rounds=2))
    assert "(Steps 1–3, 6)" in text.split("\n## ")[0]
    assert text.count("6 instances do not fit.") == 1 + 3  # step 6 is listed only


def test_capacity_that_does_not_suffice_is_marked() -> None:
    assert "**3 of 2: does not fit**" in render(sample.plan(capacity=2))


def test_no_line_is_ragged() -> None:
    """Nothing that a formatter would change: no space at an end, no two empty lines, one newline at the end."""
    text = render(sample.plan(rounds=2, warn=True), title="t", author="a")
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert "\n\n\n" not in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_both_languages_have_the_same_words() -> None:
    from drawdeploy.words import catalogue

    english, korean = (catalogue(lang, "report") for lang in LANGUAGES)
    assert list(english) == list(korean)


@pytest.mark.parametrize(
    ("target", "asked", "rows"),
    [
        ("rollout", {"batch": "40%", "replicas": 5}, ["| Batch | 2 (40 %) |"]),
        ("rollout", {"batch": 2, "replicas": 5}, ["| Batch | 2 |"]),
        ("shadow", {}, ["| Mirrored requests | 100 % |", "| Comparison time | 1 h |"]),
    ],
)
def test_parameters_are_told_by_their_titles_and_as_they_were_asked_for(
    target: str, asked: dict[str, Any], rows: list[str]
) -> None:
    planned = drawdeploy.plan(target, **asked)
    text = markdown.render(planned.plan, planned.ledger, Words("en"), None).replace("\u00a0", " ")
    assert [row for row in rows if row not in text] == []


@pytest.mark.parametrize(
    ("environment", "rows"),
    [
        ("plain", []),
        ("private", ["| Capacity, On-premises | 6 |"]),
        ("hybrid", ["| Capacity, On-premises | 4 |", "| Capacity, Cloud | elastic |"]),
    ],
)
def test_only_a_cloud_is_called_elastic(environment: str, rows: list[str]) -> None:
    """Of a data center whose capacity nobody gave, nothing is said."""
    planned = drawdeploy.plan("bluegreen", env=environment)
    text = markdown.render(planned.plan, planned.ledger, Words("en"), None)
    assert [line for line in text.splitlines() if line.startswith("| Capacity")] == rows
