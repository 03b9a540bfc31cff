"""Answers of each agency that cannot be used, one a row: each parks its step, none is taken for something else."""

import json
from typing import Any

import httpx
import pytest

from adapters.health_facility import HealthFacilityAdapter
from contracts.agencies import Agency, Case, PendingCase, Step
from contracts.birth_steps import BirthNoticeFacts, BirthNoticeLookup
from contracts.failures import AgencyProtocolError
from tests.adapters.benefits import BENEFITS
from tests.adapters.deaths import DEATHS
from tests.adapters.line import CASE, CODE, Ears, agency
from tests.adapters.requests import ASKS, MOTHER

LINE = {"soDangKy": "12/2026", "quyenSo": "01-2026", "trangSo": 12, "ngayDangKy": "20261123"}
MOJ = {"status": 1, "errorCode": "0", "trangThai": 4, "maHoSo": "ht-1"}
CARD = {"soBHXH": "0123456789", "maThe": "TE1010123456789", "tuNgay": "02/11/2026", "denNgay": "30/09/2032"}
EVERY_ASK = [*ASKS, *DEATHS, *BENEFITS]
ASK_OF = {ask.name: ask for ask in EVERY_ASK}


def moj(**changes: Any) -> dict[str, Any]:
    return {**MOJ, **changes}


def line(**changes: Any) -> dict[str, Any]:
    return moj(ketQuaXuLy=json.dumps(LINE | changes))


def struck(**changes: Any) -> dict[str, Any]:
    return moj(ketQuaXuLy=json.dumps({"soQuyetDinh": "15/QĐ-UBND", "ngayHuy": "20261123"} | changes))


def issued(**changes: Any) -> dict[str, Any]:
    return {"trangThai": "DA_CAP", "maYeuCau": "dc-1", **changes}


def moved(**changes: Any) -> dict[str, Any]:
    return {
        "maTrangThai": "HOAN_THANH",
        "soHoSoCuTru": "ct-1",
        "ketQua": {"soThongBao": "3/2026", "ngayDangKy": "23/11/2026"} | changes,
    }


def notified(day: str, **changes: Any) -> dict[str, Any]:
    return moved(**{"ngayDangKy": None, day: "23/11/2026"} | changes)


def insured(**changes: Any) -> dict[str, Any]:
    return {"maKetQua": "00", "maGiaoDich": "bh-1", "duLieu": CARD | changes}


def settled(**changes: Any) -> dict[str, Any]:
    told = {"soQuyetDinh": "7/QĐ-SNV", "ngayQuyetDinh": "23/11/2026", "soTien": 23_400_000}
    return {"trangThai": "DA_GIAI_QUYET", "maHoSoTroCap": "tc-1", "ketQua": told | changes}


def insurer(**told: Any) -> dict[str, Any]:
    return {"maKetQua": "00", "maGiaoDich": "bh-1", "duLieu": told}


def mot_cua(**changes: Any) -> dict[str, Any]:
    return {"status": 1, "errorCode": "0", **changes}


