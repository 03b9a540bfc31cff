"""The national population database: personal identification numbers, and who has them."""

from typing import Literal

from pydantic import TypeAdapter

from adapters import wire
from adapters.http import AgencyHttp, Answer
from contracts.agencies import PendingCase
from contracts.birth_steps import PersonalIdAnswer, PersonalIdIssued, PersonalIdRequest
from contracts.death import PersonFacts, PersonFound
from contracts.death_steps import PersonLookup
from contracts.people import Sex


class _Reply(wire.Reply):
    trangThai: Literal["DA_CAP", "DA_CO", "DANG_XU_LY", "TU_CHOI", "NGHI_TRUNG"]  # noqa: N815  # the partner's own names
    maYeuCau: str | None  # noqa: N815
    soDinhDanh: str | None = None  # noqa: N815
    maLyDo: str | None = None  # noqa: N815
    lyDo: str | None = None  # noqa: N815
    canCu: str | None = None  # noqa: N815


class _Person(wire.Reply):
    soDinhDanh: str  # noqa: N815
    hoTen: str  # noqa: N815
    ngaySinh: wire.PartialDay  # noqa: N815
    gioiTinh: Literal["NAM", "NU"]  # noqa: N815
    ngayChet: wire.CompactDay | None = None  # noqa: N815


REPLY = TypeAdapter(_Reply)
PERSON = TypeAdapter(_Person)


class PopulationAdapter:
    """Asks for numbers and persons; "đã có" (there is one) is success."""

    def __init__(self, http: AgencyHttp) -> None:
        self._http = http

    async def issue_id(self, request: PersonalIdRequest) -> PersonalIdAnswer:
        """Ask for the child's number."""
        child = request.child
        body = {
            "maHoSo": request.case.dossier,
            "maTinh": request.place,
            "ngaySinh": wire.compact(child.born_on),
            "gioiTinh": "NAM" if child.sex is Sex.MALE else "NU",
            "hoTen": child.full_name,
            "soDinhDanhMe": request.mother_personal_id,
            "soDangKy": request.register_number,
        }
        return _read(await self._http.post("/personal-ids", body, case=request.case))

    async def enquire(self, pending: PendingCase) -> PersonalIdAnswer:
        """Is the number there?"""
        return _read(await self._http.enquire(pending))

    async def find_person(self, lookup: PersonLookup) -> PersonFound:
        """Who has this number; none where the register knows nobody by it."""
        answer = await self._http.find("/persons/searches", {"soDinhDanh": lookup.personal_id}, case=lookup.case)
        return PersonFound(person=_read_person(answer) if answer else None)


@wire.reading
def _read(answer: Answer) -> PersonalIdAnswer:
    reply = answer.read(REPLY)
    match reply.trangThai:
        case "DA_CAP" | "DA_CO":
            return wire.granted(PersonalIdIssued(personal_id=reply.soDinhDanh) if reply.soDinhDanh else None)
        case "DANG_XU_LY":
            return wire.pending(reply.maYeuCau)
        case "TU_CHOI":
            return wire.refused(reply.maLyDo, reply.lyDo, reply.canCu)
        case "NGHI_TRUNG":
            raise wire.suspected()


@wire.reading
def _read_person(answer: Answer) -> PersonFacts:
    person = answer.read(PERSON)
    return PersonFacts(
        personal_id=person.soDinhDanh,
        full_name=person.hoTen,
        sex=Sex.MALE if person.gioiTinh == "NAM" else Sex.FEMALE,
        born_on=person.ngaySinh,
        died_on=person.ngayChet,
    )
