"""Lists that somebody looks at again and again, under names of their own."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select

from records.database import Database
from records.statements import insert_or_replace
from records.tables.base import core
from records.tables.support import SavedFilter as Table

_TABLE = core(Table)
_OF = select(_TABLE.c.name, _TABLE.c.query).where(_TABLE.c.person == bindparam("person_")).order_by(_TABLE.c.name)
_GONE = delete(_TABLE).where(_TABLE.c.person == bindparam("person_"), _TABLE.c.name == bindparam("name_"))


@dataclass(frozen=True)
class SavedFilter:
    """`query`: as it stands in the list's address."""

    name: str
    query: str


class SavedFilters:
    """Everybody sees their own alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, person: str) -> list[SavedFilter]:
        """A person's filters, by name."""
        rows = await self._database.read(lambda connection: connection.execute(_OF, {"person_": person}).all())
        return [SavedFilter(row.name, row.query) for row in rows]

    async def save(self, person: str, name: str, query: str) -> None:
        """Keep a filter; one of the same name gives way."""
        row = {"person": person, "name": name, "query": query}
        await self._database.write(lambda c: c.execute(insert_or_replace(c.dialect.name, _TABLE), row) and None)

    async def delete(self, person: str, name: str) -> None:
        """Forget a filter."""
        wanted = {"person_": person, "name_": name}
        await self._database.write(lambda connection: connection.execute(_GONE, wanted) and None)
