"""The schema of ``admin.graphql`` with the resolvers that answer each of its fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from importlib import resources

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, build_schema, is_interface_type

from sandbox.shopify import state
from sandbox.shopify.api import bulk, catalog, holds, installation, sales, stock, stock_changes, stocking
from sandbox.shopify.api.context import Info, Resolvers, UserError, context, fault, iso
from sandbox.shopify.shop import Shop

Resolver = Callable[..., object]

# Record class -> the type it is in the schema.
_KINDS: dict[type, str] = {
    state.Product: "Product",
    state.Variant: "ProductVariant",
    state.InventoryItem: "InventoryItem",
    state.Level: "InventoryLevel",
    state.Location: "Location",
    state.Publication: "Publication",
    state.Order: "Order",
    state.OrderLine: "LineItem",
    state.Refund: "Refund",
    state.RefundLine: "RefundLineItem",
    state.Fulfillment: "Fulfillment",
    state.ShippedLine: "FulfillmentLineItem",
    state.FulfillmentOrder: "FulfillmentOrder",
    state.FulfillmentHold: "FulfillmentHold",
    state.Subscription: "WebhookSubscription",
    stock.Quantity: "InventoryQuantity",
    stock_changes.AdjustmentGroup: "InventoryAdjustmentGroup",
    stock_changes.Change: "InventoryChange",
    bulk.BulkOperation: "BulkOperation",
    Shop: "Shop",
    UserError: "UserError",
}
_WORD = re.compile(r"(?<!^)([A-Z])")


def build() -> GraphQLSchema:
    """Parse the SDL and give every field its resolver; a field nobody answers is an error here."""
    schema = build_schema(resources.files("sandbox.shopify").joinpath("admin.graphql").read_text())
    own: dict[str, Resolvers] = {}
    for part in (
        stock.TYPES,
        stock_changes.TYPES,
        catalog.TYPES,
        sales.TYPES,
        holds.TYPES,
        installation.TYPES,
        bulk.TYPES,
    ):
        own.update(part)
    own["QueryRoot"] = {**stock.ROOT, **catalog.QUERY, **sales.QUERY, **installation.QUERY, **bulk.QUERY}
    own["Mutation"] = {
        **stock_changes.ROOT,
        **stocking.MUTATION,
        **holds.MUTATION,
        **catalog.MUTATION,
        **installation.MUTATION,
        **bulk.MUTATION,
    }
    scopes = {
        **stock.SCOPES,
        **stock_changes.SCOPES,
        **stocking.SCOPES,
        **catalog.SCOPES,
        **sales.SCOPES,
        **holds.SCOPES,
    }
    classes = {name: record for record, name in _KINDS.items()}
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                field.resolve = _resolver(kind.name, name, field, own.get(kind.name, {}), classes.get(kind.name))
        elif is_interface_type(kind):
            kind.resolve_type = _kind_of
    for root in (schema.query_type, schema.mutation_type):
        if root is not None:
            for name, field in root.fields.items():
                if name in scopes:
                    field.resolve = _guarded(name, scopes[name], field.resolve)
    return schema


def _kind_of(value: object, *_: object) -> str:
    if isinstance(value, dict):
        return str(value["__typename"])
    return _KINDS[type(value)]


def _resolver(kind: str, name: str, field: GraphQLField, own: Resolvers, record: type | None) -> Resolver:
    if name in own:
        return own[name]
    if kind in ("QueryRoot", "Mutation"):
        raise LookupError(f"nobody answers {kind}.{name}")
    if record is None:
        return lambda source, info, **_: _read(source, name)
    attribute = _WORD.sub(r"_\1", name).lower()
    if name == "id":
        return lambda source, info: f"gid://shopify/{kind}/{source.id}" if isinstance(source.id, int) else source.id
    if name == "legacyResourceId":
        return lambda source, info: str(source.id)
    if attribute not in _attributes(record):
        raise LookupError(f"nobody answers {kind}.{name}: {record.__name__} has no {attribute}")
    return lambda source, info, **_: _scalar(getattr(source, attribute))


def _attributes(record: type) -> set[str]:
    return {*dir(record), *getattr(record, "__annotations__", {}), *(_SHOP if record is Shop else ())}


_SHOP = ("name",)


def _read(source: object, name: str) -> object:
    value = source.get(name) if isinstance(source, dict) else getattr(source, name)
    return _scalar(value)


def _scalar(value: object) -> object:
    return iso(value) if isinstance(value, datetime) else value


def _guarded(name: str, scope: str, resolve: Resolver | None) -> Resolver:
    """Refuse when the app lacks the scope, in the platform's words."""
    if resolve is None:
        raise LookupError(f"nobody answers {name}")

    def guarded(source: object, info: Info, **arguments: object) -> object:
        if not context(info).tokens.allows(scope):
            need = f"`{scope}` access scope."
            message = f"Access denied for {name} field. Required access: {need}"
            raise fault(
                message,
                "ACCESS_DENIED",
                documentation="https://shopify.dev/api/usage/access-scopes",
                requiredAccess=need,
            )
        return resolve(source, info, **arguments)

    return guarded
