"""Offices' seals: which credential seals for an office at a moment, and the certificate that it seals under."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cryptography import x509
from pydantic import StringConstraints
from sqlalchemy import bindparam, or_, select

from contracts.base import Instant, Message, Office
from records.database import Database
from records.statements import insert_or_replace
from records.tables import registers
from records.tables.base import core

_TABLE = core(registers.Seal)
_AT = (
    select(_TABLE)
    .where(
        _TABLE.c.office == bindparam("office"),
        _TABLE.c.valid_from <= bindparam("at"),
        or_(_TABLE.c.valid_to.is_(None), _TABLE.c.valid_to > bindparam("at")),
    )
    .order_by(_TABLE.c.valid_from.desc(), _TABLE.c.credential)
    .limit(1)
)


class SealEntry(Message):
    """A credential at the signing service seals for an office from one instant until before another."""

    office: Office
    credential: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    valid_from: Instant
    valid_to: Instant | None = None


@dataclass(frozen=True)
class Seal:
    """An office's seal; `not_before` and `not_after` are its certificate's (DER) own, whatever the register says."""

    office: str
    credential: str
    certificate: bytes
    not_before: datetime
    not_after: datetime


class Seals:
    """The register of seals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, rows: Iterable[tuple[SealEntry, bytes]]) -> None:
        """Enter or correct seals, each with its certificate (DER); loading the same again changes nothing."""
        values = [sealed_under(entry, certificate) for entry, certificate in rows]
        if values:
            await self._database.write(
                lambda c: c.execute(insert_or_replace(c.dialect.name, _TABLE), values) and None,
            )

    async def at(self, office: str, at: datetime) -> Seal | None:
        """The seal that the register names for that moment, the newest; its certificate may have ended meanwhile."""
        wanted = {"office": office, "at": at}
        row = await self._database.read(lambda connection: connection.execute(_AT, wanted).first())
        if row is None:
            return None
        return Seal(row.office, row.credential, row.certificate, row.not_before, row.not_after)


def sealed_under(entry: SealEntry, certificate: bytes) -> dict[str, object]:
    """A seal as it is kept, with its certificate (DER)."""
    read = x509.load_der_x509_certificate(certificate)
    return {
        **entry.model_dump(),
        "certificate": certificate,
        "not_before": read.not_valid_before_utc,
        "not_after": read.not_valid_after_utc,
    }
