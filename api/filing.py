"""From what a portal sends to what a dossier starts from; every wrong field is named, at once."""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from api.bodies import Attachment, FilingBody
from api.problems import Problem, items
from contracts.birth import BirthCase, BirthDeclaration, ResidenceCase
from contracts.death import DeathDeclaration
from contracts.dossier import ProblemItem
from contracts.filings import FILINGS, Declaration, Filing
from contracts.people import PaperRef
from records.edge import Upload

LEGAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

PAPER_MOST = 5_000_000
MAGIC = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""PDF, JPEG, PNG (domain.md C.4)."""


def declared(declaration: Declaration, now: datetime) -> None:
    """Refuse what no clerk should have to look at, naming each field; raises a 422 problem."""
    match declaration:
        case BirthDeclaration():
            wrong = _birth(declaration, now.astimezone(LEGAL_ZONE).date())
        case DeathDeclaration():
            wrong = _death(declaration, now)
    if found := list(wrong):
        raise Problem(422, "invalid", "the declaration is not valid", found)


def _wrong(at: str, code: str, message: str) -> ProblemItem:
    return ProblemItem(pointer=at, code=code, message=message)


def _birth(declaration: BirthDeclaration, today: date) -> Iterable[ProblemItem]:
    at = "/declaration"
    if declaration.child.born_on > today:
        yield _wrong(f"{at}/child/born_on", "in-the-future", "the child cannot be born in the future")
    if (declaration.birth_notice is None) == (declaration.substitute is None):
        message = "either the facility's birth notice or a substitute paper must be given, not both"
        yield _wrong(f"{at}/birth_notice", "one-of-two", message)
    notice = declaration.birth_notice
    if notice and notice.issued_on < declaration.child.born_on:
        yield _wrong(f"{at}/birth_notice/issued_on", "before-birth", "the notice cannot be older than the birth")
    papers = {"birth_notice": notice, "substitute": declaration.substitute}
    yield from _future({f"{at}/{name}/issued_on": paper.issued_on for name, paper in papers.items() if paper}, today)
    yield from _case(declaration)


def _case(declaration: BirthDeclaration) -> Iterable[ProblemItem]:
    at = "/declaration"
    if declaration.case is not BirthCase.BOTH_PARENTS:
        yield _wrong(f"{at}/case", "case-not-supported", "only births with both parents known can be filed here")
    else:
        for name in ("mother", "father"):
            if getattr(declaration, name) is None:
                yield _wrong(f"{at}/{name}", "missing", "this case needs both parents")
    if declaration.residence.case is not ResidenceCase.PARENTS_OWN:
        message = "only residence in the parents' own dwelling can be filed here"
        yield _wrong(f"{at}/residence/case", "case-not-supported", message)


def _death(declaration: DeathDeclaration, now: datetime) -> Iterable[ProblemItem]:
    """A notice older than the death is left to the clerk: it may be the date of death that is wrong."""
    at, today = "/declaration", now.astimezone(LEGAL_ZONE).date()
    died_at = declaration.died_at
    if died_at > now if isinstance(died_at, datetime) else died_at > today:
        yield _wrong(f"{at}/died_at", "in-the-future", "the death cannot lie in the future")
    papers = {"death_notice": declaration.death_notice, "substitute": declaration.substitute}
    days = {f"{at}/{name}/issued_on": paper.issued_on for name, paper in papers.items() if paper and paper.issued_on}
    if benefits := declaration.benefits:
        days |= {f"{at}/benefits/survivors/{n}/born_on": each.born_on for n, each in enumerate(benefits.survivors)}
        buried_on = benefits.burial.buried_on
        if buried_on and buried_on < declaration.died_on:
            yield _wrong(f"{at}/benefits/burial/buried_on", "before-death", "nobody is buried before the death")
    yield from _future(days, today)


def _future(days: dict[str, date], today: date) -> Iterable[ProblemItem]:
    for at, day in days.items():
        if day > today:
            yield _wrong(at, "in-the-future", "this day cannot lie in the future")


def no_office(successor: str | None) -> Problem:
    """Why nothing can be filed at an office: there is none, or another one carries on its work."""
    if successor is None:
        wrong = _wrong("/office", "unknown", "there is no such office")
        return Problem(422, "invalid", "the office is unknown", [wrong])
    wrong = _wrong("/office", "office-over", f"this office is over; {successor} carries on its work")
    return Problem(422, "invalid", "the office is over", [wrong], successor=successor)


def uploads(attachments: Iterable[Attachment]) -> list[Upload]:
    """The papers' bytes; raises a 422 problem for what is not what it says."""
    papers, wrong = [], []
    for index, paper in enumerate(attachments):
        at = f"/attachments/{index}"
        try:
            content = base64.b64decode(paper.content_base64, validate=True)
        except (binascii.Error, ValueError):
            wrong.append(_wrong(f"{at}/content_base64", "not-base64", "the content is not base64"))
            continue
        if len(content) > PAPER_MOST:
            wrong.append(_wrong(f"{at}/content_base64", "too-large", "a paper may have 5 MB at most"))
        elif hashlib.sha256(content).hexdigest() != paper.sha256:
            wrong.append(_wrong(f"{at}/sha256", "hash-differs", "the content has another SHA-256"))
        elif not content.startswith(MAGIC):
            wrong.append(_wrong(f"{at}/content_base64", "kind-not-accepted", "only PDF, JPEG and PNG are accepted"))
        else:
            papers.append(Upload(kind=paper.kind, name=paper.name, sha256=paper.sha256, content=content))
    if wrong:
        raise Problem(422, "invalid", "an attachment is not valid", wrong)
    return papers


def canonical(body: FilingBody) -> dict[str, Any]:
    """What a repeat is compared with: the whole filing, attachments by hash."""
    return body.model_dump(mode="json", exclude={"attachments": {"__all__": {"content_base64"}}})


def filing(body: FilingBody, papers: tuple[PaperRef, ...]) -> Filing:
    """What travels with the dossier."""
    told = {"applicant": body.applicant, "declaration": body.declaration, "papers": papers}
    return FILINGS[body.group].model_validate(told)


def supplemented(known: Filing, changes: dict[str, Any], papers: Iterable[PaperRef], now: datetime) -> Filing:
    """The filing with the citizen's changes merged in (RFC 7396) and checked as a whole, as when it was filed."""
    merged = _merge(known.declaration.model_dump(mode="json"), changes)
    try:
        declaration = type(known.declaration).model_validate(merged)
    except ValidationError as err:
        found = [{**each, "loc": ("declaration", *each["loc"])} for each in err.errors(include_input=False)]
        raise Problem(422, "invalid", "the changed declaration is not valid", items(found)) from None
    declared(declaration, now)
    return known.model_copy(update={"declaration": declaration, "papers": (*known.papers, *papers)})


def _merge(target: Any, patch: Any) -> Any:  # noqa: ANN401  # JSON
    if not isinstance(patch, dict):
        return patch
    base = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            base.pop(key, None)
        else:
            base[key] = _merge(base.get(key), value)
    return base
