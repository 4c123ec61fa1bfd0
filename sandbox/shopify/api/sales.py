"""Reading orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Unpack

from sandbox.shopify.api.connections import Paging, SortKey, connect, refuse_large_pages
from sandbox.shopify.api.context import Info, Resolvers, context, iso, money_bag, number, shop_of
from sandbox.shopify.api.search import Fields, matches, parse
from sandbox.shopify.state import (
    Fulfillment,
    FulfillmentOrder,
    Order,
    OrderLine,
    Refund,
    RefundLine,
    RestockType,
    gid,
)

# Without read_all_orders an app sees orders of the last 60 days only.
_RECENT = timedelta(days=60)


class OrderPaging(Paging, total=False):
    query: str | None
    sortKey: str


class FulfillmentOrderPaging(Paging, total=False):
    query: str | None
    displayable: bool


def _status(order: Order) -> str:
    if order.cancelled_at is not None:
        return "cancelled"
    return "closed" if order.closed_at is not None else "open"


_DISPLAY: dict[str | None, str] = {None: "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "fulfilled": "FULFILLED"}
_FIELDS: Fields[Order] = {
    "id": lambda order: order.id,
    "name": lambda order: order.name,
    "status": _status,
    "financial_status": lambda order: order.financial_status,
    "fulfillment_status": lambda order: _DISPLAY[order.fulfillment_status].lower(),
    "created_at": lambda order: order.created_at,
    "updated_at": lambda order: order.updated_at,
    "processed_at": lambda order: order.created_at,
    "test": lambda order: order.test,
}


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _sorted_by(sort_key: str) -> object:
    return {
        "CREATED_AT": lambda order: (_microseconds(order.created_at), order.id),
        "PROCESSED_AT": lambda order: (_microseconds(order.created_at), order.id),
        "UPDATED_AT": lambda order: (_microseconds(order.updated_at), order.id),
        "ORDER_NUMBER": lambda order: (order.number,),
        "ID": lambda order: (order.id,),
    }[sort_key]


def orders(_: object, info: Info, **paging: Unpack[OrderPaging]) -> dict[str, object]:
    """All orders that fit; ``status`` is any unless the query names one."""
    refuse_large_pages(paging)
    ctx = context(info)
    terms = [term for term in parse(paging.get("query"), _FIELDS) if (term.field, term.value) != ("status", "any")]
    rows = [one for one in ctx.shop.orders.values() if matches(one, terms, _FIELDS)]
    if not ctx.tokens.allows("read_all_orders"):
        since = ctx.moment.at - _RECENT
        rows = [one for one in rows if one.created_at >= since]
    key = _sorted_by(paging.get("sortKey", "PROCESSED_AT"))

    def order_key(order: Order) -> SortKey:
        found: SortKey = key(order)  # type: ignore[operator]
        return found

    return connect(info, sorted(rows, key=order_key), paging, key=order_key)


def order(_: object, info: Info, id: str) -> Order | None:
    return shop_of(info).orders.get(number(id, "Order") or 0)


def order_lines(order: Order, info: Info, **paging: Unpack[Paging]) -> dict[str, object]:
    return connect(info, order.lines, paging)


def order_refunds(order: Order, info: Info, first: int | None = None) -> list[Refund]:
    return order.refunds[:first]


def order_fulfillments(order: Order, info: Info, first: int | None = None) -> list[Fulfillment]:
    return order.fulfillments[:first]


def fulfillment_orders(order: Order, info: Info, **paging: Unpack[FulfillmentOrderPaging]) -> dict[str, object]:
    return connect(info, order.fulfillment_orders, paging)


def financial_status(order: Order, info: Info) -> str:
    return order.financial_status.upper()


def display_fulfillment_status(order: Order, info: Info) -> str:
    return _DISPLAY[order.fulfillment_status]


def cancel_reason(order: Order, info: Info) -> str | None:
    return None if order.cancel_reason is None else order.cancel_reason.upper()


def assigned_location(one: FulfillmentOrder, info: Info) -> dict[str, object]:
    return {"name": one.location.name, "location": one.location}


def fulfillment_order_lines(one: FulfillmentOrder, info: Info, **paging: Unpack[Paging]) -> dict[str, object]:
    rows = [
        {
            "id": gid("FulfillmentOrderLineItem", line.fulfillment_order_line_id),
            "sku": line.sku,
            "totalQuantity": line.quantity - line.removed,
            "remainingQuantity": line.fulfillable_quantity,
            "lineItem": line,
            "variant": None if line.variant is None else _still_there(line, info),
            "inventoryItemId": None if line.variant is None else gid("InventoryItem", line.variant.item.id),
        }
        for line in one.lines
    ]
    return connect(info, rows, paging, key=lambda row: (number(str(row["id"]), "FulfillmentOrderLineItem") or 0,))


def _still_there(line: OrderLine, info: Info) -> object:
    """A deleted variant is null on its old orders."""
    return line.variant if line.variant is not None and line.variant.id in shop_of(info).variants else None


def refundable(line: OrderLine, info: Info) -> int:
    return line.current_quantity


def line_name(line: OrderLine, info: Info) -> str:
    plain = line.variant_title in ("", "Default Title")
    return line.title if plain else f"{line.title} - {line.variant_title}"


def refund_lines(refund: Refund, info: Info, **paging: Unpack[Paging]) -> dict[str, object]:
    return connect(info, refund.lines, paging)


def shipped_lines(one: Fulfillment, info: Info, **paging: Unpack[Paging]) -> dict[str, object]:
    return connect(info, one.lines, paging)


def restocked(line: RefundLine, info: Info) -> bool:
    return line.restock_type is not RestockType.NO_RESTOCK


QUERY: Final[Resolvers] = {"orders": orders, "order": order}
TYPES: Final[Mapping[str, Resolvers]] = {
    "Order": {
        "lineItems": order_lines,
        "refunds": order_refunds,
        "fulfillments": order_fulfillments,
        "fulfillmentOrders": fulfillment_orders,
        "number": lambda order, info: order.number,
        "processedAt": lambda order, info: iso(order.created_at),
        "closed": lambda order, info: order.closed_at is not None,
        "cancelReason": cancel_reason,
        "displayFinancialStatus": financial_status,
        "displayFulfillmentStatus": display_fulfillment_status,
        "currencyCode": lambda order, info: shop_of(info).currency,
        "unpaid": lambda order, info: order.paid_at is None,
        "fulfillable": lambda order, info: any(line.fulfillable_quantity for line in order.lines),
        "refundable": lambda order, info: any(line.current_quantity for line in order.lines),
        "totalPriceSet": lambda order, info: money_bag(shop_of(info), order.total),
        "currentTotalPriceSet": lambda order, info: money_bag(shop_of(info), order.current_total),
        "subtotalLineItemsQuantity": lambda order, info: sum(line.quantity for line in order.lines),
        "currentSubtotalLineItemsQuantity": lambda order, info: sum(line.current_quantity for line in order.lines),
    },
    "LineItem": {
        "name": line_name,
        "unfulfilledQuantity": lambda line, info: line.fulfillable_quantity,
        "refundableQuantity": refundable,
        "nonFulfillableQuantity": lambda line, info: line.removed,
        "requiresShipping": lambda line, info: True,
        "isGiftCard": lambda line, info: False,
        "variant": _still_there,
        "product": lambda line, info: (
            line.product if line.product is not None and line.product.id in shop_of(info).products else None
        ),
        "originalUnitPriceSet": lambda line, info: money_bag(shop_of(info), line.price),
    },
    "Refund": {
        "updatedAt": lambda refund, info: iso(refund.created_at),
        "totalRefundedSet": lambda refund, info: money_bag(shop_of(info), refund.amount),
        "refundLineItems": refund_lines,
    },
    "RefundLineItem": {"restocked": restocked, "lineItem": lambda line, info: line.line},
    "Fulfillment": {
        "status": lambda one, info: "SUCCESS",
        "displayStatus": lambda one, info: "FULFILLED",
        "updatedAt": lambda one, info: iso(one.created_at),
        "totalQuantity": lambda one, info: sum(line.quantity for line in one.lines),
        "fulfillmentLineItems": shipped_lines,
    },
    "FulfillmentLineItem": {"lineItem": lambda line, info: line.line},
    "FulfillmentOrder": {
        "orderId": lambda one, info: gid("Order", one.order.id),
        "requestStatus": lambda one, info: "UNSUBMITTED",
        "fulfillmentHolds": lambda one, info: one.holds,
        "assignedLocation": assigned_location,
        "lineItems": fulfillment_order_lines,
    },
}
SCOPES = {"orders": "read_orders", "order": "read_orders"}
