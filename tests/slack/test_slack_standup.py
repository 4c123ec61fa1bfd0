"""The note of the day in a queue's channel."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from slack_builders import a_case, owned
from slack_world import World

from bot.slack.digest.standup import standup_post
from sandbox.slack.blocks import validate
from sync.model.ids import ExceptionId, QueueId

MARKETS = QueueId("marketplaces")


async def noted(world: World) -> str:
    now = world.clock.now()
    async with world.memory.unit_of_work() as uow:
        await uow.posts.want([standup_post(MARKETS, now.date(), now)])
    await world.deliver()
    message = next(one for one in world.workspace.messages("inv-marketplaces") if "In the last 24 h" in one.text)
    assert validate(json.loads(json.dumps(message.blocks))) == []
    return world.shown(message)


async def test_a_calm_day_says_so(world: World) -> None:
    shown = await noted(world)
    assert f"*Marketplaces, {world.clock.now():%A}" in shown
    assert "nothing is open" in shown
    assert "0 opened (0 not for the first time), 0 resolved, 0 cleared by themselves" in shown


async def test_it_names_what_stands_and_mentions_nobody(world: World) -> None:
    now = world.clock.now()
    cases = [
        replace(a_case(), id=ExceptionId(1), opened_at=now - timedelta(hours=3)),
        replace(owned(a_case()), id=ExceptionId(2), opened_at=now - timedelta(hours=30)),
    ]
    cases += [replace(a_case(), id=ExceptionId(10 + n), opened_at=now) for n in range(20)]
    world.memory.cases = {case.id: case for case in cases}
    shown = await noted(world)
    assert "22 open" in shown
    assert "21 without an owner" in shown
    assert "EX-1, Exposure mismatch, `KTL-17-BLK`: $519 at risk, nobody has it, open for 3\u00a0h" in shown
    assert "Dana has it, open for 30\u00a0h" in shown
    assert shown.count("EX-") == 5
    assert "<@" not in shown
