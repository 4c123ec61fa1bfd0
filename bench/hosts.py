"""Several hosts on one machine: network namespaces on a bridge, each with an address and a loopback of its own.

What listens on this machine's loopback (a stand-in, a database's socket) is reached from there through relays, so that a
process on such a host is set up exactly as it would be here. Needs root and iproute2; see :func:`why_not`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


def why_not() -> str:
    """Why no hosts can be made here; empty when they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need the program ip (iproute2)"
    probe = f"cs-{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"network namespaces cannot be made here: {made.stderr.strip()}"
    _ip("netns", "del", probe)
    return ""


@dataclass(frozen=True, slots=True)
class Host:
    """One of them: its namespace, its address, and what goes before a command to run it there."""

    namespace: str
    address: str

    @property
    def runs(self) -> tuple[str, ...]:
        """Words before a command; ``ip`` becomes that command, so a signal to it is one to the command."""
        return ("ip", "netns", "exec", self.namespace)

    def vanish(self) -> None:
        """Pull its cable: nobody is told, what it holds it holds."""
        _ip("-n", self.namespace, "link", "set", "eth0", "down")

    def come_back(self) -> None:
        """Put it in again."""
        _ip("-n", self.namespace, "link", "set", "eth0", "up")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts, and this machine's address among them."""

    here: str
    each: tuple[Host, ...]


@asynccontextmanager
async def hosts(count: int) -> AsyncIterator[Hosts]:
    """So many hosts until the end of the block."""
    net, bridge = f"10.213.{secrets.randbelow(200) + 20}", f"cs{secrets.token_hex(3)}"
    made = Hosts(f"{net}.1", tuple(Host(f"{bridge}-{nth}", f"{net}.{nth + 10}") for nth in range(count)))
    async with AsyncExitStack() as stack:
        _ip("link", "add", bridge, "type", "bridge")
        stack.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{made.here}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for nth, host in enumerate(made.each):
            _join(host, bridge, f"{bridge}v{nth}")
            stack.callback(_ip, "netns", "del", host.namespace)
        yield made


@asynccontextmanager
async def shared_loopback(made: Hosts, ports: Sequence[int]) -> AsyncIterator[None]:
    """These ports lead, on each host's loopback, to the same port of this machine's."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(relay([f"{made.here}:{port}=127.0.0.1:{port}" for port in ports]))
        for host in made.each:
            back = [f"127.0.0.1:{port}={made.here}:{port}" for port in ports]
            await stack.enter_async_context(relay(back, host))
        yield


def _join(host: Host, bridge: str, link: str) -> None:
    """A namespace with a cable to the bridge."""
    _ip("netns", "add", host.namespace)
    _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
    _ip("link", "set", link, "master", bridge, "up")
    inside = ("-n", host.namespace)
    _ip(*inside, "addr", "add", f"{host.address}/24", "dev", "eth0")
    _ip(*inside, "link", "set", "eth0", "up")
    _ip(*inside, "link", "set", "lo", "up")


@asynccontextmanager
async def relay(pairs: Sequence[str], host: Host | None = None) -> AsyncIterator[None]:
    """Pass on what comes to ``listen=target`` pairs (``address:port``, or a socket's path as target), here or on a host."""
    command = (*(host.runs if host else ()), sys.executable, "-m", "bench.relay", *pairs)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        if process.stdout is None or not await asyncio.wait_for(process.stdout.readline(), 30):
            raise RuntimeError(f"the relay {' '.join(pairs)} did not start")
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
