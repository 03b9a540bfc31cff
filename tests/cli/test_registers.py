"""`lienthong registers`: people, offices and seals from files, on both databases, by what an operator reads."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn

from cli.__main__ import _run
from records.database import Database
from records.keys import StoredKeys
from records.registers import Accounts, Certificates, Duty, OfficeEntry, Offices, Seals
from runtime.settings import Settings
from sim_agencies.app import create_app
from sim_agencies.settings import Settings as AgencySettings
from tests.databases import migrated_file, migrated_postgres, migrated_url, postgres
from tests.stack import Server, free_port

__all__ = ["migrated_file", "migrated_postgres", "migrated_url", "postgres"]
PEOPLE = "account,name,office,role,credential,from,to\n"
OFFICES = "code,name,province,province_name,address,from,to,successor\n"
SEALS = "office,credential,from,to\n"
HERE, THERE = "00070", "00008"
CLERK = f"lan,Trần Thị Lan,{HERE},clerk,,2026-01-01,\n"
CHAIR = f"minh,Lê Minh,{HERE},chair,chair-sample,2026-01-01,2027-12-31\n"
WARD = f"{THERE},Phường Ngọc Hà,01,Hà Nội,Số 1,2024-01-01,,\n"
NOON = datetime(2026, 6, 1, 5, tzinfo=UTC)
NOBODY = "http://127.0.0.1:9"


@dataclass
class House:
    """The rooms that the commands will find."""

    database: Database
    keys: StoredKeys

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.database, self.keys)

    @property
    def duty(self) -> Duty:
        return Duty(self.database)


Work = Callable[[House], Coroutine[Any, Any, Any]]


@pytest.fixture(scope="module")
def agencies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The stand-ins, over sockets; their signing service has credentials for the sample chairs and seals."""
    port = free_port()
    app = create_app(AgencySettings(state_dir=tmp_path_factory.mktemp("sim"), callback_url=NOBODY))
    server = Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def house(migrated_url: str, agencies: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], Any]:
    """Does something in the rooms that the commands will find; one office is there."""
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", migrated_url)
    monkeypatch.setenv("LIENTHONG_AGENCIES_URL", agencies)

    async def within(work: Work) -> Any:
        database = Database(migrated_url)
        try:
            return await work(House(database, StoredKeys(database, Settings().master_key_bytes)))
        finally:
            await database.close()

    def run(work: Work) -> Any:
        return asyncio.run(within(work))

    office = {"code": HERE, "name": "Phường Hoàn Kiếm", "province": "01", "province_name": "Hà Nội", "address": "Số 1"}
    entry = OfficeEntry.model_validate(office | {"valid_from": "2024-01-01"})
    run(lambda rooms: Offices(rooms.database).load([entry]))
    return run


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = _run(["registers", *arguments])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    def write(*lines: str, name: str = "people.csv", encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.write_text("".join(lines), encoding=encoding)
        return str(path)

    return write


def counted(**parts: tuple[int, int, int, int]) -> str:
    kinds = ("new", "changed", "ended", "unchanged")
    lines = (
        f"  {part:<9} {', '.join(f'{n} {kind}' for n, kind in zip(of, kinds, strict=True))}"
        for part, of in parts.items()
    )
    return "\n".join(["entered:", *lines, ""])


def standing(house: Callable[[Work], Any]) -> Any:
    return house(lambda rooms: rooms.duty.spans())


@pytest.mark.parametrize(
    ("separator", "encoding"), [(",", "utf-8"), (";", "utf-8"), (",", "utf-8-sig"), (";", "utf-8-sig")]
)
def test_people_are_entered_with_their_roles_and_again_nothing_changes(house, told, file, separator, encoding) -> None:
    path = file((PEOPLE + CLERK + "\n" + CHAIR).replace(",", separator), encoding=encoding)
    assert told("import", "--accounts", path) == (0, counted(accounts=(2, 0, 0, 0), spans=(2, 0, 0, 0)), "")
    first = standing(house)
    assert told("import", "--accounts", path) == (0, counted(accounts=(0, 0, 0, 2), spans=(0, 0, 0, 2)), "")
    assert standing(house) == first
    assert house(lambda rooms: rooms.accounts.names(["lan", "minh"])) == {"lan": "Trần Thị Lan", "minh": "Lê Minh"}
    ends = house(lambda rooms: rooms.accounts.get("minh")).valid_to
    assert ends == datetime(2027, 12, 31, 17, tzinfo=UTC)  # the last day is included
    assert len(house(lambda rooms: Certificates(rooms.database, rooms.keys).of("minh", "remote"))) == 1


def test_what_is_corrected_and_what_ends_is_told_apart(house, told, file) -> None:
    told("import", "--accounts", file(PEOPLE, CLERK, CHAIR))
    corrected = CHAIR.replace("Lê Minh", "Lê Văn Minh").replace("2027", "2028")
    ended = CLERK.replace("2026-01-01,", "2026-01-01,2026-05-31")
    code, out, _ = told("import", "--accounts", file(PEOPLE, ended, corrected))
    assert (code, out) == (0, counted(accounts=(0, 1, 1, 0), spans=(0, 1, 1, 0)))
    assert house(lambda rooms: rooms.accounts.roles("lan", NOON)) == ()
    assert [each.office for each in house(lambda rooms: rooms.accounts.roles("minh", NOON))] == [HERE]


def test_a_person_may_have_several_roles_one_after_another_and_at_several_offices(house, told, file) -> None:
    lines = (CLERK.replace("01-01,", "01-01,2026-03-31"), CLERK.replace("2026-01", "2026-04"))
    path = file(PEOPLE, *lines, CLERK.replace(HERE, THERE).replace("clerk", "chair"))
    code, out, _ = told("import", "--accounts", path, "--offices", file(OFFICES, WARD, name="offices.csv"))
    assert (code, out) == (0, counted(offices=(1, 0, 0, 0), accounts=(1, 0, 0, 0), spans=(3, 0, 0, 0)))
    roles = house(lambda rooms: rooms.accounts.roles("lan", NOON))
    assert {(each.office, each.role) for each in roles} == {(HERE, "clerk"), (THERE, "chair")}


def test_moments_say_the_hour(house, told, file) -> None:
    told(
        "import", "--accounts", file(PEOPLE, CLERK.replace("01-01,", "01-01T08:00:00+07:00,2026-06-01T12:00:00+07:00"))
    )
    (span,) = standing(house)
    assert (span.valid_from, span.valid_to) == (datetime(2026, 1, 1, 1, tzinfo=UTC), NOON)


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([CLERK.replace(HERE, "99999")], ["line 2: office: there is no office 99999 on 2026-01-01"]),
        ([CLERK.replace("2026", "2023")], ["line 2: office: there is no office 00070 on 2023-01-01"]),
        ([CLERK.replace(HERE, "70")], ["line 2: office: String should match pattern"]),
        ([CLERK.replace("clerk", "mayor")], ["line 2: role: Input should be 'clerk' or 'chair'"]),
        ([CLERK.replace("2026-01-01", "01/01/2026")], ["line 2: from: "]),
        ([CLERK.replace("2026-01-01,", "2026-01-01,2025-12-30")], ["line 2: to: lies before from"]),
        ([CLERK.replace("Trần Thị Lan", " ")], ["line 2: name: Field required"]),
        ([CLERK.replace("lan,", "trần lan,")], ["line 2: account: String should match pattern"]),
        (
            [CLERK, CLERK.replace("Lan", "Lành").replace("clerk", "chair")],
            ["line 3: name: not the one of this account"],
        ),
        ([CLERK, CHAIR, CLERK], ["line 4: line: begins like line 2"]),
        ([CLERK.strip() + ",x\n"], ["line 2: line: Extra inputs"]),
        ([CLERK, CLERK.replace("01-01", "03-01")], ["line 3: from: overlaps the same role at the same office"]),
        ([CHAIR.replace("chair-sample", "nobodys")], ["line 2: credential: the signing service does not know it"]),
        (
            [CLERK.replace("clerk", "mayor"), CHAIR.replace("chair-sample", "nobodys"), CLERK.replace(HERE, "99999")],
            ["line 2: role", "line 3: credential", "line 4: office"],
        ),
    ],
)
def test_every_wrong_line_is_named_and_nothing_is_entered(house, told, file, lines, wrong) -> None:
    path = file(PEOPLE, *lines)
    code, out, err = told("import", "--accounts", path)
    assert (code, out) == (1, "")
    first, second, *found = err.splitlines()
    assert (first, second) == ("lienthong: nothing was entered", f"{path}:")
    assert len(found) == len(wrong)
    for line, expected in zip(found, wrong, strict=True):
        assert line.startswith(f"  {expected}")
    assert not any(name in err for name in ("Trần", "trần", "Lành", "Lê"))
    assert standing(house) == ()
    assert house(lambda rooms: rooms.accounts.get("lan")) is None


