"""Many documents under one PIN: choose them, see each as it will be signed, authorise once, a receipt each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import signatures
from api.answers import ReceiptStatus, SignatureReceipt
from api.bodies import BATCH_MOST, BatchItem, SignaturesBody
from api.deps import Front, FrontDep
from api.desk import readiness
from api.desk.chosen import Chosen, Mark, Standing, ToSign, document_of, problem_name, read, receipts_file, to_sign
from api.desk.inbox import press
from api.gate import Caller, CallerDep, needs
from api.problems import Problem
from api.web.pages import language, render
from api.web.route import PageRoute
from api.web.telling import sections
from api.web.trouble import attempted
from api.web.words import words
from contracts.dossier import TaskKind, TaskState

LISTED = 100
"""So many are listed to choose from, the most urgent ones; the others follow once these are signed."""
SEE_OTHER = 303

router = APIRouter(prefix="/desk/batch", route_class=PageRoute)
Items = Annotated[tuple[str, ...], Form(max_length=LISTED)]


class Step(StrEnum):
    """What was pressed below a document."""

    RIGHT = "right"
    OUT = "out"
    BACK = "back"
    NEXT = "next"
    STOP = "stop"
    HERE = ""


@dataclass(frozen=True)
class Line:
    """A document in the list to choose from. `press`: late, soon, today or later; `held`: somebody else has it."""

    document: ToSign
    press: str
    held: bool
    picked: bool


@dataclass(frozen=True)
class Picked:
    """A document that was chosen, and how it stands now."""

    chosen: Chosen
    document: ToSign
    standing: Standing


@router.get("")
@needs("tasks:act")
async def choose(
    request: Request, caller: CallerDep, front: FrontDep, pick: Annotated[Literal["all", "none"], Query()] = "all"
) -> Response:
    """Documents that wait for the caller's signature, the most urgent ones chosen."""
    return await _choosing(request, caller, front, all_of_them=pick == "all")


@router.get("/{form}")
@needs("tasks:act")
async def anew(form: Literal["see", "sign"]) -> Response:
    """Where a form's own address is opened anew, choosing begins again."""
    del form
    return RedirectResponse("/desk/batch", SEE_OTHER)


@router.post("/see")
@needs("tasks:act")
async def see(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    item: Items = (),
    at: Annotated[int, Form(ge=0, le=BATCH_MOST)] = 0,
    shown: Annotated[str, Form(pattern=r"^([0-9a-f]{64})?$")] = "",
    step: Annotated[Step, Form()] = Step.HERE,
) -> Response:
    """One document after another; after the last, what is to be signed."""
    if not 0 < len(item) <= BATCH_MOST:
        return await _choosing(request, caller, front, picked=item)
    chosen = read(item)
    if step in {Step.RIGHT, Step.OUT} and shown and at < len(chosen):
        chosen[at] = replace(chosen[at], sha256=shown, mark=Mark(step))
    goes_to = {Step.HERE: at, Step.BACK: max(0, at - 1), Step.STOP: len(chosen)}.get(step, at + 1)
    if goes_to < len(chosen):
        return await _seeing(request, caller, front, chosen, goes_to)
    return await _authorising(request, caller, front, chosen, uuid4().hex)


