"""Whether a personal identification number can be a given child's (domain.md C.4)."""

from datetime import date
from enum import StrEnum
from typing import Literal

from policy import pack as packs
from policy.pack import Pack

HUNDRED = 100


class NumberProblem(StrEnum):
    """What is wrong with a number; a warning for a person to judge, since corrections and changes of sex exist."""

    NOT_TWELVE_DIGITS = "not-12-digits"
    WRONG_PLACE = "wrong-place"
    WRONG_CENTURY_OR_SEX = "wrong-century-or-sex"
    WRONG_YEAR = "wrong-year"


def check_personal_id(
    number: str, *, province: str, sex: Literal["male", "female"], born_on: date, pack: Pack | None = None
) -> list[str]:
    """Problem codes, none where the number fits place of registration (two digits), sex and year of birth.

    Numbers keep the form in which they were issued, and nothing says when that was: the newest composition is taken.
    """
    composition = (pack or packs.current()).personal_id.composition.newest().value
    if len(number) != composition.length or not (number.isascii() and number.isdigit()):
        return [NumberProblem.NOT_TWELVE_DIGITS]
    place, digit, year = number[:3], number[3], number[4:6]
    digits = {century.years: {"male": century.male, "female": century.female} for century in composition.centuries}
    expected = digits.get(born_on.year // HUNDRED, {}).get(sex)
    problems: list[str] = []
    if place != composition.place_prefix + province:
        problems.append(NumberProblem.WRONG_PLACE)
    if digit != expected:
        problems.append(NumberProblem.WRONG_CENTURY_OR_SEX)
    if year != f"{born_on.year % HUNDRED:02d}":
        problems.append(NumberProblem.WRONG_YEAR)
    return problems
