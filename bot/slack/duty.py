"""Who is on duty, as lines: for the pinned summary, `/inventory oncall`, and the note of who is away."""

from __future__ import annotations

from datetime import datetime

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.model.ids import QueueId, UserId
from sync.owners.duty import away_until, ladder, turns
from sync.owners.hours import windows
from sync.policy.schema import Policy


def on_duty(policy: Policy, queue: QueueId, now: datetime) -> str:
    """``On duty @Dana until Mon 09:00, then @Lee``, or who gets what nobody takes. For messages that are edited only: an edit
    notifies nobody."""
    return _line(policy, queue, now, {name: f"<@{person.slack}>" for name, person in policy.people.items()})


def duty_line(policy: Policy, queue: QueueId, now: datetime) -> str:
    """The same with plain names, and who is next on call."""
    names = {name: fmt.mrkdwn(person.name, 40) for name, person in policy.people.items()}
    line = _line(policy, queue, now, names)
    _, coming = turns(policy, policy.queues[queue], now)
    if coming is None:
        return line
    line += t.DUTY_NEXT.format(who=names[coming.person], at=fmt.at(coming.begins, now))
    return line + (t.DUTY_NEXT_AWAY if away_until(policy, coming.person, coming.begins) is not None else "")


def _line(policy: Policy, queue: QueueId, now: datetime, names: dict[str, str]) -> str:
    rules = policy.queues[queue]
    *there, last = ladder(policy, queue, now)
    if not there and last not in (rules.lead, rules.stand_in):
        shape = t.DUTY_NOBODY if rules.lead is None and rules.oncall is None else t.DUTY_ALL_AWAY
        return shape.format(ops=fmt.mrkdwn(policy.people[policy.ops_lead].name, 40))
    told = there or [last]
    turn, _ = turns(policy, rules, now)
    on_call = turn is not None and turn.person == told[0]
    until = t.DUTY_UNTIL.format(at=fmt.at(turn.ends, now)) if turn is not None and on_call else ""
    then = "".join(t.DUTY_THEN.format(who=names[one]) for one in told[1:])
    return t.DUTY_NOW.format(who=names[told[0]], until=until, then=then)


def duty_short(policy: Policy, now: datetime) -> str:
    """``Marketplaces Dana, then Lee · Warehouse Sam``, with plain names."""
    parts = []
    for name, rules in policy.queues.items():
        *there, last = ladder(policy, QueueId(name), now)
        told = [fmt.mrkdwn(policy.people[one].name, 40) for one in there or [last]]
        parts.append(
            f"{fmt.mrkdwn(rules.name, 40)} {told[0]}" + "".join(t.DUTY_THEN.format(who=one) for one in told[1:])
        )
    return " · ".join(parts[:20])


def on_duty_until(policy: Policy, user: UserId, now: datetime) -> datetime | None:
    """When somebody's duty ends: their turn on call, else their working time. None: they are not on duty, or always are."""
    name = policy.name_of(user)
    first = [queue for queue in policy.queues if ladder(policy, QueueId(queue), now)[0] == name]
    ends = []
    for queue in first:
        turn, _ = turns(policy, policy.queues[queue], now)
        if turn is not None and turn.person == name:
            ends.append(turn.ends)
    hours = policy.people[name].hours if name is not None and first else None
    if not ends and hours is not None:
        begins, end = next(windows(hours, policy.timezone, now))
        ends = [end] if begins <= now else []
    return min(ends, default=None)


def away_lines(policy: Policy, now: datetime) -> list[str]:
    """Who is away now, and until when."""
    away = [(person.name, away_until(policy, name, now)) for name, person in policy.people.items()]
    return [t.DUTY_AWAY.format(who=fmt.mrkdwn(who, 40), at=fmt.at(at, now)) for who, at in away if at is not None]
