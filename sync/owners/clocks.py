"""The time limits of an exception as instants: counted in the working time of its queue, unless its class is critical."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.model.exceptions import ExceptionClass
from sync.model.ids import QueueId
from sync.owners.hours import after
from sync.policy.schema import Policy


def limit_at(policy: Policy, queue: QueueId, cls: ExceptionClass, start: datetime, length: timedelta) -> datetime:
    """When ``length`` has passed for this queue and class since ``start``."""
    known = policy.queues.get(queue)
    hours = known.hours if known is not None and not policy.rules_for(cls).critical else None
    return after(hours, policy.timezone, start, length)
