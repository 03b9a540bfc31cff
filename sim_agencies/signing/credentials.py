"""Who may sign with what: credentials with a PIN for signing remotely, token certificates, offices' seals."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.x509 import Name
from pydantic import BaseModel

from sim_agencies.signing.authority import Authority, Holder, Period, name
from sim_agencies.store import Store

SAMPLE_PIN = "246810"
TRIES = 5
YEAR = timedelta(days=365)
SAMPLE_OFFICE = "Ủy ban nhân dân phường Mẫu Một (giả lập)"
OTHER_OFFICE = "Ủy ban nhân dân phường Mẫu Hai (giả lập)"
# Made-up people; chairs of the sample office and of another one.
SAMPLE_PEOPLE = {
    "chair-sample": ("Lê Thị Mẫu Chủ Tịch", SAMPLE_OFFICE),
    "vice-chair-sample": ("Phạm Văn Mẫu Phó Chủ Tịch", SAMPLE_OFFICE),
    "chair-other": ("Trần Thị Mẫu Nơi Khác", OTHER_OFFICE),
}


# The offices of the local stack's register, by the names that their chairs' certificates bear.
SAMPLE_OFFICES = {"00070": SAMPLE_OFFICE, "00008": OTHER_OFFICE}


class Purpose(StrEnum):
    """Where the private key lies and what it is for: a person's with the service, on their token; an office's seal."""

    REMOTE = "remote"
    TOKEN = "token"  # noqa: S105 - a kind of device, no secret
    SEAL = "seal"
    """With the service, and authorised without a PIN: for the office's own software alone."""


_A_PERSONS = (Purpose.REMOTE, Purpose.TOKEN)


class Validity(StrEnum):
    """When a certificate is to hold, for tests of each case."""

    GOOD = "good"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


class Credential(BaseModel):
    """One key of one person, or of one office: then `person` is the office's code."""

    id: str
    person: str
    purpose: Purpose
    pin: str
    tries_left: int = TRIES
    serial: str
    revoked_at: datetime | None = None


class Request(BaseModel):
    """What credential to issue; for a seal, `person` is the office's code."""

    person: str
    name: str | None = None
    organisation: str | None = None
    pin: str = SAMPLE_PIN
    purpose: Purpose = Purpose.REMOTE
    validity: Validity = Validity.GOOD
    by_impostor: bool = False
    """By another CA, whose names are those of the real one."""


class Credentials:
    """All credentials, kept in the stand-in's store."""

    def __init__(self, store: Store, authority: Authority) -> None:
        self._store = store
        self._authority = authority
        wanted = [Request(person=person, purpose=purpose) for person in SAMPLE_PEOPLE for purpose in _A_PERSONS]
        wanted += [Request(person=office, purpose=Purpose.SEAL) for office in SAMPLE_OFFICES]
        for request in wanted:
            if self.find(credential_id(request.person, request.purpose)) is None:
                self.issue(request)

    def issue(self, request: Request) -> Credential:
        """Issue one more credential; a person's first remote one carries the person's id, later ones are numbered."""
        holder = self._authority.issue_signer(
            _subject(request), _period(request.validity), by_impostor=request.by_impostor
        )
        first = credential_id(request.person, request.purpose)
        with self._store.transaction():
            taken = self._store.next_number(f"credentials/{first}")
            credential = Credential(
                id=first if taken == 1 else f"{first}-{taken}",
                person=request.person,
                purpose=request.purpose,
                pin=request.pin,
                serial=str(holder.certificate.serial_number),
            )
            self._store.put("holder", credential.id, holder.dump())
            self._store.put("serial", credential.serial, credential.id)
            self.save(credential)
        return credential

    def save(self, credential: Credential) -> None:
        self._store.put("credential", credential.id, credential.model_dump_json())

    def find(self, credential: str) -> Credential | None:
        kept = self._store.get("credential", credential)
        return Credential.model_validate_json(kept) if kept else None

    def of_person(self, person: str | None) -> list[Credential]:
        """The credentials for signing remotely, of one person or of all."""
        everyone = [Credential.model_validate_json(kept) for kept in self._store.beginning_with("credential", "")]
        return [one for one in everyone if one.purpose is Purpose.REMOTE and person in (None, one.person)]

    def by_serial(self, serial: int) -> Credential | None:
        found = self._store.get("serial", str(serial))
        return self.find(found) if found else None

    def revoked(self) -> list[Credential]:
        everyone = [Credential.model_validate_json(kept) for kept in self._store.beginning_with("credential", "")]
        return [one for one in everyone if one.revoked_at]

    def holder(self, credential: Credential) -> Holder:
        kept = self._store.get("holder", credential.id)
        if kept is None:
            raise LookupError("a credential without a key")
        return Holder.load(kept)

    def set_revoked(self, credential: Credential, *, revoked: bool) -> Credential:
        at = datetime.now(UTC).replace(microsecond=0) if revoked else None
        changed = credential.model_copy(update={"revoked_at": at})
        self.save(changed)
        return changed


def credential_id(person: str, purpose: Purpose) -> str:
    """The id of a person's first credential of a purpose."""
    match purpose:
        case Purpose.REMOTE:
            return person
        case Purpose.TOKEN:
            return f"{person}-token"
        case Purpose.SEAL:
            return f"seal-{person}"


def _subject(request: Request) -> Name:
    """A person's certificate names person and office; a seal's names the office alone."""
    if request.purpose is Purpose.SEAL:
        office = request.name or SAMPLE_OFFICES.get(request.person, f"Cơ quan giả lập {request.person}")
        return name(office, organisation=office)
    known = SAMPLE_PEOPLE.get(request.person, (f"Người Ký Giả Lập {request.person}", OTHER_OFFICE))
    return name(request.name or known[0], organisation=request.organisation or known[1], person=request.person)


def _period(validity: Validity) -> Period:
    match validity:
        case Validity.GOOD:
            return Period.around_now(timedelta(minutes=5), 2 * YEAR)
        case Validity.EXPIRED:
            return Period.around_now(2 * YEAR, timedelta(days=-1))
        case Validity.NOT_YET_VALID:
            return Period.around_now(timedelta(days=-1), 2 * YEAR)
