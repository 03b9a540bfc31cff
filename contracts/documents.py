"""What is asked of the document room, and what it gives back: references, never bytes."""

from contracts.agencies import Case
from contracts.base import Base64, DayOrInstant, DossierCode, Instant, Line, Message, Office, PersonalId, Sha256
from contracts.birth import Child, Parent
from contracts.birth_steps import BirthRegistered
from contracts.death import Deceased, LastResidence, PlaceOfDeath
from contracts.death_steps import DeathRegistered
from contracts.dossier import DocumentKind


class CertificateRequest(Message):
    """Make the birth certificate's next version; same request, same bytes."""

    case: Case
    office: Office
    version: int
    issued_at: Instant
    registered: BirthRegistered
    child: Child
    mother: Parent | None
    father: Parent | None
    requester_name: str
    requester_relation: str
    personal_id: PersonalId | None
    replaces_issued_at: Instant | None = None


class ExtractRequest(Message):
    """Make the death extract; same request, same bytes."""

    case: Case
    office: Office
    version: int = 1
    issued_at: Instant
    registered: DeathRegistered
    deceased: Deceased
    last_residence: LastResidence
    died_at: DayOrInstant
    place_of_death: PlaceOfDeath
    cause: Line | None
    requester_name: str
    requester_relation: str


class DocumentDrafted(Message):
    """A stored, unsigned PDF; prepared for each person on duty who may sign it."""

    id: str
    kind: DocumentKind
    version: int
    sha256: Sha256


class SignatureRequest(Message):
    """Put this person's signature on this draft, verify it, store and publish the result."""

    dossier: DossierCode
    office: Office
    draft: DocumentDrafted
    by: str
    method: str
    credential: str | None = None
    token: str | None = None
    upload: str | None = None
    value: Base64 | None = None
    seal: bool = False
    """The office's seal follows: what is signed is a document of its own, and not published yet."""


class DocumentSigned(Message):
    """A signature that was verified: intact, whole file, trusted, not revoked, by the person on duty."""

    id: str
    sha256: Sha256
    signed_at: Instant
    by: str
    awaits_seal: bool = False
    """Else it is the published document: so it was in dossiers signed before offices had seals here."""


class SealRequest(Message):
    """Put the office's seal over a signature, verify it, store and publish the result."""

    case: Case
    office: Office
    draft: DocumentDrafted
    signed: DocumentSigned


class DocumentSealed(Message):
    """The published document: a seal that was verified, over a signature that was."""

    id: str
    sha256: Sha256
    sealed_at: Instant


class SignatureRejected(Message):
    """Why the document was not signed; the task stays open. `problem` is the HTTP contract's problem name."""

    problem: str
    detail: str


class SignerRequest(Message):
    """Prepare the draft for a person who came on duty after it was made, or for one certificate of their token."""

    dossier: DossierCode
    office: Office
    draft: DocumentDrafted
    by: str
    certificate: Sha256 | None = None


class SignatureOutcome(Message):
    """Exactly one of the two."""

    signed: DocumentSigned | None = None
    rejected: SignatureRejected | None = None


class SignerPrepared(Message):
    """Empty where the draft is ready for that person."""

    refused: SignatureRejected | None = None
