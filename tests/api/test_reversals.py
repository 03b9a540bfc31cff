"""Reversals over HTTP: ordered by a clerk of the office, once a death, whatever the dossier's stage."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from api import problems, reversals
from api.app import build
from api.gate import Caller
from contracts.dossier import Channel, DossierState, Group, LegKind, LegState, LegView, Stage
from contracts.filings import Filing
from contracts.followups import Order, ReversalOpening
from contracts.journal import EventKind
from contracts.tasks import Opening
from orchestrator import DossierClosed, OutcomeUnknown, Reference, Refusal
from records.database import Database
from records.edge import Claim
from records.journal import JournalStore
from records.keys import StoredKeys
from runtime.settings import Settings
from tests.records.samples import CLIENT, NOW, OFFICE, a_death, a_filing, a_state, a_turn, claimed, entry

ORDER = {
    "number": "15/QĐ-UBND",
    "issued_on": "2026-11-23",
    "issuer": "Ủy ban nhân dân phường",
    "reason": "Người được báo tử còn sống",
}
CLERK = Caller("clerk", "clerk", frozenset({"tasks:read", "tasks:act"}), frozenset({OFFICE}))
PORTAL = Caller(CLIENT, CLIENT, frozenset({"dossiers:read"}), None)


class Engine:
    """Stops dossiers and starts those that follow, as the engine does: what it did can be read when it answers."""

    def __init__(self, town: "Town") -> None:
        self._town = town
        self.reversed: list[Order] = []
        self.opened: list[Opening] = []
        self.trouble: list[Exception] = []
        self.meanwhile: Stage | None = None
        """Where the dossier is when the order arrives."""

    async def reverse(self, dossier: Reference, order: Order, request: str) -> None:
        code = dossier.workflow_id.rpartition("/")[2]
        if self.meanwhile:
            await self._town.show(code, self.meanwhile)
        if self.trouble:
            raise self.trouble.pop()
        self.reversed.append(order)
        await self._town.show(code, Stage.STOPPED)

    async def open(self, opening: Opening, request: str) -> None:
        if self.trouble:
            raise self.trouble.pop()
        assert isinstance(opening, ReversalOpening)
        self.opened.append(opening)
        await self._town.show(opening.code, Stage.IN_PROGRESS, channel=Channel.OFFICE, follows=opening.follows)


def nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody is there", request=request)


class Town:
    """The front door with one caller before it, and the records behind it."""

    def __init__(self, database: Database) -> None:
        self.database, self.keys = database, StoredKeys(database, bytes(32))
        self.journal, self.engine, self.caller = JournalStore(database, self.keys), Engine(self), CLERK
        self.front = build(
            Settings(),
            database,
            self.keys,
            self.engine,
            httpx.AsyncClient(transport=httpx.MockTransport(nobody)),
        )
        self._turns = 0

    async def admit(self, request: Request, scopes: tuple[str, ...]) -> Caller:
        """Stands in for the gate."""
        if not any(self.caller.may(scope) for scope in scopes):
            raise problems.Problem(403, "scope-missing", "the token lacks a scope")
        return self.caller

    async def file(self, stage: Stage = Stage.IN_PROGRESS, filing: Filing | None = None, **state: Any) -> Claim:
        claim = await claimed(self.database, self.keys, filing=filing or a_death())
        await self.show(claim.code, stage, **state)
        return claim

    async def show(self, code: str, stage: Stage, **state: Any) -> DossierState:
        self._turns += 1
        fields = {"group": Group.DEATH, "legs": registered(code), "filed_at": NOW} | state
        written = a_state(code, stage, **fields)
        await self.journal.write(
            a_turn(code, entry(self._turns, EventKind.LEG_CHANGED), state=written, filing=a_death())
        )
        return written


def registered(code: str, state: LegState = LegState.GRANTED) -> tuple[LegView, ...]:
    return (
        LegView(
            kind=LegKind.DEATH_REGISTRATION, agency="civil-status", state=state, keys=(f"{code}:register_death:1",)
        ),
        LegView(
            kind=LegKind.FUNERAL,
            agency="social-insurance",
            state=LegState.NOT_APPLICABLE,
            payer="social_insurance",
            keys=(f"{code}:decide_funeral:1",),
        ),
    )


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


@pytest.fixture
async def desk(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(reversals.router)
    app.state.front, app.state.gate = town.front, town
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


async def order(desk: httpx.AsyncClient, code: str, key: str = "k", **changes: str) -> httpx.Response:
    body = {"order": ORDER | changes}
    return await desk.post(f"/v1/dossiers/{code}/reversal", json=body, headers={"Idempotency-Key": key})


def named(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def test_an_order_stops_the_dossier_and_opens_the_one_that_takes_everything_back(
    desk: httpx.AsyncClient, town: Town
) -> None:
    first = await town.file()
    answer = await order(desk, first.code)
    view = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/dossiers/{view['code']}"
    assert (view["follows"], view["channel"], view["office"]) == (first.code, "office", OFFICE)
    assert [each.number for each in town.engine.reversed] == [ORDER["number"]]
    [opened] = town.engine.opened
    assert isinstance(opened, ReversalOpening)
    assert (opened.client, opened.follows, opened.filing) == (CLIENT, first.code, first.opening.filing)
    assert {each.leg: [undone.key for undone in each.done] for each in opened.effects} == {
        LegKind.DEATH_REGISTRATION: [f"{first.code}:register_death:1"],
        LegKind.FUNERAL: [f"{first.code}:decide_funeral:1"],
    }
    state = await town.front.queries.view(first.code, NOW)
    assert state.followed_by == (view["code"],)


async def test_an_order_that_is_repeated_finds_the_same_reversal(desk: httpx.AsyncClient, town: Town) -> None:
    first = await town.file()
    answers = [await order(desk, first.code, key) for key in ("k", "k", "another")]
    assert [each.status_code for each in answers] == [202, 200, 200]
    assert len({each.json()["code"] for each in answers}) == 1
    assert len(town.engine.reversed) == len(town.engine.opened) == 1


async def test_another_order_finds_the_death_reversed_already(desk: httpx.AsyncClient, town: Town) -> None:
    first = await town.file()
    reversal = (await order(desk, first.code)).json()["code"]
    assert named(await order(desk, first.code, number="16/QĐ-UBND")) == (409, "key-reused")
    answer = await order(desk, first.code, "another", number="16/QĐ-UBND")
    assert named(answer) == (409, "already-reversed")
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/order/number"]
    assert answer.json()["reversal"] == reversal


@pytest.mark.parametrize("stage", [Stage.DONE, Stage.RETURNED, Stage.STOPPED])
async def test_a_dossier_that_sets_nothing_more_off_needs_no_stop(
    desk: httpx.AsyncClient, town: Town, stage: Stage
) -> None:
    first = await town.file(stage)
    assert (await order(desk, first.code)).status_code == 202
    assert town.engine.reversed == []
    assert len(town.engine.opened) == 1


@pytest.mark.parametrize(
    ("meanwhile", "trouble"),
    [
        (Stage.RETURNED, DossierClosed("the dossier has ended")),
        (Stage.DONE, Refusal("NothingToReverse", "nothing has been registered yet", ())),
        (Stage.STOPPED, Refusal("AlreadyReversed", "the reversal has been ordered", ())),
    ],
)
async def test_a_dossier_may_end_while_its_reversal_is_ordered(
    desk: httpx.AsyncClient, town: Town, meanwhile: Stage, trouble: Exception
) -> None:
    first = await town.file()
    town.engine.meanwhile, town.engine.trouble = meanwhile, [trouble]
    assert (await order(desk, first.code)).status_code == 202


@pytest.mark.parametrize(
    ("kind", "name"), [("NothingToReverse", "nothing-to-reverse"), ("AlreadyReversed", "already-reversed")]
)
async def test_what_the_dossier_refuses_opens_nothing(
    desk: httpx.AsyncClient, town: Town, kind: str, name: str
) -> None:
    first = await town.file()
    town.engine.trouble = [Refusal(kind, "refused", ())]
    assert named(await order(desk, first.code)) == (409, name)
    assert town.engine.opened == []


async def test_an_order_of_unknown_outcome_can_be_repeated(desk: httpx.AsyncClient, town: Town) -> None:
    first = await town.file()
    for _ in range(2):  # before the stop, and before the start
        town.engine.trouble = [OutcomeUnknown("the engine did not answer in time")]
        assert named(await order(desk, first.code)) == (503, "outcome-unknown")
        town.engine.trouble = []
        await town.show(first.code, Stage.STOPPED)
    assert [type(each) for each in await town.front.claims.unstarted(-1, 10)][1:] == [ReversalOpening]
    assert (await order(desk, first.code)).status_code == 200
    assert len(town.engine.opened) == 1


async def test_only_a_registered_death_is_reversed(desk: httpx.AsyncClient, town: Town) -> None:
    birth = await town.file(filing=a_filing(), group=Group.BIRTH)
    asked = await town.file(legs=registered("x", LegState.PENDING))
    follower = await town.file(Stage.RETURNED, follows=asked.code)
    told = [named(await order(desk, each.code, each.code)) for each in (birth, asked, follower)]
    assert told == [(409, "not-reversible"), (409, "nothing-to-reverse"), (409, "not-reversible")]
    assert not town.engine.reversed
    assert not town.engine.opened


async def test_only_a_clerk_of_the_office_orders_it(desk: httpx.AsyncClient, town: Town) -> None:
    first = await town.file()
    acting = frozenset({"tasks:act"})
    for caller, told in (
        (PORTAL, (403, "scope-missing")),
        (Caller(CLIENT, CLIENT, acting, None), (403, "wrong-office")),
        (Caller("clerk", "clerk", acting, frozenset({"00074"})), (404, "dossier-unknown")),
    ):
        town.caller = caller
        assert named(await order(desk, first.code)) == told


async def test_an_order_names_its_number_day_issuer_and_reason(desk: httpx.AsyncClient, town: Town) -> None:
    first = await town.file()
    answer = await order(desk, first.code, number="", issued_on="hôm qua")
    assert named(answer) == (422, "invalid")
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/order/number", "/order/issued_on"}
