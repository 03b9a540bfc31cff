"""Every outside party of one family's filing, with a memory; and the house through which activities reach them."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from temporalio import activity

from contracts.agencies import Agency, Granted, HandedOver, HandOver, Pending, PendingCase, Step
from contracts.base import Message
from contracts.birth import BirthFiling, Child, Sex
from contracts.birth_steps import (
    BirthNoticeFacts,
    BirthNoticeFound,
    BirthNoticeLookup,
    BirthRegistered,
    BirthRegistration,
    HealthCardIssued,
    HealthCardRequest,
    PersonalIdIssued,
    PersonalIdRequest,
    ResidenceRegistered,
    ResidenceRegistration,
)
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
from contracts.dossier import DocumentKind, DossierState
from contracts.filings import Filing
from contracts.journal import Entry, JournalWrite
from contracts.law import SupplementQuestion
from contracts.standings import DayAnswer, DayQuestion, Standing, StandingAnswer, StandingQuestion
from policy.law import Law

DAY = datetime(2026, 11, 23, tzinfo=UTC).date()
Said = Message | Exception


@dataclass
class Party:
    """Answers as it was told to, then by habit; the same key gets the same answer."""

    habit: Callable[[Any], Message]
    script: list[Said] = field(default_factory=list)
    late: list[Said] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    enquiries: list[PendingCase] = field(default_factory=list)
    kept: dict[str, Message] = field(default_factory=dict)
    thinks: asyncio.Lock = field(default_factory=asyncio.Lock)
    """While somebody holds it, enquiries are heard and not answered."""

    def will(self, *answers: Said) -> None:
        """Say what the next requests are answered with, whatever their keys."""
        self.script.extend(answers)

    def will_tell(self, *answers: Said) -> None:
        """Say what the next enquiries are answered with; afterwards the case is pending still."""
        self.late.extend(answers)

    @property
    def keys(self) -> list[str]:
        """Each request's key up to now, without the dossier's code."""
        return [request.case.key.split(":", 1)[1] for request in self.asked]

    def answer(self, request: Any) -> Any:
        self.asked.append(request)
        if self.script:
            said = self.script.pop(0)
            if isinstance(said, Exception):
                raise said
            self.kept[request.case.key] = said
            return said
        return self.kept.setdefault(request.case.key, self.habit(request))

    async def enquire(self, pending: PendingCase) -> Any:
        self.enquiries.append(pending)
        async with self.thinks:
            pass
        said = self.late.pop(0) if self.late else Pending(reference=pending.reference)
        if isinstance(said, Exception):
            raise said
        return said


class Room(Party):
    """Drafts what it is asked for: a version that is drawn up anew may say something else."""

    def answer(self, request: Any) -> Any:
        self.kept.clear()
        return super().answer(request)


class JournalBook:
    """What was written of one dossier; away where it is told so."""

    def __init__(self) -> None:
        self.writes: list[JournalWrite] = []
        self.ways: Counter[str] = Counter()
        self.entries: dict[int, Entry] = {}
        self.away_here = False
        self._news = asyncio.Event()

    def write(self, turn: JournalWrite, *, here: bool) -> None:
        self.ways["here" if here else "queued"] += 1
        if here and self.away_here:
            raise ConnectionError("the database is away")
        self.writes.append(turn)
        for entry in turn.entries:
            known = self.entries.get(entry.seq, entry)
            assert known == entry or known.at < entry.at, "an entry never changes, but in a turn that is made again"
            self.entries[entry.seq] = entry
        self._news.set()

    @property
    def state(self) -> DossierState:
        return self.writes[-1].state

    @property
    def filings(self) -> list[Filing]:
        return [turn.filing for turn in self.writes if turn.filing]

    def kinds(self) -> list[str]:
        return [self.entries[seq].kind for seq in sorted(self.entries)]

    async def until(self, wanted: Callable[[DossierState], Any], patience: float = 15) -> DossierState:
        """The state as soon as it is as wanted; fails with the last one when that takes too long."""
        try:
            async with asyncio.timeout(patience):
                while not self.writes or not wanted(self.state):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"never came: {self.writes[-1:]}") from None
        return self.state


class Town:
    """The parties of one dossier."""

    def __init__(self, filing: BirthFiling) -> None:
        self.filing = filing
        self.journal = JournalBook()
        self.duplicate_of: str | None = None
        self.released = False
        self.facility = Party(lambda lookup: BirthNoticeFound(notice=_notice(lookup, filing)))
        self.civil_status = Party(lambda _: Granted(result=REGISTERED))
        self.population = Party(lambda request: Granted(result=PersonalIdIssued(personal_id=number_for(request))))
        self.residence = Party(lambda _: Granted(result=MOVED))
        self.insurance = Party(lambda _: Granted(result=CARD))
        self.room = Room(drafted_certificate)
        self.pen: list[SignatureRejected | Exception] = []
        self.signatures: list[SignatureRequest] = []
        self.press: list[Exception] = []
        self.seals: list[SealRequest] = []
        self.standings: dict[str, StandingAnswer | Exception] = {}
        receivers = (Agency.VNEID, Agency.ONE_STOP, Agency.RESIDENCE, Agency.SOCIAL_INSURANCE)
        self.receivers = {each: Party(received) for each in receivers}

    @property
    def wallet(self) -> Party:
        return self.receivers[Agency.VNEID]

    def party(self, step: Step, agency: Agency = Agency.VNEID) -> Party:
        """Who does a step."""
        if step is Step.HAND_OVER:
            return self.receivers[agency]
        return {
            Step.BIRTH_NOTICE: self.facility,
            Step.REGISTER: self.civil_status,
            Step.ISSUE_ID: self.population,
            Step.REGISTER_RESIDENCE: self.residence,
            Step.ISSUE_CARD: self.insurance,
            Step.CERTIFICATE: self.room,
        }[step]


class SlowLaw(Law):
    """The law, which some dossiers get no due date from within their turn, only by the queue."""

    def __init__(self) -> None:
        super().__init__()
        self.away_here: set[str] = set()

    def supplement_due(self, question: SupplementQuestion) -> datetime:
        asking = activity.info()
        if asking.is_local and str(asking.workflow_id).partition("/")[2] in self.away_here:
            raise ConnectionError("not within this turn")
        return super().supplement_due(question)


class House:
    """Stands where adapters, records and the document room stand; finds each dossier's own town."""

    def __init__(self) -> None:
        self.towns: dict[str, Any] = {}
        self.law = SlowLaw()

    async def register_birth(self, request: BirthRegistration) -> Any:
        return self._of(request).civil_status.answer(request)

    async def issue_id(self, request: PersonalIdRequest) -> Any:
        return self._of(request).population.answer(request)

    async def register_residence(self, request: ResidenceRegistration, pdf: bytes) -> Any:
        return self._of(request).residence.answer(request)

    async def issue_card(self, request: HealthCardRequest, pdf: bytes) -> Any:
        return self._of(request).insurance.answer(request)

    async def find_birth_notice(self, lookup: BirthNoticeLookup) -> Any:
        return self._of(lookup).facility.answer(lookup)

    async def hand_over(self, request: HandOver, pdf: bytes | None) -> Any:
        return self._of(request).receivers[request.receiver].answer(request)

    async def enquire(self, pending: PendingCase) -> Any:
        return await self._of(pending).party(pending.case.step, pending.agency).enquire(pending)

    async def standing(self, question: StandingQuestion) -> StandingAnswer:
        unknown = StandingAnswer(key=question.key, standing=Standing.UNKNOWN)
        said = self.towns[question.dossier].standings.get(question.key, unknown)
        if isinstance(said, Exception):
            raise said
        return said

    async def day(self, question: DayQuestion) -> DayAnswer:
        raise AssertionError("no reconciliation runs in these towns")

    async def content(self, dossier: str, document: str) -> bytes:
        return f"{dossier}/{document}".encode()

    async def write(self, turn: JournalWrite) -> None:
        self.towns[turn.dossier].journal.write(turn, here=activity.info().is_local)

    async def claim_child(self, dossier: str, filing: BirthFiling) -> str | None:
        return self.towns[dossier].duplicate_of

    async def release_child(self, dossier: str) -> None:
        self.towns[dossier].released = True

    async def draft_certificate(self, request: CertificateRequest) -> DocumentDrafted:
        drafted: DocumentDrafted = self._of(request).room.answer(request)
        return drafted

    async def prepare_for(self, request: SignerRequest) -> SignatureRejected | None:
        if request.by.startswith("chair"):
            return None
        return SignatureRejected(problem="not-on-duty", detail="not on this office's duty register now")

    async def seal(self, request: SealRequest) -> DocumentSealed:
        town = self._of(request)
        town.seals.append(request)
        if town.press:
            raise town.press.pop(0)
        published = request.signed.id.removesuffix(".signed")
        return DocumentSealed(
            id=published, sha256=sha256_of(f"sealed {request.signed.sha256}"), sealed_at=datetime.now(UTC)
        )

    async def sign(self, request: SignatureRequest) -> DocumentSigned | SignatureRejected:
        town = self.towns[request.dossier]
        town.signatures.append(request)
        said = town.pen.pop(0) if town.pen else None
        if isinstance(said, Exception):
            raise said
        return said or _signed(request)

    def _of(self, request: Any) -> Town:
        return self.towns[request.case.dossier]


