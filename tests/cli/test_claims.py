"""`lienthong claims` and `lienthong differences`: on both databases, by what an operator reads."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import _run
from contracts.benefit_steps import Claim, ClaimHeld, ClaimState
from contracts.benefits import Payer
from contracts.dossier import LegKind
from records.database import Database
from records.keys import StoredKeys
from runtime.settings import Settings
from tests.databases import migrated_file, migrated_postgres, migrated_url, postgres
from tests.workers.paid_death import DECEASED, House

__all__ = ["migrated_file", "migrated_postgres", "migrated_url", "postgres"]
HEADER = "kind,payer,personal_id,beneficiary,amount,paid_on\n"
FUNERAL = f"funeral,social_insurance,{DECEASED},,23400000,2026-08-03\n"
SURVIVOR = f"survivor,social_insurance,{DECEASED},004145000321,1170000,2026-08-03\n"
CODE = "G22.99.08-261122-000001"
CLAIM = Claim(dossier=CODE, kind=LegKind.FUNERAL, payer=Payer.MERIT, deceased=DECEASED)
Work = Callable[[House], Coroutine[Any, Any, Any]]


@pytest.fixture
def house(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], Any]:
    """Does something in the rooms that the commands will find."""
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", migrated_url)

    async def within(work: Work) -> Any:
        database = Database(migrated_url)
        try:
            return await work(House(database, StoredKeys(database, Settings().master_key_bytes)))
        finally:
            await database.close()

    return lambda work: asyncio.run(within(work))


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = _run(list(arguments))
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    def write(content: str, encoding: str = "utf-8") -> str:
        path = tmp_path / "payments.csv"
        path.write_text(content, encoding=encoding)
        return str(path)

    return write


def test_payments_made_outside_are_entered_and_shut_the_claim(house, told, file) -> None:
    for _ in range(2):
        code, out, _ = told("claims", "import", file(HEADER + FUNERAL + "\n" + SURVIVOR, "utf-8-sig"))
        assert (code, out) == (0, "2 payments entered\n")
    held = house(lambda rooms: rooms.register.reserve(CLAIM))
    assert held == ClaimHeld(payer=Payer.SOCIAL_INSURANCE, state=ClaimState.PAID)


def test_a_claim_that_is_only_reserved_gives_way_and_the_line_is_named(house, told, file) -> None:
    house(lambda rooms: rooms.register.reserve(CLAIM))
    code, out, _ = told("claims", "import", file(HEADER + SURVIVOR + FUNERAL))
    assert (code, out.splitlines()[1:]) == (
        0,
        [f"  line 3: the claim was reserved by merit in {CODE}, which gives way"],
    )


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([FUNERAL, "wedding" + FUNERAL[7:]], ["line 3: kind: Input should be"]),
        ([FUNERAL.replace(DECEASED, "4041000123")], ["line 2: personal_id: String should match"]),
        ([FUNERAL.replace("23400000", "23.400.000")], ["line 2: amount: Input should be a valid integer"]),
        ([FUNERAL.replace("23400000", "9" * 5000)], ["line 2: amount: Input should be a valid integer"]),
        ([FUNERAL.replace("2026-08-03", "03/08/2026")], ["line 2: paid_on: Input should be a valid date"]),
        ([FUNERAL.replace("2026-08-03", "2999-08-03")], ["line 2: paid_on: this day lies in the future"]),
        ([FUNERAL.strip() + ",x\n"], ["line 2: line: Extra inputs"]),
        (["funeral,merit\n"], ["line 2: amount", "line 2: paid_on", "line 2: personal_id"]),
        ([SURVIVOR.replace("004145000321", "")], ["line 2: beneficiary: survivor benefit is paid once each survivor"]),
        ([SURVIVOR.replace("survivor", "one_off")], ["line 2: beneficiary: this benefit is paid once"]),
        ([SURVIVOR, FUNERAL, FUNERAL], ["line 4: the same claim as line 3"]),
    ],
    ids=lambda each: each[0][:60] if isinstance(each, list) and each[0].startswith("line") else "",
)
def test_a_wrong_line_is_named_without_its_people_and_nothing_is_entered(house, told, file, lines, wrong) -> None:
    code, out, err = told("claims", "import", file(HEADER + "".join([SURVIVOR.replace("321,", "322,"), *lines])))
    told_lines = err.splitlines()[1:]
    assert (code, out) == (1, "")
    assert "nothing was entered" in err.splitlines()[0]
    assert len(told_lines) == len(wrong)
    for line, expected in zip(told_lines, wrong, strict=True):
        assert _later(expected) in line
    assert "04041000123" not in err
    assert "00414500032" not in err
    assert house(lambda rooms: rooms.register.of_deceased(DECEASED)) == ()


def _later(expected: str) -> str:
    """The same of the next line: one that is right goes before."""
    for number in (4, 3, 2):
        expected = expected.replace(f"line {number}", f"line {number + 1}")
    return expected


def test_what_is_paid_already_is_named_and_nothing_is_entered(house, told, file) -> None:
    house(lambda rooms: rooms.pay(CLAIM, 23_400_000))
    code, out, err = told("claims", "import", file(HEADER + SURVIVOR + FUNERAL))
    assert (code, out) == (1, "")
    assert err.splitlines()[1:] == [f"  line 3: paid already by merit in {CODE}"]
    assert len(house(lambda rooms: rooms.register.of_deceased(DECEASED))) == 1


@pytest.mark.parametrize("content", ["", "kind,payer\n", HEADER.replace("kind", "loại")])
def test_a_file_with_other_columns_is_refused(told, file, content: str) -> None:
    code, _, err = told("claims", "import", file(content))
    assert code == 1
    assert "must name the columns kind, payer, personal_id" in err


def test_a_file_that_is_not_there_is_one_line(told, tmp_path: Path) -> None:
    code, _, err = told("claims", "import", str(tmp_path / "none.csv"))
    assert (code, err.count("\n")) == (1, 1)
    assert err.endswith("cannot be read: FileNotFoundError\n")


def test_the_claims_of_a_dossier_are_listed(house, told) -> None:
    house(lambda rooms: rooms.pay(CLAIM, 23_400_000))
    code, out, _ = told("claims", "show", CODE)
    assert code == 0
    assert out.splitlines()[1].split() == [
        *("funeral", "–", "merit", "paid", "23,400,000", "VND", "03/08/2026", "10/08/2026"),
    ]
    assert DECEASED not in out
    assert told("claims", "show", "G22.99.08-261122-000002")[1] == "no claims\n"


def test_differences_are_listed_and_opened_when_asked_for(house, told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_TEMPORAL_ADDRESS", "127.0.0.1:9")
    monkeypatch.setenv("LIENTHONG_UPDATE_TIMEOUT", "0.5")
    assert told("differences") == (0, "nothing is due\n", "")
    first = house(lambda rooms: rooms.paid_death())
    for _ in range(2):
        code, out, _ = told("differences")
        assert (code, out.splitlines()[1].split()) == (0, [first.code, "funeral", "800,000", "VND"])
    code, out, _ = told("differences", "--apply")
    waiting = house(lambda rooms: rooms.claims.unstarted(-1, 10))
    assert (code, out.splitlines()[1].split()[-1]) == (0, waiting[-1].code)
    assert told("differences")[1] == "nothing is due\n"


def test_a_database_that_is_not_ready_is_one_line(told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", f"sqlite:///{tmp_path / 'none' / 'records.db'}")
    for command in (("differences",), ("claims", "show", CODE)):
        code, out, err = told(*command)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert err.startswith("lienthong: the database is not ready")
