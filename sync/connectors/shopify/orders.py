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

**No restock.** Whether such a refund takes unshipped units off the order is told only by ``fulfillable_quantity``: what was
ordered less what is shipped, cancelled and still to be shipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sync.connectors.base import Problem
from sync.connectors.shopify.shapes import Fulfillment, Order, OrderLine, Refund, RefundLine
from sync.model.facts import Change, FactDraft, FactKind, ItemRef, LineState, LineStated, LineStep, OrderRef
from sync.model.ids import SystemId
from sync.model.time import AsOf

SECOND = timedelta(seconds=1)
"""Resolution of Shopify's stamps in webhook bodies."""

CONFIRMED = frozenset({"paid", "partially_paid", "authorized", "partially_refunded", "refunded"})
_SHIPPED = frozenset({"success", "cancelled"})
_UNDER_WAY = frozenset({"success", "pending", "open"})


@dataclass(slots=True)
class Found:
    """Facts of one body, and what of it could not be used."""

    facts: list[FactDraft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def digest(*parts: object) -> str:
    """A short mark of content, for keys of statements whose stamps are whole seconds."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:12]


def money(amount: Decimal | None) -> Decimal | None:
    """The same Decimal however it was written: 199, 199.0 and 199.00 are 199.00."""
    if amount is None:
        return None
    plain = amount.normalize()
    exponent = plain.as_tuple().exponent
    return plain.quantize(Decimal("0.01")) if isinstance(exponent, int) and exponent > -2 else plain


def order_facts(order: Order, system: SystemId) -> Found:
    """Everything one order's body says. Test orders say nothing."""
    found = Found()
    if order.test:
        return found
    for line in order.lines:
        if (item := line.item) is not None:
            _line_facts(order, line, item, system, found)
    for parcel in order.fulfillments:
        if parcel.status in _SHIPPED:
            found.facts.extend(_shipped(parcel, order.id, system))
    return found


def refund_facts(refund: Refund, system: SystemId) -> Found:
    """``refunds/create``: the refund alone, each line with the order line as it stands after it."""
    found = Found()
    if refund.order is None:
        found.problems.append(
            Problem("/order_id", "the refund does not name its order; read the order", kind="missing")
        )
        return found
    for part in refund.lines:
        line = part.line_item
        item = part.item or (line.item if line is not None else None)
        if item is None or line is None:
            continue
        shipped_before = 0 if line.fulfilment is None else part.quantity
        _refunded(found, refund, part, item, OrderRef(system, refund.order, part.line),
                  shipped_before=shipped_before, gone=_gone_alone(part, line))  # fmt: skip
    return found


def shipment_facts(parcel: Fulfillment, system: SystemId) -> Found:
    """``fulfillments/create`` and ``/update``: a parcel alone. A cancelled one says nothing here; the order's body does."""
    found = Found()
    if parcel.order is None:
        found.problems.append(
            Problem("/order_id", "the parcel does not name its order; read the order", kind="missing")
        )
    elif parcel.status == "success":
        found.facts.extend(_shipped(parcel, parcel.order, system))
    return found


def _gone_alone(part: RefundLine, line: OrderLine) -> int:
    """Units a ``no_restock`` refund took off a line of which nothing has shipped; 0 where the refund alone cannot tell."""
    if line.fulfilment is not None or line.current is None or line.fulfillable is None:
        return 0
    return part.quantity if line.fulfillable <= line.current else 0


def _line_facts(order: Order, line: OrderLine, item: ItemRef, system: SystemId, found: Found) -> None:
    ref = OrderRef(system, order.id, line.id)
    parts = _refunds_of(order, line)
    refunded = sum(part.quantity for _, part in parts)
    current = line.current if line.current is not None else max(line.quantity - refunded, 0)
    ordered = min(line.quantity, current + refunded)
    reopened = _parcels(order, line, frozenset({"cancelled"}))
    found.facts.append(_stated(order, line, item, ref, ordered + reopened))
    sure = sum(part.quantity for refund, part in parts if _frees(order, refund, part))
    gone = _gone_without_restock(order, line, ordered - sure, parts)
    cancelled = sure + gone
    for refund, part in parts:
        taken = min(part.quantity, gone) if part.restock == "no_restock" else 0
        gone -= taken
        _refunded(found, refund, part, item, ref,
                  shipped_before=_shipped_before(order, line, refund), gone=taken)  # fmt: skip
    left = ordered - cancelled - _parcels(order, line, frozenset({"success"}))
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


def _stated(order: Order, line: OrderLine, item: ItemRef, ref: OrderRef, units: int) -> FactDraft:
    """The line's statement. Everything that may differ between two bodies of one second is in its key."""
    confirmed = order.payment in CONFIRMED
    place = _place(order, line)
    from_the_start = order.updated_at == order.created_at or order.edited is False
    as_of = AsOf.at(order.created_at if from_the_start else order.updated_at, SECOND)
    price = money(line.price)
    mark = digest(units, confirmed, place, price, order.currency, item, order.created_at, as_of.start)
    return FactDraft(
        kind=FactKind.ORDER_LINE,
        key=f"order:{order.id}:{line.id}@{stamp(order.updated_at)}:{mark}",
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
        sequence=int(order.updated_at.timestamp()),
        tie=f"{units:09d}{'c' if confirmed else '-'}{'p' if place else '-'}",
    )


def stamp(instant: datetime) -> str:
    """A time as keys hold it: ISO 8601 in UTC, ending in Z."""
    return instant.isoformat().replace("+00:00", "Z")


def _refunds_of(order: Order, line: OrderLine) -> Sequence[tuple[Refund, RefundLine]]:
    """The line's refunds in the order they happened."""
    parts = [(refund, part) for refund in order.refunds for part in refund.lines if part.line == line.id]
    return sorted(parts, key=lambda one: (one[0].created_at or order.updated_at, int(one[0].id), int(one[1].id or 0)))


def _parcels(order: Order, line: OrderLine, statuses: frozenset[str], until: datetime | None = None) -> int:
    """Units of the line in parcels of these statuses (made no later than ``until``)."""
    return sum(
        shipped.quantity
        for parcel in order.fulfillments
        if parcel.status in statuses and (until is None or parcel.created_at <= until)
        for shipped in parcel.lines
        if shipped.line == line.id
    )


def _shipped_before(order: Order, line: OrderLine, refund: Refund) -> int:
    return _parcels(order, line, frozenset({"success"}), refund.created_at)


def _frees(order: Order, refund: Refund, part: RefundLine) -> bool:
    """The refund cancels units that never left: ``cancel``, or the older ``legacy_restock`` before anything shipped."""
    if part.restock == "legacy_restock":
        line = next((one for one in order.lines if one.id == part.line), None)
        return line is not None and _shipped_before(order, line, refund) < part.quantity
    return part.restock == "cancel"


def _gone_without_restock(order: Order, line: OrderLine, left: int, parts: Sequence[tuple[Refund, RefundLine]]) -> int:
    """Units that ``no_restock`` refunds took off this line: of ``left``, what is neither shipped nor still to be shipped."""
    wanted = sum(part.quantity for _, part in parts if part.restock == "no_restock")
    if not wanted or line.fulfillable is None:
        return 0
    return max(0, min(wanted, left - _parcels(order, line, _UNDER_WAY) - line.fulfillable))


def _refunded(
    found: Found, refund: Refund, part: RefundLine, item: ItemRef, ref: OrderRef, *, shipped_before: int, gone: int
) -> None:
    """One refund line: a return to stock, a cancellation, or money only."""
    if refund.created_at is None or part.id is None:
        why = "a refund line without its id or time cannot be counted once; its webhook will tell"
        found.problems.append(Problem(f"refund {refund.id}", why, kind="missing"))
        return
    key, as_of = f"refund:{refund.id}:{part.id}", AsOf.at(refund.created_at, SECOND)
    kind = part.restock
    if kind == "legacy_restock":
        kind = "return" if shipped_before >= part.quantity else "cancel"
    if kind == "return":
        if part.place is None:
            why = f"{part.quantity} units came back to no location; Shopify restocked them nowhere we can name"
            found.problems.append(Problem(f"refund {refund.id} line {part.id}", why, kind="missing"))
            return
        found.facts.append(FactDraft(FactKind.RETURNED, key, as_of, item, part.place, Change(on_hand=part.quantity)))
    elif kind in ("cancel", "no_restock"):
        units = part.quantity if kind == "cancel" else gone
        if units:
            found.facts.append(FactDraft(FactKind.ORDER_CANCELLED, key, as_of, item, None, LineStep(ref, units)))
    else:
        why = f"restock type {part.restock!r} is not known; nothing was counted, the next level will tell"
        found.problems.append(Problem(f"refund {refund.id} line {part.id}", why, kind="value"))


def _shipped(parcel: Fulfillment, order: str, system: SystemId) -> Iterator[FactDraft]:
    """One fact per line in the parcel."""
    units: dict[str, int] = {}
    items: dict[str, ItemRef] = {}
    for line in parcel.lines:
        if (item := line.item) is not None and line.quantity > 0:
            units[line.line] = units.get(line.line, 0) + line.quantity
            items[line.line] = item
    for line_id, count in units.items():
        yield FactDraft(
            kind=FactKind.ORDER_SHIPPED,
            key=f"fulfillment:{parcel.id}:{line_id}",
            as_of=AsOf.at(parcel.created_at, SECOND),
            item=items[line_id],
            place=parcel.place,
            body=LineStep(OrderRef(system, order, line_id), count),
        )


def _place(order: Order, line: OrderLine) -> str | None:
    """The one location assigned to ship the line; None where the body does not say or several share it."""
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
