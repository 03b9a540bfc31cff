"""The citizen is asked for more: the clock stops, the answer starts it again, silence ends the dossier."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import TimeSkipper

from contracts.birth import BirthFiling
from contracts.dossier import LegKind, Stage, TaskKind, TaskState
from contracts.journal import EventKind
from contracts.tasks import Decision, Supplement
from orchestrator import Refusal
from tests.workflows.birth import Birth, leg, request
from tests.workflows.town import House


def corrected(filing: BirthFiling) -> BirthFiling:
    child = filing.declaration.child.model_copy(update={"given_name": "Sửa"})
    return filing.model_copy(update={"declaration": filing.declaration.model_copy(update={"child": child})})


async def ask_for_more(birth: Birth) -> None:
    paper = (await birth.task(TaskKind.REVIEW)).choices["papers"][0]
    await birth.review(Decision.SUPPLEMENT, documents=(paper,), reason_text="Thiếu giấy chứng sinh")


@pytest.mark.history("supplement")
async def test_a_supplemented_filing_is_checked_and_reviewed_anew_and_what_it_says_now_is_registered(
    birth: Birth,
) -> None:
    await birth.file()
    await ask_for_more(birth)
    stages = [birth.state.stage]
    await birth.supplement(corrected(birth.filing))
    stages.append(birth.state.stage)
    assert stages == [Stage.NEEDS_SUPPLEMENT, Stage.SUBMITTED]
    assert birth.state.supplement is None
    await birth.accept()
    await birth.sign()
    state = await birth.end()
    assert state.stage is Stage.RETURNED
    assert [task.state for task in state.tasks] == [TaskState.DONE] * 3
    assert birth.town.civil_status.asked[0].child.given_name == "Sửa"
    assert [each.declaration.child.given_name for each in birth.town.journal.filings][1:] == ["Sửa"]
    assert birth.town.facility.keys == ["birth_notice:0:1", "birth_notice:1:1"]


async def test_the_citizens_time_is_taken_out_of_every_date(engine: Client, birth: Birth) -> None:
    opened = await birth.file()
    assert opened is not None
    due = leg(birth.state, LegKind.CIVIL_STATUS).due_at
    await ask_for_more(birth)
    await TimeSkipper(engine).fast_forward(birth.handle, timedelta(days=8))
    await birth.supplement(birth.filing)
    state = await birth.until(lambda state: state.promised_at != opened.promised_at)
    assert state.promised_at is not None
    assert state.promised_at - opened.promised_at >= timedelta(days=5), (
        "eight days of which five at least are working days"
    )
    later = leg(state, LegKind.CIVIL_STATUS).due_at
    assert due is not None
    assert later is not None
    assert later > due
    review = await birth.task(TaskKind.REVIEW)
    assert review.due_at == later


@pytest.mark.history("supplement-unanswered")
async def test_a_supplement_request_that_nobody_answers_ends_the_dossier(engine: Client, birth: Birth) -> None:
    await birth.file()
    await ask_for_more(birth)
    due = (await birth.until(lambda state: state.supplement)).supplement
    assert due is not None
    await TimeSkipper(engine).fast_forward(birth.handle, timedelta(days=400))
    state = await birth.end()
    assert (state.stage, state.reason) == (Stage.REJECTED, "supplement-not-answered")
    assert state.supplement is None
    assert birth.town.released
    [rejected] = [each for each in birth.town.journal.entries.values() if each.kind is EventKind.REJECTED]
    assert rejected.at >= due.due_at


async def test_a_review_that_asks_for_more_is_answered_when_the_request_shows_with_its_due_date(
    birth: Birth, house: House
) -> None:
    """What the due date needs is slow, so that the decision's own turn has long ended when it comes."""
    await birth.file()
    house.law.away_here.add(birth.code)
    await ask_for_more(birth)
    shown = birth.state.supplement
    assert shown is not None, "answered, and nothing to be seen of it"
    assert shown.due_at > datetime.now(UTC)
    await birth.supplement(birth.filing)


async def test_only_listed_papers_may_be_asked_for(birth: Birth) -> None:
    await birth.file()
    for documents, place in (((), ["documents"]), (("a-photo",), ["documents", 0])):
        with pytest.raises(Refusal) as told:
            await birth.review(Decision.SUPPLEMENT, documents=documents)
        assert told.value.kind == "PaperNotAllowed"
        assert told.value.details == ({"loc": place},)


async def test_an_answer_to_no_request_is_refused(birth: Birth) -> None:
    await birth.file()
    await birth.task(TaskKind.REVIEW)
    answer = Supplement(request=f"{birth.code}.supplement.1", filing=birth.filing)
    with pytest.raises(Refusal) as told:
        await birth.door.answer_supplement(birth.name, answer, request())
    assert told.value.kind == "SupplementNotOpen"
