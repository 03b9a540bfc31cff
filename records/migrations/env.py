"""How alembic reaches the database: always over the connection that the caller holds."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlmodel import AutoString, SQLModel

from records import tables
from records.tables.base import UtcDateTime

assert tables  # noqa: S101  # imported so that the metadata knows every table


def _rendered(kind: str, item: Any, _context: object) -> str | Literal[False]:  # noqa: ANN401  # alembic's hook
    """Revisions name plain SQLAlchemy types, so that old ones outlive our own classes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and isinstance(item, sa.BigInteger):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_rendered,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
