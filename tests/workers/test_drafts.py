"""A draft is made within a turn; a turn that dies with its worker is made again, perhaps from something else."""

import io
import json
from datetime import UTC, date, datetime
from typing import Any, cast

import pikepdf
import pytest

from adapters.signing import SigningService
from contracts.agencies import Case, Step
from contracts.birth import Relation
from contracts.birth_steps import BirthRegistered
from contracts.death_steps import DeathRegistered
from contracts.documents import CertificateRequest, ExtractRequest
from contracts.dossier import DocumentKind
from contracts.people import Kinship
from documents import certificate as certificates
from documents import extract as extracts
from records.database import Database
from records.documents import DocumentStore
from records.edge import Uploads
from records.keys import StoredKeys
from records.registers import Certificates, Duty, OfficeEntry, Offices
from tests.records.samples import NOW, OFFICE, a_death, a_filing, claimed
from workers.authorities import Authorities
from workers.document_room import DocumentRoom
from workers.papers import RELATIONS
from workers.precedence import Precedence

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
        authorities=Authorities(cast("Any", None), cast("SigningService", None)),
        precedence=Precedence(),
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


@pytest.fixture
async def extract(sqlite: Database, keys: StoredKeys) -> ExtractRequest:
    filing = a_death()
    told = filing.declaration
    return ExtractRequest(
        case=Case(dossier=(await claimed(sqlite, keys, filing=filing)).code, step=Step.DEATH_EXTRACT),
        office=OFFICE,
        issued_at=NOW,
        registered=DeathRegistered(register_number="9/2026", book="02-2026", page=4, registered_on=date(2026, 11, 23)),
        deceased=told.deceased,
        last_residence=told.last_residence,
        died_at=told.died_at,
        place_of_death=told.place_of_death,
        cause=told.cause,
        requester_name=filing.applicant.full_name,
        requester_relation=filing.applicant.relation,
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


async def test_the_extract_is_drafted_beside_the_certificate(
    room: DocumentRoom, request_: CertificateRequest, extract: ExtractRequest
) -> None:
    certificate, drafted = await room.draft_certificate(request_), await room.draft_extract(extract)
    assert (certificate.kind, drafted.kind) == (DocumentKind.BIRTH_CERTIFICATE, DocumentKind.DEATH_EXTRACT)
    assert (drafted.version, drafted.id.split(".")[1]) == (1, "v1")
    assert await room.draft_extract(extract) == drafted


async def test_the_extract_says_what_was_declared_and_registered(
    room: DocumentRoom, extract: ExtractRequest, sqlite: Database, keys: StoredKeys
) -> None:
    said = await _record(DocumentStore(sqlite, keys), room, extract)
    assert said["office"] == "Ủy ban nhân dân phường Hoàn Kiếm, Thành phố Hà Nội"
    assert [said[name] for name in ("register_number", "book", "page", "registered_on")] == [
        "9/2026",
        "02-2026",
        "4",
        "2026-11-23",
    ]
    assert (said["died_on"], said["died_at"]) == ("2024-07-09", "22:15")
    assert (said["place_of_death"], said["cause"]) == ("Bệnh viện Đa khoa tỉnh, Cao Bằng", None)
    assert said["deceased"]["last_residence"] == "Tổ 3, phường Thục Phán, Cao Bằng"
    assert said["requester"] == {"full_name": "Trần Quốc Khánh", "relation": "Con", "identity": None}
    assert said["verify_url"] == f"http://localhost/verify/{said['document_id']}"


async def test_a_day_has_no_hour_and_the_hour_is_that_of_viet_nam(
    room: DocumentRoom, extract: ExtractRequest, sqlite: Database, keys: StoredKeys
) -> None:
    store = DocumentStore(sqlite, keys)
    day = await _record(store, room, extract.model_copy(update={"died_at": date(2024, 7, 9)}))
    assert (day["died_on"], day["died_at"]) == ("2024-07-09", None)
    night = await _record(store, room, extract.model_copy(update={"died_at": datetime(2024, 7, 9, 20, 5, tzinfo=UTC)}))
    assert (night["died_on"], night["died_at"]) == ("2024-07-10", "03:05")


async def test_the_certificate_names_the_wards_behind_the_codes(
    room: DocumentRoom, request_: CertificateRequest, sqlite: Database, keys: StoredKeys
) -> None:
    said = await _record(DocumentStore(sqlite, keys), room, request_)
    place = "Số 1 phố Huế, phường Hoàn Kiếm, Hà Nội"
    assert [said[parent]["residence"] for parent in ("mother", "father")] == [place, place]
    assert (said["child"]["place_of_birth"], said["child"]["hometown"]) == (place, "Hà Nội")


async def _record(
    store: DocumentStore, room: DocumentRoom, request: CertificateRequest | ExtractRequest
) -> dict[str, Any]:
    match request:
        case ExtractRequest():
            form, drafted = extracts.FORM, await room.draft_extract(request)
        case CertificateRequest():
            form, drafted = certificates.FORM, await room.draft_certificate(request)
    pdf = (await store.get(request.case.dossier, drafted.id)).content
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        record: dict[str, Any] = json.loads(opened.attachments[form.attachment].get_file().read_bytes())
    return record


def test_every_relation_has_its_words() -> None:
    assert set(RELATIONS) == {*Relation, *Kinship}
