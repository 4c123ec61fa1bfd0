"""REST-shaped webhook bodies, as the platform's own example resources have them.

Ids are plain integers. People in these bodies are invented; they are here so that a reader of the product can
prove that it keeps none of them.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.shopify.shop import Json, Moment, Shop
from sandbox.shopify.state import (
    Fulfillment,
    FulfillmentOrder,
    InventoryItem,
    Level,
    Location,
    Order,
    OrderLine,
    Product,
    Refund,
    RefundLine,
    Variant,
    gid,
)


def inventory_level(shop: Shop, level: Level) -> Json:
    """``inventory_levels/update`` and ``/connect``; ``available`` is null for an untracked item."""
    return {
        "inventory_item_id": level.item.id,
        "location_id": level.location.id,
        "available": level.available if level.item.tracked else None,
        "updated_at": shop.local(level.updated_at),
        "admin_graphql_api_id": level.gid,
    }


def inventory_level_gone(level: Level) -> Json:
    """``inventory_levels/disconnect``."""
    return {"inventory_item_id": level.item.id, "location_id": level.location.id}


def inventory_item(shop: Shop, item: InventoryItem) -> Json:
    return {
        "id": item.id,
        "sku": item.sku,
        "created_at": shop.local(item.created_at),
        "updated_at": shop.local(item.updated_at),
        "requires_shipping": item.requires_shipping,
        "cost": None if item.cost is None else amount(item.cost),
        "country_code_of_origin": None,
        "province_code_of_origin": None,
        "harmonized_system_code": None,
        "tracked": item.tracked,
        "country_harmonized_system_codes": [],
        "admin_graphql_api_id": gid("InventoryItem", item.id),
    }


def product(shop: Shop, product: Product) -> Json:
    published = min(product.published.values(), default=None)
    return {
        "admin_graphql_api_id": gid("Product", product.id),
        "body_html": "",
        "created_at": shop.local(product.created_at),
        "handle": product.handle,
        "id": product.id,
        "product_type": product.product_type,
        "published_at": None if published is None else shop.local(published),
        "template_suffix": None,
        "title": product.title,
        "updated_at": shop.local(product.updated_at),
        "vendor": product.vendor,
        "status": product.status.value.lower(),
        "published_scope": "global",
        "tags": "",
        "variants": [variant(shop, one) for one in product.variants],
        "options": [
            {
                "name": "Title",
                "id": product.id + 1,
                "product_id": product.id,
                "position": 1,
                "values": [variant.title for variant in product.variants],
            }
        ],
        "images": [],
        "image": None,
    }


def variant(shop: Shop, variant: Variant) -> Json:
    """A row of a product, and the body of ``variants/in_stock`` and ``/out_of_stock``."""
    item = variant.item
    total = sum(level.available for level in item.levels.values() if level.is_active)
    return {
        "admin_graphql_api_id": gid("ProductVariant", variant.id),
        "barcode": variant.barcode,
        "compare_at_price": None,
        "created_at": shop.local(variant.created_at),
        "fulfillment_service": "manual",
        "id": variant.id,
        "inventory_management": "shopify" if item.tracked else None,
        "inventory_policy": variant.policy.value.lower(),
        "position": variant.position,
        "price": amount(variant.price),
        "product_id": variant.product.id,
        "sku": item.sku,
        "taxable": True,
        "title": variant.title,
        "updated_at": shop.local(variant.updated_at),
        "option1": variant.title,
        "option2": None,
        "option3": None,
        "grams": 0,
        "image_id": None,
        "weight": 0.0,
        "weight_unit": "kg",
        "inventory_item_id": item.id,
        "inventory_quantity": total,
        "old_inventory_quantity": total,
        "requires_shipping": item.requires_shipping,
    }


def order(shop: Shop, order: Order) -> Json:
    """The full order as ``orders/*`` topics carry it (``orders/edited`` excepted)."""
    body = _order_facts(shop, order)
    body.update(_order_money(shop, order))
    body.update(_people(order))
    body["line_items"] = [_line(shop, line) for line in order.lines]
    body["fulfillments"] = [fulfillment(shop, one) for one in order.fulfillments]
    body["refunds"] = [refund(shop, one) for one in order.refunds]
    return body


def _order_facts(shop: Shop, order: Order) -> Json:
    created = shop.local(order.created_at)
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "app_id": 580111,
        "buyer_accepts_marketing": False,
        "cancel_reason": order.cancel_reason,
        "cancelled_at": None if order.cancelled_at is None else shop.local(order.cancelled_at),
        "cart_token": None,
        "checkout_id": order.id - 2,
        "closed_at": None if order.closed_at is None else shop.local(order.closed_at),
        "confirmed": True,
        "created_at": created,
        "customer_locale": "en",
        "discount_applications": [],
        "discount_codes": [],
        "estimated_taxes": False,
        "fulfillment_status": order.fulfillment_status,
        "location_id": None,
        "name": order.name,
        "note": None,
        "note_attributes": [],
        "number": order.number - 1000,
        "order_number": order.number,
        "payment_terms": None,
        "processed_at": created,
        "shipping_lines": [],
        "source_name": order.source_name,
        "tags": "",
        "test": order.test,
        "token": f"{order.id:032x}",
        "total_weight": 0,
        "updated_at": shop.local(order.updated_at),
        "user_id": None,
    }


def _order_money(shop: Shop, order: Order) -> Json:
    total, current = amount(order.total), amount(order.current_total)
    return {
        "currency": shop.currency,
        "current_subtotal_price": current,
        "current_subtotal_price_set": _money(shop, current),
        "current_total_discounts": "0.00",
        "current_total_price": current,
        "current_total_price_set": _money(shop, current),
        "current_total_tax": "0.00",
        "financial_status": order.financial_status,
        "payment_gateway_names": ["manual"],
        "presentment_currency": shop.currency,
        "subtotal_price": total,
        "subtotal_price_set": _money(shop, total),
        "tax_lines": [],
        "taxes_included": False,
        "total_discounts": "0.00",
        "total_line_items_price": total,
        "total_outstanding": "0.00" if order.paid_at else current,
        "total_price": total,
        "total_price_set": _money(shop, total),
        "total_shipping_price_set": _money(shop, "0.00"),
        "total_tax": "0.00",
    }


_FIRST_NAMES = ("Ottilie", "Bartholomew", "Xanthe", "Ignatius", "Philippa")
_LAST_NAMES = ("Quillfeather", "Throckmorton", "Vandersloot", "Pemberquist", "Ashgrovelle")


def _people(order: Order) -> Json:
    """An invented buyer, the same for every body of one order."""
    first, last = _FIRST_NAMES[order.number % 5], _LAST_NAMES[order.number // 5 % 5]
    email = f"{first}.{last}.{order.number}@mail.example.com".lower()
    phone = f"+1555{order.number:07d}"
    address = {
        "first_name": first,
        "last_name": last,
        "name": f"{first} {last}",
        "address1": f"{order.number} Chestnut Street",
        "city": "Louisville",
        "zip": "40202",
        "province": "Kentucky",
        "country": "United States",
        "country_code": "US",
        "province_code": "KY",
        "phone": phone,
    }
    return {
        "billing_address": address,
        "contact_email": email,
        "customer": {
            "id": 207119551 + order.number,
            "email": email,
            "first_name": first,
            "last_name": last,
            "phone": phone,
            "admin_graphql_api_id": gid("Customer", 207119551 + order.number),
        },
        "email": email,
        "phone": phone,
        "shipping_address": address,
    }


def _line(shop: Shop, line: OrderLine) -> Json:
    price = amount(line.price)
    left = line.fulfillable_quantity
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "attributed_staffs": [],
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": left,
        "fulfillment_service": "manual",
        "fulfillment_status": None if not line.fulfilled else ("partial" if left else "fulfilled"),
        "gift_card": False,
        "grams": 0,
        "name": line.title if line.variant_title == "Default Title" else f"{line.title} - {line.variant_title}",
        "price": price,
        "price_set": _money(shop, price),
        "product_exists": line.product is not None,
        "product_id": None if line.product is None else line.product.id,
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": True,
        "sku": line.sku,
        "taxable": True,
        "title": line.title,
        "total_discount": "0.00",
        "variant_id": None if line.variant is None else line.variant.id,
        "variant_inventory_management": "shopify" if line.tracked else None,
        "variant_title": line.variant_title,
        "vendor": None if line.product is None else line.product.vendor,
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [],
    }


def fulfillment(shop: Shop, shipped: Fulfillment) -> Json:
    """``fulfillments/create``, and the entries of an order's ``fulfillments``.

    A line's ``quantity`` here is what this parcel holds.
    """
    at = shop.local(shipped.created_at)
    return {
        "id": shipped.id,
        "admin_graphql_api_id": gid("Fulfillment", shipped.id),
        "created_at": at,
        "location_id": shipped.location.id,
        "name": shipped.name,
        "order_id": shipped.order.id,
        "origin_address": {},
        "receipt": {},
        "service": "manual",
        "shipment_status": None,
        "status": "success",
        "tracking_company": None,
        "tracking_number": None,
        "tracking_numbers": [],
        "tracking_url": None,
        "tracking_urls": [],
        "updated_at": at,
        "line_items": [_line(shop, one.line) | {"quantity": one.quantity} for one in shipped.lines],
    }


def refund(shop: Shop, refund: Refund) -> Json:
    """``refunds/create``, and the entries of an order's ``refunds``."""
    at = shop.local(refund.created_at)
    return {
        "id": refund.id,
        "admin_graphql_api_id": gid("Refund", refund.id),
        "created_at": at,
        "note": refund.note,
        "order_id": refund.order.id,
        "processed_at": at,
        "restock": refund.restock,
        "total_duties_set": _money(shop, "0.00"),
        "user_id": None,
        "order_adjustments": [],
        "transactions": _refund_transactions(shop, refund),
        "refund_line_items": [_refund_line(shop, line) for line in refund.lines],
    }


def _refund_line(shop: Shop, line: RefundLine) -> Json:
    subtotal = line.line.price * line.quantity
    return {
        "id": line.id,
        "line_item_id": line.line.id,
        "location_id": None if line.location is None else line.location.id,
        "quantity": line.quantity,
        "restock_type": line.restock_type.value.lower(),
        "subtotal": float(subtotal),
        "subtotal_set": _money(shop, amount(subtotal)),
        "total_tax": 0.0,
        "total_tax_set": _money(shop, "0.00"),
        "line_item": _line(shop, line.line),
    }


def _refund_transactions(shop: Shop, refund: Refund) -> list[Json]:
    if not refund.amount:
        return []
    at = shop.local(refund.created_at)
    return [
        {
            "id": refund.transaction_id,
            "admin_graphql_api_id": gid("OrderTransaction", refund.transaction_id),
            "amount": amount(refund.amount),
            "created_at": at,
            "currency": shop.currency,
            "gateway": "manual",
            "kind": "refund",
            "order_id": refund.order.id,
            "processed_at": at,
            "source_name": "web",
            "status": "success",
            "test": False,
        }
    ]


def order_edit(order: Order, edit_id: int, line: OrderLine, delta: int, moment: Moment, shop: Shop) -> Json:
    """``orders/edited``: not the order, only which lines grew or shrank."""
    change = [{"id": line.id, "delta": abs(delta)}]
    return {
        "order_edit": {
            "id": edit_id,
            "app_id": None,
            "created_at": shop.local(moment.at),
            "notify_customer": False,
            "order_id": order.id,
            "staff_note": "",
            "user_id": None,
            "line_items": {"additions": change if delta > 0 else [], "removals": change if delta < 0 else []},
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }


def moved(work: FulfillmentOrder, source: Location) -> Json:
    """``fulfillment_orders/moved``; the whole order of work moves here, so it keeps its id."""
    same = {"id": gid("FulfillmentOrder", work.id), "status": work.status.lower()}
    return {
        "original_fulfillment_order": same,
        "moved_fulfillment_order": same,
        "source_location": {"id": gid("Location", source.id)},
        "destination_location_id": gid("Location", work.location.id),
        "fulfillment_order_line_items_requested": [
            {"id": line.fulfillment_order_line_id, "quantity": line.fulfillable_quantity} for line in work.lines
        ],
    }


def location(shop: Shop, place: Location) -> Json:
    """``locations/*``."""
    return {
        "id": place.id,
        "name": place.name,
        "created_at": shop.local(place.created_at),
        "updated_at": shop.local(place.updated_at),
        "active": place.is_active,
        "legacy": False,
        "admin_graphql_api_id": gid("Location", place.id),
    }


def amount(money: Decimal) -> str:
    """Money as bodies write it: two decimals, as text."""
    return f"{money:.2f}"


def _money(shop: Shop, value: str) -> Json:
    one = {"amount": value, "currency_code": shop.currency}
    return {"shop_money": one, "presentment_money": one}
