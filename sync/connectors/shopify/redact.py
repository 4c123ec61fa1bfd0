"""Shopify's privacy topics: what a request asks to be erased, and which ids an order goes by.

``customers/redact`` names a customer and the orders of theirs; ``shop/redact`` comes 48 hours after the app was removed;
``customers/data_request`` asks to tell what is kept. They are set in the app's configuration, not subscribed to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sync.erasing import Wanted
from sync.errors import BadInput

REDACTING = frozenset({"customers/redact", "shop/redact"})


def asked(topic: str, body: bytes) -> Wanted:
    """What a verified request asks to be erased. Raises BadInput when it names nobody."""
    told = _document(body)
    if topic == "shop/redact":
        return Wanted(everything=True, reference=f"shop {told.get('shop_id', '')}".strip())
    customer = told.get("customer")
    given = [str(value) for value in customer.values() if value] if isinstance(customer, Mapping) else []
    orders = told.get("orders_to_redact")
    given += [str(order) for order in orders] if isinstance(orders, list) else []
    return Wanted.of(given, reference="a request of the shop")


def order_names(body: bytes) -> frozenset[str]:
    """The ids of the order that a payload is about (its id, number and name), so that its parcels and refunds are found."""
    try:
        told = _document(body)
    except BadInput:
        return frozenset()
    if "line_items" not in told or "order_number" not in told:
        return frozenset()
    values = (told.get("id"), told.get("order_number"), told.get("name"))
    return frozenset(str(value).lstrip("#").casefold() for value in values if value)


def _document(body: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The request is no JSON.") from None
    if not isinstance(told, dict):
        raise BadInput("The request is no JSON object.")
    return told
