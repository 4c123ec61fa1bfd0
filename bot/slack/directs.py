"""Direct messages as each person wants them: held in their quiet hours, or none at all; what is critical always comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.slack import texts as t
from bot.slack.morning import waits_until
from sync.model.ids import QueueId, UserId
from sync.model.mentions import Direct, Mention, PersonSettings, Why
from sync.model.outbox import Post, PostKind
from sync.owners.gathering import AGAIN_AFTER, is_quiet, quiet_until
from sync.policy.holder import PolicyInForce
from sync.policy.routing import who_can
from sync.policy.schema import Policy
from sync.ports import Store

NEW = 1
LATE_KINDS = (Why.OWN, Why.END, Why.LAST_RESORT)


def is_direct(post: Post) -> bool:
    """Whether a post goes to one person alone, unasked, and was not shown yet. What came of somebody's own act on many always
    comes."""
    unasked = post.kind is not PostKind.BULK and post.channel.startswith(("U", "W"))
    return unasked and not post.ts and post.attempted_at is None


class Directs:
    """Asked before a direct message is sent."""

    def __init__(self, store: Store, policy: PolicyInForce) -> None:
        self._store = store
        self._policy = policy

    async def held_until(self, post: Post, now: datetime) -> datetime | None:
        """``now``: it may go. Later: when it may. None: this person wants no such message."""
        user = UserId(post.channel)
        async with self._store.reading() as uow:
            chosen = (await uow.attention.settings({user})).get(user)
            case = await uow.cases.get(post.case) if chosen is not None and post.case is not None else None
        if chosen is None:
            return now
        critical = case is not None and self._policy.current.rules_for(case.fingerprint.cls).critical
        if critical:
            return now
        return None if chosen.direct is Direct.NONE else quiet_until(chosen, now)

    async def keep(self, post: Post, until: datetime) -> None:
        """It waits until somebody's quiet hours end, and a note goes before it then."""
        user = UserId(post.channel)
        async with self._store.unit_of_work() as uow:
            await uow.posts.save(replace(post, next_at=until))
            chosen = (await uow.attention.settings({user})).get(user)
            if chosen is not None and post.kind is not PostKind.MORNING:
                await waits_until(uow, chosen, until, posts=[post.key])


def late_directs(
    group: Sequence[Mention], people: Sequence[PersonSettings], policy: Policy, now: datetime
) -> list[Post]:
    """For who wants to know what is late in their queues: one message per person and cause in half an hour, beside the one that
    stands below the card."""
    first = group[0]
    if first.why not in LATE_KINDS or first.queue not in policy.queues:
        return []
    able = set(who_can(policy, QueueId(first.queue), "act"))
    return [
        Post(
            key=f"late:{one.user}:{first.cause}:{int(now.timestamp() // AGAIN_AFTER.total_seconds())}",
            kind=PostKind.PRIVATE,
            channel=one.user,
            wanted=1,
            priority=NEW,
            case=first.case,
            body=_told(group, policy),
            next_at=now,
        )
        for one in people
        if one.direct is Direct.LATE and one.user in able and one.user != first.person and not is_quiet(one, now)
    ]


def _told(group: Sequence[Mention], policy: Policy) -> str:
    first = group[0]
    shape = t.LATE_DIRECT if len(group) == 1 else t.LATE_DIRECT_MANY
    return shape.format(
        name=f"EX-{first.case}",
        count=len(group),
        queue=policy.queues[first.queue].name,
        why=t.LATE_WHY[first.why.value],
    )
