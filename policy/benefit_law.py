"""The law of benefits in the shape that activities expect: one question in, one answer out."""

from datetime import date, datetime

from contracts.benefits import Benefit, DecisionNeeded, Difference, DifferenceQuestion, Paid, Route, RouteQuestion
from contracts.dossier import LegKind
from contracts.legs import Addressee, AddresseesQuestion, Chain, ChainQuestion, ClaimQuestion
from policy import pack as packs
from policy.addressees import addressees
from policy.benefits import entitlements, route
from policy.calendar import day_of, legal_day
from policy.chains import chain
from policy.differences import Span, difference, raised, reached_back
from policy.pack import Pack


class BenefitLaw:
    """Pure and quick; safe to share between threads."""

    def __init__(self, pack: Pack | None = None) -> None:
        self._pack = pack or packs.current()

    def claimed(self, question: ClaimQuestion) -> Route | None:
        """Who pays what a declaration asks for; none where it asks for no benefit."""
        declaration = question.declaration
        deceased = entitlements(declaration, question.province)
        if deceased is None:
            return None
        claims: list[Benefit] = [kind for kind in (LegKind.FUNERAL, LegKind.SURVIVOR) if kind in declaration.procedures]
        known_on = legal_day(question.known_at)
        return route(deceased, claims, day_of(declaration.died_at), known_on=known_on, pack=self._pack)

    def route(self, question: RouteQuestion) -> Route:
        """Who pays what, as the law was known at that moment."""
        known_on = legal_day(question.known_at)
        return route(question.deceased, question.claims, question.died_on, known_on=known_on, pack=self._pack)

    def difference(self, question: DifferenceQuestion) -> Difference | DecisionNeeded | None:
        """What a raise that reaches back makes due."""
        known_on = legal_day(question.known_at)
        return difference(question.paid, question.deceased, question.died_on, known_on=known_on, pack=self._pack)

    def raised(self, paid: Paid, died_on: date, known_at: datetime) -> bool:
        """Whether an amount that the payment rests on was raised after it was decided."""
        known_on = legal_day(known_at)
        return raised(paid.kind, died_on, decided_on=paid.decided_on, known_on=known_on, pack=self._pack)

    def reached_back(self, known_at: datetime) -> tuple[Span, ...]:
        """On which days benefits were decided that a raise, known at that moment, reaches back behind."""
        return reached_back(legal_day(known_at), self._pack)

    def chain(self, question: ChainQuestion) -> Chain:
        """The links inside the agency and when each is due."""
        return chain(question, self._pack)

    def addressees(self, question: AddresseesQuestion) -> tuple[Addressee, ...]:
        """Where each leg goes."""
        return addressees(question, self._pack)
