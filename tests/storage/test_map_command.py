"""`countersign map` as an engineer types it: before and after first, then, once said yes, corrected."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import yaml
from click.testing import CliRunner

from bot.cli import group
from storage.engine import open_store
from storage.replaying import replay_problems
from tests.databases import MovableClock
from tests.kit_shop import BEGAN, MUG, KitShop, counted, kit_rules, line
from tests.storage.test_identities import by_variant, listing

RULES = {
    "company": "Tiny Shop",
    "currency": "USD",
    "systems": {
        "shopify-us": {
            "kind": "events_api",
            "name": "Shopify US",
            "channel": {"locations": ["reno"], "publish_to": "reno"},
        },
        "wms": {"kind": "events_api", "name": "WMS", "source": {"trust": "physical"}},
    },
    "locations": {"reno": {"name": "Reno", "deciders": ["wms"], "known_as": {"wms": "Reno"}}},
    "people": {"dana": {"name": "Dana", "slack": "U0DANA"}, "lee": {"name": "Lee", "slack": "U0LEE"}},
    "queues": {"all": {"name": "All", "channel": "inv", "approvers": ["dana", "lee"]}},
    "ops_lead": "dana",
    "default_queue": "all",
    "identity": {"catalogue": ["shopify-us"]},
    "digest": {"channel": "inv"},
    "not_automated": ["Kits"],
}


async def _given(url: str) -> None:
    clock = MovableClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    store = await open_store(url, clock=clock)
    await store.take_policy(yaml.safe_dump(RULES), "kim", [], clock.now())
    shop = KitShop(store, clock)
    await shop.record(listing("MUG", "1"), listing("CUP", "2"), counted(MUG, 20))
    await shop.record(by_variant(line("1001", MUG, 3, BEGAN), "1"))
    await shop.settle()
    await store.close()


async def _orders(url: str) -> dict[str, list[str]]:
    store = await open_store(url)
    shop = KitShop(store, MovableClock(datetime(2026, 3, 2, 13, 0, tzinfo=UTC)))
    found = {sku: [one.order for one in (await shop.whole(sku)).state.lines] for sku in (MUG, "CUP")}  # type: ignore[arg-type]
    assert await replay_problems(store, kit_rules(), shop.clock.now()) == []
    await store.close()
    return found


def test_a_correction_is_shown_before_it_is_made(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_given(sqlite_url))
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    typed = ["map", "shopify-us", "variant:1", "CUP", "--by", "kim"]

    refused = CliRunner().invoke(group, typed, input="n\n")
    assert refused.exit_code == 1
    assert "MUG: WMS 20 at Reno; open orders for 3; can sell on Shopify US: 17" in refused.output
    assert "CUP: open orders for 3; can sell on Shopify US: nothing known" in refused.output
    assert asyncio.run(_orders(sqlite_url)) == {"MUG": ["1001"], "CUP": []}

    done = CliRunner().invoke(group, [*typed, "--yes"])
    assert (done.exit_code, "Done: 2 facts moved to CUP." in done.output) == (0, True), done.output
    assert asyncio.run(_orders(sqlite_url)) == {"MUG": [], "CUP": ["1001"]}


def test_a_code_that_is_no_product_is_refused_in_words(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_given(sqlite_url))
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    answer = CliRunner().invoke(group, ["map", "wms", "MUG", "CAP", "--by", "kim", "--yes"])
    assert answer.exit_code != 0
    assert "There is no product CAP" in str(answer.exception) + answer.output
