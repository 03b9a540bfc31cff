"""Control of the signing stand-in beyond faults: issue, revoke, unlock credentials; hand out a sample token's key."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from sim_agencies import trouble
from sim_agencies.signing.authority import Authority
from sim_agencies.signing.credentials import TRIES, Credential, Credentials, Purpose, Request, credential_id


class Issued(BaseModel):
    """A credential as control shows it; the PIN is a test's own."""

    credential_id: str
    person: str
    purpose: Purpose
    pin: str
    tries_left: int
    serial: str
    revoked: bool
    certificate_pem: str


class TokenKey(BaseModel):
    """What lies on the token of a made-up person."""

    model_config = ConfigDict(frozen=True)

    private_key_pem: str
    certificate_pem: str
    chain_pem: str


class CredentialOffice:
    """Finds credentials and shows them."""

    def __init__(self, authority: Authority, credentials: Credentials) -> None:
        self._authority = authority
        self.all = credentials

    def known(self, identifier: str) -> Credential:
        found = self.all.find(identifier)
        if found is None:
            raise trouble.NotThere("không tồn tại")
        return found

    def shown(self, credential: Credential) -> Issued:
        return Issued(
            credential_id=credential.id,
            revoked=credential.revoked_at is not None,
            certificate_pem=self.all.holder(credential).certificate_pem,
            **credential.model_dump(include={"person", "purpose", "pin", "tries_left", "serial"}),
        )

    def token_key(self, person: str) -> TokenKey:
        """Made at the first request for people met for the first time."""
        found = self.all.find(credential_id(person, Purpose.TOKEN))
        holder = self.all.holder(found or self.all.issue(Request(person=person, purpose=Purpose.TOKEN)))
        chain = self._authority.chain_of(holder.certificate)
        return TokenKey(
            private_key_pem=holder.key_pem,
            certificate_pem=holder.certificate_pem,
            chain_pem=chain.issuing.certificate_pem + chain.root.certificate_pem,
        )


def signing_control_router(authority: Authority, credentials: Credentials) -> APIRouter:
    """`/control/credentials…`."""
    router, office = (
        APIRouter(prefix="/control/credentials", tags=["control"]),
        CredentialOffice(authority, credentials),
    )

    @router.post("", status_code=201)
    async def issue(request: Request) -> Issued:
        """Issue a credential, good, expired or not valid yet, by the CA or by one that only has its names."""
        return office.shown(credentials.issue(request))

    @router.get("/{identifier}")
    async def look(identifier: str) -> Issued:
        """A credential as it stands."""
        return office.shown(office.known(identifier))

    @router.post("/{identifier}/revocation")
    async def revoke(identifier: str) -> Issued:
        """Revoke as of now; OCSP and CRL say so at once."""
        return office.shown(credentials.set_revoked(office.known(identifier), revoked=True))

    @router.delete("/{identifier}/revocation")
    async def restore(identifier: str) -> Issued:
        """Take the revocation back, as no real CA could."""
        return office.shown(credentials.set_revoked(office.known(identifier), revoked=False))

    @router.delete("/{identifier}/lock")
    async def unlock(identifier: str) -> Issued:
        """Give all tries of the PIN back."""
        unlocked = office.known(identifier).model_copy(update={"tries_left": TRIES})
        credentials.save(unlocked)
        return office.shown(unlocked)

    @router.get("/{person}/token-key")
    async def token_key(person: str) -> TokenKey:
        """The key and certificate on a person's token."""
        return office.token_key(person)

    return router
