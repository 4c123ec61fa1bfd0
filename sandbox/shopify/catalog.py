"""The catalogue: locations, products, variants, and what a merchant changes about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.shopify import inventory, publications
from sandbox.shopify.shop import Moment, Shop
from sandbox.shopify.state import (
    InventoryItem,
    InventoryPolicy,
    Location,
    Product,
    ProductStatus,
    Variant,
    gid,
)
from sandbox.shopify.webhooks import bodies


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """A variant to create. ``stock`` maps location names or ids to available units."""

    sku: str | None
    title: str = "Default Title"
    price: Decimal = Decimal("10.00")
    cost: Decimal | None = None
    barcode: str | None = None
    tracked: bool = True
    policy: InventoryPolicy = InventoryPolicy.DENY
    stock: Mapping[str | int, int] = field(default_factory=dict)


def add_location(shop: Shop, name: str, moment: Moment, *, fulfills_online_orders: bool = True) -> Location:
    location = Location(
        shop.new_id("Location"), name, moment.at, moment.at, fulfills_online_orders=fulfills_online_orders
    )
    shop.locations[location.id] = location
    shop.announce("locations/create", moment, lambda: bodies.location(shop, location))
    return location


def set_location_active(shop: Shop, location: Location, active: bool, moment: Moment) -> None:
    """Close a location or open it again; its stock stays where it is and is not offered while closed."""
    if location.is_active is active:
        return
    location.is_active = active
    location.updated_at = moment.at
    topic = "locations/activate" if active else "locations/deactivate"
    shop.announce(topic, moment, lambda: bodies.location(shop, location))


def add_product(
    shop: Shop, title: str, variants: list[VariantSpec], moment: Moment, *, status: ProductStatus
) -> Product:
    """A product with its variants, published to every publication that publishes by itself."""
    product_id = shop.new_id("Product")
    handle = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "product"
    taken = any(other.handle == handle for other in shop.products.values())
    product = Product(
        id=product_id,
        title=title,
        handle=f"{handle}-{product_id}" if taken else handle,
        created_at=moment.at,
        updated_at=moment.at,
        status=status,
        vendor=shop.name,
    )
    product.published = {one.id: moment.at for one in shop.publications.values() if one.auto_publish}
    shop.products[product.id] = product
    for spec in variants:
        _add(shop, product, spec, moment)
    shop.announce("products/create", moment, lambda: bodies.product(shop, product))
    return product


def add_variant(shop: Shop, product: Product, spec: VariantSpec, moment: Moment) -> Variant:
    """One more variant of an existing product."""
    variant = _add(shop, product, spec, moment)
    publications.touch(shop, product, moment)
    return variant


def _add(shop: Shop, product: Product, spec: VariantSpec, moment: Moment) -> Variant:
    variant = Variant(
        id=shop.new_id("ProductVariant"),
        product=product,
        title=spec.title,
        price=spec.price,
        position=len(product.variants) + 1,
        created_at=moment.at,
        updated_at=moment.at,
        barcode=spec.barcode,
        policy=spec.policy,
    )
    item = InventoryItem(shop.new_id("InventoryItem"), variant, spec.sku, moment.at, moment.at, spec.tracked, spec.cost)
    variant._item = item
    product.variants.append(variant)
    shop.variants[variant.id] = variant
    shop.items[item.id] = item
    if spec.sku is not None:
        shop.variants_by_sku.setdefault(spec.sku, []).append(variant)
    shop.announce("inventory_items/create", moment, lambda: bodies.inventory_item(shop, item))
    for place, available in spec.stock.items():
        inventory.new_level(shop, item, shop.location(place), moment, available)
    return variant


def change_item(
    shop: Shop, variant: Variant, moment: Moment, *, sku: str | None = None, tracked: bool | None = None
) -> None:
    """Give a variant another SKU, or turn tracking on or off; the ids stay."""
    item = variant.item
    if sku is not None and sku != item.sku:
        _forget_sku(shop, variant)
        item.sku = sku
        shop.variants_by_sku.setdefault(sku, []).append(variant)
    if tracked is not None:
        item.tracked = tracked
    item.updated_at = moment.at
    shop.announce("inventory_items/update", moment, lambda: bodies.inventory_item(shop, item))
    publications.touch(shop, variant, moment)


def set_status(shop: Shop, product: Product, status: ProductStatus, moment: Moment) -> None:
    """Make a product active, draft, archived or unlisted on all channels."""
    if product.status is not status:
        product.status = status
        publications.touch(shop, product, moment)


def set_policy(shop: Shop, variant: Variant, policy: InventoryPolicy, moment: Moment) -> None:
    """Allow or stop sales below zero for one variant."""
    if variant.policy is not policy:
        variant.policy = policy
        publications.touch(shop, variant, moment)


def delete_variant(shop: Shop, variant: Variant, moment: Moment) -> None:
    """Remove a variant with its item and levels."""
    variant.product.variants.remove(variant)
    _forget(shop, variant, moment)
    publications.touch(shop, variant.product, moment)


def delete_product(shop: Shop, product: Product, moment: Moment) -> None:
    """Remove a product with all its variants."""
    del shop.products[product.id]
    for variant in product.variants:
        _forget(shop, variant, moment)
    product.variants.clear()
    shop.announce("products/delete", moment, lambda: {"id": product.id})


def _forget(shop: Shop, variant: Variant, moment: Moment) -> None:
    item = variant.item
    for level in item.levels.values():
        del shop.levels[level.id]
    del shop.items[item.id]
    del shop.variants[variant.id]
    _forget_sku(shop, variant)
    shop.announce(
        "inventory_items/delete",
        moment,
        lambda: {"id": item.id, "admin_graphql_api_id": gid("InventoryItem", item.id)},
    )


def _forget_sku(shop: Shop, variant: Variant) -> None:
    if variant.sku is None:
        return
    named = shop.variants_by_sku[variant.sku]
    named.remove(variant)
    if not named:
        del shop.variants_by_sku[variant.sku]
