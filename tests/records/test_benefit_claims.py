"""The claim register: after one death each benefit is paid once, whichever payer is asked."""

import asyncio
import itertools
from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from contracts.benefit_steps import Claim, ClaimHeld, ClaimOutcome, ClaimState
from contracts.benefits import Payer
from contracts.dossier import LegKind
from records.database import Database
from records.keys import StoredKeys
from records.registers import ClaimRegister, PaidAlready, PaidOutside
from tests.records.conftest import MASTER

DECEASED, WIDOW = "001041000123", "001145000321"
FIRST, SECOND = "G22.99.08-261122-000001", "G22.99.08-261122-000002"
DAY = date(2026, 11, 24)
PAYERS = (Payer.SOCIAL_INSURANCE, Payer.MERIT, Payer.SOCIAL_PROTECTION, Payer.EMERGENCY)


@pytest.fixture
def register(database: Database, keys: StoredKeys) -> ClaimRegister:
    return ClaimRegister(database, keys)


def a_claim(dossier: str = FIRST, **changes: Any) -> Claim:
    fields: dict[str, Any] = {"kind": LegKind.FUNERAL, "payer": Payer.MERIT, "deceased": DECEASED}
    return Claim(dossier=dossier, **fields | changes)


def outside(**changes: Any) -> PaidOutside:
    fields: dict[str, Any] = {"kind": LegKind.FUNERAL, "payer": Payer.SOCIAL_INSURANCE, "deceased": DECEASED}
    return PaidOutside(**fields | {"amount": 23_400_000, "paid_on": DAY} | changes)


def decided(claim: Claim, amount: int = 23_400_000, on: date = DAY) -> ClaimOutcome:
    return ClaimOutcome(claim=claim, state=ClaimState.DECIDED, amount=amount, on=on)


def paid(claim: Claim, amount: int = 23_400_000, on: date = DAY) -> ClaimOutcome:
    return ClaimOutcome(claim=claim, state=ClaimState.PAID, amount=amount, on=on)


def let_go(claim: Claim) -> ClaimOutcome:
    return ClaimOutcome(claim=claim, state=None)


async def test_a_claim_is_the_first_ones_however_often_it_asks(register: ClaimRegister):
    assert [await register.reserve(a_claim()) for _ in range(2)] == [None, None]
    held = ClaimHeld(payer=Payer.MERIT, state=ClaimState.RESERVED, dossier=FIRST)
    assert await register.reserve(a_claim(SECOND)) == held
    assert await register.reserve(a_claim(payer=Payer.EMERGENCY)) == held, "another payer, though the same dossier"
    assert await register.holds(a_claim())
    assert not await register.holds(a_claim(SECOND))
    assert not await register.holds(a_claim(payer=Payer.EMERGENCY))
    [entry] = await register.of_dossier(FIRST)
    assert (entry.kind, entry.payer, entry.state) == (LegKind.FUNERAL, Payer.MERIT, ClaimState.RESERVED)
    assert await register.of_dossier(SECOND) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"deceased": "001041000124"},
        {"kind": LegKind.ONE_OFF},
        {"kind": LegKind.SURVIVOR, "beneficiary": WIDOW},
        {"part": "2026-07-01"},
    ],
    ids=str,
)
async def test_another_deceased_benefit_survivor_or_part_is_another_claim(register: ClaimRegister, change):
    assert await register.reserve(a_claim()) is None
    assert await register.reserve(a_claim(SECOND, **change)) is None


async def test_a_claim_is_decided_and_paid_and_that_stays(register: ClaimRegister):
    claim = a_claim()
    await register.reserve(claim)
    for outcome in (decided(claim), decided(claim), paid(claim), paid(claim), decided(claim, 1), let_go(claim)):
        await register.settle(outcome)
    [entry] = await register.of_deceased(DECEASED)
    assert (entry.state, entry.amount, entry.decided_on, entry.paid_on) == (ClaimState.PAID, 23_400_000, DAY, DAY)
    held = await register.reserve(a_claim(SECOND, payer=Payer.SOCIAL_INSURANCE))
    assert held == ClaimHeld(payer=Payer.MERIT, state=ClaimState.PAID, dossier=FIRST)
    assert await register.reserve(claim) is None


