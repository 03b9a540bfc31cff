"""Offices, accounts, who may sign there, certificates, seals, and persons already claimed by a dossier."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime


class Office(SQLModel, table=True):
    """A receiving office as it was called from a day on."""

    __tablename__ = "offices"

    code: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    name: str
    province: str
    province_name: str
    address: str
    successor: str | None = None
    """The office that carries its work on after `valid_to`."""


class Account(SQLModel, table=True):
    """Somebody who may work at the desks; `sealed` is their name, under the shared key."""

    __tablename__ = "accounts"

    person: str = Field(primary_key=True)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed: bytes


class DutySpan(SQLModel, table=True):
    """Who holds a role at an office, from when to when; `person` is an account id."""

    __tablename__ = "duties"
    __table_args__ = (Index("ix_duties_office", "office", "valid_from"),)

    person: str = Field(primary_key=True)
    office: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    credential: str | None = None


class Certificate(SQLModel, table=True):
    """A signer's certificate; it names a person, so it is sealed with the shared key."""

    __tablename__ = "certificates"

    person: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    method: str
    registered_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    not_after: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """None only for one registered before these columns were there; loading the registers again fills them."""
    sealed: bytes


class Seal(SQLModel, table=True):
    """An office's seal at the signing service, with its certificate (DER), which names no person."""

    __tablename__ = "seals"
    __table_args__ = (Index("ix_seals_office", "office", "valid_from"),)

    credential: str = Field(primary_key=True)
    office: str = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    valid_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    certificate: bytes
    not_before: datetime = Field(sa_type=UtcDateTime)
    not_after: datetime = Field(sa_type=UtcDateTime)


class ChildClaim(SQLModel, table=True):
    """A keyed hash that stands for one child or deceased, and the dossier that has it."""

    __tablename__ = "child_claims"

    hash: str = Field(primary_key=True)
    dossier: str = Field(index=True)
