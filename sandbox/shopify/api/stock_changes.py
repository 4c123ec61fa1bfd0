"""Writing stock: set and adjust with their compare-and-set guard, move, activate, deactivate.

Texts and codes are those of recorded answers. A stale row fails the whole call; whether the platform does the
same is not documented, so a caller should not depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypedDict

from sandbox.shopify import inventory
from sandbox.shopify.api.context import APP, Info, Resolvers, UserError, context, fault, number
from sandbox.shopify.api.idempotency import Payload, idempotency
from sandbox.shopify.state import InventoryItem, Level, Location

REASONS: Final = (
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "safety_stock",
    "shrinkage",
)
ADJUSTABLE: Final = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")
SET_LIMIT: Final = 1_000_000_000
ADJUST_LIMIT: Final = 2_000_000_000
_URI = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:(//)?[^\s/]\S*$")


class Row(TypedDict, total=False):
    """One row of a set or adjust input."""

    inventoryItemId: str
    locationId: str
    quantity: int
    delta: int
    changeFromQuantity: int | None
    ledgerDocumentUri: str | None


class Terminal(TypedDict, total=False):
    locationId: str
    name: str
    changeFromQuantity: int | None
    ledgerDocumentUri: str | None


Move = TypedDict("Move", {"inventoryItemId": str, "quantity": int, "from": Terminal, "to": Terminal})


class SetInput(TypedDict, total=False):
    name: str
    reason: str
    referenceDocumentUri: str | None
    quantities: list[Row]
    setQuantities: list[Row]
    changes: list[Row]


class MoveInput(TypedDict):
    reason: str
    referenceDocumentUri: str
    changes: list[Move]


@dataclass(frozen=True, slots=True)
class Change:
    """What one mutation did to one named quantity. The platform leaves ``quantityAfterChange`` null."""

    name: str
    delta: int
    item: InventoryItem
    location: Location
    ledger_document_uri: str | None = None
    quantity_after_change: int | None = None


@dataclass(frozen=True, slots=True)
class AdjustmentGroup:
    id: int
    created_at: datetime
    reason: str
    reference_document_uri: str | None
    changes: list[Change]


@dataclass(slots=True)
class _Plan:
    """Deltas to apply, or the refusals that keep all of them from being applied."""

    moves: list[tuple[Level, str, int, str | None]] = field(default_factory=list)
    errors: list[UserError] = field(default_factory=list)


def set_quantities(_: object, info: Info, input: SetInput) -> Payload:
    _require_guard(input["quantities"], "InventoryQuantityInput")

    def run() -> Payload:
        errors = _header_errors(input)
        if input["name"] not in ("available", "on_hand"):
            message = "The quantity name must be either 'available' or 'on_hand'."
            errors.insert(0, UserError(["input", "name"], message, "INVALID_NAME"))
        errors += _duplicate_errors(input["quantities"])
        return _apply(info, input, _plan_set(info, input["name"], input["quantities"], "quantities", errors))

    return idempotency(info).once(info, input, _nothing(), run)


def set_on_hand(_: object, info: Info, input: SetInput) -> Payload:
    _require_guard(input["setQuantities"], "InventorySetQuantityInput")

    def run() -> Payload:
        errors = _header_errors(input)
        return _apply(info, input, _plan_set(info, "on_hand", input["setQuantities"], "setQuantities", errors))

    return idempotency(info).once(info, input, _nothing(), run)


def adjust_quantities(_: object, info: Info, input: SetInput) -> Payload:
    _require_guard(input["changes"], "InventoryChangeInput")

    def run() -> Payload:
        errors = _header_errors(input)
        if input["name"] not in ADJUSTABLE:
            errors.insert(0, _bad_name(["input", "name"]))
        return _apply(info, input, _plan_adjust(info, input["name"], input["changes"], errors))

    return idempotency(info).once(info, input, _nothing(), run)


def move_quantities(_: object, info: Info, input: MoveInput) -> Payload:
    for move in input["changes"]:
        for end in (move["from"], move["to"]):
            _require_guard([{"changeFromQuantity": end["changeFromQuantity"]}] if "changeFromQuantity" in end
                           else [{}], "InventoryMoveQuantityTerminalInput")  # fmt: skip

    def run() -> Payload:
        header: SetInput = {"reason": input["reason"], "referenceDocumentUri": input["referenceDocumentUri"]}
        errors = _header_errors(header)
        return _apply(info, header, _plan_move(info, input["changes"], errors))

    return idempotency(info).once(info, input, _nothing(), run)


def _nothing() -> Payload:
    return {"inventoryAdjustmentGroup": None, "userErrors": []}


def _require_guard(rows: list[Row], input_type: str) -> None:
    if any("changeFromQuantity" not in row for row in rows):
        raise fault(f"{input_type} must include the following argument: changeFromQuantity.", "INVALID_FIELD_ARGUMENTS")


def _header_errors(header: SetInput) -> list[UserError]:
    errors: list[UserError] = []
    if header["reason"] not in REASONS:
        message = f"The specified reason is invalid. Valid values are: {', '.join(REASONS)}."
        errors.append(UserError(["input", "reason"], message, "INVALID_REASON"))
    uri = header.get("referenceDocumentUri")
    if uri is not None and not _URI.match(uri):
        message = "The specified reference document is invalid."
        errors.append(UserError(["input", "referenceDocumentUri"], message, "INVALID_REFERENCE_DOCUMENT"))
    return errors


def _bad_name(path: list[str]) -> UserError:
    message = f"The specified quantity name is invalid. Valid values are: {', '.join(ADJUSTABLE)}."
    return UserError(path, message, "INVALID_QUANTITY_NAME")


def _duplicate_errors(rows: list[Row]) -> list[UserError]:
    pairs = [(row["inventoryItemId"], row["locationId"]) for row in rows]
    return [
        UserError(
            ["input", "quantities", str(index), "locationId"],
            "The combination of inventoryItemId and locationId must be unique.",
            "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
        )
        for index, pair in enumerate(pairs)
        if pairs.count(pair) > 1
    ]


def _plan_set(info: Info, name: str, rows: list[Row], array: str, errors: list[UserError]) -> _Plan:
    plan = _Plan(errors=errors)
    if errors:
        return plan
    for index, row in enumerate(rows):
        path = ["input", array, str(index)]
        bound = _set_bound(name, row["quantity"], [*path, "quantity"])
        level = _level(info, row["inventoryItemId"], row["locationId"], path, plan.errors)
        if bound is not None:
            plan.errors.append(bound)
        if level is None or bound is not None:
            continue
        current = level.quantity(name)
        _guard(current, row["changeFromQuantity"], [*path, "changeFromQuantity"], plan.errors)
        plan.moves.append((level, "available", row["quantity"] - current, None))
    return plan


def _set_bound(name: str, quantity: int, path: list[str]) -> UserError | None:
    if name == "on_hand" and quantity < 0:
        return UserError(path, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")
    if quantity > SET_LIMIT:
        return UserError(path, "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH")
    if quantity < -SET_LIMIT:
        return UserError(path, "The quantity can't be lower than -1,000,000,000.", "INVALID_QUANTITY_TOO_LOW")
    return None


def _plan_adjust(info: Info, name: str, rows: list[Row], errors: list[UserError]) -> _Plan:
    plan = _Plan(errors=errors)
    if errors:
        return plan
    for index, row in enumerate(rows):
        path = ["input", "changes", str(index)]
        ledger = row.get("ledgerDocumentUri")
        plan.errors += _ledger_errors(name, ledger, path)
        level = _level(info, row["inventoryItemId"], row["locationId"], path, plan.errors)
        if level is None:
            continue
        _guard(level.units[name], row["changeFromQuantity"], [*path, "changeFromQuantity"], plan.errors)
        if abs(level.units[name] + row["delta"]) > ADJUST_LIMIT:
            high = row["delta"] > 0
            bound = "higher than 2,000,000,000" if high else "lower than -2,000,000,000"
            code = "INVALID_QUANTITY_TOO_HIGH" if high else "INVALID_QUANTITY_TOO_LOW"
            plan.errors.append(UserError([*path, "delta"], f"The quantity can't be {bound}.", code))
        plan.moves.append((level, name, row["delta"], ledger))
    return plan


def _ledger_errors(name: str, ledger: str | None, path: list[str]) -> list[UserError]:
    where = [*path, "ledgerDocumentUri"]
    if name == "available":
        if ledger is None:
            return []
        message = "A ledger document URI is not allowed when adjusting available."
        return [UserError(where, message, "INVALID_AVAILABLE_DOCUMENT")]
    if ledger is None:
        message = "A ledger document URI is required except when adjusting available."
        return [UserError(where, message, "INVALID_QUANTITY_DOCUMENT")]
    if not _URI.match(ledger):
        return [UserError(where, "The specified ledger document is invalid.", "INVALID_LEDGER_DOCUMENT")]
    return []


def _plan_move(info: Info, moves: list[Move], errors: list[UserError]) -> _Plan:
    plan = _Plan(errors=errors)
    for index, move in enumerate(moves):
        path = ["input", "changes", str(index)]
        for side in ("from", "to"):
            if move[side]["name"] not in ADJUSTABLE:
                plan.errors.append(_bad_name([*path, side, "name"]))
                break
    if plan.errors:
        return plan
    for index, move in enumerate(moves):
        _plan_one_move(info, move, ["input", "changes", str(index)], plan)
    return plan


def _plan_one_move(info: Info, move: Move, path: list[str], plan: _Plan) -> None:
    source, target = move["from"], move["to"]
    item = find_item(info, move["inventoryItemId"])
    if item is None:
        plan.errors.append(_no_item([*path, "inventoryItemId"]))
    places = [find_location(info, end["locationId"]) for end in (source, target)]
    for side, place in zip(("from", "to"), places, strict=True):
        if place is None:
            plan.errors.append(_no_location([*path, side, "locationId"]))
    if item is None or places[0] is None or places[1] is None:
        return
    if source["locationId"] != target["locationId"]:
        message = "The quantities can't be moved between different locations."
        plan.errors.append(UserError(path, message, "DIFFERENT_LOCATIONS"))
    if source["name"] == target["name"]:
        message = "The quantity names for each change can't be the same."
        plan.errors.append(UserError(path, message, "SAME_QUANTITY_NAME"))
    level = _level(info, move["inventoryItemId"], source["locationId"], [*path, "from"], plan.errors)
    if level is None:
        return
    for side, end, sign in (("from", source, -1), ("to", target, 1)):
        guard_path = [*path, side, "changeFromQuantity"]
        _guard(level.units[end["name"]], end["changeFromQuantity"], guard_path, plan.errors)
        plan.moves.append((level, end["name"], sign * move["quantity"], end.get("ledgerDocumentUri")))


def _guard(current: int, expected: int | None, path: list[str], errors: list[UserError]) -> None:
    if expected is not None and expected != current:
        message = "The changeFromQuantity argument no longer matches the persisted quantity."
        errors.append(UserError(path, message, "CHANGE_FROM_QUANTITY_STALE"))


def find_item(info: Info, item_id: str) -> InventoryItem | None:
    """The item with this global id."""
    found = number(item_id, "InventoryItem")
    return None if found is None else context(info).shop.items.get(found)


def find_location(info: Info, location_id: str) -> Location | None:
    """The location with this global id."""
    found = number(location_id, "Location")
    return None if found is None else context(info).shop.locations.get(found)


def _no_item(path: list[str]) -> UserError:
    return UserError(path, "The specified inventory item could not be found.", "INVALID_INVENTORY_ITEM")


def _no_location(path: list[str]) -> UserError:
    return UserError(path, "The specified location could not be found.", "INVALID_LOCATION")


def _level(info: Info, item_id: str, location_id: str, path: list[str], errors: list[UserError]) -> Level | None:
    """The level a row speaks of. Not stocked there: refused as an invalid location (the platform's code for it
    is not in its schema)."""
    item, place = find_item(info, item_id), find_location(info, location_id)
    if item is None:
        errors.append(_no_item([*path, "inventoryItemId"]))
    if place is None:
        errors.append(_no_location([*path, "locationId"]))
    if item is None or place is None:
        return None
    if (refusal := context(info).faults.refusal_of(item.sku)) is not None:
        errors.append(UserError([*path, "inventoryItemId"], refusal.message, refusal.code))
        return None
    level = item.levels.get(place.id)
    if level is None or not level.is_active:
        message = "The specified inventory item is not stocked at the location."
        errors.append(UserError([*path, "locationId"], message, "INVALID_LOCATION"))
        return None
    return level


def _apply(info: Info, header: SetInput, plan: _Plan) -> Payload:
    """Apply all moves or none. A group is given only when something changed, as recorded."""
    if plan.errors:
        return {"inventoryAdjustmentGroup": None, "userErrors": plan.errors}
    ctx = context(info)
    moves = [move for move in plan.moves if move[2]]
    if not moves:
        return _nothing()
    changes = [change for move in moves for change in _changes(*move)]
    group = AdjustmentGroup(
        id=ctx.shop.new_id("InventoryAdjustmentGroup"),
        created_at=ctx.moment.at,
        reason=header["reason"],
        reference_document_uri=header.get("referenceDocumentUri"),
        changes=[*(one for one in changes if one.name != "on_hand"),
                 *(one for one in changes if one.name == "on_hand")],
    )  # fmt: skip
    if not ctx.faults.swallows(*(level.item.sku for level, *_ in moves), quantities=True):
        for level, name, delta, _ledger in moves:
            inventory.shift(ctx.shop, level, ctx.moment, {name: delta})
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _changes(level: Level, name: str, delta: int, ledger: str | None) -> list[Change]:
    own = Change(name, delta, level.item, level.location, ledger)
    return [own] if name == "incoming" else [own, Change("on_hand", delta, level.item, level.location)]


def group_changes(
    group: AdjustmentGroup,
    info: Info,
    inventoryItemIds: list[str] | None = None,
    locationIds: list[str] | None = None,
    quantityNames: list[str] | None = None,
) -> list[Change]:
    items = None if inventoryItemIds is None else {number(one, "InventoryItem") for one in inventoryItemIds}
    places = None if locationIds is None else {number(one, "Location") for one in locationIds}
    return [
        change
        for change in group.changes
        if (items is None or change.item.id in items)
        and (places is None or change.location.id in places)
        and (quantityNames is None or change.name in quantityNames)
    ]


ROOT: Final[Resolvers] = {
    "inventorySetQuantities": set_quantities,
    "inventorySetOnHandQuantities": set_on_hand,
    "inventoryAdjustQuantities": adjust_quantities,
    "inventoryMoveQuantities": move_quantities,
}
TYPES: Final[Mapping[str, Resolvers]] = {
    "InventoryAdjustmentGroup": {"changes": group_changes, "app": lambda group, info: APP}
}
SCOPES = dict.fromkeys(ROOT, "write_inventory")
