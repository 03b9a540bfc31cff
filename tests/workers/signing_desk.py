"""A document room with people on duty, a draft before them, and the signing service's stand-in over the wire."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from adapters.signing import SigningService
from contracts.agencies import Case, Step
from contracts.birth_steps import BirthRegistered
from contracts.documents import (
    CertificateRequest,
    DocumentDrafted,
    DocumentSealed,
    DocumentSigned,
    SealRequest,
    SignatureRejected,
    SignatureRequest,
    SignerRequest,
)
from documents.signatures import fingerprint
from records.database import Database
from records.documents import DocumentStore, with_token
from records.edge import Uploads
from records.keys import StoredKeys
from records.registers import Certificates, Duty, DutyEntry, OfficeEntry, Offices, SealEntry, Seals
from sim_agencies.desk import Desk
from sim_agencies.settings import Settings
from sim_agencies.signing.app import create_app
from tests.documents.samples import CHAIR, Office
from tests.records.samples import NOW, OFFICE, a_filing, claimed
from workers.authorities import Authorities
from workers.document_room import DocumentRoom
from workers.precedence import Precedence
from workers.sealing_room import SealingRoom

VICE, ELSEWHERE = "vice-chair-sample", "chair-other"
OTHER_OFFICE = "00008"
PIN = "246810"
LAST = 99
"""A version that comes behind all others."""
Outcome = DocumentSigned | SignatureRejected
WARD = OfficeEntry(
    code=OFFICE,
    name="Ủy ban nhân dân phường Mẫu Một",
    province="01",
    province_name="Thành phố Hà Nội",
    address="Số 1",
    valid_from=date(2025, 7, 1),
)


class Way(StrEnum):
    """How a signature is made: by the remote service; on a token by software of its own, then uploaded; on a token
    that signs the prepared hash alone; by the remote service under one authorisation with another document."""

    REMOTE = "remote"
    TOKEN = "token"
    VALUE = "value"
    BATCH = "batch"

    @property
    def method(self) -> str:
        """As callers name it."""
        return "remote" if self.by_pin else "token"

    @property
    def by_pin(self) -> bool:
        """By the remote service."""
        return self in {Way.REMOTE, Way.BATCH}


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The way to the stand-in; `stamp` answers in the time-stamping authority's place, `dead` paths do not answer."""

    inner: httpx.AsyncBaseTransport
    stamp: Callable[[bytes], bytes] | None = None
    dead: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path in self.dead:
            return httpx.Response(503)
        if request.url.path == "/tsa" and self.stamp:
            return httpx.Response(200, content=self.stamp(await request.aread()))
        return await self.inner.handle_async_request(request)


