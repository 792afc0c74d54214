"""The commands. Strategies are commands too, found from their descriptions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drawdeploy import api
from drawdeploy.api import options
from drawdeploy.cli.screen import Progress, peak_memory, say, width
from drawdeploy.cli.settings import Command, Setting, from_environment, number, setting, whole
from drawdeploy.errors import DrawDeployError, Fault
from drawdeploy.registry import unknown

if TYPE_CHECKING:
    from drawdeploy.model import Parameter, Strategy

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
PLAN, PICTURES, OUTPUT, MORE = "What is deployed, and where", "Pictures", "Output", "More"


def _environment(value: str) -> str:
    if api.is_path(value) or api.is_environment(value):
        return value
    raise unknown("environment", value, api.environment_names())


def _environments() -> str:
    return f"{', '.join(api.environment_names())}, or a file."


def _language_option() -> Setting:
    return setting(
        "--lang",
        group=OUTPUT,
        default="en",
        metavar="en|ko|en,ko",
        check=options.languages,
        help="Language of pictures, reports and messages. Never guessed from the locale.",
    )


def _debug_option() -> Setting:
    return setting("--debug", group=MORE, is_flag=True, help="Show where an error came from.")


def _plan_options() -> list[click.Parameter]:
    """What is planned; the same for `plan` and `draw`."""
    name = partial(options.label, "service", limit=options.NAME_LIMIT)
    old, new = (partial(options.label, kind, limit=options.REVISION_LIMIT) for kind in ("old", "new"))
    return [
        setting("--env", group=PLAN, default="plain", metavar="ENV", check=_environment, help=_environments),
        setting("--replicas", group=PLAN, default="3", metavar="N", check=whole, help="Old instances, over all sites."),
        setting(
            "--placement",
            group=PLAN,
            metavar="NAME",
            help="How both versions stand on the sites of ENV; `drawdeploy list` names what each offers.",
        ),
        setting(
            "--capacity", group=PLAN, metavar="N", check=whole, help="How many instances fit the site that has a limit."
        ),
        setting("--service", group=PLAN, default="shop", metavar="NAME", check=name, help="What is deployed."),
        setting("--old", group=PLAN, default="v1", metavar="NAME", check=old, help="The version that runs."),
        setting("--new", group=PLAN, default="v2", metavar="NAME", check=new, help="The version that is deployed."),
    ]


def _draw_options() -> list[click.Parameter]:
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
            "--theme",
            group=PICTURES,
            default="light",
            metavar="|".join(options.THEMES),
            check=options.theme,
            help="Colours.",
        ),
        setting("--title", group=PICTURES, metavar="TEXT", check=title, help="Instead of the strategy's own."),
        setting("--author", group=PICTURES, metavar="TEXT", check=author, help="Named in the reports."),
        setting(
            "--scale",
            group=PICTURES,
            default="1",
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
            help="Layout engine; `drawdeploy doctor` lists them.",
        ),
        setting(
            "-o",
            "--output",
            group=OUTPUT,
            metavar="DIR",
            help="Folder to write to.  [default: output/STRATEGY-ENV]",
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
            help="Some of them; may be given several times.",
        ),
        _language_option(),
        flag("--open", "open_", group=OUTPUT, help="Show the result when it is done."),
        setting("-q", "--quiet", group=MORE, is_flag=True, help="Print nothing but errors."),
        setting("-v", "--verbose", group=MORE, is_flag=True, help="Print the time of each stage, and peak memory."),
        _debug_option(),
    ]


def _own_option(parameter: Parameter) -> Setting:
    """The option for a strategy's own parameter."""
    percent = parameter.kind.endswith("percent")
    return setting(
        f"--{parameter.id}",
        f"own_{parameter.id.replace('-', '_')}",
        group="The strategy's own",
        metavar="N|N%" if percent else "N",
        help=f"{parameter.help.en}  [default: {parameter.default}]",
    )


