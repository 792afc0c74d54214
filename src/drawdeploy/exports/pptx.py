"""PowerPoint: a slide a step, of real shapes and text boxes, with what happens in the speaker's notes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from drawdeploy.exports import Material, icons, needed, steady
from drawdeploy.picture import fonts
from drawdeploy.picture.frames import Frame
from drawdeploy.picture.shapes import Shape, shapes
from drawdeploy.picture.theme import THEMES
from drawdeploy.report.view import Stepping

_WIDTH, _HEIGHT = 12192000, 6858000  # 13.333 × 7.5 inches, in EMU
_POINT = 12700
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def make(material: Material) -> dict[str, bytes]:
    """The file.

    Raises:
        DrawDeployError: python-pptx is not installed.
    """
    presentation = needed("pptx", "pptx").Presentation()
    presentation.slide_width, presentation.slide_height = _WIDTH, _HEIGHT
    blank = presentation.slide_layouts[6]
    pictures = icons(material)
    _cover(presentation.slides.add_slide(blank), material)
    told = {step.number: step for step in material.report.steps}
    for frame in material.steps:
        slide = presentation.slides.add_slide(blank)
        _draw(slide, frame, material, pictures)
        if frame.number in told:
            slide.notes_slide.notes_text_frame.text = _notes(told[frame.number])
    for frame in material.sheets.frames:
        if frame.kind == "rollback":
            slide = presentation.slides.add_slide(blank)
            _draw(slide, frame, material, pictures)
            slide.notes_slide.notes_text_frame.text = frame.alt
    properties = presentation.core_properties
    from datetime import datetime

    properties.created = properties.modified = datetime(2000, 1, 1)
    properties.title, properties.author = material.report.title, material.report.author
    properties.last_modified_by = "drawdeploy"
    out = BytesIO()
    presentation.save(out)
    return {f"slides{material.suffix}.pptx": steady(out.getvalue())}


def _notes(step: Stepping) -> str:
    """What whoever stands before the slide says, and does."""
    lines = [step.text, "", *(f"• {move}" for move in step.moves)]
    lines += [
        f"{check.label}: {check.text} ({check.who}{', ' + check.time if check.time else ''})" for check in step.checks
    ]
    return "\n".join([*lines, "", f"↩ {step.rollback.summary}"])


def _cover(slide: Any, material: Material) -> None:
    theme = THEMES[material.sheets.theme]
    report = material.report
    _ground(slide, theme.card)
    lines = [
        (report.kind, 18, theme.soft, False),
        (report.title, 40, theme.ink, True),
        (report.summary, 18, theme.ink, False),
    ]
    if report.author:
        lines.append((report.author, 16, theme.soft, False))
    box = slide.shapes.add_textbox(700000, 900000, _WIDTH - 1400000, 3200000)
    frame = box.text_frame
    frame.word_wrap = True
    for index, (text, size, colour, bold) in enumerate(lines):
        paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        paragraph.space_after = 8 * _POINT
        _run(paragraph, text, size, colour, bold)
    wide = (_WIDTH - 1400000 - 3 * 150000) // 4
    for index, (label, figure, note) in enumerate(report.highlights[:4]):
        card = slide.shapes.add_shape(5, 700000 + index * (wide + 150000), 4600000, wide, 1300000)
        card.adjustments[0] = 0.08
        _paint(card, theme.band, theme.rule, 1)
        inner = card.text_frame
        inner.word_wrap = True
        for n, (text, size, colour, bold) in enumerate(
            ((label, 14, theme.soft, False), (figure, 20, theme.ink, True), (note, 13, theme.soft, False))
        ):
            paragraph = inner.paragraphs[0] if n == 0 else inner.add_paragraph()
            paragraph.alignment = 1
            _run(paragraph, text, size, colour, bold)


def _draw(slide: Any, frame: Frame, material: Material, pictures: dict[str, bytes]) -> None:
    _ground(slide, THEMES[material.sheets.theme].card)
    scale = min(_WIDTH / frame.width, _HEIGHT / frame.height)
    left, top = (_WIDTH - frame.width * scale) / 2, (_HEIGHT - frame.height * scale) / 2

    def place(x: float, y: float) -> tuple[int, int]:
        return round(left + x * scale), round(top + y * scale)

    for shape in shapes(frame):
        _add(slide, shape, place, scale, pictures)


def _add(slide: Any, shape: Shape, place: Any, scale: float, pictures: dict[str, bytes]) -> None:
    box = shape.box
    x, y = place(box.x, box.y)
    wide, high = round(box.width * scale), round(box.height * scale)
    if shape.kind == "icon":
        made = slide.shapes.add_picture(BytesIO(pictures[shape.icon]), x, y, wide, high)
        if shape.opacity < 1:
            _fade(made, shape.opacity)
        made.name = shape.icon
    elif shape.kind == "text":
        made = _text(slide, shape, place, scale)
    elif shape.kind in ("line", "area"):
        made = _path(slide, shape.points, place, closed=shape.kind == "area")
        _paint(
            made, shape.fill if shape.kind == "area" else "none", shape.line, shape.width * scale / _POINT, shape.dash
        )
    else:
        kind = 9 if shape.kind == "circle" else 5 if shape.radius else 1  # oval, rounded rectangle, rectangle
        made = slide.shapes.add_shape(kind, x, y, wide, high)
        if kind == 5:
            made.adjustments[0] = min(0.5, shape.radius / max(1.0, min(box.width, box.height)))
        _paint(made, shape.fill, shape.line, shape.width * scale / _POINT, shape.dash)
    if shape.parts and shape.kind != "icon":
        made.name = " / ".join(shape.parts[-2:])


def _text(slide: Any, shape: Shape, place: Any, scale: float) -> Any:
    width = fonts.width(shape.text, shape.size, bold=shape.bold) * 1.12 + 8  # other fonts are wider
    offset = {"start": 0.0, "middle": width / 2, "end": width}[shape.anchor]
    x, y = place(shape.box.x - offset, shape.box.y - shape.size * 0.14)
    made = slide.shapes.add_textbox(x, y, round(width * scale), round(shape.size * 1.45 * scale))
    frame = made.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap = False
    frame.vertical_anchor = 3  # middle
    paragraph = frame.paragraphs[0]
    paragraph.alignment = {"start": 1, "middle": 2, "end": 3}[shape.anchor]
    _run(paragraph, shape.text, shape.size * scale / _POINT, shape.fill, shape.bold)
    return made


def _run(paragraph: Any, text: str, size: float, colour: str, bold: bool) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.size = round(size * _POINT)
    run.font.bold = bold
    run.font.name = fonts.FAMILY
    run.font.color.rgb = _colour(colour)
    # What Hangul falls back to where the font is missing is told apart from what Latin does.
    properties = run._r.get_or_add_rPr()
    east = properties.makeelement(f"{_DRAWING}ea", {"typeface": "Malgun Gothic"})
    properties.append(east)


def _path(slide: Any, points: Sequence[tuple[float, float]], place: Any, *, closed: bool) -> Any:
    first, *rest = (place(x, y) for x, y in points)
    builder = slide.shapes.build_freeform(*first)
    builder.add_line_segments(rest, close=closed)
    return builder.convert_to_shape()


def _paint(made: Any, fill: str, line: str, width: float, dash: str = "") -> None:
    made.shadow.inherit = False
    if fill.startswith("#"):
        made.fill.solid()
        made.fill.fore_color.rgb = _colour(fill)
    elif fill.startswith("url("):
        made.fill.patterned()
        made.fill.pattern = 22  # wide upward diagonal
        made.fill.fore_color.rgb, made.fill.back_color.rgb = _colour("#B8C0CC"), _colour("#FFFFFF")
    else:
        made.fill.background()
    if line:
        made.line.color.rgb = _colour(line)
        made.line.width = round(width * _POINT)
        if dash:
            made.line.dash_style = 4  # dash
    else:
        made.line.fill.background()


def _fade(picture: Any, opacity: float) -> None:
    """A picture that shows through, which python-pptx has no word for."""
    blip = picture._element.blipFill.find(f".//{_DRAWING}blip")
    blip.append(blip.makeelement(f"{_DRAWING}alphaModFix", {"amt": str(round(opacity * 100000))}))


def _ground(slide: Any, colour: str) -> None:
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = _colour(colour)


def _colour(text: str) -> Any:
    rgb: Any = needed("pptx.dml.color", "pptx").RGBColor
    return rgb.from_string(text.removeprefix("#").upper())
