"""A person's fixed promise for one listing: with reason, owner and an end. Lowers freely; above the pool it is a correction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sync.actions.applied import Applied, Setting, bumped, changed, clock_time, quantity_target_key, unvalued, value_of
from sync.actions.quantities import check_writable, line_of, look_at, numbers_shown
from sync.errors import AlreadyHandled, BadInput, ReasonRequired
from sync.inbox.acts import Actor, EndOverride, Override
from sync.inbox.view import CaseView, ListingLine
from sync.model.exceptions import Action, ActionKind, ActionState, Case, Life
from sync.model.ids import UserId
from sync.model.proof import Entry
from sync.policy.routing import who_can
from sync.policy.schema import Person
from sync.sentences import one_stop

SHORTEST = timedelta(minutes=5)
"""An override that ends sooner would end before anybody has read of it."""


def preview_override(view: CaseView) -> tuple[str, ...]:
    """What each listing shows and could sell."""
    return numbers_shown(view) or ("No listing of this SKU has a number that could be fixed.",)


def override(view: CaseView, act: Override, actor: Actor, setting: Setting) -> Applied:
    """Show exactly so many there until a time. It keeps its own exception open for as long as it stands.

    Raises ReasonRequired, BadInput (listing, units, owner or end), AlreadyHandled (one is asked for or stands the same),
    NotPermitted (its quantity is not ours to write).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Reason and owner are needed.")
    line = line_of(view, act.listing)
    if act.units < 0:
        raise BadInput("Whole units, 0 or more.")
    longest = setting.policy.corrections.override_lasts
    if not setting.now + SHORTEST <= act.until <= setting.now + longest:
        raise BadInput(f"It ends in 5 min at the soonest and {longest.total_seconds() / 3600:g} h at the latest.")
    check_writable(line, setting)
    owner = _owner(view, act, setting)
    standing = view.case.standing(ActionKind.OVERRIDE)
    if standing is not None and standing.state is ActionState.ASKED:
        raise AlreadyHandled(f"{standing.by_name} asked for {standing.figure('to')} at {clock_time(standing.at)}.")
    over = max(0, act.units - max(0, line.pool if line.pool is not None else line.can_sell or 0))
    value = value_of(view, over)
    small = value + setting.spent_24h <= setting.policy.corrections.four_eyes_above
    alone = over == 0 or (small and not unvalued(view))
    action = _action(act, line, actor, setting, value, reason, alone)
    said = Entry(
        "overridden",
        setting.now,
        actor.user,
        f"{actor.name} fixes {line.system_name} at {act.units}\u00a0units until {act.until:%d %b} {clock_time(act.until)},"
        f" owned by {owner.name}: {one_stop(reason)}",
        (("by", actor.name), ("owner", owner.name), *action.figures, ("note", reason)),
    )
    shown = replace(view.case.evidence, changed=said.sentence, shows=line.shows, can_sell=line.can_sell)
    owned = replace(
        _without(view.case, standing),
        delta=act.units - (line.can_sell or 0),
        evidence=shown,
        life=Life.OWNED,
        owner=owner.slack,
        owner_name=owner.name,
        owned_at=view.case.owned_at or setting.now,
        owner_since=setting.now if view.case.owner != owner.slack else view.case.owner_since,
        note=reason,
    )
    tell: tuple[tuple[UserId, str], ...] = ()
    if owner.slack != actor.user:
        tell = (
            (
                owner.slack,
                one_stop(f"{actor.name} fixed {line.system_name} at {act.units}\u00a0units in your name: {reason}"),
            ),
        )
    answer = (
        f"{line.system_name} will show {act.units} until {clock_time(act.until)}."
        if alone
        else f"{over}\u00a0units more than there are: a second person decides. Nothing is sent before."
    )
    return Applied(bumped(owned, action), (said,), answer, (look_at(view, line, setting),), notices=tell)


def _action(
    act: Override, line: ListingLine, actor: Actor, setting: Setting, value: Decimal, reason: str, alone: bool
) -> Action:
    channel = setting.policy.systems[line.system].channel
    queue = setting.policy.corrections.queue or setting.policy.default_queue
    return Action(
        id=0,
        kind=ActionKind.OVERRIDE,
        state=ActionState.WANTED if alone else ActionState.ASKED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason="override",
        note=reason,
        target=quantity_target_key(line, setting),
        listing=line.listing,
        location=channel.publish_to if channel is not None else None,
        figures=(
            ("system", line.system),
            ("from", str(line.can_sell or 0)),
            ("to", str(act.units)),
            ("units", str(act.units)),
            ("until", act.until.isoformat()),
            ("value", f"{value:.2f}"),
            *((("queue", queue),) if not alone else ()),
        ),
        contributors=(actor.user,),
    )


def _owner(view: CaseView, act: Override, setting: Setting) -> Person:
    person = setting.policy.person_of(act.owner)
    if person is None or act.owner not in who_can(setting.policy, view.queue.id, "act"):
        raise BadInput(f"Its owner must be somebody of {view.queue.name}. Choose one of its people.")
    return person


def _without(case: Case, standing: Action | None) -> Case:
    """A new override takes the place of the one that stands."""
    if standing is None:
        return case
    acts = tuple(replace(one, state=ActionState.UNDONE) if one is standing else one for one in case.actions)
    return replace(case, actions=acts)


def preview_end(view: CaseView) -> tuple[str, ...]:
    """What is shown once the fixed promise has ended."""
    return tuple(
        f"{line.system_name} shows what can be sold again: {line.can_sell}, instead of {line.fixed}."
        for line in (view.sku.listings if view.sku else ())
        if line.fixed is not None
    )


def end_override(view: CaseView, act: EndOverride, actor: Actor, setting: Setting) -> Applied:
    """The undo: what can be sold is shown again. Raises ReasonRequired, AlreadyHandled (none stands)."""
    note = act.note.strip()
    if not note:
        raise ReasonRequired("Say what was found; it is the closing note.")
    standing = view.case.standing(ActionKind.OVERRIDE)
    if standing is None:
        raise AlreadyHandled("No override of this exception stands any more.")
    case = changed(
        view.case,
        standing,
        state=ActionState.UNDONE,
        decided_by=actor.user,
        decided_name=actor.name,
        settled_at=setting.now,
        result=note,
    )
    entry = Entry(
        "override_ended",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} ended the override: {note}"),
        (("by", actor.name), ("note", note)),
    )
    return Applied(replace(case, note=note, found=note), (entry,), "Ended. What can be sold is shown again.")
