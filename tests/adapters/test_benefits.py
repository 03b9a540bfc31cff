"""What payers are told after a death, what they tell, and what became of the card."""

import json
from typing import Any

import httpx
import pytest

from adapters.benefits import BenefitAdapter
from adapters.labour import LabourAdapter
from adapters.social_insurance import SocialInsuranceAdapter
from contracts.agencies import Agency, Case, Granted, PendingCase, Refused, Step
from contracts.benefit_steps import BOUNCED, Progress
from contracts.benefits import Payer
from contracts.claims import Payment
from contracts.death_steps import CardLocked, CardUnlocked
from contracts.dossier import LegKind
from contracts.failures import AgencyProtocolError, RequestRejected
from contracts.legs import Act
from tests.adapters.benefits import (
    BENEFITS,
    CASH,
    POST,
    a_lock,
    a_reminder,
    a_request,
    an_order,
    golden,
)
from tests.adapters.deaths import WIDOW, undoing
from tests.adapters.line import CODE, Ears, agency
from tests.adapters.requests import PDF, Ask

WRITTEN = ["labour-decide-funeral", "labour-pay-funeral", "labour-recover-funeral", "lock", "unlock"]
CASE = Case(dossier=CODE, step=Step.DECIDE_FUNERAL)
PENDING = PendingCase(case=CASE, reference="tc-1", agency=Agency.LABOUR, delay_s=1, cap_s=1)
LABOUR: dict[str, Any] = {"trangThai": "DANG_GIAI_QUYET", "maHoSoTroCap": "tc-1"}
SOCIAL: dict[str, Any] = {"maKetQua": "01", "maGiaoDich": "bh-1"}


def listening(which: Agency, body: Any, status: int = 200) -> tuple[BenefitAdapter, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=body)

    http = agency(Ears(), answer, which)
    return LabourAdapter(http) if which is Agency.LABOUR else SocialInsuranceAdapter(http), seen


@pytest.mark.parametrize("ask", [ask for ask in BENEFITS if ask.name in WRITTEN], ids=lambda ask: ask.name)
async def test_what_is_sent_has_the_agencys_own_names_and_forms(ask: Ask) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={**LABOUR, **SOCIAL})

    case = Case(dossier=CODE, step=ask.step)
    await ask.ask(agency(Ears(), answer, ask.agency), case)
    assert json.loads(seen[0].content) == golden(ask.name, case)
    assert seen[0].headers["Idempotency-Key"] == case.key


@pytest.mark.parametrize(
    ("payer", "form"),
    [
        (Payer.MERIT, "MAU_12"),
        (Payer.VETERAN, "MAU_12"),
        (Payer.SOCIAL_PROTECTION, "MAU_04"),
        (Payer.EMERGENCY, "MAU_04"),
        (Payer.SOCIAL_PENSION, "MAU_04"),
        (Payer.SOCIAL_INSURANCE, "09-HSB"),
    ],
)
async def test_each_law_has_its_form(payer: Payer, form: str) -> None:
    request = a_request(CASE, payer=payer)
    adapter, seen = listening(request.agency, {**LABOUR, **SOCIAL})
    await adapter.decide(request, PDF)
    assert json.loads(seen[0].content)["mauDon"] == form


async def test_a_survivor_is_named_and_the_payer_works_out_the_amount() -> None:
    adapter, seen = listening(Agency.SOCIAL_INSURANCE, SOCIAL)
    await adapter.decide(a_request(CASE, LegKind.SURVIVOR, Payer.SOCIAL_INSURANCE), PDF)
    told = json.loads(seen[0].content)
    assert (told["soTien"], told["troCap"]["soDinhDanhNguoiHuong"]) == (None, WIDOW)
    assert told["thanNhan"] == [
        {
            "hoTen": "Hoàng Thị Lan",
            "soDinhDanh": WIDOW,
            "ngaySinh": "19450506",
            "quanHe": "VO_CHONG",
            "maXa": "00070",
            "motLan": False,
        }
    ]


@pytest.mark.parametrize(
    ("payment", "told"),
    [
        (POST, {"hinhThuc": "BUU_DIEN", "diaChi": {"maTinh": "01", "maXa": "00070", "chiTiet": "Số 1 phố Huế"}}),
        (CASH, {"hinhThuc": "TIEN_MAT", "noiNhan": "Bưu điện Hàng Trống"}),
    ],
    ids=["post", "cash"],
)
async def test_the_way_of_payment_is_told_and_no_other(payment: Payment, told: dict[str, Any]) -> None:
    adapter, seen = listening(Agency.LABOUR, LABOUR)
    await adapter.pay(an_order(CASE, payment=payment))
    way = json.loads(seen[0].content)["chiTra"]
    assert {name: value for name, value in way.items() if value is not None} == told


