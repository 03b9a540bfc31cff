"""Registers: offices, who may sign there, which dossier came first for a person, and who has which benefit claim."""

from records.registers.benefit_claims import ClaimEntry, ClaimRegister, PaidAlready, PaidOutside
from records.registers.offices import OfficeEntry, Offices
from records.registers.persons import Persons, child_hashes, deceased_hashes
from records.registers.seals import Seal, SealEntry, Seals
from records.registers.signers import Certificates, Duty, DutyEntry, Signer

__all__ = [
    "Certificates",
    "ClaimEntry",
    "ClaimRegister",
    "Duty",
    "DutyEntry",
    "OfficeEntry",
    "Offices",
    "PaidAlready",
    "PaidOutside",
    "Persons",
    "Seal",
    "SealEntry",
    "Seals",
    "Signer",
    "child_hashes",
    "deceased_hashes",
]
