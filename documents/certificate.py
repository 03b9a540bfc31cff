"""The birth certificate (Giấy khai sinh): what it says and how it becomes a PDF.

Fields and their order follow the form in the annex of Circular 04/2024/TT-BTP; what a certificate holds is said by
article 14 of Law 60/2014/QH13 on civil status.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.base import Day, DossierCode, Instant, Line, Message, Name, PersonalId
from documents.typesetting import Attachment, typeset
from documents.words import date_in_words

TEMPLATE = "birth_certificate.typ"
ATTACHMENT = "giay-khai-sinh.json"
NOT_YET_ISSUED = "Chưa có (sẽ cấp sau)"
_SEXES = {"male": "Nam", "female": "Nữ"}

Year = Annotated[int, Field(ge=1850, le=2200)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=500)]


class Child(Message):
    """Whose birth it is. `personal_id` is None until the population database has given one."""

    full_name: Name
    sex: Literal["male", "female"]
    born_on: Day
    place_of_birth: Line
    hometown: Line
    ethnicity: Name
    nationality: Name
    personal_id: PersonalId | None = None


class Parent(Message):
    """Mother or father; of some only the year of birth is known."""

    full_name: Name
    born: Day | Year
    ethnicity: Name
    nationality: Name
    residence: Line


class Requester(Message):
    """Who came to register; `identity` names the paper shown, such as "Căn cước số …"."""

    full_name: Name
    relation: Name
    identity: Line | None = None


class BirthCertificate(Message):
    """Everything that one version of a birth certificate says."""

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
    child: Child
    mother: Parent | None
    father: Parent | None
    requester: Requester
    signer_title: Line = "CHỦ TỊCH"
    signer_name: Name | None = None
    issued_at: Instant
    verify_url: Url
    replaces: Day | None = None
    """The day of the version that this one takes the place of."""


def render(certificate: BirthCertificate) -> bytes:
    """Set the certificate as PDF/A-3a, PDF/UA-1 with the record attached; equal records give equal bytes.

    Raises DocumentNotRendered.
    """
    attachment = Attachment(
        name=ATTACHMENT,
        description="Dữ liệu của giấy khai sinh này, để máy đọc",
        data=certificate.model_dump_json(indent=2).encode(),
    )
    return typeset(
        TEMPLATE,
        _fields(certificate),
        attachment=attachment,
        verify_url=certificate.verify_url,
        at=certificate.issued_at,
    )


def _fields(certificate: BirthCertificate) -> dict[str, object]:
    child, requester = certificate.child, certificate.requester
    replaced = certificate.replaces and f"Bản này thay thế bản ngày {_day(certificate.replaces)}."
    return {
        "document": f"{certificate.document_id} · phiên bản {certificate.version}",
        "dossier": certificate.dossier,
        "office": certificate.office,
        "dateline": f"{certificate.office_place}, {_dateline(certificate.registered_on)}",
        "number": certificate.register_number,
        "book": certificate.book,
        "page": certificate.page,
        "registered_on": _day(certificate.registered_on),
        "child": {
            "full_name": child.full_name.upper(),
            "sex": _SEXES[child.sex],
            "born_on": _day(child.born_on),
            "born_in_words": date_in_words(child.born_on),
            "place_of_birth": child.place_of_birth,
            "hometown": child.hometown,
            "ethnicity": child.ethnicity,
            "nationality": child.nationality,
            "personal_id": child.personal_id or NOT_YET_ISSUED,
            "personal_id_issued": child.personal_id is not None,
        },
        "mother": _parent(certificate.mother),
        "father": _parent(certificate.father),
        "requester": {**requester.model_dump(), "full_name": requester.full_name.upper()},
        "signer_title": certificate.signer_title.upper(),
        "signer_name": certificate.signer_name,
        "note": replaced,
    }


def _parent(parent: Parent | None) -> dict[str, str] | None:
    if parent is None:
        return None
    born = str(parent.born) if isinstance(parent.born, int) else _day(parent.born)
    return {**parent.model_dump(exclude={"born"}), "full_name": parent.full_name.upper(), "born": born}


def _day(day: Day) -> str:
    return f"{day:%d/%m/%Y}"


def _dateline(day: Day) -> str:
    return f"ngày {day:%d} tháng {day:%m} năm {day:%Y}"