async def test_a_payment_that_comes_back_is_a_refusal_known_by_its_reason() -> None:
    body = {"trangThai": "TU_CHOI", "maHoSoTroCap": "tc-1", "lyDo": {"ma": BOUNCED}}
    adapter, _ = listening(Agency.LABOUR, body)
    assert await adapter.enquire_payment(PENDING) == Refused(reason=BOUNCED)


@pytest.mark.parametrize(
    ("step", "act"),
    [("XEM_XET", Act.EXAMINE), ("THAM_DINH", Act.CHECK), ("RA_QUYET_DINH", Act.DECIDE), (None, None)],
)
async def test_labour_says_how_far_a_decision_is(step: str | None, act: Act | None) -> None:
    adapter, seen = listening(Agency.LABOUR, {**LABOUR, "buoc": step}, 202)
    assert await adapter.progress(PENDING) == Progress(act=act)
    assert seen[0].url.path == "/labour/cases/tc-1"


async def test_social_security_does_not_say_and_is_not_asked() -> None:
    adapter, seen = listening(Agency.SOCIAL_INSURANCE, SOCIAL)
    assert await adapter.progress(PENDING) == Progress()
    assert seen == []


async def test_a_step_that_nobody_knows_cannot_be_read() -> None:
    adapter, _ = listening(Agency.LABOUR, {**LABOUR, "buoc": "NGHI_PHEP"}, 202)
    with pytest.raises(AgencyProtocolError):
        await adapter.progress(PENDING)


async def test_a_reminder_is_sent_once_for_each_link_and_dossier_step() -> None:
    adapter, seen = listening(Agency.LABOUR, {"daNhan": True})
    await adapter.remind(a_reminder(CASE))
    await adapter.remind(a_reminder(CASE.model_copy(update={"part": "s1"}), Act.CHECK))
    assert [request.headers["Idempotency-Key"] for request in seen] == [
        f"{CODE}:decide_funeral:remind-examine:1",
        f"{CODE}:decide_funeral:s1-remind-check:1",
    ]
    told = {"maHoSo": CODE, "maGiaoDich": "r-1", "buoc": "XEM_XET", "hanXuLy": "20261127170000"}
    assert json.loads(seen[0].content) == told


@pytest.mark.parametrize("body", [{}, {"daNhan": False}, []], ids=str)
async def test_a_reminder_that_was_not_taken_is_the_agencys_failure(body: Any) -> None:
    adapter, _ = listening(Agency.LABOUR, body)
    with pytest.raises(AgencyProtocolError):
        await adapter.remind(a_reminder(CASE))


async def test_a_request_that_a_payer_calls_wrong_is_rejected() -> None:
    adapter, _ = listening(Agency.LABOUR, {"errorCode": "DU_LIEU_KHONG_HOP_LE"}, 400)
    with pytest.raises(RequestRejected):
        await adapter.pay(an_order(CASE))


async def test_who_had_no_card_is_told_so() -> None:
    locked = {"maKetQua": "00", "maGiaoDich": "bh-1", "duLieu": {"soBHXH": None, "ngayKhoa": "24/11/2026"}}
    adapter, _ = listening(Agency.SOCIAL_INSURANCE, locked)
    assert isinstance(adapter, SocialInsuranceAdapter)
    case = Case(dossier=CODE, step=Step.LOCK_CARD)
    assert await adapter.lock_card(a_lock(case), PDF) == Granted[CardLocked](
        result=CardLocked(insurance_number=None, locked_on="2026-11-24")
    )


async def test_a_card_opened_again_is_told_with_its_number() -> None:
    opened = {"maKetQua": "00", "maGiaoDich": "bh-1", "duLieu": {"soBHXH": "0123456789", "ngayMoKhoa": "25/11/2026"}}
    adapter, _ = listening(Agency.SOCIAL_INSURANCE, opened)
    assert isinstance(adapter, SocialInsuranceAdapter)
    case = Case(dossier=CODE, step=Step.UNLOCK_CARD)
    assert await adapter.unlock_card(undoing(case, Step.LOCK_CARD)) == Granted[CardUnlocked](
        result=CardUnlocked(insurance_number="0123456789", unlocked_on="2026-11-25")
    )
