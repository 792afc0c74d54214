"""The options of the commands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from drawdeploy import api
from drawdeploy.api import options
from drawdeploy.cli import completing
from drawdeploy.cli.settings import Setting, number, setting, whole

if TYPE_CHECKING:
    from drawdeploy.api.manifests import Manifest
    from drawdeploy.model import Parameter, Strategy

PLAN, PICTURES, OUTPUT, MORE = "What is deployed, and where", "Pictures", "Output", "More"


def _environment(value: str) -> str:
    if api.is_path(value) or api.is_environment(value):
        return value
    raise api.unknown_environment(value)


def _environments() -> str:
    return f"{', '.join(api.environment_names())}, or a file.  [default: plain]"


def _formats() -> str:
    more = ", ".join(options.EVERY_FORMAT[len(options.FORMATS) :])
    return f"Some of them, and of {more}; may be given several times."


def _sites(option: str) -> str:
    what = {"onprem": "What is on-premises in ENV", "cloud": "Which cloud ENV has, or A,B for two"}[option]
    return f"{what}: {', '.join(api.site_names(option))}, or a file."


def language_option() -> Setting:
    """The languages to speak."""
    return setting(
        "--lang",
        group=OUTPUT,
        default="en",
        metavar="en|ko|en,ko",
        check=options.languages,
        shell_complete=completing.some_of(options.known_languages),
        help="Language of pictures, reports and messages. Never guessed from the locale.",
    )


def debug_option() -> Setting:
    """Whether to show tracebacks."""
    return setting("--debug", group=MORE, is_flag=True, help="Show where an error came from.")


def plan_options() -> list[click.Parameter]:
    """What is planned; the same for `plan` and `draw`."""
    old, new = (partial(options.label, kind, limit=options.REVISION_LIMIT) for kind in ("old", "new"))
    return [
        setting(
            "--env",
            group=PLAN,
            metavar="ENV",
            check=_environment,
            help=_environments,
            shell_complete=completing.one_of(api.environment_names, files=True),
        ),
        *(
            setting(
                f"--{option}",
                group=PLAN,
                metavar="NAME",
                check=partial(options.sites, option),
                help=partial(_sites, option),
                shell_complete=completing.some_of(partial(api.site_names, option)),
            )
            for option in ("onprem", "cloud")
        ),
        setting(
            "--replicas", group=PLAN, metavar="N", check=whole, help="Old instances, over all sites.  [default: 3]"
        ),
        setting(
            "--placement",
            group=PLAN,
            metavar="NAME",
            help="How both versions stand on the sites of ENV; `drawdeploy list` names what each offers.",
            shell_complete=completing.placements,
        ),
        setting(
            "--capacity", group=PLAN, metavar="N", check=whole, help="How many instances fit the site that has a limit."
        ),
        setting(
            "--service",
            group=PLAN,
            metavar="NAME",
            check=options.service_name,
            help="What is deployed: a name, or a file that describes it.  [default: shop]",
        ),
        setting("--old", group=PLAN, metavar="NAME", check=old, help="The version that runs.  [default: v1]"),
        setting("--new", group=PLAN, metavar="NAME", check=new, help="The version that is deployed.  [default: v2]"),
    ]


def draw_options() -> list[click.Parameter]:
    """How it is drawn."""
    flag = partial(setting, group=PICTURES, is_flag=True)
    title, author = (
        partial(options.label, kind, limit=options.TITLE_LIMIT, empty=True) for kind in ("title", "author")
    )
    return [
        setting("--steps", group=PICTURES, metavar="2,4-6", check=options.steps, help="Draw these steps only."),
        flag("--every-step", help="Draw later rounds in full as well."),
        flag("--no-rollback", help="Leave out the ways back."),
        flag("--no-overview", help="Leave out the figure of all steps."),
        flag("--compact", help="Leave out figures and next checks."),
        setting(
            "--interval",
            group=PICTURES,
            default="2",
            metavar="SECONDS",
            check=lambda value: options.interval(number(value)),
            help="How long an animation shows each picture.",
        ),
        setting(
            "--theme",
            group=PICTURES,
            default="light",
            metavar="|".join(options.THEMES),
            check=options.theme,
            shell_complete=completing.one_of(options.THEMES),
            help="Colours.",
        ),
        setting("--title", group=PICTURES, metavar="TEXT", check=title, help="Instead of the strategy's own."),
        setting("--author", group=PICTURES, metavar="TEXT", check=author, help="Named in the reports."),
        setting(
            "--scale",
            group=PICTURES,
            default="2",
            metavar="X",
            check=lambda value: options.scale(number(value)),
            help=f"Size of PNGs, {options.SMALLEST:g} to {options.LARGEST:g}.",
        ),
        flag("--transparent", help="No background."),
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
            help="Folder to write to; `-` for standard output, if it is one file (-f html). What an earlier run wrote"
            " there and this one does not is removed; files of your own stay.  [default: output/STRATEGY-ENV]",
        ),
        setting(
            "-f",
            "--format",
            "formats",
            group=OUTPUT,
            multiple=True,
            default=[",".join(options.FORMATS)],
            metavar="LIST",
            check=options.formats,
            shell_complete=completing.some_of(options.EVERY_FORMAT),
            help=_formats,
        ),
        language_option(),
        flag("--open", "open_", group=OUTPUT, help="Show the result when it is done."),
        setting("-q", "--quiet", group=MORE, is_flag=True, help="Print nothing but errors."),
        setting("-v", "--verbose", group=MORE, is_flag=True, help="Print the time of each stage, and peak memory."),
        debug_option(),
    ]


def own_option(parameter: Parameter) -> Setting:
    """The option for a strategy's own parameter."""
    percent = parameter.kind.endswith("percent")
    return setting(
        f"--{parameter.id}",
        f"own_{parameter.id.replace('-', '_')}",
        group="The strategy's own",
        metavar="N|N%" if percent else "N",
        help=f"{parameter.help.en}  [default: {parameter.default}]",
        shell_complete=completing.one_of(parameter.choices),
    )


def own_options(strategy: Strategy | Manifest) -> list[click.Parameter]:
    """What a strategy may be told besides; of a manifest, what it does not say itself."""
    from drawdeploy.model import Strategy

    if not isinstance(strategy, Strategy):
        return [*manifest_options()]
    return [own_option(parameter) for parameter in strategy.parameters]


def manifest_options() -> list[Setting]:
    """What no manifest says: how long things take, and what happens on the way."""
    said = partial(setting, group="What the manifest does not say")
    return [
        said("--start-time", metavar="TIME", help="How long an instance takes to become available, such as 30s."),
        said("--analysis", metavar="TIME", help="How long an analysis takes that does not say so itself."),
        said("--pause", metavar="TIME", help="How long a person takes where it waits for one."),
        said("--event", multiple=True, metavar="EVENT", help="Something on the way: 'at step 2: abort'. Repeatable."),
        said("--deployment-config", metavar="NAME", help="Of CodeDeploy: CodeDeployDefault.…, or such as 3 or 75%."),
        said("--from-start", is_flag=True, help="Ignore where a live object is."),
        said("--every-sync", is_flag=True, help="Make every sync of the controller a step."),
    ]
