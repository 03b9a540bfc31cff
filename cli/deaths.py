"""Families that file a death: what they declare, and what the facility notified; the amounts are the law's."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any

from cli import people
from cli.bereavement import Bereavement, bereavement
from cli.death_claims import benefits
from cli.death_variants import VARIANTS, Scene
from cli.families import OFFICE_PROVINCE, VIET_NAM, attachment, drawing, persons_known, registered
from cli.people import PROVINCES, Person
from cli.trouble import Trouble
from contracts.death import (
    FORMS,
    DeathApplicant,
    DeathDeclaration,
    DeathNotice,
    Deceased,
    LastResidence,
    PlaceOfDeath,
    ResidenceKind,
    Substitute,
    SubstituteKind,
)
from contracts.dossier import Channel, Group
from contracts.people import Address, Delivery, HouseholdHead, Sex
from policy.calendar import LEGAL_ZONE
from records.names import folded

CAUSES = ("Tuổi cao", "Bệnh lý tim mạch", "Tai biến mạch máu não", "Ung thư", "Suy hô hấp")
PLACES = {
    Scene.ON_THE_WAY: "Trên đường chuyển đến cơ sở khám bệnh, chữa bệnh",
    Scene.ACCIDENT: "Nơi xảy ra tai nạn",
}
COMMUNE = "Ủy ban nhân dân phường"
ISSUERS = {
    SubstituteKind.COMMUNE_NOTICE: COMMUNE,
    SubstituteKind.EXECUTION_RECORD: "Hội đồng thi hành án tử hình",
    SubstituteKind.COURT_DECISION: "Tòa án nhân dân khu vực",
    SubstituteKind.POLICE_CONCLUSION: "Cơ quan Cảnh sát điều tra",
    SubstituteKind.HEALTH_CONFIRMATION: "Trạm y tế phường",
    SubstituteKind.MINUTES: COMMUNE,
    SubstituteKind.WITNESS_STATEMENT: None,
}


@dataclass(frozen=True)
class Bereaved:
    """A filing and what the stand-ins must know for it to pass their checks; no `notice` where a paper stands in."""

    filing: dict[str, Any]
    notice: dict[str, Any] | None
    persons: dict[str, dict[str, Any]]
    cards: dict[str, str]
    """Numbers of health cards, by holder."""

    @property
    def registrations(self) -> dict[str, dict[str, Any]]:
        """What the stand-ins are told, by control path."""
        notice = {"health-facility/control/death-notices": self.notice} if self.notice else {}
        cards = {f"social-insurance/control/holders/{who}": {"soBHXH": card} for who, card in self.cards.items()}
        return notice | persons_known(self.persons) | cards


def bereaved(variant: str, office: str, today: date, seed: int | None = None, *, paper: bool = False) -> Bereaved:
    """A family; the same one for the same seed on the same day, a new one each time without a seed."""
    if variant not in VARIANTS:
        raise Trouble(f"there is no variant {variant} of a death; there is {', '.join(VARIANTS)}")
    draw = drawing(variant, today, seed)
    told = bereavement(draw, variant, office, today)
    declaration = _declaration(draw, told)
    known = {told.deceased.number: registered(told.deceased, told.home)}
    return Bereaved(
        filing={
            "group": Group.DEATH.value,
            "channel": Channel.ONLINE.value,
            "office": office,
            "applicant": _applicant(draw, told).model_dump(mode="json", exclude_none=True),
            "declaration": declaration.model_dump(mode="json", exclude_none=True),
            "attachments": [attachment("death-notice-copy", "Giấy báo tử.pdf")] if paper else [],
        },
        notice=_notice(told, declaration),
        persons=known | {each.number: registered(each, told.home) for each in told.relatives},
        cards={told.deceased.number: told.card} if told.card else {},
    )


def _applicant(draw: Random, told: Bereavement) -> DeathApplicant:
    applicant = told.applicant
    return DeathApplicant(
        full_name=applicant.full_name,
        personal_id=applicant.number,
        relation=told.relation,
        phone=f"09{people.digits(draw, 8)}",
        email=f"{folded(applicant.given)}.{people.digits(draw, 4)}@vidu.example",
    )


def _declaration(draw: Random, told: Bereavement) -> DeathDeclaration:
    notice, substitute = _proof(draw, told)
    return DeathDeclaration(
        deceased=_deceased(told.deceased),
        last_residence=_residence(told.home),
        died_at=told.died_at,
        place_of_death=_place(told),
        cause="Tai nạn" if told.variant.scene is Scene.ACCIDENT else draw.choice(CAUSES),
        death_notice=notice,
        substitute=substitute,
        procedures=next(tuple(form) for form in FORMS if len(form) == told.variant.procedures),
        household_head=_head(told) if told.home else None,
        benefits=benefits(draw, told) if told.variant.payers else None,
        copies=draw.randrange(6),
        delivery=draw.choice(tuple(Delivery)),
        undertaking=True,
    )


def _deceased(deceased: Person) -> Deceased:
    return Deceased(
        surname=deceased.surname,
        middle_name=deceased.middle,
        given_name=deceased.given,
        sex=Sex(deceased.gender),
        born_on=deceased.born_on.isoformat(),
        personal_id=deceased.number,
        ethnicity=deceased.ethnicity,
        nationality=VIET_NAM,
    )


def _residence(home: Address | None) -> LastResidence:
    return LastResidence(kind=ResidenceKind.PERMANENT if home else ResidenceKind.NONE, address=home)


def _place(told: Bereavement) -> PlaceOfDeath:
    at_home = told.home.detail if told.home else "Nơi công cộng"
    detail = PLACES.get(told.variant.scene, told.facility if told.notified else at_home)
    return PlaceOfDeath(
        province=OFFICE_PROVINCE,
        ward=told.office,
        facility=told.facility if told.variant.scene is Scene.FACILITY else None,
        detail=f"{detail}, {PROVINCES[OFFICE_PROVINCE]}",
    )


def _head(told: Bereavement) -> HouseholdHead:
    to_spouse = "Chồng" if told.deceased.gender == "male" else "Vợ"
    head, relation = (told.deceased, "Chủ hộ") if told.variant.headed else (told.spouse, to_spouse)
    return HouseholdHead(full_name=head.full_name, personal_id=head.number, relation=relation)


def _proof(draw: Random, told: Bereavement) -> tuple[DeathNotice | None, Substitute | None]:
    year, number = told.issued_on.year, draw.randrange(1, 100_000)
    if told.notified:
        notice = f"{number:05}/{year}/GBT-{told.facility_code}"
        return DeathNotice(number=notice, issued_on=told.issued_on, issuer=told.facility), None
    of_commune = told.variant.scene is Scene.COMMUNE
    kind = SubstituteKind.COMMUNE_NOTICE if of_commune else draw.choice(tuple(SubstituteKind))
    if kind is SubstituteKind.NONE:
        return None, Substitute(kind=kind, detail="Không có giấy tờ; người dân khu phố cùng biết việc chết")
    return None, Substitute(
        kind=kind,
        number=f"{number}/{year}/UBND-GBT" if kind is SubstituteKind.COMMUNE_NOTICE else f"{number}/{year}",
        issued_on=told.issued_on,
        issuer=ISSUERS[kind],
        office=told.office if kind is SubstituteKind.COMMUNE_NOTICE else None,
    )


def _notice(told: Bereavement, declaration: DeathDeclaration) -> dict[str, Any] | None:
    """As the health facility's system registers it."""
    notice, died_at = declaration.death_notice, told.died_at
    if notice is None:
        return None
    return {
        "maGBT": notice.number,
        "soDinhDanh": told.deceased.number,
        "hoTen": told.deceased.full_name,
        "gioiTinh": 1 if told.deceased.gender == "male" else 2,
        "ngayChet": f"{told.died_on:%Y%m%d}",
        "gioChet": f"{died_at.astimezone(LEGAL_ZONE):%H%M}" if isinstance(died_at, datetime) else None,
        "nguyenNhan": declaration.cause,
        "maCSKCB": told.facility_code,
        "tenCSKCB": told.facility,
        "ngayCap": f"{notice.issued_on:%Y%m%d}",
    }
