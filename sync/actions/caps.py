"""Reduce what a listing may show, and lift that again: desired state, read back, and ended by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync.actions.applied import Applied, Setting, bumped, clock_time, closing_note, owning, quantity_target_key
from sync.actions.quantities import check_writable, line_of, look_at, numbers_shown
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, Cap, Uncap
from sync.inbox.view import CaseView
from sync.model.exceptions import Action, ActionKind, ActionState
from sync.model.proof import Entry
from sync.policy.routing import either
from sync.sentences import one_stop


def preview_cap(view: CaseView) -> tuple[str, ...]:
    """What each listing shows and could show: the number to go below."""
    return numbers_shown(view) or ("No listing of this SKU has a number that could be lowered.",)


def cap(view: CaseView, act: Cap, actor: Actor, setting: Setting) -> Applied:
    """At most so many units are shown there until somebody lifts it; what can be sold may make it fewer.

    Raises ReasonRequired, BadInput (no such listing, it would change nothing), AlreadyHandled (a cap stands there),
    NotPermitted (shadow, guard: we do not write its quantity).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Say why; it goes into the proof.")
    line = line_of(view, act.listing)
    if act.units < 0:
        raise BadInput("Whole units, 0 or more.")
    if line.capped is not None and act.units >= line.capped:
        raise AlreadyHandled(f"It is capped at {line.capped}\u00a0units already. Nothing of yours was sent.")
    check_writable(line, setting)
    most = max(line.shows or 0, line.can_sell or 0)
    if act.units >= most:
        raise BadInput(f"{line.system_name} shows {line.shows} and can sell {line.can_sell}: choose fewer than {most}.")
    case, taken = owning(view.case, actor, setting.now)
    said = Entry(
        "capped",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} lets {line.system_name} show at most {act.units}\u00a0units: {reason}"),
        (("by", actor.name), ("listing", line.listing), ("units", str(act.units)), ("note", reason)),
    )
    action = Action(
        id=0,
        kind=ActionKind.CAP,
        state=ActionState.WANTED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason="cap",
        note=reason,
        target=quantity_target_key(line, setting),
        listing=line.listing,
        figures=(("units", str(act.units)), ("shown", line.shows_text or str(line.shows))),
    )
    answer = f"{line.system_name} will show at most {act.units}. The card says when it does."
    return Applied(bumped(case, action), (*taken, said), answer, (look_at(view, line, setting),))


def preview_uncap(view: CaseView) -> tuple[str, ...]:
    """What is shown again once the cap is lifted, and whether the counts agree."""
    told = tuple(
        f"{line.system_name} may show {line.can_sell} again, at most {line.capped} now."
        for line in (view.sku.listings if view.sku else ())
        if line.capped is not None
    )
    differs = () if view.agrees else (f"Counts still differ by {abs(view.case.delta)}\u00a0units.",)
    return (*told, *differs)


def uncap(view: CaseView, act: Uncap, actor: Actor, setting: Setting) -> Applied:
    """Show all that can be sold again; the undo of :func:`cap`, with the closing note.

    Raises ReasonRequired, AlreadyHandled (no cap of this exception stands), NotPermitted (counts differ and the actor may not
    decide that).
    """
    note = closing_note(view, act.note, setting)
    here = {line.listing for line in (view.sku.listings if view.sku else ())}
    standing = [
        one for one in view.case.actions if one.kind is ActionKind.CAP and one.state.stands and one.listing in here
    ]
    if not standing:
        raise AlreadyHandled("No cap of this exception stands any more.")
    pending = view.case.standing(ActionKind.UNCAP)
    if pending is not None and pending.state in (ActionState.WANTED, ActionState.DONE):
        raise AlreadyHandled(f"{pending.by_name} lifted it at {clock_time(pending.at)}. Nothing of yours was sent.")
    if not view.agrees and actor.user not in view.approvers:
        who = either(setting.policy, view.approvers) or "an approver"
        raise NotPermitted(f"Counts still differ by {abs(view.case.delta)}\u00a0units. Lifting it anyway needs {who}.")
    return lifted(view, standing, note, actor, setting)


def lifted(
    view: CaseView, standing: Sequence[Action], note: str, actor: Actor, setting: Setting, *, reason: str = "uncap"
) -> Applied:
    """Lift these caps and look at the channels. Who may is decided before; ``reason`` says whether it is lifted or taken back."""
    lines = {line.listing: line for line in (view.sku.listings if view.sku else ())}
    chosen = {one.listing: lines[one.listing] for one in standing if one.listing in lines}
    case, taken = owning(view.case, actor, setting.now)
    names = " and ".join(line.system_name for line in chosen.values())
    said = Entry(
        "uncapped",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} lets {names} show all that can be sold again{f': {note}' if note else ''}"),
        (("by", actor.name), ("note", note), ("agreed", str(view.agrees))),
    )
    actions = [
        Action(
            id=0,
            kind=ActionKind.UNCAP,
            state=ActionState.WANTED,
            by=actor.user,
            by_name=actor.name,
            at=setting.now,
            reason=reason,
            note=note,
            target=quantity_target_key(line, setting),
            listing=line.listing,
        )
        for line in chosen.values()
    ]
    looks = tuple(look_at(view, line, setting) for line in chosen.values())
    case = replace(bumped(case, *actions), note=note or case.note)
    return Applied(case, (*taken, said), f"{names} may show all again. The card says when it does.", looks)
