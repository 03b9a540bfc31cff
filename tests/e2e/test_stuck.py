"""Each fault of each agency: seen in time, named right, an act offered; lifted, it is gone, with one effect."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from cli.app import application
from tests.e2e.acting import asked
from tests.stack import Stack, leg, running

pytestmark = pytest.mark.timeout(180)
CIVIL, POPULATION, RESIDENCE, INSURANCE = "civil-status", "population", "residence", "social-insurance"
VNEID, ONE_STOP, PORTAL, NOTIFICATION, FACILITY = (
    "vneid",
    "one-stop",
    "national-portal",
    "notification",
    "health-facility",
)
LABOUR = "labour"
ASKED = (CIVIL, POPULATION, RESIDENCE, INSURANCE, VNEID, ONE_STOP, FACILITY, LABOUR)
TOLD = (ONE_STOP, PORTAL, NOTIFICATION)
EFFECT = {RESIDENCE: "register_residence", INSURANCE: "issue_card", POPULATION: "issue_id", CIVIL: "register"}
ALL = dict.fromkeys((*ASKED, *TOLD))


@dataclass(frozen=True)
class Fault:
    """A setting, at whom it is set, and how each case is then called; `told`: how a partner's statuses are."""

    setting: dict[str, Any]
    cause: str
    told: str | None = None
    agencies: tuple[str, ...] = ASKED
    words: dict[str, tuple[str, str]] = field(default_factory=dict)

    def at(self, agency: str) -> dict[str, Any]:
        if agency in self.words:
            return {**self.setting, "reject_text": self.words[agency][0]}
        return self.setting

    def named(self, agency: str) -> str:
        return self.words[agency][1] if agency in self.words else self.cause


WORDS = {
    CIVIL: ("Đơn vị chưa được cấu hình", "unit-unknown"),
    POPULATION: ("Chưa cấu hình cán bộ tiếp nhận", "receiver-missing"),
    RESIDENCE: ("Hồ sơ không tồn tại", "case-unknown"),
    INSURANCE: ("Một cửa chưa cập nhật trạng thái", "not-yet-updated"),
    VNEID: ("Hồ sơ đã được tiếp nhận", "suspected-duplicate"),
    ONE_STOP: ("Logic xử lý không hợp lệ", "request-rejected"),
    FACILITY: ("Điều chưa ai từng nói", "request-rejected"),
}
FAULTS = {
    "down": Fault({"down": True}, "agency-away", "agency-away"),
    "too slow": Fault({"latency_ms": [1500, 1600]}, "agency-away", "agency-away"),
    "errors": Fault({"error_rate": 1}, "agency-away", "agency-away"),
    "answers lost": Fault({"lost_response_rate": 1}, "agency-away", "agency-away"),
    "unreadable": Fault({"malformed_rate": 1}, "answer-unreadable", "answer-unreadable"),
    "suspected": Fault(
        {"suspect_duplicate_rate": 1},
        "suspected-duplicate",
        None,
        (CIVIL, POPULATION, RESIDENCE, INSURANCE, VNEID, ONE_STOP, LABOUR),
    ),
    "refused": Fault(
        {"refuse_rate": 1, "pending_rate": 0},
        "hand-over-refused",
        "partner-refuses",
        (POPULATION, VNEID, ONE_STOP),
        {POPULATION: ("", "personal-id-refused")},
    ),
    "rejected": Fault({"reject_rate": 1}, "request-rejected", "partner-refuses", ASKED, WORDS),
}


@dataclass
class Families:
    """Dossiers of one round: about to be signed, and about to be reviewed."""

    signing: str
    death: str
    numbering: str
    registering: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: Any) -> AsyncIterator[Stack]:
    """Agencies that one soon gives up waiting for."""
    quick = {"expected_answer": 1.5, "retry_cap": 1.0, "agency_timeout": 1.0, "first_enquiry": 3.0}
    async with running(
        tmp_path_factory.mktemp("stuck"), **quick, watchdog_every=0.5, breaker_probes_every=1.0
    ) as product:
        yield product


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(town: Stack) -> AsyncIterator[None]:
    """Every test ends with agencies in normal operation."""
    yield
    await town.clear(*ALL)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def families(town: Stack) -> list[Families]:
    """All rounds' dossiers, brought to where the agencies' turn comes, two rounds' at once."""
    hands = asyncio.Semaphore(2)

    async def one() -> Families:
        async with hands:
            return await _families(town)

    return list(await asyncio.gather(*(one() for _ in FAULTS)))


async def _families(town: Stack) -> Families:
    signing, numbering, registering = [await town.file() for _ in range(3)]
    death = await town.file(await town.bereaved("V-D11"))
    await asyncio.gather(*(town.accept(code) for code in (signing, death)))
    await asyncio.gather(*(town.task(code, "signature", patience=60) for code in (signing, death)))
    return Families(signing, death, numbering, registering)


async def stuck(town: Stack, code: str) -> list[dict[str, Any]]:
    answer = await town.get("/v1/stuck", params={"dossier": code, "limit": "200"})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def seen(town: Stack, code: str, agency: str, cause: str, *, told: bool = False) -> None:
    """The case is there within ten seconds of its due time, with its cause and an act."""
    rows: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(30):
            while True:
                rows = await stuck(town, code)
                mine = [row for row in rows if row["agency"] == agency and (row["source"] == "outbox") is told]
                if any(row["cause"] == cause for row in mine):
                    break
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{code} at {agency} is never {cause}: {rows}") from None
    [row] = [row for row in mine if row["cause"] == cause]
    noticed, due = (datetime.fromisoformat(row[name]) for name in ("noticed_at", "due_at"))
    assert (noticed - due).total_seconds() <= 10
    assert row["acts"]


