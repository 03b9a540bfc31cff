"""The child's number: at once, later by callback or enquiry, after the certificate, refused, or somebody else's."""

import asyncio

import pytest

from contracts.agencies import Agency, Granted, Pending, Refused, Step
from contracts.birth_steps import PersonalIdIssued
from contracts.dossier import DocumentState, LegKind, LegState, Stage, TaskKind
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected
from contracts.incidents import IncidentCode, Remedy
from contracts.journal import EventKind
from orchestrator import Landing
from tests.workflows.birth import IMPATIENT_FOR_ANSWERS, IMPATIENT_FOR_THE_NUMBER, Birth, leg
from tests.workflows.town import Said, number_for

LATER = Pending(reference="dc-1")
NO = Refused(reason="data_mismatch", text="Thông tin chưa thống nhất", legal_basis="Luật Căn cước, Điều 12")


CERTIFICATE = "birth_certificate"
GOT = {
    Agency.VNEID: [(CERTIFICATE, 1), (CERTIFICATE, 2), ("results", 1)],
    Agency.ONE_STOP: [(CERTIFICATE, 1), (CERTIFICATE, 2)],
    Agency.RESIDENCE: [(CERTIFICATE, 2)],
    Agency.SOCIAL_INSURANCE: [(CERTIFICATE, 2)],
}
"""Residence and social insurance got the first version with what they were asked for."""


def issued(birth: Birth) -> Granted[PersonalIdIssued]:
    return Granted(result=PersonalIdIssued(personal_id=number_for(birth.town.population.asked[0])))


async def pending(birth: Birth) -> None:
    await birth.until(lambda state: leg(state, LegKind.PERSONAL_ID).state is LegState.PENDING)


async def enquired(birth: Birth, times: int) -> None:
    async with asyncio.timeout(10):
        while len(birth.town.population.enquiries) < times:  # no turn of the dossier tells of it
            await asyncio.sleep(0.02)


@pytest.mark.history("callback")
async def test_a_late_number_comes_by_callback_without_one_enquiry_and_a_repeat_at_any_time_is_a_duplicate(
    birth: Birth,
) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await pending(birth)
    landings = [await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth)) for _ in range(2)]
    await birth.sign()
    state = await birth.end()
    landings.append(await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth)))
    assert landings == [Landing.DELIVERED, Landing.DUPLICATE, Landing.DUPLICATE]
    assert state.stage is Stage.RETURNED
    assert birth.town.room.asked[0].personal_id == issued(birth).result.personal_id
    assert not birth.town.population.enquiries


async def test_a_callback_that_comes_before_anybody_waits_for_it_counts(birth: Birth) -> None:
    birth.town.population.will(AgencyUnavailable("down"), LATER)
    await birth.file()
    await birth.accept()
    await birth.until(lambda state: leg(state, LegKind.PERSONAL_ID).state is LegState.SENT)
    number = PersonalIdIssued(personal_id=birth.own_number())
    assert await birth.call_back(Step.ISSUE_ID, "dc-1", Granted(result=number)) is Landing.DELIVERED
    await birth.task(TaskKind.SIGNATURE)
    assert leg(birth.state, LegKind.PERSONAL_ID).result == {"personal_id": number.personal_id}


async def test_the_same_message_again_is_answered_as_the_first_time(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await pending(birth)
    told = [await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth), message="msg-1") for _ in range(2)]
    assert told == [Landing.DELIVERED, Landing.DELIVERED]


async def test_a_callback_that_does_not_fit_its_step_is_refused_and_changes_nothing(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await pending(birth)
    blank = PersonalIdIssued.model_construct(personal_id="")
    assert await birth.call_back(Step.ISSUE_ID, "dc-1", Granted(result=blank)) is Landing.REFUSED
    wrong_step = issued(birth)
    assert await birth.call_back(Step.CERTIFICATE, "dc-1", wrong_step) is Landing.REFUSED
    assert leg(birth.state, LegKind.PERSONAL_ID).state is LegState.PENDING


async def test_a_callback_that_nobody_waits_for_or_of_another_agency_changes_nothing(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await pending(birth)
    assert await birth.call_back(Step.ISSUE_ID, "dc-2", issued(birth)) is Landing.DELIVERED
    other = await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth), agency=Agency.RESIDENCE)
    assert other is Landing.DELIVERED
    assert leg(birth.state, LegKind.PERSONAL_ID).state is LegState.PENDING


@pytest.mark.history("enquiry")
async def test_a_lost_callback_is_made_good_by_enquiry(birth: Birth) -> None:
    birth.town.population.will(LATER)
    birth.town.population.will_tell(LATER, Granted(result=PersonalIdIssued(personal_id=birth.own_number())))
    await birth.file(IMPATIENT_FOR_ANSWERS)
    await birth.accept()
    await birth.sign()
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    assert [each.reference for each in birth.town.population.enquiries] == ["dc-1", "dc-1"]
    assert birth.town.population.keys == ["issue_id:1"]


async def test_a_callback_counts_between_two_enquiries(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file(IMPATIENT_FOR_ANSWERS.model_copy(update={"enquiry_cap": 600, "first_enquiry": 0.5}))
    await birth.accept()
    await pending(birth)
    await enquired(birth, 1)
    await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth))
    await birth.task(TaskKind.SIGNATURE)
    assert len(birth.town.population.enquiries) == 1


SPOILT = [
    AgencyProtocolError("unreadable"),
    RequestRejected("unknown reference"),
    Granted(result=PersonalIdIssued(personal_id="001226013296")),
]


