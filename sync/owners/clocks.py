"""The time limits of an exception as instants: counted in the working time of its queue, unless its class is critical."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.model.exceptions import ExceptionClass
from sync.model.ids import QueueId
from sync.owners.hours import after, worked
from sync.policy.people_rules import Hours
from sync.policy.schema import Policy


def limit_at(policy: Policy, queue: QueueId, cls: ExceptionClass, start: datetime, length: timedelta) -> datetime:
    """When ``length`` has passed for this queue and class since ``start``."""
    return after(_hours(policy, queue, cls), policy.timezone, start, length)


def time_left(policy: Policy, queue: QueueId, cls: ExceptionClass, start: datetime, limit: datetime) -> timedelta:
    """How much of the time of this queue and class is left at ``start`` until a limit: the inverse of :func:`limit_at`."""
    return worked(_hours(policy, queue, cls), policy.timezone, start, limit)


def _hours(policy: Policy, queue: QueueId, cls: ExceptionClass) -> Hours | None:
    known = policy.queues.get(queue)
    return known.hours if known is not None and not policy.rules_for(cls).critical else None
