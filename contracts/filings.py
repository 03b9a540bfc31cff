"""What can be filed: one row a group."""

from typing import TypeAlias

from contracts.base import Message
from contracts.birth import BirthDeclaration, BirthFiling
from contracts.death import DeathDeclaration, DeathFiling
from contracts.dossier import Group

Filing: TypeAlias = BirthFiling | DeathFiling
Declaration: TypeAlias = BirthDeclaration | DeathDeclaration
FILINGS: dict[Group, type[BirthFiling] | type[DeathFiling]] = {Group.BIRTH: BirthFiling, Group.DEATH: DeathFiling}


class _Filed(Message):
    filing: Filing


def read_filing(stored: str | bytes) -> Filing:
    """A filing of any group from its stored JSON; their declarations share no required field, so no tag is needed."""
    return _Filed.model_validate_json(
        b'{"filing":' + (stored.encode() if isinstance(stored, str) else stored) + b"}"
    ).filing
