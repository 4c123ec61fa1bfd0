"""From levels, products and items to facts, and which fields of a payload may be kept at all.

Level facts name the inventory item, listing facts the SKU (with the ids of variant, item and product beside it). All ids
are the plain digits; a place is the location's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sync.connectors.shopify.drafts import SECOND, digest, money, stamp
from sync.connectors.shopify.shapes import (
    Door,
    Item,
    ItemNode,
    Level,
    LevelNode,
    Product,
    ProductNode,
    Variant,
    VariantNode,
)
from sync.model.facts import Count, DoorState, FactDraft, FactKind, ItemRef, ListingStated, SnapshotRead
from sync.model.time import AsOf

ON_SALE = frozenset({"active", "unlisted"})
"""Product statuses that customers can buy; unlisted is reached by its link only, and still sold."""

Kept = Mapping[str, "Kept | None"]
"""Names of fields that may be kept, each with those inside it (None: a plain value)."""

_LINE: Kept = dict.fromkeys(
    (
        "id",
        "sku",
        "variant_id",
        "product_id",
        "quantity",
        "current_quantity",
        "fulfillable_quantity",
        "fulfillment_status",
        "price",
    )
)
_REFUND: Kept = {
    "id": None,
    "order_id": None,
    "created_at": None,
    "refund_line_items": {
        "id": None,
        "line_item_id": None,
        "location_id": None,
        "quantity": None,
        "restock_type": None,
        "line_item": _LINE,
    },
}
_PARCEL: Kept = {
    **dict.fromkeys(("id", "order_id", "status", "created_at", "updated_at", "location_id")),
    "line_items": _LINE,
}
_VARIANT: Kept = dict.fromkeys(
    (
        "id",
        "inventory_item_id",
        "sku",
        "title",
        "barcode",
        "price",
        "inventory_policy",
        "inventory_management",
        "updated_at",
    )
)
KEPT_FIELDS: Kept = {
    **dict.fromkeys(
        (
            "id",
            "admin_graphql_api_id",
            "sku",
            "title",
            "status",
            "cost",
            "tracked",
            "available",
            "inventory_item_id",
            "location_id",
            "order_id",
            "created_at",
            "updated_at",
            "cancelled_at",
            "test",
            "currency",
            "financial_status",
        )
    ),
    **_REFUND,
    "line_items": _LINE,
    "refunds": _REFUND,
    "fulfillments": _PARCEL,
    "variants": _VARIANT,
    "order_edit": {"id": None, "order_id": None},
}
"""The allow list: what any webhook body may leave behind. No names, addresses, e-mail, phone, notes or payment details."""


def kept(body: Mapping[str, object], fields: Kept = KEPT_FIELDS) -> dict[str, object]:
    """The body cut down to the allow list; everything a fact is made of is in it."""
    found: dict[str, object] = {}
    for name, inner in fields.items():
        if name not in body:
            continue
        value = body[name]
        if inner is None:
            if isinstance(value, (str, int, float, bool)) or value is None:
                found[name] = value
        elif isinstance(value, Mapping):
            found[name] = kept(value, inner)
        elif isinstance(value, list):
            found[name] = [kept(one, inner) for one in value if isinstance(one, Mapping)]
    return found


def level_fact(level: Level) -> FactDraft:
    """``inventory_levels/update``: available at a location. Two different levels of one second are two facts."""
    return FactDraft(
        kind=FactKind.LEVEL_SEEN,
        key=f"level:{level.item}:{level.place}@{stamp(level.updated_at)}:{level.available}",
        as_of=AsOf.at(level.updated_at, SECOND),
        item=ItemRef("item", level.item),
        place=level.place,
        body=Count(available=level.available),
    )


def read_level_fact(item: str, tracked: bool, level: LevelNode) -> FactDraft:
    """A level as GraphQL reads it, with all buckets. Not stocked there any more: nothing available. Untracked: no number."""
    if not level.active:
        count = Count(available=0)
    elif not tracked:
        count = Count()
    else:
        count = Count(
            on_hand=level.units("on_hand"),
            available=level.units("available"),
            reserved=level.units("committed", "reserved"),
            quarantined=level.units("damaged", "quality_control"),
            incoming=level.units("incoming"),
        )
    numbers = (count.available, count.on_hand, count.reserved, count.quarantined, count.incoming)
    return FactDraft(
        kind=FactKind.LEVEL_SEEN,
        key=f"level:{item}:{level.place}@{stamp(level.stamp)}:" + ",".join(str(one) for one in numbers),
        as_of=AsOf.at(level.stamp, SECOND),
        item=ItemRef("item", item),
        place=level.place,
        body=count,
    )


def read_fact(place: str, started: datetime, ended: datetime, rows: int) -> FactDraft:
    """All levels of one location were read within this interval."""
    return FactDraft(
        kind=FactKind.SNAPSHOT_READ,
        key=f"snapshot:{place}@{stamp(ended)}",
        as_of=AsOf(started, ended),
        item=None,
        place=place,
        body=SnapshotRead(rows),
    )


def product_facts(product: Product) -> Iterator[FactDraft]:
    """``products/create`` and ``/update``: each variant as a listing. Doors are not told here."""
    for variant in product.variants:
        external = [("variant", variant.id), ("item", variant.item), ("product", product.id)]
        body = ListingStated(
            external=tuple((name, value) for name, value in external if value is not None),
            title=title_of(product.title, variant.title),
            gtin=variant.barcode,
            price=money(variant.price),
            tracked=_tracked(variant),
            sells_below_zero=None if variant.policy is None else variant.policy == "continue",
            buyable=None if product.status is None else product.status in ON_SALE,
        )
        yield _listing(variant.sku, ItemRef("variant", variant.id), body, product.updated_at, variant.updated_at)


def item_fact(item: Item) -> FactDraft:
    """``inventory_items/update``: cost and tracking of one SKU."""
    body = ListingStated(external=(("item", item.id),), unit_cost=money(item.cost), tracked=item.tracked)
    return _listing(item.sku, ItemRef("item", item.id), body, item.updated_at)


def item_gone(item: str, at: datetime) -> FactDraft:
    """``inventory_items/delete``: its listing is no more. The body has no time, so ``at`` is when we heard of it."""
    return FactDraft(
        kind=FactKind.LISTING_SEEN,
        key=f"gone:{item}@{stamp(at)}",
        as_of=AsOf.at(at),
        item=ItemRef("item", item),
        place=None,
        body=ListingStated(external=(("item", item),), buyable=False, removed=True),
    )


def item_node_fact(sku: str | None, item: ItemNode) -> FactDraft:
    """An item read because it changed: cost and tracking."""
    body = ListingStated(
        external=(("item", item.id),),
        unit_cost=money(item.cost.amount) if item.cost else None,
        currency=item.cost.currency if item.cost else None,
        tracked=item.tracked,
    )
    return _listing(sku, ItemRef("item", item.id), body, item.updated_at)


def variant_fact(variant: VariantNode, names: Mapping[str, str], currency: str | None) -> FactDraft:
    """A variant as GraphQL reads it: the whole listing with its doors. ``names`` are the shop's publications by id."""
    item, product = variant.item, variant.product
    body = ListingStated(
        external=(("variant", variant.id), ("item", item.id), ("product", product.id)),
        title=title_of(product.title, variant.title),
        gtin=variant.barcode,
        price=money(variant.price),
        currency=currency,
        unit_cost=money(item.cost.amount) if item.cost and item.cost.currency == currency else None,
        tracked=item.tracked,
        sells_below_zero=variant.policy == "continue",
        buyable=product.status in ON_SALE,
        doors=doors_of(variant.doors, product, names),
    )
    since = [(one.id, one.since) for one in (*product.doors, *variant.doors)]
    stamps = (product.updated_at, variant.updated_at, item.updated_at)
    return _listing(variant.sku, ItemRef("variant", variant.id), body, *stamps, mark=since)


