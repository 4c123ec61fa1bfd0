"""Events to facts: the rules of the API that hang on the sender, and what each event means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sync.connectors.events_api.models import (
    AnyEvent,
    CatalogRecipe,
    LevelSeen,
    Movement,
    OrderLine,
    OrderStep,
    Statement,
    StockAcknowledged,
    StockChanged,
    StockCounted,
    StockReceived,
    StockTransferred,
)
from sync.connectors.events_api.sender import Sender
from sync.connectors.events_api.strict_json import write_json
from sync.connectors.events_api.times import Instant, read_time
from sync.model.facts import (
    Acknowledged,
    Change,
    Count,
    FactBody,
    FactDraft,
    FactKind,
    ItemRef,
    LineState,
    LineStated,
    LineStep,
    OrderRef,
    RecipeStated,
)
from sync.model.ids import SystemId
from sync.model.time import AsOf
from sync.policy.system_rules import Basis

_KINDS = {
    "stock.received": FactKind.RECEIVED,
    "stock.changed": FactKind.CHANGED,
    "return.received": FactKind.RETURNED,
    "order.cancelled": FactKind.ORDER_CANCELLED,
    "order.shipped": FactKind.ORDER_SHIPPED,
    "order.acknowledged": FactKind.ORDER_ACKNOWLEDGED,
}


class Unfit(ValueError):
    """The event breaks a rule: in which of its fields, and how to mend it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True, slots=True)
class Meaning:
    """The facts of one event. The first holds the event's own id as its key; the others stand or fall with it.

    ``repeated`` names a time field without an offset that was read as the first pass of a repeated hour.
    """

    drafts: tuple[FactDraft, ...]
    repeated: str = ""


def meaning_of(event: AnyEvent, sender: Sender) -> Meaning:
    """What an event of this sender means. Raises Unfit."""
    _check_sender(event, sender)
    at = _time("occurred_at", event.occurred_at, sender)
    repeated = "occurred_at" if at.repeated else ""
    if isinstance(event, StockTransferred):
        return Meaning(_legs(event, at, sender), repeated)
    if isinstance(event, StockCounted | LevelSeen):
        end = at if event.as_of_end is None else _time("as_of_end", event.as_of_end, sender)
        if end.at < at.at:
            raise Unfit("as_of_end", "the reading ends before it begins (occurred_at)")
        kind, body = _statement(event, sender)
        as_of = AsOf(at.at, end.at)
    else:
        as_of = AsOf(at.at, at.at)
        kind, body = _other(event, at, sender)
    place = None if isinstance(event, CatalogRecipe) else event.location
    return Meaning((_draft(event, at, kind, body, as_of, place, sender),), repeated)


def _check_sender(event: AnyEvent, sender: Sender) -> None:
    if sender.types is not None and event.type not in sender.types:
        raise Unfit("type", f"this credential may not send {event.type}")
    for field in ("location", "to_location"):
        place = getattr(event, field, None)
        if sender.places is not None and place is not None and place not in sender.places:
            raise Unfit(field, f"this credential may not speak of {place}")
    if sender.sequenced and event.sequence is None:
        raise Unfit("sequence", "policy says this system numbers its events; every event needs its sequence")
    if sender.most_units is not None:
        for field, units in _numbers(event):
            if abs(units) > sender.most_units:
                raise Unfit(field, f"beyond this credential's ceiling of {sender.most_units} units")


def _numbers(event: AnyEvent) -> Iterator[tuple[str, int]]:
    fields = ("on_hand", "available", "reserved", "quarantined", "held", "incoming", "units")
    for field in (*fields, *(f"{bucket}_delta" for bucket in fields)):
        units = getattr(event, field, None)
        if units is not None:
            yield field, units


def _time(field: str, text: str, sender: Sender) -> Instant:
    try:
        return read_time(text, sender.zone)
    except ValueError as error:
        raise Unfit(field, str(error)) from error


def _statement(event: Statement, sender: Sender) -> tuple[FactKind, FactBody]:
    count = Count(event.on_hand, event.available, event.reserved, event.quarantined, event.incoming, event.held)
    if count == Count():
        raise Unfit("", "it states no number; a missing one is unknown, not zero")
    if isinstance(event, LevelSeen):
        return FactKind.LEVEL_SEEN, count
    if sender.basis is Basis.AVAILABLE and event.on_hand is not None:
        raise Unfit("on_hand", "policy says this source counts what is available; send `available`")
    if sender.basis is Basis.ON_HAND and event.available is not None:
        raise Unfit("available", "policy says this source counts what is on hand; send `on_hand`, or level.seen")
    return FactKind.COUNTED, count


