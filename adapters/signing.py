"""The signing service: remote signatures (CSC v1.0.4.0), time-stamps (RFC 3161), and whether certificates still hold.

A PIN goes in at one door only, `authorise`, and comes out as an authorisation bound to hashes. Addresses come from
settings, never from a certificate: an uploaded one could name any host. Exchanges are not logged as other agencies' are
(`adapters/http.py`): they hold PINs and authorisations.
"""

import base64
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from asn1crypto import cms, core, tsp
from cryptography import x509
from pydantic import BaseModel, Field, ValidationError

from adapters.revocation import Revocation, RevocationAnswers
from contracts.failures import AgencyProtocolError, AgencyUnavailable, RequestRejected

ECDSA_SHA256, SHA256 = "1.2.840.10045.4.3.2", "2.16.840.1.101.3.4.2.1"
TOKEN_MARGIN_S = 30.0
_BUSY = {408, 425, 429}

__all__ = [
    "AuthorisationExpired",
    "AuthorisationRefused",
    "CredentialLocked",
    "Revocation",
    "SigningCertificate",
    "SigningService",
    "WrongPin",
]


class WrongPin(Exception):
    """The PIN is wrong; `tries_left` says how often it may still be wrong, None if the service does not say."""

    def __init__(self, tries_left: int | None) -> None:
        super().__init__("the PIN is wrong")
        self.tries_left = tries_left


class CredentialLocked(Exception):
    """Too many wrong PINs; only the service's operator can help."""


class AuthorisationExpired(Exception):
    """The authorisation ran out before it was used; the PIN has to be given again."""


class AuthorisationRefused(Exception):
    """The authorisation is unknown, or not for this credential or hash."""


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A credential's certificate and the issuers above it, DER, nearest first."""

    certificate: bytes
    chain: tuple[bytes, ...]
    implicit: bool = False
    """Authorised without a PIN: an office's seal, nobody's signature."""


_Form = TypeVar("_Form", bound=BaseModel)


class _Token(BaseModel):
    access_token: str
    expires_in: float


class _Certificates(BaseModel):
    certificates: list[str] = Field(min_length=1)


class _Info(BaseModel):
    cert: _Certificates
    authMode: str = "explicit"  # noqa: N815 - CSC's own name


class _Sad(BaseModel):
    SAD: str = Field(min_length=1)


class _Signatures(BaseModel):
    signatures: list[str] = Field(min_length=1, max_length=1)


class _Credentials(BaseModel):
    credentialIDs: list[str]  # noqa: N815 - CSC's own name


