"""The outside of the replay, storefront and warehouse, in a process of its own: what it computes is not the product's time.

The two processes speak over a pipe: the measuring one says where the product listens and what to do next, this one answers
when it is done, or with the error that stopped it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

import aiohttp

from bench.replay.shop import RetailShop
from bench.replay.story import Adjustment, Return, Sale, Story
from bench.replay.warehouse import Warehouse
from bot import event_loop
from bot.logs import configure_logs
from sandbox.shopify.webhooks.deliveries import Counters


@dataclass(frozen=True, slots=True)
class Mix:
    """What webhooks suffer: shares, 0 to 1, that come twice, late, or never (then the recount must differ)."""

    duplicate: float = 0.1
    reorder: float = 0.1
    drop: float = 0.0


@dataclass(frozen=True, slots=True)
class Account:
    """What a product needs to connect to the shop."""

    domain: str
    url: str
    secret: str
    access_token: str
    place: int


@dataclass(frozen=True, slots=True)
class Door:
    """Where the product listens: its address, the path of the shop's webhooks, and the warehouse's token."""

    url: str
    hooks: str
    token: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the outside sent: the shop's webhooks, and the warehouse's events after the opening count."""

    webhooks: Counters
    events: int


_Order = tuple[Literal["open", "play"], Door]


class Outside:
    """The measuring process's hold on the other one."""

    def __init__(self, pipe: Connection, account: Account) -> None:
        self._pipe = pipe
        self.account = account

    async def open(self, door: Door) -> None:
        """The warehouse posts its opening counts."""
        await self._ask(("open", door))

    async def play(self, door: Door) -> Told:
        """Everything happens; answered when the last webhook is."""
        told = await self._ask(("play", door))
        if not isinstance(told, Told):
            raise TypeError(f"the outside answered {told!r}")
        return told

    async def _ask(self, order: _Order) -> object:
        self._pipe.send(order)
        return await _heard(self._pipe)


@asynccontextmanager
async def outside(story: Story, mix: Mix) -> AsyncIterator[Outside]:
    """Start the other process; it ends with the block."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=_live, args=(theirs, story, mix), name="outside", daemon=True)
    process.start()
    theirs.close()
    try:
        account = await _heard(pipe)
        if not isinstance(account, Account):
            raise TypeError(f"the outside began with {account!r}")
        yield Outside(pipe, account)
    finally:
        pipe.close()
        await asyncio.to_thread(process.join, 10)
        process.kill()


async def _heard(pipe: Connection) -> object:
    """The other side's next answer. Raises what stopped it."""
    answer: object = await asyncio.to_thread(pipe.recv)
    if isinstance(answer, Exception):
        raise answer
    return answer


# -- in the other process ----------------------------------------------------------------------------------------------


def _live(pipe: Connection, story: Story, mix: Mix) -> None:
    configure_logs("error")
    try:
        event_loop.run(_serve(pipe, story, mix))
    except EOFError:
        return  # the measuring process is done
    except Exception as error:  # noqa: BLE001 - told to the other side, which raises it
        pipe.send(error)


async def _serve(pipe: Connection, story: Story, mix: Mix) -> None:
    shop = RetailShop(story, duplicate=mix.duplicate, reorder=mix.reorder, drop=mix.drop)
    await shop.stand_in.start()
    try:
        await _obey(pipe, story, shop, mix)
    finally:
        await shop.stand_in.stop()


async def _obey(pipe: Connection, story: Story, shop: RetailShop, mix: Mix) -> None:
    at = shop.stand_in
    pipe.send(Account(at.domain, at.base_url, at.webhook_secret, at.access_token, shop.place.id))
    async with aiohttp.ClientSession() as session:
        while True:
            what, door = await asyncio.to_thread(pipe.recv)
            warehouse = Warehouse(session, door.url, door.token, duplicate=mix.duplicate)
            if what == "open":
                await warehouse.open_with(story)
                pipe.send(None)
            else:
                await _play(story, shop, warehouse, door)
                pipe.send(Told(shop.counters, warehouse.events))


async def _play(story: Story, shop: RetailShop, warehouse: Warehouse, door: Door) -> None:
    """Everything in the order of its time; the shop's webhooks leave by themselves, as fast as they are answered."""
    shop.subscribe(f"{door.url}{door.hooks}")
    old_orders: dict[str, int] = {}
    for one in story.happenings:
        if isinstance(one, Return):
            await shop.room()
            old_orders[one.invoice] = shop.place_old_order(one)
    for one in story.happenings:
        await shop.room()
        match one:
            case Sale():
                shop.sell(one)
            case Return():
                shop.take_back(one, old_orders[one.invoice])
            case Adjustment():
                await warehouse.adjust(one)
    await shop.drain()
