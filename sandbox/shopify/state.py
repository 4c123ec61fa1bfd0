"""What a shop consists of. Plain mutable records; the rules live in the modules beside this one.

Counts are whole units. Times are aware UTC datetimes. Money is Decimal in the shop's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

QUANTITY_NAMES: Final = (
    "available",
    "committed",
    "damaged",
    "incoming",
    "on_hand",
    "quality_control",
    "reserved",
    "safety_stock",
)
ON_HAND_PARTS: Final = ("available", "committed", "damaged", "quality_control", "reserved", "safety_stock")


def gid(kind: str, number: int) -> str:
    """The platform's global id, e.g. ``gid://shopify/Product/632910392``."""
    return f"gid://shopify/{kind}/{number}"


class ProductStatus(StrEnum):
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    DRAFT = "DRAFT"
    UNLISTED = "UNLISTED"


class InventoryPolicy(StrEnum):
    """What happens at zero: DENY stops the sale, CONTINUE sells below zero."""

    DENY = "DENY"
    CONTINUE = "CONTINUE"


class RestockType(StrEnum):
    """What a refund does to stock: ``return`` came back, ``cancel`` never left, ``no_restock`` neither."""

    RETURN = "RETURN"
    CANCEL = "CANCEL"
    NO_RESTOCK = "NO_RESTOCK"


@dataclass(slots=True, eq=False)
class Location:
    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    fulfills_online_orders: bool = True
    ships_inventory: bool = True
    is_fulfillment_service: bool = False


@dataclass(slots=True, eq=False)
class Level:
    """The quantities of one item at one location.

    ``on_hand`` is never stored: it is available + committed + reserved + damaged + safety_stock +
    quality_control by construction. ``incoming`` stands outside it.
    """

    id: int
    item: InventoryItem
    location: Location
    created_at: datetime
    updated_at: datetime
    units: dict[str, int]
    stamps: dict[str, datetime]
    is_active: bool = True

    @property
    def available(self) -> int:
        return self.units["available"]

    @property
    def on_hand(self) -> int:
        units = self.units
        return sum(units[name] for name in ON_HAND_PARTS)

    def quantity(self, name: str) -> int:
        return self.on_hand if name == "on_hand" else self.units[name]

    @property
    def gid(self) -> str:
        return f"gid://shopify/InventoryLevel/{self.id}?inventory_item_id={self.item.id}"


@dataclass(slots=True, eq=False)
class InventoryItem:
    id: int
    variant: Variant
    sku: str | None
    created_at: datetime
    updated_at: datetime
    tracked: bool = True
    cost: Decimal | None = None
    requires_shipping: bool = True
    levels: dict[int, Level] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Variant:
    """One thing a customer can put into a cart. Published everywhere unless named in ``unpublished_from``."""

    id: int
    product: Product
    title: str
    price: Decimal
    position: int
    created_at: datetime
    updated_at: datetime
    barcode: str | None = None
    policy: InventoryPolicy = InventoryPolicy.DENY
    unpublished_from: set[int] = field(default_factory=set)
    _item: InventoryItem | None = None

    @property
    def item(self) -> InventoryItem:
        if self._item is None:
            raise LookupError(f"variant {self.id} has no inventory item yet; add it through catalog.add_variant")
        return self._item

    @property
    def sku(self) -> str | None:
        return self.item.sku


@dataclass(slots=True, eq=False)
class Product:
    id: int
    title: str
    handle: str
    created_at: datetime
    updated_at: datetime
    status: ProductStatus = ProductStatus.ACTIVE
    vendor: str = ""
    product_type: str = ""
    variants: list[Variant] = field(default_factory=list)
    published: dict[int, datetime] = field(default_factory=dict)
    shown_total: int = 0
    shown_total_moves_at: float = 0.0


@dataclass(slots=True, eq=False)
class Publication:
    """A channel's list of what it shows. ``apps`` are the titles of the apps behind it."""

    id: int
    name: str
    auto_publish: bool = True


