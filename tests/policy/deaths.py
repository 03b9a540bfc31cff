"""People who never lived: what a death declaration, a merit file and an insurance say of them."""

from datetime import date, datetime
from typing import Any

from contracts.benefits import Allowance, Award, Entitlements, Insurance, InsuranceStatus, Merit, MeritCategory, Payer
from contracts.death import DeathDeclaration
from policy.calendar import LEGAL_ZONE

NOWHERE_RICHER = "04"
"""A province that has no standard of its own."""
DECREES_KNOWN = date(2026, 12, 1)
"""When every decree of 2026 is in force."""
DECLARATION = {
    "deceased": {
        "surname": "Trần",
        "middle_name": "Văn",
        "given_name": "Bình",
        "sex": "male",
        "born_on": "1941-02-03",
        "personal_id": "004041000123",
        "ethnicity": "Tày",
        "nationality": "Việt Nam",
    },
    "last_residence": {"kind": "permanent", "address": {"province": "04", "ward": "01273", "detail": "Tổ 3"}},
    "died_at": "2024-07-09T22:15:00+07:00",
    "place_of_death": {"province": "04", "facility": "Bệnh viện Đa khoa tỉnh", "detail": "Cao Bằng"},
    "death_notice": {"number": "12/GBT-2024", "issued_on": "2024-07-10", "issuer": "Bệnh viện Đa khoa tỉnh"},
    "procedures": ["death_registration", "residence_removal"],
    "household_head": {"full_name": "Hoàng Thị Lan", "personal_id": "004145000321", "relation": "chồng"},
    "undertaking": True,
}
RECIPIENT = {
    "kind": "person",
    "name": "Trần Văn Minh",
    "personal_id": "004070000555",
    "relation": "child",
}
BENEFITS = {
    "categories": ["social_insurance"],
    "insurance": {"status": "pensioner", "number": "0412345678"},
    "recipient": RECIPIENT,
    "payment": {"method": "bank", "bank": "Agribank", "account": "8300205001234", "holder": "TRAN VAN MINH"},
    "burial": {"buried_on": "2024-07-11", "place": "Nghĩa trang nhân dân"},
}
FUNERAL_TOO = ["death_registration", "residence_removal", "funeral"]
ALL_FOUR = [*FUNERAL_TOO, "survivor"]
SURVIVOR = {
    "full_name": "Hoàng Thị Lan",
    "personal_id": "004145000321",
    "born_on": "1945-05-06",
    "relation": "spouse",
    "residence": {"province": "04", "ward": "01300", "detail": "Tổ 9"},
}
PENSIONER = Insurance(status=InsuranceStatus.PENSIONER)
INVALID = Merit(
    allowances=(Allowance(category=MeritCategory.WAR_INVALID, monthly=2_789_000),),
    decision="123/QĐ-LĐTBXH",
    managed_by="01288",
)


def a_declaration(**changes: Any) -> DeathDeclaration:
    return DeathDeclaration.model_validate({**DECLARATION, **changes})


def with_benefits(procedures: list[str] | None = None, **changes: Any) -> DeathDeclaration:
    return a_declaration(procedures=procedures or FUNERAL_TOO, benefits={**BENEFITS, **changes})


def entitled(*payers: str, province: str = NOWHERE_RICHER, **changes: Any) -> Entitlements:
    """Somebody of these categories, with the plainest details that each needs."""
    categories = tuple(Payer(payer) for payer in payers)
    return Entitlements(
        categories=categories,
        province=province,
        merit=changes.get("merit", INVALID if Payer.MERIT in categories else None),
        insurance=changes.get("insurance", PENSIONER if Payer.SOCIAL_INSURANCE in categories else None),
        funeral_cost=changes.get("funeral_cost"),
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LEGAL_ZONE)


def award(answer: object) -> Award:
    assert isinstance(answer, Award), answer
    return answer
