"""Every agency's adapter against its stand-in: each way to answer, each way to fail, and the form of what is sent."""

import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.civil_status import CivilStatusAdapter
from adapters.health_facility import HealthFacilityAdapter
from adapters.http import AgencyHttp
from adapters.national_portal import NationalPortalAdapter
from adapters.notification import NotificationAdapter
from adapters.one_stop import OneStopAdapter
from adapters.population import PopulationAdapter
from adapters.residence import ResidenceAdapter
from contracts.agencies import Agency, Case, Granted, Pending, PendingCase, Refused, Step
from contracts.birth import Consent
from contracts.birth_steps import BirthNoticeFacts, BirthNoticeFound, BirthNoticeLookup
from contracts.death import DeathNoticeFacts, PersonFacts
from contracts.death_steps import DeathNoticeLookup, PersonLookup
from contracts.failures import AgencyProtocolError, AgencyUnavailable, Failure, SuspectedDuplicate
from contracts.people import Sex
from contracts.steps import RESULTS
from sim_agencies.app import create_app
from sim_agencies.settings import Settings
from tests.adapters.benefits import BENEFITS
from tests.adapters.deaths import DEATHS
from tests.adapters.line import Ears
from tests.adapters.requests import ASKS, FATHER, MOTHER, PDF, Ask, golden, message, move, registration

NUMBERS = itertools.count(1)
ALL = [*ASKS, *DEATHS, *BENEFITS]
EVERY_ASK = pytest.mark.parametrize("ask", ALL, ids=lambda ask: ask.name)
LATER = {"pending_rate": 1, "answer_delay_s": [3600, 3600]}
AT_ONCE = {"pending_rate": 0}


class Way(httpx.AsyncBaseTransport):
    """The way to the stand-ins: a cut connection arrives as httpx would tell it, and bodies are remembered."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.bodies: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.content:
            self.bodies.append(json.loads(request.content))
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionResetError as cut:
            raise httpx.ReadError("cut", request=request) from cut


@dataclass
class Bench:
    """The stand-ins, and the adapters' line to them."""

    way: Way
    http: httpx.AsyncClient
    ears: Ears = field(default_factory=Ears)
    touched: set[str] = field(default_factory=set)

    def line(self, agency: Agency) -> AgencyHttp:
        return AgencyHttp(agency, self.ears.line(self.http))

    async def ask(self, ask: Ask, case: Case) -> Any:
        return await ask.ask(self.line(ask.agency), case)

    async def enquire(self, ask: Ask, case: Case, reference: str) -> Any:
        pending = PendingCase(case=case, reference=reference, agency=ask.agency, delay_s=1, cap_s=1)
        return await ask.enquire(self.line(ask.agency), pending)

    async def faults(self, agency: str, **setting: Any) -> None:
        self.touched.add(agency)
        path = f"http://agencies/{agency}/control/faults"
        (await self.http.put(path, json={**AT_ONCE, **setting})).raise_for_status()

    async def answer_now(self, agency: str, dossier: str) -> None:
        path = f"http://agencies/{agency}/control/answers"
        (await self.http.post(path, json={"dossier": dossier})).raise_for_status()

    async def ledger(self, ask: Ask, case: Case) -> list[dict[str, Any]]:
        path = f"http://agencies/{ask.agency}/control/ledger"
        rows: list[dict[str, Any]] = (await self.http.get(path, params={"dossier": case.dossier})).json()
        return rows

    async def effects(self, ask: Ask, case: Case) -> int:
        return len(await self.ledger(ask, case))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def way(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Way]:
    nobody_listens = "http://127.0.0.1:9/v1/callbacks"
    app = create_app(Settings(state_dir=tmp_path_factory.mktemp("sim"), callback_url=nobody_listens))
    async with app.router.lifespan_context(app):
        yield Way(httpx.ASGITransport(app))


@pytest_asyncio.fixture(loop_scope="session")
async def bench(way: Way) -> AsyncIterator[Bench]:
    async with httpx.AsyncClient(transport=way) as http:
        found = Bench(way, http)
        yield found
        for agency in found.touched:
            await http.delete(f"http://agencies/{agency}/control/faults")


