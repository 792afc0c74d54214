"""Groups of commands whose members are found: the strategies, by name or by path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from drawdeploy import api
from drawdeploy.cli.settings import write_groups
from drawdeploy.errors import DrawDeployError
from drawdeploy.registry import unknown

if TYPE_CHECKING:
    from drawdeploy.api.manifests import Manifest
    from drawdeploy.model import Strategy

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


TURN = "drawdeploy.turn"
"""Key of a context's ``meta``: with several strategies, whether they are tried (``try``) or carried out (``draw``)."""


@dataclass(frozen=True, slots=True)
class _Several:
    """Several strategies: as written, and what that stands for."""

    written: list[str]
    targets: list[str]


class Targets(click.Group):
    """A group whose commands are the strategies, by name or by path.

    Args:
        make: Gives the command for a strategy.
        draws: Whether the command draws.
        common: Gives the options that all of them have, for the help.
    """

    noun = "strategy"

    def __init__(
        self,
        name: str,
        make: Callable[[str, Strategy | Manifest], click.Command],
        *,
        draws: bool = True,
        common: Callable[[], list[click.Parameter]] = list,
        **rest: Any,
    ) -> None:
        super().__init__(
            name, context_settings=CONTEXT, subcommand_metavar="STRATEGY [OPTIONS]", no_args_is_help=False, **rest
        )
        self._make, self._draws, self._common = make, draws, common

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the strategies."""
        return list(api.strategy_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command for a strategy; ``None`` if it is neither a name nor a path."""
        if api.is_path(cmd_name) or api.is_strategy(cmd_name):
            return self._make(cmd_name, ctx.obj.load(cmd_name) if ctx.obj else api.load(cmd_name))
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or tells the nearest."""
        if self._draws and not ctx.resilient_parsing and args[0] not in self.commands and "--help" not in args:
            ctx.obj = ctx.obj or ctx.with_resource(api.Helpers())
            ctx.obj.begin_drawing()
        args = self._sorted(ctx, args)
        if several := self._several(ctx, args):
            return args[0], self._each(several), args[len(several.written) :]
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise unknown(self.noun, args[0], self.list_commands(ctx))
        return args[0], command, args[1:]

    def _written(self, args: list[str]) -> list[str]:
        """The targets that arguments begin with; the first may be anything."""
        written = [args[0]]
        for name in args[1:]:
            if (name.startswith("-") and name != "-") or not (api.is_path(name) or api.is_strategy(name)):
                break
            written.append(name)
        return written

    def _sorted(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; files of an environment or a service that stand among strategies become their options."""
        written = self._written(args)
        if ctx.resilient_parsing or args[0] in self.commands or len(written) < 2:
            return args
        options = [(api.option_for(name), name) for name in written]
        if all(option for option, _ in options):
            raise DrawDeployError(f"no strategy is named beside {', '.join(written)}", "name one, or a file of one")
        given: list[str] = []
        for option, name in options:
            if option and f"--{option}" in [*given, *args]:
                raise DrawDeployError(f"{name}: --{option} is given already", "there can be one only")
            given += [f"--{option}", name] if option else []
        return [*(name for option, name in options if not option), *given, *args[len(written) :]]

    def _several(self, ctx: click.Context, args: list[str]) -> _Several | None:
        """The strategies, if there are several: files one after another, or one file of several."""
        if ctx.resilient_parsing or args[0] in self.commands:
            return None
        written = self._written(args)
        known = [name for name in written if api.is_path(name) or api.is_strategy(name)]
        found = [target for name in known for target in api.targets(name)]
        return _Several(written, found) if len(found) > 1 and len(known) == len(written) else None

    def _each(self, several: _Several) -> click.Command:
        """A command that carries out the same for every strategy, once it is sure that all of it can be done."""

        def run(rest: tuple[str, ...]) -> None:
            context = click.get_current_context()
            strategies = api.load_all(several.targets)
            pairs = zip(several.targets, strategies, strict=True)
            commands = [(name, self._make(name, found)) for name, found in pairs]
            for turn in ("try", "draw") if self._draws else ("draw",):
                context.meta[TURN] = turn
                for name, command in commands:
                    with command.make_context(name, [*rest], parent=context) as own:
                        command.invoke(own)

        settings = {"ignore_unknown_options": True, "help_option_names": []}
        argument = click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED)
        return click.Command("several", context_settings=settings, params=[argument], callback=run)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Asks which strategy, if none is named."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            names = ", ".join(self.list_commands(ctx))
            raise DrawDeployError("say which strategy", f"one of: {names}; or the path of a description")
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the strategies, then the options that all of them have, and this command's own."""
        self.format_commands(ctx, formatter)
        write_groups([*self._common(), *self.get_params(ctx)], ctx, formatter)

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
