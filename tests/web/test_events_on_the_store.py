"""The endpoint on the product's own store: what the small door of the other tests shows must hold here, too."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from events_client import Client, Reply
from events_in_sqlite import MovedClock, a_body, an_event

from bot.web.door import EventLedger
from bot.web.events import EventsEndpoint
from storage.dialect import Link
from storage.engine import open_store
from storage.repositories import facts as ledger
from storage.store import SqlStore
from sync.model.ids import SkuId, SystemId
from sync.model.stock import Sku
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.ports import FactOutcome, NewFact

RULES: dict[str, Any] = {
    "company": "Tiny Shop",
    "currency": "USD",
    "systems": {"wms": {"kind": "events_api", "name": "WMS", "source": {"trust": "physical"}}},
    "locations": {
        "reno": {"name": "Reno", "deciders": ["wms"], "known_as": {"wms": "WH1"}},
        "york": {"name": "York", "deciders": ["wms"], "known_as": {"wms": "WH2"}},
    },
    "people": {"dana": {"name": "Dana", "slack": "U0DANA"}, "lee": {"name": "Lee", "slack": "U0LEE"}},
    "queues": {"all": {"name": "All", "channel": "inv", "lead": "dana", "approvers": ["dana", "lee"]}},
    "ops_lead": "dana",
    "default_queue": "all",
    "digest": {"channel": "inv"},
    "not_automated": ["Kits"],
}


@pytest.fixture
async def store(tmp_path: Path, clock: MovedClock) -> AsyncIterator[SqlStore]:
    store = await open_store(f"sqlite:///{tmp_path / 'shop.db'}", clock=clock)
    await store.migrate()
    async with store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(SkuId("RE-130")), Sku(SkuId("RE-131"))])
    yield store
    await store.close()


@pytest.fixture
async def client(store: SqlStore, clock: MovedClock) -> AsyncIterator[Client]:
    token = secrets.token_urlsafe(24)
    policy = PolicyInForce(Policy.model_validate(RULES))
    door = EventLedger(store, policy, clock, {"WMS_TOKEN": token})
    app = web.Application()
    app.add_routes(EventsEndpoint(door, clock).routes())
    runner = web.AppRunner(app, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Client(session, f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1/events", token)
    finally:
        await runner.cleanup()


async def facts(store: SqlStore) -> int:
    async with store.reading() as uow:
        return (await uow.views.totals())["facts"]


def outcomes(reply: Reply) -> list[str]:
    return [result["outcome"] for result in reply.json["results"]]


async def test_each_event_of_a_batch_has_its_own_outcome(client: Client) -> None:
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
    assert outcomes(reply) == ["recorded", "kept", "conflict", "invalid", "duplicate", "kept"]
    pointers = [result.get("error", {}).get("pointer") for result in reply.json["results"]]
    assert pointers == [None, "/events/1/sku", "/events/2/id", "/events/3/on_hand", None, "/events/5/location"]


async def test_an_answer_is_replayed_byte_for_byte(client: Client, store: SqlStore) -> None:
    first, again = await client.post(a_body()), await client.post(a_body())
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (200, first.body, "true")
    assert await facts(store) == 1


async def test_many_copies_at_one_instant_are_one_recording(client: Client, store: SqlStore) -> None:
    replies = await asyncio.gather(*(client.post(a_body()) for _ in range(12)))
    assert {reply.status for reply in replies} <= {200, 409}
    assert len({reply.body for reply in replies if reply.status == 200}) == 1
    assert await facts(store) == 1


async def test_the_same_events_under_another_key_are_duplicates(client: Client, store: SqlStore) -> None:
    await client.post(a_body(), key="a")
    assert outcomes(await client.post(a_body(), key="b")) == ["duplicate"]
    assert await facts(store) == 1


async def test_a_key_older_than_seven_days_is_new_again(client: Client, clock: MovedClock) -> None:
    await client.post(a_body())
    clock.at += timedelta(days=7)
    reply = await client.post(a_body())
    assert (reply.status, outcomes(reply)) == (200, ["duplicate"])


async def test_a_transfer_whose_id_was_used_moves_neither_end(client: Client, store: SqlStore) -> None:
    await client.post(a_body(), key="a")
    transfer = an_event(type="stock.transferred", on_hand=..., on_hand_delta=-4, to_location="WH2")
    assert outcomes(await client.post(a_body(transfer), key="b")) == ["conflict"]
    assert await facts(store) == 1


async def test_a_transfer_told_again_with_another_end_moves_nothing_more(client: Client, store: SqlStore) -> None:
    transfer = an_event(type="stock.transferred", on_hand=..., on_hand_delta=-4, to_location="WH2")
    assert outcomes(await client.post(a_body(transfer, transfer), key="a")) == ["recorded", "duplicate"]
    assert outcomes(await client.post(a_body(transfer | {"arrived_at": "2026-11-25T02:00:00-05:00"}), key="b")) == [
        "conflict"
    ]
    assert await facts(store) == 2


async def test_two_transfers_under_one_id_in_a_batch_move_what_the_first_says(client: Client, store: SqlStore) -> None:
    first = an_event(type="stock.transferred", on_hand=..., on_hand_delta=-4, to_location="WH2")
    assert outcomes(await client.post(a_body(first, first | {"on_hand_delta": -5}))) == ["recorded", "conflict"]
    assert await facts(store) == 2


async def test_f70_an_event_that_breaks_us_is_told_and_its_neighbours_are_recorded(
    client: Client, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ledger.record_facts

    async def breaking(link: Link, given: Sequence[NewFact], due_at: datetime | None) -> list[FactOutcome]:
        if any(fact.draft.key == "event:wms-2" for fact in given):
            raise ArithmeticError("it breaks here")
        return await real(link, given, due_at)

    monkeypatch.setattr(ledger, "record_facts", breaking)
    body = a_body(an_event(), an_event(id="wms-2"), an_event(id="wms-3", sku="RE-131"))
    reply = await client.post(body)
    assert (reply.status, outcomes(reply)) == (207, ["recorded", "invalid", "recorded"])
    assert reply.json["results"][1]["error"]["title"].startswith("Something broke on our side with this part")
    assert await facts(store) == 2
    again = await client.post(body)
    assert (again.body, again.headers["Idempotent-Replayed"]) == (reply.body, "true")
    async with store.reading() as uow:
        [problem] = await uow.views.problems(SystemId("wms"))
    assert problem[1] == "/events/1"


async def test_refused_bodies_are_kept_and_shown(client: Client, store: SqlStore) -> None:
    assert (await client.post(b"{")).status == 400
    async with store.reading() as uow:
        [problem] = await uow.views.problems(SystemId("wms"))
    assert problem[2].startswith("malformed-json: ")
