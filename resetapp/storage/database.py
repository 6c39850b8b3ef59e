"""The engine, short transactions, and the schema's revision."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session as Session
from sqlalchemy.orm import sessionmaker

from resetapp.trouble import DatabaseDown

NEWEST_REVISION = "0013"  # of migrations/versions; Alembic itself is only loaded to migrate (schema.py)
_BUSY_MILLISECONDS = 5000
_PATIENCE = {"connect_timeout": 3, "options": f"-c lock_timeout={_BUSY_MILLISECONDS} -c statement_timeout=10000"}


class DatabaseTrouble(Exception):
    """The database cannot be used. `problem` names what, `remedy` says what to do; neither holds a password."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


class Database:
    """One engine and its short transactions. Thread-safe; create it after the worker was forked."""

    def __init__(self, url: str) -> None:
        self.engine = connect(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._once = self.engine.execution_options(reading="once")
        self._readers = sessionmaker(self.engine.execution_options(reading="many"), expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commits at the end, rolls back on any exception. Raises DatabaseDown."""
        with _told_apart(), self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """For look-ups only: takes no write lock, so it waits for nobody. Raises DatabaseDown."""
        with _told_apart(), self._readers.begin() as session:
            yield session

    @contextmanager
    def statements(self) -> Iterator[Connection]:
        """A transaction of prepared statements alone, for what every login does: a third of a session's cost."""
        with _told_apart(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def question(self) -> Iterator[Connection]:
        """For one prepared look-up. Raises DatabaseDown."""
        with _told_apart(), self._once.connect() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _told_apart() -> Iterator[None]:
    """The driver's faults become ours; their texts quote statements and parameters and go no further."""
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):  # a mistake of ours, not a broken database
        raise
    except (DBAPIError, PoolTimeout) as error:
        raise DatabaseDown(type(error).__name__) from None


def connect(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_timeout=5, hide_parameters=True, connect_args=_PATIENCE)
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401 - DB-API objects have no common type
    connection.isolation_level = None  # the begin below is ours, not the driver's
    for pragma in (f"busy_timeout={_BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """A transaction that reads and then writes must hold the write lock from its start, or two workers deadlock."""
    kind = connection.get_execution_options().get("reading")
    if kind != "once":  # a single statement needs no transaction around it
        begin = "BEGIN" if kind else "BEGIN IMMEDIATE"
        connection.connection.driver_connection.execute(begin).close()  # type: ignore[union-attr]


def revisions(url: str) -> tuple[str | None, str]:
    """(the database's revision, the newest one). Raises DatabaseTrouble when it cannot be reached."""
    if _missing_sqlite_file(url):
        return None, NEWEST_REVISION
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None, NEWEST_REVISION
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar(), NEWEST_REVISION
    except (SQLAlchemyError, OSError) as error:
        raise unreachable(url, error) from None
    finally:
        engine.dispose()


def demand_newest(url: str) -> None:
    """Workers never migrate by themselves: on a difference the start is refused. Raises DatabaseTrouble."""
    current, newest = revisions(url)
    if current != newest:
        problem = f"the database is at revision {current or 'none'}, this version needs {newest}"
        raise DatabaseTrouble(problem, "run: resetapp migrate")


def _missing_sqlite_file(url: str) -> bool:
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and bool(parsed.database) and not Path(str(parsed.database)).exists()


def unreachable(url: str, error: Exception) -> DatabaseTrouble:
    """Names the database without its password, and the kind of fault without its text."""
    where = make_url(url).render_as_string(hide_password=True)
    return DatabaseTrouble(
        f"the database {where} cannot be used ({type(error).__name__})",
        "see that the server runs or the file's folder exists and can be written, and check [database] url",
    )
