"""The storefront of the replay: a Shopify stand-in in which the file's orders are placed, shipped and returned.

Its webhooks are the real ones: signed, sent over HTTP, some twice (half of these under the same id, half under a new one),
some overtaken by later ones. Only orders and refunds are subscribed to; levels are not, so that nothing tells the product a
number it should have worked out.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from bench.replay.story import Return, Sale, Story
from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.orders import CustomItem
from sandbox.shopify.stand_in import ShopifyStandIn
from sandbox.shopify.throttle import Bucket
from sandbox.shopify.webhooks.deliveries import Counters

TOPICS = ("orders/create", "orders/updated", "refunds/create")
IN_FLIGHT = 400
"""Webhooks outstanding at most; the shop waits with its next order until there is room."""

AT_A_TIME = 128
"""Webhooks on their way to the product at a time."""

OVERTAKEN_BY = 25
"""A webhook out of order is overtaken by up to this many later ones."""


class RetailShop:
    """The shop with its goods on sale: each variant shows the opening count at one place."""

    def __init__(self, story: Story, *, duplicate: float, reorder: float, drop: float = 0.0) -> None:
        """``duplicate``, ``reorder`` and ``drop`` are shares of webhooks, 0 to 1, that come twice, late and never."""
        self._duplicate = duplicate
        self._told = 0
        self.stand_in = ShopifyStandIn(
            "retail.myshopify.com",
            currency="GBP",
            concurrency=AT_A_TIME,
            webhook_timeout=30.0,
            bucket=Bucket(maximum=20_000, restore_rate=1_000),
        )
        self.stand_in.deliveries.reorder(reorder, window=OVERTAKEN_BY)
        self.stand_in.deliveries.drop(drop)
        self.place = self.stand_in.add_location("Store")
        for good in story.goods:
            spec = VariantSpec(good.sku, price=good.price, stock={self.place.id: good.opening})
            self.stand_in.add_product(good.title or good.sku, [spec], at=story.opened_at)

    @property
    def counters(self) -> Counters:
        """What became of the webhooks."""
        return self.stand_in.deliveries.counters

    def subscribe(self, url: str) -> None:
        """Send webhooks there from now on."""
        self.stand_in.subscribe(url, *TOPICS)

    async def room(self) -> None:
        """Wait until few enough webhooks are outstanding."""
        await self.stand_in.deliveries.room(IN_FLIGHT, timeout=600)

    async def drain(self) -> None:
        """Wait until every webhook is answered."""
        await self.stand_in.deliveries.drain(timeout=600)

    def place_old_order(self, back: Return) -> int:
        """The order that a cancellation belongs to, placed and shipped long ago. Returns its id.

        What it takes had come in before it, so the level still is the opening count.
        """
        needed: dict[str, int] = defaultdict(int)
        for sku, units in back.lines:
            needed[sku] += units
        for sku, units in needed.items():
            self.stand_in.receive(sku, self.place.id, units, at=back.ordered_at)
        return self._order(back.lines, back.ordered_at, ())

    def sell(self, sale: Sale) -> int:
        """Place and ship an order. The shop sells whatever it is asked for, as the retailer did. Returns the order's id."""
        extras = [
            CustomItem(extra.title or extra.code, extra.units, extra.price, sku=extra.code) for extra in sale.extras
        ]
        return self._order(sale.lines, sale.at, extras)

    def take_back(self, back: Return, order_id: int) -> None:
        """Refund and restock every line of an old order."""
        self._mix()
        order = self.stand_in.shop.orders[order_id]
        lines = [(line.id, line.quantity) for line in order.lines]
        self.stand_in.refund(order, lines, restock_type="return", at=back.at)

    def _order(self, lines: list[tuple[str, int]], at: datetime, extras: list[CustomItem] | tuple[()]) -> int:
        self._mix()
        order = self.stand_in.checkout(lines, at=at, race=True, custom_items=extras)
        self.stand_in.fulfil(order, at=at)
        return order.id

    def _mix(self) -> None:
        """Duplicates come under the same id and under a new one by turns."""
        self._told += 1
        self.stand_in.deliveries.duplicate(self._duplicate, new_id=bool(self._told % 2))
