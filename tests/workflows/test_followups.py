"""What follows a death dossier: a reversal takes everything back, a raise is paid once more."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.agencies import Agency, CertificateRef, Pending, Refused, Step
from contracts.benefit_steps import Claim, ClaimState
from contracts.benefits import Award, Payer
from contracts.dossier import Channel, LegKind, LegState, Stage
from contracts.followups import DifferenceOpening, Effect, Order, ReversalOpening, Undone
from contracts.journal import EventKind
from orchestrator import Refusal
from tests.workflows.death import Death
from tests.workflows.filed import OFFICE, PATIENT, leg, request
from tests.workflows.town import DAY

ORDER = Order(number="15/QĐ-UBND", issued_on=DAY, issuer="Ủy ban nhân dân phường", reason="Người được báo tử còn sống")


@pytest.mark.history("reversal")
async def test_a_reversal_takes_back_every_effect_and_frees_every_claim(death: Death) -> None:
    follower = _following(death, ReversalOpening, order=ORDER, effects=_effects(death))
    await follower.open()
    state = await death.end()
    assert state.stage is Stage.RETURNED
    assert {each.kind: each.state for each in state.legs} == {
        LegKind.DEATH_REGISTRATION: LegState.GRANTED,
        LegKind.RESIDENCE_REMOVAL: LegState.GRANTED,
        LegKind.HEALTH_CARD_LOCK: LegState.GRANTED,
        LegKind.FUNERAL: LegState.GRANTED,
    }
    assert state.follows == follower.first
    assert leg(state, LegKind.FUNERAL).amount == 1_000_000
    [undone] = death.town.party(Step.RESTORE_RESIDENCE).asked
    assert (undone.undone, undone.decision) == (f"{follower.first}:remove_residence:1", ORDER.number)
    assert [outcome.state for outcome in death.town.outcomes] == [ClaimState.RECOVERED]
    assert EventKind.BENEFIT_RECOVERED in death.town.journal.kinds()


async def test_a_registration_that_cannot_be_struck_leaves_everything_as_it_is(death: Death) -> None:
    death.town.party(Step.ANNUL_DEATH).will(Refused(reason="line-unknown"))
    await _following(death, ReversalOpening, order=ORDER, effects=_effects(death)).open()
    state = await death.end()
    assert (state.stage, state.reason) == (Stage.REJECTED, "line-unknown")
    assert death.town.party(Step.RESTORE_RESIDENCE).asked == []


@pytest.mark.history("difference")
async def test_a_difference_is_decided_and_paid_under_a_claim_of_its_own(death: Death) -> None:
    personal_id = death.filing.declaration.deceased.personal_id
    assert personal_id is not None
    award = Award(
        kind=LegKind.FUNERAL,
        payer=Payer.MERIT,
        amount=25_300_000,
        articles=("321/2026/NĐ-CP",),
        verified=False,
        agency=Agency.LABOUR,
    )
    claim = Claim(dossier=death.code, kind=LegKind.FUNERAL, payer=Payer.MERIT, deceased=personal_id, part="to-25300000")
    fields = {"award": award, "amount": 1_900_000, "claim": claim}
    fields |= {"certificate": CertificateRef(document="extract.v1", version=1, sha256="0" * 64)}
    await _following(death, DifferenceOpening, **fields).open()
    state = await death.end()
    [asked] = death.town.party(Step.DECIDE_FUNERAL).asked
    assert (asked.amount, asked.claim.part, asked.certificate_of) == (1_900_000, "to-25300000", state.follows)
    funeral = leg(state, LegKind.FUNERAL)
    assert (state.stage, funeral.state, funeral.amount) == (Stage.RETURNED, LegState.GRANTED, 1_900_000)


@pytest.mark.history("death-reversed")
async def test_a_dossier_under_way_stops_where_it_stands(death: Death) -> None:
    death.town.party(Step.DECIDE_FUNERAL).will(Pending(reference="D-1"))
    await death.file()
    with pytest.raises(Refusal) as told:
        await death.door.reverse(death.name, ORDER, request())
    assert told.value.kind == "NothingToReverse"
    await death.accept()
    await death.sign()
    await death.until(lambda state: leg(state, LegKind.FUNERAL).state is LegState.PENDING)
    await death.reverse_for_sure(ORDER)
    state = await death.end()
    assert (state.stage, state.reason) == (Stage.STOPPED, "death-reversed")
    funeral = leg(state, LegKind.FUNERAL)
    assert funeral.state is LegState.NOT_APPLICABLE
    assert funeral.keys == (f"{death.code}:decide_funeral:1",)


class _Follower:
    def __init__(self, death: Death, opening: ReversalOpening | DifferenceOpening) -> None:
        self.death = death
        self.opening = opening
        self.first = opening.follows

    async def open(self) -> None:
        await self.death.door.open(self.opening, request())


def _following(death: Death, kind: type[Any], **fields: Any) -> _Follower:
    first = "G22.99.08-261121-000001"
    return _Follower(
        death,
        kind(
            code=death.code,
            group=death.GROUP,
            client="portal",
            channel=Channel.OFFICE,
            office=OFFICE,
            province="01",
            filed_at=datetime.now(UTC),
            pace=PATIENT,
            filing=death.filing,
            follows=first,
            **fields,
        ),
    )


def _effects(death: Death) -> tuple[Effect, ...]:
    first = "G22.99.08-261121-000001"
    personal_id = death.filing.declaration.deceased.personal_id
    assert personal_id is not None
    claim = Claim(dossier=first, kind=LegKind.FUNERAL, payer=Payer.MERIT, deceased=personal_id)
    return (
        _effect(LegKind.DEATH_REGISTRATION, Agency.CIVIL_STATUS, f"{first}:register_death:1"),
        _effect(LegKind.RESIDENCE_REMOVAL, Agency.RESIDENCE, f"{first}:remove_residence:1"),
        _effect(LegKind.HEALTH_CARD_LOCK, Agency.SOCIAL_INSURANCE, f"{first}:lock_card:1"),
        _effect(LegKind.FUNERAL, Agency.LABOUR, f"{first}:decide_funeral:1", claim),
    )


def _effect(kind: LegKind, agency: Agency, key: str, claim: Claim | None = None) -> Effect:
    return Effect(leg=kind, agency=agency, office=OFFICE, done=(Undone(key=key, claim=claim),))
