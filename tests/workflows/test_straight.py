"""A birth that meets no trouble: every leg granted, every key once, results in everybody's hands."""

import pytest

from contracts.agencies import Agency, LegResult
from contracts.birth_steps import BirthNoticeFound
from contracts.dossier import Finding, Group, LegKind, LegState, Stage, TaskKind, TaskState
from contracts.journal import EventKind
from orchestrator import DossierClosed, DossierUnknown, Reference, Refusal
from tests.workflows.birth import Birth, leg, request
from tests.workflows.town import number_for


async def test_a_birth_is_registered_numbered_signed_and_returned(returned: Birth) -> None:
    state = returned.state
    assert state.stage is Stage.RETURNED
    assert [each.state for each in state.legs] == [LegState.GRANTED] * 4
    assert [task.state for task in state.tasks] == [TaskState.DONE] * 2
    assert not state.incidents


async def test_each_effect_is_asked_for_once_under_its_own_key(returned: Birth) -> None:
    town = returned.town
    assert town.civil_status.keys == ["register:1"]
    assert town.population.keys == ["issue_id:1"]
    assert town.residence.keys == ["register_residence:1"]
    assert town.insurance.keys == ["issue_card:1"]
    assert town.wallet.keys == ["hand_over:birth_certificate-1-vneid:1", "hand_over:results-vneid:1"]
    assert town.receivers[Agency.ONE_STOP].keys == ["hand_over:birth_certificate-1-one-stop:1"]


async def test_the_certificate_shows_the_number_and_later_legs_stand_on_the_signed_one(returned: Birth) -> None:
    state = returned.state
    [draft] = returned.town.room.asked
    [document] = state.documents
    assert draft.personal_id == number_for(returned.town.population.asked[0])
    [moved], [insured] = returned.town.residence.asked, returned.town.insurance.asked
    assert moved.certificate == insured.certificate
    assert moved.certificate.sha256 == document.sha256
    assert moved.personal_id == insured.personal_id == draft.personal_id


async def test_the_wallet_gets_the_closing_list_of_what_every_leg_ended_with(returned: Birth) -> None:
    closing = returned.town.wallet.asked[-1]
    number = number_for(returned.town.population.asked[0])
    assert closing.results == (
        LegResult(leg=LegKind.CIVIL_STATUS, outcome="granted", number="12/2026"),
        LegResult(leg=LegKind.PERSONAL_ID, outcome="granted", number=number),
        LegResult(leg=LegKind.RESIDENCE, outcome="granted", number="3/2026/TB-CAX-00070"),
        LegResult(leg=LegKind.HEALTH_CARD, outcome="granted", number="0123456789"),
    )


async def test_the_answer_to_a_filing_carries_the_law_and_the_promised_date(birth: Birth) -> None:
    view = await birth.file()
    assert view is not None
    assert birth.state.law == view.law
    assert birth.state.promised_at == view.promised_at
    assert view.law.regime == "R63"
    assert all(each.due_at and each.due_at <= view.promised_at for each in birth.state.legs)


async def test_filing_again_finds_the_same_dossier_and_a_closed_one_stays_closed(birth: Birth, returned: Birth) -> None:
    assert await birth.file() == await birth.file()
    await birth.task(TaskKind.REVIEW)
    assert len(birth.town.facility.asked) == 1
    assert await returned.file() is None
    with pytest.raises(DossierClosed):
        await returned.withdraw()


async def test_who_decides_on_a_dossier_that_never_was_is_told_so(birth: Birth) -> None:
    birth.name = Reference(Group.BIRTH, "none")
    with pytest.raises(DossierUnknown):
        await birth.withdraw()


async def test_the_reviewing_clerk_sees_what_the_checks_found_and_what_may_be_chosen(birth: Birth) -> None:
    birth.town.facility.will(BirthNoticeFound(notice=None))
    await birth.file()
    task = await birth.task(TaskKind.REVIEW)
    assert task.findings == (Finding.NOTICE_MISSING,)
    assert task.choices["papers"]
    assert task.choices["reasons"]
    assert task.due_at == leg(birth.state, LegKind.CIVIL_STATUS).due_at


async def test_a_task_can_be_decided_once_and_a_task_that_never_was_not_at_all(birth: Birth) -> None:
    await birth.file()
    done = await birth.task(TaskKind.REVIEW)
    await birth.accept()
    for task, kind in ((done.id, "TaskClosed"), ("no such", "TaskUnknown")):
        with pytest.raises(Refusal) as told:
            await birth.decide(task)
        assert told.value.kind == kind


async def test_what_happened_is_told_in_order(returned: Birth) -> None:
    kinds = returned.town.journal.kinds()
    milestones = [
        EventKind.FILED,
        EventKind.LAW_READ,
        EventKind.CHECKED,
        EventKind.ACCEPTED,
        EventKind.DOCUMENT_DRAFTED,
        EventKind.DOCUMENT_SIGNED,
        EventKind.DOCUMENT_PUBLISHED,
        EventKind.DONE,
        EventKind.RETURNED,
    ]
    assert [kind for kind in kinds if kind in milestones] == milestones
    assert kinds.count(EventKind.HANDED_OVER) == 3


async def test_the_same_request_twice_takes_effect_once(birth: Birth) -> None:
    await birth.file()
    task, key = await birth.task(TaskKind.REVIEW), request()
    receipts = [await birth.decide(task.id, key), await birth.decide(task.id, key)]
    assert receipts[0] is receipts[1]
    await birth.task(TaskKind.SIGNATURE)
    assert birth.town.journal.kinds().count(EventKind.ACCEPTED) == 1
