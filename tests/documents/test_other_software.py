"""What Poppler and OpenSSL say of a signature is what we say, for the good one and for each kind of bad one."""

import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from contracts.verdicts import Problem
from documents.signatures import Received, verify
from sim_agencies.signing.credentials import Credential
from tests.documents.samples import CHAIR, Office

Signed = tuple[bytes, Credential]


class Said(NamedTuple):
    """What each of the three says."""

    ours: Problem | None
    poppler: str
    openssl: str


async def good(office: Office, unsigned: bytes) -> Signed:
    chair = office.person(CHAIR)
    return await office.sign(unsigned, chair), chair


async def tampered(office: Office, unsigned: bytes) -> Signed:
    signed, chair = await good(office, unsigned)
    return signed[:2000] + bytes([signed[2000] ^ 1]) + signed[2001:], chair


async def expired(office: Office, unsigned: bytes) -> Signed:
    old = office.issue(person=CHAIR, validity="expired")
    return await office.sign(unsigned, old), old


async def of_another_chain(office: Office, unsigned: bytes) -> Signed:
    namesake = office.issue(person=CHAIR, by_impostor=True)
    return await office.sign(unsigned, namesake), namesake


async def revoked(office: Office, unsigned: bytes) -> Signed:
    who = office.issue(person=CHAIR)
    signed = await office.sign(unsigned, who)
    return signed, office.people.set_revoked(who, revoked=True)


VALID = "Signature Validation: Signature is Valid."
CASES: list[tuple[Callable[[Office, bytes], Awaitable[Signed]], Said]] = [
    (good, Said(None, "Certificate Validation: Certificate is Trusted.", "CAdES Verification successful")),
    (tampered, Said(Problem.TAMPERED, "Signature Validation: Digest Mismatch.", "content verify error")),
    (expired, Said(Problem.EXPIRED, "Certificate Validation: Certificate has Expired", "certificate has expired")),
    (
        of_another_chain,
        Said(
            Problem.UNTRUSTED_CHAIN,
            "Certificate Validation: Certificate issuer is unknown.",
            "unable to get local issuer certificate",
        ),
    ),
    (revoked, Said(Problem.REVOKED, "Certificate Validation: Certificate has been Revoked.", "certificate revoked")),
]


@pytest.mark.parametrize(("make", "said"), CASES, ids=[make.__name__ for make, _ in CASES])
async def test_all_agree(
    office: Office,
    unsigned: bytes,
    tmp_path: Path,
    make: Callable[[Office, bytes], Awaitable[Signed]],
    said: Said,
) -> None:
    pdf, who = await make(office, unsigned)
    expected = [office.fingerprint(who)]
    evidence = office.evidence(who)
    ours = await verify(Received(pdf), unsigned=None, evidence=evidence, expected_signers=expected)
    assert ours.ok if said.ours is None else said.ours in ours.problems
    _trusting(office, tmp_path)
    poppler = _poppler(pdf, tmp_path)
    assert said.poppler in poppler
    assert (VALID in poppler) == (said.ours is not Problem.TAMPERED)
    assert "Total document signed" in poppler
    assert "ETSI.CAdES.detached" in poppler
    code, openssl = _openssl(pdf, len(unsigned), tmp_path)
    assert (code == 0) == (said.ours is None)
    assert said.openssl in openssl


Sealed = tuple[bytes, bytes, Credential]
SEAL = "seal-00070"


async def sealed(office: Office, unsigned: bytes, seal: Credential | None = None) -> Sealed:
    """A document of two signatures; the first one's bytes; whose the second is."""
    seal = seal or office.person(SEAL)
    signed = await office.sign(unsigned, office.person(CHAIR))
    proof = office.proof(office.person(CHAIR), seal)
    return await office.sign(signed, seal, field_name="ConDau1", proof=proof), signed, seal


async def sealed_and_tampered(office: Office, unsigned: bytes) -> Sealed:
    pdf, signed, seal = await sealed(office, unsigned)
    place = len(signed) + 100
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :], signed, seal


async def sealed_with_an_expired_one(office: Office, unsigned: bytes) -> Sealed:
    return await sealed(office, unsigned, office.issue(person="00071", purpose="seal", validity="expired"))


async def sealed_by_another_chain(office: Office, unsigned: bytes) -> Sealed:
    return await sealed(office, unsigned, office.issue(person="00072", purpose="seal", by_impostor=True))


