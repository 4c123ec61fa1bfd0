"""Rules tried on a past of a few days, held to figures reckoned by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sync.backtest.replayed import Tally, live_through
from sync.model.exceptions import ExceptionClass
from sync.model.facts import Count, Fact, FactBody, FactKind, LineState, LineStated, ListingStated, OrderRef, Revision
from sync.model.ids import LocationId, QueueId, SkuId, SystemId
from sync.model.money import Money
from sync.model.stock import Sku, SkuState
from sync.model.time import AsOf
from sync.policy.schema import Policy
from sync.policy.sku_rules import SkuRules
from sync.policy.system_rules import Mode
from tests.shop_rules import rules

SHOP, WMS, RENO = SystemId("shopify-us"), SystemId("wms"), LocationId("reno")
MUG = Sku(SkuId("MUG"), price=Money(Decimal(10), "USD"))
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def fact(hours: float, system: SystemId, kind: FactKind, body: FactBody, location: LocationId | None = RENO) -> Fact:
    when = AsOf.at(at(hours))
    return Fact(
        system, kind, f"{kind}@{hours}", when, at(hours), Revision(0, when.start), MUG.id, location, body, delivery="1"
    )


def counted(hours: float, units: int) -> Fact:
    return fact(hours, WMS, FactKind.COUNTED, Count(on_hand=units))


def level(hours: float, units: int) -> Fact:
    return fact(hours, SHOP, FactKind.LEVEL_SEEN, Count(available=units))


def order(hours: float, units: int) -> Fact:
    body = LineStated(OrderRef(SHOP, f"order {hours}", "1"), units, LineState.CONFIRMED, at(hours), Decimal(10), "USD")
    return fact(hours, SHOP, FactKind.ORDER_LINE, body, None)


def listed(hours: float) -> Fact:
    body = ListingStated((("item", "1"), ("variant", "2")), tracked=True, sells_below_zero=False, buyable=True)
    return fact(hours, SHOP, FactKind.LISTING_SEEN, body, None)


def shop(**channel: Any) -> Policy:
    """The tiny shop, whose storefront has other rules; its warehouse's number stays fresh."""
    policy = rules()
    front = policy.systems["shopify-us"]
    assert front.channel is not None
    systems = dict(policy.systems)
    systems["shopify-us"] = front.model_copy(update={"channel": front.channel.model_copy(update=channel)})
    source = systems["wms"].source
    assert source is not None
    kept = source.model_copy(update={"fresh_for": None})
    systems["wms"] = systems["wms"].model_copy(update={"source": kept})
    return policy.model_copy(update={"systems": systems})


def lived(facts: Sequence[Fact], policy: Policy, *, hours: float = 48) -> Tally:
    ordered = sorted(facts, key=lambda one: one.received_at)
    return live_through(MUG, SkuState(MUG.id), ordered, policy, at(1), at(hours))


PAST = [listed(0), counted(0, 5), level(0, 5), order(2, 3), order(4, 4)]
"""Five there and shown; three are sold, then four: two more than there are."""


def test_a_channel_that_shows_what_the_rules_say_offers_nothing_that_is_not_there() -> None:
    told = lived(PAST, shop())

    assert (told.prevented, told.missed, told.oversold) == (2, 0, 0)


def test_safety_stock_costs_the_sales_it_keeps_back() -> None:
    told = lived(PAST, shop(safety_stock=4))

    assert (told.prevented, told.missed) == (2, 4), (
        "one was offered: two of the first order and two of the second were not"
    )
    assert told.missed_money == Decimal(40)


def test_units_that_can_be_made_to_order_are_offered_and_not_oversold() -> None:
    policy = shop().model_copy(update={"skus": {MUG.id: SkuRules(made_to_order=2)}})

    told = lived(PAST, policy)

    assert (told.prevented, told.missed, told.oversold) == (0, 0, 0)


def test_a_watched_channel_that_shows_too_much_oversells_and_is_told() -> None:
    policy = shop()
    watched = policy.systems["shopify-us"].model_copy(update={"mode": Mode.GUARD})
    policy = policy.model_copy(update={"systems": {**policy.systems, "shopify-us": watched}})

    told = lived([listed(0), counted(0, 5), level(0, 9), order(2, 7)], policy)

    assert (told.prevented, told.oversold, told.updates) == (0, 2, 0)
    assert told.at_start[QueueId("marketplaces"), ExceptionClass.EXPOSURE_MISMATCH] == 1
    assert told.opened[QueueId("marketplaces"), ExceptionClass.OVERSELL] == 1


def test_what_another_policy_had_published_is_not_held_against_this_one() -> None:
    echo = replace(level(3, 2), key="echo")

    assert lived([*PAST, echo], shop()) == lived(PAST, shop())


def test_the_same_past_gives_the_same_figures_whatever_its_batches() -> None:
    """Facts of one instant may come as one delivery or as several."""
    twice = [*PAST[:4], replace(order(2, 1), key="b", body=replace(order(2, 1).body, order=OrderRef(SHOP, "b", "1")))]

    one, other = lived(twice, shop()), lived([*twice[:3], twice[4], twice[3]], shop())

    assert one == other
