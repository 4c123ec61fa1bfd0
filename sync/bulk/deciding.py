"""Who may act on a frozen list, and who may decide on it as the second person. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sync.bulk.bulk import Bulk
from sync.inbox.acts import Actor
from sync.model.ids import QueueId, UserId
from sync.owners.duty import ladder
from sync.policy.routing import may_act, mentions, who_can
from sync.policy.schema import Policy


def queues_of(bulk: Bulk, policy: Policy) -> tuple[QueueId, ...]:
    """The queues that a list waits in; one that policy no longer has went to the default."""
    known = [queue if queue in policy.queues else policy.default_queue for queue in bulk.queues]
    return tuple(dict.fromkeys(known))


def deciders(bulk: Bulk, policy: Policy, now: datetime) -> tuple[UserId, ...]:
    """Whom to ask for a decision: who is on duty in its queues, then all others whom policy names there and who may act in all
    of them; never who began it."""
    queues = queues_of(bulk, policy)
    on_duty = [policy.people[name].slack for queue in queues for name in ladder(policy, queue, now)]
    others = [user for queue in queues for user in who_can(policy, queue, "act")]
    found = dict.fromkeys((*on_duty, *others))
    return tuple(user for user in found if user != bulk.actor and not _closed(bulk, policy, user, ()))


def why_not_decide(bulk: Bulk, policy: Policy, actor: Actor, now: datetime) -> str:
    """Why this person may not decide on it, and who can; empty when they may."""
    can = mentions(deciders(bulk, policy, now)[:2]) or mentions([policy.people[policy.ops_lead].slack])
    if actor.restricted:
        return f"Guests and apps cannot act here. Ask {can}."
    if actor.user == bulk.actor:
        return f"You cannot approve your own request. {can} can."
    closed = _closed(bulk, policy, actor.user, actor.member_of)
    return f"Only {policy.queues[closed[0]].name} acts here. {can} can." if closed else ""


def why_not_act(bulk: Bulk, policy: Policy, actor: Actor) -> str:
    """Why this person may act on none of its queues, and who can; empty when they may on one."""
    if actor.restricted:
        return f"Guests and apps cannot act here. Ask {mentions([policy.people[policy.ops_lead].slack])}."
    closed = _closed(bulk, policy, actor.user, actor.member_of)
    if len(closed) < len(queues_of(bulk, policy)):
        return ""
    return may_act(policy, actor.user, closed[0], closed[0] in actor.member_of).why


def _closed(bulk: Bulk, policy: Policy, user: UserId, member_of: Collection[str]) -> list[QueueId]:
    """Queues of the list in which somebody may not act."""
    queues = queues_of(bulk, policy)
    return [queue for queue in queues if not may_act(policy, user, queue, queue in member_of).allowed]
