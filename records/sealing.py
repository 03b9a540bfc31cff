"""Sealing: compress, then AES-256-GCM. The context is authenticated too, so a sealed value cannot be moved elsewhere.

A sealed value is: one byte of form, 12 bytes of nonce, the ciphertext with its 16-byte tag.
"""

import hmac
import os
import zlib
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_RAW, _PACKED = b"\x01", b"\x02"
_NONCE = 12
_FAST = 1
_WORTH_PACKING = range(128, 65_536)
"""Bytes. Below, packing gains nothing; above stand PDFs and pictures, packed already."""


class SealBroken(Exception):
    """What was stored does not open with this key in this place: another key, another place, or tampered with."""


def seal(key: bytes, content: bytes, context: str) -> bytes:
    """Seal under a 32-byte key with a random nonce."""
    form, packed = _RAW, content
    if len(content) in _WORTH_PACKING:
        form, packed = _PACKED, zlib.compress(content, _FAST)
    return _close(key, form, os.urandom(_NONCE), packed, context)


def seal_fixed(key: bytes, content: bytes, context: str) -> bytes:
    """Seal so that the same content in the same place gives the same bytes.

    The nonce is drawn from both by HMAC, so it repeats only with them. Never packed: another release of zlib packs
    otherwise, and a rebuilt journal must have the same hashes.
    """
    place = context.encode()
    nonce = hmac.digest(key, b"lienthong/nonce\0" + len(place).to_bytes(4) + place + content, sha256)[:_NONCE]
    return _close(key, _RAW, nonce, content, context)


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Open what `seal` or `seal_fixed` closed; raises `SealBroken`."""
    form, nonce, closed = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        content = AESGCM(key).decrypt(nonce, closed, form + context.encode())
    except (InvalidTag, ValueError) as err:
        raise SealBroken("a stored value does not open") from err
    return zlib.decompress(content) if form == _PACKED else content


def _close(key: bytes, form: bytes, nonce: bytes, packed: bytes, context: str) -> bytes:
    return form + nonce + AESGCM(key).encrypt(nonce, packed, form + context.encode())
