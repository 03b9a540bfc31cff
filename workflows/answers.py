"""Asking an agency: granted, refused, or pending until a late answer comes by callback or enquiry."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError
from temporalio import workflow

from contracts.agencies import Agency, Case, Granted, Pending, PendingCase, Refused, Step
from contracts.base import Message
from contracts.dossier import LegKind, LegState
from contracts.filings import Filing
from contracts.incidents import IncidentCode, Remedy
from contracts.steps import RESULTS
from contracts.tasks import CallbackAnswer, Opening, Receipt, answer_from
from workflows import calls
from workflows.incidents import GivenUp, case_of, recorded_as, refuse
from workflows.orders import Stopped, Watch
from workflows.parking import Parking

T = TypeVar("T", bound=Message)
Q = TypeVar("Q", bound=Message)


Place = tuple[Agency, Step, str]
"""Where an answer belongs: whose it is, the step, and the reference that was given."""
UNAWAITED_MOST = 50
"""More answers than this that nobody waits for are no answers of ours."""


def _place(callback: CallbackAnswer) -> Place:
    return (callback.agency, callback.step, callback.reference)


def _same(callback: CallbackAnswer, known: CallbackAnswer | None) -> bool:
    return known is not None and (known.outcome, known.body) == (callback.outcome, callback.body)


@dataclass(frozen=True)
class Terms(Generic[T]):
    """When a step that must succeed parks: refused, or a result that fails its check; and what may be recorded."""

    refused: IncidentCode
    recorded: type[T]
    leg: LegKind | None = None
    check: Callable[[T], Awaitable[IncidentCode | None]] | None = None


GIVEN_UP = Refused(reason="given-up", text="Thủ tục này được dừng theo quyết định của cơ quan hỗ trợ.")


class LateAnswers(Parking):
    """Keeps what agencies call back with, early or late, and races it against one enquiry."""

    def __init__(self, opening: Opening, filing: Filing, legs: dict[LegKind, Agency]) -> None:
        super().__init__(opening, filing, legs)
        self._late: dict[Place, CallbackAnswer] = {}
        self._taken: dict[Place, CallbackAnswer] = {}
        self.pending: dict[tuple[Step, str], PendingCase] = {}
        """What agencies have in hand, by step and part: whoever asks how far it is names it so."""

    @workflow.update
    async def receive_answer(self, callback: CallbackAnswer) -> Receipt:
        """Keep the answer; whoever waits for it takes it, whenever that is. A corrected one replaces it."""
        self._late[_place(callback)] = callback
        return Receipt.TAKEN

    @receive_answer.validator
    def _check_answer(self, callback: CallbackAnswer) -> None:
        try:
            answer_from(callback)
        except (ValidationError, KeyError):
            refuse("AnswerUnreadable", "the answer does not fit its step")
        place = _place(callback)
        if any(_same(callback, known) for known in (self._late.get(place), self._taken.get(place))):
            refuse("AnswerKnown", "this answer was given before")
        mending = any(incident.step == callback.step for incident in self.incidents.values())
        if place in self._taken and not mending:
            refuse("AnswerContradicts", "another answer was taken before, and nothing is being mended")
        if len(self._late) >= UNAWAITED_MOST:
            refuse("AnswersUnawaited", "too many answers that nobody waits for")

    async def ask(
        self,
        who: Agency,
        method: Callable[[Any, Q], Awaitable[Granted[T] | Refused | Pending]],
        enquiry: Callable[[Any, PendingCase], Awaitable[Granted[T] | Refused]],
        request: Q,
        leg: LegKind | None = None,
    ) -> Granted[T] | Refused:
        """Send a request to an agency and return its final answer, however late it comes."""
        if leg:
            self.expect(leg, workflow.now() + timedelta(seconds=self.pace.expected_answer))
            self._keep_key(
                leg, request
            )  # before the call: whoever stops the dossier meanwhile must know what was asked
            self.move_leg(leg, LegState.SENT)
        while True:
            answer = await workflow.execute_activity_method(
                method, request, **calls.agency(who, self.pace, late=self._late_already(leg))
            )
            case = case_of(self.as_asked(request))
            if leg:
                self._keep_key(leg, request)  # an operator may have sent it anew
            if not isinstance(answer, Pending):
                return answer
            if leg:
                self.expect(leg, self.legs[leg].due_at)
                self.move_leg(leg, LegState.PENDING)
            try:
                return await self._late_answer(who, case, answer.reference, enquiry)
            except Stopped:
                request = self.as_asked(request)
                resolution = await self.park(request, IncidentCode.STOPPED, RESULTS[case.step])
            if resolution.decision is Remedy.GIVE_UP:
                raise GivenUp
            if resolution.decision is Remedy.RECORD_RESULT:
                return Granted(result=cast("T", recorded_as(RESULTS[case.step], resolution)))
            request = self.ask_again(request, IncidentCode.STOPPED, resolution)

    def _keep_key(self, leg: LegKind, request: Message) -> None:
        view, key = self.legs[leg], case_of(self.as_asked(request)).key
        if key not in view.keys:
            self.legs[leg] = view.model_copy(update={"keys": (*view.keys, key)})

    def _late_already(self, leg: LegKind | None) -> bool:
        due = self.legs[leg].due_at if leg else None
        return due is not None and workflow.now() > due

    async def _late_answer(
        self,
        who: Agency,
        case: Case,
        reference: str,
        enquiry: Callable[[Any, PendingCase], Awaitable[Granted[T] | Refused]],
    ) -> Granted[T] | Refused:
        place, pace = (who, case.step, reference), self.pace
        pending = PendingCase(
            case=case, reference=reference, agency=who, delay_s=pace.first_enquiry, cap_s=pace.enquiry_cap
        )
        self.pending[case.step, case.part] = pending
        patience = pace.first_enquiry  # most answers come back before: until then it costs nothing
        with self.watched(case.step) as watch:
            while place not in self._late:
                answer = await self._called_back_or_found(place, pending, patience, enquiry, watch)
                if answer is not None:
                    return answer
                if watch.given.done():
                    await self.obey(watch.take())
                    patience = 0.0
        taken = self._taken[place] = self._late.pop(place)
        return cast("Granted[T] | Refused", answer_from(taken))

    async def _called_back_or_found(
        self,
        place: Place,
        pending: PendingCase,
        patience: float,
        enquiry: Callable[[Any, PendingCase], Awaitable[Granted[T] | Refused]],
        watch: Watch,
    ) -> Granted[T] | Refused | None:
        """Return once called back, or an order came: nothing; or what an enquiry found, begun when patience ended."""

        def interrupted() -> bool:
            return place in self._late or watch.given.done()

        try:
            if patience:
                await workflow.wait_condition(interrupted, timeout=timedelta(seconds=patience))
                return None
        except TimeoutError:
            pass
        poll = workflow.start_activity_method(enquiry, pending, **calls.enquiry(pending.agency, self.pace))
        await workflow.wait_condition(lambda: interrupted() or poll.done())
        if poll.done():
            return await poll
        poll.cancel()  # abandoned, not recalled: its next attempt finds the answer given, which costs less
        return None

    async def leg(
        self,
        kind: LegKind,
        method: Callable[[Any, Q], Awaitable[Granted[T] | Refused | Pending]],
        enquiry: Callable[[Any, PendingCase], Awaitable[Granted[T] | Refused]],
        request: Q,
    ) -> Granted[T] | Refused:
        """Carry one leg to its end; a refusal, or giving it up, ends this leg alone."""
        if self.legs[kind].state.ended:  # withdrawn before it began
            return Refused(reason="withdrawn")
        try:
            answer = await self.ask(Agency(self.legs[kind].agency), method, enquiry, request, kind)
        except GivenUp:
            answer = GIVEN_UP
        match answer:
            case Granted(result=result):
                self.move_leg(kind, LegState.GRANTED, result=result)
            case Refused():
                self.move_leg(kind, LegState.REFUSED, refused=answer)
        return answer

    async def insist(
        self,
        who: Agency,
        method: Callable[[Any, Q], Awaitable[Granted[T] | Refused | Pending]],
        enquiry: Callable[[Any, PendingCase], Awaitable[Granted[T] | Refused]],
        request: Q,
        terms: Terms[T],
    ) -> T:
        """Ask until there is a result that passes its check; a refusal parks, and giving up raises `GivenUp`."""
        answer = await self.ask(who, method, enquiry, request, terms.leg)
        while True:
            trouble = await self._trouble(answer, terms)
            if isinstance(answer, Granted) and trouble is None:
                return answer.result
            assert trouble is not None, "refused, or found wrong"  # noqa: S101
            request = self.as_asked(request)
            resolution = await self.park(request, trouble, terms.recorded)
            if resolution.decision is Remedy.GIVE_UP:
                raise GivenUp
            if resolution.decision is Remedy.RECORD_RESULT:
                result = recorded_as(terms.recorded, resolution)
                if trouble is not terms.refused:  # the check had failed: somebody looked, and decided all the same
                    return result
                answer = Granted(result=result)
            else:
                request = self.ask_again(request, trouble, resolution)
                answer = await self.ask(who, method, enquiry, request, terms.leg)

    async def _trouble(self, answer: Granted[T] | Refused, terms: Terms[T]) -> IncidentCode | None:
        if isinstance(answer, Refused):
            return terms.refused
        return await terms.check(answer.result) if terms.check else None
