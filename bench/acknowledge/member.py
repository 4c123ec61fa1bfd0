"""The process that is asked: the product as ``countersign demo`` has it, or the bare handler; says its address and goes on
until SIGTERM."""

from __future__ import annotations

import asyncio
import hmac
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

from aiohttp import web

from bench.ingest.floor import table
from bot import event_loop
from bot.logs import configure_logs
from bot.settings import Settings
from bot.slack.running import SlackSide
from bot.wiring import build_product
from sandbox.slack.delivery import signature

EVENTS = "/slack/events"


@asynccontextmanager
async def product() -> AsyncIterator[str]:
    """The whole product on the settings of the environment."""
    settings = Settings(_env_file=None)
    text = await asyncio.to_thread(settings.policy_file.read_text, "utf-8")
    running = await build_product(settings, text, dict(os.environ), author="the bench", loopback=True)
    try:
        await running.start(await SlackSide.connect(settings, running, sandbox=True))
        yield running.web_url
    finally:
        await running.stop()


@asynccontextmanager
async def bare() -> AsyncIterator[str]:
    """A handler that verifies Slack's signature, reads the payload, commits one row and says yes."""
    secret = os.environ["SLACK_SIGNING_SECRET"]
    turn = asyncio.Lock()
    async with table(os.environ["COUNTERSIGN_DATABASE_URL"]) as insert:

        async def take(request: web.Request) -> web.Response:
            body = await request.text()
            if request.content_type == "application/json":
                return web.json_response({"challenge": (await request.json())["challenge"]})
            given, stamp = request.headers["X-Slack-Signature"], request.headers["X-Slack-Request-Timestamp"]
            if not hmac.compare_digest(given, signature(secret, stamp, body)):
                return web.Response(status=401)
            told = parse_qs(body)
            async with turn:
                await insert([(stamp, next(iter(told), ""), str(len(body)))])
            return web.Response()

        app = web.Application()
        app.router.add_post(EVENTS, take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def live(kind: str) -> None:
    """Run until told to end."""
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    async with {"product": product, "bare": bare}[kind]() as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await ending.wait()


if __name__ == "__main__":
    configure_logs(os.environ.get("COUNTERSIGN_LOG", "error"))
    event_loop.run(live(sys.argv[1]))
