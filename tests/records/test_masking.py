"""What was said with an agency is shown without anybody's data."""

import json

import pytest

from records.support.masking import COVER, masked


def test_shape_states_and_error_codes_stay_and_every_other_value_is_covered() -> None:
    said = {
        "hoTen": "AN",
        "gioiTinh": "NU",
        "soDinhDanh": "001190000001",
        "trangThai": "DANG_XU_LY",
        "errorCode": "THIEU_KHOA",
        "errorDescription": "Nguyễn Văn A không tồn tại",
        "truong": ["body.hoTen"],
        "con": [{"ngaySinh": "20261120", "status": 1}],
        "coDau": True,
    }
    request = f"POST /population/personal-ids\n{json.dumps(said, ensure_ascii=False)}"
    head, _, body = (masked(request) or "").partition("\n")
    assert head == "POST /population/personal-ids"
    assert json.loads(body) == {
        "hoTen": COVER,
        "gioiTinh": COVER,
        "soDinhDanh": COVER,
        "trangThai": "DANG_XU_LY",
        "errorCode": "THIEU_KHOA",
        "errorDescription": COVER,
        "truong": ["body.hoTen"],
        "con": [{"ngaySinh": COVER, "status": 1}],
        "coDau": True,
    }


@pytest.mark.parametrize("said", ["<html>Nguyễn Văn A</html>", '{"hoTen": "Nguyễn Văn', "server error: Nguyễn Văn A"])
def test_what_cannot_be_read_is_covered_as_a_whole(said: str) -> None:
    assert masked(said) == COVER


def test_a_name_where_a_code_should_be_is_covered() -> None:
    assert json.loads(masked('{"status": "Nguyễn Văn A"}') or "") == {"status": COVER}
    assert masked(None) is None
    assert masked("") == ""
