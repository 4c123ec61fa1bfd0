"""Holding a fulfillment order and releasing it; a held one refuses to ship.

The reason shown, and texts without a recorded answer, are worded as the platform describes them (unverified).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.shopify.api.context import Context, Info, Resolvers, UserError, context, number
from sandbox.shopify.api.idempotency import Payload
from sandbox.shopify.state import FulfillmentHold, FulfillmentOrder

MOST_HOLDS: Final = 10
"""Active holds that one app may place on a fulfillment order."""


def _found(ctx: Context, global_id: str) -> FulfillmentOrder | None:
    wanted = number(global_id, "FulfillmentOrder")
    parts = (one for order in ctx.shop.orders.values() for one in order.fulfillment_orders)
    return next((one for one in parts if one.id == wanted), None)


def hold(_: object, info: Info, id: str, fulfillmentHold: Mapping[str, object]) -> Payload:
    ctx = context(info)
    work = _found(ctx, id)
    handle = str(fulfillmentHold.get("handle") or "") or None
    refused = _refused(work, handle)
    if work is None or refused is not None:
        return {"fulfillmentHold": None, "fulfillmentOrder": work, "userErrors": [refused]}
    notes = fulfillmentHold.get("reasonNotes")
    made = FulfillmentHold(
        ctx.shop.new_id("FulfillmentHold"),
        str(fulfillmentHold["reason"]),
        handle,
        None if notes is None else str(notes),
    )
    work.holds.append(made)
    work.updated_at = ctx.moment.at
    return {"fulfillmentHold": made, "fulfillmentOrder": work, "userErrors": []}


def _refused(work: FulfillmentOrder | None, handle: str | None) -> UserError | None:
    if work is None:
        return UserError(["id"], "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
    if work.status in ("CLOSED", "IN_PROGRESS"):
        return UserError(["id"], "The fulfillment order is not in a state that can be held.")
    if any(one.handle == handle for one in work.holds):
        text = "The handle is in use by another active hold on this fulfillment order."
        return UserError(["fulfillmentHold", "handle"], text, "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
    if len(work.holds) >= MOST_HOLDS:
        text = f"The app has {MOST_HOLDS} active holds on this fulfillment order already."
        return UserError(["id"], text, "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
    return None


def release(_: object, info: Info, id: str, holdIds: list[str] | None = None) -> Payload:
    """Release these holds, or all without ``holdIds``."""
    ctx = context(info)
    work = _found(ctx, id)
    if work is None:
        error = UserError(["id"], "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
        return {"fulfillmentOrder": None, "userErrors": [error]}
    named = None if holdIds is None else {number(one, "FulfillmentHold") for one in holdIds}
    work.holds = [one for one in work.holds if named is not None and one.id not in named]
    work.updated_at = ctx.moment.at
    return {"fulfillmentOrder": work, "userErrors": []}


MUTATION: Final[Resolvers] = {"fulfillmentOrderHold": hold, "fulfillmentOrderReleaseHold": release}
TYPES: Final[Mapping[str, Resolvers]] = {
    "FulfillmentHold": {
        "displayReason": lambda one, info: one.reason.replace("_", " ").capitalize(),
        "heldByRequestingApp": lambda one, info: True,
    },
}
SCOPES: Final[Mapping[str, str]] = dict.fromkeys(MUTATION, "write_merchant_managed_fulfillment_orders")
