"""Who may sign: the duty register and the certificates of those who stand in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any

from cryptography import x509
from pydantic import StringConstraints
from sqlalchemy import Connection, Row, Select, bindparam, or_, select, update

from contracts.base import Instant, Message, Office
from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.statements import insert_or_replace, insert_unless_there
from records.tables import registers
from records.tables.base import core


class Role(StrEnum):
    """What somebody may be at an office."""

    CLERK = "clerk"
    CHAIR = "chair"


CHAIR = Role.CHAIR.value
_DUTIES, _CERTIFICATES = core(registers.DutySpan), core(registers.Certificate)
_THEN = (
    select(_DUTIES)
    .where(
        _DUTIES.c.valid_from <= bindparam("at"),
        or_(_DUTIES.c.valid_to.is_(None), _DUTIES.c.valid_to > bindparam("at")),
    )
    .order_by(_DUTIES.c.valid_from, _DUTIES.c.person, _DUTIES.c.office, _DUTIES.c.role)
)
_AT_OFFICE = _THEN.where(_DUTIES.c.office == bindparam("office"))
_ON_DUTY = _AT_OFFICE.where(_DUTIES.c.role == CHAIR)
_OF_PERSON = _THEN.where(_DUTIES.c.person == bindparam("person"))
_REGISTER = select(_DUTIES).order_by(_DUTIES.c.office, _DUTIES.c.role, _DUTIES.c.person, _DUTIES.c.valid_from)
_ANY = select(_DUTIES.c.person).limit(1)
_UNDATED = (
    update(_CERTIFICATES)
    .where(
        _CERTIFICATES.c.person == bindparam("person_"),
        _CERTIFICATES.c.fingerprint == bindparam("fingerprint_"),
        _CERTIFICATES.c.not_after.is_(None),
    )
    .values(not_before=bindparam("not_before_"), not_after=bindparam("not_after_"))
)
_DATED = ("person", "fingerprint", "not_before", "not_after")
_OF = (
    select(_CERTIFICATES)
    .where(_CERTIFICATES.c.person == bindparam("person"))
    .order_by(_CERTIFICATES.c.registered_at.desc(), _CERTIFICATES.c.fingerprint)
)


class DutyEntry(Message):
    """A person (account id) holds a role at an office from one instant until before another."""

    person: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    office: Office
    role: str = CHAIR
    credential: str | None = None
    """The person's credential at the remote signing service."""
    valid_from: Instant
    valid_to: Instant | None = None


@dataclass(frozen=True)
class Signer:
    """Who may sign for an office at a moment."""

    person: str
    office: str
    role: str
    credential: str | None


def span(row: Row[Any]) -> DutyEntry:
    """A row of the duty register."""
    return DutyEntry.model_validate(dict(row._mapping))  # noqa: SLF001  # SQLAlchemy's public name for it


class Duty:
    """The duty register: who holds which role at which office, from when to when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, rows: Iterable[DutyEntry]) -> None:
        """Enter or correct spans of duty; loading the same again changes nothing."""
        values = [row.model_dump() for row in rows]
        if values:
            await self._database.write(
                lambda c: c.execute(insert_or_replace(c.dialect.name, _DUTIES), values) and None,
            )

    async def on_duty(self, office: str, at: datetime) -> tuple[Signer, ...]:
        """Who may sign for the office at that moment, the longest serving first."""
        wanted = {"office": office, "at": at}
        rows = await self._database.read(lambda connection: connection.execute(_ON_DUTY, wanted).all())
        return tuple(Signer(row.person, row.office, row.role, row.credential) for row in rows)

    async def colleagues(self, office: str, at: datetime) -> tuple[DutyEntry, ...]:
        """Everyone who holds a role at the office at that moment, the longest serving first."""
        return await self._spans(_AT_OFFICE, {"office": office, "at": at})

    async def of(self, person: str, at: datetime) -> tuple[DutyEntry, ...]:
        """The roles that a person holds at that moment."""
        return await self._spans(_OF_PERSON, {"person": person, "at": at})

    async def spans(self, office: str | None = None) -> tuple[DutyEntry, ...]:
        """The register, of one office or of all, whatever the day."""
        wanted = _REGISTER if office is None else _REGISTER.where(_DUTIES.c.office == office)
        return await self._spans(wanted, {})

    async def loaded(self) -> bool:
        """Whether anybody stands in the register."""
        return await self._database.read(lambda connection: connection.execute(_ANY).first() is not None)

    async def _spans(self, statement: Select[Any], wanted: dict[str, Any]) -> tuple[DutyEntry, ...]:
        rows = await self._database.read(lambda connection: connection.execute(statement, wanted).all())
        return tuple(span(row) for row in rows)


class Certificates:
    """Signers' certificates, DER, by person."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def register(self, person: str, der: bytes, method: str) -> None:
        """Keep a certificate for the way of signing that it serves; repeating changes nothing."""
        row = self.row(person, der, method)
        await self._database.write(lambda connection: keep(connection, [row]))

    def row(self, person: str, der: bytes, method: str) -> dict[str, Any]:
        """A certificate as it is kept."""
        fingerprint, read = sha256(der).hexdigest(), x509.load_der_x509_certificate(der)
        return {
            "person": person,
            "fingerprint": fingerprint,
            "method": method,
            "registered_at": datetime.now(UTC),
            "not_before": read.not_valid_before_utc,
            "not_after": read.not_valid_after_utc,
            "sealed": seal(self._keys.shared_key(), der, _place(person, fingerprint)),
        }

    async def of(self, person: str, method: str | None = None) -> tuple[bytes, ...]:
        """The person's certificates, the newest first; only those for one way of signing when it is named."""
        rows = await self._database.read(lambda connection: connection.execute(_OF, {"person": person}).all())
        return tuple(
            unseal(self._keys.shared_key(), row.sealed, _place(person, row.fingerprint))
            for row in rows
            if method in {None, row.method}
        )


def keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep certificates within the caller's transaction; one kept before their days were asked for gets them."""
    if rows:
        connection.execute(insert_unless_there(connection.dialect.name, _CERTIFICATES), rows)
        connection.execute(_UNDATED, [{f"{name}_": row[name] for name in _DATED} for row in rows])


def _place(person: str, fingerprint: str) -> str:
    return f"certificate/{person}/{fingerprint}"
