"""The birth certificate (Giấy khai sinh): what it says and how it becomes a PDF.

Fields and their order follow the form in the annex of Circular 04/2024/TT-BTP; what a certificate holds is said by
article 14 of Law 60/2014/QH13 on civil status.
"""

from contracts.base import Day, Line, Message, Name
from contracts.people import PartialDay
from documents.official import Form, OfficialPaper, Subject, subject_fields, typeset_paper, written, written_partial
from documents.words import date_in_words

FORM = Form("birth_certificate.typ", "giay-khai-sinh.json", "giấy khai sinh")
NOT_YET_ISSUED = "Chưa có (sẽ cấp sau)"


class Child(Subject):
    """Whose birth it is. `personal_id` is None until the population database has given one."""

    born_on: Day
    place_of_birth: Line
    hometown: Line


class Parent(Message):
    """Mother or father; of some only the year of birth is known."""

    full_name: Name
    born: PartialDay
    ethnicity: Name
    nationality: Name
    residence: Line


class BirthCertificate(OfficialPaper):
    """Everything that one version of a birth certificate says."""

    child: Child
    mother: Parent | None
    father: Parent | None
    replaces: Day | None = None
    """The day of the version that this one takes the place of."""


def render(certificate: BirthCertificate) -> bytes:
    """Set the certificate; equal records give equal bytes. Raises DocumentNotRendered."""
    child, replaced = certificate.child, certificate.replaces
    fields = {
        "child": {
            **subject_fields(child, unnumbered=NOT_YET_ISSUED),
            "born_on": written(child.born_on),
            "born_in_words": date_in_words(child.born_on),
            "place_of_birth": child.place_of_birth,
            "hometown": child.hometown,
        },
        "mother": _parent(certificate.mother),
        "father": _parent(certificate.father),
        "note": replaced and f"Bản này thay thế bản ngày {written(replaced)}.",
    }
    return typeset_paper(certificate, FORM, fields)


def _parent(parent: Parent | None) -> dict[str, str] | None:
    if parent is None:
        return None
    return {**parent.model_dump(), "full_name": parent.full_name.upper(), "born": written_partial(parent.born)}
