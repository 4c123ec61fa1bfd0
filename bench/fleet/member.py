"""A process of the measured fleet: `python -m bench.fleet.member web worker`, set up by its environment.

It prints where it listens when it stands; a line with an instant (ISO 8601) puts its clock there and is answered; the end of
its input ends it. With ``--waiting`` it stands, prints so, and begins to work at the first such line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime

from bench.replay.run import ReplayClock
from bot import event_loop
from bot.logs import configure_logs
from bot.memory import settle
from bot.settings import ROLES, Role, Settings
from bot.wiring import build_product


async def live(roles: frozenset[Role], waiting: bool) -> None:
    """Work until standard input ends."""
    settings, clock = Settings(_env_file=None), ReplayClock()
    text = settings.policy_file.read_text(encoding="utf-8")
    product = await build_product(
        settings, text, dict(os.environ), clock=clock, author="the fleet", loopback=True, roles=roles
    )
    try:
        if not waiting:
            await product.start()
        settle()
        print(product.web_url or "no door", flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            clock.forward_to(datetime.fromisoformat(line))
            if waiting:
                await product.start()
                waiting = False
            print("there", flush=True)
    finally:
        await product.stop()


if __name__ == "__main__":
    configure_logs("error")
    event_loop.run(live(frozenset(role for role in ROLES if role in sys.argv), "--waiting" in sys.argv))
