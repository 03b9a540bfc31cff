"""Signing tokens of software: SoftHSM behind PKCS#11, its tokens in a folder that SOFTHSM2_CONF names."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11 import Attribute
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, ADMIN = "864209", "11223344"
KEY = "ky-so"


@dataclass(frozen=True)
class Drawer:
    """A folder with tokens."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs that is to see them."""
        return {**os.environ, "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def add(self, label: str) -> None:
        """A new, empty token."""
        command = ("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", ADMIN)
        subprocess.run(command, env=self.environment, check=True, capture_output=True)  # noqa: S603


@contextmanager
def drawer(folder: Path, *labels: str) -> Iterator[Drawer]:
    """With empty tokens; until the end they are those that this process sees."""
    (folder / "tokens").mkdir(parents=True)
    lines = (f"directories.tokendir = {folder / 'tokens'}", "objectstore.backend = file", "log.level = ERROR")
    (folder / "softhsm2.conf").write_text("\n".join(lines))
    made = Drawer(folder)
    for label in labels:
        made.add(label)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", made.environment["SOFTHSM2_CONF"])
        pkcs11.lib(str(MODULE)).reinitialize()
        yield made


def lay(token: str, key_pem: str, certificate_pem: str | None, label: str = KEY) -> None:
    """A key, and its certificate, onto a token of the drawer that this process sees."""
    place = {Attribute.TOKEN: True, Attribute.LABEL: label, Attribute.ID: label.encode()}
    with pkcs11.lib(str(MODULE)).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        session.create_object(_private(key_pem) | place)
        if certificate_pem:
            read = x509.load_pem_x509_certificate(certificate_pem.encode())
            session.create_object(decode_x509_certificate(read.public_bytes(serialization.Encoding.DER)) | place)


def _private(key_pem: str) -> dict[Attribute, object]:
    key = serialization.load_pem_private_key(key_pem.encode(), None)
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    told = decode_rsa_private_key(der) if isinstance(key, rsa.RSAPrivateKey) else decode_ec_private_key(der)
    kept = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}
    return {**told, **kept}