def _other(
    event: Movement | OrderLine | OrderStep | StockAcknowledged | CatalogRecipe, at: Instant, sender: Sender
) -> tuple[FactKind, FactBody]:
    if isinstance(event, StockAcknowledged):
        return FactKind.STOCK_ACKNOWLEDGED, _word(event, at, sender)
    if isinstance(event, CatalogRecipe):
        return FactKind.RECIPE, _recipe(event)
    if isinstance(event, OrderLine):
        return FactKind.ORDER_LINE, _line(event, at.at, sender)
    if isinstance(event, OrderStep):
        return _KINDS[event.type], LineStep(_order(event.channel, event.order, event.line, sender), event.units)
    return _KINDS[event.type], _change(event, sender)


def _word(event: StockAcknowledged, at: Instant, sender: Sender) -> Acknowledged:
    until = _time("until", event.until, sender).at if event.until is not None else None
    if until is not None and until < at.at:
        raise Unfit("until", "it ends before it was given (occurred_at)")
    return Acknowledged(event.units, until)


def _recipe(event: CatalogRecipe) -> RecipeStated:
    named = [part.sku.strip().casefold() for part in event.parts]
    for index, code in enumerate(named):
        if code == event.sku.strip().casefold():
            raise Unfit(f"parts/{index}/sku", "a kit is no part of itself")
        if code in named[:index]:
            raise Unfit(f"parts/{index}/sku", "this part is named before; add its units up")
    return RecipeStated(tuple((part.sku, part.units) for part in event.parts))


def _line(event: OrderLine, at: datetime, sender: Sender) -> LineStated:
    if (event.price is None) != (event.currency is None):
        raise Unfit("currency" if event.currency is None else "price", "price and currency go together")
    return LineStated(
        order=_order(event.channel, event.order, event.line, sender),
        units=event.units,
        state=LineState(event.state),
        placed_at=at,
        price=Decimal(event.price) if event.price is not None else None,
        currency=event.currency,
    )


def _change(event: Movement, sender: Sender) -> Change:
    order = None
    if isinstance(event, StockChanged):
        if event.order is not None:
            order = _order(event.channel, event.order, event.line or "", sender)
        elif event.channel is not None or event.line is not None:
            raise Unfit("order", "channel and line mean nothing without their order")
    change = Change(
        on_hand=event.on_hand_delta or 0,
        reserved=event.reserved_delta or 0,
        quarantined=event.quarantined_delta or 0,
        held=event.held_delta or 0,
        incoming=event.incoming_delta or 0,
        order=order,
        transfer=event.transfer or "" if isinstance(event, StockReceived) else "",
    )
    if change == Change(order=order, transfer=change.transfer):
        raise Unfit("", "it changes nothing; send at least one of the …_delta numbers")
    return change


def _order(channel: str | None, order: str, line: str, sender: Sender) -> OrderRef:
    if channel is not None and channel != sender.system and channel not in sender.speaks_for:
        raise Unfit("channel", f"{sender.system} does not speak for {channel}; policy lists it under `speaks_for`")
    return OrderRef(SystemId(channel or sender.system), order, line)


def _legs(event: StockTransferred, at: Instant, sender: Sender) -> tuple[FactDraft, FactDraft]:
    """What left, and what arrived (or is on its way)."""
    if event.to_location == event.location:
        raise Unfit("to_location", "it is the same as location")
    units = -event.on_hand_delta
    arrival, change = at, Change(incoming=units, transfer=event.id)
    if event.arrived_at is not None:
        arrival, change = _time("arrived_at", event.arrived_at, sender), Change(on_hand=units)
        if arrival.at < at.at:
            raise Unfit("arrived_at", "it arrived before it left (occurred_at)")
    out = _draft(event, at, FactKind.CHANGED, Change(on_hand=-units), AsOf(at.at, at.at), event.location, sender)
    into = _draft(
        event, arrival, FactKind.CHANGED, change, AsOf(arrival.at, arrival.at), event.to_location, sender, leg="-in"
    )
    return out, into


def _draft(
    event: AnyEvent,
    at: Instant,
    kind: FactKind,
    body: FactBody,
    as_of: AsOf,
    place: str | None,
    sender: Sender,
    *,
    leg: str = "",
) -> FactDraft:
    """The tie keeps the sender's order within a microsecond (nanoseconds, movements before statements, id) and, since it
    is part of what tells a duplicate from a conflict, a digest of what no other field of the fact holds."""
    transfer = [event.transfer] if isinstance(event, StockReceived) and event.transfer is not None else []
    rest = write_json([event.sequence, event.data, *transfer], sort=True)
    digest = hashlib.sha256(rest.encode()).hexdigest()[:16]
    rank = 0 if kind.is_movement else 1
    return FactDraft(
        kind=kind,
        key=f"event{leg}:{event.id}",
        as_of=as_of,
        item=ItemRef("sku", event.sku),
        place=place,
        body=body,
        sequence=event.sequence if sender.sequenced and event.sequence is not None else 0,
        tie=f"{at.nanoseconds:03d} {rank} {event.id} {digest}",
        follows=bool(leg),
    )
