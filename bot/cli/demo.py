"""`countersign demo`: the whole product on this machine, with a local Slack workspace and a small shop around it."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import click
from pydantic import SecretStr

from bot import event_loop
from bot.cli.story import play_story
from bot.logs import configure_logs
from bot.settings import Settings
from bot.slack.running import SlackSide
from bot.wiring import Product, build_product
from sandbox.shop.server import ShopPage
from sandbox.shop.trouble import TROUBLES
from sandbox.shop.world import World
from sandbox.slack.model import ShortcutSpec
from sandbox.slack.server import SlackWorkspace
from sync.errors import BadInput

SHORTCUTS = (
    ShortcutSpec("find_sku", "Find a SKU"),
    ShortcutSpec("open_exception", "Open its exception", on_message=True),
    ShortcutSpec("add_note", "Add as a note", on_message=True),
)
"""Those of manifest.yml, for the local workspace."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs in the demo."""

    world: World
    shop_page: ShopPage
    workspace: SlackWorkspace
    product: Product


async def set_stage(stack: AsyncExitStack, folder: Path, *, database: str | None = None, port: int = 0) -> Stage:
    """Start the shop, the workspace and the product; ``stack`` stops them in reverse order."""
    world = World(folder)
    await world.start()
    stack.push_async_callback(world.stop)
    shop_page = ShopPage(world)
    await shop_page.start()
    stack.push_async_callback(shop_page.stop)
    workspace = SlackWorkspace(shortcuts=SHORTCUTS, extra_pages=[("The shop, and trouble", shop_page.url)])
    await workspace.start(port=port)
    stack.push_async_callback(workspace.stop)
    settings = Settings(
        _env_file=None,  # the demo reads nobody's .env
        database_url=database or f"sqlite+aiosqlite:///{folder / 'countersign.db'}",
        policy_file=Path("policy.yml"),
        web_port=0,
        health_port=0,
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_app_token=SecretStr(workspace.app_token),
        slack_signing_secret=SecretStr(workspace.signing_secret),
        slack_base_url=workspace.base_url,
    )
    policy_text = files("sandbox.shop").joinpath("policy.yml").read_text(encoding="utf-8")
    product = await build_product(settings, policy_text, world.environment(), author="the sandbox", loopback=True)
    slack = await SlackSide.connect(settings, product, sandbox=True)
    await product.start(slack)
    stack.push_async_callback(product.stop)
    await product.subscribe(product.web_url)
    await caught_up(product)
    return Stage(world, shop_page, workspace, product)


async def caught_up(product: Product) -> None:
    """Until the storefronts' stock and orders have been read, so that what is caused next has its cause on the card."""
    while await product.unread() or await _due(product):  # noqa: ASYNC110 - the store tells nobody
        await asyncio.sleep(0.05)


async def _due(product: Product) -> int:
    async with product.store.reading() as uow:
        return (await uow.views.totals())["due"]


def run_demo(*, headless: bool, seconds: float | None, port: int, database: str | None, keep: Path | None) -> int:
    """The exit code: 0 unless the headless story did not end in a proof that verifies."""
    configure_logs(os.environ.get("COUNTERSIGN_LOG", "error"))
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise BadInput(f"{keep} is not empty; name a new folder for the demo's files.")
        return event_loop.run(_demo(keep, headless, seconds, port, database))
    with tempfile.TemporaryDirectory(prefix="countersign-demo-") as folder:
        return event_loop.run(_demo(Path(folder), headless, seconds, port, database))


async def _demo(folder: Path, headless: bool, seconds: float | None, port: int, database: str | None) -> int:
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        stage = await set_stage(stack, folder, database=database, port=port)
        if headless:
            return await play_story(
                stage.world, stage.workspace, stage.product, within=timedelta(seconds=seconds or 60)
            )
        stage.world.live()
        _cause(stage.world, "carton")
        click.echo(f"Ready after {time.monotonic() - began:.1f} s. Everything below is on this machine only.\n")
        click.echo(f"  Slack workspace   {stage.workspace.page_url}")
        click.echo(f"  The shop          {stage.shop_page.url}\n")
        click.echo("Open the workspace: the first exception arrives in #inv-marketplaces within seconds.")
        click.echo("Cause more trouble on the shop's page. Stop with Ctrl+C; nothing is kept.")
        await _until_stopped(seconds)
    return 0


def _cause(world: World, trouble: str) -> None:
    next(one for one in TROUBLES if one.id == trouble).cause(world)


async def _until_stopped(seconds: float | None) -> None:
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