async def test_what_is_let_go_can_be_had_by_the_next(register: ClaimRegister):
    claim = a_claim()
    await register.reserve(claim)
    await register.settle(decided(claim))
    for _ in range(2):
        await register.settle(let_go(claim))
    assert not await register.holds(claim)
    assert await register.of_deceased(DECEASED) == ()
    assert await register.reserve(a_claim(SECOND)) is None
    await register.settle(paid(claim))
    assert [each.dossier for each in await register.of_deceased(DECEASED)] == [SECOND]


async def test_of_a_dossier_that_has_ended_what_was_never_paid_is_let_go(register: ClaimRegister):
    settled, unpaid = a_claim(), a_claim(kind=LegKind.ONE_OFF)
    for claim in (settled, unpaid):
        assert await register.reserve(claim) is None
    await register.settle(paid(settled))
    await register.let_go(SECOND, [LegKind.ONE_OFF])
    await register.let_go(FIRST, [LegKind.FUNERAL])
    assert await register.holds(unpaid)
    await register.let_go(FIRST, [LegKind.FUNERAL, LegKind.ONE_OFF])
    assert (await register.holds(settled), await register.holds(unpaid)) == (True, False)


async def test_what_was_recovered_is_free_for_the_death_that_really_comes(register: ClaimRegister):
    claim, recovered = a_claim(), ClaimOutcome(claim=a_claim(), state=ClaimState.RECOVERED)
    await register.reserve(claim)
    await register.settle(paid(claim))
    for outcome in (recovered, recovered, paid(claim), let_go(claim)):
        await register.settle(outcome)
    [entry] = await register.of_deceased(DECEASED)
    assert (entry.state, entry.amount, entry.paid_on) == (ClaimState.RECOVERED, 23_400_000, DAY)
    assert not await register.holds(claim)
    assert await register.reserve(a_claim(SECOND)) is None
    [entry] = await register.of_deceased(DECEASED)
    assert (entry.dossier, entry.state, entry.amount, entry.paid_on) == (SECOND, ClaimState.RESERVED, None, None)
    await register.settle(recovered)
    assert await register.holds(a_claim(SECOND))


@pytest.mark.parametrize("other", [a_claim(SECOND), a_claim(payer=Payer.EMERGENCY)], ids=["dossier", "payer"])
async def test_only_who_holds_a_claim_settles_it(register: ClaimRegister, other: Claim):
    await register.reserve(a_claim())
    taken_back = ClaimOutcome(claim=other, state=ClaimState.RECOVERED)
    for outcome in (decided(other), paid(other), let_go(other), taken_back):
        await register.settle(outcome)
    [entry] = await register.of_deceased(DECEASED)
    assert (entry.dossier, entry.payer, entry.state) == (FIRST, Payer.MERIT, ClaimState.RESERVED)


async def test_a_payment_made_outside_is_found_by_every_dossier(register: ClaimRegister):
    assert [await register.record_outside(outside()) for _ in range(2)] == [None, None]
    held = ClaimHeld(payer=Payer.SOCIAL_INSURANCE, state=ClaimState.PAID)
    assert await register.reserve(a_claim()) == held
    assert await register.record_outside(outside(payer=Payer.MERIT)) == held
    assert not await register.holds(a_claim(payer=Payer.SOCIAL_INSURANCE))


async def test_what_was_paid_outside_takes_a_claim_from_a_dossier_that_has_not_paid(register: ClaimRegister):
    claim = a_claim()
    await register.reserve(claim)
    await register.settle(decided(claim))
    told = await register.record_outside(outside())
    assert told == ClaimHeld(payer=Payer.MERIT, state=ClaimState.DECIDED, dossier=FIRST)
    assert not await register.holds(claim)
    await register.settle(let_go(claim))
    [entry] = await register.of_deceased(DECEASED)
    assert (entry.dossier, entry.payer, entry.state) == (None, Payer.SOCIAL_INSURANCE, ClaimState.PAID)


async def test_a_payment_within_a_dossier_is_told_to_who_enters_another(register: ClaimRegister):
    claim = a_claim()
    await register.reserve(claim)
    await register.settle(paid(claim))
    told = await register.record_outside(outside())
    assert told == ClaimHeld(payer=Payer.MERIT, state=ClaimState.PAID, dossier=FIRST)
    assert await register.holds(claim)


