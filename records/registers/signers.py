"""Who may sign: the duty register and the certificates of those who stand in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import bindparam, or_, select

from contracts.base import Instant, Message, Office
from records.database import Database
from records.keys import StoredKeys
from records.sealing import seal, unseal
from records.statements import insert_or_replace, insert_unless_there
from records.tables import registers
from records.tables.base import core

CHAIR = "chair"
_DUTIES, _CERTIFICATES = core(registers.DutySpan), core(registers.Certificate)
_ON_DUTY = (
    select(_DUTIES)
    .where(
        _DUTIES.c.office == bindparam("office"),
        _DUTIES.c.valid_from <= bindparam("at"),
        or_(_DUTIES.c.valid_to.is_(None), _DUTIES.c.valid_to > bindparam("at")),
    )
    .order_by(_DUTIES.c.valid_from, _DUTIES.c.person)
)
_ANY = select(_DUTIES.c.person).limit(1)
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


class Duty:
    """The duty register."""

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
        """Who holds a role at the office at that moment, the longest serving first."""
        wanted = {"office": office, "at": at}
        rows = await self._database.read(lambda connection: connection.execute(_ON_DUTY, wanted).all())
        return tuple(Signer(row.person, row.office, row.role, row.credential) for row in rows)

    async def loaded(self) -> bool:
        """Whether anybody stands in the register."""
        return await self._database.read(lambda connection: connection.execute(_ANY).first() is not None)


class Certificates:
    """Signers' certificates, DER, by person."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def register(self, person: str, der: bytes, method: str) -> None:
        """Keep a certificate for the way of signing that it serves; repeating changes nothing."""
        fingerprint = sha256(der).hexdigest()
        row = {
            "person": person,
            "fingerprint": fingerprint,
            "method": method,
            "registered_at": datetime.now(UTC),
            "sealed": seal(self._keys.shared_key(), der, _place(person, fingerprint)),
        }
        await self._database.write(
            lambda c: c.execute(insert_unless_there(c.dialect.name, _CERTIFICATES), row) and None,
        )

    async def of(self, person: str, method: str | None = None) -> tuple[bytes, ...]:
        """The person's certificates, the newest first; only those for one way of signing when it is named."""
        rows = await self._database.read(lambda connection: connection.execute(_OF, {"person": person}).all())
        return tuple(
            unseal(self._keys.shared_key(), row.sealed, _place(person, row.fingerprint))
            for row in rows
            if method in {None, row.method}
        )


def _place(person: str, fingerprint: str) -> str:
    return f"certificate/{person}/{fingerprint}"
