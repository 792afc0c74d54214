"""Pours a view into a template. Whatever is not markup is escaped, so that a template cannot forget to."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

# What is neither text nor harmless: control characters, and those that turn the direction of what follows them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BREAKS = re.compile("[ \t\n\f\r\x85\u2028\u2029]+")  # not the no-break space: it keeps a number and its unit together
_SIGNS = re.compile(r"""[\\`*_\[\]{}<|~^$@]|&(?=[#\w]+;)|(?<=[a-z]):(?=//)|(?<=www)\.""", re.IGNORECASE)
_FIRST = re.compile(r"[#+\-=>:%](?=$|.)|\d{1,9}(?=[.)])")


def plain(text: str) -> str:
    """A text on one line, without what cannot be seen."""
    return _BREAKS.sub(" ", _UNSEEN.sub("", text)).strip(" ")


def escape_markdown(text: str) -> str:
    """A text that Markdown shows as it is: in a paragraph, a heading, a table's cell or a picture's alt text.

    It is CommonMark's own backslash, put before what GitHub, pandoc or VS Code would take for markup.
    """
    text = _SIGNS.sub(lambda hit: "\\" + hit[0], plain(text))
    if first := _FIRST.match(text):
        sign = first[0]
        text = f"{sign}\\{text[len(sign) :]}" if sign.isdigit() else f"\\{text}"
    return text


@cache
def environment(html: bool) -> Environment:
    """The templates of ``templates/``; everything they print is escaped for HTML or for Markdown, except ``Markup``."""
    # Slow to import, and not needed for `--help`.
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    from drawdeploy.report.poured import loader
    from drawdeploy.resources import folder

    def finish(value: Any) -> Any:
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        return plain(value) if html else escape_markdown(value)

    return Environment(
        loader=loader(folder("templates")),
        autoescape=html,
        finalize=finish,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
