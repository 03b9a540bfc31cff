"""The register of seals: which one an office has at a moment, and when its certificate ends."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from records.database import Database
from records.registers import Seal, SealEntry, Seals
from tests.records.samples import NOW, OFFICE

DAY = timedelta(days=1)
BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def a_certificate(until: datetime = ENDS) -> bytes:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), 1, BEGINS, until)
    return unsigned.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


async def test_an_office_seals_with_the_newest_seal_that_the_register_names_for_the_moment(database: Database):
    seals = Seals(database)
    first, second = a_certificate(), a_certificate()
    old = SealEntry(office=OFFICE, credential="old", valid_from=NOW, valid_to=NOW + 2 * DAY)
    new = SealEntry(office=OFFICE, credential="new", valid_from=NOW + DAY)
    for _ in range(2):
        await seals.load([(old, first), (new, second)])
    assert await seals.at(OFFICE, NOW - timedelta(seconds=1)) is None
    assert await seals.at(OFFICE, NOW) == Seal(OFFICE, "old", first, BEGINS, ENDS)
    assert await seals.at(OFFICE, NOW + DAY) == Seal(OFFICE, "new", second, BEGINS, ENDS)
    assert await seals.at("99999", NOW) is None
    await seals.load([(new.model_copy(update={"valid_to": NOW + 3 * DAY}), second)])
    assert await seals.at(OFFICE, NOW + 3 * DAY) is None
    await seals.load([])


async def test_a_renewed_certificate_takes_the_place_of_the_old_one(database: Database):
    seals, entry = Seals(database), SealEntry(office=OFFICE, credential="seal", valid_from=NOW)
    later = ENDS + 365 * DAY
    await seals.load([(entry, a_certificate())])
    await seals.load([(entry, renewed := a_certificate(later))])
    assert await seals.at(OFFICE, NOW) == Seal(OFFICE, "seal", renewed, BEGINS, later)
