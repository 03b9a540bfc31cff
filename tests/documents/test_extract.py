"""The death extract: what it says, and what it says of what is not known."""

import pytest

from documents.extract import NO_NUMBER, UNKNOWN_RESIDENCE, render
from tests.documents.reading import text_of
from tests.documents.samples import extract


def test_it_says_everything_in_vietnamese() -> None:
    text = text_of(render(extract()))
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "TRÍCH LỤC KHAI TỬ",
        "Số: 128/2026 · Quyển số: 01-2026 · Trang: 64",
        "HOÀNG ĐÌNH TUỆ",
        "Ngày, tháng, năm sinh: 03/02/1941",
        "Giới tính: Nam",
        "Dân tộc: Tày",
        "Quốc tịch: Việt Nam",
        "Số định danh cá nhân: 004041000123",
        "Nơi cư trú cuối cùng: Số 5, ngõ 6 phố Mẫu, phường Mẫu Một, thành phố Hà Nội",
        "Đã chết vào lúc: 22 giờ 15 phút, ngày 21/11/2026",
        "Ngày hai mươi mốt tháng mười một năm hai nghìn không trăm hai mươi sáu",
        "Nơi chết: Bệnh viện Đa khoa Mẫu, phường Mẫu Hai, thành phố Hà Nội",
        "Nguyên nhân chết: Suy tim",
        "người đi khai tử: HOÀNG THỊ LAN",
        "Quan hệ: Con",
        "Nơi đăng ký khai tử: Ủy ban nhân dân phường Mẫu Một, thành phố Hà Nội",
        "Ngày, tháng, năm đăng ký: 23/11/2026",
        "Hà Nội, ngày 23 tháng 11 năm 2026",
        "NGƯỜI KÝ TRÍCH LỤC CHỦ TỊCH",
    ):
        assert said in text
    assert "khai sinh" not in text.lower()


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    nowhere = {"personal_id": None, "last_residence": None}
    text = text_of(render(extract(deceased=nowhere, died_at=None, cause=None)))
    assert f"Số định danh cá nhân: {NO_NUMBER}" in text
    assert f"Nơi cư trú cuối cùng: {UNKNOWN_RESIDENCE}" in text
    assert "Đã chết vào ngày: 21/11/2026" in text
    assert "Nguyên nhân chết: Không có thông tin" in text
    assert "giờ" not in text


@pytest.mark.parametrize(("born", "said"), [("1941-02", "02/1941"), ("1941", "1941")])
def test_as_much_of_the_birthday_is_said_as_is_known(born: str, said: str) -> None:
    assert f"năm sinh: {said} " in text_of(render(extract(deceased={"born": born})))
