"""How wide the usual characters of the font are, so that most runs need not load what reads it (20 ms).

The numbers stand in units of a thousandth of the font's size, and hold for the file of :data:`SIZE` bytes alone; a test
compares them with what HarfBuzz reads there. Any other character, and any other file, is left to HarfBuzz.
"""

from __future__ import annotations

from typing import Final

SIZE: Final = 4_644_748
"""Bytes of the font file they were read from."""
PER_EM: Final = 1000
"""Units of its size."""

_FIRST = 0x20
# From U+0020 to U+007E, sixteen in a line.
_ASCII: Final = (
    *(224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392),
    *(555, 555, 555, 555, 555, 555, 555, 555, 555, 555, 278, 278, 555, 555, 555, 474),
    *(946, 608, 657, 638, 688, 589, 552, 689, 728, 293, 535, 646, 543, 812, 723, 742),
    *(633, 742, 635, 596, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555, 559),
    *(606, 563, 618, 510, 620, 554, 325, 564, 607, 275, 275, 552, 284, 926, 610, 606),
    *(620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555),
)
_SIGNS: Final = {
    **{"\u00a0": 224, "°": 370, "·": 561, "×": 1000, "–": 536, "—": 894, "‘": 278, "’": 278, "“": 474, "”": 474},
    **{"…": 1000, "←": 1000, "→": 1000, "−": 555, "≈": 1000, "≤": 1000, "≥": 1000, "✓": 683},
}
_HANGUL: Final = 920


def usual(character: str) -> int | None:
    """The advance of a usual character; ``None`` for any other."""
    if "\x20" <= character <= "\x7e":
        return _ASCII[ord(character) - _FIRST]
    if "가" <= character <= "힣":
        return _HANGUL
    return _SIGNS.get(character)
