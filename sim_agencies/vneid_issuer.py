"""VNeID as OpenID Connect issuer: discovery, keys, and tokens for sample accounts by client credentials.

Tokens are ES256 JWTs for audience `lienthong`, good for two hours, with `scope`, `sub`, `client_id` and, for clerks,
`offices`. Accounts come from the JSON file named by SIM_ACCOUNTS, a list of `{client_id, client_secret, subject,
scopes, offices}`; without it the built-in ones stand, each with the secret `local-{client_id}`.
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
from pydantic import BaseModel, ConfigDict, TypeAdapter

from sim_agencies.settings import Settings

AUDIENCE = "lienthong"
ALGORITHM = "ES256"
LIFETIME_S = 2 * 60 * 60
SCOPES = {
    "portal": "dossiers:write dossiers:read",
    "clerk": "dossiers:write dossiers:read tasks:read tasks:act",
    "chair": "dossiers:read tasks:read tasks:act",
    "support": "dossiers:read support:read support:act",
    "approver": "dossiers:read support:read support:approve",
    "manager": "statistics:read",
}
WITH_OFFICE = {"clerk", "chair"}


class Account(BaseModel):
    """Someone who may ask for tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str
    client_secret: str
    subject: str
    scopes: list[str]
    offices: list[str] = []


ACCOUNTS = TypeAdapter(list[Account])


def accounts(settings: Settings) -> dict[str, Account]:
    """The accounts set, or the built-in sample ones."""
    if settings.accounts:
        given = ACCOUNTS.validate_json(settings.accounts.read_bytes())
        return {account.client_id: account for account in given}
    return {
        name: Account(
            client_id=name,
            client_secret=f"local-{name}",
            subject=f"{name}-sample",
            scopes=scopes.split(),
            offices=[settings.office] if name in WITH_OFFICE else [],
        )
        for name, scopes in SCOPES.items()
    }


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


def token(account: Account, scope: str, issuer: str, key: ECKey) -> str:
    """A bearer token for an account."""
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": account.subject,
        "client_id": account.client_id,
        "scope": scope,
        "iat": now,
        "exp": now + LIFETIME_S,
        "jti": uuid4().hex,
    }
    if account.offices:
        claims["offices"] = account.offices
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
    return JSONResponse({"error": code}, status, {"cache-control": "no-store"})


def discovery(issuer: str) -> dict[str, object]:
    """Where things are, as OpenID Connect Discovery says it."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "token_endpoint": f"{issuer}/token",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": sorted({scope for scopes in SCOPES.values() for scope in scopes.split()}),
        "response_types_supported": [],
        "subject_types_supported": ["public"],
    }


def router(settings: Settings) -> APIRouter:
    """The issuer's three endpoints."""
    issuer, known = settings.vneid_issuer.rstrip("/"), accounts(settings)
    key = signing_key(settings.state_dir / "vneid-issuer.json")
    routes = APIRouter(tags=["issuer"])

    @routes.get("/.well-known/openid-configuration")
    async def openid_configuration() -> dict[str, object]:
        """The discovery document."""
        return discovery(issuer)

    @routes.get("/jwks")
    async def jwks() -> dict[str, object]:
        """The public key."""
        return {"keys": [key.as_dict(private=False)]}

    @routes.post("/token")
    async def issue(request: Request, authorization: Annotated[str | None, Header()] = None) -> JSONResponse:
        """A token for a sample account (client_credentials; secret by Basic or in the form)."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type")
        name, secret = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        account = known.get(name)
        if account is None or not hmac.compare_digest(account.client_secret.encode(), secret.encode()):
            return _error(401, "invalid_client")
        wanted = form.get("scope", "").split() or account.scopes
        if not set(wanted) <= set(account.scopes):
            return _error(400, "invalid_scope")
        scope = " ".join(wanted)
        answer = {"token_type": "Bearer", "expires_in": LIFETIME_S, "scope": scope}
        return JSONResponse(
            {"access_token": token(account, scope, issuer, key), **answer}, headers={"cache-control": "no-store"}
        )

    return routes
