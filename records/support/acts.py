"""Acts of support: from the wish, over a second person's approval, to the proof; whatever people write is sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, select, update

from contracts.acts import ActAsked, ActProblem, ActState, ActTold, ActView, Call
from contracts.causes import Act, Cause
from contracts.dossier import ProblemItem
from records.database import Database
from records.keys import StoredKeys
from records.paging import Order, Page
from records.sealing import seal, unseal
from records.statements import inserted
from records.support.wishes import hash_of, intact, told_of
from records.tables import support
from records.tables.base import core

_TABLE = core(support.SupportAct)
_ONE = select(_TABLE).where(_TABLE.c.id == bindparam("id_"))
_LOCKED = _ONE.with_for_update()
_OF = select(_TABLE).where(_TABLE.c.dossier == bindparam("dossier_")).order_by(_TABLE.c.asked_at, _TABLE.c.id)
_CLEAR = [column for column in _TABLE.c if column.name not in {"sealed", "asked_hash"}]
_BY_TIME = Order("acts", _TABLE.c.asked_at, _TABLE.c.id)
_LATE = (
    _TABLE.c.state.in_([ActState.WAITING.value, ActState.APPROVED.value]),
    _TABLE.c.expires_at.is_not(None),
    _TABLE.c.expires_at <= bindparam("now"),
)
_ANY_LATE = select(_TABLE.c.id).where(*_LATE).limit(1)
_EXPIRE = update(_TABLE).where(*_LATE).values(state=ActState.EXPIRED.value)
_BEGINS = _TABLE.c.state.in_([ActState.APPROVED.value, ActState.DOING.value])
_TO_DO = select(_TABLE.c.id).where(_BEGINS).order_by(_TABLE.c.asked_at, _TABLE.c.id).limit(bindparam("limit"))
_VOID = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("id_"), _BEGINS)
    .values(state=ActState.FAILED.value, problem=ActProblem.CHANGED.value)
)


class ActUnknown(Exception):
    """There is no such act."""


class ActNotWaiting(Exception):
    """It waits for no second person: decided before, expired, or never to be approved."""


@dataclass(frozen=True)
class ActRow:
    """An act in a list: what it is and how far, nothing that anybody wrote."""

    id: str
    dossier: str
    act: str
    leg: str | None
    step: str | None
    incident: str | None
    cause: str | None
    state: str
    by: str
    asked_at: datetime
    expires_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    done_at: datetime | None
    verify_by: datetime | None
    verified_at: datetime | None
    problem: str | None
    replay: str | None


def did_not_hold() -> ColumnElement[bool]:
    """Of an act's row: it was reopened, and nothing was asked since of a place that does not show by itself."""
    later = _TABLE.alias("later")
    settled = (
        select(later.c.id)
        .where(
            later.c.dossier == _TABLE.c.dossier,
            later.c.leg.is_not_distinct_from(_TABLE.c.leg),
            later.c.step.is_not_distinct_from(_TABLE.c.step),
            later.c.asked_at > _TABLE.c.asked_at,
            later.c.state.in_([ActState.DONE.value, ActState.VERIFIED.value]),
        )
        .exists()
    )
    return and_(_TABLE.c.state == ActState.REOPENED.value, _TABLE.c.act != Act.REDELIVER.value, ~settled)


