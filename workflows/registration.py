"""Entering a birth, obtaining the child's number, and the certificate with or without it."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from activities.checks import CheckActivities, NumberCheck, NumberVerdict
from activities.civil_status import CivilStatusActivities
from activities.documents import DocumentActivities
from activities.population import PopulationActivities
from contracts.agencies import Agency, Step
from contracts.birth_steps import (
    BirthRegistered,
    BirthRegistration,
    PersonalIdIssued,
    PersonalIdRecorded,
    PersonalIdRequest,
)
from contracts.documents import CertificateRequest
from contracts.dossier import LegKind, LegState
from contracts.incidents import IncidentCode
from contracts.journal import EventKind
from workflows.answers import GIVEN_UP, Terms
from workflows.birth_legs import BirthLegs
from workflows.calls import here_or_queued
from workflows.delivery import RECEIVERS
from workflows.incidents import GivenUp
from workflows.signing import Published

NEXT_VERSION = timedelta(days=1)
"""A second version has no date in the law: it is signed by the next day."""


class Certificate(Published):
    """One signed version and the number that it shows."""

    def __init__(self, published: Published, number: str | None) -> None:
        super().__init__(published.draft, published.signed, published.issued_at)
        self.number = number


class BirthRegister(BirthLegs):
    """From the accepted filing to the signed certificate."""

    async def register(self) -> BirthRegistered:
        """Enter the birth."""
        declaration, applicant = self.birth.declaration, self.birth.applicant
        answer = await self.leg(
            LegKind.CIVIL_STATUS,
            CivilStatusActivities.register_birth,
            CivilStatusActivities.enquire_registration,
            BirthRegistration(
                case=self.case(Step.REGISTER),
                office=self.office,
                child=declaration.child,
                mother=declaration.mother,
                father=declaration.father,
                birth_notice_code=declaration.birth_notice.code if declaration.birth_notice else None,
                requester_name=applicant.full_name,
                requester_personal_id=applicant.personal_id,
                requester_relation=applicant.relation,
            ),
        )
        return self.entered(answer)

    async def obtain_number(self, registered: BirthRegistered) -> str | None:
        """Ask for the child's personal ID and check it; none where an operator gave it up."""
        if self.legs[LegKind.PERSONAL_ID].state.ended:  # withdrawn before it began
            return None
        declaration = self.birth.declaration
        request = PersonalIdRequest(
            case=self.case(Step.ISSUE_ID),
            office=self.office,
            place=self.opening.province,
            child=declaration.child,
            mother_personal_id=declaration.mother.personal_id if declaration.mother else None,
            father_personal_id=declaration.father.personal_id if declaration.father else None,
            register_number=registered.register_number,
        )
        terms = Terms[PersonalIdIssued](
            refused=IncidentCode.ID_REFUSED,
            recorded=PersonalIdRecorded,
            leg=LegKind.PERSONAL_ID,
            check=self.number_trouble,
        )
        try:
            issued = await self.insist(
                Agency.POPULATION, PopulationActivities.issue_id, PopulationActivities.enquire_id, request, terms
            )
        except GivenUp:
            self.move_leg(LegKind.PERSONAL_ID, LegState.REFUSED, refused=GIVEN_UP)
            return None
        self.move_leg(LegKind.PERSONAL_ID, LegState.GRANTED, result=issued)
        return issued.personal_id

    async def number_trouble(self, issued: PersonalIdIssued) -> IncidentCode | None:
        """A number that cannot be this child's never passes in silence."""
        child = self.birth.declaration.child
        question = NumberCheck(
            number=issued.personal_id, place=self.opening.province, sex=child.sex, born_on=child.born_on
        )
        verdict: NumberVerdict = await here_or_queued(CheckActivities.check_number, question)
        return IncidentCode.ID_MISMATCH if verdict.problems else None

    async def number_in_time(self, number: asyncio.Task[str | None]) -> str | None:
        """Wait for the number as long as the law's date for the certificate allows (V-B19)."""
        patience = self.the_law().certificate_by - workflow.now()
        if self.pace.id_wait_cap is not None:
            patience = min(patience, timedelta(seconds=self.pace.id_wait_cap))
        try:
            await workflow.wait_condition(number.done, timeout=max(patience, timedelta()))
        except TimeoutError:
            self.note(EventKind.NUMBER_ABSENT, leg=LegKind.PERSONAL_ID)
            return None
        return await number

    # ---- certificate

    async def certify(
        self, registered: BirthRegistered, number: str | None, replaces: Certificate | None = None
    ) -> Certificate:
        """Make the certificate, have it signed, publish it."""
        declaration, applicant = self.birth.declaration, self.birth.applicant
        version, now = (replaces.draft.version + 1 if replaces else 1), workflow.now()

        def drawn_up() -> CertificateRequest:
            return CertificateRequest(
                case=self.case(Step.CERTIFICATE, part=str(version)),
                office=self.office,
                version=version,
                issued_at=workflow.now(),
                registered=registered,
                child=declaration.child,
                mother=declaration.mother,
                father=declaration.father,
                requester_name=applicant.full_name,
                requester_relation=applicant.relation,
                personal_id=number,
                replaces_issued_at=replaces.issued_at if replaces else None,
            )

        due = max(self.legs[LegKind.CIVIL_STATUS].due_at or now, now) if replaces is None else now + NEXT_VERSION
        return Certificate(await self.issued(DocumentActivities.draft_certificate, drawn_up, due), number)

    async def reissue(self, registered: BirthRegistered, first: Certificate, number: asyncio.Task[str | None]) -> None:
        """A number that came after the certificate makes a second version, for everyone who got the first."""
        known = await number
        if known is None or first.number is not None:
            return
        try:
            second = await self.certify(registered, known, replaces=first)
        except GivenUp:
            return  # the first version stays valid without the number (V-B19)
        holders = tuple(
            Agency(self.legs[kind].agency)
            for kind in (LegKind.RESIDENCE, LegKind.HEALTH_CARD)
            if self.legs[kind].state is not LegState.WITHDRAWN
        )
        await self.hand_out(second.draft, second.signed, (*RECEIVERS, *holders))
