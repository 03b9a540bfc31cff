"""Agencies' late answers: signed, stored before they are acknowledged, told once, whenever they come."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from records.edge import InboxItem, InboxState
from tests.e2e.asking import eventually, journal, pointers, problem, reject
from tests.stack import Stack, leg
from workers.rooms import Rooms

Body = dict[str, Any]
NOBODYS = "G22.99.08-000000-000000"


@pytest_asyncio.fixture(autouse=True, loop_scope="session", scope="module")
async def silent_population(stack: Stack) -> AsyncIterator[None]:
    """The population database takes requests and never answers by itself."""
    await stack.faults("population", pending_rate=1, answer_delay_s=[3600, 3600])
    yield
    await stack.clear("population")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def rooms(stack: Stack) -> AsyncIterator[Rooms]:
    """What the product keeps."""
    opened = Rooms.open(stack.settings)
    yield opened
    await opened.close()


async def inbox(rooms: Rooms, state: InboxState, message: str) -> list[InboxItem]:
    """The message, if it stands in the inbox in this state."""
    return [item for item in await rooms.inbox().listing(state, 1000) if item.message_id == message]


async def settled(rooms: Rooms, state: InboxState, body: Body) -> InboxItem:
    """The message as the inbox shows it, once it has come into this state."""
    [item] = await eventually(lambda: inbox(rooms, state, body["message_id"]), len)
    assert (item.dossier, item.step, item.reference) == (body["dossier"], body["step"], body["reference"])
    return item


def granted(dossier: str, reference: str, number: str = "001226013296", **more: Any) -> Body:
    """The population database's late answer."""
    return {
        "message_id": f"msg_{uuid4().hex}",
        "reference": reference,
        "dossier": dossier,
        "step": "issue_id",
        "answer": {"outcome": "granted", "result": {"personal_id": number}},
        **more,
    }


async def send(
    stack: Stack,
    body: Body | bytes,
    agency: str = "population",
    *,
    secret_of: str | None = None,
    message_id: str | None = None,
    age_s: float = 0,
) -> httpx.Response:
    """The body, signed by Standard Webhooks as the agency would, unless told otherwise."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = message_id or (body["message_id"] if isinstance(body, dict) else "msg_x")
    at = str(int(time.time() - age_s))
    secret = base64.b64decode(stack.settings.callback_secret(secret_of or agency).removeprefix("whsec_"))
    mac = hmac.digest(secret, f"{told}.{at}.".encode() + content, "sha256")
    headers = {
        "webhook-id": told,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        "content-type": "application/json",
    }
    return await stack.http.post(f"/v1/callbacks/{agency}", content=content, headers=headers)


async def a_number(stack: Stack, code: str) -> str:
    """A number that can be this child's: place, century and sex, year, six digits."""
    child = (await stack.task(code, "review"))["declaration"]["child"]
    born = date.fromisoformat(child["born_on"])
    return f"001{2 + (child['sex'] == 'female')}{born.year % 100:02}{uuid4().int % 1_000_000:06}"


async def asked_before(stack: Stack, code: str) -> str:
    """The reference under which the agency will know the case: its key already stands there."""
    body = {"maHoSo": code, "maTinh": "01", "ngaySinh": "20261101", "gioiTinh": "NAM"}
    headers = {"Idempotency-Key": f"{code}:issue_id:1"}
    answer = await stack.http.post(f"{stack.agencies}/population/personal-ids", json=body, headers=headers)
    assert answer.status_code == 202
    return str(answer.json()["maYeuCau"])


async def waiting(stack: Stack) -> tuple[str, str, str]:
    """A dossier that waits for its number: code, the agency's reference, a number that fits."""
    code = await stack.file()
    number, reference = await a_number(stack, code), await asked_before(stack, code)
    await stack.accept(code)
    await stack.until(code, lambda view: leg(view, "personal_id")["state"] == "pending")
    return code, reference, number


def issued(view: dict[str, Any]) -> str | None:
    result = leg(view, "personal_id")["result"]
    return result and str(result["personal_id"])


# ---- when it comes


async def test_a_late_answer_is_taken_at_once(stack: Stack, rooms: Rooms) -> None:
    code, reference, number = await waiting(stack)
    body = granted(code, reference, number)
    answer = await send(stack, body)
    assert (answer.status_code, answer.json()) == (202, {"message_id": body["message_id"], "state": "received"})
    view = await stack.until(code, issued)
    assert issued(view) == number
    await settled(rooms, InboxState.DELIVERED, body)


async def test_an_answer_that_comes_before_the_step_waits_is_kept_for_it(stack: Stack, rooms: Rooms) -> None:
    code = await stack.file()
    number, reference = await a_number(stack, code), await asked_before(stack, code)
    body = granted(code, reference, number)
    assert (await send(stack, body)).status_code == 202
    await settled(rooms, InboxState.DELIVERED, body)
    assert leg(await stack.view(code), "personal_id")["state"] == "waiting"
    await stack.accept(code)
    assert issued(await stack.until(code, issued)) == number


