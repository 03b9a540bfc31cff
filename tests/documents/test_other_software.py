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


def _openssl(pdf: bytes, after: int, place: Path) -> tuple[int, str]:
    start = pdf.index(b"/Contents <", after) + 10
    end = pdf.index(b">", start) + 1
    (place / "signature.der").write_bytes(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
    (place / "covered").write_bytes(pdf[:start] + pdf[end:])
    command = "openssl cms -verify -cades -binary -inform DER -in signature.der -content covered -purpose any"
    run = _run(f"{command} -crl_check -CAfile known.pem -out checked", place)
    return run.returncode, run.stderr.decode()