class Targets(click.Group):
    """A group whose commands are the strategies, by name or by path.

    Args:
        make: Gives the command for a strategy.
    """

    def __init__(self, name: str, make: Callable[[str, Strategy], click.Command], **rest: Any) -> None:
        super().__init__(
            name, context_settings=CONTEXT, subcommand_metavar="STRATEGY [OPTIONS]", no_args_is_help=False, **rest
        )
        self._make = make

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the strategies."""
        return list(api.strategy_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command for a strategy; ``None`` if it is neither a name nor a path."""
        if api.is_path(cmd_name) or api.is_strategy(cmd_name):
            return self._make(cmd_name, api.load(cmd_name))
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or tells the nearest."""
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise unknown(self.noun, args[0], self.list_commands(ctx))
        return args[0], command, args[1:]

    noun = "strategy"

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; an error tells which variables had a say in it."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if ctx.invoked_subcommand is None and "issing command" in error.message:
                names = ", ".join(self.list_commands(ctx))
                raise DrawDeployError("say which strategy", f"one of: {names}; or the path of a description") from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the strategies without working out their descriptions."""
        rows = list(api.built_in_strategies())
        with formatter.section("Strategies"):
            formatter.write_dl(
                [*rows, ("./FILE.yaml", "A strategy of your own; those of installed packages: drawdeploy list")]
            )


