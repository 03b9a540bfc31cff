"""What is wrong with a filing is said at once, by pointer; nothing is claimed and nothing starts."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from cli.legal_time import today
from tests.e2e import tokens
from tests.e2e.asking import OTHER_OFFICE, a_paper, filed_at, pointers, problem
from tests.stack import OFFICE, Stack

Filing = dict[str, Any]
ABSENT = object()
PAPER_MOST = 5_000_000


def tomorrow() -> str:
    """Seen from when the filing is sent: the day may change between the modules' loading and that."""
    return (today() + timedelta(days=1)).isoformat()


def changed(filing: Filing, changes: dict[str, Any]) -> Filing:
    """A copy in which what stands at each pointer is replaced, added or taken away; a function says with what."""
    copy = deepcopy(filing)
    for pointer, value in changes.items():
        *path, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))
        place: Any = copy
        for part in path:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if value is ABSENT:
            del place[last]
        else:
            place[last] = value() if callable(value) else value
    return copy


async def send(stack: Stack, body: Any, key: str | None = None) -> httpx.Response:
    return await stack.post("/v1/dossiers", body, "portal", key)


async def nothing_was_claimed(stack: Stack, filing: Filing, key: str) -> None:
    """Nobody finds the applicant, and the key is still free for the family's good filing."""
    body = {"personal_id": filing["applicant"]["personal_id"]}
    assert not (await stack.post("/v1/searches", body, "support")).json()["items"]
    assert (await send(stack, filing, key)).status_code == 202


CHILD, NOTICE = "/declaration/child", "/declaration/birth_notice"
BROKEN: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an unknown field at the top": ({"/extra": 1}, {"/extra"}),
    "an unknown field of the child": ({f"{CHILD}/nickname": "Tí"}, {f"{CHILD}/nickname"}),
    "an unknown field four deep": (
        {"/declaration/mother/residence/street": "Phố Mẫu"},
        {"/declaration/mother/residence/street"},
    ),
    "an unknown field whose name needs escaping": ({"/applicant/a~1b~0c": 1}, {"/applicant/a~1b~0c"}),
    "a number for a date": ({f"{CHILD}/born_on": 20260101}, {f"{CHILD}/born_on"}),
    "a small number for a date": ({f"{NOTICE}/issued_on": 5}, {f"{NOTICE}/issued_on"}),
    "a date as Vietnamese forms write it": ({f"{CHILD}/born_on": "01/06/2026"}, {f"{CHILD}/born_on"}),
    "a day that does not exist": ({f"{CHILD}/born_on": "2026-02-30"}, {f"{CHILD}/born_on"}),
    "an hour that does not exist": ({f"{CHILD}/born_at": "24:00"}, {f"{CHILD}/born_at"}),
    "text for a number": ({"/declaration/copies": "2"}, {"/declaration/copies"}),
    "a flag for a number": ({"/declaration/copies": True}, {"/declaration/copies"}),
    "fewer copies than none": ({"/declaration/copies": -1}, {"/declaration/copies"}),
    "a number for a name": ({f"{CHILD}/surname": 7}, {f"{CHILD}/surname"}),
    "a name of spaces": ({f"{CHILD}/given_name": "   "}, {f"{CHILD}/given_name"}),
    "a name beyond measure": ({f"{CHILD}/given_name": "a" * 121}, {f"{CHILD}/given_name"}),
    "a control character in a name": ({f"{CHILD}/given_name": "A\0n"}, {f"{CHILD}/given_name"}),
    "a letter that nobody sees in a name": ({f"{CHILD}/given_name": "A\u200bn"}, {f"{CHILD}/given_name"}),
    "a control character in an address": (
        {"/declaration/mother/residence/detail": "Số 1\x1b"},
        {"/declaration/mother/residence/detail"},
    ),
    "a sex that the register does not know": ({f"{CHILD}/sex": "nữ"}, {f"{CHILD}/sex"}),
    "a personal ID as a number": ({"/applicant/personal_id": 1190000001}, {"/applicant/personal_id"}),
    "a personal ID of eleven digits": (
        {"/declaration/father/personal_id": "00119000000"},
        {"/declaration/father/personal_id"},
    ),
    "a list for an object": ({"/declaration/mother": []}, {"/declaration/mother"}),
    "an object for a list": ({"/attachments": {}}, {"/attachments"}),
    "an undertaking that is not given": ({"/declaration/undertaking": False}, {"/declaration/undertaking"}),
    "no applicant": ({"/applicant": ABSENT}, {"/applicant"}),
    "no child": ({CHILD: ABSENT}, {CHILD}),
    "no undertaking": ({"/declaration/undertaking": ABSENT}, {"/declaration/undertaking"}),
    "no mother where both parents are known": ({"/declaration/mother": ABSENT}, {"/declaration/mother"}),
    "several things at once": (
        {"/office": "7", "/applicant/phone": "123", f"{CHILD}/ethnicity": ABSENT},
        {"/office", "/applicant/phone", f"{CHILD}/ethnicity"},
    ),
    "a birth in the future": ({f"{CHILD}/born_on": tomorrow}, {f"{CHILD}/born_on", f"{NOTICE}/issued_on"}),
    "a notice from the future": ({f"{NOTICE}/issued_on": tomorrow}, {f"{NOTICE}/issued_on"}),
    "a notice older than the birth": ({f"{NOTICE}/issued_on": "2020-01-01"}, {f"{NOTICE}/issued_on"}),
    "neither notice nor substitute": ({NOTICE: ABSENT}, {NOTICE}),
    "both notice and substitute": (
        {"/declaration/substitute": {"kind": "witness", "issued_on": today().isoformat()}},
        {NOTICE},
    ),
    "a notice code of another form": ({f"{NOTICE}/code": "GCS.1"}, {f"{NOTICE}/code"}),
    "a case that has no path yet": ({"/declaration/case": "mother_unknown"}, {"/declaration/case"}),
    "a residence case that has no path yet": (
        {"/declaration/residence/case": "rented"},
        {"/declaration/residence/case"},
    ),
    "a case that the law does not know": ({"/declaration/case": "adopted"}, {"/declaration/case"}),
    "an office that does not exist": ({"/office": "99999"}, {"/office"}),
    "an office that is no ward code": ({"/office": "HN-01"}, {"/office"}),
    "a channel that does not exist": ({"/channel": "fax"}, {"/channel"}),
    "a group that does not exist": ({"/group": "marriage"}, {"/group"}),
}


