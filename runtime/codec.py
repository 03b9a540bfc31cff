"""Payloads in histories: compressed, then encrypted with the dossier's own key (AES-256-GCM).

Destroying a dossier's key erases its history (crypto-shredding). Each payload names its key, so decoding needs no
context; encoding takes the dossier from the workflow id `{group}/{code}`, anything else uses the shared key.
"""

import os
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec, SerializationContext, WithSerializationContext

from runtime.protocols import KeyStore

ENCODING = b"binary/encrypted"
SHARED = "shared"
_NONCE = 12
_FAST = 1
"""Compression level: payloads are small, and the workflow's turn waits for it."""


def dossier_of(workflow_id: str | None) -> str:
    """Name the key for a workflow: the code of `birth/CODE` or `death/CODE`, else the shared one."""
    group, _, code = (workflow_id or "").partition("/")
    return code if group in {"birth", "death"} and code else SHARED


class DossierCodec(PayloadCodec, WithSerializationContext):
    """Seal what goes into history, open what comes out."""

    def __init__(self, keys: KeyStore, name: str = SHARED) -> None:
        self._keys = keys
        self._name = name

    def with_context(self, context: SerializationContext) -> "DossierCodec":
        """A codec for the dossier that the payload belongs to."""
        return DossierCodec(self._keys, dossier_of(getattr(context, "workflow_id", None)))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload under the context's key."""
        key = await self._key(self._name)
        return [_seal(payload, key, self._name) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open each sealed payload; what was never sealed (an operator's command line) passes as it is."""
        opened = []
        for payload in payloads:
            if payload.metadata.get("encoding") != ENCODING:
                opened.append(payload)
                continue
            name = payload.metadata["encryption-key-id"].decode()
            opened.append(_open(payload, await self._key(name), name))
        return opened

    async def _key(self, name: str) -> bytes:
        return self._keys.shared_key() if name == SHARED else await self._keys.key_for(name)


def _seal(payload: Payload, key: bytes, name: str) -> Payload:
    nonce = os.urandom(_NONCE)
    packed = zlib.compress(payload.SerializeToString(), _FAST)
    sealed = nonce + AESGCM(key).encrypt(nonce, packed, name.encode())
    return Payload(metadata={"encoding": ENCODING, "encryption-key-id": name.encode()}, data=sealed)


def _open(payload: Payload, key: bytes, name: str) -> Payload:
    nonce, sealed = payload.data[:_NONCE], payload.data[_NONCE:]
    try:
        packed = AESGCM(key).decrypt(nonce, sealed, name.encode())
    except InvalidTag as err:
        msg = "payload was not sealed with this key"
        raise ValueError(msg) from err
    return Payload.FromString(zlib.decompress(packed))
