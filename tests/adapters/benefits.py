"""What payers are asked after a death, and Social Security of the card; what it must look like on the wire."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from adapters.benefits import BenefitAdapter
from adapters.http import AgencyHttp
from adapters.labour import LabourAdapter
from adapters.social_insurance import SocialInsuranceAdapter
from contracts.agencies import Agency, Case, Step
from contracts.benefit_steps import DECIDE, PAY, RECOVER, BenefitRequest, Claim, PaymentOrder, Recovery, Reminder
from contracts.benefits import Allowance, Benefit, Insurance, InsuranceStatus, Merit, MeritCategory, Payer
from contracts.claims import Benefits, Burial, Payment, PaymentMethod, Recipient, RecipientKind, Survivor
from contracts.death_steps import CardLock
from contracts.dossier import LegKind
from contracts.legs import Act
from contracts.people import Kinship
from tests.adapters.deaths import DECISION, DIED_ON, ORDERED_ON, REGISTERED, WIDOW, deceased_of, undoing
from tests.adapters.requests import CERTIFICATE, HOME, PAPER, PDF, SHA, Ask

AMOUNT = 23_400_000
HEIR = "001070000555"
DUE_AT = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
RECIPIENT = Recipient(kind=RecipientKind.PERSON, name="Trần Văn Minh", personal_id=HEIR, relation=Kinship.CHILD)
BANK = Payment(method=PaymentMethod.BANK, bank="Agribank", account="8300205001234", holder="TRAN VAN MINH")
POST = Payment(method=PaymentMethod.POST, address=HOME)
CASH = Payment(method=PaymentMethod.CASH, place="Bưu điện Hàng Trống")
SURVIVOR = Survivor(
    full_name="Hoàng Thị Lan",
    personal_id=WIDOW,
    born_on=date(1945, 5, 6),
    relation=Kinship.SPOUSE,
    residence=HOME,
)
PART_IV = Benefits(
    categories=(Payer.MERIT, Payer.SOCIAL_INSURANCE),
    merit=Merit(
        allowances=(Allowance(category=MeritCategory.WAR_INVALID, monthly=2_789_000, supplement=100, carer=700_000),),
        decision="123/QĐ-LĐTBXH",
        managed_by="01288",
    ),
    insurance=Insurance(status=InsuranceStatus.PENSIONER, number="0141234567"),
    recipient=RECIPIENT,
    payment=BANK,
    burial=Burial(buried_on=date(2026, 11, 22), place="Nghĩa trang nhân dân"),
)
AGENCY_OF = {Payer.SOCIAL_INSURANCE: Agency.SOCIAL_INSURANCE}
ADAPTERS: dict[Agency, Callable[[AgencyHttp], BenefitAdapter]] = {
    Agency.LABOUR: LabourAdapter,
    Agency.SOCIAL_INSURANCE: SocialInsuranceAdapter,
}


def paying(payer: Payer) -> Agency:
    return AGENCY_OF.get(payer, Agency.LABOUR)


def a_claim(case: Case, kind: Benefit, payer: Payer) -> Claim:
    deceased = deceased_of(case).personal_id
    beneficiary = WIDOW if kind is LegKind.SURVIVOR else None
    return Claim(dossier=case.dossier, kind=kind, payer=payer, deceased=deceased, beneficiary=beneficiary)


def a_request(
    case: Case, kind: Benefit = LegKind.FUNERAL, payer: Payer = Payer.MERIT, **changes: Any
) -> BenefitRequest:
    survivor = kind is LegKind.SURVIVOR
    fields: dict[str, Any] = {
        "case": case,
        "agency": paying(payer),
        "office": "01288",
        "claim": a_claim(case, kind, payer),
        "amount": None if survivor else AMOUNT,
        "articles": ("131/2021/NĐ-CP art. 122",),
        "deceased": deceased_of(case),
        "died_on": DIED_ON,
        "benefits": PART_IV,
        "survivors": (SURVIVOR,) if survivor else (),
        "certificate": CERTIFICATE,
    }
    return BenefitRequest(**fields | changes)


def an_order(
    case: Case, kind: Benefit = LegKind.FUNERAL, payer: Payer = Payer.MERIT, payment: Payment = BANK
) -> PaymentOrder:
    return PaymentOrder(
        case=case,
        agency=paying(payer),
        office="01288",
        claim=a_claim(case, kind, payer),
        decision_number="7/QĐ-SNV",
        amount=AMOUNT,
        recipient=RECIPIENT,
        payment=payment,
    )


def a_recovery(case: Case, kind: Benefit = LegKind.FUNERAL, payer: Payer = Payer.MERIT) -> Recovery:
    return Recovery(
        case=case,
        agency=paying(payer),
        office="01288",
        claim=a_claim(case, kind, payer),
        undone=Case(dossier=case.dossier, step=DECIDE[kind]).key,
        decision=DECISION,
        ordered_on=ORDERED_ON,
    )


def a_reminder(case: Case, act: Act = Act.EXAMINE, reference: str = "r-1") -> Reminder:
    return Reminder(case=case, agency=Agency.LABOUR, reference=reference, act=act, due_at=DUE_AT)


def a_lock(case: Case) -> CardLock:
    return CardLock(
        case=case,
        office="00070",
        deceased=deceased_of(case),
        died_on=DIED_ON,
        certificate=CERTIFICATE,
        registered=REGISTERED,
    )


def _asks(payer: Payer, kind: Benefit) -> list[Ask]:
    agency = paying(payer)
    at = ADAPTERS[agency]
    return [
        Ask(
            f"{agency}-decide-{kind}",
            agency,
            DECIDE[kind],
            lambda http, case: at(http).decide(a_request(case, kind, payer), PDF),
            lambda http, pending: at(http).enquire_decision(pending),
            once=True,
        ),
        Ask(
            f"{agency}-pay-{kind}",
            agency,
            PAY[kind],
            lambda http, case: at(http).pay(an_order(case, kind, payer)),
            lambda http, pending: at(http).enquire_payment(pending),
            once=True,
        ),
        Ask(
            f"{agency}-recover-{kind}",
            agency,
            RECOVER[kind],
            lambda http, case: at(http).recover(a_recovery(case, kind, payer)),
            lambda http, pending: at(http).enquire_recovery(pending),
            once=True,
        ),
    ]


CARDS = [
    Ask(
        "lock",
        Agency.SOCIAL_INSURANCE,
        Step.LOCK_CARD,
        lambda http, case: SocialInsuranceAdapter(http).lock_card(a_lock(case), PDF),
        lambda http, pending: SocialInsuranceAdapter(http).enquire_lock(pending),
        once=True,
    ),
    Ask(
        "unlock",
        Agency.SOCIAL_INSURANCE,
        Step.UNLOCK_CARD,
        lambda http, case: SocialInsuranceAdapter(http).unlock_card(undoing(case, Step.LOCK_CARD)),
        lambda http, pending: SocialInsuranceAdapter(http).enquire_unlock(pending),
        once=True,
    ),
]
BENEFITS = [
    *_asks(Payer.MERIT, LegKind.FUNERAL),
    *_asks(Payer.MERIT, LegKind.ONE_OFF),
    *_asks(Payer.SOCIAL_INSURANCE, LegKind.FUNERAL),
    *_asks(Payer.SOCIAL_INSURANCE, LegKind.SURVIVOR),
    *CARDS,
]


def golden(name: str, case: Case) -> dict[str, Any]:
    """The body that the agency must get: its own field names, its own forms of dates."""
    number = deceased_of(case).personal_id
    person = {"hoTen": "Trần Văn Bình", "ngaySinh": "194102", "gioiTinh": 1}
    benefit = {
        "loai": "MAI_TANG",
        "cheDo": "NCC",
        "soDinhDanhNguoiChet": number,
        "soDinhDanhNguoiHuong": None,
        "ky": "",
    }
    order = {"soQuyetDinh": DECISION, "ngayQuyetDinh": "20261122"}
    recipient = {
        "loai": "CA_NHAN",
        "ten": "Trần Văn Minh",
        "soDinhDanh": HEIR,
        "quanHe": "CON",
        "nguoiDaiDien": None,
        "maSoThue": None,
    }
    bodies: dict[str, dict[str, Any]] = {
        "labour-decide-funeral": {
            "maHoSo": case.dossier,
            "mauDon": "MAU_12",
            "maXa": "01288",
            "troCap": benefit,
            "soTien": AMOUNT,
            "canCu": ["131/2021/NĐ-CP art. 122"],
            "nguoiChet": {**person, "ngayChet": "20261120"},
            "nguoiCoCong": {
                "soQuyetDinh": "123/QĐ-LĐTBXH",
                "dienHuong": [{"loai": "TB", "troCap": 2_789_000, "phuCap": 100}],
            },
            "baoHiem": {"soBHXH": "0141234567", "tinhTrang": "HUU_TRI", "soThangDong": None},
            "thanNhan": [],
            "nguoiNhan": recipient,
            "maiTang": {"ngay": "20261122", "noi": "Nghĩa trang nhân dân", "chiPhi": None},
            "trichLucKhaiTu": {"sha256": SHA, "noiDung": base64.b64encode(PDF).decode()},
        },
        "labour-pay-funeral": {
            "maHoSo": case.dossier,
            "maXa": "01288",
            "troCap": benefit,
            "soQuyetDinh": "7/QĐ-SNV",
            "soTien": AMOUNT,
            "nguoiNhan": recipient,
            "chiTra": {
                "hinhThuc": "CHUYEN_KHOAN",
                "nganHang": "Agribank",
                "soTaiKhoan": "8300205001234",
                "chuTaiKhoan": "TRAN VAN MINH",
                "diaChi": None,
                "noiNhan": None,
            },
        },
        "labour-recover-funeral": {
            "maHoSo": case.dossier,
            "maXa": "01288",
            "troCap": benefit,
            "maYeuCauGoc": f"{case.dossier}:decide_funeral:1",
            **order,
        },
        "lock": {
            "maHoSo": case.dossier,
            "trichLucKhaiTu": PAPER,
            "nguoiChet": {**person, "soDinhDanh": number, "ngayChet": "20261120"},
        },
        "unlock": {
            "maHoSo": case.dossier,
            "maYeuCauGoc": f"{case.dossier}:lock_card:1",
            "nguoiDuocKhoiPhuc": {**person, "soDinhDanh": number},
            **order,
        },
    }
    return bodies[name]
