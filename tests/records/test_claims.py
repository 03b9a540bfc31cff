"""A filing is claimed once, whoever asks however often."""

import asyncio
import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from contracts.base import DOSSIER_CODE
from contracts.followups import DifferenceOpening, ReversalOpening
from contracts.journal import EventKind
from contracts.tasks import BirthOpening, DeathOpening
from records.database import Database
from records.edge import Claim, Claims, Purpose, Upload
from records.journal import JournalStore
from records.keys import StoredKeys
from records.sealing import seal
from tests.records.conftest import MASTER
from tests.records.samples import (
    CLIENT,
    NOW,
    OFFICE,
    a_death,
    a_difference,
    a_filing,
    a_reversal,
    a_turn,
    body_of,
    claimed,
    entry,
    opening_of,
)

PAPER = Upload("birth_notice", "giay-chung-sinh.pdf", "0" * 64, b"%PDF-1.7 paper")


async def test_the_first_claim_creates_and_the_second_tells_the_same(database: Database, keys: StoredKeys):
    first = await claimed(database, keys, key="k1", uploads=[PAPER])
    again = await claimed(database, keys, key="k1", uploads=[PAPER])
    assert re.match(DOSSIER_CODE, first.code)
    assert (first.created, again.created) == (True, False)
    assert (again.code, again.differing, again.opening, again.started) == (first.code, (), first.opening, False)
    assert first.opening.filing.papers[0].name == PAPER.name


async def test_sixteen_claims_at_once_make_one_dossier(database: Database, keys: StoredKeys):
    stores = [keys, StoredKeys(database, MASTER)]
    claims = await asyncio.gather(*(claimed(database, stores[n % 2], key="k") for n in range(16)))
    assert len({claim.code for claim in claims}) == 1
    assert sum(claim.created for claim in claims) == 1
    assert len(await Claims(database, keys).unstarted(-1, 100)) == 1


async def test_processes_that_claim_at_once_make_one_dossier(empty_url: str):
    databases = [Database(empty_url) for _ in range(4)]
    await databases[0].migrate()
    claims = await asyncio.gather(
        *(claimed(databases[n % 4], StoredKeys(databases[n % 4], MASTER), key="k") for n in range(16))
    )
    assert len({claim.code for claim in claims}) == 1
    assert sum(claim.created for claim in claims) == 1
    for each in databases:
        await each.close()


async def test_the_code_names_the_day_in_viet_nam(database: Database, keys: StoredKeys):
    late = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    claim = await claimed(database, keys, filed_at=late)
    assert claim.code.startswith("G22.99.08-261124-")


async def test_another_body_under_the_same_key_names_the_fields(database: Database, keys: StoredKeys):
    filing = a_filing()
    body = body_of(filing) | {"attachments": [{"kind": "a/b", "name": "n", "sha256": "1"}]}
    other = body_of(a_filing(name=("Đặng", "Thị Hòa", "An"))) | {"attachments": [], "extra": None}

    async def claim(sent):
        return await Claims(database, keys).claim(
            client=CLIENT,
            key="k",
            group="birth",
            office=OFFICE,
            filed_at=NOW,
            body=sent,
            uploads=[],
            opening=opening_of(filing),
        )

    first, second = await claim(body), await claim(other)
    assert not second.created
    assert second.code == first.code
    assert second.differing == ("/declaration/child/given_name", "/attachments/0", "/extra")


async def test_other_clients_and_keys_have_their_own_dossiers(database: Database, keys: StoredKeys):
    claims = [
        await claimed(database, keys, key="k"),
        await claimed(database, keys, key="k2"),
        await claimed(database, keys, key="k", client="desk"),
    ]
    assert len({claim.code for claim in claims}) == 3
    assert await Claims(database, keys).owner(claims[2].code) == "desk"
    assert await Claims(database, keys).owner("G22.99.08-261122-999999") is None


async def test_a_taken_code_is_drawn_again(database: Database, keys: StoredKeys, monkeypatch):
    draws = iter([7, 7, 7, 8])
    monkeypatch.setattr("records.edge.claims.secrets.randbelow", lambda _: next(draws))
    first, second = await claimed(database, keys, key="a"), await claimed(database, keys, key="b")
    assert (first.code[-6:], second.code[-6:]) == ("000007", "000008")


async def test_the_relay_finds_what_was_never_started(database: Database, keys: StoredKeys):
    claims = Claims(database, keys)
    first, second = await claimed(database, keys), await claimed(database, keys)
    assert await claims.unstarted(60, 10) == []
    assert [each.code for each in await claims.unstarted(-1, 10)] == [first.code, second.code]
    assert [each.code for each in await claims.unstarted(-1, 1)] == [first.code]
    await claims.mark_started(first.code)
    assert await claims.unstarted(-1, 10) == [second.opening]
    await keys.destroy(second.code)
    assert await claims.unstarted(-1, 10) == []


