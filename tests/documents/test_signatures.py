"""Signing in two halves, and what a verification says of good, bad and hostile documents."""

import io
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate as AsnCertificate
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from documents import signatures
from documents.certificate import render
from documents.signatures import (
    Evidence,
    Level,
    NotACertificate,
    Prepared,
    Problem,
    Received,
    SignatureDoesNotFit,
    TimestampRefused,
    Verdict,
    fingerprint,
    finish,
    read,
)
from sim_agencies.signing.authority import Holder, Period, issue, name
from tests.documents.samples import CHAIR, Office, certificate, turned_page

Case = tuple[bytes, Evidence]


async def verdict(office: Office, case: Case, unsigned: bytes | None, at: datetime | None = None) -> Verdict:
    pdf, evidence = case
    expected = [office.fingerprint(office.person(CHAIR))]
    return await signatures.verify(
        Received(pdf), unsigned=unsigned, evidence=evidence, expected_signers=expected, at=at
    )


@pytest.fixture(scope="session")
async def signed(office: Office, unsigned: bytes) -> bytes:
    return await office.sign(unsigned, office.person(CHAIR))


async def test_a_good_signature_is_accepted_and_named(office: Office, unsigned: bytes, signed: bytes) -> None:
    chair = office.person(CHAIR)
    found = await verdict(office, (signed, office.evidence(chair)), unsigned)
    assert found.ok, found.problems
    assert (found.intact, found.whole_file, found.trusted, found.level) == (True, True, True, Level.B_T)
    assert found.signer
    assert (found.signer.common_name, found.signer.serial) == ("Lê Thị Mẫu Chủ Tịch", chair.serial)
    assert found.signed_at
    assert abs(found.signed_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert signed.startswith(unsigned)
    assert [issuer.common_name for issuer in found.chain] == ["CA cấp chứng thư giả lập", "CA gốc giả lập"]
    assert found.timestamp
    assert (found.timestamp.at, found.timestamp.authority.common_name) == (found.signed_at, "Dấu thời gian giả lập")
    asked = {(answer.source, answer.by, answer.status) for answer in found.revocation}
    assert asked == {("ocsp", "OCSP giả lập", "good"), ("crl", "CA gốc giả lập", None)}
    assert chair.serial in {answer.serial for answer in found.revocation}
    assert Verdict.model_validate_json(found.model_dump_json()) == found


async def test_what_waits_for_a_signature_survives_as_json(office: Office, unsigned: bytes) -> None:
    chair = office.person(CHAIR)
    prepared = await office.prepare(unsigned, chair)
    assert prepared.pdf.startswith(unsigned)
    assert len(prepared.hash_to_sign) == 32
    woken = Prepared.model_validate_json(prepared.model_dump_json())
    assert woken == prepared

    async def timestamp(request: bytes) -> bytes:
        return office.stamp(request)

    signed = await finish(woken, signature=office.signature(prepared, chair), timestamp=timestamp)
    assert (await verdict(office, (signed, office.evidence(chair)), unsigned)).ok


async def test_a_signature_by_another_key_is_not_put_in(office: Office, unsigned: bytes) -> None:
    prepared = await office.prepare(unsigned, office.person(CHAIR))

    async def never(_: bytes) -> bytes:
        raise AssertionError("no time-stamp for a signature that does not fit")

    for wrong in (office.signature(prepared, office.person("chair-other")), b"", b"\x30\x00"):
        with pytest.raises(SignatureDoesNotFit):
            await finish(prepared, signature=wrong, timestamp=never)


async def test_a_timestamp_that_answers_another_question_is_refused(office: Office, unsigned: bytes) -> None:
    chair = office.person(CHAIR)
    prepared = await office.prepare(unsigned, chair)
    asked: list[bytes] = []

    async def stale(request: bytes) -> bytes:
        asked.append(request)
        return office.stamp(asked[0])

    async def garbage(_: bytes) -> bytes:
        return b"<html>"

    async def refusing(_: bytes) -> bytes:
        return office.stamp(b"not a request")

    signature = office.signature(prepared, chair)
    await finish(prepared, signature=signature, timestamp=stale)
    for wrong in (stale, garbage, refusing):
        with pytest.raises(TimestampRefused):
            await finish(prepared, signature=signature, timestamp=wrong)


# Each row makes a document and the evidence at hand, and names what is wrong with it.


async def tampered(office: Office, unsigned: bytes, signed: bytes) -> Case:
    place = signed.index(b"/Reason", len(unsigned)) + 12
    return signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :], office.evidence(office.person(CHAIR))


