"""The one font of every picture: how wide a text is in it, and the part of it that a page carries along.

No layout engine is asked how wide a text is: each measures differently, some wrongly. What is measured here is what
resvg draws, and what a browser draws with the subset that :func:`font_face` gives. Kerning is left out.

The font comes in the Regular weight only. Bold is that weight with a stroke of :data:`BOLD_STROKE` em in the colour of
the text, so its advances are the same; :func:`width` adds a little for what the stroke covers.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import advances
from drawdeploy.picture.aside import Answer, Aside

FAMILY: Final = "Noto Sans KR"
STACK: Final = f"'{FAMILY}', 'Apple SD Gothic Neo', 'Malgun Gothic', 'Helvetica Neue', Arial, sans-serif"
"""CSS ``font-family`` for a page: ours, and what to fall back to where embedded fonts are switched off."""
BOLD_STROKE: Final = 0.045
"""Stroke width of bold text, in em."""
ELLIPSIS: Final = "…"
REPLACEMENT: Final = "?"

_PACKAGE = "pylopdf_fonts_ko"
_FILE = "NotoSansKR-Regular.otf"
_BOLD_SLACK = 1.02
_INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters by category, empty to the eye
_BREAK_AFTER = "-/._:,@"
# What lays out complex scripts is of no use to Latin and Hangul syllables; DSIG would be wrong after the cut.
_DROPPED_TABLES = ("BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx")
# Copyright, licence and its address, since the OFL wants them to stay, and the names: resvg takes no font without.
_KEPT_NAMES = (0, 1, 2, 4, 6, 13, 14)
# Quality 5 takes half a millisecond for what 11 needs 30 for; the data URI grows by 7 %.
_BROTLI_QUALITY = 5


@cache
def font_path() -> Path:
    """The font's file, inside the installed package that carries it.

    Raises:
        DrawDeployError: The package is not installed, or has no such file.
    """
    from importlib.util import find_spec  # only what is drawn needs it

    spec = find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    raise DrawDeployError(
        f"the font of the pictures ({FAMILY}) is not installed",
        'pip install "pylopdf-fonts-ko>=0.1.1,<0.2"',
        code=Exit.FAILED,
    )


def has(character: str) -> bool:
    """Whether the font has a glyph for a character."""
    return _usual(character) is not None or _glyph(character) is not None


def printable(text: str) -> str:
    """A text as it can be drawn, on one line.

    Control characters, bidirectional marks and what is invisible go; white space becomes single spaces; a character
    that the font lacks (emoji, other scripts) becomes "?". Decomposed Hangul is composed.
    """
    if text.isascii() and text.isprintable() and "  " not in text:  # nearly all are; this is asked for every text
        return text.strip(" ")
    return _drawable(unicodedata.normalize("NFC", text)).strip(" ")


def missing(text: str) -> str:
    """The characters that become "?", each once, in order."""
    if text.isascii():
        return ""
    composed = unicodedata.normalize("NFC", text)
    return "".join(one for one in dict.fromkeys(composed) if one != REPLACEMENT and printable(one) == REPLACEMENT)


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is drawn, in the unit of ``size``."""
    units = sum(map(_advance, text))
    return units * size * (_BOLD_SLACK if bold else 1.0) / _units_per_em()


def advance(character: str) -> int:
    """How far the next character stands from the beginning of one, in units of the font: see :func:`units`."""
    return _advance(character)


def units() -> int:
    """Units of the font in its size."""
    return _units_per_em()


def draw(character: str, pen: Any) -> None:
    """Draws a character with functions for HarfBuzz, in units of the font; what it lacks is its glyph 0."""
    _font()[1].draw_glyph(_glyph(character) or 0, pen, None)


def fit(text: str, size: float, max_width: float, bold: bool = False) -> str:
    """A text cut to a width, with "…" where something is missing; empty if not even that fits."""
    if width(text, size, bold) <= max_width:
        return text
    low, high = 0, len(text)  # the longest beginning that fits: between low, which does, and high, which does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if width(text[:middle] + ELLIPSIS, size, bold) <= max_width else (low, middle)
    cut = text[:low].rstrip() + ELLIPSIS
    return cut if width(cut, size, bold) <= max_width else ""


