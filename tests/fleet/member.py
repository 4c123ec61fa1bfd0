"""One of several processes on one PostgreSQL: `python -m tests.fleet.member web worker`, set up by its environment.

It prints where it listens once its doors are open, and ends by itself, drained, on SIGTERM, as `countersign run` does.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import cast

from bot.logs import configure_logs
from bot.settings import ROLES, Role, Settings
from bot.wiring import build_product


async def run(roles: frozenset[Role]) -> None:
    """Run until told to end."""
    settings = Settings(_env_file=None)
    text = settings.policy_file.read_text(encoding="utf-8")
    product = await build_product(settings, text, dict(os.environ), author="a test", loopback=True, roles=roles)
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    try:
        await product.start()
        sys.stdout.write(f"{product.web_url or 'no door'}\n")
        sys.stdout.flush()
        await ending.wait()
    finally:
        await product.stop()


if __name__ == "__main__":
    configure_logs(os.environ.get("COUNTERSIGN_LOG", "error"))
    asyncio.run(run(frozenset(cast("Role", name) for name in sys.argv[1:] if name in ROLES)))
