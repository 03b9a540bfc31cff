"""The death extract (Trích lục khai tử): what it says and how it becomes a PDF.

What the register holds of a death, and hence its extract, is said by article 4 of Decree 123/2015/ND-CP; the order of
fields follows the form in the annex of Circular 04/2024/TT-BTP.
"""

from typing import Annotated

from pydantic import StringConstraints

from contracts.base import Day, Line
from contracts.people import PartialDay
from documents.official import Form, OfficialPaper, Subject, subject_fields, typeset_paper, written, written_partial
from documents.words import date_in_words

FORM = Form("death_extract.typ", "trich-luc-khai-tu.json", "trích lục khai tử")
NO_NUMBER = "Không có"
UNKNOWN_RESIDENCE = "Không rõ"

Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Deceased(Subject):
    """Who died; of some only the month or the year of birth is known, of some no residence."""

    born: PartialDay
    last_residence: Line | None


class DeathExtract(OfficialPaper):
    """Everything that one version of a death extract says."""

    deceased: Deceased
    died_on: Day
    died_at: Hour | None = None
    """The hour in Viet Nam, where it is known."""
    place_of_death: Line
    cause: Line | None = None


def render(extract: DeathExtract) -> bytes:
    """Set the extract; equal records give equal bytes. Raises DocumentNotRendered."""
    deceased = extract.deceased
    fields = {
        "deceased": {
            **subject_fields(deceased, unnumbered=NO_NUMBER),
            "born": written_partial(deceased.born),
            "last_residence": deceased.last_residence or UNKNOWN_RESIDENCE,
            "last_residence_known": deceased.last_residence is not None,
        },
        "died_at": _moment(extract),
        "hour_known": extract.died_at is not None,
        "died_in_words": date_in_words(extract.died_on),
        "place_of_death": extract.place_of_death,
        "cause": extract.cause,
    }
    return typeset_paper(extract, FORM, fields)


def _moment(extract: DeathExtract) -> str:
    day = written(extract.died_on)
    if extract.died_at is None:
        return day
    hour, minute = extract.died_at.split(":")
    return f"{hour} giờ {minute} phút, ngày {day}"
