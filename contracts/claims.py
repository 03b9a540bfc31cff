"""Part IV of the death declaration: who claims benefits on which ground, and how they are to be paid."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Day, Fault, Line, Message, Name, PersonalId, Vnd, fitting, refuse
from contracts.benefits import Categories, Insurance, Merit, Payer, category_faults
from contracts.people import Address, Kinship


class RecipientKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class Recipient(Message):
    """Who is paid. An organisation holds the funeral where no relatives do so (V-D15); a person signs for it.

    One shape for both kinds, so that a fault points at the field that the caller wrote; `payment` likewise.
    """

    kind: RecipientKind
    name: Name
    personal_id: PersonalId
    """The person's own, or of who signs for the organisation."""
    relation: Kinship | None = None
    representative: Name | None = None
    tax_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}(-[0-9]{3})?$")] | None = None

    @model_validator(mode="after")
    def _of_its_kind(self) -> "Recipient":
        refuse(Recipient, fitting(self, _RECIPIENTS, self.kind, optional=("tax_code",)))
        return self


_RECIPIENTS = {RecipientKind.PERSON: ("relation",), RecipientKind.ORGANISATION: ("representative", "tax_code")}


class PaymentMethod(StrEnum):
    BANK = "bank"
    POST = "post"
    CASH = "cash"


class Payment(Message):
    """`place`: where cash is fetched."""

    method: PaymentMethod
    bank: Line | None = None
    account: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4,30}$")] | None = None
    holder: Name | None = None
    address: Address | None = None
    place: Line | None = None

    @model_validator(mode="after")
    def _of_its_method(self) -> "Payment":
        refuse(Payment, fitting(self, _METHODS, self.method))
        return self


_METHODS = {
    PaymentMethod.BANK: ("bank", "account", "holder"),
    PaymentMethod.POST: ("address",),
    PaymentMethod.CASH: ("place",),
}


class Burial(Message):
    """`cost`: what an organisation paid for the funeral; an emergency payment to it covers that."""

    buried_on: Day | None = None
    place: Line
    cost: Vnd | None = None


class Survivor(Message):
    """A relative who asks for survivor benefit, monthly or as a lump sum; the payer works out both (D.5)."""

    full_name: Name
    personal_id: PersonalId
    born_on: Day
    relation: Kinship
    residence: Address
    lump_sum: bool = False


class Benefits(Message):
    """`categories`: the laws under which the family claims; social protection and emergency exclude each other."""

    categories: Categories
    merit: Merit | None = None
    insurance: Insurance | None = None
    recipient: Recipient
    payment: Payment
    burial: Burial
    survivors: Annotated[tuple[Survivor, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Benefits":
        refuse(Benefits, [*category_faults(self.categories, self.merit, self.insurance), *self._faults()])
        return self

    def _faults(self) -> Iterator[Fault]:
        if {Payer.SOCIAL_PROTECTION, Payer.EMERGENCY} <= set(self.categories):
            yield Fault(("categories",), "exclusive", "social protection and emergency exclude each other")
        held = self.recipient.kind is RecipientKind.ORGANISATION and Payer.EMERGENCY in self.categories
        if held and self.burial.cost is None:
            yield Fault(("burial", "cost"), "missing", "an organisation is paid what the funeral cost")
