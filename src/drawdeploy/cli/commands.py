"""The commands. Strategies are commands too, found from their descriptions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drawdeploy import api
from drawdeploy.api import options
from drawdeploy.cli import completing
from drawdeploy.cli.flags import (
    OUTPUT,
    debug_option,
    draw_options,
    language_option,
    manifest_options,
    own_options,
    plan_options,
)
from drawdeploy.cli.groups import CONTEXT, TURN, Root, Targets
from drawdeploy.cli.screen import Progress, peak_memory, pour, say, show, width
from drawdeploy.cli.settings import Command, from_environment, setting
from drawdeploy.cli.verdicts import check, check_params, compare, compare_params
from drawdeploy.errors import DrawDeployError, Exit, Fault

if TYPE_CHECKING:
    from drawdeploy.api.manifests import Manifest
    from drawdeploy.model import Strategy


def _told(run: Callable[..., int | None]) -> Callable[..., int | None]:
    """Adds to an error which variables had a say, since nobody sees those on the line that was typed."""

    def callback(**values: Any) -> int | None:
        try:
            return run(**values)
        except DrawDeployError as error:
            told = from_environment(click.get_current_context())
            if not told:
                raise
            note = Fault(f"the environment sets {', '.join(told)}")
            raise DrawDeployError(code=error.code, faults=(*error.faults, note)) from error

    return callback


def _planned(strategy: Strategy | Manifest, lang: tuple[str, ...], values: dict[str, Any]) -> api.Planned:
    """The plan for what was given; takes what it needs out of `values`."""
    names = ("env", "onprem", "cloud", "replicas", "placement", "capacity", "service", "old", "new")
    asked = {name: values.pop(name) for name in names}
    own = {p.id: values.pop(f"own_{p.id.replace('-', '_')}") for p in strategy.parameters}
    for option in manifest_options():
        name = str(option.name)
        if name in values:
            own[name] = values.pop(name)
    helpers = click.get_current_context().obj
    if helpers is None:
        return api.plan(strategy, lang=lang, **asked, **own)
    planned: api.Planned = helpers.plan(strategy, pixels="png" in values["formats"], lang=lang, **asked, **own)
    return planned


def _print_plan(planned: api.Planned, notes: tuple[str, ...], *, every_step: bool) -> None:
    if TURN in click.get_current_context().meta:  # one of several
        from drawdeploy.words import Words  # here: the help must not wait for it

        title = Words(planned.langs[0]).text(planned.plan.strategy.title)
        say(f"{planned.plan.name} · {title}" if planned.plan.name else title, bold=True, underline=True)
    table = planned.text(width=width(), every_step=every_step)
    head, _, rest = table.partition("\n")
    say(head, bold=True)
    say(rest)
    if planned.skipped:
        from drawdeploy.words import Words  # here: the help must not wait for it

        say()
        say(Words(planned.langs[0]).get("cli.skipped", kinds=", ".join(planned.skipped)), dim=True)
    for note in notes:
        say()
        say(note, fg="yellow")


def _draw_params() -> list[click.Parameter]:
    """What `draw` takes with every strategy."""
    return [*plan_options(), *draw_options()]


def _plan_params() -> list[click.Parameter]:
    """What `plan` takes with every strategy."""
    json = setting("--json", "as_json", group=OUTPUT, is_flag=True, help="For programs; see docs/plan-json.md.")
    return [*plan_options(), json, language_option(), debug_option()]


def _draw_command(name: str, strategy: Strategy | Manifest) -> click.Command:
    own = own_options(strategy)

    def run(**values: Any) -> None:
        _draw(strategy, **values)

    summary = f"{strategy.title.en}: {strategy.summary.en}"
    params = [*own, *_draw_params()]
    return Command(name, context_settings=CONTEXT, params=params, callback=_told(run), help=summary)


def _draw(
    strategy: Strategy | Manifest,
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
    turn = click.get_current_context().meta.get(TURN)
    if turn == "try":
        return
    if turn == "draw" and output == "-":
        raise DrawDeployError("standard output takes one file, and not those of several strategies", "name a folder")
    if turn == "draw" and output is not None:
        output = str(Path(output) / planned.plan.slug)
    given: dict[str, Any] = values | {name: values[name] or "" for name in ("title", "author")}
    helpers = click.get_current_context().obj
    drawing = planned.draw(
        None, helpers=helpers, lang=lang, rollbacks=not no_rollback, overview=not no_overview, **given
    )
    if output == "-":
        pour(list(drawing.files), drawing.files.__getitem__)
        return
    if not quiet:
        _print_plan(planned, drawing.notes(width=width()), every_step=values["every_step"])
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
        show(folder / facts.first(drawing.files))


def _plan_command(name: str, strategy: Strategy | Manifest) -> click.Command:
    own = own_options(strategy)

    def run(*, lang: tuple[str, ...], as_json: bool, debug: bool, **values: Any) -> None:
        planned = _planned(strategy, lang, values)
        if as_json:
            click.echo(planned.json(), nl=False)
        else:
            _print_plan(planned, planned.notes(width=width()), every_step=True)

    params = [*own, *_plan_params()]
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


def _list(what: str | None, search: str | None, lang: tuple[str, ...], debug: bool) -> int:
    from drawdeploy.api.table import folded
    from drawdeploy.cli import facts

    if what is not None:
        options.one_of("list", what, facts.LISTS)
    shown = False
    for line in facts.listing(lang[0], what or "", search or ""):
        indent = " " * (len(line.text) - len(line.text.lstrip()))
        for part in folded(line.text, width(), indent):
            say(part, bold=line.heading)
        shown = True
    if not shown:
        nothing = f"nothing matches {options.quoted(search or '')}"
        hint = api.like_icon(search or "") if what == "icons" else "`drawdeploy list icons` lists the icons"
        raise DrawDeployError(nothing, hint, code=Exit.NO)
    return Exit.OK


def _init(kind: str, output: str | None, debug: bool) -> None:
    if output is None:
        click.echo(api.example(kind), nl=False)
        return
    text = api.example(kind, Path(output).stem)
    try:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        with Path(output).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise DrawDeployError(f"{output} is there already", "give another name: nothing is overwritten") from None
    say(f"{output}: drawdeploy schema {kind} tells editors what may stand in it", fg="green")


def _schema(kind: str, debug: bool) -> None:
    click.echo(api.schema(kind), nl=False)


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
root.add_command(
    Targets(
        "draw",
        _draw_command,
        common=_draw_params,
        help="Draw a strategy. Behind its name stand its own options, which `drawdeploy draw STRATEGY --help` lists,"
        " and these:",
        short_help="Draw a strategy; may be left out",
    )
)
root.add_command(
    Targets(
        "plan",
        _plan_command,
        draws=False,
        common=_plan_params,
        help="Print the steps of a strategy. Behind its name stand its own options, which `drawdeploy plan STRATEGY"
        " --help` lists, and these:",
        short_help="Print the steps, draw nothing",
    )
)
root.add_command(
    Command(
        "check",
        params=check_params(),
        callback=_told(check),
        help="Look for what is wrong with plans, or should be known of them. A target is a strategy, with options of"
        " its own behind colons: NAME:batch=2:placement=both. Ends with 1 if there is an error or a warning.",
        short_help="Look for what is wrong with a plan",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "compare",
        params=compare_params(),
        callback=_told(compare),
        help="Put several ways to deploy one service side by side: a table, a page, and what the figures recommend. A"
        " target is a strategy, with options of its own behind colons: NAME:batch=2:placement=both.",
        short_help="Put several ways side by side",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "list",
        params=[
            click.Argument(
                ["what"],
                required=False,
                metavar="[strategies|environments|sites|icons]",
                shell_complete=completing.one_of(("strategies", "environments", "sites", "icons")),
            ),
            setting("--search", group=OUTPUT, metavar="WORDS", help="Only what holds all of these words."),
            language_option(),
            debug_option(),
        ],
        callback=_list,
        help="List strategies, environments and what those can be made of, with what can be chosen for each; or icons.",
        short_help="List strategies, environments and icons",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "init",
        params=[
            click.Argument(
                ["kind"],
                default="strategy",
                metavar="[strategy|environment|service]",
                shell_complete=completing.one_of(("strategy", "environment", "service")),
            ),
            click.Option(["-o", "--output"], metavar="FILE", help="Write it there; a file that exists is left alone."),
            debug_option(),
        ],
        callback=_init,
        help="Print a description to begin with: valid, and with comments that explain it.",
        short_help="Print a description to begin with",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "schema",
        params=[
            click.Argument(
                ["kind"],
                default="strategy",
                metavar="[strategy|environment|service|site]",
                shell_complete=completing.one_of(("strategy", "environment", "service", "site")),
            ),
            debug_option(),
        ],
        callback=_schema,
        help="Print the JSON Schema of descriptions, for editors and checkers.",
        short_help="Print the JSON Schema of descriptions",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "doctor",
        params=[language_option(), debug_option()],
        callback=_doctor,
        help="Tell whether everything is there, and how to get what is missing.",
        short_help="Is everything there?",
        context_settings=CONTEXT,
    )
)
root.add_command(
    Command(
        "completion",
        params=[
            click.Argument(
                ["shell"], callback=_shell, metavar="|".join(SHELLS), shell_complete=completing.one_of(SHELLS)
            )
        ],
        callback=_completion,
        help='Print a script for completion by TAB. For bash: eval "$(drawdeploy completion bash)" in ~/.bashrc.',
        short_help="Print a script for completion by TAB",
        context_settings=CONTEXT,
    )
)
