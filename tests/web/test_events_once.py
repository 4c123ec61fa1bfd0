"""Recording once: replay, conflict, running twice, our own bugs, two processes, signed senders."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from events_client import WMS, Client, Reply
from events_in_sqlite import EventsShop, MovedClock, SqliteDoor, a_body, an_event

from bot.web.events import Credential
from sync.connectors.events_api.sender import Sender
from sync.connectors.events_api.signature import sign
from sync.model.ids import SystemId

ERP = Sender(SystemId("erp"))


def problem(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["type"].removeprefix("/problems/")


def outcomes(reply: Reply) -> list[str]:
    return [result["outcome"] for result in reply.json["results"]]


async def test_row_15_every_event_recorded_is_200(client: Client) -> None:
    reply = await client.post(a_body(an_event(), an_event(id="wms-2", sku="RE-131")))
    assert reply.status == 200
    assert reply.json["summary"] == {"recorded": 2, "duplicate": 0, "kept": 0, "conflict": 0, "invalid": 0}
    assert reply.json["results"][0] == {"index": 0, "id": "wms-1", "status": 201, "outcome": "recorded"}
    assert reply.json["request_id"] == reply.headers["X-Request-Id"]


async def test_row_16_each_event_is_judged_alone_and_answered_in_the_order_sent(client: Client) -> None:
    body = a_body(
        an_event(),
        an_event(id="wms-2", sku="NOPE"),
        an_event(on_hand=12),
        an_event(id="wms-4", on_hand=2.5),
        an_event(),
        an_event(id="wms-6", location="DOCK"),
    )
    reply = await client.post(body)
    assert reply.status == 207
    assert [result["status"] for result in reply.json["results"]] == [201, 202, 409, 422, 200, 202]
    errors = [result.get("error", {}) for result in reply.json["results"]]
    assert errors[1] == {"type": "unknown-sku", "title": "No SKU is mapped to NOPE", "pointer": "/events/1/sku"}
    assert (errors[2]["type"], errors[2]["pointer"]) == ("event-id-reused", "/events/2/id")
    assert (errors[3]["type"], errors[3]["pointer"]) == ("invalid-event", "/events/3/on_hand")
    assert errors[5] == {
        "type": "unknown-location",
        "title": "No location is mapped to DOCK",
        "pointer": "/events/5/location",
    }


async def test_a_thousand_with_one_bad_are_999_recorded_and_replay_as_the_same_207(client: Client) -> None:
    events = [an_event(id=f"e-{number}") for number in range(999)]
    body = a_body(*events[:500], an_event(id="bad", on_hand=True), *events[500:])
    first, again = await client.post(body), await client.post(body)
    assert first.json["summary"]["recorded"] == 999
    assert (again.status, again.body) == (207, first.body)


async def test_row_9_the_same_key_with_another_body_is_refused_and_the_first_answer_stays(
    client: Client, shop: EventsShop
) -> None:
    first = await client.post(a_body())
    reply = await client.post(a_body() + b" ")
    assert problem(reply) == (422, "idempotency-key-reused")
    assert "First used 2026-11-24T07:00:00" in reply.json["detail"]
    assert (await client.post(a_body())).body == first.body
    assert shop.door.count("facts") == 1


async def test_row_9_and_10_while_the_first_runs_the_same_is_told_to_wait_and_another_is_refused(
    client: Client, shop: EventsShop
) -> None:
    shop.door.may_commit.clear()
    first = asyncio.create_task(client.post(a_body()))
    await shop.door.recording.wait()
    same, other = await client.post(a_body()), await client.post(a_body() + b" ")
    shop.door.may_commit.set()
    assert problem(same) == (409, "request-in-progress")
    assert same.headers["Retry-After"] == "1"
    assert problem(other) == (422, "idempotency-key-reused")
    assert (await first).status == 200


async def test_row_11_a_finished_request_is_answered_byte_for_byte_and_says_so(
    client: Client, clock: MovedClock
) -> None:
    first = await client.post(a_body())
    clock.at += timedelta(days=6)
    again = await client.post(a_body())
    assert "Idempotent-Replayed" not in first.headers
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (200, first.body, "true")
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]


@pytest.mark.parametrize(("first", "second"), [("k", '"k"'), ('"k"', "k"), (r'"a\"b"', 'a"b')])
async def test_a_quoted_key_and_a_plain_one_are_the_same(client: Client, first: str, second: str) -> None:
    await client.post(a_body(), key=first)
    assert (await client.post(a_body(), key=second)).headers["Idempotent-Replayed"] == "true"


async def test_two_systems_may_use_the_same_key_and_the_same_event_ids(client: Client, shop: EventsShop) -> None:
    await client.post(a_body())
    reply = await client.post(a_body(), token=shop.token(ERP))
    assert outcomes(reply) == ["recorded"]
    assert "Idempotent-Replayed" not in reply.headers


async def test_a_retry_in_gzip_is_other_bytes_and_a_gzip_retry_of_gzip_is_the_same(client: Client) -> None:
    gzipped, encoding = gzip.compress(a_body(), mtime=0), [("Content-Encoding", "gzip")]
    assert (await client.post(gzipped, headers=encoding)).status == 200
    assert (await client.post(gzipped, headers=encoding)).headers["Idempotent-Replayed"] == "true"
    assert problem(await client.post(a_body())) == (422, "idempotency-key-reused")


async def test_row_17_our_bug_before_the_commit_records_nothing_and_the_retry_runs_again(
    client: Client, shop: EventsShop
) -> None:
    shop.door.broken = RuntimeError("broken on purpose")
    assert problem(await client.post(a_body())) == (500, "internal")
    assert (shop.door.count("facts"), shop.door.count("answers")) == (0, 0)
    shop.door.broken = None
    assert outcomes(await client.post(a_body())) == ["recorded"]


async def test_row_19_a_key_older_than_seven_days_is_new_and_its_events_are_duplicates(
    client: Client, clock: MovedClock
) -> None:
    await client.post(a_body())
    clock.at += timedelta(days=7)
    reply = await client.post(a_body())
    assert (reply.status, outcomes(reply)) == (200, ["duplicate"])
    assert "Idempotent-Replayed" not in reply.headers


async def test_row_20_the_same_events_under_another_key_are_duplicates(client: Client, shop: EventsShop) -> None:
    await client.post(a_body(), key="a")
    reply = await client.post(a_body(), key="b")
    assert (reply.status, outcomes(reply)) == (200, ["duplicate"])
    assert shop.door.count("facts") == 1


async def test_row_21_a_client_that_hung_up_finds_its_answer_on_the_retry(client: Client, shop: EventsShop) -> None:
    shop.door.may_commit.clear()
    first = asyncio.create_task(client.post(a_body()))
    await shop.door.recording.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    shop.door.may_commit.set()
    reply = await until_done(client, a_body())
    assert (reply.status, outcomes(reply), shop.door.count("facts")) == (200, ["recorded"], 1)


async def until_done(client: Client, body: bytes) -> Reply:
    """What a client does: ask again while it is told that the first is running."""
    async with asyncio.timeout(5):
        while (reply := await client.post(body)).status == 409:  # noqa: ASYNC110 - nothing else tells a client
            await asyncio.sleep(0)
    return reply


async def test_many_copies_at_one_instant_are_one_recording(client: Client, shop: EventsShop) -> None:
    replies = await asyncio.gather(*(client.post(a_body()) for _ in range(20)))
    assert {reply.status for reply in replies} <= {200, 409}
    assert len({reply.body for reply in replies if reply.status == 200}) == 1
    assert (shop.door.count("deliveries"), shop.door.count("facts")) == (1, 1)


# -- two processes -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def other_process(shop: EventsShop, tmp_path: Path, clock: MovedClock) -> AsyncIterator[EventsShop]:
    other = EventsShop(SqliteDoor(tmp_path / "events.db", clock, shop.door.claims), clock)
    other.door.credentials, other.door.signing = shop.door.credentials, shop.door.signing
    runner = await other.start()
    yield other
    await runner.cleanup()
    other.door.db.close()


async def test_row_10_a_key_that_another_process_is_writing_is_running(
    client: Client, shop: EventsShop, other_process: EventsShop
) -> None:
    shop.door.may_commit.clear()
    first = asyncio.create_task(client.post(a_body()))
    await shop.door.recording.wait()
    elsewhere = Client(client.session, other_process.url, client.token)
    assert problem(await elsewhere.post(a_body())) == (409, "request-in-progress")
    shop.door.may_commit.set()
    stored = await first
    replayed = await elsewhere.post(a_body())
    assert (replayed.body, replayed.headers["Idempotent-Replayed"]) == (stored.body, "true")


async def test_after_a_restart_the_answer_is_still_there(
    client: Client, shop: EventsShop, other_process: EventsShop
) -> None:
    stored = await client.post(a_body())
    elsewhere = Client(client.session, other_process.url, client.token)
    assert (await elsewhere.post(a_body())).body == stored.body


# -- signed requests ---------------------------------------------------------------------------------------------------


class Signer:
    """A webhook sender of the system ``erp``."""

    def __init__(self, client: Client, shop: EventsShop, clock: MovedClock) -> None:
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self._client = client
        self._clock = clock
        shop.door.signing.append(Credential(WMS, signing_keys=("whsec_" + base64.b64encode(b"y" * 32).decode(),)))
        shop.door.signing.append(Credential(ERP, signing_keys=(self.secret,)))

    async def send(
        self, body: bytes, *, message: str = "msg_1", late: int = 0, headers: Any = (), key: str | None = None
    ) -> Reply:
        stamp = int(self._clock.now().timestamp()) - late
        signature = sign(self.secret, f"{message}.{stamp}.".encode() + body)
        given = [
            ("webhook-id", message),
            ("webhook-timestamp", str(stamp)),
            ("webhook-signature", f"v1,{signature}"),
            *headers,
        ]
        return await self._client.post(body, token=None, key=key, headers=given)


@pytest.fixture
def signer(client: Client, shop: EventsShop, clock: MovedClock) -> Signer:
    return Signer(client, shop, clock)


async def test_a_signed_request_needs_no_token_and_its_webhook_id_is_its_key(signer: Signer, shop: EventsShop) -> None:
    first, again = await signer.send(a_body()), await signer.send(a_body())
    assert outcomes(first) == ["recorded"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert shop.door.db.execute("SELECT system FROM facts").fetchall() == [("erp",)]


async def test_a_key_beside_a_signature_must_be_its_webhook_id(signer: Signer) -> None:
    assert problem(await signer.send(a_body(), key="other")) == (400, "idempotency-key-invalid")
    assert (await signer.send(a_body(), key="msg_1")).status == 200


async def test_a_retry_is_signed_anew_and_still_the_same_request(signer: Signer) -> None:
    await signer.send(a_body(), late=60)
    assert (await signer.send(a_body())).headers["Idempotent-Replayed"] == "true"


async def test_a_late_signature_and_a_changed_body_are_unauthorized(signer: Signer) -> None:
    assert problem(await signer.send(a_body(), late=301)) == (401, "unauthorized")
    signer.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    assert problem(await signer.send(a_body())) == (401, "unauthorized")


async def test_two_signed_copies_at_one_instant_are_one_event_and_two_200s(signer: Signer, shop: EventsShop) -> None:
    shop.door.may_commit.clear()
    first = asyncio.create_task(signer.send(a_body()))
    await shop.door.recording.wait()
    second = asyncio.create_task(signer.send(a_body()))
    while shop.endpoint.waiting < 1:  # noqa: ASYNC110 - the endpoint tells how many, not when
        await asyncio.sleep(0)
    shop.door.may_commit.set()
    replies = [await first, await second]
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].body == replies[1].body
    assert shop.door.count("facts") == 1


async def test_a_disabled_signer_is_forbidden(client: Client, shop: EventsShop, clock: MovedClock) -> None:
    signer = Signer(client, shop, clock)
    shop.door.signing[:] = [Credential(ERP, allowed=False, signing_keys=(signer.secret,))]
    assert problem(await signer.send(a_body())) == (403, "forbidden")


# -- CloudEvents -------------------------------------------------------------------------------------------------------

CE = [("ce-specversion", "1.0"), ("ce-id", "c-1"), ("ce-source", "wms"), ("ce-type", "stock.counted")]
CE_TIME = ("ce-time", "2026-11-24T07:00:00Z")
CE_DATA = json.dumps({"sku": "RE-130", "location": "WH1", "on_hand": 4}).encode()


async def test_a_binary_cloud_event_is_recorded_and_its_attributes_are_part_of_the_request(client: Client) -> None:
    assert outcomes(await client.post(CE_DATA, headers=[*CE, CE_TIME])) == ["recorded"]
    assert (await client.post(CE_DATA, headers=[*CE, CE_TIME])).headers["Idempotent-Replayed"] == "true"
    other = [*CE, ("ce-time", "2026-11-24T08:00:00Z")]
    assert problem(await client.post(CE_DATA, headers=other)) == (422, "idempotency-key-reused")


async def test_a_signed_binary_cloud_event_is_refused_since_its_headers_are_not_signed(signer: Signer) -> None:
    assert problem(await signer.send(CE_DATA, headers=[*CE, CE_TIME])) == (400, "invalid-request")


async def test_a_cloud_event_of_another_system_is_one_invalid_item(client: Client) -> None:
    event = {
        "specversion": "1.0",
        "id": "c-1",
        "source": "/systems/erp",
        "type": "stock.counted",
        "time": "2026-11-24T07:00:00Z",
        "data": {"sku": "RE-130", "location": "WH1", "on_hand": 4},
    }
    reply = await client.post(json.dumps(event).encode(), media="application/cloudevents+json")
    assert (reply.status, outcomes(reply)) == (207, ["invalid"])
    assert reply.json["results"][0]["error"]["pointer"] == "/source"