@pytest.mark.parametrize("said", SPOILT, ids=["unreadable", "rejected", "another number"])
async def test_what_the_enquiry_still_hears_after_the_callback_changes_nothing(birth: Birth, said: Said) -> None:
    birth.town.population.will(LATER)
    birth.town.population.will_tell(LATER, said)
    async with birth.town.population.thinks:
        await birth.file(IMPATIENT_FOR_ANSWERS)
        await birth.accept()
        await enquired(birth, 1)
        await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth))
        await birth.task(TaskKind.SIGNATURE)
    await enquired(birth, 2)
    await birth.sign()
    state = await birth.end()
    assert (state.stage, state.incidents) == (Stage.RETURNED, ())
    assert leg(state, LegKind.PERSONAL_ID).result == issued(birth).result.model_dump()


@pytest.mark.history("late-number")
async def test_a_number_after_the_certificate_makes_a_second_version_for_everyone_who_got_the_first(
    birth: Birth,
) -> None:
    birth.town.population.will(LATER)
    await birth.file(IMPATIENT_FOR_THE_NUMBER)
    await birth.accept()
    await birth.sign()
    await birth.until(lambda state: leg(state, LegKind.HEALTH_CARD).state is LegState.GRANTED)
    assert birth.state.stage is Stage.IN_PROGRESS
    await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth))
    await birth.sign()
    state = await birth.end()
    assert (state.stage, EventKind.NUMBER_ABSENT in birth.town.journal.kinds()) == (Stage.RETURNED, True)
    assert [(each.version, each.state) for each in state.documents] == [
        (1, DocumentState.SUPERSEDED),
        (2, DocumentState.PUBLISHED),
    ]
    first, second = birth.town.room.asked
    assert (first.personal_id, second.personal_id) == (None, issued(birth).result.personal_id)
    assert second.replaces_issued_at == first.issued_at
    for agency, versions in GOT.items():
        got = birth.town.receivers[agency].asked
        assert [(each.kind, each.version) for each in got] == versions, agency
        assert got[-1 if agency is not Agency.VNEID else -2].sha256 == state.documents[1].sha256


async def test_no_second_version_goes_to_who_never_got_the_first(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file(IMPATIENT_FOR_THE_NUMBER)
    await birth.accept()
    await birth.withdraw_when_signing(LegKind.RESIDENCE)
    await birth.sign()
    await birth.until(lambda state: leg(state, LegKind.HEALTH_CARD).state is LegState.GRANTED)
    await birth.call_back(Step.ISSUE_ID, "dc-1", issued(birth))
    await birth.sign()
    await birth.end()
    assert not birth.town.receivers[Agency.RESIDENCE].asked
    assert len(birth.town.receivers[Agency.SOCIAL_INSURANCE].asked) == 1


@pytest.mark.history("number-refused")
async def test_a_refused_number_is_an_incident_and_is_asked_for_under_the_next_key(birth: Birth) -> None:
    birth.town.population.will(NO)
    await birth.file()
    await birth.accept()
    incident = await birth.incident()
    assert (incident.code, incident.leg, incident.agency) == (
        IncidentCode.ID_REFUSED,
        LegKind.PERSONAL_ID,
        Agency.POPULATION,
    )
    assert leg(birth.state, LegKind.PERSONAL_ID).state is LegState.PARKED
    await birth.resolve(Remedy.RETRY)
    await birth.task(TaskKind.SIGNATURE)
    assert leg(birth.state, LegKind.PERSONAL_ID).state is LegState.GRANTED
    assert birth.town.population.keys == ["issue_id:1", "issue_id:2"]


async def test_a_refusal_by_callback_is_the_same_incident_and_what_is_recorded_then_is_checked_too(
    birth: Birth,
) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await pending(birth)
    await birth.call_back(Step.ISSUE_ID, "dc-1", NO)
    assert (await birth.incident()).code == IncidentCode.ID_REFUSED
    await birth.resolve(Remedy.RECORD_RESULT, result={"personal_id": "999999999999"})
    wrong = await birth.until(lambda state: [i for i in state.incidents if i.code == IncidentCode.ID_MISMATCH])
    assert wrong.incidents[0].leg is LegKind.PERSONAL_ID


async def test_a_number_that_cannot_be_the_childs_never_passes_until_the_right_one_is_recorded(birth: Birth) -> None:
    birth.town.population.will(Granted(result=PersonalIdIssued(personal_id="999999999999")))
    await birth.file()
    await birth.accept()
    assert (await birth.incident()).code == IncidentCode.ID_MISMATCH
    await birth.resolve(Remedy.RECORD_RESULT, result={"personal_id": birth.own_number()})
    await birth.task(TaskKind.SIGNATURE)
    assert leg(birth.state, LegKind.PERSONAL_ID).result == {"personal_id": birth.own_number()}
    assert birth.town.room.asked[0].personal_id == birth.own_number()


async def test_a_wrong_number_asked_for_again_keeps_its_key_for_it_was_issued(birth: Birth) -> None:
    birth.town.population.will(Granted(result=PersonalIdIssued(personal_id="no number at all")))
    await birth.file()
    await birth.accept()
    birth.town.population.will(Granted(result=PersonalIdIssued(personal_id=birth.own_number())))
    await birth.resolve(Remedy.RETRY)
    await birth.task(TaskKind.SIGNATURE)
    assert birth.town.population.keys == ["issue_id:1", "issue_id:1"]


async def test_a_number_given_up_leaves_the_certificate_without_it_and_the_dossier_goes_on(birth: Birth) -> None:
    birth.town.population.will(NO)
    await birth.file()
    await birth.accept()
    await birth.resolve(Remedy.GIVE_UP)
    await birth.sign()
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    assert (leg(state, LegKind.PERSONAL_ID).state, leg(state, LegKind.PERSONAL_ID).reason) == (
        LegState.REFUSED,
        "given-up",
    )
    assert birth.town.room.asked[0].personal_id is None
    assert len(state.documents) == 1
