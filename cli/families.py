"""Families that file a birth: what they declare, what the facility notified, and who they are to the registers."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random, SystemRandom
from typing import Any

from cli import people
from cli.people import PROVINCES, Gender, Person
from cli.trouble import Trouble
from contracts.birth import (
    Address,
    Applicant,
    BirthCase,
    BirthDeclaration,
    BirthNotice,
    Child,
    Consent,
    DwellingOwner,
    HealthInsurance,
    Hometown,
    Household,
    HouseholdHead,
    Marriage,
    Parent,
    PlaceOfBirth,
    Relation,
    ResidenceCase,
    Sex,
)
from contracts.dossier import Channel, Group
from records.names import folded

VARIANTS = ("V-B01",)
"""Both parents known and married, in their own dwelling (domain.md E)."""
OFFICE_PROVINCE = "01"
VIET_NAM = "Việt Nam"
AGES = range(21, 41)
GROWN_UP = timedelta(days=20 * 366)
NEWBORN_DAYS = 29
TINY_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


@dataclass(frozen=True)
class Family:
    """A filing and what the stand-ins must know for it to pass their checks."""

    filing: dict[str, Any]
    notice_code: str
    notice: dict[str, Any]
    persons: dict[str, dict[str, Any]]

    @property
    def registrations(self) -> dict[str, dict[str, Any]]:
        """What the stand-ins are told, by control path."""
        notice = {f"health-facility/control/birth-notices/{self.notice_code}": self.notice}
        return notice | persons_known(self.persons)


@dataclass(frozen=True)
class Birth:
    """Who was born to whom, when, and where."""

    mother: Person
    father: Person
    child: Child
    weight: int
    facility: str
    facility_code: str
    notice: BirthNotice
    home: Address


def family(variant: str, office: str, today: date, seed: int | None = None, *, paper: bool = False) -> Family:
    """A family; the same one for the same seed on the same day, a new one each time without a seed."""
    if variant not in VARIANTS:
        raise Trouble(f"variant {variant} cannot be sampled yet; there is {', '.join(VARIANTS)}")
    draw = drawing(variant, today, seed)
    birth = _birth(draw, office, today)
    return Family(
        filing=_filing(draw, birth, office, paper=paper),
        notice_code=birth.notice.code,
        notice=_notice(birth),
        persons={each.number: registered(each, birth.home) for each in (birth.mother, birth.father)},
    )


def drawing(variant: str, today: date, seed: int | None) -> Random:
    """The same chance for the same seed on the same day, new chance without a seed."""
    chance = SystemRandom().getrandbits(128) if seed is None else seed
    return Random(f"{variant}/{chance}/{today.isoformat()}")  # noqa: S311  # people who do not exist


def _birth(draw: Random, office: str, today: date) -> Birth:
    mother = people.person(draw, "female", AGES, today)
    father = people.person(draw, "male", AGES, today)
    born_on = today - timedelta(days=draw.randint(1, NEWBORN_DAYS))
    issued_on = min(born_on + timedelta(days=draw.randrange(3)), today)
    facility_code = f"{mother.home}{draw.randrange(1, 1000):03}"
    facility = f"Bệnh viện Phụ sản {PROVINCES[mother.home]}, cơ sở {facility_code[2:]}"
    return Birth(
        mother=mother,
        father=father,
        child=_child(draw, father, mother.home, born_on, facility),
        weight=draw.randrange(2400, 4300, 10),
        facility=facility,
        facility_code=facility_code,
        notice=BirthNotice(
            code=f"{draw.randrange(1, 100_000):05}.GCS.{facility_code}.{issued_on.year % 100:02}", issued_on=issued_on
        ),
        home=Address(province=OFFICE_PROVINCE, ward=office, detail=people.house(draw)),
    )


def _child(draw: Random, father: Person, province: str, born_on: date, facility: str) -> Child:
    gender: Gender = draw.choice(("male", "female"))
    middle, given = people.name(draw, gender)
    return Child(
        surname=father.surname,
        middle_name=middle,
        given_name=given,
        sex=Sex(gender),
        born_on=born_on,
        born_at=f"{draw.randrange(24):02}:{draw.randrange(60):02}",
        place_of_birth=PlaceOfBirth(facility=facility, province=province, detail=f"{facility}, {PROVINCES[province]}"),
        hometown=Hometown(province=father.home, detail=PROVINCES[father.home]),
        ethnicity=father.ethnicity,
        nationality=VIET_NAM,
    )


def _filing(draw: Random, birth: Birth, office: str, *, paper: bool) -> dict[str, Any]:
    applicant, relation = draw.choice(((birth.mother, Relation.MOTHER), (birth.father, Relation.FATHER)))
    declaration = _declaration(draw, birth)
    return {
        "group": Group.BIRTH.value,
        "channel": Channel.ONLINE.value,
        "office": office,
        "applicant": Applicant(
            full_name=applicant.full_name,
            personal_id=applicant.number,
            relation=relation,
            phone=f"09{people.digits(draw, 8)}",
            email=f"{folded(applicant.given)}.{people.digits(draw, 4)}@vidu.example",
        ).model_dump(mode="json", exclude_none=True),
        "declaration": declaration.model_dump(mode="json", exclude_none=True),
        "attachments": [attachment("marriage-certificate", "Giấy chứng nhận kết hôn.pdf")] if paper else [],
    }


def _declaration(draw: Random, birth: Birth) -> BirthDeclaration:
    head, relation = draw.choice(((birth.father, "Con"), (birth.mother, "Con đẻ")))
    married_on = max(birth.mother.born_on, birth.father.born_on) + GROWN_UP
    return BirthDeclaration(
        case=BirthCase.BOTH_PARENTS,
        birth_notice=birth.notice,
        child=birth.child,
        mother=_parent(birth.mother, birth.home),
        father=_parent(birth.father, birth.home),
        marriage=Marriage(
            number=f"{draw.randint(1, 400)}/{married_on.year}",
            book=f"{married_on.year}",
            registered_on=married_on,
            place=f"Ủy ban nhân dân phường, {PROVINCES[birth.mother.home]}",
        ),
        residence=Household(
            case=ResidenceCase.PARENTS_OWN,
            place=birth.home,
            household_head=HouseholdHead(full_name=head.full_name, personal_id=head.number, relation=relation),
            dwelling_owner=DwellingOwner(full_name=head.full_name, personal_id=head.number),
            consent=Consent.NOT_NEEDED,
        ),
        health_insurance=HealthInsurance(facility=f"{OFFICE_PROVINCE}{draw.randrange(1, 1000):03}"),
        copies=draw.randrange(4),
        undertaking=True,
    )


def _parent(parent: Person, home: Address) -> Parent:
    return Parent(
        full_name=parent.full_name,
        born_on=parent.born_on.isoformat(),
        personal_id=parent.number,
        ethnicity=parent.ethnicity,
        nationality=VIET_NAM,
        residence=home,
    )


def attachment(kind: str, name: str) -> dict[str, str]:
    """A paper: one tiny PDF."""
    return {
        "kind": kind,
        "name": name,
        "sha256": hashlib.sha256(TINY_PDF).hexdigest(),
        "content_base64": base64.b64encode(TINY_PDF).decode(),
    }


def _notice(birth: Birth) -> dict[str, Any]:
    """As the health facility's system registers it."""
    child = birth.child
    return {
        "soDinhDanhMe": birth.mother.number,
        "hoTenMe": birth.mother.full_name,
        "ngaySinh": f"{child.born_on:%Y%m%d}",
        "gioSinh": (child.born_at or "00:00").replace(":", ""),
        "gioiTinh": 1 if child.sex is Sex.MALE else 2,
        "canNang": birth.weight,
        "maCSKCB": birth.facility_code,
        "tenCSKCB": birth.facility,
        "tenDuKien": child.full_name,
        "ngayCap": f"{birth.notice.issued_on:%Y%m%d}",
    }


def registered(person: Person, home: Address | None) -> dict[str, Any]:
    """As the population database shows a person."""
    address = f"{home.detail}, {PROVINCES[home.province]}" if home else None
    return {
        "hoTen": person.full_name,
        "ngaySinh": f"{person.born_on:%Y%m%d}",
        "gioiTinh": "NAM" if person.gender == "male" else "NU",
        "danToc": person.ethnicity,
        "quocTich": VIET_NAM,
        "queQuan": PROVINCES[person.home],
        "noiThuongTru": address,
        "noiOHienTai": address,
    }


def persons_known(persons: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By control path of the population database."""
    return {f"population/control/persons/{number}": person for number, person in persons.items()}
