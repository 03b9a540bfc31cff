"""Documents handed over: versions, what was prepared for a signer, and how signatures were judged."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime


class Document(SQLModel, table=True):
    """One version of a document; its bytes never change. Whoever holds the paper asks by `id` alone."""

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_id", "id"),)

    dossier: str = Field(primary_key=True, foreign_key="dossier_keys.dossier")
    id: str = Field(primary_key=True)
    kind: str
    version: int
    sha256: str
    stored_at: datetime = Field(sa_type=UtcDateTime)
    sealed: bytes


class Preparation(SQLModel, table=True):
    """A draft made ready for one person's signature: the signing state and the hash to sign, sealed together."""

    __tablename__ = "preparations"

    dossier: str = Field(primary_key=True, foreign_key="dossier_keys.dossier")
    document: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    sealed: bytes


class Verdict(SQLModel, table=True):
    """What the verification of a signed document found."""

    __tablename__ = "verdicts"

    dossier: str = Field(primary_key=True, foreign_key="dossier_keys.dossier")
    document: str = Field(primary_key=True)
    sealed: bytes
