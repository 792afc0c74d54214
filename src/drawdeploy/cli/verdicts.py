"""`drawdeploy check`: its options, and how its findings are printed."""

from __future__ import annotations

from typing import Any

import click

from drawdeploy import api
from drawdeploy.cli.flags import OUTPUT, debug_option, language_option, plan_options
from drawdeploy.cli.screen import say
from drawdeploy.cli.settings import setting
from drawdeploy.errors import DrawDeployError, Exit

LIMITS = "What is asked for"
STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red"},
    "warning": {"fg": "yellow"},
    "note": {"fg": "cyan"},
    "heading": {"bold": True},
}


def targets_argument() -> click.Argument:
    """Strategies, each with options of its own behind colons."""
    return click.Argument(["targets"], nargs=-1, metavar="TARGET…")


def check_params() -> list[click.Parameter]:
    """What `check` takes."""
    from drawdeploy.api import judged

    return [
        targets_argument(),
        setting(
            "--min-capacity",
            group=LIMITS,
            metavar="N%",
            check=_checked(judged.percent),
            help="The least that must serve at any time, of what serves in the beginning.",
        ),
        setting(
            "--max-exposed",
            group=LIMITS,
            metavar="N%",
            check=_checked(judged.percent),
            help="The most users on the new version before it has passed a check under live traffic.",
        ),
        setting(
            "--max-rollback",
            group=LIMITS,
            metavar="TIME",
            check=_checked(judged.seconds),
            help="How long the rollback from any step may take: 60s, 5m.",
        ),
        *plan_options(),
        setting("--json", "as_json", group=OUTPUT, is_flag=True, help="For programs; see docs/check.md."),
        setting("--sarif", "as_sarif", group=OUTPUT, is_flag=True, help="SARIF 2.1.0, for code hosts and editors."),
        language_option(),
        debug_option(),
    ]


def _checked(look: Any) -> Any:
    """What the user gave, as it is, if it is valid."""

    def check(value: str) -> str:
        look(value)
        return value

    return check


def check(
    *, targets: tuple[str, ...], as_json: bool, as_sarif: bool, debug: bool, lang: tuple[str, ...], **given: Any
) -> int:
    """`drawdeploy check TARGET…`: 0 if there is nothing to object to, 1 if there is."""
    if as_json and as_sarif:
        raise DrawDeployError("--json and --sarif exclude each other", "give one of them")
    verdict = api.check(*targets, lang=lang, **given)
    if as_json or as_sarif:
        click.echo(verdict.json() if as_json else verdict.sarif(), nl=False)
    else:
        for line, level in verdict.lines():
            say(line, **STYLES.get(level, {}))
    return Exit.OK if verdict.ok else Exit.NO
