"""How a stored opening is read back, whichever procedure it starts."""

from typing import TypeAlias

from pydantic import TypeAdapter

from contracts.followups import DifferenceOpening, ReopeningOpening, ReversalOpening
from contracts.tasks import BirthOpening, DeathOpening

AnyOpening: TypeAlias = BirthOpening | DeathOpening | ReversalOpening | DifferenceOpening | ReopeningOpening
_ANY: TypeAdapter[AnyOpening] = TypeAdapter(AnyOpening)


def read_opening(stored: bytes) -> AnyOpening:
    """An opening from its JSON: each kind requires a field that the others do not know, so no tag is needed."""
    return _ANY.validate_json(stored)
