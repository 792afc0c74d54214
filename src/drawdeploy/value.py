"""Frozen values, as quick to declare as to use.

``dataclass(frozen=True, slots=True)`` writes and compiles six methods for every class: 0.8 ms each, and a run of
drawdeploy declares ninety. The methods here are written once, and find the fields of their class when they are called:
0.03 ms. To a type checker, and to all functions of :mod:`dataclasses`, the classes are data classes like any other.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field


class _Slots(type):
    """Makes slots of a class's fields, which must happen before there is a class."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> _Slots:
        own = tuple(space.get("__annotations__", ())) if bases else ()  # strings, by the `__future__` of the module
        defaults = {field: space.pop(field) for field in own if field in space}
        fields = (*getattr(bases[0], "_fields", ()), *own) if bases else ()
        made = super().__new__(cls, name, bases, {**space, "__slots__": own, "__match_args__": fields})
        if bases:
            made._fields, made._defaults = fields, made._defaults | defaults
            made._setters = (*made._setters, *(getattr(made, field).__set__ for field in own))
            made._held = attrgetter(*made._fields)
        return made

    _fields: tuple[str, ...] = ()
    _defaults: dict[str, Any] = {}  # noqa: RUF012 - never changed; each class has its own
    _setters: tuple[Callable[[Any, Any], None], ...] = ()
    _held: attrgetter[Any]


class _Described:
    """The fields as :mod:`dataclasses` knows them, worked out when it asks: for ``replace``, ``fields``, ``asdict``."""

    def __get__(self, instance: object, owner: _Slots) -> dict[str, Field[Any]]:
        return _described(owner)


@cache
def _described(owner: _Slots) -> dict[str, Field[Any]]:
    import dataclasses  # here: nothing in a run asks

    known = owner._defaults
    spelt = [
        (name, "Any", dataclasses.field(default=known[name]) if name in known else dataclasses.field())
        for name in owner._fields
    ]
    return {field.name: field for field in dataclasses.fields(dataclasses.make_dataclass(owner.__name__, spelt))}


@dataclass_transform(frozen_default=True)
class Value(metaclass=_Slots):
    """A value with named fields that never change: equal to another of its class if all fields are equal.

    Fields are the annotations of the class, in order; what is assigned to one there is its default::

        class Box(Value):
            width: float
            height: float = 1.0
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    _setters: ClassVar[tuple[Callable[[Any, Any], None], ...]] = ()
    _held: ClassVar[attrgetter[Any]]
    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    else:
        __dataclass_fields__ = _Described()

    def __init__(self, *values: Any, **named: Any) -> None:
        setters = self._setters
        if named or len(values) != len(setters):
            values += self._rest(len(values), named)
        for put, value in zip(setters, values):  # noqa: B905 - as many; this is the busiest line of a large plan
            put(self, value)

    @classmethod
    def _rest(cls, done: int, named: dict[str, Any]) -> tuple[Any, ...]:
        """The values of all fields but the first few: what is named, and defaults."""
        if done > len(cls._fields):
            raise TypeError(f"{cls.__name__}() takes {len(cls._fields)} values, and not {done}")
        given = cls._defaults | named
        try:
            rest = tuple([given.pop(name) for name in cls._fields[done:]])
        except KeyError as error:
            raise TypeError(f"{cls.__name__}() misses a value for {error}") from None
        for name in named.keys() & given.keys():
            problem = "got two values for" if name in cls._fields else "has no field"
            raise TypeError(f"{cls.__name__}() {problem} '{name}'")
        return rest

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return bool(self._held(self) == self._held(other))

    def __hash__(self) -> int:
        return hash(self._held(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__qualname__}({shown})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        _refuse(f"cannot assign to field '{name}'")

    def __delattr__(self, name: str) -> NoReturn:
        _refuse(f"cannot delete field '{name}'")

    def __reduce__(self) -> tuple[type[Value], tuple[Any, ...]]:
        return type(self), tuple(getattr(self, name) for name in self._fields)


if TYPE_CHECKING:  # which knows the fields
    from dataclasses import replace as replace
else:

    def replace(value: Value, /, **changes: object) -> Value:
        """The value with some fields changed."""
        return type(value)(**dict(zip(value._fields, value.__reduce__()[1], strict=True)) | changes)


def _refuse(message: str) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(message)
