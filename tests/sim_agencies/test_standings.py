"""How a case stands is told by key and by day, and asking leaves no trace."""

import httpx
import pytest

from sim_agencies import clock, standings
from tests.sim_agencies.benefits import BENEFITS
from tests.sim_agencies.deaths import DEATHS
from tests.sim_agencies.samples import CALLS, Call, ledger, new_dossier, set_faults

EVERY_CALL = [*CALLS, *DEATHS, *BENEFITS]
at_every_agency = pytest.mark.parametrize("call", EVERY_CALL, ids=lambda call: f"{call.agency}/{call.effect}")


async def standing(agencies: httpx.AsyncClient, call: Call, key: str) -> dict[str, object]:
    told: dict[str, object] = (await agencies.get(f"/{call.agency}/standings/{key}")).raise_for_status().json()
    return told


@at_every_agency
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"pending_rate": 0}, "granted"),
        ({"pending_rate": 0, "refuse_rate": 1}, "refused"),
        ({"pending_rate": 1}, "pending"),
    ],
)
async def test_what_became_of_a_request_is_told_by_its_key(
    agencies: httpx.AsyncClient, call: Call, fault: dict[str, float], expected: str
) -> None:
    dossier = new_dossier()
    key = f"{dossier}:{call.effect}:1"
    await set_faults(agencies, call.agency, answer_delay_s=[600, 600], **fault)
    assert (await standing(agencies, call, key))["standing"] == "unknown"
    await call.ask(agencies, dossier, key)
    before = await ledger(agencies, call.agency, dossier)
    told = await standing(agencies, call, key)
    assert (told["standing"], told["since"] is None, told["reason"] is None) == (
        expected,
        expected == "pending",
        expected != "refused",
    )
    assert bool(told["result"]) is (expected == "granted")
    assert await ledger(agencies, call.agency, dossier) == before


async def test_a_day_is_told_page_after_page(agencies: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standings, "PAGE", 4)
    call = next(each for each in CALLS if each.agency == "residence")
    dossiers = {new_dossier() for _ in range(10)}
    for dossier in dossiers:
        await call.ask(agencies, dossier, dossier)
    found: list[str] = []
    cursor: int | None = 0
    while cursor is not None:
        asked = {"day": clock.today().isoformat(), "cursor": str(cursor)}
        page = (await agencies.get("/residence/standings", params=asked)).raise_for_status().json()
        assert len(page["lines"]) <= 4
        found += [line["key"] for line in page["lines"]]
        cursor = page["cursor"]
    assert dossiers <= set(found)
    assert len(found) == len(set(found))
    before = (await agencies.get("/residence/standings", params={"day": "2020-01-01"})).json()
    assert not dossiers & {line["key"] for line in before["lines"]}


async def test_an_agency_that_is_down_tells_nothing(agencies: httpx.AsyncClient) -> None:
    await set_faults(agencies, "residence", down=True)
    assert (await agencies.get("/residence/standings/k")).status_code == 503
