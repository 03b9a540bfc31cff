from datetime import date
from typing import Literal

import pytest

from policy.checks import BirthRules
from policy.personal_id import check_personal_id


@pytest.mark.parametrize(
    ("number", "province", "sex", "born_on"),
    [
        ("001224000123", "01", "male", date(2024, 7, 1)),
        ("001324000123", "01", "female", date(2024, 7, 1)),
        ("079200999999", "79", "male", date(2000, 1, 1)),
        ("079199000001", "79", "female", date(1999, 12, 31)),
        ("087084000999", "87", "male", date(1984, 5, 5)),
        ("004220000001", "04", "male", date(2020, 2, 29)),
        ("096500000001", "96", "female", date(2100, 1, 1)),
        ("096899000001", "96", "male", date(2399, 12, 31)),
    ],
)
def test_a_number_made_for_the_child_has_no_problem(
    number: str, province: str, sex: Literal["male", "female"], born_on: date
) -> None:
    assert check_personal_id(number, province=province, sex=sex, born_on=born_on) == []


@pytest.mark.parametrize(
    ("number", "problems"),
    [
        ("", ["not-12-digits"]),
        ("00122400012", ["not-12-digits"]),
        ("0012240001234", ["not-12-digits"]),
        ("00122400012X", ["not-12-digits"]),
        (" 01224000123", ["not-12-digits"]),
        ("٠٠١٢٢٤٠٠٠١٢٣", ["not-12-digits"]),
        ("101224000123", ["wrong-place"]),
        ("010224000123", ["wrong-place"]),
        ("079224000123", ["wrong-place"]),
        ("001324000123", ["wrong-century-or-sex"]),
        ("001024000123", ["wrong-century-or-sex"]),
        ("001424000123", ["wrong-century-or-sex"]),
        ("001225000123", ["wrong-year"]),
        ("079325000123", ["wrong-place", "wrong-century-or-sex", "wrong-year"]),
    ],
)
def test_each_problem_of_a_number_is_named(number: str, problems: list[str]) -> None:
    assert check_personal_id(number, province="01", sex="male", born_on=date(2024, 7, 1)) == problems


def test_a_birth_outside_the_known_centuries_has_no_right_digit() -> None:
    assert check_personal_id("001924000123", province="01", sex="female", born_on=date(2424, 7, 1)) == [
        "wrong-century-or-sex"
    ]


def test_the_check_that_activities_use_gives_the_same_answer() -> None:
    rules = BirthRules()

    assert rules.number_problems("001224000123", province="01", sex="male", born_on=date(2024, 7, 1)) == []
    assert rules.number_problems("001224000123", province="01", sex="female", born_on=date(2024, 7, 1)) == [
        "wrong-century-or-sex"
    ]
