"""Of what the code leaves out the first is named, wherever in its turn the engine noticed."""

import json

import pytest
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent, MarkerRecordedEventAttributes
from temporalio.converter import DataConverter

from workers.misfit import Asked, Heard, misfit

TURN = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
ANSWERED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED


def marker(number: int, activity: str) -> MarkerRecordedEventAttributes:
    told = json.dumps({"seq": number, "activity_type": activity}).encode()
    return MarkerRecordedEventAttributes(
        marker_name="core_local_activity", details={"data": Payloads(payloads=[Payload(data=told)])}
    )


def history(*kinds: EventType.ValueType | str) -> list[HistoryEvent]:
    """Events in a row; a word is a local activity of that name."""
    events, activities = list[HistoryEvent](), 0
    for number, kind in enumerate(kinds, 1):
        if isinstance(kind, str):
            activities += 1
            recorded = marker(activities, kind)
            kind_ = EventType.EVENT_TYPE_MARKER_RECORDED
            events.append(HistoryEvent(event_id=number, event_type=kind_, marker_recorded_event_attributes=recorded))
        else:
            events.append(HistoryEvent(event_id=number, event_type=kind))
    return events


@pytest.mark.parametrize("named", [2, 3, 4])
async def test_within_a_turn_the_step_left_out_is_named_whatever_the_engine_misses(named: int) -> None:
    events = history(TURN, "read_law", ANSWERED, "check_child", "check_notice")
    heard = Heard({1: Asked("read_law"), 2: Asked("check_notice")})
    found = await misfit(events, heard, f"does not handle this event: HistoryEvent(id: {named}, …)", DataConverter())
    assert str(found) == "event 4, MarkerRecorded: the history has check_child, the code asks for check_notice"


async def test_what_differs_in_a_later_turn_is_not_the_first_misfit() -> None:
    events = history(TURN, "read_law", ANSWERED, TURN, "check_child")
    found = await misfit(events, Heard({1: Asked("read_law")}), "HistoryEvent(id: 3, …)", DataConverter())
    assert str(found) == "event 3, WorkflowExecutionUpdateCompleted: the code does not do what the history says"
