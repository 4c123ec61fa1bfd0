"""Corrections: a proposed new count, approved by a person, written under a guard, or a task where nobody can write."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sync.actions.applied import Applied, Setting, bumped, clock_time, decided_on, owning, unvalued, value_of
from sync.actions.counting_anyway import approve_file, preview_held
from sync.actions.freeing import approve_release
from sync.actions.quantities import line_of, look_at
from sync.actions.speaking import approve_vouch
from sync.errors import AlreadyHandled, BadInput, NotPermitted, ReasonRequired, Stale
from sync.inbox.acts import CAUSES, Actor, DecideCorrection, ProposeCorrection
from sync.inbox.view import CaseView, PositionLine
from sync.model.exceptions import DECIDED, Action, ActionKind, ActionState, Case
from sync.model.ids import SystemId, UserId
from sync.model.outbox import Priority, Target, TargetKind, target_key
from sync.model.proof import Entry
from sync.policy.routing import may_approve
from sync.sentences import one_stop


def preview_correction(view: CaseView) -> tuple[str, ...]:
    """What the books of the chosen system will say, and how it is written there."""
    if view.case.standing(ActionKind.FILE) is not None:
        return preview_held(view)
    lines = [
        line
        for line in (view.sku.positions if view.sku else ())
        if line.on_hand is not None or line.available is not None
    ]
    return tuple(f"{line.system_name}, {line.location_name}: {_number(line)} now." for line in lines) or (
        "No system states a count for this SKU yet; there is nothing to correct.",
    )


def _number(line: PositionLine) -> int:
    return line.on_hand if line.on_hand is not None else line.available or 0


def _position(view: CaseView, system: str, location: str) -> PositionLine:
    for line in view.sku.positions if view.sku else ():
        if line.system == system and line.location == location:
            return line
    raise BadInput("Choose a system that states a count for this SKU.")


def propose(view: CaseView, act: ProposeCorrection, actor: Actor, setting: Setting) -> Applied:
    """Ask for a correction; at or below the limit it is written at once, above it a second person decides.

    Raises ReasonRequired, BadInput, AlreadyHandled (one is waiting), Stale (the system's number moved).
    """
    if act.cause not in CAUSES:
        raise ReasonRequired("Choose the cause; “unknown” is a choice, and keeps the exception open.")
    if not act.reason.strip():
        raise ReasonRequired("Say why; it goes into the proof.")
    if act.units < 0:
        raise BadInput("Whole units, 0 or more.")
    waiting = view.case.standing(ActionKind.CORRECTION)
    if waiting is not None and waiting.state in (ActionState.ASKED, ActionState.WANTED):
        raise AlreadyHandled(
            f"{waiting.by_name} asked for a correction at {clock_time(waiting.at)}. It is not settled yet."
        )
    line = _position(view, act.system, act.location)
    now_says = _number(line)
    if now_says != act.shown:
        raise Stale(f"{line.system_name} says {now_says} now, not {act.shown}. Please decide again.")
    if act.units == now_says:
        raise BadInput(f"{line.system_name} already says {act.units}. Nothing to correct.")
    value = value_of(view, act.units - now_says)
    contributors = tuple(dict.fromkeys((actor.user, *counters(view.case))))
    alone = not unvalued(view) and value + setting.spent_24h <= setting.policy.corrections.four_eyes_above
    case, taken = owning(view.case, actor, setting.now)
    queue = setting.policy.corrections.queue or setting.policy.default_queue
    action = Action(
        id=0,
        kind=ActionKind.CORRECTION,
        state=ActionState.WANTED if alone else ActionState.ASKED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason=act.cause,
        note=act.reason.strip(),
        location=act.location,
        target=target_key(
            TargetKind.CORRECTION, act.system, act.location, f"{view.case.name}-{len(view.case.actions)}"
        ),
        figures=(
            ("system", act.system),
            ("from", str(now_says)),
            ("to", str(act.units)),
            ("value", f"{value:.2f}"),
            ("queue", queue),
        ),
        contributors=contributors,
    )
    sign = "\u2212" if act.units < now_says else "+"
    change = f"{line.system_name} {line.location_name} {now_says} → {act.units}, {sign}{value:.2f} {view.currency}"
    said = Entry(
        "correction_asked",
        setting.now,
        actor.user,
        f"{actor.name} asked for a correction: {change} ({act.cause}: {act.reason.strip()}).",
        (("by", actor.name), *action.figures, ("cause", act.cause), ("contributors", ",".join(contributors))),
    )
    if not alone:
        return Applied(bumped(case, action), (*taken, said), "Sent for approval: a second person decides.")
    action = replace(action, decided_by=actor.user, decided_name=actor.name, decided_at=setting.now)
    return _approved(bumped(case, action), action, view, setting, (*taken, said))


def decide(view: CaseView, act: DecideCorrection, actor: Actor, setting: Setting) -> Applied:
    """Approve, reject or ask for another count. Nobody approves a number they gave.

    Raises NotPermitted (with who can), ReasonRequired, AlreadyHandled, Stale (the system's number moved meanwhile).
    """
    action = asked(view.case, act)
    if action is None:
        raise BadInput("This correction was never asked for.")
    if action.state is not ActionState.ASKED:
        when = clock_time(action.decided_at or action.at)
        raise AlreadyHandled(f"{action.decided_name or action.by_name} decided at {when}: {action.state}.")
    value = Decimal(action.figure("value") or 0)
    permission = may_approve(
        setting.policy, actor.user, value + setting.spent_24h, frozenset((action.by, *action.contributors))
    )
    if not permission.allowed:
        raise NotPermitted(permission.why)
    if act.decision != "approve" and not act.reason.strip():
        raise ReasonRequired(f"{action.by_name} will read it: say why.")
    reason = act.reason.strip()
    if act.decision != "approve":
        what = {
            ActionKind.OVERRIDE: "override",
            ActionKind.FREE: "release",
            ActionKind.VOUCH: "longer trust",
            ActionKind.FILE: "held file",
        }.get(action.kind, "correction")
        word = "rejected" if act.decision == "reject" else "asked for another count instead of"
        case = decided_on(view.case, action, ActionState.REFUSED, actor, setting, settled_at=setting.now, result=reason)
        entry = Entry(
            "correction_refused",
            setting.now,
            actor.user,
            f"{actor.name} {word} the {what}: {one_stop(reason)} Nothing is written.",
            (("by", actor.name), ("decision", act.decision), ("reason", reason)),
        )
        return Applied(case, (entry,), f"{action.by_name} is told why. Nothing is written.")
    if action.kind is ActionKind.OVERRIDE:
        return approve_more(view, action, actor, reason, setting)
    if action.kind is ActionKind.FREE:
        return approve_release(view, action, actor, reason, setting)
    if action.kind is ActionKind.VOUCH:
        return approve_vouch(view, action, actor, reason, setting)
    if action.kind is ActionKind.FILE:
        return approve_file(view, action, actor, reason, setting)
    line = _position(view, action.figure("system") or "", action.location or "")
    if str(_number(line)) != action.figure("from"):
        raise Stale(
            f"{line.system_name} says {_number(line)} now, not {action.figure('from')}."
            " The numbers above are new; please decide again."
        )
    decided = replace(
        action,
        state=ActionState.WANTED,
        decided_by=actor.user,
        decided_name=actor.name,
        decided_at=setting.now,
    )
    case, entry = _agreed(view, action, actor, reason, setting)
    return _approved(case, decided, view, setting, (entry,))


def _agreed(view: CaseView, action: Action, actor: Actor, reason: str, setting: Setting) -> tuple[Case, Entry]:
    """The case with the act decided, and what the proof says of it."""
    case = decided_on(view.case, action, ActionState.WANTED, actor, setting)
    entry = Entry(
        "correction_approved",
        setting.now,
        actor.user,
        one_stop(f"{actor.name} approved: {reason or 'no further word'}"),
        (("by", actor.name), ("reason", reason), *action.figures),
    )
    return case, entry


def _approved(case: Case, action: Action, view: CaseView, setting: Setting, entries: tuple[Entry, ...]) -> Applied:
    system = SystemId(action.figure("system") or "")
    name = setting.policy.systems[system].name if system in setting.policy.systems else system
    wanted, was = int(action.figure("to") or 0), int(action.figure("from") or 0)
    listing = next((line for line in (view.sku.listings if view.sku else ()) if line.system == system), None)
    abilities = setting.abilities.get(system)
    if abilities is None or not abilities.corrects or listing is None:
        task = Entry(
            "correction_task",
            setting.now,
            "countersign",
            f"{name} cannot be written by me: somebody sets {was} → {wanted} there. Closed when {name} itself says {wanted}.",
            (("system", system), ("from", str(was)), ("to", str(wanted))),
        )
        return Applied(case, (*entries, task), f"Approved. Set {wanted} in {name}; I watch for it there.")
    sku = view.case.fingerprint.sku
    if sku is None:
        raise BadInput("This exception is not about one SKU.")
    target = Target(
        key=action.target,
        kind=TargetKind.CORRECTION,
        lane=system,
        sku=sku,
        listing=listing.listing,
        location=action.location,
        wanted=wanted,
        revision=1,
        priority=Priority.CORRECTION,
        wanted_at=setting.now,
        expected=was,
        risk=case.risk.per_hour,
        next_at=setting.now,
        case=case.id,
    )
    return Applied(case, entries, f"Approved. {wanted} is written to {name} only if it still says {was}.", (target,))


def approve_more(view: CaseView, action: Action, actor: Actor, reason: str, setting: Setting) -> Applied:
    """A second person agreed that an override shows more than there is: it holds from now on, and is read back."""
    if action.listing is None:
        raise BadInput("This override is not about a listing.")
    line = line_of(view, action.listing)
    case, entry = _agreed(view, action, actor, reason, setting)
    answer = f"Approved. {line.system_name} will show {action.figure('units')}."
    return Applied(case, (entry,), answer, (look_at(view, line, setting),))


def asked(case: Case, act: DecideCorrection) -> Action | None:
    """The correction, or the override beyond what there is, that a decision is about."""
    return next((one for one in case.actions if one.id == act.action and one.kind in DECIDED), None)


def counters(case: Case) -> tuple[UserId, ...]:
    """Who gave the numbers that were counted here; each is a requester of a correction that follows."""
    return tuple(
        act.decided_by
        for act in case.actions
        if act.kind is ActionKind.COUNT and act.decided_by is not None and act.state is ActionState.DONE
    )