async def tampered_in_our_part(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return signed[:2000] + bytes([signed[2000] ^ 1]) + signed[2001:], office.evidence(office.person(CHAIR))


async def appended_bytes(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return signed + b"\n% one more thing\n", office.evidence(office.person(CHAIR))


async def page_turned_afterwards(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return turned_page(signed), office.evidence(office.person(CHAIR))


async def page_turned_before_signing(office: Office, unsigned: bytes, signed: bytes) -> Case:
    chair = office.person(CHAIR)
    return await office.sign(turned_page(unsigned), chair), office.evidence(chair)


async def hidden_behind_the_signature(office: Office, unsigned: bytes, signed: bytes) -> Case:
    end = signed.index(b"00>", len(unsigned))
    return signed[:end] + b"41>" + signed[end + 3 :], office.evidence(office.person(CHAIR))


async def other_document(office: Office, unsigned: bytes, signed: bytes) -> Case:
    chair = office.person(CHAIR)
    return await office.sign(render(certificate(document_id="d-2")), chair), office.evidence(chair)


async def signed_twice(office: Office, unsigned: bytes, signed: bytes) -> Case:
    chair = office.person(CHAIR)
    return await office.sign(signed, chair, field_name="KySo2"), office.evidence(chair)


async def by_another_person(office: Office, unsigned: bytes, signed: bytes) -> Case:
    other = office.person("vice-chair-sample")
    return await office.sign(unsigned, other), office.evidence(other)


async def by_a_namesake_of_another_ca(office: Office, unsigned: bytes, signed: bytes) -> Case:
    namesake = office.issue(person=CHAIR, by_impostor=True)
    return await office.sign(unsigned, namesake), office.evidence(namesake)


async def expired(office: Office, unsigned: bytes, signed: bytes) -> Case:
    old = office.issue(person=CHAIR, validity="expired")
    return await office.sign(unsigned, old), office.evidence(old)


async def not_yet_valid(office: Office, unsigned: bytes, signed: bytes) -> Case:
    early = office.issue(person=CHAIR, validity="not_yet_valid")
    return await office.sign(unsigned, early), office.evidence(early)


async def revoked(office: Office, unsigned: bytes, signed: bytes) -> Case:
    chair = office.people.set_revoked(office.person(CHAIR), revoked=True)
    evidence = office.evidence(chair)
    office.people.set_revoked(chair, revoked=False)
    return signed, evidence


async def no_answers(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return signed, office.evidence().model_copy(update={"ocsps": (), "crls": ()})


async def unreadable_answers(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return signed, office.evidence().model_copy(update={"ocsps": (b"<html>",), "crls": (b"",)})


async def no_answer_for_the_stamp(office: Office, unsigned: bytes, signed: bytes) -> Case:
    evidence = office.evidence(office.person(CHAIR))
    return signed, evidence.model_copy(update={"ocsps": evidence.ocsps[1:]})


async def no_timestamp(office: Office, unsigned: bytes, signed: bytes) -> Case:
    chair = office.person(CHAIR)
    return await office.sign_unstamped(unsigned, chair), office.evidence(chair)


async def stamped_by_a_stranger(office: Office, unsigned: bytes, signed: bytes) -> Case:
    usage = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)]
    day = timedelta(days=1)
    stranger = issue(name("Dấu lạ"), Period.around_now(day, day), usage, by=office.authority.impostor.issuing)
    chair = office.person(CHAIR)
    return await office.sign(unsigned, chair, tsa=stranger), office.evidence(chair)


async def stamped_by_a_signer(office: Office, unsigned: bytes, signed: bytes) -> Case:
    chair, other = office.person(CHAIR), office.person("chair-other")
    return await office.sign(unsigned, chair, tsa=office.people.holder(other)), office.evidence(chair, other)


async def stamped_tomorrow(office: Office, unsigned: bytes, signed: bytes) -> Case:
    chair, tomorrow = office.person(CHAIR), datetime.now(UTC) + timedelta(days=1)
    return await office.sign(unsigned, chair, at=tomorrow), office.evidence(chair)


async def unsigned_document(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return unsigned, office.evidence()


async def truncated(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return signed[:-600], office.evidence()


async def garbage(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return b"%PDF-1.7\nnot really", office.evidence()


async def nothing(office: Office, unsigned: bytes, signed: bytes) -> Case:
    return b"", office.evidence()


Make = Callable[[Office, bytes, bytes], Awaitable[Case]]
MATRIX: list[tuple[Make, set[Problem]]] = [
    (tampered, {Problem.TAMPERED}),
    (tampered_in_our_part, {Problem.OTHER_DOCUMENT, Problem.TAMPERED}),
    (appended_bytes, {Problem.NOT_WHOLE_FILE}),
    (page_turned_afterwards, {Problem.NOT_WHOLE_FILE, Problem.OTHER_CHANGES}),
    (page_turned_before_signing, {Problem.OTHER_CHANGES}),
    (hidden_behind_the_signature, {Problem.NOT_WHOLE_FILE}),
    (other_document, {Problem.OTHER_DOCUMENT}),
    (signed_twice, {Problem.SEVERAL_SIGNATURES}),
    (by_another_person, {Problem.WRONG_SIGNER}),
    (by_a_namesake_of_another_ca, {Problem.WRONG_SIGNER, Problem.UNTRUSTED_CHAIN}),
    (expired, {Problem.WRONG_SIGNER, Problem.EXPIRED, Problem.TIMESTAMP_INVALID}),
    (not_yet_valid, {Problem.WRONG_SIGNER, Problem.NOT_YET_VALID, Problem.TIMESTAMP_INVALID}),
    (revoked, {Problem.REVOKED}),
    (no_answers, {Problem.REVOCATION_UNKNOWN}),
    (unreadable_answers, {Problem.REVOCATION_UNKNOWN}),
    (no_answer_for_the_stamp, {Problem.REVOCATION_UNKNOWN}),
    (no_timestamp, {Problem.TIMESTAMP_MISSING}),
    (stamped_by_a_stranger, {Problem.TIMESTAMP_INVALID}),
    (stamped_by_a_signer, {Problem.TIMESTAMP_INVALID}),
    (stamped_tomorrow, {Problem.TIMESTAMP_IN_FUTURE}),
    (unsigned_document, {Problem.NOT_A_SIGNATURE}),
    (truncated, {Problem.NOT_A_SIGNATURE}),
    (garbage, {Problem.NOT_A_SIGNATURE}),
    (nothing, {Problem.NOT_A_SIGNATURE}),
]


@pytest.mark.parametrize(("make", "problems"), MATRIX, ids=[make.__name__ for make, _ in MATRIX])
async def test_each_flaw_is_named(
    office: Office, unsigned: bytes, signed: bytes, make: Make, problems: set[Problem]
) -> None:
    found = await verdict(office, await make(office, unsigned, signed), unsigned)
    assert set(found.problems) == problems
    assert not found.ok


@pytest.mark.parametrize("box", [None, (300, 120, 540, 200)], ids=["invisible", "visible"])
async def test_what_signing_software_makes_with_a_token_is_accepted(
    office: Office, unsigned: bytes, box: tuple[int, int, int, int] | None
) -> None:
    token = office.person(f"{CHAIR}-token")
    holder, evidence = office.people.holder(token), office.evidence(token)
    made = await signed_by_software(unsigned, holder, office, box)
    found = await signatures.verify(
        Received(made), unsigned=unsigned, evidence=evidence, expected_signers=[office.fingerprint(token)]
    )
    assert found.problems == ()


async def test_the_moment_of_judgement_counts(office: Office, unsigned: bytes, signed: bytes) -> None:
    case = signed, office.evidence(office.person(CHAIR))
    later = await verdict(office, case, unsigned, at=datetime.now(UTC) + timedelta(days=3 * 365))
    assert Problem.EXPIRED in later.problems
    answers_too_old = await verdict(office, case, unsigned, at=datetime.now(UTC) + timedelta(days=1))
    assert answers_too_old.problems == (Problem.REVOCATION_UNKNOWN,)


async def test_without_the_unsigned_bytes_the_signature_alone_is_judged(office: Office, signed: bytes) -> None:
    assert (await verdict(office, (signed, office.evidence(office.person(CHAIR))), None)).ok


async def test_no_damage_raises_or_passes(office: Office, unsigned: bytes, signed: bytes) -> None:
    dice, evidence = random.Random(7), office.evidence(office.person(CHAIR))  # noqa: S311
    gap = range(signed.index(b"/Contents <", len(unsigned)), signed.index(b"00>", len(unsigned)))
    for _ in range(8):
        place = dice.choice([dice.randrange(gap.start), dice.randrange(gap.stop + 3, len(signed))])
        damaged = signed[:place] + bytes([signed[place] ^ dice.randrange(1, 256)]) + signed[place + 1 :]
        assert not (await verdict(office, (damaged, evidence), unsigned)).ok
        inside = dice.choice(gap)
        await verdict(office, (signed[:inside] + b"7" + signed[inside + 1 :], evidence), unsigned)


async def test_broken_evidence_of_ours_is_no_verdict(office: Office, signed: bytes) -> None:
    broken = office.evidence().model_copy(update={"roots": (b"no certificate",)})
    with pytest.raises(NotACertificate):
        await verdict(office, (signed, broken), None)


def test_the_certificates_in_a_document_are_told(office: Office, unsigned: bytes, signed: bytes) -> None:
    chair = office.people.holder(office.person(CHAIR))
    told = set(Received(signed).certificates())
    assert {chair.der, office.authority.tsa.der, office.authority.trusted.issuing.der} <= told
    assert Received(unsigned).certificates() == Received(b"garbage").certificates() == ()
    facts = read(chair.der)
    assert facts.ocsp_url == "http://agencies/signing/ocsp"
    assert facts.crl_url == "http://agencies/signing/crl/sub.crl"
    assert facts.fingerprint == fingerprint(chair.der)
    assert facts.not_before < datetime.now(UTC) < facts.not_after


async def signed_by_software(
    pdf: bytes, holder: Holder, office: Office, box: tuple[int, int, int, int] | None
) -> bytes:
    """Sign as a program on a clerk's machine would: pyHanko's own way in one go."""

    class Stamper(TimeStamper):
        async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
            return tsp.TimeStampResp.load(office.stamp(req.dump()))

    issuers = SimpleCertificateStore()
    issuers.register(AsnCertificate.load(office.authority.trusted.issuing.der))
    signer = SimpleSigner(
        signing_cert=AsnCertificate.load(holder.der),
        signing_key=PrivateKeyInfo.load(
            holder.key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
        cert_registry=issuers,
    )
    meta = PdfSignatureMetadata(field_name="Chu ky", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    field = SigFieldSpec("Chu ky", box=box) if box else None
    stamper = Stamper()
    program, out = PdfSigner(meta, signer=signer, timestamper=stamper, new_field_spec=field), io.BytesIO()
    await program.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out)
    return out.getvalue()
