"""A birth that meets no trouble: every leg granted, every key once, results in everybody's hands."""

import pytest

from contracts.agencies import Agency
from contracts.dossier import LegKind, LegState, Stage, TaskState
from contracts.journal import EventKind
from tests.workflows.birth import Birth, leg
from tests.workflows.town import number_for


@pytest.mark.history("happy")
async def test_a_birth_is_registered_numbered_signed_and_returned(birth: Birth) -> None:
    state = await birth.walk()
    assert state.stage is Stage.RETURNED
    assert [each.state for each in state.legs] == [LegState.GRANTED] * 4
    assert [task.state for task in state.tasks] == [TaskState.DONE] * 2
    assert not state.incidents