def a_case(ask: Ask, group: int = 1, number: int | None = None) -> Case:
    return Case(dossier=f"G22.99.08-261122-{number or next(NUMBERS):06}", step=ask.step, group=group)


@EVERY_ASK
async def test_granted_at_once_carries_the_result_and_a_resend_the_same_one(bench: Bench, ask: Ask) -> None:
    await bench.faults(ask.agency)
    case = a_case(ask)
    first, again = await bench.ask(ask, case), await bench.ask(ask, case)
    assert isinstance(first, Granted)
    assert isinstance(first.result, RESULTS[ask.step])
    assert first == again
    assert await bench.effects(ask, case) == 1


@EVERY_ASK
async def test_pending_stays_pending_until_it_is_answered(bench: Bench, ask: Ask) -> None:
    await bench.faults(ask.agency, **LATER)
    case = a_case(ask)
    pending = await bench.ask(ask, case)
    assert isinstance(pending, Pending)
    assert await bench.ask(ask, case) == await bench.enquire(ask, case, pending.reference) == pending
    await bench.answer_now(ask.agency, case.dossier)
    told = await bench.enquire(ask, case, pending.reference)
    assert isinstance(told, Granted)
    assert isinstance(told.result, RESULTS[ask.step])
    assert await bench.ask(ask, case) == told


@EVERY_ASK
async def test_what_a_callback_would_carry_is_the_result_itself(bench: Bench, ask: Ask) -> None:
    await bench.faults(ask.agency)
    case = a_case(ask)
    told = await bench.ask(ask, case)
    [row] = await bench.ledger(ask, case)
    assert row["effect"] == ask.step
    assert RESULTS[ask.step].model_validate(row["result"]) == told.result


@EVERY_ASK
async def test_a_refusal_is_a_value_with_its_reason_words_and_legal_basis(bench: Bench, ask: Ask) -> None:
    await bench.faults(ask.agency, refuse_rate=1)
    case = a_case(ask)
    refused = await bench.ask(ask, case)
    assert isinstance(refused, Refused)
    assert refused.reason
    assert refused.text
    assert refused.legal_basis
    await bench.faults(ask.agency)
    assert await bench.ask(ask, case) == refused, "the same key is answered alike"
    assert isinstance(await bench.ask(ask, case.model_copy(update={"group": 2})), Granted)


FAILURES: list[tuple[dict[str, Any], type[Failure], int]] = [
    ({"down": True}, AgencyUnavailable, 0),
    ({"error_rate": 1}, AgencyUnavailable, 0),
    ({"lost_response_rate": 1}, AgencyUnavailable, 1),
    ({"suspect_duplicate_rate": 1}, SuspectedDuplicate, 0),
    *[({"malformed_rate": 1, "seed": seed}, AgencyProtocolError, 1) for seed in range(4)],
]


@EVERY_ASK
async def test_each_way_to_fail_has_its_name_and_the_same_key_finds_what_was_done(bench: Bench, ask: Ask) -> None:
    for fault, failure, effects in FAILURES:
        await bench.faults(ask.agency, **fault)
        case = a_case(ask)
        with pytest.raises(failure):
            await bench.ask(ask, case)
        await bench.faults(ask.agency)
        assert await bench.effects(ask, case) == effects, fault
        assert isinstance(await bench.ask(ask, case), Granted), fault
        assert await bench.effects(ask, case) == 1, fault


@pytest.mark.parametrize("ask", [ask for ask in ALL if ask.once], ids=lambda ask: ask.name)
async def test_already_done_under_another_key_is_success(bench: Bench, ask: Ask) -> None:
    await bench.faults(ask.agency)
    case = a_case(ask)
    first = await bench.ask(ask, case)
    assert await bench.ask(ask, case.model_copy(update={"group": 2})) == first
    assert await bench.effects(ask, case) == 1