def test_what_overlaps_the_register_is_refused_and_the_register_stays(house, told, file) -> None:
    told("import", "--accounts", file(PEOPLE, CLERK))
    code, _, err = told("import", "--accounts", file(PEOPLE, CLERK.replace("01-01", "03-01"), CHAIR))
    assert code == 1
    overlaps = "  line 2: from: overlaps the same role at the same office from 2026-01-01"
    assert err.splitlines()[2:] == [overlaps]
    assert [each.person for each in standing(house)] == ["lan"]


def test_a_check_says_what_would_be_and_enters_nothing(house, told, file) -> None:
    code, out, _ = told("import", "--check", "--accounts", file(PEOPLE, CLERK, CHAIR))
    assert (code, out.splitlines()[0]) == (0, "nothing was entered; it would be:")
    assert out.splitlines()[1:] == counted(accounts=(2, 0, 0, 0), spans=(2, 0, 0, 0)).splitlines()[1:]
    assert standing(house) == ()
    assert told("import", "--check", "--accounts", file(PEOPLE, CLERK.replace(HERE, "99999")))[0] == 1


def test_a_signing_service_that_does_not_answer_is_said_and_nothing_is_entered(
    house, told, file, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIENTHONG_AGENCIES_URL", NOBODY)
    code, out, err = told("import", "--accounts", file(PEOPLE, CLERK, CHAIR))
    said = "lienthong: the signing service does not answer: nothing was entered, try again later\n"
    assert (code, out, err) == (1, "", said)
    assert standing(house) == ()
    wrong = (CLERK.replace(HERE, "99999"), CHAIR.replace("chair,", "mayor,"), CHAIR)
    code, _, err = told("import", "--accounts", file(PEOPLE, *wrong))
    assert [line[:14] for line in err.splitlines()[2:]] == ["  line 2: offi", "  line 3: role"]
    code, _, _ = told("import", "--accounts", file(PEOPLE, CHAIR.replace("2027-12-31", "2026-05-31")))
    assert code == 0  # nobody is asked about duty that is over


def test_offices_end_in_favour_of_another_and_seals_begin(house, told, file) -> None:
    merged = WARD.replace("01-01,,", f"01-01,2025-06-30,{HERE}")
    offices = file(OFFICES, merged, name="offices.csv")
    seals = file(SEALS, f"{HERE},seal-00070,2024-01-01,\n", name="seals.csv")
    for counts in ((1, 0, 0, 0), (0, 0, 0, 1)):
        code, out, _ = told("import", "--offices", offices, "--seals", seals)
        assert (code, out) == (0, counted(offices=counts, seals=counts))
    assert house(lambda rooms: Offices(rooms.database).merged(NOON)) == ((THERE, HERE),)
    seal = house(lambda rooms: Seals(rooms.database).at(HERE, NOON))
    assert seal.credential == "seal-00070"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (OFFICES + WARD.replace(",,\n", f",,{HERE}\n"), "line 2: successor: only an office that has a last day"),
        (OFFICES + WARD.replace(",,\n", ",2025-06-30,99999\n"), "line 2: successor: its successor 99999 is no office"),
        (OFFICES + WARD.replace(",,\n", ",2023-06-30,\n"), "line 2: to: lies before the first day"),
        (OFFICES + WARD + WARD, "line 3: line: begins like line 2"),
        (SEALS + f"{THERE},seal-00008,2024-01-01,\n", "line 2: office: there is no office 00008"),
        (SEALS + f"{HERE},nobodys,2024-01-01,\n", "line 2: credential: the signing service does not know it"),
    ],
)
def test_wrong_offices_and_seals_are_named_too(house, told, file, content: str, wrong: str) -> None:
    option = "--seals" if content.startswith(SEALS) else "--offices"
    code, _, err = told("import", option, file(content))
    (line,) = err.splitlines()[2:]
    assert (code, line.startswith(f"  {wrong}")) == (1, True), line
    assert house(lambda rooms: Offices(rooms.database).get(THERE, NOON)) is None


