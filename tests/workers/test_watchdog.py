"""The watchdog: what is quiet and should not be, why, and that looking again costs next to nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import OperationalError
from temporalio.client import Client

from contracts.causes import Cause
from contracts.dossier import (
    DocumentKind,
    DocumentState,
    DocumentView,
    IncidentView,
    LegKind,
    LegState,
    LegView,
    Stage,
)
from contracts.journal import EventKind
from records.database import Database
from records.exchanges import Exchange, ExchangeLog
from records.feed import Standings
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import Queries
from records.support.heard import Hearing
from records.support.noticing import Place
from records.support.sources import SOURCES, Moments, Source
from records.support.stuck import StuckCases, StuckFilter
from records.tables import journal
from records.tables.base import core
from records.tables.edge import DossierKey
from records.tables.support import AgencySwitch
from tests.records import samples
from workers import causes
from workers.watchdog import Watchdog

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LATE = NOW - timedelta(minutes=1)
EXPECTED = 15.0
AGENCIES = {"civil_status": "civil-status", "personal_id": "population", "residence": "residence"}


class Town:
    """Dossiers as their journals show them, agencies as the log of exchanges does, and a clock to set."""

    def __init__(self, database: Database) -> None:
        self.database, self.keys = database, StoredKeys(database, bytes(32))
        self.cases = StuckCases(database, self.keys)
        self.now = NOW
        self.journal = JournalStore(database, self.keys)
        self.watchdog = Watchdog(
            cast("Client", None),
            self.cases,
            Hearing(database, self.keys),
            Queries(database, self.keys),
            Standings(database),
            every=2,
            expected=EXPECTED,
            now=lambda: self.now,
        )

    async def dossier(self, *, code: str | None = None, seq: int = 1, **state: Any) -> str:
        code = code or (await samples.claimed(self.database, self.keys)).code
        entry = samples.entry(seq, EventKind.LEG_CHANGED)
        await self.journal.write(samples.a_turn(code, entry, state=samples.a_state(code, **state)))
        return code

    async def said(self, code: str, agency: str, step: str, status: int | None, answer: Any = None, n: int = 1) -> None:
        log = ExchangeLog(self.database, self.keys)
        told = None if answer is None else json.dumps(answer, ensure_ascii=False)
        step, _, part = step.partition(":")
        key = f"{code}:{step}:{part or agency}:1"
        log.record(Exchange(agency, code, step, key, n, "POST /x\n{}", told, status, 1.0, NOW))
        await log.aclose()

    async def quiet_for(self, seconds: float) -> None:
        """Look, let time pass in which nothing happens, and look again."""
        await self.watchdog.look_at_quiet()
        self.now += timedelta(seconds=seconds)
        await self.watchdog.look_at_quiet()

    async def stuck(self) -> set[tuple[str, str | None, str | None]]:
        rows = (await self.cases.listing(StuckFilter(), limit=200)).items
        return {(row.cause, row.agency, row.leg or row.step) for row in rows}

    async def switch(self, agency: str, *, until: datetime | None) -> None:
        row = {"id": "s1", "agency": agency, "rate": 0.0, "by": "s", "since": LATE, "until": until, "sealed": b""}
        await self.database.write(lambda c: c.execute(insert(core(AgencySwitch)), row) and None)


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


def legs(**states: LegState) -> tuple[LegView, ...]:
    kinds = (LegKind.CIVIL_STATUS, LegKind.PERSONAL_ID, LegKind.RESIDENCE, LegKind.HEALTH_CARD)
    return tuple(
        LegView(
            kind=kind,
            agency=AGENCIES.get(kind, "social-insurance"),
            state=states.get(kind, LegState.GRANTED),
            due_at=NOW + timedelta(days=2),
            expected_by=LATE if states.get(kind) in {LegState.SENT, LegState.PENDING} else None,
        )
        for kind in kinds
    )


def document(state: DocumentState) -> DocumentView:
    return DocumentView(id="d.v1", kind=DocumentKind.BIRTH_CERTIFICATE, version=1, sha256="0" * 64, state=state)


PUBLISHED = (document(DocumentState.PUBLISHED),)
FORGOTTEN = {"legs": legs(residence=LegState.WAITING), "documents": PUBLISHED}


async def test_a_leg_that_nobody_was_asked_for_is_seen_after_a_minute_and_gone_once_it_is_sent(town: Town) -> None:
    code = await town.dossier(**FORGOTTEN)
    await town.quiet_for(EXPECTED + 1)
    assert await town.stuck() == set()
    await town.quiet_for(60)
    assert await town.stuck() == {("never-forwarded", "residence", "residence")}
    await town.dossier(code=code, seq=2, legs=legs(residence=LegState.SENT), documents=PUBLISHED)
    await town.watchdog.look_at_quiet()
    assert await town.stuck() == set()


@dataclass(frozen=True)
class Explained:
    name: str
    state: dict[str, Any]


WAITING = legs(residence=LegState.WAITING)
OPEN = IncidentView(id="c.hand_over.1", step="hand_over", code="hand-over-refused", opened_at=LATE)


@pytest.mark.parametrize(
    "case",
    [
        Explained("held", {**FORGOTTEN, "held": True}),
        Explained("a citizen has to answer", {**FORGOTTEN, "stage": Stage.NEEDS_SUPPLEMENT}),
        Explained("an incident", {**FORGOTTEN, "incidents": (OPEN,)}),
        Explained("a task", {**FORGOTTEN, "tasks": (samples.a_task("G22.99.08-261124-000001"),)}),
        Explained("a running leg", {**FORGOTTEN, "legs": legs(civil_status=LegState.SENT, residence=LegState.WAITING)}),
        Explained("closed", {**FORGOTTEN, "stage": Stage.WITHDRAWN}),
        Explained("the number is awaited", {"legs": legs(personal_id=LegState.PENDING), "documents": PUBLISHED}),
    ],
    ids=lambda case: case.name,
)
def test_what_explains_that_nothing_happens(case: Explained) -> None:
    state = samples.a_state("G22.99.08-261124-000001", **case.state)
    place = Place("quiet", Source.QUIET, NOW, state.code)
    assert causes.of_quiet(place, state, [], {}, long=True) == []


def test_a_number_that_is_still_awaited_explains_no_leg_once_the_certificate_counts() -> None:
    late = legs(personal_id=LegState.PENDING, residence=LegState.WAITING)
    state = samples.a_state("G22.99.08-261124-000001", legs=late, documents=PUBLISHED)
    [noticed] = causes.of_quiet(Place("quiet", Source.QUIET, NOW, state.code), state, [], {}, long=True)
    assert (noticed.cause, noticed.place.leg) == (Cause.NEVER_FORWARDED, "residence")


@pytest.mark.parametrize(
    ("state", "agency", "step"),
    [
        ({"legs": WAITING, "documents": (document(DocumentState.SIGNED),)}, "signing", "seal"),
        ({"legs": legs(), "documents": PUBLISHED, "stage": Stage.DONE}, "vneid", "hand_over"),
        ({"legs": WAITING, "stage": Stage.SUBMITTED}, "health-facility", "birth_notice"),
    ],
    ids=["seal", "hand-over", "look-up"],
)
async def test_a_step_without_a_leg_of_which_nobody_was_heard_is_an_agency_away(
    town: Town, state: dict[str, Any], agency: str, step: str
) -> None:
    await town.dossier(**state)
    await town.quiet_for(EXPECTED + 1)
    assert await town.stuck() == {("agency-away", agency, step)}


async def test_a_hand_over_that_fails_is_seen_beside_a_leg_that_runs_and_gone_once_it_succeeds(town: Town) -> None:
    code = await town.dossier(legs=legs(personal_id=LegState.PENDING), documents=PUBLISHED)
    await town.watchdog.listen()
    await town.said(code, "vneid", "hand_over", None, n=3)
    await town.said(code, "one-stop", "hand_over", 200, {"status": 1})
    await town.quiet_for(EXPECTED + 1)
    assert await town.stuck() == {("agency-away", "vneid", "hand_over")}
    await town.said(code, "vneid", "hand_over", 200, {"status": 1})
    await town.watchdog.listen()
    assert await town.stuck() == set()


CERTIFICATE, RESULTS = "birth_certificate-1-one-stop", "results-vneid"


@pytest.mark.parametrize(
    ("stage", "part", "expected"),
    [
        (Stage.IN_PROGRESS, CERTIFICATE, ("agency-slow", "one-stop", "hand_over")),
        (Stage.DONE, RESULTS, ("agency-slow", "vneid", "hand_over")),
        (Stage.DONE, CERTIFICATE, ("agency-away", "vneid", "hand_over")),
    ],
    ids=["a document", "the closing list", "a document, and nobody took the closing list"],
)
async def test_who_has_a_result_in_hand_is_slow(town: Town, stage: Stage, part: str, expected: Any) -> None:
    code = await town.dossier(legs=legs(), documents=PUBLISHED, stage=stage)
    agency = part.rsplit("-", 1)[1] if part is RESULTS else "one-stop"
    await town.said(code, agency, f"hand_over:{part}", 202, {"status": 2})
    await town.quiet_for(EXPECTED + 1)
    assert await town.stuck() == {expected}


async def test_a_seal_that_is_missing_is_seen_beside_a_number_that_takes_days(town: Town) -> None:
    signed = (document(DocumentState.SIGNED),)
    running = legs(personal_id=LegState.PENDING, residence=LegState.WAITING, health_card=LegState.WAITING)
    await town.dossier(legs=running, documents=signed)
    await town.quiet_for(EXPECTED + 1)
    assert await town.stuck() == {("agency-away", "signing", "seal")}
    refused = IncidentView(id="c.seal.1", step="seal", code="seal-refused", opened_at=LATE)
    await town.dossier(legs=running, documents=signed, incidents=(refused,))
    await town.quiet_for(EXPECTED + 1)
    assert len(await town.stuck()) == 1  # of the other: that is its incident's


async def test_what_is_quiet_was_due_when_its_last_entry_was_as_old_as_such_a_step_takes(town: Town) -> None:
    hand_over = await town.dossier(legs=legs(), documents=PUBLISHED, stage=Stage.DONE)
    forgotten = await town.dossier(**FORGOTTEN)
    await town.quiet_for(EXPECTED + 1)
    await town.quiet_for(60)
    rows = {row.dossier: row for row in (await town.cases.listing(StuckFilter())).items}
    written = samples.entry(1, EventKind.LEG_CHANGED).at
    assert rows[hand_over].due_at == written + timedelta(seconds=EXPECTED)
    assert rows[forgotten].due_at == written + timedelta(seconds=60)


async def test_an_overdue_legs_cause_follows_what_the_agency_says(town: Town) -> None:
    code = await town.dossier(legs=legs(residence=LegState.SENT), documents=PUBLISHED)
    await town.watchdog.look(Source.LEG)
    assert await town.stuck() == {("agency-away", "residence", "residence")}  # nobody was heard at all
    await town.watchdog.listen()
    for status, words, cause in (
        (503, None, "agency-away"),
        (500, {"message": "Chưa cập nhật trạng thái"}, "not-yet-updated"),
        (202, {"trangThai": "TIEP_NHAN"}, "agency-slow"),
        (None, None, "agency-away"),
    ):
        await town.said(code, "residence", "register_residence", status, words, n=7)
        await town.watchdog.listen()
        assert await town.stuck() == {(cause, "residence", "residence")}
    row = await town.cases.one(f"leg.{code}.residence")
    assert row is not None
    assert (row.attempts, row.step) == (7, "register_residence")


async def test_an_incident_is_called_what_the_agencys_own_words_mean(town: Town) -> None:
    named = {"Trùng mã đơn vị": "unit-unknown", "Điều lạ": "request-rejected", "server error": "request-rejected"}
    for words in named:
        code = (await samples.claimed(town.database, town.keys)).code
        incident = IncidentView(
            id=f"{code}.register_residence.1",
            step="register_residence",
            code="request-rejected",
            opened_at=NOW,
            agency="residence",
            leg=LegKind.RESIDENCE,
        )
        await town.said(code, "residence", "register_residence", 400, {"errorDescription": words})
        await town.dossier(code=code, legs=legs(residence=LegState.PARKED), incidents=(incident,))
    await town.watchdog.look(Source.INCIDENT)
    rows = (await town.cases.listing(StuckFilter())).items
    assert sorted(row.cause for row in rows) == sorted(named.values())


async def test_what_waits_for_an_agency_that_we_paused_says_so_and_is_let_go(town: Town) -> None:
    await town.dossier(legs=legs(residence=LegState.SENT), documents=PUBLISHED)
    await town.watchdog.look(Source.LEG)
    await town.switch("residence", until=NOW + timedelta(hours=1))
    await town.watchdog.listen()
    assert await town.stuck() == {("agency-paused", "residence", "residence")}
    town.now += timedelta(hours=2)
    await town.watchdog.listen()
    assert await town.stuck() == {("agency-away", "residence", "residence")}


async def test_a_database_that_is_away_is_looked_at_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.dossier(legs=legs(residence=LegState.SENT), documents=PUBLISHED)
    town.watchdog._turns_at = float("inf")  # no engine here

    async def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("away", None, TimeoutError())

    with monkeypatch.context() as broken:
        broken.setattr(town.database, "read", away)
        await town.watchdog.round()
    await town.watchdog.round()
    assert ("agency-away", "residence", "residence") in await town.stuck()


# ---- what it costs


async def populated(town: Town, dossiers: int, stuck: int) -> None:
    """So many open dossiers, of which some have an overdue leg, as plain rows."""
    later = NOW + timedelta(days=2)

    def fill(connection: Any) -> None:
        codes = [f"G22.99.08-261124-{number:06}" for number in range(dossiers)]
        connection.execute(insert(core(DossierKey)), [{"dossier": code, "wrapped": b"x"} for code in codes])
        common = {"group": "birth", "channel": "online", "office": "00070", "client": "p", "filed_at": NOW}
        common |= {"stage": "in_progress", "held": False, "epoch": "e", "seq": 1, "position": 1, "last_hash": b""}
        rows = [
            {**common, "code": code, "late_at": LATE if number < stuck else later, "sealed_state": b"x" * 2000}
            for number, code in enumerate(codes)
        ]
        connection.execute(insert(core(journal.Dossier)), rows)
        leg = {"office": "00070", "filed_at": NOW}
        connection.execute(
            insert(core(journal.Leg)),
            [
                {**leg, "dossier": row["code"], "kind": kind, "state": "sent", "late_at": late}
                for row in rows
                for kind, late in (("civil_status", None), ("residence", row["late_at"]))
            ],
        )

    await town.database.write(fill)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile; of a batch, once for all its rows."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    engines = (database._read_engine, database._write_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield heard
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)


async def test_a_round_that_finds_nothing_new_asks_no_more_however_many_are_stuck(town: Town) -> None:
    town.watchdog._turns_at = float("inf")  # no engine here
    await town.watchdog.round()
    with statements(town.database) as idle:
        await town.watchdog.round()
    await populated(town, 3000, 1200)
    with statements(town.database) as first:
        await town.watchdog.look(Source.LEG)
    assert len([each for each in first if each.startswith("INSERT")]) == 3  # five hundred at a time
    assert len((await town.cases.listing(StuckFilter(agency="residence"), limit=200)).items) == 200
    assert (await town.cases.summary(NOW)).open == 1200
    with statements(town.database) as again:
        await town.watchdog.round()
    assert len(again) == len(idle)
    assert not [each for each in again if each.startswith(("INSERT", "UPDATE"))]


@pytest.mark.parametrize("source", [Source.LEG, Source.TASK, Source.CLAIM, Source.HELD, Source.OUTBOX])
async def test_no_source_reads_a_whole_table(sqlite: Database, source: Source) -> None:
    statement = SOURCES[source](Moments(NOW, timedelta(seconds=15)))

    def plan(connection: Any) -> list[str]:
        asked: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        connection.execute(statement)
        [(sql, values)] = asked
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]

    steps = await sqlite.read(plan)
    assert not [step for step in steps if step.startswith("SCAN") and "USING" not in step], steps
