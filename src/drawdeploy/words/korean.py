"""Korean particles after values: which form follows depends on the sound a value ends in."""

from __future__ import annotations

from typing import Any

_RIEUL = 8
"""Index of the final ㄹ in a Hangul syllable."""

# Final sounds as indices of finals in Hangul syllables; only "none", "ㄹ" and "another" matter.
_DIGITS = {"0": 21, "1": 8, "3": 16, "6": 1, "7": 8, "8": 8}
_LETTERS = {"l": 8, "m": 16, "n": 4, "r": 8}


def josa(value: Any, forms: str) -> str:
    """The value, followed by the form of a particle that fits its sound.

    Args:
        value: What the particle follows; ``v2`` is read 브이투, ``green`` ends like 그린.
        forms: After a consonant, and after a vowel: ``이/가``, ``을/를``, ``은/는``, ``과/와``, ``으로/로``.
    """
    text = str(value)
    after_consonant, _, after_vowel = forms.partition("/")
    final = _final(text.rstrip(" )]}'\"”’.,%\u00a0").lower()[-1:])
    if final is None:
        both = (
            f"({after_consonant[0]}){after_vowel}"
            if after_consonant[1:] == after_vowel
            else f"{after_consonant}({after_vowel})"
        )
        return text + both
    if final == _RIEUL and after_vowel == "로":
        return text + after_vowel
    return text + (after_consonant if final else after_vowel)


def _final(character: str) -> int | None:
    """The final sound of a character: 0 for a vowel, ``None`` if nobody can tell."""
    if "가" <= character <= "힣":
        return (ord(character) - ord("가")) % 28
    if character.isascii() and character.isdigit():
        return _DIGITS.get(character, 0)
    if character.isascii() and character.isalpha():
        return _LETTERS.get(character, 0)
    return None
