# ruff: noqa: N815 - CSC's own names
"""The remote signing API of the Cloud Signature Consortium, v1.0.4.0: what we use of it (SCAL 2).

People authorise by their PIN (`explicit`), an office's seal needs none (`implicit`) but serves one client alone.
"""

import base64
import binascii
import secrets
import time
from typing import Annotated

from cryptography.hazmat.primitives import hashes
from fastapi import APIRouter, Depends, Form, Header
from pydantic import BaseModel

from sim_agencies.desk import Desk
from sim_agencies.signing.authorisations import LARGEST_BATCH, Authorisations, CscError
from sim_agencies.signing.authority import Authority
from sim_agencies.signing.credentials import Credential, Credentials, Purpose

TOKEN_LIFETIME_S = 3600
CLIENT_ID, CLIENT_SECRET = "lienthong", "lienthong-local"
CLIENTS = {CLIENT_ID: CLIENT_SECRET, "somebody-else": "somebody-else-local"}
SEALS_FOR = CLIENT_ID
"""Whose software may use the seals."""
SHA256_OID, ECDSA_SHA256_OID = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2"
P256_OID = "1.2.840.10045.3.1.7"
METHODS = ["auth/login", "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"]


class ListRequest(BaseModel):
    """`credentials/list`."""

    userID: str | None = None


class InfoRequest(BaseModel):
    """`credentials/info`."""

    credentialID: str
    certificates: str = "single"


class AuthorizeRequest(BaseModel):
    """`credentials/authorize`."""

    credentialID: str
    numSignatures: int
    hash: list[str]
    PIN: str | None = None
    description: str | None = None


class SignRequest(BaseModel):
    """`signatures/signHash`."""

    credentialID: str
    SAD: str
    hash: list[str]
    hashAlgo: str = SHA256_OID
    signAlgo: str


class Service:
    """What the endpoints share."""

    def __init__(self, desk: Desk, authority: Authority, credentials: Credentials) -> None:
        self.desk = desk
        self.authority = authority
        self.credentials = credentials
        self.authorisations = Authorisations(desk.store, credentials)
        self._tokens: dict[str, tuple[str, float]] = {}

    def new_token(self, client: str) -> str:
        """A bearer token; those of before a restart are gone, and callers fetch a new one on 401."""
        now = time.monotonic()
        self._tokens = {token: known for token, known in self._tokens.items() if known[1] > now}
        token = secrets.token_urlsafe(24)
        self._tokens[token] = client, now + TOKEN_LIFETIME_S
        return token

    def client(self, authorization: Annotated[str, Header()] = "") -> str:
        """Whose token it is; raises for one that is missing, unknown or expired."""
        client, until = self._tokens.get(authorization.removeprefix("Bearer "), ("", 0.0))
        if until < time.monotonic():
            raise CscError("invalid_token", "The access token is missing, unknown or expired", status=401)
        return client

    def credential(self, identifier: str) -> Credential:
        found = self.credentials.find(identifier)
        if found is None:
            raise CscError("invalid_request", "Invalid parameter credentialID")
        return found

    def usable(self, identifier: str, client: str) -> Credential:
        """A credential whose key is here, and for this client."""
        found = self.credential(identifier)
        if found.purpose is Purpose.TOKEN:
            raise CscError("invalid_request", "The key of this credential is on its holder's token")
        if found.purpose is Purpose.SEAL and client != SEALS_FOR:
            raise CscError("access_denied", "The seal is not for this client")
        return found


def csc_router(service: Service) -> APIRouter:
    """`/csc/v1/…` and `/oauth2/token`."""
    router = APIRouter(tags=["csc"])
    router.include_router(_open_router(service))
    router.include_router(_credentials_router(service), dependencies=[Depends(service.client)])
    return router


def _open_router(service: Service) -> APIRouter:
    router = APIRouter()

    @router.post("/csc/v1/info")
    async def info() -> dict[str, object]:
        """What the service is and can."""
        async with service.desk.exchange("info"):
            pass
        return {
            "specs": "1.0.4.0",
            "name": "Ký số từ xa giả lập",
            "region": "VN",
            "lang": "vi-VN",
            "description": "Stand-in for a remote signing service",
            "authType": ["oauth2client"],
            "methods": METHODS,
        }

    @router.post("/oauth2/token")
    async def token(
        grant_type: Annotated[str, Form()], client_id: Annotated[str, Form()], client_secret: Annotated[str, Form()]
    ) -> dict[str, str | int]:
        """A token by client credentials."""
        async with service.desk.exchange("token"):
            if grant_type != "client_credentials":
                raise CscError("unsupported_grant_type", "Only client_credentials")
            if CLIENTS.get(client_id) != client_secret:
                raise CscError("invalid_client", "Unknown client", status=401)
            made = service.new_token(client_id)
        return {"access_token": made, "token_type": "Bearer", "expires_in": TOKEN_LIFETIME_S}

    return router


