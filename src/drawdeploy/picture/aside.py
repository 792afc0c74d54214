"""A second process that works while this one goes on: it loads what takes long to load, and does what it is asked to.

On Linux it is a fork: there at once, with everything that is imported. Questions and answers lie in two files in
memory, and two pipes tell where; so neither side ever waits for the other to read. It ends when this process does.

Whatever it does not answer, for whatever reason, this process does itself; so too where there is no such process.
"""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from drawdeploy.picture.workers import can_fork

P = ParamSpec("P")
T = TypeVar("T")
Job = Callable[[Callable[..., Any], tuple[Any, ...]], Any]

_PLACE = struct.Struct(">QQ")
"""Where a question or an answer lies in its file: offset and length."""


class Answer(Generic[T]):
    """What a job gives, once it is done."""

    def __init__(self, job: Callable[[], T], process: Aside | None, number: int = 0) -> None:
        self._job, self._process, self._number = job, process, number

    def get(self) -> T:
        """The result; waits for it. If the job raises, so does this."""
        if self._process is not None:
            found, result = self._process.answer(self._number)
            if found:
                return result  # type: ignore[no-any-return]  # the job's own, by way of pickle
        return self._job()


class Aside:
    """The process.

    Use it as ``with Aside(…) as aside: …``, so that it ends in time.

    Args:
        begin: What it does first, before anybody asks: importing, as a rule.
    """

    def __init__(self, begin: Callable[[], object]) -> None:
        self._pid = 0
        self._asked = 0
        self._answers: list[bytes] = []
        if not can_fork():
            return
        self._questions, self._results = os.memfd_create("asked"), os.memfd_create("answered")
        (asked, self._ask), (self._answered, answer) = os.pipe(), os.pipe()
        try:
            self._pid = os.fork()
        except OSError:  # no more processes allowed
            self._pid = -1
        if self._pid == 0:
            try:
                os.close(self._ask)
                os.close(self._answered)
                self._work(begin, asked, answer)
            finally:  # without anything that this process's parent has to do at its end
                os._exit(0)
        os.close(asked)
        os.close(answer)

    def ask(self, job: Callable[P, T], *given: P.args, **named: P.kwargs) -> Answer[T]:
        """Has a job done, after those that were asked for before.

        Args:
            job: A function of a module, or a method of something that was there when this process began; it must not
                change anything but caches.
            given: What it is called with: values that can be pickled.
            named: The same, by name.
        """

        def here() -> T:
            return job(*given, **named)

        if self._pid <= 0:
            return Answer(here, None)
        try:
            question = pickle.dumps((job, given, named), pickle.HIGHEST_PROTOCOL)
            _leave(self._questions, self._ask, question)
        except (pickle.PicklingError, TypeError, AttributeError, OSError):  # it has ended, or there is no more memory
            return Answer(here, None)
        self._asked += 1
        return Answer(here, self, self._asked - 1)

    def answer(self, number: int) -> tuple[bool, Any]:
        """Whether there is an answer to a question, and the answer."""
        while number >= len(self._answers) and self._pid > 0:
            place = os.read(self._answered, _PLACE.size)
            if len(place) < _PLACE.size:  # it has ended
                return False, None
            self._answers.append(_taken(self._results, place))
        if number >= len(self._answers) or not self._answers[number]:
            return False, None
        return True, pickle.loads(self._answers[number])

    def _work(self, begin: Callable[[], object], asked: int, answer: int) -> None:
        import signal
        from contextlib import suppress

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent sees to it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # what is typed is for the parent
        with suppress(Exception):  # whoever needs it is told, by the parent
            begin()
        while len(place := os.read(asked, _PLACE.size)) == _PLACE.size:
            told = b""
            with suppress(Exception):  # the parent meets the same, and tells
                job, given, named = pickle.loads(_taken(self._questions, place))
                told = pickle.dumps(job(*given, **named), pickle.HIGHEST_PROTOCOL)
            _leave(self._results, answer, told)

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid <= 0:
            return
        import signal

        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        for file in (self._ask, self._answered, self._questions, self._results):
            os.close(file)
        self._pid = -1


def _leave(file: int, pipe: int, data: bytes) -> None:
    """Puts data behind what is in a file, and tells through a pipe where."""
    at, left = os.fstat(file).st_size, memoryview(data)
    place = _PLACE.pack(at, len(data))
    while left:
        done = os.pwrite(file, left, at)
        at, left = at + done, left[done:]
    os.write(pipe, place)


def _taken(file: int, place: bytes) -> bytes:
    """What lies at a place."""
    at, length = _PLACE.unpack(place)
    return os.pread(file, length, at)
