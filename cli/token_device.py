"""A signing token behind PKCS#11: found by its label, opened by its PIN, asked to sign 32 bytes and nothing else.

What goes wrong is told to the clerk who holds the token, Vietnamese first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error
from pkcs11.types import SignMixin
from pkcs11.util.ec import encode_ecdsa_signature

from cli.trouble import Trouble

ECDSA, RSA = "ECDSA-SHA256", "RSA-PKCS1v15-SHA256"
"""As the API names them."""
ALGORITHMS = {KeyType.EC: ECDSA, KeyType.RSA: RSA}
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""RFC 8017, 9.2, note 1: what stands before a SHA-256 hash that PKCS #1 v1.5 signs."""
WRONG_PIN = (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid)


def said(vietnamese: str, english: str) -> str:
    """A line for a clerk."""
    return f"{vietnamese} / {english}"


@dataclass(frozen=True)
class TokenKey:
    """A private key that stays on its open token, and the certificate (DER) that lies beside it, if one does."""

    label: str
    algorithm: str
    certificate: bytes | None
    _key: SignMixin

    def sign(self, hashed: bytes) -> bytes:
        """The signature of a SHA-256 hash: ECDSA as DER, RSA by PKCS #1 v1.5."""
        try:
            if self.algorithm == ECDSA:
                return bytes(encode_ecdsa_signature(self._key.sign(hashed, mechanism=Mechanism.ECDSA)))
            return bytes(self._key.sign(SHA256_INFO + hashed, mechanism=Mechanism.RSA_PKCS))
        except PKCS11Error as err:
            raise _trouble("Thiết bị không ký", "the token does not sign", err) from None


@contextmanager
def opened(module: Path, token: str, pin: str, key: str | None = None) -> Iterator[TokenKey]:
    """The key of that label on the token of that label, or the token's only one; `Trouble` says what is missing."""
    found = _token(module, token)
    try:
        session = found.open(user_pin=pin)
    except WRONG_PIN:
        told = said("Sai mã PIN của thiết bị (sai nhiều lần thiết bị sẽ khóa)", "wrong PIN; too many lock the token")
        raise Trouble(told) from None
    except pkcs11.PinLocked:
        raise Trouble(said("Thiết bị đã khóa vì sai mã PIN nhiều lần", "the token's PIN is locked")) from None
    except PKCS11Error as err:
        raise _trouble("Không mở được thiết bị", "the token does not open", err) from None
    with session:
        yield _key(session, key)


def _token(module: Path, label: str) -> pkcs11.Token:
    if not module.is_file():
        raise Trouble(said(f"Không có tệp {module}", "no PKCS#11 module there: the token's maker says where it is"))
    try:
        return pkcs11.lib(str(module)).get_token(token_label=label)
    except pkcs11.NoSuchToken:
        raise Trouble(said(f"Không thấy thiết bị tên {label}", "no token of that label is plugged in")) from None
    except pkcs11.MultipleTokensReturned:
        raise Trouble(said(f"Có nhiều thiết bị tên {label}", "several tokens have that label")) from None
    except (PKCS11Error, RuntimeError, OSError) as err:
        raise _trouble(f"Không dùng được {module}", "this is no PKCS#11 module that works here", err) from None


def _key(session: pkcs11.Session, label: str | None) -> TokenKey:
    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY} | ({Attribute.LABEL: label} if label else {})
    held = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    certificates = {bytes(each[Attribute.ID]): bytes(each[Attribute.VALUE]) for each in held}
    keys = [
        TokenKey(each[Attribute.LABEL], ALGORITHMS[kind], certificates.get(bytes(each[Attribute.ID])), each)
        for each in session.get_objects(wanted)
        if (kind := each[Attribute.KEY_TYPE]) in ALGORITHMS and isinstance(each, SignMixin)
    ]
    certified = [each for each in keys if each.certificate]
    match certified or keys:
        case [only]:
            return only
        case []:
            raise Trouble(said("Thiết bị không có khóa ký như vậy", "the token holds no such key (EC or RSA)"))
        case several:
            labels = ", ".join(sorted(each.label for each in several))
            raise Trouble(said(f"Thiết bị có nhiều khóa ({labels})", "several keys: name one by --key-label"))


def _trouble(vietnamese: str, english: str, err: Exception) -> Trouble:
    """With PKCS#11's own name of the error, which names no person."""
    return Trouble(f"{said(vietnamese, english)} ({type(err).__name__})")