@router.post("/sign")
@needs("tasks:act")
async def sign(
    request: Request,
    caller: CallerDep,
    front: FrontDep,
    key: Annotated[str, Form(min_length=1, max_length=64)],
    item: Items,
    pin: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Sign what was seen and found right, in order, until the first that is refused."""
    chosen, receipts = read(item), list[SignatureReceipt]()

    async def act() -> None:
        items = tuple(BatchItem(task=each.task, document_sha256=each.sha256) for each in _right(chosen))
        body = SignaturesBody(method="remote", pin=pin, items=items)
        receipts.extend((await signatures.sign_many(body, key, caller, front)).items)

    try:
        problem = await attempted(act())
    except ValidationError:
        problem = Problem(422, "invalid", "the form is not complete")
    if problem is not None:  # the same key: what was signed before the trouble is found again, not signed again
        return await _authorising(request, caller, front, chosen, key, problem)
    return await _told(request, caller, front, chosen, receipts)


def _right(chosen: Sequence[Chosen]) -> list[Chosen]:
    return [each for each in chosen if each.mark is Mark.RIGHT]


async def _choosing(
    request: Request, caller: Caller, front: Front, *, all_of_them: bool = False, picked: Sequence[str] | None = None
) -> Response:
    """`picked`: what a form carried that cannot go on, for it has none or too many."""
    offices, now = await signatures.signs_for(front, caller), front.now()
    blocked = await front.readiness.blocked(now, offices)
    waiting: dict[str, Any] = {"offices": offices, "kind": TaskKind.SIGNATURE, "limit": LISTED, "blocked": blocked}
    page = await front.queries.tasks(state=TaskState.OPEN, **waiting)
    stuck = await front.queries.tasks(state=TaskState.BLOCKED, **waiting) if blocked else None
    told = {each.partition("/")[0] for each in picked or ()}
    free = [row.id for row in page.items if row.holder is None or row.holder.person == caller.subject]
    ticked = told if picked is not None else set(free[:BATCH_MOST] if all_of_them else ())
    lines = []
    for row in page.items:
        state = await front.queries.view(row.dossier, now)
        assert state is not None, "a task's dossier was written with it"  # noqa: S101
        document = await document_of(front, row, state)
        lines.append(Line(document, press(row, now), row.id not in free, row.id in ticked))
    return render(
        request,
        "desk/batch.html",
        200 if picked is None else 422,
        lines=lines,
        first=min(len(free), BATCH_MOST),
        more=page.next is not None,
        offices=offices,
        warnings=[each for each in await readiness.warnings(front, caller) if each.code in offices],
        blocked=f"{len(stuck.items)}{'+' if stuck.next else ''}" if stuck and stuck.items else "",
        most=BATCH_MOST,
        wrong=None if picked is None else len(picked),
    )


async def _seeing(request: Request, caller: Caller, front: Front, chosen: Sequence[Chosen], at: int) -> Response:
    document = await to_sign(front, caller, chosen[at].task)
    w = words(language(request))
    return render(
        request,
        "desk/batch_see.html",
        chosen=chosen,
        at=at,
        document=document,
        right=len(_right(chosen)),
        sections=sections(document.filing, w) if document.filing else [],
        papers=document.filing.papers if document.filing else (),
    )


async def _authorising(
    request: Request, caller: Caller, front: Front, chosen: Sequence[Chosen], key: str, problem: Problem | None = None
) -> Response:
    """What is to be signed, and how each stands: after trouble, some may be signed already."""
    picked = []
    for each in _right(chosen):
        document = await to_sign(front, caller, each.task)
        picked.append(Picked(each, document, document.standing(each, caller.subject)))
    return render(
        request,
        "desk/batch_authorise.html",
        problem.status if problem else 200,
        chosen=chosen,
        picked=picked,
        signed=sum(each.standing is Standing.SIGNED for each in picked),
        out=sum(each.mark is Mark.OUT for each in chosen),
        unseen=sum(each.mark is Mark.UNSEEN for each in chosen),
        key=key,
        problem=problem,
    )


async def _told(
    request: Request, caller: Caller, front: Front, chosen: Sequence[Chosen], receipts: Sequence[SignatureReceipt]
) -> Response:
    documents = [await to_sign(front, caller, each.task) for each in receipts]
    untouched = {each.task for each in receipts if each.status is ReceiptStatus.UNTOUCHED}
    shown: dict[str, Any] = {
        "told": [(*each, problem_name(each[1])) for each in zip(documents, receipts, strict=True)],
        "counts": [(status, sum(each.status is status for each in receipts)) for status in ReceiptStatus],
        "rest": [each for each in chosen if each.task in untouched],
        "file": receipts_file(documents, receipts, words(language(request))),
    }
    return render(request, "desk/batch_receipts.html", **shown)
