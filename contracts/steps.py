"""One row a step: what a late answer must hold, whose word counts, and the leg that it moves."""

from dataclasses import dataclass

from contracts.agencies import Agency, HandedOver, Step
from contracts.base import Message
from contracts.benefit_steps import BenefitDecided, BenefitPaid, BenefitRecovered
from contracts.birth_steps import BirthRegistered, HealthCardIssued, PersonalIdIssued, ResidenceRegistered
from contracts.death_steps import (
    CardLocked,
    CardUnlocked,
    DeathAnnulled,
    DeathRegistered,
    ResidenceRemoved,
    ResidenceRestored,
)
from contracts.dossier import LegKind


@dataclass(frozen=True)
class StepRow:
    """`leg` is none for steps that belong to no leg."""

    result: type[Message]
    answered_by: tuple[Agency, ...]
    leg: LegKind | None = None


_JUSTICE, _POLICE, _INSURANCE = (Agency.CIVIL_STATUS,), (Agency.RESIDENCE,), (Agency.SOCIAL_INSURANCE,)
_PAYERS = (Agency.SOCIAL_INSURANCE, Agency.LABOUR)

STEPS: dict[Step, StepRow] = {
    Step.REGISTER: StepRow(BirthRegistered, _JUSTICE, LegKind.CIVIL_STATUS),
    Step.ISSUE_ID: StepRow(PersonalIdIssued, (Agency.POPULATION,), LegKind.PERSONAL_ID),
    Step.REGISTER_RESIDENCE: StepRow(ResidenceRegistered, _POLICE, LegKind.RESIDENCE),
    Step.ISSUE_CARD: StepRow(HealthCardIssued, _INSURANCE, LegKind.HEALTH_CARD),
    Step.HAND_OVER: StepRow(HandedOver, (Agency.VNEID, Agency.ONE_STOP, Agency.RESIDENCE, Agency.SOCIAL_INSURANCE)),
    Step.REGISTER_DEATH: StepRow(DeathRegistered, _JUSTICE, LegKind.DEATH_REGISTRATION),
    Step.REMOVE_RESIDENCE: StepRow(ResidenceRemoved, _POLICE, LegKind.RESIDENCE_REMOVAL),
    Step.LOCK_CARD: StepRow(CardLocked, _INSURANCE, LegKind.HEALTH_CARD_LOCK),
    Step.DECIDE_FUNERAL: StepRow(BenefitDecided, _PAYERS, LegKind.FUNERAL),
    Step.PAY_FUNERAL: StepRow(BenefitPaid, _PAYERS, LegKind.FUNERAL),
    Step.DECIDE_ONE_OFF: StepRow(BenefitDecided, _PAYERS, LegKind.ONE_OFF),
    Step.PAY_ONE_OFF: StepRow(BenefitPaid, _PAYERS, LegKind.ONE_OFF),
    Step.DECIDE_SURVIVOR: StepRow(BenefitDecided, _PAYERS, LegKind.SURVIVOR),
    Step.PAY_SURVIVOR: StepRow(BenefitPaid, _PAYERS, LegKind.SURVIVOR),
    Step.ANNUL_DEATH: StepRow(DeathAnnulled, _JUSTICE, LegKind.DEATH_REGISTRATION),
    Step.RESTORE_RESIDENCE: StepRow(ResidenceRestored, _POLICE, LegKind.RESIDENCE_REMOVAL),
    Step.UNLOCK_CARD: StepRow(CardUnlocked, _INSURANCE, LegKind.HEALTH_CARD_LOCK),
    Step.RECOVER_FUNERAL: StepRow(BenefitRecovered, _PAYERS, LegKind.FUNERAL),
    Step.RECOVER_ONE_OFF: StepRow(BenefitRecovered, _PAYERS, LegKind.ONE_OFF),
    Step.RECOVER_SURVIVOR: StepRow(BenefitRecovered, _PAYERS, LegKind.SURVIVOR),
}
RESULTS = {step: row.result for step, row in STEPS.items()}
ANSWERED_BY = {step: row.answered_by for step, row in STEPS.items()}
LEG_OF_STEP = {step: row.leg for step, row in STEPS.items() if row.leg is not None}
