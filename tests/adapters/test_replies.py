"""What agencies say means a cause, however it is written."""

import unicodedata

import pytest

from adapters.replies import TABLE, cause_of, meaning, plain, replies
from contracts.causes import Cause


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("Một cửa: chưa cập nhật trạng thái", Cause.NOT_YET_UPDATED),
        ("Hồ sơ chưa được gửi sang một cửa", Cause.NOT_YET_UPDATED),
        ("Hồ sơ đã tồn tại trong một cửa điện tử", Cause.SUSPECTED_DUPLICATE),
        ("Đã hoàn thành đăng ký", Cause.SUSPECTED_DUPLICATE),
        ("Hồ sơ không tồn tại", Cause.CASE_UNKNOWN),
        ("Mã đơn vị không tồn tại trong hệ thống", Cause.UNIT_UNKNOWN),
        ("Đơn vị chưa được cấu hình", Cause.UNIT_UNKNOWN),
        ("Trùng mã đơn vị 00070", Cause.UNIT_UNKNOWN),
        ("Chưa cấu hình cán bộ tiếp nhận", Cause.RECEIVER_MISSING),
        ("Chưa cấu hình thủ tục cho đơn vị", Cause.RECEIVER_MISSING),
        ("Logic xử lý không hợp lệ", Cause.REQUEST_REJECTED),
        ("Bị từ chối, không thể cập nhật", Cause.REQUEST_REJECTED),
        ("Client received SOAP Fault from server", Cause.AGENCY_AWAY),
        ("Điều chưa ai từng nói", None),
    ],
)
def test_words_mean_a_cause(said: str, cause: Cause | None) -> None:
    assert meaning("one-stop", said) is cause
    assert meaning("one-stop", f'{{"errorCode": "X", "errorDescription": "{said}"}}') is cause


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_diacritics_and_spaces_are_compared_loosely(form: str) -> None:
    for said in ("CHƯA  CẬP NHẬT\n trạng thái", "chua cap nhat trang thai", "Chưa cập nhật Trạng Thái"):
        assert meaning("residence", unicodedata.normalize(form, said)) is Cause.NOT_YET_UPDATED
    assert plain("  Đã   CÓ ") == "da co"


@pytest.mark.parametrize(
    ("status", "answer", "cause"),
    [
        (None, None, Cause.AGENCY_AWAY),
        (503, "service unavailable", Cause.AGENCY_AWAY),
        (429, None, Cause.AGENCY_AWAY),
        (500, '{"message": "Chưa cập nhật trạng thái"}', Cause.NOT_YET_UPDATED),
        (400, '{"message": "Điều chưa ai từng nói"}', Cause.REQUEST_REJECTED),
        (404, '{"errorDescription": "không tồn tại"}', Cause.CASE_UNKNOWN),
        (200, '{"trangThai": "DANG_XU_LY"}', None),
        (200, '{"message": "Hồ sơ đã được tiếp nhận"}', None),
        (200, '{"message": "Chưa cập nhật trạng thái"}', Cause.NOT_YET_UPDATED),
        (422, "<html>không đọc được", Cause.REQUEST_REJECTED),
        (422, "[" * 100_000, Cause.REQUEST_REJECTED),
    ],
)
def test_a_status_and_its_words_mean_a_cause(status: int | None, answer: str | None, cause: Cause | None) -> None:
    assert cause_of("residence", status, answer) is cause


def test_every_row_of_the_table_can_be_met() -> None:
    """A fragment behind one that it holds would never be found."""
    known = replies()
    for number, reply in enumerate(known):
        before = [each for each in known[:number] if each.agencies is None and each.cause is not reply.cause]
        assert not [each.fragment for each in before if each.fragment in reply.fragment], reply.fragment
    assert "Source:" in TABLE.read_text(encoding="utf-8")
