"""A small certification authority on EC P-256: root → issuing CA → signers, OCSP responder, time-stamping authority.

Its keys live in the stand-in's store, so that a restart is the same authority. Every name in it is made up.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from sim_agencies.store import Store

ORGANISATION = "Chứng thực giả lập Liên Thông"
# The CA is older than any certificate that it issues, expired ones included.
CA_AGE, CA_LIFE = timedelta(days=5 * 365), timedelta(days=20 * 365)
SIGN_ONLY = (True, True, False, False, False, False, False, False, False)
CA_ONLY = (False, False, False, False, False, True, True, False, False)
Extensions = Sequence[tuple[x509.ExtensionType, bool]]


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when a certificate holds, aware UTC."""

    start: datetime
    end: datetime

    @classmethod
    def around_now(cls, past: timedelta, future: timedelta) -> Self:
        now = datetime.now(UTC).replace(microsecond=0)
        return cls(now - past, now + future)


@dataclass(frozen=True, slots=True)
class Holder:
    """A private key and the certificate over its public half."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def dump(self) -> str:
        return json.dumps({"key": self.key_pem, "certificate": self.certificate_pem})

    @classmethod
    def load(cls, dumped: str) -> Self:
        kept = json.loads(dumped)
        key = serialization.load_pem_private_key(kept["key"].encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("only EC keys are kept here")
        return cls(key, x509.load_pem_x509_certificate(kept["certificate"].encode()))


@dataclass(frozen=True, slots=True)
class Chain:
    """A root and the issuing CA under it."""

    root: Holder
    issuing: Holder


class Authority:
    """The CA with its responders, and a second one under the same names whom nobody trusts."""

    def __init__(self, store: Store, base_url: str) -> None:
        self._store = store
        self._base_url = base_url
        self.trusted = self._chain("trusted")
        self.impostor = self._chain("impostor")
        self.responder = self._keep("responder", self._issue_responder)
        self.tsa = self._keep("tsa", self._issue_tsa)

    def issue_signer(self, subject: x509.Name, period: Period, *, by_impostor: bool = False) -> Holder:
        """A signer's key and certificate: digital signature and non-repudiation."""
        chain = self.impostor if by_impostor else self.trusted
        usage = [(x509.KeyUsage(*SIGN_ONLY), True), *self._addresses("sub")]
        return issue(subject, period, usage, by=chain.issuing)

    def chain_of(self, certificate: x509.Certificate) -> Chain:
        """Whose child a certificate is, told by the issuing CA's key."""
        key_id = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        own = _key_id(self.impostor.issuing.certificate)
        return self.impostor if key_id == own else self.trusted

    def _chain(self, kind: str) -> Chain:
        period = Period.around_now(CA_AGE, CA_LIFE)

        def root() -> Holder:
            return issue(name("CA gốc giả lập"), period, _ca(1))

        kept = self._keep(f"{kind}-root", root)

        def issuing() -> Holder:
            return issue(name("CA cấp chứng thư giả lập"), period, [*_ca(0), *self._addresses("root")], by=kept)

        return Chain(kept, self._keep(f"{kind}-issuing", issuing))

    def _issue_responder(self) -> Holder:
        usage: Extensions = [
            (x509.KeyUsage(*SIGN_ONLY), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
            (x509.OCSPNoCheck(), False),
        ]
        return issue(name("OCSP giả lập"), Period.around_now(CA_AGE, CA_LIFE / 2), usage, by=self.trusted.issuing)

    def _issue_tsa(self) -> Holder:
        usage: Extensions = [
            (x509.KeyUsage(*SIGN_ONLY), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
            *self._addresses("sub"),
        ]
        return issue(
            name("Dấu thời gian giả lập"), Period.around_now(CA_AGE, CA_LIFE / 2), usage, by=self.trusted.issuing
        )

    def _addresses(self, issuer: str) -> Extensions:
        """Where OCSP, CRL and issuer are to be had; the root answers by CRL alone, as roots do."""
        crl = x509.DistributionPoint([_uri(f"{self._base_url}/crl/{issuer}.crl")], None, None, None)
        access = [(AuthorityInformationAccessOID.CA_ISSUERS, f"{self._base_url}/ca/{issuer}.cer")]
        if issuer != "root":
            access.append((AuthorityInformationAccessOID.OCSP, f"{self._base_url}/ocsp"))
        described = [x509.AccessDescription(method, _uri(url)) for method, url in access]
        return [(x509.CRLDistributionPoints([crl]), False), (x509.AuthorityInformationAccess(described), False)]

    def _keep(self, role: str, make: Callable[[], Holder]) -> Holder:
        if kept := self._store.get("authority", role):
            return Holder.load(kept)
        made = make()
        self._store.put("authority", role, made.dump())
        return made


def issue(subject: x509.Name, period: Period, extensions: Extensions, *, by: Holder | None = None) -> Holder:
    """A new key with a certificate, by an issuer or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key, issuer_name = (by.key, by.certificate.subject) if by else (key, subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(period.start)
        .not_valid_after(period.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Holder(key, builder.sign(issuer_key, hashes.SHA256()))


def name(common: str, *, organisation: str = ORGANISATION, person: str | None = None) -> x509.Name:
    """A made-up distinguished name; `person` goes into its serialNumber."""
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ]
    if person:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, person))
    return x509.Name(parts)


def _ca(below: int) -> Extensions:
    return [(x509.BasicConstraints(ca=True, path_length=below), True), (x509.KeyUsage(*CA_ONLY), True)]


def _uri(url: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(url)


def _key_id(certificate: x509.Certificate) -> bytes:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
