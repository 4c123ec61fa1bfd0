"""The processes of a measured fleet: started, told what time it is, and ended."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bench.databases import free_port
from bench.hosts import Host, Hosts, shared_loopback
from bench.replay.outside import Account
from bench.replay.rules import RETAIL, WMS, policy_text
from bot.settings import ROLES
from sync.connectors.registry import variable
from sync.model.ids import SystemId

ROOT = Path(__file__).parents[2]

STANDS_WITHIN = 180.0
"""Seconds that a process may take to stand or to answer: it is not what is measured, and the machine may be busy."""


class Fleet:
    """So many processes, behind one port of this machine or each on a host of its own."""

    def __init__(self, members: list[asyncio.subprocess.Process], urls: list[str]) -> None:
        self.urls = urls
        self._members = members

    @property
    def pids(self) -> list[int]:
        """Their process ids."""
        return [member.pid for member in self._members]

    async def forward_to(self, instant: datetime) -> None:
        """Put every clock there; who waited for it begins to work."""
        await asyncio.gather(*(_ask(member, instant.isoformat()) for member in self._members))


@asynccontextmanager
async def fleet(
    processes: int,
    url: str,
    shop: Account,
    token: str,
    made: Hosts | None = None,
    *,
    roles: Sequence[str] = ROLES,
    waiting: bool = False,
) -> AsyncIterator[Fleet]:
    """Start the processes; they end with the block, drained. ``waiting``: they stand, and begin to work when they are told the
    time."""
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
        words = (*(("--waiting",) if waiting else ()), *roles)
        members = [await _member(variables, place, words) for place in places]
        try:
            addresses = [await _answer(member) for member in members]
            yield Fleet(members, sorted(set(addresses)))
        finally:
            for member in members:
                if member.stdin is not None:
                    member.stdin.close()
            for member in members:
                await asyncio.wait_for(member.wait(), 30)


async def _member(variables: dict[str, str], host: Host | None, words: Sequence[str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (*(host.runs if host else ()), sys.executable, "-m", "bench.fleet.member", *words)
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
    line = (await asyncio.wait_for(member.stdout.readline(), STANDS_WITHIN)).decode().strip()
    if not line:
        raise RuntimeError("a process of the fleet ended before it stood; run it alone to see why")
    return line
