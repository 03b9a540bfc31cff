"""What civil status, residence, facilities and population are told after a death, and what they tell."""

import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from adapters.civil_status import CivilStatusAdapter
from adapters.health_facility import HealthFacilityAdapter
from adapters.http import AgencyHttp
from adapters.population import PopulationAdapter
from contracts.agencies import Agency, Case, Step
from contracts.death import DeathNoticeFacts, LastResidence, PersonFacts, Substitute, SubstituteKind
from contracts.death_steps import DeathNoticeLookup, DeathRegistration, PersonLookup
from contracts.failures import AgencyProtocolError
from contracts.people import Sex
from tests.adapters.deaths import DEATHS, death, deceased_of, golden
from tests.adapters.line import CASE, CODE, Ears, agency
from tests.adapters.requests import Ask

NUMBER = "001041000123"


def listening(which: Agency, body: Any, status: int = 200) -> tuple[AgencyHttp, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=body)

    return agency(Ears(), answer, which), seen


# ---- what is asked for


@pytest.mark.parametrize("ask", DEATHS[1:], ids=lambda ask: ask.name)
async def test_what_is_sent_has_the_agencys_own_names_and_forms(ask: Ask) -> None:
    http, seen = listening(ask.agency, {})
    with pytest.raises(AgencyProtocolError):
        await ask.ask(http, CASE)
    [request] = seen
    assert json.loads(request.content) == golden(ask.name, CASE)
    assert request.headers["Idempotency-Key"] == CASE.key


async def pushed(request: DeathRegistration) -> tuple[dict[str, Any], dict[str, Any]]:
    """The envelope, and what is declared in it."""
    http, seen = listening(Agency.CIVIL_STATUS, {})
    with pytest.raises(AgencyProtocolError):
        await CivilStatusAdapter(http).register_death(request)
    envelope = json.loads(seen[0].content)
    return envelope, json.loads(envelope.pop("data"))["hoTich"]


async def test_a_death_is_pushed_as_json_within_json() -> None:
    envelope, told = await pushed(death(CASE))
    assert envelope.pop("ngayTiepNhan")
    assert envelope == {
        "maDonVi": "00070",
        "module": "LTKT",
        "maHoSoLT": CODE,
        "maHoSoMCDT": None,
        "fileDinhKem": [],
    }
    assert told == {
        "maGBT": "12/2026/GBT",
        "nkt": {
            "HoTen": "Trần Văn Bình",
            "GioiTinh": 1,
            "NgaySinh": "02.1941",
            "SoGiayToTuyThan": deceased_of(CASE).personal_id,
            "DanToc": "Tày",
            "QuocTich": "Việt Nam",
            "LoaiCuTru": 1,
            "NoiCuTru": "Số 1 phố Huế",
            "NgayChet": "20.11.2026",
            "GioPhutChet": "01:30",
            "NoiChet": "Bệnh viện Mẫu, Hà Nội",
            "NguyenNhanChet": None,
        },
        "gbt": {"Loai": 1, "So": "12/2026/GBT", "Ngay": None, "CoQuanCap": None},
        "nyc": {"HoTen": "Trần Văn Minh", "SoGiayToTuyThan": "001070000555", "QuanHe": "child"},
    }


async def test_an_unknown_hour_and_no_residence_are_told_as_such() -> None:
    _, told = await pushed(death(CASE, died_at=date(2026, 11, 20), last_residence=LastResidence(kind="none")))
    nkt = told["nkt"]
    assert (nkt["NgayChet"], nkt["GioPhutChet"], nkt["LoaiCuTru"], nkt["NoiCuTru"]) == ("20.11.2026", None, 0, None)


@pytest.mark.parametrize(("kind", "number"), [*zip(SubstituteKind, range(8), strict=True)])
async def test_each_of_the_eight_papers_has_its_place_in_the_portals_list(kind: SubstituteKind, number: int) -> None:
    paper = {"kind": kind, "issued_on": date(2026, 11, 20), "issuer": "Nơi cấp", "office": "00070", "detail": "Rõ"}
    _, told = await pushed(death(CASE, death_notice_number=None, substitute=Substitute(**paper)))
    assert told["gbt"] == {"Loai": number, "So": None, "Ngay": "20261120", "CoQuanCap": "Nơi cấp"}
    assert told["maGBT"] is None


# ---- what is looked up

NOTICE = {"maGBT": "12/2026/GBT", "soDinhDanh": NUMBER, "gioiTinh": 1, "ngayChet": "20261120", "hoTen": "Trần Văn Bình"}
PERSON = {"soDinhDanh": NUMBER, "hoTen": "Trần Văn Bình", "ngaySinh": "194102", "gioiTinh": "NAM", "ngayChet": None}


