"""GET /metrics: what stands and what waits, parsed by Prometheus' own parser; no SKU in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import aiohttp
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from slack_sdk.errors import SlackApiError

from bot.slack.client import slack_client
from bot.web.metrics import Metrics
from storage.store import SqlStore
from sync.measures.records import UpdateOutcome, settled_update
from sync.model.exceptions import Life
from sync.model.outbox import Post, PostKind, TargetState
from sync.path.decider import Decider
from sync.policy.holder import PolicyInForce
from tests.builders import a_policy
from tests.databases import MovableClock
from tests.storage.given import (
    NOW,
    ONE,
    SHOP,
    a_case,
    a_delivery,
    a_fact,
    a_target,
    given_facts,
    given_skus,
    later,
    sku,
)

Samples = dict[tuple[str, tuple[str, ...]], float]


@asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def scraped(metrics: Metrics) -> tuple[Samples, str]:
    async with (
        served(metrics.routes()) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/metrics") as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        text = await answer.text()
    found = {
        (
            sample.name.removeprefix("countersign_"),
            tuple(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return found, text


async def test_what_stands_and_what_waits(store: SqlStore, store_clock: MovableClock) -> None:
    await given_skus(store, ONE)
    async with store.unit_of_work() as uow:
        first, second, _ = await uow.cases.open([a_case(), a_case(sku(2), opened_at=later(hours=-3)), a_case(sku(3))])
        await uow.ledger.record_deliveries([a_delivery(received_at=NOW), a_delivery(received_at=NOW)])
        await uow.posts.want([Post("card:EX-1", PostKind.CARD, "C1", 1, next_at=NOW)])
        await uow.outbox.want([a_target(), a_target("quantity:shop:2:reno", sku=sku(2))])
        await uow.outbox.lease(SHOP, "p1", NOW, later(seconds=12))
        done = settled_update(a_target(), replace(a_target(), state=TargetState.IDLE), NOW)
        await uow.measured.settled([done, replace(done, outcome=UpdateOutcome.FAILED, fault="value")])
        await uow.measured.settled([replace(done, at=later(hours=-2))])
    async with store.unit_of_work() as uow:
        await uow.cases.save([replace(first, version=2, life=Life.CLEARED, ended_at=NOW, outcome="cleared by itself")])
    await given_facts(store, [a_fact("a")])
    store_clock.move(timedelta(minutes=5))
    found, text = await scraped(Metrics(store, store_clock))
    queue = ("exposure_mismatch", "marketplaces")
    assert found["exceptions", queue] == 2
    assert found["exceptions_late", queue] == 0
    assert found["exceptions_unowned", queue] == 2
    assert found["exceptions_oldest_seconds", queue] == 3 * 3600 + 300
    assert found["revenue_at_risk", queue] == 199
    assert (found["due_rows", ()], found["due_oldest_seconds", ()]) == (1, 300)
    assert (found["lane_waiting", ("shop",)], found["lane_oldest_seconds", ("shop",)]) == (2, 300)
    assert found["lane_drain_seconds", ("shop",)] == 1200, "two wait, one was done in ten minutes"
    assert (found["posts_waiting", ("card",)], found["posts_oldest_seconds", ("card",)]) == (1, 300)
    assert found["deliveries_last_hour", ("recorded", "wms")] == 1
    assert found["updates_last_hour", ("done", "shop")] == 1
    assert found["updates_last_hour", ("failed", "shop")] == 1
    assert (found["opened_total", ()], found["ended_total", ()], found["repeats_total", ()]) == (3, 1, 1)
    assert "SKU-" not in text
    assert second.name not in text


async def test_an_empty_database_answers_too(store: SqlStore, store_clock: MovableClock) -> None:
    found, _ = await scraped(Metrics(store, store_clock))
    assert (found["due_rows", ()], found["decided_seconds_count", ()]) == (0, 0)


async def test_the_time_from_received_to_decided_is_a_histogram(store: SqlStore, store_clock: MovableClock) -> None:
    metrics = Metrics(store, store_clock)
    await given_skus(store, ONE)
    await given_facts(store, [a_fact("a", received_at=NOW), a_fact("b", received_at=later(seconds=-58))])
    store_clock.move(timedelta(seconds=2))
    await Decider(store, PolicyInForce(a_policy()), store_clock, decided=metrics.decided).run_due()
    found, _ = await scraped(metrics)
    assert (found["decided_seconds_count", ()], found["decided_seconds_sum", ()]) == (2, 62)
    assert found["decided_seconds_bucket", ("2.5",)] == 1
    assert found["decided_seconds_bucket", ("60.0",)] == 2


async def test_calls_of_slack_are_counted_by_what_came_of_them(
    sqlite_store: SqlStore, store_clock: MovableClock
) -> None:
    metrics = Metrics(sqlite_store, store_clock)
    answers = iter(
        [
            (200, {"ok": True}),
            (429, {"ok": False, "error": "ratelimited"}),
            (200, {"ok": False, "error": "no_permission"}),
        ]
    )

    async def slack(_request: web.Request) -> web.Response:
        status, body = next(answers)
        return web.json_response(body, status=status, headers={"Retry-After": "3"} if status == 429 else {})

    async with served([web.post("/chat.postMessage", slack)]) as url:
        client = slack_client("x", f"{url}/", called=metrics.called)
        for _ in range(3):
            try:
                await client.chat_postMessage(channel="C1", text="one")
            except SlackApiError:
                continue
    found, _ = await scraped(metrics)
    assert [found["slack_calls_total", ("chat.postMessage", one)] for one in ("ok", "limited", "failed")] == [1, 1, 1]
