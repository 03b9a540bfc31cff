"""VNeID: the wallet, and tokens that verify against the published keys."""

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from sim_agencies.app import create_app
from sim_agencies.settings import Settings
from sim_agencies.vneid_accounts import accounts
from sim_agencies.vneid_issuer import signing_key
from tests.sim_agencies.samples import a_document, new_dossier, set_faults

CITIZEN = "001226000009"


async def ask_token(agencies: httpx.AsyncClient, name: str, secret: str | None = None, **form: str) -> httpx.Response:
    return await agencies.post(
        "/vneid/token",
        data={"grant_type": "client_credentials", **form},
        auth=(name, secret or f"local-{name}"),
    )


async def test_the_wallet_marks_the_newest_version(agencies: httpx.AsyncClient):
    dossier = new_dossier()
    for version in (1, 2):
        body = a_document(dossier, CITIZEN, version)
        answer = await agencies.post("/vneid/documents", json=body, headers={"Idempotency-Key": f"{dossier}/{version}"})
        assert answer.json()["code"] == "SUCCESS"
    shown = (await agencies.get(f"/vneid/control/wallet/{CITIZEN}")).json()
    mine = [entry for entry in shown if entry["dossier"] == dossier]
    assert [(entry["version"], entry["newest"]) for entry in mine] == [(1, False), (2, True)]
    assert (await agencies.get("/vneid/control/wallet/000000000000")).json() == []


async def test_a_sample_token_verifies_against_the_published_keys(agencies: httpx.AsyncClient):
    discovered = (await agencies.get("/vneid/.well-known/openid-configuration")).json()
    assert discovered["issuer"] == "http://127.0.0.1:8100/vneid"
    assert discovered["jwks_uri"] == "http://127.0.0.1:8100/vneid/jwks"
    keys = KeySet.import_key_set((await agencies.get("/vneid/jwks")).json())
    assert all("d" not in key.as_dict() for key in keys)

    answer = (await ask_token(agencies, "clerk")).json()
    token = jwt.decode(answer["access_token"], keys, algorithms=["ES256"])
    claims = token.claims
    assert token.header["kid"] == keys.keys[0].kid
    assert (claims["iss"], claims["aud"], claims["sub"]) == (discovered["issuer"], "lienthong", "clerk-sample")
    assert claims["scope"] == "dossiers:write dossiers:read tasks:read tasks:act"
    assert (claims["offices"], claims["client_id"]) == (["00070"], "clerk")
    assert claims["exp"] - time.time() > 3600


async def test_a_portal_belongs_to_no_office_and_may_ask_for_less(agencies: httpx.AsyncClient):
    keys = KeySet.import_key_set((await agencies.get("/vneid/jwks")).json())
    answer = await ask_token(agencies, "portal", scope="dossiers:read")
    claims = jwt.decode(answer.json()["access_token"], keys, algorithms=["ES256"]).claims
    assert claims["scope"] == "dossiers:read"
    assert "offices" not in claims


async def test_the_secret_may_stand_in_the_form(agencies: httpx.AsyncClient):
    form = {"grant_type": "client_credentials", "client_id": "chair", "client_secret": "local-chair"}
    assert (await agencies.post("/vneid/token", data=form)).status_code == 200


@pytest.mark.parametrize(
    ("name", "form", "refusal"),
    [
        ("portal", {"secret": "wrong"}, (401, "invalid_client")),
        ("nobody", {}, (401, "invalid_client")),
        ("portal", {"scope": "support:act"}, (400, "invalid_scope")),
        ("portal", {"grant_type": "password"}, (400, "unsupported_grant_type")),
    ],
)
async def test_a_token_is_refused(agencies, name, form, refusal):
    answer = await ask_token(agencies, name, **form)
    assert (answer.status_code, answer.json()["error"]) == refusal


async def test_keys_go_down_with_vneid_but_sample_tokens_do_not(agencies: httpx.AsyncClient):
    await set_faults(agencies, "vneid", down=True)
    assert (await agencies.get("/vneid/jwks")).status_code == 503
    assert (await ask_token(agencies, "portal")).status_code == 200


VERIFIER = "v" * 43
ASKED = {
    "client_id": "lienthong-desk",
    "redirect_uri": "http://127.0.0.1:8000/session/callback",
    "state": "a-state",
    "nonce": "a-nonce",
    "code_challenge": urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("="),
}
METHOD = {"response_type": "code", "code_challenge_method": "S256"}


async def log_in(agencies: httpx.AsyncClient, account: str) -> str:
    answer = await agencies.post("/vneid/authorize", data={**ASKED, "account": account})
    assert answer.status_code == 303
    back = urlsplit(answer.headers["location"])
    query = dict(parse_qsl(back.query))
    assert (f"{back.scheme}://{back.netloc}{back.path}", query["state"]) == (ASKED["redirect_uri"], "a-state")
    return query["code"]


