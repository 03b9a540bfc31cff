"""Who is calling, and may they: bearer tokens of the issuer, scopes, offices; before anything else is looked at."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

import httpx
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api import openapi
from api.deps import Front
from api.problems import Problem

ALGORITHMS = ["RS256", "ES256"]
KEYS_FRESH_S = 300.0
LEEWAY_S = 30
UNKNOWN_KEY_PAUSE_S = 5.0
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Caller:
    """Whoever holds the token: `client` files and owns dossiers, `subject` acts."""

    client: str
    subject: str
    scopes: frozenset[str]
    offices: frozenset[str] | None
    inherited: frozenset[str] = frozenset()
    """Offices that are over and were merged into `offices`: their dossiers are seen as one's own."""
    login: str = ""
    """Which login this is, told to nobody."""

    def may(self, scope: str) -> bool:
        """Does the token carry this scope?"""
        return scope in self.scopes

    @property
    def sees_all_offices(self) -> bool:
        """Support and managers are bound to no office."""
        return self.may("support:read")

    @property
    def covers(self) -> frozenset[str]:
        """The offices whose dossiers are theirs to see."""
        return self.inherited.union(self.offices or ())


class IssuerKeys:
    """The issuer's public keys, kept while the issuer is away."""

    def __init__(self, http: httpx.AsyncClient, issuer: str) -> None:
        self._http = http
        self._issuer = issuer
        self._keys: KeySet | None = None
        self._fetched = 0.0
        self._lock = asyncio.Lock()

    async def current(self, *, anew: bool = False) -> KeySet:
        """The keys; raises a 503 problem only when none were ever fetched."""
        age = time.monotonic() - self._fetched
        if self._keys is not None and age < (UNKNOWN_KEY_PAUSE_S if anew else KEYS_FRESH_S):
            return self._keys
        async with self._lock:
            if time.monotonic() - self._fetched >= age:  # nobody fetched them meanwhile
                await self._fetch()
        if self._keys is None:
            raise Problem(503, "issuer-unavailable", "tokens cannot be checked now")
        return self._keys

    async def _fetch(self) -> None:
        try:
            discovery = await self._http.get(f"{self._issuer}/.well-known/openid-configuration")
            found = await self._http.get(discovery.raise_for_status().json()["jwks_uri"])
            self._keys = KeySet.import_key_set(found.raise_for_status().json())
        except (httpx.HTTPError, ValueError, KeyError):
            if self._keys is None:
                return
        self._fetched = time.monotonic()


class Gate:
    """Turns a bearer token into a caller, or into 401 or 403."""

    def __init__(self, keys: IssuerKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def admit(self, request: Request, scopes: tuple[str, ...]) -> Caller:
        """The caller, if the token is good and carries one of the scopes."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not text:
            raise Problem(401, "token-missing", "a bearer token is needed")
        caller = await self.bearer(text.strip())
        if not any(caller.may(scope) for scope in scopes):
            raise Problem(403, "scope-missing", "the token lacks a scope: " + " or ".join(scopes))
        return caller

    async def bearer(self, text: str) -> Caller:
        """Whoever holds this token, if it is good."""
        return replace(_caller(await self._checked(text, self._claims)), login=login_of(text))

    async def identity(self, text: str, client: str, nonce: str) -> dict[str, Any]:
        """What the issuer tells of the person who logged in to `client`, if this answers that very login."""
        expected = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": client},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            sub={"essential": True},
        )
        return await self._checked(text, expected)

    async def _checked(self, text: str, expected: jwt.JWTClaimsRegistry) -> dict[str, Any]:
        try:
            token = await self._decoded(text)
            expected.validate(token.claims)
        except (JoseError, ValueError, TypeError) as err:
            raise Problem(401, "token-invalid", "the token is not valid here") from err
        return token.claims

    async def _decoded(self, text: str) -> jwt.Token:
        try:
            return jwt.decode(text, await self._keys.current(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return jwt.decode(text, await self._keys.current(anew=True), algorithms=ALGORITHMS)  # keys may have rotated


def login_of(secret: str) -> str:
    """The name of the login that a token or a session stands for."""
    return hashlib.sha256(b"unmasking\0" + secret.encode()).hexdigest()


def _caller(claims: dict[str, Any]) -> Caller:
    offices = claims.get("offices")
    # A clerk owns what they filed at the counter; the application they all use owns nothing.
    client = claims["sub"] if isinstance(offices, list) else claims.get("client_id") or claims["sub"]
    return Caller(
        client=str(client),
        subject=str(claims["sub"]),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        offices=frozenset(map(str, offices)) if isinstance(offices, list) else None,
    )


def needs(*scopes: str) -> Callable[[F], F]:
    """Mark an endpoint with the scopes of which a caller needs one."""

    def mark(endpoint: F) -> F:
        endpoint.scopes = scopes  # type: ignore[attr-defined]  # read back by GuardedRoute
        return endpoint

    return mark


class GuardedRoute(APIRoute):
    """Checks the token, then the idempotency key, before the body is even read; declares what it can refuse with."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:  # noqa: ANN401  # FastAPI's own
        super().__init__(path, endpoint, **more)
        self.openapi_extra = openapi.BEARER
        self.responses = {**openapi.problems(self._refusals()), **self.responses}

    @property
    def keyed(self) -> bool:
        """Does the call take an idempotency key?"""
        return any(param.alias == "idempotency-key" for param in self.dependant.header_params)

    def _refusals(self) -> list[int]:
        found = [
            *openapi.EVERYWHERE,
            *(openapi.WITH_PATH if self.dependant.path_params else ()),
            *(openapi.WITH_BODY if self.body_field else ()),
            *(openapi.WITH_KEY if self.keyed else ()),
        ]
        return sorted(found)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, behind the gate."""
        handler = super().get_route_handler()
        scopes: tuple[str, ...] = getattr(self.endpoint, "scopes", ())
        keyed = self.keyed

        async def guarded(request: Request) -> Response:
            gate: Gate = request.app.state.gate
            request.state.caller = await with_inherited(request, await gate.admit(request, scopes))
            if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
                raise Problem(400, "address-invalid", "no address of ours holds a NUL")
            if keyed and not request.headers.get("idempotency-key"):
                raise Problem(400, "idempotency-key-missing", "every POST takes an Idempotency-Key")
            return await handler(request)

        return guarded


async def with_inherited(request: Request, admitted: Caller) -> Caller:
    """The caller, with the offices that were merged into theirs."""
    front: Front = request.app.state.front
    return replace(admitted, inherited=await front.inherited.by(admitted.offices, front.now()))


def caller(request: Request) -> Caller:
    """The caller that the gate admitted."""
    admitted: Caller = request.state.caller
    return admitted


CallerDep = Annotated[Caller, Depends(caller)]
