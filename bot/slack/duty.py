"""Who is on duty, as lines: for the pinned summary, `/inventory oncall`, and the note of who is away."""

from __future__ import annotations

from datetime import datetime

from bot.slack import format as fmt
from bot.slack import texts as t
from sync.model.ids import QueueId
from sync.owners.duty import away_until, ladder, turns
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


def away_lines(policy: Policy, now: datetime) -> list[str]:
    """Who is away now, and until when."""
    away = [(person.name, away_until(policy, name, now)) for name, person in policy.people.items()]
    return [t.DUTY_AWAY.format(who=fmt.mrkdwn(who, 40), at=fmt.at(at, now)) for who, at in away if at is not None]
