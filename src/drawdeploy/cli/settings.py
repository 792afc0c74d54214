"""Options, each mirrored by a variable `DRAWDEPLOY_…`, and how a wrong value of one is told."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
from click.core import ParameterSource

from drawdeploy.errors import DrawDeployError, Fault, Where, nearest
from drawdeploy.value import replace

PREFIX = "DRAWDEPLOY_"
_WHOLE = re.compile(r"([+-]?[0-9]+)(?:[eE]\+?([0-9]{1,2}))?")
_MOST_DIGITS = 60
Check = Callable[[Any], Any]


class Setting(click.Option):
    """An option with a variable of the environment, a heading in the help, and a check.

    Args:
        group: Heading it stands below in the help.
        flag: Its long name.
        help: What it does; a function, if it takes time to tell.
    """

    def __init__(
        self, declarations: Sequence[str], *, group: str, flag: str, help: str | Callable[[], str], **rest: Any
    ) -> None:
        super().__init__(declarations, envvar=PREFIX + flag.removeprefix("--").upper().replace("-", "_"), **rest)
        self.group = group
        self.flag = flag
        self._told = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The two columns of the help."""
        self.help = self._told if isinstance(self._told, str) else self._told()
        return super().get_help_record(ctx)


def setting(
    *declarations: str, group: str, help: str | Callable[[], str], check: Check | None = None, **rest: Any
) -> Setting:
    """An option.

    Args:
        declarations: As click takes them; the last one that begins with ``--`` gives the variable its name.
        group: Heading in the help.
        help: What it does; a function, if it takes time to tell.
        check: Takes what was given, gives the value to use or raises a `DrawDeployError`.
        rest: As click takes it.
    """
    flag = [name for name in declarations if name.startswith("--")][-1]
    shown = rest.get("default") is not None and not rest.get("is_flag")
    rest.setdefault("show_default", shown)
    if check is not None:
        rest["callback"] = _checker(check)
    return Setting(declarations, group=group, flag=flag, help=help, **rest)


def _checker(check: Check) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        if value is None or value == () or context.resilient_parsing:
            return value
        try:
            return check(value)
        except DrawDeployError as error:
            where = Where(told_by(parameter, context))
            faults = tuple(replace(fault, where=fault.where or where) for fault in error.faults)
            raise DrawDeployError(code=error.code, faults=faults) from error

    return callback


def told_by(parameter: click.Parameter | None, context: click.Context | None) -> str:
    """Where a value came from: the name of the option, or of the variable that mirrors it."""
    if parameter is None:
        return ""
    if context is not None and isinstance(parameter, Setting):
        if context.get_parameter_source(parameter.name or "") is ParameterSource.ENVIRONMENT:
            return str(parameter.envvar)
        return parameter.flag
    return parameter.opts[-1] if isinstance(parameter, click.Option) else parameter.human_readable_name


def from_environment(context: click.Context) -> tuple[str, ...]:
    """Which variables have set something, as ``NAME=value``."""
    found = []
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if isinstance(parameter, Setting) and source is ParameterSource.ENVIRONMENT:
            name = str(parameter.envvar)
            found.append(f"{name}={os.environ.get(name, '')}")
    return tuple(found)


class Command(click.Command):
    """A command whose help has its options below headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options, group by group."""
        write_groups(self.get_params(ctx), ctx, formatter)


def write_groups(parameters: Iterable[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Writes options below their headings, in the order of the first of each."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is not None:
            groups.setdefault(getattr(parameter, "group", "Help"), []).append(record)
    for heading, records in groups.items():
        with formatter.section(heading):
            formatter.write_dl(records)


def whole(value: str) -> int:
    """A whole number, as digits; ``1e9`` is one too."""
    text = value.strip()
    match = _WHOLE.fullmatch(text)
    if match is None:
        shown = text if len(text) <= 40 else text[:39] + "…"
        raise DrawDeployError(f"{shown!r} is not a whole number", "write digits, such as 3")
    more = "0" * int(match[2] or 0)  # whoever takes it tells what is too much
    return int(match[1][:_MOST_DIGITS] + more)


def number(value: str) -> float:
    """A number."""
    try:
        return float(value)
    except ValueError:
        raise DrawDeployError(f"{value[:40]!r} is not a number", "write it such as 2 or 1.5") from None


def _instead(option: str, context: click.Context | None) -> str:
    """What to do about an option that a command does not have; empty if nothing can be told."""
    from drawdeploy import api  # here: only mistakes need it

    if context is None:
        return ""
    if context.parent is None:
        return "options stand behind the strategy: drawdeploy STRATEGY --env hybrid"
    owners = api.owners(option.lstrip("-")) if option.startswith("--") else ()
    if owners and any(parameter.name == "targets" for parameter in context.command.params):
        return f"write it behind its strategy: {owners[0]}:{option.lstrip('-')}=…"
    known = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
    near = nearest(option, known)
    if owners and not near.startswith("did you mean '" + option):
        return f"{option} belongs to {', '.join(owners)}"
    return near.replace("'", "") if near.startswith("did") else ""


def fault_of(error: click.ClickException) -> Fault:
    """What click found wrong, as we tell it."""
    context = getattr(error, "ctx", None)
    usage = f"see `{context.command_path} --help`" if context is not None else ""
    message = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption):
        return Fault(f"there is no option {error.option_name}", _instead(error.option_name, context) or usage)
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
        source = told_by(error.param, context)
        return Fault(error.message.rstrip("."), usage, Where(source) if source else None)
    return Fault(message[:1].lower() + message[1:], usage)