UNUSABLE: list[tuple[str, dict[str, Any]]] = [
    ("civil_status", moj(trangThai=5)),
    ("civil_status", moj()),  # granted without its line
    ("civil_status", moj(ketQuaXuLy="so 12")),
    ("civil_status", line(soDangKy="")),
    ("civil_status", line(soDangKy="1" * 41)),
    ("civil_status", line(trangSo=0)),
    ("civil_status", line(ngayDangKy="23/11/2026")),
    ("civil_status", line(ngayDangKy="20261323")),
    ("civil_status", line(ngayDangKy=0)),  # a number is no date
    ("civil_status", moj(trangThai=3, maHoSo=None)),  # pending without its reference
    ("civil_status", moj(trangThai=3, maHoSo="r" * 101)),
    ("civil_status", moj(trangThai=6, errorCode="")),  # refused without its reason
    ("civil_status", moj(trangThai=6, errorCode="Không đúng thẩm quyền")),  # words in place of a code
    ("civil_status", moj(trangThai=None)),
    ("death", moj()),
    ("death", line(soDangKy="")),
    ("death", line(trangSo=0)),
    ("death", line(ngayDangKy=0)),
    ("death", moj(trangThai=3, maHoSo=None)),
    ("death", moj(trangThai=6, errorCode="")),
    ("death", moj(trangThai=None)),
    ("death", struck()),  # the answer to another question
    ("annulment", moj()),
    ("annulment", line()),
    ("annulment", struck(soQuyetDinh="")),
    ("annulment", struck(soQuyetDinh="1" * 61)),
    ("annulment", struck(ngayHuy="23/11/2026")),
    ("annulment", struck(ngayHuy=0)),
    ("annulment", moj(trangThai=3, maHoSo="r" * 101)),
    ("annulment", moj(trangThai=6, errorCode="")),
    ("population", issued()),
    ("population", issued(soDinhDanh="")),
    ("population", issued(soDinhDanh="0" * 41)),
    ("population", issued(soDinhDanh=1326000123)),
    ("population", {"trangThai": "DANG_XU_LY", "maYeuCau": None}),
    ("population", {"trangThai": "TU_CHOI", "maYeuCau": "dc-1"}),
    ("population", {"trangThai": "HET_SO", "maYeuCau": "dc-1"}),
    ("residence", {"maTrangThai": "HOAN_THANH"}),
    ("residence", moved(ngayDangKy="20261123")),
    ("residence", moved(ngayDangKy=0)),
    ("residence", moved(soThongBao="")),
    ("residence", {"maTrangThai": "TIEP_NHAN"}),
    ("residence", {"maTrangThai": "TU_CHOI"}),
    ("residence", {"maTrangThai": "TU_CHOI", "lyDoTuChoi": {"ma": ""}}),
    ("removal", {"maTrangThai": "HOAN_THANH"}),
    ("removal", moved()),  # the answer to another question
    ("removal", notified("ngayXoa", soThongBao="")),
    ("removal", notified("ngayXoa", ngayXoa="20261123")),
    ("removal", notified("ngayXoa", ngayXoa=0)),
    ("removal", {"maTrangThai": "TIEP_NHAN"}),
    ("removal", {"maTrangThai": "TU_CHOI"}),
    ("restoration", {"maTrangThai": "HOAN_THANH"}),
    ("restoration", notified("ngayXoa")),
    ("restoration", notified("ngayKhoiPhuc", soThongBao=None)),
    ("restoration", notified("ngayKhoiPhuc", ngayKhoiPhuc=0)),
    ("restoration", {"maTrangThai": "TIEP_NHAN"}),
    ("restoration", {"maTrangThai": "TU_CHOI", "lyDoTuChoi": {"ma": ""}}),
    ("social_insurance", {"maKetQua": "00"}),
    ("social_insurance", insured(soBHXH=None)),
    ("social_insurance", insured(soBHXH="123")),
    ("social_insurance", insured(maThe="TE1")),
    ("social_insurance", insured(denNgay="2032-09-30")),
    ("social_insurance", {"maKetQua": "01"}),
    ("social_insurance", {"maKetQua": "02", "duLieu": {}}),
    ("social_insurance", {"maKetQua": 0}),
    ("labour-decide-funeral", {"trangThai": "DA_GIAI_QUYET"}),
    ("labour-decide-funeral", settled(soQuyetDinh="")),
    ("labour-decide-funeral", settled(soTien=-1)),
    ("labour-decide-funeral", settled(soTien="23400000")),
    ("labour-decide-funeral", settled(soTien=23_400_000.5)),
    ("labour-decide-funeral", settled(ngayQuyetDinh="20261123")),
    ("labour-decide-funeral", {"trangThai": "DANG_GIAI_QUYET", "buoc": "XEM_XET"}),
    ("labour-decide-funeral", {"trangThai": "TU_CHOI", "maHoSoTroCap": "tc-1"}),
    ("labour-decide-funeral", {"trangThai": "TU_CHOI", "lyDo": {"ma": "Không đủ điều kiện"}}),
    ("labour-decide-funeral", {"trangThai": "DA_CHI"}),
    ("labour-pay-funeral", settled()),  # the answer to another question
    ("labour-recover-funeral", settled(soBienNhan="TH-1")),
    ("social-insurance-decide-funeral", insurer(soQuyetDinh="7/QĐ-BHXH", ngayQuyetDinh="23/11/2026")),
    ("social-insurance-pay-funeral", insurer(soChungTu="CT-1", ngayChiTra=0, soTien=1)),
    ("social-insurance-recover-funeral", {"maKetQua": "00", "maGiaoDich": "bh-1"}),
    ("lock", insurer(ngayKhoa="24/11/2026")),
    ("lock", insurer(soBHXH="123", ngayKhoa="24/11/2026")),
    ("unlock", insurer(soBHXH=None, ngayKhoa="24/11/2026")),
    ("unlock", {"maKetQua": "02", "duLieu": None}),
    ("vneid", {"code": "SUCCESS", "data": None}),
    ("vneid", {"code": "SUCCESS", "data": {"receipt": "r" * 101}}),
    ("vneid", {"code": "PROCESSING", "data": {}}),
    ("vneid", {"code": "REJECTED", "data": {"reason": "không có lý do"}}),
    ("vneid", {"code": "OK"}),
    ("one_stop", mot_cua()),
    ("one_stop", mot_cua(status=2)),
    ("one_stop", mot_cua(status=0, errorCode="")),
    ("one_stop", mot_cua(status=3)),
    ("holder", {"trangThai": "DA_NHAN"}),
    ("holder", {"trangThai": "DANG_XU_LY"}),
    ("holder", {"trangThai": "TU_CHOI"}),
    ("holder", {"trangThai": "KHAC"}),
]


