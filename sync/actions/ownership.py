"""Taking, giving back, notes, trying again, and closing by a person."""

from __future__ import annotations

from dataclasses import replace

from sync.actions.applied import Applied, Setting, clock_time, customers_see, owning
from sync.errors import AlreadyHandled, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, AddNote, Close, GiveBack, StillOnIt, Take, TryAgain
from sync.inbox.view import CaseView
from sync.model.exceptions import WORDS, ActionKind, ActionState, Life
from sync.model.proof import Entry
from sync.sentences import one_stop

OUTCOMES = {
    "fixed": "fixed",
    "expected": "expected",
    "no_action": "no action needed",
    "false_alarm": "false alarm",
    "duplicate": "duplicate",
}


def take(view: CaseView, act: Take, actor: Actor, setting: Setting) -> Applied:
    """The actor becomes the owner. Raises AlreadyHandled when somebody else is."""
    case = view.case
    if case.owner == actor.user:
        return Applied(case, (), "It is yours already.")
    if case.owner is not None:
        since = case.owner_since or case.owned_at
        when = clock_time(since) if since else "earlier"
        raise AlreadyHandled(f"{case.owner_name} took it at {when}. Nothing of yours was sent.")
    owned, said = owning(case, actor, setting.now)
    return Applied(replace(owned, version=case.version + 1), said, "It is yours.")


def give_back(view: CaseView, act: GiveBack, actor: Actor, setting: Setting) -> Applied:
    """Back to the queue; its limits keep running, and when it was first taken stays told. Raises NotPermitted for anyone but
    the owner."""
    case = view.case
    if case.owner != actor.user:
        raise NotPermitted(f"Only its owner gives it back; that is {case.owner_name or 'nobody'}.")
    entry = Entry(
        "given_back", setting.now, actor.user, f"{actor.name} gave it back to the queue.", (("by", actor.name),)
    )
    back = replace(case, life=Life.OPEN, owner=None, owner_name="", owner_since=None, version=case.version + 1)
    return Applied(back, (entry,), "It is back in the queue.")


def still_on_it(view: CaseView, act: StillOnIt, actor: Actor, setting: Setting) -> Applied:
    """The owner goes on with it; like every act of theirs it is an answer, and the next question comes as long after it.

    Raises NotPermitted for anyone but the owner.
    """
    case = view.case
    if case.owner != actor.user:
        raise NotPermitted(f"Only its owner answers that; that is {case.owner_name or 'nobody'}.")
    entry = Entry("still_on_it", setting.now, actor.user, f"{actor.name} is still on it.", (("by", actor.name),))
    return Applied(replace(case, version=case.version + 1), (entry,), "It stays yours.")


def add_note(view: CaseView, act: AddNote, actor: Actor, setting: Setting) -> Applied:
    """A note in thread and proof; the closing note where that is all an exception still waits for. Raises ReasonRequired when
    empty."""
    text = act.text.strip()
    if not text:
        raise ReasonRequired("Write the note.")
    entry = Entry("note", setting.now, actor.user, f"{actor.name}: {text}", (("by", actor.name), ("note", text)))
    found = text if view.case.lacks == "note" else view.case.found
    noted = replace(view.case, found=found, version=view.case.version + 1)
    return Applied(noted, (entry,), "Added; it is in the thread and in the proof.")


def try_again(view: CaseView, act: TryAgain, actor: Actor, setting: Setting) -> Applied:
    """Send failed writes of this case's SKU once more. Raises AlreadyHandled when none is failed."""
    failed = [one for one in view.case.actions if one.state is ActionState.FAILED and one.target]
    event = view.case.evidence.event or ""
    keys = tuple(dict.fromkeys([one.target for one in failed] + ([event] if ":" in event else [])))
    if not keys:
        raise AlreadyHandled("Nothing has failed here any more.")
    case, taken = owning(view.case, actor, setting.now)
    actions = tuple(replace(one, state=ActionState.WANTED) if one in failed else one for one in case.actions)
    entry = Entry("tried_again", setting.now, actor.user, f"{actor.name} asked to try again.", (("by", actor.name),))
    case = replace(case, actions=actions, version=view.case.version + 1)
    return Applied(case, (*taken, entry), "Trying again; the card says what comes of it.", retry=keys)


def preview_close(view: CaseView) -> tuple[str, ...]:
    """What stays as it is when it is closed: the difference, and what the channel shows."""
    lines = view.sku.listings if view.sku else ()
    shown = tuple(
        f"{line.system_name} shows {line.shows_text or line.shows}."
        for line in lines
        if line.listing == view.case.fingerprint.listing
    )
    return (f"The difference of {view.case.delta:+d}\u00a0units stays.", *shown)


def close(view: CaseView, act: Close, actor: Actor, setting: Setting) -> Applied:
    """End it by a person, with outcome and reason. A stop of ours (a pause, a cap, a held order) must be ended first.

    Raises ReasonRequired, NotPermitted (a stop of ours stands), AlreadyHandled.
    """
    reason = act.reason.strip()
    if act.outcome not in OUTCOMES:
        raise ReasonRequired("Choose what it was.")
    if not reason and act.outcome == "false_alarm":
        raise ReasonRequired("For a false alarm say what the rule missed.")
    if not reason and setting.policy.rules_for(view.case.fingerprint.cls).note_required:
        raise ReasonRequired("Say why; it goes into the proof.")
    if view.case.stopped:
        raise NotPermitted(
            "A stop of ours stands (a pause, a cap or a held order). End it first; then this can be closed."
        )
    if view.case.standing(ActionKind.OVERRIDE) is not None:
        raise NotPermitted("An override stands. End it; then this closes by itself once the channel agrees.")
    if any(act.kind in WORDS and act.state.stands for act in view.case.actions):
        raise NotPermitted("What somebody said of this source stands, or waits for approval. Take it back first.")
    case, taken = owning(view.case, actor, setting.now)
    outcome = OUTCOMES[act.outcome]
    entry = Entry(
        "resolved",
        setting.now,
        actor.user,
        one_stop(f"Resolved as {outcome} by {actor.name}{f': {reason}' if reason else ''}"),
        (("by", actor.name), ("outcome", act.outcome), ("note", reason), *_seen(view)),
    )
    ended = replace(
        case,
        life=Life.RESOLVED,
        ended_at=setting.now,
        ended_by=actor.user,
        ended_name=actor.name,
        outcome=outcome,
        note=reason,
        ready=False,
        lacks="",
        version=view.case.version + 1,
    )
    return Applied(ended, (*taken, entry), f"Closed as {outcome}.")


def _seen(view: CaseView) -> tuple[tuple[str, str], ...]:
    """What customers see at the end, for the proof."""
    seen = customers_see(view)
    return (("customers_see", seen),) if seen else ()
