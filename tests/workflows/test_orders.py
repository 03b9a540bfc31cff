"""What support orders of a dossier under way, and what it changes at the agencies."""

import asyncio

import pytest

from contracts.agencies import Granted, Pending, Refused, Step
from contracts.birth_steps import PersonalIdIssued
from contracts.dossier import LegKind, LegState, Stage, TaskKind
from contracts.failures import AgencyUnavailable
from contracts.incidents import IncidentCode, Remedy
from contracts.journal import EventKind
from contracts.orders import StepAct
from orchestrator import Refusal
from tests.workflows.birth import PATIENT, Birth, leg
from tests.workflows.town import CARD, MOVED, number_for

SELDOM = PATIENT.model_copy(update={"retry_cap": 600})
"""Whoever waits for the next attempt waits for minutes."""
LATER = Pending(reference="dc-1")
NO = Refused(reason="data_mismatch", text="Thông tin chưa thống nhất")


async def asked(birth: Birth, step: Step, times: int) -> None:
    async with asyncio.timeout(10):
        while len(birth.town.party(step).asked) < times:  # no turn of the dossier tells of it
            await asyncio.sleep(0.02)


async def signed(birth: Birth, **filed: object) -> None:
    await birth.file(**filed)
    await birth.accept()
    await birth.sign()


@pytest.mark.history("asked-again")
async def test_what_waits_for_its_next_attempt_is_asked_again_at_once_under_the_same_key(birth: Birth) -> None:
    birth.town.party(Step.REGISTER_RESIDENCE).will(*[AgencyUnavailable("away")] * 4)
    await signed(birth, pace=SELDOM)
    await asked(birth, Step.REGISTER_RESIDENCE, 3)  # the fourth would come four seconds later, the fifth after eight
    for number in (4, 5):
        await birth.order(StepAct.AGAIN, LegKind.RESIDENCE)
        await asked(birth, Step.REGISTER_RESIDENCE, number)
    assert (await birth.end()).stage is Stage.RETURNED
    assert set(birth.town.party(Step.REGISTER_RESIDENCE).keys) == {"register_residence:1"}
    assert birth.town.journal.kinds().count(EventKind.STEP_ORDERED) == 2


