"""Mermaid, for Markdown where no picture can go: a flowchart a step."""

from __future__ import annotations

from drawdeploy.exports import Material
from drawdeploy.exports.graph import Arrow, Dot, Graph, graph
from drawdeploy.model import State

_STYLES = (
    "classDef old fill:#EBF2FE,stroke:#2F6FDE,color:#1A2230",
    "classDef new fill:#E8F7ED,stroke:#1E9E4A,color:#1A2230",
    "classDef newer fill:#FFF3DC,stroke:#B86E00,color:#1A2230",
    "classDef none fill:#F6F8FB,stroke:#8490A0,color:#556070,stroke-dasharray:4 3",
)
_ARROWS = {"live": "-->", "idle": "-.->", "test": "-.->", "match": "==>", "mirror": "-.->"}


def make(material: Material) -> dict[str, bytes]:
    """A file a step."""
    states = {0: material.plan.begin} | {step.number: step.after for step in material.plan.steps}
    return {
        f"{frame.name}{material.suffix}.mmd": _text(material, states[frame.number], frame.title).encode()
        for frame in material.steps
    }


def _text(material: Material, state: State, title: str) -> str:
    found = graph(material.plan, state, material.words)
    ids = {dot.id: f"n{index}" for index, dot in enumerate(found.dots)}
    lines = ["---", f"title: {escaped(title)}", "---", "flowchart LR"]
    lines += [f"  {_node(dot, ids)}" for dot in found.dots if not dot.site]
    for index, (site, name) in enumerate(found.sites):
        inside = [f"    {_node(dot, ids)}" for dot in found.dots if dot.site == site]
        lines += [f'  subgraph s{index}["{escaped(name)}"]', *inside, "  end"]
    lines += [f"  {_arrow(arrow, ids)}" for arrow in found.arrows]
    lines += [f"  {style}" for style in _STYLES]
    lines += [f"  class {ids[dot.id]} {dot.revision or 'none'}" for dot in _pools(found)]
    return "\n".join(lines) + "\n"


def _pools(found: Graph) -> list[Dot]:
    return [dot for dot in found.dots if "@" in dot.id]


def escaped(text: str) -> str:
    """A text that Mermaid shows as it is: whatever it could take for syntax is written as an entity."""
    return "".join(c if c.isalnum() or c in " ·.,/()%-_+→" else f"#{ord(c)};" for c in text if c.isprintable())


def _node(dot: Dot, ids: dict[str, str]) -> str:
    text = "<br/>".join(escaped(line) for line in dot.lines)
    return f'{ids[dot.id]}["{text}"]'


def _arrow(arrow: Arrow, ids: dict[str, str]) -> str:
    label = f'|"{escaped(arrow.label)}"|' if arrow.label else ""
    return f"{ids[arrow.source]} {_ARROWS[arrow.kind]}{label} {ids[arrow.target]}"
