"""A sender in a test's hands: it takes the shop's real webhooks, and delivers them how and when the test wants."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

import aiohttp
from aiohttp import web

from tests.stage import Stage, until

TOPICS = (
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/cancelled",
    "orders/fulfilled",
    "refunds/create",
    "inventory_levels/update",
)


@dataclass(frozen=True)
class Webhook:
    """One webhook as the shop sent it."""

    headers: dict[str, str]
    body: bytes

    @property
    def topic(self) -> str:
        """What it is about."""
        return self.headers["X-Shopify-Topic"]

    def delivered_anew(self) -> Webhook:
        """The same bytes as another delivery, under fresh headers."""
        return replace(self, headers={**self.headers, "X-Shopify-Webhook-Id": str(uuid.uuid4())})


class Mailbox:
    """Subscribed to a shop in the product's place."""

    def __init__(self, stage: Stage, storefront: str = "shopify-us") -> None:
        self.stage = stage
        self.shop = stage.world.storefronts[storefront]
        self.door = f"{stage.product.web_url}/hooks/{storefront}"
        self.kept: list[Webhook] = []
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Begin to take webhooks."""
        app = web.Application()
        app.router.add_post("/", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.shop.subscribe(f"http://127.0.0.1:{self._runner.addresses[0][1]}/", *TOPICS)

    async def close(self) -> None:
        """Take no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.startswith("X-Shopify-")}
        self.kept.append(Webhook(headers, await request.read()))
        return web.Response()

    async def emptied(self) -> list[Webhook]:
        """Everything the shop has sent since the last time, in its order."""
        await self.shop.deliveries.drain()
        taken, self.kept = self.kept, []
        return taken

    async def caused(self, deed: Callable[[], object], topic: str) -> Webhook:
        """The one webhook of a topic that a deed in the shop caused."""
        await self.emptied()
        deed()
        found = [one for one in await self.emptied() if one.topic == topic]
        assert len(found) == 1, f"{len(found)} webhooks of {topic}"
        return found[0]

    async def deliver(self, webhook: Webhook) -> tuple[int, dict[str, object]]:
        """Post it to the product on a connection of its own; (status, answer)."""
        headers = {**webhook.headers, "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.door, data=webhook.body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()

    async def accepted(self, webhook: Webhook) -> dict[str, object]:
        """Deliver it, and fail unless it is answered 200."""
        status, answer = await self.deliver(webhook)
        assert status == 200, answer
        return answer

    def signed(self, webhook: Webhook, body: bytes) -> Webhook:
        """Other bytes with a good signature."""
        return Webhook({**webhook.headers, "X-Shopify-Hmac-Sha256": self.shop.deliveries.sign(body)}, body)

    async def decided(self) -> None:
        """Wait until everything recorded is decided."""
        await self.stage.idle()


def compact(value: object) -> bytes:
    """JSON as this test writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


__all__ = ["Mailbox", "Webhook", "compact", "until"]
