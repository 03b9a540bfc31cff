"""Histories of a running product: rehearsed against this code and a wrong one, kept, and read from the archive."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from records.support.archive import Archive
from tests.e2e.rolled_out import copied, forgotten, lienthong
from tests.stack import Stack, running
from workers.archivist import Archivist
from workers.rooms import Rooms

pytestmark = pytest.mark.timeout(240)
CARD = "                self.carried(LegKind.HEALTH_CARD, self.health_card, registered, first.ref(), first.number),\n"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Nobody else's dossiers are open here."""
    async with running(tmp_path_factory.mktemp("stack"), first_enquiry=6.0, retry_cap=2.0) as product:
        yield product


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def rooms(stack: Stack) -> AsyncIterator[Rooms]:
    opened = Rooms.open(stack.settings)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def returned(stack: Stack) -> str:
    """A birth that is closed."""
    code = await stack.file()
    await stack.walk(code)
    return code


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def waiting(stack: Stack) -> str:
    """An open birth whose health card was asked for: what is away is the residence."""
    await stack.faults("residence", down=True)
    code = await stack.file()
    await stack.accept(code)
    await stack.sign(code)
    await stack.until(
        code, lambda v: any(leg["kind"] == "health_card" and leg["state"] == "granted" for leg in v["legs"])
    )
    return code


async def test_what_runs_fits_the_code_that_runs_it(stack: Stack, returned: str, waiting: str) -> None:
    for code in (returned, waiting):
        said = await lienthong(stack, "replay", code)
        assert (said.code, said.err) == (0, "")
        assert re.fullmatch(rf"{code} fits the installed code \(\d+ events, from the engine\)\n", said.out)
    said = await lienthong(stack, "replay", "--open")
    assert (said.code, said.out) == (0, "1 open dossiers: 1 fit the installed code, 0 do not\n")
    nobody = await lienthong(stack, "replay", "--open", "--group", "death")
    assert (nobody.code, nobody.out) == (0, "0 open dossiers: 0 fit the installed code, 0 do not\n")


async def test_a_step_left_out_stops_the_roll_out_and_is_named(stack: Stack, waiting: str, tmp_path: Path) -> None:
    wrong = copied(tmp_path, "workflows/birth.py", CARD, "")
    said = await lienthong(stack, "replay", "--open", root=wrong)
    assert said.code == 1, said
    assert said.out.startswith("1 open dossiers: 0 fit the installed code, 1 do not\n")
    assert re.search(
        rf"{waiting}  event \d+, ActivityTaskScheduled: the history has issue_card, the code asks for hand_over",
        said.out,
    )
    assert not said.err


async def test_a_mistake_in_a_step_is_named_by_its_place(stack: Stack, waiting: str, tmp_path: Path) -> None:
    wrong = copied(tmp_path, "workflows/birth.py", CARD, CARD.replace(", first.number", ""))
    said = await lienthong(stack, "replay", waiting, root=wrong)
    assert said.code == 1, said
    assert re.search(r"event \d+, \w+: the code stops with TypeError in workflows/\w+\.py:\d+ \w+", said.out)
    assert not said.err


async def test_a_local_step_left_out_is_named(stack: Stack, waiting: str, tmp_path: Path) -> None:
    asked = "        verdict: PersonVerdict = await here_or_queued(CheckActivities.check_child, child)\n"
    wrong = copied(tmp_path, "workflows/birth.py", asked, "        verdict = PersonVerdict()\n")
    said = await lienthong(stack, "replay", waiting, root=wrong)
    assert said.code == 1, said
    assert "MarkerRecorded: the history has check_child, the code asks for find_birth_notice" in said.out


async def test_of_an_unknown_dossier_nothing_is_said(stack: Stack) -> None:
    said = await lienthong(stack, "replay", "G22.99.08-260101-000000")
    assert (said.code, said.out, said.err) == (1, "", "lienthong: there is no dossier G22.99.08-260101-000000\n")


async def test_a_closed_dossiers_history_is_kept_once_and_read_when_the_engine_has_forgotten_it(
    stack: Stack, rooms: Rooms, returned: str, waiting: str
) -> None:
    archive = Archive(rooms.database)
    early = Archivist.of(rooms, stack.client)
    await early.sweep()
    assert (await archive.status()).kept == 0, "it may still be taken back"
    archivist = Archivist(stack.client, archive, settled=timedelta())
    place = await archivist.sweep()
    assert place[1] == returned
    await archivist.sweep()
    status = await archive.status()
    assert (status.kept, status.missing) == (1, 0)
    said = await lienthong(stack, "archive", "--status")
    assert re.match(r"kept +1 histories +0\.\d MB, the last one \d\d/", said.out)

    await forgotten(stack, f"birth/{returned}")
    said = await lienthong(stack, "replay", returned)
    assert re.fullmatch(rf"{returned} fits the installed code \(\d+ events, from the archive\)\n", said.out)

    await rooms.keys.destroy(returned)
    said = await lienthong(stack, "replay", returned)
    assert (said.code, said.out) == (1, "")
    assert said.err == f"lienthong: {returned}: its key was destroyed; nobody can read its history any more\n"
