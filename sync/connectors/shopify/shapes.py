"""The shapes Shopify sends, as models. Webhook bodies (REST names) and GraphQL nodes (camel case) fit the same models.

Source: the Admin API schema 2026-10 and the REST resources order, refund, fulfillment, product, inventory_level and
inventory_item. Fields that are not named here are dropped; people, addresses and payment details are never named.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field

from sync.model.facts import ItemRef

_GID = re.compile(r"^gid://shopify/\w+/(\d+)(?:\?.*)?$")


def digits(value: object) -> str:
    """The plain number of an id: ``39072856`` from an integer (of any size), a text, or a ``gid://shopify/…``."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if isinstance(value, str):
        found = _GID.match(value)
        if found is not None:
            return found[1]
        if value.isascii() and value.isdecimal():
            return value
    raise ValueError("an id must be a whole number")


def instant(value: object) -> datetime:
    """ISO 8601 with an offset, to UTC; fractions of a second may have up to nine digits."""
    if not isinstance(value, str):
        raise ValueError("a time must be ISO 8601 text")
    cut = value.strip()
    if "." in cut:
        cut = re.sub(r"(\.\d{6})\d+", r"\1", cut)
    try:
        found = datetime.fromisoformat(cut)
    except ValueError:
        raise ValueError("a time must be ISO 8601 text") from None
    if found.tzinfo is None:
        raise ValueError("a time must carry its offset from UTC")
    return found.astimezone(UTC)


def _rows(value: object) -> object:
    """A GraphQL connection is the list of its nodes; null is an empty list."""
    if value is None:
        return ()
    return value["nodes"] if isinstance(value, dict) and "nodes" in value else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _text(value: object) -> object:
    """Blank text is no text."""
    return (value.strip() or None) if isinstance(value, str) else value


Row = TypeVar("Row")
Digits = Annotated[str, BeforeValidator(digits)]
Instant = Annotated[datetime, BeforeValidator(instant)]
Word = Annotated[str, BeforeValidator(_lower)]
Text = Annotated[str | None, BeforeValidator(_text)]
Rows = Annotated[tuple[Row, ...], BeforeValidator(_rows)]


def _names(*names: str | AliasPath) -> AliasChoices:
    return AliasChoices(*names)


_CREATED = _names("created_at", "createdAt")
_UPDATED = _names("updated_at", "updatedAt")
_VARIANT = _names("variant_id", AliasPath("variant", "id"), AliasPath("lineItem", "variant", "id"))
_LOCATION = _names("location_id", AliasPath("location", "id"))


class Shape(BaseModel):
    """Base of all: unknown fields are dropped, values do not change after reading."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Connection(Shape):
    """What every page says about the next one."""

    has_next: bool = Field(validation_alias=AliasPath("pageInfo", "hasNextPage"))
    cursor: str | None = Field(default=None, validation_alias=AliasPath("pageInfo", "endCursor"))


class NamesItem(Shape):
    """Something that names a product by its variant, else by the SKU text on the order."""

    variant: Digits | None = Field(default=None, validation_alias=_VARIANT)
    sku: Text = Field(default=None, validation_alias=_names("sku", AliasPath("lineItem", "sku")))

    @property
    def item(self) -> ItemRef | None:
        """None for a custom item: no product of the shop and no SKU."""
        if self.variant is not None:
            return ItemRef("variant", self.variant)
        return ItemRef("sku", self.sku) if self.sku is not None else None


class OrderLine(NamesItem):
    """``quantity`` is what was ordered and never falls; ``current`` is after edits and refunds; ``fulfillable`` is still
    to be shipped; ``price`` is per unit in the order's currency."""

    id: Digits
    quantity: int
    current: int | None = Field(default=None, validation_alias=_names("current_quantity", "currentQuantity"))
    fulfillable: int | None = Field(
        default=None, validation_alias=_names("fulfillable_quantity", "unfulfilledQuantity")
    )
    fulfilment: str | None = Field(default="not told", validation_alias="fulfillment_status")
    price: Decimal | None = Field(
        default=None, validation_alias=_names("price", AliasPath("originalUnitPriceSet", "shopMoney", "amount"))
    )


class RefundLine(NamesItem):
    """Units of one order line given back. ``place`` is where they were restocked. ``line_item`` comes with webhooks only."""

    id: Digits | None = None
    line: Digits = Field(validation_alias=_names("line_item_id", AliasPath("lineItem", "id")))
    quantity: int
    restock: Word = Field(validation_alias=_names("restock_type", "restockType"))
    place: Digits | None = Field(default=None, validation_alias=_LOCATION)
    line_item: OrderLine | None = None


class Refund(Shape):
    """``refunds/create``, and the refunds inside an order."""

    id: Digits
    order: Digits | None = Field(default=None, validation_alias="order_id")
    created_at: Instant | None = Field(default=None, validation_alias=_CREATED)
    lines: Rows[RefundLine] = Field(validation_alias=_names("refund_line_items", "refundLineItems"))


class ShippedLine(NamesItem):
    """Units of one order line in one parcel."""

    line: Digits = Field(validation_alias=_names(AliasPath("lineItem", "id"), "id"))
    quantity: int


class Fulfillment(Shape):
    """A parcel: ``fulfillments/create``, and the fulfilments inside an order."""

    id: Digits
    order: Digits | None = Field(default=None, validation_alias="order_id")
    status: Word | None = None
    created_at: Instant = Field(validation_alias=_CREATED)
    place: Digits | None = Field(default=None, validation_alias=_LOCATION)
    lines: Rows[ShippedLine] = Field(validation_alias=_names("line_items", "fulfillmentLineItems"))