def wrap(text: str, size: float, max_width: float, bold: bool = False, lines: int = 2) -> tuple[str, ...]:
    """A text in lines of a width at most, broken at spaces, and inside a word only if it is too long for a line.

    Args:
        text: What to break.
        size: Size of the font.
        max_width: Width of a line, in the unit of ``size``.
        bold: Whether it is drawn bold.
        lines: How many lines there may be; the last ends in "…" if more would be needed.

    Returns:
        From one line to ``lines``; one empty line for an empty text.
    """

    def fits(line: str) -> bool:
        return width(line, size, bold) <= max_width

    done: list[str] = []
    line = ""
    pieces = [piece for word in text.split(" ") if word for piece in _pieces(word, fits)]
    for index, (piece, glue) in enumerate(pieces):
        longer = line + (glue if line else "") + piece
        if fits(longer) or not line:
            line = longer
        elif len(done) == lines - 1:
            rest = "".join(glue + piece for piece, glue in pieces[index:])
            return (*done, fit(line + rest, size, max_width, bold))
        else:
            done.append(fit(line, size, max_width, bold))
            line = piece
    return (*done, fit(line, size, max_width, bold))


def font_face(characters: str) -> str:
    """The CSS rule that brings along the part of the font that some characters need.

    Args:
        characters: What will be drawn with it, in any order; what the font lacks is left out.

    Returns:
        An ``@font-face`` rule of :data:`FAMILY` with a WOFF2 as data URI: the same bytes for the same characters.
    """
    return _rule(characters)


# --- text ------------------------------------------------------------------------------------------------------------


def _drawable(text: str) -> str:
    """Every character as it can be drawn; white space as spaces, with none beside another."""
    drawn = ""
    for character in text:
        category = unicodedata.category(character)
        if character in "\t\n\v\f\r\x85" or category in ("Zs", "Zl", "Zp"):
            if character == "\u00a0":  # holds a number and its unit together
                drawn += character
            elif not drawn.endswith(" "):
                drawn += " "
        elif category in ("Cc", "Cf") or character in _INVISIBLE_LETTERS:
            continue
        elif has(character):
            drawn += character
        elif category[0] != "M":  # a mark without a glyph, such as an emoji's variation selector, is no loss
            drawn += REPLACEMENT
    return drawn


def _pieces(word: str, fits: Callable[[str], bool]) -> list[tuple[str, str]]:
    """What is not broken of a word, each piece with what joins it to the piece before.

    A word that fits a line stays whole. One that does not is broken where hyphens and the like stand and beside Hangul;
    what is still too long, anywhere.
    """
    if fits(word):
        return [(word, " ")]
    pieces: list[str] = []
    begin = 0
    for end in range(1, len(word) + 1):
        if end == len(word) or word[end - 1] in _BREAK_AFTER or not (word[end - 1].isascii() and word[end].isascii()):
            piece = word[begin:end]
            pieces += [piece] if fits(piece) else piece
            begin = end
    return [(piece, "" if n else " ") for n, piece in enumerate(pieces)]


# --- the font --------------------------------------------------------------------------------------------------------


@cache
def _font() -> tuple[Any, Any]:
    """Face and font of HarfBuzz, which maps the file and reads what it is asked for."""
    import uharfbuzz  # takes 20 ms

    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font_path())))
    return face, uharfbuzz.Font(face)


@cache
def _is_known() -> bool:
    """Whether the installed font is the one that the table of advances was read from."""
    return font_path().stat().st_size == advances.SIZE


def _usual(character: str) -> int | None:
    """The advance of a character that need not be looked up in the font."""
    return advances.usual(character) if _is_known() else None


@cache
def _units_per_em() -> int:
    return advances.PER_EM if _is_known() else int(_font()[0].upem)


