"""The product as a process of its own, for tests that kill it: `python -m tests.e2e.product_process` starts one
for each line on its standard input.

Everything comes from the environment, as for `countersign run`; only the workspace and the shops are stand-ins.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.logs import configure_logs
from bot.settings import Settings
from bot.slack.running import SlackSide
from bot.wiring import build_product


async def run() -> None:
    """Run until killed; a line on standard output says its process id as soon as the doors are open."""
    settings = Settings(_env_file=None)
    text = settings.policy_file.read_text(encoding="utf-8")
    product = await build_product(settings, text, dict(os.environ), author="a test", loopback=True)
    await product.start(await SlackSide.connect(settings, product, sandbox=True))
    await product.subscribe(product.web_url)
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def environment(database_url: str, policy: Path, web_port: int, slack: dict[str, str]) -> dict[str, str]:
    """What the process needs besides the shops' variables."""
    return slack | {
        "COUNTERSIGN_DATABASE_URL": database_url,
        "COUNTERSIGN_POLICY": str(policy),
        "COUNTERSIGN_WEB_PORT": str(web_port),
        "COUNTERSIGN_HEALTH_PORT": "0",
    }


def serve() -> None:
    """Start a product for each line read, each in a process of its own, until standard input ends.

    All imports are done by then: a start costs what the product's own start costs. One product lives at a time.
    """
    child = 0
    for _ in sys.stdin:
        if child:
            os.waitpid(child, 0)
        child = os.fork()
        if child == 0:
            asyncio.run(run())
            os._exit(0)
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    configure_logs(os.environ.get("COUNTERSIGN_LOG", "error"))
    serve()
