"""Handing an exception to a named person or another queue, and looking at it later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sync.actions.applied import Applied, Setting, clock_time, owning
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, HandOver, Snooze, Wake
from sync.inbox.view import CaseView
from sync.model.exceptions import Case, Life
from sync.model.ids import QueueId
from sync.model.proof import Entry
from sync.owners.clocks import limit_at
from sync.policy.routing import who_can
from sync.policy.schema import Person, Policy
from sync.sentences import one_stop

SNOOZE_AT_MOST = timedelta(days=7)
"""Nothing sleeps longer than this, whatever it waits for."""


def finance_queue(policy: Policy) -> QueueId:
    """Where *Route to finance* leads: what policy names, else where corrections are approved."""
    return policy.finance_queue or policy.corrections.queue or policy.default_queue


def preview_hand_over(view: CaseView) -> tuple[str, ...]:
    """What stays as it is when it changes hands: the time it must be fixed by."""
    by = f" It must be fixed by {clock_time(view.case.resolve_by)} all the same." if view.case.resolve_by else ""
    who = view.case.owner_name or "nobody"
    return (f"{view.case.name} is with {who} in {view.queue.name}.{by}",)


def hand_over(view: CaseView, act: HandOver, actor: Actor, setting: Setting) -> Applied:
    """A named person becomes the owner, or another queue gets it, or a person there. The time to fix it keeps running; a queue
    that gets it without an owner has the whole time to take it. Handing it back to the queue it came from is the undo.

    Raises ReasonRequired, BadInput (policy does not name them in this queue), AlreadyHandled (it is there already).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Say in a few words why; they read it first.")
    case, policy = view.case, setting.policy
    queue = act.queue or case.queue
    if queue not in policy.queues:
        raise BadInput("Policy has no such queue any more. Choose another.")
    if act.to is None and act.queue is None:
        raise BadInput("Choose a person, a queue, or both.")
    if queue == case.queue and act.to == case.owner:
        where = f"{case.owner_name}'s" if case.owner is not None else f"in {policy.queues[queue].name}"
        raise AlreadyHandled(f"It is {where} already. Nothing was changed.")
    if queue == case.queue and act.to is None:
        raise AlreadyHandled(f"It is in {policy.queues[queue].name} already; {case.owner_name} has it.")
    person = _named(policy, act, queue)
    handed = _into(case, queue, setting) if queue != case.queue else case
    where = policy.queues[queue].name
    to = (f"{person.name} in {where}" if handed.moves > case.moves else person.name) if person else where
    handed = replace(
        handed,
        life=Life.OWNED if person else Life.OPEN,
        owner=act.to,
        owner_name=person.name if person else "",
        owned_at=(case.owned_at or setting.now) if person else case.owned_at,
        owner_since=setting.now if person else None,
        snoozed_until=None,
        version=case.version + 1,
    )
    entry = Entry(
        "handed_over",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} handed it from {case.owner_name or view.queue.name} to {to}: {reason}"),
        (("by", actor.name), ("to", to), ("queue", queue), ("from_queue", case.queue), ("note", reason)),
    )
    answer = f"It is {person.name}'s now." if person else f"It is in {where} now; its card follows there."
    tell = (
        ((act.to, one_stop(f"{actor.name} handed you {case.name}: {reason}")),)
        if act.to and act.to != actor.user
        else ()
    )
    return Applied(handed, (entry,), answer, notices=tell, moved=handed.moves > case.moves)


def _named(policy: Policy, act: HandOver, queue: QueueId) -> Person | None:
    if act.to is None:
        return None
    person = policy.person_of(act.to)
    if person is None or act.to not in who_can(policy, queue, "act"):
        raise BadInput(
            f"They are not named in {policy.queues[queue].name}, so they could not act. Choose one of its people, or their"
            " queue too."
        )
    return person


def _into(case: Case, queue: QueueId, setting: Setting) -> Case:
    """In another queue: a card of its own there, and its whole time to take it."""
    rules = setting.policy.rules_for(case.fingerprint.cls)
    home = case.home or case.queue
    return replace(
        case,
        queue=queue,
        home=home if home != queue else None,
        moves=case.moves + 1,
        assign_by=limit_at(setting.policy, queue, case.fingerprint.cls, setting.now, rules.assign_within),
        escalated=0 if case.escalated < 2 else case.escalated,
        climbs=tuple(climb for climb in case.climbs if climb.limit != "own"),
    )


def preview_snooze(view: CaseView) -> tuple[str, ...]:
    """What sleeping means: nobody is told of limits, and getting worse wakes it."""
    by = f" The time to fix it keeps running: {clock_time(view.case.resolve_by)}." if view.case.resolve_by else ""
    return (f"Quiet until then; getting worse than {view.case.delta:+d}\u00a0units wakes it.{by}",)


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
        one_stop(f"{actor.name} snoozed it {when}: {reason}"),
        (("by", actor.name), ("until", until.isoformat()), ("note", reason)),
    )
    asleep = replace(case, snoozed_until=until, snooze_note=reason, version=view.case.version + 1)
    return Applied(asleep, (*taken, entry), f"Snoozed {when}.")


def wake(view: CaseView, act: Wake, actor: Actor, setting: Setting) -> Applied:
    """The undo of a snooze. Raises AlreadyHandled when it does not sleep."""
    if view.case.snoozed_until is None:
        raise AlreadyHandled("It is awake already.")
    case, taken = owning(view.case, actor, setting.now)
    entry = Entry("woken", setting.now, actor.user, f"{actor.name} woke it.", (("by", actor.name),))
    awake = replace(case, snoozed_until=None, snooze_note="", version=view.case.version + 1)
    return Applied(awake, (*taken, entry), "It is awake.")


def _moment(instant: datetime) -> str:
    return f"{instant:%d %b} {clock_time(instant)}"
