"""Holding an order: each of its parts that is still to ship gets a hold of its own, and only holds of ours are released.

Shopify holds fulfillment orders, not orders. The handle tells our hold for one exception from every other one, so that a
second request changes nothing, and a hold of another app or person stays.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from pydantic import Field, ValidationError

from sync.connectors.base import Answer, Fault, SetHold
from sync.connectors.shopify.client import Client, Told
from sync.connectors.shopify.shapes import Connection, Shape
from sync.connectors.shopify.writes import gid, refusals_of

SCOPES = ("read_merchant_managed_fulfillment_orders", "write_merchant_managed_fulfillment_orders")
"""What the app must be granted to hold orders; everything else works without."""

OVER = frozenset({"CLOSED", "CANCELLED", "INCOMPLETE"})
"""States of a fulfillment order of which nothing is left to ship."""

_NAMESPACE = uuid.UUID("3f1d5b70-51f3-5c0e-8c3b-5a7b7c1f2e09")
_TWICE = "DUPLICATE_FULFILLMENT_HOLD_HANDLE"


class _Hold(Shape):
    id: str
    handle: str | None = None
    ours: bool = Field(validation_alias="heldByRequestingApp")


class _Part(Shape):
    id: str
    status: str
    holds: tuple[_Hold, ...] = Field(validation_alias="fulfillmentHolds")

    def marked(self, handle: str) -> list[str]:
        """The ids of our holds with this handle."""
        return [one.id for one in self.holds if one.ours and one.handle == handle]


class _Parts(Connection):
    nodes: tuple[_Part, ...]


class _Order(Shape):
    parts: _Parts = Field(validation_alias="fulfillmentOrders")


async def set_hold(client: Client, write: SetHold) -> Answer:
    """Hold or release every open part of an order, then read it back: done only if Shopify shows it so."""
    if not (write.order.isascii() and write.order.isdecimal()):
        text = f"{write.order} is no order id of Shopify; hold it there by hand."
        return Answer(False, client.instant(), Fault.MISSING, text)
    handle = f"countersign-{uuid.uuid5(_NAMESPACE, write.mark)}"
    parts = await _parts(client, write.order)
    if isinstance(parts, Answer):
        return parts
    open_parts = [one for one in parts if one.status not in OVER]
    if write.held and not open_parts:
        return Answer(False, client.instant(), Fault.VALUE, "Nothing of this order is left to ship; nothing was held.")
    made: list[_Part] = []
    for part in open_parts if write.held else parts:
        there = part.marked(handle)
        if bool(there) is write.held:
            continue
        told = await (_hold(client, part, handle, write) if write.held else _release(client, part, there))
        failed = _failed(told, "fulfillmentOrderHold" if write.held else "fulfillmentOrderReleaseHold")
        if failed is not None:
            if made and failed.fault is not None and not failed.fault.mends_itself:
                return await _taken_back(client, write.order, made, handle, failed)
            return failed
        if write.held:
            made.append(part)
    return await _looked(client, write, handle)


async def _hold(client: Client, part: _Part, handle: str, write: SetHold) -> Told:
    hold = {"reason": "INVENTORY_OUT_OF_STOCK", "handle": handle, "reasonNotes": write.reference}
    return await client.ask("HoldOrder", id=part.id, hold=hold)


async def _taken_back(client: Client, order: str, made: list[_Part], handle: str, failed: Answer) -> Answer:
    """An order is held whole or not at all: release what was held before another part refused."""
    ids = {one.id for one in made}
    parts = await _parts(client, order)
    for part in () if isinstance(parts, Answer) else parts:
        if part.id in ids and (there := part.marked(handle)):
            told = await _release(client, part, there)
            if _failed(told, "fulfillmentOrderReleaseHold") is not None:
                break
    else:
        if not isinstance(parts, Answer):
            return failed
    return replace(failed, text=f"{failed.text} A part of it stays held: release it in Shopify by hand.")


async def _release(client: Client, part: _Part, holds: list[str]) -> Told:
    return await client.ask("ReleaseOrder", id=part.id, holds=holds)


def _failed(told: Told, root: str) -> Answer | None:
    """Why one call did not do what it should; None when it did. A hold that is there already is no failure."""
    if told.fault is not None:
        return _denied(told)
    refused = [one for one in refusals_of(told, root) if one.code != _TWICE]
    return told.answer(fault=Fault.VALUE, text=f"{refused[0].message}") if refused else None


def _denied(told: Told) -> Answer:
    """The failure of a call. A scope that only holds need says nothing about the rest of the account."""
    if told.fault is Fault.PERMISSION and told.denied:
        text = f"The app may not hold orders: grant it {' and '.join(SCOPES)} in Shopify, then try again."
        return told.answer(fault=Fault.VALUE, text=text)
    return told.answer()


async def _parts(client: Client, order: str) -> tuple[_Part, ...] | Answer:
    """The parts of an order with their holds, or why they cannot be read."""
    told = await client.ask("OrderHolds", id=gid("Order", order))
    if told.fault is not None:
        return _denied(told)
    if not told.part("order"):
        return told.answer(fault=Fault.MISSING, text=f"Shopify does not show order {order} to us.")
    try:
        parts = _Order.model_validate(told.part("order")).parts
    except ValidationError:
        return told.answer(fault=Fault.PARSE, text="Shopify's answer about the order could not be read.")
    if parts.has_next:
        return told.answer(fault=Fault.TOO_LARGE, text="This order ships in more than 50 parts; hold it by hand.")
    return parts.nodes


async def _looked(client: Client, write: SetHold, handle: str) -> Answer:
    parts = await _parts(client, write.order)
    if isinstance(parts, Answer):
        return parts
    at = client.instant()
    still = [one for one in parts if one.status not in OVER]
    held = bool(still) and all(one.marked(handle) for one in still)
    if write.held and not held:
        return Answer(False, at, Fault.INTERMITTENT, "Shopify said yes, and does not show the whole order held.")
    if not write.held and any(one.marked(handle) for one in parts):
        return Answer(False, at, Fault.INTERMITTENT, "Shopify said yes, and still shows the order held.")
    return Answer(True, at, seen_units=int(held if write.held else 0))
