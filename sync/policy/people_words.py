"""People's time in plain English: hours, holidays, absences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from sync.model.exceptions import ExceptionClass
from sync.model.groups import GroupFault, is_group
from sync.policy.class_rules import ClassRules
from sync.policy.groups import APPROVERS_NEEDED, approvers_known
from sync.policy.people_rules import WEEKDAYS, Hours
from sync.policy.schema import Policy, Queue
from sync.policy.spans import span

DAY_NAMES = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def hours_told(hours: Hours, zone: str) -> str:
    """``Monday to Friday 09:00 to 17:00, Europe/London, except public holidays of GB``. ``zone`` holds where it names none."""
    text = f"{_days(hours)} {hours.begins} to {hours.ends}, {hours.timezone or zone}"
    off = [f"public holidays of {hours.holidays}"] if hours.holidays is not None else []
    off += [day_told(day) for day in hours.closed]
    return f"{text}, except {', '.join(off)}" if off else text


def _days(hours: Hours) -> str:
    """Neighbouring days as one span."""
    spans: list[list[str]] = []
    for nth, day in enumerate(WEEKDAYS):
        if day not in hours.days:
            continue
        if spans and spans[-1][-1] == WEEKDAYS[nth - 1]:
            spans[-1].append(day)
        else:
            spans.append([day])
    told = [DAY_NAMES[one[0]] if len(one) == 1 else f"{DAY_NAMES[one[0]]} to {DAY_NAMES[one[-1]]}" for one in spans]
    return " and ".join(told)


def day_told(day: date) -> str:
    """``1 Dec 2026``."""
    return f"{day.day} {day:%b %Y}"


def queue_time(policy: Policy, queue: Queue) -> str:
    """Who is on call in turn, and when a queue's time limits run; empty where policy says neither."""
    told = ""
    if queue.oncall is not None:
        turns = queue.oncall
        names = ", then ".join(policy.people[one].name for one in turns.people)
        zone = turns.timezone or (queue.hours.timezone if queue.hours is not None else None) or policy.timezone
        told += f" On call in turn, {span(turns.each)} each from {day_told(turns.starts)} {turns.at}, {zone}: {names}."
    if queue.hours is not None:
        told += f" Its time limits run {hours_told(queue.hours, policy.timezone)}."
    if queue.standup is not None:
        told += (
            f" A note of the day comes at {queue.standup}{' on its working days' if queue.hours is not None else ''}."
        )
    return told


def copies_told(policy: Policy, rules: ClassRules) -> str:
    """Who is told for information when it opens."""
    names = [one if one.startswith("#") else policy.people[one].name for one in rules.copies]
    return f" {' and '.join(names)} {'is' if len(names) == 1 else 'are'} told once when it opens." if names else ""


def escalation_told(policy: Policy) -> str:
    """What happens after a missed limit, and how soon."""
    every: dict[str, list[str]] = {}
    for cls in ExceptionClass:
        every.setdefault(span(policy.rules_for(cls).escalate_every), []).append(cls.replace("_", " "))
    usual, *other = sorted(every, key=lambda one: -len(every[one]))
    but = "".join(f" ({one} for {' and '.join(every[one])})" for one in other)
    return (
        f"When a time limit is missed, who is on duty is mentioned below the card, {usual} later the stand-in, last "
        f"{policy.people[policy.ops_lead].name} in {channel_told(policy.digest.channel)}{but}. Nobody is mentioned outside their "
        "hours unless it is critical, nor twice of one cause within 30 min."
    )


def owners_told(policy: Policy) -> str:
    """When an owner of whom nothing is heard is asked, and when it goes back to the queue."""
    every: dict[tuple[str, str], list[str]] = {}
    never = []
    for cls in ExceptionClass:
        rules = policy.rules_for(cls)
        if rules.asks_owner_after is None:
            never.append(cls.replace("_", " "))
        else:
            key = (span(rules.asks_owner_after), span(rules.gives_back_after))
            every.setdefault(key, []).append(cls.replace("_", " "))
    if not every:
        return "No owner is asked whether they are still on it."
    usual, *other = sorted(every, key=lambda one: -len(every[one]))
    but = [f"{after} and {back} for {' and '.join(every[after, back])}" for after, back in other]
    told = "; ".join([*but, *([f"never for {' and '.join(never)}"] if never else [])])
    return (
        f"An owner of whom nothing is heard for {usual[0]} is asked whether they are still on it; without an answer within "
        f"{usual[1]} it goes back to the queue{f' ({told})' if told else ''}."
    )


def channel_told(channel: str) -> str:
    """A channel as people see it; one that policy gives by its id (C024BE91L) stays an id."""
    return channel if re.fullmatch(r"[CG][A-Z0-9]{7,}", channel) else f"#{channel.removeprefix('#')}"


def people_told(policy: Policy) -> Iterator[str]:
    """A sentence for everybody whose time is limited."""
    for person in policy.people.values():
        if person.hours is not None:
            yield f"{person.name} works {hours_told(person.hours, policy.timezone)}."
        for one in person.away:
            until = f" to {day_told(one.last)}" if one.last != one.first else ""
            instead = f"; {policy.people[one.delegate].name} is told in their place" if one.delegate is not None else ""
            yield f"{person.name} is away {day_told(one.first)}{until}{instead}."


_FAULTS = {
    GroupFault.UNKNOWN: "Slack has none of that name, so nobody by it",
    GroupFault.DISABLED: "disabled in Slack, so nobody by it",
    GroupFault.FORBIDDEN: "the app may not read it, so nobody by it",
    GroupFault.PLAN: "the workspace's plan has no user groups, so nobody by it",
}


def named(policy: Policy, name: str) -> str:
    """Whom policy names for a right: a person, or whoever is in a user group, with how many that is where it is known."""
    if not is_group(name):
        return policy.people[name].name
    groups, known = policy.groups, ""
    if name in groups.people:
        count = len(groups.people[name])
        known = f" ({count} {'person' if count == 1 else 'people'})"
    elif name in groups.faults:
        known = f" ({_FAULTS[groups.faults[name]]})"
    elif name in groups.unsure:
        known = " (not read for more than 15 min, so nobody by it)"
    return f"whoever is in the user group {name}{known}"


def approvers_told(policy: Policy) -> str:
    """Whether those who may approve are two people, where that rests on user groups; else nothing."""
    queue = policy.queues[policy.corrections.queue or policy.default_queue]
    people = [one for one in dict.fromkeys(queue.approvers) if not is_group(one)]
    known = approvers_known(policy)
    if len(people) >= APPROVERS_NEEDED or (known is not None and known >= APPROVERS_NEEDED):
        return ""
    if known is None:
        return " Whether these are two people is seen in Slack only: `countersign check` looks."
    return f" That is {known} of the two people that it takes: put more into the groups, or name them."


def groups_told(policy: Policy) -> Iterator[str]:
    """What being in a user group rests on, where policy names one."""
    if any(is_group(name) for queue in policy.queues.values() for name in (*queue.members, *queue.approvers)):
        yield (
            "Who is in a user group is decided in Slack and read from there every 5 min; what Slack has not told for 15 min "
            "counts for nothing. Guests and apps in it never act."
        )
