"""A host that vanishes says nothing: its locks end within a bounded time, and so does the wait for a database that is gone."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bench.databases import postgres
from bench.hosts import Host, hosts, why_not
from storage.connecting import CONNECT_EACH, GONE_AFTER
from storage.engine import open_store
from storage.store import SqlStore
from sync.model.ids import SkuId
from tests.databases import SERVER_URL, migrated
from tests.fleet.postgres_pair import free_port, listening, pooler

ROOT = Path(__file__).parents[2]
SKU = SkuId("PAN-00")
GRACE = 15.0
"""Seconds for a busy machine, beyond what the settings say."""

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
async def apart(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Host, str]]:
    """A host of its own, and the URL of a database that it reaches over the network."""
    if reason := why_not():
        pytest.skip(reason)
    monkeypatch.delenv(SERVER_URL, raising=False)
    async with hosts(1) as made, postgres(listens=made.here) as url:
        await migrated(url)
        yield made.each[0], url


@asynccontextmanager
async def process(
    url: str, words: Sequence[str], host: Host | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """``tests.fleet.holder`` there, until the end of the block."""
    started = await asyncio.create_subprocess_exec(
        *(host.runs if host else ()),
        sys.executable,
        "-m",
        "tests.fleet.holder",
        *words,
        cwd=ROOT,
        env={**os.environ, "COUNTERSIGN_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        started.kill()
        await started.wait()


async def says(started: asyncio.subprocess.Process, word: str, within: float) -> float:
    """Wait until it says a word; seconds that took."""
    assert started.stdout is not None
    began = time.monotonic()
    async with asyncio.timeout(within):
        while (await started.stdout.readline()).decode().strip() != word:
            pass
    return time.monotonic() - began


async def lock(store: SqlStore) -> None:
    async with store.unit_of_work() as uow:
        await uow.stock.lock([SKU])


async def goes_on(url: str, within: float) -> None:
    """Another process gets the lock that is held, once its holder is gone."""
    store = await open_store(url)
    try:
        await asyncio.wait_for(lock(store), within)
    finally:
        await store.close()


async def held(url: str) -> None:
    with pytest.raises(TimeoutError):
        await goes_on(url, 1.0)


async def test_the_locks_of_a_host_that_vanished_end(apart: tuple[Host, str]) -> None:
    host, url = apart
    async with process(url, ["hold", SKU], host) as holder:
        await says(holder, "held", 30)
        await held(url)

        host.vanish()

        await goes_on(url, GONE_AFTER + GRACE)


async def test_a_database_that_vanished_is_noticed_and_found_again(apart: tuple[Host, str]) -> None:
    host, url = apart
    async with process(url, ["ask"], host) as asking:
        await says(asking, "yes", 30)

        host.vanish()
        await says(asking, "no", GONE_AFTER + GRACE)
        host.come_back()

        await says(asking, "yes", 30)


@pytest.mark.parametrize("by", ["directly", "behind a pooler"])
async def test_a_writing_transaction_that_stands_still_is_ended(pg_url: str, by: str) -> None:
    """A relay or a pooler keeps its connection to the server up, whoever vanished behind it."""
    program = shutil.which("pgbouncer")
    if by != "directly" and program is None:
        pytest.skip("there is no pgbouncer here")
    async with pooler(program or "", pg_url) if by != "directly" else listening(pg_url) as url:
        bounded = f"{url}{'&' if '?' in url else '?'}idle_in_transaction_session_timeout=3s"
        async with process(bounded, ["hold", SKU]) as holder:
            await says(holder, "held", 30)
            holder.send_signal(signal.SIGSTOP)
            await held(pg_url)

            await goes_on(pg_url, 3 + GRACE)


async def test_a_host_that_does_not_answer_leaves_time_for_the_next(pg_url: str) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    port = free_port()
    mute = await asyncio.start_server(silent, "127.0.0.1", port)
    async with mute, listening(pg_url) as url:
        store = await open_store(url.replace("@", f"@127.0.0.1:{port},"))
        try:
            await asyncio.wait_for(store.ping(), CONNECT_EACH + GRACE)
            async with store.unit_of_work() as first:
                await first.stock.lock([SKU])
                # A second connection goes to the host that answered last.
                await asyncio.wait_for(store.ping(), CONNECT_EACH / 2)
        finally:
            await store.close()
