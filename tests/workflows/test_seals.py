"""The office's seal follows the signature: nothing waits for it at the desk, nothing goes out without it."""

import pytest

from contracts.dossier import DocumentState, LegKind, LegState, Stage, TaskState
from contracts.failures import AgencyProtocolError, AgencyUnavailable, SealRefused
from contracts.incidents import IncidentCode, Remedy
from contracts.journal import EventKind
from contracts.tasks import Receipt
from orchestrator import Refusal
from tests.workflows.birth import ASKED_AGAIN_SOON, Birth, leg
from tests.workflows.death import Death

MILESTONES = (EventKind.DOCUMENT_SIGNED, EventKind.DOCUMENT_SEALED, EventKind.DOCUMENT_PUBLISHED)


async def signed(birth: Birth) -> None:
    await birth.file(pace=ASKED_AGAIN_SOON)
    await birth.accept()
    assert await birth.sign() is Receipt.TAKEN


@pytest.mark.history("sealed")
async def test_a_signed_document_is_sealed_then_published_and_what_was_signed_stays_named(birth: Birth) -> None:
    state = await birth.walk()
    [document], [seal] = state.documents, birth.town.seals
    assert document.state is DocumentState.PUBLISHED
    assert document.under_seal is not None
    assert document.under_seal.id == f"{document.id}.signed" == seal.signed.id
    assert document.under_seal.sha256 == seal.signed.sha256 != document.sha256
    assert document.signed_by == "chair-1"
    kinds = birth.town.journal.kinds()
    assert tuple(kind for kind in kinds if kind in MILESTONES) == MILESTONES


@pytest.mark.history("death-sealed")
async def test_a_death_extract_is_sealed_before_anybody_gets_it(death: Death) -> None:
    state = await death.walk()
    [document] = state.documents
    assert (document.state, len(death.town.seals)) == (DocumentState.PUBLISHED, 1)
    handed = [each for receiver in death.town.receivers.values() for each in receiver.asked if each.document]
    assert {each.document for each in handed} == {document.id}


@pytest.mark.history("seal-late")
async def test_an_office_without_a_seal_holds_the_document_up_and_nothing_is_lost(birth: Birth) -> None:
    birth.town.press += [AgencyUnavailable("down"), SealRefused("the office has no seal")]
    await signed(birth)
    incident = await birth.incident()
    assert (incident.code, incident.decisions) == (IncidentCode.SEAL_REFUSED, (Remedy.RETRY, Remedy.GIVE_UP))
    [document] = birth.state.documents
    assert (document.state, document.signed, document.id[-7:]) == (DocumentState.SIGNED, True, ".signed")
    assert all(task.state is TaskState.DONE for task in birth.state.tasks)
    held_up = leg(birth.state, LegKind.RESIDENCE)
    assert held_up.state is LegState.WAITING
    assert held_up.expected_by is not None, "past it the leg is overdue"
    assert not birth.town.residence.asked
    assert not birth.town.wallet.asked
    await birth.resolve(Remedy.RETRY)
    state = await birth.end()
    assert (state.stage, state.documents[0].state) == (Stage.RETURNED, DocumentState.PUBLISHED)
    assert len(birth.town.seals) == 3
    assert {request.case.key for request in birth.town.seals} == {birth.town.seals[0].case.key}


async def test_a_seal_that_the_service_garbled_three_times_is_no_seal(birth: Birth) -> None:
    birth.town.press += [AgencyProtocolError("unreadable")] * 3
    await signed(birth)
    assert (await birth.incident()).code == IncidentCode.ANSWER_UNREADABLE
    await birth.resolve(Remedy.RETRY)
    assert (await birth.end()).stage is Stage.RETURNED


@pytest.mark.parametrize(
    ("decision", "more"),
    [
        (Remedy.RETRY_WITH, {"input": {"office": "00008"}}),
        (Remedy.RECORD_RESULT, {"result": {"id": "x", "sha256": "0" * 64, "sealed_at": "2026-11-22T00:00:00Z"}}),
    ],
)
async def test_nobody_seals_by_saying_so(birth: Birth, decision: Remedy, more: dict[str, object]) -> None:
    birth.town.press.append(SealRefused("the office has no seal"))
    await signed(birth)
    incident = await birth.incident()
    with pytest.raises(Refusal) as told:
        await birth.resolve(decision, incident.id, **more)
    assert told.value.kind == "DecisionNotPossible"
    await birth.resolve(Remedy.RETRY)
    await birth.end()


async def test_a_seal_that_is_given_up_stops_the_dossier_and_publishes_nothing(birth: Birth) -> None:
    birth.town.press.append(SealRefused("the office has no seal"))
    await signed(birth)
    await birth.incident()
    await birth.resolve(Remedy.GIVE_UP)
    state = await birth.end()
    assert state.stage is Stage.STOPPED
    assert [each.state for each in state.documents] == [DocumentState.SIGNED]
    assert EventKind.DOCUMENT_PUBLISHED not in birth.town.journal.kinds()
    assert not birth.town.wallet.asked
