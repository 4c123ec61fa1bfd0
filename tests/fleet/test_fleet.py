"""Several processes share one PostgreSQL: every event once, every SKU's numbers in order, and any of them may die."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from bench.hosts import Host, hosts, relay, shared_loopback, why_not
from sandbox.shop.goods import GOODS, Good
from sandbox.shopify.catalog import VariantSpec
from storage.engine import open_store
from storage.store import SqlStore
from sync.counting.weights import owed
from sync.model.ids import SkuId
from sync.model.outbox import TargetKind
from sync.proof import verify_chain
from tests.fleet.postgres_pair import free_port, listens
from tests.stage import YoungShop, sandbox_policy, until

ROOT = Path(__file__).parents[2]
SKUS = [f"PAN-{number:02}" for number in range(8)]
STOCK = 60
TOPICS = ("orders/create", "orders/updated", "inventory_levels/update")

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@dataclass
class Member:
    """A process of the fleet, on a port of its own that it keeps over its deaths."""

    variables: dict[str, str]
    roles: tuple[str, ...]
    host: Host | None = None
    process: asyncio.subprocess.Process | None = None
    port: int = field(init=False)
    held: socket.socket | None = None

    def __post_init__(self) -> None:
        """While it is dead nobody else may get its port, neither to listen at nor for a connection to somewhere. A host has ports
        of its own, and its relay listens here all the time."""
        if self.host is not None:
            self.port = free_port()
            return
        self.held = socket.socket()
        # Shared as the member's own is, which alone listens: connections come only to it.
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.held.bind(("127.0.0.1", 0))
        self.port = int(self.held.getsockname()[1])

    def give_back(self) -> None:
        """The port, at the end."""
        if self.held is not None:
            self.held.close()

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        listens = {"COUNTERSIGN_WEB_PORT": str(self.port), "COUNTERSIGN_HEALTH_PORT": "0"}
        if self.host is not None:
            listens["COUNTERSIGN_WEB_HOST"] = self.host.address
        self.process = await asyncio.create_subprocess_exec(
            *(self.host.runs if self.host else ()),
            sys.executable,
            "-m",
            "tests.fleet.member",
            *self.roles,
            cwd=ROOT,
            env=self.variables | listens,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        assert line.strip(), "the process did not start"

    async def killed(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def ended(self) -> int:
        """SIGTERM; the exit code once it has drained."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)


@dataclass
class Fleet:
    """A shop that tells everything to every process at once, and those processes."""

    world: YoungShop
    store: SqlStore
    members: list[Member]

    async def idle(self, within: float = 60.0) -> None:
        for shop in self.world.storefronts.values():
            await shop.deliveries.drain(timeout=within)

        async def look() -> bool:
            async with self.store.reading() as uow:
                return (await uow.views.totals())["due"] == 0 and not await uow.outbox.due_lanes(self.world.clock())

        await until(look, "nothing left to do", within)

    async def show(self, sku: str, units: int, within: float) -> None:
        """Wait until every storefront shows so many; else what stands in the way is told."""

        def shown() -> bool:
            world = self.world
            return all(
                shop.level(sku, world.places[name]).available == units for name, shop in world.storefronts.items()
            )

        try:
            await until(shown, f"{sku} to show {units} twice", within)
        except AssertionError as error:
            async with self.store.reading() as uow:
                whole = (await uow.stock.load([SkuId(sku)], self.world.clock()))[SkuId(sku)]
                told = [error, *whole.targets, *whole.cases, *whole.state.positions, *await uow.outbox.lanes()]
            raise AssertionError("\n".join(map(str, told))) from None

    async def sold(self, sku: str) -> dict[str, int]:
        """Units still owed by order."""
        async with self.store.reading() as uow:
            whole = (await uow.stock.load([SkuId(sku)], self.world.clock()))[SkuId(sku)]
        return {line.order: owed(line) for line in whole.state.lines}


def _variables(world: YoungShop, policy: Path, database_url: str) -> dict[str, str]:
    """The environment of every member; the policy is written where it says."""
    policy.write_text(sandbox_policy(), encoding="utf-8")
    return {
        **os.environ,
        **world.environment(),
        "COUNTERSIGN_DATABASE_URL": database_url,
        "COUNTERSIGN_POLICY": str(policy),
    }


@pytest.fixture(params=["one machine", "hosts of their own"])
async def fleet(request: pytest.FixtureRequest, tmp_path: Path, pg_url: str) -> AsyncIterator[Fleet]:
    """Three processes: on this machine, or each in a network namespace that reaches the database over the network."""
    reason = why_not() if request.param != "one machine" else ""
    if reason:
        pytest.skip(reason)
    world = YoungShop(tmp_path)
    for shop, place in zip(world.storefronts.values(), world.places.values(), strict=True):
        for sku in SKUS:
            shop.add_product(f"Pan {sku}", [VariantSpec(sku, stock={place: STOCK})])
    world.warehouse.books |= dict.fromkeys(SKUS, STOCK)
    world.warehouse.shelves |= dict.fromkeys(SKUS, STOCK)
    await world.start()
    variables = _variables(world, tmp_path / "policy.yml", pg_url)
    async with AsyncExitStack() as stack:
        members = [Member(variables, ("web", "worker")) for _ in range(3)]
        if request.param != "one machine":
            members = await stack.enter_async_context(_apart(members, pg_url))
        fleet = Fleet(world, await open_store(pg_url), members)
        try:
            await asyncio.gather(*(member.start() for member in fleet.members))
            await until(lambda: _read(fleet), "the first reading", 60)
            yield fleet
        finally:
            for member in fleet.members:
                if member.process is not None and member.process.returncode is None:
                    await member.killed()
                member.give_back()
            await fleet.store.close()
            await world.stop()


