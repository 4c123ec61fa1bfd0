"""``python -m bench.start``: seconds from starting the process until its health answers, and memory once it is idle."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
import click

from bench.databases import free_port
from bench.fleet.run import ROOT
from bench.kept import keep
from bench.replay.rules import policy_text

READY_GOAL, IDLE_GOAL = 2.0, 150.0
IDLE_AFTER = 5.0
"""Seconds after which a process without work is idle."""

HEAVY = ("matplotlib", "polars", "xlsxwriter")
"""Imported when used, never at the start."""


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds until health answered; resident memory in MiB when idle; what of the heavy libraries was in it."""

    ready: float
    idle: float
    heavy: tuple[str, ...]


async def measure() -> Started:
    """Start web and worker on a fresh SQLite file, with a shop that does not answer. Raises TimeoutError."""
    with tempfile.TemporaryDirectory(prefix="countersign-start-") as folder:
        policy, port = Path(folder) / "policy.yml", free_port()
        text = policy_text("retail.myshopify.com", "nowhere", 1).replace(', url: "nowhere"', "")
        await asyncio.to_thread(policy.write_text, text, "utf-8")
        variables = {
            **os.environ,
            "COUNTERSIGN_DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "COUNTERSIGN_POLICY": str(policy),
            "COUNTERSIGN_WEB_PORT": str(free_port()),
            "COUNTERSIGN_HEALTH_PORT": str(port),
            "COUNTERSIGN_LOG": "error",
            "SLACK_BOT_TOKEN": "",
            "RETAIL_SECRET": secrets.token_hex(16),
            "RETAIL_TOKEN": secrets.token_hex(16),
            "WMS_TOKEN": secrets.token_hex(16),
            "PYTHONPATH": str(ROOT),
        }
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.start.member", env=variables)
        try:
            await _answers(f"http://127.0.0.1:{port}/health")
            ready = time.perf_counter() - began
            await asyncio.sleep(IDLE_AFTER)
            status = await asyncio.to_thread(Path(f"/proc/{process.pid}/status").read_text, "utf-8")
            maps = await asyncio.to_thread(Path(f"/proc/{process.pid}/maps").read_text, "utf-8")
        finally:
            process.terminate()
            await process.wait()
    kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return Started(ready, kib / 1024, tuple(name for name in HEAVY if f"/{name}/" in maps or f"_{name}" in maps))


async def _answers(url: str) -> None:
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)


@click.command()
@click.option("--times", type=click.IntRange(min=1), default=3, show_default=True, help="The best of so many starts.")
def main(times: int) -> None:
    """Measure a start and an idle process."""
    runs = [asyncio.run(measure()) for _ in range(times)]
    best = min(runs, key=lambda one: one.ready)
    click.echo(f"ready after {best.ready:.2f} s (goal {READY_GOAL:g}); idle {best.idle:.0f} MiB (goal {IDLE_GOAL:g})")
    click.echo(f"heavy libraries in it: {', '.join(best.heavy) or 'none'}")
    keep("start", {"runs": [asdict(one) for one in runs]})


if __name__ == "__main__":
    main()
