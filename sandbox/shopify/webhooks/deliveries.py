"""Delivering webhooks over real HTTP: signed, retried, and as faulty as told.

Source of the protocol: shopify.dev, webhooks over HTTPS: answer 2xx within 5 s, 8 retries over 4 h with the same
``X-Shopify-Webhook-Id``, then the subscription goes. ``X-Shopify-Hmac-Sha256`` is base64(HMAC-SHA256(app client
secret, raw body)); no other header is signed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass

import aiohttp
import structlog

from sandbox.shopify.shop import Json, Moment, Shop
from sandbox.shopify.state import Subscription

log = structlog.get_logger(__name__)

API_VERSION = "2026-10"
# Seconds until each retry: 8 of them, 4 hours in all.
RETRY_AFTER = (60, 300, 600, 1200, 1800, 2700, 3600, 4140)
# A delivery held back to be overtaken leaves at the latest after this many seconds, overtaken or not.
_HELD_AT_MOST = 0.2
_KEPT_LATELY = 200


@dataclass(slots=True)
class Counters:
    """What became of webhooks. ``sent`` counts HTTP requests, ``acknowledged`` 2xx answers to them."""

    announced: int = 0
    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    duplicated: int = 0
    reordered: int = 0
    dropped: int = 0
    retried: int = 0
    given_up: int = 0


@dataclass(slots=True, eq=False)
class Delivery:
    subscription: Subscription
    headers: dict[str, str]
    body: bytes
    attempts: int = 0


@dataclass(slots=True, eq=False)
class _Held:
    delivery: Delivery
    overtakers: int
    timer: asyncio.TimerHandle | None = None


class Deliveries:
    """The outgoing side of one shop. Its faults can be changed at any time.

    ``time_scale`` shortens the retry schedule: 0.001 makes four hours 14 seconds.
    """

    def __init__(
        self, shop: Shop, secret: str, *, concurrency: int, timeout: float, time_scale: float, seed: int
    ) -> None:
        self.shop = shop
        self.secret = secret
        self.concurrency = concurrency
        self.timeout = timeout
        self.time_scale = time_scale
        self.counters = Counters()
        self._random = random.Random(seed)
        self._ready: deque[Delivery] = deque()
        self._held: list[_Held] = []
        self._outstanding = 0
        self._sequence = 0
        self._running = True
        self._session: aiohttp.ClientSession | None = None
        self._workers: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._last_chosen: dict[tuple[int, object], bytes] = {}
        self._changed = asyncio.Condition()
        self._lately: deque[Delivery] = deque(maxlen=_KEPT_LATELY)
        self._last: tuple[Json, bytes, str] | None = None
        self._delay: Callable[[], float] | None = None
        self._duplicate_share = 0.0
        self._duplicate_with_new_id = False
        self._reorder_share = 0.0
        self._reorder_window = 5
        self._drop_share = 0.0

    def delay(self, seconds: float | Callable[[], float]) -> None:
        """Every delivery leaves this much later; 0 ends it."""
        if callable(seconds):
            self._delay = seconds
        else:
            self._delay = (lambda: seconds) if seconds else None

    def duplicate(self, share: float, *, new_id: bool = False) -> None:
        """This share is sent twice: under the same webhook id, or under a fresh one as some senders do."""
        self._duplicate_share = _share(share)
        self._duplicate_with_new_id = new_id

    def reorder(self, share: float, *, window: int = 5) -> None:
        """This share is overtaken by up to ``window`` later deliveries."""
        self._reorder_share = _share(share)
        self._reorder_window = window

    def drop(self, share: float) -> None:
        """This share never leaves, and nobody is told."""
        self._drop_share = _share(share)

    def pause(self) -> None:
        """Keep everything back until ``resume``."""
        self._running = False

    def resume(self) -> None:
        """Send what was kept back, and go on."""
        self._running = True
        self._wake()

    def wants(self, topic: str) -> bool:
        """Whether any subscription takes this topic."""
        return any(one.topic == topic for one in self.shop.subscriptions.values())

    def announce(self, topic: str, moment: Moment, body: Json) -> None:
        """Send one event to all subscriptions of its topic."""
        raw, signature = self._sealed(body)
        for subscription in self.shop.subscriptions.values():
            if subscription.topic != topic:
                continue
            if not subscription.include_fields:
                self._send(subscription, topic, moment, raw, signature)
            elif (chosen := self._chosen(subscription, body)) is not None:
                self._send(subscription, topic, moment, chosen, self.sign(chosen))

    def _send(self, subscription: Subscription, topic: str, moment: Moment, raw: bytes, signature: str) -> None:
        self.counters.announced += 1
        self._enqueue_with_faults(Delivery(subscription, self._headers(topic, moment, signature), raw))

    def _chosen(self, subscription: Subscription, body: Json) -> bytes | None:
        """The fields a subscription asked for; None when they are what it got last time, as documented."""
        raw = _compact({key: body[key] for key in subscription.include_fields if key in body})
        resource = body.get("id") or (body.get("inventory_item_id"), body.get("location_id"))
        if self._last_chosen.get((subscription.id, resource)) == raw:
            return None
        self._last_chosen[subscription.id, resource] = raw
        return raw

    def send_raw(self, topic: str, raw: bytes, moment: Moment, *, signature: str | None = None) -> None:
        """Send these very bytes to the topic's subscribers: for odd encodings, old bodies and forgeries."""
        signed = self.sign(raw) if signature is None else signature
        for subscription in self.shop.subscriptions.values():
            if subscription.topic == topic:
                self.counters.announced += 1
                self._enqueue(Delivery(subscription, self._headers(topic, moment, signed), raw))

    def resend(self, topic: str, *, new_id: bool = True) -> None:
        """Send the newest webhook of this topic once more: the same bytes, by default as another delivery."""
        for old in reversed(self._lately):
            if old.subscription.topic == topic:
                headers = dict(old.headers)
                if new_id:
                    headers["X-Shopify-Webhook-Id"] = str(uuid.uuid4())
                self.counters.duplicated += 1
                self._enqueue(Delivery(old.subscription, headers, old.body))
                return
        raise LookupError(f"no webhook of topic {topic!r} was sent lately")

    def sign(self, raw: bytes) -> str:
        """The value of ``X-Shopify-Hmac-Sha256`` for these bytes."""
        return base64.b64encode(hmac.digest(self.secret.encode(), raw, hashlib.sha256)).decode()

    def _sealed(self, body: Json) -> tuple[bytes, str]:
        if self._last is not None and self._last[0] is body:
            return self._last[1], self._last[2]
        raw = _compact(body)
        signature = self.sign(raw)
        self._last = (body, raw, signature)
        return raw, signature

    def _headers(self, topic: str, moment: Moment, signature: str) -> dict[str, str]:
        self._sequence += 1
        at = moment.at
        nanoseconds = at.microsecond * 1000 + self._sequence % 1000
        return {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": self.shop.domain,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": moment.event_id,
            "X-Shopify-Triggered-At": f"{at:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z",
        }

    def _enqueue_with_faults(self, delivery: Delivery) -> None:
        roll = self._random.random
        if self._drop_share and roll() < self._drop_share:
            self.counters.dropped += 1
            return
        if self._duplicate_share and roll() < self._duplicate_share:
            self.counters.duplicated += 1
            headers = dict(delivery.headers)
            if self._duplicate_with_new_id:
                headers["X-Shopify-Webhook-Id"] = str(uuid.uuid4())
            self._enqueue(Delivery(delivery.subscription, headers, delivery.body))
        if self._reorder_share and roll() < self._reorder_share:
            self.counters.reordered += 1
            self._hold(delivery)
            return
        self._enqueue(delivery)

    def _hold(self, delivery: Delivery) -> None:
        self._outstanding += 1
        held = _Held(delivery, self._random.randint(1, self._reorder_window))
        self._held.append(held)
        if (loop := _loop()) is not None:
            held.timer = loop.call_later(_HELD_AT_MOST, self._let_go, held)

    def _let_go(self, held: _Held) -> None:
        if held in self._held:
            self._held.remove(held)
            if held.timer is not None:
                held.timer.cancel()
            self._ready.append(held.delivery)
            self._wake()

    def _enqueue(self, delivery: Delivery) -> None:
        self._outstanding += 1
        if self._delay is not None and _loop() is not None:
            self._later(self._delay(), delivery)
        else:
            self._push(delivery)

    def _later(self, seconds: float, delivery: Delivery) -> None:
        def due() -> None:
            self._timers.discard(timer)
            self._push(delivery)

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)

    def _push(self, delivery: Delivery) -> None:
        self._ready.append(delivery)
        for held in tuple(self._held):
            held.overtakers -= 1
            if held.overtakers <= 0:
                self._let_go(held)
        self._wake()

    def _wake(self) -> None:
        """Start as many workers as there is work for."""
        if not self._running or self._session is None:
            return
        while self._ready and len(self._workers) < min(self.concurrency, len(self._ready) + len(self._workers)):
            task = asyncio.get_running_loop().create_task(self._work(self._session))
            self._workers.add(task)
            task.add_done_callback(self._workers.discard)

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while self._running and self._ready:
            delivery = self._ready.popleft()
            acknowledged = await self._post(session, delivery)
            if not acknowledged and self._retry(delivery):
                continue
            self._outstanding -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _post(self, session: aiohttp.ClientSession, delivery: Delivery) -> bool:
        self.counters.sent += 1
        delivery.attempts += 1
        self._lately.append(delivery)
        try:
            async with session.post(
                delivery.subscription.uri, data=delivery.body, headers=delivery.headers, allow_redirects=False
            ) as answer:
                acknowledged = 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            log.debug("webhook not delivered", uri=delivery.subscription.uri, fault=repr(fault))
            acknowledged = False
        if acknowledged:
            self.counters.acknowledged += 1
        else:
            self.counters.refused += 1
        return acknowledged

    def _retry(self, delivery: Delivery) -> bool:
        """Plan the next attempt; after the last one the subscription is removed."""
        if delivery.attempts > len(RETRY_AFTER):
            self.counters.given_up += 1
            self.shop.subscriptions.pop(delivery.subscription.id, None)
            return False
        self.counters.retried += 1
        wait = RETRY_AFTER[delivery.attempts - 1] * self.time_scale
        self._later(wait, delivery)
        return True

    def report(self) -> Json:
        """The counters and what is outstanding, by name."""
        return {**asdict(self.counters), "outstanding": self._outstanding, "paused": not self._running}

    @property
    def outstanding(self) -> int:
        """Deliveries not yet answered or given up."""
        return self._outstanding

    async def drain(self, timeout: float = 60.0) -> None:
        """Wait until all is answered or given up.

        Raises TimeoutError when that takes longer, and RuntimeError while paused with work waiting.
        """
        await self.room(0, timeout)

    async def room(self, at_most: int, timeout: float = 60.0) -> None:
        """Wait until no more than ``at_most`` deliveries are outstanding: back-pressure for a replay."""
        if not self._running and self._outstanding > at_most:
            raise RuntimeError("deliveries are paused; resume() before waiting for them")
        if at_most == 0:
            for held in tuple(self._held):
                self._let_go(held)
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: self._outstanding <= at_most)

    async def start(self) -> None:
        """Open the client side; what was announced before is sent now."""
        self._running = True
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.concurrency),
            timeout=aiohttp.ClientTimeout(total=self.timeout),
            skip_auto_headers=("Accept", "Accept-Encoding"),
        )
        self._wake()

    async def stop(self) -> None:
        """Stop sending at once; what is outstanding is lost, as when a platform has an outage."""
        self._running = False
        for task in tuple(self._workers):
            task.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None
        for timer in (*self._timers, *(held.timer for held in self._held)):
            if timer is not None:
                timer.cancel()
        self._timers.clear()
        self._held.clear()
        self._ready.clear()
        self._outstanding = 0


def _compact(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {value}")
    return value


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
