"""A draft is made within a turn; a turn that dies with its worker is made again, perhaps from something else."""

from datetime import date
from typing import Any, cast

import pytest

from adapters.signing import SigningService
from contracts.agencies import Case, Step
from contracts.birth_steps import BirthRegistered
from contracts.documents import CertificateRequest
from records.database import Database
from records.documents import DocumentStore
from records.edge import Uploads
from records.keys import StoredKeys
from records.registers import Certificates, Duty, OfficeEntry, Offices
from tests.records.samples import NOW, OFFICE, a_filing, claimed
from workers.document_room import DocumentRoom

WARD = OfficeEntry(
    code=OFFICE,
    name="Ủy ban nhân dân phường Hoàn Kiếm",
    province="01",
    province_name="Thành phố Hà Nội",
    address="Số 1",
    valid_from=date(2025, 7, 1),
)


@pytest.fixture
def keys(sqlite: Database) -> StoredKeys:
    return StoredKeys(sqlite, bytes(32))


@pytest.fixture
async def room(sqlite: Database, keys: StoredKeys) -> DocumentRoom:
    """Nobody is on duty, so nobody is asked to sign."""
    offices = Offices(sqlite)
    await offices.load([WARD])
    return DocumentRoom(
        store=DocumentStore(sqlite, keys),
        uploads=Uploads(sqlite, keys),
        keys=keys,
        offices=offices,
        duty=Duty(sqlite),
        known=Certificates(sqlite, keys),
        signing=cast("SigningService", None),
        trust=cast("Any", None),
        public_url="http://localhost",
    )


@pytest.fixture
async def request_(sqlite: Database, keys: StoredKeys) -> CertificateRequest:
    filing = a_filing()
    return CertificateRequest(
        case=Case(dossier=(await claimed(sqlite, keys)).code, step=Step.CERTIFICATE, part="1"),
        office=OFFICE,
        version=1,
        issued_at=NOW,
        registered=BirthRegistered(register_number="1/2026", book="01-2026", page=1, registered_on=date(2026, 11, 23)),
        child=filing.declaration.child,
        mother=filing.declaration.mother,
        father=filing.declaration.father,
        requester_name=filing.applicant.full_name,
        requester_relation=filing.applicant.relation,
        personal_id=None,
    )


async def test_the_same_request_is_the_same_draft(room: DocumentRoom, request_: CertificateRequest) -> None:
    assert await room.draft_certificate(request_) == await room.draft_certificate(request_)


async def test_a_turn_made_again_with_the_number_has_a_draft_of_its_own(
    room: DocumentRoom, request_: CertificateRequest
) -> None:
    lost = await room.draft_certificate(request_)
    kept = await room.draft_certificate(request_.model_copy(update={"personal_id": "001326000009"}))
    assert kept.id != lost.id
    assert kept.sha256 != lost.sha256
    assert kept.version == lost.version
