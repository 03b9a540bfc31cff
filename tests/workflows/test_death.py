"""A death that meets no trouble: in every form the register, the residence and the card are settled, and money once."""

import asyncio

import pytest

from contracts.agencies import Agency, Granted, Pending, Refused, Step
from contracts.benefit_steps import BOUNCED, BenefitDecided, BenefitPaid, ClaimHeld, ClaimState
from contracts.benefits import Payer
from contracts.claims import Payment, PaymentMethod
from contracts.death import DeathFiling, PersonFound
from contracts.dossier import Finding, LegKind, LegState, Stage, TaskKind, TaskState
from contracts.failures import RequestRejected
from contracts.incidents import IncidentCode, Remedy
from contracts.journal import EventKind
from contracts.legs import Act
from contracts.tasks import Decision
from orchestrator import Refusal
from tests.workflows.death import Death, a_death
from tests.workflows.filed import leg
from tests.workflows.town import DAY

ELSEWHERE = Payment(method=PaymentMethod.CASH, place="Ủy ban nhân dân phường")


@pytest.mark.history("death-2")
async def test_without_benefits_the_residence_is_removed_and_the_card_locked(death: Death) -> None:
    bare = death.of("V-D01")
    state = await bare.walk()
    assert state.stage is Stage.RETURNED
    assert {each.kind: each.state for each in state.legs} == dict.fromkeys(
        (LegKind.DEATH_REGISTRATION, LegKind.RESIDENCE_REMOVAL, LegKind.HEALTH_CARD_LOCK), LegState.GRANTED
    )
    assert bare.town.outcomes == []


@pytest.mark.history("death-4")
async def test_a_merit_file_gets_two_decisions_and_two_payments_from_one_filing(death: Death) -> None:
    state = await death.walk()
    funeral, one_off = leg(state, LegKind.FUNERAL), leg(state, LegKind.ONE_OFF)
    assert LegKind.ONE_OFF not in death.filing.declaration.procedures
    assert (funeral.state, one_off.state) == (LegState.GRANTED, LegState.GRANTED)
    assert (funeral.payer, one_off.payer) == (Payer.MERIT, Payer.MERIT)
    for kind, decide, pay in (
        (funeral, Step.DECIDE_FUNERAL, Step.PAY_FUNERAL),
        (one_off, Step.DECIDE_ONE_OFF, Step.PAY_ONE_OFF),
    ):
        [asked], [order] = death.town.party(decide).asked, death.town.party(pay).asked
        assert asked.amount == order.amount == kind.amount
        assert kind.result is not None
        assert kind.result["amount"] == kind.amount
        assert [link.act for link in kind.links] == [Act.EXAMINE, Act.DECIDE]
    assert [outcome.state for outcome in death.town.outcomes if outcome.claim.kind is LegKind.FUNERAL] == [
        ClaimState.DECIDED,
        ClaimState.PAID,
    ]


async def test_nothing_is_sent_before_the_extract_is_signed(death: Death) -> None:
    await death.file()
    await death.accept()
    await death.task(TaskKind.SIGNATURE)
    assert [step for step, party in death.town.parties.items() if party.asked] == [
        Step.REGISTER_DEATH,
        Step.DEATH_NOTICE,
        Step.PERSON,
    ]
    await death.sign()
    await death.end()
    [lock] = death.town.party(Step.LOCK_CARD).asked
    assert lock.certificate.sha256 == death.state.documents[0].sha256


async def test_who_had_no_residence_is_not_removed_from_one(death: Death) -> None:
    homeless = death.of("V-D02")
    state = await homeless.walk()
    removal = leg(state, LegKind.RESIDENCE_REMOVAL)
    assert (removal.state, removal.reason) == (LegState.NOT_APPLICABLE, "no-residence")
    assert homeless.town.party(Step.REMOVE_RESIDENCE).asked == []
    assert leg(state, LegKind.HEALTH_CARD_LOCK).state is LegState.GRANTED


async def test_who_served_in_the_army_is_told_where_to_go(death: Death) -> None:
    state = await death.of("V-D17").walk()
    funeral = leg(state, LegKind.FUNERAL)
    assert funeral.state is LegState.NOT_APPLICABLE
    assert funeral.reason
    assert funeral.legal_basis
    assert state.stage is Stage.RETURNED


async def test_the_clerk_sees_that_the_register_knows_nobody(death: Death) -> None:
    death.town.party(Step.PERSON).will(PersonFound(person=None))
    await death.file()
    assert Finding.REGISTER_UNKNOWN in (await death.task(TaskKind.REVIEW)).findings


async def test_a_refused_registration_ends_the_dossier_and_asks_nobody_for_money(death: Death) -> None:
    death.town.party(Step.REGISTER_DEATH).will(Refused(reason="already-registered", text="Đã đăng ký khai tử"))
    await death.file()
    await death.accept()
    state = await death.end()
    assert (state.stage, state.reason) == (Stage.REJECTED, "already-registered")
    assert death.town.party(Step.DECIDE_FUNERAL).asked == []
    assert death.town.released


