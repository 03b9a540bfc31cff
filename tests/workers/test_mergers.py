"""What lies at an office that is merged moves to its successor: all of it, once, without haste."""

from datetime import date, timedelta

import pytest
from structlog.testing import capture_logs

from contracts.dossier import Stage
from contracts.journal import EventKind
from contracts.tasks import OfficeMove, Receipt
from orchestrator import DoorError, DossierClosed, DossierUnknown, OutcomeUnknown, Reference, Refusal
from records.database import Database
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import Queries
from records.registers import OfficeEntry, Offices
from tests.records.samples import NOW, OFFICE, a_filing, a_state, a_turn, claimed, entry
from workers.mergers import Mergers

SUCCESSOR, OTHER = "00008", "00074"
LAST_DAY = date(2026, 11, 23)
AFTER = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.mergers.PAUSE_S", 0)
    monkeypatch.setattr("workers.mergers.PAGE", 2)


class Engine:
    """Dossiers that go where they are moved, and say so in their journal; `trouble` by dossier."""

    def __init__(self, journal: JournalStore) -> None:
        self._journal = journal
        self.trouble: dict[str, DoorError] = {}
        self.away = False
        self.moved: list[tuple[str, str, str]] = []

    async def move_office(self, dossier: Reference, move: OfficeMove, request: str) -> Receipt:
        code = dossier.workflow_id.rpartition("/")[2]
        if self.away or code in self.trouble:
            raise OutcomeUnknown("away") if self.away else self.trouble[code]
        self.moved.append((code, move.office, request))
        said = entry(9, EventKind.OFFICE_MOVED, **{"from": OFFICE, "to": move.office})
        await self._journal.write(a_turn(code, said, state=a_state(code, office=move.office)))
        return Receipt.TAKEN

    async def engine_answers(self) -> bool:
        return not self.away


class Town:
    """Two offices, one of which ends, and the dossiers at both."""

    def __init__(self, database: Database) -> None:
        self._database, self._keys = database, StoredKeys(database, bytes(32))
        self._journal = JournalStore(database, self._keys)
        self.queries = Queries(database, self._keys)
        self.offices = Offices(database)
        self.engine = Engine(self._journal)
        self.time = AFTER
        self.mergers = Mergers(self.offices, self.queries, self.engine, 0, lambda: self.time)

    async def merge(self) -> None:
        ends = {OFFICE: {"valid_to": LAST_DAY, "successor": SUCCESSOR}}
        told = {
            "name": "UBND",
            "province": "01",
            "province_name": "Hà Nội",
            "address": "Hà Nội",
            "valid_from": date(2024, 1, 1),
        }
        await self.offices.load(
            OfficeEntry(code=code, **told | ends.get(code, {})) for code in (OFFICE, SUCCESSOR, OTHER)
        )

    async def dossier(self, office: str = OFFICE, stage: Stage = Stage.SUBMITTED) -> str:
        code = (await claimed(self._database, self._keys, office=office)).code
        state = a_state(code, stage, office=office)
        await self._journal.write(a_turn(code, entry(1, EventKind.FILED), state=state, filing=a_filing()))
        return code

    async def at(self, code: str) -> str:
        header = await self.queries.header(code)
        assert header is not None
        return header.office


@pytest.fixture
async def town(database: Database) -> Town:
    town = Town(database)
    await town.merge()
    return town


async def test_every_open_dossier_moves_once_and_no_other_does(town: Town) -> None:
    mine = [await town.dossier(stage=stage) for stage in Stage if not stage.closed]
    others = [await town.dossier(stage=Stage.RETURNED), await town.dossier(OTHER), await town.dossier(SUCCESSOR)]
    assert await town.mergers.sweep() == len(mine) == 4
    assert [await town.at(code) for code in mine] == [SUCCESSOR] * 4
    assert [await town.at(code) for code in others] == [OFFICE, OTHER, SUCCESSOR]
    assert await town.mergers.sweep() == 0
    assert sorted(code for code, _, _ in town.engine.moved) == sorted(mine)
    late = await town.dossier()
    assert await town.mergers.sweep() == 1
    assert await town.at(late) == SUCCESSOR


async def test_nothing_moves_before_the_office_is_over(town: Town) -> None:
    code = await town.dossier()
    town.time = NOW
    assert await town.mergers.sweep() == 0
    assert await town.at(code) == OFFICE


@pytest.mark.parametrize(
    "trouble",
    [
        DossierClosed("it ended meanwhile"),
        DossierUnknown("its history is gone"),
        Refusal("OfficeUnchanged", "moved by another process", ()),
        OutcomeUnknown("too slow"),
    ],
    ids=lambda err: type(err).__name__,
)
async def test_one_that_does_not_move_holds_no_other_and_is_tried_again(town: Town, trouble: DoorError) -> None:
    codes = sorted([await town.dossier() for _ in range(5)])
    town.engine.trouble[codes[0]] = trouble
    assert await town.mergers.sweep() == 4
    assert [await town.at(code) for code in codes] == [OFFICE] + [SUCCESSOR] * 4
    town.engine.trouble.clear()
    assert await town.mergers.sweep() == 1


async def test_while_the_engine_is_away_the_round_ends_and_the_next_goes_on(town: Town) -> None:
    for _ in range(3):
        await town.dossier()
    town.engine.away = True
    with pytest.raises(OutcomeUnknown):
        await town.mergers.sweep()
    town.engine.away = False
    assert await town.mergers.sweep() == 3


async def test_the_same_move_has_the_same_id_whoever_makes_it(town: Town) -> None:
    code = await town.dossier()
    town.engine.trouble[code] = OutcomeUnknown("its answer was lost")
    await town.mergers.sweep()
    town.engine.trouble.clear()
    await town.mergers.sweep()
    second = Town(town._database)
    await second.dossier()
    await second.mergers.sweep()
    assert len({request for _, _, request in town.engine.moved + second.engine.moved}) == 1


async def test_the_log_counts_and_names_nobody(town: Town) -> None:
    codes = sorted([await town.dossier() for _ in range(3)])
    town.engine.trouble[codes[0]] = DossierClosed("it ended meanwhile")
    with capture_logs() as told:
        await town.mergers.sweep()
    counted = [(each["moved"], each["left"]) for each in told if each["event"] == "offices_merged"]
    assert counted == [(1, 1), (1, 0)]
    assert [each["dossier"] for each in told if each["event"] == "dossier_stays"] == [codes[0]]
