"""Clerks' questions: whom to answer first, one thread with its answer, and the answer made an entry for the next."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import questions
from api.deps import Front, FrontDep
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.questions import AdviceBody, AnswerBody
from api.web.pages import render
from api.web.route import PageRoute
from api.web.trouble import UNKNOWN, attempted
from api.web.words import Language
from contracts.agencies import Agency
from contracts.causes import Cause
from contracts.questions import QuestionState, QuestionView, Side

ROWS = 25
SEE_OTHER = 303
SAY, ADVISE = "say", "advise"

router = APIRouter(prefix="/support/questions", route_class=PageRoute)
QuestionId = Annotated[str, Path(max_length=64)]
Key = Annotated[str, Form(min_length=1, max_length=64)]
Text = Annotated[str, Form(max_length=4000)]
Code = Annotated[str, Form(max_length=40)]
Mark = Annotated[str, Query(max_length=64)]
State = Annotated[str, Query(max_length=20)]
Cursor = Annotated[str, Query(max_length=400)]


@dataclass(frozen=True)
class Tried:
    """A form that did not go through: which, why, and what was entered, so that nothing is typed twice."""

    form: str
    problem: Problem
    entered: dict[str, str] = field(default_factory=dict)


@router.get("")
@needs("support:read")
async def listing(
    request: Request, caller: CallerDep, front: FrontDep, state: State = QuestionState.OPEN, cursor: Cursor = ""
) -> Response:
    """The list, and how quickly answers came."""
    shown = await _listed(front, caller, state, cursor)
    figures = await questions.statistics(caller, front)
    days = questions.DAYS
    return render(request, "console/questions.html", figures=figures, days=days, states=QuestionState, **shown)


@router.get("/rows")
@needs("support:read")
async def rows(
    request: Request, caller: CallerDep, front: FrontDep, state: State = "", cursor: Cursor = "", seen: Mark = ""
) -> Response:
    """The list alone, for a page that is open; nothing where nothing has changed."""
    shown = await _listed(front, caller, state, cursor)
    if shown["mark"] == seen:
        return Response(status_code=204)
    return render(request, "console/question_rows.html", **shown)


@router.get("/{question}")
@needs("support:read")
async def one(
    request: Request,
    question: QuestionId,
    caller: CallerDep,
    front: FrontDep,
    done: Annotated[str, Query(pattern=r"^(entry)?$")] = "",
) -> Response:
    """One thread, and the advice that there is."""
    return await _page(request, front, caller, question, done=done)


@router.get("/{question}/thread")
@needs("support:read")
async def thread(
    request: Request, question: QuestionId, caller: CallerDep, front: FrontDep, seen: Mark = ""
) -> Response:
    """What was said, for a page that is open; nothing where nothing has changed."""
    found = await questions.known(front, caller, question)
    if _mark(found) == seen:
        return Response(status_code=204)
    return render(request, "console/question_thread.html", question=found, mark=_mark(found))


@router.post("/{question}/answer")
@needs("support:act")
async def answer(  # a form's fields
    request: Request,
    question: QuestionId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    message: Text = "",
    cause: Code = "",
) -> Response:
    """Answer, and say what it is about."""

    def say() -> Awaitable[Any]:
        body = AnswerBody.model_validate({"text": message, "cause": cause or None})
        return questions.say(question, body, key, caller, front)

    entered = {"key": key, "message": message, "cause": cause}
    return await _after(request, front, caller, question, SAY, entered, say)


@router.post("/{question}/close")
@needs("support:act")
async def close(request: Request, question: QuestionId, caller: CallerDep, front: FrontDep, key: Key) -> Response:
    """Nothing more is to be said."""
    entered = {"key": key}
    return await _after(
        request, front, caller, question, SAY, entered, lambda: questions.close(question, key, caller, front)
    )


@router.post("/{question}/advice")
@needs("support:act")
async def advise(  # a form's fields
    request: Request,
    question: QuestionId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    cause: Code = "",
    agency: Code = "",
    language: Code = Language.VI,
    title: Text = "",
    text: Text = "",
) -> Response:
    """Make it an entry of the catalogue."""
    told = {"cause": cause, "agency": agency or None, "language": language, "title": title, "text": text}

    def write() -> Awaitable[Any]:
        return questions.write(AdviceBody.model_validate({**told, "question": question}), key, caller, front)

    entered = {name: value or "" for name, value in told.items()} | {"key": key}
    return await _after(request, front, caller, question, ADVISE, entered, write)


async def _after(  # one form
    request: Request,
    front: Front,
    caller: Caller,
    question: str,
    form: str,
    entered: dict[str, str],
    act: Callable[[], Awaitable[Any]],
) -> Response:
    problem = await attempted(_valid(act))
    if problem is None:
        done = "?done=entry" if form == ADVISE else ""
        return RedirectResponse(f"/support/questions/{question}{done}", SEE_OTHER)
    if problem.name != UNKNOWN:
        entered = {**entered, "key": uuid4().hex}
    return await _page(request, front, caller, question, Tried(form, problem, entered))


async def _valid(act: Callable[[], Awaitable[Any]]) -> None:
    try:
        await act()
    except ValidationError:
        raise Problem(422, "invalid", "the form is not complete") from None


async def _page(  # a page and the form on it that did not go through
    request: Request, front: Front, caller: Caller, question: str, tried: Tried | None = None, done: str = ""
) -> Response:
    found = await questions.known(front, caller, question)
    status = tried.problem.status if tried else 200
    return render(
        request,
        "console/question.html",
        status,
        question=found,
        mark=_mark(found),
        advice=await front.catalogue.about({found.cause.value}) if found.cause else [],
        said=_entered(SAY, tried, {"message": "", "cause": found.cause or ""}),
        told=_entered(ADVISE, tried, _draft(found)),
        closing=uuid4().hex,
        tried=tried,
        done=done,
        causes=Cause,
        agencies=Agency,
        languages=Language,
        may_act=caller.may("support:act"),
    )


async def _listed(front: Front, caller: Caller, state: str, cursor: str) -> dict[str, Any]:
    chosen = QuestionState(state) if state in set(QuestionState) else None
    page = await questions.listing(caller, front, state=chosen, cursor=cursor or None, limit=ROWS)
    told = repr([(each["id"], each["state"], each["late"], each["due_at"]) for each in page["items"]])
    mark = hashlib.sha256(told.encode()).hexdigest()[:16]
    return {"items": page["items"], "next": page["next"], "state": chosen, "cursor": cursor, "mark": mark}


def _entered(form: str, tried: Tried | None, empty: dict[str, str]) -> dict[str, str]:
    """What a form shows: what was entered into it, or what it begins with."""
    return {"key": uuid4().hex, **empty, **(tried.entered if tried and tried.form == form else {})}


def _draft(question: QuestionView) -> dict[str, str]:
    """The entry that the last answer would be."""
    answers = [each.text for each in question.messages if each.side is Side.SUPPORT]
    text = answers[-1] if answers else ""
    return {"cause": question.cause or "", "agency": "", "language": Language.VI, "title": "", "text": text}


def _mark(question: QuestionView) -> str:
    return f"{question.state}.{len(question.messages)}.{question.cause}.{'late' if question.late else 'soon'}"
