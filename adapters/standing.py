"""How a case stands at an agency: asked by key, or a whole day of them; one form serves every agency."""

import re
from typing import Literal
from urllib.parse import quote

from pydantic import AwareDatetime, TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp
from contracts.base import DOSSIER_CODE, Sha256
from contracts.standings import DayAnswer, DayLine, DayQuestion, Standing, StandingAnswer, StandingQuestion


class _Told(wire.Reply):
    key: str
    standing: Literal["unknown", "pending", "granted", "refused"]
    since: AwareDatetime | None = None
    reference: str | None = None
    reason: str | None = None
    result: dict[str, Sha256] | None = None


class _Line(wire.Reply):
    dossier: str
    key: str
    standing: Literal["pending", "granted", "refused"]
    at: AwareDatetime | None = None


class _Day(wire.Reply):
    lines: list[_Line]
    cursor: int | None = None


TOLD, DAY = TypeAdapter(_Told), TypeAdapter(_Day)


class StandingAdapter:
    """Asks; nothing that it does has an effect."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def standing(self, question: StandingQuestion) -> StandingAnswer:
        """What the agency has under a key."""
        told = (await self._http.ask(f"/standings/{quote(question.key, safe='')}", question.dossier)).read(TOLD)
        return StandingAnswer(
            key=question.key,
            standing=Standing(told.standing),
            since=told.since,
            reference=told.reference,
            reason=told.reason,
            result=told.result or {},
        )

    async def day(self, question: DayQuestion) -> DayAnswer:
        """One page of a day; what is under no code of ours is other people's."""
        where = f"/standings?day={question.day.isoformat()}&cursor={question.cursor or '0'}"
        told = (await self._http.ask(where)).read(DAY)
        lines = tuple(
            DayLine(dossier=each.dossier, key=each.key, standing=Standing(each.standing), at=each.at)
            for each in told.lines
            if re.fullmatch(DOSSIER_CODE, each.dossier)
        )
        return DayAnswer(lines=lines, cursor=None if told.cursor is None else str(told.cursor))