class AssignedLine(Shape):
    """Units of one order line that one location is to ship."""

    line: Digits = Field(validation_alias=AliasPath("lineItem", "id"))
    remaining: int = Field(validation_alias="remainingQuantity")


class FulfillmentOrder(Shape):
    """Which location ships what. GraphQL only: webhook bodies do not say."""

    status: Word
    place: Digits | None = Field(default=None, validation_alias=AliasPath("assignedLocation", "location", "id"))
    lines: Rows[AssignedLine] = Field(validation_alias="lineItems")


class Order(Shape):
    """``orders/*`` and GraphQL orders. ``edited`` is told by GraphQL only."""

    id: Digits
    created_at: Instant = Field(validation_alias=_CREATED)
    updated_at: Instant = Field(validation_alias=_UPDATED)
    cancelled_at: Instant | None = Field(default=None, validation_alias=_names("cancelled_at", "cancelledAt"))
    test: bool | None = None
    edited: bool | None = None
    currency: str | None = Field(default=None, validation_alias=_names("currency", "currencyCode"))
    payment: Word | None = Field(default=None, validation_alias=_names("financial_status", "displayFinancialStatus"))
    lines: Rows[OrderLine] = Field(validation_alias=_names("line_items", "lineItems"))
    refunds: Rows[Refund] = ()
    fulfillments: Rows[Fulfillment] = ()
    fulfillment_orders: Rows[FulfillmentOrder] = Field(default=(), validation_alias="fulfillmentOrders")


class Level(Shape):
    """``inventory_levels/update`` and ``/connect``. ``available`` is null for an untracked item, and may be negative."""

    item: Digits = Field(validation_alias="inventory_item_id")
    place: Digits = Field(validation_alias="location_id")
    available: int | None
    updated_at: Instant


class LevelGone(Shape):
    """``inventory_levels/disconnect``: no longer stocked there."""

    item: Digits = Field(validation_alias="inventory_item_id")
    place: Digits = Field(validation_alias="location_id")


class Quantity(Shape):
    """One of the level's named numbers."""

    name: str
    quantity: int
    updated_at: Instant | None = Field(default=None, validation_alias="updatedAt")


class LevelNode(Shape):
    """A level as GraphQL reads it. Its gid does not hold the location's id."""

    place: Digits = Field(validation_alias=AliasPath("location", "id"))
    active: bool = Field(default=True, validation_alias="isActive")
    updated_at: Instant = Field(validation_alias="updatedAt")
    quantities: tuple[Quantity, ...] = ()

    @property
    def stamp(self) -> datetime:
        """The newest of the level's own time and those of its numbers (``on_hand`` has none)."""
        return max([self.updated_at, *(one.updated_at for one in self.quantities if one.updated_at is not None)])

    def units(self, *names: str) -> int | None:
        """The sum of these numbers; None when one of them was not told."""
        found = {one.name: one.quantity for one in self.quantities}
        return sum(found[name] for name in names) if all(name in found for name in names) else None


class Variant(Shape):
    """A variant inside a product's body."""

    id: Digits
    item: Digits | None = Field(default=None, validation_alias="inventory_item_id")
    sku: Text = None
    title: Text = None
    barcode: Text = None
    price: Decimal | None = None
    policy: Word | None = Field(default=None, validation_alias="inventory_policy")
    management: str | None = Field(default="not told", validation_alias="inventory_management")
    updated_at: Instant | None = None


class Product(Shape):
    """``products/create`` and ``products/update``. Large products may not list all their variants."""

    id: Digits
    title: Text = None
    status: Word | None = None
    updated_at: Instant
    variants: tuple[Variant, ...]


class Item(Shape):
    """``inventory_items/create`` and ``/update``: SKU, cost and whether stock is tracked."""

    id: Digits
    sku: Text = None
    tracked: bool
    cost: Decimal | None = None
    updated_at: Instant = Field(validation_alias=_UPDATED)


class Gone(BaseModel):
    """``…/delete``: an id and nothing else; a body with more is not what the topic says (headers are not signed)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Digits
    admin_graphql_api_id: str | None = None


class Door(Shape):
    """Where a product or a variant is shown."""

    id: Digits = Field(validation_alias=AliasPath("publication", "id"))
    open: bool = Field(validation_alias="isPublished")
    since: str | None = Field(default=None, validation_alias="publishDate")


class Money(Shape):
    """An amount with its currency."""

    amount: Decimal
    currency: str = Field(validation_alias="currencyCode")


class ItemNode(Shape):
    """The stock side of a variant, with its levels where they were asked for."""

    id: Digits
    tracked: bool
    updated_at: Instant = Field(validation_alias="updatedAt")
    cost: Money | None = Field(default=None, validation_alias="unitCost")
    levels: Rows[LevelNode] = Field(default=(), validation_alias="inventoryLevels")


class ProductNode(Shape):
    """The product of a variant: its status and its doors rule over the variant's own."""

    id: Digits
    title: Text = None
    status: Word
    updated_at: Instant = Field(validation_alias="updatedAt")
    doors: Rows[Door] = Field(default=(), validation_alias="resourcePublicationsV2")


class VariantNode(Shape):
    """A variant as GraphQL reads it: the whole of a listing. ``sellable`` sums what online orders may draw on."""

    id: Digits
    sku: Text = None
    title: Text = None
    barcode: Text = None
    price: Decimal | None = None
    policy: Word = Field(validation_alias="inventoryPolicy")
    sellable: int | None = Field(default=None, validation_alias="sellableOnlineQuantity")
    updated_at: Instant = Field(validation_alias="updatedAt")
    item: ItemNode = Field(validation_alias="inventoryItem")
    product: ProductNode
    doors: Rows[Door] = Field(default=(), validation_alias="resourcePublicationsV2")
