"""Codes of places and the names behind them."""

import csv
import unicodedata

import pytest

from contracts.places import KINDS, LINE_MOST, PROVINCES, TABLE, address, ward

with TABLE.open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))


def test_the_table_is_that_of_1_july_2025() -> None:
    assert (len(ROWS), len(PROVINCES)) == (3321, 34)
    assert {row["province"] for row in ROWS} == set(PROVINCES)
    assert len({row["code"] for row in ROWS}) == len(ROWS)


def test_each_name_begins_with_its_kind_and_is_spelled_in_one_way() -> None:
    for row in ROWS:
        kind = KINDS.match(row["name"])
        assert kind is not None
        assert kind[1] in {"Phường", "Xã", "Đặc khu"}
        assert row["name"] == unicodedata.normalize("NFC", row["name"]).strip()


@pytest.mark.parametrize("code", [None, "", "99999", "00001", "70"])
def test_an_unknown_code_has_no_name(code: str | None) -> None:
    assert ward(code) is None


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (("Số 12, phố Hàng Bạc", "01", "00070"), "Số 12, phố Hàng Bạc, phường Hoàn Kiếm, Hà Nội"),
        (("Số 12, phường Hoàn Kiếm", "01", "00070"), "Số 12, phường Hoàn Kiếm, Hà Nội"),
        (("Số 12, P. Hoàn Kiếm, TP. HÀ NỘI", "01", "00070"), "Số 12, P. Hoàn Kiếm, TP. HÀ NỘI"),
        (("Phố Hoàn Kiếm", "01", "00070"), "Phố Hoàn Kiếm, phường Hoàn Kiếm, Hà Nội"),
        (("Bệnh viện Phụ sản Hà Nội", "01"), "Bệnh viện Phụ sản Hà Nội, Hà Nội"),
        (("Bệnh viện, Hà Nội", "01", "00070"), "Bệnh viện, phường Hoàn Kiếm, Hà Nội"),
        (("Hà Nội", "01", "00070"), "phường Hoàn Kiếm, Hà Nội"),
        (("Thanh Hoá", "38"), "Thanh Hoá"),
        (("Quận 1", "79"), "Quận 1, Thành phố Hồ Chí Minh"),
        (("Ấp 3", "91", "31078"), "Ấp 3, đặc khu Phú Quốc, An Giang"),
        (("Số 1", "01", "99999"), "Số 1, Hà Nội"),
        (("Paris", None), "Paris"),
        (("Vientiane", "01", "00070", "LA"), "Vientiane"),
    ],
)
def test_an_address_names_ward_and_province_once(declared: tuple[str, ...], said: str) -> None:
    assert address(*declared) == said


def test_an_address_stays_a_line() -> None:
    detail = "x" * (LINE_MOST - 3)
    assert address(detail, "01", "00070") == detail
