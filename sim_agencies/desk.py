"""One agency's desk: takes requests, applies faults, keeps cases, answers late ones and calls back.

An agency's module makes its app with `desk.app(title, wire)`, says what each effect grants with `desk.offer(…)`,
and in its endpoints calls `await desk.perform(Ask(…))` (an effect) or `async with desk.exchange(operation)` (all else).
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

import httpx
from fastapi import Depends, FastAPI, Header
from fastapi.responses import JSONResponse

from sim_agencies import trouble
from sim_agencies.callbacks import CallbackSender
from sim_agencies.control import control_router
from sim_agencies.faults import Draw, FaultBoard
from sim_agencies.ledger import Ask, Case, Ledger, Refusal, Result, State
from sim_agencies.settings import Settings
from sim_agencies.standings import standings_router
from sim_agencies.store import Store
from sim_agencies.tampering import tampering_router

LONGEST_SLEEP_S = 60.0
QUESTIONS = frozenset({"alive", "standing", "standings"})
"""Nothing is asked for in them that could be rejected."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Done; `already` when the fact stood there before, under another key."""

    effect: str
    reference: str
    result: Result
    already: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Decided against."""

    effect: str
    reference: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Pending:
    """Taken in; the answer comes later."""

    effect: str
    reference: str


@dataclass(frozen=True, slots=True)
class SuspectedDuplicate:
    """Neither done nor refused: someone must look whether this is the same person twice."""

    effect: str


Answer = Granted | Refused | Pending | SuspectedDuplicate
Decided = Granted | Refused
Admit = Callable[[Ask], Ask | str]
Wire = Callable[[Answer], JSONResponse]
Grant = Callable[[Store, str], Result]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an agency can do: how the result is made (inside the deciding transaction), and why it may say no."""

    name: str
    grant: Grant
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Habit:
    """How an agency answers in normal operation."""

    pending_rate: float = 0.0


async def _key(idempotency_key: Annotated[str | None, Header()] = None) -> str:
    if not idempotency_key:
        raise trouble.KeyMissing
    return idempotency_key


Key = Annotated[str, Depends(_key)]


