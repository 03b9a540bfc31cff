"""Whoever sits here logs in at the issuer, in their own browser: by code and PKCE, back to this machine (RFC 8252)."""

import asyncio
import hashlib
import secrets
import webbrowser
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from cli.token_device import said
from cli.trouble import NotRunning, Trouble
from runtime.settings import Settings

HOST, BACK = "127.0.0.1", "/login"
PATIENCE_S = 300.0
"""So long the browser may take."""
REFUSED = said("Không đăng nhập được", "the issuer did not let you in")
PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Liên Thông</title><link rel="icon" href="data:,"><main><h1>{}</h1>
<p>Hãy đóng trang này và quay lại cửa sổ lệnh.</p>
<p lang="en">Close this page and go back to the command's window.</p></main>"""


@dataclass
class _Attempt:
    """One login under way."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    answer: asyncio.Future[dict[str, str]] = field(default_factory=asyncio.Future)

    @property
    def challenge(self) -> str:
        return urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")

    async def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What a browser on this machine asks; only what answers this very login counts."""
        try:
            words = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split(maxsplit=2)
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ):  # nothing was asked
            writer.close()
            return
        address = urlsplit(words[1] if len(words) > 1 else "")
        told = dict(parse_qsl(address.query)) if address.path == BACK else {}
        ours = secrets.compare_digest(told.get("state", "").encode(), self.state.encode())
        heading = "Đã đăng nhập" if ours and "code" in told else "Không đăng nhập được"
        page = PAGE.format(heading).encode()
        head = f"HTTP/1.1 {'200 OK' if ours else '404 Not Found'}\r\nContent-Type: text/html; charset=utf-8\r\n"
        more = f"Content-Length: {len(page)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        writer.write((head + more).encode() + page)
        await writer.drain()
        writer.close()
        if ours and not self.answer.done():
            self.answer.set_result(told)


async def logged_in(known: Settings, http: httpx.AsyncClient) -> str:
    """The bearer token of whoever logs in within five minutes; `Trouble` where nobody does."""
    attempt = _Attempt()
    endpoints = await _discovered(known, http)
    async with _listening(attempt) as back:
        asked = {
            "response_type": "code",
            "client_id": known.helper_client,
            "redirect_uri": back,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        address = f"{endpoints['authorization_endpoint']}?{urlencode(asked)}"
        print(f"{said('Đăng nhập trong trình duyệt', 'log in in the browser')}: {address}", flush=True)
        webbrowser.open(address)
        try:
            told = await asyncio.wait_for(attempt.answer, PATIENCE_S)
        except TimeoutError:
            raise Trouble(said("Chưa ai đăng nhập", "nobody logged in")) from None
    if "code" not in told:
        raise Trouble(REFUSED)
    form = {
        "grant_type": "authorization_code",
        "client_id": known.helper_client,
        "code": told["code"],
        "redirect_uri": back,
        "code_verifier": attempt.verifier,
    }
    return await _exchanged(endpoints["token_endpoint"], form, http)


@asynccontextmanager
async def _listening(attempt: _Attempt) -> AsyncIterator[str]:
    """Where the browser comes back to: a port of this machine that nobody else reaches."""
    server = await asyncio.start_server(attempt.heard, HOST, 0)
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}{BACK}"
    finally:
        server.close()


async def _discovered(known: Settings, http: httpx.AsyncClient) -> dict[str, str]:
    url = f"{known.issuer}/.well-known/openid-configuration"
    try:
        found = (await http.get(url)).raise_for_status().json()
        return {name: str(found[name]) for name in ("authorization_endpoint", "token_endpoint")}
    except (httpx.HTTPError, ValueError, KeyError) as err:
        raise NotRunning(url) from err


async def _exchanged(endpoint: str, form: dict[str, str], http: httpx.AsyncClient) -> str:
    try:
        answer = await http.post(endpoint, data=form)
        return str(answer.raise_for_status().json()["access_token"])
    except httpx.TransportError as err:
        raise NotRunning(endpoint) from err
    except (httpx.HTTPError, ValueError, KeyError):  # not chained: the answer may hold a token
        raise Trouble(REFUSED) from None
