"""An office is merged while its dossiers are under way: they go on at the successor, and tell so."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from contracts.agencies import Granted, Pending, Step
from contracts.base import Message
from contracts.birth_steps import PersonalIdIssued
from contracts.documents import CertificateRequest
from contracts.dossier import DocumentState, Stage, TaskKind
from contracts.failures import AgencyUnavailable
from contracts.journal import EventKind
from contracts.tasks import Decision, Receipt
from orchestrator import DossierClosed, Refusal
from tests.workflows.birth import OFFICE, Birth
from tests.workflows.death import Death
from tests.workflows.town import drafted_certificate

SUCCESSOR = "00008"
LATER = Pending(reference="dc-1")
TRIED_HERE = 4
"""So often a turn tries by itself, before it hands the work to a queue."""


def said(birth: Birth | Death, kind: EventKind) -> list[dict[str, str | int | bool | None]]:
    """What entries of a kind hold, in order."""
    entries = birth.town.journal.entries
    return [entries[seq].data for seq in sorted(entries) if entries[seq].kind is kind]


async def eventually(seen: Callable[[], Any]) -> None:
    async with asyncio.timeout(15):
        while not seen():  # no turn of the dossier tells of it
            await asyncio.sleep(0.02)


@pytest.mark.history("merged-review")
async def test_an_open_review_moves_with_its_dossier_and_everything_after_names_the_successor(birth: Birth) -> None:
    await birth.file()
    before = await birth.task(TaskKind.REVIEW)
    assert await birth.move(SUCCESSOR) is Receipt.TAKEN
    assert (birth.state.office, birth.state.stage) == (SUCCESSOR, Stage.SUBMITTED)
    assert birth.state.tasks == (before.model_copy(update={"office": SUCCESSOR}),)
    assert said(birth, EventKind.OFFICE_MOVED) == [{"from": OFFICE, "to": SUCCESSOR, "reason": "office-merged"}]
    await birth.accept()
    await birth.sign()
    state = await birth.end()
    assert (state.stage, state.office) == (Stage.RETURNED, SUCCESSOR)
    town = birth.town
    asked = [*town.civil_status.asked, *town.population.asked, *town.insurance.asked, *town.room.asked]
    assert {request.office for request in [*asked, *town.signatures, *town.wallet.asked]} == {SUCCESSOR}
    assert [request.place for request in town.population.asked] == ["01"]


@pytest.mark.history("merged-agencies-busy")
async def test_what_was_asked_before_keeps_its_office_and_its_key(birth: Birth) -> None:
    birth.town.population.will(LATER)
    await birth.file()
    await birth.accept()
    await birth.until(lambda state: any(leg.state == "pending" for leg in state.legs))
    await birth.move(SUCCESSOR)
    number = PersonalIdIssued(personal_id=birth.own_number())
    await birth.call_back(Step.ISSUE_ID, LATER.reference, Granted(result=number))
    await birth.sign()
    await birth.end()
    town = birth.town
    assert [(each.office, key) for each, key in zip(town.population.asked, town.population.keys, strict=True)] == [
        (OFFICE, "issue_id:1")
    ]
    assert [(each.office, key) for each, key in zip(town.insurance.asked, town.insurance.keys, strict=True)] == [
        (SUCCESSOR, "issue_card:1")
    ]
    assert [request.office for request in town.room.asked] == [SUCCESSOR]


async def test_a_supplement_round_goes_on_at_the_successor(birth: Birth) -> None:
    await birth.file()
    paper = (await birth.task(TaskKind.REVIEW)).choices["papers"][0]
    await birth.review(Decision.SUPPLEMENT, documents=(paper,))
    await birth.move(SUCCESSOR)
    await birth.supplement(birth.filing)
    assert (await birth.task(TaskKind.REVIEW)).office == SUCCESSOR


async def test_a_move_that_changes_nothing_is_refused_and_leaves_no_trace(birth: Birth) -> None:
    await birth.file()
    with pytest.raises(Refusal) as told:
        await birth.move(OFFICE)
    assert told.value.kind == "OfficeUnchanged"
    assert not said(birth, EventKind.OFFICE_MOVED)


async def test_a_dossier_that_has_ended_stays_where_it_was(returned: Birth) -> None:
    with pytest.raises(DossierClosed):
        await returned.move(SUCCESSOR)
    assert returned.state.office == OFFICE


async def test_the_same_move_twice_is_one(birth: Birth) -> None:
    await birth.file()
    assert [await birth.move(SUCCESSOR, key="once") for _ in range(2)] == [Receipt.TAKEN] * 2
    assert len(said(birth, EventKind.OFFICE_MOVED)) == 1


# ---- while the certificate waits for its signature


async def ready(birth: Birth) -> None:
    await birth.file()
    await birth.accept()


def cannot_draft(birth: Birth, office: str | None) -> None:
    """From now on the document room has no entry of this office."""

    def drafted(request: CertificateRequest) -> Message:
        if request.office == office:
            raise LookupError("the issuing office is not in the register")
        return drafted_certificate(request)

    birth.town.room.habit = drafted


@pytest.mark.history("merged-signature")
async def test_a_draft_is_made_anew_in_the_successors_name_and_the_old_one_cannot_be_signed(birth: Birth) -> None:
    await ready(birth)
    before = await birth.task(TaskKind.SIGNATURE)
    assert before.document is not None
    await birth.move(SUCCESSOR)
    [document] = (await birth.until(lambda state: state.tasks[-1].document != before.document)).documents
    after = await birth.task(TaskKind.SIGNATURE)
    assert (after.id, after.office, after.due_at) == (before.id, SUCCESSOR, before.due_at)
    assert after.document is not None
    assert (after.document.sha256, after.document.version) == (document.sha256, 1)
    assert document.state is DocumentState.REQUESTED
    with pytest.raises(Refusal) as told:
        await birth.sign(document_sha256=before.document.sha256)
    assert told.value.kind == "StaleDocument"
    await birth.sign()
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    first, second = birth.town.room.asked
    assert (first.office, second.office, second.version) == (OFFICE, SUCCESSOR, 1)
    assert second.issued_at >= first.issued_at
    [signature] = birth.town.signatures
    assert (signature.office, signature.draft.sha256) == (SUCCESSOR, document.sha256)


async def test_until_the_new_draft_is_there_nobody_signs_or_is_prepared_for_the_old_one(birth: Birth) -> None:
    await ready(birth)
    old = await birth.task(TaskKind.SIGNATURE)
    assert old.document is not None
    cannot_draft(birth, SUCCESSOR)
    await birth.move(SUCCESSOR)
    assert birth.state.tasks[-1].document == old.document
    for attempt in (birth.sign(document_sha256=old.document.sha256), birth.prepare_signer("chair-2")):
        with pytest.raises(Refusal) as told:
            await attempt
        assert told.value.kind == "StaleDocument"
    cannot_draft(birth, None)
    await birth.until(lambda state: state.tasks[-1].document != old.document)
    await birth.sign()
    assert (await birth.end()).stage is Stage.RETURNED


async def test_a_draft_that_an_office_can_no_longer_give_is_given_by_its_successor(birth: Birth) -> None:
    cannot_draft(birth, OFFICE)
    await ready(birth)
    await eventually(lambda: len(birth.town.room.asked) > TRIED_HERE)
    await birth.move(SUCCESSOR)
    await birth.sign()
    assert (await birth.end()).stage is Stage.RETURNED
    assert birth.town.room.asked[-1].office == SUCCESSOR


async def test_what_is_being_signed_at_the_moment_of_the_move_is_signed_as_it_was_shown(birth: Birth) -> None:
    birth.town.pen.append(AgencyUnavailable("slow"))
    await ready(birth)
    signing = asyncio.create_task(birth.sign())
    await eventually(lambda: birth.town.signatures)
    await birth.move(SUCCESSOR)
    assert await signing is Receipt.TAKEN
    state = await birth.end()
    assert (state.office, state.stage) == (SUCCESSOR, Stage.RETURNED)
    assert [request.office for request in birth.town.room.asked] == [OFFICE]
    assert {request.office for request in birth.town.signatures} == {OFFICE}
    assert {request.office for request in birth.town.insurance.asked} == {SUCCESSOR}


@pytest.mark.history("merged-death")
async def test_a_death_goes_on_at_the_successor_with_its_extract_made_anew(death: Death) -> None:
    filed = death.of("V-D07")
    await filed.file()
    await filed.accept()
    old = await filed.task(TaskKind.SIGNATURE)
    await filed.move(SUCCESSOR)
    await filed.until(lambda state: state.tasks[-1].document != old.document)
    await filed.sign()
    state = await filed.end()
    assert (state.stage, state.office) == (Stage.RETURNED, SUCCESSOR)
    parties = filed.town.parties
    assert [request.office for request in parties[Step.REGISTER_DEATH].asked] == [OFFICE]
    assert [request.office for request in filed.town.room.asked] == [OFFICE, SUCCESSOR]
    assert [request.office for request in parties[Step.LOCK_CARD].asked] == [SUCCESSOR]