async def test_the_filing_is_the_claimed_one_until_the_citizen_changes_it(database: Database, keys: StoredKeys):
    claims, journal = Claims(database, keys), JournalStore(database, keys)
    claim = await claimed(database, keys, uploads=[PAPER])
    assert await claims.filing(claim.code) == claim.opening.filing
    await journal.write(a_turn(claim.code, entry(1, EventKind.FILED), filing=claim.opening.filing))
    changed = a_filing(name=("Đặng", "Thị Hòa", "An"))
    await journal.write(a_turn(claim.code, entry(2, EventKind.SUPPLEMENT_ANSWERED), filing=changed))
    assert await claims.filing(claim.code) == changed
    assert await claims.filing("G22.99.08-261122-999999") is None


async def test_many_filings_are_read_as_each_alone_would_be(database: Database, keys: StoredKeys):
    claims, journal = Claims(database, keys), JournalStore(database, keys)
    plain, changed = [await claimed(database, keys) for _ in range(2)]
    other = a_filing(name=("Đặng", "Thị Hòa", "An"))
    await journal.write(a_turn(changed.code, entry(1, EventKind.FILED), filing=other))
    codes = [plain.code, changed.code, "G22.99.08-261122-999999"]
    elsewhere = Claims(database, StoredKeys(database, MASTER))
    for each in (claims, elsewhere):
        assert await each.filings(codes) == {plain.code: plain.opening.filing, changed.code: other}
    assert await claims.filings([]) == {}


async def test_each_group_is_read_back_as_itself(database: Database, keys: StoredKeys):
    claims = Claims(database, keys)
    birth, death = await claimed(database, keys), await claimed(database, keys, key="k", filing=a_death())
    assert [type(each) for each in await claims.unstarted(-1, 10)] == [BirthOpening, DeathOpening]
    assert await claims.unstarted(-1, 10) == [birth.opening, death.opening]
    again = await claimed(database, keys, key="k", filing=a_death())
    assert (again.code, again.opening) == (death.code, death.opening)
    assert await claims.filing(death.code) == a_death()


async def test_a_death_is_claimed_until_the_citizen_changes_it(database: Database, keys: StoredKeys):
    claims, journal = Claims(database, keys), JournalStore(database, keys)
    code = (await claimed(database, keys, filing=a_death())).code
    changed = a_death(cause="Suy tim")
    await journal.write(a_turn(code, entry(1, EventKind.FILED), filing=changed))
    assert await claims.filing(code) == changed


async def test_an_opening_of_a_kind_that_this_version_does_not_know_holds_no_other(
    database: Database, keys: StoredKeys
):
    strange, known = await claimed(database, keys), await claimed(database, keys)
    told = strange.opening.model_dump(mode="json") | {"wedding": True}
    sealed = seal(await keys.key_for(strange.code), json.dumps(told).encode(), f"opening/{strange.code}")
    change = text("UPDATE claims SET sealed_opening = :sealed WHERE code = :code")
    place = {"code": strange.code, "sealed": sealed}
    await database.write(lambda connection: connection.execute(change, place) and None)
    assert await Claims(database, keys).unstarted(-1, 10) == [known.opening]


async def test_what_an_office_opens_is_read_back_as_itself_and_claimed_once(database: Database, keys: StoredKeys):
    claims, first = Claims(database, keys), await claimed(database, keys, filing=a_death())
    reversal = await ordered(claims, first, Purpose.REVERSAL, a_reversal(first))
    difference = await ordered(claims, first, Purpose.DIFFERENCE, a_difference(first))
    assert len({first.code, reversal.code, difference.code}) == 3
    found = {each.code: each for each in await claims.unstarted(-1, 10)}
    assert found == {each.code: each.opening for each in (first, reversal, difference)}
    assert [type(found[each.code]) for each in (reversal, difference)] == [ReversalOpening, DifferenceOpening]
    again = await ordered(claims, first, Purpose.REVERSAL, a_reversal(first))
    assert (again.created, again.code, again.opening) == (False, reversal.code, reversal.opening)
    assert await claims.owner(reversal.code) == CLIENT


async def test_a_key_of_the_clients_own_is_none_of_an_offices(database: Database, keys: StoredKeys):
    claims = Claims(database, keys)
    claim = await claimed(database, keys, key="k")
    assert await claims.known(CLIENT, "k", Purpose.FILING) == claim.code
    assert await claims.known(CLIENT, "k", Purpose.REVERSAL) is None


async def test_how_a_dossier_started_is_told_with_the_filing_as_it_now_stands(database: Database, keys: StoredKeys):
    claims, journal = Claims(database, keys), JournalStore(database, keys)
    claim = await claimed(database, keys, filing=a_death())
    assert await claims.opening(claim.code) == claim.opening
    changed = a_death(cause="Suy tim")
    await journal.write(a_turn(claim.code, entry(1, EventKind.FILED), filing=changed))
    assert await claims.opening(claim.code) == claim.opening.model_copy(update={"filing": changed})
    assert await claims.opening("G22.99.08-261122-999999") is None


async def ordered(claims: Claims, first: Claim, purpose: Purpose, opening: Any) -> Claim:
    return await claims.claim(
        client=CLIENT,
        key=first.code,
        purpose=purpose,
        group="death",
        office=OFFICE,
        filed_at=NOW,
        body={},
        uploads=[],
        opening=opening,
    )
