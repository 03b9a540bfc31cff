"""Dates in words by the legal reading."""

from datetime import date

import pytest

from documents.words import date_in_words, number_in_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (1, "một"),
        (4, "bốn"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi bốn"),
        (25, "hai mươi lăm"),
        (31, "ba mươi mốt"),
        (100, "một trăm"),
        (105, "một trăm linh năm"),
        (110, "một trăm mười"),
        (121, "một trăm hai mươi mốt"),
        (1000, "một nghìn"),
        (1001, "một nghìn không trăm linh một"),
        (1900, "một nghìn chín trăm"),
        (1995, "một nghìn chín trăm chín mươi lăm"),
        (2000, "hai nghìn"),
        (2005, "hai nghìn không trăm linh năm"),
        (2010, "hai nghìn không trăm mười"),
        (2015, "hai nghìn không trăm mười lăm"),
        (2021, "hai nghìn không trăm hai mươi mốt"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
        (9999, "chín nghìn chín trăm chín mươi chín"),
    ],
)
def test_numbers_are_said_as_the_law_says_them(number: int, words: str) -> None:
    assert number_in_words(number) == words


@pytest.mark.parametrize("number", [-1, 10_000])
def test_numbers_beyond_years_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="0 to 9999"):
        number_in_words(number)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 21), "Ngày hai mươi mốt tháng mười một năm hai nghìn không trăm hai mươi sáu"),
        (date(2025, 4, 4), "Ngày bốn tháng tư năm hai nghìn không trăm hai mươi lăm"),
        (date(2000, 1, 15), "Ngày mười lăm tháng một năm hai nghìn"),
        (date(2009, 12, 31), "Ngày ba mươi mốt tháng mười hai năm hai nghìn không trăm linh chín"),
    ],
)
def test_dates_are_said_as_on_a_birth_certificate(day: date, words: str) -> None:
    assert date_in_words(day) == words
