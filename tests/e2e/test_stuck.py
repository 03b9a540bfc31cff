"""Each fault of each agency: seen in time, named right; the act that is offered ends verified, with one effect."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update
from typer.testing import CliRunner

from cli.app import application
from records.tables import journal
from records.tables.base import core
from tests.e2e.asking import eventually
from tests.e2e.watching import LATE, Case, Support, once
from tests.stack import Stack, leg, running
from workers.rooms import Rooms

pytestmark = pytest.mark.timeout(300)
CIVIL, POPULATION, RESIDENCE, INSURANCE = "civil-status", "population", "residence", "social-insurance"
LABOUR, FACILITY, SIGNING, VNEID = "labour", "health-facility", "signing", "vneid"
ONE_STOP, PORTAL, NOTIFICATION = "one-stop", "national-portal", "notification"
ASKED = (CIVIL, POPULATION, RESIDENCE, INSURANCE, LABOUR, FACILITY, SIGNING, VNEID, ONE_STOP)
TOLD = (ONE_STOP, PORTAL, NOTIFICATION)
ALL = tuple(dict.fromkeys((*ASKED, *TOLD)))
LEGS = (CIVIL, POPULATION, RESIDENCE, INSURANCE, LABOUR)
AT_ONCE = {"pending_rate": 0}
"""Well, and nothing is answered later."""
LAWFUL = (CIVIL, RESIDENCE, INSURANCE, LABOUR)
"""Their refusal is an answer, and no trouble."""


@dataclass(frozen=True)
class Fault:
    """A setting, and how what it stops is called, by whom it is asked for; `told`: at those who are told."""

    setting: dict[str, Any]
    causes: dict[str, str]
    told: str | None = None
    lawful: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict)

    @property
    def agencies(self) -> set[str]:
        return {*self.causes, *self.lawful, *(TOLD if self.told else ())}

    def at(self, agency: str) -> dict[str, Any]:
        return {**AT_ONCE, **self.setting, **({"reject_text": self.words[agency]} if agency in self.words else {})}

    def cases(self, places: dict[str, tuple[str, ...]]) -> set[Case]:
        """What is to be seen of dossiers that each ask these."""
        asked = [(code, agency) for code, agencies in places.items() for agency in agencies]
        return {Case(code, agency, self.causes[agency]) for code, agency in asked if agency in self.causes}


AWAY = dict.fromkeys(ASKED, "agency-away")
SAID = {
    CIVIL: ("Đơn vị chưa được cấu hình", "unit-unknown"),
    POPULATION: ("Chưa cấu hình cán bộ tiếp nhận", "receiver-missing"),
    RESIDENCE: ("Hồ sơ không tồn tại", "case-unknown"),
    INSURANCE: ("Một cửa chưa cập nhật trạng thái", "not-yet-updated"),
    LABOUR: ("Yêu cầu không hợp lệ", "request-rejected"),
    FACILITY: ("Điều chưa ai từng nói", "request-rejected"),
    SIGNING: ("Con dấu không hợp lệ", "answer-unreadable"),  # it has other words for it
    VNEID: ("Hồ sơ đã được tiếp nhận", "suspected-duplicate"),
    ONE_STOP: ("Logic xử lý không hợp lệ", "request-rejected"),
}
FAULTS = {
    "down": Fault({"down": True}, AWAY, "agency-away"),
    "too slow": Fault({"latency_ms": [1500, 1600]}, AWAY, "agency-away"),
    "errors": Fault({"error_rate": 1}, AWAY, "agency-away"),
    "answers lost": Fault({"lost_response_rate": 1}, AWAY, "agency-away"),
    "unreadable": Fault({"malformed_rate": 1}, dict.fromkeys(ASKED, "answer-unreadable"), "answer-unreadable"),
    "suspected": Fault({"suspect_duplicate_rate": 1}, dict.fromkeys((*LEGS, VNEID, ONE_STOP), "suspected-duplicate")),
    "refused": Fault(
        {"refuse_rate": 1},
        {POPULATION: "personal-id-refused", VNEID: "hand-over-refused", ONE_STOP: "hand-over-refused"},
        "partner-refuses",
        LAWFUL,
    ),
    "rejected": Fault(
        {"reject_rate": 1},
        {agency: cause for agency, (_, cause) in SAID.items()},
        "partner-refuses",
        words={agency: text for agency, (text, _) in SAID.items()},
    ),
}
EFFECTS = {
    "birth": {
        CIVIL: ["register"],
        POPULATION: ["issue_id"],
        RESIDENCE: ["register_residence"],
        INSURANCE: ["issue_card"],
        VNEID: ["hand_over:birth_certificate-1-vneid", "hand_over:results-vneid"],
        ONE_STOP: ["hand_over:birth_certificate-1-one-stop", *(f"status:one-stop:{n}" for n in range(1, 6))],
        PORTAL: [f"status:national-portal:{n}" for n in range(1, 6)],
    },
    "death": {
        CIVIL: ["register_death"],
        RESIDENCE: ["remove_residence"],
        INSURANCE: ["lock_card"],
        LABOUR: ["decide_funeral", "pay_funeral"],
        VNEID: ["hand_over:death_extract-1-vneid", "hand_over:results-vneid"],
        ONE_STOP: ["hand_over:death_extract-1-one-stop", *(f"status:one-stop:{n}" for n in range(1, 6))],
        PORTAL: [f"status:national-portal:{n}" for n in range(1, 6)],
    },
}


@dataclass
class Round:
    """A birth and a death whose agencies' turn comes; births under review, at the seal, and filed under trouble."""

    birth: str
    death: str
    numbering: str
    registering: str = ""
    born: str = ""
    sealing: str = ""

    def places(self) -> dict[str, tuple[str, ...]]:
        """Whom each asks."""
        asked = {self.birth: (RESIDENCE, INSURANCE, VNEID, ONE_STOP), self.death: (LABOUR,)}
        asked |= {self.numbering: (POPULATION,), self.registering: (CIVIL,), self.born: (FACILITY,)}
        return asked | ({self.sealing: (SIGNING,)} if self.sealing else {})