async def mended(town: Stack, *codes: str) -> None:
    """Support tries again what is parked and brings what partners refused; then nothing is stuck any more."""
    tried: set[str] = set()
    async with asyncio.timeout(40):
        for code in codes:
            while rows := await stuck(town, code):
                for incident in {row["incident"] for row in rows} - {None} - tried:
                    await town.resolve(incident, "retry")
                    tried.add(incident)
                for row in rows:
                    if row["cause"] == "partner-refuses" and row["id"] not in tried:
                        await asked(town, code, row["acts"][0], agency=row["agency"])  # or it is brought already
                        tried.add(row["id"])
                await asyncio.sleep(0.2)


@pytest.mark.parametrize("name", list(FAULTS))
async def test_what_a_fault_stops_is_seen_named_and_goes_on(town: Stack, families: list[Families], name: str) -> None:
    fault, mine = FAULTS[name], families[list(FAULTS).index(name)]
    after_signing = [each for each in fault.agencies if each in {RESIDENCE, INSURANCE, VNEID, ONE_STOP}]
    later = [each for each in (*after_signing, POPULATION, LABOUR) if each in fault.agencies]
    told = TOLD if fault.told else ()
    for agency in {*later, *told}:
        await town.faults(agency, **fault.at(agency))
    await asyncio.gather(town.sign(mine.signing), town.sign(mine.death), town.accept(mine.numbering))
    await town.until(mine.numbering, lambda v: leg(v, "civil_status")["state"] == "granted")
    for agency in {CIVIL, FACILITY} & set(fault.agencies):
        await town.faults(agency, **fault.at(agency))
    await town.accept(mine.registering)
    filed = await town.file()
    wanted = [(mine.signing, agency) for agency in after_signing]
    at = {POPULATION: mine.numbering, CIVIL: mine.registering, FACILITY: filed, LABOUR: mine.death}
    wanted += [(code, agency) for agency, code in at.items() if agency in fault.agencies]
    seeing = [seen(town, code, agency, fault.named(agency)) for code, agency in wanted]
    seeing += [seen(town, filed, agency, fault.told or "", told=True) for agency in told]
    await asyncio.gather(*seeing)
    await town.clear(*ALL)
    codes = (mine.signing, mine.death, mine.numbering, mine.registering, filed)
    await mended(town, *codes)
    await town.stage(mine.signing, "returned")
    await town.until(mine.numbering, lambda v: leg(v, "personal_id")["state"] == "granted")
    await town.until(mine.registering, lambda v: leg(v, "civil_status")["state"] == "granted")
    for agency, effect in EFFECT.items():
        assert await town.effects(agency, mine.signing, effect) == 1, agency
    assert await town.effects(POPULATION, mine.numbering, "issue_id") == 1
    assert await town.effects(CIVIL, mine.registering, "register") == 1


async def test_callbacks_that_are_lost_leave_nothing_stuck(town: Stack) -> None:
    await town.faults(POPULATION, pending_rate=1, answer_delay_s=[0.2, 0.4], callback_drop_rate=1)
    code = await town.file()
    await town.walk(code)
    await town.clear(POPULATION)
    assert await stuck(town, code) == []
    assert await town.effects(POPULATION, code, "issue_id") == 1


async def test_one_case_shows_what_was_said_without_anybodys_data(town: Stack) -> None:
    await town.faults(CIVIL, down=True)
    filing = await town.family()
    code = await town.file(filing)
    await town.accept(code)
    await seen(town, code, CIVIL, "agency-away")
    [row] = await stuck(town, code)
    told = await town.get(f"/v1/stuck/{row['id']}")
    assert told.status_code == 200, told.text
    case = told.json()
    assert case["said"][0]["status"] == 503
    assert [each["activity"] for each in case["trying"]] == ["register_birth"]
    assert case["trying"][0]["last_failure"] == "AgencyUnavailable"
    assert case["words"]["vi"]["do"]
    child, applicant = filing["declaration"]["child"], filing["applicant"]
    for secret in (child["given_name"], applicant["full_name"], applicant["personal_id"]):
        assert f'"{secret}"' not in told.text
        assert secret not in case["said"][0]["request"]
    options = ["stuck", "--cause", "agency-away", "--url", str(town.http.base_url), "--agencies", town.agencies]
    printed = await asyncio.to_thread(CliRunner().invoke, application(["stuck"]), options)
    assert "Cơ quan không trả lời" in printed.output
    assert code in printed.output
    summary = (await town.get("/v1/stuck/summary")).json()
    assert "agency-away" in {each["cause"] for each in summary["by_cause"]}
    await town.clear(CIVIL)
    await mended(town, code)
    assert (await town.get(f"/v1/stuck/{row['id']}")).json()["case"]["gone_at"]


async def test_the_list_is_for_support_alone(town: Stack) -> None:
    for path in ("/v1/stuck", "/v1/stuck/summary", "/v1/stuck/leg.x"):
        assert (await town.get(path, "clerk")).status_code == 403
    assert (await town.get("/v1/stuck/leg.x")).status_code == 404