class _TimestampAnswer(core.Sequence):  # type: ignore[misc]  # asn1crypto is untyped
    """RFC 3161's response; asn1crypto 1.5 takes the token for mandatory, which a refusal lacks."""

    _fields = [  # noqa: RUF012 - asn1crypto's way
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class _Error(BaseModel):
    error: str
    triesLeft: int | None = None  # noqa: N815 - the stand-in's own name


class SigningService:
    """One signing service, reached through a client handed in (time-outs are the client's)."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, *, client_id: str, client_secret: str) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._token: tuple[str, float] | None = None
        self._revocation = RevocationAnswers(self._fetch, self._base)

    async def credentials(self, person: str) -> tuple[str, ...]:
        """The ids of a person's credentials for remote signing."""
        answer = await self._csc("credentials/list", {"userID": person}, _Credentials)
        return tuple(answer.credentialIDs)

    async def certificate(self, credential_id: str) -> SigningCertificate:
        """The certificate that a credential signs under, with its chain."""
        question = {"credentialID": credential_id, "certificates": "chain"}
        found = await self._csc("credentials/info", question, _Info)
        certificate, *chain = found.cert.certificates
        issuers = tuple(_bytes(issuer) for issuer in chain)
        return SigningCertificate(_bytes(certificate), issuers, implicit=found.authMode == "implicit")

    async def authorise(self, credential_id: str, pin: str, hashes: Sequence[bytes], description: str) -> str:
        """Exchange a PIN for signature activation data (SAD) good for exactly these SHA-256 hashes.

        Raises WrongPin, CredentialLocked.
        """
        question = {**_authorising(credential_id, hashes), "PIN": pin, "description": description}
        return (await self._csc("credentials/authorize", question, _Sad)).SAD

    async def authorise_seal(self, credential_id: str, hashes: Sequence[bytes]) -> str:
        """SAD of an office's seal (CSC's implicit mode): no PIN, the service knows us by our token."""
        return (await self._csc("credentials/authorize", _authorising(credential_id, hashes), _Sad)).SAD

    async def sign_hash(self, credential_id: str, sad: str, hash_to_sign: bytes) -> bytes:
        """The signature (ECDSA, DER) of an authorised hash; safe to repeat with the same SAD.

        Raises AuthorisationExpired, AuthorisationRefused.
        """
        question = {
            "credentialID": credential_id,
            "SAD": sad,
            "hash": [base64.b64encode(hash_to_sign).decode()],
            "hashAlgo": SHA256,
            "signAlgo": ECDSA_SHA256,
        }
        return _bytes((await self._csc("signatures/signHash", question, _Signatures)).signatures[0])

    async def timestamp(self, request: bytes) -> bytes:
        """Post an RFC 3161 request (DER) to the time-stamping authority; its response (DER), granted or not."""
        answer = await self._fetch("POST", f"{self._base}/tsa", request, "application/timestamp-query")
        try:
            _ = _TimestampAnswer.load(answer, strict=True)["status"].native
        except (ValueError, TypeError, KeyError) as broken:
            raise AgencyProtocolError("the time-stamp cannot be read") from broken
        return answer

    async def authority(self) -> SigningCertificate:
        """The service's own issuing CA and, as its chain, the root. For a local stack: elsewhere roots are pinned."""
        issuing, root = [await self._ca_certificate(name) for name in ("sub", "root")]
        return SigningCertificate(issuing, (root,))

    async def revocation(self, certificates: Iterable[bytes], issuers: Sequence[bytes]) -> Revocation:
        """OCSP answers and CRLs about those of the certificates (DER) that one of the trusted issuers (DER) signed."""
        return await self._revocation.about(certificates, issuers)

    async def _ca_certificate(self, name: str) -> bytes:
        answer = await self._fetch("GET", f"{self._base}/ca/{name}.cer")
        try:
            x509.load_der_x509_certificate(answer)
        except ValueError as broken:
            raise AgencyProtocolError("the CA's certificate cannot be read") from broken
        return answer

    async def _csc(self, method: str, question: Mapping[str, object], form: type[_Form]) -> _Form:
        url = f"{self._base}/csc/v1/{method}"
        response = await self._send("POST", url, json=question, headers=await self._bearer())
        if response.status_code == httpx.codes.UNAUTHORIZED:
            # The service has forgotten the token, as after a restart: once with a new one.
            self._token = None
            response = await self._send("POST", url, json=question, headers=await self._bearer())
        if response.is_client_error:
            raise _refusal(response.content)
        return _read(form, response.content)

    async def _bearer(self) -> dict[str, str]:
        if self._token is None or self._token[1] < time.monotonic():
            form = {"grant_type": "client_credentials", **self._client}
            response = await self._send("POST", f"{self._base}/oauth2/token", data=form)
            if response.is_client_error:
                raise RequestRejected("the signing service does not know this client")
            token = _read(_Token, response.content)
            self._token = token.access_token, time.monotonic() + token.expires_in - TOKEN_MARGIN_S
        return {"Authorization": f"Bearer {self._token[0]}"}

    async def _fetch(self, method: str, url: str, content: bytes | None = None, media_type: str = "") -> bytes:
        headers = {"Content-Type": media_type} if media_type else {}
        response = await self._send(method, url, content=content, headers=headers)
        if response.is_client_error:
            raise RequestRejected("the signing service refuses the request")
        return response.content

    async def _send(self, method: str, url: str, **parts: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        try:
            response = await self._http.request(method, url, **parts)
        except httpx.HTTPError:
            # Not chained: httpx's error holds the request, and that may hold a PIN.
            raise AgencyUnavailable("the signing service cannot be reached") from None
        if response.is_server_error or response.status_code in _BUSY:
            raise AgencyUnavailable("the signing service is in trouble")
        return response


def _authorising(credential_id: str, hashes: Sequence[bytes]) -> dict[str, object]:
    return {
        "credentialID": credential_id,
        "numSignatures": len(hashes),
        "hash": [base64.b64encode(one).decode() for one in hashes],
    }


def _read(form: type[_Form], content: bytes) -> _Form:
    try:
        return form.model_validate_json(content)
    except ValidationError:
        # Not chained: pydantic quotes the answer, which may hold an authorisation.
        raise AgencyProtocolError("the signing service's answer cannot be read") from None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as broken:
        raise AgencyProtocolError("the signing service's answer is not base64") from broken


def _refusal(content: bytes) -> Exception:
    """CSC's error names as ours."""
    refusal = _read(_Error, content)
    match refusal.error:
        case "invalid_pin":
            return WrongPin(refusal.triesLeft)
        case "credential_locked":
            return CredentialLocked("too many wrong PINs")
        case "sad_expired":
            return AuthorisationExpired("the authorisation has run out")
        case "invalid_sad" | "unauthorized_hash":
            return AuthorisationRefused("the authorisation is not for this")
        case _:
            return RequestRejected("the signing service refuses the request")