def notice_of(personal_id: str | None = NUMBER) -> DeathNoticeLookup:
    case = Case(dossier=CODE, step=Step.DEATH_NOTICE)
    return DeathNoticeLookup(case=case, notice_number="12/2026/GBT", personal_id=personal_id)


SOMEBODY = PersonLookup(case=Case(dossier=CODE, step=Step.PERSON), personal_id=NUMBER)


async def test_a_death_notice_is_asked_for_by_number_and_person_and_told_without_a_name() -> None:
    http, seen = listening(Agency.HEALTH_FACILITY, NOTICE)
    found = await HealthFacilityAdapter(http).find_death_notice(notice_of())
    died_on = datetime(2026, 11, 20, tzinfo=UTC).date()
    assert found.notice == DeathNoticeFacts(number="12/2026/GBT", personal_id=NUMBER, sex=Sex.MALE, died_on=died_on)
    assert seen[0].url.path == "/health-facility/death-notices/searches"
    assert not seen[0].url.query
    assert json.loads(seen[0].content) == {"maGBT": "12/2026/GBT", "soDinhDanh": NUMBER}


@pytest.mark.parametrize("left_out", [{"soDinhDanh": None}, {"gioiTinh": None}, {"gioiTinh": 3}])
async def test_what_a_notice_leaves_open_is_none(left_out: dict[str, Any]) -> None:
    http, _ = listening(Agency.HEALTH_FACILITY, NOTICE | left_out)
    notice = (await HealthFacilityAdapter(http).find_death_notice(notice_of(None))).notice
    assert notice is not None
    assert None in {notice.personal_id, notice.sex}


async def test_a_person_is_asked_for_without_being_named_in_an_address() -> None:
    http, seen = listening(Agency.POPULATION, PERSON)
    found = await PopulationAdapter(http).find_person(SOMEBODY)
    assert found.person == PersonFacts(
        personal_id=NUMBER, full_name="Trần Văn Bình", sex=Sex.MALE, born_on="1941-02", died_on=None
    )
    assert NUMBER not in str(seen[0].url)
    assert json.loads(seen[0].content) == {"soDinhDanh": NUMBER}


@pytest.mark.parametrize(("told", "read"), [("1941", "1941"), ("194102", "1941-02"), ("19410203", "1941-02-03")])
async def test_as_much_of_a_birthday_as_is_known_is_read(told: str, read: str) -> None:
    http, _ = listening(Agency.POPULATION, PERSON | {"ngaySinh": told, "ngayChet": "20261120"})
    person = (await PopulationAdapter(http).find_person(SOMEBODY)).person
    assert person is not None
    assert (person.born_on, str(person.died_on)) == (read, "2026-11-20")


async def test_neither_notice_nor_person_is_an_answer() -> None:
    facility, _ = listening(Agency.HEALTH_FACILITY, {}, 404)
    population, _ = listening(Agency.POPULATION, {}, 404)
    assert (await HealthFacilityAdapter(facility).find_death_notice(notice_of())).notice is None
    assert (await PopulationAdapter(population).find_person(SOMEBODY)).person is None


@pytest.mark.parametrize(
    "wrong", [{"ngayChet": "20.11.2026"}, {"ngayChet": 0}, {"gioiTinh": 4}, {"soDinhDanh": "B12"}, {"maGBT": None}]
)
async def test_a_notice_that_cannot_be_read_is_the_facilitys_failure(wrong: dict[str, Any]) -> None:
    http, _ = listening(Agency.HEALTH_FACILITY, NOTICE | wrong)
    with pytest.raises(AgencyProtocolError):
        await HealthFacilityAdapter(http).find_death_notice(notice_of())


@pytest.mark.parametrize(
    "wrong",
    [
        {"ngaySinh": "1941-02"},
        {"ngaySinh": "19410230"},
        {"ngaySinh": "1941023"},
        {"ngaySinh": 1941},
        {"gioiTinh": 1},
        {"hoTen": ""},
        {"soDinhDanh": "B12"},
        {"ngayChet": "20261320"},
    ],
)
async def test_a_person_that_cannot_be_read_is_the_registers_failure(wrong: dict[str, Any]) -> None:
    http, _ = listening(Agency.POPULATION, PERSON | wrong)
    with pytest.raises(AgencyProtocolError) as told:
        await PopulationAdapter(http).find_person(SOMEBODY)
    assert NUMBER not in str(told.value)
