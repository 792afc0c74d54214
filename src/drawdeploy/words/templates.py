"""The one place that knows the template language: texts and expressions of descriptions and catalogues.

Users write descriptions, so the language is cut down to what a sentence needs: values, comparisons, arithmetic on
numbers, one-line conditions, a handful of functions and filters. No loops, no attributes that begin with an underscore,
nothing that can grow beyond the size of its source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from math import ceil, floor
from operator import add, mul, sub
from typing import TYPE_CHECKING, Any

from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Expression
from drawdeploy.words.korean import josa

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

MAX_SOURCE = 2_000
"""Characters of one text or expression."""

FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs, "ceil": ceil, "floor": floor}
"""What an expression may call."""

_ALLOWED = frozenset(
    {"Output", "TemplateData", "Template", "Name", "Const", "Getattr", "Call", "Filter", "CondExpr", "If"}
    | {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Neg", "Pos", "Compare", "Operand", "And", "Or", "Not"}
)
_NAME = r"(?!(?:and|or|not|in|is|if|else|true|false|none|self)\b)[a-z_][a-z0-9_]*"
_QUOTED = r"'([^'\\\n{}]*)'"
_PLAIN = re.compile(
    r"(?<!\{)\{\{ *(?:"
    rf"(?P<name>{_NAME})(?: *\| *josa\({_QUOTED}\))?"
    rf"|{_QUOTED} if (?P<test>{_NAME})(?: (==|!=) (\d{{1,18}}))?(?: else {_QUOTED})?"
    r") *\}\}(?!\})"
)
"""A value, a value with its particle, or a choice by a value: ``{{ 'file' if n == 1 else 'files' }}``."""
_SIDE = rf"(\d{{1,18}}|(?!_){_NAME})"
_SUM = re.compile(rf"{_SIDE}(?: *([-+*]) *{_SIDE})?", re.ASCII)
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul}
_REFUSED = frozenset({"self", "super", "loop", "caller", "varargs", "kwargs"})  # the template language's own names
_NUMBERS_ONLY = "numbers only: a text cannot be multiplied, divided or formatted"

Render = Callable[[Mapping[str, Any]], str]


@cache
def compile_text(source: str, show: Callable[[Any], str]) -> Render:
    """A text with its values left open.

    Args:
        source: The template.
        show: How a value is written.

    Raises:
        DrawDeployError: It is no valid template, or uses what is not allowed; also when rendered with a value missing.
    """
    if "{" not in source:
        return lambda values: source
    # Nearly all texts do no more than this. Compiling each takes a millisecond, and loading the compiler 50.
    if _plain_names(source) is not None:
        return lambda values: _PLAIN.sub(lambda match: _plain(match, values, show), source)
    template = _compile(source, lambda: _environment().overlay(finalize=show).from_string(source), expression=False)
    return lambda values: _guard(source, lambda: str(template.render(values)))


@cache
def compile_expression(source: str) -> Expression:
    """An expression of a description (``min(batch, old.serving)``).

    ``evaluate`` takes the names in scope and gives the value; it raises :class:`DrawDeployError` if it cannot.

    Raises:
        DrawDeployError: It is no valid expression, or uses what is not allowed.
    """
    if simple := _simple(source):
        return Expression(source, _Evaluation(source, simple))
    make = lambda: _environment().compile_expression(source, undefined_to_none=False)  # noqa: E731 - one line, used once
    compiled = _compile(source, make, expression=True)
    return Expression(source, _Evaluation(source, lambda names: _guard(source, lambda: _defined(compiled(**names)))))


class _Evaluation:
    """Works an expression out. Another process is sent its source, and compiles that when it is first used."""

    __slots__ = ("_source", "_work")

    def __init__(self, source: str, work: Callable[[Mapping[str, Any]], Any] | None = None) -> None:
        self._source, self._work = source, work

    def __call__(self, names: Mapping[str, Any]) -> Any:
        if self._work is None:
            self._work = compile_expression(self._source).evaluate
        return self._work(names)

    def __reduce__(self) -> tuple[type[_Evaluation], tuple[str]]:
        return _Evaluation, (self._source,)


def names_in(source: str, *, expression: bool) -> frozenset[str]:
    """The names that a text or expression wants to be given."""
    if expression and (match := _SUM.fullmatch(source)):
        return frozenset(side for side in match.group(1, 3) if side and not side.isdecimal())
    plain = None if expression else _plain_names(source)
    if plain is not None:
        return frozenset(plain)
    from jinja2 import nodes

    tree = _tree(source, expression)
    return frozenset(name.name for name in tree.find_all(nodes.Name)) - FUNCTIONS.keys()


def _simple(source: str) -> Callable[[Mapping[str, Any]], Any] | None:
    """How to work out a number, a name or a sum of two without the template engine: ``100``, ``n``, ``2 * replicas``.

    Most counts, weights and capacities are of this kind, and loading the engine is a sixth of a run.
    """
    match = _SUM.fullmatch(source)
    if not match:
        return None
    left, sign, right = match.groups()

    def side(text: str, names: Mapping[str, Any]) -> Any:
        return int(text) if text.isdecimal() else _value(text, names)

    def work_out(names: Mapping[str, Any]) -> Any:
        if not sign:
            return side(left, names)
        numbers = [side(left, names), side(right, names)]
        if not all(isinstance(number, (int, Fraction)) for number in numbers):
            raise DrawDeployError(f"{_quoted(source)} cannot be worked out: {_NUMBERS_ONLY}")
        return _SIGNS[sign](*numbers)

    return work_out


def _plain_names(source: str) -> list[str] | None:
    """The names in a text that does nothing but name values; ``None`` if it does more."""
    rest = _PLAIN.sub("", source)
    more = any(mark in rest for mark in ("{{", "{%", "{#", "}}", "%}", "#}"))
    return None if more else [match["name"] or match["test"] for match in _PLAIN.finditer(source)]


def _plain(match: re.Match[str], values: Mapping[str, Any], show: Callable[[Any], str]) -> str:
    """What stands for one pair of braces."""
    name, particle, chosen, test, sign, number, other = match.groups()
    if name:
        value = _value(name, values)
        return show(value) if particle is None else josa(value, particle)
    value = _value(test, values)
    holds = bool(value) if sign is None else (value == int(number)) == (sign == "==")
    return chosen if holds else other or ""


def attributes_in(source: str) -> tuple[tuple[str, str], ...]:
    """The attributes that an expression reads: ``(("old", "serving"), …)``."""
    if _SUM.fullmatch(source):
        return ()
    from jinja2 import nodes

    found = _tree(source, True).find_all(nodes.Getattr)
    return tuple((node.node.name, node.attr) for node in found if isinstance(node.node, nodes.Name))


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined, Undefined  # here: takes 50 ms
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import SandboxedEnvironment

    class Sandbox(SandboxedEnvironment):
        intercepted_binops = frozenset({"*", "/", "//", "%", "+", "-"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            """Keeps results from growing: ``"x" * 10 ** 9``, ``"%999999999d" % 1``."""
            if not all(isinstance(side, (int, Fraction, float, Undefined)) for side in (left, right)):
                raise SecurityError(_NUMBERS_ONLY)
            if operator == "/" and isinstance(left, (int, Fraction)) and isinstance(right, (int, Fraction)):
                return Fraction(left) / Fraction(right)  # a third is a third
            return super().call_binop(context, operator, left, right)

    # Nothing is escaped here: the renderers know what they write.
    environment = Sandbox(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    environment.globals = dict(FUNCTIONS)
    environment.filters = {"josa": josa, "upper": str.upper, "lower": str.lower}
    environment.tests = {}
    return environment


def _tree(source: str, expression: bool) -> Any:
    """The parsed source, after a look at what it uses."""
    if len(source) > MAX_SOURCE:
        raise DrawDeployError(f"longer than {MAX_SOURCE:,} characters", "shorten it")
    environment = _environment()

    tree = _guard(source, lambda: environment.parse("{{ " + source + " }}" if expression else source))
    parts = [*_every(tree)]
    strange = any(type(part).__name__ not in _ALLOWED or getattr(part, "name", "") in _REFUSED for part in parts)
    strange |= any(getattr(part.node, "name", "") not in FUNCTIONS for part in parts if type(part).__name__ == "Call")
    single = len(tree.body) == 1 and type(tree.body[0]).__name__ == "Output" and len(tree.body[0].nodes) == 1
    if strange or (expression and not single):
        what = "values, comparisons, numbers with + - * / // %, '… if … else …', " + ", ".join(
            f"{f}()" for f in FUNCTIONS
        )
        raise DrawDeployError(f"{_quoted(source)} uses what is not allowed here", f"allowed are {what}")
    return tree


def _every(tree: Any) -> Iterable[Any]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.iter_child_nodes())


def _compile(source: str, make: Callable[[], Any], *, expression: bool) -> Any:
    _tree(source, expression)
    return _guard(source, make)


def _guard(source: str, work: Callable[[], Any]) -> Any:
    """Does the work; whatever a template can raise becomes an error that a user understands."""
    from jinja2.exceptions import TemplateError

    try:
        return work()
    except ZeroDivisionError:
        reason = "division by zero"
    except (RecursionError, SyntaxError, MemoryError):  # Python's own, for what is nested too deep
        reason = "nested too deep"
    except (TemplateError, ArithmeticError, AttributeError, NameError, TypeError, ValueError) as error:
        reason = str(error).rstrip(".") or type(error).__name__
    raise DrawDeployError(f"{_quoted(source)} cannot be worked out: {reason}")


def _defined(value: Any) -> Any:
    """The value, unless it stands for a name that was not given."""
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        str(value)  # strict: raises, and says which name
    return value


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise DrawDeployError(f"'{name}' is undefined", f"known here: {', '.join(values) or 'nothing'}")
    return values[name]


def _quoted(source: str) -> str:
    line = " ".join(source.split())
    return f"'{line if len(line) <= 60 else line[:59] + '…'}'"
