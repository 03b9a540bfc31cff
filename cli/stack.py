"""The running stack, by HTTP alone: the API with a token of the role that asks, and the stand-ins."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

import httpx
import typer

from cli import place
from cli.trouble import NotRunning, Trouble, problem_of
from runtime.settings import Settings

UNKNOWN_OUTCOME = (429, 503)
UNAUTHORISED = 401
PAUSE_S = 0.5
TIMEOUT_S = 30.0

Url = Annotated[str | None, typer.Option("--url", help="The API, if not where the settings say.")]
AgenciesUrl = Annotated[str | None, typer.Option("--agencies", help="The stand-ins, if not where the settings say.")]


class Role(StrEnum):
    """The sample accounts; each one's secret is `local-` and its name."""

    PORTAL = "portal"
    CLERK = "clerk"
    CHAIR = "chair"
    SUPPORT = "support"
    APPROVER = "approver"
    MANAGER = "manager"


class Stack:
    """One connection to a running stack; tokens are fetched once a role.

    `patience`: so long a call is repeated, with the same key, while nothing answers or the outcome is unknown.
    """

    def __init__(
        self, http: httpx.AsyncClient, known: Settings, api: str | None = None, *, patience: float = 0.0
    ) -> None:
        self.settings = known
        self._http = http
        self._api = api or place.api_url(known)
        self._patience = patience
        self._tokens: dict[Role, str] = {}
        self._given: set[Role] = set()

    async def token(self, role: Role) -> str:
        """A bearer token for a sample account."""
        form = {"grant_type": "client_credentials", "client_id": role.value, "client_secret": f"local-{role.value}"}
        url = f"{self.settings.issuer}/token"
        response = await self._answer(url, lambda: self._http.post(url, data=form))
        if response.is_error:
            raise Trouble(f"the issuer gives no token for {role.value}: {response.text}")
        return str(response.json()["access_token"])

    def act_with(self, role: Role, token: str) -> None:
        """Act in this role with somebody's own bearer token; it is not renewed."""
        self._tokens[role] = token
        self._given.add(role)

    async def read(self, path: str, role: Role, **params: str) -> Any:  # noqa: ANN401  # JSON
        """What the API shows this role."""
        return (await self._ask("GET", path, role, params=params)).json()

    async def fetch(self, path: str, role: Role) -> bytes:
        """A file that the API hands out."""
        return (await self._ask("GET", path, role)).content

    async def send(self, path: str, role: Role, body: object, key: str | None = None) -> Any:  # noqa: ANN401  # JSON
        """Post to the API; without a key a fresh one, so that only repeats of this call are repeats."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        return (await self._ask("POST", path, role, json=body, headers=headers)).json()

    async def put(self, path: str, role: Role, body: object) -> Any:  # noqa: ANN401  # JSON
        """Put something of ours in another state; only repeats of this call are repeats."""
        headers = {"Idempotency-Key": uuid4().hex}
        return (await self._ask("PUT", path, role, json=body, headers=headers)).json()

    async def agency(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  # JSON
        """A stand-in's control path."""
        url = f"{self.settings.agencies_url}/{path}"
        response = await self._answer(url, lambda: self._http.request(method, url, json=body))
        if response.is_error:
            raise Trouble(f"{method} {url} answered {response.status_code}: {response.text}")
        return response.json()

    async def _ask(
        self,
        method: str,
        path: str,
        role: Role,
        *,
        params: dict[str, str] | None = None,
        json: object = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        url = f"{self._api}{path}"

        async def call() -> httpx.Response:
            bearer = {"Authorization": f"Bearer {self._tokens[role]}", **(headers or {})}
            return await self._http.request(method, url, params=params, json=json, headers=bearer)

        if role not in self._tokens:
            self._tokens[role] = await self.token(role)
        response = await self._answer(url, call)
        if response.status_code == UNAUTHORISED and role not in self._given:  # a long run outlives its token
            self._tokens[role] = await self.token(role)
            response = await self._answer(url, call)
        if response.is_error:
            raise problem_of(response.status_code, response.text)
        return response

    async def _answer(self, url: str, call: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        deadline = time.monotonic() + self._patience
        while True:
            late = time.monotonic() >= deadline
            try:
                response = await call()
            except httpx.TransportError as err:
                if late:
                    raise NotRunning(url) from err
            else:
                if late or response.status_code not in UNKNOWN_OUTCOME:
                    return response
            await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def stack_at(
    url: str | None = None, agencies: str | None = None, *, patience: float = 0.0
) -> AsyncIterator[Stack]:
    """The stack where the settings, or the options of a command, say that it is."""
    known = place.settings()
    if agencies:
        agencies = agencies.rstrip("/")
        known = known.model_copy(update={"agencies_url": agencies, "issuer": f"{agencies}/vneid"})
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as http:
        yield Stack(http, known, url and url.rstrip("/"), patience=patience)
