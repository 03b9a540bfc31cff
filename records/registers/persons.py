"""Which dossier came first for a child or a deceased: keyed hashes of what tells one person from every other."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from contracts.birth import BirthFiling
from contracts.death import DeathFiling
from records.database import Database
from records.keys import StoredKeys
from records.names import normalised
from records.statements import insert_unless_there
from records.tables.base import core
from records.tables.registers import ChildClaim
from records.zone import legal_day

_TABLE = core(ChildClaim)
_RELEASE = delete(_TABLE).where(_TABLE.c.dossier == bindparam("dossier_"))


class Persons:
    """Whom dossiers are about; the first dossier keeps a person until it lets go."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, dossier: str, hashes: Sequence[str]) -> str | None:
        """Take a person for a dossier: none when it is ours now, else the code of the dossier that has it.

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
        """Let go of a person: the dossier ended without a registration."""
        await self._database.write(lambda connection: connection.execute(_RELEASE, {"dossier_": dossier}) and None)


class _TakenBefore(Exception):
    """Rolls the claim back."""

    def __init__(self, dossier: str) -> None:
        super().__init__("another dossier has this person")
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


def deceased_hashes(keys: StoredKeys, filing: DeathFiling) -> tuple[str, ...]:
    """What tells the deceased from everybody else: the personal number; the facility's notice, with the name.

    Only without a personal number the name and both days stand for a person: namesakes who have one are told apart.
    """
    declaration = filing.declaration
    deceased, notice = declaration.deceased, declaration.death_notice
    name, hashes = normalised(deceased.full_name), []
    if notice:
        number = "".join(notice.number.split()).casefold()
        hashes.append(keys.search_hash("death-notice", f"{number}\0{name}"))
    if deceased.personal_id:
        hashes.append(keys.search_hash("deceased", deceased.personal_id))
    else:
        days = f"{deceased.born_on}\0{legal_day(declaration.died_at).isoformat()}"
        hashes.append(keys.search_hash("deceased-unnumbered", f"{name}\0{days}"))
    return tuple(hashes)


def _take(connection: Connection, dossier: str, rows: list[dict[str, str]]) -> None:
    connection.execute(insert_unless_there(connection.dialect.name, _TABLE), rows)
    others = select(_TABLE.c.dossier).where(
        _TABLE.c.hash.in_([row["hash"] for row in rows]), _TABLE.c.dossier != dossier
    )
    other = connection.execute(others.order_by(_TABLE.c.dossier).limit(1)).scalar()
    if other is not None:
        raise _TakenBefore(other)
