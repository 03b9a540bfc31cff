"""Which dossier came first for a child: keyed hashes of what tells one child from every other."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from contracts.birth import BirthFiling
from records.database import Database
from records.keys import StoredKeys
from records.names import normalised
from records.statements import insert_unless_there
from records.tables.base import core
from records.tables.registers import ChildClaim

_TABLE = core(ChildClaim)
_RELEASE = delete(_TABLE).where(_TABLE.c.dossier == bindparam("dossier_"))


class Children:
    """The claim register; the first dossier keeps a child until it lets go."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, dossier: str, hashes: Sequence[str]) -> str | None:
        """Take a child for a dossier: none when it is ours now, else the code of the dossier that has it.

        All hashes are taken or none, so a refused claim stands in nobody's way.
        """
        rows = [{"hash": each, "dossier": dossier} for each in sorted(set(hashes))]  # sorted: no deadlock
        if not rows:
            return None
        try:
            await self._database.write(lambda connection: _take(connection, dossier, rows))
        except _TakenBefore as taken:
            return taken.dossier
        return None

    async def release(self, dossier: str) -> None:
        """Let go of a child: the dossier ended without a registration."""
        await self._database.write(lambda connection: connection.execute(_RELEASE, {"dossier_": dossier}) and None)


class _TakenBefore(Exception):
    """Rolls the claim back."""

    def __init__(self, dossier: str) -> None:
        super().__init__("another dossier has this child")
        self.dossier = dossier


def child_hashes(keys: StoredKeys, filing: BirthFiling) -> tuple[str, ...]:
    """What tells the child from every other: the facility's notice; each parent's number, the day and the name.

    Twins differ in notice and name, so they are no duplicates of each other.
    """
    declaration = filing.declaration
    child, name = declaration.child, normalised(declaration.child.full_name)
    hashes = [keys.search_hash("birth-notice", declaration.birth_notice.code)] if declaration.birth_notice else []
    numbers = [parent.personal_id for parent in (declaration.mother, declaration.father) if parent]
    tail = f"{child.born_on.isoformat()}\0{name}"
    hashes += [keys.search_hash("child", f"{number}\0{tail}") for number in numbers if number]
    return tuple(hashes)


def _take(connection: Connection, dossier: str, rows: list[dict[str, str]]) -> None:
    connection.execute(insert_unless_there(connection.dialect.name, _TABLE), rows)
    others = select(_TABLE.c.dossier).where(
        _TABLE.c.hash.in_([row["hash"] for row in rows]), _TABLE.c.dossier != dossier
    )
    other = connection.execute(others.order_by(_TABLE.c.dossier).limit(1)).scalar()
    if other is not None:
        raise _TakenBefore(other)
