"""Takes in what the shop and the warehouse send, to be sent on later as fast as the fleet can take it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

SENDERS = 64
"""Requests on their way at a time."""
UNDER_WAY = 409
"""The events API's word for a request whose twin it has not answered yet."""
AGAIN = 0.05
"""Seconds until it is asked again."""

PASSED_ON = ("X-Shopify-", "Authorization", "Idempotency-Key", "Content-Type")


@dataclass(frozen=True, slots=True)
class Request:
    """One signed request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Sink:
    """Where they arrive: ``url``."""

    url: str = ""
    kept: list[Request] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep it and say yes."""
        headers = {name: value for name, value in request.headers.items() if name.startswith(PASSED_ON)}
        self.kept.append(Request(request.path, headers, await request.read()))
        return web.json_response({})


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """A sink that listens until the end of the block."""
    opened = Sink()
    app = web.Application(client_max_size=9 * 1024 * 1024)
    app.router.add_post("/{tail:.*}", opened.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        opened.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield opened
    finally:
        await runner.cleanup()


async def refused(session: aiohttp.ClientSession, url: str, one: Request) -> bool:
    """Send a request; whether it is to be sent again, since the same one is still under way from another sender. Raises
    RuntimeError when it is not answered 200."""
    async with session.post(f"{url}{one.path}", data=one.body, headers=one.headers) as answer:
        if answer.status not in (200, UNDER_WAY):
            raise RuntimeError(f"{one.path}: HTTP {answer.status}, {(await answer.text())[:300]}")
        return answer.status == UNDER_WAY


async def send_on(requests: Sequence[Request], urls: Sequence[str]) -> None:
    """Send everything on, in its order but ``SENDERS`` at a time, the senders spread over the addresses. Raises RuntimeError
    when one is not answered 200."""
    waiting = iter(requests)

    async def sender(session: aiohttp.ClientSession, url: str) -> None:
        for one in waiting:
            while await refused(session, url, one):  # noqa: ASYNC110 - it is asked over the network
                await asyncio.sleep(AGAIN)

    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=SENDERS)) as session,
        asyncio.TaskGroup() as all_,
    ):
        for nth in range(SENDERS):
            all_.create_task(sender(session, urls[nth % len(urls)]))