async def test_two_hundred_at_once_leave_each_deceased_one_holder(database: Database, migrated_url: str):
    """Twenty deceased, ten dossiers each, over four payers and two processes."""
    other = Database(migrated_url)
    registers = [ClaimRegister(each, StoredKeys(each, MASTER)) for each in (database, other)]
    deceased = [f"0010410{number:05}" for number in range(20)]
    claims = [
        a_claim(f"G22.99.08-261122-{n:06}", deceased=deceased[n % 20], payer=PAYERS[n // 20 % 4]) for n in range(200)
    ]
    answers = await asyncio.gather(*(registers[n // 7 % 2].reserve(claim) for n, claim in enumerate(claims)))
    holders = {claim.deceased: claim for claim, held in zip(claims, answers, strict=True) if held is None}
    won = Counter(claim.deceased for claim, held in zip(claims, answers, strict=True) if held is None)
    assert won == Counter(deceased)
    for claim, held in zip(claims, answers, strict=True):
        holder = holders[claim.deceased]
        assert held is None or (held.dossier, held.payer) == (holder.dossier, holder.payer)
    await asyncio.gather(*(registers[n % 2].settle(paid(claim)) for n, claim in enumerate(claims)))
    counted = await database.read(
        lambda c: c.execute(text("SELECT count(*) FROM benefit_claims WHERE state = 'paid'")).scalar_one()
    )
    assert counted == 20
    await other.close()


async def test_claims_let_go_and_taken_at_once_have_one_holder_in_the_end(register: ClaimRegister):
    claims = [a_claim(f"G22.99.08-261122-{n:06}") for n in range(12)]

    async def have(claim: Claim) -> bool:
        for _ in range(3):
            if await register.reserve(claim) is None:
                await register.settle(let_go(claim))
        return await register.reserve(claim) is None

    assert Counter(await asyncio.gather(*(have(claim) for claim in claims)))[True] == 1
    assert len(await register.of_deceased(DECEASED)) == 1


async def test_paid_claims_are_listed_by_dossier_and_day_of_decision(register: ClaimRegister):
    for number in range(1, 6):
        claim = a_claim(f"G22.99.08-261122-{number:06}", deceased=f"00104100000{number}")
        for each in (claim, claim.model_copy(update={"kind": LegKind.ONE_OFF})):
            await register.reserve(each)
            await register.settle(decided(each, on=date(2026, 7, number)))
            await register.settle(paid(each))
    await register.reserve(a_claim(SECOND))
    await register.record_outside(outside(deceased="001041000009"))

    window = {"decided_from": date(2026, 7, 2), "decided_before": date(2026, 7, 5)}
    pages, after = [], None
    for _ in itertools.count():
        page = await register.paid(**window, after=after, limit=2)
        pages.append([(each.dossier[-1], each.kind.value) for each in page.items])
        if (after := page.next) is None:
            break
    both = ["funeral", "one_off"]
    assert pages == [[(dossier, kind) for dossier in of for kind in both] for of in ("23", "4")]


async def test_payments_made_outside_are_entered_together(register: ClaimRegister):
    await register.reserve(a_claim())
    payments = [outside(), outside(kind=LegKind.ONE_OFF), outside(deceased="001041000009")]
    reserved = ClaimHeld(payer=Payer.MERIT, state=ClaimState.RESERVED, dossier=FIRST)
    assert await register.record_all_outside(payments) == {0: reserved}
    assert await register.record_all_outside(payments) == {}
    assert [each.state for each in await register.of_deceased(DECEASED)] == [ClaimState.PAID] * 2


async def test_of_payments_made_outside_none_is_entered_where_one_is_paid_already(register: ClaimRegister):
    claim, other = a_claim(), a_claim(kind=LegKind.ONE_OFF)
    for each in (claim, other):
        await register.reserve(each)
    await register.settle(paid(claim))
    payments = [outside(deceased="001041000009"), outside(kind=LegKind.ONE_OFF), outside()]
    with pytest.raises(PaidAlready) as told:
        await register.record_all_outside(payments)
    assert told.value.standing == {2: ClaimHeld(payer=Payer.MERIT, state=ClaimState.PAID, dossier=FIRST)}
    assert await register.of_deceased("001041000009") == ()
    assert await register.holds(other)


async def test_nobody_is_named_in_the_register(database: Database, register: ClaimRegister):
    await register.reserve(a_claim(kind=LegKind.SURVIVOR, beneficiary=WIDOW))
    rows = await database.read(lambda c: c.execute(text("SELECT * FROM benefit_claims")).all())
    assert len(rows) == 1
    assert not {DECEASED, WIDOW} & {str(value) for value in rows[0]}
