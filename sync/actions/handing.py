"""Handing an exception to a named person, and looking at it later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sync.actions.applied import Applied, Setting, clock_time, owning
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, HandOver, Snooze
from sync.inbox.view import CaseView
from sync.model.exceptions import Life
from sync.model.proof import Entry
from sync.policy.routing import who_can

SNOOZE_AT_MOST = timedelta(days=7)
"""Nothing sleeps longer than this, whatever it waits for."""


def hand_over(view: CaseView, act: HandOver, actor: Actor, setting: Setting) -> Applied:
    """A named person of the queue becomes the owner; the limits keep running.

    Raises ReasonRequired, BadInput (policy does not name them in this queue), AlreadyHandled (it is theirs).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Say in a few words why; they read it first.")
    case = view.case
    if case.owner == act.to:
        raise AlreadyHandled(f"It is {case.owner_name}'s already. Nothing was changed.")
    person = setting.policy.person_of(act.to)
    if person is None or act.to not in who_can(setting.policy, case.queue, "act"):
        raise BadInput(f"They are not named in {view.queue.name}, so they could not act. Choose one of its people.")
    before = case.owner_name or "the queue"
    entry = Entry(
        "handed_over",
        setting.now,
        actor.user,
        f"{actor.name} handed it from {before} to {person.name}: {reason}.",
        (("by", actor.name), ("to", person.name), ("note", reason)),
    )
    handed = replace(
        case,
        life=Life.OWNED,
        owner=act.to,
        owner_name=person.name,
        owned_at=setting.now,
        version=case.version + 1,
    )
    return Applied(handed, (entry,), f"It is {person.name}'s now.")


def snooze(view: CaseView, act: Snooze, actor: Actor, setting: Setting) -> Applied:
    """Quiet until a time, or until it worsens; getting worse always wakes it. Whoever snoozes it owns it.

    Without a time it sleeps until it worsens, at the longest for SNOOZE_AT_MOST. Raises ReasonRequired, BadInput (a time
    that is past or too far), NotPermitted (it waits for a resume).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Say what it waits for; it goes into the proof.")
    latest = setting.now + SNOOZE_AT_MOST
    until = act.until or latest
    if until <= setting.now:
        raise BadInput("That time is past. Choose a later one.")
    if until > latest:
        raise BadInput(f"At most {SNOOZE_AT_MOST.days} days. Choose an earlier time.")
    if view.case.ready:
        raise NotPermitted("It is ready to resume; resume it instead.")
    case, taken = owning(view.case, actor, setting.now)
    when = "until it worsens" if act.until is None else f"until {_moment(until)}, or until it worsens"
    entry = Entry(
        "snoozed",
        setting.now,
        actor.user,
        f"{actor.name} snoozed it {when}: {reason}.",
        (("by", actor.name), ("until", until.isoformat()), ("note", reason)),
    )
    asleep = replace(case, snoozed_until=until, version=view.case.version + 1)
    return Applied(asleep, (*taken, entry), f"Snoozed {when}.")


def _moment(instant: datetime) -> str:
    return f"{instant:%d %b} {clock_time(instant)}"