@pytest.mark.parametrize("ask", ASKS[1:], ids=lambda ask: ask.name)
async def test_what_is_sent_has_the_agencys_own_names_and_forms(bench: Bench, ask: Ask) -> None:
    await bench.faults(ask.agency)
    case = a_case(ask)
    await bench.ask(ask, case)
    assert bench.way.bodies[-1] == golden(ask.name, case)


async def test_a_birth_is_pushed_as_json_within_json(bench: Bench) -> None:
    case = a_case(ASKS[0])
    await CivilStatusAdapter(bench.line(Agency.CIVIL_STATUS)).register_birth(registration(case))
    envelope = dict(bench.way.bodies[-1])
    inner = json.loads(envelope.pop("data"))
    day, time = envelope.pop("ngayTiepNhan").split(" ")
    assert [len(part) for part in (*day.split("/"), *time.split(":"))] == [2, 2, 4, 2, 2, 2]
    assert envelope == {
        "maDonVi": "00070",
        "module": "LTKS",
        "maHoSoLT": case.dossier,
        "maHoSoMCDT": None,
        "fileDinhKem": [],
    }
    told = inner["hoTich"]
    assert (told["DkksTruongHop"], told["maGCS"]) == (1, "01001.GCS.00001.26")
    assert told["nks"] == {
        "Ho": "Đặng",
        "ChuDem": "Thị Hòa",
        "Ten": "Bình",
        "GioiTinh": 2,
        "NgaySinh": "02.11.2026",
        "NoiSinh": "Bệnh viện Mẫu, Hà Nội",
        "QueQuan": "Hà Nội",
        "DanToc": "Kinh",
        "QuocTich": "Việt Nam",
    }
    assert [(told[who]["NgaySinh"], told[who]["SoGiayToTuyThan"]) for who in ("me", "cha")] == [
        ("05.04.1990", MOTHER),
        ("1988", FATHER),
    ]
    assert told["nyc"] == {"HoTen": "Trần Thị Ngọc Ánh", "SoGiayToTuyThan": MOTHER, "QuanHe": "mother"}


@pytest.mark.parametrize(
    ("consent", "forms"), [(Consent.VNEID, ["VNEID"]), (Consent.PAPER, ["CT01"]), (Consent.NOT_NEEDED, [])]
)
async def test_a_consent_is_told_by_its_form_and_none_where_none_is_needed(
    bench: Bench, consent: Consent, forms: list[str]
) -> None:
    ask = ASKS[2]
    await ResidenceAdapter(bench.line(ask.agency)).register_residence(move(a_case(ask), consent), PDF)
    assert [each["hinhThuc"] for each in bench.way.bodies[-1]["yKien"]] == forms


NOTICE = {"soDinhDanhMe": MOTHER, "ngaySinh": "20261102", "gioiTinh": 2, "canNang": 3200}


async def test_a_notice_of_birth_is_found_by_its_code_and_mother_and_by_no_other(bench: Bench) -> None:
    code = f"01001.GCS.{next(NUMBERS):05}.26"
    registered = await bench.http.put(f"http://agencies/health-facility/control/birth-notices/{code}", json=NOTICE)
    assert registered.status_code == 200
    facility = HealthFacilityAdapter(bench.line(Agency.HEALTH_FACILITY))
    case = Case(dossier="G22.99.08-261122-000001", step=Step.BIRTH_NOTICE)

    async def find(mother: str | None) -> BirthNoticeFound:
        lookup = BirthNoticeLookup(case=case, notice_code=code, mother_personal_id=mother)
        return await facility.find_birth_notice(lookup)

    assert (await find(MOTHER)).notice == BirthNoticeFacts(
        code=code, mother_personal_id=MOTHER, sex="female", born_on=datetime(2026, 11, 2, tzinfo=UTC).date()
    )
    assert (await find("001190000009")).notice is None
    for fault, failure in (("down", AgencyUnavailable), ("error_rate", AgencyUnavailable), ("malformed_rate", None)):
        await bench.faults("health-facility", **{fault: True if fault == "down" else 1})
        with pytest.raises(failure or AgencyProtocolError):
            await find(MOTHER)


