"""What the tables share: instants kept in UTC, and the way from a model to its Core table."""

from datetime import UTC, datetime
from functools import cache

from sqlalchemy import DateTime, Dialect, Table
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; SQLite keeps no zone, so UTC is written and read back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "an instant needs its zone"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


@cache
def core(model: type[SQLModel]) -> Table:
    """The Core table behind a model: statements are built on it, objects are never loaded."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
