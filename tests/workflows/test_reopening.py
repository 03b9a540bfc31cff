"""Legs of a closed dossier are done once more in one that follows it, on the papers that it left."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.agencies import Agency, CertificateRef, Pending, Refused, RegisterLine, Step
from contracts.benefit_steps import ClaimState
from contracts.benefits import Payer
from contracts.dossier import Channel, LegKind, LegState, Stage
from contracts.failures import RequestRejected
from contracts.followups import LegAgain, Reopening, ReopeningOpening
from contracts.incidents import Remedy
from contracts.journal import EventKind
from orchestrator import Refusal
from tests.workflows.birth import Birth
from tests.workflows.death import Death
from tests.workflows.filed import OFFICE, PATIENT, Filed, leg, request
from tests.workflows.test_death import open_to_readings
from tests.workflows.town import DAY

FIRST = "G22.99.08-241121-000001"
CERTIFICATE = CertificateRef(document="certificate.v1", version=1, sha256="0" * 64)
GROUNDS = Reopening(act="a-1", by="support-1", approved_by="approver-1", reason="cơ quan không có hồ sơ")
NUMBER = "001226000123"


@pytest.mark.history("reopening-birth")
async def test_residence_and_card_are_asked_for_on_the_first_dossiers_certificate(birth: Birth) -> None:
    await reopen(birth, LegAgain(leg=LegKind.RESIDENCE, agency=Agency.RESIDENCE), CARD, personal_id=NUMBER)
    state = await birth.end()
    assert (state.stage, state.follows, state.channel) == (Stage.RETURNED, FIRST, Channel.OFFICE)
    assert {each.kind: each.state for each in state.legs} == dict.fromkeys(
        (LegKind.RESIDENCE, LegKind.HEALTH_CARD), LegState.GRANTED
    )
    for step in (Step.REGISTER_RESIDENCE, Step.ISSUE_CARD):
        [asked] = birth.town.party(step).asked
        assert (asked.case.key, asked.certificate_of) == (f"{birth.code}:{step}:1", FIRST)
        assert (asked.certificate, asked.personal_id, asked.registered.page) == (CERTIFICATE, NUMBER, 7)
    assert not birth.town.party(Step.REGISTER).asked
    assert not state.tasks
    [results] = birth.town.wallet.asked
    assert {result.leg for result in results.results} == {"residence", "health_card"}


async def test_it_says_who_wished_it_and_why_and_nobody_withdraws_it(birth: Birth) -> None:
    birth.town.party(Step.ISSUE_CARD).will(Pending(reference="C-1"))
    await reopen(birth, CARD)
    await birth.until(lambda state: leg(state, LegKind.HEALTH_CARD).state is LegState.PENDING)
    accepted = next(each for each in birth.town.journal.entries.values() if each.kind is EventKind.ACCEPTED)
    assert accepted.data == {"follows": FIRST, **GROUNDS.model_dump()}
    with pytest.raises(Refusal) as told:
        await birth.withdraw()
    assert told.value.kind == "Irreversible"


async def test_a_leg_that_parks_again_is_mended_as_in_any_dossier(birth: Birth) -> None:
    birth.town.party(Step.ISSUE_CARD).will(RequestRejected("no such thing"))
    await reopen(birth, CARD)
    await birth.resolve(Remedy.RETRY)
    assert leg(await birth.end(), LegKind.HEALTH_CARD).state is LegState.GRANTED


@pytest.mark.history("reopening-death")
async def test_a_benefit_is_decided_and_paid_by_whom_the_first_dossier_found(death: Death) -> None:
    death.town.party(Step.LOCK_CARD).will(Refused(reason="card-unknown"))
    wanted = (
        LegAgain(leg=LegKind.FUNERAL, agency=Agency.LABOUR, payer=Payer.MERIT),
        LegAgain(leg=LegKind.RESIDENCE_REMOVAL, agency=Agency.RESIDENCE),
        LegAgain(leg=LegKind.HEALTH_CARD_LOCK, agency=Agency.SOCIAL_INSURANCE),
    )
    await reopen(death, *wanted)
    state = await death.end()
    assert {each.kind: each.state for each in state.legs} == {
        LegKind.FUNERAL: LegState.GRANTED,
        LegKind.RESIDENCE_REMOVAL: LegState.GRANTED,
        LegKind.HEALTH_CARD_LOCK: LegState.REFUSED,
    }
    [asked] = death.town.party(Step.DECIDE_FUNERAL).asked
    assert (asked.claim.dossier, asked.claim.payer, asked.certificate_of) == (death.code, Payer.MERIT, FIRST)
    assert asked.amount == leg(state, LegKind.FUNERAL).amount
    assert ClaimState.PAID in [outcome.state for outcome in death.town.outcomes]
    assert state.stage is Stage.RETURNED


async def test_what_the_office_decided_in_the_first_dossier_is_not_asked_again(death: Death) -> None:
    death.filing = open_to_readings(death)
    await reopen(death, LegAgain(leg=LegKind.FUNERAL, agency=Agency.LABOUR, payer=Payer.EMERGENCY))
    state = await death.until(lambda state: state.stage.closed or state.tasks)
    assert (state.stage, leg(state, LegKind.FUNERAL).payer) == (Stage.RETURNED, Payer.EMERGENCY)


async def test_what_nobody_decided_then_is_asked_now(death: Death) -> None:
    death.filing = open_to_readings(death)
    await reopen(death, LegAgain(leg=LegKind.FUNERAL, agency=Agency.LABOUR))
    task = await death.decision(LegKind.FUNERAL)
    await death.choose(LegKind.FUNERAL, task.readings[0].choice)
    assert (await death.end()).stage is Stage.RETURNED


CARD = LegAgain(leg=LegKind.HEALTH_CARD, agency=Agency.SOCIAL_INSURANCE)


async def reopen(dossier: Filed, *legs: LegAgain, **more: Any) -> None:
    opening = ReopeningOpening(
        code=dossier.code,
        group=dossier.GROUP,
        client="portal",
        channel=Channel.OFFICE,
        office=OFFICE,
        province="01",
        filed_at=datetime.now(UTC),
        pace=PATIENT,
        filing=dossier.filing,
        follows=FIRST,
        reopening=GROUNDS,
        legs=legs,
        certificate=CERTIFICATE,
        registered=RegisterLine(register_number="12/2024", book="01-2024", page=7, registered_on=DAY),
        **more,
    )
    await dossier.door.open(opening, request())
