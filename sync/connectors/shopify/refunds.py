"""From refunds to facts: units that came back to stock, and units that will never ship.

What a refund does to an order line depends on where its units were, and a refund line does not say. Restock types ``return``
and ``no_restock`` may name shipped units and units that never left (a live shop restocked an unfulfilled order by ``return``).
Returns take shipped units first. How many units never left is told only by ``fulfillable_quantity``: what was ordered, less
what shipped, was cancelled and is still to be shipped. Units that never left are a cancellation; their return to the shelf
moves nothing, since they were on hand all the time.

A refund told alone (``refunds/create``) yields facts where only one answer is possible. Every refund also comes with the
order's own body, which settles the rest under the same keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.connectors.base import Problem
from sync.connectors.shopify.drafts import SECOND, Found
from sync.connectors.shopify.plain import AnyLine, AnyOrder, AnyRefund, AnyRefundLine
from sync.connectors.shopify.shapes import OrderLine, Refund, RefundLine
from sync.model.facts import Change, FactDraft, FactKind, ItemRef, LineStep, OrderRef
from sync.model.ids import SystemId
from sync.model.time import AsOf

SHIPPED = frozenset({"success"})
CANCELLED = frozenset({"cancelled"})
_UNDER_WAY = frozenset({"success", "pending", "open"})
_KNOWN = frozenset({"cancel", "return", "no_restock", "legacy_restock"})


@dataclass(frozen=True, slots=True)
class Share:
    """One refund line: ``freed`` units never left and are cancelled, ``back`` units came back to stock."""

    refund: AnyRefund
    part: AnyRefundLine
    freed: int = 0
    back: int = 0


def refund_facts(refund: Refund, system: SystemId) -> Found:
    """``refunds/create``: the refund alone, each line with the order line as it stands after it."""
    found = Found()
    if refund.order is None:
        why = "the refund does not name its order; read the order"
        found.problems.append(Problem("/order_id", why, kind="missing"))
        return found
    for part in refund.lines:
        line = part.line_item
        item = part.item or (line.item if line is not None else None)
        if item is not None and line is not None:
            share_facts(_alone(refund, part, line), item, OrderRef(system, refund.order, part.line), found)
    return found


def ordered_units(order: AnyOrder, line: AnyLine) -> int:
    """Units ordered on the line net of edits, before cancellations."""
    refunded = sum(part.quantity for _, part in _refunds_of(order, line))
    current = line.current if line.current is not None else max(line.quantity - refunded, 0)
    return min(line.quantity, current + refunded)


def in_parcels(order: AnyOrder, line: AnyLine, statuses: frozenset[str], until: datetime | None = None) -> int:
    """Units of the line in parcels of these statuses (made no later than ``until``)."""
    if not order.fulfillments:
        return 0
    return sum(
        shipped.quantity
        for parcel in order.fulfillments
        if parcel.status in statuses and (until is None or parcel.created_at <= until)
        for shipped in parcel.lines
        if shipped.line == line.id
    )


def shares_of(order: AnyOrder, line: AnyLine) -> Sequence[Share]:
    """The line's refunds in the order they happened, each with what it did to units."""
    parts = _refunds_of(order, line)
    if not parts:
        return []
    freed = {id(part): part.quantity for refund, part in parts if _frees(order, line, refund, part)}
    left = 0
    if line.fulfillable is not None:
        under_way = in_parcels(order, line, _UNDER_WAY)
        left = max(0, ordered_units(order, line) - sum(freed.values()) - under_way - line.fulfillable)
    taken = _taken(order, line, [one for one in parts if id(one[1]) not in freed and one[1].restock in _KNOWN], left)
    shares = []
    for refund, part in parts:
        never_left = freed.get(id(part), taken.get(id(part), 0))
        back = _back(part, part.quantity - never_left) if part.restock in _KNOWN else 0
        shares.append(Share(refund, part, never_left, back))
    return shares


