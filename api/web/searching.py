"""One box for everything that a dossier is found by: its code, somebody's number, somebody's name."""

import re

from pydantic import ValidationError

from api.bodies import SearchBody
from contracts.base import DOSSIER_CODE

PERSONAL_ID = re.compile(r"[0-9]{12}")


def asked(text: str) -> SearchBody | None:
    """What is looked for; none where nothing can be."""
    told = " ".join(text.split())
    digits = told.replace(" ", "").replace(".", "")
    try:
        if PERSONAL_ID.fullmatch(digits):
            return SearchBody(personal_id=digits)
        if re.fullmatch(DOSSIER_CODE, told.upper()):
            return SearchBody(code=told.upper())
        return SearchBody(name=told)
    except ValidationError:
        return None
