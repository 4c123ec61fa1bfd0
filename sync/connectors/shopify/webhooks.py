"""Webhooks: who may speak, what the topic means, and the body turned into facts.

The signature is base64(HMAC-SHA256(app client secret, raw body)); no header is signed. So facts come from the body alone,
the body's shape must fit the topic, and neither the delivery's id nor its time decides what counts (F07, F08).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from sync.connectors.base import Inbound, Parsed, Problem
from sync.connectors.shopify import shapes
from sync.connectors.shopify.drafts import Found
from sync.connectors.shopify.mapping import item_fact, item_gone, kept, level_fact, product_facts
from sync.connectors.shopify.orders import order_facts, shipment_facts
from sync.connectors.shopify.plain import AnyOrder, order_of
from sync.connectors.shopify.refunds import refund_facts
from sync.errors import BadInput, BadSignature
from sync.model.facts import FactDraft

SUBSCRIBED = (
    "INVENTORY_LEVELS_UPDATE",
    "INVENTORY_LEVELS_CONNECT",
    "INVENTORY_LEVELS_DISCONNECT",
    "INVENTORY_ITEMS_UPDATE",
    "INVENTORY_ITEMS_DELETE",
    "PRODUCTS_CREATE",
    "PRODUCTS_UPDATE",
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_CANCELLED",
    "REFUNDS_CREATE",
    "APP_UNINSTALLED",
)
"""Topics a connected shop must send. Edits and shipments come with ``ORDERS_UPDATED``, which carries the whole order."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Message:
    """One verified webhook: its topic, its body cut down to the kept fields, the fields it had, and when it came."""

    topic: str
    body: Mapping[str, object]
    whole: Mapping[str, object]
    inbound: Inbound


def verify(inbound: Inbound, secrets: Sequence[str], shop: str) -> None:
    """Raise BadSignature unless one of the secrets (two while one is being rotated) signed these very bytes for this shop."""
    given = _header(inbound, "hmac-sha256")
    if not given:
        raise BadSignature("The webhook carries no X-Shopify-Hmac-Sha256; only Shopify may speak at this door.")
    fits = [hmac.compare_digest(sign(secret, inbound.body), given.encode()) for secret in secrets]
    if not any(fits):
        raise BadSignature(
            "The webhook's signature does not fit. Check that the client secret here is the one in the app's settings "
            "at Shopify, and that nothing on the way rewrites the body."
        )
    domain = (_header(inbound, "shop-domain") or "").lower()
    if domain != shop.lower():
        raise BadSignature(f"The webhook is of shop {domain or 'nobody'!r}; this door belongs to {shop!r}.")


def sign(secret: str, body: bytes) -> bytes:
    """The value of ``X-Shopify-Hmac-Sha256`` for a body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))


def parse(inbound: Inbound) -> Parsed:
    """A verified webhook as facts. Raises BadInput when its body cannot be read or does not fit its topic."""
    topic = (_header(inbound, "topic") or "").lower()
    if not topic:
        raise BadInput("The webhook names no topic (X-Shopify-Topic); send it as Shopify does.")
    handler = _HANDLERS.get(topic, _unknown)
    order = order_of(inbound.body) if handler is _order else None
    parsed = _of_order(order, inbound) if order is not None else handler(_message(inbound, topic))
    return Parsed(
        key=_key(inbound, topic),
        facts=parsed.facts,
        problems=parsed.problems,
        reads=parsed.reads,
        content_at=parsed.content_at,
        rows=parsed.rows,
        topic=topic,
    )


def _message(inbound: Inbound, topic: str) -> Message:
    whole = _json(inbound.body)
    return Message(topic, kept(whole), whole, inbound)


def read_model(model: type[Model], body: Mapping[str, object], what: str) -> Model:
    """The body as this model. Raises BadInput that names the fields and never shows their values."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        parts = [f"/{'/'.join(str(step) for step in one['loc'])}: {one['msg']}" for one in error.errors()[:3]]
        raise BadInput(f"This is no body of {what}: " + "; ".join(parts)) from None


def _header(inbound: Inbound, name: str) -> str | None:
    """A header by its name without prefix; Shopify writes ``X-Shopify-`` and, in newer deliveries, ``Shopify-``."""
    known = inbound.headers.get(f"x-shopify-{name}")
    if known:
        return known
    headers = {key.lower(): value for key, value in inbound.headers.items()}
    return headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}")


def _key(inbound: Inbound, topic: str) -> str:
    return f"{topic}:{_header(inbound, 'webhook-id') or hashlib.sha256(inbound.body).hexdigest()}"


