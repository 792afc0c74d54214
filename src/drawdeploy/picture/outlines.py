"""Texts as the outlines of their letters, for a rasteriser that has no font."""

from __future__ import annotations

from functools import cache
from typing import Any

from drawdeploy.picture import fonts
from drawdeploy.picture.aside import Answer, Aside

Letter = tuple[tuple[int, int], str]
"""Where the outline of a letter begins, and all of it from there: relative, so that it may stand anywhere."""

_known: dict[str, Letter] = {}
_begun: list[Answer[dict[str, Letter]]] = []


def prepare(characters: str, beside: Aside) -> None:
    """Has another process read the outlines of some characters."""
    _begun.append(beside.ask(_read, characters))


def load() -> None:
    """Makes ready what :func:`outline` needs: what was prepared, or else what the font is read with."""
    if not _begun:
        import uharfbuzz  # noqa: F401
    while _begun:
        _known.update(_begun.pop().get())


@cache
def outline(text: str) -> tuple[str, int]:
    """A line of text as SVG path data.

    Args:
        text: As it is drawn; without kerning, as everywhere here.

    Returns:
        The path in units of the font, y upwards, from (0, 0) to the right; and how far it reaches.
    """
    parts: list[str] = []
    x = 0
    for character in text:
        begin, rest = _letter(character)
        if rest:
            parts.append(f"M{begin[0] + x} {begin[1]}{rest}")
        x += fonts.advance(character)
    return "".join(parts), x


def _letter(character: str) -> Letter:
    if character not in _known:
        _known.update(_read(character))
    return _known[character]


def _read(characters: str) -> dict[str, Letter]:
    return {character: _read_one(character) for character in characters}


def _read_one(character: str) -> Letter:
    import uharfbuzz  # takes 20 ms

    pen = _Pen()
    draw = uharfbuzz.DrawFuncs()
    draw.set_move_to_func(pen.move)
    draw.set_line_to_func(pen.line)
    draw.set_quadratic_to_func(pen.quadratic)
    draw.set_cubic_to_func(pen.cubic)
    draw.set_close_path_func(pen.close)
    fonts.draw(character, draw)
    return pen.begin or (0, 0), "".join(pen.parts)


class _Pen:
    """Writes down what HarfBuzz draws."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.begin: tuple[int, int] | None = None
        self._at = self._start = (0, 0)

    def move(self, x: float, y: float, _: Any) -> None:
        point = round(x), round(y)
        if self.begin is None:
            self.begin = point
        else:
            self.parts.append("m" + self._from_here(point))
        self._at = self._start = point

    def line(self, x: float, y: float, _: Any) -> None:
        self._to("l", x, y)

    def quadratic(self, *numbers: Any) -> None:
        self._to("q", *numbers[:-1])

    def cubic(self, *numbers: Any) -> None:
        self._to("c", *numbers[:-1])

    def close(self, _: Any) -> None:
        self.parts.append("z")
        self._at = self._start

    def _to(self, command: str, *numbers: float) -> None:
        rounded = [*map(round, numbers)]
        points = [*zip(rounded[::2], rounded[1::2], strict=True)]
        self.parts.append(command + " ".join(map(self._from_here, points)))
        self._at = points[-1]

    def _from_here(self, point: tuple[int, int]) -> str:
        return f"{point[0] - self._at[0]} {point[1] - self._at[1]}"
