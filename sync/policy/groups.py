"""Where policy names user groups, and whether enough people are known to approve. Pure."""

from __future__ import annotations

from sync.model.groups import is_group
from sync.model.ids import QueueId
from sync.policy.routing import who_can
from sync.policy.schema import Policy, Queue

APPROVERS_NEEDED = 2


def groups_of(queue: Queue) -> frozenset[str]:
    """The groups that a queue names, as it names them."""
    return frozenset(one for one in (*queue.members, *queue.approvers) if is_group(one))


def named_groups(policy: Policy) -> frozenset[str]:
    """All groups that policy names."""
    return frozenset(one for queue in policy.queues.values() for one in groups_of(queue))


def approvers_known(policy: Policy) -> int | None:
    """How many people may approve corrections, where user groups are among them and it is known of all of their members who
    may; else None: that two people are named is held when the rules are read."""
    queue = QueueId(policy.corrections.queue or policy.default_queue)
    groups = [one for one in policy.queues[queue].approvers if is_group(one)]
    known = (policy.groups.people.keys() | policy.groups.faults.keys()) - policy.groups.unasked.keys()
    return len(who_can(policy, queue, "approve")) if groups and known.issuperset(groups) else None
