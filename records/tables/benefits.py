"""Who has the claim on a benefit after a death."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from records.tables.base import UtcDateTime


class BenefitClaim(SQLModel, table=True):
    """What may be paid once, and who pays it; people stand behind keyed hashes.

    `dossier` is none for a payment that was made outside linked dossiers.
    """

    __tablename__ = "benefit_claims"

    hash: str = Field(primary_key=True)
    """Of the deceased, the kind, the beneficiary and the part: together they are paid once."""
    deceased: str = Field(index=True)
    kind: str
    part: str
    payer: str
    state: str
    dossier: str | None = Field(default=None, index=True)
    amount: int | None = Field(default=None, sa_type=BigInteger)
    decided_on: date | None = None
    paid_on: date | None = None
    reserved_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
