"""Both databases, and the keys of a test stack."""

import pytest

from records.database import Database
from records.keys import StoredKeys
from tests.databases import database, empty_url, migrated_file, migrated_postgres, migrated_url, postgres, sqlite

__all__ = ["database", "empty_url", "migrated_file", "migrated_postgres", "migrated_url", "postgres", "sqlite"]

MASTER = bytes(range(32))


@pytest.fixture
def keys(database: Database) -> StoredKeys:
    return StoredKeys(database, MASTER)
