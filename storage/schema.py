"""Bring a database to the present schema: one Alembic history for SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage.errors import SchemaError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"

_UPGRADE_LOCK = 0x70617072  # one process at a time migrates a PostgreSQL database


def upgrade(database: Database) -> None:
    """Create or migrate the tables; do nothing when they are up to date.

    Raises:
        SchemaError: The database was made by a later version of Paperround.
        DatabaseUnavailableError: It does not answer.
    """
    config = _config()
    with database.explaining(), database.engine.connect() as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        current = _revision(connection)
        script = ScriptDirectory.from_config(config)
        if current is not None and current not in {r.revision for r in script.walk_revisions()}:
            raise SchemaError(
                f"The database is at revision {current}, which this version of Paperround does not know. "
                "Upgrade Paperround, or point PAPERROUND_DATABASE_URL at another database."
            )
        if current == script.get_current_head():
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
