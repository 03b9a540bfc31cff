"""What agencies, clerks and checks refuse: what ends, what goes on, and what the citizen is told."""

import pytest

from contracts.agencies import Refused
from contracts.dossier import LegKind, LegState, Stage, TaskState
from contracts.journal import EventKind
from contracts.tasks import Decision
from orchestrator import Refusal
from tests.workflows.birth import Birth, a_filing, leg

OPEN_CODE = "G22.99.08-261121-999999"


@pytest.mark.history("rejected")
async def test_a_refused_registration_rejects_the_dossier_and_nothing_else_is_asked(birth: Birth) -> None:
    birth.town.civil_status.will(
        Refused(reason="wrong_office", text="Không thuộc thẩm quyền", legal_basis="Luật Hộ tịch, Điều 13")
    )
    await birth.file()
    await birth.accept()
    state = await birth.end()
    assert (state.stage, state.reason, state.reason_text) == (Stage.REJECTED, "wrong_office", "Không thuộc thẩm quyền")
    assert [each.state for each in state.legs] == [LegState.REFUSED, *[LegState.NOT_APPLICABLE] * 3]
    assert leg(state, LegKind.CIVIL_STATUS).legal_basis == "Luật Hộ tịch, Điều 13"
    assert birth.town.released
    assert not [*birth.town.population.asked, *birth.town.residence.asked, *birth.town.wallet.asked]
    [told] = [each for each in birth.town.journal.entries.values() if each.kind is EventKind.REJECTED]
    assert told.data["legal_basis"] == "Luật Hộ tịch, Điều 13"


@pytest.mark.history("refused-leg")
async def test_a_refused_residence_ends_that_leg_alone(birth: Birth) -> None:
    birth.town.residence.will(Refused(reason="no_consent", text="Chưa có ý kiến của chủ hộ", legal_basis="Điều 20"))
    state = await birth.walk()
    assert state.stage is Stage.RETURNED
    refused = leg(state, LegKind.RESIDENCE)
    assert (refused.state, refused.reason, refused.reason_text) == (
        LegState.REFUSED,
        "no_consent",
        "Chưa có ý kiến của chủ hộ",
    )
    assert leg(state, LegKind.HEALTH_CARD).state is LegState.GRANTED
    assert [each.outcome for each in birth.town.wallet.asked[-1].results][2] == LegState.REFUSED


@pytest.mark.history("duplicate")
async def test_a_second_filing_for_a_child_is_rejected_and_names_the_first_one(birth: Birth) -> None:
    birth.town.duplicate_of = OPEN_CODE
    await birth.file()
    state = await birth.end()
    assert (state.stage, state.reason, state.duplicate_of) == (Stage.REJECTED, "duplicate", OPEN_CODE)
    assert [each.state for each in state.legs] == [LegState.NOT_APPLICABLE] * 4
    assert not state.tasks


async def test_a_child_that_is_too_old_is_rejected_before_anybody_is_asked(birth: Birth) -> None:
    child = birth.filing.declaration.child
    old = child.model_copy(update={"born_on": child.born_on.replace(year=child.born_on.year - 7)})
    declaration = birth.filing.declaration.model_copy(update={"child": old})
    await birth.file(filing=birth.filing.model_copy(update={"declaration": declaration}))
    state = await birth.end()
    assert (state.stage, state.reason) == (Stage.REJECTED, "not-eligible-age")
    assert not birth.town.facility.asked


async def test_a_clerk_rejects_for_a_listed_reason_in_words_for_the_citizen(birth: Birth) -> None:
    await birth.file()
    with pytest.raises(Refusal) as told:
        await birth.review(Decision.REJECT, reason="because")
    assert (told.value.kind, told.value.details) == ("ReasonUnknown", ({"loc": ["reason"]},))
    reason = (await birth.until(lambda state: state.tasks)).tasks[0].choices["reasons"][0]
    await birth.review(Decision.REJECT, reason=reason, reason_text="Hồ sơ không đủ điều kiện")
    state = await birth.end()
    assert (state.stage, state.reason, state.reason_text) == (Stage.REJECTED, reason, "Hồ sơ không đủ điều kiện")
    assert [task.state for task in state.tasks] == [TaskState.DONE]
    assert birth.town.released
    assert not birth.town.civil_status.asked


def test_two_families_of_the_samples_are_not_the_same_child() -> None:
    assert a_filing(1).declaration.child != a_filing(2).declaration.child
