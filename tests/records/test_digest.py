"""The daily digest: any day is counted from the rows, and what is left follows from the day before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from contracts.causes import Owner
from records.database import Database
from records.keys import StoredKeys
from records.support.digest import Digest, DigestLine, Digests, Told
from records.tables.base import core
from records.tables.support import Discrepancy, Question, StuckCase
from tests.records import samples
from tests.records.test_stuck import a_dossier

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
ONE = timedelta(days=1)
MUCH_LATER = NOON + 30 * ONE
CASE: dict[str, Any] = {"spell": 1, "source": "leg", "cause": "agency-away", "owner": "agency", "office": "00070"}


async def stuck(database: Database, *rows: dict[str, Any]) -> None:
    filled = [
        {**CASE, "id": f"leg.{number}", "due_at": row["noticed_at"], "changed_at": row["noticed_at"], "gone_at": None}
        | row
        for number, row in enumerate(rows)
    ]
    await database.write(lambda c: [c.execute(insert(core(StuckCase)), each) for each in filled] and None)


def line(digest: Digest, **wanted: Any) -> DigestLine:
    [found] = [each for each in digest.lines if all(getattr(each, name) == value for name, value in wanted.items())]
    return found


@pytest.fixture
def digests(database: Database) -> Digests:
    return Digests(database)


async def test_a_day_tells_what_came_what_went_and_what_is_left(database: Database, digests: Digests) -> None:
    await stuck(
        database,
        {"noticed_at": NOON - 3 * ONE},
        {"noticed_at": NOON - 2 * ONE, "gone_at": NOON},
        {"noticed_at": NOON, "gone_at": NOON + timedelta(hours=1)},
        {"noticed_at": NOON + timedelta(hours=2)},
        {"noticed_at": NOON - 2 * ONE, "gone_at": NOON - ONE},
        {"noticed_at": NOON + ONE},
        {"noticed_at": NOON, "office": "00001", "cause": "task-late", "owner": "office"},
        {"noticed_at": NOON, "office": None, "cause": "callback-unmatched"},
    )
    told = await digests.of(DAY, MUCH_LATER)
    found = line(told, office="00070")
    assert (found.told, found.owner, found.cause) == (Told.CASE, "agency", "agency-away")
    assert (found.new, found.gone, found.open, found.oldest) == (2, 2, 2, NOON - 3 * ONE)
    assert line(told, office="00001").new == 1
    assert line(told, cause="callback-unmatched").open == 1
    assert [each.office for each in (await digests.of(DAY, MUCH_LATER, owner=Owner.OFFICE)).lines] == ["00001"]
    mine = await digests.of(DAY, MUCH_LATER, offices=frozenset({"00070"}))
    assert [each.office for each in mine.lines] == ["00070"]


async def test_what_was_left_and_came_less_what_went_is_left(database: Database, digests: Digests) -> None:
    stays = [timedelta(hours=hours) for hours in (0, 3, 20, 30, 55, 200)]
    rows = [
        {"noticed_at": at, "gone_at": at + stay, "cause": cause, "spell": number}
        for number, stay in enumerate(stays)
        for hours in range(0, 96, 5)
        for cause in ("agency-away", "unit-unknown")
        for at in [NOON + timedelta(hours=hours)]
    ]
    await stuck(database, *rows)
    left = dict.fromkeys(("agency-away", "unit-unknown"), 0)
    for number in range(14):
        told = await digests.of(DAY + number * ONE, MUCH_LATER)
        for each in told.lines:
            assert each.cause is not None
            left[each.cause] += each.new - each.gone
            assert each.open == left[each.cause]
    assert set(left.values()) == {0}


async def test_today_is_counted_until_now_and_days_are_viet_nams(database: Database, digests: Digests) -> None:
    first = datetime(2026, 11, 23, 17, tzinfo=UTC)
    await stuck(
        database,
        {"noticed_at": first - timedelta(seconds=1)},
        {"noticed_at": first},
        {"noticed_at": NOON, "gone_at": NOON + timedelta(hours=3)},
    )
    told = await digests.of(DAY, NOON + timedelta(hours=2))
    assert (told.since, told.until) == (first, NOON + timedelta(hours=2))
    assert (told.lines[0].new, told.lines[0].gone, told.lines[0].open) == (2, 0, 3)


async def test_questions_and_differences_are_supports_to_do(
    database: Database, keys: StoredKeys, digests: Digests
) -> None:
    code = await a_dossier(database, keys)
    due = {"asked_at": NOON, "answer_by": NOON, "due_at": NOON, "closed_at": None}
    asked = {"dossier": code, "office": "00070", "by": "clerk", "state": "open", "cause": None, **due}
    answers = (None, NOON + timedelta(hours=1), NOON + 2 * ONE)
    differs = {"agency": "residence", "dossier": code, "kind": "missing", "found_at": NOON, "reconciliation": "r"}
    rows: list[tuple[Any, dict[str, Any]]] = [
        (Question, {**asked, "id": f"q{n}", "answered_at": at}) for n, at in enumerate(answers)
    ]
    rows += [(Discrepancy, {**differs, "key": f"k{n}", "settled_at": at}) for n, at in enumerate(answers)]
    await database.write(lambda c: [c.execute(insert(core(kind)), row) for kind, row in rows] and None)
    told = await digests.of(DAY, MUCH_LATER)
    for what, cause in ((Told.QUESTION, None), (Told.DIFFERENCE, "views-differ")):
        found = line(told, told=what)
        assert (found.office, found.owner, found.cause) == (samples.OFFICE, "support", cause)
        assert (found.new, found.gone, found.open, found.oldest) == (3, 1, 2, NOON)
    assert (await digests.of(DAY, MUCH_LATER, owner=Owner.AGENCY)).lines == ()
    assert len((await digests.of(DAY, MUCH_LATER, owner=Owner.SUPPORT)).lines) == 2
