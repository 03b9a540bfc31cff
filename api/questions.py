"""Guided cases: clerks ask support about a dossier, support answers, and answers become advice for the next case."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, status
from pydantic import ConfigDict, Field

from api import examples, openapi
from api.answers import Page
from api.bodies import IdempotencyKey
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, GuardedRoute, needs
from api.operations import request_id
from api.portal import Limit, vars_of
from api.problems import Problem
from api.sight import offices_of, seen
from api.web.words import Language
from contracts.agencies import Agency
from contracts.base import DossierCode, Line, Message, Text
from contracts.causes import Cause
from contracts.dossier import ProblemItem
from contracts.questions import QuestionState, QuestionView, Side
from records.support.advice import AdviceRow, personal
from records.support.questions import QuestionFigures, QuestionRow, Said

router = APIRouter(prefix="/v1", route_class=GuardedRoute, tags=["questions"])
QuestionId = Annotated[str, Path(max_length=64)]
Office = Annotated[str | None, Query(pattern=r"^[0-9]{5}$")]
Cursor = Annotated[str | None, Query(max_length=400)]
DAYS = 30


class QuestionBody(Message):
    """What a clerk wants to know."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.QUESTION]})

    text: Text


class AnswerBody(Message):
    """What is said next; `cause`: what it is about, chosen by support."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ANSWER]})

    text: Text
    cause: Cause | None = None


class AdviceBody(Message):
    """What to do about a cause, written so that it tells of nobody. `question`: whose answer it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ADVICE]})

    cause: Cause
    agency: Agency | None = None
    language: Language = Language.VI
    title: Line
    text: Text
    question: Annotated[str | None, Field(max_length=64)] = None


@dataclass(frozen=True)
class QuestionItem(QuestionRow):
    """A question in a list; `late`: support owes an answer, and the moment is over."""


@dataclass(frozen=True)
class AdviceView(AdviceRow):
    """An entry of the catalogue; no agency: it holds for every one."""


@dataclass(frozen=True)
class QuestionStatistics(QuestionFigures):
    """`share`: first answers that came in time, of those that came or are late; `median_s`: of those that came."""


