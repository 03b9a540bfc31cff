"""Where a recorded history and the code part: what each of them asks for, step by step."""

import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter
from temporalio.exceptions import FailureError
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

ROOT = Path(__file__).resolve().parent.parent
LOCAL = "core_local_activity"
NAMED = re.compile(r"HistoryEvent\(id: (\d+)")
_JSON: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


@dataclass(frozen=True)
class Asked:
    """One thing asked for: an activity, and the dossier's step where it belongs to one."""

    activity: str
    step: str | None = None

    def __str__(self) -> str:
        return self.activity if self.step in {None, self.activity} else f"{self.activity} (step {self.step})"


@dataclass(frozen=True)
class Stop:
    """An exception in workflow code: its kind and its place; its text may hold what people wrote."""

    kind: str
    where: str
    length: int
    """Of the history that had been told by then."""


@dataclass
class Heard:
    """What the code asked for, by number; and where it stopped, if it did."""

    asked: dict[int, Asked] = field(default_factory=dict)
    stop: Stop | None = None


@dataclass(frozen=True)
class Misfit:
    """The first event that does not fit; `expected`: by the history, `found`: by the code. Either may ask nothing."""

    event: int
    event_type: str
    expected: Asked | None = None
    found: Asked | None = None
    stop: Stop | None = None

    def __str__(self) -> str:
        place = f"event {self.event}, {self.event_type}"
        if self.stop is not None:
            return f"{place}: the code stops with {self.stop.kind} in {self.stop.where}"
        if self.expected is None and self.found is None:
            return f"{place}: the code does not do what the history says"
        return f"{place}: the history has {self.expected or 'nothing'}, the code asks for {self.found or 'nothing'}"


class Listening(Interceptor):
    """Hears what replayed workflows ask for; the innermost interceptor, and not sandboxed."""

    def __init__(self) -> None:
        self.heard: dict[str, Heard] = {}

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002  # the SDK's name
        """One listener a replayed run."""
        del input
        heard = self.heard

        class Listener(_Inbound):
            runs = heard

        return Listener


class _Inbound(WorkflowInboundInterceptor):
    runs: dict[str, Heard]

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self.runs))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401  # the SDK's
        try:
            return await super().execute_workflow(input)
        except FailureError:
            raise  # an answer, no mistake
        except Exception as err:
            self._stopped(err)
            raise

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002, ANN401  # the SDK's
        try:
            return await super().handle_update_handler(input)
        except FailureError:
            raise  # an answer, no mistake
        except Exception as err:
            self._stopped(err)
            raise

    def _stopped(self, err: Exception) -> None:
        length = workflow.info().get_current_history_length()
        _heard(self.runs).stop = Stop(type(err).__name__, _where(err), length)


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, following: WorkflowOutboundInterceptor, runs: dict[str, Heard]) -> None:
        super().__init__(following)
        self._runs = runs

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  # the SDK's
        self._hear(input.activity, input.args)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  # the SDK's
        self._hear(input.activity, input.args)
        return super().start_local_activity(input)

    def _hear(self, activity: str, args: Sequence[Any]) -> None:
        case = getattr(args[0], "case", None) if args else None
        asked = _heard(self._runs).asked
        asked[len(asked) + 1] = Asked(activity, case.step if case else None)


def _heard(runs: dict[str, Heard]) -> Heard:
    return runs.setdefault(workflow.info().run_id, Heard())


async def misfit(events: Sequence[HistoryEvent], heard: Heard, trouble: str, converter: DataConverter) -> Misfit:
    """The first event on which history and code part; `trouble`: the engine's words for it."""
    if heard.stop is not None:
        event = _told_before(events, heard.stop.length)
        return Misfit(event.event_id, _name(event), stop=heard.stop)
    recorded = {number: (event, activity) for number, event, activity in _recorded(events)}
    named = NAMED.search(trouble)
    first = next((n for n in sorted(recorded) if _differ(recorded[n][1], heard.asked.get(n))), None)
    if first is not None and (named is None or not _turn_between(events, int(named[1]), recorded[first][0].event_id)):
        event, activity = recorded[first]
        return Misfit(
            event.event_id, _name(event), Asked(activity, await _step(event, converter)), heard.asked.get(first)
        )
    event = events[int(named[1]) - 1] if named else events[-1]
    return Misfit(event.event_id, _name(event), found=_extra(heard.asked, recorded))


def _turn_between(events: Sequence[HistoryEvent], first: int, second: int) -> bool:
    """Whether the second event belongs to a later turn; of one turn's the engine names whichever it misses first."""
    return any(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for event in events[first:second])


def _extra(asked: Mapping[int, Asked], recorded: Mapping[int, Any]) -> Asked | None:
    """What only the code asks for: calls under way when the history was read are in both."""
    return next((each for number, each in sorted(asked.items()) if number not in recorded), None)


def _differ(activity: str, found: Asked | None) -> bool:
    return found is None or found.activity != activity


def _recorded(events: Sequence[HistoryEvent]) -> Iterator[tuple[int, HistoryEvent, str]]:
    """Every activity of a history under the number that its code gave it."""
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            scheduled = event.activity_task_scheduled_event_attributes
            yield int(scheduled.activity_id), event, scheduled.activity_type.name
        elif event.marker_recorded_event_attributes.marker_name == LOCAL:
            told = _JSON.validate_json(event.marker_recorded_event_attributes.details["data"].payloads[0].data)
            yield told["seq"], event, told["activity_type"]


async def _step(event: HistoryEvent, converter: DataConverter) -> str | None:
    """The dossier's step in what was asked; a local activity's question is not kept."""
    sent: Sequence[Payload] = event.activity_task_scheduled_event_attributes.input.payloads
    if not sent or converter.payload_codec is None:
        return None
    [opened, *_] = await converter.payload_codec.decode(sent)
    case = _JSON.validate_json(opened.data).get("case")
    return case["step"] if case else None


def _told_before(events: Sequence[HistoryEvent], length: int) -> HistoryEvent:
    """What had happened last when the code stopped."""
    told = [event for event in events[:length] if "WorkflowTask" not in _name(event)]
    return told[-1]


def _where(err: BaseException) -> str:
    ours = [frame for frame in traceback.extract_tb(err.__traceback__) if _is_ours(frame.filename)]
    if not ours:
        return "the engine's library"
    last = ours[-1]
    return f"{Path(last.filename).resolve().relative_to(ROOT)}:{last.lineno} {last.name}"


def _is_ours(file: str) -> bool:
    path = Path(file).resolve()
    return path.is_relative_to(ROOT) and ".venv" not in path.parts and path != Path(__file__).resolve()


def _name(event: HistoryEvent) -> str:
    """`ActivityTaskScheduled`, as the engine's own pages say."""
    words = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)
