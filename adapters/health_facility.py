"""Health facilities: the notices of birth and death that a facility sent."""

from typing import Literal

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.birth_steps import BirthNoticeFacts, BirthNoticeFound, BirthNoticeLookup
from contracts.death import DeathNoticeFacts, DeathNoticeFound
from contracts.death_steps import DeathNoticeLookup
from contracts.people import Sex


class _Notice(wire.Reply):
    maGCS: str  # noqa: N815  # the partner's own names, here and below
    soDinhDanhMe: str | None = None  # noqa: N815
    ngaySinh: wire.CompactDay  # noqa: N815
    gioiTinh: Literal[1, 2, 3]  # noqa: N815
    soCon: int = 1  # noqa: N815


class _DeathNotice(wire.Reply):
    maGBT: str  # noqa: N815
    soDinhDanh: str | None = None  # noqa: N815
    gioiTinh: Literal[1, 2, 3] | None = None  # noqa: N815
    ngayChet: wire.CompactDay  # noqa: N815


NOTICE = TypeAdapter(_Notice)
DEATH_NOTICE = TypeAdapter(_DeathNotice)
SEX: dict[int, Literal["male", "female", "undetermined"]] = {1: "male", 2: "female", 3: "undetermined"}

KNOWN_SEX: dict[int | None, Sex] = {1: Sex.MALE, 2: Sex.FEMALE}


class HealthFacilityAdapter:
    """Look-ups only."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def find_birth_notice(self, lookup: BirthNoticeLookup) -> BirthNoticeFound:
        """The notice by its code and the mother's number; none where the facility sent none."""
        asked = {"maGCS": lookup.notice_code, "soDinhDanhMe": lookup.mother_personal_id}
        answer = await self._http.find("/birth-notices/searches", asked, case=lookup.case)
        if answer is None:
            return BirthNoticeFound(notice=None)
        return BirthNoticeFound(notice=_read(answer))

    async def find_death_notice(self, lookup: DeathNoticeLookup) -> DeathNoticeFound:
        """The notice by its number and, where given, the deceased's; none where the facility sent none."""
        asked = {"maGBT": lookup.notice_number, "soDinhDanh": lookup.personal_id}
        answer = await self._http.find("/death-notices/searches", asked, case=lookup.case)
        return DeathNoticeFound(notice=_read_death(answer) if answer else None)


@wire.reading
def _read(answer: Answer) -> BirthNoticeFacts:
    notice = answer.read(NOTICE)
    return BirthNoticeFacts(
        code=notice.maGCS,
        mother_personal_id=notice.soDinhDanhMe,
        sex=SEX[notice.gioiTinh],
        born_on=notice.ngaySinh,
        children=notice.soCon,
    )


@wire.reading
def _read_death(answer: Answer) -> DeathNoticeFacts:
    notice = answer.read(DEATH_NOTICE)
    return DeathNoticeFacts(
        number=notice.maGBT,
        personal_id=notice.soDinhDanh,
        sex=KNOWN_SEX.get(notice.gioiTinh),
        died_on=notice.ngayChet,
    )