async def test_what_is_said_twice_counts_once_and_a_contradiction_is_kept_and_shown(stack: Stack, rooms: Rooms) -> None:
    code, reference, number = await waiting(stack)
    first, other = granted(code, reference, number), granted(code, reference, number[:6] + "000000")
    for _ in range(3):
        assert (await send(stack, first)).status_code == 202
    await settled(rooms, InboxState.DELIVERED, first)
    assert (await send(stack, first)).json()["state"] == "delivered"
    assert (await send(stack, other)).status_code == 202
    await settled(rooms, InboxState.REFUSED, other)
    assert issued(await stack.until(code, issued)) == number
    moves = [entry["data"]["state"] for entry in await journal(stack, code) if entry["leg"] == "personal_id"]
    assert moves == ["sent", "pending", "granted"]


async def test_an_answer_to_another_case_does_not_answer_this_one(stack: Stack, rooms: Rooms) -> None:
    code, reference, number = await waiting(stack)
    stray = granted(code, "another-case", number)
    assert (await send(stack, stray)).status_code == 202
    await settled(rooms, InboxState.DELIVERED, stray)
    assert leg(await stack.view(code), "personal_id")["state"] == "pending"
    await send(stack, granted(code, reference, number))
    assert issued(await stack.until(code, issued)) == number


async def test_a_late_refusal_becomes_an_incident(stack: Stack) -> None:
    code, reference, _ = await waiting(stack)
    no = {"outcome": "refused", "reason": "data_mismatch", "text": "Chưa thống nhất", "legal_basis": "Luật Căn cước"}
    assert (await send(stack, granted(code, reference, answer=no))).status_code == 202
    assert (await stack.incident(code))["code"] == "personal-id-refused"


async def test_a_number_that_cannot_be_the_childs_becomes_an_incident(stack: Stack) -> None:
    code, reference, number = await waiting(stack)
    await send(stack, granted(code, reference, "079" + number[3:]))
    assert (await stack.incident(code))["code"] == "personal-id-mismatch"


async def test_after_the_end_an_answer_is_a_duplicate(stack: Stack, rooms: Rooms) -> None:
    code = await stack.file()
    await reject(stack, code)
    await stack.client.get_workflow_handle(f"birth/{code}").result()  # it is written down before the dossier ends
    body = granted(code, "late")
    assert (await send(stack, body)).status_code == 202
    await settled(rooms, InboxState.DUPLICATE, body)
    assert (await stack.view(code))["stage"] == "rejected"


async def test_what_belongs_to_no_dossier_is_kept_and_shown(stack: Stack, rooms: Rooms) -> None:
    body = granted(NOBODYS, "r-1")
    assert (await send(stack, body)).status_code == 202
    item = await settled(rooms, InboxState.UNMATCHED, body)
    assert (item.agency, item.dossier) == ("population", NOBODYS)
    assert json.loads(item.body)["body"] == {"personal_id": "001226013296"}
    page = (await stack.get("/v1/callbacks")).json()
    [shown] = [each for each in page["items"] if each["message_id"] == body["message_id"]]
    assert (shown["agency"], shown["dossier"], shown["step"]) == ("population", NOBODYS, "issue_id")
    assert "001226013296" not in json.dumps(page)


async def test_the_inbox_is_shown_by_state_a_page_at_a_time_to_support_alone(stack: Stack, rooms: Rooms) -> None:
    bodies = [granted(NOBODYS, "r") for _ in range(3)]
    for body in bodies:
        assert (await send(stack, body)).status_code == 202
        await settled(rooms, InboxState.UNMATCHED, body)
    seen: list[dict[str, Any]] = []
    cursor = None
    while len(seen) < 3:
        asked = {"state": "unmatched", "limit": 1, **({"cursor": cursor} if cursor else {})}
        page = (await stack.get("/v1/callbacks", params=asked)).json()
        seen, cursor = [*seen, *page["items"]], page["next"]
    assert [each["message_id"] for each in seen] == [body["message_id"] for body in reversed(bodies)]
    assert (await stack.get("/v1/callbacks", "clerk")).status_code == 403


# ---- who says it


async def test_a_forged_signature_is_a_401_and_nothing_is_kept(stack: Stack, rooms: Rooms) -> None:
    body = granted(NOBODYS, "forged")
    problem(await send(stack, body, secret_of="residence"), 401, "signature-invalid")
    problem(await send(stack, body, age_s=301), 401, "signature-invalid")
    problem(await send(stack, body, age_s=-310), 401, "signature-invalid")  # it comes nearer on its way
    signed = (await send(stack, body, secret_of="vneid")).request
    for spoil in ({"webhook-signature": "v1,"}, {"webhook-signature": "nonsense"}, {"webhook-timestamp": "now"}):
        headers = dict(signed.headers) | spoil
        answer = await stack.http.post("/v1/callbacks/population", content=signed.content, headers=headers)
        problem(answer, 401, "signature-invalid")
    problem(await stack.http.post("/v1/callbacks/population", json=body), 401, "signature-invalid")
    for state in InboxState:
        assert not await inbox(rooms, state, body["message_id"])


