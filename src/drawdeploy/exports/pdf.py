"""PDF: the report set by Typst, its pictures as vectors, the font embedded, a bookmark for every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drawdeploy.exports import Material, needed
from drawdeploy.picture import fonts
from drawdeploy.report.view import Stepping

_HEAD = """#set document(title: {title}, author: {author}, date: none)
#set page(paper: "a4", margin: (x: 18mm, y: 16mm), numbering: "1 / 1")
#set text(font: {font}, size: 9.5pt, lang: {lang}, fill: rgb("#1A2230"))
#set par(leading: 0.7em)
#set heading(numbering: none)
#show heading: set text(stroke: 0.02em + rgb("#1A2230"))
#show heading.where(level: 1): set text(size: 15pt)
#show heading.where(level: 2): set text(size: 11.5pt)
#show heading: set block(above: 1.2em, below: 0.7em)
#set table(stroke: 0.5pt + rgb("#D5DCE6"), inset: 5pt)
"""


def make(material: Material) -> dict[str, bytes]:
    """The file.

    Raises:
        DrawDeployError: Typst is not installed.
    """
    typst: Any = needed("typst", "pdf")
    names = [frame.name for frame in material.sheets.frames]
    files = {"main.typ": "\n".join(_lines(material)).encode()}
    files |= {f"{name}.svg": material.svg(name).encode() for name in names}
    made = typst.compile(files, font_paths=[str(fonts.font_path().parent)], ignore_system_fonts=True)
    return {f"report{material.suffix}.pdf": made}


def quoted(text: str) -> str:
    """A text as a string of Typst's: nothing in it is markup or code."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in escaped) + '"'


def _say(text: str) -> str:
    return f"#text({quoted(text)})"


def _lines(material: Material) -> Iterator[str]:
    report, get = material.report, material.words.get
    yield _HEAD.format(
        title=quoted(report.title),
        author=f"({quoted(report.author)},)" if report.author else "()",
        font=quoted(fonts.FAMILY),
        lang=quoted(report.lang),
    )
    yield f'#text(size: 9pt, fill: rgb("#2256b8"))[{_say(report.kind)}]\n'
    yield f"#text(size: 21pt, stroke: 0.02em)[{_say(report.title)}]\n"
    if report.author:
        yield f'#text(fill: rgb("#556070"))[{_say(report.author)}]\n'
    yield _say(report.summary) + "\n"
    named = {(frame.kind, frame.number): frame for frame in material.sheets.frames}
    if ("overview", -1) in named:
        yield _picture("overview", named["overview", -1].alt, "max-height")
    yield f"= {_say(get('report.heading.table'))}"
    yield _table(material)
    if ("start", 0) in named:
        yield f"= {_say(get('report.heading.start'))}"
        yield _picture(named["start", 0].name, named["start", 0].alt)
    for step in report.steps:
        if step.picture is not None:
            yield from _step(step, material)
    yield f"#pagebreak(weak: true)\n= {_say(get('report.heading.advice', environment=report.environment))}"
    yield from (f"- {_say(text)}" for text in report.advice)


def _picture(name: str, alt: str, height: str = "") -> str:
    limit = ', height: 175mm, fit: "contain"' if height else ""
    return f"#align(center, image({quoted(name + '.svg')}, width: 100%{limit}, alt: {quoted(alt)}))\n"


def _table(material: Material) -> str:
    get, report = material.words.get, material.report
    heads = [get(f"report.column.{name}") for name in ("step", "what", "who", "time", "contain", "restore")]
    heads.insert(3, get("report.column.share", new=report.new))
    rows = [
        (
            str(step.number),
            step.title,
            step.who,
            step.after.exposure,
            step.time,
            step.rollback.contain,
            step.rollback.restore,
        )
        for step in report.steps
    ]
    cells = ", ".join(f"[{_say(text)}]" for row in rows for text in row)
    head = ", ".join(f"[#strong[{_say(text)}]]" for text in heads)
    widths = "(auto, 2.4fr, 1.8fr, 0.9fr, 1.4fr, 1.1fr, 1.1fr)"
    return f"#[#set text(size: 8.5pt)\n#table(columns: {widths}, table.header({head}), {cells})]\n"


def _step(step: Stepping, material: Material) -> Iterator[str]:
    get = material.words.get
    assert step.picture is not None
    yield f"#pagebreak(weak: true)\n= {_say(f'{step.number} · {step.title}')}"
    yield _picture(step.picture.name, step.picture.alt)
    yield _say(step.text) + "\n"
    yield from (f"- {_say(move)}" for move in step.moves)
    for check in step.checks:
        time = f" · {check.time}" if check.time else ""
        yield f"- #strong[{_say(check.label)}] {_say(f'{check.text} ({check.who}{time})')}"
    yield f"== {_say(get('report.heading.rollback', n=step.number))}"
    yield _say(step.rollback.summary) + "\n"
    if step.rollback.picture is not None:
        yield _picture(step.rollback.picture.name, step.rollback.picture.alt)