@dataclass
class Families:
    """Each round's dossiers; and what earlier rounds left, about to be signed or reviewed, for later ones."""

    rounds: dict[str, Round]
    to_sign: list[str] = field(default_factory=list)
    to_review: list[str] = field(default_factory=list)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: Any) -> AsyncIterator[Stack]:
    """Agencies that one soon gives up waiting for."""
    quick = {"expected_answer": 1.0, "retry_cap": 1.0, "agency_timeout": 1.0, "first_enquiry": 0.7}
    async with running(
        tmp_path_factory.mktemp("stuck"), **quick, watchdog_every=0.5, breaker_probes_every=1.0
    ) as product:
        await well(product)
        yield product


async def well(town: Stack) -> None:
    """Every agency answers, and at once."""
    for agency in ALL:
        await town.faults(agency, **AT_ONCE)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def calm(town: Stack) -> AsyncIterator[None]:
    """Every test ends with agencies that answer."""
    yield
    await well(town)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def families(town: Stack) -> Families:
    """All rounds' dossiers, brought to where the agencies' turn comes, some rounds' at once."""
    hands = asyncio.Semaphore(3)

    async def one() -> Round:
        async with hands:
            birth, numbering = await town.file(), await town.file()
            death = await town.file(await town.bereaved("V-D11"))
            await asyncio.gather(*(to_signature(town, code) for code in (birth, death)))
            return Round(birth, death, numbering)

    rounds = await asyncio.gather(*(one() for _ in FAULTS))
    return Families(dict(zip(FAULTS, rounds, strict=True)))


async def to_signature(town: Stack, code: str) -> str:
    await town.accept(code)
    await town.task(code, "signature", patience=60)
    return code


async def befall(town: Stack, fault: Fault, *agencies: str) -> None:
    """Let these be troubled, of those that this fault can trouble."""
    for agency in fault.agencies.intersection(agencies):
        await town.faults(agency, **fault.at(agency))


async def signed_before(town: Stack, fault: Fault, code: str) -> None:
    """The signature is put on, and nothing after it: the signing service is slow, and then in trouble."""
    await town.faults(SIGNING, latency_ms=[100, 100])
    await town.sign(code)
    await befall(town, fault, SIGNING)


async def one_effect(town: Stack, group: str, code: str, but: tuple[str, ...] = ()) -> None:
    """What each agency did for a dossier that was returned, each once; `but`: those that refused it."""
    for agency, expected in EFFECTS[group].items():
        wanted = [] if agency in but else sorted(expected)
        await eventually(partial(once, town, agency, code), wanted.__eq__)
    notices = await eventually(partial(once, town, NOTIFICATION, code), lambda found: len(found) >= 3)
    assert notices == [f"notice:notification:{n}" for n in range(1, len(notices) + 1)]


@pytest.mark.parametrize("name", list(FAULTS))
async def test_what_a_fault_stops_is_seen_named_and_goes_on(town: Stack, families: Families, name: str) -> None:
    fault, mine = FAULTS[name], families.rounds[name]
    mine.registering = families.to_review.pop() if families.to_review else await town.file()
    if SIGNING in fault.causes:
        mine.sealing = families.to_sign.pop() if families.to_sign else await to_signature(town, await town.file())
    await befall(town, fault, RESIDENCE, INSURANCE, LABOUR, VNEID, ONE_STOP, POPULATION)
    await asyncio.gather(town.sign(mine.birth), town.sign(mine.death), town.accept(mine.numbering))
    for code in (mine.birth, mine.death):
        await town.published(code)
    await town.until(mine.numbering, lambda v: leg(v, "civil_status")["state"] == "granted")
    await befall(town, fault, FACILITY, CIVIL, *TOLD)
    filing = asyncio.gather(town.file(), town.accept(mine.registering))
    if mine.sealing:
        await signed_before(town, fault, mine.sealing)
    mine.born, _ = await filing
    support = Support(town, *vars(mine).values())
    told = {Case(mine.born, agency, fault.told, told=True) for agency in TOLD if fault.told}
    await support.sees(fault.cases(mine.places()) | told)
    await well(town)
    await support.mends(*ALL)
    await support.verified()
    assert not {agency for agency, cause in support.met if cause not in LATE}.intersection(fault.lawful)
    await one_effect_each(town, fault, mine)
    families.to_sign.append(mine.numbering)
    families.to_review.append(mine.born)


