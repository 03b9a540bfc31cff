"""Who somebody is: the issuer's login, by authorization code with PKCE (OpenID Connect)."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from api.gate import Gate
from api.problems import Problem
from records.edge import Holder
from records.registers import DutyEntry, Role


@dataclass(frozen=True)
class Attempt:
    """One login under way; it waits in the browser's own cookie."""

    state: str
    nonce: str
    verifier: str
    then: str

    @classmethod
    def begin(cls, then: str) -> "Attempt":
        """A new one; `then`: the page to open afterwards."""
        return cls(secrets.token_urlsafe(16), secrets.token_urlsafe(16), secrets.token_urlsafe(48), then)

    @property
    def challenge(self) -> str:
        """What the issuer holds the verifier against."""
        return urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


SCOPES: Mapping[str, frozenset[str]] = {
    Role.CLERK: frozenset({"dossiers:write", "dossiers:read", "tasks:read", "tasks:act"}),
    Role.CHAIR: frozenset({"dossiers:read", "tasks:read", "tasks:act"}),
}
"""What each role may do at its office."""


def entitled(holder: Holder, roles: Iterable[DutyEntry]) -> Holder:
    """What somebody in our register may do: what the roles give that they hold now, whatever the issuer told."""
    held = tuple(roles)
    scopes = frozenset[str]().union(*(SCOPES.get(each.role, ()) for each in held))
    offices = {each.office for each in held}
    told = {"client": holder.subject, "scopes": tuple(sorted(scopes)), "offices": tuple(sorted(offices))}
    return holder.model_copy(update=told)


class Identity:
    """The issuer as the web desks use it."""

    def __init__(
        self, http: httpx.AsyncClient, gate: Gate, *, issuer: str, client: str, secret: str, public_url: str
    ) -> None:
        self._http = http
        self._gate = gate
        self._issuer = issuer
        self._client = client
        self._secret = secret
        self._back = f"{public_url.rstrip('/')}/session/callback"

    async def login_address(self, attempt: Attempt) -> str:
        """Where to send the browser; raises a 503 problem while the issuer does not answer."""
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._back,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(asked)}"

    async def holder(self, code: str, attempt: Attempt) -> Holder:
        """Whoever logged in; raises a 401 problem where the issuer's answer does not hold, 503 where there is none."""
        told = await self._tokens(code, attempt)
        access, identity = str(told.get("access_token", "")), str(told.get("id_token", ""))
        caller = await self._gate.bearer(access)
        person = await self._gate.identity(identity, self._client, attempt.nonce)
        if person["sub"] != caller.subject:
            raise Problem(401, "token-invalid", "the issuer told of two people")
        return Holder(
            client=caller.client,
            subject=caller.subject,
            name=str(person.get("name") or caller.subject),
            scopes=tuple(sorted(caller.scopes)),
            offices=tuple(sorted(caller.offices)) if caller.offices is not None else None,
        )

    async def _tokens(self, code: str, attempt: Attempt) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": attempt.verifier,
        }
        endpoint = await self._endpoint("token_endpoint")
        try:
            answer = await self._http.post(endpoint, data=form, auth=(self._client, self._secret))
            if answer.is_client_error:
                raise Problem(401, "login-refused", "the issuer does not accept this login")
            told: dict[str, Any] = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as err:
            raise _away() from err
        return told

    async def _endpoint(self, name: str) -> str:
        try:
            found = await self._http.get(f"{self._issuer}/.well-known/openid-configuration")
            return str(found.raise_for_status().json()[name])
        except (httpx.HTTPError, ValueError, KeyError) as err:
            raise _away() from err


def _away() -> Problem:
    return Problem(503, "issuer-unavailable", "the issuer does not answer")
