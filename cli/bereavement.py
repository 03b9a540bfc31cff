"""Who died, when and where, and who is left: people and days that hang together, drawn by chance."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from cli import people
from cli.death_variants import VARIANTS, Claimant, Scene, Variant
from cli.families import OFFICE_PROVINCE
from cli.people import PROVINCES, Gender, Person
from contracts.people import Address, Kinship
from policy.calendar import LEGAL_ZONE, day_of

WITH_GROWN_CHILDREN = 50
HOUR_KNOWN = 0.8
"""So often the hour of a death is known."""
ORGANISATION = "Trung tâm Bảo trợ xã hội"


@dataclass(frozen=True)
class Bereavement:
    """`applicant` files, and holds the funeral: a child, the spouse, or who speaks for an organisation."""

    variant: Variant
    office: str
    deceased: Person
    spouse: Person
    applicant: Person
    relation: Kinship
    home: Address | None
    """None where the deceased had no fixed residence."""
    died_at: date | datetime
    issued_on: date
    facility: str
    facility_code: str
    card: str | None
    """Number of the health card, which is that of social insurance; none without a residence."""

    @property
    def died_on(self) -> date:
        return day_of(self.died_at)

    @property
    def relatives(self) -> tuple[Person, ...]:
        """Everybody who is left; nobody but who speaks for them where an organisation files."""
        alone = self.variant.claimant is Claimant.ORGANISATION
        return (self.applicant,) if alone else (self.spouse, self.applicant)

    @property
    def notified(self) -> bool:
        """Whether a health facility has sent its notice."""
        return self.variant.scene not in {Scene.HOME, Scene.COMMUNE}


def bereavement(draw: Random, variant: str, office: str, today: date) -> Bereavement:
    """Somebody's death in a family, as the variant has it."""
    row = VARIANTS[variant]
    gender: Gender = draw.choice(("male", "female"))
    age = draw.choice(row.ages)
    deceased = people.person(draw, gender, range(age, age + 1), today)
    spouse = _spouse(draw, deceased, age, today)
    applicant, relation = _applicant(draw, row, deceased, spouse, age, today)
    died_on = today - timedelta(days=draw.choice(row.days))
    facility_code = f"{OFFICE_PROVINCE}{draw.randrange(1, 1000):03}"
    return Bereavement(
        variant=row,
        office=office,
        deceased=deceased,
        spouse=spouse,
        applicant=applicant,
        relation=relation,
        home=Address(province=OFFICE_PROVINCE, ward=office, detail=people.house(draw)) if row.housed else None,
        died_at=_moment(draw, died_on),
        issued_on=min(died_on + timedelta(days=draw.randrange(2)), today),
        facility=f"Bệnh viện Đa khoa {PROVINCES[OFFICE_PROVINCE]}, cơ sở {facility_code[2:]}",
        facility_code=facility_code,
        card=people.digits(draw, 10) if row.housed else None,
    )


def _spouse(draw: Random, deceased: Person, age: int, today: date) -> Person:
    other: Gender = "male" if deceased.gender == "female" else "female"
    youngest = max(20, age - 6)
    return people.person(draw, other, range(youngest, youngest + 10), today)


def _applicant(
    draw: Random, row: Variant, deceased: Person, spouse: Person, age: int, today: date
) -> tuple[Person, Kinship]:
    gender: Gender = draw.choice(("male", "female"))
    if row.claimant is Claimant.ORGANISATION:
        return people.person(draw, gender, range(30, 58), today), Kinship.REPRESENTATIVE
    if age < WITH_GROWN_CHILDREN:
        return spouse, Kinship.SPOUSE
    child = people.person(draw, gender, range(age - 32, age - 22), today)
    father = deceased if deceased.gender == "male" else spouse
    return replace(child, surname=father.surname), Kinship.CHILD


def _moment(draw: Random, day: date) -> date | datetime:
    hour = datetime(day.year, day.month, day.day, draw.randrange(24), draw.randrange(60), tzinfo=LEGAL_ZONE)
    return hour.astimezone(UTC) if draw.random() < HOUR_KNOWN else day
