"""What follows a request: reminding who was asked, taking it back, and asking the ops lead for help."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sync.actions.applied import Applied, Setting, changed, clock_time, owning, span
from sync.errors import AlreadyHandled, NotPermitted
from sync.inbox.acts import Actor, AskHelp, CancelCount, Remind, Withdraw
from sync.inbox.view import CaseView
from sync.model.exceptions import DECIDED, Action, ActionKind, ActionState, Climb
from sync.model.ids import UserId
from sync.model.proof import Entry
from sync.owners.duty import ladder
from sync.sentences import one_stop

REMINDED_AGAIN = timedelta(minutes=30)
"""Between two reminders of one request: nobody is interrupted twice for one cause."""
HELP = "help"
"""The limit under which an exception remembers that the ops lead was asked for help."""


def withdraw(view: CaseView, act: Withdraw, actor: Actor, setting: Setting) -> Applied:
    """Take back a correction or an override that waits for its decision; nothing is written. Whoever asked may, and the owner.

    Raises AlreadyHandled (it is decided), NotPermitted (it is somebody else's).
    """
    asked = _to_decide(view)
    if asked is None:
        raise AlreadyHandled("Nothing waits for approval here any more. Nothing was changed.")
    if actor.user not in (asked.by, view.case.owner):
        raise NotPermitted(
            f"Only {asked.by_name}, who asked, or the owner takes it back. You may decide on it instead."
        )
    case = changed(view.case, asked, state=ActionState.UNDONE, settled_at=setting.now, result="Withdrawn.")
    if asked.kind is ActionKind.VOUCH:
        sentence = f"{actor.name} withdrew the request to count the last numbers: policy says what they count as."
        entry = Entry("withdrawn", setting.now, actor.user, sentence, (("by", actor.name), *asked.figures))
        return Applied(case, (entry,), "Withdrawn. Nothing is changed, and nobody is asked any more.")
    if asked.kind is ActionKind.FILE:
        sentence = f"{actor.name} withdrew the request to count {asked.figure('file')}: it is held as before."
        entry = Entry("withdrawn", setting.now, actor.user, sentence, (("by", actor.name), *asked.figures))
        return Applied(case, (entry,), "Withdrawn. The file is held as before, and nobody is asked any more.")
    what = {ActionKind.OVERRIDE: "override", ActionKind.FREE: "release"}.get(asked.kind, "correction")
    entry = Entry(
        "withdrawn",
        setting.now,
        actor.user,
        f"{actor.name} withdrew the {what}: {asked.figure('from')} stays. Nothing is written.",
        (("by", actor.name), *asked.figures),
    )
    return Applied(case, (entry,), "Withdrawn. Nothing is written, and nobody is asked any more.")


def cancel_count(view: CaseView, act: CancelCount, actor: Actor, setting: Setting) -> Applied:
    """Nobody need count any more. Raises AlreadyHandled when no count is asked for."""
    asked = _to_count(view)
    case, taken = owning(view.case, actor, setting.now)
    case = changed(case, asked, state=ActionState.UNDONE, settled_at=setting.now, result="No longer needed.")
    entry = Entry(
        "count_cancelled", setting.now, actor.user, f"{actor.name} cancelled the count.", (("by", actor.name),)
    )
    who = UserId(asked.figure("who") or "")
    tell = ((who, f"{actor.name} cancelled the count of {view.case.name}; nothing is left to do."),) if who else ()
    return Applied(case, (*taken, entry), "Cancelled; nobody counts.", notices=tell)


def remind(view: CaseView, act: Remind, actor: Actor, setting: Setting) -> Applied:
    """Ask the counter once more, directly; without a named counter whoever is on duty in the warehouse queue.

    Raises AlreadyHandled (no count is asked for, or they were reminded within REMINDED_AGAIN).
    """
    asked = _to_count(view)
    last = asked.figure("reminded_at")
    if last is not None and setting.now - datetime.fromisoformat(last) < REMINDED_AGAIN:
        ago = span(setting.now - datetime.fromisoformat(last))
        raise AlreadyHandled(f"They were reminded {ago} ago. Ask somebody else, or pause meanwhile.")
    who, name = _counter(view, asked, setting)
    figures = tuple((key, value) for key, value in asked.figures if key != "reminded_at")
    case = changed(view.case, asked, figures=(*figures, ("reminded_at", setting.now.isoformat())))
    by = asked.figure("by")
    due = f" It is due {clock_time(datetime.fromisoformat(by))}." if by else ""
    place = setting.policy.locations[asked.location].name if asked.location in setting.policy.locations else ""
    what = view.case.fingerprint.sku or view.case.name
    entry = Entry(
        "reminded", setting.now, actor.user, f"{actor.name} reminded {name} of the count.", (("by", actor.name),)
    )
    text = f"{actor.name} reminds you to count {what}{f' at {place}' if place else ''} for {view.case.name}.{due}"
    return Applied(case, (entry,), f"{name} is reminded.", notices=((who, text),))


def ask_help(view: CaseView, act: AskHelp, actor: Actor, setting: Setting) -> Applied:
    """Tell the ops lead, once, that nobody here gets on with it. Raises AlreadyHandled when they were told already."""
    case, lead = view.case, setting.policy.people[setting.policy.ops_lead]
    if case.climb(HELP) is not None:
        raise AlreadyHandled(f"{lead.name} was asked already. Nothing more was sent.")
    owned, taken = owning(case, actor, setting.now)
    asked = replace(owned, climbs=(*owned.climbs, Climb(HELP, (lead.slack,), None)), version=case.version + 1)
    failed = next((one for one in reversed(case.actions) if one.state is ActionState.FAILED), None)
    why = one_stop(failed.result or case.evidence.changed) if failed is not None else one_stop(case.evidence.changed)
    entry = Entry(
        "help_asked", setting.now, actor.user, f"{actor.name} asked {lead.name} for help.", (("by", actor.name),)
    )
    text = f"{actor.name} asks for your help with {case.name} ({view.system_name}): {why}"
    return Applied(asked, (*taken, entry), f"{lead.name}, the ops lead, is asked.", notices=((lead.slack, text),))


def _to_decide(view: CaseView) -> Action | None:
    waiting = (one for one in reversed(view.case.actions) if one.kind in DECIDED and one.state is ActionState.ASKED)
    return next(waiting, None)


def _to_count(view: CaseView) -> Action:
    asked = view.case.standing(ActionKind.COUNT)
    if asked is None or asked.state is not ActionState.WANTED:
        raise AlreadyHandled("No count is asked for any more. Nothing was changed.")
    return asked


def _counter(view: CaseView, asked: Action, setting: Setting) -> tuple[UserId, str]:
    """Who counts: the person asked, else who is on duty where counts are made."""
    named = setting.policy.person_of(UserId(asked.figure("who") or ""))
    if named is not None:
        return named.slack, named.name
    queue = view.warehouse.id if view.warehouse is not None else view.queue.id
    person = setting.policy.people[ladder(setting.policy, queue, setting.now)[0]]
    return person.slack, person.name
