"""The floor: a bare handler that verifies a webhook's signature, decodes it, and inserts one row, many waiters per commit."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
from aiohttp import web

Row = tuple[str, str, str]
Insert = Callable[[Sequence[Row]], Awaitable[None]]


class BareHandler:
    """Answers once the row is durable. Whatever waits shares one commit; nobody waits for company."""

    def __init__(self, secret: str, insert: Insert) -> None:
        self._secret = secret.encode()
        self._insert = insert
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._some = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        """Verify, decode, keep."""
        body = await request.read()
        signed = base64.b64encode(hmac.new(self._secret, body, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(signed, request.headers.get("X-Shopify-Hmac-Sha256", "")):
            return web.Response(status=401)
        told = json.loads(body)
        done = asyncio.get_running_loop().create_future()
        topic = request.headers.get("X-Shopify-Topic", "")
        self._waiting.append(((request.headers.get("X-Shopify-Webhook-Id", ""), topic, str(told.get("id"))), done))
        self._some.set()
        await done
        return web.json_response({})

    async def commit(self) -> None:
        """Insert whatever waits, again and again."""
        while True:
            await self._some.wait()
            self._some.clear()
            group, self._waiting = self._waiting, []
            await self._insert([row for row, _ in group])
            for _, done in group:
                done.set_result(None)


@asynccontextmanager
async def bare(url: str, secret: str) -> AsyncIterator[str]:
    """The floor on the database behind ``url``; yields its address."""
    async with table(url) as insert:
        handler = BareHandler(secret, insert)
        committing = asyncio.create_task(handler.commit())
        app = web.Application()
        app.router.add_post("/{tail:.*}", handler.take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
            committing.cancel()


@asynccontextmanager
async def table(url: str) -> AsyncIterator[Insert]:
    """A table of three texts in the database behind ``url``, or in a file beside it; inserts and commits."""
    columns = "id text, topic text, object text"
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///") + ".floor", check_same_thread=False)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute(f"CREATE TABLE events ({columns})")

        def write(rows: Sequence[Row]) -> None:
            with file:
                file.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)

        async def into_file(rows: Sequence[Row]) -> None:
            await asyncio.to_thread(write, rows)

        yield into_file
        file.close()
        return
    server = await asyncpg.connect(url)
    await server.execute(f"CREATE TABLE IF NOT EXISTS floor_events ({columns})")

    async def into_server(rows: Sequence[Row]) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await server.execute(
            "INSERT INTO floor_events SELECT * FROM unnest($1::text[], $2::text[], $3::text[])", *columns
        )

    yield into_server
    await server.close()


@asynccontextmanager
async def looking(url: str) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Yields a look at whether anything is due on the database behind ``url``, which costs the product nothing."""
    question = "SELECT EXISTS (SELECT 1 FROM due)"
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)

        async def in_file() -> bool:
            return bool(file.execute(question).fetchone()[0])

        yield in_file
        file.close()
        return
    server = await asyncpg.connect(url)

    async def on_server() -> bool:
        return bool(await server.fetchval(question))

    yield on_server
    await server.close()


async def commits(url: str, times: int) -> list[float]:
    """Seconds of so many durable commits of one row each, one after another."""
    taken = []
    async with table(f"{url}-one" if url.startswith("sqlite") else url) as insert:
        for number in range(times):
            began = time.perf_counter()
            await insert([(str(number), "orders/create", "1")])
            taken.append(time.perf_counter() - began)
    return taken
