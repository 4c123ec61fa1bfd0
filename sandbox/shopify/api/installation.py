"""The shop, the app, its scopes, its webhook subscriptions, and nodes by id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, TypedDict, Unpack

from sandbox.shopify.api.connections import Paging, connect, refuse_large_pages
from sandbox.shopify.api.context import APP, Info, Resolvers, UserError, context, number, shop_of
from sandbox.shopify.api.idempotency import Payload
from sandbox.shopify.shop import Shop
from sandbox.shopify.state import Subscription, gid
from sandbox.shopify.webhooks.subscriptions import address_fault, enum_topic, header_topic, subscribe

API_VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")


class HookPaging(Paging, total=False):
    topics: list[str] | None
    uri: str | None
    format: str | None


class HookInput(TypedDict, total=False):
    uri: str | None
    format: str | None
    includeFields: list[str] | None
    filter: str | None
    name: str | None
    metafieldNamespaces: list[str] | None


def shop(_: object, info: Info) -> Shop:
    return shop_of(info)


def installation(_: object, info: Info) -> dict[str, object]:
    ctx = context(info)
    return {
        "id": gid("AppInstallation", 900_000_001),
        "app": APP,
        "accessScopes": [{"handle": scope} for scope in sorted(ctx.tokens.scopes)],
    }


def api_version(handle: str) -> dict[str, object]:
    year, month = handle.split("-")
    return {"handle": handle, "displayName": f"{year}-{month}", "supported": True}


def versions(_: object, info: Info) -> list[dict[str, object]]:
    return [api_version(handle) for handle in API_VERSIONS]


def node(_: object, info: Info, id: str) -> object | None:
    known = shop_of(info)
    for kind, records in (
        ("Product", known.products),
        ("ProductVariant", known.variants),
        ("InventoryItem", known.items),
        ("InventoryLevel", known.levels),
        ("Location", known.locations),
        ("Publication", known.publications),
        ("Order", known.orders),
        ("WebhookSubscription", known.subscriptions),
    ):
        if (found := number(id, kind)) is not None:
            return records.get(found)
    return context(info).bulk.operations.get(number(id, "BulkOperation") or 0)


def nodes(_: object, info: Info, ids: list[str]) -> list[object | None]:
    return [node(None, info, one) for one in ids]


def subscriptions(_: object, info: Info, **paging: Unpack[HookPaging]) -> dict[str, object]:
    refuse_large_pages(paging)
    topics, uri = paging.get("topics"), paging.get("uri")
    rows = [
        one
        for one in shop_of(info).subscriptions.values()
        if (topics is None or enum_topic(one.topic) in topics)
        and (uri is None or one.uri == uri)
        and paging.get("format") in (None, "JSON")
    ]
    return connect(info, rows, paging)


def subscription(_: object, info: Info, id: str) -> Subscription | None:
    return shop_of(info).subscriptions.get(number(id, "WebhookSubscription") or 0)


def create_subscription(
    _: object,
    info: Info,
    topic: str,
    webhookSubscription: HookInput,
) -> Payload:
    ctx = context(info)
    uri = webhookSubscription.get("uri") or ""
    wanted = header_topic(topic)
    errors = _address_errors(uri, allow_loopback=ctx.allow_loopback)
    if any(one.topic == wanted and one.uri == uri for one in ctx.shop.subscriptions.values()):
        message = "Address for this topic has already been taken"
        errors.append(UserError(["webhookSubscription", "callbackUrl"], message))
    errors += _filter_errors(webhookSubscription)
    if errors:
        return {"webhookSubscription": None, "userErrors": errors}
    made = subscribe(ctx.shop, wanted, uri, ctx.moment)
    _fill(made, webhookSubscription)
    return {"webhookSubscription": made, "userErrors": []}


def update_subscription(
    _: object,
    info: Info,
    id: str,
    webhookSubscription: HookInput,
) -> Payload:
    ctx = context(info)
    found = subscription(None, info, id)
    if found is None:
        error = UserError(["id"], "Webhook subscription does not exist")
        return {"webhookSubscription": None, "userErrors": [error]}
    uri = webhookSubscription.get("uri")
    errors = [] if uri is None else _address_errors(uri, allow_loopback=ctx.allow_loopback)
    errors += _filter_errors(webhookSubscription)
    if errors:
        return {"webhookSubscription": None, "userErrors": errors}
    if uri is not None:
        found.uri = uri
    _fill(found, webhookSubscription)
    found.updated_at = max(ctx.moment.at, found.updated_at + timedelta(microseconds=1))
    return {"webhookSubscription": found, "userErrors": []}


def delete_subscription(_: object, info: Info, id: str) -> Payload:
    found = subscription(None, info, id)
    if found is None:
        error = UserError(["id"], "Webhook subscription does not exist")
        return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
    del shop_of(info).subscriptions[found.id]
    return {"deletedWebhookSubscriptionId": id, "userErrors": []}


def _address_errors(uri: str, *, allow_loopback: bool) -> list[UserError]:
    why = address_fault(uri, allow_loopback=allow_loopback)
    return [] if why is None else [UserError(["webhookSubscription", "callbackUrl"], why)]


def _filter_errors(wanted: HookInput) -> list[UserError]:
    """Filters are refused rather than stored and ignored; one without a field gets the platform's own words."""
    wish = wanted.get("filter")
    if not wish:
        return []
    unclear = "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
    message = "The stand-in does not apply filters" if ":" in wish else unclear
    return [UserError(["webhookSubscription"], message)]


def _fill(one: Subscription, wanted: HookInput) -> None:
    one.filter = wanted.get("filter", one.filter)
    one.include_fields = wanted.get("includeFields") or one.include_fields
    one.name = wanted.get("name") or one.name
    one.metafield_namespaces = wanted.get("metafieldNamespaces") or one.metafield_namespaces


QUERY: Final[Resolvers] = {
    "shop": shop,
    "currentAppInstallation": installation,
    "publicApiVersions": versions,
    "node": node,
    "nodes": nodes,
    "webhookSubscriptions": subscriptions,
    "webhookSubscription": subscription,
}
MUTATION: Final[Resolvers] = {
    "webhookSubscriptionCreate": create_subscription,
    "webhookSubscriptionUpdate": update_subscription,
    "webhookSubscriptionDelete": delete_subscription,
}
TYPES: Final[Mapping[str, Resolvers]] = {
    "Shop": {
        "id": lambda one, info: gid("Shop", 548_380_009),
        "myshopifyDomain": lambda one, info: one.domain,
        "currencyCode": lambda one, info: one.currency,
        "ianaTimezone": lambda one, info: str(one.zone),
        "timezoneOffsetMinutes": lambda one, info: _offset_minutes(one),
        "publicationCount": lambda one, info: len(one.publications),
        "url": lambda one, info: f"https://{one.domain}",
    },
    "WebhookSubscription": {
        "topic": lambda one, info: enum_topic(one.topic),
        "format": lambda one, info: "JSON",
        "apiVersion": lambda one, info: api_version(API_VERSIONS[-1]),
    },
}


def _offset_minutes(one: Shop) -> int:
    offset = one.clock().astimezone(one.zone).utcoffset() or timedelta(0)
    return int(offset.total_seconds() // 60)
