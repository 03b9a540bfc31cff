"""Faults: what may be set, and that draws repeat."""

import time

import httpx
import pytest

from sim_agencies.faults import Draw, FaultBoard, Faults
from tests.sim_agencies.samples import CALL_OF, new_dossier, set_faults

FIELDS = {
    "down",
    "latency_ms",
    "error_rate",
    "lost_response_rate",
    "malformed_rate",
    "pending_rate",
    "answer_delay_s",
    "callback_drop_rate",
    "callback_duplicate_rate",
    "refuse_rate",
    "suspect_duplicate_rate",
    "reject_rate",
    "reject_text",
    "seed",
}


async def test_a_setting_replaces_the_whole_and_absent_is_off(agencies: httpx.AsyncClient):
    await set_faults(agencies, "residence", error_rate=0.5, seed=7)
    await set_faults(agencies, "residence", refuse_rate=0.25)
    shown = (await agencies.get("/residence/control/faults")).json()
    assert shown.keys() == FIELDS
    assert (shown["error_rate"], shown["refuse_rate"], shown["seed"]) == (0, 0.25, 0)
    assert (shown["pending_rate"], shown["answer_delay_s"]) == (None, None)


async def test_clearing_brings_normal_operation_back(agencies: httpx.AsyncClient):
    await set_faults(agencies, "residence", down=True)
    assert (await agencies.delete("/residence/control/faults")).status_code == 200
    assert (await agencies.get("/residence/control/faults")).json() == Faults().model_dump()


@pytest.mark.parametrize(
    "setting",
    [
        {"downn": True},
        {"down": 1},
        {"down": "yes"},
        {"error_rate": 1.5},
        {"error_rate": -0.1},
        {"error_rate": "0.5"},
        {"latency_ms": [5, 1]},
        {"latency_ms": [5]},
        {"latency_ms": 5},
        {"answer_delay_s": [-1, 1]},
        {"seed": 1.5},
    ],
    ids=str,
)
async def test_a_wrong_setting_is_refused(agencies: httpx.AsyncClient, setting: dict[str, object]):
    assert (await agencies.put("/residence/control/faults", json=setting)).status_code == 422


async def test_every_agency_has_faults_and_a_ledger(agencies: httpx.AsyncClient):
    names = (
        "civil-status population residence social-insurance health-facility one-stop national-portal vneid notification"
    )
    for agency in names.split():
        assert (await agencies.get(f"/{agency}/control/faults")).json().keys() == FIELDS
        assert isinstance((await agencies.get(f"/{agency}/control/ledger")).json(), list)


async def outcomes(agencies: httpx.AsyncClient, seed: int) -> list[int]:
    await set_faults(agencies, "residence", error_rate=0.5, seed=seed)
    call = CALL_OF["residence"]
    return [(await call.ask(agencies, dossier, dossier)).status_code for dossier in (new_dossier() for _ in range(20))]


async def test_the_same_seed_draws_the_same_and_another_does_not(agencies: httpx.AsyncClient):
    first = await outcomes(agencies, 1)
    assert await outcomes(agencies, 1) == first
    assert await outcomes(agencies, 2) != first
    assert set(first) == {200, 500}


async def test_latency_delays_the_answer(agencies: httpx.AsyncClient):
    await set_faults(agencies, "residence", latency_ms=[60, 80])
    began = time.perf_counter()
    await agencies.get("/residence/alive")
    assert time.perf_counter() - began >= 0.06


async def test_a_request_is_rejected_in_the_agencys_own_words_and_has_no_effect(agencies: httpx.AsyncClient):
    await set_faults(agencies, "residence", reject_rate=1, reject_text="Chưa cấu hình cán bộ tiếp nhận")
    dossier = new_dossier()
    answer = await CALL_OF["residence"].ask(agencies, dossier, dossier)
    assert answer.status_code == 422
    assert answer.json()["errorDescription"] == "Chưa cấu hình cán bộ tiếp nhận"
    assert (await agencies.get("/residence/control/ledger", params={"dossier": dossier})).json() == []
    assert (await agencies.get("/residence/alive")).status_code == 200


def test_draws_are_even_and_independent():
    draws = [Draw(0, "residence/register_residence", n) for n in range(4000)]
    errors = [draw.hits("error_rate", 0.3) for draw in draws]
    losses = [draw.hits("lost_response_rate", 0.3) for draw in draws]
    assert 0.27 < sum(errors) / 4000 < 0.33
    assert 0.07 < sum(e and lost for e, lost in zip(errors, losses, strict=True)) / 4000 < 0.11


def test_operations_count_apart():
    board = FaultBoard("residence")
    board.draw("enquiry")
    first, second = (board.draw("register_residence").fraction("x") for _ in range(2))
    board.replace(Faults())
    assert board.draw("register_residence").fraction("x") == first != second


async def test_what_is_asked_for_named_dossiers_is_rejected_until_the_list_is_empty(agencies: httpx.AsyncClient):
    named, other = new_dossier(), new_dossier()
    told = await agencies.put("/residence/control/rejections", json={"dossiers": [named], "text": "Đơn vị không khớp"})
    assert told.json() == {"rejected": 1}
    rejected = await CALL_OF["residence"].ask(agencies, named, named)
    assert (rejected.status_code, rejected.json()["errorDescription"]) == (422, "Đơn vị không khớp")
    assert (await CALL_OF["residence"].ask(agencies, other, other)).is_success
    await agencies.put("/residence/control/rejections", json={"dossiers": []})
    assert (await CALL_OF["residence"].ask(agencies, named, named)).is_success
