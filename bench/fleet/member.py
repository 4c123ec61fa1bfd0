"""A process of the measured fleet: `python -m bench.fleet.member`, set up by its environment.

It prints its address when it stands; a line with an instant (ISO 8601) puts its clock there and is answered; the end of its
input ends it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime

from bench.replay.run import ReplayClock
from bot.logs import configure_logs
from bot.memory import settle
from bot.settings import Settings
from bot.wiring import build_product


async def live() -> None:
    """Work until standard input ends."""
    settings, clock = Settings(_env_file=None), ReplayClock()
    text = settings.policy_file.read_text(encoding="utf-8")
    product = await build_product(settings, text, dict(os.environ), clock=clock, author="the fleet", loopback=True)
    try:
        await product.start()
        settle()
        print(product.web_url, flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            clock.forward_to(datetime.fromisoformat(line))
            print("there", flush=True)
    finally:
        await product.stop()


if __name__ == "__main__":
    configure_logs("error")
    asyncio.run(live())
