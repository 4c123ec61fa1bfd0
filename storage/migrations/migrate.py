"""Migrating from inside the program, safely by several processes at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sync.errors import BadInput

_LOCK = 4_207_311_005
"""The advisory lock that migrating processes take on PostgreSQL, held until their transaction ends."""


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


HEAD = "head"


async def migrate(connection: AsyncConnection, revision: str = HEAD) -> None:
    """Upgrade to the newest revision (or to ``revision``) inside the given transaction, which another process's migration
    waits for. A database that is newer still is left as it is; raises BadInput when it does not serve this version.

    On SQLite the transaction has begun with the write lock, so there is nothing more to take.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    current = await revision_of(connection)
    if current is not None and not known_revision(current):
        await _hold_served(connection, current)
        return
    await connection.run_sync(_upgrade, revision)


async def _hold_served(connection: AsyncConnection, current: str) -> None:
    """A newer process has been here. While a fleet is upgraded process by process, those of the version before go on, and may
    start again, as long as the newer tables serve them. Raises BadInput when they do not."""
    asked = text("SELECT since FROM served WHERE revision = :revision")
    since = (await connection.execute(asked, {"revision": current})).scalar_one_or_none()
    if since is None or newest_revision() < since:
        raise BadInput(
            f"The database has the tables of a newer version (revision {current}), which this one (revision "
            f"{newest_revision()}) cannot use. Start the newer version here, too; nothing was changed."
        )


def _upgrade(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def revision_of(connection: AsyncConnection) -> str | None:
    """The revision of this database's tables; None when it has none yet."""
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def known_revision(revision: str) -> bool:
    """Whether this version of the product has this revision."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def newest_revision() -> str:
    """The revision that this version's tables are."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert newest is not None  # noqa: S101 - there is one line of revisions
    return newest
