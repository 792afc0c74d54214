"""The same function over many texts, in several processes.

On Linux they are forks: there at once, with everything imported. Each takes the next number from a pipe that all share,
and leaves its results in a file in memory, so nobody waits for anybody: not they for a parent that is busy, nor the
parent for the slowest share. They end when the pipe is empty, or their parent is gone. ``concurrent.futures`` takes
40 ms to import, and leaves processes behind when its parent is killed; it is used where forks are not safe.

Whatever a worker does not deliver, for whatever reason, this process does itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

Job = Callable[[str], bytes]
Tick = Callable[[int], None]
"""Is told how many are done or being done."""

_TICK = 0.02
"""Seconds between two looks at how far it is."""
_FORK_FROM = 3
"""How many texts make forks worth it."""
_SPAWN_FROM = 8
"""The same where each new process has to import everything again."""


class Pending(Protocol):
    """Results that are being made."""

    def result(self, tick: Tick | None = None) -> list[bytes]:
        """All of them, in order; waits until they are there, and tells `tick` now and then how far it is."""

    def __enter__(self) -> Pending: ...

    def __exit__(self, *_: object) -> None:
        """Stops what has not been done yet."""


def begin_all(job: Job, texts: Sequence[str], jobs: int | None = None) -> Pending:
    """Begins to apply a function to many texts.

    Args:
        job: Bytes for a text. If it raises, :meth:`Pending.result` does.
        texts: What to apply it to.
        jobs: How many processes at most; as many as there are cores without.
    """
    count = min(len(texts), jobs or _cores())
    if count > 1 and len(texts) >= _FORK_FROM and can_fork():
        return _Forks(job, texts, count)
    if count > 1 and len(texts) >= _SPAWN_FROM and _can_spawn():
        return _Spawned(job, texts, count)
    return _Here(job, texts)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def can_fork() -> bool:
    """A fork has one thread; if there were others, what they had locked stays locked. macOS has threads of its own."""
    import threading

    return sys.platform == "linux" and hasattr(os, "memfd_create") and threading.active_count() == 1


def _can_spawn() -> bool:
    """A new process imports the program that was started; only of our own it is known that this does no harm."""
    name = os.path.basename(getattr(sys.modules.get("__main__"), "__file__", None) or "")
    package = getattr(sys.modules.get("__main__"), "__package__", None)
    return name.partition(".")[0] == "drawdeploy" or package == "drawdeploy"


class _Here:
    """In this process, when asked for."""

    def __init__(self, job: Job, texts: Sequence[str]) -> None:
        self._job, self._texts = job, texts

    def result(self, tick: Tick | None = None) -> list[bytes]:
        done = []
        for text in self._texts:
            done.append(self._job(text))
            if tick is not None:
                tick(len(done))
        return done

    def __enter__(self) -> _Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class _Forks:
    """In forks of this process."""

    def __init__(self, job: Job, texts: Sequence[str], count: int) -> None:
        self._job, self._texts = job, texts
        self._queue, feed = os.pipe()
        self._workers: list[tuple[int, int]] = []  # process id, and the file with its results
        try:
            # A pipe takes 64 kB before a writer has to wait: 16,000 numbers, of which there are never so many.
            os.write(feed, b"".join(n.to_bytes(4, "big") for n in range(min(len(texts), 10_000))))
            os.close(feed)
            for _ in range(count):
                self._workers.append(self._fork())
        except OSError:  # no more processes or files allowed: what is missing is done by this one
            pass

    def _fork(self) -> tuple[int, int]:
        file = os.memfd_create("drawdeploy")
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(file)
            raise
        if pid:
            return pid, file
        try:
            self._work(file, parent)
        finally:  # without anything that this process's parent has to do at its end
            os._exit(0)

    def _work(self, file: int, parent: int) -> None:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent sees to it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with open(file, "wb") as results:
            for number in _numbers(self._queue):
                if os.getppid() != parent:
                    return
                done = self._job(self._texts[number])
                results.write(number.to_bytes(4, "big") + len(done).to_bytes(4, "big") + done)

    def result(self, tick: Tick | None = None) -> list[bytes]:
        done: dict[int, bytes] = {}
        while self._workers:
            pid, file = self._workers[0]
            self._wait(pid, tick)
            del self._workers[0]
            with open(file, "rb") as results:
                results.seek(0)
                done |= _records(results.read())
        return [done[n] if n in done else self._job(text) for n, text in enumerate(self._texts)]

    def _wait(self, pid: int, tick: Tick | None) -> None:
        """Waits for a process to end."""
        from time import sleep

        while os.waitpid(pid, 0 if tick is None else os.WNOHANG)[0] == 0:
            if tick is not None:
                tick(len(self._texts) - _left(self._queue))
            sleep(_TICK)

    def __enter__(self) -> _Forks:
        return self

    def __exit__(self, *_: object) -> None:
        import signal

        for pid, file in self._workers:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
            os.close(file)
        self._workers.clear()
        os.close(self._queue)


def _left(queue: int) -> int:
    """How many numbers nobody has taken from a pipe yet."""
    from array import array
    from fcntl import ioctl
    from termios import FIONREAD

    size = array("i", [0])
    ioctl(queue, FIONREAD, size)
    return size[0] // 4


def _numbers(queue: int) -> Iterator[int]:
    """Takes one after the other from a pipe that others take from too."""
    while len(number := os.read(queue, 4)) == 4:
        yield int.from_bytes(number, "big")


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbers and results; one that was cut off by the end of its worker is left out."""
    at = 0
    while at + 8 <= len(data):
        number, length = int.from_bytes(data[at : at + 4], "big"), int.from_bytes(data[at + 4 : at + 8], "big")
        at += 8 + length
        if at <= len(data):
            yield number, data[at - length : at]


class _Spawned:
    """In new processes, for systems on which forks are not safe."""

    def __init__(self, job: Job, texts: Sequence[str], count: int) -> None:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        self._job, self._texts = job, texts
        self._pool = ProcessPoolExecutor(count, get_context("spawn"), _ignore_interrupt)
        self._futures = [self._pool.submit(job, text) for text in texts]

    def result(self, tick: Tick | None = None) -> list[bytes]:
        from concurrent.futures import BrokenExecutor

        done = []
        for future, text in zip(self._futures, self._texts, strict=True):
            try:
                done.append(future.result())
            except (BrokenExecutor, OSError):
                done.append(self._job(text))
            if tick is not None:
                tick(len(done))
        return done

    def __enter__(self) -> _Spawned:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def _ignore_interrupt() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
