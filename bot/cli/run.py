"""`countersign run` and `countersign migrate`."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

from dotenv import dotenv_values

from bot import event_loop
from bot.logs import configure_logs
from bot.settings import ROLES, Role, Settings
from sync.errors import BadInput


def run_product(names: Sequence[str] = ()) -> None:
    """Run until SIGTERM or SIGINT, then drain; ``names`` are roles, none means all.

    Raises SettingMissing, PolicyFaulty, BadInput, each with its mend.
    """
    settings = Settings()
    roles = frozenset(role for role in ROLES if not names or role in names)
    if roles != frozenset(ROLES) and settings.database_url.startswith("sqlite"):
        raise BadInput("Roles share one PostgreSQL. On SQLite one process does everything: leave --role out.")
    if "slack" in roles:
        settings.require_slack()
    if not settings.slack_base_url.startswith("https://slack.com/"):
        raise BadInput("COUNTERSIGN_SLACK_BASE_URL is not slack.com; another workspace is for `countersign demo` only.")
    if not settings.policy_file.exists():
        raise BadInput(f"There is no {settings.policy_file}. `countersign init` asks ten questions and writes one.")
    configure_logs(settings.log_level)
    event_loop.run(_run(settings, settings.policy_file.read_text(encoding="utf-8"), roles))


async def _run(settings: Settings, policy_text: str, roles: frozenset[Role]) -> None:
    from bot.memory import settle
    from bot.slack.running import SlackSide
    from bot.wiring import build_product

    product = await build_product(settings, policy_text, environment(), roles=roles, rules_file=settings.policy_file)
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    try:
        if "slack" in roles:
            await product.start_with(lambda: SlackSide.connect(settings, product, sandbox=False))
        else:
            await product.start()
        if settings.public_url is not None and "web" in roles:
            await product.subscribe(str(settings.public_url))
        settle()
        await stopping.wait()
    finally:
        await product.stop()


def environment() -> dict[str, str]:
    """What policy's ``${…}`` and the systems' secrets are filled from: `.env`, as for settings, and the environment above it."""
    kept = {name: value for name, value in dotenv_values(".env", encoding="utf-8").items() if value is not None}
    return kept | dict(os.environ)


def migrate_database() -> str:
    """Bring the database to this version; says which database."""

    async def migrate() -> str:
        from bot.cli.opened import opened_store

        async with opened_store() as (store, _clock):
            return f"{store.database}: up to date."

    return asyncio.run(migrate())
