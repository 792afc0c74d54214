"""The process beside ours does what it is asked, and nothing goes wrong when it is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drawdeploy.picture import aside
from drawdeploy.picture.aside import Aside

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only there are forks used")


def where(*, beside: bool = True) -> int:
    return os.getpid() if beside else 0


def large(size: int) -> bytes:
    return bytes(size)


def fails_beside(home: int) -> str:
    if os.getpid() != home:
        raise ValueError("not here")
    return "done at home"


def ends_beside(home: int) -> str:
    if os.getpid() != home:
        os._exit(1)
    return "done at home"


def test_without_forks_everything_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "can_fork", lambda: False)
    with Aside(int) as beside:
        assert beside.ask(where).get() == os.getpid()
        with pytest.raises(ZeroDivisionError):
            beside.ask(divmod, 1, 0).get()


@LINUX
def test_jobs_are_done_elsewhere_in_any_order_of_asking() -> None:
    """In a process of its own: pytest's may have threads, and then there are no forks."""
    code = """
    import os
    import test_aside as t
    from drawdeploy.picture.aside import Aside
    open_before = len(os.listdir("/proc/self/fd"))
    with Aside(int) as beside:
        asked = [beside.ask(t.where), beside.ask(t.where, beside=False), beside.ask(t.large, 3_000_000)]
        more = beside.ask(len, bytes(3_000_000))
        assert more.get() == 3_000_000  # neither side waits for the other to read
        assert len(asked[2].get()) == 3_000_000
        assert asked[1].get() == 0
        assert asked[0].get() == asked[0].get() == beside._pid != os.getpid()
        here = os.getpid()
        assert beside.ask(t.fails_beside, here).get() == "done at home"
        assert beside.ask(lambda: 7).get() == 7  # cannot be sent
        assert beside.ask(t.where).get() == beside._pid
        assert beside.ask(t.ends_beside, here).get() == "done at home"
        assert beside.ask(t.where).get() == here  # it has ended
        late = beside.ask(t.where)
    assert late.get() == here
    try:
        os.waitpid(-1, os.WNOHANG)
        print("a child is left")
    except ChildProcessError:
        print(len(os.listdir("/proc/self/fd")) - open_before)
    """
    assert in_process(code) == "0"


@LINUX
def test_what_it_begins_with_may_fail() -> None:
    code = """
    import test_aside as t
    from drawdeploy.picture.aside import Aside
    with Aside(lambda: 1 / 0) as beside:
        print(beside.ask(t.where).get() == beside._pid)
    """
    assert in_process(code) == "True"


def in_process(code: str) -> str:
    paths = [str(Path(aside.__file__).parents[2]), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-c", f"if True:{code}"], capture_output=True, text=True, env=environment, timeout=60
    )
    assert not done.stderr
    return done.stdout.strip()
