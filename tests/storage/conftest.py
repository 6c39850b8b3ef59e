"""The same tests on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from resetapp.storage.database import Database
from resetapp.storage.schema import upgrade
from resetapp.storage.tables import Table


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the newest form, made once: all the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("storage") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(empty_file, tmp_path / 'test.db')}"
    else:
        url = request.getfixturevalue("postgresql_url")
    database = Database(url)
    yield database
    if request.param == "postgresql":
        with database.transaction() as db:
            names = ", ".join(table.name for table in Table.metadata.sorted_tables)
            db.execute(text(f"TRUNCATE {names} CASCADE"))
    database.close()
