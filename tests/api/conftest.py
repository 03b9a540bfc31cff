"""Both databases for the front door's tests."""

from tests.databases import database, migrated_file, migrated_postgres, migrated_url, postgres

__all__ = ["database", "migrated_file", "migrated_postgres", "migrated_url", "postgres"]
