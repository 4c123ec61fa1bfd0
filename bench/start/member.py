"""The process that is started: web doors and the worker, as ``countersign run`` has them, until SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal

from bot import event_loop
from bot.logs import configure_logs
from bot.memory import settle
from bot.settings import Role, Settings
from bot.wiring import build_product

ROLES: frozenset[Role] = frozenset({"web", "worker", "scheduler"})


async def live() -> None:
    """Run until told to end."""
    settings = Settings(_env_file=None)
    text = await asyncio.to_thread(settings.policy_file.read_text, "utf-8")
    product = await build_product(settings, text, dict(os.environ), author="the bench", roles=ROLES)
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    try:
        await product.start()
        settle()
        await ending.wait()
    finally:
        await product.stop()


if __name__ == "__main__":
    configure_logs("error")
    event_loop.run(live())
