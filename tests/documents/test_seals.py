"""An office's seal over a signature, with proof under it: what a verification says of good and bad ones."""

import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from documents import signatures
from documents.certificate import render
from documents.proof import STORE, lay
from documents.signatures import Level, Problem, Proof, Received, Verdict, long_term
from sim_agencies.signing.credentials import Credential
from tests.documents.samples import CHAIR, Office, certificate, turned_page
from tests.documents.test_signatures import signed_by_software

SEAL, OTHERS = "seal-00070", "seal-00008"


@pytest.fixture(scope="session")
async def signed(office: Office, unsigned: bytes) -> bytes:
    return await office.sign(unsigned, office.person(CHAIR))


async def sealed(office: Office, signed: bytes, who: Credential | None = None, *, proof: Proof | None) -> bytes:
    """Sealed as the office does, with its own seal unless said otherwise."""
    return await office.sign(signed, who or office.person(SEAL), field_name="ConDau1", proof=proof)


async def verdict(office: Office, pdf: bytes, signed: bytes, proof: Proof, who: Credential | None = None) -> Verdict:
    seal = who or office.person(SEAL)
    evidence = office.evidence(office.person(CHAIR), seal)
    expected = [office.fingerprint(seal)]
    return await signatures.verify(
        Received(pdf, signed), unsigned=signed, evidence=evidence, expected_signers=expected, over=proof
    )


@pytest.fixture
def proof(office: Office) -> Proof:
    return office.proof(office.person(CHAIR), office.person(SEAL))


async def test_a_seal_with_our_proof_under_it_is_accepted(office: Office, signed: bytes, proof: Proof) -> None:
    found = await verdict(office, await sealed(office, signed, proof=proof), signed, proof)
    assert found.problems == ()
    assert (found.intact, found.whole_file, found.trusted, found.level) == (True, True, True, Level.B_LT)
    assert found.signer is not None
    assert found.signer.common_name.startswith("Ủy ban nhân dân")


@pytest.mark.parametrize("box", [None, (300, 120, 540, 200)], ids=["invisible", "visible"])
async def test_what_signing_software_made_can_be_sealed(
    office: Office, unsigned: bytes, proof: Proof, box: tuple[int, int, int, int] | None
) -> None:
    made = await signed_by_software(unsigned, office.people.holder(office.person(CHAIR)), office, box)
    found = await verdict(office, await sealed(office, made, proof=proof), made, proof)
    assert found.problems == ()


async def test_without_proof_of_every_certificate_a_seal_stays_a_level_below(
    office: Office, signed: bytes, proof: Proof
) -> None:
    less = proof.model_copy(update={"ocsps": proof.ocsps[1:]})
    found = await verdict(office, await sealed(office, signed, proof=less), signed, less)
    assert (found.problems, found.level) == ((), Level.B_T)


def test_proof_counts_for_the_moment_of_signing(office: Office) -> None:
    """Who is revoked later has signed with a certificate that held."""
    person = office.issue(person="chair-revoked-later")
    office.people.set_revoked(person, revoked=True)
    proof, now = office.proof(person), datetime.now(UTC)
    signer, authority = signatures.read(proof.certificates[0]), signatures.read(proof.certificates[1])
    day = timedelta(days=1)
    assert long_term(signer, authority, now - day, proof) is Level.B_LT
    assert long_term(signer, authority, now + day, proof) is Level.B_T
    assert long_term(signer, authority, now - day, None) is Level.B_T


# Each row makes a sealed document, and names what is wrong with it.


async def by_another_office(office: Office, signed: bytes, proof: Proof) -> bytes:
    return await sealed(office, signed, office.person(OTHERS), proof=proof)


async def by_a_person(office: Office, signed: bytes, proof: Proof) -> bytes:
    return await sealed(office, signed, office.person(CHAIR), proof=proof)


async def page_turned_in_between(office: Office, signed: bytes, proof: Proof) -> bytes:
    return await sealed(office, turned_page(signed), proof=proof)


async def sealed_twice(office: Office, signed: bytes, proof: Proof) -> bytes:
    once = await sealed(office, signed, proof=proof)
    return await office.sign(once, office.person(SEAL), field_name="ConDau2")


