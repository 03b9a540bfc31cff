"""Dates in words, as civil-status forms are filled in: "Ngày hai mươi mốt tháng tư năm hai nghìn không trăm linh sáu".

Reading rules of Vietnamese numerals: 1 after a ten above ten is "mốt", 5 after any ten is "lăm", a zero ten is "linh",
a zero hundred under a thousand is said ("không trăm"); April is "tháng tư".
"""

from datetime import date

_UNITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_HIGHEST = 9999
_APRIL = 4


def number_in_words(number: int) -> str:
    """Say a number from 0 to 9999 in lower-case words; raises ValueError beyond."""
    if not 0 <= number <= _HIGHEST:
        raise ValueError("only 0 to 9999 can be said")
    thousands, below = divmod(number, 1000)
    hundreds, rest = divmod(below, 100)
    said = [f"{_UNITS[thousands]} nghìn"] if thousands else []
    if hundreds or (thousands and below):
        said.append(f"{_UNITS[hundreds]} trăm")
    if rest or not said:
        said.append(_below_hundred(rest, follows=bool(said)))
    return " ".join(said)


def date_in_words(day: date) -> str:
    """Say a date as a birth certificate does, beginning with a capital."""
    month = "tư" if day.month == _APRIL else number_in_words(day.month)
    return f"Ngày {number_in_words(day.day)} tháng {month} năm {number_in_words(day.year)}"


def _below_hundred(number: int, *, follows: bool) -> str:
    tens, units = divmod(number, 10)
    if tens == 0:
        return f"linh {_UNITS[units]}" if follows else _UNITS[units]
    ten = "mười" if tens == 1 else f"{_UNITS[tens]} mươi"
    if units == 0:
        return ten
    if units == 5:  # noqa: PLR2004 - the digit itself
        return f"{ten} lăm"
    return f"{ten} mốt" if units == 1 and tens > 1 else f"{ten} {_UNITS[units]}"
