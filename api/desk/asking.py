"""What a dossier's page shows of its questions to support."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from api.deps import Front
from api.gate import Caller
from api.problems import Problem
from records.queries import Header

NEW = "new"


@dataclass(frozen=True)
class Entered:
    """What a form held: at which question, or at none yet."""

    at: str
    key: str
    message: str = ""


@dataclass(frozen=True)
class Tried(Entered):
    """A form that did not go through, and why."""

    problem: Problem | None = None


async def thread(front: Front, caller: Caller, header: Header, tried: Tried | None = None) -> dict[str, Any]:
    """The questions, and whether this caller asks; `mark` changes with what is shown."""
    found = await front.questions.of(header.code, front.now())
    told = repr([(each.id, each.state, each.late, len(each.messages)) for each in found])
    return {
        "code": header.code,
        "questions": found,
        "may_ask": caller.may("tasks:read") and header.office in caller.covers,
        "minutes": max(1, round(front.settings.answer_within / 60)),
        "keys": {each: uuid4().hex for each in (NEW, *(each.id for each in found))},
        "tried": tried,
        "mark": hashlib.sha256(told.encode()).hexdigest()[:16],
    }
