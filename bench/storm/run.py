"""One measured storm on one database, told in the sandbox's Slack at Slack's own limits."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bench.storm.world import ACME, FRESH_FOR, WMS, ForwardClock, World, world_on
from bot.slack.client import slack_client
from bot.slack.delivery import Deliverer
from bot.slack.queues import QueueChannels
from bot.slack.standing import QueueMessages
from sandbox.slack import RateLimits, SlackWorkspace
from sandbox.slack.api.desk import LEAST_SCOPES
from storage.engine import open_store
from sync.exceptions.lifecycle import Step
from sync.inbox.service import Inbox
from sync.model.exceptions import Case, Direction, Evidence, ExceptionClass, Fingerprint, Life, Risk
from sync.model.ids import ExceptionId, QueueId, SkuId, StormId, SystemId
from sync.model.money import Money
from sync.model.proof import Entry
from sync.model.stock import Sku
from sync.path.written import write_steps
from sync.storms.gathering import gather

CHANNEL = "inv-marketplaces"
QUEUE = QueueId("marketplaces")
PATIENCE = 120.0
SAMPLE = 50
"""Chains that are read whole, of all."""

MORE_COUNTED = re.compile(r"([\d,]+) more wait for a card")


@dataclass(frozen=True, slots=True)
class Stormed:
    """What a dead feed came to. Times are seconds; ``opening`` finds, settles and opens them all.

    ``told`` and ``folded``: from the commit of the last exception to the card that says so. ``alone`` and ``beside``: an ordinary
    card, from its commit to Slack, before the storm and in it.
    ``messages``: of the storm in its queue's channel, threads and pinned summary counted, ordinary cards not.
    """

    database: str
    exceptions: int
    opening: float
    told: float
    alone: float
    beside: float
    messages: int
    updates: int
    ending: float
    folded: float
    lost: int
    refused: int

    @property
    def faults(self) -> list[str]:
        """What missed its goal (P5)."""
        late = max(3.0, 3 * self.alone)
        checks = {
            f"understandable after {self.told:.1f} s, goal 10 s": self.told > 10,
            f"{self.messages} messages, goal 5": self.messages > 5,
            f"an ordinary card took {self.beside:.1f} s, {late:.1f} s is normal": self.beside > late,
            f"folded {self.folded:.1f} s after the feed was back, goal 10 s": self.folded > 10,
            f"{self.lost} lost": self.lost > 0,
            f"{self.refused} calls beyond Slack's limits": self.refused > 0,
        }
        return [text for text, wrong in checks.items() if wrong]


@dataclass(frozen=True, slots=True)
class Crowded:
    """What as many causes as exceptions came to: seconds until the overflow card stands, cards, and how many it tells of."""

    database: str
    exceptions: int
    told: float
    cards: int
    waiting: int
    refused: int

    @property
    def faults(self) -> list[str]:
        """What missed its goal (P5)."""
        checks = {
            f"understandable after {self.told:.1f} s, goal 10 s": self.told > 10,
            f"{self.cards} cards and {self.waiting} in one, of {self.exceptions}": self.cards != 20
            or self.waiting != self.exceptions - 20,
            f"{self.refused} calls beyond Slack's limits": self.refused > 0,
        }
        return [text for text, wrong in checks.items() if wrong]


@dataclass(slots=True)
class CountedLimits(RateLimits):
    """Slack's own limits; ``refused`` counts the calls that went beyond them."""

    refused: int = 0

    def take(self, method: str, tier: int | None, channel: str | None) -> int | None:
        """Count one call, and whether it is refused."""
        wait = RateLimits.take(self, method, tier, channel)
        self.refused += wait is not None
        return wait


@dataclass(slots=True)
class Scene:
    """A world, the workspace it is told in, and the deliverer between them."""

    world: World
    workspace: SlackWorkspace
    deliverer: Deliverer
    limits: CountedLimits

    def shown(self) -> list[str]:
        """What stands in the queue's channel, as text."""
        return [self.workspace.read(message) for message in self.workspace.messages(CHANNEL)]

    async def seen(self, there: Callable[[], bool]) -> float:
        """Seconds until something stands in Slack."""
        self.deliverer.wake()
        began = time.perf_counter()
        await self.workspace.wait_for(there, PATIENCE)
        return time.perf_counter() - began

    async def ordinary(self, sku: SkuId) -> float:
        """Seconds from the commit of an exception of its own cause to its card."""
        await self.world.counts([sku], WMS, 0)
        await self.world.settled()
        return await self.seen(lambda: any(f"{sku}: Shop" in text for text in self.shown()))


@asynccontextmanager
async def scene(url: str) -> AsyncIterator[Scene]:
    """Everything but the other rooms: an open store, the sandbox's Slack at Slack's own limits, and delivery in real time."""
    clock = ForwardClock()
    store = await open_store(url, clock=clock)
    await store.migrate()
    world = world_on(store, clock)
    limits = CountedLimits()
    async with SlackWorkspace(rate_limits=limits, scopes=LEAST_SCOPES) as workspace:
        client = slack_client(workspace.bot_token, workspace.base_url)
        channels = QueueChannels(client, world.policy)
        await channels.prepare()
        inbox = Inbox(store, world.policy, clock, {})
        queues = QueueMessages(store, world.policy, clock)
        deliverer = Deliverer(store, inbox, client, world.policy, clock, "bench", channels=channels, queues=queues)
        stop = asyncio.Event()
        task = asyncio.create_task(deliverer.run(stop))
        try:
            yield Scene(world, workspace, deliverer, limits)
        finally:
            stop.set()
            deliverer.wake()
            await task
            await store.close()


