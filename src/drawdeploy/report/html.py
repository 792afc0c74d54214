"""The report as one HTML page: every picture, font and style inside, nothing fetched, readable without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from drawdeploy.ledger import Ledger
from drawdeploy.model import Plan, Scalar
from drawdeploy.report import charts
from drawdeploy.report.explain import told
from drawdeploy.report.front import build
from drawdeploy.report.pour import environment, plain
from drawdeploy.report.view import Report
from drawdeploy.value import replace

if TYPE_CHECKING:
    from markupsafe import Markup

    from drawdeploy.picture.frames import Frame, Sheets
    from drawdeploy.words import Words


def policy(script: str) -> str:
    """The page's Content-Security-Policy: what stands in the page, and of scripts only the one with this hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": "'unsafe-inline'",
        "font-src": "data:",
        "script-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def picture(frame: Frame | None, lang: str) -> Markup:
    """A frame as an inline ``<svg>`` with its alt text."""
    from markupsafe import Markup, escape  # comes with jinja2: not for `--help`

    if frame is None:
        return Markup("")
    box = f"0 0 {frame.width:g} {frame.height:g}"
    size = f'viewBox="{box}" width="{frame.width:g}" height="{frame.height:g}"'
    head = f'<svg id="{lang}-picture-{escape(frame.name)}" {size} role="img" aria-label="{escape(plain(frame.alt))}">'
    return Markup(f"{head}{frame.body}</svg>")


def symbols(sheets: Mapping[str, Sheets]) -> Markup:
    """The icons of all languages' pictures, each once."""
    from markupsafe import Markup

    from drawdeploy.picture.frames import symbols as defs

    if not sheets:
        return Markup("")
    icons = dict(icon for sheet in sheets.values() for icon in sheet.icons)
    return Markup(defs(replace(next(iter(sheets.values())), icons=tuple(icons.items()))))


def face(text: str, sheets: Mapping[str, Sheets]) -> Markup:
    """The font, cut to the characters of the page and its pictures."""
    from markupsafe import Markup

    from drawdeploy.picture.fonts import font_face

    drawn = set(text).union(*(sheet.characters for sheet in sheets.values()))
    return Markup(font_face("".join(sorted(drawn))))


def render(
    plan: Plan,
    ledger: Ledger,
    words: Mapping[str, Words],
    sheets: Mapping[str, Sheets],
    *,
    title: str = "",
    author: str = "",
) -> str:
    """Writes the page.

    Args:
        plan: What happens.
        ledger: Its figures.
        words: The languages by their codes; the first one is shown first.
        sheets: The pictures of each language; may lack a language, or be empty.
        title: Instead of the title made of service, strategy and environment.
        author: Shown below the title.

    Returns:
        The page, with its own font and Content-Security-Policy.
    """
    from markupsafe import Markup  # comes with jinja2: not for `--help`

    templates = environment(html=True)
    load = templates.loader.get_source if templates.loader else None
    assert load is not None  # environment() always sets one
    parts = [load(templates, name)[0].strip() for name in ("player.js", "report.js", "report.css")]
    script, style = "\n".join(parts[:2]), parts[2]
    theme = next((sheet.theme for sheet in sheets.values()), "light")

    languages = [(lang, _get(said, "language")) for lang, said in words.items()]
    reports = {
        lang: build(plan, ledger, said, sheets.get(lang), title=title, author=author) for lang, said in words.items()
    }
    inner = templates.get_template("report-page.html.j2")

    def speak(lang: str) -> Markup:
        report, get = reports[lang], partial(_get, words[lang])
        swatch = partial(charts.swatch, prefix=f"{lang}-chart")
        body = inner.render(
            report=report,
            get=get,
            lang=lang,
            languages=languages,
            chart=_chart(report, get),
            picture=picture,
            told=told(plan, words[lang]) if report.start else "",
            swatch=lambda kind: Markup(swatch(kind)),
        )
        return Markup(body)

    first = next(iter(reports.values()))
    body = templates.get_template("report.html.j2").render(
        pages=[{"lang": lang, "language": language, "body": speak(lang)} for lang, language in languages],
        title=first.title,
        summary=first.summary,
        theme=theme,
        symbols=symbols(sheets),
        policy=policy(script),
        style=Markup(style),
        script=Markup(script),
        face=Markup(_FACE),
    )
    return body.replace(_FACE, face(body, sheets), 1)


_FACE = "/* the font */"
"""Stands in the page until its characters are known."""


def _get(words: Words, key: str, **values: Scalar) -> str:
    return words.get(f"report.{key}", **values)


def _chart(report: Report, get: partial[str]) -> Markup:
    from markupsafe import Markup

    def say(key: str, **values: Scalar) -> str:
        return get(f"chart.{key}", **values)

    prefix = f"{report.lang}-chart"
    return Markup(charts.ledger(report.points, report.sites, report.clouds, say, new=plain(report.new), prefix=prefix))