@pytest.mark.parametrize(("name", "body"), UNUSABLE, ids=lambda value: value if isinstance(value, str) else None)
async def test_an_answer_that_cannot_be_used_is_the_agencys_failure_and_quotes_nobody(
    name: str, body: dict[str, Any]
) -> None:
    ask = ASK_OF[name]
    http = agency(Ears(), lambda _: httpx.Response(200, json=body), ask.agency)
    pending = PendingCase(case=CASE, reference="r-1", agency=ask.agency, delay_s=1, cap_s=1)
    for asking in (ask.ask(http, CASE), ask.enquire(http, pending)):
        with pytest.raises(AgencyProtocolError) as told:
            await asking
        assert told.value.__cause__ is None
        assert told.value.__suppress_context__ or told.value.__context__ is None


@pytest.mark.parametrize("reference", ["HS/2026/12", "a b", "../control/faults", "x?y=1#z", "đơn"])
async def test_whatever_reference_an_agency_gives_stays_one_part_of_the_path(reference: str) -> None:
    for ask in EVERY_ASK:
        seen: list[bytes] = []

        def answer(request: httpx.Request, seen: list[bytes] = seen) -> httpx.Response:
            seen.append(request.url.raw_path)
            return httpx.Response(404)

        pending = PendingCase(case=CASE, reference=reference, agency=ask.agency, delay_s=1, cap_s=1)
        with pytest.raises(Exception, match="rejected"):
            await ask.enquire(agency(Ears(), answer, ask.agency), pending)
        [path] = seen
        assert path.count(b"/") == 3, ask.name
        assert path.split(b"/")[2] in {b"cases", b"documents"}, ask.name
        assert not {b"?", b"#", b" "} & {path[i : i + 1] for i in range(len(path))}, ask.name


# ---- notices of birth, which are looked up

NOTICE = {"maGCS": "01001.GCS.00001.26", "soDinhDanhMe": MOTHER, "ngaySinh": "20261102", "gioiTinh": 2, "soCon": 1}
LOOKUP = BirthNoticeLookup(
    case=Case(dossier=CODE, step=Step.BIRTH_NOTICE), notice_code="01001.GCS.00001.26", mother_personal_id=MOTHER
)


def facility(status: int, body: Any, seen: list[httpx.Request] | None = None) -> HealthFacilityAdapter:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, json=body)

    return HealthFacilityAdapter(agency(Ears(), answer, Agency.HEALTH_FACILITY))


async def test_a_notice_is_asked_for_by_its_code_and_the_mothers_number_and_told_without_her_name() -> None:
    seen: list[httpx.Request] = []
    found = await facility(200, {**NOTICE, "hoTenMe": "Trần Thị B"}, seen).find_birth_notice(LOOKUP)
    assert found.notice == BirthNoticeFacts(
        code="01001.GCS.00001.26", mother_personal_id=MOTHER, sex="female", born_on="2026-11-02", children=1
    )
    assert seen[0].url.path == "/health-facility/birth-notices/searches"
    assert not seen[0].url.query
    assert json.loads(seen[0].content) == {"maGCS": "01001.GCS.00001.26", "soDinhDanhMe": MOTHER}


async def test_no_notice_is_an_answer() -> None:
    assert (await facility(404, {}).find_birth_notice(LOOKUP)).notice is None


@pytest.mark.parametrize(
    "wrong",
    [{"ngaySinh": "02.11.2026"}, {"ngaySinh": 0}, {"gioiTinh": 4}, {"gioiTinh": "nữ"}, {"soDinhDanhMe": "B12"}],
)
async def test_a_notice_that_cannot_be_read_is_the_facilitys_failure(wrong: dict[str, Any]) -> None:
    with pytest.raises(AgencyProtocolError):
        await facility(200, NOTICE | wrong).find_birth_notice(LOOKUP)