@cache
def _glyph(character: str) -> int | None:
    glyph: int | None = _font()[1].get_nominal_glyph(ord(character))
    return glyph


@cache
def _advance(character: str) -> int:
    """In units of the font; a character without a glyph is drawn as the glyph 0."""
    if (usual := _usual(character)) is not None:
        return usual
    return int(_font()[1].get_glyph_h_advance(_glyph(character) or 0))


def prepare(characters: str, beside: Aside) -> None:
    """Has another process make the rule that :func:`font_face` will be asked for."""
    _begun[characters] = beside.ask(_rule, characters)


_begun: dict[str, Answer[str]] = {}


def load() -> None:
    """Loads what a font takes long to load."""
    import base64  # noqa: F401

    import brotli  # noqa: F401

    _font()


@lru_cache(maxsize=32)
def _rule(characters: str) -> str:
    if characters in _begun:
        return _begun.pop(characters).get()
    return _font_face("".join(sorted(filter(has, set(characters) | set(" " + ELLIPSIS)))))


@lru_cache(maxsize=32)
def _font_face(characters: str) -> str:
    from base64 import b64encode

    data = b64encode(_woff2(subset(characters))).decode("ascii")
    return (
        f"@font-face{{font-family:'{FAMILY}';font-style:normal;font-weight:400;"
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
    )


def subset(characters: str) -> bytes:
    """An OpenType font with the glyphs of some characters alone, and without kerning."""
    import uharfbuzz

    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(map(ord, characters))
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode("ascii"), "big") for tag in _DROPPED_TABLES)
    wanted.name_id_set.clear()
    wanted.name_id_set.update(_KEPT_NAMES)
    wanted.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    return bytes(uharfbuzz.subset(_font()[0], wanted).blob.data)


# --- WOFF2: the container, https://www.w3.org/TR/WOFF2/ --------------------------------------------------------------

# The first 14 of the standard's 63; any other tag is spelt out.
_KNOWN_TAGS = ["cmap", "head", "hhea", "hmtx", "maxp", "name", "OS/2", "post", "cvt ", "fpgm", "glyf", "loca", "prep"]
_KNOWN_TAGS += ["CFF "]
_OTHER_TAG = 63


def _woff2(font: bytes) -> bytes:
    """An OpenType font with CFF outlines as WOFF2, its tables as they are.

    HarfBuzz does not write WOFF2; fontTools does, for ten times the time of all else here together.
    """
    import brotli

    tables = sorted(_tables(font))
    directory = b"".join(_entry(tag, len(data)) for tag, data in tables)
    packed: bytes = brotli.compress(
        b"".join(data for _, data in tables), mode=brotli.MODE_FONT, quality=_BROTLI_QUALITY
    )
    plain_size = 12 + 16 * len(tables) + sum(-(-len(data) // 4) * 4 for _, data in tables)
    size = 48 + len(directory) + len(packed)
    padding = bytes(-size % 4)
    head = struct.pack(
        ">4s4sIHHIIHHIIIII",
        *(b"wOF2", font[:4], size + len(padding), len(tables), 0, plain_size, len(packed), 1, 0, 0, 0, 0, 0, 0),
    )
    return head + directory + packed + padding


def _tables(font: bytes) -> Iterable[tuple[str, bytes]]:
    (count,) = struct.unpack_from(">H", font, 4)
    for n in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", font, 12 + 16 * n)
        yield tag.decode("ascii"), font[offset : offset + length]


def _entry(tag: str, length: int) -> bytes:
    known = tag in _KNOWN_TAGS
    flags = bytes([_KNOWN_TAGS.index(tag)]) if known else bytes([_OTHER_TAG]) + tag.encode("ascii")
    return flags + bytes(_base128(length))


def _base128(number: int) -> Sequence[int]:
    """UIntBase128: seven bits a byte, the highest first, a set top bit on all but the last."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.insert(0, number & 0x7F | 0x80)
    return digits
