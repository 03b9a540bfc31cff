"""Which certificates of tokens are taken, before anything is opened."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from cli.certificates import _certificate
from cli.trouble import Trouble

DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def written(folder: Path, key: Key, end: timedelta, form: serialization.Encoding) -> Path:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mẫu")]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = builder.not_valid_before(now - 3 * DAY).not_valid_after(now + end).sign(key, digest)
    file = folder / "certificate"
    file.write_bytes(made.public_bytes(form))
    return file


@pytest.mark.parametrize("form", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_a_certificate_is_read_in_either_form(tmp_path: Path, form: serialization.Encoding) -> None:
    file = written(tmp_path, ec.generate_private_key(ec.SECP256R1()), DAY, form)
    assert _certificate(file).public_bytes(form) == file.read_bytes()


def test_a_certificate_that_could_never_sign_is_refused(tmp_path: Path) -> None:
    old = written(tmp_path, ec.generate_private_key(ec.SECP256R1()), -DAY, serialization.Encoding.PEM)
    with pytest.raises(Trouble, match="has expired"):
        _certificate(old)
    strange = written(tmp_path, ed25519.Ed25519PrivateKey.generate(), DAY, serialization.Encoding.PEM)
    with pytest.raises(Trouble, match="only EC and RSA"):
        _certificate(strange)
    strange.write_text("no certificate")
    with pytest.raises(Trouble, match="no certificate that can be read"):
        _certificate(strange)
    with pytest.raises(Trouble, match="no certificate that can be read"):
        _certificate(tmp_path / "not there")
