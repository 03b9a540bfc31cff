"""Registers: offices, who may sign there, which dossier came first for a child, and who has which benefit claim."""

from records.registers.benefit_claims import ClaimEntry, ClaimRegister, PaidOutside
from records.registers.children import Children, child_hashes
from records.registers.offices import OfficeEntry, Offices
from records.registers.signers import Certificates, Duty, DutyEntry, Signer

__all__ = [
    "Certificates",
    "Children",
    "ClaimEntry",
    "ClaimRegister",
    "Duty",
    "DutyEntry",
    "OfficeEntry",
    "Offices",
    "PaidOutside",
    "Signer",
    "child_hashes",
]