@pytest.mark.parametrize(("changes", "wrong"), BROKEN.values(), ids=BROKEN)
async def test_each_wrong_field_is_named(stack: Stack, changes: dict[str, Any], wrong: set[str]) -> None:
    filing, key = await stack.family(), uuid4().hex
    answer = await send(stack, changed(filing, changes), key)
    assert pointers(answer) >= wrong
    assert {each.rsplit("/", 1)[0] for each in pointers(answer) - wrong} <= wrong
    assert filing["applicant"]["personal_id"] not in answer.text
    await nothing_was_claimed(stack, filing, key)


def of_another_hash() -> Filing:
    return a_paper() | {"sha256": hashlib.sha256(b"another").hexdigest()}


def not_base64() -> Filing:
    return a_paper() | {"content_base64": "đây không phải base64"}


def with_line_breaks() -> Filing:
    paper = a_paper()
    return paper | {"content_base64": paper["content_base64"][:8] + "\n" + paper["content_base64"][8:]}


def too_large() -> Filing:
    return a_paper(content=b"%PDF-" + b"0" * (PAPER_MOST - 4))


def far_too_large() -> Filing:
    return a_paper(content=b"%PDF-" + b"0" * (2 * PAPER_MOST))


def a_program() -> Filing:
    return a_paper(content=b"MZ\x90\x00\x03")


def empty() -> Filing:
    return a_paper(content=b"")


def of_no_kind() -> Filing:
    return a_paper(kind="Giấy chứng nhận kết hôn")


PAPERS: list[tuple[Callable[[], Filing], str]] = [
    (of_another_hash, "/attachments/1/sha256"),
    (not_base64, "/attachments/1/content_base64"),
    (with_line_breaks, "/attachments/1/content_base64"),
    (too_large, "/attachments/1/content_base64"),
    (far_too_large, "/attachments/1/content_base64"),
    (a_program, "/attachments/1/content_base64"),
    (empty, "/attachments/1/content_base64"),
    (of_no_kind, "/attachments/1/kind"),
]


@pytest.mark.parametrize(("paper", "wrong"), PAPERS, ids=[make.__name__ for make, _ in PAPERS])
async def test_a_paper_that_is_not_what_it_says_is_named(stack: Stack, paper: Callable[[], Filing], wrong: str) -> None:
    filing, key = await stack.family(), uuid4().hex
    answer = await send(stack, filing | {"attachments": [a_paper(), paper()]}, key)
    assert pointers(answer) == {wrong}
    await nothing_was_claimed(stack, filing, key)


async def test_a_paper_of_exactly_five_megabytes_is_taken(stack: Stack) -> None:
    filing = await stack.family()
    largest = a_paper(content=b"%PDF-" + b"0" * (PAPER_MOST - 5))
    assert (await send(stack, filing | {"attachments": [largest]})).status_code == 202


