"""The product in a simulated world: real doors, real store, real lanes; time and channels are the world's."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import func, select

from bench.simulator.channel import SimulatedChannel
from bench.simulator.clock import WorldClock
from bench.simulator.duty import OnDuty
from bench.simulator.rules import SYSTEMS, policy_text
from bot.settings import Settings
from bot.wiring import Product, take
from sandbox.simulator.network import Message
from sandbox.simulator.verdict import Notice
from sandbox.simulator.ways import CHANNELS, MINUTE, WEB, Ways
from sandbox.simulator.world import World
from storage.engine import open_store
from storage.tables.outbox import lanes, targets
from storage.tables.stock import stock
from storage.tables.systems import systems
from sync.connectors.base import Connector, Fault
from sync.connectors.registry import build, variable
from sync.model.ids import SkuId, SystemId, parse_exception_name
from sync.model.outbox import TargetState
from sync.policy.holder import PolicyInForce
from sync.policy.reading import read_policy
from sync.promise import pool

WAKES_WITHIN = 0.5
"""Seconds from an arrival to the decision on it."""

SAMPLES_EVERY = 5 * MINUTE
"""Seconds between two looks at the pools."""


class NotTaken(Exception):
    """The product's door did not take what a system sent; the message holds its answer."""


@dataclass
class Looks:
    """Pools held against what was knowable: how many looks, how many below (and by how many units), and those above."""

    count: int = 0
    below: int = 0
    units_below: int = 0
    above: list[str] = field(default_factory=list)


@dataclass
class Listening:
    """A product that listens to a world and writes to its channels, driven second by second."""

    world: World
    product: Product
    clock: WorldClock
    channels: Mapping[str, SimulatedChannel]
    tokens: Mapping[str, str]
    session: aiohttp.ClientSession
    duty: OnDuty
    looks: Looks = field(default_factory=Looks)
    messages: int = 0
    steps: int = 0

    async def live(self, until: float) -> None:
        """From now to a second of the world: hear, decide, and write a reaction later."""
        world = self.world
        next_look = next_read = world.now
        looks_at, acts_at = world.now, until
        while world.now < until:
            moment = max(world.now + WAKES_WITHIN, min(until, next_look, next_read, looks_at, acts_at))
            arrived = world.advance_to_news(moment, WAKES_WITHIN)
            self.clock.forward_to(world.instant())
            self.steps += 1
            for message in arrived:
                await self._deliver(message)
            sent = await self.product.lanes.run_due() if world.now >= acts_at else 0
            read = 0
            if world.now >= next_read:
                read = await self.product.reader.read_due_snapshots()
                next_read = world.now + MINUTE
            if arrived or sent or read or world.now >= looks_at:
                await self.product.decider.run_due()
            looks_at, acts_at = await self._wakes(until)
            if world.now >= next_look:
                await self.duty.look()
                await self._look()
                next_look = world.now + SAMPLES_EVERY

    async def _wakes(self, until: float) -> tuple[float, float]:
        """When the product wants to look at something again by itself, and when a lane has something to send: a reaction
        from now, or when its next try is due. Seconds of the world."""
        due = [select(func.min(table.c.due_at)).scalar_subquery() for table in (stock, systems)]
        tries = select(targets.c.next_at, lanes.c.blocked_until).select_from(
            targets.outerjoin(lanes, lanes.c.system == targets.c.lane)
        )
        async with self.product.store.reading() as uow:
            looks = (await uow.link.execute(select(*due))).one()
            waiting = (await uow.link.execute(tries.where(targets.c.state == TargetState.DUE))).all()
        looks_at = min((self._second(one) for one in looks if one is not None), default=until)
        acts = [max((self._second(one) for one in row if one is not None), default=0.0) for row in waiting]
        return looks_at, max(self.world.now + self.world.ways.reaction, min(acts)) if acts else until

    def _second(self, instant: datetime) -> float:
        return (instant - self.world.began) / timedelta(seconds=1)

    async def _deliver(self, message: Message) -> None:
        """Post it as its system does; of two copies every other comes under the same Idempotency-Key."""
        self.messages += 1
        key = message.name if message.copy == 0 or len(message.name) % 2 else f"{message.name}:{message.copy}"
        headers = {"Authorization": f"Bearer {self.tokens[message.system]}", "Idempotency-Key": key}
        url, body = f"{self.product.web_url}/api/v1/events", {"events": [dict(event) for event in message.events]}
        async with self.session.post(url, json=body, headers=headers) as answer:
            if answer.status not in (200, 207):
                raise NotTaken(f"{message.system} {message.name}: HTTP {answer.status}, {(await answer.text())[:500]}")

    async def _look(self) -> None:
        """Every pool against what can be known."""
        now, policy = self.clock.now(), self.product.policy.current
        async with self.product.store.reading() as uow:
            wholes = await uow.stock.load([SkuId(sku) for sku in self.world.ways.codes], now)
        for sku, whole in wholes.items():
            for channel, places in CHANNELS.items():
                found = pool(whole.state, SystemId(channel), policy, now)
                if found.unknown or len(found.decided_by) < len(places):
                    continue
                true = self.world.truth.knowable(sku, channel)
                self.looks.count += 1
                if found.units < true:
                    self.looks.below += 1
                    self.looks.units_below += true - found.units
                elif found.units > true:
                    self.looks.above.append(
                        f"{self.world.now / 3600:.2f} h, {sku} on {channel}: {found.units} > {true}"
                    )

    async def notices(self) -> list[Notice]:
        """Every exception there was, once per time it was opened, out of its own proof."""
        found: list[Notice] = []
        async with self.product.store.reading() as uow:
            for chain in await uow.proofs.names("exception:"):
                case = await uow.cases.get(parse_exception_name(chain.partition(":")[2]))
                if case is None:
                    continue
                spans: list[tuple[datetime, datetime | None]] = []
                for one in await uow.proofs.chain(chain):
                    if one.entry.kind in ("opened", "reopened"):
                        spans.append((one.entry.at, None))
                    elif one.entry.kind in ("cleared", "resolved") and spans:
                        spans[-1] = (spans[-1][0], one.entry.at)
                at = case.fingerprint
                found.extend(
                    Notice(
                        name=f"{case.name} {case.evidence.changed}",
                        cls=str(at.cls),
                        sku=str(at.sku or ""),
                        systems=tuple(str(system) for system in at.systems),
                        place=str(at.location or ""),
                        direction=str(at.direction) if str(at.cls) == "exposure_mismatch" else "",
                        opened=self._second(opened),
                        ended=self._second(ended) if ended is not None else None,
                    )
                    for opened, ended in spans
                )
        return found


