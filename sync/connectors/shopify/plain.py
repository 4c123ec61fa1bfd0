"""Orders as Shopify sends them, read straight from the bytes to the kept fields: in a tenth of the time of reading all of it.

It takes nothing but plain bodies: whole numbers as numbers, money as text, nothing null that has to be there. Whatever else
there may be is left to the careful reading by :mod:`sync.connectors.shopify.shapes`, which takes more and says what is wrong;
what both take they take alike.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from sync.connectors.shopify import shapes
from sync.connectors.shopify.shapes import digits, instant
from sync.model.facts import ItemRef

if TYPE_CHECKING:
    Id = str
    Time = datetime
    Price = Decimal
else:
    # What they are in the bytes; each is made what it is when the fields of its struct are there.
    Id, Time, Price = int | str, str, str

_AMOUNT = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)


def _text(value: str | None) -> str | None:
    return None if value is None else value.strip() or None


def _lower(value: str | None) -> str | None:
    return None if value is None else value.lower()


def _amount(value: str) -> Decimal:
    if _AMOUNT.fullmatch(value) is None:
        raise ValueError("left to the careful reading")
    return Decimal(value)


class _NamesItem(msgspec.Struct):
    variant: Id | None = msgspec.field(default=None, name="variant_id")
    sku: str | None = None

    @property
    def item(self) -> ItemRef | None:
        """As :class:`sync.connectors.shopify.shapes.NamesItem` has it."""
        if self.variant is not None:
            return ItemRef("variant", self.variant)
        return ItemRef("sku", self.sku) if self.sku is not None else None

    def _name(self) -> None:
        if self.variant is not None:
            self.variant = digits(self.variant)
        self.sku = _text(self.sku)


class Line(_NamesItem, kw_only=True):
    """See :class:`sync.connectors.shopify.shapes.OrderLine`."""

    id: Id
    quantity: int
    current: int | None = msgspec.field(default=None, name="current_quantity")
    fulfillable: int | None = msgspec.field(default=None, name="fulfillable_quantity")
    fulfilment: str | None = msgspec.field(default="not told", name="fulfillment_status")
    price: Price | None = None

    def __post_init__(self) -> None:
        self.id = digits(self.id)
        self._name()
        if self.price is not None:
            self.price = _amount(self.price)  # type: ignore[arg-type]


class RefundLine(msgspec.Struct, kw_only=True):
    """See :class:`sync.connectors.shopify.shapes.RefundLine`; inside an order its item is the line's."""

    id: Id | None = None
    line: Id = msgspec.field(name="line_item_id")
    quantity: int
    restock: str = msgspec.field(name="restock_type")
    place: Id | None = msgspec.field(default=None, name="location_id")
    line_item: Line | None = None

    def __post_init__(self) -> None:
        self.id = None if self.id is None else digits(self.id)
        self.line = digits(self.line)
        self.restock = self.restock.lower()
        self.place = None if self.place is None else digits(self.place)


class Refund(msgspec.Struct, kw_only=True):
    """See :class:`sync.connectors.shopify.shapes.Refund`."""

    id: Id
    order: Id | None = msgspec.field(default=None, name="order_id")
    created_at: Time | None = None
    lines: tuple[RefundLine, ...] = msgspec.field(name="refund_line_items")

    def __post_init__(self) -> None:
        self.id = digits(self.id)
        self.order = None if self.order is None else digits(self.order)
        self.created_at = None if self.created_at is None else instant(self.created_at)


class ShippedLine(_NamesItem, kw_only=True):
    """See :class:`sync.connectors.shopify.shapes.ShippedLine`."""

    line: Id = msgspec.field(name="id")
    quantity: int

    def __post_init__(self) -> None:
        self.line = digits(self.line)
        self._name()


class Parcel(msgspec.Struct, kw_only=True):
    """See :class:`sync.connectors.shopify.shapes.Fulfillment`."""

    id: Id
    order: Id | None = msgspec.field(default=None, name="order_id")
    status: str | None = None
    created_at: Time
    place: Id | None = msgspec.field(default=None, name="location_id")
    lines: tuple[ShippedLine, ...] = msgspec.field(name="line_items")

    def __post_init__(self) -> None:
        self.id = digits(self.id)
        self.order = None if self.order is None else digits(self.order)
        self.status = _lower(self.status)
        self.created_at = instant(self.created_at)
        self.place = None if self.place is None else digits(self.place)


class Order(msgspec.Struct, kw_only=True):
    """See :class:`sync.connectors.shopify.shapes.Order`. A webhook tells neither edits nor which place is to ship."""

    id: Id
    created_at: Time
    updated_at: Time
    cancelled_at: Time | None = None
    test: bool | None = None
    currency: str | None = None
    payment: str | None = msgspec.field(default=None, name="financial_status")
    lines: tuple[Line, ...] = msgspec.field(name="line_items")
    refunds: tuple[Refund, ...] = ()
    fulfillments: tuple[Parcel, ...] = ()

    def __post_init__(self) -> None:
        self.id = digits(self.id)
        self.created_at = instant(self.created_at)
        self.updated_at = instant(self.updated_at)
        self.cancelled_at = None if self.cancelled_at is None else instant(self.cancelled_at)
        self.payment = _lower(self.payment)

    @property
    def edited(self) -> None:
        """Not told."""

    @property
    def fulfillment_orders(self) -> tuple[shapes.FulfillmentOrder, ...]:
        """Not told."""
        return ()


_ORDER = msgspec.json.Decoder(Order)


def order_of(body: bytes) -> Order | None:
    """The order of a plain body; None: it is to be read with care."""
    try:
        body.decode()  # fields that are passed over may hold no broken letters either
        return _ORDER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


AnyOrder = Order | shapes.Order
AnyLine = Line | shapes.OrderLine
AnyRefund = Refund | shapes.Refund
AnyRefundLine = RefundLine | shapes.RefundLine
AnyParcel = Parcel | shapes.Fulfillment
