"""Release units: a person says that old orders hold stock no longer. What it is worth may need a second person.

The shop's orders stay as they are; what is told to the one path is a cancellation by the system ``count``, of exactly the units
that are still to leave. A later shipment of them weighs again, and the shop's own cancellation takes nothing off twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sync.actions.applied import Applied, Setting, bumped, changed, clock_time, decided_on, owning, unvalued, value_of
from sync.connectors.base import Parsed
from sync.errors import AlreadyHandled, BadInput, ReasonRequired
from sync.inbox.acts import Actor, ReleaseUnits
from sync.inbox.view import CaseView, HeldLine
from sync.model.exceptions import Action, ActionKind, ActionState, Case, ExceptionClass
from sync.model.facts import FactDraft, FactKind, ItemRef, LineStep, OrderRef
from sync.model.ids import SkuId, SystemId
from sync.model.proof import Entry
from sync.model.time import AsOf
from sync.sentences import one_stop

MOST = 10
"""Orders that one form offers; Slack shows no more boxes."""


def to_free(view: CaseView) -> list[HeldLine]:
    """The orders that the exception names and whose units can be released, the oldest first."""
    if view.sku is None or view.case.fingerprint.cls is not ExceptionClass.STUCK_RESERVATION:
        return []
    named = set(view.case.evidence.facts)
    return [one for one in view.sku.held if (one.channel, one.order) in named and one.to_free][:MOST]


def preview_free(view: CaseView) -> tuple[str, ...]:
    """How much can be sold again, and that the shop is told nothing."""
    orders = to_free(view)
    if not orders:
        return ("No order that is named here holds units which a person could release.",)
    units = sum(one.free_units for one in orders)
    return (
        f"At most {_units(units)} can be sold again. The orders stay in the shop as they are: cancel or ship them there.",
        *(f"{one.channel_name} {one.order}: {_units(one.free_units)}." for one in orders),
    )


def release_units(view: CaseView, act: ReleaseUnits, actor: Actor, setting: Setting) -> Applied:
    """These orders hold their units no longer; above the limit a second person decides first.

    Raises ReasonRequired, BadInput (no order), AlreadyHandled (a release waits, or an order holds nothing any more).
    """
    reason = act.reason.strip()
    if not reason:
        raise ReasonRequired("Say why; it goes into the proof.")
    if not act.orders:
        raise BadInput("Choose at least one order.")
    waiting = view.case.standing(ActionKind.FREE)
    if waiting is not None and waiting.state is ActionState.ASKED:
        raise AlreadyHandled(
            f"{waiting.by_name} asked for a release at {clock_time(waiting.at)}. It is not decided yet."
        )
    there = {one.key: one for one in to_free(view)}
    gone = [order.partition(":")[2] for order in act.orders if order not in there]
    if gone:
        raise AlreadyHandled(f"{', '.join(gone)} holds nothing any more that a person could release.")
    chosen = [there[order] for order in act.orders]
    units = sum(one.free_units for one in chosen)
    value = value_of(view, units)
    spent = sum((_value(one) for one in _lately(view.case, actor, setting.now)), start=setting.spent_24h)
    alone = not unvalued(view) and value + spent <= setting.policy.corrections.four_eyes_above
    action = Action(
        id=0,
        kind=ActionKind.FREE,
        state=ActionState.DONE if alone else ActionState.ASKED,
        by=actor.user,
        by_name=actor.name,
        at=setting.now,
        reason="release",
        note=reason,
        figures=(
            ("orders", ", ".join(one.order for one in chosen)),
            ("lines", json.dumps([[one.channel, one.order, *line] for one in chosen for line in one.to_free])),
            ("units", str(units)),
            ("from", str(view.case.delta)),
            ("to", str(max(0, view.case.delta - units))),
            ("value", f"{value:.2f}"),
            *((("queue", setting.policy.corrections.queue or setting.policy.default_queue),) if not alone else ()),
        ),
        contributors=(actor.user,),
    )
    case, taken = owning(view.case, actor, setting.now)
    figures, what = (
        (("by", actor.name), *action.figures, ("note", reason)),
        f"{_units(units)} of {action.figure('orders')}",
    )
    if not alone:
        sentence = one_stop(f"{actor.name} asked to release {what}: {reason}")
        said = Entry("release_asked", setting.now, actor.user, sentence, figures)
        return Applied(bumped(case, action), (*taken, said), "Sent for approval: a second person decides.")
    said = Entry(
        "units_released", setting.now, actor.user, one_stop(f"{actor.name} released {what}: {reason}"), figures
    )
    facts = _told(view, action, setting.now, back=False)
    answer = f"{_units(units)} can be sold again once they are counted. The orders stay in the shop."
    return Applied(bumped(case, action), (*taken, said), answer, facts=facts)


def approve_release(view: CaseView, action: Action, actor: Actor, reason: str, setting: Setting) -> Applied:
    """A second person agreed: the units are released as they were asked for. Raises AlreadyHandled when they hold nothing now."""
    held = {one.key for one in to_free(view)}
    orders = {f"{channel}:{order}" for channel, order, _, _ in _lines(action)}
    if not orders <= held:
        raise AlreadyHandled("Some of these orders hold nothing any more that could be released. Nothing was changed.")
    case = decided_on(view.case, action, ActionState.DONE, actor, setting, settled_at=setting.now)
    count = _units(int(action.figure("units") or 0))
    said = one_stop(f"{actor.name} approved the release of {count}: {reason or 'no further word'}")
    entry = Entry(
        "units_released", setting.now, actor.user, said, (("by", actor.name), ("reason", reason), *action.figures)
    )
    facts = _told(view, action, setting.now, back=False)
    return Applied(case, (entry,), "Approved. They can be sold again once they are counted.", facts=facts)


def hold_again(view: CaseView, action: Action, actor: Actor, setting: Setting) -> Applied:
    """The undo of a release: the same orders hold the same units again."""
    case = changed(view.case, action, state=ActionState.UNDONE, settled_at=setting.now, result="Taken back.")
    entry = Entry(
        "release_undone",
        setting.now,
        actor.user,
        f"{actor.name} took back the release of {action.figure('orders')}: they hold their units again.",
        (("by", actor.name), *action.figures),
    )
    facts = _told(view, action, setting.now, back=True)
    return Applied(case, (entry,), "Taken back: they hold their units again.", facts=facts)


def _lately(case: Case, actor: Actor, now: datetime) -> Sequence[Action]:
    """What the same person released here within a day."""
    return [
        one
        for one in case.actions
        if one.kind is ActionKind.FREE and one.state.stands and one.by == actor.user and (now - one.at).days < 1
    ]


def _value(action: Action) -> Decimal:
    return Decimal(action.figure("value") or 0)


def _lines(action: Action) -> list[tuple[str, str, str, int]]:
    told = json.loads(action.figure("lines") or "[]")
    return [(str(channel), str(order), str(line), int(units)) for channel, order, line, units in told]


def _told(view: CaseView, action: Action, now: datetime, *, back: bool) -> Parsed:
    """The cancellation by a person, as the one path takes it; ``back``: the same units the other way."""
    sku = view.case.fingerprint.sku
    if sku is None:
        raise BadInput("This exception is not about one SKU.")
    word = "held" if back else "released"
    key = f"{word}:{view.case.name}:{action.at.isoformat()}"
    return Parsed(
        key=key,
        facts=tuple(_draft(SkuId(sku), one, f"{key}:{nth}", now, back) for nth, one in enumerate(_lines(action))),
        topic="release",
        content_at=now,
    )


def _draft(sku: SkuId, line: tuple[str, str, str, int], key: str, now: datetime, back: bool) -> FactDraft:
    channel, order, line_id, units = line
    return FactDraft(
        kind=FactKind.ORDER_CANCELLED,
        key=key,
        as_of=AsOf.at(now),
        item=ItemRef("sku", sku),
        place=None,
        body=LineStep(OrderRef(SystemId(channel), order, line_id), -units if back else units),
    )


def _units(count: int) -> str:
    return f"{count}\u00a0unit{'' if count == 1 else 's'}"
