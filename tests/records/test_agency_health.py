"""How agencies answered lately: counted from the exchanges, by an index alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.dialects.sqlite import dialect

from contracts.agencies import Agency
from records.database import Database
from records.support import agency_health
from records.support.agency_health import AgencyHealth, AgencyRecords, Health
from records.support.sources import Source
from records.tables.base import core
from records.tables.exchanges import Exchange
from records.tables.support import StuckCase

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
EVERY = (Agency.RESIDENCE, Agency.LABOUR, Agency.POPULATION, Agency.VNEID)


def said(agency: Agency, seconds_ago: float, status: int | None = 200, duration: float = 10.0) -> dict[str, Any]:
    at = NOW - timedelta(seconds=seconds_ago)
    return {"agency": agency.value, "attempt": 1, "status": status, "duration_ms": duration, "at": at, "sealed": b""}


async def keep(database: Database, *rows: dict[str, Any]) -> None:
    await database.write(lambda connection: connection.execute(insert(core(Exchange)), list(rows)) and None)


async def test_one_word_for_how_each_agency_answered(database: Database):
    await keep(
        database,
        said(Agency.RESIDENCE, 400, None),
        *(said(Agency.RESIDENCE, n, duration=float(n)) for n in range(1, 101)),
        said(Agency.LABOUR, 10, 422),
        *(said(Agency.LABOUR, n, status) for n, status in enumerate((500, None, 429), 20)),
        said(Agency.POPULATION, 301),
        said(Agency.POPULATION, 5, 503),
    )
    told = await AgencyRecords(database).health(EVERY, NOW)
    assert {agency: each.health for agency, each in told.items()} == {
        Agency.RESIDENCE: Health.WELL,
        Agency.LABOUR: Health.TROUBLED,
        Agency.POPULATION: Health.DOWN,
        Agency.VNEID: Health.QUIET,
    }
    well, ago = told[Agency.RESIDENCE], timedelta
    assert well == AgencyHealth(Health.WELL, 100, 0, 51, 96, NOW - ago(seconds=1), NOW - ago(seconds=400))
    assert (told[Agency.LABOUR].answers, told[Agency.LABOUR].failures) == (1, 3)
    assert told[Agency.POPULATION].last_success == NOW - ago(seconds=301)
    assert told[Agency.VNEID] == AgencyHealth(Health.QUIET, 0, 0, None, None, None, None)


async def test_legs_beyond_their_time_are_counted_by_agency(database: Database):
    def stuck(number: int, **more: Any) -> dict[str, Any]:
        row = {"id": str(number), "spell": 1, "source": Source.LEG.value, "cause": "agency-slow", "owner": "agency"}
        return (
            row | dict.fromkeys(("due_at", "noticed_at", "changed_at"), NOW) | {"attempts": 0, "gone_at": None} | more
        )

    rows = [stuck(1, agency="labour"), stuck(2, agency="labour"), stuck(3, agency="residence")]
    rows += [stuck(4, agency="labour", gone_at=NOW), stuck(5, agency="labour", source=Source.INCIDENT.value)]
    await database.write(lambda connection: connection.execute(insert(core(StuckCase)), rows) and None)
    assert await AgencyRecords(database).overdue() == {"labour": 2, "residence": 1}


@pytest.mark.parametrize("question", ["_ALL", "_FAILURES", "_DURATIONS", "_SUCCESS", "_FAILURE"])
async def test_every_figure_is_read_from_an_index_alone(sqlite: Database, question: str):
    sql = str(getattr(agency_health, question).compile(dialect=dialect()))
    values = ("labour", str(NOW), 1, 0)[: sql.count("?")]
    plan = repr(await sqlite.read(lambda c: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()))
    assert "USING COVERING INDEX ix_exchanges_" in plan
    assert "TEMP B-TREE" not in plan
