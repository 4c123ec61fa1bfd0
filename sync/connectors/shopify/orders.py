"""From orders, refunds and parcels to facts of order lines.

Keys are the platform's own ids, so that a refund told by ``refunds/create``, by an order's body and by a catch-up read is
one fact (F03, F64). A body in which several answers are possible yields no fact rather than a guess: a missing
cancellation keeps a unit's weight, which is the safe side.

**Units of a line.** ``current_quantity`` is after edits and refunds; adding what this order's refunds gave back leaves what
was ordered net of edits, before cancellations. A cancelled parcel re-opens its units: its shipment stays a fact (it may
have been recorded long ago and a movement is never taken back), and as many units count as ordered anew.

**As of.** A unit counts as known to a stock source once it was certainly ordered long enough before the source's number,
so an older time means less weight. A revision is therefore as of its own ``updated_at``, unless the body proves that its
units were there from the beginning: ``updated_at`` equals ``created_at``, or GraphQL says the order was never edited. Which
revision is the newest is told by ``sequence`` (whole seconds of ``updated_at``); within one second the one with more units
wins, then the paid one, then the one that names its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sync.connectors.base import Problem
from sync.connectors.shopify.drafts import SECOND, Found, digest, marked, money, stamp
from sync.connectors.shopify.plain import AnyLine, AnyOrder, AnyParcel
from sync.connectors.shopify.refunds import CANCELLED, SHIPPED, in_parcels, ordered_units, share_facts, shares_of
from sync.model.facts import FactDraft, FactKind, ItemRef, LineState, LineStated, LineStep, OrderRef
from sync.model.ids import SystemId
from sync.model.time import AsOf

CONFIRMED = frozenset({"paid", "partially_paid", "authorized", "partially_refunded", "refunded"})


def order_facts(order: AnyOrder, system: SystemId) -> Found:
    """Everything one order's body says. Test orders say nothing."""
    found = Found()
    if order.test:
        return found
    told = _Told.by(order)
    for line in order.lines:
        if (item := line.item) is not None:
            _line_facts(told, line, item, system, found)
    for parcel in order.fulfillments:
        if parcel.status in SHIPPED | CANCELLED:
            found.facts.extend(_shipped(parcel, order.id, system))
    return found


def shipment_facts(parcel: AnyParcel, system: SystemId) -> Found:
    """``fulfillments/create`` and ``/update``: a parcel alone. A cancelled one says nothing here; the order's body does."""
    found = Found()
    if parcel.order is None:
        found.problems.append(
            Problem("/order_id", "the parcel does not name its order; read the order", kind="missing")
        )
    elif parcel.status in SHIPPED:
        found.facts.extend(_shipped(parcel, parcel.order, system))
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """An order, and what its body says of all its lines alike: whether it is paid, as of when, in which order of bodies.

    ``since`` is the part of its lines' marks that they share.
    """

    order: AnyOrder
    confirmed: bool
    as_of: AsOf
    stamp: str
    sequence: int
    since: str

    @classmethod
    def by(cls, order: AnyOrder) -> _Told:
        from_the_start = order.updated_at == order.created_at or order.edited is False
        as_of = AsOf.at(order.created_at if from_the_start else order.updated_at, SECOND)
        sequence = int(order.updated_at.timestamp())
        since = marked(order.created_at, as_of.start)
        return cls(order, order.payment in CONFIRMED, as_of, stamp(order.updated_at), sequence, since)


def _line_facts(told: _Told, line: AnyLine, item: ItemRef, system: SystemId, found: Found) -> None:
    order = told.order
    ref = OrderRef(system, order.id, line.id)
    ordered = ordered_units(order, line)
    reopened = in_parcels(order, line, CANCELLED)
    found.facts.append(_stated(told, line, item, ref, ordered + reopened))
    shares = shares_of(order, line)
    for share in shares:
        share_facts(share, item, ref, found)
    left = ordered - sum(share.freed for share in shares) - in_parcels(order, line, SHIPPED)
    if order.cancelled_at is not None and left > 0:
        found.facts.append(
            FactDraft(
                kind=FactKind.ORDER_CANCELLED,
                key=f"cancel:{order.id}:{line.id}",
                as_of=AsOf.at(order.cancelled_at, SECOND),
                item=item,
                place=None,
                body=LineStep(ref, left),
            )
        )


def _stated(told: _Told, line: AnyLine, item: ItemRef, ref: OrderRef, units: int) -> FactDraft:
    """The line's statement. Everything that may differ between two bodies of one second is in its key."""
    order, confirmed, as_of = told.order, told.confirmed, told.as_of
    place = _place(order, line)
    price = money(line.price)
    mark = digest(units, confirmed, place, price, order.currency, item, told.since)
    return FactDraft(
        kind=FactKind.ORDER_LINE,
        key=f"order:{order.id}:{line.id}@{told.stamp}:{mark}",
        as_of=as_of,
        item=item,
        place=place,
        body=LineStated(
            order=ref,
            units=units,
            state=LineState.CONFIRMED if confirmed else LineState.PENDING,
            placed_at=order.created_at,
            price=price,
            currency=order.currency,
        ),
        sequence=told.sequence,
        tie=f"{units:09d}{'c' if confirmed else '-'}{'p' if place else '-'}",
    )


def _shipped(parcel: AnyParcel, order: str, system: SystemId) -> Iterator[FactDraft]:
    """One fact per line in the parcel."""
    units: dict[str, int] = {}
    items: dict[str, ItemRef] = {}
    as_of = AsOf.at(parcel.created_at, SECOND)
    for line in parcel.lines:
        if (item := line.item) is not None and line.quantity > 0:
            units[line.line] = units.get(line.line, 0) + line.quantity
            items[line.line] = item
    for line_id, count in units.items():
        yield FactDraft(
            kind=FactKind.ORDER_SHIPPED,
            key=f"fulfillment:{parcel.id}:{line_id}",
            as_of=as_of,
            item=items[line_id],
            place=parcel.place,
            body=LineStep(OrderRef(system, order, line_id), count),
        )


def _place(order: AnyOrder, line: AnyLine) -> str | None:
    """The one location assigned to ship the line; None where the body does not say or several share it."""
    if not order.fulfillment_orders:
        return None
    found: dict[str, int] = {}
    for assigned in order.fulfillment_orders:
        if assigned.status == "cancelled" or assigned.place is None:
            continue
        for part in assigned.lines:
            if part.line == line.id:
                found[assigned.place] = found.get(assigned.place, 0) + part.remaining
    waiting = {place for place, remaining in found.items() if remaining}
    places = waiting or set(found)
    return places.pop() if len(places) == 1 else None