async def not_sealed(office: Office, signed: bytes, proof: Proof) -> bytes:
    return signed


async def over_another_document(office: Office, signed: bytes, proof: Proof) -> bytes:
    other = await office.sign(render(certificate(document_id="d-2")), office.person(CHAIR))
    return await sealed(office, other, proof=proof)


async def more_behind_the_seal(office: Office, signed: bytes, proof: Proof) -> bytes:
    return await sealed(office, signed, proof=proof) + b"\n% one more thing\n"


async def tampered(office: Office, signed: bytes, proof: Proof) -> bytes:
    pdf = await sealed(office, signed, proof=proof)
    place = pdf.index(b"/Reason", len(signed)) + 12
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


async def no_proof(office: Office, signed: bytes, proof: Proof) -> bytes:
    return await sealed(office, signed, proof=None)


async def other_proof(office: Office, signed: bytes, proof: Proof) -> bytes:
    return await sealed(office, signed, proof=proof.model_copy(update={"crls": (*proof.crls, b"hidden")}))


async def something_hidden_beside_the_proof(office: Office, signed: bytes, proof: Proof) -> bytes:
    writer, out = IncrementalPdfFileWriter(io.BytesIO(signed)), io.BytesIO()
    lay(writer, proof)
    writer.root[STORE]["/VRI"] = generic.DictionaryObject({generic.pdf_name("/JS"): generic.pdf_string("app.alert(1)")})
    writer.write(out)
    return await sealed(office, out.getvalue(), proof=None)


Make = Callable[[Office, bytes, Proof], Awaitable[bytes]]
MATRIX: list[tuple[Make, set[Problem]]] = [
    (by_another_office, {Problem.WRONG_SIGNER, Problem.REVOCATION_UNKNOWN}),
    (by_a_person, {Problem.WRONG_SIGNER}),
    (page_turned_in_between, {Problem.OTHER_CHANGES}),
    (sealed_twice, {Problem.SEVERAL_SIGNATURES}),
    (not_sealed, {Problem.NOT_A_SIGNATURE}),
    (over_another_document, {Problem.OTHER_DOCUMENT}),
    (more_behind_the_seal, {Problem.NOT_WHOLE_FILE}),
    (tampered, {Problem.TAMPERED}),
    (no_proof, {Problem.OTHER_CHANGES}),
    (other_proof, {Problem.OTHER_CHANGES}),
    (something_hidden_beside_the_proof, {Problem.OTHER_CHANGES}),
]


@pytest.mark.parametrize(("make", "problems"), MATRIX, ids=[make.__name__ for make, _ in MATRIX])
async def test_each_flaw_is_named(
    office: Office, signed: bytes, proof: Proof, make: Make, problems: set[Problem]
) -> None:
    found = await verdict(office, await make(office, signed, proof), signed, proof)
    assert set(found.problems) == problems


@pytest.mark.parametrize(
    ("validity", "revoked", "problems"),
    [
        ("expired", False, {Problem.EXPIRED, Problem.TIMESTAMP_INVALID}),
        ("not_yet_valid", False, {Problem.NOT_YET_VALID, Problem.TIMESTAMP_INVALID}),
        ("good", True, {Problem.REVOKED}),
    ],
)
async def test_a_seal_that_does_not_hold_is_refused(
    office: Office, signed: bytes, validity: str, revoked: bool, problems: set[Problem]
) -> None:
    seal = office.issue(person="00071", purpose="seal", validity=validity)
    seal = office.people.set_revoked(seal, revoked=revoked)
    proof = office.proof(office.person(CHAIR), seal)
    found = await verdict(office, await sealed(office, signed, seal, proof=proof), signed, proof, seal)
    assert set(found.problems) == problems


async def test_a_signature_brings_no_proof_of_its_own(office: Office, unsigned: bytes, proof: Proof) -> None:
    """What a signer's software lays under the signature is nothing that we put there."""
    chair = office.person(CHAIR)
    signed = await office.sign(unsigned, chair, proof=proof)
    found = await signatures.verify(
        Received(signed, unsigned),
        unsigned=unsigned,
        evidence=office.evidence(chair),
        expected_signers=[office.fingerprint(chair)],
    )
    assert found.problems == (Problem.OTHER_CHANGES,)
