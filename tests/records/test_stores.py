"""Uploads, operations, callbacks, documents and exchanges."""

import asyncio
from dataclasses import dataclass

import pytest

from contracts.agencies import Agency
from records.database import Database
from records.documents import DocumentDiffers, DocumentStore, DocumentUnknown, Placed
from records.edge import Inbox, InboxState, Operations, Uploads, UploadUnknown
from records.exchanges import ExchangeLog
from records.keys import KeyDestroyed, StoredKeys
from tests.records.samples import claimed

PDF = b"%PDF-1.7 " + bytes(range(256)) * 400


@pytest.fixture
async def code(database: Database, keys: StoredKeys) -> str:
    return (await claimed(database, keys)).code


async def test_uploads_are_kept_once_by_content(database: Database, keys: StoredKeys, code: str):
    uploads, other = Uploads(database, keys), (await claimed(database, keys)).code
    first = await uploads.put(code, "giấy.pdf", PDF)
    assert await uploads.put(code, "giấy khác.pdf", PDF) == first
    assert await uploads.put(code, "giấy.pdf", b"other") != first
    assert await uploads.get(code, first) == PDF
    with pytest.raises(UploadUnknown):
        await uploads.get(other, first)


async def test_a_key_stands_for_one_body(database: Database, keys: StoredKeys):
    operations = Operations(database, keys)

    async def claim(key="k", body="1", operation="review", client="desk"):
        return await operations.claim(client=client, operation=operation, key=key, body_hash=body)

    assert all(await asyncio.gather(*(claim() for _ in range(8))))
    assert not await claim(body="2")
    assert await claim(key="k2", body="2")
    assert await claim(operation="sign", body="2")
    assert await claim(client="portal", body="2")


async def test_a_callback_is_stored_once_and_settled(database: Database, keys: StoredKeys):
    inbox = Inbox(database, keys)

    async def store(message="m1", body=b'{"personal_id": "001326000009"}'):
        return await inbox.store(
            agency="population", message_id=message, dossier=None, step="issue_id", reference="số 7", body=body
        )

    items = await asyncio.gather(*(store() for _ in range(6)))
    assert [item.new for item in items].count(True) == 1
    again = await store(body=b"other")
    assert (again.new, again.state, again.reference) == (False, InboxState.RECEIVED, "số 7")
    assert again.body == b'{"personal_id": "001326000009"}'
    await store("m2")
    assert [item.message_id for item in await inbox.waiting(10)] == ["m1", "m2"]
    await inbox.settle("population", "m1", InboxState.UNMATCHED)
    assert [item.message_id for item in await inbox.waiting(10)] == ["m2"]
    assert [item.message_id for item in await inbox.listing(InboxState.UNMATCHED, 10)] == ["m1"]
    assert (await store()).state is InboxState.UNMATCHED


async def test_a_version_of_a_document_never_changes(database: Database, keys: StoredKeys, code: str):
    documents = DocumentStore(database, keys)
    digest = await documents.put(code, "c1", "birth_certificate", 1, PDF)
    assert await documents.put(code, "c1", "birth_certificate", 1, PDF) == digest
    with pytest.raises(DocumentDiffers):
        await documents.put(code, "c1", "birth_certificate", 1, PDF + b"x")
    stored = await documents.get(code, "c1")
    assert (stored.content, stored.sha256, stored.version) == (PDF, digest, 1)
    assert await documents.content(code, "c1") == PDF
    assert await documents.placed("c1") == Placed(code, "birth_certificate", 1, digest)
    assert await documents.placed("c2") is None
    with pytest.raises(DocumentUnknown):
        await documents.get(code, "c2")


async def test_the_first_preparation_holds_until_it_is_replaced(database: Database, keys: StoredKeys, code: str):
    documents = DocumentStore(database, keys)
    first = await documents.put_preparation(code, "c1", "chair-1", state=PDF, hash_to_sign=b"h1")
    again = await documents.put_preparation(code, "c1", "chair-1", state=b"2", hash_to_sign=b"h2")
    assert again == first == await documents.preparation(code, "c1", "chair-1")
    assert (first.state, first.hash_to_sign) == (PDF, b"h1")
    await documents.put_preparation(code, "c1", "chair-1", state=b"2", hash_to_sign=b"h2", replace=True)
    assert (await documents.preparation(code, "c1", "chair-1")).hash_to_sign == b"h2"
    assert await documents.preparation(code, "c1", "chair-2") is None


async def test_a_verdict_is_kept(database: Database, keys: StoredKeys, code: str):
    documents = DocumentStore(database, keys)
    assert await documents.verdict(code, "c1") is None
    for verdict in ({"valid": False}, {"valid": True, "signer": "Nguyễn Văn A"}):
        await documents.put_verdict(code, "c1", verdict)
    assert await documents.verdict(code, "c1") == verdict


async def test_a_verdict_comes_with_the_bytes_that_it_is_about(database: Database, keys: StoredKeys, code: str):
    documents, verdict = DocumentStore(database, keys), {"valid": True}
    await documents.put(code, "c1", "birth_certificate", 1, PDF, verdict=verdict)
    with pytest.raises(DocumentDiffers):
        await documents.put(code, "c1", "birth_certificate", 1, PDF + b"x", verdict={"valid": False})
    assert await documents.verdict(code, "c1") == verdict


async def test_destroying_the_key_erases_documents_and_papers(database: Database, keys: StoredKeys, code: str):
    documents, uploads = DocumentStore(database, keys), Uploads(database, keys)
    await documents.put(code, "c1", "birth_certificate", 1, PDF)
    upload = await uploads.put(code, "giấy.pdf", PDF)
    await keys.destroy(code)
    with pytest.raises(KeyDestroyed):
        await documents.get(code, "c1")
    with pytest.raises(KeyDestroyed):
        await uploads.get(code, upload)


@dataclass(frozen=True)
class Said:
    dossier: str | None
    request: str = "POST /x\n{}"
    answer: bytes | None = b"{}"
    agency: Agency = Agency.POPULATION
    step: str | None = "issue_id"
    key: str | None = "k"
    attempt: int = 1
    status: int | None = 200
    duration_ms: float = 1.5


async def test_exchanges_are_kept_in_order_in_the_background(database: Database, keys: StoredKeys, code: str):
    log = ExchangeLog(database, keys)
    for n in range(250):
        log.record(Said(code, request=f"POST /x\n{n}"))
    log.record(Said(code, answer=None, status=None))
    log.record(Said(None, step=None, key=None))
    await log.aclose()
    kept = await log.of(code)
    assert [each.request for each in kept[:250]] == [f"POST /x\n{n}" for n in range(250)]
    assert (kept[250].answer, kept[250].status, kept[0].answer) == (None, None, "{}")
    assert log.dropped == 0
    assert await log.of("G22.99.08-261122-999999") == []


async def test_a_full_log_drops_and_counts(database: Database, keys: StoredKeys, code: str):
    log = ExchangeLog(database, keys)
    for _ in range(2100):
        log.record(Said(code))
    await log.aclose()
    assert log.dropped == 100
    await keys.destroy(code)
    log.record(Said(code))
    log.record(Said("G22.99.08-261122-999999"))
    await log.aclose()
    assert log.dropped == 102


async def test_closing_an_idle_log_is_quick(database: Database, keys: StoredKeys):
    await ExchangeLog(database, keys).aclose()
