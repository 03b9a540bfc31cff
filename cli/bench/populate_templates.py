"""Dossiers that a stack brings into every state, and their rows read back with what is sealed in them opened."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, select

from cli import scripted
from cli.bench.grounds import Grounds
from cli.samples import new_family
from cli.stack import Role, Stack
from contracts.dossier import Group, LegState, Stage, TaskKind
from records.database import Database
from records.keys import StoredKeys
from records.sealing import unseal
from records.tables import documents, edge, journal
from records.tables.base import core

FAR_OFF = {"pending_rate": 1, "answer_delay_s": [30 * 86400.0, 30 * 86400.0]}
"""An agency that takes its time."""
REASON = "Hồ sơ còn thiếu giấy tờ"
"""Papers are missing."""
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Part:
    """A table that a dossier has rows in: `code` names the dossier there; where each sealed column is sealed."""

    table: Table
    code: str
    sealed: dict[str, str]


PARTS = (
    Part(core(edge.Claim), "code", {"sealed_body": "body/{code}", "sealed_opening": "opening/{code}"}),
    Part(core(journal.Dossier), "code", {"sealed_state": "state/{code}", "sealed_filing": "filing/{code}"}),
    Part(core(journal.JournalEntry), "dossier", {"sealed": "journal/{dossier}/{epoch}/{seq}"}),
    Part(core(journal.Leg), "dossier", {}),
    Part(core(journal.Task), "dossier", {}),
    Part(core(journal.Incident), "dossier", {}),
    Part(core(journal.SearchToken), "dossier", {}),
    Part(core(documents.Document), "dossier", {"sealed": "document/{dossier}/{id}"}),
    Part(core(documents.Verdict), "dossier", {"sealed": "verdict/{dossier}/{document}"}),
    Part(
        core(edge.Upload),
        "dossier",
        {"sealed_name": "upload/{dossier}/{id}/name", "sealed": "upload/{dossier}/{id}"},
    ),
)
"""What pages and lists are made of; without what partners were told, agencies said, or was made to be signed."""


@dataclass(frozen=True)
class Template:
    """One dossier as it is stored, opened: its rows by table, the journal's in the order of their chain."""

    name: str
    code: str
    office: str
    filed_at: datetime
    rows: dict[str, list[dict[str, Any]]]


async def templates(ground: Grounds) -> list[Template]:
    """A dossier in each state, as a running stack leaves them."""
    stack = ground.stack
    await stack.agency("PUT", "population/control/faults", {"pending_rate": 0})
    scenes = [(f"{group} {told}", group, play) for told, play in _SCENES.items() for group in Group]
    codes = await _played(stack, scenes)
    await stack.agency("PUT", "social-insurance/control/faults", FAR_OFF)
    codes |= await _played(stack, [("birth pending", Group.BIRTH, _pending)])
    await stack.agency("DELETE", "social-insurance/control/faults")
    await stack.agency("PUT", "residence/control/faults", {"suspect_duplicate_rate": 1})
    codes |= await _played(stack, [("birth parked", Group.BIRTH, _parked)])
    await stack.agency("DELETE", "residence/control/faults")
    await stack.agency("DELETE", "population/control/faults")
    database = Database(ground.settings.database)
    keys = StoredKeys(database, ground.settings.master_key_bytes)
    found = [await read(name, code, database, keys) for name, code in codes.items()]
    await database.close()
    return found


async def read(name: str, code: str, database: Database, keys: StoredKeys) -> Template:
    """A dossier's rows, opened."""
    key = await keys.key_for(code)
    rows: dict[str, list[dict[str, Any]]] = {}
    for part in PARTS:
        mine = select(part.table).where(part.table.c[part.code] == code).order_by(*part.table.primary_key)
        if part.table.name == journal.JournalEntry.__tablename__:
            mine = mine.order_by(None).order_by(part.table.c.position)
        found = await database.read(lambda connection, asked=mine: connection.execute(asked).all())  # type: ignore[misc]  # bound at once
        rows[part.table.name] = [_opened(part, row, key) for row in found]
    (claim,) = rows[str(edge.Claim.__tablename__)]
    return Template(name, code, claim["office"], claim["filed_at"], rows)


def _opened(part: Part, row: Row[Any], key: bytes) -> dict[str, Any]:
    told = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    for column, place in part.sealed.items():
        if told[column] is not None:
            told[column] = unseal(key, told[column], place.format_map(told))
    return told


# ---- the scenes: from a filing to the state that is wanted


Play = Callable[[Stack, str], Awaitable[object]]


async def _played(stack: Stack, scenes: list[tuple[str, Group, Play]]) -> dict[str, str]:
    """Codes by name."""

    async def one(group: Group, play: Play) -> str:
        filing = (await new_family(stack, group, paper=play is _in_review)).filing
        code = str((await stack.send("/v1/dossiers", Role.PORTAL, filing))["code"])
        await play(stack, code)
        return code

    codes = [await one(group, play) for _, group, play in scenes]
    return {name: code for (name, _, _), code in zip(scenes, codes, strict=True)}


async def _returned(stack: Stack, code: str) -> None:
    await scripted.walk(stack, code)


async def _in_review(stack: Stack, code: str) -> str:
    return await scripted.open_task(stack, code, TaskKind.REVIEW)


async def _to_be_signed(stack: Stack, code: str) -> None:
    await scripted.accept(stack, await _in_review(stack, code))
    await scripted.open_task(stack, code, TaskKind.SIGNATURE)


async def _asked_back(stack: Stack, code: str) -> None:
    task = await _in_review(stack, code)
    papers = (await stack.read(f"/v1/tasks/{task}", Role.CLERK))["choices"]["papers"]
    await scripted.ask_supplement(stack, task, papers[:2], REASON)


async def _rejected(stack: Stack, code: str) -> None:
    task = await _in_review(stack, code)
    reasons = (await stack.read(f"/v1/tasks/{task}", Role.CLERK))["choices"]["reasons"]
    body = {"decision": "reject", "reason": reasons[0], "reason_text": REASON}
    await stack.send(f"/v1/tasks/{task}/review", Role.CLERK, body)
    await _until(stack, code, lambda view: Stage(view["stage"]).closed)


async def _pending(stack: Stack, code: str) -> None:
    await _signed(stack, code)
    await _until(stack, code, lambda view: any(leg["state"] == LegState.PENDING for leg in view["legs"]))


async def _parked(stack: Stack, code: str) -> None:
    await _signed(stack, code)
    await _until(stack, code, lambda view: bool(view["incidents"]))


async def _signed(stack: Stack, code: str) -> None:
    await _to_be_signed(stack, code)
    await scripted.sign(stack, await scripted.open_task(stack, code, TaskKind.SIGNATURE))


async def _until(stack: Stack, code: str, holds: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds(await stack.read(f"/v1/dossiers/{code}", Role.SUPPORT)):  # noqa: ASYNC110  # the view shows it
            await asyncio.sleep(scripted.LOOK_EVERY_S)


_SCENES: dict[str, Play] = {
    "returned": _returned,
    "rejected": _rejected,
    "in review": _in_review,
    "to be signed": _to_be_signed,
    "asked back": _asked_back,
}
"""For each group."""
