"""A step that cannot go on parks the step, never the dossier; what support decides on it, and under which key."""

from typing import Any

import pytest

from contracts.agencies import Agency, Granted, Pending, Refused, Step
from contracts.birth_steps import BirthNoticeFound, PersonalIdIssued
from contracts.documents import DocumentDrafted
from contracts.dossier import DocumentKind, Finding, IncidentView, LegKind, LegState, Stage, TaskKind
from contracts.failures import (
    AgencyProtocolError,
    AgencyUnavailable,
    DocumentNotRendered,
    RequestRejected,
    SuspectedDuplicate,
)
from contracts.incidents import IncidentCode, Remedy
from contracts.journal import EventKind
from orchestrator import Landing, Refusal
from tests.workflows.birth import ASKED_AGAIN_SOON, IMPATIENT_FOR_ANSWERS, Birth, leg
from tests.workflows.town import CARD, MOVED, REGISTERED, Party
from workflows.incidents import INCIDENT_CODES, OPEN_INCIDENTS

BEFORE_REVIEW = (Step.BIRTH_NOTICE,)
BEFORE_SIGNATURE = (Step.REGISTER, Step.ISSUE_ID, Step.CERTIFICATE)
AFTER_SIGNATURE = (Step.REGISTER_RESIDENCE, Step.ISSUE_CARD, Step.HAND_OVER)
STEPS = (*BEFORE_REVIEW, *BEFORE_SIGNATURE, *AFTER_SIGNATURE)
CORRECTIONS: dict[Step, dict[str, Any]] = {
    Step.BIRTH_NOTICE: {"mother_personal_id": None},
    Step.REGISTER: {"requester_relation": "grandparent"},
    Step.ISSUE_ID: {"mother_personal_id": "001190000001"},
    Step.CERTIFICATE: {"requester_name": "Nguyễn Thị Sửa"},
    Step.REGISTER_RESIDENCE: {"office": "00071"},
    Step.ISSUE_CARD: {"facility": "01999"},
    Step.HAND_OVER: {"owner_personal_id": "001190000001"},
}


def troubled(birth: Birth) -> dict[Step, Party]:
    """Every step is turned down once."""
    parties = {step: birth.town.party(step) for step in STEPS}
    for step, party in parties.items():
        party.will(DocumentNotRendered("no") if step is Step.CERTIFICATE else RequestRejected("no"))
    birth.town.room.will(DocumentNotRendered("no, and not on the queue either"))
    return parties


async def settle(birth: Birth, step: Step, decision: Remedy, **more: Any) -> IncidentView:
    """Decide on the step's incident as soon as it is open."""

    def found(state: Any) -> list[IncidentView]:
        return [each for each in state.incidents if each.step == step]

    incident = found(await birth.until(found))[0]
    await birth.resolve(decision, incident.id, **more)
    return incident


async def settle_all(birth: Birth, decision: Remedy, more: dict[Step, dict[str, Any]]) -> None:
    await birth.file()
    for step in BEFORE_REVIEW:
        await settle(birth, step, decision, **more.get(step, {}))
    await birth.accept()
    for step in BEFORE_SIGNATURE:
        await settle(birth, step, decision, **more.get(step, {}))
    await birth.sign()
    await birth.until(lambda state: len(state.incidents) == len(AFTER_SIGNATURE))
    for step in AFTER_SIGNATURE:
        await settle(birth, step, decision, **more.get(step, {}))


@pytest.mark.history("retry")
async def test_any_step_can_be_asked_again_and_what_was_turned_down_gets_the_next_key(birth: Birth) -> None:
    parties = troubled(birth)
    await settle_all(birth, Remedy.RETRY, {})
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    assert [each.state for each in state.legs] == [LegState.GRANTED] * 4
    groups = {step: [each.case.group for each in party.asked] for step, party in parties.items()}
    assert groups == {step: [1, 2] for step in STEPS} | {Step.CERTIFICATE: [1, 1, 1], Step.HAND_OVER: [1, 2, 1]}


@pytest.mark.history("retry-with")
async def test_any_step_can_be_asked_again_with_corrections(birth: Birth) -> None:
    parties = troubled(birth)
    await settle_all(birth, Remedy.RETRY_WITH, {step: {"input": CORRECTIONS[step]} for step in STEPS})
    assert (await birth.end()).stage is Stage.RETURNED
    for step, party in parties.items():
        again = party.asked[2 if step is Step.CERTIFICATE else 1]
        first = {**party.asked[0].model_dump(exclude={"case"}), **CORRECTIONS[step]}
        assert again.model_dump(exclude={"case"}) == first, step


