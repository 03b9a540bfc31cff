"""`lienthong token-certificate`: whose signature a token makes."""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from cli.records import rooms
from cli.trouble import Trouble
from records.registers import Certificates

METHOD = "token"
PEM = b"-----BEGIN"


def register(app: typer.Typer) -> None:
    """Add this topic's command."""
    app.command("token-certificate")(token_certificate)


def token_certificate(
    person: Annotated[str, typer.Argument(help="The signer's account id.")],
    file: Annotated[Path, typer.Argument(help="The certificate on the token, PEM or DER.")],
) -> None:
    """Register the certificate on a person's token: from now on it may sign where the person is on duty."""
    certificate = _certificate(file)
    der = certificate.public_bytes(Encoding.DER)
    asyncio.run(_register(person, der))
    print(f"{sha256(der).hexdigest()} holds until {certificate.not_valid_after_utc:%d/%m/%Y}")


def _certificate(file: Path) -> x509.Certificate:
    try:
        content = file.read_bytes()
        pem = content.lstrip().startswith(PEM)
        found = x509.load_pem_x509_certificate(content) if pem else x509.load_der_x509_certificate(content)
        key = found.public_key()
    except (OSError, ValueError) as err:
        raise Trouble(f"{file} is no certificate that can be read ({type(err).__name__})") from None
    if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        raise Trouble(f"{file}: only EC and RSA keys sign here")
    if found.not_valid_after_utc < datetime.now(UTC):
        raise Trouble(f"{file}: the certificate has expired")
    return found


async def _register(person: str, der: bytes) -> None:
    async with rooms() as opened_rooms:
        await Certificates(opened_rooms.database, opened_rooms.keys).register(person, der, METHOD)
