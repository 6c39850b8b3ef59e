"""A database of the newest form, on SQLite and on PostgreSQL."""

from tests.storage.conftest import database

__all__ = ["database"]