async def test_more_papers_than_a_filing_can_have_are_refused(stack: Stack) -> None:
    filing, key = await stack.family(), uuid4().hex
    assert pointers(await send(stack, filing | {"attachments": [a_paper()] * 21}, key)) == {"/attachments"}
    await nothing_was_claimed(stack, filing, key)


# ---- bodies that are no filing at all


async def raw(
    stack: Stack, content: bytes, role: str | None = "portal", path: str = "dossiers", **more: str
) -> httpx.Response:
    """A body byte by byte."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex, **more}
    if role:
        headers["Authorization"] = f"Bearer {await stack.token(role)}"
    headers = {name: value for name, value in headers.items() if value}
    return await stack.http.post(f"/v1/{path}", content=content, headers=headers)


NO_FILING = [b"{", b"", b"[]", b"null", b'"birth"', b"{}", b"[" * 100_000, b"\xff\xfe{}", b'{"group": NaN}']


@pytest.mark.parametrize("content", NO_FILING, ids=range(len(NO_FILING)))
async def test_what_is_no_filing_is_a_problem_and_never_our_fault(stack: Stack, content: bytes) -> None:
    answer = await raw(stack, content)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_half_a_letter_is_no_text(stack: Stack) -> None:
    content = json.dumps(changed(await stack.family(), {f"{CHILD}/given_name": "\ud800"})).encode()
    assert pointers(await raw(stack, content)) == {f"{CHILD}/given_name"}
    named = json.dumps(await stack.family() | {"\ud800": 1}).encode()
    assert pointers(await raw(stack, named)) == {""}
    for wrong in ("\ud800", float("nan"), float("inf")):
        content = json.dumps({"decision": "retry_with", "reason": "x", "input": {"x": [wrong]}}).encode()
        assert pointers(await raw(stack, content, "support", "incidents/x/resolution")) == {"/input"}


async def test_a_body_beyond_all_measure_is_not_read_to_its_end(stack: Stack) -> None:
    problem(await raw(stack, b" " * 40_000_001), 413, "too-large")


# ---- who may file, and in which order it is looked at


@pytest.mark.parametrize(
    "path", ["dossiers?incident=%00", "dossiers/%00", "incidents?code=a%00", "dossiers/%00/journal"]
)
async def test_an_address_with_a_nul_is_a_400(stack: Stack, path: str) -> None:
    problem(await stack.get(f"/v1/{path}"), 400, "address-invalid")


async def test_a_missing_or_endless_idempotency_key_is_a_400(stack: Stack) -> None:
    content = json.dumps(await stack.family()).encode()
    problem(await raw(stack, content, **{"Idempotency-Key": ""}), 400, "idempotency-key-missing")
    problem(await raw(stack, content, **{"Idempotency-Key": "k" * 201}), 400, "idempotency-key-invalid")
    problem(await raw(stack, b"{", **{"Idempotency-Key": ""}), 400, "idempotency-key-missing")


@pytest.mark.parametrize("key", ["", "k"])
@pytest.mark.parametrize("content", [b"{", b"{}"])
async def test_the_token_is_looked_at_before_key_and_body(stack: Stack, content: bytes, key: str) -> None:
    nobody = await raw(stack, content, None, **{"Idempotency-Key": key})
    problem(nobody, 401, "token-missing")
    assert nobody.headers["www-authenticate"] == "Bearer"
    for role in ("support", "manager", "chair"):
        problem(await raw(stack, content, role, **{"Idempotency-Key": key}), 403, "scope-missing")


POSTS = [
    "dossiers/x/supplement",
    "dossiers/x/withdrawal",
    "tasks/x/review",
    "tasks/x/signature",
    "incidents/x/resolution",
    "dossiers/x/acts",
    "acts/x/approval",
]


@pytest.mark.parametrize("path", [*POSTS, "searches"])
async def test_every_call_looks_at_the_token_first(stack: Stack, path: str) -> None:
    answer = await stack.http.post(f"/v1/{path}", content=b"{")
    problem(answer, 401, "token-missing")
    manager = {"Authorization": f"Bearer {await stack.token('manager')}"}
    problem(await stack.http.post(f"/v1/{path}", content=b"{", headers=manager), 403, "scope-missing")


BAD_TOKENS: dict[str, Callable[[Stack], str]] = {
    "expired": lambda stack: tokens.minted(stack, exp=1_700_000_000),
    "without an end": lambda stack: tokens.minted(stack, exp=None),
    "not valid yet": lambda stack: tokens.minted(stack, nbf=4_000_000_000),
    "for another audience": lambda stack: tokens.minted(stack, aud="another-service"),
    "without an audience": lambda stack: tokens.minted(stack, aud=None),
    "of another issuer": lambda stack: tokens.minted(stack, iss="http://issuer.example"),
    "without a subject": lambda stack: tokens.minted(stack, sub=None),
    "tampered": tokens.tampered,
    "unsigned": tokens.unsigned,
    "by a stranger": tokens.by_a_stranger,
    "by the public key as a secret": tokens.by_the_public_key,
    "no token at all": lambda _: "x.y.z",
}


@pytest.mark.parametrize("make", BAD_TOKENS.values(), ids=BAD_TOKENS)
async def test_a_token_that_the_issuer_does_not_vouch_for_is_a_401(stack: Stack, make: Callable[[Stack], str]) -> None:
    headers = {"Authorization": f"Bearer {make(stack)}", "Idempotency-Key": uuid4().hex}
    answer = await stack.http.post("/v1/dossiers", json=await stack.family(), headers=headers)
    problem(answer, 401, "token-invalid")
    assert (await stack.http.get("/v1/events", headers=headers)).status_code == 401


async def test_a_token_of_the_issuer_with_these_claims_is_good(stack: Stack) -> None:
    headers = {"Authorization": f"Bearer {tokens.minted(stack)}", "Idempotency-Key": uuid4().hex}
    answer = await stack.http.post("/v1/dossiers", json=await stack.family(), headers=headers)
    assert answer.status_code == 202


@pytest.mark.parametrize("scheme", ["Basic cG9ydGFsOmxvY2FsLXBvcnRhbA==", "Bearer", "Token x"])
async def test_other_ways_to_say_who_one_is_are_a_401(stack: Stack, scheme: str) -> None:
    answer = await stack.http.get("/v1/events", headers={"Authorization": scheme})
    problem(answer, 401, "token-missing")


# ---- whose dossier it is


async def test_a_portal_does_not_know_another_clients_dossier(stack: Stack) -> None:
    counter = await stack.family() | {"channel": "counter"}
    code = (await stack.post("/v1/dossiers", counter, "clerk")).json()["code"]
    await stack.task(code, "review")
    for tail in ("", "/journal", "/documents/x"):
        problem(await stack.get(f"/v1/dossiers/{code}{tail}", "portal"), 404, "dossier-unknown")
    for tail, body in (("supplement", {"request": "x"}), ("withdrawal", {"reason": "x"})):
        problem(await stack.post(f"/v1/dossiers/{code}/{tail}", body, "portal"), 404, "dossier-unknown")
    events = (await stack.get("/v1/events?limit=200", "portal")).json()["items"]
    assert code not in {event["dossier"] for event in events}
    problem(await stack.get("/v1/dossiers/G22.99.08-000000-000000", "portal"), 404, "dossier-unknown")


async def test_a_portal_does_not_file_at_the_counter(stack: Stack) -> None:
    filing, key = await stack.family(), uuid4().hex
    problem(await send(stack, filing | {"channel": "counter"}, key), 403, "wrong-office")
    await nothing_was_claimed(stack, filing, key)


async def test_a_clerk_sees_and_acts_for_their_own_offices_alone(stack: Stack) -> None:
    code = await filed_at(stack, OTHER_OFFICE)
    [task] = (await stack.until(code, lambda view: view["tasks"]))["tasks"]
    path = f"/v1/tasks/{task['id']}"
    problem(await stack.get(f"/v1/dossiers/{code}", "clerk"), 404, "dossier-unknown")
    problem(await stack.get(path, "clerk"), 403, "wrong-office")
    problem(await stack.post(f"{path}/review", {"decision": "accept"}, "clerk"), 403, "wrong-office")
    for listing in ("dossiers", "tasks"):
        problem(await stack.get(f"/v1/{listing}?office={OTHER_OFFICE}", "clerk"), 403, "wrong-office")
        mine = (await stack.get(f"/v1/{listing}?limit=200", "clerk")).json()["items"]
        assert {item["office"] for item in mine} <= {OFFICE}
    assert not (await stack.post("/v1/searches", {"code": code}, "clerk")).json()["items"]
    counter = await stack.family() | {"channel": "counter", "office": OTHER_OFFICE}
    problem(await stack.post("/v1/dossiers", counter, "clerk"), 403, "wrong-office")
    assert (await stack.view(code))["stage"] == "submitted"


async def test_bad_filings_beside_good_ones_harm_nobody(stack: Stack) -> None:
    good = [await stack.family() for _ in range(4)]
    bad = changed(good[0], {"/office": "99999"})
    answers = await asyncio.gather(*(send(stack, each) for each in (bad, *good, bad)))
    assert [answer.status_code for answer in answers] == [422, 202, 202, 202, 202, 422]
    assert base64.b64encode(b"%PDF").decode() not in answers[0].text
