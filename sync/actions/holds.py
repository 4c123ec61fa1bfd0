"""Hold orders until somebody has looked, and release them: desired state, read back; where we cannot, a task for a person.

A held order goes on weighing: its units are still wanted. What is held or released at a system that takes no holds from us is
wanted until a person says that it is done there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync.actions.applied import Applied, Setting, bumped, clock_time, closing_note, owning
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired
from sync.inbox.acts import Actor, DoneByHand, HoldOrders, ReleaseOrders
from sync.inbox.view import CaseView, HeldLine, ListingLine
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.outbox import Priority, Target, TargetKind, target_key
from sync.model.proof import Entry
from sync.sentences import one_stop

HOLDABLE = frozenset({ExceptionClass.OVERSELL, ExceptionClass.EXPOSURE_MISMATCH})
"""Exceptions about promising or selling too much, where an order may have to wait."""

MOST = 10
"""Orders that one form offers: as many boxes as Slack draws."""


def order_of(act: Action) -> str:
    """``channel:order`` of a hold or a release."""
    return f"{act.figure('system')}:{act.figure('order')}"


def holds_of(case: Case) -> list[Action]:
    """The holds of an exception that are wanted or stand."""
    return [act for act in case.actions if act.kind is ActionKind.HOLD and act.state.stands]


def waiting_for_hand(case: Case) -> list[Action]:
    """Holds and releases that a person is to make at a system, and has not said to be made."""
    return [
        act
        for act in case.actions
        if act.kind in (ActionKind.HOLD, ActionKind.RELEASE) and act.state is ActionState.WANTED and not act.target
    ]


def to_hold(view: CaseView) -> list[HeldLine]:
    """Open orders of the SKU that nobody holds yet, the newest first: those compete for the last units."""
    if view.sku is None or view.case.fingerprint.cls not in HOLDABLE:
        return []
    held = _standing(view)
    lines = [one for one in view.sku.held if one.to_ship and one.key not in held]
    return [*reversed(lines)][:MOST]


def _standing(view: CaseView) -> dict[str, Action]:
    """Holds on orders of the SKU that stand in any of its open exceptions, by order."""
    others = [one for one in view.sku.cases if one.id != view.case.id] if view.sku else []
    return {order_of(act): act for case in (view.case, *others) for act in holds_of(case)}


def preview_hold(view: CaseView) -> tuple[str, ...]:
    """Where we hold an order ourselves, and where a person must."""
    told = {}
    for one in to_hold(view):
        ours = _line(view, one.channel)
        told[one.channel] = (
            f"{one.channel_name} keeps the order from being shipped, until it is released."
            if ours is not None
            else f"{one.channel_name} takes no hold from us: hold the order there by hand, and say when it is done."
        )
    return tuple(told.values()) or ("No open order of this SKU is left to hold.",)


def _line(view: CaseView, channel: str) -> ListingLine | None:
    """The listing through whose channel we can hold an order."""
    lines = view.sku.listings if view.sku else ()
    return next((line for line in lines if line.system == channel and line.holds_orders), None)


def hold(view: CaseView, act: HoldOrders, actor: Actor, setting: Setting) -> Applied:
    """The named orders are not shipped until somebody releases them.

    Raises ReasonRequired, BadInput (no such open order of this SKU), AlreadyHandled (somebody holds one), NotPermitted
    (shadow, or an exception of another class).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Say why; it goes into the proof.")
    if view.case.fingerprint.cls not in HOLDABLE:
        raise NotPermitted("Orders are held on an oversell or on a listing that shows too much.")
    chosen = _chosen(view, act.orders)
    for one in chosen:
        line = _line(view, one.channel)
        if line is not None and line.shadow:
            raise NotPermitted(
                f"{line.system_name} is in shadow: I would hold it, but nothing is sent. Nothing was changed."
            )
    case, taken = owning(view.case, actor, setting.now)
    actions = [_hold_of(view, one, actor, setting, reason) for one in chosen]
    names = ", ".join(f"{one.order} at {one.channel_name}" for one in chosen)
    by_hand = [one for one, made in zip(chosen, actions, strict=True) if not made.target]
    task = f" By hand: {_named(by_hand)}." if by_hand else ""
    said = Entry(
        "held",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} holds {names} until reviewed: {reason}") + task,
        (("by", actor.name), ("orders", " ".join(one.key for one in chosen)), ("note", reason)),
    )
    targets = tuple(_target(view, made, setting, held=True) for made in actions if made.target)
    answer = f"{names}: to be held. The card says when it is." if targets else f"Hold it there: {_named(by_hand)}."
    return Applied(bumped(case, *actions), (*taken, said), answer, targets)


def _chosen(view: CaseView, orders: Sequence[str]) -> list[HeldLine]:
    standing = _standing(view)
    known = {one.key: one for one in (view.sku.held if view.sku else ()) if one.to_ship}
    if not orders:
        raise BadInput("Choose at least one order.")
    for order in orders:
        if order in standing:
            act = standing[order]
            raise AlreadyHandled(
                f"{act.by_name} holds {act.figure('order')} since {clock_time(act.at)}. Nothing of yours was sent."
            )
        if order not in known:
            raise BadInput(f"{order.partition(':')[2] or order} is no open order of this SKU any more.")
    return [known[order] for order in dict.fromkeys(orders)]


