"""The birth certificate: what it says."""

from documents.certificate import NOT_YET_ISSUED, render
from tests.documents.reading import text_of
from tests.documents.samples import certificate


def test_it_says_everything_in_vietnamese(unsigned: bytes) -> None:
    text = text_of(unsigned)
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "GIẤY KHAI SINH",
        "NGUYỄN HOÀNG THỤC QUYÊN",
        "21/11/2026",
        "Ngày hai mươi mốt tháng mười một năm hai nghìn không trăm hai mươi sáu",
        "TRẦN THỊ DIỄM HẰNG",
        "05/04/1996",
        "NGUYỄN ĐỨC HƯỞNG",
        "1994",
        "Số 12, ngõ 34 phố Mẫu, phường Mẫu Một, thành phố Hà Nội",
        "128/2026",
        "Hà Nội, ngày 23 tháng 11 năm 2026",
    ):
        assert said in text


def test_a_missing_personal_number_is_said_to_be_missing(unsigned: bytes) -> None:
    assert f"Số định danh cá nhân: {NOT_YET_ISSUED}" in text_of(unsigned)
    issued = text_of(render(certificate(child={"personal_id": "001326000123"})))
    assert "Số định danh cá nhân: 001326000123" in issued
    assert NOT_YET_ISSUED not in issued


def test_the_second_version_names_the_one_it_replaces(unsigned: bytes) -> None:
    second = text_of(render(certificate(version=2, replaces="2026-11-23")))
    assert "thay thế bản ngày 23/11/2026" in second
    assert "phiên bản 2" in second
    assert "thay thế" not in text_of(unsigned)


def test_an_unknown_father_and_an_unnamed_paper_are_no_obstacle() -> None:
    requester = {"full_name": "Trần Thị Diễm Hằng", "relation": "Mẹ"}
    text = text_of(render(certificate(father=None, requester=requester)))
    assert "người cha: Không có thông tin" in text
    assert "Giấy tờ tùy thân" not in text