@pytest.mark.history("record-result")
async def test_a_result_obtained_outside_can_be_recorded_for_any_step(birth: Birth) -> None:
    parties = troubled(birth)
    draft = DocumentDrafted(id="by-hand", kind=DocumentKind.BIRTH_CERTIFICATE, version=1, sha256="0" * 64)
    results: dict[Step, Any] = {
        Step.BIRTH_NOTICE: BirthNoticeFound(notice=None),
        Step.REGISTER: REGISTERED.model_copy(update={"register_number": "77/2026"}),
        Step.ISSUE_ID: PersonalIdIssued(personal_id=birth.own_number()),
        Step.CERTIFICATE: draft,
        Step.REGISTER_RESIDENCE: MOVED.model_copy(update={"notice_number": "by hand"}),
        Step.ISSUE_CARD: CARD.model_copy(update={"insurance_number": "9999999999"}),
    }
    told = {step: {"result": result.model_dump(mode="json")} for step, result in results.items()}
    await settle_all(birth, Remedy.RECORD_RESULT, {**told, Step.HAND_OVER: {"result": {"receipt": "by hand"}}})
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    numbers = [each.number for each in birth.town.wallet.asked[-1].results]
    assert numbers == ["77/2026", birth.own_number(), "by hand", "9999999999"]
    assert {step: len(party.asked) for step, party in parties.items()} == {
        **dict.fromkeys(STEPS, 1),
        Step.CERTIFICATE: 2,
        Step.HAND_OVER: 2,
    }


@pytest.mark.history("give-up")
async def test_steps_that_others_do_not_stand_on_can_be_given_up_and_the_dossier_is_returned(birth: Birth) -> None:
    for step in (Step.BIRTH_NOTICE, Step.ISSUE_ID, *AFTER_SIGNATURE):
        birth.town.party(step).will(RequestRejected("no"))
    await birth.file()
    await settle(birth, Step.BIRTH_NOTICE, Remedy.GIVE_UP)
    assert (await birth.task(TaskKind.REVIEW)).findings == (Finding.NOTICE_MISSING,)
    await birth.accept()
    await settle(birth, Step.ISSUE_ID, Remedy.GIVE_UP)
    await birth.sign()
    for step in AFTER_SIGNATURE:
        await settle(birth, step, Remedy.GIVE_UP)
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    assert [(each.state, each.reason) for each in state.legs] == [
        (LegState.GRANTED, None),
        *[(LegState.REFUSED, "given-up")] * 3,
    ]


@pytest.mark.parametrize(
    ("step", "states", "released"),
    [
        (Step.REGISTER, [LegState.REFUSED, *[LegState.NOT_APPLICABLE] * 3], True),
        (Step.CERTIFICATE, [LegState.GRANTED, LegState.GRANTED, *[LegState.NOT_APPLICABLE] * 2], False),
    ],
)
async def test_what_everything_stands_on_given_up_stops_the_dossier_and_a_child_not_registered_may_be_filed_again(
    birth: Birth, step: Step, states: list[LegState], released: bool
) -> None:
    birth.town.party(step).will(DocumentNotRendered("no"), DocumentNotRendered("no"))
    await birth.file()
    await birth.accept()
    await settle(birth, step, Remedy.GIVE_UP)
    state = await birth.end()
    assert (state.stage, state.reason) == (Stage.STOPPED, "given-up")
    assert [each.state for each in state.legs] == states
    assert birth.town.released is released


@pytest.mark.history("unreadable")
async def test_an_unreadable_answer_is_asked_for_twice_more_then_parks_all_under_one_key(birth: Birth) -> None:
    birth.town.civil_status.will(*[AgencyProtocolError("unreadable")] * 3)
    await birth.file(ASKED_AGAIN_SOON)
    await birth.accept()
    incident = await settle(birth, Step.REGISTER, Remedy.RETRY)
    assert (incident.code, incident.attempts) == (IncidentCode.ANSWER_UNREADABLE, 3)
    await birth.task(TaskKind.SIGNATURE)
    assert birth.town.civil_status.keys == ["register:1"] * 4


async def test_an_agency_that_is_down_is_no_incident_and_is_asked_again_under_the_same_key(birth: Birth) -> None:
    birth.town.civil_status.will(AgencyUnavailable("down"))
    await birth.file(ASKED_AGAIN_SOON)
    await birth.accept()
    await birth.task(TaskKind.SIGNATURE)
    assert birth.town.civil_status.keys == ["register:1"] * 2
    assert EventKind.INCIDENT_OPENED not in birth.town.journal.kinds()


async def test_a_parked_residence_holds_neither_health_card_nor_hand_over(birth: Birth) -> None:
    birth.town.residence.will(SuspectedDuplicate("known"))
    await birth.file()
    await birth.accept()
    await birth.sign()
    assert (await birth.incident()).code == IncidentCode.SUSPECTED_DUPLICATE
    state = await birth.until(lambda state: leg(state, LegKind.HEALTH_CARD).state is LegState.GRANTED)
    assert leg(state, LegKind.RESIDENCE).state is LegState.PARKED
    assert state.stage is Stage.IN_PROGRESS
    await birth.resolve(Remedy.RETRY)
    assert (await birth.end()).stage is Stage.RETURNED
    assert birth.town.residence.keys == ["register_residence:1", "register_residence:2"]


