"""Plain text: every step with a small drawing of its own, for a terminal, a mail or a commit message."""

from __future__ import annotations

import unicodedata

from drawdeploy.exports import Material
from drawdeploy.exports.graph import Dot, graph
from drawdeploy.model import Phase, State

_SIGNS = {
    Phase.SERVING: "■",
    Phase.STANDBY: "▨",
    Phase.READY: "□",
    Phase.STARTING: "◌",
    Phase.STOPPING: "◍",
    Phase.FAILED: "✗",
}
_MOST = 24
"""Signs of a pool; larger ones are drawn in proportion."""


def make(material: Material) -> dict[str, bytes]:
    """The file."""
    report, words = material.report, material.words
    lines = [report.title, "=" * width(report.title), "", report.summary, ""]
    states = {0: material.plan.begin} | {step.number: step.after for step in material.plan.steps}
    lines += [words.get("report.heading.start"), *_drawing(material, states[0]), ""]
    for step in report.steps:
        lines += [f"{step.number}. {step.title}  ({step.time})", f"   {step.text}"]
        lines += _drawing(material, states[step.number])
        lines += [f"   [{check.label}] {check.text}" for check in step.checks]
        lines += [f"   ↩ {step.rollback.summary}", ""]
    signs = "  ".join(f"{sign} {words.get(f'picture.phase.{phase}')}" for phase, sign in _SIGNS.items())
    return {f"plan{material.suffix}.txt": "\n".join([*lines, signs, ""]).encode()}


def _drawing(material: Material, state: State) -> list[str]:
    """A line for each pool: the way to it, who is in it, and what it gets."""
    found = graph(material.plan, state, material.words)
    dots = {dot.id: dot for dot in found.dots}
    into = {arrow.target: arrow for arrow in found.arrows if arrow.kind in ("live", "idle")}
    rows = []
    for pool in (dot for dot in found.dots if "@" in dot.id):
        path: list[str] = []
        end = pool.id
        while end in into and len(path) < 12:
            arrow = into[end]
            sign = "─▶" if arrow.kind == "live" else "┄▷"
            path.insert(0, f"{dots[arrow.source].lines[0]} {arrow.label + ' ' if arrow.label else ''}{sign} ")
            end = arrow.source
        rows.append(("".join(path), pool))
    ways = max((width(way) for way, _ in rows), default=0)
    names = max((width(pool.lines[0]) for _, pool in rows), default=0)
    return [f"   {pad(way, ways)}{pad(pool.lines[0], names)}  {_signs(pool)}  {pool.lines[1]}" for way, pool in rows]


def _signs(pool: Dot) -> str:
    total = sum(n for _, n in pool.counts)
    if total <= _MOST:
        return "".join(_SIGNS[phase] * n for phase, n in pool.counts) or "·"
    return "".join(_SIGNS[phase] * max(1, n * _MOST // total) for phase, n in pool.counts)


def width(text: str) -> int:
    """Columns of a text in a terminal: Hangul takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """A text filled up with spaces."""
    return text + " " * max(0, columns - width(text))
