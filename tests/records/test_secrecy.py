"""Nobody's name or number stands readable in the database's files."""

from datetime import timedelta
from pathlib import Path

from contracts.dossier import LegKind, LegState, LegView
from contracts.journal import EventKind
from records.database import Database
from records.documents import DocumentStore
from records.edge import Inbox, Operations, Upload, Uploads
from records.exchanges import ExchangeLog
from records.journal import JournalStore
from records.keys import StoredKeys
from records.queries import Queries
from records.registers import Certificates, Persons, child_hashes, deceased_hashes
from tests.policy.deaths import SURVIVOR
from tests.records.certificates import a_certificate
from tests.records.conftest import MASTER
from tests.records.samples import FATHER_ID, MOTHER_ID, NOW, a_death, a_filing, a_state, a_turn, claimed, entry
from tests.records.test_stores import Said

NAME, NUMBER, WORDS = "Hypatía", "001326123457", "lý do riêng tư"


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_planted_names_and_numbers_are_not_in_the_files(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'records.db'}")
    await database.migrate()
    keys = StoredKeys(database, MASTER)
    filing = a_filing(name=("Đặng", NAME, NAME))
    secret = f"{NAME} {NUMBER} {WORDS}"
    paper = Upload("other", f"{NAME}.pdf", "0" * 64, secret.encode())
    code = (await claimed(database, keys, key=f"key of {NAME}", filing=filing, uploads=[paper])).code
    leg = LegView(
        kind=LegKind.PERSONAL_ID,
        agency="x",
        state=LegState.GRANTED,
        result={"personal_id": NUMBER},
        reason_text=WORDS,
    )
    turn = a_turn(
        code,
        entry(1, EventKind.FILED, name=NAME),
        entry(2, EventKind.SUPPLEMENT_REQUESTED, reason=secret),
        state=a_state(code, legs=(leg,), reason_text=WORDS),
        filing=filing,
    )
    await JournalStore(database, keys).write(turn)
    await Operations(database, keys).claim(client="c", operation="o", key=NAME, body_hash=NUMBER)
    await Uploads(database, keys).put(code, NAME, secret.encode())
    await Inbox(database, keys).store(
        agency="population", message_id="m", dossier=code, step="s", reference=NUMBER, body=secret.encode()
    )
    await Certificates(database, keys).register("chair-1", a_certificate(NAME, NOW, NOW + timedelta(days=1)), "remote")
    await Persons(database).claim(code, child_hashes(keys, filing))
    death = a_death(deceased={"given_name": NAME, "personal_id": NUMBER}, cause=WORDS)
    died = (await claimed(database, keys, key=NUMBER, filing=death)).code
    await JournalStore(database, keys).write(a_turn(died, entry(1, EventKind.FILED, name=NAME), filing=death))
    await Persons(database).claim(died, deceased_hashes(keys, death))
    documents = DocumentStore(database, keys)
    await documents.put(code, "d", "birth_certificate", 1, secret.encode())
    await documents.put_preparation(code, "d", "chair-1", state=secret.encode(), hash_to_sign=secret.encode())
    await documents.put_verdict(code, "d", {"signer": NAME})
    log = ExchangeLog(database, keys)
    log.record(Said(code, request=secret, answer=secret.encode()))
    await log.aclose()
    assert (await Queries(database, keys).view(code, NOW)).legs[0].result == {"personal_id": NUMBER}

    before = _files(tmp_path)
    await database.close()
    kept = b"".join((*before.values(), *_files(tmp_path).values()))
    assert "records.db-wal" in before
    assert code.encode() in kept
    people = {NUMBER, MOTHER_ID, FATHER_ID, str(SURVIVOR["personal_id"]), "0912345678", "0987654321"}
    for planted in (NAME, NAME.lower(), "Hypatia", WORDS, "Đặng", "Trần", "Hoàng", "12/GBT-2024", *people):
        assert planted.encode() not in kept
