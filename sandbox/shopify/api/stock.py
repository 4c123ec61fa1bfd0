"""Reading stock: items, levels, locations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Unpack

from sandbox.shopify.api.connections import Paging, by_id, connect, refuse_large_pages
from sandbox.shopify.api.context import Info, Resolvers, counted, fault, money, number, shop_of
from sandbox.shopify.api.search import Fields, matches, parse
from sandbox.shopify.state import QUANTITY_NAMES, InventoryItem, Level, Location, Variant


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named quantity of a level. ``updated_at`` is unknown for ``on_hand``, as recorded."""

    id: str
    name: str
    quantity: int
    updated_at: datetime | None


class ItemPaging(Paging, total=False):
    query: str | None


class LevelPaging(ItemPaging, total=False):
    includeInactive: bool


class LocationPaging(ItemPaging, total=False):
    includeInactive: bool
    includeLegacy: bool


_ITEM_FIELDS: Fields[InventoryItem] = {
    "id": lambda item: item.id,
    "sku": lambda item: item.sku,
    "created_at": lambda item: item.created_at,
    "updated_at": lambda item: item.updated_at,
}
_LEVEL_FIELDS: Fields[Level] = {
    "id": lambda level: level.id,
    "inventory_item_id": lambda level: level.item.id,
    "created_at": lambda level: level.created_at,
    "updated_at": lambda level: level.updated_at,
}
_LOCATION_FIELDS: Fields[Location] = {
    "id": lambda location: location.id,
    "name": lambda location: location.name,
    "active": lambda location: location.is_active,
}


def inventory_items(_: object, info: Info, **paging: Unpack[ItemPaging]) -> dict[str, object]:
    refuse_large_pages(paging)
    terms = parse(paging.get("query"), _ITEM_FIELDS)
    items = list(shop_of(info).items.values())
    if terms:
        items = [item for item in items if matches(item, terms, _ITEM_FIELDS)]
    return connect(info, items, paging)


def inventory_item(_: object, info: Info, id: str) -> InventoryItem | None:
    found = number(id, "InventoryItem")
    return None if found is None else shop_of(info).items.get(found)


def inventory_level(_: object, info: Info, id: str) -> Level | None:
    found = number(id, "InventoryLevel")
    return None if found is None else shop_of(info).levels.get(found)


def locations(_: object, info: Info, **paging: Unpack[LocationPaging]) -> dict[str, object]:
    refuse_large_pages(paging)
    terms = parse(paging.get("query"), _LOCATION_FIELDS)
    inactive = paging.get("includeInactive", False)
    rows = [one for one in shop_of(info).locations.values() if inactive or one.is_active]
    return connect(info, [one for one in rows if matches(one, terms, _LOCATION_FIELDS)], paging)


def location(_: object, info: Info, id: str | None = None) -> Location | None:
    known = shop_of(info).locations
    if id is None:
        return next(iter(known.values()), None)
    found = number(id, "Location")
    return None if found is None else known.get(found)


def quantity_names(_: object, info: Info) -> dict[str, object]:
    parts = [name for name in QUANTITY_NAMES if name not in ("on_hand", "incoming")]
    return {
        "quantityNames": [
            {
                "name": name,
                "displayName": name.replace("_", " ").capitalize(),
                "isInUse": True,
                "belongsTo": ["on_hand"] if name in parts else [],
                "comprises": parts if name == "on_hand" else [],
            }
            for name in QUANTITY_NAMES
        ]
    }


def item_level(
    item: InventoryItem,
    info: Info,
    locationId: str,
    includeInactive: bool = False,
) -> Level | None:
    found = number(locationId, "Location")
    level = None if found is None else item.levels.get(found)
    return level if level is not None and (level.is_active or includeInactive) else None


def item_levels(item: InventoryItem, info: Info, **paging: Unpack[LevelPaging]) -> dict[str, object]:
    return _levels(info, sorted(item.levels.values(), key=by_id), paging)


def location_level(
    place: Location,
    info: Info,
    inventoryItemId: str,
    includeInactive: bool = False,
) -> Level | None:
    item = inventory_item(None, info, inventoryItemId)
    level = None if item is None else item.levels.get(place.id)
    return level if level is not None and (level.is_active or includeInactive) else None


def location_levels(place: Location, info: Info, **paging: Unpack[LevelPaging]) -> dict[str, object]:
    return _levels(info, [one for one in shop_of(info).levels.values() if one.location is place], paging)


def _levels(info: Info, levels: list[Level], paging: LevelPaging) -> dict[str, object]:
    refuse_large_pages(paging)
    terms = parse(paging.get("query"), _LEVEL_FIELDS)
    inactive = paging.get("includeInactive", False)
    rows = [one for one in levels if (inactive or one.is_active) and matches(one, terms, _LEVEL_FIELDS)]
    return connect(info, rows, paging)


def level_quantities(level: Level, info: Info, names: list[str]) -> list[Quantity]:
    unknown = [name for name in names if name not in QUANTITY_NAMES]
    if unknown:
        raise fault(f"The quantity name {unknown[0]!r} is not one of this shop's.", "BAD_REQUEST")
    return [
        Quantity(
            id=f"gid://shopify/InventoryQuantity/{level.id}?inventory_item_id={level.item.id}&name={name}",
            name=name,
            quantity=level.quantity(name),
            updated_at=level.stamps.get(name),
        )
        for name in names
    ]


def can_deactivate(level: Level, info: Info) -> bool:
    return level.is_active and not level.units["committed"] and not level.units["incoming"]


def duplicate_sku_count(item: InventoryItem, info: Info) -> int:
    """How many other variants carry this SKU."""
    return 0 if item.sku is None else len(shop_of(info).variants_by_sku.get(item.sku, [])) - 1


def unit_cost(item: InventoryItem, info: Info) -> dict[str, object] | None:
    return None if item.cost is None else money(shop_of(info), item.cost)


def locations_count(item: InventoryItem, info: Info) -> dict[str, object]:
    return counted(sum(level.is_active for level in item.levels.values()))


def item_variant(item: InventoryItem, info: Info) -> Variant:
    return item.variant


def item_variants(item: InventoryItem, info: Info, **paging: Unpack[Paging]) -> dict[str, object]:
    return connect(info, [item.variant], paging)


ROOT: Final[Resolvers] = {
    "inventoryItems": inventory_items,
    "inventoryItem": inventory_item,
    "inventoryLevel": inventory_level,
    "inventoryProperties": quantity_names,
    "locations": locations,
    "location": location,
}
TYPES: Final[Mapping[str, Resolvers]] = {
    "InventoryItem": {
        "inventoryLevel": item_level,
        "inventoryLevels": item_levels,
        "duplicateSkuCount": duplicate_sku_count,
        "unitCost": unit_cost,
        "locationsCount": locations_count,
        "variant": item_variant,
        "variants": item_variants,
    },
    "InventoryLevel": {
        "id": lambda level, info: level.gid,
        "quantities": level_quantities,
        "canDeactivate": can_deactivate,
    },
    "Location": {"inventoryLevel": location_level, "inventoryLevels": location_levels},
}
SCOPES = {
    "inventoryItems": "read_inventory",
    "inventoryItem": "read_inventory",
    "inventoryLevel": "read_inventory",
    "inventoryProperties": "read_inventory",
    "locations": "read_locations",
    "location": "read_locations",
}
