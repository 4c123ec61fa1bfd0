"""Reading the shop: everything, or what changed since.

A whole reading goes through all variants (each a listing with its levels), then all open orders however old, and ends with
one row per location: everything there is as of the time from its beginning to its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pydantic import AliasPath, Field, ValidationError

from sync.connectors.base import Fault, Parsed, Problem
from sync.connectors.shopify.client import Client
from sync.connectors.shopify.drafts import stamp
from sync.connectors.shopify.mapping import item_node_fact, read_fact, read_level_fact, variant_fact
from sync.connectors.shopify.orders import order_facts
from sync.connectors.shopify.paging import Pages, cut_short, has_more, models, nodes_of, pages, patiently
from sync.connectors.shopify.seen import names_of
from sync.connectors.shopify.shapes import Digits, ItemNode, LevelNode, Order, Shape, Text, VariantNode
from sync.connectors.shopify.writes import NAMES, gid
from sync.errors import TryAgain
from sync.model.facts import FactDraft, FactKind
from sync.model.ids import SystemId

_VARIANTS, _ORDERS, _CHANGED, _LEVELS = 50, 10, 100, 100
_PARTS = 100
"""``refunds`` and ``fulfillments`` of an order come as plain lists of at most this many (10 in a page of orders)."""


class _Place(Shape):
    id: Digits
    active: bool = Field(validation_alias="isActive")


class _Named(Shape):
    id: Digits


class _ItemRow(ItemNode):
    sku: Text = None


class _LevelRow(LevelNode):
    item: Digits = Field(validation_alias=AliasPath("item", "id"))
    tracked: bool = Field(validation_alias=AliasPath("item", "tracked"))


PACE = timedelta(days=7)
"""How far back a first reading looks for shipped orders too, so that the pace of sales is known from the first day."""


@dataclass(slots=True)
class Reading:
    """One reading of one shop. ``rows`` counts the levels read per location."""

    client: Client
    system: SystemId
    started: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    places: tuple[str, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    assigned: bool = True
    page: int = 0

    async def everything(self) -> AsyncIterator[Parsed]:
        """All listings and levels, all open orders, the past week's for the pace of sales, then one row per location.

        Raises TryAgain.
        """
        await self._begin()
        async for parsed in self._variants(None):
            yield parsed
        week_ago = self.started.astimezone(UTC) - PACE
        for query in ("status:open", f"updated_at:>='{week_ago:%Y-%m-%dT%H:%M:%SZ}' AND status:closed"):
            async for parsed in self._orders(query):
                yield parsed
        ended = self.client.instant().end
        facts = [read_fact(place, self.started, ended, self.rows.get(place, 0)) for place in self.places]
        yield replace(self._parsed("end", facts), content_at=self.started, rows=sum(self.rows.values()))

    async def since(self, since: datetime) -> AsyncIterator[Parsed]:
        """Products, items, levels and orders that changed since then (whole seconds). Raises TryAgain."""
        await self._begin()
        changed = f"updated_at:>='{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"
        async for _, nodes in pages(self.client, Pages("ChangedProducts", "products", changed, _CHANGED)):
            for product in models(_Named, nodes):
                async for parsed in self._variants(f"product_id:{product.id}"):
                    yield parsed
        async for _, nodes in pages(self.client, Pages("ChangedItems", "inventoryItems", changed, _CHANGED)):
            if nodes:
                yield self._parsed("items", [item_node_fact(one.sku, one) for one in models(_ItemRow, nodes)])
        async for parsed in self._changed_levels(changed):
            yield parsed
        async for parsed in self._orders(changed):
            yield parsed

    async def _begin(self) -> None:
        told = (await patiently(self.client, "Shop")).or_raise()
        currency = told.part("shop").get("currencyCode")
        self.currency = currency if isinstance(currency, str) else None
        try:
            self.names = names_of(told.part("publications"))
        except ValidationError:
            raise TryAgain("Shopify's list of publications could not be read.") from None
        self.places = tuple(one.id for one in models(_Place, nodes_of(told.part("locations"))) if one.active)

    async def _variants(self, query: str | None) -> AsyncIterator[Parsed]:
        """Listings first, so that their ids are known when their levels are recorded."""
        wanted = Pages("Variants", "productVariants", query, _VARIANTS)
        async for told, nodes in pages(self.client, wanted, names=NAMES):
            variants = models(VariantNode, nodes)
            facts = [variant_fact(one, self.names, self.currency) for one in variants]
            for variant, node in zip(variants, nodes, strict=True):
                item, levels = variant.item, variant.item.levels
                if has_more(node, "inventoryItem", "inventoryLevels"):
                    levels = await self._all_levels(item.id)
                for level in levels:
                    self.rows[level.place] = self.rows.get(level.place, 0) + 1
                facts += [read_level_fact(item.id, item.tracked, level) for level in levels]
            yield replace(self._parsed("variants", facts), content_at=told.at.start)

    async def _all_levels(self, item: str) -> tuple[LevelNode, ...]:
        """The levels of an item that is stocked at more places than one page shows."""
        found: list[LevelNode] = []
        wanted = Pages("ItemLevels", "inventoryItem.inventoryLevels", None, _LEVELS, by_id=False)
        async for _, nodes in pages(self.client, wanted, item=gid("InventoryItem", item), names=NAMES):
            found += models(LevelNode, nodes)
        return tuple(found)

    async def _changed_levels(self, changed: str) -> AsyncIterator[Parsed]:
        wanted = Pages("ChangedLevels", "location.inventoryLevels", changed, _LEVELS, by_id=False)
        for place in self.places:
            async for told, nodes in pages(self.client, wanted, place=gid("Location", place), names=NAMES):
                facts = [read_level_fact(one.item, one.tracked, one) for one in models(_LevelRow, nodes)]
                yield replace(self._parsed("levels", facts), content_at=told.at.start)

    async def _orders(self, query: str) -> AsyncIterator[Parsed]:
        await self._try_assigned(query)
        wanted = Pages("Orders", "orders", query, _ORDERS)
        async for _, nodes in pages(self.client, wanted, assigned=self.assigned):
            facts: list[FactDraft] = []
            problems: list[Problem] = []
            lines = 0
            for node in nodes:
                [order] = models(Order, [await self._whole(node, problems)])
                lines += len(order.lines)
                found = order_facts(order, self.system)
                facts += found.facts
                problems += found.problems
            if nodes:
                yield replace(self._parsed("orders", facts, problems), rows=lines)

    async def _try_assigned(self, query: str) -> None:
        """Which location ships a line may be hidden from the app; orders are then read without it, and weigh everywhere."""
        told = await patiently(self.client, "Orders", first=1, after=None, query=query, assigned=True)
        hidden = told.fault is Fault.PERMISSION and bool(told.denied)
        self.assigned = not (hidden and all("fulfillmentOrders" in one for one in told.denied))

    async def _whole(self, node: object, problems: list[Problem]) -> object:
        """The order itself, read alone when it is longer than a page shows; what is longer still is said aloud."""
        if not isinstance(node, Mapping) or not _cut(node, 10):
            return node
        told = (await patiently(self.client, "Order", id=node["id"], assigned=self.assigned)).or_raise()
        whole = told.part("order")
        if _cut(whole, _PARTS):
            why = "this order is longer than can be read at once (250 lines, 100 refunds or parcels); check it by hand"
            problems.append(Problem(f"order {node['id']}", why, kind="missing"))
        return whole

    def _parsed(self, what: str, facts: Iterable[FactDraft], problems: Iterable[Problem] = ()) -> Parsed:
        self.page += 1
        made = tuple(facts)
        return Parsed(
            key=f"read:{stamp(self.started)}:{self.page}:{what}",
            facts=made,
            problems=tuple(problems),
            rows=sum(fact.kind is FactKind.LEVEL_SEEN for fact in made),
            topic=f"read/{what}",
        )


def _cut(order: Mapping[str, object], parts: int) -> bool:
    """Whether an order has more than was read. Lists of refunds and parcels do not say; full ones may go on."""
    lists = (order.get("refunds"), order.get("fulfillments"))
    return cut_short(order) or any(isinstance(one, list) and len(one) >= parts for one in lists)
