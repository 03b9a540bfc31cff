"""What every agency with single effects does alike, in its own words."""

import asyncio

import httpx
import pytest

from tests.sim_agencies.benefits import BENEFITS
from tests.sim_agencies.deaths import DEATHS
from tests.sim_agencies.samples import CALLS, Call, eventually, ledger, new_dossier, set_faults

EVERY_CALL = [*CALLS, *DEATHS, *BENEFITS]
at_every_agency = pytest.mark.parametrize("call", EVERY_CALL, ids=lambda call: f"{call.agency}/{call.effect}")


@at_every_agency
async def test_a_granted_request_is_one_line_in_the_ledger(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0)
    response = await call.ask(agencies, dossier, f"{dossier}/1")
    assert (response.status_code, call.word(response.json())) == (200, call.granted)
    [row] = await ledger(agencies, call.agency, dossier)
    assert row.keys() == {"dossier", "effect", "idempotency_key", "requests", "at", "result"}
    assert (row["dossier"], row["effect"], row["idempotency_key"]) == (dossier, call.effect, f"{dossier}/1")
    assert row["requests"] == 1


@at_every_agency
async def test_a_resend_gets_the_same_answer_and_is_counted(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0)
    answers = [(await call.ask(agencies, dossier, dossier)).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    [row] = await ledger(agencies, call.agency, dossier)
    assert row["requests"] == 3


@at_every_agency
async def test_resends_at_the_same_time_have_one_effect(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0, latency_ms=[1, 5])
    await asyncio.gather(*(call.ask(agencies, dossier, dossier) for _ in range(5)))
    [row] = await ledger(agencies, call.agency, dossier)
    assert row["requests"] == 5


@at_every_agency
async def test_a_request_without_key_is_refused(agencies: httpx.AsyncClient, call: Call):
    response = await agencies.post(f"/{call.agency}/{call.path}", json=call.body(new_dossier()))
    assert (response.status_code, response.json()["errorCode"]) == (400, "THIEU_KHOA")


@at_every_agency
async def test_a_request_with_missing_fields_is_told_which(agencies: httpx.AsyncClient, call: Call):
    response = await agencies.post(f"/{call.agency}/{call.path}", json={}, headers={"Idempotency-Key": "k"})
    assert (response.status_code, response.json()["errorCode"]) == (400, "DU_LIEU_KHONG_HOP_LE")
    assert response.json()["truong"]


@at_every_agency
async def test_a_pending_case_is_no_line_until_answered(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=1, answer_delay_s=[86400, 86400])
    first, second = [await call.ask(agencies, dossier, dossier) for _ in range(2)]
    assert call.word(first.json()) == call.pending
    assert first.json() == second.json()
    assert await ledger(agencies, call.agency, dossier) == []

    reference = call.reference_in(first)
    enquiry = await agencies.get(f"/{call.agency}/cases/{reference}")
    assert enquiry.json() == first.json()
    answered = await agencies.post(f"/{call.agency}/control/answers", json={"dossier": dossier})
    assert answered.json() == {"answered": 1}

    enquiry = await agencies.get(f"/{call.agency}/cases/{reference}")
    assert (enquiry.status_code, call.word(enquiry.json())) == (200, call.granted)
    assert (await call.ask(agencies, dossier, dossier)).json() == enquiry.json()
    [row] = await ledger(agencies, call.agency, dossier)
    assert row["requests"] == 3


@at_every_agency
async def test_a_pending_case_is_answered_by_itself_when_due(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=1, answer_delay_s=[0.05, 0.05])
    await call.ask(agencies, dossier, dossier)
    await eventually(lambda: ledger(agencies, call.agency, dossier))


@at_every_agency
async def test_a_refusal_is_remembered_and_leaves_no_line(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0, refuse_rate=1)
    first = await call.ask(agencies, dossier, dossier)
    assert (first.status_code, call.word(first.json())) == (200, call.refused)
    await set_faults(agencies, call.agency, pending_rate=0)
    assert (await call.ask(agencies, dossier, dossier)).json() == first.json()
    assert await ledger(agencies, call.agency, dossier) == []
    another = await call.ask(agencies, dossier, f"{dossier}/2")
    assert call.word(another.json()) == call.granted


@at_every_agency
async def test_a_suspected_duplicate_is_an_outcome_of_its_own(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0, suspect_duplicate_rate=1)
    response = await call.ask(agencies, dossier, dossier)
    assert (response.status_code, call.word(response.json())) == (200, call.suspected)
    assert await ledger(agencies, call.agency, dossier) == []


@at_every_agency
async def test_a_malformed_answer_hides_an_effect_that_stands(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0, malformed_rate=1)
    response = await call.ask(agencies, dossier, dossier)
    assert response.status_code == 200
    assert "granted" not in response.text
    with pytest.raises((ValueError, KeyError)):
        call.word(response.json())
    [row] = await ledger(agencies, call.agency, dossier)
    assert row["requests"] == 1


@at_every_agency
async def test_a_stumble_comes_before_the_effect(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, pending_rate=0, error_rate=1)
    assert (await call.ask(agencies, dossier, dossier)).status_code == 500
    assert await ledger(agencies, call.agency, dossier) == []


@at_every_agency
async def test_an_agency_that_is_down_answers_503_but_for_its_control_paths(agencies: httpx.AsyncClient, call: Call):
    dossier = new_dossier()
    await set_faults(agencies, call.agency, down=True)
    assert (await call.ask(agencies, dossier, dossier)).status_code == 503
    assert (await agencies.get(f"/{call.agency}/cases/x")).status_code == 503
    assert (await agencies.get(f"/{call.agency}/alive")).status_code == 503
    assert await ledger(agencies, call.agency, dossier) == []
    await agencies.delete(f"/{call.agency}/control/faults")
    assert (await agencies.get(f"/{call.agency}/alive")).status_code == 200


@at_every_agency
async def test_an_unknown_reference_is_not_found(agencies: httpx.AsyncClient, call: Call):
    assert (await agencies.get(f"/{call.agency}/cases/unknown")).status_code == 404
