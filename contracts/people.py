"""What every declaration says of people and places, whichever the group."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from contracts.base import Code, Line, Message, Name, Office, PersonalId, Province, Sha256

PartialDay = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")]
"""Full date, month or year alone: older papers know no more."""


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class Delivery(StrEnum):
    ELECTRONIC = "electronic"
    COUNTER = "counter"
    POST = "post"


class Address(Message):
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "VN"
    province: Province
    ward: Office
    detail: Line


class Named(Message):
    """A person by the parts of the name."""

    surname: Name
    middle_name: Name | None = None
    given_name: Name

    @property
    def full_name(self) -> str:
        """Surname first, as Vietnamese papers write it."""
        return " ".join(part for part in (self.surname, self.middle_name, self.given_name) if part)


class HouseholdHead(Message):
    full_name: Name
    personal_id: PersonalId
    relation: Line
    """To the head: the child's relation, or the deceased's."""


class Requester(Message):
    """Who files. The relation to the person concerned is each group's own: its words differ."""

    full_name: Name
    personal_id: PersonalId
    phone: Annotated[str, StringConstraints(pattern=r"^0[0-9]{9}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,180}$")] | None = None


class Kinship(StrEnum):
    """What the person who files was to the deceased; a representative speaks for an agency or organisation (V-D20)."""

    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    RELATIVE = "relative"
    REPRESENTATIVE = "representative"


class PaperRef(Message):
    """A stored attachment: the bytes stand in records, only this travels."""

    kind: Code
    name: Line
    sha256: Sha256
    blob: str
