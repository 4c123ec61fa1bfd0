"""Pause and resume: a listing off sale, and back with the numbers that can be sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync.actions.applied import (
    Applied,
    Setting,
    bumped,
    clock_time,
    closing_note,
    customers_see,
    owning,
    quantity_target_key,
    span,
)
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import PAUSE_REASONS, Actor, Pause, Resume
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import TAKEN_BACK, Action, ActionKind, ActionState
from sync.model.outbox import Priority, Target, TargetKind, TargetState, target_key
from sync.model.proof import Entry
from sync.policy.routing import either
from sync.sentences import one_stop


def preview_pause(view: CaseView) -> tuple[str, ...]:
    """What customers will see: the listing of the case, and what goes on selling."""
    lines = view.sku.listings if view.sku else ()
    own = [line for line in lines if line.listing == view.case.fingerprint.listing] or list(lines[:1])
    if not own:
        return ("This exception is not about a listing; there is nothing to pause.",)
    line = own[0]
    orders = (
        f" {line.open_orders} open order{'' if line.open_orders == 1 else 's'} stay and ship."
        if line.open_orders
        else ""
    )
    shows = line.shows_text or str(line.shows)
    how = f" {line.system_name} cannot pause a listing, so its quantity is set to 0." if line.zero_only else ""
    first = f"{line.system_name} shows {shows}. It will show 0, usually within 2 min.{how}{orders}"
    rest = [
        f"{other.system_name} goes on selling (shows {other.shows_text or other.shows})."
        for other in lines
        if other.listing != line.listing and not other.paused_by_us
    ]
    return (first, *rest)


def pause(view: CaseView, act: Pause, actor: Actor, setting: Setting) -> Applied:
    """Close the doors of the listings. Raises ReasonRequired, BadInput, AlreadyHandled, NotPermitted (shadow)."""
    if not act.listings:
        raise BadInput("Choose at least one listing.")
    if act.reason not in PAUSE_REASONS:
        raise ReasonRequired("Choose why; it goes into the proof.")
    if act.reason == "other" and not act.note.strip():
        raise ReasonRequired("Say in a few words why; it goes into the proof.")
    lines = {line.listing: line for line in (view.sku.listings if view.sku else ())}
    chosen = [lines[listing] for listing in act.listings if listing in lines]
    if len(chosen) != len(act.listings):
        raise BadInput("A chosen listing no longer belongs to this SKU. Open the form again.")
    for line in chosen:
        _may_close(view, line, setting)
    case, taken = owning(view.case, actor, setting.now)
    reason = act.note.strip() or PAUSE_REASONS[act.reason].lower()
    names = " and ".join(line.system_name for line in chosen)
    said = Entry(
        "paused",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} paused {names}: {reason}"),
        (("by", actor.name), ("reason", act.reason), ("note", act.note), ("listings", ",".join(act.listings))),
    )
    actions = [
        Action(
            id=0,
            kind=ActionKind.PAUSE,
            state=ActionState.WANTED,
            by=actor.user,
            by_name=actor.name,
            at=setting.now,
            reason=act.reason,
            note=reason,
            target=_watched(line, setting),
            listing=line.listing,
            figures=(("shown", line.shows_text or str(line.shows)),),
        )
        for line in chosen
    ]
    targets = tuple(_doors(view, line, setting, open_=False) for line in chosen)
    return Applied(
        bumped(case, *actions), (*taken, said), f"Paused on {names}. The card says when customers see 0.", targets
    )


def _may_close(view: CaseView, line: ListingLine, setting: Setting) -> None:
    standing = next(
        (
            act
            for act in view.case.actions
            if act.kind is ActionKind.PAUSE and act.state.stands and act.listing == line.listing
        ),
        None,
    )
    if standing is not None:
        ago = span(setting.now - standing.at)
        raise AlreadyHandled(
            f"{standing.by_name} paused it at {clock_time(standing.at)}, {ago} before you. {customers_see(view)}"
            " Nothing of yours was sent."
        )
    if line.live is False:
        raise AlreadyHandled(f"{line.system_name} already shows 0. Nothing to pause.")
    if line.shadow:
        raise NotPermitted(
            f"{line.system_name} is in shadow: I would pause it, but nothing is sent. Nothing was changed."
        )
    if not line.can_pause:
        raise NotPermitted(f"{line.system_name} cannot pause a listing. Ask a person there to take it off sale.")


def _watched(line: ListingLine, setting: Setting) -> str:
    """The target whose outcome the act waits for: the doors, or the quantity where a pause shows 0."""
    if not line.zero_only:
        return target_key(TargetKind.DOORS, line.listing)
    return quantity_target_key(line, setting)


def _doors(view: CaseView, line: ListingLine, setting: Setting, *, open_: bool) -> Target:
    """The stop as desired state. Where a pause shows 0 nothing of it is sent: the quantity that follows from it is."""
    sku = view.case.fingerprint.sku
    if sku is None:
        raise BadInput("This exception is not about one SKU.")
    return Target(
        key=target_key(TargetKind.DOORS, line.listing),
        kind=TargetKind.DOORS,
        lane=line.system,
        sku=sku,
        listing=line.listing,
        location=None,
        wanted=1 if open_ else 0,
        revision=0,
        priority=Priority.INCREASE if open_ else Priority.STOP,
        wanted_at=setting.now,
        risk=view.case.risk.per_hour,
        state=TargetState.IDLE if line.zero_only else TargetState.DUE,
        next_at=None if line.zero_only else setting.now,
        case=view.case.id,
    )


def preview_resume(view: CaseView) -> tuple[str, ...]:
    """What goes live, and whether the counts agree."""
    lines = view.sku.listings if view.sku else ()
    paused = [line for line in lines if line.paused_by_us]
    told = tuple(
        f"{line.system_name} goes live with {line.can_sell if line.can_sell is not None else 'an unknown number'}."
        " Held updates go out first."
        for line in paused
    )
    if not view.agrees:
        return (*told, f"Counts still differ by {abs(view.case.delta)}\u00a0units.")
    return told


def resume(view: CaseView, act: Resume, actor: Actor, setting: Setting) -> Applied:
    """Open again exactly the doors that the pause closed. The note is the closing note.

    Raises ReasonRequired, AlreadyHandled (nothing is paused), NotPermitted (counts differ and the actor may not decide that).
    """
    note = closing_note(view, act.note, setting)
    standing = [act_ for act_ in view.case.actions if act_.kind is ActionKind.PAUSE and act_.state.stands]
    if not standing:
        raise AlreadyHandled(f"Nothing is paused any more. {customers_see(view)}")
    pending = view.case.standing(ActionKind.RESUME)
    if pending is not None and pending.state in (ActionState.WANTED, ActionState.DONE):
        raise AlreadyHandled(f"{pending.by_name} resumed it at {clock_time(pending.at)}. Nothing of yours was sent.")
    if not view.agrees and actor.user not in view.approvers:
        who = either(setting.policy, view.approvers) or "an approver"
        raise NotPermitted(f"Counts still differ by {abs(view.case.delta)}\u00a0units. Resume anyway needs {who}.")
    return opened_again(view, standing, note, actor, setting)


def opened_again(
    view: CaseView, standing: Sequence[Action], note: str, actor: Actor, setting: Setting, *, reason: str = "resume"
) -> Applied:
    """Open the doors that these pauses closed, as desired state that is read back. Who may is decided before; ``reason`` says
    whether it is resumed or taken back."""
    lines = {line.listing: line for line in (view.sku.listings if view.sku else ())}
    chosen = [lines[one.listing] for one in standing if one.listing in lines]
    case, taken = owning(view.case, actor, setting.now)
    names = " and ".join(line.system_name for line in chosen)
    did = "took back the pause of" if reason == TAKEN_BACK else "resumed"
    said = Entry(
        "resumed",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} {did} {names}{f': {note}' if note else ''}"),
        (("by", actor.name), ("note", note), ("agreed", str(view.agrees))),
    )
    actions = [
        Action(
            id=0,
            kind=ActionKind.RESUME,
            state=ActionState.WANTED,
            by=actor.user,
            by_name=actor.name,
            at=setting.now,
            reason=reason,
            note=note,
            target=_watched(line, setting),
            listing=line.listing,
        )
        for line in chosen
    ]
    targets = tuple(_doors(view, line, setting, open_=True) for line in chosen)
    case = replace(bumped(case, *actions), note=note or case.note)
    return Applied(case, (*taken, said), f"Resumed {names}. The card says when it is live.", targets)
