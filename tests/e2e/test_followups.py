"""What follows a death dossier: an order that takes everything back, a raise that is paid on top."""

from datetime import date

from sqlalchemy import Connection, update

from contracts.dossier import LegKind
from orchestrator import Orchestrator
from records.tables.base import core
from records.tables.benefits import BenefitClaim
from runtime.temporal import DossierPlugin, connect
from tests.e2e.asking import paid, problem
from tests.stack import Stack, leg
from workers.arrears import START, Arrears, Due, Found, Place
from workers.differences import Differences
from workers.rooms import Rooms

INSURANCE = "social-insurance"
ORDER = {
    "order": {
        "number": "15/QĐ-UBND",
        "issued_on": "2026-11-20",
        "issuer": "Ủy ban nhân dân phường",
        "reason": "Người được báo tử còn sống",
    }
}


async def test_an_order_takes_everything_back_and_the_person_can_be_filed_for_again(stack: Stack) -> None:
    filing = await stack.bereaved("V-D08")
    first = await stack.file(filing)
    await stack.walk(first)
    answers = [await stack.post(f"/v1/dossiers/{first}/reversal", ORDER, "clerk", "k") for _ in range(2)]
    assert [each.status_code for each in answers] == [202, 200]
    reversal = answers[0].json()["code"]
    view = await stack.stage(reversal, "returned")
    assert {each["kind"]: each["state"] for each in view["legs"]} == dict.fromkeys(
        ["death_registration", "residence_removal", "health_card_lock", "funeral", "one_off"], "granted"
    )
    assert leg(view, "funeral")["amount"] == leg(await stack.view(first), "funeral")["amount"]
    assert (await stack.view(first))["followed_by"] == [reversal]
    assert (await stack.view(reversal, "portal"))["follows"] == first
    told = [row["effect"] for name in ("one-stop", "national-portal") for row in await stack.ledger(name, reversal)]
    assert "status" not in told
    other = {"order": ORDER["order"] | {"number": "16/QĐ-UBND"}}
    problem(await stack.post(f"/v1/dossiers/{first}/reversal", other, "clerk"), 409, "already-reversed")
    again = await stack.file(await stack.bereaved("V-D08") | filing)
    await stack.walk(again)
    assert await paid(stack, INSURANCE, again) == ["funeral"]


async def test_a_dossier_under_way_stops_and_what_it_had_asked_for_is_taken_back(stack: Stack) -> None:
    await stack.faults(INSURANCE, answer_delay_s=[60, 60], pending_rate=1)
    try:
        first = await stack.file(await stack.bereaved("V-D06"))
        await stack.accept(first)
        await stack.sign(first)
        await stack.until(first, lambda v: leg(v, "funeral")["state"] == "pending")
        answer = await stack.post(f"/v1/dossiers/{first}/reversal", ORDER, "clerk")
        assert answer.status_code == 202, answer.text
    finally:
        await stack.clear(INSURANCE)
    assert (await stack.view(first))["stage"] == "stopped"
    await stack.stage(answer.json()["code"], "returned")


async def test_a_raise_that_reaches_back_is_paid_once(stack: Stack) -> None:
    first = await stack.file(await stack.bereaved("V-D08"))
    await stack.walk(first)
    rooms = Rooms.open(stack.settings)
    try:
        await rooms.database.write(lambda connection: _paid_before(connection, first))
        client = await connect(stack.settings, DossierPlugin(rooms.keys))
        [due] = await _due(rooms, first)
        code = await Differences.of(rooms, Orchestrator(client, 10.0)).open(due)
        view = await stack.stage(code, "returned")
        assert leg(view, "funeral")["amount"] == due.difference.amount == 1_900_000
        assert await paid(stack, INSURANCE, code) == ["funeral"]
        assert await _due(rooms, first) == []
    finally:
        await rooms.close()


def _paid_before(connection: Connection, code: str) -> None:
    """As if the funeral had been decided in August at the old amount, under a decree that reached back to July."""
    paid_then = {"amount": 23_400_000, "decided_on": date(2026, 8, 3)}
    claims = core(BenefitClaim)
    mine = (claims.c.dossier == code) & (claims.c.kind == LegKind.FUNERAL.value)
    connection.execute(update(claims).where(mine).values(**paid_then))


async def _due(rooms: Rooms, first: str) -> list[Due]:
    found: list[Found] = []
    place: Place | None = START
    while place is not None:
        page, place = await Arrears.of(rooms).page(place)
        found += page
    return [each for each in found if isinstance(each, Due) and each.first.code == first]