# ---- habits

REGISTERED = BirthRegistered(register_number="12/2026", book="01-2026", page=12, registered_on=DAY)
MOVED = ResidenceRegistered(notice_number="3/2026/TB-CAX-00070", registered_on=DAY)
CARD = HealthCardIssued(
    insurance_number="0123456789", card_code="TE1010123456789", valid_from=DAY, valid_to=DAY.replace(year=2032)
)


def number_for(request: PersonalIdRequest) -> str:
    return number_of(request.child, request.place)


def number_of(child: Child, province: str) -> str:
    """A number that can be this child's: place, century and sex, year."""
    return f"0{province}{2 if child.sex is Sex.MALE else 3}{child.born_on:%y}000123"


def _notice(lookup: BirthNoticeLookup, filing: BirthFiling) -> BirthNoticeFacts:
    child = filing.declaration.child
    return BirthNoticeFacts(
        code=lookup.notice_code,
        mother_personal_id=lookup.mother_personal_id,
        sex=child.sex.value,
        born_on=child.born_on,
    )


def received(request: HandOver) -> Granted[HandedOver]:
    return Granted(result=HandedOver(receipt=f"{request.receiver}/{request.case.part}"))


def drafted_certificate(request: CertificateRequest) -> DocumentDrafted:
    return DocumentDrafted(
        id=f"certificate.v{request.version}.draft",
        kind=DocumentKind.BIRTH_CERTIFICATE,
        version=request.version,
        sha256=sha256_of(request.model_dump_json()),
    )


def _signed(request: SignatureRequest) -> DocumentSigned:
    published = request.draft.id.removesuffix(".draft")
    return DocumentSigned(
        id=f"{published}.signed" if request.seal else published,
        sha256=sha256_of(f"signed {request.draft.sha256}"),
        signed_at=datetime.now(UTC),
        by=request.by,
        awaits_seal=request.seal,
    )


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
