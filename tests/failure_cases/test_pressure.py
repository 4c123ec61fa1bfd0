"""When the database is slow, senders are told to come again before memory grows; nothing they sent is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from bot.web.webhooks import MOST_BYTES, MOST_IN_HAND
from sandbox.shop.goods import GOODS
from tests.sender import Mailbox
from tests.stage import Stage, until

RUG = next(good.sku for good in GOODS if good.reno > 20)
ROOM = MOST_IN_HAND // (MOST_BYTES - 1024)
"""Deliveries of nearly the largest size that fit in hand."""


async def test_while_nothing_can_be_written_senders_beyond_the_limit_hear_503_and_may_come_again(
    quiet_stage: Stage, mailbox: Mailbox
) -> None:
    order = await mailbox.caused(lambda: mailbox.shop.checkout([(RUG, 1)]), "orders/create")
    bodies = [order.body + b" " * (MOST_BYTES - 2048 - len(order.body) - turn) for turn in range(ROOM + 2)]
    webhooks = [mailbox.signed(order, body) for body in bodies]
    file = quiet_stage.database_url.partition("///")[2]
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)) as other:
        # Apart from the product's loop: a transaction of its own that is under way needs that loop to end.
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(mailbox.deliver(one)) for one in webhooks]
        refused = await until(
            lambda: [one for one in waiting if one.done()] if _done(waiting) == 2 else None, "two refusals"
        )
        assert [one.result()[0] for one in refused] == [503, 503]
        other.execute("ROLLBACK")

    answers = [status for status, _ in await asyncio.gather(*waiting)]
    assert sorted(answers) == [200] * ROOM + [503, 503]
    for webhook, status in zip(webhooks, answers, strict=True):
        if status == 503:
            await mailbox.accepted(webhook)
    await mailbox.decided()
    assert [units for _, units in await quiet_stage.lines(RUG)] == [1]


def _done(tasks: list[asyncio.Task[tuple[int, dict[str, object]]]]) -> int:
    return sum(one.done() for one in tasks)