@router.post(
    "/dossiers/{code}/questions",
    status_code=status.HTTP_201_CREATED,
    responses=openapi.answers(QuestionView, 201, described="asked"),
)
@needs("tasks:read")
async def ask(
    code: DossierCode, body: QuestionBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Ask support about a dossier of one's office; the first answer is owed within the hour, by the wall clock."""
    header = await seen(front, caller, code)
    if header.office not in caller.covers:
        raise Problem(403, "wrong-office", "clerks of the dossier's office ask")
    call = await request_id(front, caller, f"questions/{code}", key, body.model_dump(mode="json"))
    stuck = await front.stuck.of(code)
    said = Said(call, Side.CLERK, caller.subject, body.text, front.now())
    cause = Cause(stuck[0].cause) if stuck else None
    await front.questions.ask(code, header.office, said, _within(front), cause)
    return _shown(await known(front, caller, call))


@router.get("/questions", responses=openapi.answers(Page[QuestionItem]))
@needs("tasks:read", "support:read")
async def listing(
    caller: CallerDep,
    front: FrontDep,
    state: QuestionState | None = None,
    office: Office = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Questions: with `state=open` who is answered too late first on top, else the newest first."""
    mine = offices_of(caller, office)
    offices = frozenset({office}) if office is not None else mine
    page = await front.questions.listing(state, offices, front.now(), cursor=cursor, limit=limit)
    return {"items": [vars_of(row) for row in page.items], "next": page.next}


@router.get("/questions/{question}", responses=openapi.answers(QuestionView))
@needs("tasks:read", "support:read")
async def one(question: QuestionId, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """One question, with all that was said."""
    return _shown(await known(front, caller, question))


@router.post("/questions/{question}/messages", responses=openapi.answers(QuestionView))
@needs("tasks:read", "support:act")
async def say(
    question: QuestionId, body: AnswerBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep
) -> dict[str, Any]:
    """Support answers; a clerk's message opens the question again."""
    side = _side(caller, await known(front, caller, question))
    if side is Side.CLERK and body.cause is not None:
        message = "support says what it is about"
        wrong = ProblemItem(pointer="/cause", code="not-applicable", message=message)
        raise Problem(422, "invalid", message, [wrong])
    call = await request_id(front, caller, f"messages/{question}", key, body.model_dump(mode="json"))
    said = Said(call, side, caller.subject, body.text, front.now())
    await front.questions.say(question, said, _within(front), body.cause)
    return _shown(await known(front, caller, question))


@router.post("/questions/{question}/close", responses=openapi.answers(QuestionView))
@needs("tasks:read", "support:act")
async def close(question: QuestionId, key: IdempotencyKey, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """Nothing more is to be said."""
    _side(caller, await known(front, caller, question))
    await request_id(front, caller, f"close/{question}", key, {})
    await front.questions.close(question, front.now())
    return _shown(await known(front, caller, question))


@router.post(
    "/advice", status_code=status.HTTP_201_CREATED, responses=openapi.answers(AdviceView, 201, described="written")
)
@needs("support:act")
async def write(body: AdviceBody, key: IdempotencyKey, caller: CallerDep, front: FrontDep) -> dict[str, Any]:
    """Make an answer an entry of the catalogue; a text that names somebody of the dossier is refused."""
    asked = await known(front, caller, body.question) if body.question else None
    filing = await front.claims.filing(asked.dossier) if asked else None
    wrong = [_telling(name) for name in ("title", "text") if personal(getattr(body, name), filing)]
    if wrong:
        raise Problem(422, "personal-data", wrong[0].message, wrong)
    call = await request_id(front, caller, "advice", key, body.model_dump(mode="json"))
    entry = AdviceRow(
        id=call,
        cause=body.cause.value,
        agency=body.agency.value if body.agency else None,
        language=body.language.value,
        title=body.title,
        text=body.text,
        by=caller.subject,
        written_at=front.now(),
        question=body.question,
    )
    await front.catalogue.write(entry)
    return vars_of(await front.catalogue.get(call) or entry)


@router.get("/advice", responses=openapi.answers(Page[AdviceView]))
@needs("tasks:read", "support:read")
async def advice(
    caller: CallerDep, front: FrontDep, cause: Cause | None = None, agency: Agency | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """The catalogue, the newest first; entries for every agency stand beside one agency's own."""
    del caller  # it tells of nobody
    causes = None if cause is None else {cause.value}
    rows = await front.catalogue.about(causes, agency.value if agency else None, limit)
    return {"items": [vars_of(row) for row in rows], "next": None}


@router.get("/statistics/questions", responses=openapi.answers(QuestionStatistics))
@needs("statistics:read", "support:read")
async def statistics(
    caller: CallerDep, front: FrontDep, days: Annotated[int, Query(ge=1, le=366)] = DAYS
) -> dict[str, Any]:
    """How quickly questions of the last days had their first answer, and what waits now."""
    del caller  # figures name nobody
    now = front.now()
    return vars_of(await front.questions.figures(now - timedelta(days=days), now))


async def known(front: Front, caller: Caller, question: str) -> QuestionView:
    """The question, if this caller may see it."""
    found = await front.questions.get(question, front.now())
    if found is None or not (caller.sees_all_offices or found.office in caller.covers):
        raise Problem(404, "question-unknown", "there is no such question")
    return found


def _side(caller: Caller, question: QuestionView) -> Side:
    """Who speaks; whoever only looks does not."""
    if question.office in caller.covers:
        return Side.CLERK
    if caller.may("support:act"):
        return Side.SUPPORT
    raise Problem(403, "scope-missing", "only the office's clerks and support speak here")


def _within(front: Front) -> timedelta:
    return timedelta(seconds=front.settings.answer_within)


def _shown(question: QuestionView) -> dict[str, Any]:
    return question.model_dump(mode="json")


def _telling(name: str) -> ProblemItem:
    message = "names of persons, personal numbers and dossier codes do not belong into the catalogue"
    return ProblemItem(pointer=f"/{name}", code="personal-data", message=message)
