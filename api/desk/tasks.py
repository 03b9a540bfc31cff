"""One page a task: what is to be decided, on what, by when; after a decision the next open task."""

import base64
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import signatures, tasks
from api.bodies import ChoiceBody, RemoteSignature, ReviewBody, TokenSignature
from api.changes import changes
from api.deps import Front, FrontDep
from api.desk import holding, readiness
from api.desk.holding import Trouble
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.sight import ME, NOBODY, in_hand, offices_of
from api.web import history, lifecycle
from api.web.pages import language, render
from api.web.route import PageRoute
from api.web.telling import person, results, sections
from api.web.trouble import UNKNOWN, attempted
from api.web.words import words
from contracts.claims import Payment
from contracts.dossier import TaskKind, TaskState, TaskView
from contracts.tasks import Decision

SEE_OTHER = 303

router = APIRouter(prefix="/desk/tasks", route_class=PageRoute)
FORMS = r"^(review|decision|signature|claim|release|handover)$"
TaskId = Annotated[str, Path(max_length=100)]
Key = Annotated[str, Form(min_length=1, max_length=64)]
Text = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True)
class Tried:
    """A form that did not go through: its problem, and what was entered, so that nothing is typed twice."""

    form: str
    problem: Problem
    key: str
    entered: dict[str, Any]


@router.get("/{task_id}")
@needs("tasks:read")
async def show(
    request: Request,
    task_id: TaskId,
    caller: CallerDep,
    front: FrontDep,
    done: Annotated[str, Query(pattern=r"^[a-z]*$", max_length=20)] = "",
    trouble: Trouble = "",
) -> Response:
    """The task."""
    return await _page(request, task_id, caller, front, done=done, trouble=trouble)


@router.get("/{task_id}/{form}")
@needs("tasks:read")
async def again(task_id: TaskId, form: Annotated[str, Path(pattern=FORMS)]) -> Response:
    """Where a form's own address is opened anew, the task is meant."""
    del form
    return RedirectResponse(f"/desk/tasks/{task_id}", SEE_OTHER)