async def one_effect_each(town: Stack, fault: Fault, mine: Round) -> None:
    for group, code in (("birth", mine.birth), ("death", mine.death)):
        await town.stage(code, "returned")
        await one_effect(town, group, code, but=fault.lawful[1:])
    assert await once(town, POPULATION, mine.numbering) == ["issue_id"]
    assert await once(town, CIVIL, mine.registering) == ([] if fault.lawful else ["register"])
    if fault.lawful:
        await town.stage(mine.registering, "rejected")


async def test_what_is_taken_in_and_not_answered_is_seen_when_it_is_due_and_can_be_asked_about(town: Stack) -> None:
    """The law leaves days for an answer: the date is moved, nothing else."""
    for agency in (*LEGS, VNEID, ONE_STOP):
        await town.faults(agency, pending_rate=1, answer_delay_s=[3600, 3600])
    birth, death = await town.file(), await town.file(await town.bereaved("V-D11"))
    await asyncio.gather(town.accept(birth), town.accept(death))
    support, rooms = Support(town, birth, death), Rooms.open(town.settings)

    async def overdue(*places: tuple[str, str]) -> None:
        """See these, ask about each, and let them answer."""
        await support.sees({Case(*each, "agency-slow") for each in places}, lambda: days_pass(rooms, birth, death))
        rows = [row for row in await support.rows() if (row["dossier"], row["agency"]) in places]
        await asyncio.gather(*(support.act(row, "ask" if row["leg"] else "again") for row in rows))
        for code, agency in places:
            assert await town.answer_now(agency, code) == 1

    try:
        await overdue((birth, CIVIL), (death, CIVIL))
        await asyncio.gather(town.sign(death), overdue((birth, POPULATION)))
        await town.sign(birth)
        await overdue(*((birth, each) for each in (RESIDENCE, INSURANCE)), *((death, each) for each in LEGS[2:]))
        await eventually(lambda: town.answer_now(LABOUR, death), bool)  # decided; then it is paid
        await overdue(*((code, each) for code in (birth, death) for each in (VNEID, ONE_STOP)))
    finally:
        await rooms.close()
    for group, code in (("birth", birth), ("death", death)):
        await eventually(partial(town.answer_now, VNEID, code), bool)  # the closing list
        await town.stage(code, "returned")
        await one_effect(town, group, code)
    await support.mends(*ALL)
    await support.verified()


async def days_pass(rooms: Rooms, *codes: str) -> None:
    """Whatever these dossiers' agencies have in hand is due now."""
    legs, dossiers, now = core(journal.Leg), core(journal.Dossier), datetime.now(UTC)
    pending = update(legs).where(legs.c.dossier.in_(codes), legs.c.state == "pending", legs.c.late_at > now)
    overdue = update(dossiers).where(dossiers.c.code.in_(codes), dossiers.c.late_at > now)

    def work(connection: Any) -> None:
        for statement in (pending, overdue):
            connection.execute(statement.values(late_at=now))

    await rooms.database.write(work)


async def test_callbacks_that_are_lost_leave_nothing_stuck(town: Stack) -> None:
    for agency in (*LEGS, VNEID, ONE_STOP):
        await town.faults(agency, pending_rate=1, answer_delay_s=[0.2, 0.4], callback_drop_rate=1)
    birth, death = await town.file(), await town.file(await town.bereaved("V-D11"))
    await asyncio.gather(town.walk(birth), town.walk(death))
    await eventually(Support(town, birth, death).rows, lambda rows: rows == [])
    for group, code in (("birth", birth), ("death", death)):
        await one_effect(town, group, code)


def tried_again(told: httpx.Response) -> bool:
    """Support's act begins the call anew: the case shows it, and how it failed, once it was made."""
    assert told.status_code == 200, told.text
    return any(each["last_failure"] for each in told.json()["trying"])


async def test_one_case_shows_what_was_said_without_anybodys_data(town: Stack) -> None:
    await town.faults(CIVIL, down=True)
    filing = await town.family()
    code = await town.file(filing)
    await town.accept(code)
    support = Support(town, code)
    await support.sees({Case(code, CIVIL, "agency-away")})
    [row] = await support.rows()
    told = await eventually(partial(town.get, f"/v1/stuck/{row['id']}"), tried_again)
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
    await support.mends(CIVIL)
    assert (await town.get(f"/v1/stuck/{row['id']}")).json()["case"]["gone_at"]


async def test_the_list_is_for_support_alone(town: Stack) -> None:
    for path in ("/v1/stuck", "/v1/stuck/summary", "/v1/stuck/leg.x"):
        assert (await town.get(path, "clerk")).status_code == 403
    assert (await town.get("/v1/stuck/leg.x")).status_code == 404
