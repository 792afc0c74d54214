"""Our frozen values behave as data classes do, since everything is made of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from drawdeploy.value import Value, replace


class Pair(Value):
    left: int
    right: str = "r"

    @property
    def both(self) -> str:
        return f"{self.left}{self.right}"


class Other(Value):
    left: int
    right: str = "r"


class One(Value):
    only: tuple[int, ...]


class Longer(Pair):
    more: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    left: int
    right: str = "r"


def test_made_by_position_and_by_name() -> None:
    assert Pair(1) == Pair(1, "r") == Pair(left=1) == Pair(1, right="r") == Pair(right="r", left=1)
    assert (Pair(1, "x").left, Pair(1, "x").right, Pair(1, "x").both) == (1, "x", "1x")
    assert Longer(1, more=True).more and Longer(1, "x").right == "x"


@pytest.mark.parametrize("make", [Pair, Model], ids=["ours", "dataclass"])
@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((), {"right": "x"}), ((1, "x", 2), {}), ((1,), {"left": 2}), ((1,), {"w": 2}), ((1, "x"), {"w": 2})],
)
def test_refuses_what_a_data_class_refuses(make: type, values: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        make(*values, **named)


def test_equal_and_hashed_by_class_and_fields() -> None:
    assert Pair(1) != Pair(2)
    assert Pair(1) != Other(1)
    assert Pair(1) != (1, "r")
    assert len({Pair(1), Pair(1, "r"), Pair(2)}) == 2
    assert One((1,)) == One((1,)) != One((2,))
    assert hash(One((1,))) == hash(One((1,)))
    with pytest.raises(TypeError):
        hash(One([1]))  # type: ignore[arg-type]  # as with any frozen value that holds a list


def test_shown_as_a_data_class_is() -> None:
    assert repr(Pair(1, "x")) == repr(Model(1, "x")).replace("Model", "Pair")


def test_never_changes() -> None:
    pair = Pair(1)
    for change in (lambda: setattr(pair, "left", 2), lambda: setattr(pair, "new", 2), lambda: delattr(pair, "left")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert not hasattr(pair, "__dict__")
    assert pair == Pair(1)


def test_the_functions_of_dataclasses_take_it() -> None:
    assert dataclasses.is_dataclass(Pair)
    assert [(field.name, field.default) for field in dataclasses.fields(Pair)][1] == ("right", "r")
    assert dataclasses.asdict(Pair(1)) == {"left": 1, "right": "r"}
    assert dataclasses.replace(Pair(1), right="x") == replace(Pair(1), right="x") == Pair(1, "x")
    assert [field.name for field in dataclasses.fields(Longer)] == ["left", "right", "more"]
    with pytest.raises(TypeError):
        replace(Pair(1), wrong=1)  # type: ignore[call-arg]  # the test's point


def test_copied_pickled_and_matched() -> None:
    assert copy.deepcopy(Pair(1)) == copy.copy(Pair(1)) == pickle.loads(pickle.dumps(Pair(1))) == Pair(1)
    match Pair(1, "x"):
        case Pair(left, right):
            assert (left, right) == (1, "x")
