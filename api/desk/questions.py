"""A clerk asks support on the dossier's page, reads the answer there as it comes, and asks on."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import questions
from api.deps import Front, FrontDep
from api.desk import dossiers
from api.desk.asking import NEW, Entered, Tried, thread
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.questions import AnswerBody, QuestionBody
from api.sight import seen
from api.web.pages import render
from api.web.route import PageRoute
from api.web.trouble import UNKNOWN, attempted
from contracts.base import DOSSIER_CODE

SEE_OTHER = 303

router = APIRouter(prefix="/desk/dossiers", route_class=PageRoute)
Code = Annotated[str, Path(pattern=DOSSIER_CODE)]
QuestionId = Annotated[str, Form(max_length=64)]
Key = Annotated[str, Form(min_length=1, max_length=64)]
Text = Annotated[str, Form(max_length=4000)]


@router.get("/{code}/questions")
@needs("tasks:read", "support:read")
async def live(
    request: Request, code: Code, caller: CallerDep, front: FrontDep, seen_: Annotated[str, Query(alias="seen")] = ""
) -> Response:
    """The questions alone, for a page that is open; nothing where nothing has changed."""
    shown = await thread(front, caller, await seen(front, caller, code))
    if shown["mark"] == seen_:
        return Response(status_code=204)
    return render(request, "desk/questions.html", **shown)


@router.post("/{code}/ask")
@needs("tasks:read")
async def ask(
    request: Request, code: Code, caller: CallerDep, front: FrontDep, key: Key, message: Text = ""
) -> Response:
    """Ask support."""
    asking = _said(lambda: questions.ask(code, QuestionBody(text=message), key, caller, front))
    return await _after(request, front, caller, code, Entered(NEW, key, message), asking)


@router.post("/{code}/say")
@needs("tasks:read")
async def say(  # a form's fields
    request: Request,
    code: Code,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    question: QuestionId,
    message: Text = "",
) -> Response:
    """Say more, which opens the question again."""
    saying = _said(lambda: questions.say(question, AnswerBody(text=message), key, caller, front))
    return await _after(request, front, caller, code, Entered(question, key, message), saying)


@router.post("/{code}/settle")
@needs("tasks:read")
async def settle(
    request: Request, code: Code, caller: CallerDep, front: FrontDep, key: Key, question: QuestionId
) -> Response:
    """It is answered."""
    closing = questions.close(question, key, caller, front)
    return await _after(request, front, caller, code, Entered(question, key), closing)


async def _said(act: Callable[[], Awaitable[Any]]) -> None:
    try:
        await act()
    except ValidationError:
        raise Problem(422, "invalid", "something is to be written") from None


async def _after(
    request: Request, front: Front, caller: Caller, code: str, entered: Entered, act: Awaitable[Any]
) -> Response:
    """Back to the dossier; where it did not go through, its page with what was written."""
    problem = await attempted(act)
    if problem is None:
        return RedirectResponse(f"/desk/dossiers/{code}#questions", SEE_OTHER)
    key = entered.key if problem.name == UNKNOWN else uuid4().hex
    tried = Tried(entered.at, key, entered.message, problem)
    return await dossiers.page(request, front, caller, code, tried)
