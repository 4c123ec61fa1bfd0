"""Webhook subscriptions: which topic goes to which address."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.shopify.shop import Moment, Shop
from sandbox.shopify.state import Subscription

# Topics whose enum form and header form split at another place than the last underscore.
_TWO_WORD_VERBS = ("partially_fulfilled", "in_stock", "out_of_stock", "scopes_update")


def header_topic(enum_value: str) -> str:
    """``INVENTORY_LEVELS_UPDATE`` -> ``inventory_levels/update``."""
    lower = enum_value.lower()
    for verb in _TWO_WORD_VERBS:
        if lower.endswith("_" + verb):
            return f"{lower.removesuffix('_' + verb)}/{verb}"
    resource, _, verb = lower.rpartition("_")
    return f"{resource}/{verb}"


def enum_topic(topic: str) -> str:
    """``inventory_levels/update`` -> ``INVENTORY_LEVELS_UPDATE``."""
    return topic.replace("/", "_").upper()


def address_fault(uri: str, *, allow_loopback: bool) -> str | None:
    """What the platform says against this address, or None. The stand-in may take http to this machine."""
    if not uri.strip():
        return "Address can't be blank"
    parts = urlsplit(uri)
    host = (parts.hostname or "").lower()
    local = host in ("localhost", "127.0.0.1", "::1")
    if local and allow_loopback and parts.scheme in ("http", "https"):
        return None
    if parts.scheme != "https":
        return f"Address protocol {parts.scheme or 'without scheme'}:// is not supported"
    if not host:
        return "Address is invalid"
    if local or host.endswith((".local", ".internal", ".myshopify.com", ".shopify.com")):
        return "Address cannot be a Shopify or an internal domain"
    return None


def subscribe(shop: Shop, topic: str, uri: str, moment: Moment) -> Subscription:
    """Subscribe an address to a topic in header form; it is not checked here."""
    made = Subscription(shop.new_id("WebhookSubscription"), topic, uri, moment.at, moment.at)
    shop.subscriptions[made.id] = made
    return made


def subscribed(shop: Shop, topic: str) -> list[Subscription]:
    return [one for one in shop.subscriptions.values() if one.topic == topic]
