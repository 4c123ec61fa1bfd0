"""Where an item is stocked: activate and deactivate. Texts are those of recorded answers where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.shopify import inventory
from sandbox.shopify.api.context import Context, Info, Resolvers, UserError, context, number
from sandbox.shopify.api.idempotency import Payload, idempotency
from sandbox.shopify.api.stock_changes import SET_LIMIT, find_item, find_location
from sandbox.shopify.shop import ShopRefused
from sandbox.shopify.state import InventoryItem, Level, Location


def activate(
    _: object,
    info: Info,
    inventoryItemId: str,
    locationId: str,
    available: int | None = None,
    onHand: int | None = None,
) -> Payload:
    arguments = [inventoryItemId, locationId, available, onHand]
    empty: Payload = {"inventoryLevel": None, "userErrors": []}
    return idempotency(info).once(
        info, arguments, empty, lambda: _activate(info, inventoryItemId, locationId, available, onHand)
    )


def _activate(info: Info, item_id: str, location_id: str, available: int | None, on_hand: int | None) -> Payload:
    ctx = context(info)
    item, place = find_item(info, item_id), find_location(info, location_id)
    if item is None:
        message = "The product couldn't be stocked because it wasn't found."
        return {"inventoryLevel": None, "userErrors": [UserError(["inventoryItemId"], message)]}
    if place is None:
        message = "The product couldn't be stocked because the location wasn't found."
        return {"inventoryLevel": None, "userErrors": [UserError(["locationId"], message)]}
    level = item.levels.get(place.id)
    if level is not None and level.is_active:
        return {"inventoryLevel": level, "userErrors": _already_active(available, on_hand)}
    errors = _activation_errors(place, available, on_hand)
    if errors:
        return {"inventoryLevel": None, "userErrors": errors}
    units = available if available is not None else on_hand
    return {"inventoryLevel": _stock(ctx, item, place, units), "userErrors": []}


def _already_active(available: int | None, on_hand: int | None) -> list[UserError]:
    named = [("available", "available", available), ("onHand", "on_hand", on_hand)]
    return [
        UserError(
            [argument],
            f"Not allowed to set {'an on_hand' if name == 'on_hand' else 'available'} quantity "
            "when the item is already active at the location.",
        )
        for argument, name, value in named
        if value is not None
    ]


def _activation_errors(place: Location, available: int | None, on_hand: int | None) -> list[UserError]:
    start = f"The product couldn't be stocked at {place.name} because"
    if available is not None and on_hand is not None:
        why = f"{start} not allowed to set available and on_hand quantities at the same time."
        return [UserError(["available"], why), UserError(["onHand"], why)]
    given = [("available", available), ("onHand", on_hand)]
    return [
        UserError([argument], f"{start} the quantity needs to be between -1 billion and 1 billion.")
        for argument, value in given
        if value is not None and abs(value) > SET_LIMIT
    ]


def _stock(ctx: Context, item: InventoryItem, place: Location, units: int | None) -> Level:
    known = item.levels.get(place.id)
    level = inventory.connect(ctx.shop, item, place, ctx.moment, units or 0)
    if known is not None and units is not None:
        inventory.shift(ctx.shop, level, ctx.moment, {"available": units - level.available})
    return level


def deactivate(_: object, info: Info, inventoryLevelId: str) -> Payload:
    ctx = context(info)
    found = number(inventoryLevelId, "InventoryLevel")
    level = None if found is None else ctx.shop.levels.get(found)
    if level is None:
        message = "The product couldn't be unstocked because the inventory level wasn't found."
        return {"userErrors": [UserError(["inventoryLevelId"], message)]}
    try:
        inventory.disconnect(ctx.shop, level, ctx.moment)
    except ShopRefused as refused:
        return {"userErrors": [UserError(["inventoryLevelId"], str(refused))]}
    return {"userErrors": []}


MUTATION: Final[Resolvers] = {"inventoryActivate": activate, "inventoryDeactivate": deactivate}
SCOPES: Final[Mapping[str, str]] = dict.fromkeys(MUTATION, "write_inventory")
