"""`drawdeploy check` and `drawdeploy compare`: their options, and how what they find is printed."""

from __future__ import annotations

from typing import Any

import click

from drawdeploy import api
from drawdeploy.api import options
from drawdeploy.cli import completing
from drawdeploy.cli.flags import MORE, OUTPUT, PICTURES, debug_option, language_option, manifest_options, plan_options
from drawdeploy.cli.screen import Progress, pour, say, show, width
from drawdeploy.cli.settings import number, setting
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
    return click.Argument(["targets"], nargs=-1, metavar="TARGET…", shell_complete=completing.targets)


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
        *manifest_options(),
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


def compare_params() -> list[click.Parameter]:
    """What `compare` takes."""
    from drawdeploy.api import compared

    return [
        targets_argument(),
        *plan_options(),
        *manifest_options(),
        setting(
            "--theme",
            group=PICTURES,
            default="light",
            metavar="|".join(options.THEMES),
            check=options.theme,
            shell_complete=completing.one_of(options.THEMES),
            help="Colours.",
        ),
        setting(
            "--scale",
            group=PICTURES,
            default="1",
            metavar="X",
            check=lambda value: options.scale(number(value)),
            help=f"Size of PNGs, {options.SMALLEST:g} to {options.LARGEST:g}.",
        ),
        setting(
            "--engine",
            group=PICTURES,
            default="auto",
            metavar="NAME",
            check=options.engine,
            shell_complete=completing.one_of(options.engines),
            help="Layout engine; `drawdeploy doctor` lists them.",
        ),
        setting(
            "-o",
            "--output",
            group=OUTPUT,
            metavar="DIR",
            help="Folder to write to; `-` for standard output, if it is one file.  [default: output/compare-ENV]",
        ),
        setting(
            "-f",
            "--format",
            "formats",
            group=OUTPUT,
            multiple=True,
            default=[",".join(compared.FORMATS)],
            metavar="LIST",
            check=compared.formats_of,
            shell_complete=completing.some_of(compared.FORMATS),
            help="Some of them; may be given several times.",
        ),
        language_option(),
        setting("--open", "open_", group=OUTPUT, is_flag=True, help="Show the result when it is done."),
        setting("-q", "--quiet", group=MORE, is_flag=True, help="Print nothing but errors."),
        debug_option(),
    ]


def compare(
    *,
    targets: tuple[str, ...],
    output: str | None,
    formats: tuple[str, ...],
    open_: bool,
    quiet: bool,
    debug: bool,
    **given: Any,
) -> None:
    """`drawdeploy compare TARGET TARGET…`."""
    from drawdeploy.cli import facts

    if output is not None and not output.strip():
        raise DrawDeployError("the folder to write to has no name", "such as -o output/here")
    compared = api.compare(*targets, **given)
    if output == "-":
        pour(compared.names(formats), lambda name: compared.make(formats)[name])
        return
    if not quiet:
        say(compared.text(width=width()))
    with Progress(wanted=not quiet) as progress:
        folder = compared.write(output, formats=formats, progress=progress if progress.wanted else None)
    if not quiet:
        say()
        say(facts.wrote_names(compared.names(formats), folder, compared.langs[0]), fg="green")
    if open_:
        show(folder / facts.first(compared.names(formats)))
