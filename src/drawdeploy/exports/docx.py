"""Word: for homework. A title, the steps as a table, then every picture with its caption and what is done."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from drawdeploy.exports import Material, needed, steady
from drawdeploy.picture import fonts
from drawdeploy.report.view import Stepping

_CM = 360000


def make(material: Material) -> dict[str, bytes]:
    """The file.

    Raises:
        DrawDeployError: python-docx is not installed.
    """
    document = needed("docx", "docx").Document()
    _page(document)
    report, get = material.report, material.words.get
    document.add_heading(report.title, 0)
    if report.author:
        document.add_paragraph(report.author)
    document.add_paragraph(report.summary)
    named = {(frame.kind, frame.number): frame for frame in material.sheets.frames}
    figure = _Figures(document, material)
    if ("overview", -1) in named:
        figure.add("overview", named["overview", -1].title, named["overview", -1].alt)
        document.add_page_break()
    _table(document, material)
    if ("start", 0) in named:
        document.add_heading(get("report.heading.start"), 1)
        figure.add(named["start", 0].name, named["start", 0].title, named["start", 0].alt)
    for step in report.steps:
        if step.picture is None:
            continue
        document.add_heading(f"{step.number}. {step.title}", 1)
        _step(document, step, get)
        figure.add(step.picture.name, step.title, step.picture.alt)
        document.add_heading(get("report.heading.rollback", n=step.number), 2)
        document.add_paragraph(step.rollback.summary)
        if step.rollback.picture is not None:
            back = step.rollback.picture
            figure.add(back.name, back.title, back.alt)
    if report.advice:
        document.add_heading(get("report.heading.advice", environment=report.environment), 1)
        for text in report.advice:
            document.add_paragraph(text, style="List Bullet")
    properties = document.core_properties
    from datetime import datetime

    properties.created = properties.modified = datetime(2000, 1, 1)
    properties.title, properties.author = report.title, report.author
    properties.last_modified_by, properties.comments = "drawdeploy", ""
    out = BytesIO()
    document.save(out)
    return {f"report{material.suffix}.docx": steady(out.getvalue())}


class _Figures:
    """Adds pictures with numbered captions."""

    def __init__(self, document: Any, material: Material) -> None:
        self._document, self._material = document, material
        self._count = 0

    def add(self, name: str, title: str, alt: str) -> None:
        """Adds a picture as wide as the page's text."""
        self._count += 1
        picture = self._document.add_picture(BytesIO(self._material.png(name)), width=round(16.5 * _CM))
        picture._inline.docPr.set("descr", alt)
        paragraph = self._document.paragraphs[-1]
        paragraph.alignment = 1
        paragraph.paragraph_format.keep_with_next = True
        caption = self._document.add_paragraph(
            self._material.words.get("exports.figure", n=self._count, title=title), style="Caption"
        )
        caption.alignment = 1


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = 21 * _CM, round(29.7 * _CM)
    section.left_margin = section.right_margin = round(2.25 * _CM)
    section.top_margin = section.bottom_margin = 2 * _CM
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Caption"):
        style = document.styles[name]
        style.font.name = fonts.FAMILY
        # What Word writes Hangul in is another setting.
        properties = style.element.get_or_add_rPr()
        found = properties.find("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}rFonts")
        if found is not None:
            found.set("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia", fonts.FAMILY)


def _table(document: Any, material: Material) -> None:
    get = material.words.get
    heads = [get(f"report.column.{name}") for name in ("step", "what", "who", "time")]
    heads.insert(3, get("report.column.share", new=material.report.new))
    table = document.add_table(rows=1, cols=len(heads), style="Light Grid Accent 1")
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = text
    for step in material.report.steps:
        texts = (str(step.number), step.title, step.who, step.after.exposure, step.time)
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text
    for row in table.rows:
        for cell, wide in zip(row.cells, (1.4, 6.2, 4.1, 2.3, 2.5), strict=True):
            cell.width = round(wide * _CM)


def _step(document: Any, step: Stepping, get: Any) -> None:
    document.add_paragraph(step.text)
    for move in step.moves:
        document.add_paragraph(move, style="List Bullet")
    for check in step.checks:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{check.label}: ").bold = True
        paragraph.add_run(f"{check.text} ({check.who}{' · ' + check.time if check.time else ''})")