@asynccontextmanager
async def _apart(members: list[Member], pg_url: str) -> AsyncIterator[list[Member]]:
    """The same members, each on a host of its own: what they are told of this machine's loopback leads there."""
    told = " ".join(members[0].variables.values())
    ports = sorted({int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", told)})
    async with hosts(len(members)) as made, shared_loopback(made, ports):
        port = free_port()
        async with relay([f"{made.here}:{port}={listens(pg_url)}"]):
            parts = urlsplit(pg_url)
            url = urlunsplit((parts.scheme, f"{parts.username}@{made.here}:{port}", parts.path, "", ""))
            for member in members:
                member.give_back()
            apart = [
                Member(member.variables | {"COUNTERSIGN_DATABASE_URL": url}, member.roles, host)
                for member, host in zip(members, made.each, strict=True)
            ]
            doors = [
                f"127.0.0.1:{one.port}={host.address}:{one.port}" for one, host in zip(apart, made.each, strict=True)
            ]
            async with relay(doors):
                yield apart


async def _read(fleet: Fleet) -> bool:
    async with fleet.store.reading() as uow:
        wholes = await uow.stock.load([SkuId(sku) for sku in SKUS], fleet.world.clock())
    return len(wholes) == len(SKUS) and all(whole.targets and not whole.fresh for whole in wholes.values())


async def test_three_processes_hear_everything_at_once_and_any_may_die_and_each_order_counts_once(fleet: Fleet) -> None:
    moments, bought = random.Random(11), Counter[str]()
    placed: dict[str, dict[str, int]] = {sku: {} for sku in SKUS}
    for storefront, shop in fleet.world.storefronts.items():
        for member in fleet.members:
            shop.subscribe(f"{member.door}/hooks/{storefront}", *TOPICS)

    for turn in range(36):
        name = moments.choice(list(fleet.world.storefronts))
        sku, units = moments.choice(SKUS), moments.choice((1, 2))
        order = fleet.world.storefronts[name].checkout([(sku, units)])
        placed[sku][str(order.id)] = units
        bought[sku] += units
        if turn % 14 == 6:
            dying = moments.choice(fleet.members)
            await dying.killed()
            await dying.start()
    await fleet.idle(90)

    for sku in SKUS:
        assert await fleet.sold(sku) == placed[sku]
        # A write that lost a race waits a moment before its next try.
        await fleet.show(sku, STOCK - bought[sku], 40)
    async with fleet.store.reading() as uow:
        for name in await uow.proofs.names("exception:"):
            assert verify_chain(await uow.proofs.chain(name)) == []


async def test_a_process_that_is_told_to_end_drains_and_leaves_its_lane_to_the_others(fleet: Fleet) -> None:
    name, shop = next(iter(fleet.world.storefronts.items()))
    shop.subscribe(f"{fleet.members[0].door}/hooks/{name}", *TOPICS)
    shop.checkout([(SKUS[0], 3)])
    await fleet.idle()

    codes = [await fleet.members[1].ended(), await fleet.members[2].ended()]

    assert codes == [0, 0]
    shop.checkout([(SKUS[0], 4)])
    other = next(one for key, one in fleet.world.storefronts.items() if key != name)
    place = fleet.world.places[next(key for key in fleet.world.storefronts if key != name)]
    await until(lambda: other.level(SKUS[0], place).available == STOCK - 7, "the other storefront to be lowered", 20)


async def test_what_one_process_records_another_decides_and_a_third_sends(tmp_path: Path, pg_url: str) -> None:
    """Roles: a door that decides nothing, and a worker without a door that hears of it at once."""
    world = YoungShop(tmp_path)
    await world.start()
    variables = _variables(world, tmp_path / "policy.yml", pg_url)
    members = [Member(variables, ("web",)), Member(variables, ("worker",)), Member(variables, ("worker", "scheduler"))]
    store = await open_store(pg_url)
    fleet = Fleet(world, store, members)
    try:
        await asyncio.gather(*(member.start() for member in members))
        good = next(good.sku for good in _stocked())

        async def read() -> bool:
            async with store.reading() as uow:
                wholes = await uow.stock.load([SkuId(good)], world.clock())
            return any(target.kind is TargetKind.QUANTITY for whole in wholes.values() for target in whole.targets)

        await until(read, "the first reading", 60)
        await fleet.idle()
        us, eu = world.storefronts["shopify-us"], world.storefronts["shopify-eu"]
        before = eu.level(good, world.places["shopify-eu"]).available
        us.subscribe(f"{members[0].door}/hooks/shopify-us", *TOPICS)

        us.checkout([(good, 2)])

        await until(
            lambda: eu.level(good, world.places["shopify-eu"]).available == before - 2, "the other storefront", 20
        )
    finally:
        for member in members:
            if member.process is not None and member.process.returncode is None:
                await member.killed()
            member.give_back()
        await store.close()
        await world.stop()


def _stocked() -> list[Good]:

    return [good for good in GOODS if good.reno > 10]
