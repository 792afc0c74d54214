"""DOT becomes a positioned SVG with whichever engine there is; without one the error says how to get it."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import engine
from drawdeploy.picture.engine import Engine, EngineFailed

DOT = """digraph {
  compound=true
  subgraph cluster_a { id="site-a" label="온프레미스" a [id="node-a"] }
  a -> b [id="edge-a-b" label="70 %"]
}"""


def with_engines(monkeypatch: pytest.MonkeyPatch, **engines: Engine) -> None:
    """Replaces built-in engines."""
    registry = engine._registry.__wrapped__()
    for name, one in engines.items():
        registry._things[name] = one
    monkeypatch.setattr(engine, "_registry", lambda: registry)


def absent() -> None:
    return None


def fake(answer: str | Exception, *, found: bool = True) -> Engine:
    def layout(_: str) -> str:
        if isinstance(answer, Exception):
            raise answer
        return answer

    def version() -> str:
        return layout("")

    return Engine(layout, (lambda: "/somewhere") if found else absent, version, "pip install it")


@pytest.fixture
def pygraphviz() -> str:
    pytest.importorskip("pygraphviz", reason="an extra of drawdeploy")
    return "pygraphviz"


def ids(svg: str) -> set[str]:
    return set(re.findall(r'\bid="(site-a|node-a|edge-a-b)"', html.unescape(svg)))


def test_the_default_engine_keeps_ids_and_hangul() -> None:
    svg = engine.layout_svg(DOT)
    assert ids(svg) == {"site-a", "node-a", "edge-a-b"}
    assert "온프레미스" in svg


def test_the_same_dot_gives_the_same_bytes() -> None:
    assert engine.layout_svg(DOT, "pure") == engine.layout_svg(DOT, "pure")


def test_pygraphviz_gives_the_same_structure_and_says_nothing(
    pygraphviz: str, capfd: pytest.CaptureFixture[str]
) -> None:
    svg = engine.layout_svg(DOT.replace("b [", "b [lhead=cluster_a "), pygraphviz)
    assert ids(svg) == {"site-a", "node-a", "edge-a-b"}
    assert capfd.readouterr() == ("", "")


def test_the_engine_works_without_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """As from cron, an IDE, or a notebook whose environment was never activated."""
    monkeypatch.setenv("PATH", "")
    assert "<svg" in engine.layout_svg(DOT)


def test_the_engine_is_found_where_pip_put_it_though_not_beside_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pip install --user` and `--target` put programs elsewhere; the package's own list of files tells where."""
    found = engine._recorded("graphviz-pure.exe" if sys.platform == "win32" else "graphviz-pure")
    assert found and Path(found).is_file()
    assert engine._recorded("no-such-program") is None


@pytest.mark.parametrize("name", ["pure", "pygraphviz"])
def test_a_fault_in_the_dot_is_told_in_a_line(name: str, request: pytest.FixtureRequest) -> None:
    if name == "pygraphviz":
        request.getfixturevalue(name)
    with pytest.raises(DrawDeployError, match=f"'{name}' failed: .*syntax error in line 1") as caught:
        engine.layout_svg("digraph { a -> ", name)
    assert caught.value.code == Exit.FAILED
    assert str(caught.value).count("\n") == 1


def test_an_unknown_engine_gives_the_nearest_name() -> None:
    for call in (engine.layout_svg, lambda _, name: engine.resolve(name)):
        with pytest.raises(DrawDeployError, match="unknown engine 'pygrafviz'") as caught:
            call(DOT, "pygrafviz")
        assert "'pygraphviz'" in caught.value.faults[0].hint
        assert caught.value.code == Exit.BAD_INPUT


@pytest.mark.parametrize("name", ["pure", "pygraphviz", "dot"])
def test_an_engine_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = engine._registry.__wrapped__().get(name)
    with_engines(monkeypatch, **{name: Engine(real.layout, absent, real.version, real.hint)})
    for call in (lambda: engine.layout_svg(DOT, name), lambda: engine.resolve(name)):
        with pytest.raises(DrawDeployError, match=f"'{name}' is not installed") as caught:
            call()
        assert caught.value.code == Exit.FAILED
        assert "install" in caught.value.faults[0].hint


def test_no_engine_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    none = {name: fake("", found=False) for name in engine.ENGINES[1:]}
    with_engines(monkeypatch, **none)
    for call in (lambda: engine.layout_svg(DOT), lambda: engine.resolve("auto")):
        with pytest.raises(DrawDeployError, match="no layout engine is installed"):
            call()
    assert not any(status.available for status in engine.status())


def test_auto_takes_the_first_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    with_engines(
        monkeypatch,
        pure=fake(EngineFailed("wrong architecture")),
        pygraphviz=fake("", found=False),
        dot=fake("<svg>dot</svg>"),
    )
    assert engine.layout_svg(DOT) == "<svg>dot</svg>"
    assert engine.resolve("auto") == "pure"  # it is there; that it does not work shows only when it is used


def test_if_all_fail_the_first_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failing = {name: fake(EngineFailed(f"{name} broke")) for name in engine.ENGINES[1:]}
    with_engines(monkeypatch, **failing)
    with pytest.raises(DrawDeployError, match="pure broke"):
        engine.layout_svg(DOT)


def test_an_engine_that_gives_no_picture_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    with_engines(monkeypatch, pure=fake("Segmentation fault"))
    with pytest.raises(DrawDeployError, match="it gave no picture"):
        engine.layout_svg(DOT, "pure")


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (lambda: SimpleNamespace(returncode=1, stdout=b"", stderr=b"Warning: x\nError: bad\nmore\n"), "Error: bad"),
        (lambda: SimpleNamespace(returncode=-11, stdout=b"", stderr=b""), "it ended with -11"),
        (lambda: (_ for _ in ()).throw(subprocess.TimeoutExpired("x", 60)), "not done after 60 s"),
        (
            lambda: (_ for _ in ()).throw(PermissionError(13, "Permission denied")),
            "cannot be started: Permission denied",
        ),
    ],
)
def test_programs_that_fail(monkeypatch: pytest.MonkeyPatch, behaviour: Callable[[], object], said: str) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: behaviour())
    with pytest.raises(DrawDeployError, match=said) as caught:
        engine.layout_svg(DOT, "pure")
    assert caught.value.code == Exit.FAILED


def test_status_tells_of_every_engine() -> None:
    found = {status.name: status for status in engine.status()}
    assert tuple(found)[:3] == engine.ENGINES[1:]
    assert found["pure"].available and found["pure"].version[0].isdigit()
    for status in found.values():
        assert status.detail
        assert status.available == bool(status.version)


def test_an_engine_of_another_package_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    point = SimpleNamespace(name="mine", value="x:y", load=lambda: fake("<svg>mine</svg>"))
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point] if group == "drawdeploy.engines" else [])
    registry = engine._registry.__wrapped__()
    monkeypatch.setattr(engine, "_registry", lambda: registry)
    assert engine.layout_svg(DOT, "mine") == "<svg>mine</svg>"
    assert engine.names() == (*engine.ENGINES, "mine")


@pytest.mark.real
def test_an_installed_graphviz_gives_the_same_structure(require: Callable[..., str]) -> None:
    require("dot")
    assert ids(engine.layout_svg(DOT, "dot")) == {"site-a", "node-a", "edge-a-b"}
    assert {status.name: status.version for status in engine.status()}["dot"]
