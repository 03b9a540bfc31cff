"""VNeID as OpenID Connect issuer: discovery, keys, and tokens for sample accounts.

Programs ask by client credentials, people by the code that the login (`vneid_login`) gave them. Tokens are ES256 JWTs
for audience `lienthong`, good for two hours, with `scope`, `sub`, `client_id` and, for clerks, `offices`. Accounts come
from the JSON file named by SIM_ACCOUNTS, a list of `{client_id, client_secret, subject, scopes, offices, name, title}`;
without it the built-in ones stand, each with the secret `local-{client_id}`. `POST /control/accounts` takes such a list
too, adds it to the accounts or replaces those with the same `client_id`, and keeps it.
"""

import base64
import binascii
import hmac
import json
import time
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import ECKey

from sim_agencies.settings import Settings
from sim_agencies.store import Store
from sim_agencies.vneid_accounts import SCOPES, Account, Known
from sim_agencies.vneid_login import APPLICATIONS, Logins

AUDIENCE = "lienthong"
ALGORITHM = "ES256"
LIFETIME_S = 2 * 60 * 60
NO_STORE = {"cache-control": "no-store"}


def signing_key(path: Path) -> ECKey:
    """The issuer's key, made at first use and kept, so that tokens outlive a restart."""
    if not path.exists():
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(key.as_dict(private=True)))
        fresh.replace(path)
    return ECKey.import_key(json.loads(path.read_text()))


def token(account: Account, scope: str, issuer: str, key: ECKey, client: str | None = None) -> str:
    """A bearer token for an account; `client`: the application that a person logged in to."""
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": account.subject,
        "client_id": client or account.client_id,
        "scope": scope,
        "iat": now,
        "exp": now + LIFETIME_S,
        "jti": uuid4().hex,
    }
    if account.offices:
        claims["offices"] = account.offices
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}, claims, key)


def identity_token(account: Account, client: str, nonce: str, issuer: str, key: ECKey) -> str:
    """Who logged in, for the application alone."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": client,
        "sub": account.subject,
        "name": account.name or account.subject,
        "nonce": nonce,
        "iat": now,
        "exp": now + LIFETIME_S,
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}, claims, key)


def _basic(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(name), unquote(secret)


def _error(status: int, code: str) -> JSONResponse:
    return JSONResponse({"error": code}, status, NO_STORE)


def discovery(issuer: str) -> dict[str, object]:
    """Where things are, as OpenID Connect Discovery says it."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "token_endpoint": f"{issuer}/token",
        "authorization_endpoint": f"{issuer}/authorize",
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": sorted({scope for scopes in SCOPES.values() for scope in scopes.split()}),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
    }


class Issuer:
    """What tokens are made with, and for whom."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.address = settings.vneid_issuer.rstrip("/")
        self.key = signing_key(settings.state_dir / "vneid-issuer.json")
        self.known = Known(settings, store)
        self.logins = Logins(self.known)

    def by_secret(self, name: str, secret: str, wanted: str) -> JSONResponse:
        """A token for a sample account's own secret."""
        account = self.known.get(name)
        if account is None or not _same(account.client_secret, secret):
            return _error(401, "invalid_client")
        scopes = wanted.split() or account.scopes
        if not set(scopes) <= set(account.scopes):
            return _error(400, "invalid_scope")
        return self._told(account, " ".join(scopes))

    def by_code(self, name: str, secret: str, form: dict[str, str]) -> JSONResponse:
        """Tokens for the person who has just logged in."""
        if name not in APPLICATIONS or not _same(APPLICATIONS[name] or "", secret):
            return _error(401, "invalid_client")
        code, verifier, address = (form.get(each, "") for each in ("code", "code_verifier", "redirect_uri"))
        granted = self.logins.redeem(name, code, verifier, address)
        if granted is None:
            return _error(400, "invalid_grant")
        account = granted.account
        identity = identity_token(account, name, granted.nonce, self.address, self.key)
        return self._told(account, " ".join(account.scopes), name, id_token=identity)

    def _told(self, account: Account, scope: str, client: str | None = None, **more: str) -> JSONResponse:
        access = token(account, scope, self.address, self.key, client)
        told = {"access_token": access, "token_type": "Bearer", "expires_in": LIFETIME_S, "scope": scope, **more}
        return JSONResponse(told, headers=NO_STORE)


def _same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode())


def router(settings: Settings, store: Store) -> APIRouter:
    """The issuer's endpoints."""
    issuer = Issuer(settings, store)
    routes = APIRouter(tags=["issuer"])
    routes.include_router(issuer.logins.router())

    @routes.get("/.well-known/openid-configuration")
    async def openid_configuration() -> dict[str, object]:
        """The discovery document."""
        return discovery(issuer.address)

    @routes.get("/jwks")
    async def jwks() -> dict[str, object]:
        """The public key."""
        return {"keys": [issuer.key.as_dict(private=False)]}

    @routes.post("/control/accounts", tags=["control"])
    async def add(new: list[Account]) -> dict[str, int]:
        """More people and programs, as SIM_ACCOUNTS lists them; kept."""
        issuer.known.add(new)
        return {"accounts": len(new)}

    @routes.post("/token")
    async def issue(request: Request, authorization: Annotated[str | None, Header()] = None) -> JSONResponse:
        """A token: by a sample account's secret (Basic or in the form), or by the code of a login."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        name, secret = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        match form.get("grant_type"):
            case "client_credentials":
                return issuer.by_secret(name, secret, form.get("scope", ""))
            case "authorization_code":
                return issuer.by_code(name, secret, form)
        return _error(400, "unsupported_grant_type")

    return routes