@dataclass(slots=True, eq=False)
class OrderLine:
    """A line of an order. ``quantity`` is what was ordered (and added); it never falls."""

    id: int
    variant: Variant | None
    product: Product | None
    sku: str | None
    title: str
    variant_title: str
    price: Decimal
    tracked: bool
    quantity: int
    fulfilled: int = 0
    removed: int = 0
    returned: int = 0
    fulfillment_order_line_id: int = 0

    @property
    def current_quantity(self) -> int:
        return self.quantity - self.removed - self.returned

    @property
    def fulfillable_quantity(self) -> int:
        return self.quantity - self.removed - self.fulfilled


@dataclass(slots=True, eq=False)
class FulfillmentHold:
    """One hold on a fulfillment order; while any stands it cannot be shipped."""

    id: int
    reason: str
    handle: str | None
    reason_notes: str | None


@dataclass(slots=True, eq=False)
class FulfillmentOrder:
    """The lines of one order that one location is to ship."""

    id: int
    order: Order
    location: Location
    created_at: datetime
    updated_at: datetime
    lines: list[OrderLine]
    holds: list[FulfillmentHold] = field(default_factory=list)

    @property
    def status(self) -> str:
        if not any(line.fulfillable_quantity for line in self.lines):
            return "CLOSED"
        if self.holds:
            return "ON_HOLD"
        return "IN_PROGRESS" if any(line.fulfilled for line in self.lines) else "OPEN"


@dataclass(slots=True, eq=False)
class ShippedLine:
    id: int
    line: OrderLine
    quantity: int


@dataclass(slots=True, eq=False)
class Fulfillment:
    id: int
    order: Order
    name: str
    location: Location
    created_at: datetime
    lines: list[ShippedLine]


@dataclass(slots=True, eq=False)
class RefundLine:
    id: int
    line: OrderLine
    quantity: int
    restock_type: RestockType
    location: Location | None


@dataclass(slots=True, eq=False)
class Refund:
    id: int
    order: Order
    created_at: datetime
    note: str | None
    amount: Decimal
    transaction_id: int
    lines: list[RefundLine]

    @property
    def restock(self) -> bool:
        return any(line.restock_type is not RestockType.NO_RESTOCK for line in self.lines)


@dataclass(slots=True, eq=False)
class Order:
    id: int
    number: int
    created_at: datetime
    updated_at: datetime
    lines: list[OrderLine]
    source_name: str = "web"
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    edited: bool = False
    test: bool = False
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"#{self.number}"

    @property
    def total(self) -> Decimal:
        return sum((line.price * line.quantity for line in self.lines), Decimal(0))

    @property
    def current_total(self) -> Decimal:
        return sum((line.price * line.current_quantity for line in self.lines), Decimal(0))

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), Decimal(0))

    @property
    def financial_status(self) -> str:
        """``pending``, ``paid``, ``partially_refunded``, ``refunded`` or ``voided``."""
        if self.paid_at is None:
            return "voided" if self.cancelled_at else "pending"
        if not self.refunded:
            return "paid"
        return "refunded" if self.refunded >= self.total else "partially_refunded"

    @property
    def fulfillment_status(self) -> str | None:
        """None, ``partial`` or ``fulfilled``, as order bodies say it."""
        if not any(line.fulfilled for line in self.lines):
            return None
        return "partial" if any(line.fulfillable_quantity for line in self.lines) else "fulfilled"

    def line(self, line_id: int) -> OrderLine:
        for line in self.lines:
            if line.id == line_id:
                return line
        raise LookupError(f"order {self.name} has no line {line_id}")

    def location_of(self, line: OrderLine) -> Location:
        """The location assigned to ship this line."""
        for fulfillment_order in self.fulfillment_orders:
            if line in fulfillment_order.lines:
                return fulfillment_order.location
        raise LookupError(f"line {line.id} of order {self.name} is assigned to no location")


@dataclass(slots=True, eq=False)
class Subscription:
    """A webhook subscription. ``topic`` is the header's form, e.g. ``inventory_levels/update``."""

    id: int
    topic: str
    uri: str
    created_at: datetime
    updated_at: datetime
    include_fields: list[str] = field(default_factory=list)
    filter: str | None = None
    name: str | None = None
    metafield_namespaces: list[str] = field(default_factory=list)
