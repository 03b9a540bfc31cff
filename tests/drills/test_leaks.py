"""Nobody's name, number or address stands where it need not: not when all goes well, nor when anything fails."""

import base64
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from cli.bench.grounds import grounds
from tests.drills.planted import CHILD, MOTHER
from tests.drills.told import EXEMPT, Told, everything_happens
from tests.drills.traces import files, found

Tell = Callable[[str], None]


# ---- the search itself

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "in capitals": lambda text: text.upper().encode(),
    "without diacritics": lambda _: b"... zuxoaang ...",
    "escaped in JSON": lambda text: json.dumps({"name": f"x {text}"}).encode(),
    "in an address": lambda text: f"GET /v1/x?name={quote(text)}".encode(),
    "in hexadecimal": lambda text: text.encode().hex().encode(),
    "in base64, at the start": lambda text: base64.b64encode(text.encode() + b" and more"),
    "in base64, one further": lambda text: base64.b64encode(b"1" + text.encode() + b" and more"),
    "in base64, two further": lambda text: base64.b64encode(b"12" + text.encode() + b"!"),
    "in base64 for addresses": lambda text: base64.urlsafe_b64encode(b"??>" + text.encode()),
    "in two bytes a letter": lambda text: text.encode("utf-16"),
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_a_name_is_found_however_it_is_written(write: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "some.log").write_bytes(b"\0before" + write(CHILD) + b"behind\xff")
    (tmp_path / EXEMPT).mkdir()
    (tmp_path / EXEMPT / "theirs").write_text(CHILD)
    assert {each.split(" as ")[0] for each in found(files(tmp_path, but=EXEMPT), [CHILD, MOTHER])} == {
        f"{CHILD} stands in log/some.log"
    }


# ---- the product


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(full: bool, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What a stack has shown on which planted families have lived through everything, running and after its end."""
    state = tmp_path_factory.mktemp("leaks")
    async with grounds(state) as ground:
        await ground.ready()
        said = await everything_happens(ground, rounds=5 if full else 1)
    said.keep("once stopped, ", files(state, but=EXEMPT))
    return said


@pytest.mark.timeout(300)
def test_no_planted_value_stands_anywhere(told: Told, tell: Tell) -> None:
    size = sum(len(content) for content in told.places.values()) / 1e6
    tell(f"leaks: {len(told.codes)} dossiers, {len(told.values)} values in {len(told.places)} places of {size:.0f} MB")
    assert found(told.places, told.values) == []


def test_what_does_stand_there_is_found(told: Told) -> None:
    places = {each.split(" stands in ")[1].split(" as ")[0] for each in found(told.places, told.codes)}
    assert places >= {"log/workers.log", "once stopped, lienthong.db", "once stopped, temporal.db"}
    assert places >= {f"the history of birth/{code}" for code in told.codes}


def test_every_payload_in_the_engine_is_sealed(told: Told) -> None:
    assert told.unsealed == []
    assert told.sealed > 50 * len(told.codes)


def test_the_agencies_did_quote_and_the_people_are_there(told: Told) -> None:
    assert any(CHILD in answer for answer in told.quoted)
    assert any(line.startswith("POST /civil-status/") for line in told.lines)
    assert set(told.codes) <= set(told.searched)


def test_wrong_calls_were_refused_and_none_broke_anything(told: Told) -> None:
    assert sum(status >= 400 for status in told.answered) > 50
    assert max(told.answered) < 500
