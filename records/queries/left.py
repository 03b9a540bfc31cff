"""Open dossiers that are left at offices which are over."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from contracts.dossier import Group, Stage
from records.database import Database
from records.tables import journal
from records.tables.base import core

_DOSSIERS = core(journal.Dossier)
_OPEN = tuple(stage.value for stage in Stage if not stage.closed)
_LEFT = (
    select(_DOSSIERS.c.code, _DOSSIERS.c.group, _DOSSIERS.c.office)
    .where(
        _DOSSIERS.c.office.in_(bindparam("offices", expanding=True)),
        _DOSSIERS.c.group.in_([group.value for group in Group]),  # the index leads by office, group and stage
        _DOSSIERS.c.stage.in_(_OPEN),
        _DOSSIERS.c.code > bindparam("after"),
    )
    .order_by(_DOSSIERS.c.code)
    .limit(bindparam("limit_"))
)


@dataclass(frozen=True)
class LeftRow:
    """An open dossier, and the office that it is at."""

    code: str
    group: Group
    office: str


class Left:
    """Where work lies that somebody has to take along."""

    _database: Database

    async def left_at(self, offices: Collection[str], *, after: str = "", limit: int) -> list[LeftRow]:
        """Open dossiers at any of these offices, by code, behind one of them."""
        wanted = {"offices": sorted(offices), "after": after, "limit_": limit}
        rows = await self._database.read(lambda connection: connection.execute(_LEFT, wanted).all())
        return [LeftRow(row.code, Group(row.group), row.office) for row in rows]