class Root(Targets):
    """The program: its commands, and every strategy as a short form of `draw STRATEGY`."""

    noun = "strategy or command"

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands, then strategies."""
        return [*self.commands, *(name for name in super().list_commands(ctx) if name not in self.commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, or else a strategy to draw."""
        return self.commands.get(cmd_name) or super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists strategies, then commands."""
        super().format_commands(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.short_help or "") for name, command in self.commands.items()])


def _told(run: Callable[..., None]) -> Callable[..., None]:
    """Adds to an error which variables had a say, since nobody sees those on the line that was typed."""

    def callback(**values: Any) -> None:
        try:
            run(**values)
        except DrawDeployError as error:
            told = from_environment(click.get_current_context())
            if not told:
                raise
            note = Fault(f"the environment sets {', '.join(told)}")
            raise DrawDeployError(code=error.code, faults=(*error.faults, note)) from error

    return callback


def _planned(strategy: Strategy, lang: tuple[str, ...], values: dict[str, Any]) -> api.Planned:
    """The plan for what was given; takes what it needs out of `values`."""
    asked = {name: values.pop(name) for name in ("env", "replicas", "placement", "capacity", "service", "old", "new")}
    own = {p.id: values.pop(f"own_{p.id.replace('-', '_')}") for p in strategy.parameters}
    return api.plan(strategy, lang=lang, **asked, **own)


def _print_plan(planned: api.Planned, *, every_step: bool) -> None:
    table = planned.text(width=width(), every_step=every_step)
    head, _, rest = table.partition("\n")
    say(head, bold=True)
    say(rest)
    for note in planned.notes():
        say()
        say(note, fg="yellow")


def _draw_command(name: str, strategy: Strategy) -> click.Command:
    own: list[click.Parameter] = [_own_option(parameter) for parameter in strategy.parameters]

    def run(**values: Any) -> None:
        _draw(strategy, **values)

    summary = f"{strategy.title.en}: {strategy.summary.en}"
    params = [*own, *_plan_options(), *_draw_options()]
    return Command(name, context_settings=CONTEXT, params=params, callback=_told(run), help=summary)


def _draw(
    strategy: Strategy,
    *,
    lang: tuple[str, ...],
    output: str | None,
    quiet: bool,
    verbose: bool,
    open_: bool,
    no_rollback: bool,
    no_overview: bool,
    debug: bool,
    **values: Any,
) -> None:
    """`drawdeploy draw STRATEGY`."""
    from drawdeploy.cli import facts

    if quiet and verbose:
        raise DrawDeployError("--quiet and --verbose exclude each other", "give one of them")
    if output is not None and not output.strip():
        raise DrawDeployError("the folder to write to has no name", "such as -o output/here")
    planned = _planned(strategy, lang, values)
    given: dict[str, Any] = values | {name: values[name] or "" for name in ("title", "author")}
    drawing = planned.draw(None, lang=lang, rollbacks=not no_rollback, overview=not no_overview, **given)
    if not quiet:
        _print_plan(planned, every_step=values["every_step"])
    with Progress(wanted=not quiet) as progress:
        folder = drawing.write(output, progress if progress.wanted else None)
    if verbose:
        say()
        for line in facts.stages(drawing.seconds, peak_memory(), lang[0]):
            say(line, dim=True)
    if not quiet:
        say()
        say(facts.wrote(drawing, folder, lang[0]), fg="green")
    if open_:
        _open(folder / facts.first(drawing.files))


def _open(file: Path) -> None:
    import webbrowser

    if not webbrowser.open(file.resolve().as_uri()):
        say(f"drawdeploy: nothing here can show {file}", err=True, fg="yellow")


def _plan_command(name: str, strategy: Strategy) -> click.Command:
    own: list[click.Parameter] = [_own_option(parameter) for parameter in strategy.parameters]
    json = setting("--json", "as_json", group=OUTPUT, is_flag=True, help="For programs; see docs/plan-json.md.")

    def run(*, lang: tuple[str, ...], as_json: bool, debug: bool, **values: Any) -> None:
        planned = _planned(strategy, lang, values)
        if as_json:
            click.echo(planned.json(), nl=False)
        else:
            _print_plan(planned, every_step=True)

    params = [*own, *_plan_options(), json, _language_option(), _debug_option()]
    summary = f"{strategy.title.en}: the steps, without drawing them."
    return Command(name, context_settings=CONTEXT, params=params, callback=_told(run), help=summary)


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from drawdeploy import __version__

        click.echo(f"drawdeploy {__version__}")
        context.exit()


def _root_callback(**_: Any) -> None:
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _list(lang: tuple[str, ...], debug: bool) -> None:
    from drawdeploy.cli import facts

    for line in facts.listing(lang[0]):
        say(line.text, bold=line.heading)


def _doctor(lang: tuple[str, ...], debug: bool) -> int:
    from drawdeploy.cli import facts

    lines, code = facts.doctor(lang[0])
    for line in lines:
        say(line.text, bold=line.heading)
    return code


def _completion(shell: str) -> None:
    from click.shell_completion import ShellComplete, get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # its name was checked
    complete = found(root, {}, "drawdeploy", "_DRAWDEPLOY_COMPLETE")
    click.echo(ShellComplete.source(complete))  # not its own: bash's starts a bash to ask for its version


SHELLS = ("bash", "zsh", "fish")


def _shell(_: click.Context, __: click.Parameter, value: str) -> str:
    return options.one_of("shell", value, SHELLS)


root = Root(
    "drawdeploy",
    _draw_command,
    invoke_without_command=True,
    callback=_root_callback,
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
        ),
        click.Option(["--debug"], is_flag=True, help="Show where an error came from."),
    ],
    help="See a deployment before it happens: one picture per step, the rollback from every step, and what it costs.",
    epilog="`drawdeploy STRATEGY` is short for `drawdeploy draw STRATEGY`; add `--help` to it for all options.",
)
root.add_command(Targets("draw", _draw_command, help="Draw a strategy.", short_help="Draw a strategy; may be left out"))
root.add_command(
    Targets("plan", _plan_command, help="Print the steps of a strategy.", short_help="Print the steps, draw nothing")
)
root.add_command(
    Command(
        "list",
        params=[_language_option(), _debug_option()],
        callback=_list,
        help="List strategies and environments, with what can be chosen for each.",
        short_help="List strategies and environments",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "doctor",
        params=[_language_option(), _debug_option()],
        callback=_doctor,
        help="Tell whether everything is there, and how to get what is missing.",
        short_help="Is everything there?",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "completion",
        params=[click.Argument(["shell"], callback=_shell, metavar="|".join(SHELLS))],
        callback=_completion,
        help='Print a script for completion by TAB. For bash: eval "$(drawdeploy completion bash)" in ~/.bashrc.',
        short_help="Print a script for completion by TAB",
        context_settings=CONTEXT,
    )
)
