"""Clerks' questions about a dossier and support's answers; what was said is sealed with the dossier's key."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from contracts.causes import Cause
from contracts.questions import QuestionMessageView, QuestionState, QuestionView, Side
from records.database import Database
from records.keys import StoredKeys
from records.paging import Order, Page
from records.sealing import seal, unseal
from records.statements import inserted
from records.tables.base import core
from records.tables.support import Question, QuestionMessage

_TABLE, _SAID = core(Question), core(QuestionMessage)
_ONE = select(_TABLE).where(_TABLE.c.id == bindparam("id_"))
_LOCKED = _ONE.with_for_update()
_OF = select(_TABLE).where(_TABLE.c.dossier == bindparam("dossier_")).order_by(_TABLE.c.asked_at, _TABLE.c.id)
_MESSAGES = (
    select(_SAID)
    .where(_SAID.c.question.in_(bindparam("ids", expanding=True)))
    .order_by(_SAID.c.question, _SAID.c.number)
)
_BY_DUE = Order("questions-due", _TABLE.c.due_at, _TABLE.c.id)
_NEWEST = Order("questions", _TABLE.c.asked_at, _TABLE.c.id, newest_first=True)
_OPEN = _TABLE.c.state == QuestionState.OPEN.value
_FIRST = select(_TABLE.c.asked_at, _TABLE.c.answer_by, _TABLE.c.answered_at).where(
    _TABLE.c.asked_at >= bindparam("since"),
    _TABLE.c.answered_at.is_not(None) | _TABLE.c.closed_at.is_(None),
)
_WAITING = select(func.count(), func.min(_TABLE.c.asked_at), func.min(_TABLE.c.due_at)).where(_OPEN)
_LATE = select(func.count()).where(_OPEN, _TABLE.c.due_at < bindparam("now"))


@dataclass(frozen=True)
class QuestionRow:
    """A question in a list: how far it is, nothing that anybody said. `late`: an answer is owed and overdue."""

    id: str
    dossier: str
    office: str
    by: str
    asked_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    due_at: datetime
    closed_at: datetime | None
    state: QuestionState
    cause: str | None
    late: bool


@dataclass(frozen=True)
class Said:
    """What somebody says; `call` is the request's id: the same again says nothing twice."""

    call: str
    side: Side
    by: str
    text: str
    at: datetime


@dataclass(frozen=True)
class QuestionFigures:
    """Of the questions asked since a moment: how many had their first answer, and in time.

    `share`: in time, of those that were answered or are late. `open`, `late`, `oldest_open`: as it stands now.
    """

    asked: int
    answered: int
    in_time: int
    share: float | None
    median_s: float | None
    open: int
    late: int
    oldest_open: datetime | None


@dataclass(frozen=True)
class QuestionsWaiting:
    """What waits for support's answer now. `first_due`: until when the one that waits longest is to be answered."""

    open: int
    late: int
    first_due: datetime | None


