"""The schema's migrations. Apart from `database`, so that the workers need not load Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError

from resetapp.storage.database import connect, unreachable

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(url: str) -> None:
    """Run the migrations up to the newest revision. Raises DatabaseTrouble."""
    engine = connect(url)
    try:
        with engine.begin() as connection:
            configuration = alembic_configuration()
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    except (SQLAlchemyError, OSError) as error:
        raise unreachable(url, error) from None
    finally:
        engine.dispose()


def alembic_configuration() -> Config:
    """Without a file: the connection is handed over in its attributes."""
    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return configuration