@dataclass
class SigningDesk:
    """One office's desk with one draft on it."""

    town: Office
    line: Line
    service: SigningService
    room: DocumentRoom
    sealing: SealingRoom
    store: DocumentStore
    uploads: Uploads
    duty: Duty
    known: Certificates
    seals: Seals
    offices: Offices
    request: CertificateRequest
    draft: DocumentDrafted
    behind: DocumentDrafted | None = None
    """Of a batch, what comes after the draft."""
    ahead: timedelta = timedelta()
    since: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=2))
    """When duties began: a little after the certificates, which this town got when it was made."""

    def now(self) -> datetime:
        """The room's clock; the signing service's own runs on."""
        return datetime.now(UTC) + self.ahead

    def later(self, by: timedelta) -> None:
        """So much time goes by, for those who stamp too."""
        self.ahead += by
        self.line.stamp = lambda request: self.town.stamp(request, at=self.now())

    @property
    def code(self) -> str:
        return self.request.case.dossier

    async def on_duty(self, person: str, office: str = OFFICE, *, until: datetime | None = None) -> None:
        entry = DutyEntry(person=person, office=office, credential=person, valid_from=self.since, valid_to=until)
        await self.duty.load([entry])

    async def has_seal(self, credential: str, office: str = OFFICE, *, until: datetime | None = None) -> None:
        """The register names this credential for the office's seal, with the certificate that it has now."""
        entry = SealEntry(office=office, credential=credential, valid_from=self.since, valid_to=until)
        await self.seals.load([(entry, self.town.people.holder(self.town.person(credential)).der)])

    async def seal(self, signed: DocumentSigned) -> DocumentSealed:
        case = Case(dossier=self.code, step=Step.SEAL, part=f"birth_certificate-{self.draft.version}")
        return await self.sealing.seal(SealRequest(case=case, office=OFFICE, draft=self.draft, signed=signed))

    async def drafted(self, version: int = 1) -> DocumentDrafted:
        """The next thing to sign; the one before it is old."""
        asked = self.request.model_copy(update={"version": version})
        self.draft = await self.room.draft_certificate(asked)
        return self.draft

    async def unsigned(self) -> bytes:
        return await self.store.content(self.code, self.draft.id)

    async def sign(self, way: Way, by: str = CHAIR) -> Outcome:
        """As the person would, with nothing wrong."""
        return await (await self.begun(way, by))()

    async def begun(self, way: Way, by: str = CHAIR) -> Callable[[], Awaitable[Outcome]]:
        """All but the last call."""
        if way.by_pin:
            return partial(self.use, await self.authorised(by, way), by)
        if way is Way.TOKEN:
            return partial(self.upload, await self.signed_by_token(by), by)
        return partial(self.bring, await self.value(by), by)

    async def authorised(self, by: str = CHAIR, way: Way = Way.REMOTE) -> str:
        """What the PIN gives for the hash of the draft, made ready for this person; of a batch, for all its hashes."""
        if way is Way.BATCH:
            self.behind = await self.room.draft_certificate(self.request.model_copy(update={"version": LAST}))
        waiting = [draft for draft in (self.draft, self.behind) if draft]
        return await self.service.authorise(by, PIN, [await self._hash_to_sign(draft, by) for draft in waiting], "")

    async def _hash_to_sign(self, draft: DocumentDrafted, by: str) -> bytes:
        found = await self.store.preparation(self.code, draft.id, by)
        if found is None:
            await self.room.prepare_for(SignerRequest(dossier=self.code, office=OFFICE, draft=draft, by=by))
            found = await self.store.preparation(self.code, draft.id, by)
        return found.hash_to_sign if found else bytes(32)

    async def use(self, token: str, by: str = CHAIR, credential: str | None = None) -> Outcome:
        """Of a batch: in order, until one is refused; what was said of the draft."""
        outcome = await self._use(self.draft, token, by, credential)
        if self.behind and isinstance(outcome, DocumentSigned):
            assert isinstance(await self._use(self.behind, token, by, credential), DocumentSigned)
        return outcome

    async def _use(self, draft: DocumentDrafted, token: str, by: str, credential: str | None) -> Outcome:
        return await self.room.sign(
            SignatureRequest(
                dossier=self.code,
                office=OFFICE,
                draft=draft,
                by=by,
                method=Way.REMOTE,
                credential=credential or by,
                token=token,
                seal=True,
            )
        )

    async def signed_by_token(self, by: str = CHAIR, pdf: bytes | None = None) -> bytes:
        """Signed with the key on a token, stamped as the line's authority stamps."""
        who = self.town.person(f"{by}-token")
        stamp = self.line.stamp or self.town.stamp
        return await self.town.sign(pdf or await self.unsigned(), who, field_name="ChuKy", stamped_by=stamp)

    async def value(self, by: str = CHAIR) -> bytes | SignatureRejected:
        """What a person's token makes of the hash that was prepared for it, if it was."""
        holder = self.town.people.holder(self.town.person(f"{by}-token"))
        certificate = fingerprint(holder.der)
        asked = SignerRequest(dossier=self.code, office=OFFICE, draft=self.draft, by=by, certificate=certificate)
        if refused := await self.room.prepare_for(asked):
            return refused
        found = await self.store.preparation(self.code, self.draft.id, with_token(by, certificate))
        assert found is not None
        return holder.key.sign(found.hash_to_sign, ec.ECDSA(Prehashed(hashes.SHA256())))

    async def bring(self, value: bytes | SignatureRejected, by: str = CHAIR) -> Outcome:
        if isinstance(value, SignatureRejected):
            return value
        text = base64.b64encode(value).decode()
        return await self.room.sign(
            SignatureRequest(
                dossier=self.code,
                office=OFFICE,
                draft=self.draft,
                by=by,
                method=Way.VALUE.method,
                value=text,
                seal=True,
            )
        )

    async def upload(self, pdf: bytes, by: str = CHAIR) -> Outcome:
        kept = await self.uploads.put(self.code, "signed.pdf", pdf)
        return await self.room.sign(
            SignatureRequest(
                dossier=self.code,
                office=OFFICE,
                draft=self.draft,
                by=by,
                method=Way.TOKEN,
                upload=kept,
                seal=True,
            )
        )


@asynccontextmanager
async def signing_desk(database: Database, state: Path) -> AsyncIterator[SigningDesk]:
    """Chair and vice-chair on duty, the chair's draft made ready."""
    desk, keys = Desk("signing", Settings(state_dir=state)), StoredKeys(database, bytes(32))
    line = Line(httpx.ASGITransport(create_app(desk)))
    town = Office(state, store=desk.store)
    offices, duty, known, seals = Offices(database), Duty(database), Certificates(database, keys), Seals(database)
    await offices.load([WARD])
    async with httpx.AsyncClient(transport=line) as http:
        service = SigningService(http, "http://signing", client_id="lienthong", client_secret="lienthong-local")

        async def trust() -> tuple[list[bytes], list[bytes]]:
            return [town.authority.trusted.root.der], [town.authority.trusted.issuing.der]

        authorities, precedence = Authorities(trust, service), Precedence()
        store, uploads = DocumentStore(database, keys), Uploads(database, keys)
        room = DocumentRoom(
            store=store,
            uploads=uploads,
            keys=keys,
            offices=offices,
            duty=duty,
            known=known,
            signing=service,
            authorities=authorities,
            precedence=precedence,
            public_url="http://localhost",
            now=lambda: opened.now(),  # noqa: PLW0108  # the desk is made after its room
        )
        sealing = SealingRoom(
            store=store,
            offices=offices,
            seals=seals,
            signing=service,
            authorities=authorities,
            precedence=precedence,
        )
        request = await _request(database, keys)
        nothing = DocumentDrafted(id="", kind="birth_certificate", version=1, sha256="0" * 64)
        opened = SigningDesk(
            town, line, service, room, sealing, store, uploads, duty, known, seals, offices, request, nothing
        )
        await opened.has_seal(f"seal-{OFFICE}")
        for person in (CHAIR, VICE):
            await opened.on_duty(person)
            for credential, method in ((person, "remote"), (f"{person}-token", "token")):
                await known.register(person, town.people.holder(town.person(credential)).der, method)
        yield opened
    desk.store.close()


async def _request(database: Database, keys: StoredKeys) -> CertificateRequest:
    filing = a_filing()
    return CertificateRequest(
        case=Case(dossier=(await claimed(database, keys)).code, step=Step.CERTIFICATE, part="1"),
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
