"""People's time in plain English: hours, holidays, absences."""

from __future__ import annotations

from collections.abc import Iterator

from sync.policy.people_rules import WEEKDAYS, Hours
from sync.policy.schema import Policy, Queue

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
    off += [f"{day:%d %b %Y}".lstrip("0") for day in hours.closed]
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


def queue_hours(policy: Policy, queue: Queue) -> str:
    """When a queue's time limits run; empty when they always do."""
    if queue.hours is None:
        return ""
    return f" Its time limits run {hours_told(queue.hours, policy.timezone)}."


def people_told(policy: Policy) -> Iterator[str]:
    """A sentence for everybody whose time is limited."""
    for person in policy.people.values():
        if person.hours is not None:
            yield f"{person.name} works {hours_told(person.hours, policy.timezone)}."