@pytest.mark.history("enquired-now")
async def test_what_an_agency_has_in_hand_is_enquired_at_once(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await birth.until(lambda state: leg(state, LegKind.PERSONAL_ID).state is LegState.PENDING)
    number = number_for(birth.town.population.asked[0])
    birth.town.population.will_tell(Granted(result=PersonalIdIssued(personal_id=number)))
    await birth.order(StepAct.AGAIN, LegKind.PERSONAL_ID)
    await birth.sign()
    assert (await birth.end()).stage is Stage.RETURNED
    assert (len(birth.town.population.asked), len(birth.town.population.enquiries)) == (1, 1)
    assert birth.town.room.asked[0].personal_id == number


@pytest.mark.history("stopped-steps")
async def test_a_step_can_be_stopped_and_decided_on_whether_it_is_repeated_or_pending(birth: Birth) -> None:
    residence, insurance = birth.town.party(Step.REGISTER_RESIDENCE), birth.town.party(Step.ISSUE_CARD)
    residence.will(*[AgencyUnavailable("away")] * 9)  # away for as long as this may take
    insurance.will(LATER)
    await signed(birth, pace=SELDOM)
    await asked(birth, Step.REGISTER_RESIDENCE, 2)
    await birth.until(lambda state: leg(state, LegKind.HEALTH_CARD).state is LegState.PENDING)
    for kind in (LegKind.RESIDENCE, LegKind.HEALTH_CARD):
        await birth.order(StepAct.STOP, kind)
    state = await birth.until(lambda state: len(state.incidents) == 2)
    assert {(each.code, each.leg) for each in state.incidents} == {
        (IncidentCode.STOPPED, LegKind.RESIDENCE),
        (IncidentCode.STOPPED, LegKind.HEALTH_CARD),
    }
    incidents = {each.leg: each.id for each in state.incidents}
    await birth.resolve(Remedy.RECORD_RESULT, incidents[LegKind.RESIDENCE], result=MOVED.model_dump(mode="json"))
    await birth.resolve(Remedy.GIVE_UP, incidents[LegKind.HEALTH_CARD])
    state = await birth.end()
    assert leg(state, LegKind.RESIDENCE).state is LegState.GRANTED
    assert (leg(state, LegKind.HEALTH_CARD).state, leg(state, LegKind.HEALTH_CARD).reason) == (
        LegState.REFUSED,
        "given-up",
    )


@pytest.mark.history("stopped-and-retried")
async def test_a_pending_case_that_was_stopped_goes_on_under_its_key(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await birth.until(lambda state: leg(state, LegKind.PERSONAL_ID).state is LegState.PENDING)
    await birth.order(StepAct.STOP, LegKind.PERSONAL_ID)
    number = number_for(birth.town.population.asked[0])
    birth.town.population.will(Granted(result=PersonalIdIssued(personal_id=number)))
    await birth.resolve(Remedy.RETRY)
    await birth.sign()
    assert (await birth.end()).stage is Stage.RETURNED
    assert birth.town.population.keys == ["issue_id:1", "issue_id:1"]


@pytest.mark.history("held")
async def test_nothing_goes_out_while_a_dossier_is_held_and_everything_once_it_is_released(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.task(TaskKind.REVIEW)
    await birth.hold()
    await birth.accept()
    await birth.until(lambda state: leg(state, LegKind.CIVIL_STATUS).state is LegState.SENT)
    assert birth.state.held
    with pytest.raises(Refusal, match="held"):
        await birth.hold()
    assert not birth.town.civil_status.asked
    await birth.release()
    await birth.until(lambda state: leg(state, LegKind.PERSONAL_ID).state is LegState.PENDING)
    await birth.hold()
    number = number_for(birth.town.population.asked[0])
    await birth.call_back(Step.ISSUE_ID, "dc-1", Granted(result=PersonalIdIssued(personal_id=number)))
    await birth.release()
    await birth.sign()
    state = await birth.end()
    assert (state.stage, state.held) == (Stage.RETURNED, False)
    assert [len(birth.town.civil_status.asked), len(birth.town.population.asked)] == [1, 1]
    assert birth.town.journal.kinds().count(EventKind.HELD) == 2


@pytest.mark.history("repeated-held")
async def test_what_is_being_repeated_is_called_back_when_the_dossier_is_held(birth: Birth) -> None:
    residence = birth.town.party(Step.REGISTER_RESIDENCE)
    residence.will(*[AgencyUnavailable("away")] * 9)  # away until the dossier is held, however long that takes
    birth.town.party(Step.ISSUE_CARD).will(LATER)
    await signed(birth, pace=SELDOM)
    await asked(birth, Step.REGISTER_RESIDENCE, 1)
    await birth.hold()
    residence.script.clear()
    asked_before = len(residence.asked)
    await birth.release()
    await birth.until(lambda state: leg(state, LegKind.RESIDENCE).state is LegState.GRANTED)
    assert len(residence.asked) == asked_before + 1
    await birth.until(lambda state: leg(state, LegKind.HEALTH_CARD).state is LegState.PENDING)


@pytest.mark.history("leg-replayed")
async def test_a_leg_that_was_refused_is_done_once_more_under_new_keys_and_the_results_wait_for_it(
    birth: Birth,
) -> None:
    residence, insurance = birth.town.party(Step.REGISTER_RESIDENCE), birth.town.party(Step.ISSUE_CARD)
    residence.will(NO, Pending(reference="r-2"), NO)
    insurance.will(Pending(reference="i-1"))
    await signed(birth)
    await birth.until(lambda state: leg(state, LegKind.RESIDENCE).state is LegState.REFUSED)
    await birth.replay(LegKind.RESIDENCE)
    await birth.until(lambda state: leg(state, LegKind.RESIDENCE).state is LegState.PENDING)
    with pytest.raises(Refusal, match="has ended"):
        await birth.replay(LegKind.RESIDENCE)
    await birth.call_back(Step.REGISTER_RESIDENCE, "r-2", NO)
    await birth.until(lambda state: leg(state, LegKind.RESIDENCE).state is LegState.REFUSED)
    await birth.replay(LegKind.RESIDENCE)
    await birth.until(lambda _: len(residence.asked) == 3)
    await birth.until(lambda state: leg(state, LegKind.RESIDENCE).state is LegState.REFUSED)
    await birth.replay(LegKind.RESIDENCE)
    await birth.call_back(Step.ISSUE_CARD, "i-1", Granted(result=CARD))
    state = await birth.end()
    assert leg(state, LegKind.RESIDENCE).state is LegState.GRANTED
    assert residence.keys == [f"register_residence:{group}" for group in (1, 2, 3, 4)]
    assert leg(state, LegKind.RESIDENCE).keys == tuple(f"{birth.code}:{key}" for key in residence.keys)


async def test_orders_that_reach_nothing_are_refused(birth: Birth) -> None:
    await birth.file()
    await birth.task(TaskKind.REVIEW)
    with pytest.raises(Refusal, match="under way"):
        await birth.order(StepAct.AGAIN, LegKind.RESIDENCE)
    with pytest.raises(Refusal, match="under way"):
        await birth.order(StepAct.STOP, step=Step.HAND_OVER)
    with pytest.raises(Refusal, match="not held"):
        await birth.release()
    with pytest.raises(Refusal, match="registered"):
        await birth.replay(LegKind.RESIDENCE)
    await birth.withdraw()
    assert (await birth.end()).stage is Stage.WITHDRAWN
