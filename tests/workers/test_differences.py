"""A raise that reaches back: its difference is opened once, however often and by whomever the register is swept."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from structlog.testing import capture_logs

from contracts.benefit_steps import Claim, ClaimOutcome, ClaimState
from contracts.benefits import Payer
from contracts.dossier import Channel, LegKind, Stage
from contracts.followups import DifferenceOpening
from policy import pack as packs
from policy.benefit_law import BenefitLaw
from records.database import Database
from records.edge import Purpose
from records.keys import StoredKeys
from tests.records.samples import CLIENT, NOW, a_reversal
from tests.workers.paid_death import (
    BEFORE,
    DECEASED,
    NEW,
    OLD,
    PAYING_OFFICE,
    House,
    a_paid_filing,
    a_paid_state,
)
from workers.arrears import Due, Undecided, Unread


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.differences.PAUSE_S", 0)


@pytest.fixture
def house(database: Database) -> House:
    return House(database, StoredKeys(database, bytes(32)))


async def test_a_funeral_paid_before_the_decree_is_topped_up_once_after_it(house: House) -> None:
    first = await house.paid_death()
    house.time = BEFORE
    await house.differences.sweep()
    assert house.engine.opened == []

    house.time = NOW
    for _ in range(2):
        await house.differences.sweep()
    [opened] = house.engine.opened
    assert isinstance(opened, DifferenceOpening)
    assert (opened.follows, opened.channel, opened.client) == (first.code, Channel.OFFICE, CLIENT)
    assert (opened.award.amount, opened.amount) == (NEW, NEW - OLD)
    assert (opened.office, opened.certificate.document) == (PAYING_OFFICE, f"{first.code}.extract")
    assert opened.claim == Claim(
        dossier=opened.code,
        kind=LegKind.FUNERAL,
        payer=Payer.SOCIAL_PROTECTION,
        deceased=DECEASED,
        part=f"to-{NEW}",
    )
    assert [each.code for each in await house.claims.unstarted(-1, 10)] == [first.code]


async def test_two_who_sweep_at_once_open_one_dossier(house: House) -> None:
    await house.paid_death()
    await asyncio.gather(*(house.differences.sweep() for _ in range(2)))
    assert len({each.code for each in house.engine.opened}) == 1


async def test_what_the_engine_could_not_take_is_left_to_the_relay(house: House) -> None:
    await house.paid_death()
    house.engine.away = True
    for _ in range(2):
        await house.differences.sweep()
    waiting = [each for each in await house.claims.unstarted(-1, 10) if isinstance(each, DifferenceOpening)]
    assert len(waiting) == 1


async def test_a_second_raise_waits_for_the_first_difference_and_counts_it(house: House) -> None:
    await house.paid_death()
    await house.differences.sweep()
    [opened] = house.engine.opened
    assert isinstance(opened, DifferenceOpening)
    house.law, house.time = _raised_again(), NOW

    await house.follow(opened, Stage.IN_PROGRESS)
    assert await house.found() == []
    await house.register.reserve(opened.claim)
    await house.follow(opened, Stage.STOPPED)
    assert await house.found() == [], "whether money has flowed nobody knows"
    await house.pay(opened.claim, opened.amount)
    [due] = await house.found()
    assert isinstance(due, Due)
    assert (due.difference.amount, due.in_all) == (400_000, 11_200_000)


async def test_a_difference_that_was_refused_is_not_opened_again(house: House) -> None:
    await house.paid_death()
    await house.differences.sweep()
    [opened] = house.engine.opened
    await house.follow(opened, Stage.REJECTED)
    assert await house.found() == []


async def test_nothing_is_due_on_a_death_that_was_reversed(house: House) -> None:
    first = await house.paid_death()
    claim = Claim(dossier=first.code, kind=LegKind.FUNERAL, payer=Payer.SOCIAL_PROTECTION, deceased=DECEASED)
    await house.claims.claim(
        client=CLIENT,
        key=first.code,
        purpose=Purpose.REVERSAL,
        group="death",
        office="00070",
        filed_at=NOW,
        body={},
        uploads=(),
        opening=a_reversal(first),
    )
    assert await house.found() == []
    await house.register.settle(ClaimOutcome(claim=claim, state=ClaimState.RECOVERED))
    assert await house.found() == []


async def test_what_a_person_decides_is_counted_and_listed_and_nothing_is_opened(house: House) -> None:
    merit = {
        "allowances": [{"category": "war_invalid", "monthly": 2_789_000}],
        "decision": "123/QĐ-LĐTBXH",
        "managed_by": "01288",
    }
    filing = a_paid_filing(("merit",), merit=merit)
    first = await house.paid_death(filing, LegKind.ONE_OFF, Payer.MERIT)
    claim = Claim(dossier=first.code, kind=LegKind.ONE_OFF, payer=Payer.MERIT, deceased=DECEASED)
    assert await house.found() == [Undecided(first.code, LegKind.ONE_OFF, "allowance-unknown")]
    with capture_logs() as logs:
        await house.differences.sweep()
    assert logs == [{"event": "differences_undecided", "count": 1, "log_level": "warning"}]
    assert house.engine.opened == []
    await house.pay(claim.model_copy(update={"part": "to-11000000"}), 1_000_000)
    assert await house.found() == []


async def test_another_payer_by_the_raise_is_a_persons_decision(house: House) -> None:
    """The reference level of July 2026 was known at once; the standard of the province that pays followed later."""
    filing = a_paid_filing(("social_insurance", "emergency"), insurance={"status": "pensioner"})
    first = await house.paid_death(filing, payer=Payer.SOCIAL_INSURANCE)
    assert await house.found() == [Undecided(first.code, LegKind.FUNERAL, "payer-changed")]


async def test_a_dossier_that_was_erased_holds_no_other(house: House) -> None:
    erased = await house.paid_death()
    await house.keys.destroy(erased.code)
    assert await house.found() == [Unread(erased.code, LegKind.FUNERAL, "KeyDestroyed")]
    with capture_logs() as logs:
        await house.differences.sweep()
    assert [(each["event"], each["dossier"]) for each in logs] == [("difference_not_looked_at", erased.code)]


async def test_a_death_of_which_no_extract_is_signed_is_left_alone(house: House) -> None:
    first = await house.paid_death()
    await house.show(a_paid_state(first.code, documents=()), a_paid_filing())
    assert await house.found() == []


def _raised_again() -> BenefitLaw:
    """The law with one more decree, of November, that reaches back to July."""
    pack = packs.current()
    standard = pack.benefits.social_standard
    decree = standard.newest().model_copy(
        update={"since": date(2026, 7, 2), "in_force_from": date(2026, 11, 1), "value": 560_000}
    )
    raised = standard.model_copy(update={"values": (*standard.values, decree)})
    benefits = pack.benefits.model_copy(update={"social_standard": raised})
    return BenefitLaw(replace(pack, benefits=benefits))