async def storm(name: str, url: str, count: int) -> Stormed:
    """Let a feed of ``count`` SKUs die and return on the database behind ``url`` (empty). Raises TimeoutError when stuck."""
    async with scene(url) as at:
        world, calls = at.world, at.workspace.calls
        vendors, own = skus("ACM", count), skus("OWN", 4)
        await world.stock(vendors, ACME)
        await world.stock(own, WMS)
        await world.settled()
        alone = await at.ordinary(own[0])
        world.clock.forward(FRESH_FOR + timedelta(minutes=1))
        began, updates = time.perf_counter(), calls.get("chat.update", 0)
        await world.settled()
        opening = time.perf_counter() - began
        whole = f"Acme is silent: {count:,}\u00a0exceptions"
        told = await at.seen(lambda: any(whole in text for text in at.shown()))
        beside = max([await at.ordinary(sku) for sku in own[1:]])
        began = time.perf_counter()
        await world.counts(vendors, ACME, 5)
        await world.settled()
        ending = time.perf_counter() - began
        folded = await at.seen(
            lambda: any("Cleared by itself" in text and "Acme is heard again" in text for text in at.shown())
        )
        return Stormed(
            database=name,
            exceptions=count,
            opening=opening,
            told=told,
            alone=alone,
            beside=beside,
            messages=_messages(at),
            updates=calls.get("chat.update", 0) - updates,
            ending=ending,
            folded=folded,
            lost=await _lost(world, vendors),
            refused=at.limits.refused,
        )


def skus(prefix: str, count: int) -> list[SkuId]:
    """So many codes."""
    return [SkuId(f"{prefix}-{nth:06d}") for nth in range(count)]


def _messages(at: Scene) -> int:
    """Messages of the storm in its channel, threads counted; ordinary cards, which begin with their own SKU, are not."""
    total = 0
    for message in at.workspace.messages(CHANNEL):
        if "OWN-" in at.workspace.read(message).split("\n")[0]:
            continue
        total += len(at.workspace.thread(CHANNEL, message.ts))
    return total


async def _lost(world: World, vendors: Sequence[SkuId]) -> int:
    """Exceptions that are missing, did not end, or whose chain does not tell their whole story."""
    async with world.store.reading() as uow:
        found = await uow.storms.get(StormId(1))
        left = [
            case
            for case in await uow.cases.unresolved(None, None, len(vendors))
            if case.fingerprint.sku in set(vendors)
        ]
        gone = 0 if found is None else found.ended
        step = max(1, len(vendors) // SAMPLE)
        wrong = 0
        names = await uow.proofs.names("exception:")
        for chain in names[::step]:
            kinds = [entry.entry.kind for entry in await uow.proofs.chain(chain)]
            wrong += "gathered" in kinds and kinds != ["opened", "gathered", "cleared"]
    return abs(len(vendors) - gone) + len(left) + wrong


async def crowd(name: str, url: str, count: int) -> Crowded:
    """Open ``count`` exceptions of as many causes within moments. Raises TimeoutError when stuck."""
    async with scene(url) as at:
        world, codes = at.world, skus("OWN", count)
        await world.stock(codes, WMS)
        await world.settled()
        await exceptions_of(world, codes)
        told = await at.seen(lambda: _waiting(at) > 0)
        await at.seen(lambda: _cards(at) >= 20 and _waiting(at) == count - 20)
        return Crowded(name, count, told, _cards(at), _waiting(at), at.limits.refused)


async def exceptions_of(world: World, codes: Sequence[SkuId]) -> None:
    """An open exception of each SKU, each of a cause of its own."""
    now = world.clock.now()
    entry = Entry("opened", now, "countersign", "Opened.")
    cases = [_case(world, sku, nth) for nth, sku in enumerate(codes, 1)]
    async with world.store.unit_of_work() as uow:
        await uow.catalogue.add_skus([Sku(sku, f"Thing {sku}") for sku in codes])
        gathered = await gather(uow, [Step(one, (entry,), opened=True) for one in cases], world.policy.current, now)
        await write_steps(uow, gathered.steps, now)


def _cards(at: Scene) -> int:
    return sum("OWN-" in text.split("\n")[0] for text in at.shown())


def _waiting(at: Scene) -> int:
    found = [MORE_COUNTED.search(text) for text in at.shown()]
    return next((int(one[1].replace(",", "")) for one in found if one), 0)


def _case(world: World, sku: SkuId, nth: int) -> Case:
    now = world.clock.now()
    return Case(
        id=ExceptionId(0),
        fingerprint=Fingerprint(
            ExceptionClass.EXPOSURE_MISMATCH, sku=sku, systems=(SystemId("shop"),), direction=Direction.OVER
        ),
        life=Life.OPEN,
        version=1,
        queue=QUEUE,
        delta=nth,
        evidence=Evidence("A count of its own.", f"wms:{nth}", now, shows=nth, can_sell=0, cause=f"cause-{nth}"),
        risk=Risk(Money(Decimal(nth), "USD"), per_hour=Decimal(nth)),
        since=now,
        opened_at=now,
        assign_by=now + timedelta(minutes=30),
        resolve_by=now + timedelta(hours=2),
        policy_version=0,
    )
