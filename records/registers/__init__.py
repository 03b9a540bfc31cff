"""Registers: offices, who may sign there, which dossier came first for a person, and who has which benefit claim."""

from records.registers.accounts import AccountEntry, Accounts
from records.registers.benefit_claims import ClaimEntry, ClaimRegister, PaidAlready, PaidOutside
from records.registers.enrolment import Change, Counts, Enrolment, Misfit, Part, Roll, RollUnfit
from records.registers.offices import OfficeEntry, Offices, SuccessorUnfit
from records.registers.persons import Persons, child_hashes, deceased_hashes
from records.registers.readiness import Lack, Readiness, Shortfall
from records.registers.seals import Seal, SealEntry, Seals
from records.registers.signers import Certificates, Duty, DutyEntry, Role, Signer

__all__ = [
    "AccountEntry",
    "Accounts",
    "Certificates",
    "Change",
    "ClaimEntry",
    "ClaimRegister",
    "Counts",
    "Duty",
    "DutyEntry",
    "Enrolment",
    "Lack",
    "Misfit",
    "OfficeEntry",
    "Offices",
    "PaidAlready",
    "PaidOutside",
    "Part",
    "Persons",
    "Readiness",
    "Role",
    "Roll",
    "RollUnfit",
    "Seal",
    "SealEntry",
    "Seals",
    "Shortfall",
    "Signer",
    "SuccessorUnfit",
    "child_hashes",
    "deceased_hashes",
]