def doors_of(own: Iterable[Door], product: ProductNode, names: Mapping[str, str]) -> tuple[DoorState, ...]:
    """Every publication of the shop: open where both the product and the variant are published."""
    shown = {door.id for door in own if door.open}
    above = {door.id for door in product.doors if door.open}
    known = set(names) | shown | above
    return tuple(DoorState(one, one in shown and one in above, names.get(one, "")) for one in sorted(known, key=int))


def title_of(product: str | None, variant: str | None) -> str | None:
    """``Kettle - Black``; a product with one plain variant is called by its own name."""
    if product is None or variant is None or variant == "Default Title":
        return product
    return f"{product} - {variant}"


def _tracked(variant: Variant) -> bool | None:
    """None where the body does not tell; null means nobody counts it."""
    return None if variant.management == "not told" else variant.management is not None


def _listing(
    sku: str | None, otherwise: ItemRef, body: ListingStated, *stamps: datetime | None, mark: object = None
) -> FactDraft:
    """A listing's statement as of the newest stamp. Without a SKU it stays unmapped, and so is seen."""
    newest = max(one for one in stamps if one is not None)
    return FactDraft(
        kind=FactKind.LISTING_SEEN,
        key=f"listing:{otherwise.value}@{stamp(newest)}:{digest(sku, body, mark)}",
        as_of=AsOf.at(newest, SECOND),
        item=ItemRef("sku", sku) if sku is not None else otherwise,
        place=None,
        body=body,
    )