@pytest.mark.history("death-refused-leg")
async def test_a_failing_leg_holds_no_other(death: Death) -> None:
    death.town.party(Step.REMOVE_RESIDENCE).will(Refused(reason="data-mismatch"))
    death.town.party(Step.DECIDE_FUNERAL).will(Refused(reason="not-in-file", text="Không có hồ sơ"))
    state = await death.walk()
    assert leg(state, LegKind.RESIDENCE_REMOVAL).state is LegState.REFUSED
    assert leg(state, LegKind.FUNERAL).state is LegState.REFUSED
    assert leg(state, LegKind.HEALTH_CARD_LOCK).state is LegState.GRANTED
    assert leg(state, LegKind.ONE_OFF).state is LegState.GRANTED
    [released] = [each for each in death.town.outcomes if each.claim.kind is LegKind.FUNERAL]
    assert released.state is None


@pytest.mark.history("death-bounced")
async def test_money_that_comes_back_is_sent_again_where_the_office_says(death: Death) -> None:
    death.town.party(Step.PAY_FUNERAL).will(Refused(reason=BOUNCED))
    await death.file()
    await death.accept()
    await death.sign()
    task = await death.decision(LegKind.FUNERAL)
    assert (task.why, [each.choice for each in task.readings]) == (BOUNCED, ["pay-again", "give-up"])
    assert leg(death.state, LegKind.FUNERAL).state is LegState.NEEDS_SUPPLEMENT
    await death.choose(LegKind.FUNERAL, "pay-again", ELSEWHERE)
    state = await death.end()
    assert leg(state, LegKind.FUNERAL).state is LegState.GRANTED
    first, second = death.town.party(Step.PAY_FUNERAL).asked
    assert (first.case.group, second.case.group) == (1, 2)
    assert second.payment == ELSEWHERE
    assert second.decision_number == first.decision_number


async def test_money_that_nobody_takes_ends_the_leg_and_frees_the_claim(death: Death) -> None:
    death.town.party(Step.PAY_FUNERAL).will(Refused(reason=BOUNCED))
    await death.file()
    await death.accept()
    await death.sign()
    await death.choose(LegKind.FUNERAL, "give-up")
    state = await death.end()
    assert leg(state, LegKind.FUNERAL).state is LegState.REFUSED
    assert [each.state for each in death.town.outcomes if each.claim.kind is LegKind.FUNERAL] == [
        ClaimState.DECIDED,
        None,
    ]


async def test_only_offered_decisions_can_be_taken(death: Death) -> None:
    death.town.party(Step.PAY_FUNERAL).will(Refused(reason=BOUNCED))
    await death.file()
    await death.accept()
    await death.sign()
    with pytest.raises(Refusal) as told:
        await death.choose(LegKind.FUNERAL, "keep-it")
    assert told.value.kind == "ChoiceUnknown"
    with pytest.raises(Refusal) as told:
        await death.choose(LegKind.FUNERAL, "give-up", ELSEWHERE)
    assert told.value.kind == "PaymentNotNeeded"
    await death.choose(LegKind.FUNERAL, "pay-again")
    await death.end()


@pytest.mark.history("death-paid-elsewhere")
async def test_a_claim_that_was_paid_elsewhere_ends_the_leg_and_names_the_payer(death: Death) -> None:
    death.town.held = ClaimHeld(payer=Payer.SOCIAL_INSURANCE, state=ClaimState.PAID)
    state = await death.walk()
    funeral = leg(state, LegKind.FUNERAL)
    assert (funeral.state, funeral.reason) == (LegState.REFUSED, "paid-elsewhere")
    assert "Bảo hiểm xã hội" in (funeral.reason_text or "")
    assert death.town.party(Step.DECIDE_FUNERAL).asked == []


@pytest.mark.history("death-decision")
async def test_what_the_law_leaves_open_is_decided_by_a_person_with_both_readings(death: Death) -> None:
    filing = open_to_readings(death)
    await death.file(filing=filing)
    await death.accept()
    await death.sign()
    task = await death.decision(LegKind.FUNERAL)
    assert len(task.readings) >= 2
    assert all(reading.articles for reading in task.readings)
    assert leg(death.state, LegKind.FUNERAL).agency == "undecided"
    await death.until(lambda state: leg(state, LegKind.HEALTH_CARD_LOCK).state is LegState.GRANTED)
    await death.choose(LegKind.FUNERAL, task.readings[0].choice)
    state = await death.end()
    funeral = leg(state, LegKind.FUNERAL)
    assert funeral.state is LegState.GRANTED
    assert funeral.amount == task.readings[0].amount
    assert [each.state for each in state.tasks if each.kind is TaskKind.DECISION] == [TaskState.DONE]