class Desk:
    """Everything one agency shares between its endpoints, its control paths and its clock."""

    def __init__(self, agency: str, settings: Settings, habit: Habit | None = None) -> None:
        self.agency = agency
        self.settings = settings
        self.store = Store(settings.state_dir / f"{agency}.sqlite3")
        self.ledger = Ledger(self.store)
        self.faults = FaultBoard(agency)
        self._habit = habit or Habit()
        self._effects: dict[str, Effect] = {}
        self._sender = CallbackSender(self.store, f"{settings.callback_url}/{agency}", settings.callback_secret(agency))
        self._wake = asyncio.Event()

    def app(self, title: str, wire: Wire | None = None, never_down: tuple[str, ...] = ()) -> FastAPI:
        """The agency's app with control paths, fault answers and, given its wire form, the enquiry by reference."""
        app = FastAPI(title=title)
        app.include_router(control_router(self))
        app.include_router(standings_router(self))
        app.include_router(tampering_router(self))
        trouble.install(app, lambda: self.faults.setting.down, never_down)

        @app.get("/alive")
        async def alive() -> dict[str, bool]:
            """What a breaker may probe; faults apply."""
            async with self.exchange("alive"):
                pass
            return {"alive": True}

        if wire:

            @app.get("/cases/{reference}")
            async def case(reference: str) -> JSONResponse:
                """Where a case stands, by the reference given when it was taken in."""
                return wire(await self.enquire(reference))

        return app

    def offer(self, *effects: Effect) -> None:
        self._effects |= {effect.name: effect for effect in effects}

    @asynccontextmanager
    async def exchange(self, operation: str) -> AsyncIterator[Draw]:
        """One request under faults: before the body what prevents the effect, after it what spoils the answer."""
        setting, draw = self.faults.setting, self.faults.draw(operation)
        if delay := draw.between("latency_ms", setting.latency_ms):
            await asyncio.sleep(delay / 1000)
        if draw.hits("error_rate", setting.error_rate):
            raise trouble.Broken
        if operation not in QUESTIONS and draw.hits("reject_rate", setting.reject_rate):
            raise trouble.Rejected(setting.reject_text)
        yield draw
        if draw.hits("lost_response_rate", setting.lost_response_rate):
            raise trouble.AnswerLost
        if draw.hits("malformed_rate", setting.malformed_rate):
            raise trouble.AnswerMalformed(draw)

    async def perform(self, ask: Ask) -> Answer:
        """An effect, once per key: the first request decides its fate, later ones are told."""
        async with self.exchange(ask.effect) as draw:
            if ask.dossier in self.faults.rejections.dossiers:
                raise trouble.Rejected(self.faults.rejections.text)
            answer = self.settle(ask, draw)
        return answer  # noqa: RET504 - after the block, for mypy: a context manager might swallow

    async def enquire(self, reference: str) -> Answer:
        async with self.exchange("enquiry"):
            case = self.ledger.by_reference(reference)
            if case is None:
                raise trouble.NotThere("không tồn tại")
        return _answer(case)

    def settle(self, ask: Ask, draw: Draw, *, at_once: bool = False) -> Answer:
        """`perform` without the exchange; `at_once` leaves no room for a late or a doubtful answer."""
        if known := self.ledger.ask_again(ask):
            return _answer(known)
        if not at_once and draw.hits("suspect_duplicate_rate", self.faults.setting.suspect_duplicate_rate):
            return SuspectedDuplicate(ask.effect)
        case = self._new_case(ask, draw, at_once=at_once)
        with self.store.transaction():
            if case.due_at is None:
                case = self._decided(case)
            self.ledger.enter(case)
        if case.due_at is not None:
            self._wake.set()
        return _answer(case)

    async def perform_batch(self, effect: str, asks: list[Ask], admit: Admit | None = None) -> list[Decided | str]:
        """Effects in order, each once per its own key; a new one not admitted is answered by the words given."""
        async with self.exchange(effect):
            with self.store.transaction():
                answers = [self._item(ask, admit) for ask in asks]
        return answers

    def _item(self, ask: Ask, admit: Admit | None) -> Decided | str:
        draw = self.faults.draw(f"{ask.effect}/item")
        admitted = admit(ask) if admit and not self.ledger.by_key(ask) else ask
        if isinstance(admitted, str):
            return admitted
        answer = self.settle(admitted, draw, at_once=True)
        if not isinstance(answer, Granted | Refused):
            raise TypeError(answer)  # a key first used outside a batch, which no agency offers
        return answer

    def answer_now(self, dossier: str) -> int:
        """Decide a dossier's pending cases, however far off their time is."""
        cases = self.ledger.pending_of(dossier)
        for case in cases:
            self._answer_late(case)
        return len(cases)

    async def run(self, client: httpx.AsyncClient) -> None:
        """The desk's clock: decides what is due and delivers callbacks, until cancelled."""
        async with asyncio.TaskGroup() as sending:
            while True:
                self._wake.clear()
                for case in self.ledger.due():
                    self._answer_late(case)
                self._sender.start_due(sending, client, self._wake)
                due = self.store.next_due(with_callbacks=not self._sender.is_full)
                sleep = LONGEST_SLEEP_S if due is None else min(max(due - time.time(), 0.01), LONGEST_SLEEP_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout(sleep):
                        await self._wake.wait()

    def _new_case(self, ask: Ask, draw: Draw, *, at_once: bool) -> Case:
        """What will become of a request, and when, is fixed when it first comes."""
        setting = self.faults.setting
        refused = draw.hits("refuse_rate", setting.refuse_rate)
        refusal = draw.one_of("refusal", self._effects[ask.effect].refusals) if refused else ask.refusal
        usual = 1.0 if ask.late else self._habit.pending_rate
        pending_rate = usual if setting.pending_rate is None else setting.pending_rate
        if at_once or not draw.hits("pending_rate", pending_rate):
            return Case(ask, refusal=refusal)
        delay = setting.answer_delay_s or list(self.settings.late_answer_s)
        return Case(ask, refusal=refusal, due_at=time.time() + draw.between("answer_delay_s", delay))

    def _decided(self, case: Case) -> Case:
        if case.refusal:
            return case.refused()
        if case.ask.identity and (first := self.ledger.granted_before(case)):
            return case.granted(first.result, repeats=first.reference)
        return case.granted(self._effects[case.ask.effect].grant(self.store, case.ask.facts))

    def _answer_late(self, case: Case) -> None:
        """Decide and queue the callback as one: a kill leaves both or neither."""
        setting, draw = self.faults.setting, self.faults.draw("callback")
        copies = 2 if draw.hits("callback_duplicate_rate", setting.callback_duplicate_rate) else 1
        if draw.hits("callback_drop_rate", setting.callback_drop_rate):
            copies = 0
        message_id = f"msg_{uuid4().hex}"
        with self.store.transaction():
            decided = self._decided(case)
            self.ledger.decide(decided)
            for _ in range(copies):
                self.store.queue_callback(message_id, json.dumps(_callback(decided, message_id), ensure_ascii=False))
        self._wake.set()


def _answer(case: Case) -> Answer:
    if case.state is State.PENDING:
        return Pending(case.ask.effect, case.reference)
    if case.refusal:
        return Refused(case.ask.effect, case.reference, case.refusal)
    return Granted(case.ask.effect, case.reference, case.result, already=case.repeats is not None)


def _callback(case: Case, message_id: str) -> dict[str, object]:
    """The neutral form of the orchestrator's contract; `step` is the effect's name."""
    answer: dict[str, object] = {"outcome": "granted", "result": case.result}
    if case.refusal:
        answer = {"outcome": "refused", **case.refusal.as_dict()}
    return {
        "message_id": message_id,
        "reference": case.reference,
        "dossier": case.ask.dossier,
        "step": case.ask.effect,
        "answer": answer,
    }
