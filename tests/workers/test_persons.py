"""One register for both groups: whom a dossier is about, until it lets go."""

from records.database import Database
from records.keys import StoredKeys
from records.registers import Persons
from tests.records.samples import a_death, a_filing
from workers.ports import PersonRegister


async def test_a_deceased_is_held_until_let_go_and_a_child_stays(sqlite: Database) -> None:
    register = PersonRegister(Persons(sqlite), StoredKeys(sqlite, bytes(32)))
    assert await register.claim_child("birth", a_filing()) is None
    assert await register.claim_deceased("death", a_death()) is None
    assert await register.claim_deceased("again", a_death()) == "death"
    await register.release_child("death")
    assert await register.claim_deceased("again", a_death()) is None
    assert await register.claim_child("another", a_filing()) == "birth"