async def test_a_signature_over_other_words_is_a_401(stack: Stack) -> None:
    signed = (await send(stack, granted(NOBODYS, "true"))).request
    changed = signed.content.replace(b"true", b"lies")
    answer = await stack.http.post("/v1/callbacks/population", content=changed, headers=dict(signed.headers))
    problem(answer, 401, "signature-invalid")


async def test_an_agency_that_we_do_not_know_is_a_404(stack: Stack) -> None:
    problem(await send(stack, granted(NOBODYS, "x"), "customs", secret_of="population"), 404, "agency-unknown")


async def test_only_the_agency_whose_step_it_is_answers_it(stack: Stack) -> None:
    code, reference, number = await waiting(stack)
    body = granted(code, reference, number)
    for agency in ("residence", "civil-status", "signing"):
        assert pointers(await send(stack, body, agency)) == {"/step"}
    assert leg(await stack.view(code), "personal_id")["state"] == "pending"


async def test_the_message_id_must_be_the_one_that_was_signed(stack: Stack) -> None:
    answer = await send(stack, granted(NOBODYS, "x"), message_id="msg_another")
    assert pointers(answer) == {"/message_id"}


# ---- what it says

GOOD = granted(NOBODYS, "r")
TOLD = {"outcome": "granted"}
MALFORMED: dict[str, tuple[Body | bytes, set[str]]] = {
    "no JSON": (b"{", {""}),
    "nothing": (b"", {""}),
    "a list": (b"[]", {""}),
    "empty": (b"{}", {"/message_id", "/reference", "/dossier", "/step", "/answer"}),
    "no reference": ({**GOOD, "reference": None}, {"/reference"}),
    "an endless reference": ({**GOOD, "reference": "r" * 101}, {"/reference"}),
    "a dossier code of another system": ({**GOOD, "dossier": "H26.1"}, {"/dossier"}),
    "a dossier code with a line break": ({**GOOD, "dossier": f"{NOBODYS}\n"}, {"/dossier"}),
    "an unknown step": ({**GOOD, "step": "issue_passport"}, {"/step"}),
    "a step that is never answered late": ({**GOOD, "step": "birth_notice"}, {"/step"}),
    "an answer of text": ({**GOOD, "answer": "yes"}, {"/answer"}),
    "an answer without outcome": ({**GOOD, "answer": {}}, {"/answer/outcome"}),
    "an unknown outcome": ({**GOOD, "answer": {"outcome": "perhaps"}}, {"/answer/outcome"}),
    "an outcome that is a list": ({**GOOD, "answer": {"outcome": ["granted"]}}, {"/answer/outcome"}),
    "granted without result": ({**GOOD, "answer": TOLD}, {"/answer/result"}),
    "granted with an empty result": ({**GOOD, "answer": TOLD | {"result": {}}}, {"/answer/result/personal_id"}),
    "granted with a number for text": (
        {**GOOD, "answer": TOLD | {"result": {"personal_id": 1226013296}}},
        {"/answer/result/personal_id"},
    ),
    "granted with text beyond measure": (
        {**GOOD, "answer": TOLD | {"result": {"personal_id": "0" * 41}}},
        {"/answer/result/personal_id"},
    ),
    "refused without a reason": ({**GOOD, "answer": {"outcome": "refused"}}, {"/answer/reason"}),
    "refused for a reason that is no code": (
        {**GOOD, "answer": {"outcome": "refused", "reason": "Sai thông tin"}},
        {"/answer/reason"},
    ),
}


@pytest.mark.parametrize(("body", "wrong"), MALFORMED.values(), ids=MALFORMED)
async def test_each_malformed_body_is_named_by_pointer(stack: Stack, body: Body | bytes, wrong: set[str]) -> None:
    assert pointers(await send(stack, body)) >= wrong


async def test_bytes_that_are_no_text_are_refused(stack: Stack) -> None:
    answer = await send(stack, b'{"message_id": "\xff"}')
    assert answer.status_code in {401, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_fields_that_we_do_not_know_may_come_and_go(stack: Stack, rooms: Rooms) -> None:
    result = {"personal_id": "001226013296", "issued_by": "C06", "pages": [1, 2]}
    body = granted(NOBODYS, "r", answer={**TOLD, "result": result, "checked": True}, version=2)
    assert (await send(stack, body)).status_code == 202
    await settled(rooms, InboxState.UNMATCHED, body)


async def test_a_callback_beyond_measure_is_not_read(stack: Stack) -> None:
    problem(await send(stack, granted(NOBODYS, "r", padding="x" * 100_000)), 413, "too-large")
