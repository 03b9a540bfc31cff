"""What the activities need from the outside; adapters, documents, records and policy fit these shapes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from contracts.agencies import HandOver, HandOverAnswer, PendingCase
from contracts.benefits import Route
from contracts.birth import BirthDeclaration, BirthFiling
from contracts.birth_steps import (
    BirthNoticeFacts,
    BirthNoticeFound,
    BirthNoticeLookup,
    BirthRegistration,
    HealthCardAnswer,
    HealthCardRequest,
    PersonalIdAnswer,
    PersonalIdRequest,
    RegisterAnswer,
    ResidenceAnswer,
    ResidenceRegistration,
)
from contracts.death import DeathDeclaration, DeathFiling, DeathNoticeFacts, DeathNoticeFound, PersonFacts, PersonFound
from contracts.death_steps import (
    AnnulAnswer,
    CardLock,
    DeathNoticeLookup,
    DeathRegistration,
    LockAnswer,
    PersonLookup,
    RegisterDeathAnswer,
    RemovalAnswer,
    ResidenceRemoval,
    RestoreAnswer,
    Undoing,
    UnlockAnswer,
)
from contracts.documents import (
    CertificateRequest,
    DocumentDrafted,
    DocumentSealed,
    DocumentSigned,
    ExtractRequest,
    SealRequest,
    SignatureRejected,
    SignatureRequest,
    SignerRequest,
)
from contracts.dossier import Finding
from contracts.journal import JournalWrite
from contracts.law import ClockQuestion, Deadlines, LawQuestion, LawSnapshot, SupplementQuestion
from contracts.legs import Addressee, AddresseesQuestion, Chain, ChainQuestion, ClaimQuestion
from contracts.standings import DayAnswer, DayQuestion, StandingAnswer, StandingQuestion


class CivilStatus(Protocol):
    async def register_birth(self, request: BirthRegistration) -> RegisterAnswer: ...
    async def enquire(self, pending: PendingCase) -> RegisterAnswer: ...
    async def register_death(self, request: DeathRegistration) -> RegisterDeathAnswer: ...
    async def enquire_death(self, pending: PendingCase) -> RegisterDeathAnswer: ...
    async def annul_death(self, request: Undoing) -> AnnulAnswer: ...
    async def enquire_annulment(self, pending: PendingCase) -> AnnulAnswer: ...


class Population(Protocol):
    async def issue_id(self, request: PersonalIdRequest) -> PersonalIdAnswer: ...
    async def enquire(self, pending: PendingCase) -> PersonalIdAnswer: ...
    async def find_person(self, lookup: PersonLookup) -> PersonFound: ...


class Residence(Protocol):
    async def register_residence(self, request: ResidenceRegistration, pdf: bytes) -> ResidenceAnswer: ...
    async def enquire(self, pending: PendingCase) -> ResidenceAnswer: ...
    async def remove_residence(self, request: ResidenceRemoval, pdf: bytes) -> RemovalAnswer: ...
    async def enquire_removal(self, pending: PendingCase) -> RemovalAnswer: ...
    async def restore_residence(self, request: Undoing) -> RestoreAnswer: ...
    async def enquire_restoration(self, pending: PendingCase) -> RestoreAnswer: ...


class SocialInsurance(Protocol):
    async def issue_card(self, request: HealthCardRequest, pdf: bytes) -> HealthCardAnswer: ...
    async def enquire(self, pending: PendingCase) -> HealthCardAnswer: ...
    async def lock_card(self, request: CardLock, pdf: bytes) -> LockAnswer: ...
    async def enquire_lock(self, pending: PendingCase) -> LockAnswer: ...
    async def unlock_card(self, request: Undoing) -> UnlockAnswer: ...
    async def enquire_unlock(self, pending: PendingCase) -> UnlockAnswer: ...


class HealthFacility(Protocol):
    async def find_birth_notice(self, lookup: BirthNoticeLookup) -> BirthNoticeFound: ...
    async def find_death_notice(self, lookup: DeathNoticeLookup) -> DeathNoticeFound: ...


class Receiver(Protocol):
    """Who takes results: the citizen's wallet, the one-stop."""

    async def hand_over(self, request: HandOver, pdf: bytes | None) -> HandOverAnswer: ...
    async def enquire(self, pending: PendingCase) -> HandOverAnswer: ...


class Standings(Protocol):
    """Any agency, asked how cases stand."""

    async def standing(self, question: StandingQuestion) -> StandingAnswer: ...
    async def day(self, question: DayQuestion) -> DayAnswer: ...


class Blobs(Protocol):
    """Stored documents by id, of one dossier."""

    async def content(self, dossier: str, document: str) -> bytes: ...


class Law(Protocol):
    """Dated policy; pure and quick."""

    def read(self, question: LawQuestion) -> LawSnapshot: ...
    def supplement_due(self, question: SupplementQuestion) -> datetime: ...
    def resume(self, question: ClockQuestion) -> Deadlines: ...


class BirthRules(Protocol):
    """What the law asks of a birth before anybody looks at it."""

    def ineligible(self, born_on: date, filed_at: datetime) -> str | None: ...
    def findings(
        self, declaration: BirthDeclaration, notice: BirthNoticeFacts | None, filed_at: datetime
    ) -> tuple[Finding, ...]: ...
    def number_problems(self, number: str, *, province: str, sex: str, born_on: date) -> Sequence[str]: ...


class DeathRules(Protocol):
    """What the law asks of a death before anybody looks at it."""

    def ineligible(self, declaration: DeathDeclaration, filed_at: datetime) -> str | None: ...
    def findings(
        self,
        declaration: DeathDeclaration,
        notice: DeathNoticeFacts | None,
        person: PersonFacts | None,
        filed_at: datetime,
    ) -> tuple[Finding, ...]: ...


class BenefitLaw(Protocol):
    """Who pays what after a death; pure and quick."""

    def claimed(self, question: ClaimQuestion) -> Route | None: ...
    def addressees(self, question: AddresseesQuestion) -> tuple[Addressee, ...]: ...
    def chain(self, question: ChainQuestion) -> Chain: ...


class Deceased(Protocol):
    """For which deceased which dossier came first."""

    async def claim_deceased(self, dossier: str, filing: DeathFiling) -> str | None: ...


class Children(Protocol):
    """For which child which dossier came first."""

    async def claim_child(self, dossier: str, filing: BirthFiling) -> str | None: ...
    async def release_child(self, dossier: str) -> None: ...


class Journal(Protocol):
    async def write(self, turn: JournalWrite) -> None: ...


class DocumentRoom(Protocol):
    """Renders, prepares, signs, verifies and stores; bytes stay inside."""

    async def draft_certificate(self, request: CertificateRequest) -> DocumentDrafted: ...
    async def draft_extract(self, request: ExtractRequest) -> DocumentDrafted: ...
    async def prepare_for(self, request: SignerRequest) -> SignatureRejected | None: ...
    async def sign(self, request: SignatureRequest) -> DocumentSigned | SignatureRejected: ...


class SealingRoom(Protocol):
    """Puts offices' seals over signatures; bytes stay inside."""

    async def seal(self, request: SealRequest) -> DocumentSealed: ...
