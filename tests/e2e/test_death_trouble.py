"""Deaths that meet trouble: filed twice, paid elsewhere, left open by the law, money that comes back."""

from typing import Any

from cli.legal_time import today
from contracts.benefits import Payer
from contracts.dossier import LegKind
from records.registers import ClaimRegister, PaidOutside
from tests.e2e.asking import paid, problem
from tests.stack import Stack, leg
from workers.rooms import Rooms

LABOUR, INSURANCE = "labour", "social-insurance"


async def test_a_second_filing_for_the_same_person_is_a_duplicate(stack: Stack) -> None:
    filing = await stack.bereaved("V-D08")
    first = await stack.file(filing)
    await stack.walk(first)
    second = await stack.file(filing)
    view = await stack.stage(second, "rejected")
    assert (view["reason"], view["duplicate_of"]) == ("duplicate", first)
    assert await stack.ledger(LABOUR, second) == []


async def test_what_the_law_leaves_open_waits_for_the_office_and_holds_no_other_leg(stack: Stack) -> None:
    filing = await stack.bereaved("V-D08")
    filing["declaration"]["benefits"]["categories"] += ["emergency"]
    code = await stack.file(filing)
    await stack.accept(code)
    await stack.sign(code)
    task = await stack.task(code, "decision")
    assert (task["leg"], task["why"]) == ("funeral", "open")
    assert {reading["choice"].split(".")[1] for reading in task["readings"]} >= {"emergency", "social_insurance"}
    await stack.until(code, lambda v: leg(v, "health_card_lock")["state"] == "granted")
    choice = next(each for each in task["choices"]["decisions"] if each.endswith("social_insurance"))
    path = f"/v1/tasks/{task['id']}/decision"
    wrong = await stack.post(path, {"choice": "nobody", "reason": "theo luật"}, "clerk")
    assert problem(wrong, 422, "choice-unknown")["errors"][0]["pointer"] == "/choice"
    answer = await stack.post(path, {"choice": choice, "reason": "Bảo hiểm xã hội chi trả"}, "clerk")
    assert answer.status_code == 200, answer.text
    view = await stack.stage(code, "returned")
    assert leg(view, "funeral")["payer"] == "social_insurance"
    assert await paid(stack, INSURANCE, code) == ["funeral"]


async def test_money_that_comes_back_goes_where_the_office_says(stack: Stack) -> None:
    filing = await stack.bereaved("V-D06")
    benefits = filing["declaration"]["benefits"]
    benefits["payment"] = {"method": "bank", "bank": "Ngân hàng", "account": "9999000111", "holder": "NGUOI NHAN"}
    benefits["survivors"] = []
    filing["declaration"]["procedures"] = ["death_registration", "residence_removal", "funeral"]
    code = await stack.file(filing)
    await stack.accept(code)
    await stack.sign(code)
    task = await stack.task(code, "decision")
    assert task["why"] == "payment-bounced"
    body = {
        "choice": "pay-again",
        "reason": "Gia đình nhận tiền mặt",
        "payment": {"method": "cash", "place": "Ủy ban nhân dân phường"},
    }
    answer = await stack.post(f"/v1/tasks/{task['id']}/decision", body, "clerk")
    assert answer.status_code == 200, answer.text
    view = await stack.stage(code, "returned")
    assert leg(view, "funeral")["state"] == "granted"
    assert await paid(stack, INSURANCE, code) == ["funeral"]


async def test_what_was_paid_elsewhere_is_refused_and_the_payer_named(stack: Stack) -> None:
    filing = await stack.bereaved("V-D08")
    await _paid_outside(stack, filing)
    code = await stack.file(filing)
    view = await stack.walk(code)
    funeral = leg(view, "funeral")
    assert (funeral["state"], funeral["reason"]) == ("refused", "paid-elsewhere")
    assert "người có công" in funeral["reason_text"]
    assert funeral["legal_basis"]
    assert leg(view, "one_off")["state"] == "granted"
    assert await paid(stack, INSURANCE, code) == []


async def _paid_outside(stack: Stack, filing: dict[str, Any]) -> None:
    """As a payer's list of payments outside linked dossiers would be entered."""
    declaration = filing["declaration"]
    payment = PaidOutside(
        kind=LegKind.FUNERAL,
        payer=Payer.MERIT,
        deceased=declaration["deceased"]["personal_id"],
        amount=25_300_000,
        paid_on=today(),
    )
    rooms = Rooms.open(stack.settings)
    try:
        assert await ClaimRegister(rooms.database, rooms.keys).record_outside(payment) is None
    finally:
        await rooms.close()
