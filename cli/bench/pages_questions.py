"""What is asked of a large database: the desk's pages and the API's lists, by clerks and by support."""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import text

from cli.bench.pages_readers import CHAIR, MANAGER, SUPPORT, Issuer, Reader, reader
from cli.bench.populate_registers import SIX
from contracts.birth import BirthDeclaration
from contracts.filings import Filing
from records.database import Database
from records.edge import Claims
from records.keys import StoredKeys

OK, UNCHANGED = 200, 204
CHAIRS_MOST = 50
NEXT = re.compile(r'href="(/desk\?[^"]*cursor=[^"]+)"')
MARK = re.compile(r"seen=([0-9a-f]+)")
GUARD = re.compile(r'name="csrf" value="([^"]+)"')
CHAIRS = """
SELECT person, array_agg(DISTINCT office) AS offices FROM duties
WHERE role = 'chair' AND office IN (SELECT office FROM tasks WHERE state = 'open')
GROUP BY person HAVING count(DISTINCT office) = :offices ORDER BY md5(person) LIMIT :most
"""
TASKS = "SELECT id, office FROM tasks WHERE state = 'open' AND kind = :kind ORDER BY md5(id) LIMIT :most"
DOSSIERS = """
SELECT code, office FROM dossiers WHERE (closed_at IS NOT NULL) = :closed AND "group" = :group
ORDER BY md5(code) LIMIT :most
"""
"""In no order that anybody else has."""

Prepare = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Request]]
Fits = Callable[[httpx.Response], bool]


@dataclass(frozen=True)
class Asked:
    """Who asks, and about what: `chairs` of one office each, `deputies` of six."""

    chairs: list[Reader]
    deputies: list[Reader]
    support: Reader
    manager: Reader
    open: list[str]
    closed: list[str]
    reviews: list[str]
    signatures: list[str]
    filings: list[Filing]
    """Of the closed ones, in the same order."""


@dataclass(frozen=True)
class Question:
    """One kind of request; each time about something else. `fits`: whether an answer is one."""

    name: str
    prepare: Prepare
    fits: Fits = lambda answer: answer.status_code == OK