@asynccontextmanager
async def listening(url: str, ways: Ways, began: datetime) -> AsyncIterator[Listening]:
    """A product on the empty database behind ``url`` that listens to a world of these ways; stopped at the end."""
    world, clock = World(ways, began), WorldClock(began)
    tokens = {system: secrets.token_urlsafe(24) for system in SYSTEMS}
    environment = {variable(SystemId(system), "TOKEN"): token for system, token in tokens.items()}
    settings = Settings(
        _env_file=None,
        database_url=url,
        policy_file=Path("the simulator's policy"),
        web_host="127.0.0.1",
        web_port=0,
        health_port=0,
    )
    channels = {
        name: SimulatedChannel(front, world, clock.now, fault=Fault.INTERMITTENT if name == WEB else Fault.CONNECTION)
        for name, front in world.channels.items()
    }
    product = await _product(settings, policy_text(ways), environment, clock, channels)
    try:
        await product.start()
        async with aiohttp.ClientSession() as session:
            yield Listening(world, product, clock, channels, tokens, session, OnDuty(product))
    finally:
        await product.stop()


async def _product(
    settings: Settings,
    text: str,
    environment: Mapping[str, str],
    clock: WorldClock,
    channels: Mapping[str, SimulatedChannel],
) -> Product:
    """As ``build_product`` builds it, with the world's channels as the connectors of its channels, and only its doors run by
    themselves: what decides, writes and reads is driven by the world's time."""
    store = await open_store(settings.database_url, clock=clock)
    await store.migrate()
    policy = await take(store, read_policy(text), text, "the simulator", clock)
    connectors: dict[SystemId, Connector] = {
        SystemId(name): channels.get(name) or build(SystemId(name), system, environment, now=clock.now)
        for name, system in policy.systems.items()
    }
    return Product(settings, store, PolicyInForce(policy), clock, connectors, environment, frozenset({"web"}))