async def test_an_amount_other_than_the_law_s_is_looked_at_by_a_person(death: Death) -> None:
    wrong = BenefitDecided(decision_number="8/QĐ-2026", decided_on=DAY, amount=1)
    death.town.party(Step.DECIDE_FUNERAL).will(Granted(result=wrong))
    await death.file()
    await death.accept()
    await death.sign()
    incident = await death.incident()
    assert (incident.code, incident.leg) == (IncidentCode.AMOUNT_DIFFERS, LegKind.FUNERAL)
    right = wrong.model_copy(update={"amount": leg(death.state, LegKind.FUNERAL).amount})
    await death.resolve(Remedy.RECORD_RESULT, result=right.model_dump(mode="json"))
    state = await death.end()
    assert leg(state, LegKind.FUNERAL).result["amount"] == right.amount


async def test_money_goes_to_whom_the_corrected_claim_names(death: Death) -> None:
    decide, pay = death.town.party(Step.DECIDE_FUNERAL), death.town.party(Step.PAY_FUNERAL)
    decide.will(RequestRejected("who is this"))
    await death.file()
    await death.accept()
    await death.sign()
    await death.incident()
    claimed = decide.asked[0].benefits
    other = claimed.recipient.model_copy(update={"name": "Trần Văn Khác"})
    benefits = claimed.model_copy(update={"recipient": other})
    await death.resolve(Remedy.RETRY_WITH, input={"benefits": benefits.model_dump(mode="json")})
    await death.end()
    assert decide.asked[-1].benefits.recipient == pay.asked[0].recipient == other


@pytest.mark.history("death-late-answers")
async def test_a_decision_and_a_payment_that_are_told_later_are_waited_for(death: Death) -> None:
    town = death.town
    town.party(Step.DECIDE_FUNERAL).will(Pending(reference="D-1"))
    town.party(Step.PAY_FUNERAL).will(Pending(reference="P-1"))
    await death.file()
    await death.accept()
    await death.sign()
    await death.until(lambda state: leg(state, LegKind.FUNERAL).state is LegState.PENDING)
    amount = leg(death.state, LegKind.FUNERAL).amount or 0
    decided = BenefitDecided(decision_number="9/QĐ-2026", decided_on=DAY, amount=amount)
    await death.call_back(Step.DECIDE_FUNERAL, "D-1", Granted(result=decided), agency=Agency.LABOUR)
    async with asyncio.timeout(15):
        while not town.party(Step.PAY_FUNERAL).asked:  # what an agency is asked leaves no entry
            await asyncio.sleep(0.02)
    paid = BenefitPaid(payment_reference="UNC-9", paid_on=DAY, amount=amount)
    await death.call_back(Step.PAY_FUNERAL, "P-1", Granted(result=paid), agency=Agency.LABOUR)
    state = await death.end()
    assert leg(state, LegKind.FUNERAL).result["payment_reference"] == "UNC-9"


@pytest.mark.history("death-supplement")
async def test_a_supplement_that_changes_the_claims_changes_the_legs_and_their_dates(death: Death) -> None:
    await death.file()
    promised = death.state.promised_at
    await death.review(Decision.SUPPLEMENT, reason="missing", reason_text="Bổ sung", documents=("declaration",))
    bare = a_death("V-D01", 4711).declaration
    without = death.filing.declaration.model_copy(update={"benefits": None, "procedures": bare.procedures})
    await death.supplement(death.filing.model_copy(update={"declaration": without}))
    await death.accept()
    await death.sign()
    state = await death.end()
    assert [each.kind for each in state.legs] == [
        LegKind.DEATH_REGISTRATION,
        LegKind.RESIDENCE_REMOVAL,
        LegKind.HEALTH_CARD_LOCK,
    ]
    assert state.promised_at is not None
    assert promised is not None
    assert state.promised_at < promised
    assert all(each.due_at for each in state.legs)


async def test_a_benefit_that_is_not_sent_yet_can_be_withdrawn(death: Death) -> None:
    await death.file()
    await death.accept()
    await death.withdraw_when_signing(LegKind.FUNERAL)
    await death.sign()
    state = await death.end()
    assert leg(state, LegKind.FUNERAL).state is LegState.WITHDRAWN
    assert leg(state, LegKind.ONE_OFF).state is LegState.GRANTED
    assert death.town.party(Step.DECIDE_FUNERAL).asked == []


async def test_every_event_of_a_death_is_told_in_order(death: Death) -> None:
    await death.walk()
    kinds = death.town.journal.kinds()
    milestones = [
        EventKind.FILED,
        EventKind.LAW_READ,
        EventKind.BENEFITS_ROUTED,
        EventKind.CHECKED,
        EventKind.ACCEPTED,
        EventKind.DOCUMENT_PUBLISHED,
        EventKind.DONE,
        EventKind.RETURNED,
    ]
    assert [kind for kind in kinds if kind in milestones] == milestones
    assert kinds.count(EventKind.BENEFIT_DECIDED) == 2


def open_to_readings(death: Death) -> DeathFiling:
    """Merit and insurance, and died in a disaster: the law names two payers (domain.md D.3)."""
    both = a_death("V-D08", 99).declaration.benefits
    assert both is not None
    three = death.filing.declaration
    claims = both.model_copy(update={"categories": (*both.categories, Payer.EMERGENCY), "survivors": ()})
    return death.filing.model_copy(update={"declaration": three.model_copy(update={"benefits": claims})})
