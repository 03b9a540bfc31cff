"""What the automatic checks of a birth ask of the law, in the shape that the activities expect."""

from datetime import date, datetime
from typing import Literal

from contracts.birth import BirthDeclaration, Sex
from contracts.birth_steps import BirthNoticeFacts
from contracts.dossier import Finding
from policy import eligibility
from policy import pack as packs
from policy.calendar import legal_day
from policy.findings import findings
from policy.pack import Pack
from policy.personal_id import check_personal_id


class BirthRules:
    """Eligibility, findings and the personal ID, by the moment of filing."""

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack or packs.current()

    def ineligible(self, born_on: date, filed_at: datetime) -> str | None:
        """The reason for which the group is closed to this child, if it is."""
        return eligibility.eligible_birth(born_on, legal_day(filed_at), self._pack)

    def findings(
        self, declaration: BirthDeclaration, notice: BirthNoticeFacts | None, filed_at: datetime
    ) -> tuple[Finding, ...]:
        """What the reviewing clerk should know."""
        return findings(declaration, notice, legal_day(filed_at), self._pack)

    def number_problems(self, number: str, *, province: str, sex: str, born_on: date) -> list[str]:
        """Why this number cannot be the child's; empty where it can."""
        return check_personal_id(number, province=province, sex=_SEXES[Sex(sex)], born_on=born_on, pack=self._pack)


_SEXES: dict[Sex, Literal["male", "female"]] = {Sex.MALE: "male", Sex.FEMALE: "female"}
