"""Vietnamese names made comparable: however typed, with or without diacritics, wherever the tone mark was put."""

import unicodedata

_TONES = frozenset("\u0300\u0301\u0309\u0303\u0323")
"""Grave, acute, hook, tilde, dot below: what may stand on one vowel or the next. Circumflex, breve and horn may not."""


def normalised(name: str) -> str:
    """Case-folded, single spaces, each syllable's tone after it: `Hòa`, `Hoà` and `HOÀ` become one."""
    return " ".join(_toned(syllable) for syllable in unicodedata.normalize("NFD", name).casefold().split())


def folded(name: str) -> str:
    """As `normalised`, without any diacritics: `Đặng Ân` becomes `dang an`."""
    bare = unicodedata.normalize("NFD", name).casefold().replace("đ", "d")
    return " ".join("".join(letter for letter in bare if not unicodedata.combining(letter)).split())


def _toned(syllable: str) -> str:
    letters = [letter for letter in syllable if letter not in _TONES]
    return "".join(letters) + "".join(sorted(letter for letter in syllable if letter in _TONES))
