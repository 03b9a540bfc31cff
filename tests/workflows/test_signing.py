"""The chair signs: what was shown, once; a refusal leaves the task open."""

import asyncio

import pytest

from contracts.documents import SignatureRejected
from contracts.dossier import TaskKind, TaskState
from contracts.failures import AgencyProtocolError, AgencyUnavailable
from contracts.journal import EventKind
from contracts.tasks import Receipt
from orchestrator import Refusal
from tests.workflows.birth import Birth


async def ready(birth: Birth) -> None:
    await birth.file()
    await birth.accept()


async def test_a_signature_on_another_version_than_the_one_shown_is_refused(birth: Birth) -> None:
    await ready(birth)
    with pytest.raises(Refusal) as told:
        await birth.sign(document_sha256="0" * 64)
    assert (told.value.kind, told.value.details) == ("StaleDocument", ({"loc": ["document_sha256"]},))
    assert not birth.town.signatures


@pytest.mark.history("signature-refused")
async def test_a_signature_that_failed_for_whatever_reason_leaves_the_task_open_and_can_be_given_again(
    birth: Birth,
) -> None:
    revoked = SignatureRejected(problem="certificate-revoked", detail="revoked")
    birth.town.pen += [revoked, AgencyProtocolError("unreadable"), AgencyUnavailable("down")]
    await ready(birth)
    problems = []
    for _ in range(2):
        with pytest.raises(Refusal) as told:
            await birth.sign()
        assert told.value.kind == "SignatureRefused"
        problems.append(told.value.details[0]["problem"])
        assert (await birth.task(TaskKind.SIGNATURE)).state is TaskState.OPEN
    assert problems == ["certificate-revoked", "signing-unavailable"]
    assert await birth.sign() is Receipt.TAKEN, "a service that is away is asked again within the same update"
    state = await birth.end()
    assert state.documents[0].signed_by == "chair-1"
    assert len(birth.town.signatures) == 4
    assert birth.town.journal.kinds().count(EventKind.SIGNATURE_REFUSED) == 2


async def test_of_two_chairs_who_sign_at_once_one_does(birth: Birth) -> None:
    await ready(birth)
    await birth.task(TaskKind.SIGNATURE)
    told = await asyncio.gather(birth.sign("chair-1"), birth.sign("chair-2"), return_exceptions=True)
    refused = [each for each in told if isinstance(each, Refusal)]
    assert [each.kind for each in refused] == ["TaskClosed"]
    assert len(birth.town.signatures) == 1


async def test_a_draft_is_made_ready_for_who_came_on_duty_later_and_for_nobody_else(birth: Birth) -> None:
    await ready(birth)
    assert (await birth.prepare_signer("chair-2")).refused is None
    refused = (await birth.prepare_signer("stranger")).refused
    assert refused is not None
    assert refused.problem == "not-on-duty"


async def test_another_version_than_the_one_shown_is_not_made_ready_for_a_token(birth: Birth) -> None:
    await ready(birth)
    with pytest.raises(Refusal) as told:
        await birth.prepare_signer("chair-2", document_sha256="0" * 64, certificate="1" * 64)
    assert (told.value.kind, told.value.details) == ("StaleDocument", ({"loc": ["document_sha256"]},))
