"""The family withdraws: all of it before the registration, afterwards what has not been sent."""

import asyncio

import pytest
from temporalio.client import Client

from contracts.dossier import DossierState, LegKind, LegState, Stage, TaskKind, TaskState
from contracts.failures import AgencyUnavailable, RequestRejected
from contracts.tasks import Decision
from orchestrator import Refusal
from tests.workflows.birth import Birth, leg
from tests.workflows.town import House


@pytest.mark.history("withdrawn")
async def test_a_filing_withdrawn_under_review_ends_and_lets_the_child_go(birth: Birth) -> None:
    await birth.file()
    await birth.task(TaskKind.REVIEW)
    await birth.withdraw()
    state = await birth.end()
    assert (state.stage, state.reason) == (Stage.WITHDRAWN, "citizen-withdrawal")
    assert [each.state for each in state.legs] == [LegState.WITHDRAWN] * 4
    assert [task.state for task in state.tasks] == [TaskState.CANCELLED]
    assert birth.town.released
    assert not birth.town.civil_status.asked


async def test_a_filing_can_be_withdrawn_while_the_family_is_asked_for_more(birth: Birth) -> None:
    await birth.file()
    paper = (await birth.task(TaskKind.REVIEW)).choices["papers"][0]
    await birth.review(Decision.SUPPLEMENT, documents=(paper,))
    await birth.withdraw()
    state = await birth.end()
    assert state.stage is Stage.WITHDRAWN
    assert state.supplement is None


@pytest.mark.parametrize("trouble", [AgencyUnavailable("down"), RequestRejected("no")])
async def test_a_filing_can_be_withdrawn_while_the_facility_does_not_answer(birth: Birth, trouble: Exception) -> None:
    birth.town.facility.will(*[trouble] * 5)
    await birth.file()
    if isinstance(trouble, RequestRejected):
        await birth.incident()
    await birth.withdraw()
    state = await birth.end()
    assert state.stage is Stage.WITHDRAWN
    assert not state.incidents


async def test_a_filing_can_be_withdrawn_at_every_moment_of_its_checks(engine: Client, house: House) -> None:
    async def withdrawn(birth: Birth, after_s: float) -> DossierState:
        await birth.file()
        await asyncio.sleep(after_s)
        await birth.withdraw_for_sure()
        return await birth.end()

    births = [Birth(engine, house.towns) for _ in range(16)]
    ends = await asyncio.gather(*(withdrawn(birth, n * 0.01) for n, birth in enumerate(births)))
    assert {state.stage for state in ends} == {Stage.WITHDRAWN}
    assert all(birth.town.released for birth in births)


async def test_before_the_registration_no_single_leg_can_be_withdrawn(birth: Birth) -> None:
    await birth.file()
    with pytest.raises(Refusal) as told:
        await birth.withdraw(LegKind.RESIDENCE)
    assert told.value.kind == "LegsNotYet"


@pytest.mark.history("leg-withdrawn")
async def test_after_the_registration_a_leg_that_was_not_sent_can_be_withdrawn_and_what_was_sent_cannot(
    birth: Birth,
) -> None:
    await birth.file()
    await birth.accept()
    await birth.task(TaskKind.SIGNATURE)
    with pytest.raises(Refusal) as told:
        await birth.withdraw(LegKind.RESIDENCE, LegKind.CIVIL_STATUS)
    assert (told.value.kind, told.value.details) == ("Irreversible", ({"loc": ["legs", 1]},))
    await birth.withdraw(LegKind.RESIDENCE)
    await birth.sign()
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    assert leg(state, LegKind.RESIDENCE).state is LegState.WITHDRAWN
    assert leg(state, LegKind.HEALTH_CARD).state is LegState.GRANTED
    assert not birth.town.residence.asked


async def test_with_every_leg_sent_nothing_can_be_withdrawn_any_more(birth: Birth) -> None:
    birth.town.residence.will(RequestRejected("no"))
    await birth.file()
    await birth.accept()
    await birth.sign()
    await birth.incident()
    with pytest.raises(Refusal) as told:
        await birth.withdraw()
    assert told.value.kind == "Irreversible"
