"""What every payer is sent after a death: the same fields, in the partners' names."""

import base64

from adapters import wire
from contracts.benefit_steps import BenefitRequest, Claim, PaymentOrder, Recovery, Reminder
from contracts.benefits import Benefit, Insurance, InsuranceStatus, Merit, MeritCategory, Payer
from contracts.claims import Burial, Payment, PaymentMethod, Recipient, RecipientKind, Survivor
from contracts.dossier import LegKind
from contracts.legs import Act
from contracts.people import Kinship, Sex

BENEFITS: dict[Benefit, str] = {LegKind.FUNERAL: "MAI_TANG", LegKind.ONE_OFF: "MOT_LAN", LegKind.SURVIVOR: "TUAT"}
REGIMES = {
    Payer.SOCIAL_INSURANCE: "BHXH",
    Payer.MERIT: "NCC",
    Payer.SOCIAL_PROTECTION: "BTXH",
    Payer.EMERGENCY: "KHAN_CAP",
    Payer.SOCIAL_PENSION: "HUU_TRI_XH",
    Payer.VETERAN: "CCB",
    Payer.ARMED_FORCES: "LLVT",
}
MERITS = {
    MeritCategory.BEFORE_1945: "LTCM",
    MeritCategory.UPRISING_1945: "TKN",
    MeritCategory.MARTYR_RELATIVE: "TNLS",
    MeritCategory.HEROIC_MOTHER: "BMVNAH",
    MeritCategory.HERO: "AH",
    MeritCategory.WAR_INVALID: "TB",
    MeritCategory.SICK_SOLDIER: "BB",
    MeritCategory.TOXIN_VICTIM: "CDHH",
    MeritCategory.TOXIN_VICTIM_CHILD: "CDHH_CON",
    MeritCategory.RESISTANCE_ACTIVIST: "HDKC",
    MeritCategory.IMPRISONED: "TD",
    MeritCategory.REVOLUTION_HELPER: "CCGD",
}
INSURED = {
    InsuranceStatus.PENSIONER: "HUU_TRI",
    InsuranceStatus.MONTHLY_BENEFIT: "TRO_CAP_THANG",
    InsuranceStatus.VOLUNTARY: "TU_NGUYEN",
    InsuranceStatus.COMPULSORY: "BAT_BUOC",
    InsuranceStatus.RESERVED: "BAO_LUU",
}
KINSHIP = {
    Kinship.SPOUSE: "VO_CHONG",
    Kinship.CHILD: "CON",
    Kinship.PARENT: "CHA_ME",
    Kinship.SIBLING: "ANH_CHI_EM",
    Kinship.GRANDPARENT: "ONG_BA",
    Kinship.GRANDCHILD: "CHAU",
    Kinship.RELATIVE: "THAN_NHAN",
    Kinship.REPRESENTATIVE: "DAI_DIEN",
}
METHODS = {PaymentMethod.BANK: "CHUYEN_KHOAN", PaymentMethod.POST: "BUU_DIEN", PaymentMethod.CASH: "TIEN_MAT"}
ACTS = {Act.EXAMINE: "XEM_XET", Act.CHECK: "THAM_DINH", Act.DECIDE: "RA_QUYET_DINH"}


def decision(request: BenefitRequest, pdf: bytes, form: str) -> dict[str, object]:
    """A request to decide; `form`: under which number the payer files it."""
    benefits, deceased = request.benefits, request.deceased
    return {
        "maHoSo": request.case.dossier,
        "mauDon": form,
        "maXa": request.office,
        "troCap": _benefit(request.claim),
        "soTien": request.amount,
        "canCu": list(request.articles),
        "nguoiChet": {
            "hoTen": deceased.full_name,
            "ngaySinh": deceased.born_on.replace("-", ""),  # as much of it as is known
            "gioiTinh": 1 if deceased.sex is Sex.MALE else 0,
            "ngayChet": wire.compact(request.died_on),
        },
        "nguoiCoCong": _merit(benefits.merit),
        "baoHiem": _insurance(benefits.insurance),
        "thanNhan": [_survivor(each) for each in request.survivors],
        "nguoiNhan": _recipient(benefits.recipient),
        "maiTang": _burial(benefits.burial),
        "trichLucKhaiTu": {"sha256": request.certificate.sha256, "noiDung": base64.b64encode(pdf).decode()},
    }


