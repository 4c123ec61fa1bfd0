"""A shop with the platform around it: Admin API, webhooks, and a merchant's and a customer's hands.

Start one in a test or a demo::

    shop = ShopifyStandIn(shop_domain="demo.myshopify.com")
    place = shop.add_location("Main warehouse")
    shop.add_product("Blue mug", [VariantSpec("MUG-1", stock={place.id: 12})])
    await shop.start()                      # shop.base_url, shop.access_token, shop.webhook_secret
    order = shop.checkout([("MUG-1", 2)])   # signed webhooks leave by themselves
    await shop.deliveries.drain()
    await shop.stop()
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Literal

from aiohttp import web

from sandbox.shopify import catalog, inventory, orders, publications
from sandbox.shopify.another_writer import AnotherWriter
from sandbox.shopify.api import execution
from sandbox.shopify.api.bulk import BulkOperations
from sandbox.shopify.api.context import Context
from sandbox.shopify.api.idempotency import Idempotency
from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.faults import Faults
from sandbox.shopify.hands import Hands
from sandbox.shopify.orders import CustomItem, LineToRefund
from sandbox.shopify.publications import CustomerView
from sandbox.shopify.server import Admin, Call
from sandbox.shopify.shop import Clock, Json, Shop, wall_clock
from sandbox.shopify.state import (
    Fulfillment,
    InventoryPolicy,
    Level,
    Location,
    Order,
    Product,
    ProductStatus,
    Publication,
    Refund,
    RestockType,
    Subscription,
    Variant,
    gid,
)
from sandbox.shopify.throttle import Bucket
from sandbox.shopify.tokens import Tokens
from sandbox.shopify.webhooks.deliveries import Deliveries
from sandbox.shopify.webhooks.subscriptions import address_fault, subscribe

Sku = str | int
Restock = Literal["return", "cancel", "no_restock"]


class ShopifyStandIn:
    """One shop. Everything is in memory; several may run in one process.

    ``clock`` gives the shop's time (aware). ``zone`` is the offset that webhook bodies write. ``time_scale``
    shortens the retry schedule of webhooks. ``allow_loopback`` lets subscriptions use http to this machine,
    which the platform itself refuses. ``total_lag`` is for how many seconds ``Product.totalInventory`` trails.
    """

    def __init__(
        self,
        shop_domain: str = "sandbox.myshopify.com",
        webhook_secret: str | None = None,
        *,
        access_token: str | None = None,
        sandbox_token: str | None = None,
        client_id: str | None = None,
        clock: Clock = wall_clock,
        zone: tzinfo | None = None,
        currency: str = "USD",
        allow_loopback: bool = True,
        concurrency: int = 16,
        webhook_timeout: float = 5.0,
        time_scale: float = 0.001,
        bulk_seconds: float = 0.05,
        token_lifetime: int = 86_399,
        total_lag: float = 0.5,
        seed: int = 1,
        bucket: Bucket | None = None,
    ) -> None:
        self.webhook_secret = webhook_secret or secrets.token_hex(16)
        self.client_id = client_id or secrets.token_hex(16)
        self.access_token = access_token or "shpat_" + secrets.token_hex(16)
        zone = zone or timezone(timedelta(hours=-5))
        self.shop = Shop(shop_domain, clock=clock, zone=zone, currency=currency, total_lag=total_lag)
        self.tokens = Tokens(self.client_id, self.webhook_secret, self.access_token, token_lifetime)
        self.faults = Faults(seed)
        self.bucket = bucket or Bucket()
        self.deliveries = Deliveries(
            self.shop,
            self.webhook_secret,
            concurrency=concurrency,
            timeout=webhook_timeout,
            time_scale=time_scale,
            seed=seed,
        )
        self.shop.outlet = self.deliveries
        self.bulk = BulkOperations(
            self.shop, clock, lambda document: execution.run_bulk(document, self._bulk_context()), bulk_seconds
        )
        self._admin = Admin(self.shop, self.tokens, self.faults, self.bucket, self.bulk, Idempotency(), allow_loopback)
        self._runner: web.AppRunner | None = None
        self.allow_loopback = allow_loopback
        self.base_url = ""
        self.sandbox_token = sandbox_token or secrets.token_urlsafe(24)
        self._hands = Hands(self, self.sandbox_token)
        self.another_writer = AnotherWriter(self.shop)
        self.online_store = publications.add_publication(self.shop, "Online Store")

    def _bulk_context(self) -> Context:
        context = self._admin.context()
        context.unpaged = True
        return context

    @property
    def domain(self) -> str:
        return self.shop.domain

    @property
    def calls(self) -> deque[Call]:
        """The last 20,000 requests to the Admin API, oldest first."""
        return self._admin.calls

    @property
    def admin_url(self) -> str:
        """Where GraphQL requests go."""
        return f"{self.base_url}/admin/api/2026-10/graphql.json"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. ``base_url`` says where."""
        execution.schema()
        app = web.Application(client_max_size=16 * 2**20)
        app.add_routes(self._admin.routes())
        app.add_routes(self._hands.routes())
        self._admin.stopping.clear()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound_host, bound_port = self._runner.addresses[0][:2]
        self.base_url = f"http://{bound_host}:{bound_port}"
        self.bulk.base_url = self.base_url
        await self.deliveries.start()

    async def stop(self) -> None:
        """Stop listening and sending. The records stay, so ``start`` may follow."""
        self._admin.stopping.set()
        self.another_writer.stop()
        await self.deliveries.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def add_location(self, name: str, *, fulfills_online_orders: bool = True) -> Location:
        return catalog.add_location(self.shop, name, self.shop.moment(), fulfills_online_orders=fulfills_online_orders)

    def set_location_active(self, location: str | int, active: bool, *, at: datetime | None = None) -> None:
        catalog.set_location_active(self.shop, self.shop.location(location), active, self.shop.moment(at))

    def add_publication(self, name: str, *, auto_publish: bool = True) -> Publication:
        """A further channel; ``online_store`` is there from the beginning."""
        return publications.add_publication(self.shop, name, auto_publish=auto_publish)

    def add_product(
        self,
        title: str,
        variants: Iterable[VariantSpec],
        *,
        status: ProductStatus = ProductStatus.ACTIVE,
        at: datetime | None = None,
    ) -> Product:
        return catalog.add_product(self.shop, title, list(variants), self.shop.moment(at), status=status)

    def add_variant(self, product: Product, spec: VariantSpec, *, at: datetime | None = None) -> Variant:
        return catalog.add_variant(self.shop, product, spec, self.shop.moment(at))

    def rename_sku(self, sku: Sku, new: str, *, at: datetime | None = None) -> None:
        """The variant and item ids stay."""
        catalog.change_item(self.shop, self.shop.variant(sku), self.shop.moment(at), sku=new)

    def track(self, sku: Sku, tracked: bool, *, at: datetime | None = None) -> None:
        catalog.change_item(self.shop, self.shop.variant(sku), self.shop.moment(at), tracked=tracked)

    def set_policy(self, sku: Sku, policy: InventoryPolicy, *, at: datetime | None = None) -> None:
        """CONTINUE sells below zero."""
        catalog.set_policy(self.shop, self.shop.variant(sku), policy, self.shop.moment(at))

    def set_status(self, product: Product, status: ProductStatus, *, at: datetime | None = None) -> None:
        catalog.set_status(self.shop, product, status, self.shop.moment(at))

    def delete_product(self, product: Product, *, at: datetime | None = None) -> None:
        catalog.delete_product(self.shop, product, self.shop.moment(at))

    def delete_variant(self, sku: Sku, *, at: datetime | None = None) -> None:
        catalog.delete_variant(self.shop, self.shop.variant(sku), self.shop.moment(at))

    def variant(self, sku: Sku) -> Variant:
        """By SKU, or by id where a SKU is not unique."""
        return self.shop.variant(sku)

    def level(self, sku: Sku, location: str | int) -> Level:
        return self.shop.level(sku, location)

    def unpublish(self, sku: Sku, publication: Publication | None = None, *, at: datetime | None = None) -> None:
        """A merchant takes a variant off a channel (the online store by default)."""
        target = publication or self.online_store
        publications.unpublish(self.shop, self.shop.variant(sku), target, self.shop.moment(at))

    def publish(self, sku: Sku, publication: Publication | None = None, *, at: datetime | None = None) -> None:
        target = publication or self.online_store
        publications.publish(self.shop, self.shop.variant(sku), target, self.shop.moment(at))

    def unpublish_product(
        self, product: Product, publication: Publication | None = None, *, at: datetime | None = None
    ) -> None:
        publications.unpublish(self.shop, product, publication or self.online_store, self.shop.moment(at))

    def customer_sees(self, variant: Sku, publication: Publication | None = None) -> CustomerView:
        """Live or paused, and how many can be bought."""
        return publications.customer_sees(self.shop.variant(variant), publication or self.online_store)

    def set_by_hand(self, sku: Sku, location: str | int, available: int, *, at: datetime | None = None) -> None:
        """A merchant types a number into the admin."""
        inventory.set_by_hand(self.shop, self.shop.level(sku, location), available, self.shop.moment(at))

    def receive(self, sku: Sku, location: str | int, units: int, *, at: datetime | None = None) -> None:
        inventory.receive(self.shop, self.shop.level(sku, location), units, self.shop.moment(at))

    def set_aside(self, sku: Sku, location: str | int, name: str, units: int, *, at: datetime | None = None) -> None:
        """Move units from available into damaged, quality_control, reserved or safety_stock."""
        inventory.set_aside(self.shop, self.shop.level(sku, location), name, units, self.shop.moment(at))

    def stock_at(self, sku: Sku, location: str | int, available: int = 0, *, at: datetime | None = None) -> Level:
        """Stock a variant at a location."""
        item, place = self.shop.variant(sku).item, self.shop.location(location)
        return inventory.connect(self.shop, item, place, self.shop.moment(at), available)

    def stop_stocking(self, sku: Sku, location: str | int, *, at: datetime | None = None) -> None:
        inventory.disconnect(self.shop, self.shop.level(sku, location), self.shop.moment(at))

    def checkout(
        self,
        lines: Sequence[tuple[Sku, int]],
        *,
        at: datetime | None = None,
        paid: bool = True,
        race: bool = False,
        custom_items: Iterable[CustomItem] = (),
        publication: Publication | None = None,
    ) -> Order:
        """A customer buys. Raises ShopRefused when the shop would not sell; ``race`` skips that check."""
        cart = [(self.shop.variant(sku), quantity) for sku, quantity in lines]
        return orders.checkout(
            self.shop,
            cart,
            self.shop.moment(at),
            publication or self.online_store,
            custom_items=custom_items,
            paid=paid,
            race=race,
        )

    def pay(self, order: Order, *, at: datetime | None = None) -> None:
        orders.pay(self.shop, order, self.shop.moment(at))

    def edit(self, order: Order, line_id: int, delta: int, *, at: datetime | None = None) -> None:
        """Add units to a line or remove unshipped ones."""
        orders.edit(self.shop, order, order.line(line_id), delta, self.shop.moment(at))

    def fulfil(
        self, order: Order, lines: Sequence[tuple[int, int]] | None = None, *, at: datetime | None = None
    ) -> list[Fulfillment]:
        """Ship ``(line id, units)`` pairs, or all that is open."""
        chosen = None if lines is None else [(order.line(line_id), units) for line_id, units in lines]
        return orders.fulfil(self.shop, order, self.shop.moment(at), chosen)

    def reassign(self, order: Order, location: str | int, *, at: datetime | None = None) -> None:
        """Let another location ship what is open."""
        orders.reassign(self.shop, order, self.shop.location(location), self.shop.moment(at))

    def cancel(
        self,
        order: Order,
        *,
        restock: bool = True,
        reason: str = "customer",
        even_if_shipped: bool = False,
        at: datetime | None = None,
    ) -> Order:
        return orders.cancel(
            self.shop,
            order,
            self.shop.moment(at),
            restock=restock,
            reason=reason,
            even_if_shipped=even_if_shipped,
        )

    def refund(
        self,
        order: Order,
        lines: Sequence[tuple[int, int]],
        *,
        restock_type: Restock = "return",
        location: str | int | None = None,
        note: str | None = None,
        at: datetime | None = None,
    ) -> Refund:
        """Give back ``(line id, units)`` pairs; returns go to ``location``, or where they shipped from."""
        place = None if location is None else self.shop.location(location)
        kind = RestockType(restock_type.upper())
        wanted = [LineToRefund(order.line(line_id), units, kind, place) for line_id, units in lines]
        return orders.refund(self.shop, order, wanted, self.shop.moment(at), note)

    def change_scopes(self, *, add: Iterable[str] = (), remove: Iterable[str] = (), at: datetime | None = None) -> None:
        """The merchant changes what the app may do; ``app/scopes_update`` says from what to what."""
        before = sorted(self.tokens.scopes)
        self.tokens.scopes |= set(add)
        self.tokens.scopes -= set(remove)
        moment = self.shop.moment(at)
        body: Json = {
            "id": gid("AppInstallation", 900_000_001),
            "previous": before,
            "current": sorted(self.tokens.scopes),
            "updated_at": self.shop.local(moment.at),
        }
        self.shop.announce("app/scopes_update", moment, lambda: body)

    def uninstall(self, *, at: datetime | None = None) -> None:
        """The merchant removes the app: ``app/uninstalled`` goes out, tokens and subscriptions end."""
        self.shop.announce("app/uninstalled", self.shop.moment(at), self._shop_body)
        self.shop.subscriptions.clear()
        self.tokens.revoke()

    def _shop_body(self) -> Json:
        return {
            "id": 548_380_009,
            "name": self.shop.name,
            "domain": self.shop.domain,
            "myshopify_domain": self.shop.domain,
            "currency": self.shop.currency,
        }

    def subscribe(self, uri: str, *topics: str) -> list[Subscription]:
        """Subscribe an address to topics in header form; the connector does this over GraphQL."""
        if (why := address_fault(uri, allow_loopback=self.allow_loopback)) is not None:
            raise ValueError(f"{uri}: {why}")
        return [subscribe(self.shop, topic, uri, self.shop.moment()) for topic in topics]
