"""One measured run of so many processes on one PostgreSQL, held against the recount."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bench.databases import free_port, postgres
from bench.fleet.sink import send_on, sink
from bench.hosts import Host, Hosts, hosts, shared_loopback
from bench.replay.compare import differences
from bench.replay.lines import OrderLines
from bench.replay.outside import Account, Door, Mix, outside
from bench.replay.recount import recount
from bench.replay.rules import RETAIL, WMS, policy_text
from bench.replay.run import ReplayClock, product_on, until
from bench.replay.story import Story, story_of
from storage.store import SqlStore
from sync.connectors.registry import variable
from sync.model.ids import SkuId, SystemId

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to: webhooks sent, seconds from the first to nothing due, and how much differs from the recount."""

    processes: int
    sent: int
    seconds: float
    differing: int

    @property
    def per_second(self) -> float:
        """Webhooks recorded and decided per second."""
        return self.sent / self.seconds


class Fleet:
    """So many processes, behind one port of this machine or each on a host of its own."""

    def __init__(self, members: list[asyncio.subprocess.Process], urls: list[str]) -> None:
        self.urls = urls
        self._members = members

    async def forward_to(self, instant: datetime) -> None:
        """Put every clock there."""
        for member in self._members:
            await _ask(member, instant.isoformat())


async def measure(processes: int, given: OrderLines, *, apart: bool = False) -> Ran:
    """Replay the lines through so many processes on a fresh database. ``apart``: each in a network namespace of its own, which
    reaches the database over the network. Raises TimeoutError when a phase is stuck."""
    if not apart:
        async with postgres() as url:
            return await _measure(processes, given, url, None)
    async with hosts(processes) as made, postgres(listens=made.here) as url:
        return await _measure(processes, given, url, made)


async def _measure(processes: int, given: OrderLines, url: str, made: Hosts | None) -> Ran:
    story = story_of(given.lines, starts_on=datetime.now(UTC) + timedelta(days=1))
    token = secrets.token_urlsafe(24)
    async with outside(story, Mix()) as others:
        clock = ReplayClock()
        # Never started: it only reads what the fleet wrote, by the same rules.
        onlooker = await product_on(url, others.account, clock, token)
        store = onlooker.store
        try:
            async with fleet(processes, url, others.account, token, made) as members:
                await until(lambda: _known(store, story), "reading the shop")
                await members.forward_to(story.ended_at + timedelta(hours=1))
                door = Door(members.urls[0], f"/hooks/{RETAIL}", token)
                await others.open(door)
                await until(lambda: _nothing_due(store), "deciding")
                async with sink() as kept:
                    await others.play(replace(door, url=kept.url))
                began = time.perf_counter()
                await send_on(kept.kept, members.urls)
                await until(lambda: _nothing_due(store), "deciding")
                seconds = time.perf_counter() - began
            clock.forward_to(story.ended_at + timedelta(hours=1))
            found = await differences(onlooker, story, recount(given.lines))
        finally:
            await onlooker.stop()
    return Ran(processes, len(kept.kept), seconds, len(found))


@asynccontextmanager
async def fleet(processes: int, url: str, shop: Account, token: str, made: Hosts | None = None) -> AsyncIterator[Fleet]:
    """Start the processes; they end with the block, drained."""
    async with AsyncExitStack() as stack:
        if made is not None:
            await stack.enter_async_context(shared_loopback(made, [urlsplit(shop.url).port or 80]))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-fleet-"))
        policy = Path(folder) / "policy.yml"
        policy.write_text(policy_text(shop.domain, shop.url, shop.place), encoding="utf-8")
        variables = {
            **os.environ,
            variable(SystemId(RETAIL), "SECRET"): shop.secret,
            variable(SystemId(RETAIL), "TOKEN"): shop.access_token,
            variable(SystemId(WMS), "TOKEN"): token,
            "COUNTERSIGN_DATABASE_URL": url,
            "COUNTERSIGN_POLICY": str(policy),
            "COUNTERSIGN_WEB_PORT": str(free_port()),
            "COUNTERSIGN_HEALTH_PORT": "0",
        }
        places: list[Host | None] = [None] * processes if made is None else list(made.each)
        members = [await _member(variables, place) for place in places]
        try:
            addresses = [await _answer(member) for member in members]
            yield Fleet(members, sorted(set(addresses)))
        finally:
            for member in members:
                if member.stdin is not None:
                    member.stdin.close()
            for member in members:
                await asyncio.wait_for(member.wait(), 30)


async def _member(variables: dict[str, str], host: Host | None) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (*(host.runs if host else ()), sys.executable, "-m", "bench.fleet.member")
    if host is not None:
        variables = variables | {"COUNTERSIGN_WEB_HOST": host.address}
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=variables, stdin=pipe, stdout=pipe)


async def _ask(member: asyncio.subprocess.Process, line: str) -> None:
    if member.stdin is None:
        raise RuntimeError("the process has no input")
    member.stdin.write(f"{line}\n".encode())
    await _answer(member)


async def _answer(member: asyncio.subprocess.Process) -> str:
    if member.stdout is None:
        raise RuntimeError("the process has no output")
    line = (await asyncio.wait_for(member.stdout.readline(), 60)).decode().strip()
    if not line:
        raise RuntimeError("a process of the fleet ended before it stood; run it alone to see why")
    return line


async def _nothing_due(store: SqlStore) -> bool:
    async with store.reading() as uow:
        return not (await uow.views.totals())["due"]


async def _known(store: SqlStore, story: Story) -> bool:
    skus = [SkuId(good.sku) for good in story.goods]
    async with store.reading() as uow:
        return len(await uow.catalogue.skus(skus)) == len(skus) and not (await uow.views.totals())["due"]
