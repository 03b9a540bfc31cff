"""Who owes which benefit: by law, and where the law leaves it open, by an office's decision."""

from collections.abc import Collection

from temporalio import workflow

from activities.benefit_law import BenefitLawActivities, Routed
from activities.law import LawActivities
from contracts.agencies import Agency
from contracts.benefits import Answer, Award, Benefit, DecisionNeeded, NotEntitled, Route, Stop
from contracts.claims import Benefits
from contracts.death import DeathFiling
from contracts.dossier import LegKind, LegState, LegView, ReadingView
from contracts.filings import Filing
from contracts.journal import EventKind
from contracts.law import ClockQuestion, Deadlines
from contracts.legs import ClaimQuestion
from contracts.tasks import Opening
from workflows.calls import here_or_queued
from workflows.payments import Paying

UNDECIDED = "undecided"
"""In place of an agency, until somebody has decided which law pays."""


class Routing(Paying):
    """The route of a declaration's claims, kept with the dossier."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._route: Route | None = None

    @property
    def death(self) -> DeathFiling:
        """What was filed."""
        assert isinstance(self.filing, DeathFiling), "a death dossier starts from nothing else"  # noqa: S101
        return self.filing

    def part_iv(self) -> Benefits:
        """The declaration's claims."""
        benefits = self.death.declaration.benefits
        assert benefits is not None, "whoever owes a benefit was asked for one"  # noqa: S101
        return benefits

    async def read_laws(self, only: Collection[Benefit] | None = None) -> None:
        """Who owes what decides which legs there are (`only` some of them), and these decide the dates."""
        route = await self._find_route()
        if only is not None:
            self.legs = {kind: leg for kind, leg in self.legs.items() if kind in only or kind not in self.routed()}
        await self.read_law(tuple(each for each in (route.asked if route else ()) if each.leg in self.legs))
        self._tell(route)

    def _tell(self, route: Route | None) -> None:
        if route is not None:
            payers = {answer.kind: getattr(answer, "payer", answer.outcome) for answer in route.answers}
            self.note_aside(EventKind.BENEFITS_ROUTED, **payers)

    async def _find_route(self) -> Route | None:
        question = ClaimQuestion(
            declaration=self.death.declaration, province=self.opening.province, known_at=workflow.now()
        )
        routed: Routed = await here_or_queued(BenefitLawActivities.route_claims, question)
        self._route = routed.route
        if routed.route is not None:
            self.legs |= {answer.kind: _leg(answer) for answer in routed.route.answers}
        return routed.route

    async def route_again(self) -> None:
        """The citizen changed the declaration: other legs may follow from it, each with its date."""
        before = self._route
        for kind in self.routed():
            del self.legs[kind]
        route = await self._find_route()
        self._tell(route)
        if (route and route.asked) == (before and before.asked):
            self.take_law(self.the_law())
            return
        law = await self.law_for(route.asked if route else ())
        for paused_at, resumed_at in self.pauses:
            question = ClockQuestion(law=law, paused_at=paused_at, resumed_at=resumed_at)
            dates: Deadlines = await here_or_queued(LawActivities.resume_clock, question)
            law = law.model_copy(update=dict(dates))
        self.take_law(law)

    def show_award(self, award: Award, amount: int | None) -> None:
        """Show the leg of an award that was settled beforehand."""
        self.legs[award.kind] = _leg(award).model_copy(update={"amount": amount})

    def routed(self) -> tuple[Benefit, ...]:
        """The benefits that the route speaks of."""
        return tuple(answer.kind for answer in self._route.answers) if self._route else ()

    async def award(self, kind: Benefit) -> Award | None:
        """Who pays; none where nobody does within the dossier. What the law leaves open, the office decides."""
        assert self._route is not None, "only what was routed is asked for"  # noqa: S101
        answer = self._route.of(kind)
        if isinstance(answer, DecisionNeeded) and not self.legs[kind].state.ended:
            answer = self.decided_before(answer) or await self._chosen_reading(answer)
            if answer is not None:
                self.legs[kind] = _leg(answer).model_copy(update={"due_at": self.legs[kind].due_at})
        return answer if isinstance(answer, Award) else None

    def decided_before(self, question: DecisionNeeded) -> Award | None:
        """What was decided in a dossier that this one follows; none in a first one."""
        del question
        return None

    async def _chosen_reading(self, open_question: DecisionNeeded) -> Award | Stop | None:
        readings = {_name(number, each): each for number, each in enumerate(open_question.readings)}
        views = tuple(
            ReadingView(choice=name, amount=each.amount, articles=each.articles) for name, each in readings.items()
        )
        due = max(self.the_law().certificate_by, workflow.now())
        choice = await self.choose(open_question.kind, "payer", open_question.why, views, due)
        return readings[choice.choice] if choice else None


def _name(number: int, reading: Award | Stop) -> str:
    return f"{number + 1}.{reading.payer}"


def _leg(answer: Answer) -> LegView:
    """How a benefit stands before anybody was asked for it."""
    match answer:
        case Award():
            return LegView(kind=answer.kind, agency=answer.agency, payer=answer.payer, amount=answer.amount)
        case Stop():
            return LegView(
                kind=answer.kind,
                agency=UNDECIDED,
                payer=answer.payer,
                amount=answer.amount,
                state=LegState.NOT_APPLICABLE,
                reason=answer.guidance,
                legal_basis=", ".join(answer.articles)[:500] or None,
            )
        case NotEntitled():
            return LegView(kind=answer.kind, agency=UNDECIDED, state=LegState.REFUSED, reason="not-entitled")
        case DecisionNeeded():
            return LegView(kind=answer.kind, agency=UNDECIDED)
