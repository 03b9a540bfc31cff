"""From what a portal sends to what a dossier starts from; every wrong field is named, at once."""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import ValidationError

from api.bodies import Attachment, FilingBody
from api.problems import Problem, items
from contracts.birth import BirthCase, BirthDeclaration, BirthFiling, PaperRef, ResidenceCase
from contracts.dossier import ProblemItem
from records.edge import Upload

PAPER_MOST = 5_000_000
MAGIC = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""PDF, JPEG, PNG (domain.md C.4)."""


def declared(declaration: BirthDeclaration, today: date) -> None:
    """Refuse what no clerk should have to look at, naming each field; raises a 422 problem."""
    wrong = [*_child(declaration, today), *_case(declaration)]
    if wrong:
        raise Problem(422, "invalid", "the declaration is not valid", wrong)


def _wrong(pointer: str, code: str, message: str) -> ProblemItem:
    return ProblemItem(pointer=pointer, code=code, message=message)


def _child(declaration: BirthDeclaration, today: date) -> Iterable[ProblemItem]:
    at = "/declaration"
    if declaration.child.born_on > today:
        yield _wrong(f"{at}/child/born_on", "in-the-future", "the child cannot be born in the future")
    if (declaration.birth_notice is None) == (declaration.substitute is None):
        message = "either the facility's birth notice or a substitute paper must be given, not both"
        yield _wrong(f"{at}/birth_notice", "one-of-two", message)
    notice = declaration.birth_notice
    if notice and notice.issued_on < declaration.child.born_on:
        yield _wrong(f"{at}/birth_notice/issued_on", "before-birth", "the notice cannot be older than the birth")
    for name, paper in (("birth_notice", notice), ("substitute", declaration.substitute)):
        if paper and paper.issued_on > today:
            yield _wrong(f"{at}/{name}/issued_on", "in-the-future", "no paper is issued in the future")


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


def filing(body: FilingBody, papers: tuple[PaperRef, ...]) -> BirthFiling:
    """What travels with the dossier."""
    return BirthFiling(applicant=body.applicant, declaration=body.declaration, papers=papers)


def supplemented(known: BirthFiling, changes: dict[str, Any], papers: Iterable[PaperRef], today: date) -> BirthFiling:
    """The filing with the citizen's changes merged in (RFC 7396) and checked as a whole, as when it was filed."""
    merged = _merge(known.declaration.model_dump(mode="json"), changes)
    try:
        declaration = BirthDeclaration.model_validate(merged)
    except ValidationError as err:
        found = [{**each, "loc": ("declaration", *each["loc"])} for each in err.errors(include_input=False)]
        raise Problem(422, "invalid", "the changed declaration is not valid", items(found)) from None
    declared(declaration, today)
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
