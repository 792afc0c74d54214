"""The report as Markdown: CommonMark and GitHub's tables, to be read as it is or pasted elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from drawdeploy.ledger import Ledger
from drawdeploy.model import Plan
from drawdeploy.report.front import build
from drawdeploy.report.pour import environment, escape_markdown

if TYPE_CHECKING:
    from markupsafe import Markup

    from drawdeploy.picture.frames import Frame, Sheets
    from drawdeploy.words import Words


def render(
    plan: Plan,
    ledger: Ledger,
    words: Words,
    sheets: Sheets | None,
    *,
    title: str = "",
    author: str = "",
    suffix: str = "",
    image: str = "png",
) -> str:
    """Writes the report.

    Args:
        plan: What happens.
        ledger: Its figures.
        words: The language.
        sheets: Its pictures, in that language.
        title: Instead of the title made of service, strategy and environment.
        author: Shown below the title.
        suffix: What stands before the ending of every picture's name (``.en``), where there are several languages.
        image: Ending of the pictures beside the report (``png`` or ``svg``); empty if there are none.

    Returns:
        The text, which ends in a newline.
    """
    from markupsafe import Markup  # comes with jinja2: not for `--help`

    def picture(frame: Frame | None) -> Markup:
        if frame is None or not image:
            return Markup("")
        file = quote(f"{frame.name}{suffix}.{image}")
        return Markup(f"![{escape_markdown(frame.alt)}]({file})\n\n")

    report = build(plan, ledger, words, sheets, title=title, author=author)
    template = environment(html=False).get_template("report.md.j2")
    text = template.render(
        report=report, get=lambda key, **values: words.get(f"report.{key}", **values), picture=picture
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
