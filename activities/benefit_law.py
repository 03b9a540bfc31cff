"""Who pays after a death, where each leg goes, and how an agency decides: dated policy, without any outside call."""

from temporalio import activity

from activities.ports import BenefitLaw
from contracts.base import Message
from contracts.benefits import Route
from contracts.legs import Addressee, AddresseesQuestion, Chain, ChainQuestion, ClaimQuestion


class Routed(Message):
    """`route` is none where the declaration asks for no benefit."""

    route: Route | None


class Addressees(Message):
    """Survivors in several communes make several rows of one leg."""

    rows: tuple[Addressee, ...]


class BenefitLawActivities:
    """The decision table of benefits, read at the moments at which a dossier needs it."""

    def __init__(self, law: BenefitLaw) -> None:
        self._law = law

    @activity.defn
    async def route_claims(self, question: ClaimQuestion) -> Routed:
        """Who pays what a declaration asks for, and the one-off that it need not ask for."""
        return Routed(route=self._law.claimed(question))

    @activity.defn
    async def find_addressees(self, question: AddresseesQuestion) -> Addressees:
        """Which agency and commune receives each leg."""
        return Addressees(rows=self._law.addressees(question))

    @activity.defn
    async def lay_chain(self, question: ChainQuestion) -> Chain:
        """The links inside the agency, each with its own date."""
        return self._law.chain(question)
