"""Orders: what a sale, a shipment, an edit, a cancellation and a refund do to stock, and what they announce.

committed holds ordered and not yet shipped units: a sale moves available -> committed, a shipment takes
committed away (and so on_hand), a cancellation with restock moves committed -> available.

A new order is told as ``orders/create`` (and ``orders/paid``) only; every later step as its own topic and
``orders/updated``. The platform may send an ``orders/updated`` with the creation, too: use
``deliveries.duplicate`` or an ``edit`` to try a reader against that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sandbox.shopify import inventory, publications
from sandbox.shopify.shop import Json, Moment, Shop, ShopRefused
from sandbox.shopify.state import (
    Fulfillment,
    FulfillmentOrder,
    Location,
    Order,
    OrderLine,
    Publication,
    Refund,
    RefundLine,
    RestockType,
    ShippedLine,
    Variant,
)
from sandbox.shopify.webhooks import bodies


@dataclass(frozen=True, slots=True)
class CustomItem:
    """A line that is no product: postage, a manual charge, a typed-in SKU."""

    title: str
    quantity: int = 1
    price: Decimal = Decimal("0.00")
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class LineToRefund:
    """So many units of one order line go back. ``location`` matters for returns only."""

    line: OrderLine
    quantity: int
    restock_type: RestockType
    location: Location | None = None


def checkout(
    shop: Shop,
    cart: Sequence[tuple[Variant, int]],
    moment: Moment,
    publication: Publication,
    *,
    custom_items: Iterable[CustomItem] = (),
    paid: bool = True,
    race: bool = False,
) -> Order:
    """Place an order.

    Refused when a customer of this publication could not buy it; ``race`` skips that check, as two checkouts at
    the same instant do, and may take available below zero.
    """
    for variant, quantity in cart:
        if quantity <= 0:
            raise ShopRefused(f"quantity {quantity} of {variant.sku!r}: a cart holds positive numbers")
        if not race:
            _refuse_unless_offered(variant, quantity, publication)
    number = 1001 + len(shop.orders)
    order = Order(shop.new_id("Order"), number, moment.at, moment.at, lines=[])
    order.paid_at = moment.at if paid else None
    by_location: dict[int, FulfillmentOrder] = {}
    for variant, quantity in cart:
        line = _line(shop, variant, quantity)
        order.lines.append(line)
        location = _route(shop, variant, quantity)
        _assign(shop, order, line, location, by_location, moment)
        _move(shop, line, location, moment, {"available": -quantity, "committed": quantity})
    for custom in custom_items:
        order.lines.append(_custom_line(shop, custom))
    shop.orders[order.id] = order
    _tell(shop, order, moment, "orders/create", *(["orders/paid"] if paid else []))
    return order


def _refuse_unless_offered(variant: Variant, quantity: int, publication: Publication) -> None:
    seen = publications.customer_sees(variant, publication)
    if not seen.live:
        raise ShopRefused(f"{variant.sku!r} is not for sale on {publication.name}")
    if seen.quantity is not None and seen.quantity < quantity:
        raise ShopRefused(f"{variant.sku!r}: {quantity} wanted, {seen.quantity} left on {publication.name}")


def _line(shop: Shop, variant: Variant, quantity: int) -> OrderLine:
    return OrderLine(
        id=shop.new_id("LineItem"),
        variant=variant,
        product=variant.product,
        sku=variant.sku,
        title=variant.product.title,
        variant_title=variant.title,
        price=variant.price,
        tracked=variant.item.tracked,
        quantity=quantity,
    )


def _custom_line(shop: Shop, custom: CustomItem) -> OrderLine:
    return OrderLine(
        id=shop.new_id("LineItem"),
        variant=None,
        product=None,
        sku=custom.sku,
        title=custom.title,
        variant_title="",
        price=custom.price,
        tracked=False,
        quantity=custom.quantity,
    )


def _route(shop: Shop, variant: Variant, quantity: int) -> Location | None:
    """The first location that ships online orders and has enough; else the one that has most; else none."""
    stocked = [
        level
        for level in variant.item.levels.values()
        if level.is_active and level.location.is_active and level.location.fulfills_online_orders
    ]
    for level in stocked:
        if level.available >= quantity:
            return level.location
    return max(stocked, key=lambda level: level.available).location if stocked else None


def _assign(
    shop: Shop,
    order: Order,
    line: OrderLine,
    location: Location | None,
    by_location: dict[int, FulfillmentOrder],
    moment: Moment,
) -> None:
    """Put the line on the fulfillment order of its location (the shop's first one when it is stocked nowhere)."""
    place = location or next(iter(shop.locations.values()))
    line.fulfillment_order_line_id = shop.new_id("FulfillmentOrderLineItem")
    if (known := by_location.get(place.id)) is not None:
        known.lines.append(line)
        return
    fulfillment_order = FulfillmentOrder(shop.new_id("FulfillmentOrder"), order, place, moment.at, moment.at, [line])
    by_location[place.id] = fulfillment_order
    order.fulfillment_orders.append(fulfillment_order)


def _move(shop: Shop, line: OrderLine, location: Location | None, moment: Moment, deltas: dict[str, int]) -> None:
    """Move a line's units, where its item is tracked, still exists and is stocked."""
    if not line.tracked or line.variant is None or location is None or line.variant.id not in shop.variants:
        return
    level = line.variant.item.levels.get(location.id)
    if level is not None:
        inventory.shift(shop, level, moment, deltas)


def pay(shop: Shop, order: Order, moment: Moment) -> None:
    """The payment of a pending order arrives."""
    if order.paid_at is not None or order.cancelled_at is not None:
        raise ShopRefused(f"order {order.name} is {order.financial_status} already")
    order.paid_at = moment.at
    _close_if_done(order, moment)
    _tell(shop, order, moment, "orders/paid", "orders/updated")


def edit(shop: Shop, order: Order, line: OrderLine, delta: int, moment: Moment) -> None:
    """Add units to a line, or remove units that have not shipped."""
    _refuse_if_cancelled(order)
    if delta == 0 or -delta > line.fulfillable_quantity:
        raise ShopRefused(f"{order.name}: cannot change line {line.id} by {delta}, "
                          f"{line.fulfillable_quantity} units are open")  # fmt: skip
    if delta > 0:
        line.quantity += delta
    else:
        line.removed -= delta
    order.edited = True
    _move(shop, line, _place(order, line), moment, {"available": -delta, "committed": delta})
    edit_id = shop.new_id("OrderEdit")
    _touch(order, moment)
    shop.announce("orders/edited", moment, lambda: bodies.order_edit(order, edit_id, line, delta, moment, shop))
    _tell(shop, order, moment, "orders/updated")


def fulfil(
    shop: Shop, order: Order, moment: Moment, lines: Sequence[tuple[OrderLine, int]] | None = None
) -> list[Fulfillment]:
    """Ship these units, or all that is open; one parcel per location."""
    _refuse_if_cancelled(order)
    wanted = [(line, line.fulfillable_quantity) for line in order.lines] if lines is None else lines
    wanted = [(line, quantity) for line, quantity in wanted if quantity]
    if not wanted:
        raise ShopRefused(f"order {order.name} has nothing left to ship")
    for line, quantity in wanted:
        if not 0 < quantity <= line.fulfillable_quantity:
            raise ShopRefused(f"{order.name}: {quantity} of line {line.id} to ship, "
                              f"{line.fulfillable_quantity} open")  # fmt: skip
    chosen = {line.id for line, _ in wanted}
    for work in order.fulfillment_orders:
        if work.holds and any(line.id in chosen for line in work.lines):
            raise ShopRefused(f"{order.name} is on hold at {work.location.name}; release the hold to ship it")
    parcels: dict[int, Fulfillment] = {}
    for line, quantity in wanted:
        place = _place(order, line) or next(iter(shop.locations.values()))
        parcel = parcels.get(place.id)
        if parcel is None:
            name = f"{order.name}.{len(order.fulfillments) + len(parcels) + 1}"
            parcel = Fulfillment(shop.new_id("Fulfillment"), order, name, place, moment.at, [])
            parcels[place.id] = parcel
        parcel.lines.append(ShippedLine(shop.new_id("FulfillmentLineItem"), line, quantity))
        line.fulfilled += quantity
        _move(shop, line, place, moment, {"committed": -quantity})
    order.fulfillments.extend(parcels.values())
    _close_if_done(order, moment)
    _touch(order, moment)
    for parcel in parcels.values():
        shop.announce("fulfillments/create", moment, partial(bodies.fulfillment, shop, parcel))
    done = order.fulfillment_status == "fulfilled"
    _tell(shop, order, moment, "orders/fulfilled" if done else "orders/partially_fulfilled", "orders/updated")
    return list(parcels.values())


def reassign(shop: Shop, order: Order, location: Location, moment: Moment) -> None:
    """Let another location ship what is open; the commitment moves with it.

    Refused when a line's item is not stocked there, or something has shipped already.
    """
    _refuse_if_cancelled(order)
    for work in order.fulfillment_orders:
        if work.location is location or work.status == "CLOSED":
            continue
        if work.status not in ("OPEN", "ON_HOLD"):
            raise ShopRefused(f"part of {order.name} has shipped from {work.location.name}; it cannot move")
        for line in work.lines:
            if line.variant is not None and location.id not in line.variant.item.levels:
                raise ShopRefused(f"{line.sku!r} is not stocked at {location.name}")
        source, work.location = work.location, location
        for line in work.lines:
            units = line.fulfillable_quantity
            _move(shop, line, source, moment, {"available": units, "committed": -units})
            _move(shop, line, location, moment, {"available": -units, "committed": units})
        _touch(order, moment)
        shop.announce("fulfillment_orders/moved", moment, partial(bodies.moved, work, source))
    _tell(shop, order, moment, "orders/updated")


def cancel(
    shop: Shop, order: Order, moment: Moment, *, restock: bool, reason: str, even_if_shipped: bool = False
) -> Order:
    """Cancel what has not shipped; ``restock`` gives it back to available, else on_hand falls by it.

    An order that has shipped completely is refused, as the admin does, unless ``even_if_shipped``.
    """
    _refuse_if_cancelled(order)
    if order.fulfillment_status == "fulfilled" and not even_if_shipped:
        raise ShopRefused(f"order {order.name} has shipped; refund it instead")
    open_lines = [(line, line.fulfillable_quantity) for line in order.lines if line.fulfillable_quantity]
    kind = RestockType.CANCEL if restock else RestockType.NO_RESTOCK
    order.cancelled_at = moment.at
    order.cancel_reason = reason
    order.closed_at = moment.at
    if open_lines:
        _refund(shop, order, [LineToRefund(line, units, kind) for line, units in open_lines], moment, None)
    _tell(shop, order, moment, "orders/cancelled", "orders/updated")
    return order


def refund(shop: Shop, order: Order, wanted: Sequence[LineToRefund], moment: Moment, note: str | None) -> Refund:
    """Give money back for these units, and do to stock what each line's restock type says."""
    made = _refund(shop, order, wanted, moment, note)
    _tell(shop, order, moment, "orders/updated")
    return made


def _refund(shop: Shop, order: Order, wanted: Sequence[LineToRefund], moment: Moment, note: str | None) -> Refund:
    for part in wanted:
        _refuse_impossible(order, part)
    lines = [_refund_line(shop, order, part, moment) for part in wanted]
    value = sum((one.line.price * one.quantity for one in lines), Decimal(0)) if order.paid_at else Decimal(0)
    made = Refund(shop.new_id("Refund"), order, moment.at, note, value, shop.new_id("OrderTransaction"), lines)
    order.refunds.append(made)
    _close_if_done(order, moment)
    _touch(order, moment)
    shop.announce("refunds/create", moment, lambda: bodies.refund(shop, made))
    return made


def _refuse_impossible(order: Order, part: LineToRefund) -> None:
    line, kind = part.line, part.restock_type
    room = line.fulfillable_quantity if kind is RestockType.CANCEL else line.current_quantity
    if not 0 < part.quantity <= room:
        raise ShopRefused(f"{order.name}: refund {part.quantity} of line {line.id} as "
                          f"{kind.value.lower()}, {room} possible")  # fmt: skip


def _refund_line(shop: Shop, order: Order, part: LineToRefund, moment: Moment) -> RefundLine:
    """Apply one line.

    ``return`` takes shipped units first; of units that never left it gives up the commitment, as a recorded
    store allows. ``no_restock`` takes open units first, and what it takes of them leaves the building.
    """
    line, units = part.line, part.quantity
    place = _place(order, line)
    if part.restock_type is RestockType.RETURN:
        came_back = min(units, line.fulfilled - line.returned)
        line.returned += came_back
        line.removed += units - came_back
        _move(shop, line, place, moment, {"committed": came_back - units})
        place = part.location or place
        _move(shop, line, place, moment, {"available": units})
    elif part.restock_type is RestockType.CANCEL:
        line.removed += units
        _move(shop, line, place, moment, {"available": units, "committed": -units})
    else:
        unshipped = min(units, line.fulfillable_quantity)
        line.removed += unshipped
        line.returned += units - unshipped
        _move(shop, line, place, moment, {"committed": -unshipped})
        place = None
    return RefundLine(shop.new_id("RefundLineItem"), line, units, part.restock_type, place)


def _place(order: Order, line: OrderLine) -> Location | None:
    return order.location_of(line) if line.variant is not None else None


def _refuse_if_cancelled(order: Order) -> None:
    if order.cancelled_at is not None:
        raise ShopRefused(f"order {order.name} is cancelled")


def _close_if_done(order: Order, moment: Moment) -> None:
    """Paid orders with nothing left to ship are archived, as shops do by default."""
    open_units = any(line.fulfillable_quantity for line in order.lines)
    if order.paid_at is not None and not open_units and order.closed_at is None:
        order.closed_at = moment.at


def _touch(order: Order, moment: Moment) -> None:
    order.updated_at = moment.at
    for fulfillment_order in order.fulfillment_orders:
        fulfillment_order.updated_at = moment.at


def _tell(shop: Shop, order: Order, moment: Moment, *topics: str) -> None:
    """Announce one state of the order under several topics; the body is built once."""
    if order.updated_at != moment.at:
        _touch(order, moment)
    built: list[Json] = []

    def body() -> Json:
        if not built:
            built.append(bodies.order(shop, order))
        return built[0]

    for topic in topics:
        shop.announce(topic, moment, body)
