"""`countersign reconcile`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from bot.cli.run import environment
from bot.logs import configure_logs
from bot.settings import Settings
from storage.codecs import to_json
from sync.errors import BadInput
from sync.model.ids import SystemId
from sync.reconciliation.report import Report, sentences


def reconciled(systems: str, *, as_json: bool, keep: Path | None) -> str:
    """Compare now, beside whatever runs; the report as text or JSON. Raises SettingMissing, PolicyFaulty, BadInput."""
    settings = Settings()
    if not settings.policy_file.exists():
        raise BadInput(f"There is no {settings.policy_file}. `countersign init` asks ten questions and writes one.")
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise BadInput(f"{keep} is not empty; name a new folder for the snapshots.")
    configure_logs(settings.log_level)
    return asyncio.run(_reconciled(settings, systems, as_json=as_json, keep=keep))


async def _reconciled(settings: Settings, systems: str, *, as_json: bool, keep: Path | None) -> str:
    from bot.wiring import build_product

    text = settings.policy_file.read_text(encoding="utf-8")
    product = await build_product(settings, text, environment(), rules_file=settings.policy_file)
    try:
        named = [SystemId(one.strip()) for one in systems.split(",") if one.strip()]
        report = await product.reconciler.run("command", named, keep)
        return as_document(report) if as_json else "\n".join(sentences(report, product.policy.current))
    finally:
        await product.stop()


def as_document(report: Report) -> str:
    """The report as JSON; times are RFC 3339 in UTC."""
    return json.dumps({**to_json(report), "drift": report.drift}, indent=2)
