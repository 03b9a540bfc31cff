"""Both databases for the workers' rooms."""

from tests.databases import migrated_file, sqlite

__all__ = ["migrated_file", "sqlite"]
