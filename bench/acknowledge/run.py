"""One measured shift on one database: the same people ask the bare handler and the product, which is loaded meanwhile."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import yaml

from bench.acknowledge.member import EVENTS
from bench.acknowledge.people import Waits, work
from bench.databases import free_port
from bench.fleet.run import ROOT
from bench.storm.run import exceptions_of, skus
from bench.storm.world import ACME, FRESH_FOR, WMS, ForwardClock, document, world_on
from sandbox.slack import RateLimits, SlackWorkspace
from storage.engine import open_store

GOAL = 3.0
"""Seconds within which Slack wants its yes, at the 99.9th percentile."""
COUNTED_AT_ONCE = 50
EVERY = 0.5
"""Seconds between two webhooks of so many counts."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Seconds until Slack heard yes. ``floor`` is the median of the bare handler in the same run, unloaded; ``unknown``: forms
    that were answered in time with *not known yet*."""

    database: str
    mode: str
    count: int
    p50: float
    p99: float
    p999: float
    longest: float
    by: dict[str, float]
    unanswered: int
    unknown: int
    floor: float
    floor_p999: float
    exceptions: int
    webhooks: int
    people: int

    @property
    def ratio(self) -> float:
        """The product's median against the floor's."""
        return self.p50 / self.floor


def share(values: list[float], part: float) -> float:
    """A percentile of sorted values."""
    return values[min(len(values) - 1, int(len(values) * part))]


async def measure(
    name: str, url: str, mode: str, *, exceptions: int, storm: int, people: int, seconds: float
) -> Acknowledged:
    """Load an empty database, then let people work. Raises TimeoutError when nothing comes up."""
    own = min(exceptions, 1_000)
    await _load(url, exceptions, own, storm)
    token = secrets.token_urlsafe(24)
    async with SlackWorkspace(rate_limits=RateLimits()) as workspace:
        floor = await _floor(workspace, url, people, min(seconds, 15.0))
        workspace.delivery.request_url = None
        async with _member("product", url, workspace, mode, token) as address:
            if mode == "http":
                await workspace.delivery.use_request_url(f"{address}{EVENTS}")
            else:
                await workspace.sockets.connected(60)
            waits, ending = Waits(), time.monotonic() + seconds
            sending = asyncio.create_task(_webhooks(address, token, own, ending))
            async with asyncio.TaskGroup() as shift:
                for nth in range(people):
                    shift.create_task(work(workspace, waits, own, ending, nth))
            webhooks = await sending
    told = waits.all
    return Acknowledged(
        database=name,
        mode=mode,
        count=len(told),
        p50=share(told, 0.5),
        p99=share(told, 0.99),
        p999=share(told, 0.999),
        longest=told[-1],
        by={what: share(sorted(many), 0.99) for what, many in sorted(waits.of.items())},
        unanswered=waits.unanswered,
        unknown=waits.unknown,
        floor=share(floor, 0.5),
        floor_p999=share(floor, 0.999),
        exceptions=exceptions,
        webhooks=webhooks,
        people=people,
    )


async def _load(url: str, exceptions: int, own: int, storm: int) -> None:
    """So many open exceptions, SKUs that are counted all the time, and a vendor whose feed is silent by the time of the shift."""
    clock = ForwardClock()
    clock.forward(-FRESH_FOR - timedelta(minutes=5))
    store = await open_store(url, clock=clock)
    await store.migrate()
    world = world_on(store, clock)
    await world.stock(skus("OWN", own), WMS)
    await world.stock(skus("ACM", storm), ACME)
    await world.settled()
    clock.forward(FRESH_FOR + timedelta(minutes=5))
    await exceptions_of(world, skus("OLD", exceptions))
    await store.close()


async def _floor(workspace: SlackWorkspace, url: str, people: int, seconds: float) -> list[float]:
    """The same clicks against the bare handler."""
    async with _member("bare", url, workspace, "http", "") as address:
        await workspace.delivery.use_request_url(f"{address}{EVENTS}")
        waits, ending = Waits(), time.monotonic() + seconds
        async with asyncio.TaskGroup() as shift:
            for nth in range(people):
                shift.create_task(work(workspace, waits, 1, ending, nth))
    return waits.all


async def _webhooks(address: str, token: str, own: int, until: float) -> int:
    """Counts that come in all the time: what was there is gone, and is there again."""
    sent = 0
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        while time.monotonic() < until:
            first = sent * COUNTED_AT_ONCE
            events = [
                {
                    "type": "stock.counted",
                    "id": f"count:{sent}:{nth}",
                    "occurred_at": datetime.now(UTC).isoformat(),
                    "sku": f"OWN-{nth % own:06d}",
                    "location": "reno",
                    "on_hand": 0 if (first // own) % 2 == 0 else 5,
                }
                for nth in range(first, first + COUNTED_AT_ONCE)
            ]
            key = {"Idempotency-Key": f"bench-{sent}"}
            async with session.post(f"{address}/api/v1/events", json={"events": events}, headers=key) as answer:
                if answer.status >= 300:
                    raise RuntimeError(f"HTTP {answer.status}: {(await answer.text())[:300]}")
            sent += 1
            await asyncio.sleep(EVERY)
    return sent


@asynccontextmanager
async def _member(kind: str, url: str, workspace: SlackWorkspace, mode: str, token: str) -> AsyncIterator[str]:
    """A process of its own; its address."""
    with tempfile.TemporaryDirectory(prefix="countersign-acknowledge-") as folder:
        policy = Path(folder) / "policy.yml"
        await asyncio.to_thread(policy.write_text, yaml.safe_dump(document("events_api", "events_api")), "utf-8")
        variables = {
            **os.environ,
            "COUNTERSIGN_DATABASE_URL": url,
            "COUNTERSIGN_POLICY": str(policy),
            "COUNTERSIGN_WEB_PORT": str(free_port()),
            "COUNTERSIGN_HEALTH_PORT": "0",
            "COUNTERSIGN_SLACK_MODE": mode,
            "COUNTERSIGN_SLACK_BASE_URL": workspace.base_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "WMS_TOKEN": token,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.acknowledge.member", kind, env=variables, stdout=asyncio.subprocess.PIPE
        )
        said = process.stdout
        if said is None:
            raise RuntimeError("a pipe was asked for")
        try:
            async with asyncio.timeout(60):
                address = (await said.readline()).decode().strip()
            if not address:
                raise TimeoutError(f"the {kind} did not start")
            passing = asyncio.create_task(_passed_on(said))
            yield address
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()
        await passing


async def _passed_on(said: asyncio.StreamReader) -> None:
    """What the process logs is seen, and never fills its pipe."""
    async for line in said:
        sys.stderr.write(line.decode())