def _credentials_router(service: Service) -> APIRouter:
    router = APIRouter(prefix="/csc/v1")

    @router.post("/credentials/list")
    async def credentials_list(request: ListRequest) -> dict[str, list[str]]:
        """The ids of the credentials for remote signing, of one person (`userID`) or of all."""
        async with service.desk.exchange("credentials_list"):
            found = service.credentials.of_person(request.userID)
        return {"credentialIDs": [one.id for one in found]}

    @router.post("/credentials/info")
    async def credentials_info(request: InfoRequest) -> dict[str, object]:
        """Certificate, key and way of authorising of a credential; a token's certificate is told too."""
        async with service.desk.exchange("credentials_info"):
            return _described(service, service.credential(request.credentialID), request.certificates)

    @router.post("/credentials/authorize")
    async def authorize(
        request: AuthorizeRequest, client: Annotated[str, Depends(service.client)]
    ) -> dict[str, str | int]:
        """A SAD for the given hashes against the PIN; for a seal against the client's own token."""
        async with service.desk.exchange("authorize"):
            credential, wanted = service.usable(request.credentialID, client), _hashes(request.hash)
            if request.numSignatures != len(wanted):
                raise CscError("invalid_request", "numSignatures differs from the number of hashes")
            sad = service.authorisations.authorise(credential, request.PIN, wanted)
        return {"SAD": sad, "expiresIn": int(service.authorisations.lifetime_s)}

    @router.post("/signatures/signHash")
    async def sign_hash(request: SignRequest, client: Annotated[str, Depends(service.client)]) -> dict[str, list[str]]:
        """Sign hashes that the SAD authorises; ECDSA over SHA-256, signatures in DER."""
        async with service.desk.exchange("sign_hash"):
            if request.signAlgo != ECDSA_SHA256_OID or request.hashAlgo != SHA256_OID:
                raise CscError("invalid_request", "Only ecdsa-with-SHA256 over SHA-256")
            credential, wanted = service.usable(request.credentialID, client), _hashes(request.hash)
            made = service.authorisations.sign(credential, request.SAD, wanted)
        return {"signatures": made}

    return router


def _hashes(given: list[str]) -> tuple[str, ...]:
    """The hashes in their canonical base64, after a look at their number and size."""
    if not 1 <= len(given) <= LARGEST_BATCH:
        raise CscError("invalid_request", "Between 1 and 100 hashes")
    try:
        raw = [base64.b64decode(one, validate=True) for one in given]
    except binascii.Error as broken:
        raise CscError("invalid_request", "A hash is not base64") from broken
    if any(len(one) != hashes.SHA256.digest_size for one in raw):
        raise CscError("invalid_request", "A hash is not of 32 bytes")
    return tuple(base64.b64encode(one).decode() for one in raw)


def _described(service: Service, credential: Credential, certificates: str) -> dict[str, object]:
    holder = service.credentials.holder(credential)
    chain = service.authority.chain_of(holder.certificate)
    whole = [holder.der, chain.issuing.der, chain.root.der]
    shown = {"none": [], "single": whole[:1], "chain": whole}.get(certificates, whole[:1])
    certificate, by_pin = holder.certificate, credential.purpose is Purpose.REMOTE
    usable = credential.purpose is Purpose.SEAL or (by_pin and credential.tries_left)
    return {
        "description": f"{credential.person} ({credential.purpose})",
        "key": {
            "status": "enabled" if usable else "disabled",
            "algo": [ECDSA_SHA256_OID],
            "len": 256,
            "curve": P256_OID,
        },
        "cert": {
            "status": "revoked" if credential.revoked_at else "valid",
            "certificates": [base64.b64encode(der).decode() for der in shown],
            "issuerDN": certificate.issuer.rfc4514_string(),
            "subjectDN": certificate.subject.rfc4514_string(),
            "serialNumber": f"{certificate.serial_number:x}",
            "validFrom": f"{certificate.not_valid_before_utc:%Y%m%d%H%M%SZ}",
            "validTo": f"{certificate.not_valid_after_utc:%Y%m%d%H%M%SZ}",
        },
        "authMode": "implicit" if credential.purpose is Purpose.SEAL else "explicit",
        "SCAL": "2",
        "PIN": {"presence": "true", "format": "N", "label": "PIN"} if by_pin else {"presence": "false"},
        "OTP": {"presence": "false"},
        "multisign": LARGEST_BATCH,
        "lang": "vi-VN",
    }
