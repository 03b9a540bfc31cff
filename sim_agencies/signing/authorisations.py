"""From a PIN to a signature: signature activation data (SAD, as CSC calls it) bound to hashes, and what it signed."""

import base64
import secrets
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from pydantic import BaseModel

from sim_agencies.signing.credentials import TRIES, Credential, Credentials, Purpose
from sim_agencies.store import Store

LIFETIME_S = 300
LARGEST_BATCH = 100


class CscError(Exception):
    """The service says no, in CSC's form: `{"error": …, "error_description": …}`."""

    def __init__(self, error: str, description: str, *, status: int = 400, tries_left: int | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.body: dict[str, str | int] = {"error": error, "error_description": description}
        if tries_left is not None:
            self.body["triesLeft"] = tries_left


class Authorisation(BaseModel):
    """What one SAD allows, and the signatures made with it; hashes and signatures in base64."""

    credential: str
    hashes: tuple[str, ...]
    expires_at: float
    signatures: dict[str, str] = {}


class Authorisations:
    """Gives SADs out and signs by them; all of it survives a restart."""

    def __init__(self, store: Store, credentials: Credentials, lifetime_s: float = LIFETIME_S) -> None:
        self._store = store
        self._credentials = credentials
        self.lifetime_s = lifetime_s

    def authorise(self, credential: Credential, pin: str | None, wanted: tuple[str, ...]) -> str:
        """A SAD for these hashes; a wrong PIN costs a try, and the last try locks the credential. A seal has no PIN."""
        if credential.purpose is not Purpose.SEAL:
            self._require_pin(credential, pin)
        sad = secrets.token_urlsafe(32)
        self._keep(
            sad, Authorisation(credential=credential.id, hashes=wanted, expires_at=time.time() + self.lifetime_s)
        )
        return sad

    def _require_pin(self, credential: Credential, pin: str | None) -> None:
        if credential.tries_left == 0:
            raise CscError("credential_locked", "The credential is locked after too many wrong PINs")
        if pin != credential.pin:
            left = credential.tries_left - 1
            self._credentials.save(credential.model_copy(update={"tries_left": left}))
            raise CscError("invalid_pin", "The PIN is invalid", tries_left=left)
        self._credentials.save(credential.model_copy(update={"tries_left": TRIES}))

    def sign(self, credential: Credential, sad: str, wanted: tuple[str, ...]) -> list[str]:
        """Sign authorised hashes, each once: asked again, the same signature comes, so a lost answer is no loss."""
        kept = self._store.get("sad", sad)
        authorisation = Authorisation.model_validate_json(kept) if kept else None
        if authorisation is None or authorisation.credential != credential.id:
            raise CscError("invalid_sad", "The SAD is not one of this credential's")
        if not set(wanted) <= set(authorisation.hashes):
            raise CscError("unauthorized_hash", "A hash is not authorised by the SAD")
        missing = [one for one in wanted if one not in authorisation.signatures]
        if missing and authorisation.expires_at < time.time():
            raise CscError("sad_expired", "The SAD has expired")
        key = self._credentials.holder(credential).key
        made = authorisation.signatures | {one: _signature(key, one) for one in missing}
        self._keep(sad, authorisation.model_copy(update={"signatures": made}))
        return [made[one] for one in wanted]

    def _keep(self, sad: str, authorisation: Authorisation) -> None:
        self._store.put("sad", sad, authorisation.model_dump_json())


def _signature(key: ec.EllipticCurvePrivateKey, hash_base64: str) -> str:
    digest = base64.b64decode(hash_base64)
    return base64.b64encode(key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))).decode()
