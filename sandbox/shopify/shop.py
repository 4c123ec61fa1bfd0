"""One shop: its records by id, its clock, its numbers, and what it announces when something changes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Protocol
from zlib import crc32

from sandbox.shopify.state import (
    InventoryItem,
    Level,
    Location,
    Order,
    Product,
    Publication,
    Subscription,
    Variant,
)

Json = dict[str, object]
Clock = Callable[[], datetime]

# Ids step by this on the platform, too. Order numbers start above 2^53 and are odd, so that a reader
# which takes them through a float loses them.
_STEP = 32_768
_FIRST = {
    "Order": 9_007_199_254_800_001,
    "LineItem": 9_107_199_254_800_003,
    "Refund": 9_207_199_254_800_005,
    "Product": 10_220_854_182_194,
    "ProductVariant": 51_364_592_877_874,
    "InventoryItem": 53_469_430_055_218,
    "InventoryLevel": 143_273_001_266,
    "Location": 106_318_430_514,
    "Publication": 268_039_389_490,
}


class ShopRefused(Exception):
    """The shop does not do that: what was asked contradicts its state. The message says what to do instead."""


class Outlet(Protocol):
    """Where a shop's announcements go."""

    def wants(self, topic: str) -> bool:
        """Whether anybody listens to this topic; if not, no body is built."""

    def announce(self, topic: str, moment: Moment, body: Json) -> None:
        """Take one event; delivery happens later."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that somebody did: when, and the event id that all its webhooks share."""

    at: datetime
    event_id: str


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Shop:
    """The records of one shop. Mutated by the modules beside it, read by the API."""

    def __init__(self, domain: str, *, clock: Clock, zone: tzinfo, currency: str, total_lag: float) -> None:
        self.domain = domain
        self.name = domain.split(".")[0]
        self.clock = clock
        self.zone = zone
        self.currency = currency
        self.total_lag = total_lag
        self.outlet: Outlet | None = None
        self.locations: dict[int, Location] = {}
        self.publications: dict[int, Publication] = {}
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.items: dict[int, InventoryItem] = {}
        self.levels: dict[int, Level] = {}
        self.orders: dict[int, Order] = {}
        self.subscriptions: dict[int, Subscription] = {}
        self.variants_by_sku: dict[str, list[Variant]] = {}
        self._offset = crc32(domain.encode()) % 997 * 10_000_000 * 2
        self._given: dict[str, int] = {}

    def new_id(self, kind: str) -> int:
        """The next number of this kind; two shops give different ones."""
        given = self._given.get(kind)
        first = _FIRST.get(kind, 1_000_000_001) + self._offset
        number = first if given is None else given + _STEP
        self._given[kind] = number
        return number

    def moment(self, at: datetime | None = None) -> Moment:
        """Now by the shop's clock, or the given time."""
        when = self.clock() if at is None else at
        if when.tzinfo is None:
            raise ValueError("times of the shop are aware; give datetime(..., tzinfo=UTC)")
        return Moment(when.astimezone(UTC), str(uuid.uuid4()))

    def announce(self, topic: str, moment: Moment, body: Callable[[], Json]) -> None:
        """Tell subscribers of this topic, with the record as it stands at this instant."""
        if self.outlet is not None and self.outlet.wants(topic):
            self.outlet.announce(topic, moment, body())

    def local(self, moment: datetime) -> str:
        """A time as REST bodies write it: whole seconds with the shop's offset."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def variant(self, sku_or_id: str | int) -> Variant:
        """The variant with this id, or the only one with this SKU."""
        if isinstance(sku_or_id, int):
            if (found := self.variants.get(sku_or_id)) is None:
                raise ShopRefused(f"no variant {sku_or_id} in {self.domain}")
            return found
        named = self.variants_by_sku.get(sku_or_id, [])
        if not named:
            raise ShopRefused(f"no variant with SKU {sku_or_id!r} in {self.domain}; add it first")
        if len(named) > 1:
            ids = ", ".join(str(variant.id) for variant in named)
            raise ShopRefused(f"SKU {sku_or_id!r} belongs to several variants ({ids}); name one by id")
        return named[0]

    def location(self, name_or_id: str | int) -> Location:
        """The location with this id or this exact name."""
        for location in self.locations.values():
            if name_or_id in (location.id, location.name):
                return location
        raise ShopRefused(f"no location {name_or_id!r} in {self.domain}")

    def order(self, name_or_id: str | int) -> Order:
        """The order with this id, this number or this name (``#1001``)."""
        if isinstance(name_or_id, int) and name_or_id in self.orders:
            return self.orders[name_or_id]
        for order in self.orders.values():
            if name_or_id in (order.name, order.number):
                return order
        raise ShopRefused(f"no order {name_or_id!r} in {self.domain}")

    def level(self, sku_or_id: str | int, location: str | int) -> Level:
        """The level of a variant at a location; refused when it is not stocked there."""
        found = self.variant(sku_or_id).item.levels.get(self.location(location).id)
        if found is None:
            raise ShopRefused(f"{sku_or_id!r} is not stocked at {location!r}; connect it first")
        return found

    def remember_total(self, product: Product) -> None:
        """Keep the total shown so far for ``total_lag`` seconds: the platform's total trails its levels."""
        now = time.monotonic()
        if now >= product.shown_total_moves_at:
            product.shown_total = stock_total(product)
            product.shown_total_moves_at = now + self.total_lag

    def shown_total(self, product: Product) -> int:
        return product.shown_total if time.monotonic() < product.shown_total_moves_at else stock_total(product)


def stock_total(product: Product) -> int:
    """Available units of all tracked variants at active locations."""
    return sum(
        level.available
        for variant in product.variants
        if variant.item.tracked
        for level in variant.item.levels.values()
        if level.is_active
    )
