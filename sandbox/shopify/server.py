"""The doors of the stand-in: Admin GraphQL, the token endpoint, bulk files, the storefront's product page."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiohttp import web

from sandbox.shopify import publications
from sandbox.shopify.api import execution
from sandbox.shopify.api.bulk import BulkOperations
from sandbox.shopify.api.context import Context
from sandbox.shopify.api.execution import NotGraphQL, Request
from sandbox.shopify.api.idempotency import Idempotency
from sandbox.shopify.faults import Fault, Faults, How, When
from sandbox.shopify.shop import Json, Shop
from sandbox.shopify.throttle import MAX_QUERY_COST, Bucket
from sandbox.shopify.tokens import Tokens
from sandbox.shopify.webhooks.deliveries import API_VERSION

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_CALLS_KEPT: Final = 20_000
_PLAIN_ERRORS: Final = {
    401: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    402: "Unavailable Shop",
    404: "Not Found",
    423: "Locked",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the Admin API as the stand-in saw it. ``status`` 0: it was never answered."""

    operation: str
    root_fields: tuple[str, ...]
    variables: Mapping[str, object]
    status: int
    at: datetime
    applied: bool


@dataclass(slots=True)
class Admin:
    """The Admin API of one shop, over HTTP."""

    shop: Shop
    tokens: Tokens
    faults: Faults
    bucket: Bucket
    bulk: BulkOperations
    idempotency: Idempotency
    allow_loopback: bool
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=_CALLS_KEPT))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/admin/api/{version}/graphql.json", self.graphql),
            web.post("/admin/oauth/access_token", self.access_token),
            web.get("/bulk/{name}.jsonl", self.bulk_file),
            web.get("/products/{handle}.js", self.product_page),
        ]

    def context(self) -> Context:
        return Context(
            self.shop,
            self.tokens,
            self.faults,
            self.idempotency,
            self.bulk,
            self.shop.moment(),
            self.allow_loopback,
        )

    async def access_token(self, request: web.Request) -> web.Response:
        """The client credentials grant: form fields in, a token of limited life out."""
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        token = self.tokens.grant(str(form.get("client_id", "")), str(form.get("client_secret", "")))
        if token is None:
            return web.json_response({"error": "invalid_client"}, status=401)
        scope = ",".join(sorted(self.tokens.scopes))
        return web.json_response({"access_token": token, "scope": scope, "expires_in": self.tokens.lifetime})

    async def graphql(self, request: web.Request) -> web.StreamResponse:
        """Every answer of the Admin API goes through here, the failures too."""
        raw = await request.read()
        if not self.tokens.accepts(request.headers.get("X-Shopify-Access-Token", "")):
            return self._refuse(None, 401)
        if self.faults.locked_with is not None:
            return self._refuse(None, self.faults.locked_with)
        try:
            asked = execution.read(raw)
        except NotGraphQL as broken:
            return self._answer(None, 400, {"errors": {"query": str(broken)}}, applied=False)
        if self.faults.latency is not None:
            await asyncio.sleep(self.faults.latency())
        fault = self.faults.strike(frozenset((asked.name, *asked.root_fields)))
        if fault is not None and fault.when is When.BEFORE_APPLYING and fault.how is not How.THROTTLE:
            return await self._fail(request, asked, fault, applied=False)
        if asked.errors:
            errors = [one.formatted for one in asked.errors]
            return self._answer(asked, 200, {"errors": errors}, applied=False)
        return await self._priced(request, asked, fault)

    async def _priced(self, request: web.Request, asked: Request, fault: Fault | None) -> web.StreamResponse:
        prices, operation = execution.pricing(asked)
        price = prices.requested(operation)
        if price > MAX_QUERY_COST:
            message = f"Query cost is {price}, which exceeds the single query max cost limit ({MAX_QUERY_COST})."
            return self._top_level_error(asked, price, message, "MAX_COST_EXCEEDED", {"cost": price})
        throttled = fault is not None and fault.how is How.THROTTLE
        if throttled or self.bucket.available < price:
            more: Json = {"documentation": "https://shopify.dev/api/usage/limits"}
            return self._top_level_error(asked, price, "Throttled", "THROTTLED", more)
        claimed: set[str] = set()
        if self.faults.slow_apply and asked.is_mutation:
            keys = execution.idempotency_keys(asked)
            claimed = self.idempotency.claim(keys)
            if claimed == keys:
                await asyncio.sleep(self.faults.slow_apply)
        try:
            self.idempotency.enter(claimed)
            result = execution.run(asked, self.context())
        finally:
            self.idempotency.release(claimed)
        actual = prices.actual(operation, result.data)
        self.bucket.take(actual)
        body: Json = {"data": result.data}
        if result.errors:
            body = {"errors": [one.formatted for one in result.errors]} | body
        body["extensions"] = {"cost": self._cost(price, actual)}
        if fault is not None and fault.when is When.AFTER_APPLYING:
            return await self._fail(request, asked, fault, applied=True)
        return self._answer(asked, 200, body, applied=not result.errors)

    def _cost(self, price: int, actual: int | None) -> Json:
        return {
            "requestedQueryCost": price,
            "actualQueryCost": actual,
            "throttleStatus": self.bucket.status(),
        }

    def _top_level_error(self, asked: Request, price: int, message: str, code: str, more: Json) -> web.Response:
        errors = [{"message": message, "extensions": {"code": code, **more}}]
        body: Json = {"errors": errors, "extensions": {"cost": self._cost(price, None)}}
        return self._answer(asked, 200, body, applied=False)

    async def _fail(self, request: web.Request, asked: Request, fault: Fault, *, applied: bool) -> web.StreamResponse:
        if fault.how is How.BREAK:
            self.idempotency.failed |= execution.idempotency_keys(asked)
        if fault.how in (How.STATUS, How.BREAK):
            return self._answer(asked, fault.status, None, applied=applied)
        self._record(asked, 0, applied=applied)
        if fault.how is How.HANG:
            await self.stopping.wait()
        if request.transport is not None:
            request.transport.close()
        return web.Response(status=500)

    def _refuse(self, asked: Request | None, status: int) -> web.Response:
        return self._answer(asked, status, {"errors": _PLAIN_ERRORS.get(status, "Unavailable")}, applied=False)

    def _answer(self, asked: Request | None, status: int, body: Json | None, *, applied: bool) -> web.Response:
        """Record the call and answer it; a None body is the HTML page of a failing front end."""
        self._record(asked, status, applied=applied)
        headers = {"X-Shopify-API-Version": API_VERSION, "X-Request-Id": str(uuid.uuid4())}
        if body is None:
            page = f"<!DOCTYPE html><title>{status}</title><p>Something went wrong."
            return web.Response(status=status, text=page, content_type="text/html", headers=headers)
        raw = json.dumps(body, separators=(",", ":")).encode()
        return web.Response(status=status, body=raw, content_type="application/json", headers=headers)

    def _record(self, asked: Request | None, status: int, *, applied: bool) -> None:
        name = "" if asked is None else asked.name
        fields = () if asked is None else asked.root_fields
        variables: Mapping[str, object] = {} if asked is None else asked.variables
        self.calls.append(Call(name, fields, variables, status, self.shop.clock(), applied))

    async def bulk_file(self, request: web.Request) -> web.Response:
        """The JSON lines of a finished bulk operation; the name is the secret, as in a signed URL."""
        found = self.bulk.file_named(request.match_info["name"])
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found, content_type="application/jsonl")

    async def product_page(self, request: web.Request) -> web.Response:
        """What the Online Store's theme reads: 404 when the product is not shown, no quantities."""
        handle = request.match_info["handle"]
        store = publications.online_store(self.shop)
        for product in self.shop.products.values():
            if product.handle != handle:
                continue
            seen = [publications.customer_sees(one, store) for one in product.variants]
            shown = [{"id": view.variant_id, "sku": view.sku, "available": view.offered} for view in seen if view.live]
            if shown:
                body = {"id": product.id, "title": product.title, "handle": handle, "variants": shown}
                return web.json_response(body)
        return web.Response(status=404)
