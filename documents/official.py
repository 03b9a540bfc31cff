"""What every official document here says alike: who issues it, whom it is about, where the register has it."""

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StringConstraints

from contracts.base import Day, DossierCode, Instant, Line, Message, Name, PersonalId
from contracts.people import PartialDay
from documents.typesetting import Attachment, typeset

_SEXES = {"male": "Nam", "female": "Nữ"}

Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=500)]


class Subject(Message):
    """Whom a document is about; some people have no personal number, or none yet."""

    full_name: Name
    sex: Literal["male", "female"]
    ethnicity: Name
    nationality: Name
    personal_id: PersonalId | None = None


class Requester(Message):
    """Who came to register; `identity` names the paper shown, such as "Căn cước số …"."""

    full_name: Name
    relation: Name
    identity: Line | None = None


class OfficialPaper(Message):
    """What one version of any document says of itself and of the register's line."""

    document_id: Name
    version: Annotated[int, Field(ge=1)] = 1
    dossier: DossierCode
    office: Line
    """Who issues it, in full: "Ủy ban nhân dân phường …, thành phố …"."""
    office_place: Line
    """Where it is issued, for the dateline: "Hà Nội"."""
    register_number: Name
    book: Name
    page: Name
    registered_on: Day
    requester: Requester
    signer_title: Line = "CHỦ TỊCH"
    signer_name: Name | None = None
    issued_at: Instant
    verify_url: Url


class Form(NamedTuple):
    """How one kind of document is laid out, and under which name it carries its record."""

    template: str
    attachment: str
    words: str
    """What the document is called, in lower case."""


def typeset_paper(paper: OfficialPaper, form: Form, fields: Mapping[str, object]) -> bytes:
    """Set a document as PDF/A-3a, PDF/UA-1 with the record attached; equal records give equal bytes.

    `fields`: what this kind says beyond every other. Raises DocumentNotRendered.
    """
    attachment = Attachment(
        name=form.attachment,
        description=f"Dữ liệu của {form.words} này, để máy đọc",
        data=paper.model_dump_json(indent=2).encode(),
    )
    said = {**_of_any(paper), **fields}
    return typeset(form.template, said, attachment=attachment, verify_url=paper.verify_url, at=paper.issued_at)


def subject_fields(subject: Subject, *, unnumbered: str) -> dict[str, object]:
    """What is said of anybody a document is about; `unnumbered`: what stands in place of a missing number."""
    return {
        "full_name": subject.full_name.upper(),
        "sex": _SEXES[subject.sex],
        "ethnicity": subject.ethnicity,
        "nationality": subject.nationality,
        "personal_id": subject.personal_id or unnumbered,
        "personal_id_known": subject.personal_id is not None,
    }


def written(day: Day) -> str:
    """A day in figures."""
    return f"{day:%d/%m/%Y}"


def written_partial(day: PartialDay) -> str:
    """A day in figures, or as much of it as is known: "04/1941", "1941"."""
    return "/".join(reversed(day.split("-")))


def _of_any(paper: OfficialPaper) -> dict[str, object]:
    requester, registered = paper.requester, paper.registered_on
    return {
        "document": f"{paper.document_id} · phiên bản {paper.version}",
        "dossier": paper.dossier,
        "office": paper.office,
        "dateline": f"{paper.office_place}, ngày {registered:%d} tháng {registered:%m} năm {registered:%Y}",
        "number": paper.register_number,
        "book": paper.book,
        "page": paper.page,
        "registered_on": written(registered),
        "requester": {**requester.model_dump(), "full_name": requester.full_name.upper()},
        "signer_title": paper.signer_title.upper(),
        "signer_name": paper.signer_name,
        "note": None,
    }
