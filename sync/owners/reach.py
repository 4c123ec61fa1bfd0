"""Clocks of people stand while people cannot be reached: who saw no card missed no limit. Clocks of money go on.

Of people are the time to take an exception, each further person to be told or asked, and *Still on it?*. Of money are the time
to fix it and what policy does by itself then. While the inbox is away no limit of people passes (``sync/owners/escalation.py``
is told so); when it is back each goes on with what was left of it when it went away.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sync.exceptions.lifecycle import SELF, Step
from sync.model.exceptions import Case
from sync.model.proof import Entry
from sync.owners.clocks import limit_at, time_left
from sync.policy.schema import Policy


def put_forward(case: Case, policy: Policy, since: datetime, until: datetime) -> Step | None:
    """The case after the inbox was away from ``since`` to ``until``, told in its proof; None when no clock of people ran."""
    if case.life.ended or case.opened_at >= until:
        return None
    began = max(since, case.opened_at)

    def later(limit: datetime | None) -> datetime | None:
        if limit is None or limit <= began:
            return limit
        left = time_left(policy, case.queue, case.fingerprint.cls, began, limit)
        return limit_at(policy, case.queue, case.fingerprint.cls, until, left)

    taking = case.owner is None and case.climb("own") is None
    moved = replace(
        case,
        assign_by=later(case.assign_by) if taking else case.assign_by,
        climbs=tuple(replace(one, next_at=later(one.next_at)) for one in case.climbs),
    )
    if moved == case:
        return None
    figures: tuple[tuple[str, str], ...] = (("since", since.isoformat()), ("until", until.isoformat()))
    if moved.assign_by is not None and moved.assign_by != case.assign_by:
        figures = (*figures, ("assign_by", moved.assign_by.isoformat()))
    sentence = (
        f"Slack was away from {since:%H:%M} UTC to {until:%H:%M} UTC: clocks of people stood still, of money not."
    )
    entry = Entry("clocks_stood", until, SELF, sentence, figures)
    return Step(replace(moved, version=case.version + 1), (entry,))
