"""After Slack was away: the clocks of people go on, and each queue is told what went on meanwhile before its cards follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.slack.cards.returned import Away, write_away
from sync.model.ids import ExceptionId, QueueId
from sync.model.outbox import Post, PostKind
from sync.owners.reach import put_forward
from sync.path.written import write_steps
from sync.policy.schema import Policy
from sync.ports import Store
from sync.storms.acts import lock_subjects

TOLD_FROM = timedelta(minutes=5)
"""A shorter outage is nobody's business: the cards simply come late. From then on the clocks of people stand still."""
HOLDS = timedelta(minutes=2)
"""How long it counts as away after it was last found so: longer than the longest pause between two tries."""
NOTICED = timedelta(seconds=10)
"""An outage is noticed with the first call that fails, a little after it began."""
FIRST = -1
"""Before everything else that waits, however urgent: it explains the rest."""
PAGE = 200
"""Exceptions whose clocks are put forward in one transaction."""


async def clocks_go_on(
    store: Store, policy: Policy, since: datetime, now: datetime, may: Callable[[], Awaitable[bool]]
) -> int:
    """Put the clocks of people forward by what Slack was away; of how many exceptions. ``may`` is asked before each page; once it
    says no the rest keeps its limits."""
    moved, last = 0, ExceptionId(0)
    while await may():
        async with store.unit_of_work() as uow:
            await lock_subjects(uow, await uow.cases.unresolved_after(last, PAGE))
            page = await uow.cases.unresolved_after(last, PAGE)
            steps = [step for case in page if (step := put_forward(case, policy, since, now)) is not None]
            await write_steps(uow, steps, now)
            subjects = [step.case.fingerprint for step in steps]
            await uow.stock.mark_due(sorted({one.sku for one in subjects if one.sku is not None}), now, "clocks")
            await uow.systems.mark_due(sorted({one.systems[0] for one in subjects if one.sku is None}), now)
        moved += len(steps)
        if len(page) < PAGE:
            break
        last = page[-1].id
    async with store.unit_of_work() as uow:
        await uow.posts.not_away()
    return moved


async def tell_queues(store: Store, policy: Policy, since: datetime, now: datetime) -> int:
    """Want one message for each queue in which something happened meanwhile; how many."""
    async with store.unit_of_work() as uow:
        await uow.posts.drop_cleared()
        opened = await uow.cases.since(since - NOTICED)
        paused = await uow.cases.paused_since(since - NOTICED)
        limits = await uow.cases.limits_passed(since, now)
        notes = []
        for name in policy.queues:
            queue = QueueId(name)
            count, cleared = opened.get(queue, (0, 0))
            need, late, risk, _worst = await uow.posts.uncarded(queue, 1)
            passed = limits.get(queue, 0)
            if not count and not need and not passed and queue not in paused:
                continue
            away = Away(since, now, count, cleared, need, late, risk, *paused.get(queue, (0, 0)), passed=passed)
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
