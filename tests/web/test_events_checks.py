"""The rows of the contract that refuse a request whole, each in its place in the order."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from events_client import WMS, Client
from events_in_sqlite import EventsShop, MovedClock, SqliteDoor, a_body, an_event

from bot.web.rates import Rate


def slug(reply: Any) -> tuple[int, str]:
    assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert reply.json["status"] == reply.status
    assert reply.json["request_id"] == reply.headers["X-Request-Id"]
    return reply.status, reply.json["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Bearer not-a-token")],
        [("Authorization", "Basic d21zOng=")],
        [("Authorization", "Bearer ")],
        [("webhook-id", "m1"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,x")],
    ],
)
async def test_row_1_who_does_not_prove_itself_hears_one_text_for_all(
    client: Client, headers: list[tuple[str, str]]
) -> None:
    reply = await client.post(b"{", token=None, headers=headers)
    assert slug(reply) == (401, "unauthorized")
    assert reply.json["detail"] == "Send a valid bearer token, or a fresh Standard Webhooks signature."


async def test_row_2_a_disabled_credential_is_forbidden_before_anything_else_is_looked_at(
    client: Client, shop: EventsShop
) -> None:
    token = shop.token(WMS, allowed=False)
    assert slug(await client.post(b"", token=token, method="PUT", media=None)) == (403, "forbidden")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_row_3_only_post_is_answered(client: Client, method: str) -> None:
    reply = await client.post(None, method=method, media=None)
    assert slug(reply) == (405, "method-not-allowed")
    assert reply.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("media", "headers"),
    [
        (None, []),
        ("text/csv", []),
        ("application/json; charset=latin-1", []),
        ("application/json; boundary=x", []),
        ("application/json", [("Content-Encoding", "br")]),
        ("application/json", [("Content-Encoding", "gzip, gzip")]),
    ],
)
async def test_row_4_other_media_types_and_encodings_are_not_read(
    client: Client, media: str | None, headers: list[tuple[str, str]]
) -> None:
    body = aiohttp.BytesPayload(b"x" * 2_000_000, content_type="text/plain") if headers else b"{"
    async with client.session.post(
        client.url,
        data=body,
        headers=[
            ("Authorization", f"Bearer {client.token}"),
            *([("Content-Type", media)] if media else []),
            *headers,
        ],
        skip_auto_headers=["Content-Type"] if media is None else [],
        compress=False,
    ) as answer:
        assert answer.status == 415


@pytest.mark.parametrize(
    "media", ["application/json", "Application/JSON; Charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_row_4_utf_8_is_read_however_it_is_written(client: Client, media: str) -> None:
    assert (await client.post(a_body(), media=media)).status == 200


async def test_row_5_a_body_of_exactly_1_mib_is_read_and_one_byte_more_is_not(client: Client) -> None:
    fits = a_body().ljust(1024 * 1024)
    assert (await client.post(fits)).status == 200
    reply = await client.post(fits + b" ", key="k-2")
    assert slug(reply) == (413, "too-large")
    assert reply.headers["Connection"] == "close"


async def test_row_5_a_body_that_does_not_say_its_length_is_cut_off_all_the_same(client: Client) -> None:
    async def chunks() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    try:
        reply = await client.post(chunks())
    except aiohttp.ClientConnectionError:
        return  # the connection was closed while we were still sending: nothing was read to its end
    assert slug(reply) == (413, "too-large")


async def test_row_5_a_lying_content_length_is_refused_without_waiting_for_the_body(
    client: Client, shop: EventsShop
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.port)
    head = f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n".encode())
    status = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert b" 413 " in status


async def test_row_5_a_gzip_bomb_is_stopped_at_8_mib(client: Client) -> None:
    bomb = gzip.compress(b" " * (64 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    assert slug(await client.post(bomb, headers=[("Content-Encoding", "gzip")])) == (413, "too-large")


async def test_row_6_each_system_has_its_own_rate(tmp_path: Path, clock: MovedClock) -> None:
    shop = EventsShop(SqliteDoor(tmp_path / "slow.db", clock), clock, rate=Rate(per_second=0.5, burst=2))
    runner = await shop.start()
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(session, shop.url, shop.token(WMS))
            assert [(await client.post(a_body(), key=None)).status for _ in range(2)] == [400, 400]
            reply = await client.post(a_body(), key=None)
            assert (*slug(reply), reply.headers["Retry-After"]) == (429, "too-many-requests", "2")
            clock.at = clock.at.replace(second=2)
            assert (await client.post(a_body())).status == 200
    finally:
        await runner.cleanup()
        shop.door.db.close()


async def test_row_7_a_bearer_needs_a_key(client: Client, shop: EventsShop) -> None:
    assert slug(await client.post(b"{", key=None)) == (400, "idempotency-key-missing")
    assert shop.door.count("answers") == 0


@pytest.mark.parametrize(
    "keys",
    [[""], ['""'], ["a b"], ["x" * 256], ["é"], ["a", "b"], ["a", "a"], ['"un"quoted"'], ['"open']],
)
async def test_row_8_keys_that_cannot_be_used(client: Client, keys: list[str]) -> None:
    reply = await client.post(b"{", key=None, headers=[("Idempotency-Key", key) for key in keys])
    if keys in (['"un"quoted"'], ['"open']):
        assert slug(reply) == (400, "malformed-json")  # quotes that do not enclose are characters like any other
    else:
        assert slug(reply) == (400, "idempotency-key-invalid")


async def test_row_8_a_key_that_differs_from_webhook_id_is_refused(client: Client) -> None:
    reply = await client.post(a_body(), key="a", headers=[("webhook-id", "b")])
    assert slug(reply) == (400, "idempotency-key-invalid")


async def test_row_8_255_characters_are_a_key(client: Client) -> None:
    assert (await client.post(a_body(), key="x" * 255)).status == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"{", b'{"events":[{"id":NaN}]}', b'{"events":[],"events":[]}', b"[" * 40 + b"]" * 40],
)
async def test_row_12_malformed_json_is_refused_kept_for_people_and_not_bound_to_the_key(
    client: Client, shop: EventsShop, body: bytes
) -> None:
    assert slug(await client.post(body)) == (400, "malformed-json")
    assert shop.door.db.execute("SELECT system, body FROM refused").fetchall() == [("wms", body)]
    assert (await client.post(a_body())).status == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"events": []}, "/events"),
        ({"events": [an_event()] * 1001}, "/events"),
        ({"events": [an_event()], "version": 1}, "/version"),
    ],
)
async def test_row_13_what_is_no_batch_says_where(client: Client, body: Any, pointer: str) -> None:
    reply = await client.post(json.dumps(body).encode())
    assert slug(reply) == (400, "invalid-request")
    assert reply.json["pointer"] == pointer


async def test_row_13_a_body_that_is_not_the_gzip_it_says_is_malformed(client: Client) -> None:
    gzipped = [("Content-Encoding", "gzip")]
    assert slug(await client.post(a_body(), headers=gzipped)) == (400, "malformed-json")
    cut = gzip.compress(a_body())[:-10]
    assert slug(await client.post(cut, headers=gzipped)) == (400, "malformed-json")


async def test_row_14_a_database_that_is_away_is_said_and_nothing_is_stored(client: Client, shop: EventsShop) -> None:
    shop.door.away = True
    reply = await client.post(a_body())
    assert (*slug(reply), reply.headers["Retry-After"]) == (503, "unavailable", "7")
    shop.door.away = False
    assert (await client.post(a_body())).json["summary"]["recorded"] == 1


async def test_refused_bodies_are_kept_a_hundred_an_hour_and_64_kib_each(client: Client, shop: EventsShop) -> None:
    await client.post(b"x" * 100_000)
    for _ in range(101):
        await client.post(b"{")
    assert shop.door.count("refused") == 100
    assert shop.door.db.execute("SELECT max(length(body)) FROM refused").fetchone() == (64 * 1024,)
