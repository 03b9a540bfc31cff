"""Standings as agencies tell them; what is asked about a dossier is kept with it."""

import httpx
import pytest

from adapters.standing import StandingAdapter
from contracts.agencies import Agency
from contracts.failures import AgencyProtocolError
from contracts.standings import DayQuestion, Standing, StandingQuestion
from tests.adapters.line import CODE, Ears, agency

KEY = f"{CODE}:register:1"
QUESTION = StandingQuestion(agency=Agency.CIVIL_STATUS, dossier=CODE, key=KEY)


async def test_a_case_is_asked_by_its_key_and_the_exchange_is_kept() -> None:
    ears = Ears()

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"/civil-status/standings/{KEY}"
        told = {"key": KEY, "standing": "refused", "since": "2026-11-22T10:00:00+07:00", "reason": "data_mismatch"}
        return httpx.Response(200, json=told)

    told = await StandingAdapter(agency(ears, answer)).standing(QUESTION)
    assert (told.standing, told.reason, told.reference) == (Standing.REFUSED, "data_mismatch", None)
    [kept] = ears.exchanges
    assert (kept.dossier, kept.step, kept.key, kept.status) == (CODE, None, None, 200)
    assert kept.answer is not None


async def test_a_day_has_pages() -> None:
    line = {"dossier": CODE, "key": KEY, "standing": "pending", "at": None}

    def answer(request: httpx.Request) -> httpx.Response:
        first = request.url.params["cursor"] == "0"
        return httpx.Response(200, json={"lines": [line], "cursor": 7 if first else None})

    adapter = StandingAdapter(agency(Ears(), answer))
    day = DayQuestion(agency=Agency.CIVIL_STATUS, day="2026-11-22")
    first = await adapter.day(day)
    last = await adapter.day(day.model_copy(update={"cursor": first.cursor}))
    assert (first.cursor, last.cursor, first.lines[0].standing) == ("7", None, Standing.PENDING)


@pytest.mark.parametrize("told", [{}, {"key": KEY, "standing": "perhaps"}, []])
async def test_what_cannot_be_read_is_the_agencys_failure(told: object) -> None:
    with pytest.raises(AgencyProtocolError):
        await StandingAdapter(agency(Ears(), lambda _: httpx.Response(200, json=told))).standing(QUESTION)
