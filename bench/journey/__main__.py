"""``python -m bench.journey``: from a webhook to its exception, and to the card in the sandbox's Slack, one at a time.

A warehouse counts less than nothing: that is an exception at once, with nothing to settle. Beside it, in the same run: one
durable commit, and one message posted bare to the same workspace. Slack's own limit of a message a second and channel holds;
the bench waits it out between two. Exit code 1 when a card did not come.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Sequence

import aiohttp
import click
from pydantic import SecretStr

from bench.databases import postgres, sqlite
from bench.drain.__main__ import rules, shop_of
from bench.ingest.floor import commits
from bench.kept import keep
from bench.replay.outside import Account
from bench.replay.rules import PLACE
from bench.replay.run import ReplayClock, product_on, until
from bot import event_loop
from bot.logs import configure_logs
from bot.settings import Settings
from bot.slack.client import slack_client
from bot.slack.running import SlackSide
from bot.wiring import Product
from sandbox.slack.server import SlackWorkspace
from sync.model.ids import SkuId

CHANNEL = "inv-warehouse"
APART = 1.2
"""Seconds between two, so that Slack's limit is not what is measured."""


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """Median and longest, in milliseconds."""
    return {"median": round(statistics.median(seconds) * 1e3, 1), "longest": round(max(seconds) * 1e3, 1)}


async def posted(workspace: SlackWorkspace, many: int) -> list[float]:
    """Seconds of one message posted bare."""
    client, took = slack_client(workspace.bot_token, workspace.base_url), []
    for nth in range(many):
        began = time.perf_counter()
        await client.chat_postMessage(channel=workspace.state.channel(CHANNEL).id, text=f"bare {nth}")
        took.append(time.perf_counter() - began)
        await asyncio.sleep(APART)
    return took


async def one(product: Product, workspace: SlackWorkspace, token: str, code: str) -> tuple[float, float, float]:
    """Seconds until the webhook is answered, its exception and message are durable, and its card stands in Slack."""
    event = {"type": "stock.counted", "id": f"journey:{code}", "sku": code, "location": PLACE, "on_hand": -1}
    event["occurred_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": code}
    began = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        url = f"{product.web_url}/api/v1/events"
        async with session.post(url, json={"events": [event]}, headers=headers) as answer:
            answer.raise_for_status()
    answered = time.perf_counter() - began

    def card() -> bool:
        return any(code in workspace.read(message) for message in workspace.messages(CHANNEL))

    async def durable() -> bool:
        async with product.store.reading() as uow:
            return bool(await uow.cases.for_sku(SkuId(code)))

    async def when_durable() -> float:
        await until(durable, f"the exception of {code}")
        return time.perf_counter() - began

    storing = asyncio.create_task(when_durable())
    await workspace.wait_for(card, 30.0)
    shown = time.perf_counter() - began
    return answered, min(await storing, shown), shown


async def measure(name: str, url: str, many: int) -> dict[str, object]:
    """One run on an empty database."""
    skus = [f"SKU-{nth:04}" for nth in range(many + 1)]
    async with shop_of(skus) as shop, SlackWorkspace() as workspace:
        place = next(iter(shop.shop.locations.values()))
        account = Account(shop.domain, shop.base_url, shop.webhook_secret, shop.access_token, place.id)
        token = secrets.token_urlsafe(24)
        text = rules(account).replace("inv-stock", CHANNEL) + "storms: { above: 100000 }\n"
        product = await product_on(url, account, ReplayClock(), token, text)
        settings = Settings(
            _env_file=None,
            slack_bot_token=SecretStr(workspace.bot_token),
            slack_app_token=SecretStr(workspace.app_token),
            slack_base_url=workspace.base_url,
        )
        try:
            await product.start(await SlackSide.connect(settings, product, sandbox=True))

            async def read() -> bool:
                return not await product.unread()

            await until(read, "reading the shop")
            bare = await posted(workspace, min(many, 10))
            took = []
            for sku in skus:
                took.append(await one(product, workspace, token, sku))
                await asyncio.sleep(APART)
        finally:
            await product.stop()
    answered, stored, shown = zip(*took[1:], strict=True)
    return {
        "database": name,
        "many": many,
        "commit_ms": figures(await commits(url, 100)),
        "bare_message_ms": figures(bare),
        "answered_ms": figures(answered),
        "durable_ms": figures(stored),
        "card_ms": figures(shown),
    }


@click.command()
@click.option("--webhooks", "many", type=click.IntRange(min=3), default=30, show_default=True)
def main(many: int) -> None:
    """Measure how soon a fact becomes a card."""
    configure_logs("error")

    async def run_all() -> list[dict[str, object]]:
        runs = []
        for name, database in (("SQLite", sqlite), ("PostgreSQL", postgres)):
            async with database() as url:
                runs.append(await measure(name, url, many))
        return runs

    runs = event_loop.run(run_all())
    for each in runs:
        click.echo(f"{each['database']}, {each['many']} webhooks alone{'':<10}{'median ms':>10}{'longest':>9}")
        for what, key in (
            ("floor: one durable commit", "commit_ms"),
            ("floor: one bare message", "bare_message_ms"),
            ("webhook answered", "answered_ms"),
            ("exception durable", "durable_ms"),
            ("card in Slack", "card_ms"),
        ):
            found: dict[str, float] = each[key]  # type: ignore[assignment]
            click.echo(f"  {what:<34}{found['median']:>10}{found['longest']:>9}")
    keep("journey", {"runs": runs})


if __name__ == "__main__":
    main()
