"""Both databases for the workers' rooms."""

from tests.databases import database, migrated_file, migrated_postgres, migrated_url, postgres, sqlite

__all__ = ["database", "migrated_file", "migrated_postgres", "migrated_url", "postgres", "sqlite"]