@router.post("/{task_id}/review")
@needs("tasks:act")
async def review(
    request: Request,
    task_id: TaskId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    decision: Annotated[Decision, Form()],
    reason: Text = "",
    reason_text: Text = "",
    documents: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Accept, ask for papers, or reject."""
    entered = {"reason": reason, "reason_text": reason_text, "documents": documents}
    given = {name: value for name, value in entered.items() if value}
    return await _decided(
        request,
        task_id,
        caller,
        front,
        Tried(decision, _invalid(), key, entered),
        lambda: tasks.review(task_id, ReviewBody(decision=decision, **given), key, caller, front),
    )


@router.post("/{task_id}/decision")
@needs("tasks:act")
async def decide(
    request: Request,
    task_id: TaskId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    choice: Text = "",
    reason: Text = "",
    method: Text = "",
    bank: Text = "",
    account: Text = "",
    holder: Text = "",
    place: Text = "",
) -> Response:
    """Choose a reading of the law, or say what becomes of money that came back."""
    way = {"method": method, "bank": bank, "account": account, "holder": holder, "place": place}
    entered = {"choice": choice, "reason": reason, **way}

    def act() -> Awaitable[Any]:
        told = {name: value for name, value in way.items() if value}
        payment = Payment.model_validate(told) if method else None
        body = ChoiceBody(choice=choice, reason=reason, payment=payment)
        return tasks.decide(task_id, body, key, caller, front)

    return await _decided(request, task_id, caller, front, Tried("decision", _invalid(), key, entered), act)


@router.post("/{task_id}/signature")
@needs("tasks:act")
async def sign(
    request: Request,
    task_id: TaskId,
    caller: CallerDep,
    front: FrontDep,
    key: Key,
    document_sha256: Text,
    pin: Annotated[str, Form(max_length=32)] = "",
    signed_pdf: UploadFile | None = None,
) -> Response:
    """Sign what was shown: by PIN at the signing service, or with a PDF that the own token has signed."""
    content = await signed_pdf.read() if signed_pdf is not None else b""

    def act() -> Awaitable[Any]:
        if content:
            told = base64.b64encode(content).decode()
            body: Any = TokenSignature(method="token", document_sha256=document_sha256, signed_pdf=told)
        else:
            body = RemoteSignature(method="remote", document_sha256=document_sha256, pin=pin)
        return signatures.sign(task_id, body, key, caller, front)

    entered = {"document_sha256": document_sha256}
    tried = Tried("token" if signed_pdf is not None else "remote", _invalid(), key, entered)
    return await _decided(request, task_id, caller, front, tried, act)


def _invalid() -> Problem:
    return Problem(422, "invalid", "the form is not complete")


async def _decided(request: Request, task_id: str, caller: Caller, front: Front, tried: Tried, act: Any) -> Response:  # noqa: ANN401  # makes the call
    try:
        problem = await attempted(act())
    except ValidationError:
        problem = tried.problem
    if problem is None:
        return RedirectResponse(await _next(front, caller, task_id), SEE_OTHER)
    # Only an unknown outcome keeps its key: the same button then finds what became of the first press.
    key = tried.key if problem.name == UNKNOWN else uuid4().hex
    return await _page(request, task_id, caller, front, tried=Tried(tried.form, problem, key, tried.entered))


async def _next(front: Front, caller: Caller, task_id: str) -> str:
    """The task of the same kind that will be late first: one of mine, else a free one; the list when there is none."""
    row = await front.queries.task(task_id)
    assert row is not None, "it was just decided"  # noqa: S101
    kind, offices = TaskKind(row.kind), offices_of(caller)
    blocked = await front.readiness.blocked(front.now(), offices) if kind is TaskKind.SIGNATURE else None
    for holder in (ME, NOBODY):
        page = await front.queries.tasks(
            offices=offices, kind=kind, state=TaskState.OPEN, blocked=blocked, limit=2, **in_hand(caller, holder)
        )
        others = [each.id for each in page.items if each.id != task_id]
        if others:
            return f"/desk/tasks/{others[0]}?done={kind}"
    return f"/desk?done={kind}"


async def _page(
    request: Request,
    task_id: str,
    caller: Caller,
    front: Front,
    *,
    tried: Tried | None = None,
    done: str = "",
    trouble: str = "",
) -> Response:
    row, state = await tasks.task_of(front, caller, task_id)
    task = tasks.shown(state, row)
    filing, entries = await front.claims.filing(state.code), await front.queries.journal(state.code)
    w = words(language(request))
    seen = tried.entered.get("document_sha256") if tried else None
    return render(
        request,
        "desk/task.html",
        tried.problem.status if tried else 200,
        task=task,
        state=state,
        name=person(filing),
        sections=sections(filing, w) if filing else [],
        papers=filing.papers if filing else (),
        answered={leg.kind: results(leg.result, w) for leg in state.legs},
        clock=history.clock(state, entries),
        journal=await history.journal(front, entries, w),
        signer=await readiness.ways(front, caller, task.office) if task.kind is TaskKind.SIGNATURE else None,
        path=lifecycle.path(state, entries, task.document),
        reading=_reading(task),
        site=front.settings.public_url,
        key=tried.key if tried else uuid4().hex,
        tried=tried,
        changed=await changes(front, state, seen, task.document) if seen and task.document else (),
        done=done,
        trouble=trouble,
        warnings=await readiness.warnings(front, caller),
        **await holding.shown(front, caller, row),
    )


def _reading(task: TaskView) -> list[dict[str, Any]]:
    """The readings to choose from: the payer's words are those of its code."""
    return [
        {
            "choice": each.choice,
            "code": each.choice.partition(".")[2] or each.choice,
            "amount": each.amount,
            "articles": each.articles,
        }
        for each in task.readings
    ]