async def asked(database: Database, keys: StoredKeys, issuer: Issuer, audience: str, times: int) -> Asked:
    """People and dossiers to ask about, drawn alike each time."""

    async def column(statement: str, **given: Any) -> list[str]:  # noqa: ANN401  # what is bound
        return list(await database.read(lambda c: c.execute(text(statement), given).scalars().all()))

    async def who(scopes: tuple[str, ...], subject: str = "bench", offices: tuple[str, ...] | None = None) -> Reader:
        return await reader(database, keys, issuer, audience, scopes=scopes, subject=subject, offices=offices)

    async def chairs(*, offices: int) -> list[Reader]:
        rows = await database.read(lambda c: c.execute(text(CHAIRS), {"offices": offices, "most": CHAIRS_MOST}).all())
        return [await who(CHAIR, row.person, tuple(row.offices)) for row in rows]

    async def drawn(*, closed: bool) -> list[str]:
        """Births first, then deaths."""
        halves = [await column(DOSSIERS, closed=closed, group=group, most=times // 2) for group in ("birth", "death")]
        return halves[0] + halves[1]

    closed = await drawn(closed=True)
    claims = Claims(database, keys)
    return Asked(
        chairs=await chairs(offices=1),
        deputies=await chairs(offices=SIX),
        support=await who(SUPPORT),
        manager=await who(MANAGER),
        open=await drawn(closed=False),
        closed=closed,
        reviews=await column(TASKS, kind="review", most=times),
        signatures=await column(TASKS, kind="signature", most=times),
        filings=[filing for code in closed if (filing := await claims.filing(code))],
    )


def questions(about: Asked) -> Iterator[Question]:
    """Every question, in the order of the table."""
    support = [about.support]
    for readers, told in ((about.chairs, "one office"), (about.deputies, "six offices"), (support, "all offices")):
        yield from _inbox(readers, told)
        yield from _lists(readers, told)
    yield from _one(support, about)
    yield from _search(about)
    yield Question("GET /v1/statistics/dossiers", _get([about.manager], ["/v1/statistics/dossiers"]))


def _inbox(readers: Sequence[Reader], told: str) -> Iterator[Question]:
    yield Question(f"inbox, {told}", _get(readers, ["/desk"]), _listed)
    for kind in ("review", "signature"):
        yield Question(f"inbox, {told}, {kind}", _get(readers, [f"/desk?kind={kind}"]))
    yield Question(f"inbox, {told}, page 3 or the last", _third(readers), _listed)
    yield Question(f"inbox, {told}, live: unchanged", _live(readers), _unchanged)
    yield Question(f"inbox, {told}, live: changed", _get(readers, ["/desk/rows?seen=0"]), _listed)


def _lists(readers: Sequence[Reader], told: str) -> Iterator[Question]:
    yield Question(f"GET /v1/tasks, {told}", _get(readers, ["/v1/tasks"]), _some)
    for asked_for in (
        "",
        "?stage=in_progress",
        "?group=death&stage=returned",
        "?overdue=true",
        "?leg=health_card&leg_state=pending",
        "?incident=any",
    ):
        yield Question(f"GET /v1/dossiers{asked_for}, {told}", _get(readers, [f"/v1/dossiers{asked_for}"]))


def _one(support: Sequence[Reader], about: Asked) -> Iterator[Question]:
    for told, codes in (("open", about.open), ("closed", about.closed)):
        yield Question(f"dossier page, {told}", _get(support, [f"/desk/dossiers/{code}" for code in codes]))
    for told, tasks in (("review", about.reviews), ("signature", about.signatures)):
        yield Question(f"task page, {told}", _get(support, [f"/desk/tasks/{task}" for task in tasks]))
    yield Question("GET /v1/dossiers/{code}", _get(support, [f"/v1/dossiers/{code}" for code in about.closed]))


def _search(about: Asked) -> Iterator[Question]:
    people = [_person(filing) for filing in about.filings]
    wanted = {
        "whole name": [whole for whole, _ in people],
        "surname and given name": [some for _, some in people],
        "personal number": [filing.applicant.personal_id for filing in about.filings],
        "code": about.closed,
    }
    for readers, told in (([about.support], "all offices"), (about.deputies, "six offices")):
        for kind, texts in wanted.items():
            yield Question(f"search by {kind}, {told}", _post(readers, texts))


def _person(filing: Filing) -> tuple[str, str]:
    """A name, whole and in part."""
    declaration = filing.declaration
    about = declaration.child if isinstance(declaration, BirthDeclaration) else declaration.deceased
    return about.full_name, f"{about.surname} {about.given_name}"


# ---- requests


def _get(readers: Sequence[Reader], paths: Sequence[str]) -> Prepare:
    async def prepare(http: httpx.AsyncClient, number: int) -> httpx.Request:
        return http.build_request("GET", paths[number % len(paths)], headers=readers[number % len(readers)].headers)

    return prepare


def _post(readers: Sequence[Reader], texts: Sequence[str]) -> Prepare:
    guards: dict[str, str] = {}

    async def prepare(http: httpx.AsyncClient, number: int) -> httpx.Request:
        who = readers[number % len(readers)]
        if who.session not in guards:
            guards[who.session] = _found(GUARD, await http.get("/desk", headers=who.headers))
        form = {"csrf": guards[who.session], "text": texts[number % len(texts)]}
        return http.build_request("POST", "/desk/search", data=form, headers=who.headers)

    return prepare


def _third(readers: Sequence[Reader]) -> Prepare:
    async def prepare(http: httpx.AsyncClient, number: int) -> httpx.Request:
        headers, path = readers[number % len(readers)].headers, "/desk"
        for _ in range(2):
            page = await http.get(path, headers=headers)
            if further := NEXT.search(page.text):
                path = further[1].replace("&amp;", "&")
        return http.build_request("GET", path, headers=headers)

    return prepare


def _live(readers: Sequence[Reader]) -> Prepare:
    async def prepare(http: httpx.AsyncClient, number: int) -> httpx.Request:
        headers = readers[number % len(readers)].headers
        mark = _found(MARK, await http.get("/desk", headers=headers))
        return http.build_request("GET", f"/desk/rows?seen={mark}", headers=headers)

    return prepare


def _found(what: re.Pattern[str], page: httpx.Response) -> str:
    found = what.search(page.raise_for_status().text)
    assert found is not None, "every page of a session has it"  # noqa: S101
    return found[1]


def _listed(answer: httpx.Response) -> bool:
    return answer.status_code == OK and "/desk/tasks/" in answer.text


def _unchanged(answer: httpx.Response) -> bool:
    """Nothing; or the list, where a task of these offices has come due meanwhile."""
    return answer.status_code == UNCHANGED or _listed(answer)


def _some(answer: httpx.Response) -> bool:
    return answer.status_code == OK and bool(answer.json()["items"])
