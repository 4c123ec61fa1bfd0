"""A feed fetched over HTTP, against a real server on loopback: validators, limits, moves, faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from aiohttp import web

from sync.connectors.base import Inbound
from sync.connectors.csv_feed.connector import CsvFeedConnector
from sync.connectors.csv_feed.pull import FeedAddress
from sync.errors import BadInput, TryAgain
from sync.model.ids import SystemId
from sync.policy.system_rules import Source, System, Trust

STOCK = b"# as of 2026-11-24T02:00:00Z\nsku,place,qty\nKTL-17,WH1,11\n"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server on a free loopback port that answers everything by ``handler``; yields its base URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def feed(
    url: str, authorization: str = "", clock: list[datetime] | None = None, **connection: Any
) -> AsyncIterator[CsvFeedConnector]:
    system = System(
        kind="csv_feed",
        name="Acme",
        source=Source(trust=Trust.VENDOR),
        reads_every=timedelta(minutes=15) if clock else timedelta(seconds=1),
        connection={
            "url": url,
            "allowed_hosts": "127.0.0.1",
            "columns": {"sku": "sku", "location": "place", "on_hand": "qty"},
            "as_of_header": r"as of (\S+)",
            **connection,
        },
    )
    looks = count()
    begin = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    def now() -> datetime:
        """The given clock, or one on which every look is due."""
        return clock[0] if clock else begin + timedelta(seconds=2 * next(looks))

    connector = CsvFeedConnector(SystemId("acme"), system, authorization=authorization, now=now)
    try:
        yield connector
    finally:
        await connector.close()


async def look(connector: CsvFeedConnector) -> list[Inbound]:
    return [inbound async for inbound in connector.poll()]


async def test_an_unchanged_feed_is_not_sent_again_once_it_is_settled() -> None:
    asked: list[tuple[str | None, str | None]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append((request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")))
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304)
        headers = {"ETag": '"v1"', "Last-Modified": "Tue, 24 Nov 2026 02:00:00 GMT"}
        return web.Response(body=STOCK, headers=headers)

    async with serving(handler) as base, feed(f"{base}/out/stock.csv") as connector:
        [first] = await look(connector)
        [unsettled] = await look(connector)
        await connector.settle(unsettled, accepted=True)
        assert await look(connector) == []
    assert (first.name, first.body, first.headers["etag"]) == ("127.0.0.1/out/stock.csv", STOCK, '"v1"')
    assert asked == [(None, None), (None, None), ('"v1"', "Tue, 24 Nov 2026 02:00:00 GMT")]


async def test_the_name_holds_no_query_since_that_may_be_a_secret() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=STOCK)

    async with serving(handler) as base, feed(f"{base}/stock.csv?key=s3same") as connector:
        [inbound] = await look(connector)
    assert "s3same" not in inbound.name


async def test_a_feed_beyond_the_limit_is_refused_while_it_is_read() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * 200_000)

    async with serving(handler) as base, feed(f"{base}/stock.csv", max_bytes=100_000) as connector:
        with pytest.raises(BadInput, match="more than 100000 bytes"):
            await look(connector)


async def test_a_server_in_trouble_is_asked_again_when_it_says() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503, headers={"Retry-After": "120"})

    async with serving(handler) as base, feed(f"{base}/stock.csv") as connector:
        with pytest.raises(TryAgain, match="answered 503") as caught:
            await look(connector)
    assert caught.value.after == timedelta(seconds=120)


async def test_an_address_is_asked_every_reads_every_and_sooner_only_when_it_could_not_answer() -> None:
    asked: list[str] = []
    status = [503, 200, 200]

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=status[len(asked) - 1], body=STOCK)

    clock = [datetime(2026, 11, 24, 9, 30, tzinfo=UTC)]
    async with serving(handler) as base, feed(f"{base}/stock.csv", clock=clock) as connector:
        with pytest.raises(TryAgain):
            await look(connector)
        assert await look(connector) == []
        clock[0] += timedelta(minutes=1)
        assert len(await look(connector)) == 1
        clock[0] += timedelta(minutes=14)
        assert await look(connector) == []
        clock[0] += timedelta(minutes=1)
        assert len(await look(connector)) == 1
    assert len(asked) == 3


async def test_a_refusal_names_what_to_check() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403)

    async with serving(handler) as base, feed(f"{base}/stock.csv") as connector:
        with pytest.raises(BadInput, match="Check the address in policy and the credential"):
            await look(connector)


async def test_nobody_there_is_tried_again() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=STOCK)

    async with serving(handler) as base:
        gone = f"{base}/stock.csv"
    async with feed(gone) as connector:
        with pytest.raises(TryAgain, match="could not be reached"):
            await look(connector)


async def test_the_credential_goes_to_its_own_host_and_to_no_other() -> None:
    seen: list[tuple[str, str | None]] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        seen.append(("elsewhere", request.headers.get("Authorization")))
        return web.Response(body=STOCK)

    async with serving(elsewhere) as other:

        async def handler(request: web.Request) -> web.StreamResponse:
            seen.append(("own", request.headers.get("Authorization")))
            raise web.HTTPFound(f"{other}/signed.csv")

        async with serving(handler) as base, feed(f"{base}/stock.csv", authorization="Bearer t") as connector:
            [inbound] = await look(connector)
    assert inbound.body == STOCK
    assert seen == [("own", "Bearer t"), ("elsewhere", None)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_an_address_inside_a_private_network_is_refused_unless_policy_lists_it(host: str) -> None:
    calls: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        return web.Response(body=STOCK)

    async with serving(handler) as base:
        port = base.rpartition(":")[2]
        async with feed(f"http://{host}:{port}/stock.csv", allowed_hosts="") as connector:
            with pytest.raises(BadInput, match="inside a private network"):
                await look(connector)
    assert calls == []


async def test_a_move_into_a_private_network_is_refused() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data")

    async with serving(handler) as base, feed(f"{base}/stock.csv") as connector:
        with pytest.raises(BadInput, match=r"169\.254\.169\.254 is an address inside a private network"):
            await look(connector)


async def test_a_feed_that_moves_in_circles_is_refused() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/again")

    async with serving(handler) as base, feed(f"{base}/stock.csv") as connector:
        with pytest.raises(BadInput, match="sends on more than 3 times"):
            await look(connector)


def test_a_credential_never_travels_in_clear_to_the_outside() -> None:
    with pytest.raises(BadInput, match="would travel in clear"):
        FeedAddress("http://feeds.example.com/stock.csv", limit=1000, authorization="Bearer t")
