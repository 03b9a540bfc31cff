"""What the automatic checks of a death ask of the law, in the shape that the activities expect."""

from collections.abc import Iterator
from datetime import date, datetime

from contracts.death import DeathDeclaration, DeathNoticeFacts, Deceased, PersonFacts
from contracts.dossier import Finding
from policy import pack as packs
from policy.calendar import day_of, legal_day
from policy.pack import Pack
from policy.personal_id import NumberProblem, check_personal_id

DEATH_DATE_IN_FUTURE = "death-date-in-future"
DEATH_BEFORE_BIRTH = "death-before-birth"


class DeathRules:
    """Whether a filing can go on, and what the reviewing clerk should know; by the moment of filing."""

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack or packs.current()

    def ineligible(self, declaration: DeathDeclaration, filed_at: datetime) -> str | None:
        """The reason for which nobody can have died so, if there is one; `reasons` in death.yaml lists both."""
        died_at = declaration.died_at
        later = died_at > filed_at if isinstance(died_at, datetime) else died_at > legal_day(filed_at)
        if later:
            return DEATH_DATE_IN_FUTURE
        return DEATH_BEFORE_BIRTH if day_of(died_at) < earliest(declaration.deceased.born_on) else None

    def findings(
        self,
        declaration: DeathDeclaration,
        notice: DeathNoticeFacts | None,
        person: PersonFacts | None,
        filed_at: datetime,
    ) -> tuple[Finding, ...]:
        """Declaration, facility's notice and register side by side, in the order in which a clerk reads them.

        Hints, never refusals. A register is asked only for a deceased who has a personal ID.
        """
        found = [*_of_notice(declaration, notice), *self._of_register(declaration.deceased, person)]
        if self.late(day_of(declaration.died_at), legal_day(filed_at)):
            found.append(Finding.LATE_REGISTRATION)
        return tuple(found)

    def late(self, died_on: date, filed_on: date) -> bool:
        """Whether more than 15 days have gone by (Law on Civil Status art. 33(1)); still registrable."""
        return (filed_on - died_on).days > self._pack.death.on_time_days.at(filed_on).value

    def _of_register(self, deceased: Deceased, person: PersonFacts | None) -> Iterator[Finding]:
        if deceased.personal_id is None:
            return
        if person is None:
            yield Finding.REGISTER_UNKNOWN
        else:
            if person.died_on is not None:
                yield Finding.REGISTER_SAYS_DEAD
            if _differs(deceased, person):
                yield Finding.REGISTER_DIFFERS
        if self._unlikely(deceased, deceased.personal_id):
            yield Finding.PERSONAL_ID_UNLIKELY

    def _unlikely(self, deceased: Deceased, number: str) -> bool:
        """Whether number, sex and year of birth disagree; where a birth was registered, nobody knows any more."""
        problems = check_personal_id(
            number, province=number[1:3], sex=deceased.sex.value, born_on=earliest(deceased.born_on), pack=self._pack
        )
        return bool({*problems} - {NumberProblem.WRONG_PLACE})


def earliest(born_on: str) -> date:
    """The first day that a date of birth, perhaps without day or month, leaves possible."""
    return date.fromisoformat(f"{born_on}-01-01"[: len("YYYY-MM-DD")])


def _of_notice(declaration: DeathDeclaration, notice: DeathNoticeFacts | None) -> Iterator[Finding]:
    if declaration.death_notice is None:
        yield Finding.NOTICE_NOT_DECLARED
    elif notice is None:
        yield Finding.NOTICE_MISSING
    paper = declaration.death_notice or declaration.substitute
    died_on = day_of(declaration.died_at)
    if paper is not None and paper.issued_on is not None and paper.issued_on < died_on:
        yield Finding.NOTICE_BEFORE_DEATH
    if notice is None:
        return
    deceased = declaration.deceased
    if notice.personal_id is not None and notice.personal_id != deceased.personal_id:
        yield Finding.NOTICE_PERSON_DIFFERS
    if notice.sex is not None and notice.sex is not deceased.sex:
        yield Finding.NOTICE_SEX_DIFFERS
    if notice.died_on != died_on:
        yield Finding.NOTICE_DATE_DIFFERS


def _differs(deceased: Deceased, person: PersonFacts) -> bool:
    """Name, sex or date of birth; a date known in part differs only where the known part does."""
    known = min(len(deceased.born_on), len(person.born_on))
    return (
        deceased.full_name.casefold() != person.full_name.casefold()
        or deceased.sex is not person.sex
        or deceased.born_on[:known] != person.born_on[:known]
    )
