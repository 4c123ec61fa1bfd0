"""The shop's hands over loopback JSON: what a visitor of the sandbox does as customer, merchant or saboteur.

Every request needs ``Authorization: Bearer <sandbox token>``, a loopback Host, and no foreign Origin. Refusals
of the shop are 409, malformed requests 422; both say why in ``error``.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.shopify.catalog import VariantSpec
from sandbox.shopify.faults import When
from sandbox.shopify.shop import Json, ShopRefused
from sandbox.shopify.state import Order

if TYPE_CHECKING:
    from sandbox.shopify.stand_in import ShopifyStandIn

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
Hand = Callable[[web.Request], Awaitable[Json]]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Checkout(_Asked):
    lines: list[tuple[str | int, int]]
    paid: bool = True
    race: bool = False
    at: datetime | None = None


class OrderStep(_Asked):
    """``lines`` are (line id, units) pairs, or all where that makes sense."""

    lines: list[tuple[int, int]] | None = None
    restock: bool = True
    restock_type: Literal["return", "cancel", "no_restock"] = "return"
    location: str | int | None = None
    delta: int = 0
    at: datetime | None = None


class Stock(_Asked):
    sku: str | int
    location: str | int
    units: int
    name: Literal["damaged", "quality_control", "reserved", "safety_stock"] = "damaged"
    at: datetime | None = None


class Listing(_Asked):
    sku: str | int


class NewProduct(_Asked):
    title: str
    sku: str | None = None
    price: Decimal = Decimal("10.00")
    stock: dict[str | int, int] = Field(default_factory=dict)


class FaultWish(_Asked):
    """Which fault to switch on; ``clear`` ends all of them."""

    kind: Literal[
        "fail_next",
        "fail_share",
        "time_out_next",
        "disconnect_next",
        "throttle_next",
        "lock",
        "unlock",
        "refuse_sku",
        "accept_sku",
        "swallow",
        "slow",
        "expire_tokens",
        "revoke_tokens",
        "restore_tokens",
        "remove_scope",
        "add_scope",
        "clear",
    ]
    n: int = 1
    share: float = Field(0.2, ge=0, le=1)
    status: int = Field(502, ge=400, le=599)
    seconds: float = Field(1.0, ge=0)
    operation: str | None = None
    after_applying: bool = False
    sku: str = ""
    scope: str = ""


class DeliveryWish(_Asked):
    """Faults of the webhooks; what is left out stays as it is."""

    delay: float | None = Field(None, ge=0)
    duplicate: float | None = Field(None, ge=0, le=1)
    new_id: bool = False
    reorder: float | None = Field(None, ge=0, le=1)
    drop: float | None = Field(None, ge=0, le=1)
    paused: bool | None = None


class Hands:
    """The handlers of ``/sandbox/…`` for one stand-in."""

    def __init__(self, stand_in: ShopifyStandIn, token: str) -> None:
        self.stand_in = stand_in
        self.token = token

    def routes(self) -> list[web.RouteDef]:
        post, guarded = web.post, self._guarded
        return [
            web.get("/sandbox/state", guarded(self.state)),
            post("/sandbox/checkout", guarded(self.checkout)),
            post("/sandbox/orders/{order}/{step}", guarded(self.order_step)),
            post("/sandbox/stock/{step}", guarded(self.stock)),
            post("/sandbox/listings/{step}", guarded(self.listing)),
            post("/sandbox/products", guarded(self.add_product)),
            web.delete("/sandbox/products/{sku}", guarded(self.delete_product)),
            post("/sandbox/faults", guarded(self.fault)),
            post("/sandbox/deliveries", guarded(self.deliveries)),
        ]

    def _guarded(self, hand: Hand) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            if not self._may(request):
                error = "give the sandbox token as a bearer token, from this machine"
                return web.json_response({"error": error}, status=403)
            try:
                return web.json_response(await hand(request))
            except ShopRefused as refused:
                return web.json_response({"error": str(refused)}, status=409)
            except (ValidationError, ValueError, LookupError) as broken:
                return web.json_response({"error": str(broken)}, status=422)

        return handle

    def _may(self, request: web.Request) -> bool:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
        origin = request.headers.get("Origin")
        if host not in _LOOPBACK or (origin is not None and urlsplit(origin).hostname not in _LOOPBACK):
            return False
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), self.token.encode())

    async def state(self, request: web.Request) -> Json:
        """What customers see, the levels behind it, the newest orders, and what became of webhooks."""
        stand_in = self.stand_in
        return {
            "shop": stand_in.domain,
            "variants": [self._variant(variant_id) for variant_id in stand_in.shop.variants],
            "orders": [_order(one) for one in list(stand_in.shop.orders.values())[-50:]],
            "deliveries": stand_in.deliveries.report(),
            "calls": len(stand_in.calls),
        }

    def _variant(self, variant_id: int) -> Json:
        variant = self.stand_in.variant(variant_id)
        seen = self.stand_in.customer_sees(variant_id)
        levels = [
            {"location": one.location.name, "active": one.is_active, "on_hand": one.on_hand, **one.units}
            for one in variant.item.levels.values()
        ]
        return {
            "id": str(variant_id),
            "sku": variant.sku,
            "title": variant.product.title,
            "live": seen.live,
            "offered": seen.offered,
            "quantity": seen.quantity,
            "levels": levels,
        }

    async def checkout(self, request: web.Request) -> Json:
        asked = Checkout.model_validate_json(await request.read())
        order = self.stand_in.checkout(asked.lines, at=asked.at, paid=asked.paid, race=asked.race)
        return _order(order)

    async def order_step(self, request: web.Request) -> Json:
        """``pay``, ``fulfil``, ``cancel``, ``refund`` or ``edit`` the order named in the path."""
        asked = OrderStep.model_validate_json(await request.read() or b"{}")
        stand_in, named = self.stand_in, request.match_info["order"]
        order = stand_in.shop.order(int(named) if named.isdecimal() else named)
        lines = asked.lines
        match request.match_info["step"]:
            case "pay":
                stand_in.pay(order, at=asked.at)
            case "fulfil":
                stand_in.fulfil(order, lines, at=asked.at)
            case "cancel":
                stand_in.cancel(order, restock=asked.restock, at=asked.at)
            case "refund":
                chosen = lines or [(one.id, one.current_quantity) for one in order.lines]
                kind = asked.restock_type
                stand_in.refund(order, chosen, restock_type=kind, location=asked.location, at=asked.at)
            case "edit":
                if not lines:
                    raise ValueError("edit wants lines: [[line id, delta]]")
                for line_id, delta in lines:
                    stand_in.edit(order, line_id, delta, at=asked.at)
            case other:
                raise ValueError(f"{other!r} is not pay, fulfil, cancel, refund or edit")
        return _order(order)

    async def stock(self, request: web.Request) -> Json:
        """``set`` (by hand), ``receive`` or ``set_aside`` units of a SKU at a location."""
        asked = Stock.model_validate_json(await request.read())
        stand_in = self.stand_in
        match request.match_info["step"]:
            case "set":
                stand_in.set_by_hand(asked.sku, asked.location, asked.units, at=asked.at)
            case "receive":
                stand_in.receive(asked.sku, asked.location, asked.units, at=asked.at)
            case "set_aside":
                stand_in.set_aside(asked.sku, asked.location, asked.name, asked.units, at=asked.at)
            case other:
                raise ValueError(f"{other!r} is not set, receive or set_aside")
        return self._variant(stand_in.variant(asked.sku).id)

    async def listing(self, request: web.Request) -> Json:
        """``publish`` or ``unpublish`` a variant on the online store."""
        asked = Listing.model_validate_json(await request.read())
        match request.match_info["step"]:
            case "publish":
                self.stand_in.publish(asked.sku)
            case "unpublish":
                self.stand_in.unpublish(asked.sku)
            case other:
                raise ValueError(f"{other!r} is not publish or unpublish")
        return self._variant(self.stand_in.variant(asked.sku).id)

    async def add_product(self, request: web.Request) -> Json:
        asked = NewProduct.model_validate_json(await request.read())
        made = self.stand_in.add_product(asked.title, [VariantSpec(asked.sku, price=asked.price, stock=asked.stock)])
        return self._variant(made.variants[0].id)

    async def delete_product(self, request: web.Request) -> Json:
        product = self.stand_in.variant(request.match_info["sku"]).product
        self.stand_in.delete_product(product)
        return {"deleted": product.id}

    async def fault(self, request: web.Request) -> Json:
        asked = FaultWish.model_validate_json(await request.read())
        faults, tokens = self.stand_in.faults, self.stand_in.tokens
        when = When.AFTER_APPLYING if asked.after_applying else When.BEFORE_APPLYING
        wishes: dict[str, Callable[[], None]] = {
            "fail_next": lambda: faults.fail_next(asked.n, asked.status, operation=asked.operation, when=when),
            "fail_share": lambda: faults.fail_share(asked.share, asked.status, operation=asked.operation, when=when),
            "time_out_next": lambda: faults.time_out_next(asked.n, operation=asked.operation, when=when),
            "disconnect_next": lambda: faults.disconnect_next(asked.n, operation=asked.operation, when=when),
            "throttle_next": lambda: faults.throttle_next(asked.n, operation=asked.operation),
            "lock": lambda: faults.lock(asked.status if asked.status in (402, 423) else 423),
            "unlock": faults.unlock,
            "refuse_sku": lambda: faults.refuse_sku(asked.sku),
            "accept_sku": lambda: faults.accept_sku(asked.sku),
            "swallow": lambda: faults.swallow(asked.sku or None, seconds=asked.seconds),
            "slow": lambda: faults.slow(asked.seconds),
            "expire_tokens": tokens.expire,
            "revoke_tokens": tokens.revoke,
            "restore_tokens": tokens.restore,
            "remove_scope": lambda: tokens.remove_scope(asked.scope),
            "add_scope": lambda: tokens.add_scope(asked.scope),
            "clear": faults.clear,
        }
        wishes[asked.kind]()
        return {"done": asked.kind}

    async def deliveries(self, request: web.Request) -> Json:
        asked = DeliveryWish.model_validate_json(await request.read())
        deliveries = self.stand_in.deliveries
        if asked.delay is not None:
            deliveries.delay(asked.delay)
        if asked.duplicate is not None:
            deliveries.duplicate(asked.duplicate, new_id=asked.new_id)
        if asked.reorder is not None:
            deliveries.reorder(asked.reorder)
        if asked.drop is not None:
            deliveries.drop(asked.drop)
        if asked.paused is not None:
            (deliveries.pause if asked.paused else deliveries.resume)()
        return deliveries.report()


def _order(order: Order) -> Json:
    """Ids as text: they are above what a page's numbers hold exactly."""
    return {
        "id": str(order.id),
        "name": order.name,
        "financial_status": order.financial_status,
        "fulfillment_status": order.fulfillment_status,
        "cancelled": order.cancelled_at is not None,
        "held": any(one.holds for one in order.fulfillment_orders),
        "lines": [
            {
                "id": str(line.id),
                "sku": line.sku,
                "quantity": line.quantity,
                "current_quantity": line.current_quantity,
                "fulfillable_quantity": line.fulfillable_quantity,
            }
            for line in order.lines
        ],
    }