class Questions:
    """A question is open until support answers, and again once a clerk says more."""

    def __init__(self, database: Database, keys: StoredKeys) -> None:
        self._database = database
        self._keys = keys

    async def ask(self, dossier: str, office: str, said: Said, within: timedelta, cause: Cause | None = None) -> None:
        """Keep a new question under its call's id; the same call again changes nothing."""
        key = await self._keys.key_for(dossier)
        due = said.at + within
        row = {
            "id": said.call,
            "dossier": dossier,
            "office": office,
            "by": said.by,
            "asked_at": said.at,
            "answer_by": due,
            "due_at": due,
            "state": QuestionState.OPEN.value,
            "cause": cause.value if cause else None,
        }

        def ask(connection: Connection) -> None:
            if inserted(connection, _TABLE, row):
                inserted(connection, _SAID, _message(key, said.call, 1, said))

        await self._database.write(ask)

    async def say(self, question: str, said: Said, within: timedelta, cause: Cause | None = None) -> None:
        """Add a message: support's answers, a clerk's opens again, and the next answer is owed `within` this time."""
        known = await self._row(question)
        if known is None:
            return
        key = await self._keys.key_for(known.dossier)

        def say(connection: Connection) -> None:
            row = connection.execute(_LOCKED, {"id_": question}).one()
            before = connection.execute(_MESSAGES, {"ids": [question]}).all()
            if any(_told(key, each)["call"] == said.call for each in before):
                return
            connection.execute(_SAID.insert(), _message(key, question, len(before) + 1, said))
            values = _answered(row, said) if said.side is Side.SUPPORT else _opened(row, said, within)
            if cause is not None:
                values["cause"] = cause.value
            connection.execute(update(_TABLE).where(_TABLE.c.id == question).values(**values))

        await self._database.write(say)

    async def close(self, question: str, now: datetime) -> None:
        """Nothing more is to be said; closed ones stay as they are."""
        closing = update(_TABLE).where(_TABLE.c.id == question, _TABLE.c.state != QuestionState.CLOSED.value)
        values = {"state": QuestionState.CLOSED.value, "closed_at": now}
        await self._database.write(lambda c: c.execute(closing.values(**values)) and None)

    async def get(self, question: str, now: datetime) -> QuestionView | None:
        """One question with all that was said."""
        row = await self._row(question)
        return (await self._views([row], now))[0] if row is not None else None

    async def of(self, dossier: str, now: datetime) -> list[QuestionView]:
        """A dossier's questions, in order."""
        rows = await self._database.read(lambda c: c.execute(_OF, {"dossier_": dossier}).all())
        return await self._views(list(rows), now)

    async def listing(
        self,
        state: QuestionState | None,
        offices: frozenset[str] | None,
        now: datetime,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[QuestionRow]:
        """Open ones by when an answer is owed, others the newest first. Raises `BadCursor`."""
        order = _BY_DUE if state is QuestionState.OPEN else _NEWEST
        wanted = [_TABLE.c.state == state.value] if state else []
        wanted += [_TABLE.c.office.in_(sorted(offices))] if offices is not None else []
        labels = [order.instant.label("sort_at"), order.id.label("sort_id")]
        statement = select(_TABLE, *labels).where(*wanted, *order.after(cursor)).order_by(*order.by).limit(limit + 1)
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return order.page(rows, limit, lambda row: QuestionRow(**_clear(row, now)))

    async def figures(self, since: datetime, now: datetime) -> QuestionFigures:
        """How quickly first answers came."""
        rows, waiting, late = await self._database.read(
            lambda c: (
                c.execute(_FIRST, {"since": since}).all(),
                c.execute(_WAITING).one(),
                c.execute(_LATE, {"now": now}).scalar_one(),
            )
        )
        answered = [row for row in rows if row.answered_at is not None]
        in_time = sum(row.answered_at <= row.answer_by for row in answered)
        decided = len(answered) + sum(row.answered_at is None and row.answer_by < now for row in rows)
        return QuestionFigures(
            asked=len(rows),
            answered=len(answered),
            in_time=in_time,
            share=in_time / decided if decided else None,
            median_s=median((row.answered_at - row.asked_at).total_seconds() for row in answered) if answered else None,
            open=waiting[0],
            late=late,
            oldest_open=waiting[1],
        )

    async def waiting(self, now: datetime) -> QuestionsWaiting:
        """How many answers are owed, and how many of them are overdue."""
        waiting, late = await self._database.read(
            lambda c: (c.execute(_WAITING).one(), c.execute(_LATE, {"now": now}).scalar_one())
        )
        return QuestionsWaiting(waiting[0], late, waiting[2])

    async def _row(self, question: str) -> Row[Any] | None:
        return await self._database.read(lambda c: c.execute(_ONE, {"id_": question}).first())

    async def _views(self, rows: list[Row[Any]], now: datetime) -> list[QuestionView]:
        if not rows:
            return []
        said = await self._database.read(lambda c: c.execute(_MESSAGES, {"ids": [row.id for row in rows]}).all())
        await self._keys.fetch({row.dossier for row in rows})
        found = []
        for row in rows:
            key = await self._keys.key_for(row.dossier)
            messages = tuple(_shown(key, each) for each in said if each.question == row.id)
            found.append(QuestionView(**_clear(row, now), messages=messages))
        return found


def _clear(row: Row[Any], now: datetime) -> dict[str, Any]:
    told = {column.name: getattr(row, column.name) for column in _TABLE.c}
    state = QuestionState(row.state)
    return {**told, "state": state, "late": state is QuestionState.OPEN and row.due_at < now}


def _answered(row: Row[Any], said: Said) -> dict[str, Any]:
    return {
        "state": QuestionState.ANSWERED.value,
        "closed_at": None,
        "answered_at": row.answered_at or said.at,
    }


def _opened(row: Row[Any], said: Said, within: timedelta) -> dict[str, Any]:
    owed = row.state == QuestionState.OPEN.value  # whoever adds to what waits gets no later answer
    due = row.due_at if owed else said.at + within
    return {"state": QuestionState.OPEN.value, "closed_at": None, "due_at": due}


def _message(key: bytes, question: str, number: int, said: Said) -> dict[str, Any]:
    told = json.dumps({"call": said.call, "side": said.side.value, "text": said.text}, ensure_ascii=False)
    sealed = seal(key, told.encode(), _place(question, number))
    return {"question": question, "number": number, "by": said.by, "at": said.at, "sealed": sealed}


def _told(key: bytes, row: Row[Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(unseal(key, row.sealed, _place(row.question, row.number)))
    return told


def _shown(key: bytes, row: Row[Any]) -> QuestionMessageView:
    told = _told(key, row)
    return QuestionMessageView(number=row.number, side=told["side"], by=row.by, at=row.at, text=told["text"])


def _place(question: str, number: int) -> str:
    return f"question/{question}/{number}"
