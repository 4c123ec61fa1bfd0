"""What the ops channel is told of user groups: which give nobody a right, and that too few people may approve. Each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.languages import reader_of
from bot.slack.speaking import speaking_to
from sync.model.groups import GroupFault, UserGroup
from sync.model.ids import QueueId
from sync.model.outbox import Post, PostKind
from sync.policy.groups import APPROVERS_NEEDED, approvers_known, groups_of
from sync.policy.routing import who_can
from sync.policy.schema import Policy

URGENT = 0
MOST_NAMED = 8
OF_THE_WORKSPACE = (GroupFault.FORBIDDEN, GroupFault.PLAN)
"""Faults that all groups have at once."""


def fault_posts(faulty: Sequence[UserGroup], policy: Policy, now: datetime) -> list[Post]:
    """A message per group whose fault is new; one for all where the cause is one."""
    together = [[one for one in faulty if one.fault is fault] for fault in OF_THE_WORKSPACE]
    alone = [[one] for one in faulty if one.fault not in OF_THE_WORKSPACE]
    return [_fault_post(groups, policy, now) for groups in (*together, *alone) if groups]


def _fault_post(groups: Sequence[UserGroup], policy: Policy, now: datetime) -> Post:
    first, names = groups[0], [one.named for one in groups]
    queues = [queue.name for queue in policy.queues.values() if groups_of(queue) & set(names)]
    with speaking_to(reader_of(policy.language, policy.timezone)):
        shape = t.GROUP_FAULTS[first.fault.value]
        body = shape.format(groups=fmt.listed(names, MOST_NAMED), queues=fmt.listed(queues, MOST_NAMED))
    about = first.fault.value if first.fault in OF_THE_WORKSPACE else first.named
    return _told(f"group:{about}:{first.since or now:%Y%m%dT%H%M%S.%f}", body, policy, now)


def few_approvers(policy: Policy, now: datetime) -> Post | None:
    """That corrections can be approved by fewer than two people, once per version of the rules and number of people."""
    known = approvers_known(policy)
    if known is None or known >= APPROVERS_NEEDED:
        return None
    queue = QueueId(policy.corrections.queue or policy.default_queue)
    people = [policy.person_of(user) for user in who_can(policy, queue, "approve")]
    with speaking_to(reader_of(policy.language, policy.timezone)):
        who = fmt.listed([one.name for one in people if one is not None]) or t.NOBODY_KNOWN
        body = t.FEW_APPROVERS.format(queue=policy.queues[queue].name, who=who)
    return _told(f"approvers:{queue}:{policy.version}:{known}", body, policy, now)


def _told(key: str, body: str, policy: Policy, now: datetime) -> Post:
    channel = policy.digest.channel
    return Post(key, PostKind.PRIVATE, channel, wanted=1, priority=URGENT, body=body, next_at=now)
