"""Which keys of closed dossiers stand no more for themselves: their legs are done once more in dossiers that follow."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, or_, select

from contracts.dossier import DossierState
from contracts.reconciliations import Holding, once_more
from contracts.steps import LEG_OF_STEP
from records.database import Database
from records.keys import KeyUnknown, StoredKeys
from records.sealing import unseal
from records.tables import journal
from records.tables.base import core

Rows = Sequence[Row[Any]]
"""Dossiers that follow: code, which one, and how each stands."""
_DOSSIERS = core(journal.Dossier)
_CODES: BindParameter[str] = bindparam("codes", expanding=True)
_FIRST = select(_DOSSIERS.c.follows).where(_DOSSIERS.c.code.in_(_CODES), _DOSSIERS.c.follows.is_not(None))
_FOLLOWERS: Select[Any] = (
    select(_DOSSIERS.c.code, _DOSSIERS.c.follows, _DOSSIERS.c.sealed_state)
    .where(_DOSSIERS.c.follows.is_not(None))
    .where(or_(_DOSSIERS.c.follows.in_(_CODES), _DOSSIERS.c.follows.in_(_FIRST)))
    .order_by(_DOSSIERS.c.filed_at, _DOSSIERS.c.code)
)


class OnceMore:
    """Reads alone."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def of(self, named: Collection[tuple[str, str]]) -> dict[tuple[str, str], Holding]:
        """By dossier and key; what nothing follows is not among them."""
        legs = [(code, key) for code, key in named if key.split(":")[1] in LEG_OF_STEP]
        if not legs:
            return {}
        codes = sorted({code for code, _ in legs})
        rows = await self._database.read(lambda c: c.execute(_FOLLOWERS, {"codes": codes}).all())
        states = await self._states(rows)
        found = {(code, key): once_more(key, _later(code, rows, states)) for code, key in legs} if states else {}
        return {name: each for name, each in found.items() if each}

    async def _states(self, rows: Rows) -> dict[str, DossierState]:
        await self._keys.fetch([row.code for row in rows])
        found = {}
        for row in rows:
            try:
                key = await self._keys.key_for(row.code)
            except KeyUnknown:
                continue
            sealed = unseal(key, row.sealed_state, f"state/{row.code}")
            found[row.code] = DossierState.model_validate_json(sealed)
        return found


def _later(code: str, rows: Rows, states: dict[str, DossierState]) -> list[DossierState]:
    """Those that follow the same first dossier, after this one; of the first one itself, all."""
    first = next((row.follows for row in rows if row.code == code), code)
    family = [row.code for row in rows if row.follows == first]
    after = family[family.index(code) + 1 :] if code in family else family
    return [states[each] for each in after if each in states]
