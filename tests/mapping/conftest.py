"""A database of the newest form, on SQLite and on PostgreSQL."""

from tests.storage.conftest import database, empty_file

__all__ = ["database", "empty_file"]