def _named(orders: Sequence[HeldLine]) -> str:
    return ", ".join(f"{one.order} at {one.channel_name}" for one in orders)


def _hold_of(view: CaseView, one: HeldLine, actor: Actor, setting: Setting, reason: str) -> Action:
    line = _line(view, one.channel)
    return Action(
        id=0,
        kind=ActionKind.HOLD,
        state=ActionState.WANTED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason="hold",
        note=reason,
        target=target_key(TargetKind.HOLD, line.listing, "", one.order) if line is not None else "",
        listing=line.listing if line is not None else None,
        figures=(
            ("system", one.channel),
            ("system_name", one.channel_name),
            ("order", one.order),
            ("units", str(one.units)),
        ),
    )


def _target(view: CaseView, act: Action, setting: Setting, *, held: bool) -> Target:
    sku = view.case.fingerprint.sku
    line = _line(view, act.figure("system") or "")
    if sku is None or line is None:
        raise BadInput(f"{act.figure('system_name')} takes no hold from us any more: do it there by hand.")
    return Target(
        key=act.target,
        kind=TargetKind.HOLD,
        lane=line.system,
        sku=sku,
        listing=act.listing,
        location=None,
        wanted=1 if held else 0,
        revision=0,
        priority=Priority.STOP if held else Priority.DECREASE,
        wanted_at=setting.now,
        next_at=setting.now,
        doors=(act.figure("order") or "",),
        risk=view.case.risk.per_hour,
        case=view.case.id,
    )


def preview_release(view: CaseView) -> tuple[str, ...]:
    """What can be shipped again, and whether the counts agree."""
    told = tuple(
        f"{act.figure('system_name')} may ship {act.figure('order')} again."
        if act.target
        else f"Release {act.figure('order')} at {act.figure('system_name')} by hand, and say when it is done."
        for act in holds_of(view.case)
    )
    differs = () if view.agrees else (f"Counts still differ by {abs(view.case.delta)}\u00a0units.",)
    return (*told, *differs)


def release(view: CaseView, act: ReleaseOrders, actor: Actor, setting: Setting) -> Applied:
    """Let the named orders be shipped; the undo of :func:`hold`, with the closing note.

    Raises ReasonRequired, BadInput (no order chosen), AlreadyHandled (it is not held, or somebody releases it).
    """
    note = closing_note(view, act.note, setting)
    if not act.orders:
        raise BadInput("Choose at least one order.")
    standing = {order_of(one): one for one in holds_of(view.case)}
    gone = [order.partition(":")[2] for order in act.orders if order not in standing]
    if gone:
        raise AlreadyHandled(f"{', '.join(gone)} is not held by this exception any more.")
    pending = {
        order_of(one): one
        for one in view.case.actions
        if one.kind is ActionKind.RELEASE and one.state in (ActionState.WANTED, ActionState.DONE)
    }
    for order in act.orders:
        if order in pending:
            first = pending[order]
            raise AlreadyHandled(f"{first.by_name} released it at {clock_time(first.at)}. Nothing of yours was sent.")
    case, taken = owning(view.case, actor, setting.now)
    held = [standing[order] for order in dict.fromkeys(act.orders)]
    actions = [
        Action(
            id=0,
            kind=ActionKind.RELEASE,
            state=ActionState.WANTED,
            by=actor.user,
            by_name=actor.name,
            at=setting.now,
            reason="release",
            note=note,
            target=one.target,
            listing=one.listing,
            figures=one.figures,
        )
        for one in held
    ]
    names = ", ".join(f"{one.figure('order')} at {one.figure('system_name')}" for one in held)
    said = Entry(
        "released",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} lets {names} be shipped{f': {note}' if note else ''}"),
        (("by", actor.name), ("orders", " ".join(act.orders)), ("note", note), ("agreed", str(view.agrees))),
    )
    targets = tuple(_target(view, one, setting, held=False) for one in actions if one.target)
    case = replace(bumped(case, *actions), note=note)
    return Applied(case, (*taken, said), f"{names}: to be released. The card says when it is.", targets)


def done_by_hand(view: CaseView, act: DoneByHand, actor: Actor, setting: Setting) -> Applied:
    """A person made the holds and releases that wait for a hand. Raises AlreadyHandled when none waits."""
    del act
    waiting = waiting_for_hand(view.case)
    if not waiting:
        raise AlreadyHandled("Nothing waits for a hand any more.")
    case, taken = owning(view.case, actor, setting.now)
    word = f"Done there by hand, says {actor.name}."
    released = {order_of(one) for one in waiting if one.kind is ActionKind.RELEASE}
    actions = tuple(
        replace(one, state=ActionState.SEEN, settled_at=setting.now, result=word)
        if one in waiting and not (one.kind is ActionKind.HOLD and order_of(one) in released)
        else replace(one, state=ActionState.UNDONE, settled_at=setting.now)
        if one.kind is ActionKind.HOLD and one.state.stands and not one.target and order_of(one) in released
        else one
        for one in case.actions
    )
    names = ", ".join(
        f"{one.figure('order')} {'held' if one.kind is ActionKind.HOLD else 'released'} at {one.figure('system_name')}"
        for one in waiting
    )
    said = Entry("by_hand", setting.now, actor.user, f"{actor.name} says: {names}, by hand.", (("by", actor.name),))
    moved = replace(case, actions=actions, version=case.version + 1)
    return Applied(moved, (*taken, said), f"Noted: {names}.")
