"""Keys on a token: SoftHSM, a PKCS#11 token of software, signs what we prepared, or the whole PDF by other software."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import tsp
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.timestamps import TimeStamper

from cli import token_device
from cli.trouble import Trouble
from contracts.verdicts import Level, Verdict
from documents.signatures import (
    Received,
    SignatureDoesNotFit,
    SigningIdentity,
    fingerprint,
    finish,
    prepare,
    verify,
)
from sim_agencies.signing.credentials import Credential, Purpose
from tests import softhsm
from tests.documents.samples import CHAIR, Office
from tests.softhsm import MODULE, PIN

EC, RSA, EMPTY, BARE, TWO = "token-ec", "token-rsa", "token-empty", "token-bare", "token-two"


@dataclass(frozen=True)
class Signatory:
    """Whose token it is: a person whom the CA knows, and the certificate on the token."""

    who: Credential
    der: bytes


@pytest.fixture(scope="module")
def signatories(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Signatory]]:
    """Tokens with an EC and an RSA key, an empty one, one without a certificate, one with two keys."""
    with softhsm.drawer(tmp_path_factory.mktemp("tokens"), EC, RSA, EMPTY, BARE, TWO):
        chair = office.issue(person=CHAIR, purpose=Purpose.TOKEN)
        holder = office.people.holder(chair)
        for label in (EC, TWO):
            softhsm.lay(label, holder.key_pem, holder.certificate_pem)
        softhsm.lay(TWO, holder.key_pem, holder.certificate_pem, "ky-khac")
        softhsm.lay(BARE, holder.key_pem, None)
        other = office.issue(person=CHAIR, purpose=Purpose.TOKEN)
        key_pem, certificate_pem = office.with_rsa(other)
        softhsm.lay(RSA, key_pem, certificate_pem)
        der = x509.load_pem_x509_certificate(certificate_pem.encode()).public_bytes(serialization.Encoding.DER)
        yield {EC: Signatory(chair, holder.der), RSA: Signatory(other, der)}


async def verdict(office: Office, unsigned: bytes, signed: bytes, by: Signatory) -> Verdict:
    expected, evidence = [fingerprint(by.der)], office.evidence(by.who)
    return await verify(Received(signed, unsigned), unsigned=unsigned, evidence=evidence, expected_signers=expected)


@pytest.mark.parametrize(("label", "algorithm"), [(EC, token_device.ECDSA), (RSA, token_device.RSA)])
async def test_a_token_signs_the_hash_alone(
    office: Office, unsigned: bytes, signatories: dict[str, Signatory], label: str, algorithm: str
) -> None:
    by = signatories[label]
    identity = SigningIdentity(certificate=by.der, chain=(office.authority.trusted.issuing.der,))
    prepared = await prepare(unsigned, identity, field_name="KySo1", reason="Cấp bản điện tử", location="Hà Nội")
    with token_device.opened(MODULE, label, PIN) as key:
        assert (key.algorithm, key.certificate) == (algorithm, by.der)
        signature, other = key.sign(prepared.hash_to_sign), key.sign(bytes(32))

    async def timestamp(request: bytes) -> bytes:
        return office.stamp(request)

    with pytest.raises(SignatureDoesNotFit):
        await finish(prepared, signature=other, timestamp=timestamp)
    signed = await finish(prepared, signature=signature, timestamp=timestamp)
    told = await verdict(office, unsigned, signed, by)
    assert (told.problems, told.level) == ((), Level.B_T)


class Authority(TimeStamper):
    """The office's time-stamping authority."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self._office = office

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._office.stamp(req.dump()))


@pytest.mark.parametrize("label", [EC, RSA])
async def test_a_pdf_signed_by_other_software_on_the_token_is_accepted(
    office: Office, unsigned: bytes, signatories: dict[str, Signatory], label: str
) -> None:
    criteria, out = TokenCriteria(label=label), io.BytesIO()
    meta = PdfSignatureMetadata(field_name="ChuKy", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    with open_pkcs11_session(str(MODULE), token_criteria=criteria, user_pin=PIN) as session:
        issuers = [Certificate.load(office.authority.trusted.issuing.der)]
        # SoftHSM 2.6 hashes nothing for EC keys: the software does.
        signer = PKCS11Signer(session, cert_label=softhsm.KEY, ca_chain=issuers, use_raw_mechanism=True)
        program = PdfSigner(meta, signer=signer, timestamper=Authority(office))
        await program.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(unsigned)), output=out)
    told = await verdict(office, unsigned, out.getvalue(), signatories[label])
    assert (told.problems, told.level) == ((), Level.B_T)
    assert told.signed_at is not None
    assert told.signed_at <= datetime.now(UTC)


def test_a_key_without_a_certificate_signs_too(signatories: dict[str, Signatory]) -> None:
    with token_device.opened(MODULE, BARE, PIN) as key:
        assert (key.certificate, key.label) == (None, softhsm.KEY)


def test_of_two_keys_one_is_named(signatories: dict[str, Signatory]) -> None:
    with token_device.opened(MODULE, TWO, PIN, "ky-khac") as key:
        assert key.label == "ky-khac"


@pytest.mark.parametrize(
    ("module", "label", "pin", "key", "told"),
    [
        (Path("/nowhere/module.so"), EC, PIN, None, "no PKCS#11 module there"),
        (Path(__file__), EC, PIN, None, "no PKCS#11 module that works here"),
        (MODULE, "another", PIN, None, "no token of that label"),
        (MODULE, EC, "000000", None, "wrong PIN"),
        (MODULE, EC, "0", None, "wrong PIN"),
        (MODULE, EMPTY, PIN, None, "no such key"),
        (MODULE, EC, PIN, "another", "no such key"),
        (MODULE, TWO, PIN, None, "ky-khac, ky-so"),
    ],
)
def test_what_is_missing_is_said_in_plain_words(
    signatories: dict[str, Signatory], module: Path, label: str, pin: str, key: str | None, told: str
) -> None:
    with pytest.raises(Trouble, match=told) as trouble, token_device.opened(module, label, pin, key):
        pass
    assert pin not in str(trouble.value) or pin == "0"
