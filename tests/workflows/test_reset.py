"""The engine's reset, an expert's last resort: what it does to the journal, to keys, and to what people were told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from contracts.agencies import Granted, Pending, Refused
from contracts.dossier import LegKind, LegState, Stage
from contracts.journal import EventKind
from records.database import Database
from records.tables.base import core
from records.tables.outbox import OutboxRow
from tests.workflows.birth import Birth, leg, request
from tests.workflows.test_lost_turns import Desk
from tests.workflows.town import CARD

NO = Refused(reason="data_mismatch", text="Thông tin chưa thống nhất")
TOLD = select(core(OutboxRow).c.notice).where(core(OutboxRow).c.notice.is_not(None))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'records.db'}")
    await found.migrate()
    yield found
    await found.close()


async def reset(engine: Client, birth: Birth, before: str) -> str:
    """Back to the turn that first asked for this; the new run."""
    history = await birth.history()
    asked = next(
        each.activity_task_scheduled_event_attributes
        for each in history.events
        if each.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
        and each.activity_task_scheduled_event_attributes.activity_type.name == before
    )
    wanted = ResetWorkflowExecutionRequest(
        namespace=engine.namespace,
        workflow_execution=WorkflowExecution(workflow_id=birth.name.workflow_id),
        reason="sau khi sửa lỗi",
        workflow_task_finish_event_id=asked.workflow_task_completed_event_id,
        request_id=request(),
    )
    return (await engine.workflow_service.reset_workflow_execution(wanted)).run_id


async def test_a_dossier_that_is_held_and_reset_asks_again_under_its_keys_and_its_journal_goes_on(
    engine: Client, birth: Birth, database: Database
) -> None:
    desk, town, book = Desk(database), birth.town, birth.town.journal
    town.residence.will(NO)
    town.insurance.will(Pending(reference="bh-1"))
    await birth.file()
    await birth.accept()
    await birth.sign()
    await birth.until(lambda state: leg(state, LegKind.HEALTH_CARD).state is LegState.PENDING)
    await birth.until(lambda state: leg(state, LegKind.RESIDENCE).state is LegState.REFUSED)
    await birth.hold()
    await desk.knows(birth.code)
    first_run = list(book.writes)
    for turn in first_run:
        await desk.journal.write(turn)
    before = await desk.kinds(birth.code)

    run = await reset(engine, birth, "register_residence")
    await birth.until(lambda state: book.writes[-1].epoch == run and state.held)
    assert [len(each.asked) for each in (town.residence, town.insurance)] == [1, 1], "held, as it was"
    await desk.put_right(engine)
    assert await desk.kinds(birth.code) == before, "a journal of another run is nobody's lost turn"
    [key] = town.insurance.kept
    town.insurance.kept[key] = Granted(result=CARD)  # decided there meanwhile
    await birth.release()
    assert (await birth.end()).stage is Stage.RETURNED

    assert [town.residence.keys, town.insurance.keys] == [["register_residence:1"] * 2, ["issue_card:1"] * 2]
    assert [len(each.asked) for each in (town.civil_status, town.population)] == [1, 1]
    assert len(town.signatures) == 1
    for turn in book.writes[len(first_run) :]:
        assert turn.epoch == run != first_run[0].epoch
        await desk.journal.write(turn)
    kinds = await desk.kinds(birth.code)
    assert kinds[: len(before)] == before, "what the first run did stays told"
    assert kinds.count(EventKind.RELEASED) == 1
    view = await desk.view(birth.code)
    assert (view.stage, view.held) == (Stage.RETURNED, False)
    assert [leg(view, each).state for each in (LegKind.RESIDENCE, LegKind.HEALTH_CARD)] == ["refused", "granted"]
    notices = list(await database.read(lambda connection: connection.execute(TOLD).scalars().all()))
    assert len(notices) == len(set(notices)), "nobody is written twice"
    assert "leg_refused" in notices