class Acts:
    """Every change is made from the state that it follows on, so that two who try make it once."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    # ---- the wish and its approval

    async def ask(
        self,
        asked: ActAsked,
        *,
        act_id: str,
        by: str,
        now: datetime,
        cause: Cause | None = None,
        expires_at: datetime | None = None,
        before: dict[str, Any] | None = None,
        calls: tuple[Call, ...] = (),
        replay: str | None = None,
        approved: tuple[str | None, datetime | None] = (None, None),
    ) -> ActView:
        """Keep a wish; one with `expires_at` waits for a second person. The same id gives what was kept first.

        `before`: the fields as they were, of those that are corrected. `calls`: as the preview showed them.
        `approved`: by whom and when the replay was that it belongs to.
        """
        key = await self._keys.key_for(asked.dossier)
        row = {
            "id": act_id,
            "dossier": asked.dossier,
            "act": asked.act.value,
            **asked.target.model_dump(mode="json", exclude={"agency"}),
            "cause": cause.value if cause else None,
            "state": (ActState.WAITING if expires_at else ActState.APPROVED).value,
            "by": by,
            "asked_at": now,
            "asked_hash": hash_of(key, asked),
            "expires_at": expires_at,
            "replay": replay,
            "approved_by": approved[0],
            "approved_at": approved[1],
            "sealed": _sealed(key, act_id, told_of(asked, before or {}, calls)),
        }
        await self._database.write(lambda connection: inserted(connection, _TABLE, row) and None)
        return await self.get(act_id)

    async def approve(self, act_id: str, by: str, reason: str, now: datetime, expires_at: datetime) -> ActView:
        """A second person agrees. Raises `ActNotWaiting`."""
        values = {"state": ActState.APPROVED.value, "approved_by": by, "approved_at": now, "expires_at": expires_at}
        return await self._decide(act_id, values, reason)

    async def decline(self, act_id: str, by: str, reason: str, now: datetime) -> ActView:
        """A second person does not agree. Raises `ActNotWaiting`."""
        values = {"state": ActState.DECLINED.value, "approved_by": by, "approved_at": now}
        return await self._decide(act_id, values, reason)

    async def expire(self, now: datetime) -> None:
        """What nobody decided in time, or could not be begun in time, needs to be asked for anew."""
        if await self._database.read(lambda connection: connection.execute(_ANY_LATE, {"now": now}).first()):
            await self._database.write(lambda connection: connection.execute(_EXPIRE, {"now": now}) and None)

    # ---- carrying out

    async def to_do(self, limit: int) -> list[str]:
        """Acts to carry out, or to carry on with after a crash, oldest first."""
        return list(await self._database.read(lambda c: c.execute(_TO_DO, {"limit": limit}).scalars().all()))

    async def begin(self, act_id: str) -> bool:
        """Whether it is to be carried out: approved, or begun before."""
        states = (ActState.APPROVED, ActState.DOING)
        return await self._change(act_id, states, {"state": ActState.DOING.value}) is not None

    async def intact(self, act: ActView) -> bool:
        """Whether it is what was asked for, and approved: nobody altered it where it is kept."""
        return intact(await self._keys.key_for(act.dossier), act)

    async def void(self, act_id: str) -> None:
        """What was kept of it cannot be opened any more: it is not carried out."""
        await self._database.write(lambda connection: connection.execute(_VOID, {"id_": act_id}) and None)

    async def aim(self, act_id: str, incident: str) -> None:
        """The step was stopped for it: this is the incident to decide."""
        await self._change(act_id, (ActState.DOING,), {"incident": incident}, {"aimed": incident})

    async def done(
        self,
        act_id: str,
        now: datetime,
        verify_by: datetime,
        *,
        standings: tuple[Call, ...] = (),
        waits: tuple[str, ...] = (),
        opened: str | None = None,
    ) -> None:
        """It was carried out."""
        values = {"state": ActState.DONE.value, "done_at": now, "verify_by": verify_by}
        await self._change(
            act_id, (ActState.DOING,), values, {"standings": standings, "waits": waits, "opened": opened}
        )

    async def fail(self, act_id: str, problem: str, errors: tuple[ProblemItem, ...] = ()) -> None:
        """It was refused; nothing was done."""
        await self._change(
            act_id, (ActState.DOING,), {"state": ActState.FAILED.value, "problem": problem}, {"errors": errors}
        )

    # ---- proof

    async def to_verify(self, limit: int, after: str = "") -> list[ActView]:
        """Acts that were carried out and not proven, by id after the one given."""
        statement = select(_TABLE).where(_TABLE.c.state == ActState.DONE.value, _TABLE.c.id > after)
        return await self._views(statement.order_by(_TABLE.c.id).limit(limit))

    async def verified(self, act_id: str, now: datetime) -> None:
        """Everybody agrees."""
        await self._change(act_id, (ActState.DONE,), {"state": ActState.VERIFIED.value, "verified_at": now})

    async def reopen(self, act_id: str, problem: str) -> None:
        """Somebody does not agree, or nothing final came in time."""
        await self._change(act_id, (ActState.DONE,), {"state": ActState.REOPENED.value, "problem": problem})

    async def reopened(self, limit: int = 1000) -> list[ActRow]:
        """Acts that did not hold, and after which nothing was asked of their place: views differ there."""
        statement = select(*_CLEAR).where(did_not_hold())
        ordered = statement.order_by(_TABLE.c.asked_at, _TABLE.c.id).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(ordered).all())
        return [_row(row) for row in rows]

    # ---- reading

    async def get(self, act_id: str) -> ActView:
        """One act. Raises `ActUnknown`."""
        row = await self._database.read(lambda connection: connection.execute(_ONE, {"id_": act_id}).first())
        if row is None:
            raise ActUnknown("there is no such act")
        return await self._view(row)

    async def of(self, dossier: str) -> list[ActView]:
        """A dossier's acts, in order."""
        rows = await self._database.read(lambda connection: connection.execute(_OF, {"dossier_": dossier}).all())
        return [await self._view(row) for row in rows]

    async def listing(self, state: ActState | None, *, cursor: str | None, limit: int) -> Page[ActRow]:
        """Acts, oldest first. Raises `BadCursor`."""
        labels = [_BY_TIME.instant.label("sort_at"), _BY_TIME.id.label("sort_id")]
        wanted = [_TABLE.c.state == state.value] if state else []
        statement = select(*_CLEAR, *labels).where(*wanted, *_BY_TIME.after(cursor))
        ordered = statement.order_by(*_BY_TIME.by).limit(limit + 1)
        rows = await self._database.read(lambda connection: connection.execute(ordered).all())
        return _BY_TIME.page(rows, limit, _row)

    # ---- within

    async def _decide(self, act_id: str, values: dict[str, Any], reason: str) -> ActView:
        changed = await self._change(act_id, (ActState.WAITING,), values, {"decision_reason": reason})
        if changed is None:
            raise ActNotWaiting("it waits for no second person")
        return changed

    async def _change(
        self, act_id: str, states: tuple[ActState, ...], values: dict[str, Any], told: dict[str, Any] | None = None
    ) -> ActView | None:
        """The act as it is afterwards; none where it was in no such state."""
        known = await self.get(act_id)
        key = await self._keys.key_for(known.dossier)

        def change(connection: Connection) -> Row[Any] | None:
            row = connection.execute(_LOCKED, {"id_": act_id}).one()
            if row.state not in states:
                return None
            new = dict(values)
            if told:
                new["sealed"] = _sealed(key, act_id, _opened(key, row).model_copy(update=told))
            connection.execute(update(_TABLE).where(_TABLE.c.id == act_id).values(**new))
            return connection.execute(_ONE, {"id_": act_id}).one()

        row = await self._database.write(change)
        return await self._view(row) if row is not None else None

    async def _views(self, statement: Any) -> list[ActView]:  # noqa: ANN401  # a select
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        await self._keys.fetch([row.dossier for row in rows])
        return [await self._view(row) for row in rows]

    async def _view(self, row: Row[Any]) -> ActView:
        key = await self._keys.key_for(row.dossier)
        clear = {name: value for name, value in row._mapping.items() if name not in {"sealed", "asked_hash"}}  # noqa: SLF001  # SQLAlchemy's own name
        return ActView.model_validate({**clear, "asked_hash": row.asked_hash.hex(), "told": _opened(key, row)})


def _sealed(key: bytes, act_id: str, told: ActTold) -> bytes:
    return seal(key, told.model_dump_json().encode(), f"act/{act_id}")


def _opened(key: bytes, row: Row[Any]) -> ActTold:
    return ActTold.model_validate_json(unseal(key, row.sealed, f"act/{row.id}"))


def _row(row: Row[Any]) -> ActRow:
    return ActRow(**{name: getattr(row, name) for name in ActRow.__dataclass_fields__})
