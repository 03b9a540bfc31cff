"""`lienthong sessions`: a person is logged out wherever they are, nobody else is."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cli.__main__ import _run
from records.database import Database
from records.edge import Holder, Sessions
from records.keys import StoredKeys
from runtime.settings import Settings
from tests.databases import migrated_file, migrated_postgres, migrated_url, postgres

__all__ = ["migrated_file", "migrated_postgres", "migrated_url", "postgres"]


def test_a_person_is_logged_out_everywhere(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", migrated_url)
    now = datetime.now(UTC)

    def told(account: str) -> tuple[int, str]:
        return _run(["sessions", "end", account]), capsys.readouterr().out

    async def at_the_desks(*opened: str) -> list[str]:
        """One more login each for these people; and who is behind the cookies that were given."""
        database = Database(migrated_url)
        try:
            sessions = Sessions(database, StoredKeys(database, Settings().master_key_bytes))
            for person in opened:
                holder = Holder(client=person, subject=person, name="Trần Thị Lan", scopes=(), offices=("00070",))
                cookies.append(await sessions.open(holder, now, timedelta(hours=8)))
            found = [await sessions.holder(each, now) for each in cookies]
            return [each.subject if each else "" for each in found]
        finally:
            await database.close()

    cookies: list[str] = []
    assert asyncio.run(at_the_desks("lan", "minh", "lan")) == ["lan", "minh", "lan"]
    assert told("lan") == (0, "2 ended\n")
    assert asyncio.run(at_the_desks()) == ["", "minh", ""]
    assert told("lan") == (0, "0 ended\n")
