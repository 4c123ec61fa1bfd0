"""Who is on duty in a queue: the one on call or the lead, then the stand-in, last the ops lead. Nothing is ever unowned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sync.model.ids import QueueId
from sync.owners.hours import next_working
from sync.policy.people_rules import Rotation
from sync.policy.routing import who_can
from sync.policy.schema import Policy, Queue


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's turn on call, [begins, ends). ``person`` is a name of policy's."""

    person: str
    begins: datetime
    ends: datetime


def turns(policy: Policy, queue: Queue, now: datetime) -> tuple[Turn | None, Turn | None]:
    """Whose turn it is, and whose is next. None where there is no rotation; before its start nobody's turn is now."""
    rotation = queue.oncall
    if rotation is None:
        return None, None
    zone = rotation.timezone or (queue.hours.timezone if queue.hours is not None else None) or policy.timezone
    local = ZoneInfo(zone)
    handover = time.fromisoformat(rotation.at)
    here = now.astimezone(local)
    day = here.date() - (timedelta(days=1) if here.time() < handover else timedelta(0))
    nth = (day - rotation.starts) // rotation.each
    if nth < 0:
        return None, _turn(rotation, 0, handover, local)
    return _turn(rotation, nth, handover, local), _turn(rotation, nth + 1, handover, local)


def _turn(rotation: Rotation, nth: int, handover: time, local: ZoneInfo) -> Turn:
    """The nth turn since the start; counted in days of the calendar, so that a change of clocks moves no handover."""
    first = rotation.starts + nth * rotation.each
    begins, ends = (datetime.combine(day, handover, local).astimezone(UTC) for day in (first, first + rotation.each))
    return Turn(rotation.people[nth % len(rotation.people)], begins, ends)


def away_until(policy: Policy, person: str, now: datetime) -> datetime | None:
    """The midnight, in their own time zone, that ends somebody's absence; None when they are not away."""
    hours = policy.people[person].hours
    local = ZoneInfo((hours.timezone if hours is not None else None) or policy.timezone)
    today = now.astimezone(local).date()
    last = max((one.last for one in policy.people[person].away if one.first <= today <= one.last), default=None)
    return None if last is None else datetime.combine(last + timedelta(days=1), time(), local).astimezone(UTC)


def is_away(policy: Policy, person: str, now: datetime) -> bool:
    """Whether somebody is away today, in their own time zone."""
    return away_until(policy, person, now) is not None


def instead_of(policy: Policy, queue: QueueId, person: str, now: datetime) -> str | None:
    """The person, or while they are away their delegate (or that one's), as long as each may act in the queue; else None."""
    seen: set[str] = set()
    one: str | None = person
    while one is not None and one not in seen:
        if not is_away(policy, one, now):
            own = one == person or policy.people[one].slack in who_can(policy, queue, "act")
            return one if own else None
        seen.add(one)
        one = _delegate(policy, one, now)
    return None


def _delegate(policy: Policy, person: str, now: datetime) -> str | None:
    hours = policy.people[person].hours
    today = now.astimezone(ZoneInfo((hours.timezone if hours is not None else None) or policy.timezone)).date()
    absences = [one for one in policy.people[person].away if one.first <= today <= one.last]
    return next((one.delegate for one in reversed(absences) if one.delegate is not None), None)


def ladder(policy: Policy, queue: QueueId, now: datetime) -> tuple[str, ...]:
    """Whom a queue's trouble is told in turn, by policy's names: on call (else the lead), stand-in, and the ops lead as the last
    resort. In place of who is away their delegate is told, else they are passed over; the ops lead never is, so it is never
    empty."""
    queue = queue if queue in policy.queues else policy.default_queue
    rules = policy.queues[queue]
    turn, _ = turns(policy, rules, now)
    on_call = instead_of(policy, queue, turn.person, now) if turn is not None else None
    first = (on_call or rules.lead, rules.stand_in)
    found = (instead_of(policy, queue, one, now) for one in first if one is not None)
    there = tuple(dict.fromkeys(one for one in found if one is not None))
    return there if there[-1:] == (policy.ops_lead,) else (*there, policy.ops_lead)


def may_be_told_at(policy: Policy, person: str, now: datetime) -> datetime:
    """``now``, or the first instant after it in somebody's working hours and after their absence."""
    hours, at = policy.people[person].hours, now
    while True:
        there = away_until(policy, person, at) or at
        working = next_working(hours, policy.timezone, there) if hours is not None else there
        if working == at:
            return at
        at = working
