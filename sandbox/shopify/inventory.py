"""Stock: the one place where quantities move, and what a merchant does to them in the admin.

``inventory_levels/update`` carries only ``available``; it is announced when that number changes. (Whether the
platform also sends it when only other names move is not documented; this stand-in does not.)
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.shopify.shop import Moment, Shop, ShopRefused
from sandbox.shopify.state import QUANTITY_NAMES, InventoryItem, Level, Location
from sandbox.shopify.webhooks import bodies


def new_level(shop: Shop, item: InventoryItem, location: Location, moment: Moment, available: int) -> Level:
    """Stock an item at a location and announce the connection."""
    stamps = {name: moment.at for name in QUANTITY_NAMES if name != "on_hand"}
    units = dict.fromkeys(stamps, 0) | {"available": available}
    level = Level(shop.new_id("InventoryLevel"), item, location, moment.at, moment.at, units, stamps)
    shop.remember_total(item.variant.product)
    item.levels[location.id] = level
    shop.levels[level.id] = level
    shop.announce("inventory_levels/connect", moment, lambda: bodies.inventory_level(shop, level))
    return level


def shift(shop: Shop, level: Level, moment: Moment, deltas: Mapping[str, int]) -> None:
    """Move quantities by these many units. Every change of stock in the shop ends here."""
    moved = False
    shop.remember_total(level.item.variant.product)
    for name, delta in deltas.items():
        if delta:
            level.units[name] += delta
            level.stamps[name] = moment.at
            moved = True
    if not moved:
        return
    level.updated_at = moment.at
    if delta := deltas.get("available", 0):
        shop.announce("inventory_levels/update", moment, lambda: bodies.inventory_level(shop, level))
        _tell_of_zero(shop, level, moment, delta)


def _tell_of_zero(shop: Shop, level: Level, moment: Moment, delta: int) -> None:
    """Announce that a variant as a whole ran out, or came back."""
    variant = level.item.variant
    now = sum(one.available for one in variant.item.levels.values() if one.is_active)
    if level.item.tracked and level.is_active and (now > 0) is not (now - delta > 0):
        topic = "variants/in_stock" if now > 0 else "variants/out_of_stock"
        shop.announce(topic, moment, lambda: bodies.variant(shop, variant))


def set_by_hand(shop: Shop, level: Level, available: int, moment: Moment) -> None:
    """A merchant types a number into the admin: no guard, no reason that an app could see."""
    shift(shop, level, moment, {"available": available - level.available})


def receive(shop: Shop, level: Level, units: int, moment: Moment) -> None:
    """A delivery arrives: units become available; what was announced as incoming is used up first."""
    if units <= 0:
        raise ShopRefused("receive a positive number of units")
    shift(shop, level, moment, {"available": units, "incoming": -min(units, level.units["incoming"])})


def set_aside(shop: Shop, level: Level, name: str, units: int, moment: Moment) -> None:
    """Move units from available into damaged, quality_control, reserved or safety_stock (or back, if negative)."""
    if name not in ("damaged", "quality_control", "reserved", "safety_stock"):
        raise ShopRefused(f"{name!r} is not a place to set stock aside")
    shift(shop, level, moment, {"available": -units, name: units})


def connect(shop: Shop, item: InventoryItem, location: Location, moment: Moment, available: int = 0) -> Level:
    """Stock an item at a location; an inactive level comes back with the counts it had."""
    level = item.levels.get(location.id)
    if level is None:
        return new_level(shop, item, location, moment, available)
    if not level.is_active:
        level.is_active = True
        level.updated_at = moment.at
        shop.announce("inventory_levels/connect", moment, lambda: bodies.inventory_level(shop, level))
    return level


def disconnect(shop: Shop, level: Level, moment: Moment) -> None:
    """Stop stocking an item at a location; refused while orders hold units there."""
    if level.units["committed"]:
        raise ShopRefused(f"{level.units['committed']} units are committed to orders at {level.location.name}")
    level.is_active = False
    level.updated_at = moment.at
    shop.announce("inventory_levels/disconnect", moment, lambda: bodies.inventory_level_gone(level))
