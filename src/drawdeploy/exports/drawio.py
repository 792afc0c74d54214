"""draw.io: a page a step, every thing a shape of its own at the same place, connectors attached to what they join."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from drawdeploy.exports import Material
from drawdeploy.picture import fonts
from drawdeploy.picture.frames import Frame
from drawdeploy.picture.layout import Box
from drawdeploy.picture.shapes import Shape, shapes

_WHOLE = ("pool", "instance", "node", "actor")
"""Parts that move as one when they are dragged."""
_ENDS = ("pool", "node", "actor")
_LINES = ("route", "test", "data", "writes", "link")


def make(material: Material) -> dict[str, bytes]:
    """The file."""
    icons = dict(material.sheets.icons)
    pages = "".join(_page(frame, icons) for frame in material.steps)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<mxfile host="drawdeploy">\n{pages}</mxfile>\n'
    return {f"plan{material.suffix}.drawio": text.encode()}


def _page(frame: Frame, icons: dict[str, str]) -> str:
    cells = "\n".join(_cells(shapes(frame), icons))
    size = f'pageWidth="{frame.width:g}" pageHeight="{frame.height:g}"'
    return (
        f'<diagram id="{escape(frame.name)}" name="{escape(frame.name)}">\n'
        f'<mxGraphModel grid="0" page="1" {size} math="0" shadow="0"><root>\n'
        f'<mxCell id="0"/>\n<mxCell id="1" parent="0"/>\n{cells}\n</root></mxGraphModel>\n</diagram>\n'
    )


def _cells(found: Sequence[Shape], icons: dict[str, str]) -> Iterator[str]:
    groups = _groups(found)
    ends: dict[str, tuple[str, Box]] = {}  # cell and box that connectors to a part end on
    ids = [f"c{index}" for index in range(len(found))]
    for name, shape in zip(ids, found, strict=True):
        part = _part(shape, _ENDS)
        kinds = ("icon",) if part.startswith(("node:", "actor:")) else ("rect",)
        if part and part not in ends and shape.kind in kinds and not _part(shape, ("instance",)):
            ends[part] = name, shape.box
    opened: set[str] = set()
    for name, shape in zip(ids, found, strict=True):
        chain = [part for part in shape.parts if part in groups]
        for index, part in enumerate(chain):
            if part not in opened:
                opened.add(part)
                above = chain[index - 1] if index else ""
                yield _group(part, groups[part], above, groups.get(above))
        origin = groups[chain[-1]] if chain else Box(0, 0, 0, 0)
        parent = _id(chain[-1]) if chain else "1"
        line = _part(shape, _LINES)
        if shape.kind == "line" and line:
            yield _edge(name, shape, _tip(found, shape), line, ends)
        elif shape.kind == "line" or (shape.kind == "area" and line):
            if shape.kind == "line":
                yield _edge(name, shape, None, "", ends)
        else:
            yield _vertex(name, shape, parent, origin, icons)


def _part(shape: Shape, kinds: Sequence[str]) -> str:
    """The innermost part of one of some kinds that a shape is in."""
    return next((part for part in reversed(shape.parts) if part.partition(":")[0] in kinds), "")


def _groups(found: Sequence[Shape]) -> dict[str, Box]:
    """The parts that are groups, and the room that each takes."""
    boxes: dict[str, list[Box]] = {}
    for shape in found:
        if shape.kind != "line":
            for part in shape.parts:
                if part.partition(":")[0] in _WHOLE:
                    boxes.setdefault(part, []).append(_room(shape))
    return {part: _around(rooms) for part, rooms in boxes.items()}


def _around(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    return Box(left, top, max(box.right for box in boxes) - left, max(box.bottom for box in boxes) - top)


def _room(shape: Shape) -> Box:
    """The room of a shape; of a text, as wide as it is."""
    if shape.kind != "text":
        return shape.box
    width = fonts.width(shape.text, shape.size, bold=shape.bold) + 4
    left = shape.box.x - {"start": 2, "middle": width / 2, "end": width - 2}[shape.anchor]
    return Box(left, shape.box.y - 1, width, shape.size * 1.35)


def _id(part: str) -> str:
    return "g-" + "".join(c if c.isalnum() else "-" for c in part)


def _geometry(box: Box, origin: Box) -> str:
    x, y = box.x - origin.x, box.y - origin.y
    return f'<mxGeometry x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" as="geometry"/>'


def _group(part: str, box: Box, above: str, outer: Box | None) -> str:
    parent = _id(above) if above else "1"
    return (
        f'<mxCell id="{_id(part)}" value="" style="group" vertex="1" connectable="0" parent="{parent}">'
        f"{_geometry(box, outer or Box(0, 0, 0, 0))}</mxCell>"
    )


def _vertex(name: str, shape: Shape, parent: str, origin: Box, icons: dict[str, str]) -> str:
    style, value = "", ""
    if shape.kind == "icon":
        # A semicolon ends a style, so draw.io writes data URIs without ";base64".
        image = icons[shape.icon].replace(";base64", "")
        style = f"shape=image;imageAspect=0;aspect=fixed;image={image};"
    elif shape.kind == "text":
        align = {"start": "left", "middle": "center", "end": "right"}[shape.anchor]
        weight = (1 if shape.bold else 0) + (8 if shape.struck else 0)
        style = (
            f"text;html=0;align={align};verticalAlign=middle;spacing=0;whiteSpace=nowrap;fontSize={shape.size:g};"
            f"fontColor={shape.fill};fontStyle={weight};fontFamily={fonts.FAMILY};"
        )
        value = shape.text
    elif shape.kind == "circle":
        style = "ellipse;html=0;" + _look(shape)
    elif shape.kind == "area":
        style = "shape=triangle;html=0;" + _look(shape)
    else:
        round_ = f"rounded=1;absoluteArcSize=1;arcSize={2 * shape.radius:.0f};" if shape.radius else "rounded=0;"
        style = round_ + "html=0;" + _look(shape)
    if shape.opacity < 1:
        style += f"opacity={shape.opacity * 100:.0f};"
    return (
        f'<mxCell id="{name}" value="{escape(value)}" style="{escape(style)}" vertex="1" parent="{parent}">'
        f"{_geometry(_room(shape), origin)}</mxCell>"
    )


def _look(shape: Shape) -> str:
    hatched = shape.fill.startswith("url(")
    fill = "#8490A0" if hatched else shape.fill
    look = f"fillColor={fill};strokeColor={shape.line or 'none'};"
    look += "fillStyle=hatch;sketch=0;" if hatched else ""
    look += f"strokeWidth={shape.width:g};" if shape.line else ""
    return look + (f"dashed=1;dashPattern={shape.dash};" if shape.dash else "")


def _tip(found: Sequence[Shape], line: Shape) -> tuple[float, float] | None:
    """Where the arrow head of a line ends; it stands right behind it."""
    index = next(i for i, shape in enumerate(found) if shape is line)
    for shape in found[index + 1 : index + 3]:
        if shape.kind == "area" and shape.parts == line.parts:
            return shape.points[0]
    return None


def _edge(
    name: str,
    shape: Shape,
    tip: tuple[float, float] | None,
    part: str,
    ends: dict[str, tuple[str, Box]],
) -> str:
    points = [*shape.points]
    if tip is not None:
        points[-1] = tip
    kind, _, rest = part.partition(":")
    source, target = rest.split(":", 1) if kind == "route" and ":" in rest else ("", "")
    if kind == "test":
        source, target = "tester", rest
    if kind == "data":
        source, target = rest, ""
    style = f"html=0;rounded=1;edgeStyle=none;strokeColor={shape.line};strokeWidth={shape.width:g};"
    style += "endArrow=block;endFill=1;" if tip is not None else "endArrow=none;"
    style += f"dashed=1;dashPattern={shape.dash};" if shape.dash else ""
    attached = ""
    for which, end, point in (("source", source, points[0]), ("target", target, points[-1])):
        cell = next((ends[f"{k}:{end}"] for k in _ENDS if f"{k}:{end}" in ends), None)
        if cell is not None:
            x, y = ((point[0] - cell[1].x) / cell[1].width, (point[1] - cell[1].y) / cell[1].height)
            side = "exit" if which == "source" else "entry"
            style += f"{side}X={x:.3f};{side}Y={y:.3f};{side}Perimeter=0;"
            attached += f' {which}="{cell[0]}"'
    inner = "".join(f'<mxPoint x="{x:.1f}" y="{y:.1f}"/>' for x, y in points[1:-1])
    array = f'<Array as="points">{inner}</Array>' if inner else ""
    first, last = points[0], points[-1]
    return (
        f'<mxCell id="{name}" value="" style="{escape(style)}" edge="1" parent="1"{attached}>'
        f'<mxGeometry relative="1" as="geometry"><mxPoint x="{first[0]:.1f}" y="{first[1]:.1f}" as="sourcePoint"/>'
        f'<mxPoint x="{last[0]:.1f}" y="{last[1]:.1f}" as="targetPoint"/>{array}</mxGeometry></mxCell>'
    )
