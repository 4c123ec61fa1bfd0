"""`countersign check`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from bot.cli.run import environment
from bot.preflight.found import Found, Level
from bot.preflight.looking import look
from bot.settings import Settings
from sync.errors import BadInput
from sync.policy.reading import fill, read_policy


def checked(*, as_json: bool) -> tuple[bool, str]:
    """Whether nothing failed, and what was found. Raises PolicyFaulty, SettingMissing, BadInput."""
    settings = Settings()
    if not settings.policy_file.exists():
        raise BadInput(f"There is no {settings.policy_file}. `countersign init` asks ten questions and writes one.")
    outside = environment()
    policy = read_policy(fill(settings.policy_file.read_text(encoding="utf-8"), outside), str(settings.policy_file))

    async def all_of_it() -> list[Found]:
        return [found async for found in look(settings, policy, outside)]

    found = asyncio.run(all_of_it())
    ready = all(one.level is not Level.FAIL for one in found)
    if as_json:
        return ready, json.dumps({"ready": ready, "found": [asdict(one) for one in found]}, indent=2)
    return ready, told(found)


def told(found: list[Found]) -> str:
    """One line per look, its mend below it, and the verdict last."""
    wide = max((len(one.about) for one in found), default=0)
    lines = []
    for one in found:
        lines.append(f"{one.level.value:<5} {one.about:<{wide}}  {one.said}")
        lines += [f"{'':<5} {'':<{wide}}  → {line.strip()}" for line in one.mend.splitlines()]
    failed = sum(one.level is Level.FAIL for one in found)
    warned = sum(one.level is Level.WARN for one in found)
    verdict = "Ready." if not failed else f"Not ready: {failed} to mend."
    return "\n".join([*lines, f"{verdict} {warned} to know." if warned else verdict])
