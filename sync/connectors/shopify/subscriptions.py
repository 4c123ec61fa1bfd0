"""Webhook subscriptions and access scopes: what must be there for anything to be heard (F04).

A subscription made through the API is removed after eight failed deliveries, so this is asked again every day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydantic import ValidationError

from sync.connectors.base import Fault
from sync.connectors.shopify.client import Client, Told
from sync.connectors.shopify.shapes import Rows, Shape
from sync.connectors.shopify.webhooks import SUBSCRIBED
from sync.connectors.shopify.writes import refusals_of
from sync.errors import BadInput, TryAgain

NEEDED_SCOPES = (
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_products",
    "write_products",
    "read_publications",
    "write_publications",
    "read_orders",
)
"""Scopes the app must be granted. ``read_all_orders`` besides, for open orders older than 60 days."""


class Subscription(Shape):
    """One subscription of this app."""

    id: str
    topic: str
    uri: str
    format: str = "JSON"
    includeFields: tuple[str, ...] = ()
    filter: str | None = None

    @property
    def whole(self) -> bool:
        """Brings whole bodies of everything; another would hide what it filters."""
        return self.format == "JSON" and not self.includeFields and not self.filter


class _Scope(Shape):
    handle: str


class _Installation(Shape):
    accessScopes: Rows[_Scope]


async def missing_topics(client: Client, callback_url: str | None = None) -> tuple[str, ...]:
    """Topics nobody sends us (to ``callback_url``, where given). Raises TryAgain."""
    there = {one.topic async for one in _subscriptions(client) if one.whole and callback_url in (None, one.uri)}
    return tuple(topic for topic in SUBSCRIBED if topic not in there)


async def missing_scopes(client: Client) -> tuple[str, ...]:
    """Scopes that were not granted; ``write_x`` includes ``read_x``. Raises TryAgain."""
    told = (await client.ask("Scopes")).or_raise()
    granted = {one.handle for one in _Installation.model_validate(told.part("currentAppInstallation")).accessScopes}
    granted |= {scope.replace("write_", "read_", 1) for scope in granted}
    return tuple(scope for scope in NEEDED_SCOPES if scope not in granted)


async def ensure_subscriptions(client: Client, callback_url: str) -> tuple[str, ...]:
    """Subscribe ``callback_url`` to what is missing; returns the topics made. Raises TryAgain, or BadInput when refused."""
    there = [one async for one in _subscriptions(client) if one.uri == callback_url]
    for narrow in (one for one in there if one.topic in SUBSCRIBED and not one.whole):
        _accepted(await client.ask("Unsubscribe", id=narrow.id), "webhookSubscriptionDelete", narrow.topic)
    known = {one.topic for one in there if one.whole}
    made = tuple(topic for topic in SUBSCRIBED if topic not in known)
    for topic in made:
        wanted = {"uri": callback_url, "format": "JSON"}
        told = await client.ask("Subscribe", topic=topic, subscription=wanted)
        _accepted(told, "webhookSubscriptionCreate", topic)
    return made


async def _subscriptions(client: Client) -> AsyncIterator[Subscription]:
    after: str | None = None
    while True:
        page = (await client.ask("Subscriptions", after=after)).or_raise().part("webhookSubscriptions")
        nodes, info = page.get("nodes"), page.get("pageInfo")
        try:
            for node in nodes if isinstance(nodes, list) else ():
                yield Subscription.model_validate(node)
        except ValidationError:
            raise TryAgain("Shopify's list of webhook subscriptions could not be read.") from None
        if not isinstance(info, dict) or not info.get("hasNextPage"):
            return
        after = info.get("endCursor")


def _accepted(told: Told, root: str, topic: str) -> None:
    if told.fault is Fault.PERMISSION:
        raise BadInput(f"Shopify does not let the app subscribe to {topic}: {told.text}")
    told.or_raise()
    for refusal in refusals_of(told, root):
        if "already been taken" not in refusal.message:
            raise BadInput(f"Shopify refuses the webhook {topic}: {refusal.message}")
