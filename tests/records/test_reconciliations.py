"""Comparisons as they are kept: what each saw and settled stays with it, whatever later ones see."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.agencies import Agency
from contracts.reconciliations import DiscrepancyKind, Run, RunEnd
from contracts.standings import Standing
from records.database import Database
from records.support.reconciliations import Differing, ReconciliationRow, Reconciliations

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
KEYS = [f"G22.99.08-261122-{number:06}:register_residence:1" for number in range(3)]
U, R, G = Standing.UNKNOWN, Standing.REFUSED, Standing.GRANTED


@pytest.fixture
def kept(database: Database) -> Reconciliations:
    return Reconciliations(database)


def differing(key: str, kind: DiscrepancyKind) -> Differing:
    ours, theirs = {"missing": (G, U), "different": (G, R), "extra": (U, G)}[kind]
    return Differing(key.partition(":")[0], key, kind, ours, theirs)


async def ran(
    kept: Reconciliations, name: str, found: dict[str, DiscrepancyKind], agreeing: tuple[str, ...] = (), hour: int = 0
) -> ReconciliationRow:
    """One comparison, from its beginning to its end."""
    run, now, day = f"reconciliation/{name}", NOW + timedelta(hours=hour), NOW.date()
    await kept.begin(run, Agency.RESIDENCE, day, now)
    rows = [differing(key, kind) for key, kind in found.items()]
    await kept.keep(run, Agency.RESIDENCE, rows, list(agreeing), now)
    end = RunEnd(run=Run(id=run, agency=Agency.RESIDENCE, day=day, settles=0), ours=3, theirs=2, agreeing=1)
    await kept.end(end, now)
    ended = await kept.get(run)
    assert ended is not None
    return ended


def counts(run: ReconciliationRow) -> tuple[int, int, int, int]:
    return run.missing, run.extra, run.different, run.settled


async def keys_of(kept: Reconciliations, name: str) -> set[str]:
    page = await kept.open(Agency.RESIDENCE, is_open=None, run=f"reconciliation/{name}")
    return {row.key for row in page.items}


async def test_a_run_keeps_what_it_saw_and_settled(kept: Reconciliations) -> None:
    lost, changed, extra = KEYS
    kinds = DiscrepancyKind
    first = await ran(kept, "first", {lost: kinds.MISSING, changed: kinds.DIFFERENT, extra: kinds.EXTRA})
    assert counts(first) == (1, 1, 1, 0)
    second = await ran(kept, "second", {lost: kinds.MISSING}, (changed,), hour=1)
    assert counts(second) == (1, 0, 0, 1)
    third = await ran(kept, "third", {}, (lost, changed, extra), hour=2)
    assert counts(third) == (0, 0, 0, 2), "what was settled before is not settled again"
    before = await kept.get("reconciliation/first")
    assert before is not None
    assert counts(before) == (1, 1, 1, 0)
    assert await keys_of(kept, "first") == {changed, extra}
    assert await keys_of(kept, "second") == {lost, changed}
    assert await keys_of(kept, "third") == {lost, extra}


async def test_what_comes_back_is_open_again_and_nobodys_settlement(kept: Reconciliations) -> None:
    lost = KEYS[0]
    await ran(kept, "first", {lost: DiscrepancyKind.MISSING})
    await ran(kept, "second", {}, (lost,), hour=1)
    await ran(kept, "third", {lost: DiscrepancyKind.MISSING}, hour=2)
    [row] = (await kept.open(Agency.RESIDENCE)).items
    assert (row.found_at, row.settled_at, row.settled_by) == (NOW + timedelta(hours=2), None, None)
    assert await keys_of(kept, "second") == set()
