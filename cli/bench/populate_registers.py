"""The registers behind many dossiers: offices all over the country, who works there, and what they sign under."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from cli import people
from cli.people import PROVINCES
from records.registers import DutyEntry, OfficeEntry, Role, SealEntry
from records.registers.enrolment import Roll

OFFICES = 3321
"""Communes and wards since 1 July 2025."""
FEWEST = 8
SIX = 6
"""A deputy signs for so many."""
CLERKS = 3
SAMPLE_OFFICE = "00070"
FIRST_DAY = date(2024, 1, 1)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
IN_HUNDRED = 1
"""Offices whose seal has run out."""


def offices(dossiers: int) -> list[OfficeEntry]:
    """The offices that so many dossiers lie at, spread over all provinces, the sample office among them."""
    count = min(OFFICES, max(FEWEST, dossiers // 50))
    provinces = sorted(PROVINCES)
    codes = [SAMPLE_OFFICE, *(f"{10_001 + 23 * number:05}" for number in range(count - 1))]
    return [
        OfficeEntry(
            code=code,
            name=f"Ủy ban nhân dân xã số {number}",
            province=provinces[number % len(provinces)],
            province_name=PROVINCES[provinces[number % len(provinces)]],
            address=f"Xã số {number}, {PROVINCES[provinces[number % len(provinces)]]}",
            valid_from=FIRST_DAY,
        )
        for number, code in enumerate(codes)
    ]


def registers(dossiers: int, now: datetime) -> tuple[Roll, dict[str, bytes]]:
    """Everything for one enrolment, and the certificates (DER) by credential."""
    known = offices(dossiers)
    codes = [each.code for each in known]
    groups = [codes[first : first + SIX] for first in range(0, len(codes) - SIX + 1, SIX)]
    spans = [span for code in codes for span in _staff(code)]
    spans += [_chair(f"deputy-{group[0]}", code) for group in groups for code in group]
    seals = [SealEntry(office=code, credential=f"seal-{code}", valid_from=BEGIN) for code in codes]
    good, over = _certificate(now + timedelta(days=700)), _certificate(now - timedelta(days=1))
    certificates = {each.credential: good for each in spans if each.credential}
    certificates |= {each.credential: over if n % 100 < IN_HUNDRED else good for n, each in enumerate(seals)}
    return Roll(tuple(known), _names(spans), tuple(spans), tuple(seals)), certificates


def _staff(office: str) -> list[DutyEntry]:
    clerks = [f"clerk-{office}-{number}" for number in range(CLERKS)]
    return [
        _chair(f"chair-{office}", office),
        *(DutyEntry(person=clerk, office=office, role=Role.CLERK, valid_from=BEGIN) for clerk in clerks),
    ]


def _chair(person: str, office: str) -> DutyEntry:
    return DutyEntry(person=person, office=office, credential=f"credential-{person}", valid_from=BEGIN)


def _names(spans: Sequence[DutyEntry]) -> dict[str, str]:
    draw = Random(len(spans))  # noqa: S311  # people who do not exist
    return {
        person: " ".join((draw.choice(people.SURNAMES), *people.name(draw, draw.choice(("male", "female")))))
        for person in sorted({each.person for each in spans})
    }


def _certificate(until: datetime) -> bytes:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench")])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), BEGIN, until)
    return built.sign(key, SHA256()).public_bytes(Encoding.DER)