def payment(order: PaymentOrder) -> dict[str, object]:
    """An order to pay."""
    return {
        "maHoSo": order.case.dossier,
        "maXa": order.office,
        "troCap": _benefit(order.claim),
        "soQuyetDinh": order.decision_number,
        "soTien": order.amount,
        "nguoiNhan": _recipient(order.recipient),
        "chiTra": _way(order.payment),
    }


def recovery(request: Recovery) -> dict[str, object]:
    """An order to take a benefit back."""
    return {
        "maHoSo": request.case.dossier,
        "maXa": request.office,
        "troCap": _benefit(request.claim),
        "maYeuCauGoc": request.undone,
        "soQuyetDinh": request.decision,
        "ngayQuyetDinh": wire.compact(request.ordered_on),
    }


def reminder(told: Reminder) -> dict[str, object]:
    """A reminder that a link of the chain falls due."""
    return {
        "maHoSo": told.case.dossier,
        "maGiaoDich": told.reference,
        "buoc": ACTS[told.act],
        "hanXuLy": wire.stamp(told.due_at),
    }


def _benefit(claim: Claim) -> dict[str, object]:
    return {
        "loai": BENEFITS[claim.kind],
        "cheDo": REGIMES[claim.payer],
        "soDinhDanhNguoiChet": claim.deceased,
        "soDinhDanhNguoiHuong": claim.beneficiary,
        "ky": claim.part,
    }


def _merit(merit: Merit | None) -> dict[str, object] | None:
    if merit is None:
        return None
    rows = [
        {"loai": MERITS[each.category], "troCap": each.monthly, "phuCap": each.supplement} for each in merit.allowances
    ]
    return {"soQuyetDinh": merit.decision, "dienHuong": rows}


def _insurance(insurance: Insurance | None) -> dict[str, object] | None:
    if insurance is None:
        return None
    status = INSURED[insurance.status]
    return {"soBHXH": insurance.number, "tinhTrang": status, "soThangDong": insurance.months_paid}


def _survivor(survivor: Survivor) -> dict[str, object]:
    return {
        "hoTen": survivor.full_name,
        "soDinhDanh": survivor.personal_id,
        "ngaySinh": wire.compact(survivor.born_on),
        "quanHe": KINSHIP[survivor.relation],
        "maXa": survivor.residence.ward,
        "motLan": survivor.lump_sum,
    }


def _recipient(recipient: Recipient) -> dict[str, object]:
    return {
        "loai": "CA_NHAN" if recipient.kind is RecipientKind.PERSON else "TO_CHUC",
        "ten": recipient.name,
        "soDinhDanh": recipient.personal_id,
        "quanHe": KINSHIP[recipient.relation] if recipient.relation else None,
        "nguoiDaiDien": recipient.representative,
        "maSoThue": recipient.tax_code,
    }


def _burial(burial: Burial) -> dict[str, object]:
    on = wire.compact(burial.buried_on) if burial.buried_on else None
    return {"ngay": on, "noi": burial.place, "chiPhi": burial.cost}


def _way(payment: Payment) -> dict[str, object]:
    at = payment.address
    return {
        "hinhThuc": METHODS[payment.method],
        "nganHang": payment.bank,
        "soTaiKhoan": payment.account,
        "chuTaiKhoan": payment.holder,
        "diaChi": {"maTinh": at.province, "maXa": at.ward, "chiTiet": at.detail} if at else None,
        "noiNhan": payment.place,
    }
