"""A comparison as one HTML page that stands alone, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from drawdeploy.report import courses
from drawdeploy.report.comparison import Sheet
from drawdeploy.report.html import face, picture, policy, symbols
from drawdeploy.report.pour import environment, escape_markdown, plain

if TYPE_CHECKING:
    from markupsafe import Markup

    from drawdeploy.picture.frames import Frame, Sheets
    from drawdeploy.words import Words

_FACE = "/* the font */"
"""Stands in the page until its characters are known."""


def cover(sheets: Sheets) -> Frame:
    """The figure of all steps."""
    return next((frame for frame in sheets.frames if frame.kind == "overview"), sheets.frames[-1])


def telling(sheets: Sheets, number: int) -> Frame | None:
    """The picture of a step, or of the last one before it that is drawn."""
    drawn = [frame for frame in sheets.frames if frame.kind == "step" and frame.number <= max(number, 1)]
    return drawn[-1] if drawn else None


def render(
    sheets: Mapping[str, Sheet],
    words: Mapping[str, Words],
    pictures: Mapping[str, Sequence[Sheets]],
    steps: Sequence[int],
    *,
    theme: str = "light",
) -> str:
    """Writes the page.

    Args:
        sheets: What it says, by language; the first is shown first.
        words: The languages by their codes.
        pictures: The pictures of every way, by language.
        steps: Number of the step to show of every way: where it is first put to the test.
        theme: ``light`` or ``dark``.
    """
    from markupsafe import Markup  # comes with jinja2: not for `--help`

    templates = environment(html=True)
    load = templates.loader.get_source if templates.loader else None
    assert load is not None  # environment() always sets one
    script, *styles = (load(templates, name)[0].strip() for name in ("report.js", "report.css", "compare.css"))
    languages = [(lang, said.get("compare.language")) for lang, said in words.items()]
    inner = templates.get_template("compare-page.html.j2")

    def speak(lang: str) -> Markup:
        sheet, said = sheets[lang], words[lang]
        scale = max(way.seconds for way in sheet.ways)

        def chart(index: int) -> Markup:
            way = sheet.ways[index]
            name = said.get("compare.chart.name", plan=plain(way.title), new=plain(sheet.new), time=way.time)
            axis = said.get("compare.chart.axis")
            return Markup(courses.course(way.course, way.seconds, scale, name, axis, f"{lang}-way-{index}"))

        def thumb(index: int) -> Markup:
            return picture(telling(pictures[lang][index], steps[index]), f"{lang}-small-{index}")

        body = inner.render(
            sheet=sheet,
            get=lambda key, **values: said.get(f"compare.{key}", **values),
            skip=said.get("report.label.skip"),
            lang=lang,
            languages=languages,
            chart=chart,
            thumb=thumb,
            picture=lambda index: picture(cover(pictures[lang][index]), f"{lang}-way-{index}"),
            lost=any(moment.lost for way in sheet.ways for moment in way.course),
        )
        return Markup(body)

    every = {f"{lang}-{index}": one for lang, rows in pictures.items() for index, one in enumerate(rows)}
    first = next(iter(sheets.values()))
    page = templates.get_template("report.html.j2").render(
        pages=[{"lang": lang, "language": language, "body": speak(lang)} for lang, language in languages],
        title=first.title,
        summary=f"{first.summary} {first.verdict}",
        theme=theme,
        symbols=symbols(every),
        policy=policy(script),
        style=Markup("\n".join(styles)),
        script=Markup(script),
        face=Markup(_FACE),
    )
    return page.replace(_FACE, face(page, every), 1)


def markdown(sheet: Sheet, words: Words, alts: Sequence[str], files: Sequence[str]) -> str:
    """Writes the Markdown of one language.

    Args:
        sheet: What it says.
        words: The language.
        alts: What the pictures show, in words.
        files: Names of the pictures beside it; empty for none.
    """
    from markupsafe import Markup  # comes with jinja2: not for `--help`

    def show(index: int) -> Markup:
        if not files:
            return Markup("")
        return Markup(f"![{escape_markdown(alts[index])}]({quote(files[index])})\n\n")

    said = partial(_get, words)
    text = environment(html=False).get_template("compare.md.j2").render(sheet=sheet, get=said, picture=show)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _get(words: Words, key: str, **values: str | int) -> str:
    return words.get(f"compare.{key}", **values)
