"""Findings, told: lines for a terminal, JSON, and SARIF 2.1.0 for code hosts and editors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from drawdeploy.check import RULES, Finding, Level
from drawdeploy.model import Phrase, Plan
from drawdeploy.value import Value
from drawdeploy.words import Words, names

SCHEMA = "drawdeploy/check/v1"
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Json = dict[str, Any]


class Judged(Value):
    """A plan and what was found.

    Attributes:
        target: As the user named it.
    """

    target: str
    plan: Plan
    findings: tuple[Finding, ...]


def count(judged: Sequence[Judged]) -> dict[Level, int]:
    """How many findings there are of each level."""
    found = [finding.level for one in judged for finding in one.findings]
    return {level: found.count(level) for level in Level}


def message(plan: Plan, finding: Finding, words: Words) -> str:
    """What is found, with all there is to say."""
    titles = names(plan)
    parts = [words.say(phrase, titles) for phrase in (finding.message, finding.detail) if phrase]
    return " ".join(parts)


def steps(finding: Finding, words: Words) -> str:
    """Where it holds: ``steps 1–3, 6``; empty if nowhere in particular."""
    numbers = sorted(number for number in finding.steps if number)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    which = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
    parts = [words.get("check.start")] if 0 in finding.steps else []
    parts += [words.get("check.steps", n=len(numbers), which=which)] if which else []
    return ", ".join(parts)


def lines(judged: Sequence[Judged], words: Words) -> list[tuple[str, str]]:
    """Every line to print, and its level: ``error``, ``warning``, ``note``, ``heading``, or ``""`` for the others."""
    told: list[tuple[str, str]] = []
    for one in judged:
        if not one.findings:
            told.append((words.get("check.fine", target=one.target), ""))
        elif len(judged) > 1:
            told.append((f"{one.target} · {words.text(one.plan.environment.title)}", "heading"))
        for finding in one.findings:
            place = f"{finding.where}: " if finding.where and finding.where.line else f"{one.target}: "
            held = steps(finding, words)
            tail = f" ({held})" if held else ""
            level = words.get(f"check.{finding.level.value}")
            said = message(one.plan, finding, words)
            told.append((f"{place}{level}: {said}{tail} [{finding.rule}]", finding.level.value))
            if finding.hint:
                told.append((f"  → {words.say(finding.hint, names(one.plan))}", ""))
    counts = count(judged)
    total = words.get(
        "check.counted", errors=counts[Level.ERROR], warnings=counts[Level.WARNING], notes=counts[Level.NOTE]
    )
    return [*((text.replace("\u00a0", " "), level) for text, level in told), ("", ""), (total, "")]


def dumps(judged: Sequence[Judged], words: Mapping[str, Words]) -> str:
    """The findings as JSON; a text is an object with one entry a language."""

    def say(phrase: Phrase | None, plan: Plan) -> Json | None:
        return {lang: said.say(phrase, names(plan)) for lang, said in words.items()} if phrase else None

    counts = count(judged)
    return _json(
        {
            "schema": SCHEMA,
            "counts": {level.value: n for level, n in counts.items()},
            "targets": [
                {
                    "target": one.target,
                    "strategy": one.plan.strategy.id,
                    "environment": one.plan.environment.id,
                    "placement": one.plan.placement.id,
                    "findings": [
                        {
                            "rule": finding.rule,
                            "level": finding.level.value,
                            "message": say(finding.message, one.plan),
                            "detail": say(finding.detail, one.plan),
                            "hint": say(finding.hint, one.plan),
                            "steps": list(finding.steps),
                            "where": _where(finding),
                        }
                        for finding in one.findings
                    ],
                }
                for one in judged
            ],
        }
    )


def _where(finding: Finding) -> Json | None:
    where = finding.where
    return {"file": where.file, "line": where.line, "column": where.column} if where and where.line else None


def sarif(judged: Sequence[Judged], words: Words, version: str) -> str:
    """The findings as one run of SARIF 2.1.0.

    Args:
        judged: What was found.
        words: The language of its texts.
        version: Of drawdeploy.
    """
    rules = list(RULES)
    return _json(
        {
            "$schema": SARIF_SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": "drawdeploy",
                            "semanticVersion": version,
                            "rules": [_rule(rule, words) for rule in rules],
                        }
                    },
                    "language": words.lang,
                    "columnKind": "unicodeCodePoints",
                    "results": [
                        _result(one, finding, rules.index(finding.rule), words)
                        for one in judged
                        for finding in one.findings
                    ],
                }
            ],
        }
    )


def _rule(rule: str, words: Words) -> Json:
    name = "".join(part.capitalize() for part in rule.split("-"))
    text = words.get(f"check.rule.{rule.replace('-', '_')}").replace("\u00a0", " ")
    return {"id": rule, "name": name, "shortDescription": {"text": text}}


def _result(one: Judged, finding: Finding, index: int, words: Words) -> Json:
    hint = words.say(finding.hint, names(one.plan)) if finding.hint else ""
    held = steps(finding, words)
    said = message(one.plan, finding, words) + (f" ({held})" if held else "")
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level.value,
        "message": {"text": " ".join(f"{one.target}: {said} {hint}".replace("\u00a0", " ").split())},
        "properties": {
            "target": one.target,
            "strategy": one.plan.strategy.id,
            "environment": one.plan.environment.id,
            "steps": list(finding.steps),
        },
    }
    where = finding.where
    # What comes from standard input stands in no file that anybody could open.
    if where and not where.file.startswith("<"):
        place: Json = {"artifactLocation": {"uri": _uri(where.file)}}
        if where.line:
            place["region"] = {"startLine": where.line, "startColumn": max(1, where.column)}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(file: str) -> str:
    """A path as a relative reference, or as a `file:` URI if it begins at a root."""
    path = file.replace("\\", "/")
    if len(path) > 1 and path[1] == ":" and path[0].isalpha():
        return "file:///" + quote(path, safe="/:")
    return ("file://" if path.startswith("/") else "") + quote(path.removeprefix("./"))


def _json(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