async def test_a_notice_of_death_is_found_by_its_number_and_for_no_other_person(bench: Bench) -> None:
    number, deceased = f"{next(NUMBERS)}/2026/GBT", "001041000123"
    notice = {"maGBT": number, "soDinhDanh": deceased, "gioiTinh": 1, "ngayChet": "20261120"}
    registered = await bench.http.put("http://agencies/health-facility/control/death-notices", json=notice)
    assert registered.status_code == 200
    facility = HealthFacilityAdapter(bench.line(Agency.HEALTH_FACILITY))
    case = Case(dossier="G22.99.08-261122-000001", step=Step.DEATH_NOTICE)

    async def find(personal_id: str | None) -> DeathNoticeFacts | None:
        lookup = DeathNoticeLookup(case=case, notice_number=number, personal_id=personal_id)
        return (await facility.find_death_notice(lookup)).notice

    assert (
        await find(deceased)
        == await find(None)
        == DeathNoticeFacts(number=number, personal_id=deceased, sex=Sex.MALE, died_on=date(2026, 11, 20))
    )
    assert await find("001041000124") is None


async def test_a_person_is_found_in_the_register_and_nobody_else_is(bench: Bench) -> None:
    number = "001041000125"
    person = {"hoTen": "Trần Văn Bình", "ngaySinh": "1941", "gioiTinh": "NAM", "tinhTrang": "DA_CHET"}
    path = f"http://agencies/population/control/persons/{number}"
    assert (await bench.http.put(path, json={**person, "ngayChet": "20261120"})).status_code == 200
    register = PopulationAdapter(bench.line(Agency.POPULATION))

    async def find(personal_id: str) -> PersonFacts | None:
        case = Case(dossier="G22.99.08-261122-000001", step=Step.PERSON)
        return (await register.find_person(PersonLookup(case=case, personal_id=personal_id))).person

    assert await find(number) == PersonFacts(
        personal_id=number, full_name="Trần Văn Bình", sex=Sex.MALE, born_on="1941", died_on=date(2026, 11, 20)
    )
    assert await find("001041000126") is None


@pytest.mark.parametrize(
    ("agency", "adapter", "statuses", "late"),
    [
        (Agency.ONE_STOP, OneStopAdapter, (1, 3, 7), "LOGIC"),
        (Agency.NATIONAL_PORTAL, NationalPortalAdapter, (1, 2, 3), None),
        (Agency.NOTIFICATION, NotificationAdapter, (None, None, None), None),
    ],
)
async def test_a_batch_is_taken_once_in_order_and_refused_item_by_item(
    bench: Bench, agency: Agency, adapter: Any, statuses: tuple[int | None, ...], late: str | None
) -> None:
    await bench.faults(agency)
    dossier = f"G22.99.08-261122-{next(NUMBERS):06}"
    told = [
        message(n, partner=agency, dossier=dossier, key=f"{dossier}/{n}", status=status, data={"phone": "0912345678"})
        for n, status in enumerate(statuses, 1)
    ]
    partner = adapter(bench.line(agency))
    for _ in range(2):
        assert [each.problem for each in await partner.send(told)] == [None] * 3
    ledger = await bench.http.get(f"http://agencies/{agency}/control/ledger", params={"dossier": dossier})
    assert len(ledger.json()) == 3
    again = message(4, partner=agency, dossier=dossier, key=f"{dossier}/4", status=statuses[0])
    assert [each.problem for each in await partner.send([again])] == [late]
    await bench.faults(agency, refuse_rate=1)
    refused = message(5, partner=agency, dossier=dossier, key=f"{dossier}/5", status=statuses[2])
    [answer] = await partner.send([refused])
    assert answer.problem
    for fault, failure in ({"down": True}, AgencyUnavailable), ({"malformed_rate": 1}, AgencyProtocolError):
        await bench.faults(agency, **fault)
        with pytest.raises(failure):
            await partner.send(told)
