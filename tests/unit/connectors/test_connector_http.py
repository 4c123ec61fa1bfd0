"""Calls that bring no answer, and addresses that are never called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from sync.connectors.base import Fault
from sync.connectors.http import CallFailed, Web, checked_address
from sync.errors import BadInput


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.post("/", handler)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "url",
    [
        "http://demo.myshopify.com",
        "ftp://demo.myshopify.com",
        "https://",
        "demo.myshopify.com",
        "https://user:word@demo.myshopify.com",
        "https://10.0.0.5",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]",
        "https://127.0.0.1",
        "http://localhost:9",
    ],
)
def test_an_address_that_is_not_public_and_https_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        checked_address(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/x", "http://localhost:9", "http://[::1]:9"])
def test_this_machine_is_called_only_where_that_is_allowed(url: str) -> None:
    assert checked_address(url, loopback=True) == url


def test_loopback_allowed_opens_no_other_private_address() -> None:
    with pytest.raises(BadInput, match="private network"):
        checked_address("https://10.0.0.5", loopback=True)


async def test_a_name_that_leads_to_this_machine_is_refused_after_it_is_resolved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

    monkeypatch.setattr("sync.connectors.http.ThreadedResolver.resolve", resolve)
    session = Web()
    with pytest.raises(BadInput, match=r"leads to 127\.0\.0\.1"):
        await session.post("https://rebound.example.com/", headers={}, body={})
    await session.close()


async def test_an_answer_comes_with_its_interval_and_lower_case_headers() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(await request.json(), headers={"X-Odd-Name": "1"})

    async with serving(answer) as url:
        session = Web(loopback=True)
        reply = await session.post(url, headers={}, body={"id": 2**60})
        await session.close()
    assert (reply.status, reply.body, reply.headers["x-odd-name"]) == (200, b'{"id": 1152921504606846976}', "1")
    assert reply.at.start <= reply.at.end


async def test_silence_is_intermittent_and_nobody_there_is_a_connection_fault() -> None:
    quiet = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        await quiet.wait()
        return web.Response()

    session = Web(loopback=True, total=0.2)
    async with serving(hang) as url:
        with pytest.raises(CallFailed) as silent:
            await session.post(url, headers={}, body={})
        quiet.set()
    with pytest.raises(CallFailed) as nobody:
        await session.post(url, headers={}, body={})
    await session.close()
    assert silent.value.fault is Fault.INTERMITTENT
    assert nobody.value.fault is Fault.CONNECTION


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def move(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    async with serving(move) as url:
        session = Web(loopback=True)
        reply = await session.post(url, headers={}, body={})
        await session.close()
    assert reply.status == 302
