"""Icons, folders and names: found without importing what a text names, and explained when they are not there."""

from __future__ import annotations

import importlib
import random
import subprocess
import sys
from pathlib import Path

import pytest

from drawdeploy import registry, resources
from drawdeploy.errors import DrawDeployError, nearest
from drawdeploy.registry import Registry


def test_folders_are_found_in_the_checkout() -> None:
    assert (resources.folder("drawings") / "strategies").is_dir()
    assert resources.folder("templates").is_dir()


def test_a_missing_folder_says_that_the_installation_is_incomplete() -> None:
    with pytest.raises(DrawDeployError, match="missing from this installation"):
        resources.folder("paintings")


def test_icons_are_those_of_the_library() -> None:
    """Compares what is read from the source with what importing it gives; a sample of classes, aliases among them."""
    names = resources.icon_names()
    assert len(names) > 2000
    sample = [*random.Random(1).sample(names, 60), "onprem.network.HAProxy", "aws.network.ELB", "aws.compute.EC2"]
    for dotted in sample:
        module, _, name = dotted.rpartition(".")
        icon = getattr(importlib.import_module(f"diagrams.{module}"), name)
        assert resources.icon_file(dotted).as_posix().endswith(f"{icon._icon_dir}/{icon._icon}")
        assert resources.icon_file(dotted).read_bytes().startswith(b"\x89PNG")


def test_finding_an_icon_imports_nothing_of_the_library() -> None:
    """A text chooses the name of an icon: it must not choose what code runs."""
    source = Path(resources.__file__).resolve().parent.parent
    code = f"import sys; sys.path.insert(0, {str(source)!r})\nfrom drawdeploy import resources\n"
    code += "resources.icon_file('aws.compute.EC2'); print([name for name in sys.modules if 'diagrams' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("dotted", "hint"),
    [
        ("onprem.network.HAproxi", "did you mean 'onprem.network.HAProxy'?"),
        ("aws.EC2", "did you mean 'aws.compute.EC2'?"),
        ("EC2", "'aws.compute.EC2'"),
        ("aws.compute._Compute", ""),
        ("os.system", "an icon is named like"),
        ("../../../etc/passwd", "an icon is named like"),
        ("aws.compute.EC2\n", "aws.compute.EC2"),
        ("", "an icon is named like"),
    ],
)
def test_an_unknown_icon_is_told_with_the_nearest(dotted: str, hint: str) -> None:
    with pytest.raises(DrawDeployError, match="unknown icon") as caught:
        resources.icon_file(dotted)
    assert hint in caught.value.faults[0].hint


@pytest.mark.parametrize(
    ("name", "names", "hint"),
    [
        ("hibrid", ["plain", "hybrid"], "did you mean 'hybrid'?"),
        ("HYBRID", ["plain", "hybrid"], "did you mean 'hybrid'?"),
        ("zzz", ["plain", "hybrid"], "one of: plain, hybrid"),
        ("zzz", [], ""),
    ],
)
def test_nearest(name: str, names: list[str], hint: str) -> None:
    assert nearest(name, names) == hint


def test_a_registry_knows_its_own_things_without_looking_at_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking takes 40 ms, which the common case must not pay."""
    monkeypatch.setattr(registry, "offered", lambda group: pytest.fail("looked"))
    things: Registry[int] = Registry("number", "drawdeploy.numbers")
    things.add("one", 1)
    assert things.get("one") == 1


def test_a_registry_is_extended_by_packages_but_not_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "offered", lambda group: (("one", -1), ("two", 2)))
    things: Registry[int] = Registry("number", "drawdeploy.numbers")
    things.add("one", 1)
    assert (things.get("two"), things.names(), things.get("one"), "three" in things) == (2, ("one", "two"), 1, False)


def test_an_unknown_name_gives_the_nearest() -> None:
    things: Registry[int] = Registry("engine")
    things.add("pure", 1)
    with pytest.raises(DrawDeployError) as caught:
        things.get("pur")
    assert str(caught.value) == "unknown engine 'pur'\n  hint: did you mean 'pure'?"


def test_a_broken_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "drawdeploy.numbers", "broken = nowhere_at_all:thing")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DrawDeployError, match=r"entry point 'broken' of 'drawdeploy.numbers' cannot be loaded"):
        Registry[int]("number", "drawdeploy.numbers").names()


def install(folder: Path, group: str, line: str) -> None:
    """A distribution with an entry point, as an installer leaves it."""
    info = folder / "extra-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{group}]\n{line}\n", encoding="utf-8")
