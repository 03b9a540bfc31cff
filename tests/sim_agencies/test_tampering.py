"""An agency loses cases, or has them otherwise than it said: standings, day and ledger tell it."""

import httpx
import pytest

from sim_agencies import clock
from tests.sim_agencies.samples import CALLS, Call, ledger, new_dossier

CALL = next(each for each in CALLS if each.agency == "residence")


async def tamper(agencies: httpx.AsyncClient, how: str, **body: str) -> httpx.Response:
    return await agencies.post(f"/residence/control/{how}", json=body)


async def standing(agencies: httpx.AsyncClient, key: str) -> str:
    return str((await agencies.get(f"/residence/standings/{key}")).json()["standing"])


async def asked(agencies: httpx.AsyncClient, call: Call = CALL) -> tuple[str, str]:
    dossier = new_dossier()
    key = f"{dossier}:{call.effect}:1"
    await call.ask(agencies, dossier, key)
    return dossier, key


async def day(agencies: httpx.AsyncClient, dossier: str) -> list[str]:
    told = (await agencies.get("/residence/standings", params={"day": clock.today().isoformat()})).json()
    return [line["standing"] for line in told["lines"] if line["dossier"] == dossier]


async def test_a_case_that_is_lost_is_unknown_and_leaves_the_ledger(agencies: httpx.AsyncClient) -> None:
    dossier, key = await asked(agencies)
    assert (await tamper(agencies, "forget", key=key)).json() == {"forgotten": 1}
    assert (await standing(agencies, key), await day(agencies, dossier)) == ("unknown", [])
    assert await ledger(agencies, "residence", dossier) == []
    assert (await tamper(agencies, "forget", key=key)).json() == {"forgotten": 0}


@pytest.mark.parametrize(("wanted", "effects"), [("granted", 1), ("refused", 0), ("pending", 0)])
async def test_a_case_stands_as_it_was_overwritten_and_back_again(
    agencies: httpx.AsyncClient, wanted: str, effects: int
) -> None:
    dossier, key = await asked(agencies)
    before = await ledger(agencies, "residence", dossier)
    assert (await tamper(agencies, "overwrite", key=key, standing=wanted)).status_code == 200
    assert (await standing(agencies, key), await day(agencies, dossier)) == (wanted, [wanted])
    assert len(await ledger(agencies, "residence", dossier)) == effects
    await tamper(agencies, "overwrite", key=key, standing="granted")
    again = await ledger(agencies, "residence", dossier)
    assert [row["result"] for row in again] == [row["result"] for row in before]


async def test_a_case_comes_out_of_nothing(agencies: httpx.AsyncClient) -> None:
    dossier = new_dossier()
    await tamper(agencies, "overwrite", key=f"{dossier}:register_residence:1", standing="granted")
    assert await day(agencies, dossier) == ["granted"]
    assert [row["effect"] for row in await ledger(agencies, "residence", dossier)] == ["register_residence"]


async def test_a_key_that_names_no_dossier_and_effect_is_refused(agencies: httpx.AsyncClient) -> None:
    assert (await tamper(agencies, "overwrite", key="nothing", standing="granted")).status_code == 422
    assert (await tamper(agencies, "forget", key="")).status_code == 422
