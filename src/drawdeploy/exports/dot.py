"""Graphviz DOT: a graph a step, to be laid out and styled by oneself; the icons are copied beside it."""

from __future__ import annotations

from drawdeploy.exports import Material, icons
from drawdeploy.exports.graph import Arrow, Dot, graph
from drawdeploy.model import State
from drawdeploy.picture.canvas import icon_id

_COLOURS = {"old": "#2F6FDE", "new": "#1E9E4A", "newer": "#B86E00"}
_STYLES = {"live": "solid", "idle": "dashed", "test": "dotted", "match": "bold", "mirror": "dashed"}


def make(material: Material) -> dict[str, bytes]:
    """A file a step, and the icons."""
    states = {0: material.plan.begin} | {step.number: step.after for step in material.plan.steps}
    pictures = icons(material)
    files = {
        f"{frame.name}{material.suffix}.dot": _text(material, states[frame.number], frame.title, pictures).encode()
        for frame in material.steps
    }
    return files | {f"{name}.png": data for name, data in pictures.items()}


def _text(material: Material, state: State, title: str, pictures: dict[str, bytes]) -> str:
    found = graph(material.plan, state, material.words)
    lines = [
        "digraph {",
        f"  graph [rankdir=LR label={quoted(title)} labelloc=t fontname=sans]",
        "  node [shape=box style=rounded fontname=sans]",
        "  edge [fontname=sans]",
    ]
    lines += [f"  {_node(dot, pictures)}" for dot in found.dots if not dot.site]
    for site, name in found.sites:
        inside = [f"    {_node(dot, pictures)}" for dot in found.dots if dot.site == site]
        lines += [f"  subgraph {quoted('cluster_' + site)} {{", f"    label={quoted(name)}", *inside, "  }"]
    lines += [f"  {_edge(arrow)}" for arrow in found.arrows]
    return "\n".join([*lines, "}", ""])


def quoted(text: str) -> str:
    """A quoted string of DOT; a backslash is no escape in it."""
    from graphviz.quoting import escape, quote

    return str(quote(escape("".join(c if c.isprintable() else " " for c in text))))


def _node(dot: Dot, pictures: dict[str, bytes]) -> str:
    from graphviz.quoting import escape

    lines = "\\n".join(str(escape("".join(c if c.isprintable() else " " for c in line))) for line in dot.lines)
    label = '"' + lines.replace('"', '\\"') + '"'
    more = f" color={quoted(_COLOURS.get(dot.revision, '#8490A0'))}" if "@" in dot.id else ""
    name = icon_id(dot.icon) if dot.icon else ""
    if name in pictures:
        more += f" image={quoted(name + '.png')} labelloc=b imagepos=tc height=1.6 width=1.6"
    return f"{quoted(dot.id)} [label={label}{more}]"


def _edge(arrow: Arrow) -> str:
    look = f"style={_STYLES[arrow.kind]}"
    if arrow.kind == "live":
        look += f" penwidth={1 + 3 * float(arrow.share):.1f}"
    label = f" label={quoted(arrow.label)}" if arrow.label else ""
    return f"{quoted(arrow.source)} -> {quoted(arrow.target)} [{look}{label}]"
