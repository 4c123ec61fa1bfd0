"""Products and variants, their publications, and the levers that pause and resume them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, TypedDict, Unpack

from sandbox.shopify import catalog, publications
from sandbox.shopify.api.connections import Paging, connect, refuse_large_pages
from sandbox.shopify.api.context import Context, Info, Resolvers, UserError, context, counted, iso, number, shop_of
from sandbox.shopify.api.idempotency import Payload
from sandbox.shopify.api.search import Fields, matches, parse
from sandbox.shopify.shop import Shop
from sandbox.shopify.state import (
    InventoryItem,
    InventoryPolicy,
    Product,
    ProductStatus,
    Publication,
    Variant,
    gid,
)

Thing = Product | Variant


class SearchPaging(Paging, total=False):
    query: str | None


class ResourcePaging(Paging, total=False):
    onlyPublished: bool
    catalogType: str | None


class CatalogPaging(Paging, total=False):
    catalogType: str | None


class PublicationInput(TypedDict, total=False):
    publicationId: str | None
    publishDate: str | None


class ProductInput(TypedDict, total=False):
    id: str | None
    title: str | None
    status: str | None


class VariantInput(TypedDict, total=False):
    id: str | None
    barcode: str | None
    inventoryPolicy: str | None
    price: str | None


_PRODUCT_FIELDS: Fields[Product] = {
    "id": lambda product: product.id,
    "status": lambda product: product.status.value.lower(),
    "title": lambda product: product.title,
    "handle": lambda product: product.handle,
    "created_at": lambda product: product.created_at,
    "updated_at": lambda product: product.updated_at,
}
_VARIANT_FIELDS: Fields[Variant] = {
    "id": lambda variant: variant.id,
    "sku": lambda variant: variant.sku,
    "barcode": lambda variant: variant.barcode,
    "product_id": lambda variant: variant.product.id,
    "updated_at": lambda variant: variant.updated_at,
}


def products(_: object, info: Info, **paging: Unpack[SearchPaging]) -> dict[str, object]:
    refuse_large_pages(paging)
    terms = parse(paging.get("query"), _PRODUCT_FIELDS)
    rows = [one for one in shop_of(info).products.values() if matches(one, terms, _PRODUCT_FIELDS)]
    return connect(info, rows, paging)


def product(_: object, info: Info, id: str) -> Product | None:
    found = number(id, "Product")
    return None if found is None else shop_of(info).products.get(found)


def variants(_: object, info: Info, **paging: Unpack[SearchPaging]) -> dict[str, object]:
    refuse_large_pages(paging)
    terms = parse(paging.get("query"), _VARIANT_FIELDS)
    rows = [one for one in shop_of(info).variants.values() if matches(one, terms, _VARIANT_FIELDS)]
    return connect(info, rows, paging)


def variant(_: object, info: Info, id: str) -> Variant | None:
    found = number(id, "ProductVariant")
    return None if found is None else shop_of(info).variants.get(found)


def all_publications(_: object, info: Info, **paging: Unpack[CatalogPaging]) -> dict[str, object]:
    refuse_large_pages(paging)
    rows = list(shop_of(info).publications.values())
    return connect(info, rows if paging.get("catalogType") in (None, "APP") else [], paging)


def publication(_: object, info: Info, id: str) -> Publication | None:
    found = number(id, "Publication")
    return None if found is None else shop_of(info).publications.get(found)


def product_variants(product: Product, info: Info, **paging: Unpack[Paging]) -> dict[str, object]:
    return connect(info, product.variants, paging)


def total_inventory(product: Product, info: Info) -> int:
    """Trails the levels by a moment, as recorded; no proof of anything."""
    return shop_of(info).shown_total(product)


def tracks_inventory(product: Product, info: Info) -> bool:
    return any(one.item.tracked for one in product.variants)


def online_store_url(product: Product, info: Info) -> str | None:
    shop = shop_of(info)
    if not publications.is_published(product, publications.online_store(shop).id):
        return None
    return f"https://{shop.domain}/products/{product.handle}"


def published_at(product: Product, info: Info) -> str | None:
    return iso(product.published.get(publications.online_store(shop_of(info)).id))


def published_on(thing: Thing, info: Info, publicationId: str) -> bool:
    found = number(publicationId, "Publication")
    return found in shop_of(info).publications and publications.is_published(thing, found or 0)


def publications_count(thing: Thing, info: Info, onlyPublished: bool = True) -> dict[str, object]:
    return counted(len(publications.published_on(shop_of(info), thing)))


def resource_publications(thing: Thing, info: Info, **paging: Unpack[ResourcePaging]) -> dict[str, object]:
    """Where the thing is shown; nothing in this shop is scheduled, so ``onlyPublished`` changes nothing."""
    shown = publications.published_on(shop_of(info), thing)
    if paging.get("catalogType") not in (None, "APP"):
        shown = []
    page = connect(info, shown, paging)
    return _mapped(page, lambda one: _resource_publication(thing, one))


def _resource_publication(thing: Thing, one: Publication) -> dict[str, object]:
    since = thing.published[one.id] if isinstance(thing, Product) else thing.created_at
    return {"isPublished": True, "publishDate": iso(since), "publication": one, "publishable": thing}


def _mapped(page: dict[str, object], change: object) -> dict[str, object]:
    if not callable(change):
        raise TypeError("change must be callable")
    nodes, edges = page["nodes"], page["edges"]
    if not isinstance(nodes, list) or not isinstance(edges, list):
        raise TypeError("a page holds lists")
    made = [change(node) for node in nodes]
    return page | {
        "nodes": made,
        "edges": [edge | {"node": node} for edge, node in zip(edges, made, strict=True)],
    }


def publication_catalog(one: Publication, info: Info) -> dict[str, object]:
    return {
        "__typename": "AppCatalog",
        "id": gid("AppCatalog", one.id + 1),
        "title": f"Channel Catalog for {one.name}",
        "status": "ACTIVE",
        "apps": [{"id": gid("App", one.id + 2), "title": one.name, "handle": one.name.lower().replace(" ", "-")}],
    }


def catalog_apps(one: dict[str, object], info: Info, **paging: Unpack[Paging]) -> dict[str, object]:
    apps = one["apps"]
    rows = apps if isinstance(apps, list) else []
    return connect(info, rows, paging, key=lambda app: (number(str(app["id"]), "App") or 0,))


def available_for_sale(variant: Variant, info: Info) -> bool:
    unlimited = not variant.item.tracked or variant.policy is InventoryPolicy.CONTINUE
    return unlimited or publications.sellable_online(variant) > 0


def sellable_online_quantity(variant: Variant, info: Info) -> int:
    return publications.sellable_online(variant)


def inventory_quantity(variant: Variant, info: Info) -> int:
    return sum(level.available for level in variant.item.levels.values() if level.is_active)


def display_name(variant: Variant, info: Info) -> str:
    return f"{variant.product.title} - {variant.title}"


def variant_item(variant: Variant, info: Info) -> InventoryItem:
    return variant.item


_PUBLISHABLE: Final[Resolvers] = {
    "publishedOnPublication": published_on,
    "availablePublicationsCount": publications_count,
    "resourcePublicationsCount": publications_count,
    "resourcePublicationsV2": resource_publications,
}


def publish(_: object, info: Info, id: str, input: list[PublicationInput]) -> Payload:
    return _switch(info, id, input, shown=True)


def unpublish(_: object, info: Info, id: str, input: list[PublicationInput]) -> Payload:
    return _switch(info, id, input, shown=False)


def _switch(info: Info, thing_id: str, wanted: list[PublicationInput], *, shown: bool) -> Payload:
    """Nothing is switched when one of the publications is refused."""
    ctx = context(info)
    thing: Thing | None = product(None, info, thing_id) or variant(None, info, thing_id)
    if thing is None:
        error = UserError(["id"], "Resource does not exist or is not publishable")
        return {"publishable": None, "shop": ctx.shop, "userErrors": [error]}
    chosen, errors = _publications(ctx.shop, wanted)
    if not errors and not ctx.faults.swallows(*_skus(thing)):
        for one in chosen:
            switch = publications.publish if shown else publications.unpublish
            switch(ctx.shop, thing, one, ctx.moment)
    return {"publishable": thing, "shop": ctx.shop, "userErrors": errors}


def _publications(shop: Shop, wanted: list[PublicationInput]) -> tuple[list[Publication], list[UserError]]:
    chosen: list[Publication] = []
    errors: list[UserError] = []
    for index, row in enumerate(wanted):
        path = ["input", str(index), "publicationId"]
        date = row.get("publishDate")
        given = row.get("publicationId")
        one = shop.publications.get(number(given, "Publication") or 0) if given is not None else None
        if given is None:
            errors.append(UserError(path, "PublicationId cannot be empty"))
        elif one is None:
            errors.append(UserError(path, "Publication does not exist or is not publishable"))
        elif one in chosen:
            errors.append(UserError(path, "The same publication was specified more than once"))
        else:
            chosen.append(one)
            if date is not None and str(date) < "1970":
                where = ["input", str(index), "publishDate"]
                errors.append(UserError(where, "Publish date must be a date after the year 1969"))
    return chosen, errors


def _skus(thing: Thing) -> list[str | None]:
    return [one.sku for one in thing.variants] if isinstance(thing, Product) else [thing.sku]


def update_product(_: object, info: Info, product: ProductInput | None = None) -> Payload:
    ctx = context(info)
    wanted = product or {}
    found = ctx.shop.products.get(number(wanted.get("id") or "", "Product") or 0)
    if found is None:
        return {"product": None, "userErrors": [UserError(["id"], "Product does not exist")]}
    if not ctx.faults.swallows(*_skus(found)):
        _change_product(ctx, found, wanted)
    return {"product": found, "userErrors": []}


def _change_product(ctx: Context, found: Product, wanted: ProductInput) -> None:
    title, status = wanted.get("title"), wanted.get("status")
    if title is not None and title != found.title:
        found.title = title
        publications.touch(ctx.shop, found, ctx.moment)
    if status is not None:
        catalog.set_status(ctx.shop, found, ProductStatus(status), ctx.moment)


def update_variants(
    _: object,
    info: Info,
    productId: str,
    variants: list[VariantInput],
) -> Payload:
    """All rows or none."""
    ctx = context(info)
    found = ctx.shop.products.get(number(productId, "Product") or 0)
    if found is None:
        error = UserError(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
        return {"product": None, "productVariants": None, "userErrors": [error]}
    chosen: list[tuple[Variant, VariantInput]] = []
    errors: list[UserError] = []
    for index, row in enumerate(variants):
        path = ["variants", str(index), "id"]
        one = ctx.shop.variants.get(number(row.get("id") or "", "ProductVariant") or 0)
        if row.get("id") is None:
            errors.append(UserError(path, "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING"))
        elif one is None or one.product is not found:
            errors.append(UserError(path, "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST"))
        elif (price := row.get("price")) is not None and not _is_price(price):
            message = "Price must be greater than or equal to 0"
            errors.append(UserError(["variants", str(index), "price"], message, "GREATER_THAN_OR_EQUAL_TO"))
        else:
            chosen.append((one, row))
    if errors:
        shown = [one for one in map(ctx.shop.variants.get, _ids(variants)) if one is not None]
        return {"product": found, "productVariants": shown, "userErrors": errors}
    if not ctx.faults.swallows(*(one.sku for one, _ in chosen)):
        for one, row in chosen:
            _change_variant(ctx, one, row)
    return {"product": found, "productVariants": [one for one, _ in chosen], "userErrors": []}


def _ids(rows: list[VariantInput]) -> list[int]:
    return [number(row.get("id") or "", "ProductVariant") or 0 for row in rows]


def _change_variant(ctx: Context, one: Variant, row: VariantInput) -> None:
    policy, price = row.get("inventoryPolicy"), row.get("price")
    if policy is not None:
        catalog.set_policy(ctx.shop, one, InventoryPolicy(policy), ctx.moment)
    if price is not None:
        one.price = Decimal(price)
    if "barcode" in row:
        one.barcode = row["barcode"]
    if price is not None or "barcode" in row:
        publications.touch(ctx.shop, one, ctx.moment)


def _is_price(text: str) -> bool:
    try:
        return Decimal(text) >= 0
    except InvalidOperation:
        return False


QUERY: Final[Resolvers] = {
    "products": products,
    "product": product,
    "productVariants": variants,
    "productVariant": variant,
    "publications": all_publications,
    "publication": publication,
}
MUTATION: Final[Resolvers] = {
    "publishablePublish": publish,
    "publishableUnpublish": unpublish,
    "productUpdate": update_product,
    "productVariantsBulkUpdate": update_variants,
}
TYPES: Final[Mapping[str, Resolvers]] = {
    "Product": {
        **_PUBLISHABLE,
        "variants": product_variants,
        "totalInventory": total_inventory,
        "tracksInventory": tracks_inventory,
        "onlineStoreUrl": online_store_url,
        "publishedAt": published_at,
        "variantsCount": lambda product, info: counted(len(product.variants)),
    },
    "ProductVariant": {
        **_PUBLISHABLE,
        "availableForSale": available_for_sale,
        "sellableOnlineQuantity": sellable_online_quantity,
        "inventoryQuantity": inventory_quantity,
        "inventoryPolicy": lambda variant, info: variant.policy,
        "inventoryItem": variant_item,
        "displayName": display_name,
        "price": lambda variant, info: f"{variant.price:.2f}",
    },
    "Publication": {"catalog": publication_catalog, "supportsFuturePublishing": lambda one, info: False},
    "AppCatalog": {"apps": catalog_apps},
}
SCOPES = {
    "products": "read_products",
    "product": "read_products",
    "productVariants": "read_products",
    "productVariant": "read_products",
    "publications": "read_publications",
    "publication": "read_publications",
    "publishablePublish": "write_publications",
    "publishableUnpublish": "write_publications",
    "productUpdate": "write_products",
    "productVariantsBulkUpdate": "write_products",
}