def _json(body: bytes) -> Mapping[str, object]:
    """Whole numbers of any size stay exact; what is no JSON for others (NaN, half a character) is none here."""
    try:
        found = from_json(body.removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        raise BadInput(f"The webhook's body is no JSON ({type(error).__name__}).") from None
    if not isinstance(found, dict):
        raise BadInput("The webhook's body is no JSON object.")
    return found


def _found(found: Found, rows: int) -> Parsed:
    return Parsed(key="", facts=tuple(found.facts), problems=tuple(found.problems), rows=rows)


def _facts(facts: Iterable[FactDraft], content_at: datetime | None = None) -> Parsed:
    made = tuple(facts)
    return Parsed(key="", facts=made, content_at=content_at, rows=len(made))


def _level(message: Message) -> Parsed:
    level = read_model(shapes.Level, message.body, message.topic)
    return _facts([level_fact(level)], level.updated_at)


def _level_gone(message: Message) -> Parsed:
    """The body has neither number nor time: the item is read anew."""
    gone = read_model(shapes.LevelGone, message.body, message.topic)
    return Parsed(key="", reads=(gone.item,), rows=1)


def _item(message: Message) -> Parsed:
    return _facts([item_fact(read_model(shapes.Item, message.body, message.topic))])


def _item_gone(message: Message) -> Parsed:
    gone = read_model(shapes.Gone, message.whole, message.topic)
    return _facts([item_gone(gone.id, message.inbound.received_at)])


def _product(message: Message) -> Parsed:
    return _facts(product_facts(read_model(shapes.Product, message.body, message.topic)))


def _product_gone(message: Message) -> Parsed:
    """Names no variant; each of its items is told by an ``inventory_items/delete`` of its own."""
    read_model(shapes.Gone, message.whole, message.topic)
    return Parsed(key="", rows=1)


def _order(message: Message) -> Parsed:
    return _of_order(read_model(shapes.Order, message.body, message.topic), message.inbound)


def _of_order(order: AnyOrder, inbound: Inbound) -> Parsed:
    return _found(order_facts(order, inbound.system), len(order.lines))


def _refund(message: Message) -> Parsed:
    refund = read_model(shapes.Refund, message.body, message.topic)
    return _found(refund_facts(refund, message.inbound.system), len(refund.lines))


def _parcel(message: Message) -> Parsed:
    parcel = read_model(shapes.Fulfillment, message.body, message.topic)
    return _found(shipment_facts(parcel, message.inbound.system), len(parcel.lines))


def _uninstalled(message: Message) -> Parsed:
    why = (
        "Shopify says that the app was removed from this shop: nothing can be read or written until it is installed "
        "again. Ask whoever administers the shop."
    )
    return Parsed(key="", problems=(Problem("app", why, kind="missing"),), rows=1)


def _privacy(_message: Message) -> Parsed:
    """A request to erase: its bytes name the person, so they are the request until it is answered, and go with it."""
    return Parsed(key="", rows=1)


def _data_request(message: Message) -> Parsed:
    asked = message.whole.get("data_request")
    number = asked.get("id") if isinstance(asked, Mapping) else None
    why = (
        f"A customer asks through Shopify what is kept about them (request {number}; the customer is named in the shop's "
        "admin). Facts hold order numbers and no people; `countersign erase --list` finds the deliveries that still name them."
    )
    return Parsed(key="", problems=(Problem("customers/data_request", why, kind="request"),), rows=1)


def _unknown(message: Message) -> Parsed:
    why = (
        f"Nothing is done with topic {message.topic!r}; what it tells comes with the topics the app subscribes to. "
        "Remove its subscription if you do not need it."
    )
    return Parsed(key="", problems=(Problem("X-Shopify-Topic", why, kind="unknown"),), rows=0)


_HANDLERS: Mapping[str, Callable[[Message], Parsed]] = {
    "inventory_levels/update": _level,
    "inventory_levels/connect": _level,
    "inventory_levels/disconnect": _level_gone,
    "inventory_items/create": _item,
    "inventory_items/update": _item,
    "inventory_items/delete": _item_gone,
    "products/create": _product,
    "products/update": _product,
    "products/delete": _product_gone,
    "orders/create": _order,
    "orders/updated": _order,
    "orders/paid": _order,
    "orders/cancelled": _order,
    "orders/fulfilled": _order,
    "orders/partially_fulfilled": _order,
    "refunds/create": _refund,
    "fulfillments/create": _parcel,
    "fulfillments/update": _parcel,
    "app/uninstalled": _uninstalled,
    "customers/redact": _privacy,
    "shop/redact": _privacy,
    "customers/data_request": _data_request,
}
