"""*Try the 25 min rule* below the digest: both rules on the recorded past, for whoever asks, while the inbox goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from slack_stored import Stored, at_work, filled
from test_slack_digest import as_sent, drawn, the_week

import bot.slack.app as app
from bot.slack.digest.trying import Proposal, proposed, read_proposal, try_button
from storage.past import Past
from sync.errors import BadInput
from sync.measures.review import Advice, Tighten
from sync.model.exceptions import ExceptionClass
from sync.model.facts import Count, Fact, FactBody, FactKind, ListingStated, Revision
from sync.model.ids import LocationId, SkuId, SystemId
from sync.model.stock import Sku, SkuState
from sync.model.time import AsOf

OPS = "inv-ops"
SHOP, WMS, RENO, MUG = SystemId("shopify-us"), SystemId("wms"), LocationId("reno"), SkuId("MUG")
RULE = Proposal(SHOP, ExceptionClass.EXPOSURE_MISMATCH, timedelta(minutes=25))


def a_fact(when: datetime, system: SystemId, kind: FactKind, body: FactBody, location: LocationId | None) -> Fact:
    at = AsOf.at(when)
    return Fact(system, kind, f"{kind}@{when}", at, when, Revision(0, at.start), MUG, location, body, delivery="1")


def a_short_difference(now: datetime) -> Past:
    """Yesterday the shop showed four too many for ten minutes."""
    began = now - timedelta(days=1)

    def shown(minutes: int, units: int) -> Fact:
        return a_fact(began + timedelta(minutes=minutes), SHOP, FactKind.LEVEL_SEEN, Count(available=units), RENO)

    listing = ListingStated((("item", "1"), ("variant", "2")), tracked=True, sells_below_zero=False, buyable=True)
    facts = (
        a_fact(began, SHOP, FactKind.LISTING_SEEN, listing, None),
        a_fact(began, WMS, FactKind.COUNTED, Count(on_hand=5), RENO),
        shown(0, 5),
        shown(120, 9),
        shown(130, 5),
    )
    return Past(Sku(MUG), SkuState(MUG), facts)


class Recorded:
    """The past of so many SKUs; what comes after the first waits until it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int = 1) -> None:
        self.may = asyncio.Event()
        self.begun = asyncio.Event()
        self._count = count
        monkeypatch.setattr(app, "pasts", self._past)

    async def _past(self, _: Any, since: datetime, until: datetime) -> AsyncIterator[Past]:
        assert until - since == timedelta(days=14)
        for nth in range(self._count):
            if nth:
                self.begun.set()
                await self.may.wait()
            yield a_short_difference(until)


async def button(stored: Stored, one: Proposal = RULE) -> str:
    """A digest's button stands in the ops channel; its message."""
    channel = stored.room.channels.id_of(OPS) or OPS
    block = {"type": "actions", "block_id": "digest.tries.v1", "elements": [try_button(one, stored.policy.current)]}
    answer = await stored.room.client.chat_postMessage(channel=channel, text="Digest", blocks=[block])
    return str(answer["ts"])


async def test_the_proposed_rule_is_tried_beside_todays(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    Recorded(monkeypatch)
    async with at_work(stored) as dana:
        await dana.click(OPS, await button(stored), "digest.try.open")
        text = (await filled(stored, dana, "Try a rule")).replace("\\xa0", " ")
    assert "Wait 25 min on Shopify US instead of 5 min" in text
    assert "1 → 0 (\u22121) in the last 14 days" in text
    assert "Tried on 1 SKU." in text
    assert "write `settles_in: 25 min` under `systems: shopify-us:`" in text


async def test_who_closes_it_gets_the_figures_directly_and_the_inbox_goes_on(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Recorded(monkeypatch, 2)
    async with at_work(stored) as dana:
        lee, ts = stored.workspace.person("lee"), await button(stored)
        await dana.click(OPS, ts, "digest.try.open")
        await past.begun.wait()
        await lee.click(OPS, ts, "digest.try.open")
        assert "Somebody is trying a rule just now." in await filled(stored, lee, "Not possible")
        await dana.close_view()
        past.may.set()
        await stored.workspace.wait_for(lambda: _directly(stored))
    (told,) = _directly(stored)
    assert "Tried on 2\u00a0SKUs." in told


def _directly(stored: Stored) -> list[str]:
    told = [one for channel in stored.workspace.state.channels.values() for one in channel.messages.values()]
    return [text for text in map(stored.workspace.read, told) if "Tried on" in text]


async def test_what_policy_no_longer_has_is_said(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    Recorded(monkeypatch)
    async with at_work(stored) as dana:
        gone = Proposal(SystemId("ebay"), ExceptionClass.EXPOSURE_MISMATCH, timedelta(minutes=25))
        await dana.click(OPS, await button(stored, gone), "digest.try.open")
        assert "Policy has no such system any more." in await filled(stored, dana, "Not possible")


def test_the_digest_has_the_button_where_it_proposes_to_wait() -> None:
    week = the_week()
    offered = [one for one in week.review.tighten if proposed(one) is not None]
    buttons = [one for one in as_sent(drawn(week))["blocks"] if one["block_id"] == "digest.tries.v1"]
    assert bool(offered) is bool(buttons)
    assert offered


def test_only_a_rule_with_a_number_is_offered() -> None:
    assert proposed(Tighten(Advice.SHORTER_SNOOZE, 9, 9)) is None
    wait = timedelta(minutes=25)
    found = proposed(Tighten(Advice.WAIT, 9, 9, RULE.cls, SHOP, None, "", timedelta(minutes=5), wait, 4, 1))
    assert found == RULE
    assert read_proposal(RULE.value) == RULE


@pytest.mark.parametrize("value", ["", "shopify-us|exposure_mismatch", "a|b|c", "shopify-us|exposure_mismatch|soon"])
def test_another_versions_button_is_refused(value: str) -> None:
    with pytest.raises(BadInput):
        read_proposal(value)
