"""How the door to the engine answers when it did not do what was asked, and where a late answer landed."""

from enum import StrEnum
from typing import Any


class DoorError(Exception):
    """A call that did not do what was asked."""


class OutcomeUnknown(DoorError):
    """No worker, no engine, or too slow: the call may still take effect; repeat it with the same key."""


class TooBusy(DoorError):
    """Too many calls on one dossier at once; repeat later."""


class DossierUnknown(DoorError):
    """The engine knows no such dossier."""


class DossierClosed(DoorError):
    """The dossier has ended."""


class Refusal(DoorError):
    """The dossier refused: `kind` names why, `loc` the wrong field, `errors` each wrong field of a correction."""

    def __init__(self, kind: str, message: str, details: tuple[Any, ...]) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.details = details


class Landing(StrEnum):
    """Where a late answer landed: what belongs to a closed dossier is a duplicate, what matches none is kept."""

    DELIVERED = "delivered"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"
    REFUSED = "refused"
