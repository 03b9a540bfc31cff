"""Registers: offices, who may sign there, and which dossier came first for a child."""

from records.registers.children import Children, child_hashes
from records.registers.offices import OfficeEntry, Offices
from records.registers.signers import Certificates, Duty, DutyEntry, Signer

__all__ = ["Certificates", "Children", "Duty", "DutyEntry", "OfficeEntry", "Offices", "Signer", "child_hashes"]