async def redeem(agencies: httpx.AsyncClient, code: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": ASKED["redirect_uri"]}
    secret = ("lienthong-desk", "local-lienthong-desk")
    return await agencies.post("/vneid/token", data={**form, "code_verifier": VERIFIER, **changes}, auth=secret)


async def test_the_login_page_names_the_people_and_no_program(agencies: httpx.AsyncClient):
    page = await agencies.get("/vneid/authorize", params=ASKED | METHOD)
    assert page.status_code == 200
    assert all(f'value="{name}"' in page.text for name in ("clerk", "chair", "support", "approver", "manager"))
    assert 'value="portal"' not in page.text


async def test_people_may_be_added_while_it_runs_and_stay(tmp_path: Path):
    settings = Settings(state_dir=tmp_path, callback_url="http://127.0.0.1:9")
    new = {"client_id": "new", "client_secret": "s", "subject": "new-1", "scopes": ["tasks:read"], "offices": ["00008"]}
    for title in ("Mới đến", "Đã chuyển"):
        app = create_app(settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agencies") as agencies,
        ):
            added = await agencies.post("/vneid/control/accounts", json=[{**new, "name": "Lê Mới", "title": title}])
            assert added.json() == {"accounts": 1}
            assert title in (await agencies.get("/vneid/authorize", params=ASKED | METHOD)).text
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agencies") as agencies,
    ):
        assert "Đã chuyển" in (await agencies.get("/vneid/authorize", params=ASKED | METHOD)).text
        assert (await ask_token(agencies, "new", "s")).status_code == 200
        assert (await ask_token(agencies, "clerk")).status_code == 200
        assert (await agencies.post("/vneid/control/accounts", json=[{"client_id": "x"}])).status_code == 422


async def test_a_code_is_exchanged_once_for_tokens_of_the_person(agencies: httpx.AsyncClient):
    keys = KeySet.import_key_set((await agencies.get("/vneid/jwks")).json())
    code = await log_in(agencies, "clerk")
    told = (await redeem(agencies, code)).json()
    access = jwt.decode(told["access_token"], keys, algorithms=["ES256"]).claims
    assert (access["sub"], access["client_id"], access["offices"]) == ("clerk-sample", "lienthong-desk", ["00070"])
    identity = jwt.decode(told["id_token"], keys, algorithms=["ES256"]).claims
    assert (identity["aud"], identity["nonce"], identity["sub"]) == ("lienthong-desk", "a-nonce", "clerk-sample")
    assert (await redeem(agencies, code)).json() == {"error": "invalid_grant"}


async def test_a_program_on_ones_own_machine_redeems_its_own_codes_without_a_secret(agencies: httpx.AsyncClient):
    here = {**ASKED, "client_id": "lienthong-helper", "redirect_uri": "http://127.0.0.1:49152/login"}

    async def redeemed(asked: dict[str, str], client: str) -> dict[str, str]:
        answer = await agencies.post("/vneid/authorize", data={**asked, "account": "chair"})
        code = dict(parse_qsl(urlsplit(answer.headers["location"]).query))["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
        told = await agencies.post("/vneid/token", data={**form, "client_id": client, "code_verifier": VERIFIER})
        return told.json()

    assert "access_token" in await redeemed(here, "lienthong-helper")
    assert await redeemed(ASKED, "lienthong-helper") == {"error": "invalid_grant"}
    assert await redeemed(here, "lienthong-desk") == {"error": "invalid_client"}


@pytest.mark.parametrize("changed", [{"code_verifier": "w" * 43}, {"redirect_uri": "http://127.0.0.1:8000/other"}])
async def test_a_code_that_was_stolen_is_worth_nothing(agencies: httpx.AsyncClient, changed: dict[str, str]):
    assert (await redeem(agencies, await log_in(agencies, "clerk"), **changed)).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://elsewhere.example/"},
        {"client_id": "another"},
        {"code_challenge_method": "plain"},
        {"state": ""},
    ],
)
async def test_a_wrong_login_request_shows_no_accounts(agencies: httpx.AsyncClient, changed: dict[str, str]):
    page = await agencies.get("/vneid/authorize", params=ASKED | METHOD | changed)
    assert page.status_code == 400
    assert "<button" not in page.text


def test_accounts_may_come_from_a_file(tmp_path: Path):
    given = [{"client_id": "huế", "client_secret": "s", "subject": "hue", "scopes": ["dossiers:read"]}]
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(given))
    assert accounts(Settings(accounts=path)).keys() == {"huế"}


def test_the_key_is_kept_and_private(tmp_path: Path):
    path = tmp_path / "key.json"
    assert signing_key(path).kid == signing_key(path).kid
    assert path.stat().st_mode & 0o077 == 0
