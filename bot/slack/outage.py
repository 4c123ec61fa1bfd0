"""After Slack was away: what each queue is told before its cards follow."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.slack.cards.returned import Away, write_away
from sync.model.ids import QueueId
from sync.model.outbox import Post, PostKind
from sync.policy.schema import Policy
from sync.ports import Store

TOLD_FROM = timedelta(minutes=5)
"""A shorter outage is nobody's business: the cards simply come late."""
NOTICED = timedelta(seconds=10)
"""An outage is noticed with the first call that fails, a little after it began."""
FIRST = -1
"""Before everything else that waits, however urgent: it explains the rest."""


async def tell_queues(store: Store, policy: Policy, since: datetime, now: datetime) -> int:
    """Want one message for each queue in which something happened meanwhile; how many."""
    async with store.unit_of_work() as uow:
        await uow.posts.drop_cleared()
        opened = await uow.cases.since(since - NOTICED)
        paused = await uow.cases.paused_since(since - NOTICED)
        notes = []
        for name in policy.queues:
            queue = QueueId(name)
            count, cleared = opened.get(queue, (0, 0))
            need, late, risk, _worst = await uow.posts.uncarded(queue, 1)
            if not count and not need and queue not in paused:
                continue
            away = Away(since, now, count, cleared, need, late, risk, *paused.get(queue, (0, 0)))
            note = Post(
                key=f"returned:{queue}:{int(since.timestamp())}",
                kind=PostKind.RETURNED,
                channel=queue,
                wanted=int(now.timestamp()),
                priority=FIRST,
                body=write_away(away),
                next_at=now,
            )
            notes.append(note)
        await uow.posts.want(notes)
    return len(notes)
