"""What is shown where, and what a customer sees. Product-level publishing takes precedence over the variant's."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.shopify.shop import Moment, Shop
from sandbox.shopify.state import InventoryPolicy, Product, ProductStatus, Publication, Variant
from sandbox.shopify.webhooks import bodies


@dataclass(frozen=True, slots=True)
class CustomerView:
    """What a customer of one publication sees of one variant.

    ``quantity`` is the number that can be bought, None when there is no limit (untracked, or sold below zero).
    """

    variant_id: int
    sku: str | None
    live: bool
    offered: bool
    quantity: int | None


def add_publication(shop: Shop, name: str, *, auto_publish: bool = True) -> Publication:
    publication = Publication(shop.new_id("Publication"), name, auto_publish)
    shop.publications[publication.id] = publication
    return publication


def online_store(shop: Shop) -> Publication:
    """The first publication; a shop without one sells nothing."""
    for publication in shop.publications.values():
        return publication
    raise LookupError("the shop has no publication; call add_publication first")


def is_published(thing: Product | Variant, publication_id: int) -> bool:
    """The thing's own flag, whatever its product's says."""
    if isinstance(thing, Product):
        return publication_id in thing.published
    return publication_id not in thing.unpublished_from


def publish(shop: Shop, thing: Product | Variant, publication: Publication, moment: Moment) -> bool:
    """Show on a publication; False when it was shown already."""
    if is_published(thing, publication.id):
        return False
    if isinstance(thing, Product):
        thing.published[publication.id] = moment.at
    else:
        thing.unpublished_from.discard(publication.id)
    touch(shop, thing, moment)
    return True


def unpublish(shop: Shop, thing: Product | Variant, publication: Publication, moment: Moment) -> bool:
    """Take off a publication; False when it was not shown there."""
    if not is_published(thing, publication.id):
        return False
    if isinstance(thing, Product):
        del thing.published[publication.id]
    else:
        thing.unpublished_from.add(publication.id)
    touch(shop, thing, moment)
    return True


def touch(shop: Shop, thing: Product | Variant, moment: Moment) -> None:
    """Stamp a change of the catalogue and announce ``products/update``."""
    product = thing if isinstance(thing, Product) else thing.product
    thing.updated_at = moment.at
    product.updated_at = moment.at
    shop.announce("products/update", moment, lambda: bodies.product(shop, product))


def published_on(shop: Shop, thing: Product | Variant) -> list[Publication]:
    """The publications that show this thing."""
    return [one for one in shop.publications.values() if is_published(thing, one.id)]


def is_live(variant: Variant, publication: Publication) -> bool:
    """Reachable for customers there: product active or unlisted, and both flags published."""
    return (
        variant.product.status in (ProductStatus.ACTIVE, ProductStatus.UNLISTED)
        and is_published(variant.product, publication.id)
        and is_published(variant, publication.id)
    )


def sellable_online(variant: Variant) -> int:
    """Available units at active locations that ship online orders."""
    return sum(
        level.available
        for level in variant.item.levels.values()
        if level.is_active and level.location.is_active and level.location.fulfills_online_orders
    )


def customer_sees(variant: Variant, publication: Publication) -> CustomerView:
    """The customer-side truth for one variant on one publication."""
    live = is_live(variant, publication)
    unlimited = not variant.item.tracked or variant.policy is InventoryPolicy.CONTINUE
    quantity = None if unlimited else max(0, sellable_online(variant))
    return CustomerView(variant.id, variant.sku, live, live and quantity != 0, quantity)