async def test_open_incidents_can_be_searched_for_by_number_and_code_until_they_are_decided(birth: Birth) -> None:
    birth.town.civil_status.will(SuspectedDuplicate("known"), RequestRejected("no"))
    await birth.file()
    await birth.accept()
    first = await settle(birth, Step.REGISTER, Remedy.RETRY)
    await birth.until(lambda state: [each for each in state.incidents if each.id != first.id])
    with pytest.raises(Refusal):  # a refused update comes after the turn that opened the incident
        await birth.resolve(Remedy.RETRY, first.id)
    indexed = (await birth.handle.describe()).typed_search_attributes
    assert (indexed[OPEN_INCIDENTS], indexed[INCIDENT_CODES]) == (1, [IncidentCode.REQUEST_REJECTED])
    await birth.resolve(Remedy.GIVE_UP)
    await birth.end()
    indexed = (await birth.handle.describe()).typed_search_attributes
    assert (indexed[OPEN_INCIDENTS], indexed.get(INCIDENT_CODES)) == (0, None)


async def test_corrections_and_used_keys_stay_with_a_step_that_parks_in_two_ways(birth: Birth) -> None:
    birth.town.population.will(RequestRejected("no"), Refused(reason="data_mismatch"))
    await birth.file()
    await birth.accept()
    await settle(birth, Step.ISSUE_ID, Remedy.RETRY_WITH, input={"mother_personal_id": "001190000001"})
    second = (await birth.until(lambda s: [i for i in s.incidents if i.code == IncidentCode.ID_REFUSED])).incidents[0]
    await birth.resolve(Remedy.RETRY, second.id)
    await birth.task(TaskKind.SIGNATURE)
    asked = birth.town.population.asked
    assert birth.town.population.keys == ["issue_id:1", "issue_id:2", "issue_id:3"]
    assert [each.mother_personal_id for each in asked[1:]] == ["001190000001"] * 2


async def test_an_enquiry_that_parks_is_settled_by_the_callback(birth: Birth) -> None:
    birth.town.residence.will(Pending(reference="ct-1"))
    birth.town.residence.will_tell(RequestRejected("unknown reference"))
    await birth.file(IMPATIENT_FOR_ANSWERS)
    await birth.accept()
    await birth.sign()
    assert (await birth.incident()).code == IncidentCode.REQUEST_REJECTED
    assert await birth.call_back(Step.REGISTER_RESIDENCE, "ct-1", Granted(result=MOVED)) is Landing.DELIVERED
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    assert not state.incidents


async def test_a_hand_over_that_is_refused_parks_and_names_its_receiver_by_its_key(birth: Birth) -> None:
    one_stop = birth.town.receivers[Agency.ONE_STOP]
    one_stop.will(Refused(reason="not_our_dossier"))
    await birth.file()
    await birth.accept()
    await birth.sign()
    incident = await settle(birth, Step.HAND_OVER, Remedy.RETRY)
    assert (incident.code, incident.leg) == (IncidentCode.HAND_OVER_REFUSED, None)
    await birth.end()
    assert [key[-1] for key in one_stop.keys] == ["1", "2"]


WRONG: list[tuple[Remedy, dict[str, Any], list[tuple[str, ...]]]] = [
    (Remedy.RETRY_WITH, {}, [("input",)]),
    (Remedy.RETRY_WITH, {"input": {"case": {"group": 9}}}, [("input", "case")]),
    (Remedy.RETRY_WITH, {"input": {"office": "00071", "receiver": "vneid"}}, [("input", "receiver")]),
    (Remedy.RETRY_WITH, {"input": {"office": "x", "child": {}}}, [("input", "office"), ("input", "child", "surname")]),
    (Remedy.RETRY_WITH, {"input": {"colour": "red"}}, [("input", "colour")]),
    (Remedy.RECORD_RESULT, {}, [("result",)]),
    (Remedy.RECORD_RESULT, {"result": {"page": "first"}}, [("result", "page"), ("result", "register_number")]),
    (
        Remedy.RECORD_RESULT,
        {"result": REGISTERED.model_dump(mode="json") | {"registered_on": 5}},
        [("result", "registered_on")],
    ),
]


async def test_a_correction_that_does_not_fit_is_refused_field_by_field_and_leaves_no_trace(birth: Birth) -> None:
    birth.town.civil_status.will(RequestRejected("no"))
    await birth.file()
    await birth.accept()
    incident = await birth.incident()
    with pytest.raises(Refusal):
        await birth.resolve(Remedy.RETRY, "no such")
    events = (await birth.handle.describe()).history_length
    for decision, more, places in WRONG:
        with pytest.raises(Refusal) as told:
            await birth.resolve(decision, incident.id, **more)
        assert told.value.kind == "ResolutionInvalid"
        [errors] = told.value.details
        assert set(places) <= {tuple(each["loc"]) for each in errors}, more
        assert all(each.keys() == {"loc", "type", "msg"} for each in errors), "what was typed is not repeated"
    assert (await birth.handle.describe()).history_length == events


async def test_an_incident_is_decided_once(birth: Birth) -> None:
    birth.town.civil_status.will(RequestRejected("no"))
    await birth.file()
    await birth.accept()
    incident = await settle(birth, Step.REGISTER, Remedy.RETRY)
    for name in (incident.id, "no such"):
        with pytest.raises(Refusal) as told:
            await birth.resolve(Remedy.RETRY, name)
        assert told.value.kind == "IncidentNotOpen"
