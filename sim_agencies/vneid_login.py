"""VNeID's own login: whoever is sent here chooses a sample account and goes back with a code (OpenID Connect, PKCE).

`GET /authorize` shows the sample accounts that are people, `POST /authorize` sends the browser back to `redirect_uri`
with `code` and `state`. A code is good once, for a minute, for the application and address that asked for it.
"""

import hashlib
import html
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sim_agencies.vneid_accounts import Account, Known

APPLICATIONS = {"lienthong-desk": "local-lienthong-desk", "lienthong-helper": None}
"""Programs that people log in to. Their secrets guard nothing real; a program on one's own machine has none."""
CODE_LIFETIME_S = 60
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ASKED = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
HEAD = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>VNeID – tài khoản mẫu</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>body{font:1.05rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{color:#a01010;font-size:1.4rem}button{display:block;width:100%;margin:.6rem 0;padding:.7rem 1rem;text-align:left;
font:inherit;border:1px solid #777;border-radius:.4rem;background:#fff;cursor:pointer}button:hover{background:#f3f3f3}
small{color:#555;display:block}</style>"""


@dataclass(frozen=True)
class Granted:
    """What a code stands for."""

    account: Account
    client: str
    redirect_uri: str
    nonce: str
    challenge: str
    until: float


class Logins:
    """Codes given out and not yet exchanged."""

    def __init__(self, accounts: Known) -> None:
        self._accounts = accounts
        self._codes: dict[str, Granted] = {}

    def router(self) -> APIRouter:
        """The login page and what its buttons do."""
        routes = APIRouter(tags=["issuer"])

        @routes.get("/authorize")
        async def choose(request: Request) -> Response:
            """The sample accounts to choose from."""
            asked = dict(request.query_params)
            wrong = _wrong(asked)
            return HTMLResponse(_told(wrong), 400) if wrong else HTMLResponse(self._page(asked))

        @routes.post("/authorize")
        async def chosen(request: Request) -> Response:
            """Back to the application, with a code for the chosen account."""
            form = {name: str(value) for name, value in (await request.form()).items()}
            account = self._accounts.get(form.get("account", ""))
            wrong = _wrong({**form, "response_type": "code", "code_challenge_method": "S256"})
            if wrong or account is None:
                return HTMLResponse(_told(wrong or "no such account"), 400)
            query = urlencode({"code": self._code(account, form), "state": form["state"]})
            return RedirectResponse(f"{form['redirect_uri']}?{query}", 303)

        return routes

    def redeem(self, client: str, code: str, verifier: str, redirect_uri: str) -> Granted | None:
        """What the code stands for, once; none where it, its application, verifier or address does not fit."""
        granted = self._codes.pop(code, None)
        digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if granted is None or granted.until < time.monotonic():
            return None
        if (granted.client, granted.redirect_uri) != (client, redirect_uri):
            return None
        return granted if secrets.compare_digest(digest, granted.challenge) else None

    def _code(self, account: Account, form: dict[str, str]) -> str:
        now = time.monotonic()
        self._codes = {code: each for code, each in self._codes.items() if each.until > now}
        code = secrets.token_urlsafe(24)
        until = now + CODE_LIFETIME_S
        client, back, nonce, challenge = (form[n] for n in ("client_id", "redirect_uri", "nonce", "code_challenge"))
        self._codes[code] = Granted(account, client, back, nonce, challenge, until)
        return code

    def _page(self, asked: dict[str, str]) -> str:
        hidden = "".join(f'<input type="hidden" name="{n}" value="{html.escape(asked[n])}">' for n in ASKED)
        buttons = "".join(
            f'<button name="account" value="{html.escape(each.client_id)}">{html.escape(each.name or each.subject)}'
            f"<small>{html.escape(each.title)}</small></button>"
            for each in self._accounts.people()
        )
        told = "<h1>VNeID (mô phỏng)</h1><p>Chọn một tài khoản mẫu. Chỉ có trên máy này, không có người thật.</p>"
        return f'{HEAD}<main>{told}<form method="post">{hidden}{buttons}</form></main>'


def _told(wrong: str) -> str:
    return f"{HEAD}<main><h1>VNeID (mô phỏng)</h1><p>invalid_request: {html.escape(wrong)}</p></main>"


def _wrong(asked: dict[str, str]) -> str | None:
    """Why this request is refused; only addresses on this machine are sent back to."""
    missing = [name for name in ASKED if not asked.get(name)]
    if missing:
        return "missing " + ", ".join(missing)
    if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
        return "only code with S256"
    if asked["client_id"] not in APPLICATIONS:
        return "unknown client"
    return None if urlsplit(asked["redirect_uri"]).hostname in LOOPBACK else "redirect_uri"