def test_a_thousand_accounts_are_entered_in_one_go(house, told, file) -> None:
    lines = [f"p{n},Nguyễn Văn {n},{HERE},clerk,,2026-01-01,\n" for n in range(1000)]
    code, out, _ = told("import", "--accounts", file(PEOPLE, *lines))
    assert (code, out) == (0, counted(accounts=(1000, 0, 0, 0), spans=(1000, 0, 0, 0)))
    assert len(house(lambda rooms: rooms.duty.colleagues(HERE, NOON))) == 1000
    code, _, err = told("import", "--accounts", file(PEOPLE, *lines[:999], CLERK.replace(HERE, "99999")))
    assert (code, err.splitlines()[2:]) == (1, ["  line 1001: office: there is no office 99999 on 2026-01-01"])


@pytest.mark.parametrize("content", ["", "account,name\n", PEOPLE.replace("role", "vai trò")])
def test_a_file_with_other_columns_is_refused(told, file, content: str) -> None:
    code, _, err = told("import", "--accounts", file(content))
    assert (code, err.count("\n")) == (1, 1)
    assert "the first line must name the columns " in err


def test_no_file_and_one_that_is_not_there_are_one_line(told, tmp_path: Path) -> None:
    assert told("import") == (1, "", "lienthong: name a file: --accounts, --offices or --seals\n")
    code, _, err = told("import", "--accounts", str(tmp_path / "none.csv"))
    assert (code, err.endswith("cannot be read: FileNotFoundError\n")) == (1, True)


def test_who_has_which_role_is_listed(house, told, file) -> None:
    assert told("list")[1] == "nobody has a role\n"
    told("import", "--accounts", file(PEOPLE, CLERK, CHAIR))
    code, out, _ = told("list", "--office", HERE)
    assert code == 0
    assert [line.split() for line in out.splitlines()[1:]] == [
        [HERE, "chair", "minh", "Lê", "Minh", "01/01/2026", "00:00", "01/01/2028", "00:00", "chair-sample"],
        [HERE, "clerk", "lan", "Trần", "Thị", "Lan", "01/01/2026", "00:00", "–", "–"],
    ]
    assert told("list", "--office", THERE)[1] == "nobody has a role\n"