def _taken(
    order: AnyOrder, line: AnyLine, parts: Sequence[tuple[AnyRefund, AnyRefundLine]], left: int
) -> dict[int, int]:
    """How ``left`` units that never left are shared out: ``no_restock`` takes open units first, ``return`` shipped ones.

    What no history explains (a parcel and a refund within one second) goes to the earliest that has room.
    """
    taken: dict[int, int] = {}
    gone_back = 0
    for refund, part in parts:
        outside = max(0, in_parcels(order, line, SHIPPED, refund.created_at) - gone_back)
        never_left = part.quantity if part.restock == "no_restock" else max(0, part.quantity - outside)
        taken[id(part)] = min(never_left, left)
        left -= taken[id(part)]
        gone_back += part.quantity - taken[id(part)]
    for _, part in parts:
        more = min(left, part.quantity - taken[id(part)])
        taken[id(part)] += more
        left -= more
    return taken


def share_facts(share: Share, item: ItemRef, ref: OrderRef, found: Found) -> None:
    """The facts of one refund line, under its own id."""
    refund, part = share.refund, share.part
    if refund.created_at is None or part.id is None:
        why = "a refund line without its id or time cannot be counted once; its webhook will tell"
        found.problems.append(Problem(f"refund {refund.id}", why, kind="missing"))
        return
    key, as_of = f"refund:{refund.id}:{part.id}", AsOf.at(refund.created_at, SECOND)
    if part.restock not in _KNOWN:
        why = f"restock type {part.restock!r} is not known; nothing was counted, the next level will tell"
        found.problems.append(Problem(f"refund {refund.id} line {part.id}", why, kind="value"))
    if share.back and part.place is None:
        why = f"{share.back} units came back to no location; Shopify restocked them nowhere we can name"
        found.problems.append(Problem(f"refund {refund.id} line {part.id}", why, kind="missing"))
    elif share.back:
        found.facts.append(FactDraft(FactKind.RETURNED, key, as_of, item, part.place, Change(on_hand=share.back)))
    if share.freed:
        own = f"{key}:unshipped" if share.back else key
        found.facts.append(FactDraft(FactKind.ORDER_CANCELLED, own, as_of, item, None, LineStep(ref, share.freed)))


def _alone(refund: Refund, part: RefundLine, line: OrderLine) -> Share:
    """What a refund line did, told by itself and the order line after it. Nothing where two answers are possible."""
    units = part.quantity
    unshipped = line.fulfilment is None
    if part.restock == "cancel" or (part.restock == "legacy_restock" and unshipped):
        return Share(refund, part, freed=units)
    if part.restock == "legacy_restock":
        return Share(refund, part, back=units)
    if part.restock not in _KNOWN or line.current is None or line.fulfillable is None:
        return Share(refund, part)
    if unshipped:
        settled = line.fulfillable <= line.current <= line.quantity - units
        return Share(refund, part, freed=units if settled else 0)
    only_this = line.current == line.quantity - units
    all_shipped = line.fulfilment == "fulfilled" and only_this and (line.current > 0 or line.quantity == 1)
    return Share(refund, part, back=_back(part, units) if all_shipped else 0)


def _back(part: AnyRefundLine, units: int) -> int:
    return units if part.restock in ("return", "legacy_restock") else 0


def _frees(order: AnyOrder, line: AnyLine, refund: AnyRefund, part: AnyRefundLine) -> bool:
    """The refund cancels units for certain: ``cancel``, or the older ``legacy_restock`` before that much had shipped."""
    if part.restock == "legacy_restock":
        return in_parcels(order, line, SHIPPED, refund.created_at) < part.quantity
    return part.restock == "cancel"


def _refunds_of(order: AnyOrder, line: AnyLine) -> Sequence[tuple[AnyRefund, AnyRefundLine]]:
    """The line's refunds in the order they happened."""
    if not order.refunds:
        return ()
    parts = [(refund, part) for refund in order.refunds for part in refund.lines if part.line == line.id]
    return sorted(parts, key=lambda one: (one[0].created_at or order.updated_at, int(one[0].id), int(one[1].id or 0)))