async def sealed_with_a_revoked_one(office: Office, unsigned: bytes) -> Sealed:
    made = await sealed(office, unsigned, office.issue(person="00073", purpose="seal"))
    office.people.set_revoked(made[2], revoked=True)
    return made


SEALS: list[tuple[Callable[[Office, bytes], Awaitable[Sealed]], Said]] = [
    (made, said)
    for made, (_, said) in zip(
        (
            sealed,
            sealed_and_tampered,
            sealed_with_an_expired_one,
            sealed_by_another_chain,
            sealed_with_a_revoked_one,
        ),
        CASES,
        strict=True,
    )
]
"""What is said of a bad seal is what is said of a bad signature."""


@pytest.mark.parametrize(("make", "said"), SEALS, ids=[make.__name__ for make, _ in SEALS])
async def test_all_agree_on_a_seal_and_on_the_signature_under_it(
    office: Office,
    unsigned: bytes,
    tmp_path: Path,
    make: Callable[[Office, bytes], Awaitable[Sealed]],
    said: Said,
) -> None:
    pdf, signed, seal = await make(office, unsigned)
    proof, evidence = office.proof(office.person(CHAIR), seal), office.evidence(office.person(CHAIR), seal)
    ours = await verify(
        Received(pdf), unsigned=None, evidence=evidence, expected_signers=[office.fingerprint(seal)], over=proof
    )
    assert ours.ok if said.ours is None else said.ours in ours.problems
    _trusting(office, tmp_path)
    _, of_signature, of_seal = _poppler(pdf, tmp_path).split("Signature #")
    assert VALID in of_signature
    # pdfsig 22.12 finds a good certificate good in one signature a run only: NSS is asked about the seal's by itself.
    assert _nss_trusts(office, seal, tmp_path) if said.ours is None else said.poppler in of_seal
    assert (VALID in of_seal) == (said.ours is not Problem.TAMPERED)
    assert "- Total document signed" in of_seal
    code, openssl = _openssl(pdf, len(signed), tmp_path)
    assert (code == 0) == (said.ours is None)
    assert said.openssl in openssl
    code, openssl = _openssl(signed, len(unsigned), tmp_path)
    assert (code, "CAdES Verification successful" in openssl) == (0, True)


def _run(command: str, place: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command.split(), cwd=place, capture_output=True, check=False)  # noqa: S603


def _trusting(office: Office, place: Path) -> None:
    """Both programs know the root, the issuing CA, and what both have revoked."""
    chain = office.authority.trusted
    for name, holder in (("root", chain.root), ("sub", chain.issuing)):
        pem = x509.load_der_x509_certificate(holder.der).public_bytes(serialization.Encoding.PEM)
        (place / f"{name}.pem").write_bytes(pem)
        (place / f"{name}.crl").write_bytes(office.crl(holder))
    commands = (
        "certutil -N -d . --empty-password",
        "certutil -A -d . -n root -t CT,CT,CT -i root.pem",
        "certutil -A -d . -n sub -t ,, -i sub.pem",
        "crlutil -I -d . -t 1 -i sub.crl",
        "crlutil -I -d . -t 1 -i root.crl",
    )
    for command in commands:
        assert _run(command, place).returncode == 0, command
    revoked = _run("openssl crl -inform DER -in sub.crl", place).stdout
    (place / "known.pem").write_bytes((place / "root.pem").read_bytes() + revoked)


def _poppler(pdf: bytes, place: Path) -> str:
    (place / "signed.pdf").write_bytes(pdf)
    return _run("pdfsig -no-ocsp -nssdir . signed.pdf", place).stdout.decode()


def _nss_trusts(office: Office, who: Credential, place: Path) -> bool:
    (place / "who.pem").write_text(office.people.holder(who).certificate_pem)
    assert _run("certutil -A -d . -n who -t ,, -i who.pem", place).returncode == 0
    return _run("certutil -V -d . -n who -u S", place).stdout == b"certutil: certificate is valid\n"


def _openssl(pdf: bytes, after: int, place: Path) -> tuple[int, str]:
    start = pdf.index(b"/Contents <", after) + 10
    end = pdf.index(b">", start) + 1
    (place / "signature.der").write_bytes(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
    (place / "covered").write_bytes(pdf[:start] + pdf[end:])
    command = "openssl cms -verify -cades -binary -inform DER -in signature.der -content covered -purpose any"
    run = _run(f"{command} -crl_check -CAfile known.pem -out checked", place)
    return run.returncode, run.stderr.decode()
